"""`touchline teach` and `touchline label`: the reader learns a company's own stages and moods from labels."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from touchline.cli.console import err, out, progress
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.sheet import Sheet
from touchline.cli.tables import BAD, GOOD, percent, sheet, thousands
from touchline.cli.writing import csv_text, write_json
from touchline.errors import InputError

if TYPE_CHECKING:
    from touchline.evaluation import Labels
    from touchline.workspace import Workspace
    from touchline.workspace.teaching import Candidate, Version

#: Bad rows that are told one by one.
_TOLD: Final = 10
#: What a person types for a sentiment, and for no stage.
_MOODS: Final = {
    "-": "negative", "n": "negative", "=": "neutral", "o": "neutral", "+": "positive", "p": "positive",
}  # fmt: skip
_NONE: Final = "x"


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
    as_json: JsonOption = False,
) -> None:
    """Teach the reader with labels of your own: stage, sentiment and every other kind that the table holds.

    What it knew it keeps, unless your labels say otherwise. Earlier labels stay in force; of two for one text the later
    counts.

    [dim]touchline teach labels.csv --workspace acme[/]
    [dim]touchline teach --undo --workspace acme[/]
    """
    from touchline.workspace import Workspace

    wanted = sum((file is not None, undo, redo, use is not None, list_))
    if wanted != 1:
        raise InputError(
            "say what to do" if not wanted else "these do not go together",
            where="touchline teach",
            todo="name a table of labels, or give one of --undo, --redo, --use, --list",
        )
    if accurate and file is None:
        raise InputError("--accurate needs a table of labels", where="touchline teach", todo="name it")
    with Workspace(workspace) as opened:
        if file is not None:
            _learn(opened, file, accurate=accurate, as_json=as_json)
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


def _learn(opened: Workspace, file: Path, *, accurate: bool, as_json: bool) -> None:
    from touchline.evaluation import read_labels

    labels = read_labels(file, opened.taxonomy)
    with progress(file.name) as told:
        made = opened.teach(labels, accurate=accurate, progress=told)
    if as_json:
        write_json(made.as_json() | {"skipped": [str(bad) for bad in labels.skipped]})
        return
    _say_skipped(labels)
    _show(made)


def _say_skipped(labels: Labels) -> None:
    for bad in labels.skipped[:_TOLD]:
        err.print(Text(f"skipped: {bad}"), soft_wrap=True)
    if len(labels.skipped) > _TOLD:
        err.print(f"and {len(labels.skipped) - _TOLD:,} rows more; --json lists them all")


def _show(made: Version) -> None:
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


def label(
    n: Annotated[int, typer.Option("--n", min=1, help="How many texts to label.")] = 20,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write them to this CSV file, to be labelled elsewhere.")
    ] = None,
    workspace: WorkspaceOption = Path(),
) -> None:
    """Label the texts that teach the most: those that the reader is unsure of, and unlike each other.

    Type a stage's number, x for no stage, and - = + for the sentiment: 4-. One alone will do; Enter says that the guess
    is right; s skips, q ends. Then the reader is taught.

    [dim]touchline label --n 20 --workspace acme[/]
    [dim]touchline label --n 200 --export texts.csv --workspace acme[/]
    """
    from touchline.workspace import Workspace

    if export is None and not sys.stdin.isatty():
        raise InputError(
            "there is nobody to ask", where="touchline label", todo="run it in a terminal, or --export FILE"
        )
    with Workspace(workspace) as opened:
        with progress("texts") as told:
            found = opened.teaching.candidates(n, told)
        if not found:
            out.print("There are no texts left to label.")
            return
        if export is not None:
            _export(found, export)
            return
        given, skipped = _asked(found, opened)
        opened.teaching.skip(skipped)
        if not given:
            out.print("Nothing was labelled.")
            return
        with progress("labels") as told:
            made = opened.teaching.teach(given, file="touchline label", progress=told)
    _show(made)


def _export(found: list[Candidate], path: Path) -> None:
    import pyarrow as pa

    blank = pa.array([None] * len(found), pa.string())
    guesses = {
        "guessed_stage": [candidate.stage for candidate in found],
        "guessed_sentiment": [candidate.sentiment for candidate in found],
    }
    table = pa.table({"text": [c.text for c in found], "stage": blank, "sentiment": blank, **guesses})
    path.write_text(csv_text(table), encoding="utf-8", newline="")
    out.print(f"{len(found):,} texts written to {path}; fill in stage and sentiment, then `touchline teach {path}`")


def _asked(found: list[Candidate], opened: Workspace) -> tuple[list[tuple[str, dict[str, str]]], list[str]]:
    """Ask for labels until they are all given or the person ends; return them, and the texts that were skipped."""
    stages = opened.taxonomy.ids
    out.print(_key(opened))
    given: list[tuple[str, dict[str, str]]] = []
    skipped: list[str] = []
    for number, candidate in enumerate(found, 1):
        words = "".join(c for c in " ".join(candidate.text.split()) if c.isprintable())
        out.print(Text.assemble((f"\n{number} of {len(found)}  ", "dim"), words))
        names = {stage.id: stage.name for stage in opened.taxonomy.stages}
        out.print(
            Text(
                f"guess: {names.get(candidate.stage, 'no stage')} ({percent(candidate.stage_share)}), "
                f"{candidate.sentiment} ({percent(candidate.sentiment_share)})",
                style="dim",
            )
        )
        while True:
            try:
                typed = out.input("> ").strip().casefold()
            except (EOFError, KeyboardInterrupt):
                typed = "q"
            labels = understood(typed, stages, candidate.stage, candidate.sentiment)
            if labels is not None or typed in ("s", "q"):
                break
            out.print(Text(f"{typed!r} is no answer: a number from 1 to {len(stages)}, x, and - = +; s, q", style=BAD))
        if typed == "q":
            break
        if labels is None:
            skipped.append(candidate.text)
        else:
            given.append((candidate.text, labels))
    return given, skipped


def _key(opened: Workspace) -> Text:
    text = Text()
    for number, stage in enumerate(opened.taxonomy.stages, 1):
        text.append(f"{number} ", style="bold").append(f"{stage.name}   ")
    text.append(f"{_NONE} ", style="bold").append("no stage\n")
    for sign, mood in (("-", "negative"), ("=", "neutral"), ("+", "positive")):
        text.append(f"{sign} ", style="bold").append(f"{mood}   ")
    return text.append("Enter", style="bold").append(" the guess   s skip   q end")


def understood(typed: str, stages: tuple[str, ...], stage: str, sentiment: str) -> dict[str, str] | None:
    """Return the labels that someone typed, or None where it is none.

    Args:
        typed: ``4-``, ``4``, ``-``, ``x=``; nothing at all takes the guess.
        stages: The stages in the order of their numbers.
        stage: The guess.
        sentiment: The guess.

    >>> understood("2-", ("buy", "use"), "buy", "neutral")
    {'stage': 'use', 'sentiment': 'negative'}
    >>> understood("", ("buy", "use"), "buy", "neutral"), understood("3", ("buy", "use"), "buy", "neutral")
    ({'stage': 'buy', 'sentiment': 'neutral'}, None)
    """
    from touchline.vocabulary.schemas import UNASSIGNED

    if not typed:
        return {"stage": stage, "sentiment": sentiment}
    mood = _MOODS.get(typed[-1])
    place = (typed[:-1] if mood else typed).strip()
    labels = {}
    if place == _NONE:
        labels["stage"] = UNASSIGNED
    elif place.isdecimal() and 1 <= int(place) <= len(stages):
        labels["stage"] = stages[int(place) - 1]
    elif place:
        return None
    if mood:
        labels["sentiment"] = mood
    return labels or None
