"""The log of a block as Arrow tables: what a company would see, and the truth beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.simulation.columns import codes, names, sorted_log, times
from touchline.simulation.moments import CHANNELS, DESK_CHANNELS, MOMENTS, QUESTIONS, SYSTEMS
from touchline.simulation.people import People
from touchline.simulation.story import CAMPAIGNS, NEW_DAYS, REGIONS, ROLES, TENURES, TIERS
from touchline.simulation.truth import customers_table, incidents_table, truth_table
from touchline.simulation.verbatim_bank import agent_replies, verbatims
from touchline.simulation.walk import Column, Walk
from touchline.vocabulary.schemas import ANSWER, RAW_INTERACTIONS

_AGENTS: Final = 24
_LONGEST_WAIT: Final = 240


@dataclass(frozen=True, slots=True)
class Block:
    """A block of whole customers.

    Attributes:
        interactions: Schema `touchline.vocabulary.schemas.RAW_INTERACTIONS`, by customer and time.
        truth: Schema `truth.TRUTH`, row by row beside `interactions`.
        customers: Schema `truth.CUSTOMERS`.
        incidents: Schema `truth.INCIDENT`.
    """

    interactions: pa.Table
    truth: pa.Table
    customers: pa.Table
    incidents: pa.Table


def tabulate(walk: Walk, count: int) -> Block:
    """Turn what happened to the first `count` customers of a block into tables."""
    log = sorted_log(walk, count)
    number = walk.people.first + log["who"].astype(np.int64)
    sequence = np.arange(len(number)) - np.searchsorted(log["who"], log["who"])
    ids = names("I", number * 1000 + sequence)
    when = times(log["at"], walk.story.start)
    return Block(
        _interactions(log, ids, number, when, walk.people),
        truth_table(log, ids, number),
        customers_table(walk, log, count),
        incidents_table(walk, log, ids, when, count),
    )


def _interactions(log: dict[str, Column], ids: pa.Array, number: Column, when: pa.Array, people: People) -> pa.Table:
    who, moment = log["who"], log["moment"]
    rows = len(who)
    catalogue = _catalogue()
    replies = log["reply"] >= 0
    words = np.where(replies, len(verbatims()) + log["reply"], log["verbatim"])
    staffed = np.array([m.staffed for m in MOMENTS])[moment]
    agent = np.where(staffed, (number * 7 + log["thread"]) % _AGENTS, -1)
    clicks = np.array([m.name == "ad_clicked" for m in MOMENTS])[moment]
    paid = log["cents"] >= 0
    columns: dict[str, Any] = {
        "interaction_id": ids,
        "channel": pa.array(CHANNELS).take(codes(log["channel"])),
        "customer_ref": names("C", number),
        "account_ref": names("A", people.account[who]),
        "role": pa.array(ROLES).take(codes(people.role[who])),
        "conversation_ref": names("T", np.where(log["thread"] < 0, -1, number * 100 + log["thread"])),
        "occurred_at": when,
        "date_only": pa.array(np.zeros(rows, dtype=bool)),
        "text": pa.array(_texts()).take(codes(words)),
        "answers": _answers(log),
        "agent": pa.array([f"agent-{k:02d}" for k in range(_AGENTS)]).take(codes(agent)),
        "team": pa.array(["support/tier-1", "support/tier-2"]).take(codes(np.where(staffed, agent % 5 // 4, -1))),
        "value": pa.array(log["cents"] / 100.0, mask=~paid).cast(pa.decimal128(18, 4)),
        "currency": pa.array(["EUR"]).take(codes(np.where(paid, 0, -1))),
        "campaign": pa.array(CAMPAIGNS).take(codes(np.where(clicks, number % len(CAMPAIGNS), -1))),
        "attributes": _attributes(log, people),
    }
    columns |= {name: values.take(pa.array(moment)) for name, values in catalogue.items()}
    # Who answers a call or a chat, and closes it, does so in the system in which it came.
    columns["source"] = pc.coalesce(pa.array(SYSTEMS).take(codes(log["system"])), columns["source"])
    own = np.array([-1, *(CHANNELS.index(DESK_CHANNELS[s]) for s in SYSTEMS[1:])])[np.maximum(log["system"], 0)]
    columns["channel"] = pc.coalesce(pa.array(CHANNELS).take(codes(own)), columns["channel"])
    return pa.table(
        [columns[f.name] if f.name in columns else pa.nulls(rows, f.type) for f in RAW_INTERACTIONS],
        schema=RAW_INTERACTIONS,
    )


@cache
def _catalogue() -> dict[str, pa.Array]:
    """What a moment says of all its rows."""
    plain = ("source", "kind", "author", "programme", "purpose", "touchpoint", "event")
    columns = {name: pa.array([getattr(m, name) for m in MOMENTS], pa.string()) for name in plain}
    columns["stage"] = pa.array([m.stage if m.declared else None for m in MOMENTS], pa.string())
    asked = [None if m.author != "customer" or m.event else m.kind == "survey" for m in MOMENTS]
    columns["solicited"] = pa.array(asked, pa.bool_())
    return columns


@cache
def _texts() -> tuple[str, ...]:
    return (*(verbatim.text for verbatim in verbatims()), *(text for _, text in agent_replies()))


def _answers(log: dict[str, Column]) -> pa.Array:
    """Lists of answers: empty ones are NULL."""
    values = np.stack([log[question] for question in QUESTIONS], axis=1)
    given = values >= 0
    row, question = np.nonzero(given)
    bounds = np.array(list(QUESTIONS.values()), dtype=np.float64)
    names = pa.array(list(QUESTIONS), pa.string()).take(pa.array(question))
    answers = pa.StructArray.from_arrays(
        [names, names, pa.array(values[row, question].astype(np.float64)),
         pa.array(bounds[question, 0]), pa.array(bounds[question, 1])],
        fields=list(ANSWER),
    )  # fmt: skip
    each = given.sum(axis=1)
    ends = np.concatenate([[0], np.cumsum(each)]).astype(np.int32)
    missing = np.concatenate([each == 0, [False]])
    list_type = RAW_INTERACTIONS.field("answers").type
    return pa.ListArray.from_arrays(pa.array(ends, mask=missing), answers, type=list_type)


def _attributes(log: dict[str, Column], people: People) -> pa.Array:
    """Segments of the customer at that time, and the minutes that a caller waited."""
    who = log["who"]
    new = people.newcomer[who] & (log["at"] < people.joined[who] + NEW_DAYS)
    words = [*TIERS, *REGIONS, *TENURES, *(str(minutes) for minutes in range(_LONGEST_WAIT + 1))]
    tiers, regions, tenures = len(TIERS), len(REGIONS), len(TENURES)
    wait = np.minimum(log["wait"], _LONGEST_WAIT)
    values = np.stack(
        [
            people.vip[who].astype(np.int64),
            tiers + people.region[who],
            tiers + regions + np.where(new, TENURES.index("new"), TENURES.index("returning")),
            tiers + regions + tenures + wait,
        ],
        axis=1,
    )
    given = np.ones(values.shape, dtype=bool)
    given[:, 3] = wait >= 0
    keys = pa.array(["tier", "region", "tenure", "wait_minutes"]).take(pa.array(np.nonzero(given)[1]))
    ends = np.concatenate([[0], np.cumsum(given.sum(axis=1))]).astype(np.int32)
    return pa.MapArray.from_arrays(pa.array(ends), keys, pa.array(words).take(pa.array(values[given])))
