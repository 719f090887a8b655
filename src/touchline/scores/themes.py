"""Which themes customers raise: how often, at which stage, how, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.filtering import filtered, resolve
from touchline.scores.groups import group_name, stage_name
from touchline.scores.verbatims import verbatims
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.words import Number, phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.scores.base import Filters
    from touchline.themes import Book
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

#: A text of fewer words can hardly say what it is about.
WORDS: Final = 5

#: A smaller share of texts with a theme is worth a search for more.
ENOUGH: Final = 0.5

SCHEMA: Final = pa.schema(
    [
        ("group", pa.string()),
        ("theme", pa.string()),
        ("name", pa.string()),
        ("polarity", pa.string()),
        ("origin", pa.string()),
        ("stage", pa.string()),
        ("stage_name", pa.string()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        ("share", pa.float64()),
        ("negative", pa.float64()),
        ("example", pa.string()),
        ("pinned", pa.bool_()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)

_MEANING: Final = phrase(
    "Mentions of each theme by group, and where most of them belong; negative is the "
    "share of them that are. Themes are the taxonomy's, or were found in the customers' "
    "words."
)


def themes(warehouse: Warehouse, taxonomy: Taxonomy, book: Book, filters: Filters) -> Figure:
    """Return the themes that customers raise, group by group, the most frequent first.

    Args:
        warehouse: Where the mentions are.
        taxonomy: Names stages and themes.
        book: Which themes were found, and what people said of themes.
        filters: Which mentions.

    Returns:
        Rows group, theme, name, polarity, origin (``taxonomy``, ``found`` or ``split``), stage and stage_name (where
        most of its mentions are), n (mentions), customers, share (of all mentions with a theme), negative (share of its
        mentions), example, pinned, hidden (under `HIDDEN_N` customers: no shares and no words), low_n. Facts:
        ``texts``, those of `WORDS` words or more that were understood, and ``themed``, the share of them with a theme.

    Raises:
        QuestionError: An unknown stage or filter value.
    """
    filters = resolve(warehouse, taxonomy, filters)
    counts = warehouse.ask(("themes", filters), lambda: _counts(_spoken(warehouse, filters)))
    staged = warehouse.ask(("themes by stage", filters), lambda: _by_stage(_spoken(warehouse, filters)))
    home: dict[str, str] = {}
    for row in sorted(staged.to_pylist(), key=lambda r: (r["stage"] == UNASSIGNED, -r["n"], r["stage"])):
        home.setdefault(row["theme"], row["stage"])
    rows = counts.to_pylist()
    told = [(home[r["theme"]], r["theme"]) for r in rows if r["customers"] >= HIDDEN_N]
    words = verbatims(warehouse, ("themes", filters), lambda: _spoken(warehouse, filters), told, 1)
    total = sum(row["n"] for row in rows)
    table = [_row(row, home[row["theme"]], words, total, taxonomy, book) for row in rows]
    sizes: dict[str, int] = {}
    for row in table:
        sizes[row["group"]] = sizes.get(row["group"], 0) + row["n"]
    table.sort(key=lambda r: (-sizes[r["group"]], r["group"], -r["n"], r["theme"]))
    (long,) = warehouse.ask(("texts with a theme", filters), lambda: _covered(warehouse, filters)).to_pylist()
    texts, themed = int(long["texts"]), int(long["themed"] or 0)
    return Figure(
        name="themes",
        table=pa.Table.from_pylist(table, schema=SCHEMA),
        meaning=_MEANING,
        notes=_notes(texts, themed, sum(row["hidden"] for row in table)),
        facts={"texts": texts, "themed": themed / texts if texts else None, "words": WORDS},
    )


def _spoken(warehouse: Warehouse, filters: Filters) -> ir.Table:
    mentions = filtered(warehouse, "mentions", filters)
    return mentions.filter(mentions.theme.notnull())


def _counts(spoken: ir.Table) -> ir.Table:
    return spoken.group_by("theme").agg(
        n=spoken.count(), customers=spoken.customer_key.nunique(), negative=(spoken.sentiment < 0).mean()
    )


def _by_stage(spoken: ir.Table) -> ir.Table:
    return spoken.group_by(["theme", "stage"]).agg(n=spoken.count())


def _covered(warehouse: Warehouse, filters: Filters) -> ir.Table:
    """Count the texts of `WORDS` words or more that were understood, and those with a theme."""
    evidence = warehouse.table("evidence")
    heard = evidence.filter(evidence.understood).select("interaction_id").distinct()
    mentions = filtered(warehouse, "mentions", filters)
    of_text = mentions.group_by("interaction_id").agg(themed=mentions.theme.notnull().max())
    texts = warehouse.table("interactions")
    long = texts.filter(texts.text.notnull(), texts.text.re_search(rf"^\s*(\S+\s+){{{WORDS - 1}}}\S"))
    joined = of_text.semi_join(heard, "interaction_id").semi_join(long, "interaction_id")
    return joined.agg(texts=joined.count(), themed=joined.themed.cast("int64").sum())


def _row(
    row: dict[str, Any],
    home: str,
    words: dict[tuple[str, str], list[dict[str, Any]]],
    total: int,
    taxonomy: Taxonomy,
    book: Book,
) -> dict[str, Any]:
    id_ = row["theme"]
    found, known = book.by_id.get(id_), taxonomy.theme(id_)
    group = found.group if found else stage_name(taxonomy, known.stage) if known else stage_name(taxonomy, home)
    hidden = row["customers"] < HIDDEN_N
    said = words.get((home, id_), [])
    return {
        "group": group,
        "theme": id_,
        "name": group_name(taxonomy, "theme", id_),
        "polarity": found.polarity if found else known.polarity if known else None,
        "origin": "taxonomy" if found is None else "split" if found.of else "found",
        "stage": home,
        "stage_name": stage_name(taxonomy, home),
        "n": int(row["n"]),
        "customers": int(row["customers"]),
        "share": None if hidden else row["n"] / total,
        "negative": None if hidden else row["negative"],
        "example": said[0]["text"] if said else None,
        "pinned": found is not None and found.pinned,
        "hidden": hidden,
        "low_n": row["customers"] < LOW_N,
    }


def _notes(texts: int, themed: int, hidden: int) -> tuple[str, ...]:
    notes = []
    if texts:
        more = phrase("; `touchline themes discover` may find more") if themed < ENOUGH * texts else ""
        notes.append(
            phrase(
                "{themed} of the {texts} texts of {words} words or more have a theme{more}.",
                themed=Number(f"{themed / texts:.0%}"),
                texts=texts,
                words=WORDS,
                more=more,
            )
        )
    if hidden:
        notes.append(
            phrase(
                "{hidden} themes rest on fewer than {hidden_n} customers: no shares and no words are shown.",
                hidden=hidden,
                hidden_n=HIDDEN_N,
            )
        )
    return tuple(notes)
