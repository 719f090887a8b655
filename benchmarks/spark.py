"""``python -m benchmarks.spark``: the same questions on one machine and on a cluster, its overhead, and where it wins.

The cluster is two workers on this machine (``local-cluster[2,1,1024]``): separate processes that share its cores, so a
core of the cluster is compared with a core of the embedded engine. What is printed as extrapolated is a straight line
through the sizes that were measured.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import indexing
from touchline.sequences.cohorts import cohorts
from touchline.sequences.funnel import asked, funnel
from touchline.sequences.transitions import transitions
from touchline.settings import new_toml
from touchline.simulation import simulate_to
from touchline.sources import open_export
from touchline.warehouse.duckdb import DuckWarehouse
from touchline.warehouse.duckdb.connection import Limits
from touchline.warehouse.spark.copying import journeys_table, prepared
from touchline.warehouse.spark.files import Place
from touchline.warehouse.spark.journeys import SparkJourneys
from touchline.warehouse.spark.session import connect
from touchline.warehouse.spark.warehouse import SparkWarehouse
from touchline.workspace import Workspace
from touchline.workspace.clustered import copy_out, uri_of
from touchline.workspace.deriving import Task, installed

MASTER = "local-cluster[2,1,1024]"
CORES = 2
BUCKETS = 16
CLUSTERS = (16, 64, 256)

SEQUENCES: dict[str, Callable[[Any], Any]] = {
    "transitions": lambda journeys: transitions(journeys, "event", None, False),
    "funnel of 3 steps": lambda journeys: funnel(journeys, asked(("visit", "order", "delivery"))),
    "cohorts by month": lambda journeys: cohorts(journeys, period="month"),
}


def _by_stage(warehouse: Any) -> Callable[[], Any]:
    def build() -> Any:
        journey = warehouse.table("journey")
        return journey.group_by("position", journey.occurred_at.truncate("M").name("month")).agg(
            n=journey.count(), customers=journey.customer_key.nunique()
        )

    return build


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _pairs(folder: Path, rows: int, spark: Any) -> dict[str, tuple[float, float]]:
    """Return, per question, the seconds on one machine and on the cluster; each is asked once before."""
    path = indexing.stored(folder, rows)
    journeys = indexing.journeys(folder, rows)
    with DuckWarehouse(path, Limits("2GiB")) as warehouse, tempfile.TemporaryDirectory(dir=folder) as target:
        place = Place(target, spark)
        started = perf_counter()
        manifest, _ = prepared(warehouse, place, None, ["journey"], buckets=BUCKETS, progress=lambda step, done: None)
        table, told, _ = journeys_table(journeys, place, BUCKETS, {})
        took = perf_counter() - started
        print(f"{rows:>12,} events copied in {took:.1f} s, {2 * rows / took:,.0f} rows/s (journey and journey index)")
        manifest = replace(manifest, tables=manifest.tables | {"journeys": table}, journeys=told)
        on_spark = SparkWarehouse(spark, place, manifest)
        far = SparkJourneys(on_spark)
        found: dict[str, tuple[float, float]] = {}
        for name, question in SEQUENCES.items():
            question(far)
            mine, its = question(journeys), question(far)
            assert mine.table.equals(its.table), name
            found[name] = _seconds(lambda q=question: q(journeys)), _seconds(lambda q=question: q(far))
        on_spark.ask(("warm",), _by_stage(on_spark))
        found["customers by stage and month"] = (
            _seconds(lambda: warehouse.ask(("b",), _by_stage(warehouse))),
            _seconds(lambda: on_spark.ask(("b",), _by_stage(on_spark))),
        )
        on_spark.close()
    return found


def _derived(customers: int) -> tuple[int, int, float]:
    """Return interactions, texts and seconds of a core that reads and places one bucket, as a task does."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        settings = new_toml("b", "taxonomy.yaml").replace("# buckets = 32 ", "buckets = 1 ")
        with Workspace.create(root / "workspace", settings=settings) as workspace:
            simulate_to(root, customers, 1)
            workspace.take_in(open_export(root / "interactions.csv", taxonomy=workspace.taxonomy))
            copy_out(workspace)
            place = Place(uri_of(workspace.folder, workspace.settings.engine))
            texts = workspace.status().texts
            from touchline.warehouse.spark.manifest import latest

            parts = latest(place).tables["interactions"].parts  # type: ignore[union-attr]
            values = workspace.warehouse.fetch("FROM attribute_values")
            work = Task(workspace.projection, place, 1, values, installed())
            table = place.table(parts[0].file)
            work(iter(table.slice(0, 500).to_batches()))  # loads the reader
            return table.num_rows, texts, _seconds(lambda: work(iter(table.to_batches())))


def main() -> None:
    """Parse the arguments and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark", description=__doc__)
    parser.add_argument("--rows", type=int, nargs=2, default=(1_000_000, 10_000_000), help="two sizes, in events")
    parser.add_argument("--folder", type=Path, default=Path("bench-out"), help="where files are made and kept")
    chosen = parser.parse_args()
    interactions, texts, took = _derived(600)
    print(
        f"a task reads and places {interactions:,} interactions with {texts:,} texts in {took:.1f} s: "
        f"{interactions / took:,.0f} interactions/s and {texts / took:,.0f} texts/s per core"
    )
    started = perf_counter()
    spark = connect(MASTER, [f"spark.sql.shuffle.partitions={CORES}"])
    print(f"cluster {MASTER} up in {perf_counter() - started:.1f} s")
    small, large = chosen.rows
    one, two = (_pairs(chosen.folder, rows, spark) for rows in (small, large))
    print(f"\n{'':30}{'embedded':>20}{'Spark':>20}{'Spark rows/s':>15}  embedded is slower from, with a cluster of")
    print(
        f"{'seconds':30}" + f"{small // 10**6:>9}M{large // 10**6:>9}M" * 2
        + f"{'per core':>15}" + "".join(f"{cores:>8} cores" for cores in CLUSTERS)
    )  # fmt: skip
    for name in one:
        (a1, s1), (a2, s2) = one[name], two[name]
        slope_a, slope_s = (a2 - a1) / (large - small), (s2 - s1) / (large - small)
        fixed_a, fixed_s = a1 - slope_a * small, s1 - slope_s * small
        rate = 1 / (slope_s * CORES) if slope_s > 0 else float("nan")
        wins = []
        for cores in CLUSTERS:
            gain = slope_a - slope_s * CORES / cores
            wins.append(f"{max(0.0, (fixed_s - fixed_a) / gain):,.0f}" if gain > 0 else "never")
        print(
            f"{name:30}{a1:>10.3f}{a2:>10.3f}{s1:>10.2f}{s2:>10.2f}{rate:>15,.0f}" + "".join(f"{w:>14}" for w in wins)
        )
    spark.stop()


if __name__ == "__main__":
    main()
