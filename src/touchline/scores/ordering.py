"""The order and the names of stages in figures that go through all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline.scores.groups import stage_name
from touchline.vocabulary.schemas import UNASSIGNED

if TYPE_CHECKING:
    from touchline.vocabulary.taxonomy import Taxonomy

#: The key of the row or column that stands for everything together.
ALL: Final = "all"


def stage_place(taxonomy: Taxonomy, stage: str) -> tuple[int, str]:
    """Return what to sort stages by.

    Everything together comes first, then the taxonomy's stages in its order, stages that it no longer knows,
    and ``unassigned`` last.
    """
    if stage in taxonomy.ids:
        return 1 + taxonomy.ids.index(stage), stage
    return {ALL: 0, UNASSIGNED: len(taxonomy.ids) + 2}.get(stage, len(taxonomy.ids) + 1), stage


def name_of(taxonomy: Taxonomy, stage: str) -> str:
    """Return what a reader calls a stage, or ``all`` of them."""
    return "All stages" if stage == ALL else stage_name(taxonomy, stage)
