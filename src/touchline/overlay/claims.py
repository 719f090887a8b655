"""How well data back each card: whom a claim can be counted by, how many that are, and what its end would bring."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from touchline.figures.numbers import count, percent, plain, plus_minus, span
from touchline.maps.kinds import LANE_KINDS
from touchline.maps.measured import CardMeasured, Level, Measure
from touchline.scores.base import HIDDEN_N, LOW_N
from touchline.vocabulary.names import fold
from touchline.vocabulary.schemas import EMOTIONS
from touchline.words import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from touchline.maps.measured import StepMeasured
    from touchline.maps.model import Card, Map
    from touchline.overlay.asking import Asked, Here
    from touchline.overlay.binding import Place
    from touchline.vocabulary.taxonomy import Taxonomy

Row = dict[str, Any]

#: A claim is refuted when surely fewer than this share of the customers who could say it do.
RARE: Final = 0.02
#: A chance below it is surely none.
SURE: Final = 0.05
#: Lanes whose cards' words may be a theme's, a touchpoint's or a channel's name.
THEMES: Final = frozenset({"pains", "happy", "questions", "quotes", "says", "feels"})
TOUCHPOINTS: Final = frozenset({"touchpoints", "actions", "does"})
CHANNELS: Final = frozenset({"channels", "actions", "does"})
#: Lanes whose cards answer pains and questions.
ANSWERS: Final = frozenset({"opportunities", "solutions"})
_ANSWERING: Final = (*sorted(ANSWERS), "touchpoints", "on_stage", "front_stage", "support", "systems")
_FIGURES: Final = frozenset({"kpis", "measured"})
_NEUTRAL: Final = 50.0
_PERCENT: Final = frozenset({"csat", "dropoff"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A card, and by what data can tell of it; all of it empty where nothing can.

    Attributes:
        card: The card.
        kind: Its lane's.
        place: That its step is measured by.
        theme: The theme's id.
        touchpoint: The touchpoint's id.
        channel: The channel, as the data spell it.
        emotion: The emotion.
    """

    card: Card
    kind: str
    place: Place | None
    theme: str = ""
    touchpoint: str = ""
    channel: str = ""
    emotion: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many customers bear a claim out.

    Attributes:
        customers: Who do.
        of: Who could.
        n: Touches, mentions or visits that do.
        cause: The row of ``causes`` that tells what the end of it would bring.
        telling: Whether silence speaks against the claim: that nobody speaks of a touchpoint says nothing of who is
            there, where visits are not recorded.
    """

    customers: int
    of: int
    n: int
    cause: Row | None = None
    telling: bool = True

    @property
    def refuted(self) -> float:
        """The chance of so few, or fewer, were `RARE` the true share: small where hardly anybody bears it out.

        >>> round(Counted(1, 300, 1).refuted, 3), Counted(0, 20, 0).refuted > 0.5
        (0.017, True)
        """
        from scipy.special import bdtr

        return float(bdtr(min(self.customers, self.of), self.of, RARE)) if self.of else 1.0

    @property
    def level(self) -> Level:
        """How well data back the claim.

        >>> [Counted(k, 300, k).level for k in (40, 12, 3, 0)]
        ['strong', 'some', 'untold', 'none']
        """
        if self.telling and self.refuted < SURE:
            return "none"
        if self.customers < HIDDEN_N:
            return "untold"
        return "strong" if self.customers >= LOW_N else "some"

    @property
    def share(self) -> Measure:
        """The percentage of customers, with Wilson's interval; hidden under five."""
        from touchline.scores.intervals import wilson

        if self.customers < HIDDEN_N or self.of < self.customers:
            return Measure(n=self.n, customers=self.customers)
        value, low, high = (100 * float(part) for part in wilson(self.customers, self.of))
        return Measure(value, low, high, self.n, self.customers)


def claims(now: Map, bound: Mapping[str, Place], asked: Asked, taxonomy: Taxonomy) -> list[Claim]:
    """Return the cards that claim something about customers; not those that say what is missing, or of competitors."""
    lanes = {lane.id: lane for lane in now.lanes}
    known = _names(taxonomy, asked)
    spelled = {fold(channel): channel for _, channel in asked.channels}
    found = []
    for card in now.cards:
        lane = lanes.get(card.lane)
        kind = LANE_KINDS.get(lane.kind) if lane else None
        if lane is None or kind is None or not kind.evidence or card.missing:
            continue
        place = bound.get(card.step) if not (now.kind == "competitor" and (lane.of or card.of)) else None
        found.append(_claim(card, lane.kind, place, taxonomy, known, spelled))
    return found


def wants_channels(now: Map) -> bool:
    """Whether cards speak of channels."""
    return any(card.channel for card in now.cards) or bool(now.cards_of(*CHANNELS))


def theme_of(card: Card) -> str:
    """Return the theme that a card names, itself or as its proof."""
    return card.theme or next((proof.ref for proof in card.proof if proof.kind == "theme"), "")


