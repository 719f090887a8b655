"""The derived tables, written from what placement found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.placement.about import BY_NONE, BY_POSITION, BY_WORDS
from touchline.placement.answers import NO_SIGN, Answers
from touchline.placement.touches import SAID, SCORED, SHOWN
from touchline.vocabulary.coded import Bools, Coded, Floats, Ints
from touchline.vocabulary.keys import account_key
from touchline.vocabulary.schemas import READ_BY, UNASSIGNED
from touchline.warehouse.schema import ANSWERS, JOURNEY, MENTIONS, TOUCHES

if TYPE_CHECKING:
    from touchline.placement.mentions import Mentions
    from touchline.placement.proxies import Signals
    from touchline.placement.rows import Rows
    from touchline.placement.touches import Touches
    from touchline.vocabulary.taxonomy import Taxonomy

_ROLE_WEIGHT: Final = {"user": 1.0, "champion": 1.5, "decision_maker": 2.0}
#: A proxy counts half: behaviour hints at sentiment, it does not state it.
PROXY_WEIGHT: Final = 0.5
_MONDAY: Final = 3  # 1970-01-01 was a Thursday, three days after one


@dataclass(frozen=True)
class Sheet:
    """The rows that every derived table is cut from, with the columns that they share."""

    rows: Rows
    taxonomy: Taxonomy
    zone: str
    key: bytes

    @cached_property
    def account_key(self) -> pa.Array:
        """Account keys of every row; NULL without an account."""
        account = self.rows.account
        keys = np.array([account_key(self.key, name) for name in account.names] + [0], dtype=np.int64)
        return pa.array(keys[account.codes], mask=account.codes < 0)

    @cached_property
    def day(self) -> Ints:
        """Days since 1970 in the reporting zone, of every row."""
        if self.zone == "UTC":
            return self.rows.at // 86_400_000_000
        local = pc.local_timestamp(
            pa.array(self.rows.at, pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us", self.zone))
        )
        days: Ints = local.cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)
        return days

    def shared(self, row: Ints, stage: Ints, touchpoint: Coded) -> dict[str, pa.Array]:
        """Return who, where and when of some rows.

        Args:
            row: Timeline rows.
            stage: Stage code of each.
            touchpoint: Touchpoint of each as the words name it; NULL falls back to the declared one of that stage,
                then to the one of that stage that programme, source or event imply.
        """
        rows, taxonomy = self.rows, self.taxonomy
        context = rows.contexts.of_row[row]
        take = pa.array(row)
        at = rows.at[row]
        day = self.day[row]
        where = self._touchpoint(context, stage, touchpoint)
        out = {
            "customer_key": pa.array(rows.customer[row]),
            "identified": pa.array(rows.identified[row]),
            "account_key": self.account_key.take(take),
            "conversation_key": pa.array(rows.conversation.key[row]),
            "interaction_id": rows.table["interaction_id"].combine_chunks().take(take),
            "stage": words((*taxonomy.ids, UNASSIGNED), stage),
            "touchpoint": where,
            "sub_stage": self._sub_stage(where),
            "channel": rows.coded["channel"].take(row).arrow(),
            "source": rows.coded["source"].take(row).arrow(),
            "family": words(rows.contexts.family, context),
            "programme": rows.coded["programme"].take(row).arrow(),
            "purpose": self._purpose(row, context),
            "occurred_at": pa.array(at, pa.timestamp("us")),
            "day": pa.array(day.astype(np.int32), pa.date32()),
            "week": pa.array((day - (day + _MONDAY) % 7).astype(np.int32), pa.date32()),
        }
        return out | {f"seg_{name}": column.take(row).arrow() for name, column in rows.segments.items()}

    def _touchpoint(self, context: Ints, stage: Ints, named: Coded) -> pa.Array:
        declared = self.rows.contexts.touchpoint
        home = np.array([self._home(name) for name in declared] or [-1], dtype=np.int64)
        fits = (home[context] == stage) | (home[context] == -1)
        fallback = Coded(np.where(fits, context, -1), tuple(name or "" for name in declared))
        told = pc.if_else(pc.equal(fallback.arrow(), ""), None, fallback.arrow())
        points = tuple(point.id for point in self.taxonomy.touchpoints)
        placed = stage >= 0
        implied = np.where(placed, self.rows.contexts.implied[context, np.where(placed, stage, 0)], -1)
        return pc.coalesce(named.arrow(), told, Coded(implied, points).arrow())

    def _sub_stage(self, touchpoint: pa.Array) -> pa.Array:
        """Return the sub-stage of each touchpoint; NULL for none, and for one that the taxonomy does not know."""
        coded = touchpoint.dictionary_encode()
        known = [self.taxonomy.touchpoint(name) for name in coded.dictionary.to_pylist()]
        return pa.array([point.sub_stage if point else None for point in known], pa.string()).take(coded.indices)

    def _home(self, touchpoint: str | None) -> int:
        known = self.taxonomy.touchpoint(touchpoint) if touchpoint else None
        return self.taxonomy.ids.index(known.stage) if known else -1

    def _purpose(self, row: Ints, context: Ints) -> pa.Array:
        stated = Coded(context, tuple(p or "" for p in self.rows.contexts.purpose)).arrow()
        own = self.rows.coded["purpose"].take(row).arrow()
        return pc.coalesce(own, pc.if_else(pc.equal(stated, ""), None, stated))


def words(names: tuple[str, ...], codes: Ints) -> pa.Array:
    """Turn codes into strings; -1 is the last name.

    >>> words(("a", "b", "none"), np.array([0, -1])).to_pylist()
    ['a', 'none']
    """
    codes = np.where(codes < 0, len(names) - 1, codes).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, pa.string())).cast(pa.string())


def _table(columns: dict[str, pa.Array], schema: pa.Schema) -> pa.Table:
    """Order and cast the columns as the schema has them, the segments after."""
    extra = [name for name in columns if name.startswith("seg_")]
    arrays = [columns[field.name].cast(field.type) for field in schema] + [columns[name] for name in extra]
    return pa.table(arrays, names=[*schema.names, *extra])


def journey(sheet: Sheet) -> pa.Table:
    """Return one row per interaction: conversation and position."""
    rows = sheet.rows
    return _table(
        {
            "interaction_id": rows.table["interaction_id"].combine_chunks(),
            "customer_key": pa.array(rows.customer),
            "identified": pa.array(rows.identified),
            "conversation_key": pa.array(rows.conversation.key),
            "occurred_at": pa.array(rows.at, pa.timestamp("us")),
            "day": pa.array(sheet.day.astype(np.int32), pa.date32()),
            "position": Coded(rows.position, sheet.taxonomy.ids).arrow(),
        },
        JOURNEY,
    )


def touches(sheet: Sheet, found: Touches, mentions: Mentions, shown: Signals, method: str) -> pa.Table:
    """Return the touches."""
    counted = np.flatnonzero(mentions.counts)
    heaviest = np.append(counted, -1)[found.heaviest]
    role = sheet.rows.role.map(lambda name: _ROLE_WEIGHT.get(name, 1.0), 1.0)[found.first]
    emotion = Coded.of(mentions.table["emotion"])
    half = np.where(found.basis == SHOWN, PROXY_WEIGHT, 1.0)
    columns = sheet.shared(
        found.first, found.stage, _named(sheet, found, mentions.touchpoint.take(heaviest), shown)
    ) | {
        "s": pa.array(found.s),
        "severity": pa.array(found.severity),
        "role_weight": pa.array(role),
        "confidence": pa.array(found.confidence),
        "weight": pa.array(found.severity * role * found.confidence * half),
        "method": _methods(found, mentions, heaviest, method),
        "theme": mentions.theme.take(heaviest).arrow(),
        "emotion": emotion.take(heaviest).arrow(),
        "effort": words(("none", "high", "low"), found.effort % 3),
        "resolution": words(("na", "resolved", "unresolved"), found.resolution % 3),
        "mentions": pa.array(found.mentions),
        "contradiction": pa.array(found.contradiction),
    }
    return _table(columns, TOUCHES)


def _named(sheet: Sheet, found: Touches, said: Coded, shown: Signals) -> Coded:
    """Return the touchpoint of each touch: its heaviest mention's, or the one that the proxy behind it declares."""
    behind = np.flatnonzero(found.basis == SHOWN)
    told = np.flatnonzero(shown.touchpoint >= 0)
    if not len(behind) or not len(told):
        return said
    stages, number = len(sheet.taxonomy.ids) + 1, sheet.rows.conversation.number
    told = told[np.argsort(shown.row[told], kind="stable")]
    keys, first = np.unique(number[shown.row[told]] * stages + shown.stage[told], return_index=True)
    wanted = number[found.first[behind]] * stages + found.stage[behind]
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    point = np.where(keys[at] == wanted, shown.touchpoint[told[first[at]]], -1)
    codes = said.codes.copy()
    codes[behind] = np.where(point >= 0, len(said.names) + point, codes[behind])
    return Coded(codes, (*said.names, *(one.id for one in sheet.taxonomy.touchpoints)))


