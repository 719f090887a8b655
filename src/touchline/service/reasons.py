"""Why customers contact service: theme by channel, how much, and whether it grows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N, Figure, Filters
from touchline.scores.groups import NONE, group_name
from touchline.scores.intervals import benjamini_hochberg
from touchline.service.conversations import conversations, customers_of
from touchline.service.counting import signed
from touchline.service.measures import hidden_rows, last_day
from touchline.service.resolution import reasons_of
from touchline.service.rows import THREAD, Scope, scope
from touchline.words import phrase

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

_RECENT: Final = 28
_SCHEMA: Final = pa.schema(
    [
        ("theme", pa.string()),
        ("name", pa.string()),
        ("channel", pa.string()),
        ("n", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("n_now", pa.int64()),
        ("n_before", pa.int64()),
        ("change", pa.float64()),
        ("change_low", pa.float64()),
        ("change_high", pa.float64()),
        ("p_adjusted", pa.float64()),
        ("significant", pa.bool_()),
        ("customers", pa.int64()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)


def reasons(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    settings: Settings,
    filters: Filters,
    *,
    previous: Filters | None = None,
) -> Figure:
    """Return contact reasons: in how many conversations each theme is raised, per channel, and how that changes.

    Args:
        warehouse: The data.
        taxonomy: Names themes.
        settings: What is a conversation of service.
        filters: Which conversations: days are those on which they begin.
        previous: The period to compare with. Without one the last 28 days are compared with the 28 before them.

    Returns:
        Per theme a row for all channels (``channel`` NULL), then one per channel: ``theme``, ``name``, ``n``
        (conversations that raise it; one may raise several), ``share`` of the channel's conversations with ``low`` and
        ``high``, ``n_now`` and ``n_before`` (of the two periods), ``change`` (a factor: 1.2 is 20 % more) with
        ``change_low`` and ``change_high``, ``p_adjusted`` (Benjamini-Hochberg over the table), ``significant``,
        ``customers``, ``hidden``, ``low_n``. Conversations without a theme are ``(none)``, last. Facts:
        ``conversations``, ``since``, ``until`` of the period now and of the one before.

    Raises:
        QuestionError: An unknown filter.
    """
    asked = scope(warehouse, taxonomy, settings, filters)
    if previous is None:
        end = filters.until or last_day(asked)
        now = replace(filters, since=end - timedelta(days=_RECENT - 1), until=end)
        before = replace(now, since=end - timedelta(days=2 * _RECENT - 1), until=end - timedelta(days=_RECENT))
    else:
        now, before = filters, previous
    sides = scope(warehouse, taxonomy, settings, now), scope(warehouse, taxonomy, settings, before)
    whole = warehouse.ask(("reasons", asked), lambda: _raised(warehouse, asked)).to_pylist()
    turned = warehouse.ask(("reasons turned", *sides), lambda: _turned(warehouse, *sides)).to_pylist()
    made = _rows(taxonomy, whole, {(row["theme"], row["channel"]): row for row in turned})
    table = pa.Table.from_pylist(made, schema=_SCHEMA)
    total = sum(row["whole"] for row in {r["channel"]: r for r in whole if r["channel"] is not None}.values())
    return Figure(
        "reasons",
        table,
        phrase(
            "Why customers contact service: n conversations raise the theme, share is of the "
            "channel's conversations, with the cluster-robust 95 % interval; change is the "
            "factor from {since} to {until} to {since2} to {until2}, with the interval that "
            "takes a customer's conversations together.",
            since=before.since,
            until=before.until,
            since2=now.since,
            until2=now.until,
        ),
        hidden_rows(table),
        {
            "conversations": int(total),
            "since": now.since,
            "until": now.until,
            "previous_since": before.since,
            "previous_until": before.until,
        },
        _behind(warehouse, asked, [(row["theme"], row["channel"]) for row in made]),
    )


def _themed(warehouse: Warehouse, asked: Scope) -> ir.Table:
    """Return one row per conversation and theme: ``theme``, ``channel``, ``cluster``, ``customer_key``."""
    c = conversations(warehouse, asked)
    about = reasons_of(warehouse, asked)
    about = about.filter(about.theme.notnull()).select(*(f"_{name}" for name in THREAD), "theme").distinct()
    c = c.left_join(about, [c[name].identical_to(about[f"_{name}"]) for name in THREAD])
    return c.select("cluster", "customer_key", theme=c.theme.fill_null(NONE), channel=c.channel.fill_null(NONE))


def _summed(rows: ir.Table, by: tuple[str, ...]) -> ir.Table:
    """Sum hits to customers, those to clusters; ``h`` is summed, ``c`` counts customers."""
    people = rows.group_by([*by, "cluster", "customer_key"]).agg(h=rows.count())
    return people.group_by([*by, "cluster"]).agg(h=people.h.sum(), c=people.count())


def _raised(warehouse: Warehouse, asked: Scope) -> ir.Table:
    """Return per theme and channel (NULL: all) what the interval of its share needs."""
    import ibis

    t = _themed(warehouse, asked)
    c = conversations(warehouse, asked)
    c = c.select("cluster", "customer_key", channel=c.channel.fill_null(NONE))
    parts = []
    for by in ((), ("channel",)):
        hits, all_ = _summed(t, ("theme", *by)), _summed(c, by)
        all_ = all_.rename(_cluster="cluster", n="h", people="c", **{f"_{name}": name for name in by})
        met = hits.inner_join(
            all_, [hits.cluster == all_["_cluster"], *(hits[name] == all_[f"_{name}"] for name in by)]
        )
        sums = met.group_by(["theme", *by]).agg(
            hits=met.h.sum(), customers=met.c.sum(), hn=(met.h * met.n).sum(), hh=(met.h * met.h).sum()
        )
        if by:
            each = all_.group_by("_channel").agg(
                whole=all_.n.sum(), clusters=all_.count(), nn=(all_.n * all_.n).sum(), everyone=all_.people.sum()
            )
            parts.append(sums.inner_join(each, sums.channel == each["_channel"]).drop("_channel"))
        else:
            each = all_.agg(
                whole=all_.n.sum(), clusters=all_.count(), nn=(all_.n * all_.n).sum(), everyone=all_.people.sum()
            )
            parts.append(sums.cross_join(each).mutate(channel=ibis.null("string")))
    columns = ["theme", "channel", "hits", "customers", "hn", "hh", "whole", "clusters", "nn", "everyone"]
    return parts[0].select(*columns).union(parts[1].select(*columns))


def _turned(warehouse: Warehouse, now: Scope, before: Scope) -> ir.Table:
    """Return per theme and channel (NULL: all) the sums of both periods, by clusters that may be in both."""
    import ibis

    sides = [_themed(warehouse, side).mutate(now=ibis.literal(flag, "int64")) for side, flag in ((now, 1), (before, 0))]
    t = sides[0].union(sides[1])
    t = t.union(t.mutate(channel=ibis.null("string")))
    people = t.group_by(["theme", "channel", "cluster", "customer_key"]).agg(n=t.count(), h=t.now.sum())
    clusters = people.group_by(["theme", "channel", "cluster"]).agg(
        n=people.n.sum(), h=people.h.sum(), c=people.count()
    )
    n, h = clusters.n, clusters.h
    return clusters.group_by(["theme", "channel"]).agg(
        n=n.sum(), h=h.sum(), clusters=clusters.count(), customers=clusters.c.sum(),
        nn=(n * n).sum(), hn=(h * n).sum(), hh=(h * h).sum(),
    )  # fmt: skip


def _rows(
    taxonomy: Taxonomy, whole: list[dict[str, Any]], turned: dict[tuple[str, str | None], dict[str, Any]]
) -> list[dict[str, Any]]:
    size = {row["theme"]: row["hits"] for row in whole if row["channel"] is None}
    whole = sorted(
        whole,
        key=lambda row: (
            row["theme"] == NONE, -size[row["theme"]], row["theme"], row["channel"] is not None, -row["hits"],
            row["channel"] or "",
        ),
    )  # fmt: skip
    if not whole:
        return []
    columns = ("whole", "everyone", "clusters", "hits", "nn", "hn", "hh")
    part = signed(*(np.array([row[name] for row in whole], np.float64) for name in columns))
    empty = dict.fromkeys(("n", "customers", "clusters", "h", "nn", "hn", "hh"), 0)
    change = [turned.get((row["theme"], row["channel"]), empty) for row in whole]
    names = ("n", "customers", "clusters", "h", "nn", "hn", "hh")
    sums = [np.array([one[name] for one in change], np.float64) for name in names]
    factor, low, high, p = _factor(*sums)
    hide = np.array([row["customers"] < HIDDEN_N for row in whole])
    unknown = hide | (sums[1] < HIDDEN_N)
    adjusted = benjamini_hochberg(np.where(unknown, np.nan, p))
    made = []
    for i, row in enumerate(whole):
        shown = not unknown[i]
        made.append(
            {
                "theme": row["theme"], "name": group_name(taxonomy, "theme", row["theme"]), "channel": row["channel"],
                "n": row["hits"], "customers": row["customers"], "hidden": bool(hide[i]),
                "low_n": row["customers"] < LOW_N,
                "share": None if hide[i] else float(part.value[i]),
                "low": None if hide[i] else float(part.low[i]),
                "high": None if hide[i] else float(part.high[i]),
                "n_now": change[i]["h"], "n_before": change[i]["n"] - change[i]["h"],
                "change": _finite(factor[i]) if shown else None,
                "change_low": _finite(low[i]) if shown else None,
                "change_high": _finite(high[i]) if shown else None,
                "p_adjusted": _finite(adjusted[i]),
                "significant": bool(adjusted[i] < 0.05),
            }
        )  # fmt: skip
    return made


def _factor(n: Any, customers: Any, clusters: Any, h: Any, nn: Any, hn: Any, hh: Any) -> tuple[Any, Any, Any, Any]:
    """Return the factor from the period before to now, its 95 % interval and a two-sided p-value.

    Given that a conversation is in one of the two periods, it is in the one now with the probability r / (1 + r): so
    the interval is that of a share, carried over.
    """
    from scipy.special import ndtr

    part = signed(n, customers, clusters, h, nn, hn, hh)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor, low, high = (one / (1 - one) for one in (part.value, part.low, part.high))
        mu = (2 * h - n) / (n + 1)
        spread = np.maximum((4 * hh - 4 * hn + nn) - 2 * mu * (2 * hn - nn) + mu**2 * nn, 0.0)
        widened = np.where(clusters > 1, clusters / np.maximum(clusters - 1, 1), 1.0)
        error = np.sqrt(widened * spread + 1 + mu**2) / (n + 1)
        p = np.where(n > 0, 2 * ndtr(-np.abs(mu) / error), np.nan)
    return factor, low, high, p


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def _behind(warehouse: Warehouse, asked: Scope, groups: list[tuple[str, str | None]]) -> Callable[[int], Any]:
    def behind(row: int) -> Any:
        theme, channel = groups[row]

        def build() -> ir.Table:
            t = _themed(warehouse, asked)
            t = t.filter(t.theme == theme)
            return t if channel is None else t.filter(t.channel == channel)

        return customers_of(warehouse, ("reasons", asked, theme, channel), build)

    return behind
