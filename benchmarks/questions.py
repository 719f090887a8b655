"""Every first question on a million stored interactions, beside hand-written DuckDB SQL for the same numbers.

Ours runs as it does after new data of few customers: no answer is remembered, no column is an array yet, SQL is
compiled, and the rows of touches and answers that a workspace keeps in memory are there. What it costs to read those
is a row of its own, and so are all the questions together from nothing, reading included. Ours also turns sums into
intervals, which the SQL does not.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from math import inf
from pathlib import Path

from benchmarks.timing import Pair, pair
from touchline.questions import Local
from touchline.settings import new_toml
from touchline.simulation import simulate, write_csv
from touchline.sources import open_export
from touchline.warehouse.duckdb import tables
from touchline.workspace import Workspace

_PER_CUSTOMER = 22
_EASY = '\n[[scales]]\nkind = "ces"\ndirection = "easy"\n'

#: The tables that questions begin with.
_HELD = ("touches", "answers")
_MOST = 1.5

#: Sums from which a mean and its clustered interval follow, for any grouping.
_MOMENTS = """
WITH c AS (
    SELECT {by}, coalesce(account_key, customer_key) AS cluster, customer_key, count(*) AS n, sum(weight) AS w,
           sum(weight * s) AS ws, count(*) FILTER (s < 0) AS negative, count(*) FILTER (s > 0) AS positive
    FROM touches GROUP BY ALL
), k AS (
    SELECT {by}, cluster, sum(n) AS n, sum(w) AS w, sum(ws) AS ws, sum(negative) AS negative, sum(positive) AS positive,
           count(*) AS customers
    FROM c GROUP BY ALL
)
SELECT {by}, sum(n), sum(customers), count(*), sum(w), sum(ws), sum(w * w), sum(w * ws), sum(ws * ws),
       sum(negative), sum(positive)
FROM k GROUP BY ALL
"""
_LATEST = """
WITH latest AS (
    SELECT {by}, kind, low, high, coalesce(account_key, customer_key) AS cluster, customer_key,
           arg_max(value, (occurred_at, interaction_id, question)) AS value,
           arg_max(sign, (occurred_at, interaction_id, question)) AS sign
    FROM answers WHERE kind IN ('nps', 'csat', 'ces') AND purpose IS DISTINCT FROM 'recovery' GROUP BY ALL
)
SELECT {by}, kind, low, high, count(*), avg(value), stddev_samp(value), sum(sign), count(*) FILTER (sign > 0)
FROM latest GROUP BY ALL
"""
_FRICTION = """
WITH bad AS (
    SELECT {by}, customer_key, coalesce(account_key, customer_key) AS cluster,
           sum(severity) FILTER (s < 0 OR effort = 'high' OR resolution = 'unresolved') AS friction, count(*) AS n
    FROM touches GROUP BY ALL
)
SELECT {by}, sum(friction), sum(friction * friction), sum(n), count(*) FROM bad GROUP BY ALL
"""
_THERE = "SELECT position, count(DISTINCT customer_key) FROM journey WHERE position IS NOT NULL GROUP BY ALL"
#: Shares of touches by stage, with the sums over clusters that their intervals need.
_SHARES = """
WITH c AS (
    SELECT stage, coalesce(account_key, customer_key) AS cluster, count(*) AS n, count(*) FILTER (s < 0) AS negative,
           count(*) FILTER (effort = 'high') AS hard, count(*) FILTER (resolution = 'unresolved') AS unresolved
    FROM touches GROUP BY ALL
)
SELECT stage, sum(n), sum(n * n), sum(negative), sum(negative * n), sum(negative * negative), sum(hard),
       sum(hard * n), sum(hard * hard), sum(unresolved), sum(unresolved * n), sum(unresolved * unresolved)