def _names(taxonomy: Taxonomy, asked: Asked) -> dict[str, str]:
    """Return the themes that can be counted, by id and name: the taxonomy's, and those found in the data."""
    known = {fold(name): theme.id for theme in taxonomy.themes for name in (theme.id, theme.name)}
    for here in asked.here.values():
        known |= {fold(name): theme for theme, row in here.themes.items() for name in (theme, row["column_name"])}
    return known


def _claim(
    card: Card,
    kind: str,
    place: Place | None,
    taxonomy: Taxonomy,
    themes: Mapping[str, str],
    channels: Mapping[str, str],
) -> Claim:
    words = fold(card.text)
    named = theme_of(card)
    theme = themes.get(fold(named or (card.text if kind in THEMES else "")), "")
    at = taxonomy.touchpoint(card.touchpoint or (card.text if kind in TOUCHPOINTS else ""))
    channel = channels.get(fold(card.channel) if card.channel else words if kind in CHANNELS else "", "")
    felt = [one for one in (words, *map(fold, card.tags)) if one in EMOTIONS] if kind == "feels" else []
    return Claim(card, kind, place, theme, at.id if at else "", channel, felt[0] if felt else "")


def weigh(now: Map, found: Iterable[Claim], steps: Mapping[str, StepMeasured], asked: Asked) -> dict[str, CardMeasured]:
    """Return what data say of each claim, of each card with a metric, and of opportunities that answer pain points."""
    found = list(found)
    cards = {claim.card.id: _weighed(claim, counted(claim, asked)) for claim in found}
    known = answered(now, found)
    for claim in found:
        one = cards[claim.card.id]
        if claim.kind == "questions" and claim.theme not in known and one.measure.value is not None:
            cards[claim.card.id] = replace(one, told=f"{one.told} · no card answers it")
    for card in now.cards_of(*_FIGURES):
        if card.metric and card.step in steps:
            cards[card.id] = _figure(card, steps[card.step])
    gains = {name: one for name, one in cards.items() if one.gain is not None}
    for card in now.cards_of(*ANSWERS):
        best = max((gains[one] for one in card.addresses if one in gains), key=lambda one: one.gain or 0, default=None)
        if best:
            told = phrase("{gain} JSI", gain=_gain(best.gain))
            cards[card.id] = CardMeasured(
                card.id, "untold", told, best.measure, best.gain, best.gain_low, best.gain_high
            )
    return cards


def answered(now: Map, found: Iterable[Claim]) -> set[str]:
    """Return the themes that a card answers: its own, or that of a card which it addresses."""
    themes = {claim.card.id: claim.theme for claim in found}
    known: set[str] = set()
    for card in now.cards_of(*_ANSWERING):
        known |= {theme_of(card), *(themes.get(one, "") for one in card.addresses)}
    return known - {""}


def validation(now: Map, found: Iterable[Claim], cards: Mapping[str, CardMeasured]) -> float | None:
    """Return the share of the claims that data back; None without claims, or where a map shows what shall be."""
    levels = [cards[claim.card.id].level for claim in found]
    if now.state == "future" or not levels:
        return None
    return sum(level in ("strong", "some") for level in levels) / len(levels)


def counted(claim: Claim, asked: Asked) -> Counted | None:
    """Return how many customers bear a claim out; None where nothing can tell."""
    if claim.place is None:
        return None
    here = asked.here[claim.place]
    if claim.theme:
        return _asking(claim, here, asked) if claim.kind == "questions" else _saying(claim, here)
    if claim.touchpoint:
        return _meeting(claim.touchpoint, claim.place, asked)
    if claim.channel:
        cell = asked.channels.get((claim.place.stage, claim.channel))
        of = asked.stages[claim.place.stage]["customers"] if claim.place.stage in asked.stages else 0
        return _of_cell(cell, of)
    if claim.emotion and here.emotions:
        n, customers = here.emotions.get(claim.emotion, (0, 0))
        return Counted(customers, here.customers, n)
    return None


def _saying(claim: Claim, here: Here) -> Counted:
    """Count who raises a theme: in words that hurt, of a pain point; that lift, of a happy moment; else in any."""
    row, cause = here.themes.get(claim.theme), here.causes.get(claim.theme)
    if claim.kind == "pains":
        return _of_row(cause, here, cause) if cause else _of_row(row, here, share=row["negative"] if row else None)
    if claim.kind == "happy":
        delight = here.delights.get(claim.theme)
        lifts = row is not None and (row["value"] or 0) > _NEUTRAL
        return _of_row(delight, here) if delight else _of_row(row if lifts else None, here)
    return max((_of_row(row, here), _of_row(cause, here)), key=lambda one: one.customers)


