"""`touchline label`: a person labels the texts that teach the reader the most."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from touchline.cli.console import out, progress
from touchline.cli.options import WorkspaceOption
from touchline.cli.tables import BAD, percent
from touchline.cli.teach import show
from touchline.cli.writing import csv_text
from touchline.errors import InputError

if TYPE_CHECKING:
    from touchline.understanding.teaching.lesson import Given
    from touchline.workspace import Workspace
    from touchline.workspace.labelling import Guess
    from touchline.workspace.teaching import Candidate

#: What a person types for a sentiment, and for no stage.
_MOODS: Final = {
    "-": "negative", "n": "negative", "=": "neutral", "o": "neutral", "+": "positive", "p": "positive",
}  # fmt: skip
_NONE: Final = "x"
_SKIP: Final = "s"
_QUIT: Final = "q"


def label(
    n: Annotated[int, typer.Option("--n", min=1, help="How many texts to label.")] = 20,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write them to this CSV file, to be labelled elsewhere.")
    ] = None,
    workspace: WorkspaceOption = Path(),
) -> None:
    """Label the texts that teach the most: those that the reader is unsure of, and unlike each other.

    Type a stage's number, x for no stage, and - = + for the sentiment: 4-. One alone will do; Enter says that the guess
    is right; s skips, q ends. Where a text says several things you are asked for each. Then the reader is taught.

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
    show(made)


def _export(found: list[Candidate], path: Path) -> None:
    """Write a row per text; where a text says several things, a row for each."""
    import pyarrow as pa

    rows = []
    for candidate in found:
        parts = [(candidate.text[g.start : g.end], g.stage, g.sentiment) for g in candidate.mentions]
        for words, stage, mood in parts or [("", candidate.stage, candidate.sentiment)]:
            rows.append(
                {"text": candidate.text, "mention": words, "stage": None, "sentiment": None,
                 "guessed_stage": stage, "guessed_sentiment": mood}
            )  # fmt: skip
    schema = pa.schema([(name, pa.string()) for name in rows[0]])
    path.write_text(csv_text(pa.Table.from_pylist(rows, schema)), encoding="utf-8", newline="")
    out.print(f"{len(found):,} texts written to {path}; fill in stage and sentiment, then `touchline teach {path}`")


def _asked(found: list[Candidate], opened: Workspace) -> tuple[list[Given], list[str]]:
    """Ask for labels until they are all given or the person ends; return them, and the texts that were skipped."""
    from touchline.understanding.teaching.lesson import Given

    names = {stage.id: stage.name for stage in opened.taxonomy.stages}
    out.print(_key(opened))
    given: list[Given] = []
    skipped: list[str] = []
    for number, candidate in enumerate(found, 1):
        out.print(Text.assemble((f"\n{number} of {len(found)}  ", "dim"), _one_line(candidate.text)))
        several = len(candidate.mentions)
        parts: list[tuple[int | None, int | None, Guess | Candidate]]
        parts = [(part.start, part.end, part) for part in candidate.mentions] or [(None, None, candidate)]
        answers: list[Given] = []
        typed = _SKIP
        for place, (start, end, part) in enumerate(parts, 1):
            words = Text()
            if several:
                words.append(f"{place} of {several} it says  ", style="dim")
                words.append(_one_line(candidate.text[start:end]) + "\n", style="bold")
            out.print(
                words.append(
                    f"guess: {names.get(part.stage, 'no stage')} ({percent(part.stage_share)}), "
                    f"{part.sentiment} ({percent(part.sentiment_share)})",
                    style="dim",
                )
            )
            typed, labels = _answer(opened.taxonomy.ids, part.stage, part.sentiment)
            if typed == _QUIT:
                break
            if labels is not None:
                answers.append(Given(candidate.text, labels, start, end))
        given += answers
        if typed == _QUIT:
            break
        if not answers:
            skipped.append(candidate.text)
    return given, skipped


def _answer(stages: tuple[str, ...], stage: str, sentiment: str) -> tuple[str, dict[str, str] | None]:
    """Ask until an answer is one; return what was typed, and the labels, None where it was skipped."""
    while True:
        try:
            typed = out.input("> ").strip().casefold()
        except (EOFError, KeyboardInterrupt):
            typed = _QUIT
        labels = understood(typed, stages, stage, sentiment)
        if labels is not None or typed in (_SKIP, _QUIT):
            return typed, labels
        out.print(Text(f"{typed!r} is no answer: a number from 1 to {len(stages)}, x, and - = +; s, q", style=BAD))


def _one_line(text: str) -> str:
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


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
