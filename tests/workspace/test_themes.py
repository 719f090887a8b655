"""Themes of a workspace: found, edited, kept through every rebuild."""

from __future__ import annotations

import re

import pytest
from tests.files import answer, contents, fingerprint, take_in, write_csv

from touchline.errors import InputError
from touchline.questions import Local, open_workspace
from touchline.report import render
from touchline.scores.base import Filters
from touchline.themes import file
from touchline.workspace import Workspace

SAID = (
    "The parking meter is terrible",
    "a horrible parking meter, it eats coins",
    "🚗🚗 what an awful parking meter, no coins left",
    "fine",
)


@pytest.fixture
def spoken(workspace, tmp_path):
    rows = [answer(n, customer=f"C{n}", comment=SAID[n % 4], nps=9 if n % 4 == 3 else 0) for n in range(40)]
    rows += [answer(n, customer=f"C{n}", comment="Parcel came a week late", nps=2) for n in range(40, 50)]
    take_in(workspace, write_csv(tmp_path / "a.csv", rows))
    return workspace


def themes(workspace: Workspace) -> dict[str, int]:
    found = workspace.warehouse.fetch(
        "SELECT theme, count(*) AS n FROM mentions WHERE theme IS NOT NULL GROUP BY theme"
    )
    return dict(zip(found["theme"].to_pylist(), found["n"].to_pylist(), strict=True))


def test_what_is_found_places_the_mentions_and_their_touches(spoken):
    assert themes(spoken) == {"late_delivery": 10}
    found = spoken.themes.discover()
    (fresh,) = [f for f in found.fresh if "parking meter" in f.phrases]
    assert themes(spoken)[fresh.id] == 30
    touched = spoken.warehouse.value("SELECT count(*) FROM touches WHERE theme = $theme", theme=fresh.id)
    assert touched == 30
    assert spoken.taxonomy.theme(fresh.id).name == fresh.name
    assert spoken.themes.discover().fresh == ()


def test_a_dry_run_changes_nothing(spoken):
    before = fingerprint(spoken)
    assert spoken.themes.discover(keep=False).fresh
    assert not spoken.themes.path.exists()
    assert fingerprint(spoken) == before


def test_themes_outlive_a_rebuild_and_a_lost_warehouse(spoken):
    (fresh,) = spoken.themes.discover().fresh
    spoken.themes.rename(fresh.id, "Meter eats coins")
    spoken.themes.rename("late_delivery", "Comes late")
    spoken.themes.split("late_delivery", ["week late"], name="A week late")
    before, held = fingerprint(spoken), themes(spoken)
    rebuilt = spoken.rebuild()
    assert (rebuilt.equal, fingerprint(spoken)) == (True, before)
    root = spoken.folder.root
    spoken.close()
    for path in spoken.folder.warehouses.iterdir():
        path.unlink()
    with open_workspace(root) as journey:
        assert themes(journey.workspace) == held
        names = {row["theme"]: row["name"] for row in journey.themes().to_dicts()}
        assert names[fresh.id] == "Meter eats coins"
        assert "A week late" in names.values()


def test_new_data_get_the_themes_found_before_as_they_come(spoken, tmp_path):
    (fresh,) = spoken.themes.discover().fresh
    book = spoken.themes.path.read_bytes()
    take_in(
        spoken, write_csv(tmp_path / "b.csv", [answer(99, customer="C99", comment="that awful parking meter again")])
    )
    assert themes(spoken)[fresh.id] == 31
    assert spoken.themes.path.read_bytes() == book


def test_any_order_of_arrival_gives_the_same_warehouse(make, tmp_path):
    rows = [answer(n, customer=f"C{n}", comment=SAID[n % 4], nps=0) for n in range(40)]
    one, other = make(), make()
    take_in(one, write_csv(tmp_path / "a.csv", rows))
    one.themes.discover()
    other.close()
    file.save(one.themes.book, other.folder.themes)
    late = Workspace(other.folder.root)
    for part in (rows[25:], rows[:25][::-1]):
        take_in(late, write_csv(tmp_path / "a.csv", part))
    assert contents(late) == contents(one)
    assert late.themes.discover().fresh == ()
    late.close()


