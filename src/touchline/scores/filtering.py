"""Which touches, mentions and answers a question is about: filters, checked and applied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from touchline.errors import QuestionError, unknown
from touchline.scores.base import Filters
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.warehouse.blanks import blank, blanks
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

#: Field of `Filters` to the column that it restricts.
COLUMNS: Final = {
    "stages": "stage",
    "touchpoints": "touchpoint",
    "channels": "channel",
    "sources": "source",
    "programmes": "programme",
    "methods": "method",
    "themes": "theme",
}


def resolve(warehouse: Warehouse, taxonomy: Taxonomy | None, filters: Filters) -> Filters:
    """Return the filters with every stage by its id, after checking that all they name exists.

    Args:
        warehouse: Where segments, channels, sources ... are looked up.
        taxonomy: Knows stages by id, name or alias; without one they are looked up in the data.
        filters: What was asked.

    Raises:
        QuestionError: A name that does not exist (it says which do), or dates the wrong way round.
    """
    if filters.since and filters.until and filters.since > filters.until:
        raise QuestionError(
            phrase("the period ends on {until}, before it begins on {since}", until=filters.until, since=filters.since),
            where="since/until",
            todo=phrase("give the earlier day as since"),
        )
    changed: dict[str, tuple[str, ...]] = {}
    if taxonomy is not None and filters.stages:
        changed["stages"] = tuple(stage_id(taxonomy, stage) for stage in filters.stages)
    for name, column in COLUMNS.items():
        if name == "stages" and taxonomy is not None:
            continue
        asked = getattr(filters, name)
        if unknown := [value for value in asked if not _in_taxonomy(taxonomy, name, value)]:
            known = values(warehouse, column)
            for value in unknown:
                _must_exist(value, known, column)
    for segment, wanted in filters.segments:
        column = segment_column(warehouse, segment)
        known = values(warehouse, column)
        for value in wanted:
            _must_exist(value, known, f"value of the segment {segment!r}")
    return replace(filters, **changed)  # type: ignore[arg-type]


def stage_id(taxonomy: Taxonomy, stage: str) -> str:
    """Return the id of a stage given by id, name or alias; ``unassigned`` is itself.

    Raises:
        QuestionError: The taxonomy has no such stage.
    """
    if stage.strip().lower() == UNASSIGNED:
        return UNASSIGNED
    found = taxonomy.stage_id(stage)
    if found is None:
        raise unknown("stage", stage, (*taxonomy.ids, UNASSIGNED))
    return found


def segment_column(warehouse: Warehouse, segment: str) -> str:
    """Return the column that holds a segment's value.

    Raises:
        QuestionError: No such segment is in force.
    """
    names = warehouse.segments()
    if segment not in names:
        raise unknown("segment", segment, names)
    return f"seg_{segment}"


def values(warehouse: Warehouse, column: str) -> tuple[str, ...]:
    """Return the distinct values of a column of the touches, sorted, without NULL."""

    def build() -> ir.Table:
        touches = warehouse.table("touches")
        return touches.filter(touches[column].notnull()).select(column).distinct()

    return tuple(sorted(warehouse.ask(("values", column), build).column(0).to_pylist()))


def filtered(warehouse: Warehouse, name: str, filters: Filters) -> ir.Table:
    """Return ``touches``, ``mentions`` or ``answers`` restricted to resolved filters, as an Ibis expression.

    Mentions know no method, and answers neither method nor theme; there the filter keeps the rows whose touch
    (their conversation and stage) has the method or theme.
    """
    table = warehouse.table(name)
    lacking = {field for field, column in COLUMNS.items() if getattr(filters, field) and column not in table.columns}
    table = _where(table, replace(filters, **dict.fromkeys(lacking, ())))  # type: ignore[arg-type]
    if lacking:
        only = Filters(**{field: getattr(filters, field) for field in lacking})
        touches = _where(warehouse.table("touches"), only)
        table = table.semi_join(touches, ["conversation_key", "stage"])
    return table


def _where(table: ir.Table, filters: Filters) -> ir.Table:
    conditions = []
    if filters.since is not None:
        conditions.append(table.day >= blank(filters.since))
    if filters.until is not None:
        conditions.append(table.day <= blank(filters.until))
    for name, column in COLUMNS.items():
        if wanted := getattr(filters, name):
            conditions.append(table[column].isin(blanks(wanted)))
    for segment, wanted in filters.segments:
        conditions.append(table[f"seg_{segment}"].isin(blanks(wanted)))
    return table.filter(conditions) if conditions else table


def _in_taxonomy(taxonomy: Taxonomy | None, name: str, value: str) -> bool:
    if taxonomy is None:
        return False
    if name == "touchpoints":
        return taxonomy.touchpoint(value) is not None
    return name == "themes" and taxonomy.theme(value) is not None


def _must_exist(value: str, known: tuple[str, ...], what: str) -> None:
    if value not in known:
        raise unknown(what, value, known)
