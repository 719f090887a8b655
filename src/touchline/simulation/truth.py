"""The truth about a block: what was felt and meant, who left, what went wrong and where it came back."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.simulation.columns import codes, last_days, names, times
from touchline.simulation.moments import MOMENTS
from touchline.simulation.story import INCIDENTS, REGIONS, TIERS
from touchline.simulation.verbatim_bank import STAGES, verbatims
from touchline.simulation.walk import Column, Walk, signs
from touchline.vocabulary.schemas import UTC

#: The truth about each interaction. ``sentiment`` is that of what was felt, NULL where nothing was.
#: ``theme`` is what the words raise, or where there are none the incident behind the feeling. ``verbatim`` is
#: a position in `touchline.simulation.verbatims`, where the other mentions of a mixed text are found.
TRUTH: Final = pa.schema(
    [
        ("interaction_id", pa.string()),
        ("customer_ref", pa.string()),
        ("moment", pa.string()),
        ("stage", pa.string()),
        ("sentiment", pa.int8()),
        ("theme", pa.string()),
        ("emotion", pa.string()),
        ("effort", pa.string()),
        ("resolution", pa.string()),
        ("satisfaction", pa.float32()),
        ("verbatim", pa.int32()),
        ("incident", pa.string()),
    ]
)

#: The truth about each customer. ``churned_at`` is the last sign of life of who never came back.
CUSTOMERS: Final = pa.schema(
    [
        ("customer_ref", pa.string()),
        ("account_ref", pa.string()),
        ("tier", pa.string()),
        ("region", pa.string()),
        ("newcomer", pa.bool_()),
        ("joined_at", UTC),
        ("interactions", pa.int64()),
        ("orders", pa.int64()),
        ("revenue", pa.float64()),
        ("churned", pa.bool_()),
        ("cancelled", pa.bool_()),
        ("churned_at", UTC),
        ("disposition", pa.float32()),
        ("satisfaction", pa.float32()),
    ]
)

#: Everything that went wrong. ``resurfaced_in`` is the first contact with support about it.
INCIDENT: Final = pa.schema(
    [
        ("incident", pa.string()),
        ("customer_ref", pa.string()),
        ("theme", pa.string()),
        ("stage", pa.string()),
        ("occurred_at", UTC),
        ("strike", pa.bool_()),
        ("resurfaced_in", pa.string()),
        ("resurfaced_at", UTC),
    ]
)


def truth_table(log: dict[str, Column], ids: pa.Array, number: Column) -> pa.Table:
    """Return the truth about each row of a sorted log: schema `TRUTH`."""
    verbatim = codes(log["verbatim"])
    bank = verbatims()
    incident = np.where(log["incident"] < 0, -1, number * 100 + log["incident"])
    said = {
        name: pa.array([getattr(v.main, name) for v in bank], pa.string()).take(verbatim)
        for name in ("theme", "emotion", "effort", "resolution")
    }
    themes = pa.array([i.theme for i in INCIDENTS] + [i.in_support for i in INCIDENTS])
    at_support = log["stage"] == STAGES.index("support")
    raised = themes.take(
        codes(np.where((log["kind"] < 0) | np.isnan(log["felt"]), -1, log["kind"] + len(INCIDENTS) * at_support))
    )
    columns = {
        "interaction_id": ids,
        "customer_ref": names("C", number),
        "moment": pa.array([m.name for m in MOMENTS]).take(pa.array(log["moment"])),
        "stage": pa.array(STAGES).take(pa.array(log["stage"])),
        "sentiment": pa.array(signs(log["felt"]), mask=np.isnan(log["felt"])),
        **said,
        "theme": pc.coalesce(said["theme"], raised),
        "satisfaction": pa.array(log["felt"], mask=np.isnan(log["felt"])),
        "verbatim": verbatim.cast(pa.int32()),
        "incident": names("N", incident),
    }
    return pa.table([columns[field.name] for field in TRUTH], schema=TRUTH)


def customers_table(walk: Walk, log: dict[str, Column], count: int) -> pa.Table:
    """Return the truth about the first `count` customers: schema `CUSTOMERS`."""
    people, who = walk.people, log["who"]
    first = np.searchsorted(who, np.arange(count + 1))
    last = np.concatenate([log["at"], [np.nan]])[np.maximum(first[1:] - 1, 0)]
    churned = (walk.churned[:count] < walk.story.days) & (np.diff(first) > 0)
    bought = np.array([m.name == "order_placed" for m in MOMENTS])[log["moment"]]
    money = np.bincount(who, np.maximum(log["cents"], 0), minlength=count) / 100.0
    start = walk.story.start
    columns = {
        "customer_ref": names("C", people.first + np.arange(count)),
        "account_ref": names("A", people.account[:count]),
        "tier": pa.array(TIERS).take(pa.array(people.vip[:count].astype(np.int64))),
        "region": pa.array(REGIONS).take(pa.array(people.region[:count])),
        "newcomer": pa.array(people.newcomer[:count]),
        "joined_at": times(people.joined[:count], start),
        "interactions": pa.array(np.diff(first)),
        "orders": pa.array(np.bincount(who, bought, minlength=count).astype(np.int64)),
        "revenue": pa.array(money),
        "churned": pa.array(churned),
        "cancelled": pa.array(churned & walk.cancelled[:count]),
        "churned_at": times(np.where(churned, last, np.nan), start),
        "disposition": pa.array(people.disposition[:count].astype(np.float32)),
        "satisfaction": pa.array(walk.mood[:count].astype(np.float32)),
    }
    return pa.table([columns[field.name] for field in CUSTOMERS], schema=CUSTOMERS)


def incidents_table(walk: Walk, log: dict[str, Column], ids: pa.Array, when: pa.Array, count: int) -> pa.Table:
    """Return everything that went wrong for the first `count` customers: schema `INCIDENT`."""
    story, people = walk.story, walk.people
    joined = {name: np.concatenate([part[name] for part in walk.incidents]) for name in walk.incidents[0]}
    kept = np.flatnonzero((joined["who"] < count) & (joined["at"] < last_days(walk, joined["who"])))
    kept = kept[np.lexsort((joined["number"][kept], joined["who"][kept]))]
    who, kind, at = joined["who"][kept], joined["kind"][kept], joined["at"][kept]
    key = who.astype(np.int64) * 100 + joined["number"][kept]

    support = np.array([m.kind in ("ticket", "call", "chat") and m.stage == "support" for m in MOMENTS])
    contacts = np.flatnonzero(support[log["moment"]] & (log["incident"] >= 0))
    about = log["who"][contacts].astype(np.int64) * 100 + log["incident"][contacts]
    about, firsts = np.unique(about, return_index=True)
    place = np.searchsorted(about, key)
    found = np.isin(key, about)
    row = np.full(len(key), -1, dtype=np.int64)
    row[found] = contacts[firsts[place[found]]]

    hit = np.array([i.theme == story.strike_theme for i in INCIDENTS])[kind]
    strike = hit & (at >= story.strike_day) & (people.region[who] == REGIONS.index(story.strike_region))
    columns = {
        "incident": names("N", people.first * 100 + key),
        "customer_ref": names("C", people.first + who.astype(np.int64)),
        "theme": pa.array([i.theme for i in INCIDENTS]).take(pa.array(kind)),
        "stage": pa.array([i.stage for i in INCIDENTS]).take(pa.array(kind)),
        "occurred_at": times(at, story.start),
        "strike": pa.array(strike),
        "resurfaced_in": ids.take(codes(row)),
        "resurfaced_at": when.take(codes(row)),
    }
    return pa.table([columns[field.name] for field in INCIDENT], schema=INCIDENT)


def spoken_table() -> pa.Table:
    """Return every mention of every verbatim: the truth behind the column ``verbatim``."""
    rows = [(number, text, spoken) for number, text in enumerate(verbatims()) for spoken in text.spoken]
    of_text = ("text", "language", "industry", "style")
    of_mention = ("stage", "sentiment", "emotion", "effort", "resolution", "theme")
    columns = {"verbatim": pa.array([number for number, _, _ in rows], pa.int32())}
    columns |= {name: pa.array([getattr(text, name) for _, text, _ in rows]) for name in of_text}
    columns |= {name: pa.array([getattr(spoken, name) for _, _, spoken in rows]) for name in of_mention}
    return pa.table(columns)
