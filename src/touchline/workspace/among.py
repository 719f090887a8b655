"""A workspace as it looks to a question that is about some customers only: one account, or one persona."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import unknown
from touchline.warehouse.blanks import Values, blanks
from touchline.warehouse.duckdb import DuckWarehouse

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.warehouse.base import Build, Warehouse
    from touchline.warehouse.blanks import Mark
    from touchline.warehouse.held import Held
    from touchline.warehouse.index.journeys import Ints, Journeys
    from touchline.workspace.workspace import Workspace

_KEY: Final = "customer_key"
_AMONG: Final = "among_"  # what queries of the embedded warehouse call the keys
_MOST_NAMED: Final = 2_000  # customers that a query of a cluster names one by one


class Among:
    """A workspace whose questions see some customers only; everything else of it is as it is.

    Args:
        workspace: The whole.
        name: Names the customers: answers are remembered under it.
        keys: Theirs, ascending.
        chosen: Makes the expression of their keys, where they are too many to be named one by one.
    """

    def __init__(
        self, workspace: Workspace, name: tuple[object, ...], keys: Ints, chosen: Callable[[], ir.Table]
    ) -> None:
        self._whole = workspace
        self._name = name
        self._keys = keys
        self._chosen = chosen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    @property
    def asked(self) -> Warehouse:
        """The warehouse, with the rows of those customers."""
        return _Narrowed(self._whole.asked, self._name, self._keys, self._chosen)

    @property
    def warehouse(self) -> Any:
        """The embedded warehouse, with the rows of those customers where it is asked in expressions."""
        return _Narrowed(self._whole.warehouse, self._name, self._keys, self._chosen)

    @property
    def journeys(self) -> Journeys:
        """The journeys of those customers."""
        return self._whole.journeys.through(partial(_only, keys=self._keys))


def among(
    workspace: Workspace, at: datetime, *, accounts: tuple[str, ...] = (), personas: tuple[str, ...] = ()
) -> Workspace | Among:
    """Return a workspace as it looks to questions about some customers.

    Args:
        workspace: The whole.
        at: As of when personas are told, UTC.
        accounts: Customers who were last of one of these accounts; without any, of all.
        personas: And whom one of these personas stands for; without any, whoever.

    Raises:
        QuestionError: An account or a persona does not exist.
    """
    for persona in personas:
        if persona not in (known := [one.name for one in workspace.settings.personas]):
            raise unknown("persona", persona, known)
    if not accounts and not personas:
        return workspace
    name = ("among", accounts, personas, at if personas else None)
    warehouse = workspace.asked

    def chosen() -> ir.Table:
        parts = [*_of_accounts(warehouse, accounts), *_of_personas(workspace, at, personas)]
        first, *others = parts
        for other in others:
            first = first.semi_join(other, _KEY)
        return first

    keys = _keys(workspace, at, accounts, personas)
    if accounts and not len(keys):
        there = tuple(warehouse.ask(("among", "accounts"), partial(_accounts, warehouse))["account_ref"].to_pylist())
        for account in accounts:
            if account not in there:
                raise unknown("account", account, there[:100])
    return Among(workspace, name, keys, chosen)


def _keys(workspace: Workspace, at: datetime, accounts: tuple[str, ...], wanted: tuple[str, ...]) -> Ints:
    """Return the keys of the customers, ascending. Who a persona stands for is asked of all personas at once."""
    from touchline.scores.rules import personas

    warehouse, parts = workspace.asked, []
    if accounts:
        found = warehouse.ask(("among", "of", Values(accounts)), lambda: _of_accounts(warehouse, accounts)[0])
        parts.append(found[_KEY].to_numpy())
    if wanted:
        stands = personas(warehouse, workspace.settings, at, taxonomy=workspace.taxonomy)
        parts.append(stands.filter(pc.is_in(stands["persona"], pa.array(wanted)))[_KEY].to_numpy())
    keys: Ints = reduce(np.intersect1d, parts[1:], np.unique(parts[0]))
    return keys


def accounts(workspace: Workspace, limit: int = 100) -> list[str]:
    """Return the accounts with most customers, by name."""
    warehouse = workspace.asked

    def any_there() -> ir.Table:
        touches = warehouse.table("touches")
        return touches.agg(n=touches.account_key.count())

    if not warehouse.ask(("among", "accounts there"), any_there)["n"][0].as_py():
        return []
    found = warehouse.ask(("among", "accounts"), partial(_accounts, warehouse))
    return sorted(found["account_ref"].to_pylist()[:limit])


def _accounts(warehouse: Warehouse) -> ir.Table:
    import ibis

    told = _accounted(warehouse)
    counted = told.group_by("account_ref").agg(n=told.customer_key.nunique())
    return counted.order_by([ibis.desc("n"), "account_ref"])


def _of_accounts(warehouse: Warehouse, accounts: tuple[str, ...]) -> list[ir.Table]:
    if not accounts:
        return []
    table = _accounted(warehouse)
    return [table.filter(table.account_ref.isin(blanks(accounts))).select(_KEY)]


def _accounted(warehouse: Warehouse) -> ir.Table:
    """Return the customers who have an account, with the one named last."""
    return warehouse.rolled(("accounts of customers",), _last_accounts)


def _last_accounts(warehouse: Warehouse) -> ir.Table:
    rows = warehouse.table("interactions")
    rows = rows.filter(rows.customer_ref.notnull(), rows.account_ref.notnull())
    return rows.group_by(_KEY).agg(account_ref=rows.account_ref.argmax(rows.occurred_at))


def _of_personas(workspace: Workspace, at: datetime, wanted: tuple[str, ...]) -> list[ir.Table]:
    from touchline.scores.rules import persona_expression

    if not wanted:
        return []
    found = persona_expression(workspace.asked, workspace.settings, at, wanted, taxonomy=workspace.taxonomy)
    return [found.select(_KEY)]


def _only(journeys: Journeys, keys: Ints) -> Journeys:
    return journeys.of(np.isin(journeys.keys, keys))


def _named(keys: Ints) -> ir.Table:
    """Return keys as a table of one literal: a literal each takes Ibis several times as long to compile."""
    import ibis

    return ibis.literal(keys.tolist(), type="array<int64>").unnest().name(_KEY).as_table()


@dataclass(frozen=True)
class _Who:
    """The customers of a narrowed warehouse, in a key: answers are theirs, the query is that of any."""

    name: tuple[object, ...]
    hash: int

    def blanked(self, _mark: Mark) -> object:
        return "among"


class _Giving(threading.local):
    """Whose keys this thread's queries read now."""

    who: _Who | None = None


