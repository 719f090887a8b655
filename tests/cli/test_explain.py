"""`touchline explain`: one interaction, its mentions and its touches."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def one(world):
    """An interaction with words, of the world's file."""
    import csv

    with (world / "interactions.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if any(len(value or "") > 40 for value in row.values())]
    return next(value for name, value in rows[0].items() if name.endswith("id") and value.startswith("I"))


def test_it_tells_mentions_stages_and_weights(run, asked, one):
    found = run("explain", one, "-w", asked)
    assert found.code == 0
    for words in ("Mention 0, characters 0 to", "Likeliest", "Together", "read by", "severity x", "Touches"):
        assert words in found.told, words


def test_as_json_it_holds_the_same(run, asked, one):
    found = run("explain", one, "-w", asked, "--json").json
    assert found["interaction_id"].endswith(f"/{one}")
    assert found["mentions"][0]["method"] in ("rule", "model")
    assert found["touches"][0]["formula"]


@pytest.mark.parametrize("width", [60, 100])
def test_it_keeps_to_the_terminal(run, asked, one, width):
    assert max(map(len, run("explain", one, "-w", asked, width=width).out.splitlines())) <= width


def test_an_unknown_one_is_an_error(run, asked):
    found = run("explain", "nobody", "-w", asked)
    assert (found.code, found.out) == (2, "")
    assert "no interaction 'nobody'" in found.told
