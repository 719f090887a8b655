"""One cluster for all of these tests: master, worker and executor processes of its own; started when first needed."""

from __future__ import annotations

import os
import warnings

import pytest

from touchline.warehouse.spark.session import JAVA, java_version

MASTER = os.environ.get("TOUCHLINE_SPARK_MASTER", "local-cluster[2,1,1024]")
#: Worlds are small: planning and compiling a query costs more than running it (measured), so neither is done with care.
SMALL = (
    "spark.sql.shuffle.partitions=2",
    "spark.default.parallelism=2",
    "spark.sql.adaptive.enabled=false",
    "spark.sql.codegen.wholeStage=false",
    "spark.sql.codegen.factoryMode=NO_CODEGEN",
    "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1",
    "spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1",
)


def missing() -> str | None:
    """Say in one line what is missing; None when nothing is."""
    import importlib.util

    if importlib.util.find_spec("pyspark") is None:
        return "Spark tests skipped: PySpark is missing; pip install 'touchline[spark]'"
    found = java_version()
    if found is None or found < JAVA:
        return f"Spark tests skipped: Java {JAVA} or newer is missing; apt install openjdk-17-jre-headless"
    return None


@pytest.fixture(scope="session")
def spark():
    if why := missing():
        pytest.skip(why)
    from touchline.warehouse.spark.session import connect

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = connect(MASTER, SMALL)
    yield session
    session.stop()


@pytest.fixture(autouse=True)
def _warnings_of_pyspark():
    """PySpark 4.3 warns of pandas 3, and leaves sockets to the collector; neither is ours."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
        warnings.filterwarnings("ignore", category=ResourceWarning)
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give what asks the cluster its time."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(1200))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory):
    """A small workspace of simulated customers, with every kind of interaction."""
    from touchline.cli.data import export_of
    from touchline.settings import new_toml
    from touchline.simulation import simulate_to
    from touchline.workspace import Workspace

    folder = tmp_path_factory.mktemp("spark") / "workspace"
    settings = new_toml("demo", "taxonomy.yaml").replace("# buckets = 32 ", "buckets = 4 ")
    with Workspace.create(folder, settings=settings) as workspace:
        simulate_to(folder / "world", 120, 1, lambda done: None)
        workspace.take_in(export_of(folder / "world" / "interactions.csv", workspace=workspace))
        yield workspace
