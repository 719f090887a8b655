"""By what a figure is broken down: the column, and how its values are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline.errors import unknown
from touchline.scores.filtering import segment_column
from touchline.vocabulary.schemas import UNASSIGNED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

NONE: Final = "(none)"
SEGMENT: Final = "segment:"


def group_column(warehouse: Warehouse, by: str, allowed: Iterable[str]) -> str:
    """Return the column of the touches that ``by`` names: one of ``allowed``, or ``segment:NAME``.

    Raises:
        QuestionError: Neither.
    """
    if by.startswith(SEGMENT):
        return segment_column(warehouse, by.removeprefix(SEGMENT))
    allowed = tuple(allowed)
    if by not in allowed:
        raise unknown("breakdown", by, (*allowed, *(SEGMENT + name for name in warehouse.segments())))
    return by


def text_of(key: object) -> str | None:
    """Return a value of a column as text; days as ``2026-03-02``."""
    return None if key is None else str(key)


def stage_name(taxonomy: Taxonomy, stage: str) -> str:
    """Return a stage's name; its id where the taxonomy has changed and no longer knows it."""
    if stage == UNASSIGNED:
        return "Unassigned"
    return stage if taxonomy.stage_id(stage) is None else taxonomy.stage(stage).name


def group_name(taxonomy: Taxonomy, by: str, key: str | None) -> str:
    """Return what a reader calls one value: the name of a stage, sub-stage, touchpoint or theme, else the value."""
    if key is None:
        return NONE
    if by == "stage":
        return stage_name(taxonomy, key)
    if by == "touchpoint":
        touchpoint = taxonomy.touchpoint(key)
        return key if touchpoint is None else touchpoint.name
    if by == "sub_stage":
        return next((sub.name for stage in taxonomy.stages for sub in stage.sub_stages if sub.id == key), key)
    if by == "theme":
        theme = taxonomy.theme(key)
        return key if theme is None else theme.name
    return key