_giving = _Giving()


class _Narrowed:
    """A warehouse whose tables have the rows of some customers only."""

    def __init__(self, whole: Any, name: tuple[object, ...], keys: Ints, chosen: Callable[[], ir.Table]) -> None:
        self._whole = whole
        self._keys = keys
        self._chosen = chosen
        self._who = _Who(name, hash(keys.tobytes()))
        self._embedded = isinstance(whole, DuckWarehouse)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    @property
    def published(self) -> str:
        return str(self._whole.published)

    def table(self, name: str) -> ir.Table:
        table: ir.Table = self._whole.table(name)
        return self._kept(table) if _KEY in table.columns else table

    def rolled(self, key: tuple[object, ...], build: Build) -> ir.Table:
        return self._kept(self._whole.rolled(key, build))

    def held(self, name: str) -> Held | None:
        found: Held | None = self._whole.held(name)
        return found and found.remembered(self._who, lambda: found.among(self._keys))

    def _kept(self, table: ir.Table) -> ir.Table:
        import ibis

        if self._embedded:
            return table.semi_join(ibis.table({_KEY: "int64"}, name=_AMONG), _KEY)
        if len(self._keys) <= _MOST_NAMED:
            return table.semi_join(_named(self._keys), _KEY)
        return table.semi_join(self._chosen(), _KEY)

    @contextmanager
    def _with_keys(self) -> Iterator[None]:
        """Let queries of this thread read the keys."""
        if not self._embedded or _giving.who == self._who:
            yield
            return
        with self._whole.given(**{_AMONG: pa.table({_KEY: self._keys})}):
            _giving.who = self._who
            try:
                yield
            finally:
                _giving.who = None

    def segments(self) -> tuple[str, ...]:
        found: tuple[str, ...] = self._whole.segments()
        return found

    def ask(self, key: tuple[object, ...], build: Callable[[], ir.Table]) -> pa.Table:
        with self._with_keys():
            # the keys of the customers may change with the data; on a cluster they stand in the query
            mine: tuple[object, ...] = (self._who,) if self._embedded else (*self._who.name, self._who.hash)
            found: pa.Table = self._whole.ask((*mine, *key), build)
            return found

    def fetch(self, sql: str, **parameters: object) -> pa.Table:
        with self._with_keys():
            found: pa.Table = self._whole.fetch(sql, **parameters)
            return found

    def meta(self, key: str) -> str | None:
        found: str | None = self._whole.meta(key)
        return found

    def having(self, name: str, column: str, values: pa.Array) -> pa.Table:
        found: pa.Table = self._whole.having(name, column, values)
        return found.filter(pc.is_in(found[_KEY], pa.array(self._keys))) if _KEY in found.column_names else found
