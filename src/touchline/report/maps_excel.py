"""A map as a workbook: the grid, which can be changed and imported again, and every number in a cell of its own."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from touchline.figures.colour import LIGHT
from touchline.maps.grid import to_rows
from touchline.maps.kinds import LANE_KINDS
from touchline.maps.pictures import NONE, Pictures
from touchline.maps.telling import METRICS, beliefs, lane_name
from touchline.report.excel import add_sheet, filled
from touchline.report.leaves import Column, Leaf
from touchline.vocabulary.spreadsheets import defused

if TYPE_CHECKING:
    from touchline.maps.measured import Overlay
    from touchline.maps.model import Card, Map, Step

_HEADS: Final = frozenset({"Phase", "Step"})
_ABOUT: Final = frozenset({"Stage", "Step's touchpoint", "Step note", "Zoom", "Moment that matters"})
_TEXT_FIELDS: Final = (
    "note",
    "owner",
    "status",
    "theme",
    "touchpoint",
    "channel",
    "severity",
    "picture",
    "metric",
    "to",
    "map",
    "of",
)
_NUMBERS: Final = ("effort", "impact", "desirability", "feasibility", "viability", "value", "target", "minutes")
_LINE: Final = 14.5  # points of a line in a cell
_PICTURE: Final = 240  # pixels of a picture's column
_LETTERS: Final = 26  # of a column of the grid


def workbook(whole: Map, overlay: Overlay | None = None, pictures: Pictures = NONE) -> bytes:
    """Return a map as an Excel workbook.

    The first sheet is the grid of `touchline.maps.grid`, so that what is changed there can be imported again. Beside it
    stand the steps with what is believed and measured and a chart of both, the cards with everything that they carry,
    and what was noticed. Text is defused as in CSV.

    Args:
        whole: The map.
        overlay: What was measured, if it is laid over.
        pictures: Those of cards and personas; a sheet shows them.

    Raises:
        QuestionError: The extra that writes it is not installed.
    """

    def fill(book: Any) -> None:
        _grid(book, whole)
        if list(whole.steps()):
            leaf = _steps(whole, overlay)
            _charted(book, add_sheet(book, leaf), leaf)
        if whole.cards:
            add_sheet(book, _cards(whole, overlay))
        _pictured(book, whole, pictures)
        if whole.routes or whole.stakeholders:
            add_sheet(book, _around(whole))
        if overlay is not None and overlay.findings:
            add_sheet(book, _noticed(whole, overlay))

    return filled(whole.name, fill)


def _grid(book: Any, whole: Map) -> None:
    """Add the grid as people draw it."""
    page = book.add_worksheet("Map")
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(8)
    page.fit_to_pages(1, 0)
    plain = {"font_name": "Inter", "font_size": 10, "font_color": LIGHT["ink"], "valign": "top", "text_wrap": True}
    ruled = plain | {"border": 1, "border_color": LIGHT["hair"]}
    soft = ruled | {"bg_color": LIGHT["soft"], "bold": True}
    cell, head = book.add_format(ruled), book.add_format(soft)
    quiet = book.add_format(ruled | {"bg_color": LIGHT["soft"], "font_color": LIGHT["muted"], "font_size": 9})
    title, about = (
        book.add_format(plain | {"bold": True, "font_size": 14, "text_wrap": False}),
        book.add_format(plain | {"text_wrap": False}),
    )
    edges = {
        edge: book.add_format(ruled | {"left": 5, "left_color": LIGHT[role]})
        for edge, role in (("pain", "bad"), ("gain", "good"), ("opportunity", "good"))
    }
    quote = book.add_format(ruled | {"italic": True})
    rows = to_rows(whole)
    lanes = list(whole.lanes)
    top = next((at for at, row in enumerate(rows) if row[0] == "Step"), 0)
    first = len(rows) - len(lanes)
    for at, row in enumerate(rows):
        tall = max(text.count("\n") + 1 + sum(len(line) // _LETTERS for line in text.split("\n")) for text in row)
        page.set_row(at, max(16.0, _LINE * tall) if at >= top else 17.0)
        if at < top and row[0] not in _HEADS:
            page.write_string(at, 0, _safe(row[0]), book.add_format(plain | {"font_color": LIGHT["muted"]}))
            page.write_string(at, 1, _safe(row[1]) if len(row) > 1 else "", title if row[0] == "Map" else about)
            continue
        look = cell
        if at >= first:
            known = LANE_KINDS.get(lanes[at - first].kind, LANE_KINDS["custom"])
            look = edges.get(known.edge, quote if known.edge == "quote" else cell)
        for column, text in enumerate(row):
            style = head if column == 0 or row[0] in _HEADS else quiet if row[0] in _ABOUT else look
            style = cell if at >= first and column and not text else style
            if column and text and row[0].startswith("Believed") and at < first:
                page.write_number(at, column, float(text), style)
            else:
                page.write_string(at, column, _safe(text), style)
    page.set_column(0, 0, 22)
    page.set_column(1, max(1, max(map(len, rows)) - 1), _LETTERS)
    page.freeze_panes(top + 1, 1)
    page.repeat_rows(top)


def _steps(whole: Map, overlay: Overlay | None) -> Leaf:
    """Return the steps with what is believed and measured."""
    lines = beliefs(whole)
    columns = [
        Column("Phase"),
        Column("Step"),
        Column("Stage"),
        Column("Touchpoint"),
        Column("Moment", "yes"),
    ]
    columns += [Column(f"Believed: {name}" if name else "Believed", "score") for name, _ in lines]
    columns += [Column("Expected minutes", "score"), Column("Expected effort", "score")]
    if overlay is not None:
        columns += [Column("JSI", "score"), Column("Low", "score"), Column("High", "score")]
        columns += [Column("Comments", "count"), Column("Customers", "count")]
        columns += [Column(METRICS[name][0] + _UNITS.get(name, ""), "score") for name in _OTHERS]
        columns += [Column("Themes")]
    rows = []
    phases = {step.id: phase.name for phase in whole.phases for step in phase.steps}
    for at, step in enumerate(whole.steps()):
        row: list[Any] = [phases[step.id], step.name, step.stage, step.touchpoint, step.moment]
        for _, told in lines:
            one = told[at]
            row.append(one.jsi if one else None)
        belief = step.belief()
        row += [belief.minutes, belief.effort]
        rows.append(tuple(row + (_measured(step, overlay) if overlay is not None else [])))
    about = "What the team believes, and what was measured with its 95 % interval; an empty cell is a gap"
    return _kept(Leaf("Steps", about if overlay else "What the team believes", tuple(columns), tuple(rows)), 2)


_OTHERS: Final = ("nps", "csat", "ces", "dropoff", "dwell")
_UNITS: Final = {"csat": " (%)", "dropoff": " (%)", "dwell": " (minutes)"}


def _measured(step: Step, overlay: Overlay) -> list[Any]:
    found = overlay.steps.get(step.id)
    if found is None:
        return [None] * (6 + len(_OTHERS))
    others = [found.metrics[name].value if name in found.metrics else None for name in _OTHERS]
    themes = ", ".join(f"{one.title} ({one.n})" for one in found.topics)
    return [found.jsi.value, found.jsi.low, found.jsi.high, found.volume, found.customers, *others, themes]


def _charted(book: Any, page: Any, leaf: Leaf) -> None:
    """Put the believed and the measured line below the steps, as a chart whose gaps are gaps."""
    heads = [column.head for column in leaf.columns]
    wanted = [at for at, head in enumerate(heads) if head.startswith("Believed") or head == "JSI"]
    if not wanted:
        return
    first, last = 4, 3 + len(leaf.rows)
    chart = book.add_chart({"type": "line"})
    for column in wanted:
        real = heads[column] == "JSI"
        colour = LIGHT["ink" if real else "ghost"]
        dot = {"type": "circle", "size": 7, "fill": {"color": colour}, "border": {"color": "#FFFFFF"}}
        chart.add_series(
            {
                "name": ["Steps", 3, column],
                "categories": ["Steps", first, 1, last, 1],
                "values": ["Steps", first, column, last, column],
                "line": {"color": colour, "width": 2.5 if real else 1.75, "dash_type": "solid" if real else "dash"},
                "marker": dot if real else {"type": "none"},
            }
        )
    chart.show_blanks_as("gap")
    chart.set_title({"none": True})
    chart.set_y_axis({"min": 0, "max": 100, "major_gridlines": {"visible": True, "line": {"color": LIGHT["hair"]}}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": max(620, 110 * len(leaf.rows)), "height": 330})
    page.insert_chart(last + 2, 0, chart)


def _cards(whole: Map, overlay: Overlay | None) -> Leaf:
    """Return the cards, a row each, with all that they carry."""
    columns = [Column("Phase"), Column("Step"), Column("Lane"), Column("Card")]
    columns += [Column(name.capitalize()) for name in _TEXT_FIELDS]
    columns += [
        Column(name.capitalize(), "score" if name in ("value", "target", "minutes") else "count") for name in _NUMBERS
    ]
    columns += [Column("Due", "day"), Column("Done", "day"), Column("Missing", "yes")]
    columns += [Column("Tags"), Column("Addresses"), Column("Proof")]
    if overlay is not None:
        columns += [Column("Evidence"), Column("Found"), Column("JSI points", "points"), Column("From", "points"),
                    Column("To", "points")]  # fmt: skip
    lanes = {lane.id: lane_name(lane) + (f" ({lane.of})" if lane.of else "") for lane in whole.lanes}
    order = {step.id: (at, phase.name, step.name) for phase in whole.phases for at, step in enumerate(phase.steps)}
    rows = []
    for lane in whole.lanes:
        for step in whole.steps():
            for card in whole.cell(lane.id, step.id):
                _, phase, name = order[step.id]
                row = [phase, name, lanes[lane.id], card.text, *_carried(card)]
                rows.append(tuple(row + (_found(card, overlay) if overlay is not None else [])))
    return _kept(
        Leaf("Cards", "One row a card; columns that nothing stands in are left out", tuple(columns), tuple(rows)), 4
    )


def _kept(leaf: Leaf, first: int) -> Leaf:
    """Return a table without the columns, from one on, in which nothing stands."""
    empty = {
        at for at in range(first, len(leaf.columns))
        if all(row[at] is None or row[at] is False or row[at] == "" for row in leaf.rows)
    }  # fmt: skip
    kept = [at for at in range(len(leaf.columns)) if at not in empty]
    rows = tuple(tuple(row[at] for at in kept) for row in leaf.rows)
    return Leaf(leaf.name, leaf.about, tuple(leaf.columns[at] for at in kept), rows)


def _carried(card: Card) -> list[Any]:
    proof = "; ".join(" ".join(part for part in (one.kind, one.ref, one.note) if part) for one in card.proof)
    fields = [getattr(card, name) for name in (*_TEXT_FIELDS, *_NUMBERS)]
    return [*fields, card.due, card.done, card.missing, ", ".join(card.tags), ", ".join(card.addresses), proof]


def _found(card: Card, overlay: Overlay) -> list[Any]:
    found = overlay.cards.get(card.id)
    if found is None:
        return ["", "", None, None, None]
    said = {"strong": "well backed", "some": "backed by some", "none": "not backed"}.get(found.level, "")
    return [said, found.told, found.gain, found.gain_low, found.gain_high]


def _pictured(book: Any, whole: Map, pictures: Pictures) -> None:
    """Add a sheet with the pictures, beside the words of their cards."""
    names = {step.id: step.name for step in whole.steps()}
    lanes = {lane.id: lane_name(lane) for lane in whole.lanes}
    found = [("Persona", "", name, one) for name in whole.personas if (one := pictures.people.get(name))]
    found += [
        (lanes[card.lane], names[card.step], card.text, one)
        for card in whole.cards if (one := pictures.cards.get(card.picture))
    ]  # fmt: skip
    if not found:
        return
    columns = (Column("Lane"), Column("Step"), Column("Card"), Column("Picture"))
    rows = tuple((lane, step, text, "") for lane, step, text, _ in found)
    page = add_sheet(book, Leaf("Pictures", "What cards and personas show", columns, rows))
    page.set_column(3, 3, _PICTURE / 7)
    for at, (_, _, text, one) in enumerate(found, 4):
        scale = min((_PICTURE - 8) / one.wide, (_PICTURE - 8) / one.tall, 1.0)
        page.set_row_pixels(at, max(24, round(one.tall * scale) + 8))
        page.insert_image(at, 3, one.name, {
            "image_data": BytesIO(one.data), "x_scale": scale, "y_scale": scale, "x_offset": 4, "y_offset": 4,
            "description": _safe(text)[:250], "object_position": 1,
        })  # fmt: skip


def _around(whole: Map) -> Leaf:
    """Return routes and stakeholders."""
    names = {step.id: step.name for step in whole.steps()}
    rows: list[tuple[Any, ...]] = [
        (
            one.kind,
            f"{names.get(one.start, one.start)} to {names.get(one.end, one.end) or 'the end'}",
            one.text,
            None,
            None,
        )
        for one in whole.routes
    ]
    rows += [
        (one.group or "stakeholder", one.name, one.note, one.interest, one.influence) for one in whole.stakeholders
    ]
    columns = (
        Column("What"),
        Column("Who or where"),
        Column("Words"),
        Column("Interest", "count"),
        Column("Influence", "count"),
    )
    return Leaf("Around", "Branches, loops and exits, and who has a part in the journey", columns, tuple(rows))


def _noticed(whole: Map, overlay: Overlay) -> Leaf:
    names = {step.id: step.name for step in whole.steps()}
    rows = tuple((one.title, one.text, names.get(one.step, one.step), one.question) for one in overlay.findings)
    columns = (Column("Finding"), Column("Told"), Column("Step"), Column("Question"))
    return Leaf("Noticed", "Where map and data part, the most important first", columns, rows)


def _safe(text: str) -> str:
    """Return text that a spreadsheet does not run, without what its file may not hold."""
    return str(defused("".join(one for one in text if one in "\n\t" or (one >= " " and one not in "\x7f\ufffe\uffff"))))
