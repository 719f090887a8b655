"""Real exports, untidy as they are."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from touchline.sources import open_export

pytestmark = pytest.mark.shared_data


def read(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    chunks = list(open_export(path).chunks())
    good = [row for c in chunks for row in c.interactions.to_pylist()]
    return good, [row for c in chunks for row in c.quarantine.to_pylist()]


def test_complaints(shared_data: Path) -> None:
    path = shared_data / "cfpb" / "complaints.csv"
    export = open_export(path)
    mapping = export.mapping
    assert (export.source, mapping.kind) == ("complaints", "complaint")
    assert mapping.first("time") == "Date received"
    assert mapping.first("id") == "Complaint ID"
    assert mapping.first("channel") == "Submitted via"
    assert mapping.of("text") == ("Issue", "Sub-issue", "Consumer complaint narrative")
    assert {"Product", "Sub-product", "Company", "State", "Tags"} <= set(mapping.segments)
    assert "ZIP code" not in mapping.segments
    good, bad = read(path)
    assert (len(good), len(bad)) == (2067, 1)  # the file is cut off within its last row
    assert bad[0]["raw"] == b'2023-07-17,"Credit reporting, credit repair services, '
    assert len({g["interaction_id"] for g in good}) == 2067
    assert all(g["date_only"] for g in good)
    assert Counter(g["channel"] for g in good).most_common(1)[0][0] == "web"
    with path.open(encoding="utf-8", newline="") as stream:
        narratives = [r["Consumer complaint narrative"] for r in csv.DictReader(stream) if r["Complaint ID"]]
    for one, narrative in zip(good, narratives, strict=True):
        assert (one["text"] or "").endswith(narrative.strip())


def test_dialogues(shared_data: Path) -> None:
    good, bad = read(shared_data / "abcd" / "abcd_sample.json")
    assert not bad
    assert len({g["conversation_ref"] for g in good}) == 3
    turns = [t for c in json.loads((shared_data / "abcd" / "abcd_sample.json").read_text()) for t in c["original"]]
    who = {"agent": "employee", "customer": "customer", "action": "system"}
    assert [(g["author"], g["text"]) for g in good] == [(who[speaker], text) for speaker, text in turns]


@pytest.mark.parametrize("name", ["airline_dev", "fastfood_dev", "finance_dev", "media_dev"])
def test_customer_turns(shared_data: Path, name: str) -> None:
    path = shared_data / "multidogo" / f"{name}.tsv"
    with path.open(encoding="utf-8", newline="") as stream:
        expected = list(csv.DictReader(stream, delimiter="\t"))
    good, bad = read(path)
    assert not bad
    assert [g["text"] or "" for g in good] == [r["utterance"].strip() for r in expected]
    assert [g["conversation_ref"] for g in good] == [r["conversationId"] for r in expected]
    assert [g["sequence"] for g in good] == [int(float(r["turnNumber"])) for r in expected]
    assert [g["interaction_id"] for g in good] == [r["utteranceId"] for r in expected]
