"""The scores of DESIGN section 5 once more, as simple loops over lists of dictionaries.

Nothing here shares code with `touchline.scores`; where the two agree on random worlds, both say what DESIGN
says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from scipy import stats

Row = dict[str, Any]
FIELDS = {
    "stages": "stage", "touchpoints": "touchpoint", "channels": "channel", "sources": "source",
    "programmes": "programme", "methods": "method", "themes": "theme",
}  # fmt: skip


def kept(rows: Iterable[Row], filters: Any) -> list[Row]:
    """Return the rows of touches that pass the filters."""
    out = []
    for row in rows:
        ok = (filters.since is None or row["day"] >= filters.since) and (
            filters.until is None or row["day"] <= filters.until
        )
        for field, column in FIELDS.items():
            wanted = getattr(filters, field)
            ok = ok and (not wanted or row[column] in wanted)
        for name, wanted in filters.segments:
            ok = ok and row[f"seg_{name}"] in wanted
        if ok:
            out.append(row)
    return out


def cluster(row: Row) -> tuple[str, int]:
    """The customer, in B2B the account."""
    if row["account_key"] is None:
        return "customer", row["customer_key"]
    return "account", row["account_key"]


def people(rows: Iterable[Row]) -> int:
    return len({row["customer_key"] for row in rows})


def beta_interval(weighted: Sequence[tuple[Any, float, float]], m_point: float) -> tuple[float | None, float, float]:
    """Return point, low, high in -1 to 1 of (cluster, w, s) triples; the point is None without weight."""
    m = 1.0
    w_sum = math.fsum(w for _, w, _ in weighted)
    ws_sum = math.fsum(w * s for _, w, s in weighted)
    mu = ws_sum / (w_sum + m)
    groups: dict[Any, float] = {}
    for c, w, s in weighted:
        groups[c] = groups.get(c, 0.0) + w * (s - mu)
    g = len(groups)
    factor = g / (g - 1) if g > 1 else 1.0
    squares = math.fsum(a * a for a in groups.values())
    se2 = (factor * squares + m * m * (1 + mu * mu)) / (w_sum + m) ** 2
    k = max((1 - mu * mu) / se2 - 1, 0.05)
    low, high = (2 * stats.beta.ppf(q, k * (1 + mu) / 2, k * (1 - mu) / 2) - 1 for q in (0.025, 0.975))
    if w_sum + m_point == 0:
        return None, low, high
    point = ws_sum / (w_sum + m_point)
    return point, min(low, point), max(high, point)


def period(rows: Sequence[Row]) -> Row:
    """Return the period JSI of touches."""
    point, low, high = beta_interval([(cluster(r), r["weight"], r["s"]) for r in rows], 0.0)
    n, customers = len(rows), people(rows)
    few = customers < 5
    return {
        "n": n,
        "customers": customers,
        "jsi": None if few or point is None else 50 * (1 + point),
        "low": None if few else 50 * (1 + low),
        "high": None if few else 50 * (1 + high),
        "negative": None if few else sum(r["s"] == -1 for r in rows) / n,
        "positive": None if few else sum(r["s"] == 1 for r in rows) / n,
        "hidden": few,
        "low_n": customers < 30,
    }


def mean(rows: Sequence[Row]) -> float:
    return math.fsum(r["weight"] * r["s"] for r in rows) / math.fsum(r["weight"] for r in rows)


def difference(a: Sequence[Row], b: Sequence[Row]) -> tuple[float, float, float, float]:
    """Return mu_a - mu_b with interval and p; customers on both sides are one cluster."""
    mu = {"a": mean(a), "b": mean(b)}
    total = {"a": math.fsum(r["weight"] for r in a), "b": math.fsum(r["weight"] for r in b)}
    parts: dict[Any, float] = {}
    for sign, side, rows in ((1, "a", a), (-1, "b", b)):
        for r in rows:
            term = sign * r["weight"] * (r["s"] - mu[side]) / total[side]
            parts[cluster(r)] = parts.get(cluster(r), 0.0) + term
    variance = math.fsum(part * part for part in parts.values())
    variance += sum((1 + mu[x] ** 2) / (total[x] + 1) ** 2 for x in ("a", "b"))
    d, error = mu["a"] - mu["b"], math.sqrt(variance)
    return (
        d,
        d - 1.959963984540054 * error,
        d + 1.959963984540054 * error,
        math.erfc(abs(d) / error / math.sqrt(2)),
    )


def benjamini(p: Sequence[float | None], *, yekutieli: bool = False) -> list[float | None]:
    """Return p-values adjusted: the smallest alpha at which the procedure rejects each."""
    tested = sorted(x for x in p if x is not None)
    size = len(tested)
    c = sum(1 / i for i in range(1, size + 1)) if yekutieli else 1.0
    return [
        None if x is None else min(1.0, *(tested[j] * size * c / (j + 1) for j in range(size) if tested[j] >= x))
        for x in p
    ]


def latest(answers: Iterable[Row], *also: str) -> list[Row]:
    """Return each customer's latest answer (per scale and the like)."""
    best: dict[Any, Row] = {}
    for a in answers:
        key = (a["customer_key"], *(a[name] for name in also))
        rank = (a["occurred_at"], a["interaction_id"], a["question"], a["value"])
        if key not in best or rank > (
            best[key]["occurred_at"],
            best[key]["interaction_id"],
            best[key]["question"],
            best[key]["value"],
        ):
            best[key] = a
    return list(best.values())


