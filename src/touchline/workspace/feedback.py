"""What customers wrote: by the filters of any question, by what was read in it, and by words that they used."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import unknown
from touchline.scores.base import Figure, Filters
from touchline.scores.filtering import filtered, resolve
from touchline.vocabulary.schemas import EFFORTS, EMOTIONS, INTENTS
from touchline.warehouse.duckdb import DuckWarehouse
from touchline.words import phrase
from touchline.workspace.words import Search, hits, search_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.warehouse.base import Warehouse
    from touchline.workspace.workspace import Workspace

Tone = Literal["negative", "neutral", "positive"]
Order = Literal["best", "newest"]
TONES: Final = ("negative", "neutral", "positive")
ORDERS: Final = ("best", "newest")

_MENTION: Final = pa.struct(
    [
        ("mention", pa.int16()), ("stage", pa.string()), ("touchpoint", pa.string()), ("theme", pa.string()),
        ("sentiment", pa.int8()), ("emotion", pa.string()), ("effort", pa.string()), ("intent", pa.string()),
        ("severity", pa.float64()), ("start", pa.int32()), ("end", pa.int32()), ("words", pa.string()),
    ]
)  # fmt: skip
_SPAN: Final = pa.struct([("start", pa.int32()), ("end", pa.int32())])
#: The rows of feedback.
FEEDBACK: Final = pa.schema(
    [
        ("interaction_id", pa.string()), ("occurred_at", pa.timestamp("us")), ("customer_ref", pa.string()),
        ("kind", pa.string()), ("channel", pa.string()), ("source", pa.string()), ("text", pa.string()),
        ("mentions", pa.list_(_MENTION)), ("found", pa.list_(_SPAN)),
    ]
)  # fmt: skip
#: Rows of those who wrote what is shown, then: numbers are compared first, as names of interactions take longer.
_THEIRS: Final = "occurred_at BETWEEN $first AND $last AND customer_key IN (SELECT customer_key FROM shown)"
#: The newest so many of the texts found are put in order of how well they fit.
RANKED: Final = 400
#: A text counts half as much in that order when it is so much older than the newest.
FADES: Final = timedelta(days=180)


def feedback(
    workspace: Workspace,
    filters: Filters = Filters(),  # noqa: B008  frozen
    *,
    words: str = "",
    sentiment: Tone | None = None,
    emotion: str | None = None,
    effort: str | None = None,
    intent: str | None = None,
    contradictions: bool = False,
    order: Order = "best",
    limit: int = 50,
    skip: int = 0,
) -> Figure:
    """Return texts that have a mention within the filters; the stage ``unassigned`` has those that nobody could place.

    Words are found by their beginnings, whatever their case and accents; those in double quotes stand together and are
    whole. Texts with all of them come first that use them most for their length (BM25), and are recent; beyond the
    newest 400 they follow by time.

    Args:
        workspace: Open, and up to date.
        filters: Which mentions.
        words: What the text says.
        sentiment: Of the mention: ``negative``, ``neutral`` or ``positive``.
        emotion: Of the mention.
        effort: Of the mention.
        intent: Of the mention.
        contradictions: Only where a score and the words point apart.
        order: ``best`` or ``newest`` first; without words the newest.
        limit: How many at most.
        skip: How many of the first to leave out.

    Returns:
        Rows interaction_id, occurred_at (UTC), customer_ref, kind, channel, source, text (redacted), its mentions
        within the filters, and where the words were found. Facts: n (texts found), customers (who wrote them).

    Raises:
        QuestionError: A filter names what does not exist, or something else is unknown.
        TooSlow: Many texts are being made searchable.
    """
    known = {"sentiment": (sentiment, TONES), "emotion": (emotion, EMOTIONS), "effort": (effort, EFFORTS),
             "intent": (intent, INTENTS), "order": (order, ORDERS)}  # fmt: skip
    for name, (value, values) in known.items():
        if value is not None and value not in values:
            raise unknown(name, value, values)
    warehouse = workspace.warehouse
    wanted = {"emotion": emotion, "effort": effort, "intent": intent}
    within = _within(workspace, filters, sentiment, wanted, contradictions=contradictions)
    search = search_of(words)
    keys = workspace.words.found(search) if search.match else np.zeros(0, np.uint64)
    # Ibis reads a hash as a signed number
    with warehouse.given(wanted_words=pa.table({"key": keys, "signed": keys.view(np.int64)})):
        plain = None if sentiment or contradictions or any(wanted.values()) else filters
        found = _Found(warehouse, within, search, plain)
        if search and order == "best":
            rows, spans = found.best(limit, skip)
        else:
            rows = found.newest(limit, skip)
            spans = _spans(rows, search)
    counted = dict(found.counted)
    with warehouse.given(shown=rows.select(["interaction_id", "customer_key"])):
        told = warehouse.fetch(
            f"WITH within AS (SELECT * FROM ({within}) WHERE {_THEIRS}),"
            f" mine AS (SELECT * FROM mentions WHERE {_THEIRS})"
            " SELECT m.interaction_id, m.mention, m.stage, m.touchpoint, m.theme, m.sentiment, m.emotion, m.effort,"
            ' m.intent, m.severity, m."start", m."end" FROM mine m SEMI JOIN shown USING (interaction_id)'
            " SEMI JOIN within USING (interaction_id, mention) ORDER BY m.interaction_id, m.mention",
            **between(rows),
        )
    more = counted["n"] - limit - skip
    how = phrase("those that fit best first") if search and order == "best" else phrase("newest first")
    return Figure(
        "feedback",
        _with_mentions(rows.drop_columns(["customer_key"]), told, spans),
        phrase("What customers wrote, {how}, as it is stored: without personal data.", how=how),
        (phrase("{more} more follow.", more=more),) if more > 0 else (),
        counted,
    )


def _within(
    workspace: Workspace,
    filters: Filters,
    sentiment: Tone | None,
    wanted: dict[str, str | None],
    *,
    contradictions: bool,
) -> str:
    """Return the SQL of the mentions that are asked for: interaction_id, mention, occurred_at, customer_key."""
    import ibis

    warehouse = workspace.warehouse
    mentions = filtered(warehouse, "mentions", resolve(warehouse, workspace.taxonomy, filters))
    if sentiment is not None:
        mentions = mentions.filter(mentions.sentiment == TONES.index(sentiment) - 1)
    for name, value in wanted.items():
        if value is not None:
            mentions = mentions.filter(mentions[name] == value)
    if contradictions:
        touches = warehouse.table("touches")
        mentions = mentions.semi_join(touches.filter(touches.contradiction), ["conversation_key", "stage"])
    columns = ("interaction_id", "mention", "occurred_at", "customer_key")
    return str(ibis.to_sql(mentions.select(*columns), dialect="duckdb"))


def between(rows: pa.Table) -> dict[str, datetime]:
    """Return the first and last time of some rows; a warehouse looks at nothing else then."""
    times = pc.min_max(rows["occurred_at"])
    none = datetime(1970, 1, 1)
    return {"first": times["min"].as_py() or none, "last": times["max"].as_py() or none}


class _Found:
    """The texts that are asked for; ``wanted_words`` has the keys of those that hold the words.

    Mentions alone are counted and sorted; the texts themselves are fetched for those that are shown, and looked
    through only for letters that no index has.
    """

    def __init__(self, warehouse: DuckWarehouse, within: str, search: Search, filters: Filters | None) -> None:
        self._warehouse = warehouse
        self._search = search
        period = filters and Filters(since=filters.since, until=filters.until)
        #: The days, where nothing but words and days is asked about.
        self._days = filters if filters == period and search.match and not search.letters else None
        self._letters = {f"l{at}": letters for at, letters in enumerate(search.letters)}
        #: How many texts, of how many customers.
        self.counted = {"n": 0, "customers": 0}
        where = ["hash(interaction_id) IN (SELECT key FROM wanted_words)"] if search.match else []
        if self._letters:
            held = " AND ".join(f"contains(lower(text), ${name})" for name in self._letters)
            where.append(f"interaction_id IN (SELECT interaction_id FROM interactions WHERE {held})")
        self._sql = (
            f"WITH within AS ({within}), found AS MATERIALIZED"
            " (SELECT interaction_id, occurred_at, customer_key, hash(interaction_id) AS key FROM within"
            f" WHERE {' AND '.join(where) or 'TRUE'})"
        )

    def newest(self, limit: int, skip: int) -> pa.Table:
        """Return texts, newest first; from then on `counted` is known."""
        chosen = self._first(limit + skip).slice(skip, limit)
        with self._warehouse.given(shown=chosen):
            return self._warehouse.fetch(
                "SELECT interaction_id, occurred_at, customer_ref, kind, channel, source, text, customer_key"
                f" FROM (SELECT * FROM interactions WHERE {_THEIRS}) SEMI JOIN shown USING (interaction_id)"
                " ORDER BY occurred_at DESC, interaction_id DESC",
                **between(chosen),
            )

    def _first(self, most: int) -> pa.Table:
        """Return the newest texts that are found: of the newest mentions, as many as that takes."""
        if self._days is not None and isinstance(self._warehouse, DuckWarehouse):
            return self._first_of_all(self._days, most)
        rows = 2 * most
        while True:
            newest = self._warehouse.fetch(
                f"{self._sql} SELECT interaction_id, occurred_at, customer_key,"
                " (SELECT count(DISTINCT key) FROM found) AS n,"
                " (SELECT count(DISTINCT customer_key) FROM found) AS customers"
                " FROM found ORDER BY occurred_at DESC, interaction_id DESC LIMIT $rows",
                rows=rows,
                **self._letters,
            )
            if newest.num_rows:
                self.counted = {name: newest[name][0].as_py() for name in ("n", "customers")}
            ids = newest["interaction_id"]
            first = pc.index_in(pc.unique(ids), ids.combine_chunks())
            if len(first) >= most or newest.num_rows < rows:
                return newest.select(["interaction_id", "occurred_at", "customer_key"]).take(first[:most])
            rows *= 4

    def _first_of_all(self, days: Filters, most: int) -> pa.Table:
        """Return the same where all mentions of some days are asked about: the texts' keys are counted, as numbers."""
        name, _ = self._warehouse.rolls.table(("texts in time",), _in_time)
        inside = ("day >= $since" if days.since else "TRUE") + (" AND day <= $until" if days.until else "")
        ends = {name: day for name, day in (("since", days.since), ("until", days.until)) if day}
        with self._warehouse.given(**{name: self._warehouse.rolls.rows(name)}):
            newest = self._warehouse.fetch(
                f"WITH found AS MATERIALIZED (SELECT * FROM {name} WHERE {inside} AND key IN"
                " (SELECT signed FROM wanted_words)),"
                " last AS (SELECT occurred_at FROM found ORDER BY occurred_at DESC LIMIT $most)"
                " SELECT DISTINCT interaction_id, occurred_at, customer_key,"
                " (SELECT count(DISTINCT key) FROM found) AS n,"
                " (SELECT count(DISTINCT customer_key) FROM found) AS customers FROM mentions"
                f" WHERE occurred_at >= (SELECT min(occurred_at) FROM last) AND {inside}"
                " AND hash(interaction_id) IN (SELECT key FROM wanted_words)"
                " ORDER BY occurred_at DESC, interaction_id DESC LIMIT $most",
                most=most,
                **ends,
            )
        if newest.num_rows:
            self.counted = {name: newest[name][0].as_py() for name in ("n", "customers")}
        return newest.select(["interaction_id", "occurred_at", "customer_key"])

    def best(self, limit: int, skip: int) -> tuple[pa.Table, list[list[dict[str, int]]]]:
        """Return texts in order of how well they fit, with where the words are in them."""
        if skip >= RANKED:
            rows = self.newest(limit, skip)
            return rows, _spans(rows, self._search)
        rows = self.newest(RANKED, 0)
        fits = hits(_texts(rows), self._search)
        times: list[datetime] = rows["occurred_at"].to_pylist()

        def worth(at: int) -> float:
            score = fits[at].score if at in fits else 0.0
            return float(score * 0.5 ** ((times[0] - times[at]) / FADES))

        ranked = sorted(range(rows.num_rows), key=lambda at: (-worth(at), at))[skip : skip + limit]
        first = rows.take(pa.array(ranked, pa.int64()))
        rest = self.newest(skip + limit - RANKED, RANKED) if skip + limit > RANKED else first.slice(0, 0)
        whole = pa.concat_tables([first, rest])
        return whole, _spans(whole, self._search)


