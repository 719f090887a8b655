"""The report as slides: tables and charts that stay editable, a picture where a chart could not say it."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import QuestionError
from touchline.figures.colour import LIGHT, ink_on, jsi_colour
from touchline.figures.heat import HeatCell, HeatRow
from touchline.figures.numbers import between, percent, plain, plus_minus
from touchline.report.board import without_words
from touchline.report.findings import advice, attention, complaining, costliest, headline
from touchline.report.heatmaps import metric_grid, segment_grid
from touchline.report.leaves import headlines, shown
from touchline.report.opening import about
from touchline.report.pictures import drawing, png

if TYPE_CHECKING:
    from touchline.report.asked import Asked, Row
    from touchline.report.chosen import Plan

_SIZES: Final = {"a4": (11.69, 8.27), "letter": (11.0, 8.5)}  # inches
_EDGE: Final = 0.55
_HEAD: Final = 1.05
_FONT: Final = "Inter"
_MOST: Final = 8


def deck(asked: Asked, plan: Plan) -> bytes:
    """Return the chosen sections as a PowerPoint deck.

    Raises:
        QuestionError: The extra that writes it is not installed.
    """
    try:
        import pptx  # noqa: F401
    except ImportError as error:
        raise QuestionError(
            "slides need an optional part", where="pptx", todo='install it: pip install "touchline[office]"'
        ) from error
    return _Deck(asked if plan.words else without_words(asked), plan).made()


class _Deck:
    """Slides being made."""

    def __init__(self, asked: Asked, plan: Plan) -> None:
        from pptx import Presentation
        from pptx.util import Inches

        self._asked, self._plan = asked, plan
        self._wide, self._tall = _SIZES[plan.paper]
        self._show: Any = Presentation()
        self._show.slide_width, self._show.slide_height = Inches(self._wide), Inches(self._tall)
        self._show.core_properties.title = asked.title
        self._show.core_properties.author = "Touchline"

    def made(self) -> bytes:
        """Return the file."""
        self._cover()
        if not self._asked.empty:
            for section, add in (
                ("line", self._line), ("attention", self._attention), ("trend", self._trend), ("why", self._causes),
                ("friction", self._friction), ("segments", self._segments), ("metrics", self._metrics),
                ("stages", self._stages),
            ):  # fmt: skip
                if self._plan.has(section):
                    add()
        out = BytesIO()
        self._show.save(out)
        return out.getvalue()

    # slides

    def _cover(self) -> None:
        first, *others = headline(self._asked) if self._plan.has("finding") else (self._asked.title,)
        slide = self._blank()
        self._text(slide, _EDGE, 0.5, self._room, 0.4, [(self._asked.title, 12, "muted", True)])
        self._text(slide, _EDGE, 0.9, self._room, 1.5, [(first, 26, "ink", True)])
        self._text(slide, _EDGE, 2.55, self._room, 1.2, [(" ".join(others), 15, "ink", False)])
        self._text(
            slide, _EDGE, self._tall - 1.1, self._room, 0.6, [(" · ".join(about(self._asked)), 10, "muted", False)]
        )
        if self._plan.has("headlines") and not self._asked.empty:
            leaf = headlines(self._asked)
            rows = [[shown(value, column.kind) for value, column in zip(row, leaf.columns, strict=True)]
                    for row in leaf.rows]  # fmt: skip
            self._table(slide, [column.head for column in leaf.columns], rows, 4.0)

    def _line(self) -> None:
        slide = self._titled("The journey line", "JSI by stage, 0 to 100, with half of its 95 % interval")
        drawn = drawing(self._asked, self._plan, "journey-line")
        bottom = self._picture(slide, drawn.svg, drawn.title, _HEAD + 0.1)
        heads, rows = [""], [["JSI"], ["±"], ["Change"], ["Comments"]]
        for row in self._asked.rows:
            heads.append(row["name"])
            change = "" if row["low_n"] or row["change"] is None else plain(row["change"], 1, signed=True)
            told = (plain(row["jsi"]), plus_minus(row["low"], row["high"]), change, f"{row['n']:,}")
            for line, value in zip(rows, told, strict=True):
                line.append(value)
        self._table(slide, heads, rows, bottom + 0.15, size=9)

    def _attention(self) -> None:
        found = attention(self._asked)
        if not found:
            return
        slide = self._titled("What needs attention", "")
        wide = self._room / len(found)
        for i, one in enumerate(found):
            tone = {"bad": "bad", "good": "good"}.get(one.tone, "ghost")
            left = _EDGE + i * wide
            self._rule(slide, left, _HEAD + 0.2, wide - 0.3, tone)
            said = [(one.about, 16, "ink", True), (" ".join(one.sentences), 13, "ink", False),
                    (one.known, 10, "muted", False)]  # fmt: skip
            self._text(slide, left, _HEAD + 0.35, wide - 0.3, 4.5, said)

    def _trend(self) -> None:
        rows = [row for row in self._asked.trend_of("all") if row["jsi"] is not None]
        if len(rows) < 2:
            return
        by = self._asked.trend.facts["by"]
        slide = self._titled("The whole through time", f"JSI by {by}, with its 95 % interval")
        series = [(name, [round(row[key], 1) for row in rows])
                  for name, key in (("JSI", "jsi"), ("Low", "low"), ("High", "high"))]  # fmt: skip
        names = [row["period"].isoformat() for row in rows]
        chart = self._chart(slide, "line", names, series, self._tall - _HEAD - 0.9)
        for one, colour in zip(chart.plots[0].series, ("ink", "ghost", "ghost"), strict=True):
            self._lined(one, colour, 2.25 if colour == "ink" else 1.0)
        chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0, 100

    def _causes(self) -> None:
        worst = costliest(self._asked)
        rows = self._asked.of(self._asked.causes, worst["stage"])[:_MOST] if worst else []
        if worst is None or not rows:
            return
        if complaining(self._asked):
            rows = sorted(rows, key=lambda row: -float(row["prevalence"]))
            slide = self._titled(f"What {worst['name']} is blamed for", "share of the complaints that carries each")
            values = [100 * row["prevalence"] for row in rows]
        else:
            slide = self._titled(f"Why {worst['name']} hurts", "JSI points that come back if a probable cause goes")
            values = [row["impact"] for row in rows]
        self._bars(slide, [row["name"] for row in rows], values)
        self._table(
            slide, ["Theme", "Points", "95 % interval", "Of comments", "Customers"],
            [[row["name"], plain(row["impact"], 1, signed=True), between(row["low"], row["high"], 1),
              percent(row["prevalence"]), f"{row['customers']:,}"] for row in rows],
            _HEAD + 3.4,
        )  # fmt: skip

    def _friction(self) -> None:
        rows = [row for row in self._asked.friction.to_dicts() if row["touchpoint"] is None and row["rank"] is not None]
        rows = [row for row in rows if not row["hidden"]][:_MOST]
        if not rows:
            return
        slide = self._titled("Where the friction is", "weighted bad comments per 100 customers who were there")
        self._bars(slide, [row["name"] for row in rows], [row["per_100"] for row in rows])
        self._table(
            slide, ["Stage", "Per 100", "±", "Share", "Were there"],
            [[row["name"], plain(row["per_100"]), plus_minus(row["low"], row["high"]), percent(row["share"]),
              f"{row['customers_there']:,}"] for row in rows],
            _HEAD + 3.4,
        )  # fmt: skip

    def _segments(self) -> None:
        grid = segment_grid(self._asked)
        if grid is not None and self._asked.across is not None:
            self._heat(f"Stage × {self._asked.across.name}", "JSI and ±; grey: under 30 customers", *grid)

    def _metrics(self) -> None:
        about = "each in its own unit, with ±; grey: under 30 customers"
        self._heat("Stage × metric", about, *metric_grid(self._asked))

    def _stages(self) -> None:
        for row in self._asked.rows:
            if not row["hidden"]:
                self._stage(row)

    def _stage(self, row: Row) -> None:
        slide = self._titled(row["name"], f"{row['n']:,} comments, {row['customers']:,} customers")
        margin = plus_minus(row["low"], row["high"])
        half = self._room / 2 - 0.2
        left = [(f"JSI {plain(row['jsi'])} {margin}", 24, "ink", True)]
        if row["negative"] is not None:
            shares = f"{percent(row['negative'])} negative, {percent(row['positive'])} positive"
            left.append((shares, 12, "muted", False))
        self._text(slide, _EDGE, _HEAD + 0.2, half, 1.0, left)
        first, *others = advice(row, self._asked)
        right = [("What to do", 12, "muted", True), (first, 14, "ink", True)]
        right += [(other, 11, "muted", False) for other in others]
        self._text(slide, _EDGE + half + 0.4, _HEAD + 0.2, half, 1.6, right)
        rows = [one for one in self._asked.trend_of(row["stage"]) if one["jsi"] is not None]
        if len(rows) > 1:
            names = [one["period"].isoformat() for one in rows]
            series = [("JSI", [round(one["jsi"], 1) for one in rows])]
            chart = self._chart(slide, "line", names, series, self._tall - _HEAD - 2.6, top=_HEAD + 2.0)
            self._lined(chart.plots[0].series[0], "ink", 2.25)
            chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0, 100

    # parts

    @property
    def _room(self) -> float:
        return self._wide - 2 * _EDGE

    def _blank(self) -> Any:
        return self._show.slides.add_slide(self._show.slide_layouts[6])

    def _titled(self, title: str, lead: str) -> Any:
        slide = self._show.slides.add_slide(self._show.slide_layouts[5])  # its title is what an outline reads
        self._place(slide.shapes.title, _EDGE, 0.4, self._room, 0.5)
        self._write(slide.shapes.title.text_frame, [(title, 20, "ink", True)])
        self._text(slide, _EDGE, 0.82, self._room, 0.3, [(lead, 11, "muted", False)])
        return slide

    def _place(self, shape: Any, left: float, top: float, wide: float, tall: float) -> None:
        from pptx.util import Inches

        shape.left, shape.top, shape.width, shape.height = (Inches(part) for part in (left, top, wide, tall))

    def _text(
        self, slide: Any, left: float, top: float, wide: float, tall: float, said: Sequence[tuple[str, int, str, bool]]
    ) -> None:
        from pptx.util import Inches

        box = slide.shapes.add_textbox(*(Inches(part) for part in (left, top, wide, tall)))
        self._write(box.text_frame, said)

    def _write(self, frame: Any, said: Sequence[tuple[str, int, str, bool]]) -> None:
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Pt

        frame.word_wrap = True
        frame.vertical_anchor = MSO_ANCHOR.TOP
        frame.margin_left = frame.margin_right = frame.margin_top = 0
        for i, (text, size, role, strong) in enumerate(said):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            paragraph.space_after = Pt(4)
            self._run(paragraph, text, size, LIGHT[role], strong=strong)

    def _run(self, paragraph: Any, text: str, size: float, colour: str, *, strong: bool = False) -> None:
        from pptx.dml.color import RGBColor
        from pptx.util import Pt

        run = paragraph.add_run()
        run.text = _clean(text)
        run.font.name, run.font.size, run.font.bold = _FONT, Pt(size), strong
        run.font.color.rgb = RGBColor.from_string(colour.removeprefix("#").upper())

    def _rule(self, slide: Any, left: float, top: float, wide: float, role: str) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.shapes import MSO_SHAPE
        from pptx.util import Inches

        line = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *(Inches(part) for part in (left, top, wide, 0.03)))
        line.fill.solid()
        line.fill.fore_color.rgb = RGBColor.from_string(LIGHT[role].removeprefix("#").upper())
        line.line.fill.background()

    def _picture(self, slide: Any, svg: str, title: str, top: float) -> float:
        from pptx.util import Inches

        picture = slide.shapes.add_picture(BytesIO(png(svg)), Inches(_EDGE), Inches(top), Inches(self._room))
        picture.name = title
        picture._element.nvPicPr.cNvPr.set("descr", _clean(title))
        bottom: float = picture.top.inches + picture.height.inches
        return bottom

    def _chart(
        self, slide: Any, kind: str, names: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], tall: float,
        *, top: float = _HEAD + 0.2,
    ) -> Any:  # fmt: skip
        from pptx.chart.data import CategoryChartData
        from pptx.dml.color import RGBColor
        from pptx.enum.chart import XL_CHART_TYPE
        from pptx.util import Inches, Pt

        data = CategoryChartData()
        data.categories = [_clean(name) for name in names]
        for name, values in series:
            data.add_series(name, values)
        sort = XL_CHART_TYPE.LINE if kind == "line" else XL_CHART_TYPE.BAR_CLUSTERED
        box = (Inches(part) for part in (_EDGE, top, self._room, tall))
        chart = slide.shapes.add_chart(sort, *box, data).chart
        chart.has_legend = chart.has_title = False
        chart.font.name, chart.font.size = _FONT, Pt(10)
        chart.font.color.rgb = RGBColor.from_string(LIGHT["muted"].removeprefix("#").upper())
        grid = chart.value_axis.major_gridlines.format.line
        grid.color.rgb = RGBColor.from_string(LIGHT["hair"].removeprefix("#").upper())
        chart.value_axis.format.line.fill.background()
        return chart

    def _lined(self, series: Any, role: str, points: float) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.chart import XL_MARKER_STYLE
        from pptx.util import Pt

        series.format.line.color.rgb = RGBColor.from_string(LIGHT[role].removeprefix("#").upper())
        series.format.line.width = Pt(points)
        series.marker.style = XL_MARKER_STYLE.NONE
        series.smooth = False

    def _bars(self, slide: Any, names: Sequence[str], values: Sequence[float]) -> None:
        from pptx.dml.color import RGBColor
        from pptx.util import Pt

        chart = self._chart(slide, "bar", names, [("Value", [round(value, 1) for value in values])], 3.1)
        plot = chart.plots[0]
        plot.gap_width = 60
        plot.has_data_labels = True
        plot.data_labels.number_format, plot.data_labels.number_format_is_linked = "0.0", False
        plot.data_labels.font.size = Pt(10)
        fill = plot.series[0].format.fill
        fill.solid()
        fill.fore_color.rgb = RGBColor.from_string(LIGHT["bad"].removeprefix("#").upper())
        chart.category_axis.reverse_order = True
        chart.category_axis.format.line.fill.background()
        chart.value_axis.visible = False
        chart.value_axis.has_major_gridlines = False

    def _table(
        self, slide: Any, heads: Sequence[str], rows: Sequence[Sequence[str]], top: float, *, size: float = 10.5
    ) -> None:
        table = self._grid(slide, len(rows) + 1, len(heads), top, 0.3)
        for at, head in enumerate(heads):
            self._cell(table.cell(0, at), head, size, LIGHT["muted"], None, right=at > 0)
        for i, row in enumerate(rows):
            for at, value in enumerate(row):
                self._cell(table.cell(i + 1, at), value, size, LIGHT["ink"], None, right=at > 0, strong=at == 0)

    def _heat(self, title: str, lead: str, columns: Sequence[str], rows: Sequence[HeatRow]) -> None:
        slide = self._titled(title, lead)
        tall = min(0.5, (self._tall - _HEAD - 0.8) / (len(rows) + 1))
        table = self._grid(slide, len(rows) + 1, len(columns) + 1, _HEAD + 0.2, tall)
        for at, name in enumerate(("", *columns)):
            self._cell(table.cell(0, at), name, 10, LIGHT["muted"], None, right=at > 0)
        for i, row in enumerate(rows):
            self._cell(table.cell(i + 1, 0), row.name, 11, LIGHT["ink"], None, strong=True)
            for at, cell in enumerate(row.cells):
                self._heat_cell(table.cell(i + 1, at + 1), cell)

    def _heat_cell(self, shape: Any, cell: HeatCell | None) -> None:
        if cell is None or cell.text is None:
            self._cell(shape, "n < 5" if cell else "–", 9, LIGHT["muted"], None, right=True)
        elif cell.low_n:
            self._cell(shape, f"{cell.text} {cell.margin}", 10, LIGHT["muted"], LIGHT["soft"], right=True)
        else:
            colour = jsi_colour(cell.shade)
            said = f"{cell.text} {cell.margin}"
            self._cell(shape, said, 11, ink_on(colour), colour, right=True, strong=True)

    def _grid(self, slide: Any, rows: int, columns: int, top: float, tall: float) -> Any:
        from pptx.util import Inches

        box = (Inches(part) for part in (_EDGE, top, self._room, tall * rows))
        frame = slide.shapes.add_table(rows, columns, *box)
        table = frame.table
        style = frame._element.graphic.graphicData.tbl.tblPr
        for name in ("firstRow", "bandRow"):
            style.set(name, "0")
        style[0].text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # PowerPoint's own name of a table without a style
        first = self._room * (0.26 if columns > 3 else 0.4)
        table.columns[0].width = Inches(first)
        for at in range(1, columns):
            table.columns[at].width = Inches((self._room - first) / (columns - 1))
        return table

    def _cell(
        self, cell: Any, text: str, size: float, colour: str, fill: str | None, *, right: bool = False,
        strong: bool = False,
    ) -> None:  # fmt: skip
        from pptx.dml.color import RGBColor
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Inches

        cell.margin_left = cell.margin_right = Inches(0.06)
        cell.margin_top = cell.margin_bottom = Inches(0.02)
        cell.vertical_anchor = MSO_ANCHOR.MIDDLE
        if fill:
            cell.fill.solid()
            cell.fill.fore_color.rgb = RGBColor.from_string(fill.removeprefix("#").upper())
        paragraph = cell.text_frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        self._run(paragraph, text.strip(), size, colour, strong=strong)


def _clean(text: str) -> str:
    """Return text without what XML does not allow."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n ")
