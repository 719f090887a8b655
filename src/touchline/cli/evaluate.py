"""`touchline evaluate`: how right the understander is, on labels that you trust."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from touchline.cli.console import err, out, progress
from touchline.cli.options import JsonOption, Template
from touchline.cli.sheet import Sheet
from touchline.cli.tables import percent, sheet, short, thousands
from touchline.cli.writing import write_json

if TYPE_CHECKING:
    from touchline.evaluation import Evaluation
    from touchline.evaluation.calibration import Calibration
    from touchline.evaluation.judging import Judged
    from touchline.evaluation.metrics import Estimate
    from touchline.evaluation.report import Mistake

#: Bad rows that are told one by one.
_TOLD: Final = 10
_LONGEST: Final = 160
#: Letters of a class's name above its column, where there are more classes than a few.
_HEAD: Final = 4
_FEW: Final = 4


def evaluate(
    file: Annotated[Path, typer.Argument(help="A table with the column text and columns of labels.")],
    template: Annotated[Template, typer.Option("--template", "-t", help="The journey's stages.")] = Template.b2c,
    taxonomy: Annotated[Path | None, typer.Option(help="A taxonomy's YAML file instead.")] = None,
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", "-w", help="Use this workspace's stages, settings and understander instead."),
    ] = None,
    mistakes: Annotated[int, typer.Option(min=0, help="Mistakes to show of each kind of label.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Compare what is read with labels that you trust: accuracy, F1, confusion, calibration, the worst mistakes.

    [dim]touchline evaluate labels.csv[/]
    [dim]touchline evaluate labels.csv --workspace acme --json[/]
    """
    found = _evaluated(file, template, taxonomy, workspace, mistakes)
    if as_json:
        write_json(found.as_json())
        return
    _show(found)


def _evaluated(
    file: Path, template: Template, taxonomy: Path | None, workspace: Path | None, mistakes: int
) -> Evaluation:
    from touchline.evaluation import evaluate as judged
    from touchline.evaluation import read_labels
    from touchline.settings import Settings
    from touchline.understanding import load
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.workspace import Workspace

    if workspace is not None:
        with Workspace(workspace) as opened, progress(file.name) as told:
            return judged(
                read_labels(file, opened.taxonomy),
                understander=opened.understander, taxonomy=opened.taxonomy, settings=opened.settings,
                mistakes=mistakes, progress=told,
            )  # fmt: skip
    stages = Taxonomy.load(taxonomy) if taxonomy else Taxonomy.template(template)
    with progress(file.name) as told:
        return judged(
            read_labels(file, stages),
            understander=load(taxonomy=stages), taxonomy=stages, settings=Settings(),
            mistakes=mistakes, progress=told,
        )  # fmt: skip


def _show(found: Evaluation) -> None:
    for line in found.skipped[:_TOLD]:
        err.print(Text(f"skipped: {line}"), soft_wrap=True)
    if len(found.skipped) > _TOLD:
        err.print(f"and {len(found.skipped) - _TOLD:,} rows more; --json lists them all")
    out.print(Text.assemble((f"{found.file}: {found.coverage.n:,} texts", "bold"), f", read by {found.model}"))
    out.print(_scores(found))
    out.print(_coverage(found))
    for judged in found.judged:
        out.print(Text(judged.label.capitalize(), style="bold"))
        out.print(_matrix(judged))
        if judged.calibration and judged.calibration.n:
            out.print(_calibration(judged.calibration))
    for mistake in found.mistakes:
        out.print(_mistake(mistake))
    for note in found.notes:
        out.print(Text(f"· {note}", style="dim"))


def _scores(found: Evaluation) -> Sheet:
    """Return accuracy and macro-F1 of every kind of label, beside what there is to beat."""
    table = sheet(
        ("", "left"), ("Reader", "left"), ("Texts", "right", 3), ("Accuracy", "right"), ("Macro-F1", "right"),
        ("We gain", "right", 1), ("Calibration error", "right", 2),
    )  # fmt: skip
    for judged in found.judged:
        ece = f"{judged.calibration.ece:.3f}" if judged.calibration and judged.calibration.n else ""
        table.add_row(
            Text(judged.label, style="bold"), Text("Touchline", style="bold"), thousands(judged.n),
            _estimate(judged.accuracy), _estimate(judged.macro_f1), "", ece,
        )  # fmt: skip
        for other in judged.baselines:
            table.add_row(
                "", other.name, "", _estimate(other.accuracy), _estimate(other.macro_f1), _estimate(other.gain, "+"), ""
            )
        table.add_section()
    return table


def _estimate(found: Estimate, sign: str = "") -> str:
    if math.isnan(found.value):
        return "–"
    return f"{found.value:{sign}.3f} ±{(found.high - found.low) / 2:.3f}"


def _coverage(found: Evaluation) -> Text:
    cover = found.coverage
    text = Text(
        f"Coverage: {percent(cover.understood / cover.n)} of the texts understood; the stage of "
        f"{percent(cover.unassigned / cover.n)} unassigned"
    )
    if cover.placeable:
        text.append(f", and of {percent(cover.placeable_unassigned / cover.placeable)} of those labelled with a stage")
    return text.append("\n")


def _matrix(judged: Judged) -> Sheet:
    """Return the confusion: what texts are, down, and were taken for, across."""
    names = [each.name for each in judged.classes]
    heads = [name[:_HEAD] for name in names]
    if len(set(heads)) < len(heads) or len(heads) <= _FEW:
        heads = [short(name) for name in names]
    commonest = sorted(range(len(names)), key=lambda i: -judged.classes[i].predicted)
    table = sheet(
        ("is \\ taken for", "left"),
        *((head, "right", 1 + commonest.index(i)) for i, head in enumerate(heads)),
        ("Precision", "right", len(names) + 2), ("Recall", "right", len(names) + 1), ("F1", "right"),
    )  # fmt: skip
    for i, (row, each) in enumerate(zip(judged.confusion, judged.classes, strict=True)):
        cells = (
            Text(str(n) if n else "·", style="bold" if i == j else "dim" if not n else "") for j, n in enumerate(row)
        )
        table.add_row(each.name, *cells, *(_number(x) for x in (each.precision, each.recall, each.f1)))
    return table


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


def _calibration(found: Calibration) -> Sheet:
    """Return, bin by bin, how sure we were and how often right."""
    table = sheet(("Sure", "left"), ("Texts", "right"), ("Mean", "right"), ("Right", "right"))
    for each in found.bins:
        table.add_row(
            f"{100 * each.low:.0f} to {100 * each.high:.0f} %",
            thousands(each.n), percent(each.confidence), percent(each.right),
        )  # fmt: skip
    table.add_section()
    way = "too sure" if found.over > 0 else "not sure enough"
    table.add_row(
        Text(f"error {found.ece:.3f} ({found.chance:.3f} by chance)"), thousands(found.n),
        Text(f"{100 * abs(found.over):.0f} points"), Text(way),
    )  # fmt: skip
    return table


def _mistake(mistake: Mistake) -> Text:
    sure = "" if mistake.confidence is None else f", {100 * mistake.confidence:.0f} % sure"
    words = " ".join(mistake.text.split())
    text = Text.assemble(
        (f"{mistake.label}, row {mistake.row}: ", "dim"),
        (mistake.predicted, "bold"), f"{sure}, but it is ", (mistake.gold, "bold"), "\n  ",
        ("“" + (words if len(words) <= _LONGEST else words[:_LONGEST].rstrip() + "…") + "”", "italic"),
    )  # fmt: skip
    if mistake.evidence:
        text.append("\n  " + " · ".join(mistake.evidence), style="dim")
    return text
