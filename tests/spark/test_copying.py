"""Tables into Parquet and back: nothing lost, only what changed is written, and one writer at a time."""

from __future__ import annotations

import pytest

from touchline.errors import InputError, WorkspaceError
from touchline.warehouse.duckdb import DuckWarehouse, writing
from touchline.warehouse.spark.files import Place
from touchline.warehouse.spark.manifest import latest, numbers, tidy, write
from touchline.workspace.clustered import copy_out, make_mart, uri_of, versions_of
from touchline.workspace.deriving import Task


@pytest.fixture
def place(demo) -> Place:
    return Place(uri_of(demo.folder, demo.settings.engine))


def test_a_mart_is_the_warehouse_that_was_copied(demo, tmp_path) -> None:
    copy_out(demo)
    before = writing.fingerprint(demo.warehouse)
    file, rows = make_mart(demo, tmp_path / "mart.duckdb")
    with DuckWarehouse(file) as made:
        assert writing.fingerprint(made) == before
        assert (made.position, made.segments()) == (demo.warehouse.position, demo.warehouse.segments())
        assert made.table("touches").schema() == demo.warehouse.table("touches").schema()
    assert rows["interactions"] == demo.status().stored > 1000
    assert (tmp_path / "mart.index" / "index.json").exists()
    with pytest.raises(InputError, match="there already"):
        make_mart(demo, file)


def test_a_second_copy_writes_nothing(demo) -> None:
    copy_out(demo)
    again = copy_out(demo)
    assert (again.written, again.kept) == (0, sum(1 for _ in latest(_place(demo)).files))
    assert versions_of(demo)[0]["version"] == again.version


def test_a_bucket_is_written_anew_when_its_customers_change(demo, place) -> None:
    first = copy_out(demo)
    key = demo.warehouse.value("SELECT min(customer_key) FROM touches WHERE identified")
    change = f"UPDATE touches_{demo.warehouse.generation} SET severity = severity {{}} 1 WHERE customer_key = {key}"
    demo.warehouse.execute(change.format("+"))
    before = latest(place)
    copy_out(demo)
    demo.warehouse.execute(change.format("-"))
    after = latest(place)
    assert after.number == first.version + 1
    changed = {b for b, part in after.tables["touches"].parts.items() if before.tables["touches"].parts.get(b) != part}
    assert changed == {key % after.buckets}
    assert before.tables["mentions"] == after.tables["mentions"]


def test_every_customer_is_in_the_bucket_of_its_key(demo, place) -> None:
    copy_out(demo)
    manifest = latest(place)
    for name in ("interactions", "evidence", "touches", "mentions", "answers", "journey", "customers", "journeys"):
        for bucket, part in manifest.tables[name].parts.items():
            keys = place.table(part.file)["customer_key"].to_numpy()
            assert set(keys % manifest.buckets) == {bucket}
            assert (keys[1:] >= keys[:-1]).all()
            assert f"bucket={bucket}/" in part.file


def test_a_version_is_written_once(demo, place) -> None:
    copy_out(demo)
    manifest = latest(place)
    with pytest.raises(WorkspaceError, match="written by another process meanwhile"):
        write(place, manifest)


def test_old_versions_and_their_files_go(demo, place) -> None:
    copy_out(demo)
    copy_out(demo)
    stray = place.writer("tables/touches/bucket=0/stray.parquet", latest(place).tables["touches"].schema)
    stray.close()
    assert tidy(place, 1) >= 1
    assert len(numbers(place)) == 1
    assert set(place.below("tables")) == latest(place).files


def _place(demo) -> Place:
    return Place(uri_of(demo.folder, demo.settings.engine))


def test_a_worker_with_another_version_refuses(demo, place) -> None:
    values = demo.warehouse.fetch("FROM attribute_values")
    with pytest.raises(WorkspaceError, match="another version of Touchline"):
        Task(demo.projection, place, 4, values, "another")(iter(()))
