"""What the workspace knows of cases' customers: read once, when they are opened, so that the list needs no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from touchline.errors import WorkspaceMissing
from touchline.server.workspaces.facade import held
from touchline.warehouse.duckdb.tables import quoted

if TYPE_CHECKING:
    from touchline.questions import Local

_LONGEST: Final = 600


@dataclass(frozen=True, slots=True)
class Asked:
    """A customer, and what they should have spoken of.

    Attributes:
        customer: Their reference.
        stage: Prefer what they said of it.
        theme: The same.
    """

    customer: str
    stage: str = ""
    theme: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a customer.

    Attributes:
        segments: The latest value of each of their segments.
        score: Their standing JSI; None without a touch.
        stage: Of their last words that hurt, on the stage that was asked for if there is one.
        touchpoint: The same.
        theme: The same.
        sentiment: The same.
        channel: The same.
        excerpt: Those words.
        said_in: The interaction that they are of.
    """

    segments: dict[str, str] = field(default_factory=dict)
    score: float | None = None
    stage: str = ""
    touchpoint: str = ""
    theme: str = ""
    sentiment: int | None = None
    channel: str = ""
    excerpt: str = ""
    said_in: str = ""


def known(slug: str, asked: Sequence[Asked]) -> dict[Asked, Known]:
    """Return what a workspace knows of some customers, by few queries however many they are.

    Args:
        slug: The workspace.
        asked: Customers, with what they should have spoken of.

    Returns:
        What is known of each; those who were erased are missing. Nothing is known where this process does not hold the
        workspace.
    """
    try:
        opened = held(slug)
    except WorkspaceMissing:  # a command beside the server: it opens the case, and knows nothing of its customer
        return dict.fromkeys(asked, Known())
    gone = opened.workspace.graveyard.read().buried([one.customer for one in asked], at=datetime.now(UTC))
    left = [one for one in asked if one.customer not in gone]
    return opened.ask(lambda local: _known(local, left)) if left else {}


_KEYS: Final = """
SELECT DISTINCT customer_ref, customer_key FROM interactions SEMI JOIN asked ON customer_ref = customer
"""
_SAID: Final = """
SELECT a.number, m.stage, m.touchpoint, m.theme, m.sentiment, i.channel, i.text, i.interaction_id
FROM asked a JOIN mentions m USING (customer_key) JOIN interactions i USING (interaction_id)
WHERE i.author = 'customer'
QUALIFY row_number() OVER (PARTITION BY a.number ORDER BY m.stage = a.stage DESC NULLS LAST,
    m.theme = a.theme DESC NULLS LAST, m.sentiment < 0 DESC NULLS LAST, i.occurred_at DESC, m.interaction_id) = 1
"""


def _known(local: Local, asked: Sequence[Asked]) -> dict[Asked, Known]:
    import pyarrow as pa

    warehouse = local.workspace.warehouse
    with warehouse.given(asked=pa.table({"customer": [one.customer for one in asked]})):
        keys = {row["customer_ref"]: row["customer_key"] for row in warehouse.fetch(_KEYS).to_pylist()}
    there = [one for one in asked if one.customer in keys]
    table = pa.table({
        "number": pa.array(range(len(there)), pa.int64()),
        "customer_key": pa.array([keys[one.customer] for one in there], pa.int64()),
        "stage": pa.array([one.stage for one in there], pa.string()),
        "theme": pa.array([one.theme for one in there], pa.string()),
    })  # fmt: skip
    with warehouse.given(asked=table):
        said = {row["number"]: row for row in warehouse.fetch(_SAID).to_pylist()}
    people = sorted(set(table["customer_key"].to_pylist()))
    segments, scores = segments_of(local, people), _scores(local, people)
    found = dict.fromkeys(asked, Known())
    for number, one in enumerate(there):
        row, key = said.get(number, {}), keys[one.customer]
        excerpt = shortened(row.get("text") or "")
        found[one] = Known(
            segments.get(key, {}),
            scores.get(key),
            row.get("stage") or "",
            row.get("touchpoint") or "",
            row.get("theme") or "",
            row.get("sentiment"),
            row.get("channel") or "",
            excerpt,
            row["interaction_id"] if excerpt else "",
        )
    return found


def shortened(text: str) -> str:
    """Return what a case shows of a text."""
    return text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0] + " …"


def segments_of(local: Local, keys: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return the latest value of each segment, for each of some customers."""
    import pyarrow as pa

    warehouse = local.workspace.warehouse
    names = list(warehouse.segments())
    if not names:
        return {}
    latest = ", ".join(f"arg_max({quoted(f'seg_{name}')}, occurred_at) AS {quoted(f'seg_{name}')}" for name in names)
    every = ", ".join(quoted(f"seg_{name}") for name in names)
    with warehouse.given(wanted=pa.table({"customer_key": pa.array(keys, pa.int64())})):
        rows = warehouse.fetch(
            f"SELECT customer_key, {latest} FROM ("
            f"SELECT customer_key, occurred_at, {every} FROM touches SEMI JOIN wanted USING (customer_key) UNION ALL "
            f"SELECT customer_key, occurred_at, {every} FROM mentions SEMI JOIN wanted USING (customer_key) UNION ALL "
            f"SELECT customer_key, occurred_at, {every} FROM answers SEMI JOIN wanted USING (customer_key)"
            ") GROUP BY ALL"
        ).to_pylist()
    return {row["customer_key"]: {name: row[f"seg_{name}"] for name in names if row[f"seg_{name}"]} for row in rows}


def _scores(local: Local, keys: Sequence[int]) -> dict[int, float]:
    """Return the standing JSI of some customers; of those who are not to be profiled there is none."""
    from touchline.scores.base import Filters
    from touchline.scores.standing import standing

    if not keys:
        return {}
    score = local.workspace.settings.score
    found = standing(
        local.workspace.warehouse, Filters(), keys=keys, limit=None, half_life=score.half_life_person,
        at_risk=score.at_risk, healthy=score.healthy,
    )  # fmt: skip
    return {row["key"]: row["jsi"] for row in found.to_dicts() if row["jsi"] is not None}


def same_person(slug: str, one: str, other: str) -> bool:
    """Tell whether two references are of one person."""
    if one == other:
        return True
    try:
        keys = held(slug).ask(
            lambda local: local.workspace.warehouse.fetch(
                "SELECT DISTINCT customer_key FROM interactions WHERE customer_ref IN ($one, $other)",
                one=one, other=other,
            )
        )  # fmt: skip
    except WorkspaceMissing:
        return False
    return bool(keys.num_rows == 1)
