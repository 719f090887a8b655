"""The files hold the world, value for value, and read back with ordinary tools."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from touchline.errors import InputError
from touchline.simulation import simulate, simulate_to, write_csv, write_truth

WORLD = simulate(300, seed=9)


@pytest.fixture(scope="module")
def interactions() -> pa.Table:
    return pa.concat_tables(WORLD.interactions()).combine_chunks()


def test_the_csv_holds_every_interaction_with_its_scores_and_attributes(tmp_path: Path, interactions: pa.Table) -> None:
    assert write_csv(WORLD, tmp_path / "a.csv") == interactions.num_rows
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == interactions.num_rows
    for row, want in zip(rows, interactions.to_pylist(), strict=True):
        assert row["id"] == want["interaction_id"]
        assert row["time"] == want["occurred_at"].strftime("%Y-%m-%d %H:%M:%SZ")
        for name in ("text", "stage", "event", "programme", "touchpoint", "kind", "source", "channel"):
            assert row[name] == (want[name] or "")
        for name in ("customer", "account", "conversation"):
            assert row[name] == (want[f"{name}_ref"] or "")
        scores = {a["kind"]: a["value"] for a in want["answers"] or ()}
        assert {name: float(row[name]) for name in ("nps", "csat", "ces", "rating") if row[name]} == scores
        attributes = dict(want["attributes"])
        assert {name: row[name] for name in ("tier", "region", "tenure", "wait_minutes") if row[name]} == attributes
        assert (float(row["value"]) if row["value"] else None) == (
            None if want["value"] is None else float(want["value"])
        )


def test_quotes_and_emoji_survive(tmp_path: Path, interactions: pa.Table) -> None:
    write_csv(WORLD, tmp_path / "a.csv")
    texts = pyarrow.csv.read_csv(tmp_path / "a.csv").column("text").to_pylist()
    said = [text for text in interactions.column("text").to_pylist() if text]
    assert [text for text in texts if text] == said
    assert any('"' in text for text in said)
    assert any(ord(letter) > 0xFFFF for text in said for letter in text)


def test_texts_can_be_left_out(tmp_path: Path) -> None:
    write_csv(WORLD, tmp_path / "a.csv", texts=False)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert {row["text"] for row in csv.DictReader(file)} == {""}


def test_the_suffix_decides_the_format(tmp_path: Path, interactions: pa.Table) -> None:
    write_csv(WORLD, tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.column("id").equals(interactions.column("interaction_id"))
    write_truth(WORLD, tmp_path / "t.parquet")
    assert pq.read_table(tmp_path / "t.parquet").num_rows == interactions.num_rows
    assert pq.read_table(tmp_path / "t.customers.parquet").num_rows == 300


def test_the_truth_stands_apart_and_joins_by_id(tmp_path: Path, interactions: pa.Table) -> None:
    write_truth(WORLD, tmp_path / "truth.csv")
    truth = pyarrow.csv.read_csv(tmp_path / "truth.csv")
    assert truth.column("interaction_id").to_pylist() == interactions.column("interaction_id").to_pylist()
    spoken = pyarrow.csv.read_csv(tmp_path / "truth.verbatims.csv")
    used = set(pc.unique(truth.column("verbatim")).to_pylist()) - {None}
    assert used <= set(spoken.column("verbatim").to_pylist())
    incidents = pyarrow.csv.read_csv(tmp_path / "truth.incidents.csv")
    assert set(incidents.column("customer_ref").to_pylist()) <= set(interactions.column("customer_ref").to_pylist())
    story = json.loads((tmp_path / "truth.story.json").read_text(encoding="utf-8"))
    assert story["strike_region"] == "apac"


def test_a_folder_holds_the_world_and_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    told: list[float] = []
    world = simulate_to(tmp_path / "new" / "one", 2_500, 1, told.append)
    simulate_to(tmp_path / "two", 2_500, 1)
    assert world.customers == 2_500
    assert told == [0.8, 1.0]
    files = sorted(p.relative_to(tmp_path / "two") for p in (tmp_path / "two").rglob("*") if p.is_file())
    assert len(files) == 6
    for file in files:
        assert (tmp_path / "two" / file).read_bytes() == (tmp_path / "new" / "one" / file).read_bytes()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        simulate_to(tmp_path / "file", 1, 1)
