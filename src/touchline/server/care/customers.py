"""What the workspace knows of a case's customer: read once, when the case is opened, so that the list needs no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import InputError, QuestionError, WorkspaceMissing
from touchline.server.workspaces.facade import held
from touchline.warehouse.duckdb.tables import quoted

if TYPE_CHECKING:
    from touchline.questions import Local

_LONGEST: Final = 600


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
    """

    segments: dict[str, str] = field(default_factory=dict)
    score: float | None = None
    stage: str = ""
    touchpoint: str = ""
    theme: str = ""
    sentiment: int | None = None
    channel: str = ""
    excerpt: str = ""


def known(slug: str, customer: str, stage: str = "", theme: str = "") -> Known:
    """Return what a workspace knows of a customer; nothing where this process does not hold it.

    Args:
        slug: The workspace.
        customer: Their reference.
        stage: Prefer what they said of it.
        theme: The same.

    Raises:
        InputError: The customer was erased.
    """
    try:
        opened = held(slug)
    except WorkspaceMissing:  # a command beside the server: it opens the case, and knows nothing of its customer
        return Known()
    if opened.workspace.graveyard.read().buried([customer], at=datetime.now(UTC)):
        raise InputError("this customer was erased", where=slug, todo="let them in again first")
    return opened.ask(lambda local: _known(local, customer, stage, theme))


def _known(local: Local, customer: str, stage: str, theme: str) -> Known:
    ask = local.workspace.warehouse.fetch
    keys = ask("SELECT DISTINCT customer_key FROM interactions WHERE customer_ref = $ref", ref=customer)
    if not keys.num_rows:
        return Known()
    key = keys.column(0)[0].as_py()
    (said,) = ask(
        "SELECT m.stage, m.touchpoint, m.theme, m.sentiment, i.channel, i.text"
        " FROM mentions m JOIN interactions i USING (interaction_id)"
        " WHERE m.customer_key = $key AND i.author = 'customer'"
        " ORDER BY m.stage = $stage DESC, m.theme = $theme DESC NULLS LAST, m.sentiment < 0 DESC, i.occurred_at DESC"
        " LIMIT 1",
        key=key, stage=stage, theme=theme,
    ).to_pylist() or [{}]  # fmt: skip
    text = said.get("text") or ""
    return Known(
        segments_of(local, [key]).get(key, {}),
        _score(local, key),
        said.get("stage") or "",
        said.get("touchpoint") or "",
        said.get("theme") or "",
        said.get("sentiment"),
        said.get("channel") or "",
        text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0] + " …",
    )


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


def _score(local: Local, key: int) -> float | None:
    from touchline.scores.base import Filters
    from touchline.scores.standing import standing

    workspace = local.workspace
    customer = workspace.warehouse.value("SELECT customer_ref FROM customers WHERE customer_key = $key", key=key)
    score = workspace.settings.score
    try:
        rows: list[dict[str, Any]] = standing(
            workspace.warehouse, Filters(), key=customer, half_life=score.half_life_person, at_risk=score.at_risk,
            healthy=score.healthy,
        ).to_dicts()  # fmt: skip
    except QuestionError:  # they are not to be profiled: there is no score of them
        return None
    return rows[0]["jsi"] if rows else None


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
