"""Trouble by hand, in plain NumPy: what comes back, carries over, stays open, and what journeys took.

The same numbers as ours, without names, filters, tests and the customers behind them; one thread. The log of the other
sequence questions says nothing of what customers said, so that `with_words` adds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from benchmarks.timing import Pair, pair
from touchline.scores.bootstrap import poisson_weights
from touchline.sequences import Journey
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index import Journeys
from touchline.warehouse.index.journeys import NO_SIGN, Columns, narrow

DAY = 86_400_000_000
WINDOW = 90 * DAY
_THEMES = ("app", "billing", "delay", "fees", "goods", "help", "login", "price", "promise", "returns", "stock", "tone")
_AGENTS = 40
_SECOND = 1_000_000
_SOON = 14 * DAY
_COMES_TO, _LOST = "renewal", "refund"


def with_words(journeys: Journeys, seed: int = 1) -> Journeys:
    """Return the journeys with what a workspace's carry: stages spoken of, signs, themes, contacts, talks and agents.

    Four of five interactions are scored, a third of all complain; four of five name a theme, and half are contacts,
    most of them of a conversation.
    """
    rng, rows = np.random.default_rng(seed), len(journeys)
    stages = journeys.coded("stage").names
    fresh = journeys.first | (rng.random(rows) < 0.5)
    talks = rng.integers(1, 2**62, np.count_nonzero(fresh))[np.cumsum(fresh) - 1]
    contact = rng.random(rows) < 0.5
    found = {name: journeys.columns[name] for name in ("stage", "event", "channel", "author")} | {
        "about": Coded(rng.integers(0, len(stages), rows), stages),
        "s": rng.choice(np.array([-1, 0, 1, NO_SIGN], dtype=np.int8), rows, p=(0.33, 0.17, 0.3, 0.2)),
        "theme": Coded(np.where(rng.random(rows) < 0.8, rng.integers(0, len(_THEMES), rows), -1), _THEMES),
        "kind": Coded(contact.astype(np.int64), ("event", "message")),
        "conversation": np.where(contact & (rng.random(rows) < 0.8), talks, 0),
        "agent": Coded(
            np.where(contact, rng.integers(0, _AGENTS, rows), -1), tuple(f"a{code:02}" for code in range(_AGENTS))
        ),
    }
    columns = {name: narrow(held) if isinstance(held, Coded) else held for name, held in found.items()}
    return replace(journeys, columns=Columns.of(columns))


def issues(journeys: Journeys, window: int, replicates: int = 200) -> dict[str, np.ndarray]:
    """Issues by stage of birth, stage of return and theme: customers, chance, lift and interval, median, born, open."""
    complaint = np.flatnonzero((journeys.coded("about").codes >= 0) & (journeys.numbers("s") == -1))
    stages, themes = len(journeys.coded("about").names), len(journeys.coded("theme").names)
    stage = journeys.coded("about").codes[complaint].astype(np.int64)
    theme = journeys.coded("theme").codes[complaint].astype(np.int64)
    owner, at, many = journeys.owner[complaint].astype(np.int64), journeys.at[complaint], len(complaint)
    moment = owner * int(np.ptp(at) + window + 1) + at - at.min()
    later, until = (np.searchsorted(moment, moment + more, side="right") for more in (0, window))

    said = np.flatnonzero(theme >= 0)
    packed = np.sort(((owner[said] * themes + theme[said]) * stages + stage[said]) * many + said)
    group = packed // many
    begins = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
    first, group = packed[begins] % many, group[begins]
    subject, born = group // stages, group % stages
    elsewhere = np.append(subject[1:] == subject[:-1], False)
    elsewhere[1:] |= elsewhere[:-1]
    here = np.flatnonzero(elsewhere)
    cells, delays, births = [], [], []
    for back in range(stages):
        base = (subject[here] * stages + back) * many
        place = np.searchsorted(packed, base + later[first[here]])
        entry = np.append(packed, np.iinfo(np.int64).max)[place] - base
        hit = (entry < until[first[here]]) & (born[here] != back)
        birth, entry = here[hit], entry[hit]
        cells.append((born[birth] * stages + back) * themes + subject[birth] % themes)
        delays.append((at[entry] - at[first[birth]]) // _SECOND)
        births.append(birth)
    cell, delay, birth = np.concatenate(cells), np.concatenate(delays), np.concatenate(births)
    shape, size = (stages, stages, themes), stages * stages * themes
    observed = np.bincount(cell, minlength=size).reshape(shape)
    lasted = np.sort((cell << 36) | delay)
    edges = np.searchsorted(lasted, np.arange(size + 1) << 36)
    median = [np.median(lasted[low:high] & (2**36 - 1)) if low < high else np.nan for low, high in pairwise(edges)]
    open_now = at[first] + window > journeys.observed[1]
    raised_at = born * themes + subject % themes
    raised, waiting = (np.bincount(raised_at[x], minlength=stages * themes) for x in (slice(None), open_now))
    returned = np.bincount(cell[open_now[birth]], minlength=size).reshape(shape)
    earliest = np.minimum.reduceat(first * stages + born, np.flatnonzero(np.append(True, subject[1:] != subject[:-1])))
    born_first = np.bincount(earliest % stages * themes + theme[earliest // stages], minlength=stages * themes)

    order = np.argsort(owner * stages + stage, kind="stable")
    mine = (owner * stages + stage)[order]
    begins = np.flatnonzero(np.append(True, mine[1:] != mine[:-1]))
    number = np.empty(many, dtype=np.int64)
    number[order] = np.arange(many) - np.repeat(begins, np.diff(np.append(begins, many)))
    upto = np.zeros((many + 1, stages), dtype=np.int32)
    np.cumsum(stage[:, None] == np.arange(stages), axis=0, out=upto[1:])
    follow = upto[until] - upto[later]
    follow[np.arange(many), stage] = 0
    row, back = np.nonzero(follow)
    follow = follow[row, back]
    turns, most = int(number.max()) + 1, int(follow.max(initial=0)) + 1
    pairing = stage[row] * stages + back
    chances = np.bincount((pairing * turns + number[row]) * most + follow, minlength=stages**2 * turns * most)
    chances = chances.reshape(stages, stages, turns, most).astype(float)
    both = np.sort(owner[row] * stages**2 + pairing)
    both = both[np.append(True, both[1:] != both[:-1])]

    spoken = stage * (themes + 1) + np.where(theme < 0, themes, theme)
    entries = [(owner[first[birth]], cell), (both // stages**2, both % stages**2 + size),
               (owner, spoken + size + stages**2)]  # fmt: skip
    sums = _sampled(journeys, entries, size + stages**2 + stages * (themes + 1), replicates)
    drawn, met, share = np.split(sums, (size, size + stages**2))
    drawn, met = drawn.reshape(*shape, -1), met.reshape(stages, stages, 1, -1)
    share = share.reshape(stages, themes + 1, -1)
    share = share[:, :-1] / share.sum(axis=1, keepdims=True)
    q = share[:, :, 0]
    turn, after = np.arange(turns)[:, None, None], np.arange(most)[:, None, None]
    raises, silent = q * (1 - q) ** turn, (1 - q) ** after  # by number, stage and theme
    expected = np.einsum("abim,iat,mbt->abt", chances, raises, 1 - silent, optimize=True)
    at_a = np.einsum("abim,iat,mbt->abt", chances, raises * (1 - turn * q / (1 - q)), 1 - silent, optimize=True)
    at_b = np.einsum("abim,iat,mbt->abt", chances, raises, after * silent / (1 - q) * q, optimize=True)
    a, b, t = seen = np.nonzero(observed)
    moved = share / q[:, :, None]
    chance = expected[seen][:, None] * met[a, b, 0] / met[a, b, 0, :1]
    for side, follows in ((a, at_a), (b, at_b)):
        chance *= moved[side, t] ** (follows[seen] / expected[seen])[:, None]
    lift = drawn[seen] / chance
    raised, waiting, born_first = (x.reshape(stages, themes) for x in (raised, waiting, born_first))
    low, high = np.percentile(lift[:, 1:], (2.5, 97.5), axis=1)
    return {
        "cell": np.ravel_multi_index(seen, shape), "n": raised[a, t], "customers": observed[seen],
        "expected": expected[seen], "lift": lift[:, 0], "low": low, "high": high,
        "median_days": np.array(median)[np.ravel_multi_index(seen, shape)] / 86_400,
        "born_share": (born_first / born_first.sum(axis=0))[a, t], "open": waiting[a, t] - returned[seen],
    }  # fmt: skip


def _sampled(
    journeys: Journeys, entries: list[tuple[np.ndarray, np.ndarray]], cells: int, replicates: int
) -> np.ndarray:
    """Sum cells by customer, plainly and in samples that draw customers."""
    from scipy.sparse import csr_array

    owner, cell = (np.concatenate(arrays) for arrays in zip(*entries, strict=True))
    order = np.argsort(owner, kind="stable")
    cell, bound = cell[order], np.searchsorted(owner[order], np.arange(journeys.customers + 1))
    found = np.zeros((cells, 1 + replicates))
    found[:, 0] = np.bincount(cell, minlength=cells)
    for begin in range(0, journeys.customers, 4096):
        weights = poisson_weights(journeys.keys[begin : begin + 4096], replicates).astype(float)
        here = bound[begin : begin + len(weights) + 1]
        some = cell[here[0] : here[-1]]
        matrix = csr_array((np.ones(len(some)), some, here - here[0]), (len(weights), cells))
        found[:, 1:] += matrix.T @ weights
    return found


def compounding(journeys: Journeys) -> dict[tuple[str, str], np.ndarray]:
    """Customers by pair of stages in order, negative at the first, negative at the second."""
    about, s = journeys.coded("about"), journeys.numbers("s")
    rows, customers = len(journeys), journeys.customers
    codes = [about.names.index(name) for name in journeys.stages]
    first, bad_first = np.full((2, len(codes), customers), rows)
    last, bad_last = np.full((2, len(codes), customers), -1)
    places = []
    for number, code in enumerate(codes):
        there = np.flatnonzero((about.codes == code) & (s != NO_SIGN))
        for wanted, begin, end in (
            (there, first[number], last[number]),
            (there[s[there] < 0], bad_first[number], bad_last[number]),
        ):
            owner = journeys.owner[wanted]
            begin[owner[::-1]] = wanted[::-1]
            end[owner] = wanted
        places.append(there)
    found = {}
    for a in range(len(codes)):
        for b in range(a + 1, len(codes)):
            asked = np.flatnonzero(first[a] < last[b])
            cut = places[b][np.searchsorted(places[b], first[a, asked])]
            cell = 2 * (bad_first[a, asked] < cut) + (bad_last[b, asked] > first[a, asked])
            found[journeys.stages[a], journeys.stages[b]] = np.bincount(cell, minlength=4).reshape(2, 2)
    return found


def grievances(journeys: Journeys, at: str, lost: str, window: int) -> tuple[np.ndarray, float, float]:
    """Customers who came to a stage, by how it ended and complaints still open then; odds ratio and its log's error."""
    about, s, owner, event = journeys.coded("about"), journeys.numbers("s"), journeys.owner, journeys.coded("event")
    came = _entered(journeys, at)
    came = came[np.append(True, owner[came][1:] != owner[came][:-1])]
    who = owner[came]
    until = np.zeros(journeys.customers, dtype=np.int64)
    until[who] = came
    rows = np.flatnonzero((s != NO_SIGN) & (np.arange(len(s)) < until[owner]))
    stages = len(about.names) + 1
    subject = owner[rows] * np.int64(stages) + about.codes[rows] + 1
    good = s[rows] >= 0
    righted = np.full(journeys.customers * stages, -1)
    righted[subject[good]] = rows[good]
    still = rows[~good & (rows > righted[subject])]
    carried = np.bincount(owner[still], minlength=journeys.customers)[who]
    ends = np.append(np.flatnonzero(event.codes == event.names.index(lost)), len(s))
    after = ends[np.searchsorted(ends, came)]
    closes = journeys.at[came] + window
    gone = (after < journeys.starts[who + 1]) & (journeys.at[np.minimum(after, len(s) - 1)] <= closes)
    ended = np.where(gone, 1, np.where(closes <= journeys.observed[1], 0, 2))
    table = np.bincount(ended * (carried.max() + 1) + carried, minlength=3 * (carried.max() + 1)).reshape(3, -1)
    n, design = table[0] + table[1], np.stack([np.ones(table.shape[1]), np.arange(table.shape[1])], axis=1)
    beta = np.array([np.log(table[1].sum() / table[0].sum()), 0.0])
    for _ in range(8):
        p = 1 / (1 + np.exp(-design @ beta))
        information = (design * (n * p * (1 - p))[:, None]).T @ design
        beta += np.linalg.solve(information, design.T @ (table[1] - n * p))
    return table, float(np.exp(beta[1])), float(np.sqrt(np.linalg.inv(information)[1, 1]))