def _of_row(row: Row | None, here: Here, cause: Row | None = None, *, share: float | None = None) -> Counted:
    """Count a row's customers; of a share of its touches no more than it has."""
    if row is None:
        return Counted(0, here.customers, 0)
    n = int(row["n"]) if share is None else round(share * row["n"])
    return Counted(min(int(row["customers"]), n), here.customers, n, cause)


def _asking(claim: Claim, here: Here, asked: Asked) -> Counted:
    rows = [row for row in asked.questions if any(asks(one, claim.place, claim.theme) for one in row["mentions"])]
    return Counted(len({row["customer_ref"] or row["interaction_id"] for row in rows}), here.customers, len(rows))


def asks(mention: Row, place: Place | None, theme: str | None) -> bool:
    """Whether a mention is a question that is asked at a place, about a theme."""
    return (
        place is not None
        and mention["intent"] == "question"
        and mention["stage"] == place.stage
        and place.touchpoint in ("", mention["touchpoint"])
        and mention["theme"] == theme
    )


def _meeting(touchpoint: str, place: Place, asked: Asked) -> Counted:
    """Count who comes to a touchpoint, of those who come to its stage; who speaks of it, where no visits are seen."""
    visits, stage = asked.visited.get(touchpoint), asked.dwell.get(place.stage)
    if visits and stage and stage["customers"] >= visits["customers"]:
        return Counted(int(visits["customers"]), int(stage["customers"]), int(visits["n"]))
    of = asked.stages[place.stage]["customers"] if place.stage in asked.stages else 0
    return _of_cell(asked.touchpoints.get((place.stage, touchpoint)), of)


def _of_cell(cell: Row | None, of: int) -> Counted:
    n, customers = (int(cell["n"]), int(cell["customers"])) if cell else (0, 0)
    return Counted(customers, int(of), n, telling=False)


def _weighed(claim: Claim, found: Counted | None) -> CardMeasured:
    card = claim.card
    proofs = len({proof.ref for proof in card.proof if proof.kind == "interaction"})
    if found is None or found.level == "untold":
        note = count(proofs, "interaction") if proofs else _research(card)
        if not note and found and found.of:
            note = (
                phrase("fewer than {hidden_n} customers", hidden_n=HIDDEN_N)
                if found.customers
                else phrase("none of {customers}", customers=count(found.of, "customer"))
            )
        return CardMeasured(card.id, "some" if proofs >= HIDDEN_N else "untold", note)
    share = found.share
    if found.level == "none":
        few = (
            phrase("fewer than {hidden_n}", hidden_n=HIDDEN_N)
            if 0 < found.customers < HIDDEN_N
            else plain(found.customers)
        )
        return CardMeasured(
            card.id, "none", phrase("{few} of {customers}", few=few, customers=count(found.of, "customer")), share
        )
    told = phrase("{share} · n {n}", share=percent((share.value or 0) / 100), n=found.n)
    row = found.cause if claim.kind == "pains" else None
    if row is None or row["impact"] is None:
        return CardMeasured(card.id, found.level, told, share)
    if row["impact"] >= 0.05:
        told = phrase("{told} · {gain} JSI", told=told, gain=_gain(row["impact"]))
    return CardMeasured(card.id, found.level, told, share, row["impact"], row["low"], row["high"])


def _research(card: Card) -> str:
    notes = (proof.note or proof.kind for proof in card.proof if proof.kind in ("research", "assumption"))
    return next(notes, "")


def _gain(points: float | None) -> str:
    return plain(points, 1, signed=True)


def _figure(card: Card, step: StepMeasured) -> CardMeasured:
    """Return a card's metric; of one that nothing measures, what the card itself says."""
    found = step.metrics.get(card.metric)
    if card.metric == "volume" and step.bound:
        found = Measure(float(step.volume), n=step.volume, customers=step.customers)
    aim = "" if card.target is None else phrase("target {figure}", figure=figure(card.metric, card.target))
    if found is None or found.value is None:
        now = "" if card.value is None else figure(card.metric, card.value)
        return CardMeasured(card.id, "untold", " · ".join(part for part in (now, aim) if part))
    told = [f"{figure(card.metric, found.value)} {_margin(card.metric, found)}".rstrip()]
    if card.metric != "volume":
        told.append(f"n {plain(found.n)}")
    level: Level = "strong" if found.customers >= LOW_N else "some"
    return CardMeasured(card.id, level, " · ".join([*told, *([aim] if aim else [])]), found)


def figure(metric: str, value: float) -> str:
    """Return a metric's value as people read it.

    >>> figure("dwell", 1440.0), figure("csat", 61.6), figure("ces", 5.25), figure("nps", -12.0)
    ('1 d', '62 %', '5.2', '−12')
    """
    if metric == "dwell":
        return span(60 * value)
    if metric in _PERCENT:
        return f"{plain(value)} %"
    return plain(value, 1 if metric == "ces" else 0)


def _margin(metric: str, measure: Measure) -> str:
    return plus_minus(measure.low, measure.high, 1 if metric == "ces" else 0)
