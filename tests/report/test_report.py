from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from tests.drawings import HOSTILE, assert_sound
from tests.report.journeys import Warehouse, journey_of, renamed
from tests.report.pages import assert_sealed
from tests.worlds import SEGMENTS, STAGES, TAXONOMY, THEMES, Tables, make_world, replaced, rows, worlds

from touchline.errors import InputError
from touchline.figures.markup import text
from touchline.report import render, write_report
from touchline.scores.base import Filters

NOW = Filters(since=date(2026, 2, 16), until=date(2026, 3, 29))


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    return Warehouse()


@pytest.fixture(scope="module")
def rich() -> Tables:
    """A world with enough customers for everything to be shown."""
    return make_world(7, conversations=900, customers=300)


@pytest.fixture(scope="module")
def benign(warehouse: Warehouse, rich: Tables) -> set[str]:
    """The elements of a page without a hostile word."""
    return assert_sealed(render(journey_of(warehouse, rich), title="benign")).names


def changed(tables: Tables, names: tuple[str, ...], change: Callable[[dict[str, Any]], dict[str, Any]]) -> Tables:
    """Return the world with something else in every row of some tables."""
    for name in names:
        tables = replaced(tables, name, [{**row, **change(row)} for row in rows(tables, name)])
    return tables


@given(tables=worlds(most=60))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_world_gives_a_sealed_and_sound_page(warehouse: Warehouse, tables: Tables) -> None:
    html = render(journey_of(warehouse, tables), title="Any world")
    assert_sealed(html)
    for drawing in html.split("<svg")[1:]:
        assert_sound("<svg" + drawing.split("</svg>")[0] + "</svg>")


@given(tables=worlds(most=60))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_world_can_be_compared(warehouse: Warehouse, tables: Tables) -> None:
    assert_sealed(render(journey_of(warehouse, tables), title="Any world", filters=NOW))


def test_every_section_is_there(warehouse: Warehouse, rich: Tables) -> None:
    page = assert_sealed(render(journey_of(warehouse, rich), title="Nordlicht", filters=NOW))
    for heading in ("The journey line", "Stage × metric", "Where the friction is", "Stage by stage", "What to do",
                    "Method and definitions"):  # fmt: skip
        assert heading in page.text, heading
    for stage in STAGES:
        assert f"stage-{stage}" in page.ids
    assert "Nordlicht" in page.text
    assert "16 Feb 2026 to 29 Mar 2026" in page.text
    assert "compared with the 42 days before" in page.text


def test_the_numbers_of_every_stage_are_in_the_page(warehouse: Warehouse, rich: Tables) -> None:
    journey = journey_of(warehouse, rich)
    page = assert_sealed(render(journey, title="x"))
    for row in journey.stages().to_dicts():
        assert f"{row['n']:,}" in page.text
        assert f"{row['jsi']:.0f}" in page.text


def test_without_a_first_day_nothing_is_compared(warehouse: Warehouse, rich: Tables) -> None:
    html = render(journey_of(warehouse, rich), title="x")
    assert 'class="tl-ghost"' not in html
    assert "compared with" not in html
    assert 'class="tl-ghost"' in render(journey_of(warehouse, rich), title="x", filters=NOW)


def test_filters_in_force_are_told(warehouse: Warehouse, rich: Tables) -> None:
    chosen = Filters(segments=(("tier", ("vip",)),), channels=("email",))
    page = assert_sealed(render(journey_of(warehouse, rich), title="x", filters=chosen))
    assert "only tier vip" in page.text
    assert "only channels email" in page.text


def test_an_empty_world_says_so_and_still_tells_the_method(warehouse: Warehouse) -> None:
    page = assert_sealed(render(journey_of(warehouse, make_world(conversations=0)), title="Nobody"))
    assert "Nobody has said anything yet." in page.text
    assert "Method and definitions" in page.text
    assert "The journey line" not in page.text


def test_one_stage_alone(warehouse: Warehouse) -> None:
    tables = make_world(3, conversations=400, customers=200, stages=("delivery",))
    page = assert_sealed(render(journey_of(warehouse, tables), title="x"))
    assert "stage-delivery" in page.ids
    assert "below the whole" not in page.text


