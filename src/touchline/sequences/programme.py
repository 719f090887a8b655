"""Surveys as a programme: how many were sent, delivered and answered, and who does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.cells import hidden_note
from touchline.scores.intervals import wilson
from touchline.sequences.restricting import let_through
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.scores.base import Filters
    from touchline.warehouse.index.journeys import Bools, Ints, Journeys

#: Names of events that say that a survey went out, and that it arrived. One that arrived went out.
SENT: Final = frozenset({"survey_sent", "survey_invited", "invitation_sent", "survey_reminded"})
DELIVERED: Final = frozenset({"survey_delivered", "invitation_delivered", "survey_opened"})
NO_PROGRAMME: Final = "(none)"


def programme(journeys: Journeys, filters: Filters, *, by: str = "programme") -> Figure:
    """Return how many surveys were sent, delivered and answered, and the share of customers who answer.

    An invitation is an interaction with the programme's name and an event of `SENT` or `DELIVERED`. Where there is
    any, the rate is over the customers who were invited. Without, it is over all who had an interaction: how much of
    the customers the programme hears at all.

    Args:
        journeys: Everybody's.
        filters: Which interactions.
        by: ``programme``, or ``segment:NAME``: the value that a customer had last.

    Returns:
        Rows name, sent, delivered, answered (interactions), n and customers (those over whom the rate is), rate, low,
        high (95 %, Wilson), rest_rate (of all other rows' customers), hidden, low_n. Behind a row are the customers
        who did not answer. Facts: over (``invited`` or ``active``), sent, delivered, answered, customers, rate, low,
        high.

    Raises:
        QuestionError: An unknown segment or filter value.

    >>> import pyarrow as pa
    >>> from touchline.scores.base import Filters
    >>> from touchline.warehouse.index.frames import journeys_of
    >>> rows = pa.table({"customer": ["a", "a", "b"], "event": ["survey_sent", "", "survey_sent"],
    ...     "kind": ["event", "survey", "event"], "author": ["system", "customer", "system"],
    ...     "programme": ["nps"] * 3, "time": ["2026-01-01", "2026-01-02", "2026-01-01"]})
    >>> found = programme(journeys_of(rows), Filters())
    >>> found.facts["sent"], found.facts["answered"], found.to_dicts()[0]["n"]
    (2, 1, 2)
    """
    mask = let_through(journeys, filters)
    delivered = mask & _among(journeys, "event", DELIVERED)
    sent = mask & _among(journeys, "event", SENT)
    went = sent | delivered
    answered = mask & _among(journeys, "kind", {"survey"}) & _among(journeys, "author", {"customer"})
    over = "invited" if went.any() else "active"
    groups, names = _groups(journeys, by)
    rows: list[dict[str, Any]] = []
    missing: list[Ints] = []
    whole_base = _owners(journeys, went if over == "invited" else mask)
    whole_heard = whole_base & _owners(journeys, answered)
    for code, name in enumerate(names):
        here = groups == code
        if by == "programme":
            base = _owners(journeys, went & here) if over == "invited" else whole_base
            heard = base & _owners(journeys, answered & here)
            counted = here
        else:
            base, heard = whole_base & here, whole_heard & here
            counted = here[journeys.owner]
        sizes = [int((part & counted).sum()) for part in (went, delivered, answered)]
        if not base.any() or not (sizes[0] or sizes[2] or by != "programme"):
            continue
        others = whole_base & ~base
        rest = (whole_heard & others).sum() / others.sum() if by != "programme" and others.any() else None
        rows.append(_row(name, sizes, int(base.sum()), int(heard.sum()), rest))
        missing.append(journeys.keys[base & ~heard])
    keys = [(row["name"] == NO_PROGRAMME, -row["n"], row["name"]) for row in rows]
    order = sorted(range(len(rows)), key=keys.__getitem__)
    table = pa.Table.from_pylist([rows[at] for at in order], schema=_SCHEMA)
    total = _row("all", [int(part.sum()) for part in (went, delivered, answered)], int(whole_base.sum()),
                 int(whole_heard.sum()), None)  # fmt: skip
    return Figure(
        "programme",
        table,
        _MEANING[over],
        (*hidden_note(table["hidden"].to_numpy(zero_copy_only=False)), *_NOTES[over]),
        {"over": over, "by": by, **{key: total[key] for key in _HEADLINES}},
        behind=lambda row: np.sort(missing[order[row]]),
    )  # fmt: skip


_MEANING: Final = {
    "invited": phrase(
        "Surveys sent, delivered and answered; the rate is the share of the customers "
        "invited who answered, with its 95 % interval (Wilson). Behind a row are those who "
        "did not answer."
    ),
    "active": phrase(
        "Survey answers; the rate is the share of all customers with an interaction who "
        "answered, with its 95 % interval (Wilson). Behind a row are those who did not "
        "answer."
    ),
}
_NOTES: Final[dict[str, tuple[str, ...]]] = {
    "invited": (),
    "active": (
        phrase(
            "No invitation is recorded, so a response rate cannot be told. Send an interaction "
            "for each survey that goes out: kind event, event survey_sent (and "
            "survey_delivered), with the programme's name."
        ),
    ),
}
_HEADLINES: Final = ("sent", "delivered", "answered", "customers", "rate", "low", "high")
_SCHEMA: Final = pa.schema(
    [
        ("name", pa.string()), ("sent", pa.int64()), ("delivered", pa.int64()), ("answered", pa.int64()),
        ("n", pa.int64()), ("customers", pa.int64()), ("rate", pa.float64()), ("low", pa.float64()),
        ("high", pa.float64()), ("rest_rate", pa.float64()), ("hidden", pa.bool_()), ("low_n", pa.bool_()),
    ]
)  # fmt: skip


def _row(name: str, sizes: list[int], base: int, heard: int, rest: float | None) -> dict[str, Any]:
    went, arrived, answered = sizes
    low, high = (float(end) for end in wilson(heard, base)[1:]) if base else (None, None)
    few = base < HIDDEN_N
    return {
        "name": name, "sent": went, "delivered": arrived, "answered": answered, "n": base, "customers": base,
        "rate": None if few else heard / base, "low": None if few else low, "high": None if few else high,
        "rest_rate": None if few else rest, "hidden": few, "low_n": base < LOW_N,
    }  # fmt: skip


def _groups(journeys: Journeys, by: str) -> tuple[Ints, list[str]]:
    """Return the group of every row (by programme) or of every customer (by segment), and the groups' names."""
    if by == "programme":
        coded = journeys.coded("programme")
        return np.where(coded.codes < 0, len(coded.names), coded.codes), [*coded.names, NO_PROGRAMME]
    if not by.startswith("segment:"):
        raise QuestionError(
            phrase("a programme is not told by {by}", by=repr(by)),
            where="by",
            todo=phrase("give programme or segment:NAME"),
        )
    name = by.removeprefix("segment:")
    column = f"seg_{name}" if f"seg_{name}" in journeys.columns else name
    coded = journeys.coded(column)
    last = coded.codes[journeys.starts[1:] - 1]
    return np.where(last < 0, len(coded.names), last), [*coded.names, NO_PROGRAMME]


def _among(journeys: Journeys, column: str, wanted: set[str] | frozenset[str]) -> Bools:
    if column not in journeys.columns:
        return np.zeros(len(journeys), dtype=np.bool_)
    coded = journeys.coded(column)
    held = np.array([*(name in wanted for name in coded.names), False])
    found: Bools = held[coded.codes]
    return found


def _owners(journeys: Journeys, rows: Bools) -> Bools:
    found = np.zeros(journeys.customers, dtype=np.bool_)
    found[journeys.owner[rows]] = True
    return found
