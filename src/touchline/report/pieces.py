"""Small pieces that several sections share: cards, scores with their ±, verbatims, the table under a chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from touchline.figures.markup import Child, Markup, tag
from touchline.figures.numbers import day, half, places, plain, plus_minus
from touchline.vocabulary.named import named
from touchline.words import joined, phrase

if TYPE_CHECKING:
    from touchline.report.asked import Row

_LONGEST_QUOTE: Final = 320
_SIGNS: Final = {-1: "−1", 0: "0", 1: "+1"}


def card(heading: str, lead: Child, *content: Child, class_: str = "", id_: str | None = None) -> Markup:
    """Return a section in a card: its heading, a grey line that says how to read it, its content."""
    head = tag("div", tag("h2", heading), tag("p", lead) if lead else None, class_="hd")
    return tag("section", head, *content, class_=f"card {class_}".strip(), id=id_)


def scrolling(name: str, content: Child) -> Markup:
    """Return content that scrolls sideways in its own frame where it is too wide for the page."""
    return tag("div", content, class_="scroll", role="region", aria_label=name, tabindex=0)


def numbers(heads: Sequence[str], rows: Iterable[Sequence[Child]], *, summary: str = phrase("All numbers")) -> Markup:
    """Return the table under a chart: every number of it, for whoever cannot or will not see the picture."""
    head = tag("tr", [tag("th", name, scope="col") for name in heads])
    body = [tag("tr", [tag("th", cells[0], scope="row"), *(tag("td", cell) for cell in cells[1:])]) for cells in rows]
    table = tag("table", tag("thead", head), tag("tbody", body), class_="numbers")
    return tag("details", tag("summary", summary), scrolling(summary, table))


def scored(row: Row, name: str = "jsi", *, decimals: int | None = None, unit: str = "", signed: bool = False) -> Markup:
    """Return a score with its ±, small and grey; a dash where there is none."""
    value = row[name]
    low, high = (row["low"], row["high"]) if name == "jsi" else (row[f"{name}_low"], row[f"{name}_high"])
    if value is None:
        return tag("span", "–", class_="flat")
    digits = places(half(low, high)) if decimals is None else decimals
    margin = tag("small", plus_minus(low, high, decimals))
    return Markup(f"{tag('strong', plain(value, digits, signed=signed), unit)} {margin}")


def quote(said: Row) -> Markup:
    """Return what a customer said: escaped, cut when very long, and kept from turning the page's direction."""
    words = said["text"].strip()
    if len(words) > _LONGEST_QUOTE:
        words = words[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
    tone = {-1: "bad", 1: "good"}.get(said["sentiment"], "flat")
    sign = _SIGNS.get(said["sentiment"], "")
    footer = [
        tag("span", f"{sign} {named('emotion', said['emotion'] or '')}".strip(), class_=f"chip {tone}"),
        tag("span", joined(" · ", (part for part in (said["channel"], day(said["occurred_at"].date())) if part))),
    ]
    return tag("blockquote", tag("p", tag("bdi", words)), tag("footer", footer))


def notes(said: Iterable[str]) -> Markup | None:
    """Return what a careful reader must know, small; nothing where there is nothing."""
    told = [tag("li", note) for note in dict.fromkeys(said)]
    return tag("ul", told, class_="notes") if told else None
