"""The warehouse on Spark: the same tables and questions as the embedded one, over Parquet."""

from __future__ import annotations

import threading
import uuid
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from touchline.errors import WorkspaceError, unknown
from touchline.warehouse.spark.files import Place
from touchline.warehouse.spark.manifest import Manifest, latest

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pyspark.sql import DataFrame, SparkSession

    from touchline.warehouse.base import Build

_REMEMBERED: Final = 512  # answers
#: The schemas' columns that Ibis has no type for.
_UNKNOWN: Final = ("content_hash",)


class SparkWarehouse:
    """One version of a Parquet warehouse, asked on a cluster; implements `touchline.warehouse.base.Warehouse`."""

    def __init__(self, spark: SparkSession, place: Place, manifest: Manifest) -> None:
        self.spark, self.place, self.manifest = spark, place, manifest
        self._mark = uuid.uuid4().hex[:8]
        self._lock = threading.RLock()
        self._shown: set[str] = set()
        self._answers: OrderedDict[tuple[object, ...], pa.Table] = OrderedDict()

    @classmethod
    def open(cls, spark: SparkSession, uri: str) -> SparkWarehouse:
        """Open the newest version.

        Raises:
            WorkspaceError: Nothing was written there.
        """
        place = Place(uri, spark)
        manifest = latest(place)
        if manifest is None:
            raise WorkspaceError(
                "there is no Parquet warehouse here yet", where=uri, todo="run `touchline warehouse copy`"
            )
        return cls(spark, place, manifest)

    @property
    def published(self) -> str:
        """Names the data as they stand."""
        return f"version {self.manifest.number}"

    def segments(self) -> tuple[str, ...]:
        """Return the names of the segments in force."""
        return self.manifest.segments

    def frame(self, name: str, buckets: Sequence[int] | None = None) -> DataFrame:
        """Return a table as Spark has it, all of it or some of its buckets."""
        table = self.manifest.tables[name]
        files = [self.place.full(p.file) for b, p in sorted(table.parts.items()) if buckets is None or b in buckets]
        return framed(self.spark, table.schema, files)

    def table(self, name: str) -> ir.Table:
        """Return a table as an Ibis expression."""
        import ibis

        if name not in self.manifest.tables:
            raise unknown("table", name, self.manifest.tables)
        view = f"touchline_{self._mark}_{name}"
        with self._lock:
            if name not in self._shown:
                self.frame(name).createOrReplaceTempView(view)
                self._shown.add(name)
        columns = [field for field in self.manifest.tables[name].schema if field.name not in _UNKNOWN]
        return ibis.table(ibis.Schema.from_pyarrow(pa.schema(columns)), name=view)

    def ask(self, key: tuple[object, ...], build: Callable[[], ir.Table]) -> pa.Table:
        """Run the expression that ``build`` makes; its answer is kept, as a version never changes."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        expression = build()
        answer = fetched(self.spark.sql(sql(expression))).cast(expression.schema().to_pyarrow())
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return answer

    def rolled(self, _key: tuple[object, ...], build: Build) -> ir.Table:
        """See `touchline.warehouse.base.Warehouse.rolled`; here they are part of every question."""
        return build(self)

    def held(self, _name: str) -> None:
        """See `touchline.warehouse.base.Warehouse.held`; a cluster's tables are too large for one machine."""

    def texts(self, wanted: pa.Table) -> Mapping[str, str | None]:
        """See `touchline.warehouse.base.Warehouse.texts`."""
        told = self.having("interactions", "interaction_id", wanted["interaction_id"].combine_chunks().unique())
        return dict(zip(told["interaction_id"].to_pylist(), told["text"].to_pylist(), strict=True))

    def meta(self, key: str) -> str | None:
        """Return a remembered value."""
        return self.manifest.meta.get(key)

    def having(self, name: str, column: str, values: pa.Array) -> pa.Table:
        """See `touchline.warehouse.base.Warehouse.having`."""
        from pyspark.sql.functions import broadcast

        wanted = self.spark.createDataFrame(pa.table({column: values}))
        return fetched(self.frame(name).join(broadcast(wanted), column, "left_semi"))

    def close(self) -> None:
        """Forget the views; the session stays."""
        for name in self._shown:
            self.spark.catalog.dropTempView(f"touchline_{self._mark}_{name}")
        self._shown.clear()


def sql(expression: ir.Table) -> str:
    """Return an expression in Spark's SQL."""
    import ibis

    # Databricks' dialect is Spark's, and Ibis writes it without a connection of its own.
    return str(ibis.to_sql(expression, dialect="databricks"))


def framed(spark: SparkSession, schema: pa.Schema, files: Sequence[str]) -> DataFrame:
    """Return Parquet files of a known schema as a frame; none of them is opened for it."""
    from pyspark.sql.pandas.types import from_arrow_schema

    shape = from_arrow_schema(schema, prefer_timestamp_ntz=True)
    return spark.read.schema(shape).parquet(*files) if files else spark.createDataFrame([], shape)


def fetched(frame: DataFrame) -> pa.Table:
    """Return the rows of a frame."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return frame.toArrow()
