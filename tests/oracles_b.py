"""Where, for whom and why, once more in plain Python: slow, obvious, from the definitions alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from math import isnan, sqrt
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.stats import beta, false_discovery_control, norm, t

from touchline.scores.base import Filters
from touchline.scores.bootstrap import poisson_weights

Row = Mapping[str, Any]
Rows = list[dict[str, Any]]
COLUMNS = {
    "stages": "stage", "touchpoints": "touchpoint", "channels": "channel", "sources": "source",
    "programmes": "programme", "methods": "method", "themes": "theme",
}  # fmt: skip


def kept(touches: Iterable[dict[str, Any]], filters: Filters) -> Rows:
    """The touches that filters keep."""

    def keeps(row: Row) -> bool:
        return (
            (filters.since is None or row["day"] >= filters.since)
            and (filters.until is None or row["day"] <= filters.until)
            and all(not getattr(filters, f) or row[column] in getattr(filters, f) for f, column in COLUMNS.items())
            and all(row[f"seg_{name}"] in values for name, values in filters.segments)
        )

    return [row for row in touches if keeps(row)]


def shuffled(tables: Mapping[str, pa.Table], seed: int) -> dict[str, pa.Table]:
    """The same world with the rows of every table in another order."""
    rng = np.random.default_rng(seed)
    return {name: table.take(rng.permutation(table.num_rows)) for name, table in tables.items()}


def groups(rows: Iterable[dict[str, Any]], key: Callable[[Row], Any]) -> dict[Any, Rows]:
    found: dict[Any, Rows] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)


def cluster(row: Row) -> int:
    return row["account_key"] if row["account_key"] is not None else row["customer_key"]


def customers(rows: Rows) -> int:
    return len({row["customer_key"] for row in rows})


def mean(rows: Rows, w: str = "weight", s: str = "s") -> float:
    return sum(r[w] * r[s] for r in rows) / sum(r[w] for r in rows)


def interval(rows: Rows, w: str = "weight", s: str = "s") -> tuple[float, float, float]:
    """Mean and 95 % interval in -1 to 1, as the definition says (m = 1 in the variance only)."""
    total = sum(r[w] for r in rows)
    mu = sum(r[w] * r[s] for r in rows) / (total + 1)
    a = [sum(r[w] * (r[s] - mu) for r in part) for part in groups(rows, cluster).values()]
    factor = len(a) / (len(a) - 1) if len(a) > 1 else 1
    variance = (factor * sum(x * x for x in a) + 1 + mu * mu) / (total + 1) ** 2
    k = max((1 - mu * mu) / variance - 1, 0.05)
    low, high = (2 * beta.ppf(q, k * (1 + mu) / 2, k * (1 - mu) / 2) - 1 for q in (0.025, 0.975))
    point = mean(rows, w, s)
    return point, min(low, point), max(high, point)


def cell(rows: Rows) -> dict[str, Any]:
    """n, customers, JSI with its interval, and what may be shown."""
    few = customers(rows) < 5
    value, low, high = (None, None, None) if few else (50 * (1 + x) for x in interval(rows))
    return {
        "n": len(rows), "customers": customers(rows), "jsi": value, "low": low, "high": high,
        "hidden": few, "low_n": customers(rows) < 30,
    }  # fmt: skip


def share(rows: Rows, counts: Callable[[Row], bool]) -> tuple[float, float, float]:
    """The share of touches that count, with the interval of s = +1 or -1 at weight 1."""
    signs = [{**row, "one": 1, "sign": 1 if counts(row) else -1} for row in rows]
    value, low, high = ((1 + x) / 2 for x in interval(signs, "one", "sign"))
    return value, low, high


def trend(touches: Rows, by: str, last: date | None) -> dict[tuple[str, date], dict[str, Any]]:
    def first(day: date) -> date:
        return {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}[by]

    both = [*touches, *({**row, "stage": "all"} for row in touches)]
    found = {key: cell(rows) for key, rows in groups(both, lambda r: (r["stage"], first(r["day"]))).items()}
    for (_, start), values in found.items():
        days = [start + timedelta(days=d) for d in range(40)]
        values["unfinished"] = any(first(day) == start and day > last for day in days)
    return found


def friction(touches: Rows, journey: Rows, filters: Filters) -> dict[tuple[str, str | None], dict[str, Any]]:
    """All but ranks and names."""
    rows = kept(touches, filters)
    anywhere = {r["customer_key"] for r in kept(touches, Filters(**{**_fields(filters), "stages": ()}))}
    bare = Filters(since=filters.since, until=filters.until, stages=filters.stages) == filters
    start = datetime.combine(filters.since or date.min, time.min)
    end = datetime.combine(filters.until or date.max, time.max)
    held = [
        r for r in journey
        if r["position"] and start <= r["occurred_at"] <= end and (bare or r["customer_key"] in anywhere)
    ]  # fmt: skip
    cells = groups(rows, lambda r: (r["stage"], None))
    cells |= {key: part for key, part in groups(rows, lambda r: (r["stage"], r["touchpoint"])).items() if key[1]}
    total = sum(_felt(r) for r in rows)
    found = {}
    for (stage, touchpoint), part in cells.items():
        there = {r["customer_key"] for r in part}
        if touchpoint is None:
            there |= {r["customer_key"] for r in held if r["position"] == stage}
        f = {c: sum(_felt(r) for r in part if r["customer_key"] == c) for c in there}
        home: dict[int, int] = {c: c for c in there}
        for r in part:
            accounts = [x["account_key"] for x in part if x["customer_key"] == r["customer_key"] and x["account_key"]]
            home[r["customer_key"]] = max(accounts, default=r["customer_key"])
        y = sum(f.values()) / len(there)
        alone = sum((x - y) ** 2 for x in f.values())
        units = {h: [f[c] - y for c in there if home[c] == h] for h in home.values()}
        effect = sum(sum(u) ** 2 for u in units.values()) / alone if alone > 1e-9 else 1.0
        r_ = max((sum(x * x for x in f.values()) + 2) / (sum(f.values()) + 1), y)
        n, p = len(there) / max(effect, 1.0), y / r_
        z2 = t.ppf(0.975, max(len(units) - 1, 1)) ** 2
        middle, half = p + z2 / (2 * n), sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n)))
        ends = (middle - half) / (1 + z2 / n), (middle + half) / (1 + z2 / n)
        few = customers(part) < 5
        values = {
            "friction": sum(f.values()), "per_100": 100 * y, "low": 100 * r_ * max(min(ends[0], p), 0),
            "high": 100 * r_ * max(ends[1], p), "share": sum(f.values()) / total if total else None,
        }  # fmt: skip
        found[stage, touchpoint] = {
            **(dict.fromkeys(values) if few else values),
            "n": len(part), "customers_there": len(there), "customers": customers(part), "hidden": few,
            "low_n": customers(part) < 30,
        }  # fmt: skip
    return found


def _felt(row: Row) -> float:
    felt = row["s"] == -1 or row["effort"] == "high" or row["resolution"] == "unresolved"
    return float(row["severity"]) if felt else 0.0


def _fields(filters: Filters) -> dict[str, Any]:
    return {name: getattr(filters, name) for name in Filters.__slots__}


def causes(
    touches: Rows, mentions: Rows, sign: int, limit: int, seed: int, replicates: int
) -> dict[str, list[dict[str, Any]]]:
    """The causes (sign -1) or delights (+1) of each stage, in order, without names and verbatims."""
    themes: dict[tuple[int, str], set[str]] = defaultdict(set)
    for m in mentions:
        if m["sentiment"] == sign and m["theme"]:
            themes[m["conversation_key"], m["stage"]].add(m["theme"])

    def carries(row: Row, theme: str) -> bool:
        return theme in themes[row["conversation_key"], row["stage"]]

    def gain(rows: Rows, without: Rows) -> float:
        return -sign * 50 * (mean(without) - mean(rows)) if without else float("nan")

    found = {}
    for stage, rows in groups(touches, lambda r: r["stage"]).items():
        others = [r for r in touches if r["stage"] != stage]
        names = sorted({theme for r in rows for theme in themes[r["conversation_key"], stage]})
        impact = {name: gain(rows, [r for r in rows if not carries(r, name)]) for name in names}
        works = [name for name in names if impact[name] > 1e-9]
        people = {name: customers([r for r in rows if carries(r, name)]) for name in works}
        open_ = [name for name in works if people[name] >= 5]
        left, taken, total = rows, [], 0.0
        while open_ and len(taken) < limit:
            gains = {n: gain(left, [r for r in left if not carries(r, n)]) for n in open_}
            best = max(open_, key=lambda n: (-1e9 if isnan(gains[n]) else round(gains[n], 9), -names.index(n)))
            if isnan(gains[best]) or gains[best] <= 1e-9:
                break
            left = [r for r in left if not carries(r, best)]
            open_.remove(best)
            total += gains[best]
            taken.append((best, gains[best], total))
        out, rank = [], 0
        for name, bar, so_far in taken:
            inside = [r for r in rows if carries(r, name)]
            outside = [r for r in rows if not carries(r, name)]
            elsewhere = sum(carries(r, name) for r in others)
            rank += people[name] >= 30
            low, high = _bootstrap(rows, outside, -sign, impact[name], seed, replicates)
            out.append({
                "theme": name, "rank": rank if people[name] >= 30 else None, "impact": impact[name],
                "low": low, "high": high, "pareto": bar, "cumulative": so_far, "n": len(inside),
                "customers": people[name], "prevalence": len(inside) / len(rows),
                "lift": len(inside) / len(rows) / (elsewhere / len(others)) if elsewhere else None,
                "jsi_with": 50 * (1 + mean(inside)), "jsi_without": 50 * (1 + mean(outside)), "hidden": False,
            })  # fmt: skip
        few = sorted((n for n in works if people[n] < 5), key=lambda n: (-sum(carries(r, n) for r in rows), n))
        for name in few[: limit - len(out)]:
            n = sum(carries(r, name) for r in rows)
            out.append({"theme": name, "n": n, "customers": people[name], "hidden": True})
        found[stage] = out
    return found


def _bootstrap(
    rows: Rows, outside: Rows, towards: int, point: float, seed: int, replicates: int
) -> tuple[float, float]:
    keys = sorted({r["customer_key"] for r in rows})
    drawn = dict(zip(keys, poisson_weights(np.array(keys), replicates, seed).tolist(), strict=True))
    points = []
    for b in range(replicates):
        again = [[{**r, "k": r["weight"] * drawn[r["customer_key"]][b]} for r in part] for part in (rows, outside)]
        if sum(r["k"] for r in again[1]) > 0:
            points.append(towards * 50 * (mean(again[1], "k") - mean(again[0], "k")))
    if not points:
        return point, point
    low, high = np.quantile(points, (0.025, 0.975))
    return min(low, point), max(high, point)


def segments(
    touches: Rows,
    members: Mapping[tuple[str, str], Callable[[Row], bool]],
    only: str | None,
    overlapping: bool,
) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Each (segment, value, stage) against the rest, corrected as one family."""
    both = [*touches, *({**row, "stage": "all"} for row in touches)]
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for (name, value), belongs in members.items():
        for stage, rows in groups(both, lambda r: r["stage"]).items():
            inside, rest = [r for r in rows if belongs(r)], [r for r in rows if not belongs(r)]
            if not inside or (stage != only if only else stage == "unassigned"):
                continue
            row = found[name, value, stage] = {
                **cell(inside), "rest_jsi": None, "difference": None, "difference_low": None,
                "difference_high": None, "p": None, "p_adjusted": None, "significant": None,
            }  # fmt: skip
            if customers(inside) >= 5 and customers(rest) >= 5:
                change, error, p = _difference(inside, rest)
                row |= {
                    "rest_jsi": 50 * (1 + mean(rest)), "difference": 50 * change, "p": p,
                    "difference_low": 50 * (change - norm.ppf(0.975) * error),
                    "difference_high": 50 * (change + norm.ppf(0.975) * error),
                }  # fmt: skip
    tested = [row for row in found.values() if row["p"] is not None]
    if tested:
        adjusted = false_discovery_control([row["p"] for row in tested], method="by" if overlapping else "bh")
        for row, p in zip(tested, adjusted, strict=True):
            row["p_adjusted"] = min(p, 1.0)
            row["significant"] = p < 0.05
    return found


