"""How many agents a target needs: Erlang C, Erlang A, and a backlog model for e-mail.

Times are in seconds, rates in contacts per second, agents in people who are there and free to answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, exp, inf
from typing import TYPE_CHECKING, Final

import numpy as np

from touchline.errors import QuestionError
from touchline.words import phrase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MOST_AGENTS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Queue:
    """How a queue with so many agents does in the long run.

    Attributes:
        agents: How many.
        load: Offered work in Erlang: arrivals times handle time.
        wait_chance: Share of customers who wait at all.
        service_level: Share of customers who are answered within the time asked for (of all who come).
        mean_wait: Mean time in the queue, seconds; with abandonment of all who come.
        abandoned: Share of customers who give up.
        occupancy: Share of their time in which agents are busy.
    """

    agents: int
    load: float
    wait_chance: float
    service_level: float
    mean_wait: float
    abandoned: float
    occupancy: float


def erlang_b(load: float, agents: int) -> float:
    """Return the share of customers who find all agents busy, where nobody waits.

    >>> round(erlang_b(37.9, 50), 4)  # tables give 37.90 Erlang for 50 lines at 1 %
    0.01

    Source: Erlang 1917, by the recursion of the inverse.
    """
    inverse = 1.0
    for k in range(1, agents + 1):
        inverse = 1.0 + inverse * k / load
    return 1.0 / inverse


def erlang_c(rate: float, handle: float, agents: int, within: float = 0.0) -> Queue:
    """Return how an M/M/n queue does whose customers wait for ever.

    Args:
        rate: Customers per second.
        handle: Mean handle time, seconds.
        agents: How many; a queue with no more of them than its load grows without end.
        within: The time of the service level, seconds.

    >>> queue = erlang_c(200 / 3600, 180, 14, within=20)  # 100 calls in half an hour, 3 minutes each
    >>> round(queue.wait_chance, 3), round(queue.service_level, 3), round(queue.mean_wait, 1), round(queue.occupancy, 3)
    (0.174, 0.888, 7.8, 0.714)

    Source: Erlang 1917; the example is the one that guides to contact centres work through by hand.
    """
    load = rate * handle
    if agents <= load:
        return Queue(agents, load, 1.0, 0.0, inf, 0.0, 1.0)
    blocked = erlang_b(load, agents)
    waits = blocked / (1 - load / agents * (1 - blocked))
    level = 1.0 - waits * exp(-(agents - load) * within / handle)
    return Queue(agents, load, waits, level, waits * handle / (agents - load), 0.0, load / agents)


def erlang_a(rate: float, handle: float, agents: int, patience: float, within: float = 0.0) -> Queue:
    """Return how an M/M/n+M queue does whose customers give up after an exponential time.

    Customer m in the queue reaches an agent after a sum of exponentials with rates ``n mu + i theta``, i = 0 ... m,
    whose ``exp(-theta V)`` is Beta(n mu / theta, m + 1); so the service level is a sum of incomplete betas, exactly.

    Args:
        rate: Customers per second.
        handle: Mean handle time, seconds.
        agents: How many, 1 or more; they may be fewer than the load.
        patience: Mean time until a waiting customer gives up, seconds.
        within: The time of the service level, seconds.

    >>> queue = erlang_a(48 / 60, 60, 50, patience=120)
    >>> round(queue.abandoned, 3), round(queue.mean_wait, 1), round(queue.occupancy, 2)
    (0.031, 3.7, 0.93)

    Source: Palm 1957; the example is table 1 of Garnett, Mandelbaum and Reiman 2002.
    """
    from scipy.special import betainc

    load, theta, mu = rate * handle, 1.0 / patience, 1.0 / handle
    longest = ceil(max(0.0, (rate - agents * mu) / theta) + 14 * (rate / theta) ** 0.5 + 60)
    k = np.arange(1, agents + longest + 1, dtype=np.float64)
    leave = np.minimum(k, agents) * mu + np.maximum(k - agents, 0.0) * theta
    logs = np.concatenate([[0.0], np.cumsum(np.log(rate) - np.log(leave))])
    chance = np.exp(logs - logs.max())
    chance /= chance.sum()
    waiting = np.arange(longest + 1, dtype=np.float64)
    queue = chance[agents:]
    gone = float((waiting * queue).sum() * theta / rate)
    ratio = agents * mu / theta
    reached = ratio / (ratio + waiting + 1) * (1 - betainc(ratio + 1, waiting + 1, exp(-theta * within)))
    level = float(chance[:agents].sum() + (queue * reached).sum())
    waits = float(queue.sum())
    busy = float((np.minimum(np.arange(len(chance)), agents) * chance).sum()) / agents
    return Queue(agents, load, waits, level, float((waiting * queue).sum() / rate), gone, busy)


@dataclass(frozen=True, slots=True)
class Need:
    """What a target asks for.

    Attributes:
        queue: How the queue does with as many agents as are needed.
        scheduled: Agents on the rota: those needed over the share of time in which they are there.
        around: The queues with a few agents fewer and more, ascending, that needed among them.
    """

    queue: Queue
    scheduled: int
    around: tuple[Queue, ...]


def staffing(
    rate: float,
    handle: float,
    level: float,
    within: float,
    *,
    patience: float | None = None,
    most_busy: float = 1.0,
    most_abandoned: float = 1.0,
    shrinkage: float = 0.0,
) -> Need:
    """Return the fewest agents with whom a share ``level`` is answered ``within`` seconds.

    Args:
        rate: Customers per second.
        handle: Mean handle time, seconds.
        level: Share to be answered in time, above 0 and below 1.
        within: In time, seconds.
        patience: Mean time until a waiting customer gives up; None: never (Erlang C).
        most_busy: The highest occupancy that may be asked of agents.
        most_abandoned: The largest share of customers who may give up.
        shrinkage: Share of paid time in which agents are not there: breaks, training, leave.

    >>> staffing(200 / 3600, 180, 0.80, 20).queue.agents
    14
    >>> staffing(200 / 3600, 180, 0.80, 20, shrinkage=0.3).scheduled
    20

    Raises:
        QuestionError: A number that makes no sense.
    """
    _must(rate > 0 and handle > 0, "calls and handle time", "must be more than nothing")
    _must(0 < level < 1, "the service level", "must lie between 0 and 100 %")
    _must(within >= 0, "the time of the target", "must not be negative")
    _must(patience is None or patience > 0, "patience", "must be more than nothing")
    _must(0 < most_busy <= 1 and 0 <= most_abandoned <= 1, "occupancy and abandonment", "are shares from 0 to 100 %")
    _must(0 <= shrinkage < 1, "shrinkage", "must be from 0 to below 100 %")
    _must(rate * handle < _MOST_AGENTS / 2, "the load", f"must stay below {_MOST_AGENTS // 2:,} Erlang")

    def queue(agents: int) -> Queue:
        if patience is None:
            return erlang_c(rate, handle, agents, within)
        return erlang_a(rate, handle, agents, patience, within)

    def enough(agents: int) -> bool:
        found = queue(agents)
        return (
            found.service_level >= level and found.occupancy <= most_busy and found.abandoned <= most_abandoned
        )  # fmt: skip

    needed = _fewest(enough, 1)
    around = tuple(queue(agents) for agents in range(max(1, needed - 3), needed + 4))
    return Need(queue(needed), ceil(round(needed / (1 - shrinkage), 9)), around)


def _fewest(enough: Callable[[int], bool], start: int) -> int:
    """Return the fewest that are enough; more are enough too."""
    high = max(1, start)
    while not enough(high):
        _must(high < _MOST_AGENTS, "the target", f"is not reached with {_MOST_AGENTS:,} agents")
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _must(holds: bool, what: str, why: str) -> None:
    if not holds:
        raise QuestionError(phrase("{what} {why}", what=what, why=why), where="staffing")


@dataclass(frozen=True, slots=True)
class Backlog:
    """How a mailbox does in the long run.

    Attributes:
        agents: How many.
        in_time: Share of messages answered within the target.
        busy: Work that comes over work that can be done.
        mean_backlog: Messages open, on average over the week.
        morning_backlog: Messages open when the office opens, on average over its days.
    """

    agents: int
    in_time: float
    busy: float
    mean_backlog: float
    morning_backlog: float


#: Slots of the week that the backlog model counts in, in seconds; messages are lumped so that states stay few.
_SLOT: Final = 1800
_SLOTS: Final = 7 * 86_400 // _SLOT
_STATES: Final = 2048
_WEEKS: Final = 200


def backlog_model(
    per_day: float,
    handle: float,
    agents: int,
    target: float,
    hours: tuple[tuple[int, int] | None, ...],
    profile: tuple[float, ...] | None = None,
    *,
    office: bool = False,
) -> Backlog:
    """Return how a mailbox does whose agents work through what has come, first come, first served.

    Messages come around the clock (Poisson per half hour), agents work in office hours only. The distribution of the
    backlog is carried from half hour to half hour over the week until it repeats; a message is in time when all before
    it and it itself are done by as much work as the time of its target holds.

    Args:
        per_day: Messages per day, on average over the week.
        handle: Mean handle time, seconds.
        agents: How many work at once.
        target: Time until the answer, seconds.
        hours: From and until, in seconds of the day, per weekday from Monday on; None: closed.
        profile: How arrivals are spread over the 168 hours of the week; None: evenly.
        office: Does the target count office hours only?

    >>> week = ((9 * 3600, 17 * 3600),) * 5 + (None, None)
    >>> found = backlog_model(300, 360, 6, 86_400, week)
    >>> round(found.busy, 3), round(found.in_time, 2)
    (0.875, 0.49)

    Raises:
        QuestionError: Numbers that make no sense.
    """
    from scipy.signal import fftconvolve
    from scipy.stats import norm, poisson

    _must(per_day > 0 and handle > 0 and target > 0, "messages, handle time and target", "must be more than nothing")
    _must(len(hours) == 7 and any(hours), "office hours", "must be open at some time of the week")
    open_ = np.array([_open_in(hours, slot) for slot in range(_SLOTS)])  # seconds of work per agent and slot
    shape = np.ones(168) if profile is None else np.asarray(profile, dtype=np.float64)
    _must(len(shape) == 168 and bool((shape >= 0).all()) and shape.sum() > 0, "the profile", "has 168 hours of a week")
    arrive = np.repeat(shape, 3600 // _SLOT) * per_day * 7 / (shape.sum() * 3600 / _SLOT)  # messages per slot
    can = agents * open_ / handle  # messages that can be done per slot
    busy = float(arrive.sum() / can.sum())
    if busy >= 1:
        return Backlog(agents, 0.0, busy, inf, inf)

    fluid = _fluid(arrive, can)
    lump = max(1.0, (fluid.max() + 12 * arrive.sum() ** 0.5 + 20) / _STATES)
    size = _STATES if lump > 1 else ceil(fluid.max() + 12 * arrive.sum() ** 0.5 / (1 - busy) ** 0.5 + 20)
    size = min(size, 4 * _STATES)
    states = np.arange(size, dtype=np.float64)

    def coming(mean: float) -> Floats:
        reach = np.arange(ceil(mean / lump + 10 * (mean**0.5) / lump + 10))
        if lump == 1:
            return np.asarray(poisson.pmf(reach, mean))
        spread = max(mean, 1e-9) ** 0.5
        edges = norm.cdf((np.concatenate([reach, [reach[-1] + 1]]) - 0.5) * lump, mean, spread)
        edges[0], edges[-1] = 0.0, 1.0
        return np.diff(edges)

    kernels = {mean: coming(mean) for mean in set(arrive.tolist())}
    ahead_weeks = 2 + ceil(target / (7 * 86_400))
    done = np.concatenate([[0.0], np.cumsum(np.tile(can, ahead_weeks))])
    steps = np.arange(len(done)) * float(_SLOT)
    chance = np.zeros(size)
    chance[min(round(fluid[0] / lump), size - 1)] = 1.0
    before: Floats | None = None
    for _ in range(_WEEKS):
        in_time = mean = morning = mornings = 0.0
        for slot in range(_SLOTS):
            # In the middle of the slot: what was there, less what has been done, and half of what comes.
            here = (slot + 0.5) * _SLOT
            by_then = np.interp(here + target, steps, done) - np.interp(here, steps, done)
            if office:
                by_then = agents * target / handle
            ahead = np.maximum(states * lump - can[slot] / 2, 0.0) + arrive[slot] / 2
            in_time += arrive[slot] * float(chance[ahead + 1 <= by_then + 1e-9].sum())
            mean += float((states * chance).sum()) * lump / _SLOTS
            if open_[slot] and not open_[slot - 1]:
                morning, mornings = morning + float((states * chance).sum()) * lump, mornings + 1
            grown = fftconvolve(chance, kernels[float(arrive[slot])])
            grown = np.maximum(grown, 0.0)
            chance = _worked_off(grown, can[slot] / lump, size)
        if before is not None and float(np.abs(chance - before).sum()) < 1e-7:
            break
        before = chance
    return Backlog(agents, float(in_time / arrive.sum()), busy, mean, morning / max(mornings, 1.0))


def staff_backlog(
    per_day: float,
    handle: float,
    level: float,
    target: float,
    hours: tuple[tuple[int, int] | None, ...],
    profile: tuple[float, ...] | None = None,
    *,
    office: bool = False,
) -> Backlog:
    """Return the fewest agents with whom a share ``level`` of messages is answered within ``target`` seconds.

    >>> week = ((9 * 3600, 17 * 3600),) * 5 + (None, None)
    >>> staff_backlog(300, 360, 0.9, 3 * 86_400, week).agents
    6

    Raises:
        QuestionError: Numbers that make no sense, or a target that no number of agents can keep: one that is shorter
            than a night or weekend in which too much comes.
    """
    _must(0 < level < 1, "the share", "must lie between 0 and 100 %")
    week = [until - since for since, until in filter(None, hours)]
    _must(bool(week), "office hours", "must be open at some time of the week")
    least = ceil(per_day * 7 * handle / sum(week))

    def enough(agents: int) -> bool:
        return backlog_model(per_day, handle, agents, target, hours, profile, office=office).in_time >= level

    if not enough(max(50 * least, 50)):
        raise QuestionError(
            phrase("no number of agents keeps this target: too much comes while nobody is there"),
            where="staffing",
            todo=phrase("open longer, or promise a longer time"),
        )
    return backlog_model(per_day, handle, _fewest(enough, least), target, hours, profile, office=office)


def _open_in(hours: tuple[tuple[int, int] | None, ...], slot: int) -> float:
    """Return the seconds of a slot of the week in which the office is open."""
    day, since = divmod(slot * _SLOT, 86_400)
    span = hours[day]
    return 0.0 if span is None else float(max(0, min(span[1], since + _SLOT) - max(span[0], since)))


def _fluid(arrive: Floats, can: Floats) -> Floats:
    """Return the backlog at the start of each slot if everything came evenly."""
    level, found = 0.0, np.zeros(len(arrive))
    for _ in range(3):
        for slot in range(len(arrive)):
            found[slot] = level
            level = max(0.0, level + arrive[slot] - can[slot])
    return found


def _worked_off(chance: Floats, done: float, size: int) -> Floats:
    """Return the distribution after work: shifted down by ``done`` (fractions go to both neighbours), kept at size."""
    whole = int(done)
    part = done - whole
    moved = np.zeros(max(size, len(chance)))
    for shift, share in ((whole, 1 - part), (whole + 1, part)):
        if not share:
            continue
        kept = chance[shift:]
        moved[: len(kept)] += share * kept
        moved[0] += share * float(chance[:shift].sum())
    moved[size - 1] += float(moved[size:].sum())
    found: Floats = moved[:size] / moved[:size].sum()
    return found
