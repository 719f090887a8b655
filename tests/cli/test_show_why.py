"""`touchline show why`, `drivers`, `moments`, `differences`, `changepoints` and the NPS bridge, over a small world."""

from __future__ import annotations

import pytest

QUESTIONS = [
    ("why", "delivery"),
    ("drivers",),
    ("differences", "--limit", "20"),
    ("changepoints",),
    ("change", "--metric", "nps", "--since", "2026-05-01", "--until", "2026-10-31", "--by", "theme"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_it_is_a_table_json_and_who_is_behind(run, asked, question):
    figure = run("show", *question, "--workspace", asked, "--json").json
    assert figure["figure"] == ("nps_bridge" if question[0] == "change" else question[0])
    assert figure["meaning"]
    for row in figure["rows"]:
        assert {"n", "customers", "low", "high", "hidden", "low_n"} <= set(row)
    table = run("show", *question, "--workspace", asked)
    assert table.code == 0, table.err
    assert figure["meaning"][:20] in table.told
    if figure["rows"]:
        who = run("show", *question, "--workspace", asked, "--json", "--who", "1").json
        assert who["facts"]["customers"] == figure["rows"][0]["customers"]
    else:
        assert question[0] == "changepoints"


@pytest.mark.parametrize("question", [("moments",), ("drivers", "--of", "churn")], ids=" ".join)
def test_what_too_little_is_known_for_says_so_or_is_shown(run, asked, question):
    ran = run("show", *question, "--workspace", asked)
    assert ran.code == 0 or (ran.code == 2 and "too little is known" in ran.told), ran.told


def test_a_question_that_cannot_be_asked_says_why(run, asked):
    wrong = run("show", "why", "delivry", "--workspace", asked)
    assert wrong.code == 2
    assert "delivery" in wrong.told
    alone = run("show", "change", "--metric", "nps", "--workspace", asked)
    assert alone.code == 2
    assert "--last" in alone.told
