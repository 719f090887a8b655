"""Event logs in XES: what is read, what is set aside, and what is refused."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from touchline.errors import SourceError
from touchline.sources import open_export
from touchline.vocabulary.schemas import QUARANTINE, RAW_INTERACTIONS, validate

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- by hand -->\n<log xes.version="1.0">\n'
GLOBALS = (
    '<global scope="event">\n<string key="concept:name" value="?"/>\n</global>\n<string key="origin" value="x"/>\n'
)


def event(name: str | None = "pay", time: str | None = "2026-01-01T10:00:00+01:00", more: str = "") -> str:
    cells = (f'<string key="concept:name" value="{name}"/>' if name is not None else "") + (
        f'<date key="time:timestamp" value="{time}"/>' if time is not None else ""
    )
    return f"<event>\n{cells}{more}\n</event>\n"


def trace(*events: str, name: str | None = "c1", more: str = "") -> str:
    named = f'<string key="concept:name" value="{name}"/>\n' if name is not None else ""
    return f"<trace>\n{named}{more}{''.join(events)}</trace>\n"


def written(
    path: Path, *traces: str, head: str = HEAD + GLOBALS, tail: str = "</log>\n", encoding: str = "utf-8"
) -> Path:
    data = (head + "".join(traces) + tail).encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def read(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    good, bad = [], []
    for chunk in open_export(path).chunks():
        validate(chunk.interactions, RAW_INTERACTIONS)
        validate(chunk.quarantine, QUARANTINE)
        good += chunk.interactions.to_pylist()
        bad += chunk.quarantine.to_pylist()
    return good, bad


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz", "log.xml"])
def test_an_event_is_an_interaction(tmp_path: Path, name: str) -> None:
    more = '<string key="org:resource" value="Ann"/><float key="amount" value="12.5"/><float key="weight" value="0.5"/>'
    more += '<int key="tries" value="3"/>'
    age = '<int key="age" value="41"/>'
    path = written(tmp_path / name, trace(event(more=more), event("ship"), more=age), trace(event(), name="c2"))
    good, bad = read(path)
    assert not bad
    assert [(g["customer_ref"], g["conversation_ref"], g["event"], g["kind"]) for g in good] == [
        ("c1", "c1", "pay", "event"),
        ("c1", "c1", "ship", "event"),
        ("c2", "c2", "pay", "event"),
    ]
    assert good[0]["occurred_at"].isoformat() == "2026-01-01T09:00:00+00:00"
    assert good[0]["agent"] == "Ann"
    assert dict(good[0]["attributes"]) == {"weight": "0.5", "tries": "3", "case:age": "41"}
    assert good[0]["value"] == 12.5
    assert dict(good[1]["attributes"]) == {"case:age": "41"}
    assert good[0]["source"] == "log"


def test_rows_are_lines_of_the_log(tmp_path: Path) -> None:
    path = written(tmp_path / "log.xes", trace(event(), event("ship")))
    good, _ = read(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [lines[g["row"] - 1] for g in good] == ["<event>", "<event>"]


def test_a_log_on_one_line_keeps_every_event(tmp_path: Path) -> None:
    text = (HEAD + trace(*[event(f"e{i}") for i in range(5)]) + "</log>").replace("\n", " ")
    path = tmp_path / "log.xes"
    path.write_text(text, encoding="utf-8")
    good, bad = read(path)
    assert not bad
    assert [g["event"] for g in good] == [f"e{i}" for i in range(5)]
    assert len({g["row"] for g in good}) == 5


def test_events_that_cannot_be_used_are_set_aside_with_their_line_and_bytes(tmp_path: Path) -> None:
    path = written(
        tmp_path / "log.xes.gz",
        trace(event(), event(None), event(time=None), event(time="soon")),
        trace(event("lost"), name=None),
        event("stray"),
    )
    good, bad = read(path)
    assert [g["event"] for g in good] == ["pay"]
    said = ["what happened", "is empty", "no time", "no concept:name", "in no trace"]
    assert len(bad) == 5
    assert all(words in b["reason"] for words, b in zip(said, bad, strict=True))
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert all(lines[b["row"] - 1] == "<event>" for b in bad)
    assert bad[4]["raw"].decode() == event("stray").strip()


@pytest.mark.parametrize("packed", [False, True])
def test_a_log_that_is_cut_off_keeps_what_came_before(tmp_path: Path, packed: bool) -> None:
    path = written(
        tmp_path / ("log.xes.gz" if packed else "log.xes"), *[trace(event(), name=f"c{i}") for i in range(9)]
    )
    data = path.read_bytes()
    if packed:  # a piece of a gzip gives nothing where it is this short: cut the text, pack it, cut the end
        data = gzip.compress(gzip.decompress(data)[:-60])[:-6]
    path.write_bytes(data if packed else data[:-60])
    good, bad = read(path)
    assert len(good) == 8
    assert len(bad) == 1
    assert "breaks off" in bad[0]["reason"]


def test_nested_attributes_and_lists_get_dotted_names(tmp_path: Path) -> None:
    more = (
        '<list key="items"><values><string key="name" value="shoe"/></values></list>'
        '<string key="city" value="Bonn"><int key="zip" value="53111"/></string>'
    )
    good, _ = read(written(tmp_path / "log.xes", trace(event(more=more))))
    assert dict(good[0]["attributes"]) == {"items.name": "shoe", "city": "Bonn", "city.zip": "53111"}


def test_other_encodings_are_those_that_the_file_states(tmp_path: Path) -> None:
    head = HEAD.replace("UTF-8", "ISO-8859-1")
    good, _ = read(written(tmp_path / "log.xes", trace(event("prüfen")), head=head, encoding="latin-1"))
    assert good[0]["event"] == "prüfen"


def test_a_document_type_is_refused_before_any_entity(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE log [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>\n'
    head = HEAD.replace("<log", bomb + "<log")
    path = written(tmp_path / "log.xes", trace(event("&b;")), head=head)
    with pytest.raises(SourceError, match="document type") as refused:
        read(path)
    assert "line 3" in str(refused.value)


def test_a_log_without_events_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no event"):
        open_export(written(tmp_path / "log.xes"))


def test_many_events_go_through_in_pieces(tmp_path: Path) -> None:
    traces = [trace(*[event(f"e{i % 7}", more=f'<int key="i" value="{i}"/>') for i in range(n, n + 50)], name=f"c{n}")
              for n in range(0, 12_000, 50)]  # fmt: skip
    good, bad = read(written(tmp_path / "log.xes", *traces))
    assert not bad
    assert [dict(g["attributes"])["i"] for g in good] == [str(i) for i in range(12_000)]