def test_few_customers_are_hidden_and_no_stage_is_blamed(warehouse: Warehouse) -> None:
    tables = make_world(3, conversations=6, customers=3, anonymous=0.0)
    page = assert_sealed(render(journey_of(warehouse, tables), title="x"))
    assert "Too few customers have spoken of any one stage" in page.text
    assert "Fewer than five customers spoke of" in page.text


def test_a_world_without_segments_puts_channels_across(warehouse: Warehouse, rich: Tables) -> None:
    unknown = {f"seg_{name}": None for name in SEGMENTS}
    bare = changed(rich, ("touches", "mentions", "answers"), lambda row: unknown)
    page = assert_sealed(render(journey_of(warehouse, bare), title="x"))
    assert "No segment is known of these customers" in page.text


def test_a_world_without_scores_says_that_they_were_not_asked(warehouse: Warehouse, rich: Tables) -> None:
    page = assert_sealed(render(journey_of(warehouse, replaced(rich, "answers", [])), title="x"))
    assert page.text.count("not asked") == 3


def test_a_file_of_complaints_is_counted_rather_than_scored(warehouse: Warehouse, rich: Tables) -> None:
    tables = changed(rich, ("touches",), lambda row: {"s": -1})
    tables = changed(tables, ("mentions",), lambda row: {"sentiment": -1})
    page = assert_sealed(render(journey_of(warehouse, tables), title="x"))
    assert "draws most complaints" in page.text
    assert "100 % of all comments are negative" in page.text
    assert "Expected gain" not in page.text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_stay_words_wherever_they_come_from(
    warehouse: Warehouse, rich: Tables, hostile: str, benign: set[str]
) -> None:
    readable = hostile.encode("utf-8", "ignore").decode().replace("\x00", "")
    tables = changed(
        rich,
        ("touches", "mentions", "answers"),
        lambda row: {"channel": readable, "seg_tier": readable if row["seg_tier"] == "vip" else row["seg_tier"]},
    )
    tables = changed(tables, ("interactions",), lambda row: {"text": f"{readable} and more, {row['interaction_id']}"})
    tables = changed(tables, ("mentions",), lambda row: {"start": 0, "end": 400})
    taxonomy = renamed(TAXONOMY, dict.fromkeys(STAGES, readable), dict.fromkeys(THEMES, readable))
    reasons = ((readable, 3),)
    journey = journey_of(warehouse, tables, taxonomy, quarantined=3, quarantine_reasons=reasons)
    html = render(journey, title=readable)
    page = assert_sealed(html)
    assert page.names <= benign
    assert f"<bdi>{text(f'{readable} and more, i')}" in html
    for place in ("h1", "h2", "h3", "th", "dd"):
        assert re.search(f"<{place}[^>]*>[^<]*{re.escape(text(readable))}", html), place
    if readable != text(readable):
        assert readable not in html


def test_a_long_comment_is_cut_and_keeps_its_own_direction(warehouse: Warehouse, rich: Tables) -> None:
    tables = changed(rich, ("interactions",), lambda row: {"text": "word " * 2000})
    tables = changed(tables, ("mentions",), lambda row: {"start": 0, "end": 10_000})
    html = render(journey_of(warehouse, tables), title="x")
    assert "word …</bdi>" in html
    assert max(len(part.split("</bdi>")[0]) for part in html.split("<bdi>")[1:]) < 400


def test_the_page_is_the_same_each_time(warehouse: Warehouse, rich: Tables) -> None:
    assert render(journey_of(warehouse, rich), title="x") == render(journey_of(warehouse, rich), title="x")


def test_progress_is_told_and_rises(warehouse: Warehouse, rich: Tables, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    write_report(journey_of(warehouse, rich), tmp_path / "r.html", title="x", progress=lambda *step: told.append(step))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_place_that_cannot_be_written_is_named(warehouse: Warehouse, rich: Tables, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written") as caught:
        write_report(journey_of(warehouse, rich), tmp_path / "missing" / "r.html", title="x")
    assert str(tmp_path / "missing" / "r.html") in str(caught.value)


def test_counts_of_the_workspace_are_told(warehouse: Warehouse, rich: Tables) -> None:
    counts = SimpleNamespace(received=1234, stored=1200, quarantined=34)
    journey = journey_of(warehouse, rich, **vars(counts), quarantine_reasons=(("no time", 34),))
    page = assert_sealed(render(journey, title="x"))
    assert "1,234 records received = 1,200 stored" in page.text
    assert "no time (34)" in page.text
