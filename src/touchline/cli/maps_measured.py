"""`touchline maps gaps`, `pains`, `priorities`, `learned`, `story`, `personas`, `inventory` and `stakeholders`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from touchline.cli import maps
from touchline.cli.console import out
from touchline.cli.options import (
    CsvOption,
    JsonOption,
    Last,
    Segments,
    Since,
    Until,
    WorkspaceOption,
    filters,
    period,
)
from touchline.cli.tables import BAD, GOOD, percent, sheet, thousands
from touchline.cli.writing import write_csv, write_json

if TYPE_CHECKING:
    from touchline.maps.measured import Measure, Overlay
    from touchline.maps.model import Map
    from touchline.overlay.values import Gap, Priority, Story
    from touchline.protocol import Questions
    from touchline.scores.base import Filters
    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy

File = Annotated[Path, typer.Argument(help="A map's file.", show_default=False)]
Files = Annotated[list[Path], typer.Argument(help="Maps' files.", show_default=False)]
_STYLES = {
    "reached": GOOD, "better": GOOD, "measured": GOOD, "missed": BAD, "worse": BAD, "blind spot": BAD,
    "no target": "dim", "not measured": "dim", "silent": "dim", "too early": "dim",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Open:
    """An open workspace and what is asked of it."""

    questions: Questions
    filters: Filters
    previous: Filters | None
    taxonomy: Taxonomy
    settings: Settings

    def over(self, now: Map) -> Overlay:
        """Measure a map."""
        from touchline.overlay.overlay import overlay

        return overlay(
            now, self.questions, self.filters, taxonomy=self.taxonomy, settings=self.settings, previous=self.previous
        )


@contextmanager
def _opened(workspace: Path, since: str | None, until: str | None, last: int | None, segment: Any) -> Iterator[_Open]:
    from touchline.questions import Local, open_workspace
    from touchline.settings import Settings

    chosen = filters(since, until, None, segment)
    with open_workspace(workspace) as journey:
        taxonomy = journey.workspace.taxonomy if isinstance(journey, Local) else journey.taxonomy()
        settings = Settings.load(workspace / "touchline.toml")
        yield _Open(journey, *period(journey, chosen, last), taxonomy, settings)


def _load(paths: Iterable[Path]) -> list[Map]:
    return [maps.opened(path) for path in paths]


def _written(rows: Sequence[Any], as_json: bool, as_csv: bool) -> bool:
    """Write values for programs if that was asked for; return whether it was."""
    from touchline.overlay.plain import as_plain

    if as_json:
        write_json(as_plain(rows))
    elif as_csv:
        import pyarrow as pa

        flat = [_flat(as_plain(row)) for row in rows]
        names = list(dict.fromkeys(name for row in flat for name in row))
        write_csv(pa.table({name: pa.array([_text(row.get(name)) for row in flat]) for name in names}))
    return as_json or as_csv


def _flat(row: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{key}.")
        else:
            found[before + key] = value
    return found


def _text(value: Any) -> Any:
    import json

    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else None if value is None else str(value)


@maps.app.command()
def gaps(
    current: Annotated[Path, typer.Argument(help="The map of the journey as it is.", show_default=False)],
    future: Annotated[Path, typer.Argument(help="The map of the journey as it shall be.", show_default=False)],
    workspace: WorkspaceOption = Path(), since: Since = None, until: Until = None, last: Last = None,
    segment: Segments = None, as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Each step's figures against the targets of the future map: how far, how sure, why, and what answers it.

    [dim]touchline maps gaps current.yaml future.yaml --last 90[/]
    """
    from touchline.overlay.gaps import gaps as found_of

    now, then = _load((current, future))
    with _opened(workspace, since, until, last, segment) as asked:
        found = found_of(now, then, asked.over(now), asked.questions, asked.filters, taxonomy=asked.taxonomy)
    if as_json:
        from touchline.overlay.plain import as_plain

        write_json(as_plain(found))
        return
    if _written(found.rows, False, as_csv):
        return
    table = sheet(
        ("Step", "left"), ("Figure", "left"), ("Now", "right"), ("Target", "right"), ("Missing", "right"), ("", "left"),
        ("Probable cause", "left", 2), ("Answered by", "left", 3),
    )  # fmt: skip
    texts = {(one.id, card.id): card.text for one in (now, then) for card in one.cards}
    for row in found.rows:
        table.add_row(*_gap(row, texts))
    named = {step.id: step.name for one in (now, then) for step in one.steps()}
    told = [
        Text(
            f"{len(found.pairs)} steps are on both maps; p-values are corrected over {found.family} rows.", style="dim"
        )
    ]
    for word, steps in (("Only the future map has", found.added), ("The future map leaves out", found.dropped)):
        if steps:
            told.append(Text(f"· {word}: {', '.join(named[step] for step in steps)}.", style="dim"))
    out.print(Group(Text(f"Gaps of {now.name}", style="bold"), table, *told))


