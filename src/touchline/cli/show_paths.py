"""`touchline show funnel`, `paths`, `find`: what customers did, in order."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.asking import Who, answer
from touchline.cli.options import (
    Channels,
    CsvOption,
    JsonOption,
    Last,
    Segments,
    Since,
    Sources,
    Stages,
    Until,
    WorkspaceOption,
    filters,
)
from touchline.cli.show import app
from touchline.errors import QuestionError

if TYPE_CHECKING:
    from touchline.questions import Questions
    from touchline.scores.base import Figure, Filters

Whose = Annotated[
    str | None,
    typer.Option("--path", help="Only customers whose journey has this path: 'onboarding > !support* > renewal'."),
]


class Order(StrEnum):
    """How the steps of a funnel follow each other."""

    ordered = "ordered"
    strict = "strict"
    any = "any"


class Entry(StrEnum):
    """Which of a customer's attempts counts."""

    any = "any"
    first = "first"


class CountBy(StrEnum):
    """What a funnel counts."""

    customer = "customer"
    account = "account"
    session = "session"


class Kind(StrEnum):
    """How paths are shown."""

    transitions = "transitions"
    eventually = "eventually"
    sankey = "sankey"
    matrix = "matrix"
    variants = "variants"
    rework = "rework"


@app.command()
def funnel(
    steps: Annotated[list[str], typer.Argument(help="Two steps or more: delivery, event:order, 'order|renewal'.")],
    workspace: WorkspaceOption = Path(),
    order: Annotated[Order, typer.Option(help="In order, directly after each other, or in any order.")] = Order.ordered,
    window: Annotated[str | None, typer.Option(help="How long after the first step others count: 30d, 12h.")] = None,
    step_window: Annotated[str | None, typer.Option(help="How long after a step the next one counts.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="A step that ends an attempt; may be repeated.")] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Each value against the rest: segment:tier, channel, path:PATTERN (has it or not)."),
    ] = None,
    count_by: Annotated[CountBy, typer.Option(help="What is counted.")] = CountBy.customer,
    session_gap: Annotated[str, typer.Option(help="A longer pause begins a session.")] = "30min",
    entry: Annotated[Entry, typer.Option(help="May any attempt count, or a customer's first alone?")] = Entry.any,
    lost: Annotated[bool, typer.Option("--lost", help="What those did instead who stayed behind.")] = False,
    lost_by: Annotated[str, typer.Option(help="By which column that is told.")] = "step",
    path: Whose = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """How many come through a row of steps, how fast, for whom it works less well; filters say where one may begin.

    [dim]touchline show funnel purchase delivery renewal --window 90d --by segment:tier[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)

    def ask(j: Questions, f: Filters, _: Filters | None) -> Figure:
        return j.funnel(
            steps, order=order.value, window=window, step_window=step_window, exclude=exclude or (), by=by,
            count_by=count_by.value, session_gap=session_gap, entry=entry.value, lost=lost, lost_by=lost_by, path=path,
            filters=f,
        )  # fmt: skip

    answer(workspace, ask, chosen, last, as_json, as_csv, who)


@app.command()
def paths(
    workspace: WorkspaceOption = Path(),
    kind: Annotated[Kind, typer.Option(help="How the paths are shown.")] = Kind.transitions,
    by: Annotated[str, typer.Option(help="What the states are: stage, event, step, channel, any column.")] = "step",
    top: Annotated[
        int | None, typer.Option(help="So many states (variants), most common first, the rest as (other).")
    ] = None,
    collapse: Annotated[bool, typer.Option("--collapse", help="Staying in a state is one step.")] = False,
    anchor: Annotated[str | None, typer.Option(help="The step in the middle of a sankey.")] = None,
    before: Annotated[int, typer.Option(help="Levels before the anchor.")] = 0,
    after: Annotated[int, typer.Option(help="Levels after the anchor.")] = 3,
    steps: Annotated[int, typer.Option(help="Positions of a matrix.")] = 10,
    path: Whose = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """The ways that customers take: transitions, a flow around a step, a step matrix, variants, loops.

    [dim]touchline show paths --by stage    touchline show paths --kind sankey --anchor delivery --before 2[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    if kind is Kind.sankey and anchor is None:
        raise QuestionError("a sankey needs a step in its middle", where="--anchor", todo="add --anchor delivery")
    if collapse and kind in (Kind.sankey, Kind.rework):
        raise QuestionError(f"--collapse does not go with --kind {kind.value}", todo="leave it out")

    def ask(j: Questions, f: Filters, _: Filters | None) -> Figure:
        match kind:
            case Kind.transitions:
                return j.transitions(by=by, top=top, collapse=collapse, path=path, filters=f)
            case Kind.eventually:
                return j.transitions(by=by, top=top, collapse=collapse, kind="eventually", path=path, filters=f)
            case Kind.sankey:
                return j.sankey(anchor or "", before=before, after=after, by=by, top=top or 6, path=path, filters=f)
            case Kind.matrix:
                return j.step_matrix(by=by, steps=steps, top=top, collapse=collapse, path=path, filters=f)
            case Kind.variants:
                return j.variants(by=by, top=top or 20, collapse=collapse, path=path, filters=f)
            case Kind.rework:
                return j.rework(by=by, top=top, path=path, filters=f)

    answer(workspace, ask, chosen, last, as_json, as_csv, who)


@app.command()
def find(
    pattern: Annotated[
        str, typer.Argument(help="Steps with > (directly next) or .. (later): 'purchase > !support* > renewal'.")
    ],
    workspace: WorkspaceOption = Path(),
    by: Annotated[str | None, typer.Option(help="Each value against the rest: segment:tier, channel.")] = None,
    path: Whose = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """Whose journey has a path, how long it takes, and for whom it is more common.

    [dim]touchline show find "purchase ..{30d} support+ > !delivery" --by segment:region[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    answer(workspace, lambda j, f, _: j.find(pattern, by=by, path=path, filters=f), chosen, last, as_json, as_csv, who)
