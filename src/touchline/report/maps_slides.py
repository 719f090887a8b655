"""A map as slides: cards are shapes that can be moved and edited, the line of emotions a chart with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from touchline.figures.colour import LIGHT, jsi_colour
from touchline.figures.numbers import plain
from touchline.maps.drawing.cutting import Sheet, sheets
from touchline.maps.drawing.dress import ON_LIGHT
from touchline.maps.drawing.emotion import Place, emotion
from touchline.maps.drawing.layout import CURVE, FIGURE, LINE, PAD, SMALL_LINE, Cardlet, Layout, Row, layout
from touchline.maps.drawing.layout import HEAD as LANES
from touchline.maps.drawing.letters import width
from touchline.maps.drawing.poster import facts
from touchline.maps.drawing.routes import LEVEL
from touchline.maps.pictures import NONE, Picture, Pictures
from touchline.maps.telling import beliefs, kind_of, lane_name, number_of, told
from touchline.report.decks import EDGE, HEAD, Deck, clean, flat

if TYPE_CHECKING:
    from touchline.maps.measured import Finding, Overlay
    from touchline.maps.model import Map

_SIZE: Final = (13.333, 7.5)  # inches: as wide as screens are
#: Inches per pixel of the drawing: words of 8 points, and more where there is room.
_SCALES: Final = (0.0091, 0.01, 0.0112, 0.0125, 0.014)
_TOP: Final = 1.2
_FOOT: Final = 0.3
_ROWS: Final = 12  # of a table
_BESIDE: Final = 8  # steps whose names a table below the chart has room for
_FINDINGS: Final = 16
_EDGES: Final = {"pain": "bad", "gain": "good", "opportunity": "good"}
_PAPER: Final = "#faf8f4"
_DRAWING: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def slides(whole: Map, overlay: Overlay | None = None, pictures: Pictures = NONE) -> bytes:
    """Return a map as a PowerPoint file.

    First what it is about and what was noticed, then the map in parts that can be read, its cards as shapes, then the
    line of emotions as a chart that can be edited.

    Args:
        whole: The map.
        overlay: What was measured, if it is laid over.
        pictures: Those of cards and personas that are shown.

    Raises:
        QuestionError: The extra that writes it is not installed.
    """
    deck = Deck(whole.name, _SIZE)
    _cover(deck, whole, overlay, pictures)
    if whole.kind == "empathy":
        _picture(deck, whole, overlay, pictures)
        _fields(deck, whole, overlay)
    else:
        scale, cut = _cut(deck, whole, overlay, pictures)
        for sheet in cut:
            _part(deck, whole, overlay, sheet, scale, pictures)
        _chart(deck, whole, overlay)
    found = overlay.findings if overlay else ()
    for first in range(0, min(len(found), _FINDINGS), 8):
        _noticed(deck, found[first : first + 8], len(found))
    return deck.saved()


def _cut(deck: Deck, whole: Map, overlay: Overlay | None, pictures: Pictures) -> tuple[float, list[Sheet]]:
    """Return the parts of the grid, and the largest scale that needs no more of them than the smallest one."""

    def cut(scale: float) -> list[Sheet]:
        wide, tall = deck.room / scale, (deck.tall - _TOP - _FOOT) / scale
        return sheets(whole, overlay, wide=wide, tall=tall, pictures=pictures)

    fewest = cut(_SCALES[0])
    for scale in _SCALES[:0:-1]:
        larger = cut(scale)
        if len(larger) == len(fewest):
            return scale, larger
    return _SCALES[0], fewest


def _cover(deck: Deck, whole: Map, overlay: Overlay | None, pictures: Pictures) -> None:
    slide = deck.blank()
    for at, (name, face) in enumerate([(n, pictures.people[n]) for n in whole.personas if n in pictures.people][:6]):
        _portrait(deck, slide, face, name, deck.wide - EDGE - 0.8 - 0.95 * at, 0.6)
    deck.text(slide, EDGE, 0.6, deck.room, 0.4, [(kind_of(whole), 12, "muted", True)])
    deck.text(slide, EDGE, 1.0, deck.room, 1.3, [(whole.name, 30, "ink", True)])
    said = [("Scenario", whole.scenario), ("Scope", whole.scope)]
    rows = []
    for name, text in [*facts(whole, overlay), *said]:
        if text:
            rows += [(name, 10, "muted", False), (text, 15, "ink", False)]
    deck.text(slide, EDGE, 2.5, deck.room * 0.6, 4.4, rows)
    found = overlay.findings[:4] if overlay else ()
    if found:
        left = EDGE + deck.room * 0.64
        beside = [("What was noticed", 12, "muted", True)]
        for one in found:
            beside += [(one.title, 13, "ink", True), (one.text, 11, "muted", False)]
        deck.text(slide, left, 2.5, deck.room * 0.36, 4.4, beside)


def _portrait(deck: Deck, slide: Any, one: Picture, name: str, x: float, y: float) -> None:
    """Add a persona's picture as a disc."""
    from io import BytesIO

    from pptx.enum.shapes import MSO_SHAPE
    from pptx.util import Inches

    made = slide.shapes.add_picture(BytesIO(one.data), Inches(x), Inches(y))
    over = (one.wide - one.tall) / max(one.wide, one.tall) / 2
    made.crop_left = made.crop_right = max(over, 0.0)
    made.crop_top = made.crop_bottom = max(-over, 0.0)
    made.left, made.top, made.width, made.height = Inches(x), Inches(y), Inches(0.8), Inches(0.8)
    made.auto_shape_type = MSO_SHAPE.OVAL
    made.name = name
    made._element.nvPicPr.cNvPr.set("descr", clean(name))


