"""A map as the grid that people keep in spreadsheets, and such a grid as a map.

Phases and steps stand across, lanes down, cards in the cells, a line each. What stands above the grid says what it is
about. Ids, and what a card carries beside its words, have no place in a grid: a map's own file keeps them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from touchline.errors import InputError, MapError
from touchline.maps.kinds import LANE_KINDS
from touchline.maps.model import Card, Lane, Map
from touchline.maps.naming import free, slug
from touchline.maps.reading import of_nested
from touchline.vocabulary.names import fold
from touchline.vocabulary.spreadsheets import csv_row, undefused
from touchline.words import Number, phrase

#: A grid may have this many columns and rows.
MOST: Final = 1_000

_HEADS: Final = {
    "map": "name", "kind": "kind", "state": "state", "persona": "personas", "scenario": "scenario", "goal": "goal",
    "scope": "scope", "owner": "owner",
}  # fmt: skip
_HEAD_WORDS: Final = {
    **{fold(key): name for key, name in _HEADS.items()},
    "title": "name", "name": "name", "journey": "name", "personas": "personas",
}  # fmt: skip
_COLUMNS: Final = {
    "phase": "phase", "phases": "phase", "step": "step", "steps": "step", "stage": "stage", "stages": "stage",
    "step_s_touchpoint": "touchpoint", "moment_that_matters": "moment", "step_note": "note", "zoom": "zoom",
}  # fmt: skip
_SAID: Final = {"Stage": "stage", "Step's touchpoint": "touchpoint", "Step note": "note", "Zoom": "zoom"}
#: What other tools and teams call lanes.
_ALSO: Final = {
    "actions": "action doing customer_actions user_actions activities tasks steps_taken what_they_do behaviour",
    "thoughts": "thinking thought what_they_think thoughts_and_questions mindset",
    "questions": "question",
    "motivations": "motivation needs need goals customer_goals user_goals jobs_to_be_done",
    "emotions": "emotion feeling feelings what_they_feel emotional_journey sentiment experience emotional_state mood",
    "pains": "pain pain_point frustrations problems barriers issues challenges negatives",
    "happy": "happy_moment gains_and_delights delights positives highlights",
    "touchpoints": "touchpoint touch_points touch_point",
    "channels": "channel media",
    "quotes": "quote verbatims verbatim customer_quotes",
    "kpis": "kpi metrics metric measures targets",
    "opportunities": "opportunity improvements",
    "solutions": "solution ideas idea",
    "front_stage": "frontstage front_stage_actions onstage_actions",
    "back_stage": "backstage back_stage_actions backstage_actions offstage_actions",
    "support": "support_process supporting_processes internal_processes",
    "systems": "system technology tools it_systems",
    "responsibilities": "responsible owners owner_of_step departments teams internal_ownership",
    "notes": "note comments remarks",
}
_BULLET: Final = re.compile(r"(?:[-*•–·▪◦]|[0-9]{1,2}[.)])\s+")
_BRACKET: Final = re.compile(r"(.*?)\s*\[([a-z_]+)(?::\s*(.*))?\]", re.DOTALL)
_BELIEVED: Final = re.compile(r"believed(?:\s*:\s*(.+))?", re.IGNORECASE | re.DOTALL)
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")


def _lane_words() -> dict[str, str]:
    found = {fold(words): kind for kind, many in _ALSO.items() for words in many.split()}
    for kind in LANE_KINDS.values():
        found |= {fold(kind.title): kind.name, fold(kind.name): kind.name}
    del found[fold(LANE_KINDS["custom"].title)]  # "Lane" says nothing
    return found


_LANES: Final = _lane_words()


def to_rows(found: Map) -> list[list[str]]:
    """Return a map as the rows of a grid.

    >>> from touchline.maps.reading import read
    >>> tea = read("{name: Tea, phases: [{name: Buy, steps: [Looks, {name: Pays, cards: {pains: Dear}}]}]}")
    >>> for row in to_rows(tea):
    ...     print(row)
    ['Map', 'Tea', '']
    ['Phase', 'Buy', '']
    ['Step', 'Looks', 'Pays']
    ['Pain points', '', 'Dear']
    """
    steps = list(found.steps())
    rows = []
    for key, name in _HEADS.items():
        value = getattr(found, name)
        text = "; ".join(filter(None, value)) if isinstance(value, tuple) else value
        if text and (name, text) not in (("kind", "journey"), ("state", "current")):
            rows.append([key.capitalize(), _line(text)])
    firsts = {phase.steps[0].id: phase.name for phase in found.phases if phase.steps}
    rows.append(["Phase", *(_line(firsts.get(step.id, "")) for step in steps)])
    rows.append(["Step", *(_line(step.name) for step in steps)])
    for label, name in (
        ("Stage", "stage"),
        ("Step's touchpoint", "touchpoint"),
        ("Step note", "note"),
        ("Zoom", "zoom"),
    ):
        if any(getattr(step, name) for step in steps):
            rows.append([label, *(_line(getattr(step, name)) for step in steps)])
    if any(step.moment for step in steps):
        rows.append(["Moment that matters", *("yes" if step.moment else "" for step in steps)])
    for persona in dict.fromkeys(one.persona for step in steps for one in step.believed if one.jsi is not None):
        told = [next((one.jsi for one in step.believed if one.persona == persona), None) for step in steps]
        label = f"Believed: {_line(persona)}" if persona else "Believed"
        rows.append([label, *("" if jsi is None else f"{round(jsi, 2):g}" for jsi in told)])
    for lane in found.lanes:
        cells = (found.cell(lane.id, step.id) for step in steps)
        rows.append([_label(lane), *("\n".join(_line(words(card)) for card in cell) for cell in cells)])
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]


def to_csv(found: Map, *, exact: bool = False) -> str:
    """Return a map as a grid in CSV; cells that a spreadsheet would run are defused, unless they are for programs."""
    return "".join(csv_row(row, exact=exact) for row in to_rows(found))


def words(card: Card) -> str:
    """Return what a card says, or what it is where it has no words.

    >>> words(Card("c", "l", "s", metric="nps", target=40.0))
    'nps 40'
    """
    if card.text.strip() or not card.metric:
        return card.text or card.touchpoint or card.channel or card.picture
    value = card.value if card.value is not None else card.target
    return card.metric if value is None else f"{card.metric} {value:g}"


def read_grid(path: Path, *, sheet: str | None = None, scale: tuple[float, float] = (0, 100)) -> Map:
    """Read a map from a spreadsheet: CSV in any usual encoding and with any usual delimiter, Excel, OpenDocument.

    Args:
        path: The file; its name is the map's where the grid names none.
        sheet: Of a workbook; None for the first with content.
        scale: What the lowest and highest numbers of an emotion mean: ``(-2, 2)``, ``(1, 10)``.

    Raises:
        MapError: It holds no grid; the row and column are told.
        SourceError: The file cannot be read.
    """
    from touchline.sources.excel import SOURCE, sheet_rows
    from touchline.sources.files import SourceFile

    file = SourceFile.open(path)
    rows = sheet_rows(file, sheet) if SOURCE.recognise(file) else _csv_rows(file)
    return of_rows(rows, name=file.stem, where=str(path), scale=scale)


def _csv_rows(file: Any) -> list[list[str]]:
    from touchline.sources.encodings import as_utf8, detect

    data, start = as_utf8(file, detect(file))
    text = bytes(data[start:]).decode("utf-8", "replace")
    first = "\n".join(text.splitlines()[:20])
    delimiter = max(",;\t|", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise MapError(
            phrase("this is no CSV: {error}", error=str(error)), where=str(file.path), todo=phrase("export it again")
        ) from error
    return [[undefused(cell) for cell in row] for row in rows]


def of_rows(
    rows: Sequence[Sequence[str]], *, name: str = "Map", where: str = "grid", scale: tuple[float, float] = (0, 100)
) -> Map:
    r"""Return the map that a grid shows.

    The row that begins with ``Step`` (else ``Phase`` or ``Stage``, else the first) names the columns; an empty phase is
    that of the column before. Below, each row is a lane; its kind is told by its name, in the words that teams use.
    A grid with the steps down is turned. Cells hold a card a line.

    Args:
        rows: The cells as texts.
        name: The map's, where the grid names none.
        where: What to call it in errors.
        scale: What the lowest and highest numbers of an emotion mean.

    Raises:
        MapError: There is no grid; the row and column are told.

    >>> rows = [["", "Looks", "Pays"], ["Doing", "- Reads reviews\n- Asks", ""], ["Frustrations", "", "Dear"]]
    >>> found = of_rows(rows)
    >>> [step.name for step in found.steps()], [lane.kind for lane in found.lanes], [card.text for card in found.cards]
    (['Looks', 'Pays'], ['actions', 'pains'], ['Reads reviews', 'Asks', 'Dear'])
    """
    if not scale[0] < scale[1]:
        raise InputError(
            phrase(
                "a scale from {value} to {value2} is none",
                value=Number(f"{scale[0]:g}"),
                value2=Number(f"{scale[1]:g}"),
            ),
            todo=phrase("write the lower number first"),
        )
    return _Grid(_turned(_trimmed(rows, where)), name, where, scale).map()


@dataclass(slots=True)
class _Row:
    """A row with its number in the file, its label and its cells."""

    number: int
    label: str
    cells: list[str]


@dataclass(slots=True)
class _Grid:
    """What is read of a grid, as it is found."""

    rows: list[_Row]
    name: str
    where: str
    scale: tuple[float, float]
    head: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    lanes: list[dict[str, str]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)

    def map(self) -> Map:
        """Read all."""
        top = next((at for at, row in enumerate(self.rows) if _columns_of(row)), None)
        body = self.rows
        if top is None:
            if not any(body[0].cells):
                raise self._error(
                    "the first row names no step", body[0].number if body else 1, 1, "name the steps in it"
                )
            self.columns["step"] = body[0].cells
            body = body[1:]
        else:
            self._head(body[:top])
            body = body[top:]
        lanes = []
        for row in body:
            kind = _columns_of(row)
            if kind and kind not in self.columns:
                self.columns[kind] = row.cells
            else:
                lanes.append(row)
        self._steps()
        for row in lanes:
            self._lane(row)
        title = self.head.get("name") or self.name
        data = {"map": slug(title, "map"), **self.head, "name": title, "lanes": self.lanes, "phases": self._phases()}
        return of_nested(data, self.where)

    def _head(self, rows: list[_Row]) -> None:
        for row in rows:
            key = _HEAD_WORDS.get(fold(row.label))
            text = next((cell for cell in row.cells if cell), "")
            if key is None:
                todo = f"it stands above the steps; known there are {', '.join(_HEADS)}"
                raise self._error(f"{row.label or text!r} is not known", row.number, 1, todo)
            self.head[key] = [one.strip() for one in text.split(";") if one.strip()] if key == "personas" else text
            if key in ("kind", "state"):
                self.head[key] = text.strip().lower()

    def _steps(self) -> None:
        """Find the columns."""
        if "phase" not in self.columns and "step" in self.columns and "stage" in self.columns:
            self.columns["phase"] = self.columns.pop("stage")
        if "step" not in self.columns:
            named = self.columns.get("phase") or self.columns.pop("stage")
            self.columns["phase"] = named
            self.columns["step"] = _filled(named)
        for at, name in enumerate(self.columns["step"]):
            step: dict[str, Any] = {"name": name}
            for key in ("stage", "touchpoint", "note", "zoom"):
                if text := self._cell(key, at):
                    step[key] = text
            if self._cell("moment", at):
                step["moment"] = fold(self._cell("moment", at)) not in ("no", "false", "0", "n")
            self.steps.append(step)

    def _cell(self, key: str, at: int) -> str:
        row = self.columns.get(key, [])
        return row[at] if at < len(row) else ""

    def _lane(self, row: _Row) -> None:
        believed = _BELIEVED.fullmatch(row.label)
        kind, name, of = _lane_of(row.label)
        if believed:
            self._beliefs(row, (believed.group(1) or "").strip())
            return
        if kind == "emotions" and any(row.cells) and all(_NUMBER.fullmatch(cell) for cell in row.cells if cell):
            self._beliefs(row, of)
            row.cells = []
        which = free([slug(name or kind, "lane")], [lane["id"] for lane in self.lanes])
        self.lanes.append({"id": which, "kind": kind, **({"name": name} if name else {}), **({"of": of} if of else {})})
        for at, cell in enumerate(row.cells):
            cards = [text for line in cell.splitlines() if (text := _BULLET.sub("", line.strip(), count=1).strip())]
            if cards and (at >= len(self.steps) or not self.steps[at]["name"]):
                raise self._error("the column has cards and no step", row.number, at + 2, "name the step above them")
            if cards:
                self.steps[at].setdefault("cards", {})[which] = cards

    def _beliefs(self, row: _Row, persona: str) -> None:
        low, high = self.scale
        for at, cell in enumerate(row.cells):
            if not cell:
                continue
            value = float(cell.replace(",", ".")) if _NUMBER.fullmatch(cell) else None
            if value is None or not low <= value <= high or at >= len(self.steps):
                told = f"{cell[:40]!r} is no number from {low:g} to {high:g}"
                raise self._error(told, row.number, at + 2, "write one, or name the scale that the grid uses")
            jsi = round(100 * (value - low) / (high - low), 6)
            self.steps[at].setdefault("believed", []).append({"persona": persona, "jsi": jsi})

    def _phases(self) -> list[dict[str, Any]]:
        phases: list[dict[str, Any]] = []
        for at, step in enumerate(self.steps):
            name = self._cell("phase", at)
            if not step["name"]:
                continue
            if not phases or (name and name != phases[-1]["name"]):
                phases.append({"name": name or self.head.get("name") or self.name, "steps": []})
            phases[-1]["steps"].append(step)
        return phases

    def _error(self, what: str, row: int, column: int, todo: str) -> MapError:
        return MapError(what, where=f"{self.where}, row {row}, column {letters(column)}", todo=todo)


def letters(column: int) -> str:
    """Return a column's name in spreadsheets, the first being 1.

    >>> letters(1), letters(27)
    ('A', 'AA')
    """
    told = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        told = chr(65 + rest) + told
    return told


def _trimmed(rows: Sequence[Sequence[str]], where: str) -> list[_Row]:
    """Return the rows that hold anything, without empty columns at the right."""
    found = [_Row(at, row[0].strip(), [cell.strip() for cell in row[1:]]) for at, row in enumerate(rows, 1) if any(row)]
    for row in found:
        while row.cells and not row.cells[-1]:
            row.cells.pop()
    found = [row for row in found if row.label or row.cells]
    if not found:
        raise MapError(phrase("the grid is empty"), where=where, todo=phrase("put the steps into its first row"))
    if len(found) > MOST or max(len(row.cells) for row in found) > MOST:
        raise MapError(
            phrase("the grid has over {most} rows or columns", most=str(MOST)),
            where=where,
            todo=phrase("keep one map in a file"),
        )
    return found


def _turned(rows: list[_Row]) -> list[_Row]:
    """Return a grid that has its steps down, with its steps across."""
    across = sum(_lane_of(cell)[0] != "custom" for cell in rows[0].cells)
    down = sum(bool(_columns_of(row)) or _lane_of(row.label)[0] != "custom" for row in rows[1:])
    if across < 2 or down >= across:
        return rows
    width = max(len(row.cells) for row in rows)
    label = rows[0].label if _columns_of(rows[0]) else "Step"
    cells = [[row.label, *row.cells, *[""] * (width - len(row.cells))] for row in rows]
    turned = [_Row(at, column[0], list(column[1:])) for at, column in enumerate(zip(*cells, strict=True), 1)]
    turned[0].label = label
    return turned


def _columns_of(row: _Row) -> str:
    return _COLUMNS.get(fold(row.label), "")


def _filled(cells: Sequence[str]) -> list[str]:
    """Return cells with the one before in place of each empty one."""
    found: list[str] = []
    for cell in cells:
        found.append(cell or (found[-1] if found else ""))
    return found


def _label(lane: Lane) -> str:
    """Return a lane's name, with its kind where the name does not tell it."""
    kind = LANE_KINDS.get(lane.kind)
    name = _line(lane.name) or (kind.title if kind else lane.kind)
    if not lane.of and _lane_of(name) == (lane.kind, lane.name, ""):
        return name
    return f"{name} [{lane.kind}{f': {_line(lane.of)}' if lane.of else ''}]"


def _lane_of(label: str) -> tuple[str, str, str]:
    """Return the kind of lane that a label means, the lane's own name ("" for the kind's title), and whose it is."""
    marked = _BRACKET.fullmatch(label)
    if marked and marked.group(2) in LANE_KINDS:
        name, kind, of = marked.group(1).strip(), marked.group(2), (marked.group(3) or "").strip()
        return kind, "" if name == LANE_KINDS[kind].title else name, of
    kind = _LANES.get(fold(label), "custom")
    return kind, "" if label == LANE_KINDS[kind].title else label, ""


def _line(text: str) -> str:
    return " ".join(text.split())
