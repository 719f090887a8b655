"""What is derived follows the settings, the stages and the data."""

from __future__ import annotations

from collections.abc import Iterator

from tests.files import answer, answers, contents, fingerprint, take_in, write_csv

from touchline.journal import Entry
from touchline.questions import open_workspace
from touchline.sources import open_export
from touchline.workspace import Workspace
from touchline.workspace.accept import accept
from touchline.workspace.identify import Identifier


def test_a_rebuilt_warehouse_equals_the_one_before(workspace, tmp_path):
    take_in(workspace, write_csv(tmp_path / "a.csv", answers(*range(50))))
    take_in(workspace, write_csv(tmp_path / "b.csv", [answer(3, nps=9), *answers(60, 61)]))
    before, status = fingerprint(workspace), workspace.status()
    rebuilt = workspace.rebuild()
    assert (rebuilt.equal, rebuilt.differing, rebuilt.interactions) == (True, (), 52)
    assert fingerprint(workspace) == before
    assert workspace.status() == status
    assert [p.name for p in workspace.folder.warehouses.glob("*.duckdb")] == ["2.duckdb"]


def test_a_drain_ends_though_more_comes_in_all_the_while(workspace, tmp_path, monkeypatch):
    """What comes in as fast as it is drained would else be shown when it stops, and not before."""
    coming = iter(range(10))

    def come(number: int) -> None:
        path = write_csv(tmp_path / f"{number}.csv", answers(number))
        for chunk in open_export(path, source="answers", taxonomy=workspace.taxonomy).chunks():
            accept(workspace.journal, chunk, Identifier(workspace.key), origin=path.name)

    come(next(coming))
    read = workspace.journal.read

    def reading(after: int = 0) -> Iterator[Entry]:
        for entry in read(after):
            come(next(coming))
            yield entry

    monkeypatch.setattr(workspace.journal, "read", reading)
    assert workspace.drain().stored == 1
    monkeypatch.undo()
    assert workspace.drain().stored == 1
    assert workspace.check() == []


def test_an_edited_taxonomy_takes_effect_with_the_next_question(workspace, tmp_path):
    rows = [answer(n, comment="bad flurbification", nps="") for n in range(12)]
    path = write_csv(tmp_path / "a.csv", rows)
    take_in(workspace, path)
    stages = "SELECT DISTINCT stage FROM touches"
    assert workspace.warehouse.fetch(stages)["stage"].to_pylist() == ["unassigned"]
    workspace.close()
    taxonomy = workspace.folder.taxonomy
    text = taxonomy.read_text()
    delivery = text.index("- id: delivery")
    at = text.index("keywords: [", delivery) + len("keywords: [")
    taxonomy.write_text(text[:at] + "flurbification, " + text[at:])
    with open_workspace(workspace.folder.root) as journey:
        assert journey.workspace.warehouse.fetch(stages)["stage"].to_pylist() == ["delivery"]
        models = journey.workspace.warehouse.fetch("SELECT DISTINCT model FROM evidence")["model"].to_pylist()
        assert models == [journey.workspace.understander.version]
        assert journey.workspace.check() == []
        assert journey.workspace.rebuild().equal


def test_edited_settings_take_effect_with_the_next_question(workspace, tmp_path):
    take_in(workspace, write_csv(tmp_path / "a.csv", [answer(n, comment="") for n in range(20)]))
    negative = "SELECT count(*) FROM touches WHERE s < 0"
    before = workspace.warehouse.value(negative)
    workspace.close()
    settings = workspace.folder.settings
    scale = '\n[[scales]]\nquestion = "nps"\nkind = "csat"\nlow = 0\nhigh = 10\n'
    settings.write_text(settings.read_text() + scale)
    with open_workspace(workspace.folder.root) as journey:
        after = journey.workspace.warehouse.value(negative)
        assert 0 < after < before
        assert journey.workspace.rebuild().equal


