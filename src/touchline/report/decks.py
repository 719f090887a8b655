"""Slides and what stands on them, in the house's look; what is written there stays editable."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

from touchline.errors import QuestionError
from touchline.figures.colour import LIGHT, ink_on, jsi_colour
from touchline.figures.heat import HeatCell, HeatRow
from touchline.report.pictures import png
from touchline.words import phrase

#: Inches to the left and to the right of everything.
EDGE: Final = 0.55
#: Where a slide's title and its line end.
HEAD: Final = 1.05
_FONT: Final = "Inter"


class Deck:
    """A PowerPoint file being made.

    Args:
        title: What it is called.
        size: Width and height of a slide, in inches.

    Raises:
        QuestionError: The extra that writes it is not installed.
    """

    def __init__(self, title: str, size: tuple[float, float]) -> None:
        try:
            from pptx import Presentation
        except ImportError as error:
            raise QuestionError(
                phrase("slides need an optional part"),
                where="pptx",
                todo=phrase('install it: pip install "touchline[office]"'),
            ) from error
        from pptx.util import Inches

        self.wide, self.tall = size
        self._show: Any = Presentation()
        self._show.slide_width, self._show.slide_height = Inches(self.wide), Inches(self.tall)
        self._show.core_properties.title = clean(title)[:250]
        self._show.core_properties.author = "Touchline"

    def saved(self) -> bytes:
        """Return the file."""
        out = BytesIO()
        self._show.save(out)
        return out.getvalue()

    @property
    def room(self) -> float:
        """Return the width between the edges, in inches."""
        return self.wide - 2 * EDGE

    def blank(self) -> Any:
        """Add a slide without a title."""
        return self._show.slides.add_slide(self._show.slide_layouts[6])

    def titled(self, title: str, lead: str) -> Any:
        """Add a slide with a title, which an outline reads, and a line below it."""
        slide = self._show.slides.add_slide(self._show.slide_layouts[5])  # its title is what an outline reads
        self.place(slide.shapes.title, EDGE, 0.4, self.room, 0.5)
        self.write(slide.shapes.title.text_frame, [(title, 20, "ink", True)])
        self.text(slide, EDGE, 0.82, self.room, 0.3, [(lead, 11, "muted", False)])
        return slide

    def place(self, shape: Any, left: float, top: float, wide: float, tall: float) -> None:
        """Put a shape somewhere, in inches."""
        from pptx.util import Inches

        shape.left, shape.top, shape.width, shape.height = (Inches(part) for part in (left, top, wide, tall))

    def text(
        self, slide: Any, left: float, top: float, wide: float, tall: float, said: Sequence[tuple[str, int, str, bool]]
    ) -> None:
        """Write paragraphs: words, size in points, role of the colour, and whether they are strong."""
        from pptx.util import Inches

        box = slide.shapes.add_textbox(*(Inches(part) for part in (left, top, wide, tall)))
        self.write(box.text_frame, said)

    def write(self, frame: Any, said: Sequence[tuple[str, int, str, bool]]) -> None:
        """Write paragraphs into a frame; see `text`."""
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Pt

        frame.word_wrap = True
        frame.vertical_anchor = MSO_ANCHOR.TOP
        frame.margin_left = frame.margin_right = frame.margin_top = 0
        for i, (text, size, role, strong) in enumerate(said):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            paragraph.space_after = Pt(4)
            self.run(paragraph, text, size, LIGHT[role], strong=strong)

    def run(self, paragraph: Any, text: str, size: float, colour: str, *, strong: bool = False) -> None:
        """Add words to a paragraph."""
        from pptx.dml.color import RGBColor
        from pptx.util import Pt

        run = paragraph.add_run()
        run.text = clean(text)
        run.font.name, run.font.size, run.font.bold = _FONT, Pt(size), strong
        run.font.color.rgb = RGBColor.from_string(colour.removeprefix("#").upper())

    def rule(self, slide: Any, left: float, top: float, wide: float, role: str) -> None:
        """Draw a thick line in the colour of a role."""
        from pptx.dml.color import RGBColor
        from pptx.enum.shapes import MSO_SHAPE
        from pptx.util import Inches

        line = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *(Inches(part) for part in (left, top, wide, 0.03)))
        flat(line)
        line.fill.solid()
        line.fill.fore_color.rgb = RGBColor.from_string(LIGHT[role].removeprefix("#").upper())
        line.line.fill.background()

    def picture(self, slide: Any, svg: str, title: str, top: float) -> float:
        """Put a drawing across the slide, and return where it ends."""
        from pptx.util import Inches

        picture = slide.shapes.add_picture(BytesIO(png(svg)), Inches(EDGE), Inches(top), Inches(self.room))
        picture.name = title
        picture._element.nvPicPr.cNvPr.set("descr", clean(title))
        bottom: float = picture.top.inches + picture.height.inches
        return bottom

    def chart(
        self, slide: Any, kind: str, names: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]],
        tall: float, *, top: float = HEAD + 0.2,
    ) -> Any:  # fmt: skip
        """Add a chart whose numbers stay editable: ``line`` or ``bar``."""
        from pptx.chart.data import CategoryChartData
        from pptx.dml.color import RGBColor
        from pptx.enum.chart import XL_CHART_TYPE
        from pptx.util import Inches, Pt

        data = CategoryChartData()
        data.categories = [clean(name) for name in names]
        for name, values in series:
            data.add_series(clean(name), values)
        sort = XL_CHART_TYPE.LINE if kind == "line" else XL_CHART_TYPE.BAR_CLUSTERED
        box = (Inches(part) for part in (EDGE, top, self.room, tall))
        chart = slide.shapes.add_chart(sort, *box, data).chart
        chart.has_legend = chart.has_title = False
        chart.font.name, chart.font.size = _FONT, Pt(10)
        chart.font.color.rgb = RGBColor.from_string(LIGHT["muted"].removeprefix("#").upper())
        grid = chart.value_axis.major_gridlines.format.line
        grid.color.rgb = RGBColor.from_string(LIGHT["hair"].removeprefix("#").upper())
        chart.value_axis.format.line.fill.background()
        return chart

    def lined(self, series: Any, role: str, points: float) -> None:
        """Give a series its colour and width."""
        from pptx.dml.color import RGBColor
        from pptx.enum.chart import XL_MARKER_STYLE
        from pptx.util import Pt

        series.format.line.color.rgb = RGBColor.from_string(LIGHT[role].removeprefix("#").upper())
        series.format.line.width = Pt(points)
        series.marker.style = XL_MARKER_STYLE.NONE
        series.smooth = False

    def bars(self, slide: Any, names: Sequence[str], values: Sequence[float]) -> None:
        """Add bars with their numbers."""
        from pptx.dml.color import RGBColor
        from pptx.util import Pt

        chart = self.chart(slide, "bar", names, [(phrase("Value"), [round(value, 1) for value in values])], 3.1)
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

    def table(
        self, slide: Any, heads: Sequence[str], rows: Sequence[Sequence[str]], top: float, *, size: float = 10.5
    ) -> None:
        """Add a table with heads."""
        table = self.grid(slide, len(rows) + 1, len(heads), top, 0.3)
        for at, head in enumerate(heads):
            self.cell(table.cell(0, at), head, size, LIGHT["muted"], None, right=at > 0)
        for i, row in enumerate(rows):
            for at, value in enumerate(row):
                self.cell(table.cell(i + 1, at), value, size, LIGHT["ink"], None, right=at > 0, strong=at == 0)

    def heat(self, title: str, lead: str, columns: Sequence[str], rows: Sequence[HeatRow]) -> None:
        """Add a slide with coloured cells."""
        slide = self.titled(title, lead)
        tall = min(0.5, (self.tall - HEAD - 0.8) / (len(rows) + 1))
        table = self.grid(slide, len(rows) + 1, len(columns) + 1, HEAD + 0.2, tall)
        for at, name in enumerate(("", *columns)):
            self.cell(table.cell(0, at), name, 10, LIGHT["muted"], None, right=at > 0)
        for i, row in enumerate(rows):
            self.cell(table.cell(i + 1, 0), row.name, 11, LIGHT["ink"], None, strong=True)
            for at, cell in enumerate(row.cells):
                self._heat_cell(table.cell(i + 1, at + 1), cell)

    def _heat_cell(self, shape: Any, cell: HeatCell | None) -> None:
        if cell is None or cell.text is None:
            self.cell(shape, "n < 5" if cell else "–", 9, LIGHT["muted"], None, right=True)
        elif cell.low_n:
            self.cell(shape, f"{cell.text} {cell.margin}", 10, LIGHT["muted"], LIGHT["soft"], right=True)
        else:
            colour = jsi_colour(cell.shade)
            said = f"{cell.text} {cell.margin}"
            self.cell(shape, said, 11, ink_on(colour), colour, right=True, strong=True)

    def grid(self, slide: Any, rows: int, columns: int, top: float, tall: float) -> Any:
        """Add a table without a style of its own."""
        from pptx.util import Inches

        box = (Inches(part) for part in (EDGE, top, self.room, tall * rows))
        frame = slide.shapes.add_table(rows, columns, *box)
        table = frame.table
        style = frame._element.graphic.graphicData.tbl.tblPr
        for name in ("firstRow", "bandRow"):
            style.set(name, "0")
        style[0].text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # PowerPoint's own name of a table without a style
        first = self.room * (0.26 if columns > 3 else 0.4)
        table.columns[0].width = Inches(first)
        for at in range(1, columns):
            table.columns[at].width = Inches((self.room - first) / (columns - 1))
        return table

    def cell(
        self, cell: Any, text: str, size: float, colour: str, fill: str | None, *, right: bool = False,
        strong: bool = False,
    ) -> None:  # fmt: skip
        """Write a cell."""
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
        self.run(paragraph, text.strip(), size, colour, strong=strong)


def flat(shape: Any) -> None:
    """Take the theme's style from a shape: no shadow, no colour that nobody chose."""
    style = shape._element.find("{http://schemas.openxmlformats.org/presentationml/2006/main}style")
    if style is not None:
        shape._element.remove(style)


def clean(text: str) -> str:
    """Return text without what XML does not allow."""
    return "".join(letter for letter in str(text) if letter.isprintable() or letter in "\n ")
