"""One customer's story: what happened, what they said, how it counted, and how they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import Figure, Filters
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.workspace.workspace import Workspace

_MENTION: Final = pa.struct(
    [
        ("stage", pa.string()), ("touchpoint", pa.string()), ("theme", pa.string()), ("sentiment", pa.int8()),
        ("emotion", pa.string()), ("severity", pa.float64()), ("words", pa.string()),
    ]
)  # fmt: skip
_ANSWER: Final = pa.struct(
    [
        ("stage", pa.string()), ("question", pa.string()), ("kind", pa.string()), ("value", pa.float64()),
        ("low", pa.float64()), ("high", pa.float64()), ("sign", pa.int8()),
    ]
)  # fmt: skip
_TOUCH: Final = pa.struct([("stage", pa.string()), ("s", pa.int8()), ("weight", pa.float64()), ("method", pa.string())])

#: The rows of a timeline.
TIMELINE: Final = pa.schema(
    [
        ("interaction_id", pa.string()), ("occurred_at", pa.timestamp("us")), ("kind", pa.string()),
        ("author", pa.string()), ("channel", pa.string()), ("source", pa.string()), ("programme", pa.string()),
        ("event", pa.string()), ("position", pa.string()), ("text", pa.string()), ("mentions", pa.list_(_MENTION)),
        ("answers", pa.list_(_ANSWER)), ("touches", pa.list_(_TOUCH)),
    ]
)  # fmt: skip


def timeline(workspace: Workspace, customer: str, filters: Filters, *, limit: int) -> Figure:
    """Return what happened with a customer, newest first.

    Args:
        workspace: Open, and up to date.
        customer: A reference of theirs.
        filters: Which interactions, by what held then.
        limit: How many at most; the facts count all.

    Returns:
        Rows interaction_id, occurred_at (UTC), kind, author, channel, source, programme, event, position (the progress
        stage held then), text (redacted), mentions, answers and touches (those that began with it), a list each. Facts:
        customer, refs (all of the person's), n (interactions), and of their standing jsi, low, high, trend, band,
        n_eff and touches (how many count).

    Raises:
        QuestionError: There is no such customer, or a filter that journeys do not know.
    """
    ask = workspace.warehouse.fetch
    keys = ask("SELECT DISTINCT customer_key FROM interactions WHERE customer_ref = $ref", ref=customer)
    if not keys.num_rows:
        raise _nobody(customer)
    key = keys.column(0)[0].as_py()
    moments = _moments(workspace, key, filters)
    with workspace.warehouse.given(moments=moments):
        rows = _rows(workspace, key, limit)
        counted = workspace.warehouse.value(
            "SELECT count(*) FROM interactions SEMI JOIN moments ON epoch_us(occurred_at) = moments.at"
            " WHERE customer_key = $key",
            key=key,
        )
    if filters != Filters() and not counted:  # nothing of it may be seen: as if nobody were there
        raise _nobody(customer)
    refs = ask("SELECT DISTINCT customer_ref FROM interactions WHERE customer_key = $key ORDER BY 1", key=key)
    facts = {"customer": customer, "refs": refs.column(0).to_pylist(), "n": counted}
    notes = (
        (phrase("The newest {limit} of {counted} interactions are shown.", limit=limit, counted=counted),)
        if counted > limit
        else ()
    )
    return Figure(
        "timeline",
        pa.Table.from_pylist(rows, TIMELINE),
        phrase(
            "What happened with {customer}, newest first; the standing JSI, with its 95 % "
            "interval, is as of the latest touch of all customers.",
            customer=customer,
        ),
        notes,
        facts | _standing(workspace, key, filters),
    )


def _moments(workspace: Workspace, key: int, filters: Filters) -> pa.Table:
    """Return when the customer's interactions happened that the filters let through: ``at``, microseconds."""
    import numpy as np

    from touchline.sequences.restricting import let_through

    journeys = workspace.journeys
    here = int(np.searchsorted(journeys.keys, key))
    if here == journeys.customers or int(journeys.keys[here]) != key:
        return pa.table({"at": pa.array([], pa.int64())})
    mine = journeys.span(here, here + 1)
    return pa.table({"at": pa.array(np.unique(mine.at[let_through(mine, filters)]), pa.int64())})


def _rows(workspace: Workspace, key: int, limit: int) -> list[dict[str, Any]]:
    ask = workspace.warehouse.fetch
    rows = ask(
        "SELECT interaction_id, occurred_at, kind, author, channel, source, programme, event, position, text"
        " FROM interactions i JOIN (SELECT interaction_id, position FROM journey) USING (interaction_id)"
        " SEMI JOIN moments ON epoch_us(i.occurred_at) = moments.at"
        " WHERE customer_key = $key ORDER BY occurred_at DESC, sequence DESC, interaction_id DESC LIMIT $most",
        key=key,
        most=limit,
    )
    with workspace.warehouse.given(shown=rows.select(["interaction_id"])):
        found = {
            "mentions": ask(
                'SELECT interaction_id, stage, touchpoint, theme, sentiment, emotion, severity, "start", "end"'
                " FROM mentions SEMI JOIN shown USING (interaction_id) ORDER BY interaction_id, mention"
            ),
            "answers": ask(
                "SELECT interaction_id, stage, question, kind, value, low, high, sign FROM answers"
                " SEMI JOIN shown USING (interaction_id) ORDER BY interaction_id, question, kind, value"
            ),
            "touches": ask(
                "SELECT interaction_id, stage, s, weight, method FROM touches"
                " SEMI JOIN shown USING (interaction_id) ORDER BY interaction_id, stage"
            ),
        }
    told: dict[str, dict[str, list[dict[str, Any]]]] = {name: {} for name in found}
    for name, table in found.items():
        for row in table.to_pylist():
            told[name].setdefault(row.pop("interaction_id"), []).append(row)
    made: list[dict[str, Any]] = rows.to_pylist()
    for row in made:
        row |= {name: told[name].get(row["interaction_id"], []) for name in found}
        for mention in row["mentions"]:
            mention["words"] = (row["text"] or "")[mention.pop("start") : mention.pop("end")]
    return made


def _standing(workspace: Workspace, key: int, filters: Filters) -> dict[str, Any]:
    """Return how the customer stands, as facts."""
    from touchline.scores.standing import standing

    score = workspace.settings.score
    # of several references of one person, the one that the view of customers tells
    customer = workspace.warehouse.value("SELECT customer_ref FROM customers WHERE customer_key = $key", key=key)
    (row,) = standing(
        workspace.warehouse, filters, key=customer, half_life=score.half_life_person, at_risk=score.at_risk,
        healthy=score.healthy,
    ).to_dicts() or [{}]  # fmt: skip
    names = {"jsi": "jsi", "low": "low", "high": "high", "trend": "trend", "band": "band", "n_eff": "n_eff",
             "touches": "n"}  # fmt: skip
    told = {name: row.get(column) for name, column in names.items()}
    return told | {"touches": int(told["touches"] or 0)}


def _nobody(customer: str) -> QuestionError:
    return QuestionError(
        phrase(
            "there is no customer {customer}, or none of their interactions passes the filters", customer=repr(customer)
        ),
        todo=phrase("write the reference as the source has it"),
    )