def _picture(deck: Deck, whole: Map, overlay: Overlay | None, pictures: Pictures) -> None:
    from io import BytesIO

    from pptx.util import Inches

    from touchline.maps.drawing import draw
    from touchline.report.maps import picture

    slide = deck.titled(whole.name, kind_of(whole))
    drawn = picture(draw(whole, overlay, findings=False, pictures=pictures))
    tall = deck.tall - HEAD - 0.3
    made = slide.shapes.add_picture(BytesIO(drawn), Inches(EDGE), Inches(HEAD + 0.1), height=Inches(tall))
    if made.width > Inches(deck.room):
        made.height, made.width = int(made.height * Inches(deck.room) / made.width), Inches(deck.room)
    made.left = Inches(deck.wide / 2) - made.width // 2
    made._element.nvPicPr.cNvPr.set("descr", clean(whole.name))


def _fields(deck: Deck, whole: Map, overlay: Overlay | None) -> None:
    """Add an empathy map's cards as a table that can be edited."""
    rows = []
    for lane in whole.lanes:
        for card in whole.cards:
            if card.lane == lane.id:
                says = told(whole, card, overlay)
                rows.append([lane_name(lane), says.text, " · ".join(says.small)])
    for first in range(0, len(rows), _ROWS):
        slide = deck.titled(whole.name, "its cards")
        deck.table(slide, ["Field", "Card", "Evidence"], rows[first : first + _ROWS], HEAD + 0.2, size=11)


