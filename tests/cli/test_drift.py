"""`touchline drift`: recent days against those before."""

from __future__ import annotations

import csv
import io

import pytest


def test_it_is_one_figure_as_table_json_and_csv(run, asked):
    shown = run("drift", "-w", asked, width=140)
    assert shown.code == 0
    found = run("drift", "-w", asked, "--json").json
    assert found["figure"] == "drift"
    names = [row["measure"] for row in found["rows"]]
    assert {"stage mix", "unassigned share", "mean stage confidence", "words never met"} <= set(names)
    assert all(name in shown.told for name in names)
    assert found["facts"]["verdict"] in ("steady", "watch", "drifted", "too few")
    table = list(csv.DictReader(io.StringIO(run("drift", "-w", asked, "--csv").out)))
    assert [row["measure"] for row in table] == names


def test_lengths_are_days_or_weeks(run, asked):
    one, other = (
        run("drift", "-w", asked, "--recent", recent, "--reference", "60d", "--json").json for recent in ("28d", "4w")
    )
    assert one == other
    assert one["facts"]["since"] > one["facts"]["reference_until"]


def test_it_can_be_asked_of_a_part(run, asked):
    everything, part = (
        run("drift", "-w", asked, *only, "--json").json["rows"][0] for only in ((), ("--channel", "email"))
    )
    assert 0 < part["n_reference"] < everything["n_reference"]


@pytest.mark.parametrize("width", [60, 100])
def test_it_keeps_to_the_terminal(run, asked, width):
    assert max(map(len, run("drift", "-w", asked, width=width).out.splitlines())) <= width


@pytest.mark.parametrize("length", ["soon", "0d", "3 months"])
def test_what_is_no_length_of_time_is_an_error(run, asked, length):
    found = run("drift", "-w", asked, "--recent", length)
    assert (found.code, found.out) == (2, "")
    assert "14d or 2w" in found.told
