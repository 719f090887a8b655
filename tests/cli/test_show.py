"""`touchline show`: every question as a table, as JSON and as CSV, with filters."""

from __future__ import annotations

import csv
import io

import pytest

QUESTIONS = [
    ("stages",),
    ("stages", "--last", "90"),
    ("jsi",),
    ("jsi", "--by", "segment:region"),
    ("jsi", "--by", "week"),
    ("jsi", "--by", "all"),
    ("jsi", "--lowest", "5"),
    ("heatmap",),
    ("heatmap", "--by", "segment:region"),
    ("heatmap", "--by", "week"),
    ("heatmap", "--by", "channel"),
    ("friction",),
    ("causes",),
    ("causes", "--stage", "delivery"),
    ("causes", "--delights"),
    ("segments",),
    ("trend",),
    ("trend", "--by", "month"),
    ("change", "--last", "90"),
    ("change", "--last", "90", "--by", "theme"),
]
#: One of each view.
TABLES = [
    question for question in QUESTIONS if question[1:] in ((), ("--by", "week"), ("--last", "90"), ("--lowest", "5"))
]


def name(question):
    return " ".join(question)


@pytest.mark.parametrize("question", QUESTIONS, ids=name)
def test_it_is_one_figure_as_json_and_the_same_rows_as_csv(run, asked, question):
    figure = run("show", *question, "--workspace", asked, "--json").json
    assert figure["meaning"]
    rows = figure["rows"]
    assert rows
    columns = set(rows[0])
    assert columns & {"n", "n_before"}
    if question[0] != "change":  # a split is exact; it has no interval
        assert {"low", "high"} <= columns
        assert {"hidden"} <= columns or question[:2] == ("jsi", "--lowest")
    table = list(csv.DictReader(io.StringIO(run("show", *question, "--workspace", asked, "--csv").out)))
    assert all(None not in row and None not in row.values() for row in table)
    assert len(table) == len(rows)
    assert list(table[0]) == list(rows[0])


@pytest.mark.parametrize("width", [60, 100])
@pytest.mark.parametrize("question", TABLES, ids=name)
def test_the_table_keeps_to_the_terminal_and_its_words_stay_whole(run, asked, question, width):
    found = run("show", *question, "--workspace", asked, width=width)
    assert found.code == 0
    lines = found.out.splitlines()
    assert max(map(len, lines)) <= width
    if question[0] in ("stages", "heatmap", "trend", "segments") or question == ("jsi",):
        for stage in ("Awareness", "Consideration", "Delivery", "Support"):
            assert any(stage in line for line in lines), stage
    for word in ("Commen", "Differen", "customer-", "Conversat\n"):
        assert not any(line.endswith(word) for line in lines)


def test_under_five_customers_a_figure_is_hidden(run, asked):
    rows = run("show", "heatmap", "--by", "week", "--workspace", asked, "--json").json["rows"]
    few = [row for row in rows if row["customers"] < 5]
    assert few
    assert all(row["hidden"] and row["value"] is row["low"] is row["high"] is None for row in few)
    assert all(not row["hidden"] for row in rows if row["customers"] >= 5)


def test_shares_are_shown_in_percent(run, asked):
    """A share of .46 that is printed as 0 would be worse than none."""
    metrics = run("show", "heatmap", "--workspace", asked, "--json").json
    share = next(r["value"] for r in metrics["rows"] if (r["stage"], r["column"]) == ("delivery", "negative"))
    line = next(
        line for line in run("show", "heatmap", "--workspace", asked, width=140).out.splitlines() if "Delivery" in line
    )
    shown = round(share if share > 1 else 100 * share)
    assert f" {shown} " in line.replace("±", " ±").replace("░", " ")


def by_method(run, asked):
    return run("show", "jsi", "--by", "method", "-w", asked, "--json").json["rows"]


#: Those that are of a period: the rest is as of a day.
PERIODIC = [question for question in QUESTIONS if question[0] not in ("lifecycle", "personas")]


@pytest.mark.parametrize("question", PERIODIC, ids=name)
def test_every_question_of_a_period_can_be_asked_of_one_method(run, asked, question):
    everything, surveys = (
        run("show", *question, *only, "-w", asked, "--json").json["rows"] for only in ((), ("--method", "survey"))
    )
    assert surveys
    assert surveys != everything


