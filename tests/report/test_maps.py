"""A map in every format, opened with the format's own program: what is there is the map, and nothing in it runs."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib import import_module

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.drawings import HOSTILE, assert_sound, texts
from tests.maps.drawn import blueprint, coffee, empathy, gappy, laid_over, large

from touchline.errors import QuestionError
from touchline.maps import Card, Lane, Map, Phase, Step
from touchline.maps.drawing.cutting import sheets
from touchline.maps.drawing.layout import layout
from touchline.maps.grid import of_rows, read_grid, to_rows
from touchline.maps.markdown import markdown
from touchline.maps.mermaid import mermaid
from touchline.maps.reading import read
from touchline.report.maps import FORMATS, PAPERS, export, filename

FORMULA = '=HYPERLINK("http://evil.example","x")'
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


def hostile() -> Map:
    """A map whose words would run, were they formulas, or markup."""
    whole = coffee()
    cards = [replace(one, text=FORMULA if at % 2 else HOSTILE[0]) for at, one in enumerate(whole.cards)]
    cards.append(Card("nonsense", "notes", "wait", "\ufffe" + HOSTILE[3], owner="@SUM(1)"))
    return replace(whole, name=HOSTILE[0], cards=tuple(cards), lanes=(*whole.lanes, Lane("notes", "notes", FORMULA)))


def needed_for(kind: str) -> None:
    """Skip where a format's optional part is not installed."""
    try:
        import_module({"pdf": "weasyprint", "png": "resvg_py", "pptx": "pptx", "xlsx": "xlsxwriter"}.get(kind, "csv"))
    except (ImportError, OSError):  # OSError: Pango is not there
        pytest.skip(f"{kind} needs an optional part")


def test_a_drawing_is_a_file_of_its_own():
    data = export(coffee(), laid_over(), "svg")
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<svg ')
    assert_sound(data.decode().split("\n", 1)[1])


@pytest.mark.parametrize("dark", [False, True])
def test_a_picture_holds_the_drawing(dark):
    pil = pytest.importorskip("PIL.Image")
    pytest.importorskip("resvg_py")
    made = pil.open(io.BytesIO(export(coffee(), laid_over(), "png", dark=dark))).convert("RGB")
    assert made.width == 2 * (1216 + 36)
    paper = (0x14, 0x17, 0x1A) if dark else (0xFA, 0xF8, 0xF4)
    assert made.getpixel((2, 2)) == made.getpixel((made.width - 3, made.height - 3)) == paper
    colours = {colour for _, colour in made.getcolors(1 << 20)}
    for wanted in ((0xF0, 0x8A, 0x5C), (0x4F, 0xB8, 0xA6)) if dark else ((0xB8, 0x45, 0x1A), (0x0F, 0x6B, 0x5E)):
        assert wanted in colours


def test_a_huge_map_is_a_picture_that_programs_open(monkeypatch):
    pytest.importorskip("resvg_py")
    monkeypatch.setattr("touchline.report.maps._MOST_PIXELS", 1e6)
    data = export(coffee(), None, "png")
    wide, tall = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    assert wide * tall == pytest.approx(1e6, rel=0.01)