def _noticed(deck: Deck, found: Sequence[Finding], every: int) -> None:
    most = f"; the first {_FINDINGS} of {every}" if every > _FINDINGS else ""
    slide = deck.titled("What was noticed", f"where map and data part, the most important first{most}")
    across = ceil(len(found) / ceil(len(found) / 4))
    wide = deck.room / across
    tall = min(2.6, (deck.tall - HEAD - 0.6) / ceil(len(found) / across))
    for at, one in enumerate(found):
        left, top = EDGE + (at % across) * wide, HEAD + 0.3 + (at // across) * tall
        deck.rule(slide, left, top, wide - 0.25, "bad" if one.kind in ("belief", "missing step", "load") else "ghost")
        said = [(one.title, 17, "ink", True), (one.text, 13, "muted", False)]
        deck.text(slide, left, top + 0.12, wide - 0.25, tall - 0.3, said)


def _part(deck: Deck, whole: Map, overlay: Overlay | None, sheet: Sheet, scale: float, pictures: Pictures) -> None:
    """Add one part of the grid."""
    plan = layout(
        whole, overlay, steps=sheet.steps, lanes=sheet.lanes, routes=sheet.upper, wide=deck.room / scale,
        pictures=pictures,
    )  # fmt: skip
    about = kind_of(whole) + (f" · {sheet.number} of {sheet.of}" if sheet.of > 1 else "")
    slide = deck.titled(whole.name, about)
    scale = min(scale, (deck.tall - _TOP - _FOOT) / max(plan.tall, 1.0))
    _Grid(slide, scale, deck).drawn(whole, overlay, plan)


class _Grid:
    """The shapes of a part of a map on a slide."""

    def __init__(self, slide: Any, scale: float, deck: Deck) -> None:
        self._slide, self._scale, self._deck = slide, scale, deck
        self._points = scale * 72
        slide.shapes.turbo_add_enabled = True  # ids are counted, not looked for: a part holds hundreds of shapes

    def drawn(self, whole: Map, overlay: Overlay | None, plan: Layout) -> None:
        """Add heads, lanes and cards."""
        head = plan.phase_tall + plan.step_tall
        self._box(0, 0, plan.wide, head, "soft")
        self._box(0, head, LANES, plan.tall - head, "soft")
        for one in plan.heads:
            self._words(one.x + PAD - 3, 2, one.wide - PAD, plan.phase_tall - 4, [(one.name, 12.5, "muted", True)])
        for column in plan.columns:
            said = [(" ".join(column.name), 13.5, "ink", True)]
            said += [(one, 11.0, "muted", False) for one in column.about]
            self._words(column.x + PAD - 3, plan.phase_tall + 4, column.wide - PAD, plan.step_tall - 6, said)
            if column.step.moment:
                self._diamond(column.x + column.wide - 20, plan.phase_tall + 8, 11)
        if plan.routes:
            self._routes(plan)
        for row in plan.rows:
            self._row(whole, overlay, plan, row)
        for column in plan.columns:
            self._rule(column.x, 0 if not plan.heads else plan.phase_tall, column.x, head)
        self._rule(0, plan.tall, plan.wide, plan.tall)

    def _row(self, whole: Map, overlay: Overlay | None, plan: Layout, row: Row) -> None:
        self._rule(0, row.top, plan.wide, row.top)
        said = [(" ".join(row.name), 12.5, "ink", True), *((one, 11.0, "muted", False) for one in row.hint)]
        self._words(PAD - 3, row.top + 5, LANES - PAD, row.tall - 6, said)
        if row.look == "line":
            self._rule(LANES + PAD, row.top + 17, plan.wide - PAD, row.top + 17, role="muted", dashed=True)
        else:
            upper = row.top + (CURVE if row.look == "curve" else 0)
            for column in plan.columns:
                if upper < row.top + row.tall:
                    self._rule(column.x, upper, column.x, row.top + row.tall)
        if row.look == "curve":
            self._curve(whole, overlay, plan, row)
        for column, (rows, themes) in zip(plan.columns, row.figures, strict=False):
            said = [(f"{name}: {value}", 11.5, "ink", False) for name, value in rows]
            said += [(one, 11.0, "muted", False) for one in themes]
            if said:
                tall = FIGURE * len(rows) + SMALL_LINE * len(themes)
                self._words(column.x + PAD - 3, row.top + PAD - 2, column.wide - PAD, tall, said)
        for one in row.cards:
            self._card(one)

    def _curve(self, whole: Map, overlay: Overlay | None, plan: Layout, row: Row) -> None:
        """Add the line of emotions as a picture: a chart could not show its gaps and intervals."""
        from io import BytesIO

        from touchline.figures.shapes import picture
        from touchline.report.pictures import png

        wide = plan.wide - LANES
        place = Place([one.middle - LANES for one in plan.columns], 0, wide, 0, CURVE)
        drawn = emotion(whole, [one.step for one in plan.columns], overlay, place, ON_LIGHT, persona=row.lane.of)
        name = " ".join(row.name)
        svg = picture(wide, CURVE, name, "", drawn)
        room = 18.0  # what a picture has around it
        box = self._at(LANES - room, row.top - room, wide + 2 * room, CURVE + 2 * room)
        made = self._slide.shapes.add_picture(BytesIO(png(svg, width=int(1.8 * (wide + 2 * room)))), *box)
        made.crop_left = made.crop_right = room / (wide + 2 * room)
        made.crop_top = made.crop_bottom = room / (CURVE + 2 * room)
        made.left, made.top, made.width, made.height = self._at(LANES + 1, row.top + 1, wide - 1, CURVE - 2)
        values = "; ".join(_spoken(whole, overlay, plan))
        made.name, _ = name, made._element.nvPicPr.cNvPr.set("descr", clean(f"{name}. {values}")[:2000])

    def _card(self, one: Cardlet) -> None:
        from pptx.enum.shapes import MSO_SHAPE

        says = one.told
        shape = self._shape(MSO_SHAPE.ROUNDED_RECTANGLE, one.x, one.y, one.wide, one.tall)
        shape.adjustments[0] = min(0.5, 7 / min(one.wide, one.tall))
        shape.name = f"card {one.card.id}"
        self._filled(shape, None if says.missing else _PAPER)
        self._edged(shape, "bad" if says.missing else "hair", dashed=says.missing)
        role = _EDGES.get(says.edge, "")
        if role:
            bar = self._shape(MSO_SHAPE.RECTANGLE, one.x, one.y + 4, 3, one.tall - 8)
            self._filled(bar, LIGHT[role])
            bar.line.fill.background()
        ink = "bad" if says.missing else "ink"
        said: list[tuple[str, float, str, bool]] = [(says.text, 12.5, ink, False)] if says.text else []
        if says.figure:
            tone = "ink" if says.met is None else "good" if says.met else "bad"
            said.append((says.figure, 15.0, tone, True))
        said += [(text, 11.0, "muted", False) for text in one.small]
        self._write(shape.text_frame, said, italic=says.quote, left=8 + (3 if role else 0), top=3 + one.head)
        if one.picture:
            from io import BytesIO

            made = self._slide.shapes.add_picture(BytesIO(one.picture.data), *self._at(*one.framed))
            made.name = f"picture {one.card.id}"
            made._element.nvPicPr.cNvPr.set("descr", clean(says.text or one.card.note)[:2000])

    def _routes(self, plan: Layout) -> None:
        for one in plan.routes:
            y = plan.route_top + 16 + LEVEL * one.level
            out = one.route.kind == "exit" or not one.route.end
            role, dashed = "bad" if out else "muted", one.route.kind == "loop"
            self._rule(one.start, plan.route_top + 2, one.start, y, role=role, dashed=dashed)
            self._rule(one.start, y, one.end, y, role=role, dashed=dashed)
            if not out:
                self._rule(one.end, y, one.end, plan.route_top + 2, role=role, dashed=dashed, arrow=True)
            if one.text:
                box = self._words(one.at - 3, y - 8, width(one.text, 11.0) + 10, 16, [(one.text, 11.0, role, False)])
                box.text_frame.word_wrap = False
                self._filled(box, LIGHT["surface"])

    def _diamond(self, x: float, y: float, size: float) -> None:
        from pptx.enum.shapes import MSO_SHAPE

        shape = self._shape(MSO_SHAPE.DIAMOND, x, y, size, size)
        shape.name = "a moment that matters"
        self._filled(shape, LIGHT["bad"])
        shape.line.fill.background()

    # parts

    def _at(self, x: float, y: float, wide: float, tall: float) -> tuple[int, int, int, int]:
        from pptx.util import Inches

        s = self._scale
        return Inches(EDGE + x * s), Inches(_TOP + y * s), Inches(max(wide, 1) * s), Inches(max(tall, 1) * s)

    def _shape(self, sort: Any, x: float, y: float, wide: float, tall: float) -> Any:
        shape = self._slide.shapes.add_shape(sort, *self._at(x, y, wide, tall))
        flat(shape)
        return shape

    def _box(self, x: float, y: float, wide: float, tall: float, role: str) -> None:
        from pptx.enum.shapes import MSO_SHAPE

        if wide > 0 and tall > 0:
            shape = self._shape(MSO_SHAPE.RECTANGLE, x, y, wide, tall)
            self._filled(shape, LIGHT[role])
            shape.line.fill.background()

    def _filled(self, shape: Any, colour: str | None) -> None:
        from pptx.dml.color import RGBColor

        if colour is None:
            shape.fill.background()
        else:
            shape.fill.solid()
            shape.fill.fore_color.rgb = RGBColor.from_string(colour.removeprefix("#").upper())

    def _edged(self, shape: Any, role: str, *, dashed: bool = False) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.dml import MSO_LINE
        from pptx.util import Pt

        shape.line.color.rgb = RGBColor.from_string(LIGHT[role].removeprefix("#").upper())
        shape.line.width = Pt(0.75)
        if dashed:
            shape.line.dash_style = MSO_LINE.DASH

    def _rule(
        self, x1: float, y1: float, x2: float, y2: float, *, role: str = "hair", dashed: bool = False,
        arrow: bool = False,
    ) -> None:  # fmt: skip
        from pptx.enum.shapes import MSO_CONNECTOR
        from pptx.util import Inches

        s = self._scale
        ends = (EDGE + x1 * s, _TOP + y1 * s, EDGE + x2 * s, _TOP + y2 * s)
        line = self._slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *(Inches(end) for end in ends))
        flat(line)
        self._edged(line, role, dashed=dashed)
        if arrow:
            tip = line.line._get_or_add_ln()
            tip.append(tip.makeelement(f"{_DRAWING}tailEnd", {"type": "triangle"}))

    def _words(self, x: float, y: float, wide: float, tall: float, said: Sequence[tuple[str, float, str, bool]]) -> Any:
        box = self._slide.shapes.add_textbox(*self._at(x, y, wide, tall))
        self._write(box.text_frame, said, left=3, top=0)
        return box

    def _write(
        self, frame: Any, said: Sequence[tuple[str, float, str, bool]], *, italic: bool = False, left: float, top: float
    ) -> None:
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Inches, Pt

        frame.word_wrap = True
        frame.vertical_anchor = MSO_ANCHOR.TOP
        frame.margin_left, frame.margin_top = Inches(left * self._scale), Inches(top * self._scale)
        frame.margin_right = frame.margin_bottom = 0
        for at, (text, size, role, strong) in enumerate(said):
            paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            paragraph.line_spacing = Pt(round(max(size + 3, LINE - 2 if size > 11 else 0) * self._points, 2))
            self._deck.run(paragraph, text, round(size * self._points, 1), LIGHT[role], strong=strong)
            paragraph.runs[-1].font.italic = italic and at == 0


