"""Which customers a rule is about, as of a date: segments, lifecycle, personas.

The rule language is `touchline.settings.rules`. A customer is anyone who is identified, may be profiled and had an
interaction by the date. All rules that are asked together are answered in one question, with one pass over each table
that they need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from touchline.scores.profiled import unprofiled
from touchline.scores.rules import facts
from touchline.settings.rules import Node, leaves, tree

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.settings import Settings
    from touchline.settings.rules import Rule
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

__all__ = ["lifecycle", "matching", "persona_expression", "personas", "rule_segments"]

#: Which function answers which conditions.
_FACTS: Final[tuple[tuple[tuple[type, ...], Any], ...]] = (
    ((tree.Compare, tree.Among), facts.of_attributes),
    ((tree.Counted, tree.Changed, tree.Absent), facts.of_behaviour),
    ((tree.Seen, tree.Unseen), facts.of_presence),
    ((tree.Stage,), facts.of_position),
    ((tree.Latest, tree.Answered), facts.of_answers),
    ((tree.Index, tree.Band), facts.of_index),
)


def matching(
    warehouse: Warehouse, rule: Rule, at: datetime, settings: Settings, *, taxonomy: Taxonomy | None = None
) -> pa.Table:
    """Return the customers that meet a rule.

    Args:
        warehouse: Holds the data.
        rule: Which customers.
        at: As of when; a time without a zone is UTC.
        settings: Half-lives, thresholds, lifecycle.
        taxonomy: Resolves stage names and aliases; without one a stage must be named by its id.

    Returns:
        A table of ``customer_key``, ascending.
    """
    found = _truths(warehouse, [rule.tree], at, settings, taxonomy)
    return found.filter(found["rule_0"]).select(["customer_key"])


def lifecycle(warehouse: Warehouse, settings: Settings, at: datetime, *, taxonomy: Taxonomy | None = None) -> pa.Table:
    """Return every customer's status: the first of ``[lifecycle]`` whose rule holds, in the settings' order.

    Arguments are those of `matching`.

    Returns:
        A table of ``customer_key``, ascending, and ``status``, NULL where no rule holds.
    """
    statuses = [status for status, _ in settings.lifecycle]
    found = _truths(warehouse, [rule.tree for _, rule in settings.lifecycle], at, settings, taxonomy)
    return pa.table({"customer_key": found["customer_key"], "status": _first(found, range(len(statuses)), statuses)})


def personas(warehouse: Warehouse, settings: Settings, at: datetime, *, taxonomy: Taxonomy | None = None) -> pa.Table:
    """Return the persona that stands for each customer: the first whose rule holds, in the file's order.

    Arguments are those of `matching`.

    Returns:
        A table of ``customer_key``, ascending, and ``persona``, without the customers that none stands for.
    """
    found = _truths(warehouse, [persona.when.tree for persona in settings.personas], at, settings, taxonomy)
    names = [persona.name for persona in settings.personas]
    table = pa.table({"customer_key": found["customer_key"], "persona": _first(found, range(len(names)), names)})
    return table.drop_null()


def persona_expression(
    warehouse: Warehouse,
    settings: Settings,
    at: datetime,
    wanted: Sequence[str],
    *,
    taxonomy: Taxonomy | None = None,
) -> ir.Table:
    """Return the customers that one of some personas stands for, as an expression with the column ``customer_key``.

    Arguments are those of `matching`; ``wanted`` are names of personas.
    """
    names = [persona.name for persona in settings.personas]
    nodes = [_spelled_out(persona.when.tree, settings) for persona in settings.personas]
    ground = facts.Ground(warehouse, at, settings, taxonomy)
    found = _expression(ground, nodes).anti_join(unprofiled(warehouse), "customer_key")
    first = [
        reduce(and_, (~found[f"rule_{earlier}"] for earlier in range(place)), found[f"rule_{place}"])
        for place, name in enumerate(names)
        if name in wanted
    ]
    return found.filter(reduce(or_, first)).select("customer_key")


def rule_segments(
    warehouse: Warehouse, settings: Settings, at: datetime, *, taxonomy: Taxonomy | None = None
) -> pa.Table:
    """Return the values of the segments that are declared by rules.

    Of the rules with one name the first that holds gives the value, else the first ``otherwise``.
    Arguments are those of `matching`.

    Returns:
        A table of ``customer_key``, ``name`` and ``value``, by name in the file's order, then customer
        ascending; without the customers that a segment leaves without a value.
    """
    rules = settings.segments.rules
    found = _truths(warehouse, [rule.when.tree for rule in rules], at, settings, taxonomy)
    parts = [_SEGMENTS.empty_table()]
    for name in dict.fromkeys(rule.name for rule in rules):
        mine = [place for place, rule in enumerate(rules) if rule.name == name]
        otherwise = next((rules[place].otherwise for place in mine if rules[place].otherwise), None)
        value = _first(found, mine, [rules[place].value for place in mine], otherwise)
        names = pa.repeat(pa.scalar(name), found.num_rows)
        parts.append(pa.table([found["customer_key"], names, value], schema=_SEGMENTS).drop_null())
    return pa.concat_tables(parts)


_SEGMENTS: Final = pa.schema([("customer_key", pa.int64()), ("name", pa.string()), ("value", pa.string())])


def _first(found: pa.Table, places: Sequence[int], values: Sequence[str], otherwise: str | None = None) -> pa.Array:
    """Return per row the value of the first rule that holds."""
    holds = [found[f"rule_{place}"].to_numpy() for place in places]
    chosen = np.full(found.num_rows, len(values))
    for place in reversed(range(len(values))):
        chosen[holds[place]] = place
    return pa.array([*values, otherwise], pa.string()).take(pa.array(chosen))


def _truths(
    warehouse: Warehouse,
    nodes: Sequence[Node],
    at: datetime,
    settings: Settings,
    taxonomy: Taxonomy | None,
) -> pa.Table:
    """Return ``customer_key``, ascending, and a boolean ``rule_0``, ``rule_1`` ... per tree."""
    spelled = tuple(_spelled_out(node, settings) for node in nodes)
    ground = facts.Ground(warehouse, at, settings, taxonomy)
    version = taxonomy.version if taxonomy else None
    key = ("rules", spelled, ground.ago(), settings.score, version)
    return warehouse.ask(
        key, lambda: _expression(ground, spelled).anti_join(unprofiled(warehouse), "customer_key")
    ).sort_by("customer_key")


def _expression(ground: facts.Ground, nodes: Sequence[Node]) -> ir.Table:
    columns: dict[tree.Leaf, str] = {}
    for node in nodes:
        for leaf in leaves(node):
            columns.setdefault(leaf, f"leaf_{len(columns)}")
    people = ground.known(ground.warehouse.table("journey")).select("customer_key").distinct()
    for kinds, answer in _FACTS:
        wanted = {column: leaf for leaf, column in columns.items() if isinstance(leaf, kinds)}
        if wanted:
            told = answer(ground, wanted).rename(_who="customer_key")
            people = people.left_join(told, people.customer_key == told._who).drop("_who")
    return people.select("customer_key", **{f"rule_{i}": _holds(node, people, columns) for i, node in enumerate(nodes)})


def _holds(node: Node, people: ir.Table, columns: Mapping[tree.Leaf, str]) -> ir.BooleanValue:
    match node:
        case tree.And(parts):
            return reduce(and_, (_holds(part, people, columns) for part in parts))
        case tree.Or(parts):
            return reduce(or_, (_holds(part, people, columns) for part in parts))
        case tree.Not(part):
            return ~_holds(part, people, columns)
        case _:
            return people[columns[node]].fill_null(facts.when_absent(node))


def _spelled_out(node: Node, settings: Settings) -> Node:
    """Replace each lifecycle status by what it means: its rule holds, and none before it."""
    match node:
        case tree.Status(name):
            earlier: list[Node] = []
            for status, rule in settings.lifecycle:
                if status == name:
                    return tree.And((rule.tree, *earlier))
                earlier.append(tree.Not(rule.tree))
            raise ValueError(f"no status {name!r}")
        case tree.And(parts):
            return tree.And(tuple(_spelled_out(part, settings) for part in parts))
        case tree.Or(parts):
            return tree.Or(tuple(_spelled_out(part, settings) for part in parts))
        case tree.Not(part):
            return tree.Not(_spelled_out(part, settings))
        case _:
            return node
