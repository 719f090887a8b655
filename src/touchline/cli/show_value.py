"""`touchline show value`, `revenue`, `churn`, `health`, `clv`, `gate` and `fairness`: money and future."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.asking import Who, answer
from touchline.cli.options import CsvOption, JsonOption, Last, Segments, Since, Until, WorkspaceOption, filters
from touchline.cli.show import app
from touchline.errors import QuestionError


class Weights(StrEnum):
    """Where the weights of a health score come from."""

    declared = "declared"
    learnt = "learnt"


Limit = Annotated[int, typer.Option(help="How many customers are listed.", min=1)]


@app.command()
def value(
    workspace: WorkspaceOption = Path(),
    by: Annotated[str, typer.Option(help="band, or segment:NAME for every band within every value.")] = "band",
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """JSI against churn and revenue, and the revenue at risk, with intervals.

    [dim]touchline show value --by segment:tier[/]
    """
    answer(
        workspace, lambda j, f, _: j.value(f, by=by), filters(since, until, None, segment), last, as_json, as_csv, who
    )


@app.command()
def revenue(
    workspace: WorkspaceOption = Path(),
    by: Annotated[str, typer.Option(help="month, quarter or year.")] = "month",
    over: Annotated[str, typer.Option(help="segment:NAME, for a row per value.", show_default="everybody")] = "",
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """Revenue per period: gross and net retention, logo churn, expansion, contraction.

    [dim]touchline show revenue --by quarter --over segment:region[/]
    """
    chosen = filters(since, until, None, segment)
    answer(workspace, lambda j, f, _: j.revenue(f, by=by, over=over), chosen, last, as_json, as_csv, who)


@app.command()
def churn(
    workspace: WorkspaceOption = Path(),
    by: Annotated[str, typer.Option(help="month, quarter, year, stage, reason, band or segment:NAME.")] = "month",
    model: Annotated[bool, typer.Option("--model", help="How well losses are foretold, on later time.")] = False,
    weights: Annotated[bool, typer.Option("--weights", help="Which facts speak for losing a customer.")] = False,
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """Who was lost, when, after which stage, for which reason; and how well that is foretold.

    [dim]touchline show churn --by reason[/]
    [dim]touchline show churn --model[/]
    """
    if model and weights:
        raise QuestionError("--model and --weights are two questions", todo="ask one at a time")
    chosen = filters(since, until, None, segment)
    if model:
        answer(workspace, lambda j, f, _: j.churn_model(f), chosen, last, as_json, as_csv, who)
    elif weights:
        answer(workspace, lambda j, f, _: j.churn_weights(f), chosen, last, as_json, as_csv, who)
    else:
        answer(workspace, lambda j, f, _: j.churn(f, by=by), chosen, last, as_json, as_csv, who)


@app.command()
def health(
    workspace: WorkspaceOption = Path(),
    weights: Annotated[Weights, typer.Option(help="Those of [value.health], or learnt from who was lost.")] = (
        Weights.declared
    ),
    limit: Limit = 20,
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """The health of each customer who is there now, 0 to 100, lowest first, and what it is made of.

    [dim]touchline show health --weights learnt --limit 10[/]
    """
    chosen = filters(since, until, None, segment)
    answer(
        workspace, lambda j, f, _: j.health(f, weights=weights.value, limit=limit), chosen, last, as_json, as_csv, who
    )


@app.command()
def clv(
    workspace: WorkspaceOption = Path(),
    by: Annotated[str, typer.Option(help="customer for the most valuable ones, or segment:NAME.")] = "customer",
    limit: Limit = 20,
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """Lifetime value: what customers are expected to pay within the horizon.

    [dim]touchline show clv --by segment:tier[/]
    """
    chosen = filters(since, until, None, segment)
    answer(workspace, lambda j, f, _: j.clv(f, by=by, limit=limit), chosen, last, as_json, as_csv, who)


@app.command()
def gate(
    workspace: WorkspaceOption = Path(),
    missed: Annotated[float | None, typer.Option(help="Cost of a lost customer who passed.", min=0)] = None,
    alarm: Annotated[float | None, typer.Option(help="Cost of holding one who would have stayed.", min=0)] = None,
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """Which JSI tells best who will stay: by Youden's J, by cost, and at the gate of the settings.

    [dim]touchline show gate --missed 10 --alarm 1[/]
    """
    chosen = filters(since, until, None, segment)
    answer(workspace, lambda j, f, _: j.gate(f, missed=missed, alarm=alarm), chosen, last, as_json, as_csv, who)


@app.command()
def fairness(
    workspace: WorkspaceOption = Path(),
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Whether models treat segments alike: what is read as negative, what scores contradict, what is foretold.

    [dim]touchline show fairness[/]
    """
    chosen = filters(since, until, None, segment)
    answer(workspace, lambda j, f, _: j.fairness(f), chosen, last, as_json, as_csv)
