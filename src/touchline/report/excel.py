"""The report as a workbook: real numbers in real cells, charts that stay editable, and no cell that runs."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import QuestionError
from touchline.figures.colour import LIGHT
from touchline.report.board import without_words
from touchline.report.leaves import Column, Leaf, headlines, leaves
from touchline.vocabulary.spreadsheets import defused
from touchline.words import phrase, phrase_of

if TYPE_CHECKING:
    from touchline.report.asked import Asked
    from touchline.report.chosen import Plan

_FORMATS: Final = {
    "text": {}, "count": {"num_format": "#,##0"}, "score": {"num_format": "0.0"}, "share": {"num_format": "0 %"},
    "points": {"num_format": "0.0"}, "p": {"num_format": "0.000"}, "day": {"num_format": "yyyy-mm-dd"}, "yes": {},
}  # fmt: skip
_TOP: Final = 3  # the row of the heads


def workbook(asked: Asked, plan: Plan) -> bytes:
    """Return the chosen sections' numbers as an Excel workbook.

    Text is written as text and defused as in CSV: what a customer wrote is never run, nor becomes a link.

    Raises:
        QuestionError: The extra that writes it is not installed.
    """
    asked = asked if plan.words else without_words(asked)
    pages = leaves(asked, plan)
    if plan.has("headlines") and not asked.empty:
        pages.insert(1, headlines(asked))

    def fill(book: Any) -> None:
        for leaf in pages:
            add_sheet(book, leaf)

    return filled(asked.title, fill)


def filled(title: str, fill: Callable[[Any], None]) -> bytes:
    """Return a workbook that runs nothing.

    Args:
        title: What it is called.
        fill: Adds its sheets.

    Raises:
        QuestionError: The extra that writes it is not installed.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise QuestionError(
            phrase("a workbook needs an optional part"),
            where="xlsx",
            todo=phrase('install it: pip install "touchline[office]"'),
        ) from error
    out = BytesIO()
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True,
            "nan_inf_to_errors": False}  # fmt: skip
    with xlsxwriter.Workbook(out, safe) as book:
        book.set_properties({"title": title, "comments": "Made with Touchline, from the data alone."})
        fill(book)
    return out.getvalue()


def add_sheet(book: Any, leaf: Leaf) -> Any:
    """Add a table as a sheet, and return the sheet."""
    plain = {"font_name": "Inter", "font_size": 10, "font_color": LIGHT["ink"], "valign": "top"}
    page = book.add_worksheet(leaf.name[:31])
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.write_string(0, 0, str(leaf.name), book.add_format(plain | {"bold": True, "font_size": 14}))
    page.write_string(1, 0, str(leaf.about), book.add_format(plain | {"font_color": LIGHT["muted"]}))
    head = book.add_format(
        plain | {"font_color": LIGHT["muted"], "bottom": 1, "bottom_color": LIGHT["ghost"], "text_wrap": True}
    )
    for at, column in enumerate(leaf.columns):
        style = book.add_format(plain | _FORMATS[column.kind] | {"text_wrap": column.kind == "text"})
        page.set_column(at, at, _width(leaf, at), None)
        page.write_string(_TOP, at, str(phrase_of("column", column.head)), head)
        for i, row in enumerate(leaf.rows):
            _cell(page, _TOP + 1 + i, at, row[at], column, style)
    page.freeze_panes(_TOP + 1, 1)
    page.repeat_rows(_TOP)
    last = _TOP + len(leaf.rows)
    if leaf.rows and len(leaf.columns) > 2:
        page.autofilter(_TOP, 0, last, len(leaf.columns) - 1)
    _coloured(page, leaf, last)
    _charted(book, page, leaf)
    return page


def _cell(page: Any, row: int, at: int, value: Any, column: Column, style: Any) -> None:
    if value is None or value != value:  # noqa: PLR0124  not a number
        page.write_blank(row, at, None, style)
    elif column.kind == "text":
        page.write_string(row, at, str(defused(str(value))), style)
    elif column.kind == "yes":
        page.write_string(row, at, str(phrase("yes")) if value else "", style)
    elif column.kind == "day":
        page.write_datetime(row, at, value, style)
    else:
        page.write_number(row, at, value, style)


def _width(leaf: Leaf, at: int) -> float:
    if leaf.columns[at].kind != "text":
        return 11.0
    longest = max((len(str(row[at])) for row in leaf.rows), default=0)
    return float(min(max(longest + 2, 12), 90 if len(leaf.columns) == 2 and at else 38))


def _coloured(page: Any, leaf: Leaf, last: int) -> None:
    """Colour the JSI as everywhere: burnt orange at 25 and below, sand at 50, teal at 75 and above."""
    for at, column in enumerate(leaf.columns):
        if column.head == "JSI" and leaf.rows:
            page.conditional_format(
                _TOP + 1, at, last, at,
                {"type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num", "min_value": 25,
                 "mid_value": 50, "max_value": 75, "min_color": "#BE4A18", "mid_color": "#D6CDBE",
                 "max_color": "#0F6B5E"},
            )  # fmt: skip


def _charted(book: Any, page: Any, leaf: Leaf) -> None:
    """Put a chart beside the numbers where one says more than they do."""
    charted = {"Journey line": ("line", 0, (1, 4)), "Friction": ("bar", 0, (2,))}.get(leaf.name)
    if charted is None or not leaf.rows:
        return
    kind, names, values = charted
    chart = book.add_chart({"type": kind})
    last = _TOP + len(leaf.rows)
    for at, colour in zip(values, (LIGHT["ink"], LIGHT["ghost"]), strict=False):
        shade = LIGHT["bad"] if kind == "bar" else colour
        chart.add_series(
            {"name": [leaf.name[:31], _TOP, at], "categories": [leaf.name[:31], _TOP + 1, names, last, names],
             "values": [leaf.name[:31], _TOP + 1, at, last, at], "line": {"color": shade, "width": 2},
             "fill": {"color": shade}, "marker": {"type": "circle", "size": 7, "fill": {"color": shade},
                                                  "border": {"color": "#FFFFFF"}}}
        )  # fmt: skip
    chart.set_title({"name": leaf.name, "name_font": {"size": 11, "bold": True}})
    axis: dict[str, Any] = {"major_gridlines": {"visible": True, "line": {"color": LIGHT["hair"]}}}
    if kind == "line":
        chart.set_y_axis(axis | {"min": 0, "max": 100})
    else:
        chart.set_x_axis(axis)
        chart.set_y_axis({"reverse": True})
    chart.set_legend({"position": "bottom"} if len(values) > 1 else {"none": True})
    chart.set_size({"width": 860, "height": 330})
    page.insert_chart(last + 2, 0, chart)
