"""Who is who: merges and splits need no re-import, and end where another order of the same facts ends."""

from __future__ import annotations

import pytest

from touchline.sources import open_export
from touchline.workspace import Workspace

ROWS = """id,customer,date,stage,comment,nps
1,ann@mail,2026-01-01,purchase,the checkout was easy,9
2,C-7,2026-01-05,delivery,the parcel never came,2
3,C-7,2026-01-20,renewal,I will leave,1
4,bob,2026-01-06,delivery,all fine,8
"""


@pytest.fixture
def workspace(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text(ROWS)
    with Workspace.create(tmp_path / "ws") as opened:
        opened.take_in(open_export(path, taxonomy=opened.taxonomy))
        yield opened


def customers(workspace: Workspace) -> list[set[str]]:
    found = workspace.warehouse.fetch("SELECT customer_key, interaction_id FROM touches").to_pylist()
    people: dict[int, set[str]] = {}
    for row in found:
        people.setdefault(row["customer_key"], set()).add(row["interaction_id"].split("/")[1])
    return sorted(people.values(), key=min)


def test_two_references_become_one_journey_and_two_again(workspace):
    apart = customers(workspace)
    assert apart == [{"1"}, {"2", "3"}, {"4"}]
    assert workspace.identify([("ann@mail", "C-7")]) == 1
    assert customers(workspace) == [{"1", "2", "3"}, {"4"}]
    assert workspace.status().customers == 2
    assert workspace.status().balanced
    assert workspace.check() == []
    assert workspace.rebuild().equal is True
    workspace.identify([("ann@mail", None)])
    assert customers(workspace) == apart
    workspace.identify([("ann@mail", "C-7")])
    assert customers(workspace) == [{"1", "2", "3"}, {"4"}]


def test_what_arrives_later_joins_the_person(workspace, tmp_path):
    workspace.identify([("ann@mail", "C-7"), ("bob", "ann@mail")])
    path = tmp_path / "more.csv"
    path.write_text("id,customer,date,stage,comment,nps\n9,bob,2026-02-01,usage,works,9\n")
    workspace.take_in(open_export(path, source="answers", taxonomy=workspace.taxonomy))
    assert customers(workspace) == [{"1", "2", "3", "4", "9"}]
    assert workspace.rebuild().equal is True


def test_a_position_held_under_one_reference_counts_under_the_other(workspace):
    workspace.identify([("ann@mail", "C-7")])
    held = workspace.warehouse.fetch(
        "SELECT position FROM journey JOIN interactions USING (interaction_id) ORDER BY interaction_id"
    )
    assert held["position"].to_pylist() == ["purchase", "delivery", "renewal", "delivery"]