def _in_time(warehouse: Warehouse) -> ir.Table:
    """Return every text with a mention, by its key: whose, and when."""
    mentions = warehouse.table("mentions")
    key = mentions.interaction_id.hash()
    return mentions.select("customer_key", "day", "occurred_at", key=key).distinct()


def _spans(rows: pa.Table, search: Search) -> list[list[dict[str, int]]]:
    fits = hits(_texts(rows), search) if search else {}
    return [
        [{"start": start, "end": end} for start, end in fits[at].spans] if at in fits else []
        for at in range(rows.num_rows)
    ]


def _texts(rows: pa.Table) -> list[str]:
    return [text or "" for text in rows["text"].to_pylist()]


def _with_mentions(rows: pa.Table, told: pa.Table, spans: list[list[dict[str, int]]]) -> pa.Table:
    per: dict[str, list[dict[str, Any]]] = {}
    texts = dict(zip(rows["interaction_id"].to_pylist(), rows["text"].to_pylist(), strict=True))
    for row in told.to_pylist():
        name = row.pop("interaction_id")
        row["words"] = (texts[name] or "")[row["start"] : row["end"]]
        per.setdefault(name, []).append(row)
    mentions = pa.array([per.get(name, []) for name in texts], pa.list_(_MENTION))
    found = pa.array(spans, pa.list_(_SPAN))
    return rows.append_column("mentions", mentions).append_column("found", found).cast(FEEDBACK)