def test_a_question_without_edits_changes_nothing(workspace, tmp_path):
    take_in(workspace, write_csv(tmp_path / "a.csv", answers(*range(20))))
    published = workspace.warehouse.published
    workspace.close()
    with open_workspace(workspace.folder.root) as journey:
        assert journey.workspace.warehouse.published == published
        assert "understander" not in vars(journey.workspace)  # no model was loaded


def test_attributes_of_few_values_become_segments_by_themselves(workspace, tmp_path):
    rows = [answer(n) | {"note": f"n{n}", "same": "x", "tier": "gold" if n % 3 else "vip"} for n in range(80)]
    take_in(workspace, write_csv(tmp_path / "a.csv", rows), overrides={"attribute": "note,same,tier,region"})
    assert workspace.warehouse.segments() == ("region", "tier")
    found = workspace.warehouse.fetch("SELECT DISTINCT seg_tier FROM touches ORDER BY 1")["seg_tier"].to_pylist()
    assert found == ["gold", "vip"]


def test_a_segment_appears_when_its_second_value_does(make, tmp_path):
    there, at_once = make(), make()
    first = write_csv(tmp_path / "a.csv", [answer(n, region="emea") for n in range(10)])
    second = write_csv(tmp_path / "b.csv", [answer(n, region="apac") for n in range(10, 20)])
    take_in(there, first)
    assert there.warehouse.segments() == ()
    take_in(there, second)
    assert there.warehouse.segments() == ("region",)
    take_in(at_once, write_csv(tmp_path / "c.csv", [answer(n, region=("emea", "apac")[n // 10]) for n in range(20)]))
    assert contents(there) == contents(at_once)


def test_there_are_never_more_than_24_segments_of_themselves(workspace, tmp_path):
    rows = [answer(n) | {f"x{k:02d}": f"v{(n + k) % 2}" for k in range(30)} for n in range(40)]
    take_in(workspace, write_csv(tmp_path / "a.csv", rows))
    assert len(workspace.warehouse.segments()) == 24
    assert workspace.check() == []


def test_declared_segments_come_first_and_alone(make, tmp_path):
    workspace = make()
    rows = [answer(n) | {"tier": "gold" if n % 3 else "vip"} for n in range(40)]
    take_in(workspace, write_csv(tmp_path / "a.csv", rows))
    assert workspace.warehouse.segments() == ("region", "tier")
    workspace.close()
    settings = workspace.folder.settings
    settings.write_text(settings.read_text().replace("[segments]", '[segments]\nattributes = ["tier"]'))
    with open_workspace(workspace.folder.root) as journey:
        assert journey.workspace.warehouse.segments() == ("tier",)


def test_names_of_segments_may_hold_anything(workspace, tmp_path):
    strange = 'the "tier", in 1\'s words'
    rows = [answer(n) | {strange: "gold" if n % 3 else "vip"} for n in range(40)]
    path = write_csv(tmp_path / "a.csv", rows)
    take_in(workspace, path)
    (name,) = (s for s in workspace.warehouse.segments() if "tier" in s)
    workspace.close()
    with open_workspace(workspace.folder.root) as journey:
        assert journey.jsi(by=f"segment:{name}").to_dicts()
        assert journey.workspace.rebuild().equal


def test_a_placement_that_was_cut_short_goes_on(make, tmp_path, monkeypatch):
    """The run is stored, its customers are not placed yet: the next drain places them."""
    from touchline import drain as draining

    workspace, whole = make(), make()
    path = write_csv(tmp_path / "a.csv", answers(*range(30)))
    take_in(whole, path)
    with monkeypatch.context() as patched:
        patched.setattr(draining, "place", lambda *_, **__: 1 / 0)
        try:
            take_in(workspace, path)
        except ZeroDivisionError:
            workspace.close()
    with Workspace(workspace.folder.root) as again:
        assert again.status().touches == 0
        again.drain()
        assert contents(again) == contents(whole)
