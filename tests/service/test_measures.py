"""Figures of service against plain loops, over hundreds of random desks."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service import oracle
from tests.service.world import desk
from tests.worlds import TAXONOMY, MemoryWarehouse

from touchline.scores import base
from touchline.scores.base import Filters
from touchline.service.backlog import backlog
from touchline.service.counting import kappa, quantile
from touchline.service.measures import service
from touchline.service.reasons import reasons
from touchline.service.resolution import fcr
from touchline.service.rows import offsets
from touchline.service.targets import sla
from touchline.settings import Settings

WAREHOUSE = MemoryWarehouse()
PLAIN = Settings.parse('[workspace]\ntimezone = "Europe/Berlin"')
OTHER = Settings.parse(
    """
    [workspace]
    timezone = "Europe/Berlin"
    [service]
    replies_reopen = true
    fcr_window = "2 d"
    hours = ["mon-fri 09:00-17:00", "sat 10:00-12:00"]
    [[service.targets]]
    first_response = "2 h"
    resolution = "8 h"
    [[service.targets]]
    channel = "chat"
    first_response = "5 min"
    """
)
BOTH = pytest.mark.parametrize("declared", [PLAIN, OTHER], ids=["plain", "other"])
DAY = 86_400


@pytest.fixture(autouse=True)
def nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small worlds would be hidden: what is compared here is the numbers."""
    for module in ("measures", "backlog", "reasons"):
        monkeypatch.setattr(f"touchline.service.{module}.HIDDEN_N", 0)


def cells(figure: base.Figure) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["group"], row["metric"]): row for row in figure.to_dicts()}


def grouped(talks: list[oracle.Talk], by: str) -> dict[str, list[oracle.Talk]]:
    found: dict[str, list[oracle.Talk]] = defaultdict(list)
    for talk in talks:
        monday = np.datetime64(talk.day) - np.timedelta64(talk.day.weekday(), "D")
        value = {
            "all": "all", "channel": talk.channel, "agent": talk.agent, "team": talk.team, "stage": talk.stage,
            "source": talk.key[1], "week": str(monday),
        }[by]  # fmt: skip
        found[value or "(none)"].append(talk)
    return found


def end_of(tables: dict[str, pa.Table]) -> int:
    return max((oracle.second(at) for at in tables["interactions"].column("occurred_at").to_pylist()), default=0)


SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize(("by", "declared"), [("channel", PLAIN), ("agent", OTHER), ("stage", PLAIN), ("week", OTHER)])
@settings(deadline=None, max_examples=4)
@given(seed=SEEDS, size=st.integers(0, 90))
def test_service_equals_the_plain_loops(seed: int, size: int, by: str, declared: Settings, quiet: bool) -> None:
    tables = desk(seed, conversations=size, quiet=quiet)
    found = cells(service(WAREHOUSE.put(tables), TAXONOMY, declared, Filters(), by=by))
    talks, end = oracle.talks(tables, declared.service), end_of(tables)
    sources = {what: tells(tables, talks, what) for what in ("transferred", "escalated")}
    queueing = tells(tables, talks, "queued") | tells(tables, talks, "abandoned") | stating(tables, declared, "queue")
    groups = grouped(talks, by)
    assert {group for group, _ in found} == groups.keys()
    for group, mine in groups.items():
        row = found[group, "conversations"]
        assert (row["n"], row["customers"]) == (len(mine), len({t.key[0] for t in mine}))
        times = [t.answered - t.start for t in mine if t.answered is not None and t.answers and not t.dated]
        check_times(found, group, "response", times)
        closed = [t for t in mine if t.closes and t.spells[0][1] is not None]
        check_times(found, group, "resolution", [t.spells[0][1] - t.start for t in closed if not t.dated])
        until = {id(t): (t.spells[0][1] if t.closes and t.spells[0][1] is not None else end) for t in mine}
        asked = [t for t in mine if t.answers and not t.dated]
        due = [t for t in asked if t.answered is not None or until[id(t)] - t.start >= DAY]
        hits = [t for t in due if t.answered is not None and t.answered - t.start <= DAY]
        check(found, group, "response_24h", hits, due, pending=len(asked) - len(due))
        over = [
            t for t in mine
            if t.answers
            and (t.answered is not None or t in closed or "abandoned" in t.tells or end - t.start >= 7 * DAY)
        ]  # fmt: skip
        check(found, group, "never_answered", [t for t in over if t.answered is None], over,
              pending=sum(t.answers for t in mine) - len(over))  # fmt: skip
        check(found, group, "reopened", [t for t in closed if len(t.spells) > 1], closed)
        for what, where in sources.items():
            told = [t for t in mine if t.key[1] in where]
            check(found, group, what, [t for t in told if what in t.tells], told)
        queued = [t for t in mine if t.key[1] in queueing and (
            {"queued", "abandoned"} & t.tells
            or any(oracle.measured(r, declared.service.queue) is not None for r in t.rows)
        )]  # fmt: skip
        check(found, group, "abandoned", [t for t in queued if "abandoned" in t.tells], queued)
        for what in ("queue", "hold", "handle"):
            values = [getattr(t, what) for t in mine if getattr(t, what) is not None]
            row = found.get((group, f"{what}_mean"))
            assert (row is None) == (not values)
            if row:
                assert row["value"] == pytest.approx(np.mean(values))
                assert row["n"] == len(values)


