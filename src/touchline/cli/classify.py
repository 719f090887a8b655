"""`touchline classify`: what a comment says, without a workspace."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text

from touchline.cli.console import out, progress
from touchline.cli.options import JsonOption, Template
from touchline.cli.tables import BAD, GOOD, sheet
from touchline.cli.writing import csv_text, write_json
from touchline.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from touchline.placement.comments import Mention, Reading

_SLICE: Final = 5_000
_SIGN: Final = {-1: ("−1 negative", BAD), 0: ("0 neutral", "dim"), 1: ("+1 positive", GOOD)}
#: The columns that `--out` adds.
ADDED: Final = (
    "stage", "stage_confidence", "decided_by", "touchpoint", "sub_stage", "theme", "sentiment", "polarity", "emotion",
    "effort", "resolution", "intent", "severity", "language",
)  # fmt: skip
#: The same where sentiment is all that is asked.
ADDED_ALONE: Final = ("sentiment", "polarity", "confidence", "language", "understood")


class Only(StrEnum):
    """What can be asked alone."""

    sentiment = "sentiment"


def classify(
    text: Annotated[str | None, typer.Argument(help="The comment.", show_default=False)] = None,
    channel: Annotated[str | None, typer.Option(help="The channel that it came by.")] = None,
    source: Annotated[str | None, typer.Option(help="The source, such as post_delivery_survey.")] = None,
    touchpoint: Annotated[str | None, typer.Option(help="The touchpoint, where it is known.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Classify a column of a table instead.")] = None,
    column: Annotated[str | None, typer.Option("--text", help="The table's column of comments.")] = None,
    to: Annotated[
        Path | None,
        typer.Option("--out", help="Where to write the table with stage, sentiment ... added (CSV or Parquet)."),
    ] = None,
    template: Annotated[Template, typer.Option("--template", "-t", help="The journey's stages.")] = Template.b2c,
    taxonomy: Annotated[Path | None, typer.Option(help="A taxonomy's YAML file instead.")] = None,
    only: Annotated[
        Only | None, typer.Option(help="Ask the sentiment alone: the same, sooner.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say a comment's stage, sentiment, emotion, effort ... with the evidence, or add them to any table.

    [dim]touchline classify "the process was confusing" --source post_delivery_survey[/]
    [dim]touchline classify --file comments.csv --text Comment --out signals.csv[/]
    [dim]touchline classify --file comments.csv --text Comment --only sentiment --out signals.csv[/]
    """
    from touchline.placement.comments import read_comments
    from touchline.settings import Settings
    from touchline.understanding import load
    from touchline.vocabulary.taxonomy import Taxonomy

    if (text is None) == (file is None):
        raise InputError(
            "classify needs a comment, or --file with --text",
            todo='for example: touchline classify "still no parcel"',
        )
    if only is not None:
        _sentiment_alone(text, file, column, to, as_json)
        return
    stages = Taxonomy.load(taxonomy) if taxonomy else Taxonomy.template(template)
    context: dict[str, Any] = {
        "understander": load(taxonomy=stages), "taxonomy": stages, "settings": Settings(),
        "channel": channel, "source": source, "touchpoint": touchpoint,
    }  # fmt: skip
    if file is not None:
        _classify_file(file, column, to, context, as_json)
        return
    assert text is not None  # noqa: S101  one of the two is given
    (reading,) = read_comments([text], **context)
    if as_json:
        write_json(reading.as_json())
    else:
        _show(reading)


def _show(reading: Reading) -> None:
    main = reading.main
    table = sheet(("", "left"), ("", "left"))
    table.show_header = False
    sure = f"{100 * main.stage_confidence:.0f} % sure; {_decided(main)}"
    table.add_row("stage", Text.assemble((main.stage, "bold"), (f"  {sure}", "dim")))
    table.add_row("sentiment", _signed(main.sentiment, main.polarity, main.confidence))
    for label in ("emotion", "effort", "resolution", "intent"):
        table.add_row(label, str(getattr(main, label)))
    table.add_row("severity", f"{main.severity:g}")
    for name, value in (("touchpoint", main.touchpoint), ("sub-stage", main.sub_stage), ("theme", main.theme)):
        if value:
            table.add_row(name, value)
    table.add_row("language", _tongue(reading.language, reading.understood))
    if main.evidence:
        table.add_row("evidence", Text(" · ".join(main.evidence), style="italic"))
    out.print(table)
    if len(reading.mentions) > 1:
        inner = sheet(("It says", "left"), ("Stage", "left"), ("Sentiment", "left"), ("Emotion", "left"))
        for mention in reading.mentions:
            inner.add_row(Text(mention.words), mention.stage, Text(*_SIGN[mention.sentiment]), mention.emotion)
        out.print(inner)


