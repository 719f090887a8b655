"""`touchline show attribution`, `issues`, `compounding`, `grievances` and `effort`, over a small world."""

from __future__ import annotations

import pytest

QUESTIONS = [
    ("attribution", "--conversion", "renewal"),
    ("attribution", "--conversion", "event:order_placed", "--value", "value", "--window", "30d", "--model", "linear"),
    ("attribution", "--jsi", "--model", "markov", "--by", "tier", "--replicates", "20"),
    ("issues", "--all"),
    ("compounding",),
    ("grievances",),
    ("effort", "--by", "tier"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_it_is_a_table_json_and_who_is_behind(run, asked, question):
    figure = run("show", *question, "--workspace", asked, "--json").json
    assert figure["figure"] == question[0]
    assert figure["meaning"]
    assert figure["rows"]
    assert {"n", "customers", "low", "high", "hidden", "low_n"} <= set(figure["rows"][0])
    table = run("show", *question, "--workspace", asked)
    assert table.code == 0, table.err
    assert figure["meaning"].split(":")[0][:20] in table.told
    who = run("show", *question, "--workspace", asked, "--json", "--who", "1").json
    assert who["figure"] == "customers"
    assert who["facts"]["customers"] == figure["rows"][0]["customers"] or question[0] == "compounding"


def test_a_question_that_cannot_be_asked_says_why(run, asked):
    neither = run("show", "attribution", "--workspace", asked)
    assert neither.code == 2
    assert "jsi=True" in neither.told
    wrong = run("show", "grievances", "--at", "renewl", "--workspace", asked)
    assert wrong.code == 2
    assert "renewal" in wrong.told
