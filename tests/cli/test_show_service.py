"""`touchline show service`, `reasons`, `backlog`, `fcr`, `sla`, and `touchline staffing`."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("service", ("--by", "team")),
        ("service", ("--by", "week", "--channel", "chat")),
        ("reasons", ("--last", "60")),
        ("backlog", ()),
        ("backlog", ("--by", "agent", "--at", "2026-06-01")),
        ("fcr", ("--by", "all")),
        ("sla", ("--by", "segment:tier")),
    ],
)
def test_every_question_is_answered_as_table_json_and_csv(run, asked, question, options):
    found = run("show", question, "-w", asked, *options, "--json").json
    assert found["figure"] == question
    assert found["rows"]
    shown = run("show", question, "-w", asked, *options, width=200)
    assert shown.code == 0
    assert found["meaning"].split(":")[0] in shown.told
    rows = run("show", question, "-w", asked, *options, "--csv").out.splitlines()
    assert len(rows) == 1 + len(found["rows"])


def test_the_customers_behind_a_row_are_as_many_as_it_counts(run, asked):
    row = run("show", "service", "-w", asked, "--json").json["rows"][0]
    who = run("show", "service", "-w", asked, "--who", "1", "--json").json
    assert who["facts"]["customers"] == row["customers"]


def test_what_makes_no_sense_is_refused_with_what_to_do(run, asked):
    for arguments, told in (
        (("show", "service", "-w", asked, "--by", "chanel"), "channel"),
        (("show", "backlog", "-w", asked, "--at", "2026-01-01"), "--by channel"),
        (("staffing", "--calls", "10", "--mails", "5"), "--calls per hour or --mails per day"),
        (("staffing", "--calls", "10", "--target", "80"), "80/20"),
        (("staffing", "--calls", "10", "--aht", "soon"), "240s"),
        (("staffing", "--mails", "10", "--target", "90/24h", "--hours", "always"), "mon-fri"),
    ):
        ran = run(*arguments)
        assert ran.code == 2
        assert told in ran.told


def test_staffing_by_calls_patience_and_mails(run):
    patient = run("staffing", "--calls", "200", "--aht", "180s", "--target", "80/20", "--json").json
    assert (patient["facts"]["agents"], patient["facts"]["model"]) == (14, "Erlang C")
    leaving = run(
        "staffing", "--calls", "200", "--aht", "3 min", "--target", "80/20", "--patience", "120s", "--json"
    ).json
    assert leaving["facts"]["model"] == "Erlang A"
    assert leaving["facts"]["agents"] <= 14
    assert [row["agents"] for row in leaving["rows"] if row["needed"]] == [leaving["facts"]["agents"]]
    mails = run("staffing", "--mails", "300", "--aht", "6 min", "--target", "90/3d", "--shrinkage", "30")
    assert "6 agents, 9 on the rota" in mails.told
