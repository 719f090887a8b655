"""`touchline explain`: why an interaction counts as it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from touchline.cli.console import out
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import BAD, GOOD, percent, sheet
from touchline.cli.writing import write_json

if TYPE_CHECKING:
    from touchline.cli.sheet import Sheet
    from touchline.workspace.explaining import ExplainedAnswer, ExplainedMention, ExplainedTouch, Explanation

_SIGN: Final = {
    -1: Text("−1 negative", BAD), 0: Text("0 neutral", "dim"), 1: Text("+1 positive", GOOD),
    None: Text("its scale is not known", "dim"),
}  # fmt: skip


def explain(
    interaction: Annotated[str, typer.Argument(help="The interaction's id, as stored.")],
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Explain an interaction: what each mention was read as and why, and the touches that it became part of.

    [dim]touchline explain T-1042 --workspace acme[/]
    """
    from touchline.questions import open_workspace

    with open_workspace(workspace) as journey:
        found = journey.explain(interaction)
    if as_json:
        write_json(found.as_json())
    else:
        _show(found)


def _show(found: Explanation) -> None:
    out.print(Text.assemble((found.interaction_id, "bold"), f"  {found.occurred_at:%Y-%m-%d %H:%M}, {found.author}"))
    if found.text:
        out.print(Text(found.text, style="italic"))
    came = [f"{name} {value}" for name, value in found.context.items()]
    came.append(f"the customer was at {found.position}" if found.position else "the customer's position is not known")
    out.print(Text(" · ".join(came), style="dim"))
    for mention in found.mentions:
        out.print(Text(f"\nMention {mention.mention}, characters {mention.start} to {mention.end}", style="bold"))
        out.print(_mention(mention))
        out.print(_stages(mention))
    if found.answers:
        out.print(Text("\nScores", style="bold"))
        out.print(_answers(found.answers))
    if found.touches:
        out.print(Text("\nTouches", style="bold"))
        out.print(_touches(found.touches))
    for note in found.notes:
        out.print(Text(f"· {note}", style="dim"))


def _mention(found: ExplainedMention) -> Sheet:
    table = sheet(("", "left"), ("", "left"))
    table.show_header = False
    decided = {"none": "nothing says where it belongs", "declared": "it was declared"}
    spoke = decided.get(found.decided_by, f"the {found.decided_by} decided")
    table.add_row("says", Text(" ".join(found.words.split()), style="italic"))
    sure = f"  {percent(found.stage_confidence)} sure; {spoke}"
    table.add_row("stage", Text.assemble((found.stage, "bold"), (sure, "dim")))
    mood = f"  polarity {found.polarity:+.2f}, {percent(found.confidence)} sure"
    table.add_row("sentiment", Text.assemble(_SIGN[found.sentiment], (mood, "dim")))
    for label in ("emotion", "effort", "resolution", "intent"):
        table.add_row(label, str(getattr(found, label)))
    table.add_row("severity", f"{found.severity:g}")
    if found.touchpoint:
        told = {"words": "the words name it", "declared": "it was declared", "implied": "the record implies it"}
        by = told.get(found.touchpoint_by or "", "")
        table.add_row("touchpoint", Text.assemble(found.touchpoint, (f"  {by}", "dim")))
    for name, value in (("sub-stage", found.sub_stage), ("theme", found.theme)):
        if value:
            table.add_row(name, value)
    if found.phrases:
        table.add_row("what spoke", Text(" · ".join(found.phrases)))
    known = "" if found.understood else " (not understood, so not scored)"
    table.add_row("language", found.language + known)
    table.add_row("read by", Text.assemble(found.method, (f"  {found.model}", "dim")))
    return table


def _stages(found: ExplainedMention) -> Sheet:
    table = sheet(
        ("Likeliest", "left"), ("Together", "right"), ("Words", "right"), ("Context", "right"), ("Position", "right")
    )
    for stage in found.stages:
        parts = (stage.probability, stage.words, stage.context, stage.position)
        table.add_row(stage.name, *(percent(part) for part in parts))
    return table


def _answers(found: tuple[ExplainedAnswer, ...]) -> Sheet:
    table = sheet(("Question", "left"), ("Kind", "left"), ("Value", "right"), ("Sign", "left"), ("Stage", "left"))
    for answer in found:
        scale = "" if answer.low is None or answer.high is None else f" of {answer.low:g} to {answer.high:g}"
        table.add_row(answer.question, answer.kind, f"{answer.value:g}{scale}", _SIGN[answer.sign], answer.stage)
    return table


def _touches(found: tuple[ExplainedTouch, ...]) -> Sheet:
    table = sheet(
        ("Stage", "left"), ("Sign", "left"), ("Weight", "left"), ("Decided by", "left"), ("Mentions", "right", 1)
    )
    for touch in found:
        by = touch.method + (", against the words" if touch.contradiction else "")
        table.add_row(touch.stage, _SIGN[touch.s], touch.formula, by, str(touch.mentions))
    return table
