"""What is past its time goes, byte by byte; what was read in words stays when only the words go."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.files import answer, fingerprint, take_in, write_csv
from tests.privacy.scanner import found

from touchline.workspace import Workspace, retaining

MARKER = "zebrafinchmarker"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def opened(make, tmp_path, rules):
    workspace = make(rules)
    rows = [answer(n) for n in range(1, 30)]
    rows += [answer(90, comment=f"The {MARKER} parcel came terribly late", date="2025-01-02 10:00")]
    rows += [answer(91, comment="The courier was friendly", date="2026-05-30 10:00")]
    take_in(workspace, write_csv(tmp_path / "a.csv", rows))
    return workspace


def told(workspace, *names):
    return {name: workspace.warehouse.fetch(f"SELECT * FROM {name} ORDER BY ALL").to_pylist() for name in names}


def test_words_go_and_what_was_read_stays(make, tmp_path):
    workspace = opened(make, tmp_path, "\n[[retention]]\ndays = 365\n")
    before = told(workspace, "touches", "mentions", "answers")
    workspace.warehouse.execute("CHECKPOINT")
    assert found(workspace.folder.inside, MARKER)
    done = retaining.retain(workspace, now=NOW)
    assert (done.whole, done.text) == (0, 1)
    assert found(workspace.folder.inside, MARKER) == []
    assert told(workspace, "touches", "mentions", "answers") == before
    assert workspace.check() == []
    rebuilt = workspace.rebuild()
    assert rebuilt.equal, rebuilt
    assert told(workspace, "touches", "mentions", "answers") == before
    assert retaining.retain(workspace, now=NOW).text == 0


def test_whole_records_go(make, tmp_path):
    workspace = opened(make, tmp_path, '\n[[retention]]\ndays = 365\nwhat = "whole"\nsources = ["sur*"]\n')
    assert retaining.retain(workspace, now=NOW).whole == 1
    assert found(workspace.folder.inside, MARKER) == []
    assert workspace.warehouse.value("SELECT count(*) FROM stored") == 30
    assert workspace.check() == []
    assert workspace.status().balanced
    assert workspace.rebuild().equal


@pytest.mark.parametrize("rule", ['kinds = ["call"]', 'sources = ["tickets*"]', "days = 1000"])
def test_what_no_rule_is_about_stays(make, tmp_path, rule):
    rule = rule if "days" in rule else f"days = 365\n{rule}"
    workspace = opened(make, tmp_path, f'\n[[retention]]\nwhat = "whole"\n{rule}\n')
    before = fingerprint(workspace)
    assert retaining.retain(workspace, now=NOW) == retaining.Retained()
    assert fingerprint(workspace) == before


def test_frozen_words_outlive_another_taxonomy(make, tmp_path):
    workspace = opened(make, tmp_path, "\n[[retention]]\ndays = 365\n")
    retaining.retain(workspace, now=NOW)
    path = workspace.folder.taxonomy
    stage = "SELECT stage, sentiment FROM mentions WHERE interaction_id = 'survey/a90'"
    before = workspace.warehouse.fetch(stage).to_pylist()
    fresh = "  - id: curiosity\n    name: Curiosity\n    kind: progress\n    description: Wants to know\n"
    fresh += "    examples: [I wonder what this is]\n  - id: awareness"
    path.write_text(path.read_text().replace("  - id: awareness", fresh, 1))
    workspace.close()
    with Workspace(workspace.folder.root) as again:
        again.catch_up()
        assert again.warehouse.fetch(stage).to_pylist() == before
        assert again.check() == []


def test_newer_rules_redact_what_was_kept(make, tmp_path):
    workspace = make()
    rows = [answer(n) for n in range(1, 9)] + [answer(50, comment=f"My number is PO-778899, {MARKER}")]
    take_in(workspace, write_csv(tmp_path / "a.csv", rows))
    assert found(workspace.folder.inside, "PO-778899")
    path = workspace.folder.settings
    path.write_text(path.read_text().replace("[privacy]", "[privacy]\npatterns = ['PO-[0-9]{6}']"))
    workspace.close()
    with Workspace(workspace.folder.root) as again:
        assert retaining.redact_again(again).interactions == 1
        text = again.warehouse.value("SELECT text FROM stored WHERE interaction_id = 'survey/a50'")
        assert text == f"My number is [ORDER_1], {MARKER}"
        assert found(again.folder.inside, "PO-778899") == []
        assert again.check() == []
        assert again.rebuild().equal
        assert retaining.redact_again(again).interactions == 0
