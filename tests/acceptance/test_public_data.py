"""Real exports through the public command line, and whether what comes out makes sense of them."""

from __future__ import annotations

import csv
import html
import re

import pytest

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def file(shared_data):
    return shared_data / "cfpb" / "complaints.csv"


@pytest.fixture(scope="module")
def first_look(asked, file):
    return asked("analyse", file)


class TestComplaints:
    """A real, untidy, cut-off export of complaints to a public authority."""

    def test_every_record_has_its_place_and_the_cut_off_one_is_kept(self, touchline, asked, file, tmp_path):
        touchline("init", tmp_path)
        (imported,) = asked("import", file, "-w", tmp_path)
        assert (imported["received"], imported["stored"], imported["quarantined"]) == (2068, 2067, 1)
        assert "quote" in imported["reasons"][0]["reason"]
        (again,) = asked("import", file, "-w", tmp_path)
        assert (again["stored"], again["duplicate"], again["quarantined"]) == (0, 2067, 1)
        status = asked("status", "-w", tmp_path)
        assert status["balanced"]
        assert status["interactions"] == 2067
        assert status["first"] > "2011"
        assert asked("check", "-w", tmp_path)["sound"]
        assert asked("rebuild", "-w", tmp_path)["equal"]

    def test_complaints_are_negative_and_most_find_a_stage(self, first_look):
        rows = {row["stage"]: row for row in first_look["stages"]["rows"]}
        touches = sum(row["n"] for row in rows.values())
        assert touches >= 2000
        assert rows["unassigned"]["n"] < 0.25 * touches
        assert sum(row["n"] * (row["negative"] or 0) for row in rows.values()) > 0.85 * touches
        assert first_look["headline"]

    def test_the_commonest_cause_is_the_commonest_issue(self, first_look, file):
        with file.open(encoding="utf-8", newline="") as rows:
            issues = [row["Issue"] or "" for row in csv.DictReader(rows)]
        assert max(set(issues), key=issues.count) == "Incorrect information on your report"
        causes = [row for row in first_look["causes"]["rows"] if not row["hidden"]]
        assert "incorrect" in max(causes, key=lambda row: row["customers"])["name"].lower()

    def test_the_report_shows_their_words_and_needs_no_network(self, touchline, file, tmp_path):
        report = tmp_path / "r.html"
        told = touchline("analyse", file, "--report", report)
        assert "The journey, stage by stage" in told
        text = report.read_text(encoding="utf-8")
        quoted = [html.unescape(words) for words in re.findall(r"<blockquote[^>]*>(?:<[^>]*>)*([^<]+)<", text)]
        with file.open(encoding="utf-8", errors="replace", newline="") as rows:
            complaints = " ".join(" ".join(cell for row in csv.reader(rows) for cell in row).split())
        assert quoted
        assert all(" ".join(words.strip(" …“”").split())[:40] in complaints for words in quoted)
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)

    def test_the_same_file_gives_the_same_figures_again(self, first_look, asked, file):
        assert asked("analyse", file) == first_look


class TestDialogues:
    """Conversations with agents, as nested JSON."""

    def test_only_customers_make_touches(self, touchline, asked, shared_data, tmp_path):
        touchline("init", tmp_path, "--template", "ecommerce")
        (imported,) = asked("import", shared_data / "abcd" / "abcd_sample.json", "-w", tmp_path)
        assert imported["stored"] == imported["received"] > 50
        status = asked("status", "-w", tmp_path)
        assert 0 < status["touches"] < status["mentions"] < status["texts"] * 3
        assert asked("check", "-w", tmp_path)["sound"]
        (again,) = asked("import", shared_data / "abcd" / "abcd_sample.json", "-w", tmp_path)
        assert again["duplicate"] == again["received"]


class TestTurns:
    """Turns of customers, one a row, without a column of times."""

    def test_turns_of_a_conversation_are_counted_once_a_stage(self, touchline, asked, shared_data, tmp_path):
        touchline("init", tmp_path)
        path = shared_data / "multidogo" / "airline_dev.tsv"
        (imported,) = asked("import", path, "-w", tmp_path, "--date", "2026-03-01")
        with path.open(encoding="utf-8", newline="") as rows:
            conversations = {row["conversationId"] for row in csv.DictReader(rows, delimiter="\t")}
        assert imported["stored"] == imported["received"]
        stages = asked("show", "stages", "-w", tmp_path)["rows"]
        assert all(row["customers"] <= len(conversations) for row in stages)
        assert all(row["n"] == row["customers"] for row in stages)  # one touch a conversation and stage
        assert sum(row["n"] for row in stages) < imported["stored"]
        assert asked("show", "trend", "-w", tmp_path)["rows"][0]["period"] == "2026-02-23"
