"""Many random worlds in one table with a column ``world``: a query asked of all of them at once.

A small query costs Spark about a second, whatever it reads; so each is written so that it answers for every world, and
each world is given its rows. What cannot be written so is asked world by world.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp
from tests.worlds import NOBODY, SEGMENTS, Tables

from touchline.warehouse.spark.warehouse import fetched, sql

WORLD = "world"
MANY = 100_000  # rows; no world has so many, and a limit of them is none


class NotTogether(Exception):
    """A query that cannot be asked of all worlds at once."""


def together(query: str) -> str:
    """Write a query so that every world's rows stay apart; an outermost limit is left to the caller.

    >>> print(together("SELECT a, SUM(b) AS q FROM t AS t0 GROUP BY 1"))
    SELECT a, SUM(b) AS q, t0.world FROM t AS t0 GROUP BY 1, t0.world
    """
    tree = sqlglot.parse_one(query, dialect="databricks")
    tree.set("limit", None)
    for limit in list(tree.find_all(exp.Limit)):
        if int(limit.expression.name) >= MANY:
            limit.pop()
    if any(tree.find_all(exp.Limit, exp.Exists)) or any(
        isinstance(sub.parent, (exp.In, exp.Binary, exp.Select)) for sub in tree.find_all(exp.Subquery)
    ):
        raise NotTogether(query)
    for select in list(tree.find_all(exp.Select)):
        _apart(select)
    return tree.sql(dialect="databricks")


def _apart(select: exp.Select) -> None:
    source = select.args.get("from_") or select.args.get("from")
    if source is None:
        raise NotTogether("no FROM")
    mine = exp.column(WORLD, table=source.this.alias_or_name)
    for join in select.args.get("joins") or ():
        if join.side in ("RIGHT", "FULL"):
            raise NotTogether("outer")
        same = exp.EQ(this=mine.copy(), expression=exp.column(WORLD, table=join.this.alias_or_name))
        on = join.args.get("on")
        join.set("on", exp.and_(on, same) if on else same)
        if join.kind == "CROSS":
            join.set("kind", "INNER")
    own = list(select.expressions)
    for expression in own:
        for window in expression.find_all(exp.Window):
            if window.find_ancestor(exp.Select) is select:
                window.set("partition_by", [*(window.args.get("partition_by") or []), mine.copy()])
    for star in (expression for expression in own if expression.is_star):
        (star.find(exp.Star) or star).set("except_", [exp.to_identifier(WORLD)])
    select.append("expressions", mine.copy())
    if group := select.args.get("group"):
        group.append("expressions", mine.copy())
    elif any(_aggregates(expression) for expression in own):
        select.set("group", exp.Group(expressions=[mine.copy()]))


def _aggregates(expression: exp.Expression) -> bool:
    return any(not isinstance(found.parent, exp.Window) for found in expression.find_all(exp.AggFunc))


class SparkWorlds:
    """Random worlds on Spark; `of` is the `Warehouse` of one."""

    def __init__(self, spark: Any, folder: Any, worlds: Sequence[Tables]) -> None:
        self.spark, self.count, self.alone = spark, len(worlds), 0
        self.schemas: dict[str, pa.Schema] = {}
        self.answers: dict[tuple[object, ...], pa.Table] = {}
        nobody = {name: schema.empty_table() for name, schema in NOBODY.items()}
        worlds = [nobody | world for world in worlds]
        for name, first in worlds[0].items():
            kept = [column for column in first.column_names if column != "content_hash"]
            self.schemas[name] = first.select(kept).schema
            parts = [
                world[name].select(kept).append_column(WORLD, pa.array([number] * world[name].num_rows, pa.int32()))
                for number, world in enumerate(worlds)
            ]
            path = folder / f"{name}.parquet"
            pq.write_table(pa.concat_tables(parts), path)
            spark.read.parquet(f"file://{path}").createOrReplaceTempView(f"all_{name}")

    def of(self, number: int) -> OneWorld:
        return OneWorld(self, number)

    def ask(self, number: int, key: tuple[object, ...], build: Callable[[], Any]) -> pa.Table:
        expression = build()
        query, schema = sql(expression), expression.schema().to_pyarrow()
        full = (query, *key)
        try:
            if full not in self.answers:
                self.answers[full] = fetched(self.spark.sql(together(query)))
            every = self.answers[full]
            mine = every.filter(pc.equal(every[WORLD], number)).select(schema.names)
            if limit := sqlglot.parse_one(query, dialect="databricks").args.get("limit"):
                mine = mine.slice(0, int(limit.expression.name))
            if mine.num_rows:
                return mine.cast(schema)
        except NotTogether:
            self.alone += 1
        if full in self.answers and not self._whole(query):
            return schema.empty_table()
        for name in self.schemas:
            self.spark.sql(f"SELECT * FROM all_{name} WHERE {WORLD} = {number}").drop(WORLD).createOrReplaceTempView(
                f"one_{name}"
            )
        return fetched(self.spark.sql(query.replace("`all_", "`one_"))).cast(schema)

    @staticmethod
    def _whole(query: str) -> bool:
        """Does the query give a row of nothing, too?"""
        tree = sqlglot.parse_one(query, dialect="databricks")
        return isinstance(tree, exp.Select) and not tree.args.get("group") and any(map(_aggregates, tree.expressions))


class OneWorld:
    """One world as a `Warehouse`."""

    def __init__(self, worlds: SparkWorlds, number: int) -> None:
        self.worlds, self.number = worlds, number

    @property
    def published(self) -> str:
        return f"world {self.number}"

    def table(self, name: str) -> Any:
        import ibis

        return ibis.table(ibis.Schema.from_pyarrow(self.worlds.schemas[name]), name=f"all_{name}")

    def segments(self) -> tuple[str, ...]:
        return tuple(SEGMENTS)

    def having(self, name: str, column: str, values: pa.Array) -> pa.Table:
        rows = fetched(self.worlds.spark.sql(f"SELECT * FROM all_{name} WHERE {WORLD} = {self.number}"))
        return rows.filter(pc.is_in(rows[column], values)).drop_columns([WORLD])

    def rolled(self, _key: tuple[object, ...], build: Callable[[Any], Any]) -> Any:
        return build(self)

    def held(self, _name: str) -> None: ...

    def texts(self, wanted: pa.Table) -> dict[str, str | None]:
        told = self.having("interactions", "interaction_id", wanted["interaction_id"].combine_chunks().unique())
        return dict(zip(told["interaction_id"].to_pylist(), told["text"].to_pylist(), strict=True))

    def ask(self, key: tuple[object, ...], build: Callable[[], Any]) -> pa.Table:
        return self.worlds.ask(self.number, key, build)