def nps(answers: Iterable[Row], *, relationship: bool) -> Row:
    """Return NPS of relationship or of the other programmes, recovery ones left out."""
    chosen = [
        a
        for a in answers
        if a["kind"] == "nps" and a["purpose"] != "recovery" and (a["purpose"] == "relationship") == relationship
    ]
    last = latest(chosen)
    if len(last) < 5:
        return {"value": None, "low": None, "high": None, "n": len(last)}
    promoters = sum(a["value"] >= 9 for a in last) / len(last)
    detractors = sum(a["value"] <= 6 for a in last) / len(last)
    signs = [(cluster(a), 1.0, (a["value"] >= 9) - (a["value"] <= 6)) for a in last]
    point, low, high = beta_interval(signs, 0.0)
    assert math.isclose(point, promoters - detractors, abs_tol=1e-12)
    return {"value": 100 * (promoters - detractors), "low": 100 * low, "high": 100 * high, "n": len(last)}


def scaled(answers: Iterable[Row], kind: str) -> Row:
    """Return CSAT or CES of the scale that most customers answered."""
    chosen = [a for a in answers if a["kind"] == kind and a["purpose"] != "recovery" and a["sign"] is not None]
    scales: dict[tuple[float, float], list[Row]] = {}
    for a in latest(chosen, "low", "high"):
        scales.setdefault((a["low"], a["high"]), []).append(a)
    if not scales:
        return {"value": None, "low": None, "high": None, "n": 0, "easy": None}
    (low, high), last = max(scales.items(), key=lambda item: (len(item[1]), item[0][1] - item[0][0], item[0][1]))
    n = len(last)
    if n < 5:
        return {"value": None, "low": None, "high": None, "n": n, "easy": None}
    good = sum(a["sign"] == 1 for a in last)
    if kind == "csat":
        interval = stats.binomtest(good, n).proportion_ci(method="wilson")
        return {
            "value": 100 * good / n, "low": 100 * interval.low, "high": 100 * interval.high,
            "n": n, "easy": None,
        }  # fmt: skip
    turned = [a["value"] if a["direction"] == 1 else low + high - a["value"] for a in last]
    average = sum(turned) / n
    sd = math.sqrt(sum((x - average) ** 2 for x in turned) / (n - 1))
    half = stats.t.ppf(0.975, n - 1) * sd / math.sqrt(n)
    return {"value": average, "low": average - half, "high": average + half, "n": n, "easy": 100 * good / n}


