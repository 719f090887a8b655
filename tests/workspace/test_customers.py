"""Customers are found by their references, in the order that is asked for, each with their own standing."""

from __future__ import annotations

import pytest

from touchline.errors import QuestionError
from touchline.questions import Local
from touchline.scores.base import Filters
from touchline.workspace.customers import ORDERS


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    from touchline.cli.data import export_of
    from touchline.simulation import simulate_to
    from touchline.workspace import Workspace

    folder = tmp_path_factory.mktemp("customers") / "w"
    with Workspace.create(folder) as workspace:
        simulate_to(folder / "world", 60, 3, lambda done: None)
        workspace.take_in(export_of(folder / "world" / "interactions.csv", workspace=workspace))
        yield Local(workspace)


def test_everybody_is_there_once_with_the_standing_that_standing_tells(local):
    rows = local.customers(limit=1000).to_dicts()
    known = {row["customer"] for row in rows}
    assert len(known) == len(rows) == local.customers(limit=1).facts["customers"]
    told = {row["ref"]: row["jsi"] for row in local.standing(limit=1000).to_dicts()}
    assert {row["customer"]: row["jsi"] for row in rows if row["jsi"] is not None} == pytest.approx(told)
    assert all(row["band"] == "no data" for row in rows if row["jsi"] is None)


@pytest.mark.parametrize("order", list(ORDERS))
def test_an_order_is_kept_through_pages_and_what_is_not_known_comes_last(local, order):
    column, way = ORDERS[order]
    rows = local.customers(order=order, limit=1000).to_dicts()
    values = [row[column] for row in rows]
    known = [value for value in values if value is not None]
    assert values == sorted(known, reverse=not way) + [None] * (len(values) - len(known))
    paged = [
        row for skip in range(0, len(rows), 7) for row in local.customers(order=order, limit=7, skip=skip).to_dicts()
    ]
    assert paged == rows


def test_find_band_and_segments(local):
    rows = local.customers(limit=1000).to_dicts()
    assert {row["customer"] for row in local.customers(find="c1", limit=1000).to_dicts()} == {
        row["customer"] for row in rows if "C1" in row["customer"]
    }
    assert local.customers(find="%").table.num_rows == 0
    for band in ("at risk", "watch", "healthy", "no data"):
        figure = local.customers(band=band, limit=1000)
        assert figure.facts["customers"] == figure.facts[band] == sum(row["band"] == band for row in rows)
    vip = local.customers(Filters(segments=(("tier", ("vip",)),)), limit=1000).facts["customers"]
    assert 0 < vip < len(rows)
    with pytest.raises(QuestionError):
        local.customers(order="tallest")
