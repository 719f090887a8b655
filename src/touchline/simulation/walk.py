"""A block of customers on their way: what they feel, and the log of what happens to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from touchline.simulation.moments import BY_NAME, CHANNELS, MOMENTS, QUESTIONS, SYSTEMS, Moment
from touchline.simulation.people import People
from touchline.simulation.pools import ANY, Floats, Ints, Pools
from touchline.simulation.seasons import Seasons
from touchline.simulation.story import INCIDENTS, LEVELS, PLEASED, UPSET, Story
from touchline.simulation.verbatim_bank import STAGES, agent_replies

Column: TypeAlias = npt.NDArray[Any]

#: Columns of the log: type, and the value that means "none".
COLUMNS: Final[dict[str, tuple[str, float]]] = {
    "who": ("int32", -1),
    "at": ("float64", np.nan),
    "moment": ("int16", -1),
    "channel": ("int8", -1),
    "stage": ("int8", -1),
    "felt": ("float32", np.nan),
    "verbatim": ("int32", -1),
    "reply": ("int16", -1),
    **dict.fromkeys(QUESTIONS, ("int8", -1)),
    "cents": ("int64", -1),
    "wait": ("int16", -1),
    "thread": ("int16", -1),
    "system": ("int8", -1),
    "incident": ("int16", -1),
    "kind": ("int8", -1),
}

#: A feeling becomes an answer: base + slope * feeling, so that the bounds of good and bad on the scale
#: (NPS 8.5 and 6.5, CSAT 3.5 and 2.5, CES 4.5 and 3.5) fall on PLEASED and UPSET.
_ANSWERS: Final = {"nps": (7.1, 4.0), "csat": (2.8, 2.0), "ces": (3.8, 2.0), "rating": (2.8, 2.0)}
_ANSWER_NOISE: Final = {"nps": 0.7, "csat": 0.35, "ces": 0.45, "rating": 0.35}

_FEELING_NOISE: Final = 0.78
#: How much of the mood colours an experience, and how much of an experience stays in the mood.
_COLOUR: Final = 0.60
_STAYS: Final = 0.28


def signs(felt: Column) -> npt.NDArray[np.int8]:
    """Return the sentiment of feelings: +1 above PLEASED, -1 below UPSET, else 0."""
    return ((felt > PLEASED).astype(np.int8) - (felt < UPSET)).astype(np.int8)


@dataclass(slots=True)
class Walk:
    """The state of a block while its customers walk through the journey.

    Every method takes customers as positions in the block, each at most once, and days from the start.

    Attributes:
        rng: The block's source of chance.
        people: Who they are.
        story: The planted effects.
        calendar: When people are busy.
        pools: What they may say.
        mood: Latent satisfaction, changed by every experience and carried to the next.
        churned: Day on which a customer left; NaN for who stayed.
        cancelled: Did they say so?
        log: Blocks of rows, one dictionary of columns per call of `note`.
        incidents: Blocks of incidents: who, number within the customer, kind, day.
        desk: The chance of what support's systems record, so that recording more changes nobody's life.
    """

    rng: np.random.Generator
    people: People
    story: Story
    calendar: Seasons
    pools: Pools
    mood: Floats = field(init=False)
    churned: Floats = field(init=False)
    cancelled: npt.NDArray[np.bool_] = field(init=False)
    log: list[dict[str, Column]] = field(init=False, default_factory=list)
    incidents: list[dict[str, Column]] = field(init=False, default_factory=list)
    desk: np.random.Generator = field(init=False)
    _threads: Ints = field(init=False)
    _incidents: Ints = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.people)
        self.mood = self.people.disposition.copy()
        self.desk = self.rng.spawn(1)[0]
        self.churned = np.full(count, np.nan)
        self.cancelled = np.zeros(count, dtype=bool)
        self._threads = np.zeros(count, dtype=np.int64)
        self._incidents = np.zeros(count, dtype=np.int64)

    def some(self, who: Ints, chance: float | Floats) -> npt.NDArray[np.bool_]:
        """Return who of them, as a mask, is hit by a chance."""
        return self.rng.random(len(who)) < chance

    def wait(self, who: Ints, median: float | Floats, spread: float = 0.5) -> Floats:
        """Return waiting times in days, log-normal around a median."""
        return median * self.rng.lognormal(0.0, spread, len(who))

    def awake(self, who: Ints, at: Floats) -> Floats:
        """Move nightly acts of customers into their morning."""
        return self.calendar.awake(at, self.people.region[who])

    def feel(self, stage: str, who: Ints, shift: float | Floats = 0.0) -> Floats:
        """Give customers an experience of a stage and return how it felt; it stays in their mood.

        Args:
            stage: The stage.
            who: Customers.
            shift: What this time is better or worse than usual.
        """
        usual = LEVELS[stage] + self.story.vip_lift * self.people.vip[who]
        noise = self.rng.normal(0.0, _FEELING_NOISE, len(who))
        felt: Floats = usual + shift + _COLOUR * (self.mood[who] - 0.2) + noise
        self.mood[who] += _STAYS * (felt - self.mood[who])
        return felt

    def befall(self, stage: str, who: Ints, at: Floats, factors: dict[str, Floats]) -> tuple[Ints, Ints, Floats]:
        """Let incidents of a stage happen, at most one per customer.

        Args:
            stage: The stage.
            who: Customers.
            at: Days.
            factors: By theme, how much likelier than usual it is for each customer.

        Returns:
            The incident's kind (position in `INCIDENTS`, -1 for none), its number within the customer (-1 for
            none), and what it takes from the satisfaction.
        """
        here = [number for number, incident in enumerate(INCIDENTS) if incident.stage == stage]
        ones = np.ones(len(who))
        chances = np.array([INCIDENTS[k].chance * factors.get(INCIDENTS[k].theme, ones) for k in here])
        drawn = (self.rng.random(len(who)) >= np.cumsum(chances, axis=0)).sum(axis=0)
        kind = np.array([*here, -1])[drawn]
        hit = np.array([*(INCIDENTS[k].hit for k in here), 0.0])[drawn]
        struck = kind >= 0
        number = np.where(struck, self._incidents[who], -1)
        self._incidents[who] += struck
        self.incidents.append(
            {
                "who": who[struck],
                "number": number[struck],
                "kind": kind[struck],
                "at": at[struck],
            }
        )
        return kind, number, hit

    def open_thread(self, who: Ints) -> Ints:
        """Begin a conversation with each customer and return its number within the customer."""
        number = self._threads[who].copy()
        self._threads[who] += 1
        return number

    def note(
        self,
        name: str,
        who: Ints,
        at: Floats,
        *,
        where: npt.NDArray[np.bool_] | None = None,
        felt: Floats | None = None,
        stage: Ints | None = None,
        kind: Ints | None = None,
        incident: Ints | None = None,
        thread: Ints | None = None,
        cents: Ints | None = None,
        wait: Ints | None = None,
        system: Ints | None = None,
    ) -> None:
        """Log one kind of interaction for customers.

        Answers and words are drawn so that they agree with what was felt. What belongs to a conversation
        begins one, unless one is given.

        Args:
            name: Of the moment.
            who: Customers; all other columns are beside them.
            at: Days.
            where: To whom of them it happens; to all by default.
            felt: The experience that it speaks of.
            stage: Codes of the stages that the words speak of, when not the moment's own.
            kind: Kinds of incidents that the words speak of, -1 for none.
            incident: Numbers of these incidents within the customer, -1 for none.
            thread: Numbers of conversations within the customer.
            cents: Money.
            wait: Minutes of waiting.
            system: Codes of `moments.SYSTEMS` that record it, when not the moment's own.
        """
        given = {"who": who, "at": at, "felt": felt, "stage": stage, "kind": kind, "incident": incident}
        given |= {"thread": thread, "cents": cents, "wait": wait, "system": system}
        columns: dict[str, Column] = {
            key: column if where is None else column[where] for key, column in given.items() if column is not None
        }
        count = len(columns["who"])
        if not count:
            return
        moment = MOMENTS[BY_NAME[name]]
        columns["moment"] = np.full(count, BY_NAME[name])
        columns.setdefault("stage", np.full(count, STAGES.index(moment.stage)))
        columns.setdefault("kind", np.full(count, -1))
        if moment.threaded and thread is None:
            columns["thread"] = self.open_thread(columns["who"])
        columns["channel"] = self._channel(moment, count)
        if felt is not None and moment.question is not None:
            columns[moment.question] = self._answer(moment.question, columns["felt"])
        if felt is not None and moment.words:
            columns["verbatim"] = self._say(moment.words, columns)
        if moment.author == "employee":
            columns["reply"] = self._reply(columns["kind"])
        self.log.append(columns)
        if moment.threaded and thread is None and moment.author == "customer":
            self._serve(columns)

    def _serve(self, asked: dict[str, Column]) -> None:
        """Record that somebody answers most questions asked outside support, chats within minutes, and closes them."""
        who, at, thread = asked["who"], asked["at"], asked["thread"]
        chance = self.desk.random((2, len(who)))
        slow = np.where(asked["channel"] == CHANNELS.index("email"), 0.2, 0.002)
        answered = at + slow * self.desk.lognormal(0.0, 0.7, len(who))
        ended = answered + 0.004 * self.desk.lognormal(0.0, 0.5, len(who))
        system = np.full(len(who), SYSTEMS.index("live_chat"))
        taken = chance[0] < 0.95
        self.record("chat_answered", who, answered, thread, taken)
        self.record("chat_ended", who, ended, thread, taken)
        self.record("ticket_solved", who, ended + 0.001, thread, taken & (chance[1] < 0.97), system)

    def record(
        self, name: str, who: Ints, at: Floats, thread: Ints, where: npt.NDArray[np.bool_], system: Ints | None = None
    ) -> None:
        """Log what a system of support records by itself in conversations; it draws no chance.

        Args:
            name: Of the moment, one with one channel.
            who: Customers; all other columns are beside them.
            at: Days.
            thread: Numbers of conversations within the customer.
            where: In whose.
            system: Codes of `moments.SYSTEMS`, when not the moment's own.
        """
        count = int(where.sum())
        moment = MOMENTS[BY_NAME[name]]
        ((channel, _),) = moment.channels
        columns: dict[str, Column] = {
            "who": who[where], "at": at[where], "thread": thread[where],
            "moment": np.full(count, BY_NAME[name]), "stage": np.full(count, STAGES.index(moment.stage)),
            "channel": np.full(count, CHANNELS.index(channel)),
        }  # fmt: skip
        if system is not None:
            columns["system"] = system[where]
        self.log.append(columns)

    def _channel(self, moment: Moment, count: int) -> Column:
        codes = [CHANNELS.index(channel) for channel, _ in moment.channels]
        shares = np.cumsum([share for _, share in moment.channels])
        drawn = np.searchsorted(shares, self.rng.random(count), side="right")
        return np.array(codes)[np.minimum(drawn, len(codes) - 1)]

    def _reply(self, kind: Ints) -> Column:
        """Draw what an agent answers to someone who speaks of a kind of incident."""
        reply = np.empty(len(kind), dtype=np.int64)
        for code, theme in enumerate([*(incident.in_support for incident in INCIDENTS), "-"]):
            here = kind == (code if code < len(INCIDENTS) else ANY)
            known = [number for number, (about, _) in enumerate(agent_replies()) if about in (theme, "-")]
            reply[here] = self.rng.choice(known, int(here.sum()))
        return reply

    def _answer(self, question: str, felt: Floats) -> Column:
        base, slope = _ANSWERS[question]
        low, high = QUESTIONS[question]
        noise = self.rng.normal(0.0, _ANSWER_NOISE[question], len(felt))
        return np.clip(np.rint(base + slope * felt + noise), low, high).astype(np.int8)

    def _say(self, words: float, columns: dict[str, Column]) -> Column:
        sentiment = signs(columns["felt"])
        # Strong feelings make people write.
        writes = self.rng.random(len(sentiment)) < words * np.where(sentiment == 0, 1.0, 1.3)
        at_home = np.array([*(self.pools.themes.index(i.theme) for i in INCIDENTS), ANY])
        in_support = np.array([*(self.pools.themes.index(i.in_support) for i in INCIDENTS), ANY])
        kind, stage = columns["kind"], columns["stage"]
        theme = np.where(stage == STAGES.index("support"), in_support[kind], at_home[kind])
        chance = self.rng.random(len(sentiment))
        language = self.people.language[columns["who"]]
        numbers = self.pools.draw(chance, language, stage, sentiment.astype(np.int64), theme)
        return np.where(writes, numbers, -1)