def test_edits_take_effect_at_once_and_only_where_they_must(spoken):
    (fresh,) = spoken.themes.discover().fresh
    generation = spoken.warehouse.generation
    spoken.themes.rename(fresh.id, "Meter")
    spoken.themes.pin(fresh.id)
    assert spoken.warehouse.generation == generation
    spoken.themes.merge("late_delivery", fresh.id)
    assert themes(spoken) == {fresh.id: 40}
    spoken.themes.unmerge("late_delivery")
    spoken.themes.hide(fresh.id)
    assert themes(spoken) == {"late_delivery": 10}
    spoken.themes.hide(fresh.id, hidden=False)
    assert themes(spoken) == {fresh.id: 30, "late_delivery": 10}


def test_found_afresh_what_people_edited_stays(spoken):
    (fresh,) = spoken.themes.discover().fresh
    assert [f.id for f in spoken.themes.discover(afresh=True).fresh] == [fresh.id]
    spoken.themes.rename(fresh.id, "Meter")
    assert spoken.themes.discover(afresh=True).fresh == ()
    assert spoken.themes.book.by_id[fresh.id].name == "Meter"


def test_a_file_edited_by_hand_takes_effect_with_the_next_question(spoken):
    spoken.themes.discover()
    text = spoken.themes.path.read_text()
    spoken.close()
    spoken.themes.path.write_text(re.sub(r"phrases: .*", "phrases: [parcel]", text))
    with open_workspace(spoken.folder.root) as journey:
        assert sum(themes(journey.workspace).values()) < 40
        assert journey.workspace.check() == []


def test_a_damaged_file_is_told_and_nothing_is_changed(spoken):
    spoken.themes.discover()
    path, before = spoken.themes.path, fingerprint(spoken)
    good = path.read_text()
    path.write_text(good.replace("polarity: pain", "polarity: bad"))
    with pytest.raises(InputError, match=r"themes\.yaml:\d+"):
        Workspace(spoken.folder.root)
    path.write_text(good)
    assert fingerprint(spoken) == before


def test_the_list_counts_what_is_there(spoken):
    spoken.themes.discover()
    figure = Local(spoken).themes()
    rows = {row["theme"]: row for row in figure.to_dicts()}
    assert {theme: row["n"] for theme, row in rows.items()} == themes(spoken)
    (found,) = [row for row in rows.values() if row["origin"] == "found"]
    assert (found["customers"], found["hidden"]) == (30, False)
    assert "parking meter" in found["example"].lower()
    assert rows["late_delivery"]["group"] == "Delivery"
    assert sum(row["share"] for row in rows.values()) == pytest.approx(1)
    assert (figure.facts["texts"], figure.facts["themed"]) == (40, 1.0)


def test_a_theme_of_few_customers_shows_no_words(workspace, tmp_path):
    rows = [answer(n, customer=f"C{n}", comment="Parcel came a week late", nps=2) for n in range(4)]
    take_in(workspace, write_csv(tmp_path / "a.csv", rows))
    (row,) = Local(workspace).themes().to_dicts()
    assert (row["hidden"], row["example"], row["negative"], row["share"]) == (True, None, None, None)


def test_figures_name_what_was_found(spoken):
    (fresh,) = spoken.themes.discover().fresh
    spoken.themes.rename(fresh.id, "Meter eats coins")
    assert "Meter eats coins" in {row["name"] for row in Local(spoken).jsi(by="theme").to_dicts()}
    assert Local(spoken).jsi(Filters(themes=(fresh.id,)), by="all").to_dicts()[0]["n"] == 30


def test_the_report_gives_advice_on_a_theme_that_is_at_home_nowhere(make, tmp_path):
    workspace = make()
    rows = [
        answer(n, customer=f"C{n}", comment=SAID[n % 4], nps=9 if n % 4 == 3 else 0, stage="usage") for n in range(80)
    ]
    take_in(workspace, write_csv(tmp_path / "a.csv", rows))
    root = workspace.folder.root
    (fresh,) = workspace.themes.discover().fresh
    text = workspace.themes.path.read_text()
    workspace.close()
    workspace.folder.themes.write_text(re.sub(r"stage: .*", "stage: unassigned", text))
    with open_workspace(root) as journey:
        assert [row["theme"] for row in journey.causes(stage="usage").to_dicts()] == [fresh.id]
        assert f"take on “{fresh.name}”" in render(journey, title="T")