def _signed(sentiment: int, polarity: float, confidence: float) -> Text:
    return Text.assemble(_SIGN[sentiment], (f"  polarity {polarity:+.2f}, {100 * confidence:.0f} % sure", "dim"))


def _tongue(language: str, understood: bool) -> str:
    return language + ("" if understood else " (not understood, so not scored)")


def _decided(mention: Mention) -> str:
    spoke = {"none": "nothing says where it belongs", "declared": "it was declared"}
    return spoke.get(mention.decided_by, f"the {mention.decided_by} decided")


def _classify_file(file: Path, column: str | None, to: Path | None, context: dict[str, Any], as_json: bool) -> None:
    from touchline.placement.comments import read_comments

    table, texts = _texts(file, column)
    readings: list[Reading] = []
    with progress(file.name) as told:
        for start in range(0, len(texts), _SLICE):
            readings += read_comments(texts[start : start + _SLICE], phrases=False, **context)
            told("reading", (start + _SLICE) / len(texts))
    columns = {name: [r.language if name == "language" else getattr(r.main, name) for r in readings] for name in ADDED}
    _hand_over(_with_signals(table, columns), ADDED, to, as_json)


def _sentiment_alone(text: str | None, file: Path | None, column: str | None, to: Path | None, as_json: bool) -> None:
    from touchline.understanding.quick import sentiment

    if file is not None:
        table, texts = _texts(file, column)
        found = sentiment(texts).to_pydict()
        _hand_over(_with_signals(table, found), ADDED_ALONE, to, as_json)
        return
    (row,) = sentiment([text]).to_pylist()
    if as_json:
        write_json({"text": text, **row})
        return
    shown = sheet(("", "left"), ("", "left"))
    shown.show_header = False
    shown.add_row("sentiment", _signed(row["sentiment"], row["polarity"], row["confidence"]))
    shown.add_row("language", _tongue(row["language"], row["understood"]))
    out.print(shown)


def _texts(file: Path, column: str | None) -> tuple[pa.Table, list[str]]:
    """Return the table, and its column of comments."""
    from touchline.sources import read_table

    table = read_table(file)
    if column is None or column not in table.column_names:
        raise InputError(
            f"there is no column {column!r}" if column else "--text is missing",
            where=str(file),
            todo=f"name one of: {', '.join(table.column_names)}",
        )
    return table, [value or "" for value in table[column].to_pylist()]


def _hand_over(signals: pa.Table, added: tuple[str, ...], to: Path | None, as_json: bool) -> None:
    if to is not None:
        _write(signals, to)
        out.print(f"Wrote {signals.num_rows:,} rows to {to}: {', '.join(added)} added")
    elif as_json:
        write_json(signals.to_pylist())
    else:
        from touchline.cli.console import write

        write(csv_text(signals))


def _with_signals(table: pa.Table, columns: dict[str, list[Any]]) -> pa.Table:
    """Add columns; a name that the table has already gets ``touchline_`` before it."""
    import pyarrow as pa

    types = dict.fromkeys(("stage_confidence", "polarity", "severity", "confidence"), pa.float64())
    types |= {"sentiment": pa.int64(), "understood": pa.bool_()}
    for name, values in columns.items():
        shown = name
        while shown in table.column_names:
            shown = f"touchline_{shown}"
        table = table.append_column(shown, pa.array(values, types.get(name, pa.string())))
    return table


def _write(table: pa.Table, to: Path) -> None:
    if to.suffix == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(table, to)
    else:
        to.write_text(csv_text(table), encoding="utf-8")
