"""The board report: its sheets, its pictures, a workbook without formulas, slides that stay editable."""

from __future__ import annotations

import io
import re
import sys
import zipfile
import zlib

import pytest
from tests.drawings import HOSTILE, assert_sound
from tests.report.journeys import Warehouse, journey_of, renamed
from tests.report.pages import assert_sealed
from tests.worlds import STAGES, TAXONOMY, THEMES, make_world

from touchline.errors import QuestionError
from touchline.report.asked import Asked, ask
from touchline.report.board import board, without_words
from touchline.report.chosen import SECTIONS, plan
from touchline.report.formats import written
from touchline.report.pictures import drawings, png
from touchline.scores.base import Filters

FORMULA = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture(scope="module")
def asked() -> Asked:
    """A rich world whose names would run, were they formulas, or markup."""
    names = dict.fromkeys(THEMES, FORMULA) | {"rude_agent": HOSTILE[0]}
    taxonomy = renamed(TAXONOMY, {STAGES[0]: FORMULA, STAGES[1]: HOSTILE[0]}, names)
    journey = journey_of(Warehouse(), make_world(7, conversations=900, customers=300), taxonomy)
    return ask(journey, "Acme", Filters(), None, lambda *_: None)


def test_only_what_is_chosen_stands_on_the_sheets(asked: Asked) -> None:
    page = assert_sealed(board(asked, plan(("line", "friction"))))
    assert "The journey line" in page.text
    assert "Where the friction is" in page.text
    assert "Method and definitions" not in page.text
    whole = board(asked, plan())
    assert whole.count('class="sheet') > board(asked, plan(("line",))).count('class="sheet') == 1
    assert "paper-letter" in board(asked, plan(paper="letter"))


@pytest.mark.parametrize("wrong", [{"sections": ("lines",)}, {"paper": "a3"}])
def test_what_there_is_not_is_said(wrong: dict[str, object]) -> None:
    with pytest.raises(QuestionError):
        plan(**wrong)  # type: ignore[arg-type]


def test_what_is_sent_holds_no_customers_words(asked: Asked) -> None:
    said = {one["text"] for row in asked.causes.to_dicts() for one in row["verbatims"]}
    assert any(said)
    html = board(asked, plan(words=False))
    assert "<blockquote" in board(asked, plan())
    assert "<blockquote" not in html
    bare = without_words(asked)
    assert bare.causes.table.schema == asked.causes.table.schema
    assert bare.causes.table.drop(["verbatims"]) == asked.causes.table.drop(["verbatims"])


def test_a_workbook_says_the_same_numbers_and_runs_nothing(asked: Asked) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(written(asked, plan(), "xlsx")))
    assert {"Summary", "Headlines", "Journey line", "Causes", "Friction", "Trend", "Method"} <= set(book.sheetnames)
    cells = [cell for page in book for line in page.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not any(isinstance(cell.value, str) and cell.value.startswith(("=", "+", "@")) for cell in cells)
    assert any(cell.value == f"'{FORMULA}" for cell in cells)
    assert all(cell.hyperlink is None for cell in cells)
    rows = {line[0].value: line for line in book["Journey line"].iter_rows(min_row=5)}
    for row in asked.stages.to_dicts():
        shown = next(line for name, line in rows.items() if str(name).lstrip("'") == row["name"])
        assert shown[1].value == (None if row["jsi"] is None else pytest.approx(row["jsi"], abs=1e-9))
        assert shown[13].value == row["n"]


def test_slides_have_tables_and_charts_that_can_be_edited(asked: Asked) -> None:
    pptx = pytest.importorskip("pptx")
    show = pptx.Presentation(io.BytesIO(written(asked, plan(), "pptx")))
    shapes = [shape for slide in show.slides for shape in slide.shapes]
    charts = [shape.chart for shape in shapes if shape.has_chart]
    tables = [shape.table for shape in shapes if shape.has_table]
    assert len(show.slides) >= 8
    assert len(charts) >= 3
    assert len(tables) >= 5
    trend = next(chart for chart in charts if len(chart.plots[0].series) == 3)
    known = [row["jsi"] for row in asked.trend_of("all") if row["jsi"] is not None]
    assert list(trend.plots[0].series[0].values) == pytest.approx(known, abs=0.06)
    for slide in show.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= show.slide_width + 10


def test_every_figure_is_a_picture(asked: Asked) -> None:
    pytest.importorskip("resvg_py")
    made = drawings(asked, plan())
    assert {"journey-line", "trend", "metrics", "segments", "friction"} <= {one.name for one in made}
    for one in made:
        assert_sound(one.svg)
    packed = zipfile.ZipFile(io.BytesIO(written(asked, plan(("line", "friction")), "png")))
    assert sorted(packed.namelist()) == ["friction.png", "journey-line.png"]
    data = png(made[0].svg, width=800)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20]) == 800


def test_an_empty_period_gives_all_formats_too() -> None:
    journey = journey_of(Warehouse(), make_world(1, conversations=0, customers=0))
    empty = ask(journey, "Nobody", Filters(), None, lambda *_: None)
    for kind in ("html", "xlsx", "pptx", "png"):
        assert written(empty, plan(), kind)


@pytest.mark.parametrize(("kind", "module"), [("xlsx", "xlsxwriter"), ("pptx", "pptx"), ("pdf", "weasyprint"),
                                              ("png", "resvg_py")])  # fmt: skip
def test_what_is_not_installed_is_said(asked: Asked, monkeypatch: pytest.MonkeyPatch, kind: str, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(QuestionError, match="optional part") as told:
        written(asked, plan(tuple(SECTIONS)[:3]), kind)
    assert "pip install" in told.value.todo


def test_a_pdf_is_landscape_and_of_the_paper(asked: Asked) -> None:
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        pytest.skip("needs WeasyPrint and Pango")
    data = written(asked, plan(("finding", "headlines", "line"), "letter"), "pdf")
    assert data[:5] == b"%PDF-"
    parts = [data, *(_inflated(part) for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL))]
    boxes = [found for part in parts for found in re.findall(rb"/MediaBox ?\[([\d. ]+)\]", part)]
    assert boxes
    assert {tuple(round(float(side)) for side in box.split()) for box in boxes} == {(0, 0, 792, 612)}


def _inflated(part: bytes) -> bytes:
    try:
        return zlib.decompress(part)
    except zlib.error:
        return b""
