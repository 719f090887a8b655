"""A real log: the tickets of an Italian software company's help desk (Verenich 2016)."""

from __future__ import annotations

import gzip
from collections import Counter
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest

from touchline import read_events
from touchline.sequences import Journey

pytestmark = pytest.mark.shared_data


def _read(path: Path) -> list[tuple[str, str, str]]:
    """Case, activity and time of every event, in the log's order."""
    rows = []
    with gzip.open(path) as file:
        for _, trace in ET.iterparse(file):
            if not trace.tag.endswith("trace"):
                continue
            case = next(e.get("value", "") for e in trace if e.get("key") == "concept:name")
            for event in (e for e in trace if e.tag.endswith("event")):
                values = {e.get("key"): e.get("value", "") for e in event}
                rows.append((case, values["concept:name"], values["time:timestamp"]))
            trace.clear()
    return rows


@pytest.fixture(scope="module")
def log(shared_data: Path) -> list[tuple[str, str, str]]:
    return _read(shared_data / "event_logs" / "helpdesk.xes.gz")


@pytest.fixture(scope="module")
def journey(log: list[tuple[str, str, str]]) -> Journey:
    case, event, time = zip(*log, strict=True)
    return read_events(
        pa.table({"customer": case, "event": event, "time": pa.array(time).cast(pa.timestamp("us", "UTC"))})
    )


def _cases(journey: Journey) -> list[list[str]]:
    events = journey.journeys.coded("event").arrow().to_pylist()
    return [events[a:b] for a, b in pairwise(journey.journeys.starts.tolist())]


def test_transitions_and_variants_are_what_plain_loops_count(journey: Journey) -> None:
    cases = _cases(journey)
    assert len(cases) == 4580
    assert sum(map(len, cases)) == 21348
    follows = Counter(move for case in cases for move in pairwise(case))
    moves = {(row["source"], row["target"]): row["n"] for row in journey.transitions().to_dicts()}
    assert {move: n for move, n in moves.items() if not {"(start)", "(end)"} & {*move}} == follows
    whole = Counter(tuple(case) for case in cases)
    figure = journey.variants(top=5)
    assert figure.facts["variants"] == len(whole)
    assert figure.table["n"].to_pylist()[:5] == sorted(whole.values(), reverse=True)[:5]


def test_a_path_is_found_as_written(journey: Journey) -> None:
    text = "Assign seriousness > !Wait* > Resolve ticket"
    want = sum(
        any(
            one == "Assign seriousness"
            and "Resolve ticket" in case[at + 1 :]
            and "Wait" not in case[at + 1 : case.index("Resolve ticket", at + 1)]
            for at, one in enumerate(case)
        )
        for case in _cases(journey)
    )
    assert journey.find(text).table["n"].to_pylist() == [want]
    assert want > 1000
