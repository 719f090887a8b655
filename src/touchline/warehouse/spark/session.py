"""Finding the cluster: one Spark session per process, with the settings that equal answers need."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from touchline.errors import SettingsError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA: Final = 17
#: What makes Spark answer as DuckDB does: UTC, times without a zone, NULL where a number cannot be.
_EQUAL: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    "spark.sql.sources.useV1SourceList": "parquet",
}
_QUIET: Final = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
#: A file is one task's, however large: a customer is in one file, and no task sees half of one.
_WHOLE_FILES: Final = {
    "spark.sql.files.maxPartitionBytes": str(1 << 50),
    "spark.sql.files.openCostInBytes": str(1 << 50),
}


def java_version() -> int | None:
    """Return the major version of the Java that Spark would use; None when there is none."""
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if program is None or not Path(program).exists():
        return None
    told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)  # noqa: S603  ours
    found = re.search(r'version "(\d+)', told.stderr + told.stdout)
    return int(found[1]) if found else None


def connect(engine: str, options: Iterable[str] = ()) -> SparkSession:
    """Return the session of a cluster; the process keeps it until it ends.

    Args:
        engine: A master: ``spark://host:7077``, ``yarn``, ``k8s://...``, ``local[4]``, ``local-cluster[2,1,1024]``.
        options: Further settings of Spark, ``key=value`` each.

    Raises:
        SettingsError: PySpark or Java is missing, an option is none, or the process is at another cluster already.
    """
    import importlib.util

    if importlib.util.find_spec("pyspark") is None:
        raise SettingsError(
            "PySpark is not installed", where="engine.engine", todo="pip install 'touchline[spark]', or use duckdb"
        )
    if (found := java_version()) is None or found < JAVA:
        raise SettingsError(
            f"Spark needs Java {JAVA} or newer; " + (f"Java {found} is here" if found else "none was found"),
            where="engine.engine",
            todo="apt install openjdk-17-jre-headless, or set JAVA_HOME",
        )
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PySpark 4.3 warns of pandas 3, which we do not hand it
        from pyspark.sql import SparkSession

        running = SparkSession.getActiveSession()
        if running is not None and not running.sparkContext._jsc.sc().isStopped():
            if running.sparkContext.master != engine:
                raise SettingsError(
                    f"this process is at {running.sparkContext.master} already",
                    where="engine.engine",
                    todo="ask another cluster from another process",
                )
            return running
        builder = SparkSession.builder.appName("touchline").master(engine)
        for key, value in (_EQUAL | _QUIET | _stated(options) | _near(engine)).items():
            builder = builder.config(key, value)
        session = builder.getOrCreate()
    atexit.register(session.stop)  # before Python's end takes the connection away from under it
    return session


def whole_files(spark: SparkSession) -> SparkSession:
    """Return a session of the same cluster in which every file is read by one task."""
    other = spark.newSession()
    for key, value in (_EQUAL | _WHOLE_FILES).items():
        other.conf.set(key, value)
    return other


def _stated(options: Iterable[str]) -> dict[str, str]:
    found = {}
    for text in options:
        key, equals, value = text.partition("=")
        if not equals or not key.strip().startswith("spark."):
            raise SettingsError(
                f"{text!r} is no option of Spark", where="engine.options", todo="write it as spark.executor.memory=4g"
            )
        found[key.strip()] = value.strip()
    return found


def _near(engine: str) -> dict[str, str]:
    """Keep a cluster on this machine off the network."""
    if not engine.startswith("local"):
        return {}
    return {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