def tells(tables: dict[str, pa.Table], talks: list[oracle.Talk], what: str) -> set[str]:
    names = getattr(PLAIN.service.events, what)
    rows = tables["interactions"].to_pylist()
    return {r["source"] for r in rows if (r["event"] or "").lower() in names and r["conversation_ref"]}


def stating(tables: dict[str, pa.Table], declared: Settings, what: str) -> set[str]:
    rows = tables["interactions"].to_pylist()
    measures = getattr(declared.service, what)
    kinds = declared.service.kinds
    return {
        r["source"] for r in rows
        if oracle.measured(r, measures) is not None
        and (r["conversation_ref"] or (r["author"] == "customer" and r["kind"] in kinds))
    }  # fmt: skip


def check(found: Any, group: str, metric: str, hits: list[Any], n: list[Any], *, pending: int = 0) -> None:
    row = found.get((group, metric))
    if not n and not pending:
        assert row is None, metric
        return
    assert (row["n"], row["pending"], row["censored"] or not pending) == (len(n), pending, True), metric
    if not n:
        assert row["value"] is None
        return
    assert row["value"] == pytest.approx(len(hits) / len(n)), metric
    assert -1e-9 <= row["low"] <= row["value"] + 1e-9 <= row["high"] + 2e-9 <= 1 + 3e-9


def check_times(found: Any, group: str, measure: str, times: list[int]) -> None:
    for name, p in (("median", 0.5), ("p90", 0.9)):
        row = found.get((group, f"{measure}_{name}"))
        assert (row is None) == (not times)
        if row:
            assert row["value"] == sorted(times)[int(np.ceil(round(p * len(times), 9))) - 1]
            assert row["low"] <= row["value"] <= row["high"]
            assert row["n"] == len(times)


@BOTH
@settings(deadline=None, max_examples=6)
@given(seed=SEEDS, size=st.integers(0, 90))
def test_targets_are_kept_as_the_plain_loops_count_minutes(seed: int, size: int, declared: Settings) -> None:
    tables = desk(seed, conversations=size)
    found = cells(sla(WAREHOUSE.put(tables), TAXONOMY, declared, Filters(), by="all"))
    talks, end = oracle.talks(tables, declared.service), end_of(tables)
    promised = {target.channel: target for target in declared.service.targets}
    for metric in ("first_response", "resolution"):
        hits, due, known = [], [], []
        for t in talks:
            target = getattr(promised.get(t.channel, promised[None]), metric)
            closed = t.spells[0][1] if t.closes else None
            done = t.answered if metric == "first_response" else closed
            if t.dated or target is None or not (t.answers if metric == "first_response" else t.closes):
                continue
            known.append(t)
            until = closed if metric == "first_response" and closed is not None else end
            worked = lambda until, t=t: oracle.office(t.start, until, declared.service, "Europe/Berlin")  # noqa: E731
            if done is not None or worked(until) >= target:
                due.append(t)
                if done is not None and worked(done) <= target:
                    hits.append(t)
        check(found, "all", metric, hits, due, pending=len(known) - len(due))


