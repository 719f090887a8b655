"""What customers wrote, newest first: by the filters of any question, by sentiment, and by words that they used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import Figure, Filters
from touchline.scores.filtering import filtered, resolve

if TYPE_CHECKING:
    from touchline.workspace.workspace import Workspace

_MENTION: Final = pa.struct(
    [
        ("stage", pa.string()), ("touchpoint", pa.string()), ("theme", pa.string()), ("sentiment", pa.int8()),
        ("emotion", pa.string()), ("severity", pa.float64()), ("words", pa.string()),
    ]
)  # fmt: skip
#: The rows of feedback.
FEEDBACK: Final = pa.schema(
    [
        ("interaction_id", pa.string()), ("occurred_at", pa.timestamp("us")), ("customer_ref", pa.string()),
        ("kind", pa.string()), ("channel", pa.string()), ("source", pa.string()), ("text", pa.string()),
        ("mentions", pa.list_(_MENTION)),
    ]
)  # fmt: skip


def feedback(
    workspace: Workspace,
    filters: Filters = Filters(),  # noqa: B008  frozen
    *,
    words: str = "",
    sentiment: int | None = None,
    limit: int = 50,
    skip: int = 0,
) -> Figure:
    """Return texts that have a mention within the filters, newest first.

    Args:
        workspace: Open, and up to date.
        filters: Which mentions.
        words: Every one of them is in the text, in any case and order; those in double quotes stand together.
        sentiment: -1, 0 or 1: of the mention.
        limit: How many at most.
        skip: How many of the newest to leave out.

    Returns:
        Rows interaction_id, occurred_at (UTC), customer_ref, kind, channel, source, text (redacted) and its mentions
        within the filters. Facts: n (texts found), customers (who wrote them).

    Raises:
        QuestionError: A filter names what does not exist, or the sentiment is none.
    """
    import ibis

    if sentiment not in (None, -1, 0, 1):
        raise QuestionError(f"sentiment {sentiment} does not exist", todo="give -1, 0 or 1")
    warehouse = workspace.warehouse
    chosen = resolve(warehouse, workspace.taxonomy, filters)
    mentions = filtered(warehouse, "mentions", chosen)
    if sentiment is not None:
        mentions = mentions.filter(mentions.sentiment == sentiment)
    within = str(ibis.to_sql(mentions.select("interaction_id", "mention"), dialect="duckdb"))
    wanted = _words(words)
    held = " AND ".join(f"contains(folded, $w{at})" for at in range(len(wanted))) or "TRUE"
    named = {f"w{at}": word for at, word in enumerate(wanted)}
    found = (
        f"WITH within AS ({within}), found AS (SELECT i.*, lower(text) AS folded FROM interactions i"
        f" SEMI JOIN within USING (interaction_id)) "
    )
    counted = warehouse.fetch(
        f"{found} SELECT count(*) AS n, count(DISTINCT customer_key) AS customers FROM found WHERE {held}", **named
    ).to_pylist()[0]
    rows = warehouse.fetch(
        f"{found} SELECT interaction_id, occurred_at, customer_ref, kind, channel, source, text FROM found"
        f" WHERE {held} ORDER BY occurred_at DESC, interaction_id DESC LIMIT $most OFFSET $skip",
        most=limit,
        skip=skip,
        **named,
    )
    with warehouse.given(shown=rows.select(["interaction_id"])):
        told = warehouse.fetch(
            f"WITH within AS ({within}) SELECT m.interaction_id, m.stage, m.touchpoint, m.theme, m.sentiment,"
            ' m.emotion, m.severity, m."start", m."end" FROM mentions m'
            " SEMI JOIN within USING (interaction_id, mention) SEMI JOIN shown USING (interaction_id)"
            " ORDER BY m.interaction_id, m.mention"
        )
    notes = (f"{counted['n'] - limit - skip} older ones follow.",) if counted["n"] > limit + skip else ()
    return Figure(
        "feedback",
        _with_mentions(rows, told),
        "What customers wrote, newest first, as it is stored: without personal data.",
        notes,
        counted,
    )


def _with_mentions(rows: pa.Table, told: pa.Table) -> pa.Table:
    per: dict[str, list[dict[str, Any]]] = {}
    texts = dict(zip(rows["interaction_id"].to_pylist(), rows["text"].to_pylist(), strict=True))
    for row in told.to_pylist():
        name = row.pop("interaction_id")
        row["words"] = (texts[name] or "")[row.pop("start") : row.pop("end")]
        per.setdefault(name, []).append(row)
    mentions = [per.get(name, []) for name in texts]
    return rows.append_column("mentions", pa.array(mentions, pa.list_(_MENTION))).cast(FEEDBACK)


def _words(text: str) -> list[str]:
    """Return what is looked for, in lower case.

    >>> _words('late "no ANSWER" late')
    ['late', 'no answer']
    """
    parts = text.lower().split('"')
    found = [word for at, part in enumerate(parts) for word in ([part.strip()] if at % 2 else part.split())]
    return [word for word in dict.fromkeys(found) if word]