def _gap(row: Gap, texts: Mapping[tuple[str, str], str]) -> tuple[Text | str, ...]:
    from touchline.maps.telling import METRICS, bare, number_of

    known = row.metric in METRICS
    cause = ""
    if row.cause is not None:
        points = row.cause.points.value
        cause = row.cause.name + (f" (+{points:.1f})" if points is not None else "")
    now = number_of(row.metric, row.now) if row.source == "measured" else bare(row.metric, row.now.value)
    return (
        row.name,
        METRICS[row.metric][0] if known else row.metric,
        now,
        bare(row.metric, row.target),
        "–" if row.missing is None else bare(row.metric, max(row.missing, 0.0)),
        Text(row.verdict, style=_STYLES.get(row.verdict, "")),
        cause,
        texts.get(row.opportunities[0], "") if row.opportunities else "",
    )


@maps.app.command()
def priorities(
    files: Files,
    workspace: WorkspaceOption = Path(), since: Since = None, until: Until = None, last: Last = None,
    segment: Segments = None, as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Opportunities and solutions, the best first: what the what-if foretells, whom it spares, what it costs to do.

    [dim]touchline maps priorities current.yaml[/]
    """
    from touchline.overlay.priorities import priorities as found_of

    loaded = _load(files)
    with _opened(workspace, since, until, last, segment) as asked:
        over = {one.id: asked.over(one) for one in loaded}
        found = found_of(loaded, asked.questions, asked.filters, taxonomy=asked.taxonomy, overlays=over)
    if _written(found, as_json, as_csv):
        return
    table = sheet(
        ("#", "right"), ("What", "left"), ("Score", "right"), ("", "left", 2), ("JSI, all", "right"),
        ("95 %", "right", 4), ("Revenue", "right", 1), ("Customers hit", "right", 3), ("Effort", "right"),
        ("Status", "left", 5),
    )  # fmt: skip
    for row in found:
        table.add_row(*_priority(row))
    notes = [Text(f"· {row.text}: {row.note}", style="dim") for row in found if row.note]
    meaning = "Score = 100 x value x (6 - effort) / 5; the value weighs impact, pain and fit. Believed figures are dim."
    out.print(Group(Text("Priorities", style="bold"), table, Text(meaning, style="dim"), *notes))


def _priority(row: Priority) -> tuple[Text | str, ...]:
    from touchline.figures.numbers import between, plain

    hit = sum(pain.share.value or 0.0 for pain in row.pains)
    gain = plain(row.whole.value, 2, signed=True)
    if row.basis == "believed":
        gain = f"{row.believed} of 5"
    return (
        str(row.rank) if row.rank else "",
        row.text,
        "–" if row.score is None else f"{row.score:.0f}",
        row.quadrant if row.rank else "",
        Text(gain, style="dim" if row.basis == "believed" else "bold"),
        between(row.whole.low, row.whole.high, 2) if row.whole.low is not None else "",
        "" if row.revenue.value is None else f"{plain(row.revenue.value)} {row.currency}".strip(),
        f"{hit:.0f} %" if hit else "",
        "–" if row.effort is None else str(row.effort),
        row.status,
    )


@maps.app.command()
def pains(
    files: Files,
    workspace: WorkspaceOption = Path(), since: Since = None, until: Until = None, last: Last = None,
    segment: Segments = None, as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Pain points, those that hurt most customers most first: severity, share of customers, what answers them.

    [dim]touchline maps pains current.yaml[/]
    """
    from touchline.overlay.priorities import pains as found_of

    loaded = _load(files)
    with _opened(workspace, since, until, last, segment) as asked:
        found = found_of(loaded, {one.id: asked.over(one) for one in loaded})
    if _written(found, as_json, as_csv):
        return
    texts = {(one.id, card.id): card.text for one in loaded for card in one.cards}
    table = sheet(
        ("Pain point", "left"), ("Severity", "left", 1), ("Customers hit", "right"), ("Weight", "right", 2),
        ("Evidence", "left", 3), ("Answered by", "left"),
    )  # fmt: skip
    for row in found:
        table.add_row(
            row.text, row.severity, "–" if row.share.value is None else f"{row.share.value:.1f} %",
            "–" if row.weight is None else f"{row.weight:.1f}", row.level,
            texts[row.map, row.answers[0]] if row.answers else Text("nothing", style=BAD),
        )  # fmt: skip
    out.print(Group(Text("Pain points", style="bold"), table))


@maps.app.command()
def learned(
    files: Files,
    workspace: WorkspaceOption = Path(),
    days: Annotated[int, typer.Option(help="How many days before and after.", min=7)] = 56,
    segment: Segments = None, as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """What was measured before and after each opportunity or solution that is done.

    [dim]touchline maps learned current.yaml --days 28[/]
    """
    from touchline.overlay.learning import learned as found_of

    loaded = _load(files)
    with _opened(workspace, None, None, None, segment) as asked:
        found = found_of(loaded, asked.questions, asked.filters, taxonomy=asked.taxonomy, days=days)
    if _written(found, as_json, as_csv):
        return
    if not found:
        out.print(Text("No card is done that has a day and a step that is measured.", style="dim"))
        return
    table = sheet(
        ("Done", "left"), ("What", "left"), ("Figure", "left"), ("Before", "right"), ("After", "right"),
        ("Change", "right"), ("95 %", "right", 1), ("All, meanwhile", "right", 2), ("", "left"),
    )  # fmt: skip
    for row in found:
        table.add_row(
            row.done.isoformat(), row.text, row.theme if row.metric == "theme" else row.metric.upper(),
            _figure(row.before), _figure(row.after), _signed(row.change), _ends(row.change), _signed(row.rest),
            Text(row.outcome, style=_STYLES.get(row.outcome, "")),
        )  # fmt: skip
    meaning = "Days before against days after, without a control: whatever else changed then is in it."
    out.print(Group(Text("What was learnt", style="bold"), table, Text(meaning, style="dim")))


def _figure(measure: Measure) -> str:
    return "–" if measure.value is None else f"{measure.value:.1f} (n {measure.n:,})"


def _signed(measure: Measure) -> str:
    from touchline.figures.numbers import plain

    return plain(measure.value, 1, signed=True)


def _ends(measure: Measure) -> str:
    from touchline.figures.numbers import between

    return between(measure.low, measure.high, 1)


@maps.app.command()
def story(
    file: File,
    workspace: WorkspaceOption = Path(),
    persona: Annotated[str | None, typer.Option(help="Whose story; everybody's without one.")] = None,
    summary: Annotated[bool, typer.Option("--summary", help="What a board should know, instead.")] = False,
    future: Annotated[Path | None, typer.Option(help="The future map: gaps and what to do are summed up too.")] = None,
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    sources: Annotated[bool, typer.Option("--sources", help="Name the question behind each sentence.")] = False,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """The journey as a story, or summed up: written by templates from what was measured.

    [dim]touchline maps story current.yaml --persona "First-time buyer"[/]
    """
    now = _load((file,))[0]
    then = _load((future,))[0] if future else None
    with _opened(workspace, since, until, last, segment) as asked:
        found = _summary(asked, now, then) if summary or then else _story(asked, now, persona)
    if as_json:
        from touchline.overlay.plain import as_plain

        write_json(as_plain(found) | {"text": found.text})
        return
    parts: list[RenderableType] = [Text(found.title, style="bold"), Text("")]
    for passage in found.passages:
        words = Text()
        for sentence in passage.sentences:
            words.append(sentence.text)
            words.append(f" [{sentence.question}] " if sources and sentence.question else " ", style="dim")
        words.rstrip()
        parts += [Text(passage.title, style="bold dim"), Padding(words, (0, 0, 1, 2))]
    out.print(Group(*parts))


def _story(asked: _Open, now: Map, name: str | None) -> Story:
    from touchline.errors import unknown
    from touchline.overlay.narrative import story as told
    from touchline.overlay.personas import Narrowing
    from touchline.overlay.personas import personas as seen_of

    if name is None:
        return told(now, asked.over(now))
    known = {one.name: one for one in asked.settings.personas}
    if name not in known:
        raise unknown("persona", name, tuple(known))
    (seen,) = seen_of(asked.questions, asked.filters, settings=asked.settings, names=[name])
    theirs = isinstance(asked.questions, Narrowing)
    if isinstance(asked.questions, Narrowing):
        asked = replace(asked, questions=asked.questions.among(personas=(name,)))
    return told(now, asked.over(now), persona=seen, motto=known[name].motto, theirs=theirs)


def _summary(asked: _Open, now: Map, then: Map | None) -> Story:
    from touchline.overlay.gaps import gaps as gaps_of
    from touchline.overlay.learning import learned as learned_of
    from touchline.overlay.priorities import priorities as priorities_of
    from touchline.overlay.summary import summary as told

    measured = asked.over(now)
    ask, chosen, known = asked.questions, asked.filters, asked.taxonomy
    return told(
        now,
        measured,
        gaps=gaps_of(now, then, measured, ask, chosen, taxonomy=known) if then else None,
        priorities=priorities_of([now], ask, chosen, taxonomy=known, overlays={now.id: measured}),
        learned=learned_of([now], ask, chosen, taxonomy=known),
    )


@maps.app.command()
def personas(
    workspace: WorkspaceOption = Path(),
    propose: Annotated[bool, typer.Option("--propose", help="Suggest personas from types of behaviour.")] = False,
    k: Annotated[int | None, typer.Option(help="How many types; chosen without it.", min=2, max=20)] = None,
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Each persona's size, JSI, costliest themes and most common way; or personas that the data suggest.

    [dim]touchline maps personas --propose[/]
    """
    from touchline.overlay.personas import personas as seen_of
    from touchline.overlay.personas import proposals

    with _opened(workspace, since, until, last, segment) as asked:
        if propose:
            made = proposals(asked.questions, asked.filters, settings=asked.settings, k=k)
            if not _written(made, as_json, as_csv):
                out.print(
                    Text("\n\n".join(one.toml for one in made) or "No type of behaviour has a rule that finds it.")
                )
            return
        found = seen_of(asked.questions, asked.filters, settings=asked.settings)
    if _written(found, as_json, as_csv):
        return
    if not found:
        out.print(Text("No personas are declared; see [[personas]] in touchline.toml, or --propose.", style="dim"))
        return
    table = sheet(
        ("Persona", "left"), ("Customers", "right"), ("Share", "right", 3), ("Standing", "right", 2), ("JSI", "right"),
        ("Lowest at", "left", 1), ("Costliest theme", "left", 1), ("Most common way", "left", 4),
    )  # fmt: skip
    for one in found:
        table.add_row(
            one.name, thousands(one.customers), percent(one.share), _score(one.standing), _score(one.jsi),
            asked.taxonomy.stage(one.lowest).name if one.lowest else "–",
            one.topics[0].title if one.topics else "–", " > ".join(one.path) or "–",
        )  # fmt: skip
    out.print(Group(Text("Personas", style="bold"), table))


def _score(measure: Measure) -> str:
    from touchline.maps.telling import number_of

    return number_of("jsi", measure)


@maps.app.command()
def inventory(
    files: Annotated[list[Path] | None, typer.Argument(help="Maps' files.", show_default=False)] = None,
    workspace: WorkspaceOption = Path(), since: Since = None, until: Until = None, last: Last = None,
    segment: Segments = None, as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Every touchpoint: its stage, channels, owner, whether it is owned, earned or paid, and whether it is measured.

    [dim]touchline maps inventory current.yaml[/]
    """
    from touchline.overlay.inventory import inventory as found_of

    loaded = _load(files or ())
    with _opened(workspace, since, until, last, segment) as asked:
        found = found_of(asked.questions, asked.filters, taxonomy=asked.taxonomy, maps=loaded)
    if _written(found, as_json, as_csv):
        return
    table = sheet(
        ("Stage", "left", 2), ("Touchpoint", "left"), ("", "left"), ("JSI", "right"), ("Comments", "right"),
        ("Trouble per 100", "right", 4), ("Medium", "left", 3), ("Owner", "left", 1), ("On maps", "left", 5),
    )  # fmt: skip
    for one in found:
        name = f"+ {one.name}" if one.missing else one.name
        table.add_row(
            one.stage_name, name, Text(one.hearing, style=_STYLES.get(one.hearing, "")), _score(one.jsi),
            thousands(one.volume), "–" if one.friction.value is None else f"{one.friction.value:.0f}",
            one.ownership, one.owner, ", ".join(one.maps),
        )  # fmt: skip
    out.print(Group(Text("Touchpoints", style="bold"), table))


@maps.app.command()
def stakeholders(files: Files, as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """Who has a part in the journeys, by influence and interest.

    [dim]touchline maps stakeholders current.yaml[/]
    """
    from touchline.overlay.stakeholders import stakeholders as found_of

    found = found_of(_load(files))
    if _written(found, as_json, as_csv):
        return
    table = sheet(("", "left"), ("Who", "left"), ("Influence", "right"), ("Interest", "right"), ("Part", "left", 1))
    for one in found:
        levels = ("–" if level is None else str(level) for level in (one.influence, one.interest))
        table.add_row(one.handling, one.name, *levels, "; ".join(one.notes))
    out.print(Group(Text("Stakeholders", style="bold"), table))