def _methods(found: Touches, mentions: Mentions, heaviest: Ints, method: str) -> pa.Array:
    """What decided each touch: a score, a proxy, or how its heaviest mention was read."""
    names = {SCORED: "survey", SAID: method, SHOWN: "proxy"}
    decided = words(tuple(names[code] for code in sorted(names)), found.basis)
    if READ_BY.name not in mentions.table.column_names:
        return decided
    read = Coded.of(mentions.table[READ_BY.name]).take(heaviest).arrow()
    return pc.if_else(pa.array(found.basis == SAID), read, decided)


def mentions(sheet: Sheet, found: Mentions) -> pa.Table:
    """Return every mention with its stage and who decided it."""
    context = sheet.rows.contexts.of_row[found.row]
    spoke = sheet.rows.contexts.by
    voices = (*spoke, "words", "position", "none")
    by = np.select(
        [found.about.by == BY_WORDS, found.about.by == BY_POSITION, found.about.by == BY_NONE],
        [len(spoke), len(spoke) + 1, len(spoke) + 2],
        context,
    )
    kept = ("mention", "polarity", "emotion", "effort", "resolution", "intent", "start", "end")
    columns = sheet.shared(found.row, found.about.stage, found.touchpoint) | {
        "theme": found.theme.arrow(),
        "sentiment": pa.array(found.sentiment),
        "severity": pa.array(found.severity),
        "confidence": pa.array(found.confidence),
        "stage_confidence": pa.array(found.about.confidence),
        "decided_by": words(voices, by),
        **{name: found.table[name].combine_chunks() for name in kept},
    }
    return _table(columns, MENTIONS)


def answers(sheet: Sheet, found: Answers, stage: Ints) -> pa.Table:
    """Return every raw answer with its sign."""
    nothing = Coded(np.full(len(found.row), -1, dtype=np.int64), ())
    columns = sheet.shared(found.row, stage, nothing) | {
        "question": found.question.arrow(),
        "kind": found.kind.arrow(),
        "value": pa.array(found.value),
        "low": _known(found.low),
        "high": _known(found.high),
        "direction": pa.array(found.direction),
        "sign": pa.array(found.sign, mask=found.sign == NO_SIGN),
    }
    return _table(columns, ANSWERS)


def _known(values: Floats) -> pa.Array:
    missing: Bools = np.isnan(values)
    return pa.array(values, mask=missing)
