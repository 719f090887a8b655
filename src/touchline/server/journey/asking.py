"""What the overview and the pages of stages ask: the report's questions, and the headlines against other times."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from touchline.report.asked import Asked, ask
from touchline.server.journey.filtering import earlier

if TYPE_CHECKING:
    from touchline.scores.base import Figure
    from touchline.server.journey.page import Visit

_COMPARED: Final = ("previous_jsi", "change", "change_low", "change_high", "p", "p_adjusted")


def _nothing(_step: str, _done: float) -> None:
    """Tell nobody."""


def report_of(visit: Visit) -> Asked:
    """Return the report's answers of a visit's filters; without changes where nothing is to be compared with."""
    now = visit.chosen
    whole = not visit.access.segments and not now.accounts and not now.personas
    found = ask(visit.local, visit.workspace.name, now.filters, now.previous, _nothing, whole=whole)
    return found if now.compare != "none" else replace(found, stages=_alone(found.stages), change=None)


def stage_report_of(visit: Visit, stage: str) -> Asked:
    """Return what the page of one stage needs of the report: the stages, and of that one causes and delights.

    What it does not show is not asked: heatmaps, friction and sources are those of no touch.
    """
    now, local = visit.chosen, visit.local
    stages = local.stages(now.filters, previous=now.previous)
    causes = local.causes(now.filters, stage=stage)
    settings, taxonomy = local.workspace.settings, local.workspace.taxonomy
    nothing = replace(stages, table=stages.table.slice(0, 0))
    found = Asked(
        title=visit.workspace.name, taxonomy=taxonomy, status=None, filters=now.filters, stages=stages, metrics=nothing,
        across=None, friction=nothing, causes=causes, delights=local.delights(now.filters, stage=stage, limit=3),
        segments=local.segments(now.filters, stage=stage), trend=nothing, step=7, sources=[], methods=[], change=None,
        model="", gate=settings.score.gate, at_risk=settings.score.at_risk,
    )  # fmt: skip
    return found if now.compare != "none" else replace(found, stages=_alone(stages))


def _alone(figure: Figure) -> Figure:
    """Return the stages without what they were before."""
    table = figure.table
    for name in _COMPARED:
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.nulls(table.num_rows, table.schema.field(name).type))
    facts = {name: None if "change" in name or name.startswith("previous") else value
             for name, value in figure.facts.items()}  # fmt: skip
    return replace(figure, table=table, facts=facts)


def headlines_before(visit: Visit, found: Asked) -> dict[str, Any]:
    """Return the headlines' facts against the period before and the same days a year before; None without days."""
    told: dict[str, Any] = {}
    for how in ("previous", "year"):
        then = earlier(visit.chosen.filters, how)
        if then is None:
            told[how] = None
        elif how == visit.chosen.compare:
            told[how] = found.facts
        else:
            told[how] = visit.local.stages(visit.chosen.filters, previous=then).facts
    return told