def effort(journeys: Journeys, end: str) -> dict[str, tuple[float, float, float, float]]:
    """Mean, its error, median and 90th percentile of what journeys that came to a stage took."""
    held = np.append(np.flatnonzero(journeys.coded("stage").codes >= 0), len(journeys))
    first = held[np.searchsorted(held, journeys.starts[:-1])]
    ends = _entered(journeys, end)
    last = np.append(ends, len(journeys))[np.searchsorted(ends, first, side="right")]
    done = last < journeys.starts[1:]
    first, last = first[done], last[done]
    journey, length = len(first), last - first + 1
    who = np.repeat(np.arange(journey), length)
    rows = np.arange(len(who)) + np.repeat(first - np.cumsum(length) + length, length)

    kind, channel, agent, theme = (journeys.coded(name).codes for name in ("kind", "channel", "agent", "theme"))
    contact = kind[rows] != journeys.coded("kind").names.index("event")
    mine, whose = rows[contact], who[contact]
    talk = journeys.numbers("conversation")[mine]
    alone = np.bincount(whose[talk == 0], minlength=journey)
    order = np.lexsort((talk, whose))  # also puts the rows of a conversation together, in order
    talk, talking, agents, when = talk[order], whose[order], agent[mine][order], journeys.at[mine][order]
    new = np.ones(len(talk), dtype=np.bool_)
    new[1:] = (talk[1:] != talk[:-1]) | (talking[1:] != talking[:-1])
    contacts = alone + np.bincount(talking[new & (talk != 0)], minlength=journey)
    used = np.zeros((journey, len(journeys.coded("channel").names)), dtype=np.bool_)
    used[whose, channel[mine]] = True
    moved = ~new[1:] & (agents[1:] != agents[:-1]) & ((talk[1:] != 0) | (when[1:] - when[:-1] <= _SOON))
    handovers = np.bincount(talking[1:][moved], minlength=journey)

    told = np.flatnonzero(theme[rows] >= 0)
    order = np.argsort(who[told] * len(journeys.coded("theme").names) + theme[rows[told]], kind="stable")
    whose, told = who[told][order], rows[told][order]
    what, when, over, by = theme[told], journeys.at[told], channel[told], agent[told]
    again = (whose[1:] == whose[:-1]) & (what[1:] == what[:-1]) & (when[1:] - when[:-1] <= _SOON)
    again &= (over[1:] != over[:-1]) | ((by[1:] != by[:-1]) & (by[1:] >= 0) & (by[:-1] >= 0))
    repeats = np.bincount(whose[1:][again], minlength=journey)

    took = (journeys.at[last] - journeys.at[first]) // _SECOND / 86_400
    found = {"contacts": contacts, "channels": np.count_nonzero(used, axis=1), "handovers": handovers,
             "repeats": repeats, "elapsed_days": took}  # fmt: skip
    return {
        name: (x.mean(), x.std(ddof=1) / np.sqrt(journey), *np.quantile(x, (0.5, 0.9))) for name, x in found.items()
    }