FROM c GROUP BY ALL
"""
#: JSI of persons at the end of the data and 28 days before, with the sums that interval, n_eff and bands need.
_STANDING = """
WITH m AS (SELECT max(occurred_at) AS moment FROM touches), w AS (
    SELECT customer_key, conversation_key, s, severity, occurred_at, moment,
           weight * pow(2, -epoch(moment - occurred_at) / 86400 / 30) AS w,
           CASE WHEN occurred_at <= moment - INTERVAL 28 DAY
                THEN weight * pow(2, -(epoch(moment - occurred_at) / 86400 - 28) / 30) ELSE 0 END AS w28
    FROM touches, m WHERE identified
), c AS (
    SELECT customer_key, conversation_key, sum(w) AS w, sum(w * s) AS ws, sum(w * w) AS ww, sum(w28) AS w28,
           sum(w28 * s) AS ws28, count(*) AS n, max(occurred_at) AS last_touch,
           count(*) FILTER (severity >= 3 AND s < 0 AND w >= 1) AS severe
    FROM w GROUP BY ALL
), p AS (
    SELECT customer_key, sum(w) AS w, sum(ws) AS ws, sum(ww) AS ww, sum(w28) AS w28, sum(ws28) AS ws28, sum(n) AS n,
           max(last_touch) AS last_touch, sum(severe) AS severe, count(*) AS clusters, sum(w * w) AS cww,
           sum(w * ws) AS cws, sum(ws * ws) AS css
    FROM c GROUP BY ALL
)
SELECT p.*, 50 * (1 + ws / (w + 1)) AS jsi, r.customer_ref FROM p
LEFT JOIN (SELECT customer_key, max(customer_ref) AS customer_ref FROM interactions GROUP BY ALL) r USING (customer_key)
ORDER BY jsi LIMIT 50
"""
#: Points that come back per theme, with a Poisson bootstrap of 200 replicates over customers.
_CAUSES = """
WITH carried AS (
    SELECT DISTINCT conversation_key, customer_key, stage, theme
    FROM mentions WHERE sentiment < 0 AND theme IS NOT NULL
), total AS (
    SELECT stage, customer_key, sum(weight) AS w, sum(weight * s) AS ws FROM touches GROUP BY ALL
), themed AS (
    SELECT t.stage, c.theme, t.customer_key, sum(weight) AS w, sum(weight * s) AS ws, count(*) AS n
    FROM carried c JOIN touches t USING (conversation_key, customer_key, stage)
    GROUP BY ALL
), drawn AS (
    SELECT customer_key, replicate, CASE WHEN replicate = 0 THEN 1 ELSE
        (u > 0.3679)::INT + (u > 0.7358)::INT + (u > 0.9197)::INT + (u > 0.9810)::INT + (u > 0.9963)::INT END AS times
    FROM (SELECT customer_key, replicate, (hash(customer_key, replicate) % 1000003) / 1000003.0 AS u
          FROM (SELECT DISTINCT customer_key FROM touches), range(201) r(replicate))
), totals AS (
    SELECT stage, replicate, sum(w * times) AS w, sum(ws * times) AS ws
    FROM total JOIN drawn USING (customer_key) GROUP BY ALL
), themes AS (
    SELECT stage, theme, replicate, sum(w * times) AS w, sum(ws * times) AS ws, sum(n * times) AS n
    FROM themed JOIN drawn USING (customer_key) GROUP BY ALL
)
SELECT t.stage, theme, replicate, 50 * ((l.ws - t.ws) / (l.w - t.w) - l.ws / l.w) AS impact, n
FROM themes t JOIN totals l USING (stage, replicate) WHERE l.w > t.w
"""


def heatmap_sql(by: str) -> tuple[str, ...]:
    """Return hand-written SQL for the numbers of a heatmap, by ``metric`` or ``segment:NAME``."""
    if by == "metric":
        return _MOMENTS.format(by="stage"), _LATEST.format(by="stage"), _SHARES
    segment = by.removeprefix("segment:")
    return _MOMENTS.format(by=f"stage, seg_{segment}"), _MOMENTS.format(by="stage")


def stored(folder: Path, rows: int) -> Path:
    """Build a workspace of about so many interactions, texts included, once; of another model it is read anew."""
    place = folder / f"asked-{rows}-{tables.layout()}"
    if (place / "done").exists():
        with Workspace(place) as workspace:
            workspace.drain()
        return place
    shutil.rmtree(place, ignore_errors=True)
    csv = folder / f"texts-{rows}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(simulate(max(1, rows // _PER_CUSTOMER), 7), csv)
    settings = new_toml("bench", "taxonomy.yaml") + _EASY
    with Workspace.create(place, settings=settings) as workspace:
        workspace.take_in(open_export(csv, taxonomy=workspace.taxonomy))
    (place / "done").touch()
    return place


def run(folder: Path, rows: int, rounds: int) -> list[Pair]:
    """Measure every question."""
    with Workspace(stored(folder, rows)) as workspace:
        warehouse = workspace.warehouse
        questions = _questions(Local(workspace), "region")

        def fresh(*asked: Callable[[], object], rows: bool) -> Callable[[], object]:
            def ask() -> object:
                warehouse.forget(rows=rows)
                return [question() for question in asked]

            return ask

        def sql(*queries: str) -> Callable[[], object]:
            return lambda: [warehouse.fetch(query) for query in queries]

        def told(name: str, ours: Callable[[], object], *queries: str, most: float = inf) -> Pair:
            goal = f"at most {most}" if most < inf else ""
            return pair(f"{name} / SQL", ours, sql(*queries), rounds=rounds, at_most=most, goal=goal)

        pairs = [told(name, fresh(question, rows=False), *queries, most=_MOST) for name, question, queries in questions]
        every = [query for _, _, queries in questions for query in queries]
        first, question, queries = questions[1]
        return [
            *pairs,
            told("all ten, nothing in memory", fresh(*(ask for _, ask, _ in questions), rows=True), *every, most=_MOST),
            told(f"{first} alone, nothing in memory", fresh(question, rows=True), *queries),
            told(
                "reading touches and answers",
                fresh(*(partial(warehouse.held, table) for table in _HELD), rows=True),
                *(f"SELECT * FROM {table}" for table in _HELD),
            ),
        ]


def _questions(journey: Local, segment: str) -> list[tuple[str, Callable[[], object], tuple[str, ...]]]:
    """Return each question's name, how to ask it, and SQL by hand for the same numbers."""
    whole, parts = _MOMENTS.format(by="1 AS one"), _MOMENTS.format(by="stage")
    seg, week = f"seg_{segment}", _MOMENTS.format(by="week")
    by = f"segment:{segment}"
    latest = (_LATEST.format(by="stage"), _LATEST.format(by="1 AS one"))
    friction = (_FRICTION.format(by="stage"), _FRICTION.format(by="stage, touchpoint"), _THERE)
    shared = f"""
        SELECT cluster, count(*)
        FROM (SELECT DISTINCT stage, {seg}, coalesce(account_key, customer_key) AS cluster FROM touches) GROUP BY ALL
    """
    segments = (_MOMENTS.format(by=f"stage, {seg}"), _MOMENTS.format(by=seg), shared)
    return [
        ("stages", journey.stages, (parts, whole, *latest)),
        ("jsi by segment", lambda: journey.jsi(by=by), (_MOMENTS.format(by=seg),)),
        ("jsi by week", lambda: journey.jsi(by="week"), (week,)),
        ("standing, 50 lowest", journey.standing, (_STANDING,)),
        ("heatmap by segment", lambda: journey.heatmap(by=by), heatmap_sql(by)),
        ("heatmap by metric", lambda: journey.heatmap(by="metric"), heatmap_sql("metric")),
        ("friction", journey.friction, friction),
        ("trend by week", journey.trend, (_MOMENTS.format(by="stage, week"), week)),
        ("segments", lambda: journey.segments(names=[segment]), segments),
        ("causes, all stages", journey.causes, (_CAUSES,)),
    ]