def _difference(a: Rows, b: Rows) -> tuple[float, float, float]:
    def per_cluster(rows: Rows) -> dict[int, float]:
        total, mu = sum(r["weight"] for r in rows), mean(rows)
        return {c: sum(r["weight"] * (r["s"] - mu) for r in p) / total for c, p in groups(rows, cluster).items()}

    one, other = per_cluster(a), per_cluster(b)
    variance = sum((one.get(c, 0) - other.get(c, 0)) ** 2 for c in one.keys() | other.keys())
    for rows in (a, b):
        variance += (1 + mean(rows) ** 2) / (sum(r["weight"] for r in rows) + 1) ** 2
    change = mean(a) - mean(b)
    return change, sqrt(variance), 2 * float(norm.sf(abs(change) / sqrt(variance)))


def same(got: Row, want: Row) -> None:
    """Assert that a row has all wanted values, numbers to 1e-9."""
    for name, value in want.items():
        if isinstance(value, float | np.floating):
            assert got[name] is not None, name
            assert abs(got[name] - value) <= 1e-9 * max(1, abs(value)), (name, got[name], value)
        else:
            assert got[name] == value, (name, got[name], value)


#: Few, so that their queries are compiled once for many worlds.
FILTERS = (
    Filters(),
    Filters(since=date(2026, 1, 21), until=date(2026, 3, 11)),
    Filters(stages=("delivery",), channels=("email", "web")),
    Filters(until=date(2026, 3, 4), segments=(("tier", ("basic", "vip")),)),
)


def some_filters(tables: Mapping[str, pa.Table], seed: int) -> Filters:
    """Filters that name what a world holds: `FILTERS` of that number, else none."""
    filters = FILTERS[seed % len(FILTERS)]
    rows = tables["touches"].to_pylist()
    known = {row[column] for row in rows for column in ("channel", "seg_tier")}
    wanted = {*filters.channels, *(value for _, values in filters.segments for value in values)}
    return filters if wanted <= known else Filters()