def standing(rows: Iterable[Row], of: str, at: datetime, half_life: float) -> dict[int, Row]:
    """Return the standing JSI of every person or account that has a touch by then."""
    owner = "customer_key" if of == "person" else "account_key"
    mine: dict[int, list[Row]] = {}
    for r in rows:
        if r["occurred_at"] <= at and r[owner] is not None and (of == "account" or r["identified"]):
            mine.setdefault(r[owner], []).append(r)

    def weighted(touches: Sequence[Row], t: datetime) -> list[tuple[Any, float, float]]:
        decayed = [2.0 ** (-((t - r["occurred_at"]) / timedelta(days=half_life))) for r in touches]
        if of == "person":
            return [(r["conversation_key"], d * r["weight"], r["s"]) for r, d in zip(touches, decayed, strict=True)]
        sums: dict[int, float] = {}
        for r, d in zip(touches, decayed, strict=True):
            sums[r["customer_key"]] = sums.get(r["customer_key"], 0.0) + d * r["weight"] / r["role_weight"]
        cap = {person: min(1.0, 3.0 / total) for person, total in sums.items()}
        return [
            (r["customer_key"], d * r["weight"] * cap[r["customer_key"]], r["s"])
            for r, d in zip(touches, decayed, strict=True)
        ]

    def score(triples: Sequence[tuple[Any, float, float]]) -> float:
        return 50 * (1 + sum(w * s for _, w, s in triples) / (sum(w for _, w, _ in triples) + 1))

    out = {}
    for key, touches in mine.items():
        now = weighted(touches, at)
        earlier = [r for r in touches if r["occurred_at"] <= at - timedelta(days=28)]
        jsi = score(now)
        _, low, high = beta_interval(now, 1.0)
        n_eff = sum(w for _, w, _ in now) ** 2 / sum(w * w for _, w, _ in now)
        severe = sum(
            r["s"] == -1
            and r["severity"] >= 3
            and r["severity"] * 2.0 ** (-((at - r["occurred_at"]) / timedelta(days=half_life))) >= 1
            for r in touches
        )
        band = "healthy" if jsi >= 70 else "watch"
        if (jsi < 40 and n_eff >= 2) or severe:
            band = "at risk"
        out[key] = {
            "jsi": jsi,
            "low": 50 * (1 + low),
            "high": 50 * (1 + high),
            "trend": jsi - score(weighted(earlier, at - timedelta(days=28))) if earlier else None,
            "band": band,
            "n": len(touches),
            "customers": people(touches),
            "n_eff": n_eff,
            "severe": severe,
            "last_touch": max(r["occurred_at"] for r in touches),
        }
    return out


def mix_and_within(before: Sequence[Row], after: Sequence[Row], column: str) -> dict[Any, tuple[float, float]]:
    """Return (mix, within) in JSI points per group; those of one to four customers are '(other)'."""
    small = set()
    for key in {r[column] for r in (*before, *after)}:
        for rows in (before, after):
            if 0 < people(r for r in rows if r[column] == key) < 5:
                small.add(key)
    named = [[("(other)" if r[column] in small else r[column], r) for r in rows] for rows in (before, after)]
    total = [math.fsum(r["weight"] for _, r in rows) for rows in named]
    middle = (mean(before) + mean(after)) / 2
    out = {}
    for key in {k for rows in named for k, _ in rows}:
        mine = [[r for k, r in rows if k == key] for rows in named]
        p = [math.fsum(r["weight"] for r in rows) / total[t] for t, rows in enumerate(mine)]
        mu = [mean(rows) if rows else None for rows in mine]
        mu = [mu[1] if mu[0] is None else mu[0], mu[0] if mu[1] is None else mu[1]]
        out[key] = (
            50 * (p[1] - p[0]) * ((mu[0] + mu[1]) / 2 - middle),
            50 * (p[0] + p[1]) / 2 * (mu[1] - mu[0]),
        )
    return out


def bridge_part(before: Sequence[Row], after: Sequence[Row], theme: str) -> float | None:
    """Return DESIGN's bracket for one theme in JSI points; None where a period lacks either side."""
    brought = []
    for rows in (before, after):
        carrying = [r for r in rows if r["theme"] == theme]
        others = [r for r in rows if r["theme"] != theme]
        if not carrying or not others:
            return None
        p = math.fsum(r["weight"] for r in carrying) / math.fsum(r["weight"] for r in rows)
        brought.append(p * (mean(carrying) - mean(others)))
    return 50 * (brought[1] - brought[0])


def same(got: Mapping[str, Any], wanted: Mapping[str, Any], *, tolerance: float = 1e-9) -> None:
    """Assert that all values of ``wanted`` are in ``got``; tolerance is relative and absolute."""
    for name, value in wanted.items():
        have = got[name]
        if isinstance(value, float) and have is not None:
            assert math.isclose(have, value, rel_tol=tolerance, abs_tol=tolerance), f"{name}: {have} != {value}"
        else:
            assert have == value, f"{name}: {have!r} != {value!r}"
