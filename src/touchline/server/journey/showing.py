"""One figure on a page: its picture, its rows, what it means, who is behind it, and its rows as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from touchline.errors import QuestionError
from touchline.figures.markup import Child, Markup, tag, text
from touchline.server.journey.charting import chart_words
from touchline.server.journey.reading import ASK, known, with_options
from touchline.server.journey.rows import Column, columns
from touchline.server.pages.facade import safe

if TYPE_CHECKING:
    from touchline.scores.base import Figure
    from touchline.server.journey.page import Visit

_MOST_ROWS: Final = 200
#: How wide a drawing is: in a phone's card, in less than half of a page, in more, in all of it.
_FITS: Final = (("narrow", 316.0), ("half", 440.0), ("middle", 600.0), ("whole", 1130.0))
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as it is asked on a page.

    Attributes:
        question: The name of the question.
        options: Its own options, as text.
        figure: The answer; None where it could not be had.
        trouble: Why not.
        pairs: The address of the question: filters and options.
    """

    question: str
    options: Mapping[str, str]
    figure: Figure | None
    trouble: QuestionError | None
    pairs: tuple[tuple[str, str], ...]
    rows: list[dict[str, Any]] = field(default_factory=list)


def ask(visit: Visit, question: str, **options: str) -> Shown:
    """Ask a question with the page's filters; a question that cannot be answered here is no error of the page."""
    pairs = (*visit.chosen.pairs, ("q", question), *((ASK + name, value) for name, value in options.items() if value))
    try:
        figure = with_options(known(question), visit, options).of(visit.local)
    except QuestionError as error:
        return Shown(question, options, None, error, pairs)
    return Shown(question, options, figure, None, pairs, figure.to_dicts())


def figure_card(
    visit: Visit,
    shown: Shown,
    heading: str,
    lead: Child = "",
    picture: Child = None,
    *,
    after: Child = None,
    class_: str = "",
    open_: bool = False,
    chart: str = "",
    marks: str = "",
    id_: str = "",
    plain: bool = False,
) -> Markup:
    """Return a figure in a card: the one shape of every figure of the pages.

    Args:
        visit: Whose page.
        shown: What was asked, and the answer.
        heading: What it is.
        lead: How to read it; the figure's meaning without one.
        picture: The drawing; the figure's own without one. ``Markup("")`` draws nothing.
        after: What stands between the drawing and the rows.
        class_: Further classes of the card.
        open_: Whether the rows are open from the start.
        chart: The kind of chart that a browser may draw in the picture's place: ``sankey``, ``trend``, ``scatter``.
        marks: What else the chart shows, as JSON: ``gate``, a height, and ``turns``, days with what is said of each.
        id_: Of the card.
        plain: Without a card around it.
    """
    figure = shown.figure
    slug = visit.workspace.slug
    query = urlencode(shown.pairs)
    if figure is not None and picture is None:
        picture = Markup(figure.plot().svg) if chart else fitted(lambda width: figure.plot(width).svg)
    context = {
        "heading": heading, "lead": safe(text(lead)), "trouble": shown.trouble, "figure": figure,
        "picture": safe(text(picture)), "after": safe(text(after)), "class": class_, "open": open_,
        "what": f"{reverse('what', args=[slug])}?{query}", "csv": f"{reverse('figure-csv', args=[slug])}?{query}",
        "chart": chart, "marks": marks, "words": chart_words(chart, shown.rows),
        "data": f"{reverse('figure-json', args=[slug])}?{query}", "id": id_, "plain": plain,
        "table": safe(table(visit, shown)) if figure is not None else "",
    }  # fmt: skip
    return Markup(render_to_string("journey/figure.html", context))


def fitted(draw: Callable[[float], str]) -> Markup:
    """Return a drawing in several widths, of which a page shows the one that fits its card.

    Args:
        draw: Draws it as wide as it is told.
    """
    return Markup("".join(tag("div", Markup(draw(width)), class_=f"fit {name}") for name, width in _FITS))


def who_link(visit: Visit, shown: Shown, row: int) -> str:
    """Return the address of the customers behind a row."""
    return f"{reverse('who', args=[visit.workspace.slug])}?{urlencode([*shown.pairs, ('row', str(row))])}"


def table(visit: Visit, shown: Shown) -> Markup:
    """Return a figure's rows, each with a link to the customers behind it where the figure can tell."""
    figure = shown.figure
    if figure is None:
        return Markup("")
    cells = columns(figure)
    told = figure.behind is not None

    def who(at: int) -> Markup:
        return tag("td", tag("a", _("who is this?"), href=who_link(visit, shown, at), class_="who"))

    head = [tag("th", column.name, scope="col", class_="text" if column.words else None) for column in cells]
    body = [
        tag(
            "tr",
            [_cell(column, row, first=not i) for i, column in enumerate(cells)],
            who(at) if told and row.get("customers", 1) else tag("td") if told else None,
        )
        for at, row in enumerate(shown.rows[:_MOST_ROWS])
    ]
    more = len(shown.rows) - _MOST_ROWS
    drawn = tag(
        "table",
        tag("thead", tag("tr", head, tag("th", tag("span", _("Customers"), class_="hidden")) if told else None)),
        tag("tbody", body),
        class_="numbers",
    )
    framed = tag("div", drawn, class_="scroll", tabindex="0", role="group", aria_label=_("Rows"))
    rest = (
        tag("p", _("and %(n)d more rows, all of them in the CSV") % {"n": more}, class_="known") if more > 0 else None
    )
    return Markup(f"{framed}{text(rest)}")


def _cell(column: Column, row: Mapping[str, Any], *, first: bool) -> Markup:
    class_ = "text" if column.words else None
    return tag("th", column.of(row), scope="row", class_=class_) if first else tag("td", column.of(row), class_=class_)


def linked(visit: Visit, card: Markup | None, question: str, **options: str) -> Markup | None:
    """Return a card of the report with the links of a figure at its foot; nothing where there is no card."""
    if card is None:
        return None
    slug = visit.workspace.slug
    said = [("q", question), *((ASK + name, value) for name, value in options.items())]
    query = urlencode([*visit.chosen.pairs, *said])
    foot = tag(
        "p",
        tag("a", _("What is this?"), href=f"{reverse('what', args=[slug])}?{query}", data_what=True), " ",
        tag("a", "CSV", href=f"{reverse('figure-csv', args=[slug])}?{query}"), " ",
        tag("a", _("Who is this?"), href=f"{reverse('figure', args=[slug])}?{query}"),
        class_="figure-foot",
    )  # fmt: skip
    return Markup(f"{card.removesuffix('</section>')}{foot}</section>")
