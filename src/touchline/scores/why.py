"""Five whys: from a stage down to the theme, and to where, for whom, with whom and when it costs most.

Each level asks which part of what is left costs more than its share (`touchline.scores.excess`), and takes the one with
the most JSI points that would come back to the stage, as long as it is beyond chance among all parts looked at. First
the topic and its theme: a theme stands out where it costs more than the stage's themes do on average. Then where the
theme is met more than elsewhere: by sub-stage, touchpoint, channel, segment, team, agent, week, each once. Where no
theme stands out, low scores as such are followed, and themes are tried again further down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.figures.names import called
from touchline.scores.base import HIDDEN_N, LOW_N, Figure, by_english
from touchline.scores.excess import DRAWS, Rows, against_mean, excess
from touchline.scores.filtering import filtered, resolve, stage_id
from touchline.scores.groups import group_name, stage_name
from touchline.scores.touched import Touched, touched
from touchline.scores.verbatims import SPOKEN, VERBATIM, verbatims_among
from touchline.vocabulary.coded import Coded
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.words import Number, phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

#: What stands out: p under it, corrected for all that was looked at on the level.
CHANCE: Final = 0.05
_WHERE: Final = ("sub_stage", "touchpoint", "channel")
_WHO: Final = ("team", "agent")
#: A part is compared with an elsewhere of at least this share of the weight: the better corner of a few is no measure.
_ELSEWHERE: Final = 0.25
_SCHEMA: Final = pa.schema(
    [
        ("level", pa.int64()),
        ("of", pa.string()),
        ("value", pa.string()),
        ("name", pa.string()),
        ("chosen", pa.bool_()),
        ("points", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("p", pa.float64()),
        ("looked_at", pa.int64()),
        ("share", pa.float64()),
        ("share_rest", pa.float64()),
        ("jsi", pa.float64()),
        ("jsi_rest", pa.float64()),
        ("touches", pa.int64()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        ("says", pa.string()),
        ("verbatims", pa.list_(VERBATIM)),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)


def why(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    filters: Filters,
    *,
    stage: str | None = None,
    topics: Mapping[str, tuple[str, str]] | None = None,
    others: int = 2,
    examples: int = 3,
    seed: int = 0,
) -> Figure:
    """Drill from a stage down to what costs it most.

    Args:
        warehouse: Where the touches and mentions are.
        taxonomy: Names stages, touchpoints and themes.
        filters: Which touches.
        stage: Where to begin; None begins at the stage that costs the whole journey most.
        topics: The topic above a theme, as id and name, where there is one.
        others: How many more parts of a level are told that stand out too.
        examples: At most so many verbatims a row.
        seed: Of the draws of customers.

    Returns:
        Rows level (0 is the stage), of (``stage``, ``topic``, ``theme``, ``channel`` ..., a segment's name), value,
        name, chosen (the chain; others stand out too), points (JSI points of the stage that would come back; level 0:
        of the whole) with low and high, p (corrected for the ``looked_at`` parts of its level), share (of its touches
        that carry the theme, or without one are negative), share_rest, jsi, jsi_rest, touches (in the part), n (of
        these, those that carry the theme or are negative), customers (of the n), says, verbatims, hidden, low_n.
        Facts: ``stage``, ``chain`` (the sentences) and ``ended`` (why it goes no deeper).

    Raises:
        QuestionError: An unknown stage or filter value.
    """
    filters = resolve(warehouse, taxonomy, filters)
    wanted = stage_id(taxonomy, stage) if stage else (filters.stages[0] if len(filters.stages) == 1 else None)
    filters = replace(filters, stages=())
    data = touched(warehouse, filters, -1)
    found = _first(data, wanted, seed)
    name = data.columns["stage"].names[found.code]
    here = data.at_stage(name)
    drill = _Drill(here, topics or {}, seed)
    nodes = [found, *drill.down(others)]
    shown = [_told(taxonomy, node, drill, name) for node in nodes]
    told = [node for node, row in zip(nodes, shown, strict=True) if not row["hidden"]]
    words = iter(_words(warehouse, filters, name, here, told, examples))
    chain = [row["says"] for row in shown if row["chosen"]]
    customers = [here.customer[node.mask] for node in nodes]

    def behind(row: int) -> Ints:
        return np.unique(customers[row])

    return Figure(
        "why",
        pa.Table.from_pylist(
            [row | {"verbatims": [] if row["hidden"] else next(words)} for row in shown], schema=_SCHEMA
        ),
        phrase(
            "Probable causes, level by level: the JSI points that would come back to the stage "
            "if a part cost no more than the rest, with 95 % intervals (Poisson bootstrap over "
            "customers); p is corrected for all parts looked at on a level."
        ),
        (drill.ended, *((phrase("Probable causes until a person confirms them."),) if len(nodes) > 1 else ())),
        {"stage": name, "chain": chain, "ended": drill.ended, "draws": DRAWS, "seed": seed},
        behind,
        by_english(*(row["says"] for row in shown)),
    )


@dataclass(frozen=True)
class _Node:
    """One part of one level. ``mask`` says which touches of the stage are behind it, ``there`` which are in it."""

    level: int
    of: str
    code: int
    name: str
    chosen: bool
    points: float
    low: float
    high: float
    p: float
    looked_at: int
    mask: Bools
    there: Bools
    rest: Bools
    path: tuple[tuple[str, tuple[str, ...]], ...]
    themed: bool


def _first(data: Touched, wanted: str | None, seed: int) -> _Node:
    """Return the stage to begin at: the one asked for, or that which costs the whole journey most."""
    stages = data.columns["stage"]
    many = len(stages.names)
    if wanted is not None and wanted not in stages.names:
        raise QuestionError(
            phrase("nobody spoke of the stage {wanted} there", wanted=repr(wanted)),
            todo=phrase("ask of another stage or a longer time"),
        )
    cost, zero = -50 * data.weight * data.s, np.zeros(len(data), dtype=np.int64)
    everyone = Rows(data.unit, zero, data.weight, cost)
    customers = _customers(stages.codes, data.customer, many)
    tested = (customers >= LOW_N) & np.array([name != UNASSIGNED for name in stages.names], dtype=np.bool_)
    if wanted is None and not tested.any():
        raise QuestionError(
            phrase("no stage has {low_n} customers there", low_n=LOW_N),
            todo=phrase("name a stage, or ask of a longer time or more segments"),
        )
    keys = _keys(data)
    found = excess(keys, Rows(data.unit, stages.codes, data.weight, cost), everyone, everyone, many, tested, seed)
    points = np.where(tested, np.nan_to_num(found.points), -np.inf)
    code = int(points.argmax()) if wanted is None else stages.names.index(wanted)
    size = int((stages.codes == code).sum())
    all_ = np.ones(size, dtype=np.bool_)
    return _Node(
        0, "stage", code, stages.names[code], True, float(found.points[code]), float(found.low[code]),
        float(found.high[code]), float(found.p[code]), int(tested.sum()), all_, all_, ~all_, (), themed=False,
    )  # fmt: skip


class _Drill:
    """A way down through the touches of a stage; `ended` says why it stopped."""

    def __init__(self, data: Touched, topics: Mapping[str, tuple[str, str]], seed: int) -> None:
        self.data = data
        self.seed = seed
        self.keys = _keys(data)
        self.raw: Floats = -50 * data.weight * data.s
        self.topics = topics
        self.called = dict(topics.values())
        self.ended = ""
        zero = np.zeros(len(data), dtype=np.int64)
        self.whole = Rows(data.unit, zero, data.weight, self.raw)

    def down(self, others: int) -> list[_Node]:
        """Return the parts that stand out, level by level, the chosen one of each level first."""
        found: list[_Node] = []
        inside, behind = np.ones(len(self.data), dtype=np.bool_), self.data.s < 0
        cost = self.raw
        path: tuple[tuple[str, tuple[str, ...]], ...] = ()
        themes: tuple[int, ...] | None = None  # the chosen topic's themes
        settled = False  # is one theme chosen?
        left = [*_WHERE, *(f"seg_{name}" for name in self.data.segments), *_WHO, "week"]
        while True:
            level = len({node.level for node in found}) + 1
            step: list[_Node] = []
            if not settled:
                step = self._themes(level, inside, themes, path)
            themed = settled or themes is not None
            if not step:
                step = self._parts(level, inside, behind, cost, left, path, themed=themed)
            standing = sorted((node for node in step if node.p < CHANCE and node.points > 0), key=lambda n: -n.points)
            if not standing:
                self.ended = self._why_ended(step, np.unique(self.data.customer[behind & inside]).size)
                return found
            best = replace(standing[0], chosen=True)
            found += [best, *standing[1 : 1 + others]]
            path, behind = best.path, best.mask
            if best.of in ("topic", "theme"):
                carried = best.path[-1][1]
                codes = tuple(self.data.theme.names.index(name) for name in carried)
                themes, settled = codes, len(codes) == 1 or best.of == "theme"
                mean = self._mean(inside & ~best.mask)
                cost = np.where(best.mask, self.raw + 50 * self.data.weight * mean, 0.0)
            else:
                inside = best.there
                left = [name for name in left if name != best.of]

    def _mean(self, rows: Bools) -> float:
        w = self.data.weight[rows]
        return float((w * self.data.s[rows]).sum() / w.sum())

    def _themes(
        self, level: int, inside: Bools, within: tuple[int, ...] | None, path: tuple[tuple[str, tuple[str, ...]], ...]
    ) -> list[_Node]:
        """Return the topics (or, within one, the themes) that cost more than such do on average."""
        data = self.data
        groups: dict[str, list[int]] = {}
        for code, theme in enumerate(data.theme.names):
            if within is None:
                groups.setdefault(self.topics.get(theme, (theme, ""))[0], []).append(code)
            elif code in within:
                groups.setdefault(theme, []).append(code)
        names = list(groups)
        if not names or (within is not None and len(names) < 2):
            return []
        of_theme = np.full(len(data.theme.names) + 1, -1, dtype=np.int64)
        for number, codes in enumerate(groups.values()):
            of_theme[codes] = number
        part: Ints = of_theme[data.theme.codes]
        mine = (part >= 0) & inside[data.touch]
        pairs = np.unique(data.touch[mine] * len(names) + part[mine])
        touch, part = pairs // len(names), pairs % len(names)
        customers = _customers(part, data.customer[touch], len(names))
        tested = (customers >= LOW_N) & (np.bincount(part, minlength=len(names)) < int(inside.sum()))
        if not tested.any():
            return []
        rows = Rows(data.unit[touch], part, data.weight[touch], self.raw[touch])
        everyone = self._all(inside, self.raw)
        measured = excess(self.keys, rows, everyone, self.whole, len(names), tested, self.seed)
        rest = np.nan_to_num(measured.rest)
        costs = Rows(rows.unit, part, rows.weight, rows.cost - rows.weight * rest[part])
        known = (customers >= HIDDEN_N) & np.isfinite(measured.points)
        _, p = against_mean(self.keys, costs, self.whole, len(names), known, self.seed)
        nodes = []
        for place in np.flatnonzero(tested).tolist():
            carried = np.zeros(len(data), dtype=np.bool_)
            carried[touch[part == place]] = True
            themes = tuple(data.theme.names[code] for code in groups[names[place]])
            of = "topic" if within is None and (len(themes) > 1 or names[place] != themes[0]) else "theme"
            before = path[:-1] if within is not None else path
            nodes.append(_Node(
                level, of, place, names[place], False, float(measured.points[place]), float(measured.low[place]),
                float(measured.high[place]), float(p[place]), int(known.sum()), carried, inside, inside & ~carried,
                (*before, ("theme", themes)), themed=True,
            ))  # fmt: skip
        return nodes

    def _parts(
        self,
        level: int,
        inside: Bools,
        behind: Bools,
        cost: Floats,
        left: list[str],
        path: tuple[tuple[str, tuple[str, ...]], ...],
        *,
        themed: bool,
    ) -> list[_Node]:
        """Return the values of what is left to split by that enough customers are in."""
        data = self.data
        rows: list[Rows] = []
        named: list[tuple[str, int]] = []
        customers: list[Ints] = []
        for name in left:
            coded = data.columns[name]
            there = inside & (coded.codes >= 0)
            rows.append(Rows(data.unit[there], coded.codes[there] + len(named), data.weight[there], cost[there]))
            own = there & behind
            customers.append(_customers(coded.codes[own], data.customer[own], len(coded.names)))
            named += [(name, place) for place in range(len(coded.names))]
        if not named:
            return []
        joined = Rows(*(np.concatenate([getattr(r, f) for r in rows]) for f in ("unit", "part", "weight", "cost")))
        weight = np.bincount(joined.part, joined.weight, len(named))
        most = (1 - _ELSEWHERE) * float(data.weight[inside].sum())
        tested = (np.concatenate(customers) >= LOW_N) & (weight <= most)
        if not tested.any():
            return []
        found = excess(self.keys, joined, self._all(inside, cost), self.whole, len(named), tested, self.seed)
        nodes = []
        for place in np.flatnonzero(tested & np.isfinite(found.p)).tolist():
            name, code = named[place]
            coded = data.columns[name]
            there = inside & (coded.codes == code)
            nodes.append(_Node(
                level, name, code, coded.names[code], False, float(found.points[place]), float(found.low[place]),
                float(found.high[place]), float(found.p[place]), int(np.isfinite(found.p).sum()), there & behind, there,
                inside & ~there, (*path, (name, (coded.names[code],))), themed=themed,
            ))  # fmt: skip
        return nodes

    def _all(self, inside: Bools, cost: Floats) -> Rows:
        zero = np.zeros(int(inside.sum()), dtype=np.int64)
        return Rows(self.data.unit[inside], zero, self.data.weight[inside], cost[inside])

    def _why_ended(self, step: list[_Node], customers: int) -> str:
        if customers < LOW_N:
            return phrase("Below that {customers} customers are left, too few to go deeper.", customers=customers)
        if not step:
            return phrase("Below that no part has {low_n} customers.", low_n=LOW_N)
        return phrase(
            "Below that nothing stands out beyond chance (parts looked at: {looked_at}).", looked_at=step[0].looked_at
        )


def _told(taxonomy: Taxonomy, node: _Node, drill: _Drill, stage: str) -> dict[str, Any]:
    """Return a node's row."""
    data = drill.data
    customers = len(np.unique(data.customer[node.mask]))
    n, touches, rest = int(node.mask.sum()), int(node.there.sum()), int(node.rest.sum())
    of = node.of.removeprefix("seg_")
    kind = "theme" if node.of in ("topic", "theme") else node.of
    name = drill.called.get(node.name) or group_name(taxonomy, kind, node.name)
    row: dict[str, Any] = {
        "level": node.level, "of": of, "value": node.name, "name": name, "chosen": node.chosen, "n": n,
        "touches": touches, "customers": customers, "hidden": customers < HIDDEN_N, "low_n": customers < LOW_N,
        "looked_at": node.looked_at, "says": "",
    }  # fmt: skip
    if row["hidden"]:
        return row
    by_theme = node.of in ("topic", "theme")
    inside, outside = (node.mask, node.rest) if by_theme else (node.there, node.rest)
    row |= {
        "points": _number(node.points), "low": _number(node.low), "high": _number(node.high), "p": _number(node.p),
        "share": n / touches if touches else None,
        "jsi": 50 * (1 + drill._mean(inside)), "jsi_rest": 50 * (1 + drill._mean(outside)) if rest else None,
    }  # fmt: skip
    if node.level and rest and not by_theme:
        troubled = _troubled(node, drill)
        row["share_rest"] = int((troubled & node.rest).sum()) / rest
    row["says"] = _sentence(row, stage_name(taxonomy, stage), node)
    return row


def _troubled(node: _Node, drill: _Drill) -> Bools:
    """Return the touches of the stage that carry the theme on the way to a node, or are negative."""
    data = drill.data
    themes = [names for of, names in node.path if of == "theme"]
    if not themes:
        return data.s < 0
    found = np.zeros(len(data), dtype=np.bool_)
    for name in themes[-1]:
        found |= data.carries(data.theme.names.index(name))
    return found


def _sentence(row: Mapping[str, Any], stage: str, node: _Node) -> str:
    if node.level == 0:
        said = phrase("({touches} comments, {customers} customers)", touches=row["touches"], customers=row["customers"])
        return phrase(
            "{stage} stands at a JSI of {jsi} {said}.", stage=stage, jsi=Number(f"{row['jsi']:.0f}"), said=said
        )
    points = phrase(
        "{points} points ({low} to {high})",
        points=Number(f"{row['points']:.1f}"),
        low=Number(f"{row['low']:.1f}"),
        high=Number(f"{row['high']:.1f}"),
    )
    if node.of in ("topic", "theme"):
        return phrase(
            "Why? {share} of the comments carry {name}; {points} would come back if they had the "
            "average of the others.",
            share=Number(f"{row['share']:.0%}"),
            name=repr(row["name"]),
            points=points,
        )
    about = phrase("carry it") if node.themed else phrase("are negative")
    where = f"{row['of'].replace('_', '-')} {called(row['name'])}"
    if node.of == "week":
        where = phrase("the week of {name}", name=row["name"])
    return phrase(
        "Why there? In {where} {share} of {touches} comments {about}, against {share_rest} "
        "elsewhere; {points} would come back were it as elsewhere.",
        where=where,
        share=Number(f"{row['share']:.0%}"),
        touches=row["touches"],
        about=about,
        share_rest=Number(f"{row['share_rest']:.0%}"),
        points=points,
    )


def _words(
    warehouse: Warehouse, filters: Filters, stage: str, here: Touched, nodes: Sequence[_Node], per: int
) -> list[list[dict[str, Any]]]:
    """Return what customers said of each part of a stage, shortest first; ``here`` are the stage's touches."""
    if not nodes or per < 1:
        return [[] for _ in nodes]

    def build() -> ir.Table:
        mentions = warehouse.table("mentions")
        mentions = mentions.filter(mentions.sentiment == -1, mentions.stage == stage)
        mentions = mentions.semi_join(filtered(warehouse, "touches", filters), ["conversation_key", "stage"])
        return mentions.select("conversation_key", "theme", *SPOKEN)

    spoken = warehouse.ask(("why", "spoken", stage, filters), build)
    touch = np.searchsorted(here.conversation, spoken["conversation_key"].to_numpy())
    theme = Coded.of(spoken["theme"])
    sets = []
    for node in nodes:
        mine = node.there[touch]
        for names in (names for of, names in node.path if of == "theme"):
            mine = mine & np.append([name in names for name in theme.names], False)[theme.codes]
        sets.append(mine)
    return verbatims_among(warehouse, spoken, sets, per)


def _customers(codes: Ints, customer: Ints, many: int) -> Ints:
    """Return how many customers each code has, shape (many,); a code of -1 counts nowhere."""
    known = np.unique(customer, return_inverse=True)[1]
    wide = int(known.max(initial=-1)) + 1
    there = codes >= 0
    pairs = np.unique(codes[there] * max(wide, 1) + known[there])
    counted: Ints = np.bincount(pairs // max(wide, 1), minlength=many).astype(np.int64)
    return counted


def _keys(data: Touched) -> Ints:
    """Return the key of each unit."""
    return np.unique(data.cluster)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def topics_of(found: Iterator[tuple[str, str, str, str]], stages: frozenset[str]) -> dict[str, tuple[str, str]]:
    """Return the topic above each found theme, as id and name.

    Args:
        found: Id, name, group and the theme that it was split from, of every found theme.
        stages: Names of stages, which are no topics.

    >>> topics_of(iter([("a", "A", "Refund", ""), ("b", "B", "Delivery", ""), ("c", "C", "Refund", "a")]),
    ...     frozenset({"Delivery"}))
    {'a': ('a', 'A'), 'c': ('a', 'A')}
    """
    known = list(found)
    names = {id_: name for id_, name, _, _ in known}
    split = {of for _, _, _, of in known if of}
    made: dict[str, tuple[str, str]] = {}
    for id_, _, group, of in known:
        if of or id_ in split:
            made[id_] = (of or id_, names.get(of or id_, ""))
        elif group and group not in stages:
            made[id_] = (f"topic:{group}", group)
    return made
