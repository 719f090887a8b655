"""`touchline teach`: the reader learns a company's own stages and moods from labels, and forgets them again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from touchline.cli.console import err, out, progress
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.sheet import Sheet
from touchline.cli.tables import BAD, GOOD, percent, sheet, thousands
from touchline.cli.writing import write_json
from touchline.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from touchline.drain import Progress
    from touchline.evaluation import Labels
    from touchline.workspace import Workspace
    from touchline.workspace.teaching import Forgotten, Version

#: Bad rows that are told one by one.
_TOLD: Final = 10


def teach(
    file: Annotated[
        Path | None, typer.Argument(help="A table with the column text and columns of labels.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = Path(),
    accurate: Annotated[
        bool,
        typer.Option("--accurate", help="Let a large encoder label more texts first; needs the extra accurate."),
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Go back to the version before.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="Take an --undo back.")] = False,
    use: Annotated[
        int | None, typer.Option("--use", min=0, help="Go to this version; 0 is the reader as it is shipped.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the versions.")] = False,
    forget: Annotated[
        list[str] | None,
        typer.Option("--forget", help="Let go of the labels of this interaction (its id), or of this text."),
    ] = None,
    forget_customer: Annotated[
        list[str] | None,
        typer.Option("--forget-customer", help="Let go of the labels of all that this customer said."),
    ] = None,
    forget_gone: Annotated[
        bool, typer.Option("--forget-gone", help="Let go of the labels of texts that are stored no longer.")
    ] = False,
    redact: Annotated[bool, typer.Option("--redact", help="Redact the labelled texts by today's rules.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Teach the reader with labels of your own: stage, sentiment and every other kind that the table holds.

    What it knew it keeps, unless your labels say otherwise. Earlier labels stay in force; of two for one text the later
    counts. Labels of one thing that a text says have its characters in start and end, or its words in mention.

    [dim]touchline teach labels.csv --workspace acme[/]
    [dim]touchline teach --undo --workspace acme[/]
    """
    from touchline.workspace import Workspace

    forgets = bool(forget or forget_customer or forget_gone or redact)
    wanted = sum((file is not None, undo, redo, use is not None, list_, forgets))
    if wanted != 1:
        raise InputError(
            "say what to do" if not wanted else "these do not go together",
            where="touchline teach",
            todo="name a table of labels, or give one of --undo, --redo, --use, --list, --forget, --redact",
        )
    if accurate and file is None:
        raise InputError("--accurate needs a table of labels", where="touchline teach", todo="name it")
    with Workspace(workspace) as opened:
        if file is not None:
            _learn(opened, file, accurate=accurate, as_json=as_json)
            return
        if forgets:
            _forget(opened, forget or [], forget_customer or [], gone=forget_gone, redact=redact, as_json=as_json)
            return
        with progress("reader") as told:
            if undo:
                opened.teaching.undo(told)
            elif redo:
                opened.teaching.redo(told)
            elif use is not None:
                opened.teaching.use(use, told)
        current, versions = opened.teaching.current, opened.teaching.versions
    if as_json:
        write_json({"current": current, "versions": [version.as_json() for version in versions]})
    elif list_:
        _list(current, versions)
    else:
        out.print(_in_use(current))


def _forget(
    opened: Workspace, names: list[str], customers: list[str], *, gone: bool, redact: bool, as_json: bool
) -> None:
    teaching = opened.teaching
    steps: list[Callable[[Progress], Forgotten]] = [partial(teaching.forget_customer, name) for name in customers]
    steps += [partial(teaching.forget, names)] * bool(names)
    steps += [teaching.redact_again] * redact + [teaching.forget_gone] * gone
    with progress("reader") as told:
        found = [step(told) for step in steps]
    held = len(teaching.lesson)
    changed, skipped = sum(one.labels for one in found), sum(one.skipped for one in found)
    if as_json:
        write_json({"labels": changed, "skipped": skipped, "left": held, "current": teaching.current})
        return
    did = "changed or let go of" if redact else "let go of"
    out.print(f"{changed:,} labelled texts {did}, {held:,} left in the version in use.")
    if skipped:
        out.print(Text(f"· {skipped:,} texts were no longer to be asked for; that is forgotten too", style="dim"))
    if changed:
        out.print(Text("What is left was learnt anew, in every version that had them.", style="dim"))


def _learn(opened: Workspace, file: Path, *, accurate: bool, as_json: bool) -> None:
    from touchline.evaluation import read_labels

    labels = read_labels(file, opened.taxonomy)
    with progress(file.name) as told:
        made = opened.teach(labels, accurate=accurate, progress=told)
    if as_json:
        write_json(made.as_json() | {"skipped": [str(bad) for bad in labels.skipped]})
        return
    _say_skipped(labels)
    show(made)


def _say_skipped(labels: Labels) -> None:
    for bad in labels.skipped[:_TOLD]:
        err.print(Text(f"skipped: {bad}"), soft_wrap=True)
    if len(labels.skipped) > _TOLD:
        err.print(f"and {len(labels.skipped) - _TOLD:,} rows more; --json lists them all")


def show(made: Version) -> None:
    """Print what a version learnt, and how it reads now."""
    out.print(Text.assemble((f"Version {made.number}", "bold"), f": learnt from {made.labels:,} labelled texts"))
    table = sheet(
        ("", "left"), ("Labels", "right"), ("Macro-F1 before", "right"), ("after", "right"),
        ("Right before", "right", 1), ("after", "right", 1), ("", "left", 2),
    )  # fmt: skip
    for score in made.scores:
        note = "labels brought nothing: left alone" if score.strength is None else ""
        if score.before is None or score.after is None:
            table.add_row(score.head, thousands(score.n), "–", "–", "–", "–", note or "too few labels to say")
            continue
        style = GOOD if score.after > score.before else BAD if score.after < score.before else ""
        table.add_row(
            Text(score.head, style="bold"), thousands(score.n), f"{score.before:.3f}",
            Text(f"{score.after:.3f}", style=style), percent(score.accuracy_before), percent(score.accuracy_after),
            note,
        )  # fmt: skip
    out.print(table)
    out.print(Text("Each text is judged by what the other labels teach (five-fold cross-validation).", style="dim"))
    if made.unread:
        out.print(Text(f"· {made.unread:,} texts seem to be in languages that are not read", style="dim"))
    if made.accurate is not None:
        out.print(Text(f"· {made.accurate:,} more texts were labelled by the encoder", style="dim"))
    out.print(_in_use(made.number))


def _in_use(current: int) -> str:
    if not current:
        return "The reader as it is shipped is in use; the texts are read by it."
    return f"Version {current} is in use; the texts are read by it. `touchline teach --undo` goes back."


def _list(current: int, versions: tuple[Version, ...]) -> None:
    table: Sheet = sheet(
        ("", "left"), ("Version", "right"), ("From", "right", 2), ("Made", "left", 3), ("Labels", "right"),
        ("File", "left", 1), ("Macro-F1 before and after", "left"),
    )  # fmt: skip
    table.add_row("→" if not current else "", "0", "", "", "", "", Text("as shipped", style="dim"))
    for version in versions:
        scores = ", ".join(
            f"{score.head} {score.before:.2f} → {score.after:.2f}"
            for score in version.scores
            if score.before is not None and score.after is not None
        )
        table.add_row(
            "→" if version.number == current else "", str(version.number), str(version.parent), version.made,
            thousands(version.labels), version.file, scores or Text("too few labels to say", style="dim"),
        )  # fmt: skip
    out.print(table)
