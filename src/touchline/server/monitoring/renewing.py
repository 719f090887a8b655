"""When contracts end: by when a gate's answer is needed, and in which order those whom it holds are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakKeyDictionary

from touchline.errors import QuestionError

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.workspaces.facade import Held
    from touchline.value.basis import Basis
    from touchline.value.outcomes import Outcomes

Row = TypeVar("Row")
_remembered: Final[WeakKeyDictionary[Held, dict[str, tuple[str, dict[str, datetime]]]]] = WeakKeyDictionary()


class Order(StrEnum):
    """How those whom a gate holds are listed: the lowest JSI first, what is due first, the latest held, by name."""

    JSI = "jsi"
    DUE = "due"
    SINCE = "since"
    REF = "ref"


def found(local: Local) -> tuple[Basis, Outcomes] | None:
    """Return what became of customers, as [value] tells losses; None where nothing says who stays."""
    from touchline.value.basis import workspace_basis
    from touchline.value.outcomes import outcomes

    workspace = local.workspace
    basis = workspace_basis(workspace.asked, workspace.journeys, workspace.settings)
    try:
        return basis, outcomes(basis)
    except QuestionError:
        return None


def refs(local: Local, of: str) -> dict[int, str]:
    """Return the reference of each customer, or of their account."""
    names = local.workspace.warehouse.fetch("SELECT customer_key, customer_ref, account_ref FROM customers")
    column = "customer_ref" if of == "person" else "account_ref"
    pairs = zip(names["customer_key"].to_pylist(), names[column].to_pylist(), strict=True)
    return {key: ref for key, ref in pairs if ref}


def dues(local: Local, of: str) -> dict[str, datetime]:
    """Return when the running contract of each person or account ends, the first one of an account's.

    Args:
        local: The workspace.
        of: ``person`` or ``account``.

    Returns:
        By reference; without those who have no contract, or whose end nobody knows. Empty where losses are told by
        inactivity: nothing is due then.
    """
    told = found(local)
    if told is None or told[1].how != "contract":
        return {}
    basis, ends = told[0], told[1].ends
    names, made = refs(local, of), dict[str, datetime]()
    for key, end in zip(basis.journeys.keys.tolist(), ends.tolist(), strict=True):
        if end > 0 and (ref := names.get(key)):
            at = datetime.fromtimestamp(end / 1_000_000, UTC)
            made[ref] = min(at, made.get(ref, at))
    return made


def dues_of(held: Held, of: str) -> dict[str, datetime]:
    """Return `dues` of a workspace that this process holds, worked out once for each state of its data."""
    mine, published = _remembered.setdefault(held, {}), held.published
    if of not in mine or mine[of][0] != published:
        mine[of] = (published, held.ask(lambda local: dues(local, of), seconds=30))
    return mine[of][1]


def ordered(rows: Iterable[Row], order: Order, read: Callable[[Row], Mapping[str, Any]]) -> list[Row]:
    """Return rows in an order; those without a value come last, and equal ones by name.

    Args:
        rows: What is listed.
        order: By what.
        read: Tells a row's ``ref``, ``jsi``, ``due`` and ``since``.

    >>> rows = [{"ref": "b", "due": None}, {"ref": "a", "due": 2}, {"ref": "c", "due": 1}]
    >>> [row["ref"] for row in ordered(rows, Order.DUE, dict)]
    ['c', 'a', 'b']
    """
    named = sorted(rows, key=lambda row: str(read(row)["ref"]))
    there = [row for row in named if read(row)[order] is not None]
    missing = [row for row in named if read(row)[order] is None]
    return sorted(there, key=lambda row: read(row)[order], reverse=order is Order.SINCE) + missing