@BOTH
@pytest.mark.parametrize("after", [5, 31])
@settings(deadline=None, max_examples=6)
@given(seed=SEEDS, size=st.integers(0, 90))
def test_the_backlog_equals_the_plain_loops(seed: int, size: int, declared: Settings, after: int) -> None:
    tables = desk(seed, conversations=size)
    WAREHOUSE.put(tables)
    spells = [(t, *spell) for t in oracle.talks(tables, declared.service) if t.closes for spell in t.spells]
    moment = oracle.second(datetime(2026, 3, 2)) + after * DAY
    found = backlog(
        WAREHOUSE, TAXONOMY, declared, Filters(), by="channel", at=datetime.fromtimestamp(moment, UTC)
    ).to_dicts()
    groups: dict[str, list[Any]] = defaultdict(list)
    for t, opened, closed in spells:
        if opened <= moment and (closed is None or closed > moment):
            groups[t.channel or "(none)"].append((t, moment - opened))
    assert {row["group"]: row["n"] for row in found} == {group: len(mine) for group, mine in groups.items()}
    for row in found:
        ages = sorted(age for _, age in groups[row["group"]])
        assert row["age_median"] == ages[(len(ages) + 1) // 2 - 1]
        assert (row["oldest"], row["customers"]) == (ages[-1], len({t.key[0] for t, _ in groups[row["group"]]}))

    weeks = backlog(WAREHOUSE, TAXONOMY, declared, Filters()).to_dicts()
    if not tables["interactions"].num_rows:
        assert weeks == []
        return
    end = end_of(tables)
    first = min(oracle.second(at) for at in tables["interactions"].column("occurred_at").to_pylist())
    ends = dict(oracle.week_ends(first, end, "Europe/Berlin"))
    before = 0
    for row in weeks:
        stop = min(ends[datetime.fromisoformat(row["group"]).date()], end + 1)
        ages = sorted(min(stop, end) - opened for _, opened, closed in spells
                      if opened < stop and (closed is None or closed >= stop))  # fmt: skip
        assert row["n"] == len(ages)
        assert row["n"] - before == row["opened"] - row["closed"], "what came less what went"
        assert row["age_median"] == (ages[(len(ages) + 1) // 2 - 1] if ages else None)
        before = row["n"]
    if weeks:
        assert weeks[-1]["censored"]
        assert sum(row["opened"] for row in weeks) == len(spells)


@BOTH
@settings(deadline=None, max_examples=6)
@given(seed=SEEDS, size=st.integers(0, 90))
def test_first_contact_resolution_equals_the_plain_loops(seed: int, size: int, declared: Settings) -> None:
    tables = desk(seed, conversations=size, customers=8)
    found = cells(fcr(WAREHOUSE.put(tables), TAXONOMY, declared, Filters(), by="all"))
    talks, end = oracle.talks(tables, declared.service), end_of(tables)
    window = int(declared.service.fcr_window * DAY)
    says = answers(tables, talks)
    known, solved, outcome = [], [], {}
    for t in talks:
        if not (t.closes and t.identified):
            continue
        closed = t.spells[0][1]
        if closed is None:
            if t.start + window < end:
                known.append(t)
                outcome[t.key] = False
            continue
        again = len(t.spells) > 1 and t.spells[1][0] <= closed + window
        contact = any(
            o.key[0] == t.key[0] and o.key != t.key and closed < o.start <= closed + window and o.themes & t.themes
            for o in talks
        )  # fmt: skip
        if again or contact or closed + window <= end:
            known.append(t)
            outcome[t.key] = not (again or contact)
            solved += [t] if outcome[t.key] else []
    pending = sum(t.closes and t.identified for t in talks) - len(known)
    check(found, "all", "fcr", solved, known, pending=pending)
    marked = [t for t in talks if t.marked is not None]
    check(found, "all", "agent", [t for t in marked if t.marked], marked)
    heard = [t for t in talks if t.key in says]
    check(found, "all", "customer", [t for t in heard if says[t.key]], heard)
    both = [t for t in known if t.marked is not None]
    check(found, "all", "agent_agrees", [t for t in both if bool(t.marked) == outcome[t.key]], both)
    three = [t for t in heard if t.marked is not None]
    check(found, "all", "both_agree", [t for t in three if bool(t.marked) == bool(says[t.key])], three)


def answers(tables: dict[str, pa.Table], talks: list[oracle.Talk]) -> dict[Any, int]:
    rows = {row["interaction_id"]: row for row in tables["interactions"].to_pylist()}
    found: dict[Any, Any] = {}
    for m in tables["mentions"].to_pylist():
        if m["resolution"] not in ("resolved", "unresolved"):
            continue
        row = rows[m["interaction_id"]]
        for t in talks:
            same = (row["customer_key"], row["conversation_ref"] or row["interaction_id"]) == (t.key[0], t.key[2])
            if same and (row["source"] == t.key[1] or m["family"] == "survey"):
                told = (m["occurred_at"], m["interaction_id"], m["mention"], int(m["resolution"] == "resolved"))
                found[t.key] = max(found.get(t.key, told), told)
    return {key: told[3] for key, told in found.items()}


@settings(deadline=None, max_examples=6)
@given(seed=SEEDS, size=st.integers(0, 90))
def test_contact_reasons_equal_the_plain_loops(seed: int, size: int) -> None:
    tables = desk(seed, conversations=size)
    figure = reasons(WAREHOUSE.put(tables), TAXONOMY, PLAIN, Filters())
    talks = oracle.talks(tables, PLAIN.service)
    since, until, before = (figure.facts[name] for name in ("since", "until", "previous_since"))
    want: dict[tuple[str, str | None], list[oracle.Talk]] = defaultdict(list)
    for t in talks:
        for theme in {one for one in t.themes if not one.startswith("stage:")} or {"(none)"}:
            want[theme, None].append(t)
            want[theme, t.channel or "(none)"].append(t)
    rows = figure.to_dicts()
    assert {(row["theme"], row["channel"]) for row in rows} == want.keys()
    assert figure.facts["conversations"] == len(talks)
    for row in rows:
        mine = want[row["theme"], row["channel"]]
        whole = [t for t in talks if row["channel"] is None or (t.channel or "(none)") == row["channel"]]
        assert (row["n"], row["customers"]) == (len(mine), len({t.key[0] for t in mine}))
        assert row["share"] == pytest.approx(len(mine) / len(whole))
        now, then = sum(since <= t.day <= until for t in mine), sum(before <= t.day < since for t in mine)
        assert (row["n_now"], row["n_before"]) == (now, then)
        assert row["change"] == (pytest.approx(now / then) if then else None)


@settings(deadline=None, max_examples=3)
@given(seed=SEEDS, size=st.integers(1, 60), mix=st.integers(0, 2**16))
def test_order_of_arrival_and_a_shift_of_time_change_nothing(seed: int, size: int, mix: int) -> None:
    tables = desk(seed, conversations=size)
    rng = np.random.default_rng(mix)
    shuffled = {name: table.take(pa.array(rng.permutation(table.num_rows))) for name, table in tables.items()}
    for ask in (service, fcr, sla):
        one = ask(WAREHOUSE.put(tables), TAXONOMY, PLAIN, Filters()).table
        other = ask(WAREHOUSE.put(shuffled), TAXONOMY, PLAIN, Filters()).table
        assert one.equals(other) or all(
            a[name] == pytest.approx(b[name])
            for a, b in zip(one.to_pylist(), other.to_pylist(), strict=True)
            for name in a
        )


def test_everybody_behind_a_row_is_counted_in_it() -> None:
    tables = desk(3, conversations=60, customers=12)
    WAREHOUSE.put(tables)
    for figure in (
        service(WAREHOUSE, TAXONOMY, PLAIN, Filters(), by="agent"),
        sla(WAREHOUSE, TAXONOMY, PLAIN, Filters()),
        backlog(WAREHOUSE, TAXONOMY, PLAIN, Filters()),
        backlog(WAREHOUSE, TAXONOMY, PLAIN, Filters(), by="stage"),
        reasons(WAREHOUSE, TAXONOMY, PLAIN, Filters()),
    ):
        for i, row in enumerate(figure.to_dicts()):
            if row.get("metric", "conversations") == "conversations":
                assert len(figure.customers(i)) == row["customers"], (figure.name, row)


def test_filters_keep_conversations_by_their_first_day_channel_and_what_they_speak_of() -> None:
    tables = desk(5, conversations=80, customers=20)
    WAREHOUSE.put(tables)
    talks = oracle.talks(tables, PLAIN.service)
    day = sorted(t.day for t in talks)[30]
    count = lambda **kw: service(WAREHOUSE, TAXONOMY, PLAIN, Filters(**kw), by="all").facts["conversations"]  # noqa: E731
    assert count(since=day) == sum(t.day >= day for t in talks)
    assert count(channels=("chat",)) == sum(t.channel == "chat" for t in talks)
    assert count(sources=("desk",), until=day) == sum(t.key[1] == "desk" and t.day <= day for t in talks)
    spoke = {touch["interaction_id"] for touch in tables["touches"].to_pylist() if touch["stage"] == "delivery"}
    want = sum(any(row["interaction_id"] in spoke for row in t.rows) for t in talks)
    assert count(stages=("delivery",)) == want < len(talks)
    only = Settings.parse('[workspace]\ntimezone = "Europe/Berlin"\n[service]\nstages = ["delivery"]')
    assert service(WAREHOUSE, TAXONOMY, only, Filters(), by="all").facts["conversations"] == want


def test_silence_closes_where_it_is_declared() -> None:
    tables = desk(8, conversations=60)
    WAREHOUSE.put(tables)
    declared = Settings.parse('[workspace]\ntimezone = "Europe/Berlin"\n[service]\nsilence = "3 d"')
    plain, quiet = (backlog(WAREHOUSE, TAXONOMY, one, Filters(), by="all").facts["open"] for one in (PLAIN, declared))
    assert quiet < plain
    talks, end = oracle.talks(tables, declared.service), end_of(tables)
    assert quiet == sum(
        t.spells[-1][1] is None and end - t.rows[0]["last"] <= 3 * DAY for t in talks
    )  # fmt: skip


def test_few_customers_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    figure = service(WAREHOUSE.put(desk(1, conversations=6, customers=2)), TAXONOMY, PLAIN, Filters())
    for row in figure.to_dicts():
        assert row["hidden"] == (row["customers"] < 5)
        assert not row["hidden"] or (row["value"], row["low"], row["high"]) == (None, None, None)


def test_what_nothing_tells_is_said_and_never_zero() -> None:
    tables = desk(2, conversations=30)
    rows = [{**row, "event": None, "attributes": None} for row in tables["interactions"].to_pylist()]
    rows = [row for row in rows if row["author"] == "customer" and row["agent"] is None]
    tables["interactions"] = pa.Table.from_pylist(rows, schema=tables["interactions"].schema)
    figure = service(WAREHOUSE.put(tables), TAXONOMY, PLAIN, Filters(), by="all")
    assert {row["metric"] for row in figure.to_dicts()} == {"conversations"}
    assert len(figure.notes) == 7
    assert backlog(WAREHOUSE, TAXONOMY, PLAIN, Filters(), by="all").table.num_rows == 0


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.sampled_from([0.1, 0.5, 0.9]))
def test_a_quantile_of_counts_is_that_of_the_values(values: list[int], p: float) -> None:
    distinct, counts = np.unique(values, return_counts=True)
    point, low, high = quantile(distinct, counts, p)
    assert point == np.quantile(values, p, method="inverted_cdf")
    assert low <= point <= high


@pytest.mark.parametrize("n", [30, 200])
@pytest.mark.parametrize("p", [0.5, 0.9])
def test_the_interval_of_a_quantile_covers(n: int, p: float) -> None:
    rng = np.random.default_rng(3)
    hit = 0
    for _ in range(800):
        values = rng.lognormal(0, 1, n)
        _, low, high = quantile(values, np.ones(n), p)
        from scipy.stats import lognorm

        hit += low <= lognorm.ppf(p, 1) <= high
    assert 0.93 <= hit / 800 <= 0.995


def test_kappa_is_none_where_agreement_is_chance_and_one_where_it_is_whole() -> None:
    assert kappa(10, 0, 0, 10) == pytest.approx(1)
    assert kappa(25, 25, 25, 25) == pytest.approx(0)
    assert np.isnan(kappa(7, 0, 0, 0))


def test_offsets_find_both_turns_of_a_year() -> None:
    year = [int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2026, 12, 31, tzinfo=UTC).timestamp())]
    assert [offset for _, offset in offsets("Europe/Berlin", *year)] == [3600, 7200, 3600]
    assert offsets("UTC", *year) == ((year[0], 0),)
