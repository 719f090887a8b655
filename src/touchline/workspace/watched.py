"""A workspace that notes the queries that a question makes of its warehouse: where a number is from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from touchline.warehouse.base import Build, Warehouse
    from touchline.warehouse.index.journeys import Journeys


Answers = TypeVar("Answers")


def watched(local: Answers) -> tuple[Answers, list[str]]:
    """Return questions that note what they ask the warehouse.

    Args:
        local: Answers from an open workspace.

    Returns:
        The same questions, and a list that fills with SQL, in the order in which it is asked, each once.
    """
    noted: list[str] = []
    kind, whole = type(local), vars(local)["workspace"]
    return kind(_Watched(whole, noted)), noted  # type: ignore[call-arg]


def _note(noted: list[str], said: str) -> None:
    if said not in noted:
        noted.append(said)


class _Watched:
    def __init__(self, whole: Any, noted: list[str]) -> None:
        self._whole = whole
        self._noted = noted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    @property
    def asked(self) -> Warehouse:
        return _Noting(self._whole.asked, self._noted)

    @property
    def journeys(self) -> Journeys:
        _note(self._noted, "-- a kernel over the journey index: every customer's interactions, in order of time")
        found: Journeys = self._whole.journeys
        return found


class _Noting:
    def __init__(self, whole: Any, noted: list[str]) -> None:
        self._whole = whole
        self._noted = noted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    def rolled(self, _key: tuple[object, ...], build: Build) -> ir.Table:
        return build(cast("Warehouse", self))  # so that the SQL says all of it

    def held(self, _name: str) -> None:
        """Nothing is held, so that everything is asked."""

    def ask(self, key: tuple[object, ...], build: Callable[[], ir.Table]) -> pa.Table:
        import ibis

        _note(self._noted, str(ibis.to_sql(build(), dialect="duckdb", pretty=True)))
        answer: pa.Table = self._whole.ask(key, build)
        return answer