@pytest.mark.parametrize("split", ["jsi", "heatmap", "change"])
def test_figures_split_by_method(run, asked, split):
    last = ("--last", "90") if split == "change" else ()
    rows = run("show", split, "--by", "method", *last, "-w", asked, "--json").json["rows"]
    named = {row["column"] for row in rows} - {"all"} if split == "heatmap" else {row["key"] for row in rows}
    assert "survey" in named
    assert named & {"rule", "model"}
    if split == "heatmap":
        for stage in {row["stage"] for row in rows}:
            n = {row["column"]: row["n"] for row in rows if row["stage"] == stage}
            assert n.pop("all") == sum(n.values())


class TestFilters:
    def numbers(self, run, asked, *options):
        return {row["stage"]: row["n"] for row in run("show", "stages", "-w", asked, *options, "--json").json["rows"]}

    def test_a_stage_may_be_told_by_id_name_or_alias(self, run, asked):
        by = [self.numbers(run, asked, "--stage", name) for name in ("delivery", "Delivery", "fulfilment")]
        assert by[0] == by[1] == by[2]
        assert by[0]["delivery"] > 0
        assert sum(by[0].values()) == by[0]["delivery"]

    def test_a_segment_keeps_its_customers(self, run, asked):
        everyone = self.numbers(run, asked)
        each = [self.numbers(run, asked, "--segment", f"region={r}") for r in ("emea", "apac", "americas")]
        assert {stage: sum(one[stage] for one in each) for stage in everyone} == everyone
        two = self.numbers(run, asked, "--segment", "region=emea,apac")
        assert two == {stage: each[0][stage] + each[1][stage] for stage in everyone}

    def test_dates_are_inclusive_on_both_ends(self, run, asked):
        everyone = self.numbers(run, asked)
        first = self.numbers(run, asked, "--until", "2026-03-31")
        second = self.numbers(run, asked, "--since", "2026-04-01")
        assert {stage: first[stage] + second[stage] for stage in everyone} == everyone
        assert 0 < sum(first.values()) < sum(everyone.values())

    def test_channels_add_up(self, run, asked):
        email = self.numbers(run, asked, "--channel", "email")
        both = self.numbers(run, asked, "--channel", "email", "--channel", "chat")
        assert 0 < sum(email.values()) < sum(both.values())

    def test_methods_add_up(self, run, asked):
        everyone = self.numbers(run, asked)
        methods = {row["key"]: row["n"] for row in by_method(run, asked)}
        each = [self.numbers(run, asked, "--method", method) for method in methods]
        assert len(methods) > 1
        assert [sum(one.values()) for one in each] == list(methods.values())
        assert {stage: sum(one[stage] for one in each) for stage in everyone} == everyone
        assert self.numbers(run, asked, *(o for m in methods for o in ("--method", m))) == everyone

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            (("--method", "servey"), "did you mean 'survey'"),
            (("--stage", "delivry"), "did you mean 'delivery'"),
            (("--segment", "regoin=emea"), "did you mean 'region'"),
            (("--segment", "region"), "NAME=VALUE"),
            (("--since", "yesterday"), "2026-01-31"),
            (("--last", "0"), "1 or more"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_what_cannot_be_asked_is_told_with_what_can(self, run, asked, options, told):
        found = run("show", "stages", "-w", asked, *options)
        assert found.code == 2
        assert told in found.told
        assert found.out == ""

    @pytest.mark.parametrize(
        "question",
        [
            ("jsi", "--by", "wek"),
            ("heatmap", "--by", "segment:regoin"),
            ("trend", "--by", "fortnight"),
            ("causes", "--stage", "delivry"),
            ("segments", "--name", "regoin"),
            ("jsi", "--customer", "nobody"),
            ("jsi", "--at", "soon", "--lowest", "3"),
            ("change",),
        ],
        ids=name,
    )
    def test_an_unknown_name_is_an_error_and_no_empty_table(self, run, asked, question):
        found = run("show", *question, "-w", asked)
        assert (found.code, found.out) == (2, "")
        assert found.err.startswith("error")


def test_the_standing_of_one_customer(run, asked):
    lowest = run("show", "jsi", "--lowest", "3", "-w", asked, "--json").json["rows"]
    assert [row["jsi"] for row in lowest] == sorted(row["jsi"] for row in lowest)
    (one,) = run("show", "jsi", "--customer", lowest[0]["ref"], "-w", asked, "--json").json["rows"]
    assert one["jsi"] == pytest.approx(lowest[0]["jsi"])


def test_several_stages_of_causes_are_one_answer(run, asked):
    figure = run("show", "causes", "--stage", "delivery", "--stage", "support", "-w", asked, "--json").json
    assert {row["stage"] for row in figure["rows"]} == {"delivery", "support"}