def _entered(journeys: Journeys, stage: str) -> np.ndarray:
    held = journeys.coded("stage").codes == journeys.coded("stage").names.index(stage)
    held[1:] &= ~held[:-1] | journeys.first[1:]
    return np.flatnonzero(held)


def check(journeys: Journeys) -> None:
    """Raise AssertionError where ours says something else."""
    asked = Journey(journeys)
    about, theme = journeys.coded("about").names, journeys.coded("theme").names
    hand = issues(journeys, WINDOW)
    places = {cell: place for place, cell in enumerate(hand["cell"].tolist())}
    rows = asked.issues(limit=len(places)).table.to_pylist()
    assert len(rows) == len(places)
    for row in rows:
        pair_of = about.index(row["born"]) * len(about) + about.index(row["resurfaces"])
        place = places[pair_of * len(theme) + theme.index(row["theme"])]
        for name in hand.keys() - {"cell"}:
            assert row[name] is None or np.isclose(row[name], hand[name][place], rtol=1e-9), (name, row)
        assert row["hidden"] or row["lift"] is not None
    both = compounding(journeys)
    for row in asked.compounding().table.to_pylist():
        counted = both.pop((row["before"], row["after"]))
        assert (row["n"], row["troubled"]) == (counted.sum(), counted[1].sum())
        shares = counted[:, 1] / counted.sum(axis=1)
        np.testing.assert_allclose((row["if_not"], row["if_negative"]), shares, rtol=1e-9)
    assert not both
    lost = asked.grievances(_COMES_TO, lost=f"event:{_LOST}")
    table, odds, error = grievances(journeys, _COMES_TO, _LOST, WINDOW)
    table = np.concatenate([table[:, :4], table[:, 4:].sum(axis=1, keepdims=True)], axis=1)
    for row, (stayed, gone, unknown) in zip(lost.table.to_pylist(), table.T, strict=True):
        assert (row["n"], row["lost"], row["open"]) == (stayed + gone, gone, unknown)
    ends = [odds, odds * np.exp(-1.959963984540054 * error), odds * np.exp(1.959963984540054 * error)]
    np.testing.assert_allclose([lost.facts[name] for name in ("odds_ratio", "odds_low", "odds_high")], ends, rtol=1e-6)
    took = effort(journeys, _COMES_TO)
    for row in asked.effort(_COMES_TO).table.to_pylist():
        mean, _, middle, late = took.pop(row["measure"])
        np.testing.assert_allclose((row["mean"], row["median"], row["p90"]), (mean, middle, late), rtol=1e-9)
    assert not took


def pairs(journeys: Journeys, rounds: int) -> list[Pair]:
    """Measure ours beside it, once both say the same."""
    held = with_words(journeys)
    held.owner.sum()  # both sides have it ready
    check(held)
    asked = Journey(held)
    questions: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("issues across stages, 200 samples", asked.issues, lambda: issues(held, WINDOW)),
        ("compounding", asked.compounding, lambda: compounding(held)),
        (
            "open grievances at renewal",
            lambda: asked.grievances(_COMES_TO, lost=f"event:{_LOST}"),
            lambda: grievances(held, _COMES_TO, _LOST, WINDOW),
        ),
        ("journey effort", lambda: asked.effort(_COMES_TO), lambda: effort(held, _COMES_TO)),
    ]
    return [
        pair(f"{name} / by hand", ours, hand, rounds=rounds, at_most=1.5, goal="at most 1.5")
        for name, ours, hand in questions
    ]
