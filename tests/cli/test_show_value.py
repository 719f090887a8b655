"""`touchline show value`, `revenue`, `churn`, `health`, `clv` and `gate` on a simulated world."""

from __future__ import annotations

import csv
import io

import pytest

QUESTIONS = [
    ("value",),
    ("value", "--by", "segment:tier"),
    ("revenue",),
    ("revenue", "--by", "quarter", "--over", "segment:region"),
    ("churn",),
    ("churn", "--by", "stage"),
    ("churn", "--by", "reason"),
    ("health", "--limit", "5"),
    ("clv", "--limit", "5"),
    ("clv", "--by", "segment:tier"),
    ("gate",),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_it_is_a_table_json_and_csv_with_customers_behind(run, asked, question) -> None:
    found = run("show", *question, "--workspace", asked, "--json").json
    assert found["meaning"]
    assert found["rows"]
    assert {"n", "customers"} <= set(found["rows"][0])
    table = list(csv.DictReader(io.StringIO(run("show", *question, "--workspace", asked, "--csv").out)))
    assert list(table[0]) == list(found["rows"][0])
    for width in (60, 120):
        shown = run("show", *question, "--workspace", asked, width=width)
        assert shown.code == 0, shown.err
        assert max(map(len, shown.out.splitlines())) <= width
    assert run("show", *question, "--workspace", asked, "--who", "1", "--json").json["figure"] == "customers"


def test_money_is_exact_in_json(run, asked) -> None:
    for row in run("show", "revenue", "--workspace", asked, "--json").json["rows"]:
        assert row["revenue"] is None or isinstance(row["revenue"], str)


def test_a_segment_chooses_customers(run, asked) -> None:
    everybody = run("show", "value", "--workspace", asked, "--json").json["facts"]["customers"]
    vip = run("show", "value", "--workspace", asked, "--segment", "tier=vip", "--json").json["facts"]["customers"]
    assert 0 < vip < everybody


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (("churn", "--model"), "too little is known"),
        (("churn", "--model", "--weights"), "two questions"),
        (("churn", "--by", "raeson"), "did you mean 'reason'"),
        (("revenue", "--by", "week"), "month, quarter, year"),
        (("value", "--by", "segment:teer"), "did you mean 'tier'"),
        (("gate", "--missed", "0", "--alarm", "0"), "not both 0"),
    ],
)
def test_what_cannot_be_asked_says_why(run, asked, question, told) -> None:
    found = run("show", *question, "--workspace", asked)
    assert found.code == 2
    assert told in found.told