def paged(data: bytes) -> tuple[list[tuple[float, float]], str]:
    """The sizes of a PDF's pages in points and its words, by Poppler."""
    if not shutil.which("pdftotext"):
        pytest.skip("needs Poppler")
    told = subprocess.run(["pdfinfo", "-l", "99", "-"], input=data, capture_output=True, check=True).stdout.decode()
    sizes = [(float(a), float(b)) for a, b in re.findall(r"Page +\d+ size: +([\d.]+) x ([\d.]+)", told)]
    words = subprocess.run(["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=True).stdout
    return sizes, " ".join(words.decode().split())


def test_a_pdf_is_one_page_as_large_as_the_map_or_sheets_of_paper():
    needed_for("pdf")
    sizes, words = paged(export(coffee(), laid_over(), "pdf"))
    assert len(sizes) == 1
    assert sizes[0][0] == pytest.approx(1216 * 0.75, abs=1)
    for text in ("Ordering a coffee machine", "Later than promised", "believed 66", "±3", "A question nobody answers"):
        assert text in words
    sizes, words = paged(export(coffee(), laid_over(), "pdf", paper="a4"))
    assert len(sizes) > 1
    assert {tuple(round(side) for side in size) for size in sizes} == {(842, 595)}
    assert "2 of" in words
    assert "One thread" in words


def test_a_pdf_shows_numbers_over_lines():
    """The engine paints strokes over letters: a halo that is not parted from its text hides it."""
    pil = pytest.importorskip("PIL.Image")
    if not shutil.which("pdftoppm"):
        pytest.skip("needs Poppler")
    needed_for("pdf")
    data = export(coffee(), laid_over(), "pdf")
    shown = subprocess.run(["pdftoppm", "-r", "96", "-png"], input=data, capture_output=True, check=True).stdout
    page = pil.open(io.BytesIO(shown)).convert("RGB")
    svg = export(coffee(), laid_over(), "svg").decode()
    x, y = re.search(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*font-size="15"[^>]*font-weight="650"[^>]*>37<', svg).groups()
    spot = page.crop((int(float(x)) - 10, int(float(y)) - 12, int(float(x)) + 10, int(float(y)) + 1))
    assert min(sum(colour) for _, colour in spot.getcolors(10_000)) < 200


def test_slides_hold_every_card_as_a_shape_and_the_lines_as_a_chart():
    pptx = pytest.importorskip("pptx")
    show = pptx.Presentation(io.BytesIO(export(coffee(), laid_over(), "pptx")))
    shapes = [shape for slide in show.slides for shape in slide.shapes]
    cards = {shape.name: shape.text_frame.text for shape in shapes if shape.name.startswith("card ")}
    assert len(cards) == len(coffee().cards)
    for card in coffee().cards:
        assert card.text in cards[f"card {card.id}"]
    assert "+6.1 JSI" in " ".join(cards.values())
    for shape in shapes:
        assert shape.left >= -10
        assert shape.left + shape.width <= show.slide_width + 10
        assert shape.top + shape.height <= show.slide_height + 10
    (chart,) = [shape.chart for shape in shapes if shape.has_chart]
    believed, measured = chart.plots[0].series
    assert list(believed.values) == [66, 60, 74, 66, 75, 58]
    assert list(measured.values) == [61, 66, 72, 37, 68, 44]
    show = pptx.Presentation(io.BytesIO(export(coffee(), gappy(), "pptx")))
    (chart,) = [shape.chart for slide in show.slides for shape in slide.shapes if shape.has_chart]
    assert list(chart.plots[0].series[1].values) == [61, 66, None, 37, None, 44]


def test_a_large_map_becomes_slides_that_can_be_read():
    pptx = pytest.importorskip("pptx")
    whole = large(15, 10)
    show = pptx.Presentation(io.BytesIO(export(whole, None, "pptx")))
    cards = [one.name for slide in show.slides for one in slide.shapes if one.name.startswith("card ")]
    assert len(cards) == len(set(cards)) == len(whole.cards)
    sizes = [run.font.size.pt for slide in show.slides for one in slide.shapes if one.name.startswith("card ")
             for paragraph in one.text_frame.paragraphs for run in paragraph.runs]  # fmt: skip
    assert min(sizes) >= 7


@given(st.integers(0, 50), st.integers(0, 24), st.integers(300, 3000), st.integers(40, 3000))
@example(3, 3, 500, 60)
@example(40, 20, 1300, 620)
def test_sheets_hold_every_cell_once(steps, lanes, wide, tall):
    whole = Map(
        "m", "M", phases=(Phase("p", "P", tuple(Step(f"s{at}", f"Step {at}") for at in range(steps))),),
        lanes=tuple(Lane(f"l{at}", "notes", hidden=at % 5 == 4) for at in range(lanes)),
    )  # fmt: skip
    cut = sheets(whole, None, wide=wide, tall=tall)
    held = [(step, lane.id) for one in cut for step in one.steps for lane in one.lanes]
    assert sorted(held) == sorted((f"s{a}", f"l{b}") for a in range(steps) for b in range(lanes) if b % 5 != 4)
    assert [one.number for one in cut] == list(range(1, len(cut) + 1))
    assert {one.of for one in cut} <= {len(cut)}
    for one in cut:
        plan = layout(whole, None, steps=one.steps, lanes=one.lanes, routes=one.upper, wide=wide)
        assert plan.tall <= tall or len(one.lanes) <= 1
        assert one.lanes or not lanes


def test_a_workbook_holds_the_grid_and_every_number(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    data = export(coffee(), laid_over(), "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Map", "Steps", "Cards", "Around", "Noticed"]
    heads = [cell.value for cell in book["Steps"][4]]
    rows = {row[1]: dict(zip(heads, row, strict=True)) for row in book["Steps"].iter_rows(min_row=5, values_only=True)}
    assert rows["Wait & receive"]["JSI"] == 37
    assert (rows["Wait & receive"]["Low"], rows["Wait & receive"]["High"]) == (34, 40)
    assert rows["Discover"]["Believed"] == 66
    cards = list(book["Cards"].iter_rows(min_row=5, values_only=True))
    assert [row[3] for row in cards if row[3]] == [
        card.text for lane in coffee().lanes for step in coffee().steps() for card in coffee().cell(lane.id, step.id)
    ]
    (tmp_path / "coffee.xlsx").write_bytes(data)
    assert to_rows(read_grid(tmp_path / "coffee.xlsx")) == to_rows(of_rows(to_rows(coffee())))


def test_a_workbook_runs_nothing():
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(export(hostile(), laid_over(), "xlsx")))
    cells = [cell for page in book for line in page.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not any(isinstance(cell.value, str) and cell.value.startswith(("=", "+", "@")) for cell in cells)
    assert any(cell.value == f"'{FORMULA}" for cell in cells)
    assert all(cell.hyperlink is None for cell in cells)


def test_csv_is_the_grid_and_runs_nothing(tmp_path):
    (tmp_path / "coffee.csv").write_bytes(export(coffee(), laid_over(), "csv"))
    assert to_rows(read_grid(tmp_path / "coffee.csv")) == to_rows(of_rows(to_rows(coffee())))
    rows = list(csv.reader(io.StringIO(export(hostile(), None, "csv").decode())))
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def test_the_maps_own_file_reads_back():
    back = read(export(coffee(), None, "yaml").decode())
    assert {card.text for card in back.cards} == {card.text for card in coffee().cards}


def test_markdown_says_what_the_drawing_says():
    text = markdown(coffee(), laid_over())
    for said in ("| Wait & receive | 66 | 37 ±3 | 3,960 |", "Later than promised (21 %; n 840; +6.1 JSI; gives up)",
                 "## What was noticed", "- **Back to Compare:** not there on the day",
                 "“It came a week late.”"):  # fmt: skip
        assert said in text
    assert "±" not in markdown(coffee())
    assert "n < 5".replace("<", "\\<") in markdown(coffee(), gappy())
    assert "*Line of visibility*" in markdown(blueprint())
    assert "## Feels" in markdown(empathy())


@given(WORDS)
@example("# <b>[x](y)</b> | `a` *c* _d_ &amp; ~e~")
@example("1. one")
def test_markdown_keeps_words_as_words(words):
    step = Step("s", words or "x", note=words)
    whole = Map("m", words, goal=words, phases=(Phase("p", words, (step,)),), lanes=(Lane("a", "actions"),),
                cards=(Card("c", "a", "s", words), Card("d", "a", "s", words)))  # fmt: skip
    text = markdown(whole)
    bare = re.sub(r"\\.", "", text.replace("**", ""))
    assert not re.search(r"[<>\[\]`|~]", bare)
    assert all(re.match(r"(#{1,3} |- |  - |\S|$)", line) for line in text.splitlines())


def tasks(text: str) -> list[tuple[str, str, int, list[str]]]:
    """A Mermaid journey's tasks, as its grammar has them: section, name, score, people."""
    first, title, *lines = text.splitlines()
    assert (first, title[:10]) == ("journey", "    title ")
    found, section = [], ""
    for line in lines:
        if line.startswith("    section "):
            section = line[12:]
            continue
        assert re.fullmatch(r" {8}[^:;#\n]+: [1-5]: [^:;#\n]+", line), line
        name, score, people = line.strip().split(": ")
        assert not re.match(r"(title|section|journey)\b", name, re.IGNORECASE)
        found.append((section, name, int(score), [one.strip() for one in people.split(",")]))
    return found


def test_mermaid_scores_what_was_measured_else_what_is_believed():
    found = tasks(mermaid(coffee(), laid_over()))
    assert [one[1] for one in found] == [step.name for step in coffee().steps()]
    assert {one[1]: one[2] for one in found} == {
        "Discover": 3, "Compare": 4, "Order": 4, "Wait & receive": 2, "Use": 4, "Ask for help": 3,
    }  # fmt: skip
    assert {one[0] for one in found} == {"Before the order", "Purchase", "Afterwards"}
    assert [one[2] for one in tasks(mermaid(coffee()))] == [4, 3, 4, 4, 4, 3]


@given(WORDS, WORDS)
@example("a: b; #c %% <d>", "x, y: z; #1")
@example("section one", "title: x")
def test_mermaid_is_always_a_diagram(words, person):
    step = Step("s", words)
    whole = Map("m", words, personas=(person,), phases=(Phase("p", words, (step, Step("t", "Section 2"))),))
    assert len(tasks(mermaid(whole))) == 2


@pytest.mark.parametrize("kind", FORMATS)
def test_what_people_write_stops_no_format(kind):
    needed_for(kind)
    data = export(hostile(), laid_over(), kind)
    assert export(Map("m", ""), None, kind)
    if kind == "svg":
        assert FORMULA[:12] in "".join(texts(assert_sound(data.decode().split("\n", 1)[1])))
    assert filename(coffee(), kind) == f"coffee-machine.{FORMATS[kind].ending}"


def test_what_there_is_not_is_said():
    with pytest.raises(QuestionError, match="there is no format 'doc'"):
        export(coffee(), None, "doc")
    with pytest.raises(QuestionError, match="there is no paper 'a5'"):
        export(coffee(), None, "pdf", paper="a5")
    assert set(PAPERS) == {"whole", "a4", "a3", "letter", "tabloid"}


@pytest.mark.parametrize(("kind", "module"), [("xlsx", "xlsxwriter"), ("pptx", "pptx"), ("pdf", "weasyprint"),
                                              ("png", "resvg_py")])  # fmt: skip
def test_what_is_not_installed_is_said(monkeypatch, kind, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(QuestionError, match="optional part") as told:
        export(coffee(), None, kind)
    assert "pip install" in told.value.todo