def _spoken(whole: Map, overlay: Overlay | None, plan: Layout) -> list[str]:
    said = []
    for column in plan.columns:
        believed = column.step.belief().jsi
        found = overlay.steps.get(column.step.id) if overlay else None
        parts = [column.step.name, f"believed {plain(believed)}" if believed is not None else ""]
        parts.append(f"measured {number_of('jsi', found.jsi)}" if found else "")
        said.append(" ".join(part for part in parts if part))
    return said


def _chart(deck: Deck, whole: Map, overlay: Overlay | None) -> None:
    """Add the believed and the measured line as a chart whose numbers can be edited, gaps as gaps."""
    steps = list(whole.steps())
    series: list[tuple[str, list[float | None]]] = [
        (f"Believed: {name}" if name else "Believed", [one.jsi if one else None for one in row])
        for name, row in beliefs(whole)
    ]
    if overlay is not None:
        found = [overlay.steps.get(step.id) for step in steps]
        series.append(("Measured JSI", [one.jsi.value if one else None for one in found]))
    if not any(value is not None for _, values in series for value in values):
        return
    lead = "JSI, 0 to 100; dashed: what the team believes; steps without data are gaps"
    slide = deck.titled("Believed and measured" if overlay else "What the team believes", lead)
    rounded = [(name, [None if one is None else round(one, 1) for one in values]) for name, values in series]
    names = [step.name for step in steps]
    few = len(steps) <= _BESIDE
    chart = deck.chart(slide, "line", names, rounded, deck.tall - HEAD - (2.1 if few and overlay else 0.7))
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0, 100
    _lined(deck, chart, measured=overlay is not None)
    if overlay is None or not few:
        return
    rows = [["Measured"], ["Comments"]]
    for one in found:
        rows[0].append(number_of("jsi", one.jsi) if one else "–")
        rows[1].append(f"{one.volume:,}" if one else "0")
    deck.table(slide, ["", *names], rows, deck.tall - 1.5, size=10)


def _lined(deck: Deck, chart: Any, *, measured: bool) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    made = list(chart.plots[0].series)
    for at, one in enumerate(made):
        real = measured and at == len(made) - 1
        deck.lined(one, "ink" if real else "ghost", 2.5 if real else 1.5)
        if not real:
            one.format.line.dash_style = MSO_LINE.DASH
            continue
        one.marker.style, one.marker.size = XL_MARKER_STYLE.CIRCLE, 9
        for i, value in enumerate(one.values):
            if value is not None:
                marker = one.points[i].marker
                marker.style, marker.size = XL_MARKER_STYLE.CIRCLE, 9
                marker.format.fill.solid()
                colour = jsi_colour(value)
                marker.format.fill.fore_color.rgb = RGBColor.from_string(colour.removeprefix("#").upper())
                label = one.points[i].data_label
                label.has_text_frame = True
                label.text_frame.text = plain(value)
                label.text_frame.paragraphs[0].runs[0].font.size = Pt(12)
                label.position = XL_LABEL_POSITION.ABOVE
    chart.has_legend = len(made) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
