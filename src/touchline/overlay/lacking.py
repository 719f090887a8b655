"""What a map shows and data do not, and what data show and the map does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from touchline.figures.numbers import count, percent, plain
from touchline.maps.measured import Finding
from touchline.overlay.claims import ANSWERS, RARE, Counted, answered, asks, counted
from touchline.overlay.laid import Trial, above, surely
from touchline.scores.base import HIDDEN_N, LOW_N
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.words import joined, phrase

if TYPE_CHECKING:
    from touchline.maps.model import Map, Step
    from touchline.overlay.asking import Asked, Here
    from touchline.overlay.binding import Place
    from touchline.overlay.laid import Laid

Row = dict[str, Any]

#: What a map lacks is told when surely this share of the customers take it.
COMMON: Final = 0.05
#: A way back is told when surely this share of a stage's customers take it.
BACK: Final = 0.1
#: What customers ask is told when surely this share of those who spoke ask it.
ASKED: Final = 0.005
_LOOPS: Final = 2  # ways back that are told: those that most customers take
_ASKED: Final = 2  # questions that are told of a step
_QUOTED: Final = 90  # characters of a card or a question


def unsupported(laid: Laid) -> Iterator[Finding]:
    """Yield pain points that surely fewer than `RARE` of a step's customers raise."""
    tests = []
    for claim in laid.claims:
        found = counted(claim, laid.asked) if claim.kind == "pains" else None
        if found is None or claim.place is None or found.of < LOW_N:
            continue
        before = _before(laid.asked.here[claim.place], claim.theme)
        text = phrase(
            "“{short}”: {few} of {customers} say so",
            short=_short(claim.card.text),
            few=_few(found.customers),
            customers=count(found.of, "customer"),
        )
        if before:
            text = joined("; ", [text, phrase("{before} did in the period before", before=before)])
        title = phrase("A pain that has gone") if before else phrase("A pain that data do not show")
        finding = Finding(
            "unsupported", title, text, claim.card.step, claim.card.id, "causes", 0.35 if before else 0.25
        )
        tests.append(Trial(finding, found.refuted))
    return surely(tests)


def _before(here: Here, theme: str) -> int:
    """Return how many customers raised a theme in the period before, where it was no rarity; else 0."""
    row = (here.causes_before or {}).get(theme)
    there = int(here.before["customers"]) if here.before else 0
    customers = int(row["customers"]) if row else 0
    return customers if customers >= max(HIDDEN_N, RARE * there) else 0


def _few(customers: int) -> str:
    return phrase("fewer than {hidden_n}", hidden_n=HIDDEN_N) if 0 < customers < HIDDEN_N else plain(customers)


def blind(laid: Laid) -> Iterator[Finding]:
    """Yield where a map shows touchpoints that are come by, or should be, and of which fewer than five were heard."""
    silent: dict[str, list[tuple[str, str, str, int]]] = {}
    for (stage, touchpoint), (step, card) in _touchpoints(laid).items():
        cell = laid.asked.touchpoints.get((stage, touchpoint))
        if cell and cell["customers"] >= HIDDEN_N:
            continue
        visits, spoke = laid.asked.visited.get(touchpoint), laid.asked.stages.get(stage)
        there = int(visits["customers"]) if visits else 0
        if max(there, int(spoke["customers"]) if spoke else 0) >= LOW_N:
            known = laid.taxonomy.touchpoint(touchpoint)
            silent.setdefault(step, []).append((known.name if known else touchpoint, stage, card, there))
    names = {step.id: step.name for step in laid.map.steps()}
    for step, found in silent.items():
        name, stage, card, there = max(found, key=lambda one: one[3])
        if there:
            text = phrase(
                "{customers} came by, fewer than {hidden_n} said anything of it",
                customers=count(there, "customer"),
                hidden_n=HIDDEN_N,
            )
        else:
            heard = count(int(laid.asked.stages[stage]["customers"]), "customer")
            text = phrase(
                "of the {heard} heard at {name} fewer than {hidden_n} spoke of it",
                heard=heard,
                name=laid.taxonomy.stage(stage).name,
                hidden_n=HIDDEN_N,
            )
        others = [other for other, *_ in found if other != name]
        if others:
            text = phrase("{text}; nor of {listed}", text=text, listed=", ".join(others))
        title = (
            phrase("{name} is a blind spot", name=name)
            if not others
            else phrase("{n} blind spots at {names}", n=len(found), names=names[step])
        )
        text = text if not others else joined(": ", [name, text])
        yield Finding("blind spot", title, text, step, card, "heatmap", (0.4 if there else 0.18) + 0.02 * len(found))


def _touchpoints(laid: Laid) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the touchpoints that a map shows, with the first step and card that do."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for step in laid.map.steps():
        place = laid.bound.get(step.id)
        if place and place.touchpoint and not laid.asked.here[place].left_out:
            found.setdefault((place.stage, place.touchpoint), (step.id, ""))
    for claim in laid.claims:
        if claim.touchpoint and claim.place and not laid.asked.here[claim.place].left_out:
            found.setdefault((claim.place.stage, claim.touchpoint), (claim.card.step, claim.card.id))
    return found


def unused(laid: Laid) -> Iterator[Finding]:
    """Yield steps that hardly anybody is seen to take, or heard of."""
    tests = []
    everybody = max(int(laid.asked.facts["customers"]), _started(laid.asked))
    recorded = {known.stage for one in laid.asked.visited if (known := laid.taxonomy.touchpoint(one))}
    for place, step in laid.first().items():
        here = laid.asked.here[place]
        row = laid.asked.visited.get(place.touchpoint) if place.touchpoint else laid.asked.dwell.get(place.stage)
        if here.left_out or everybody < LOW_N or (place.touchpoint and place.stage not in recorded):
            continue
        took = max(here.customers, int(row["customers"]) if row else 0)
        finding = Finding(
            "unused step",
            phrase("Nobody takes {name}", name=step.name)
            if not took
            else phrase("Hardly anybody takes {name}", name=step.name),
            phrase("{few} of {customers} were there", few=_few(took), customers=count(everybody, "customer")),
            step.id,
            question="dwell",
            weight=0.45,
        )
        tests.append(Trial(finding, Counted(took, everybody, took).refuted))
    return surely(tests)


def _started(asked: Asked) -> int:
    """Return how many customers have a journey."""
    from touchline.sequences.walks import START

    return sum(int(row["n"]) for row in asked.moves if row["source"] == START)


def lacking_stages(laid: Laid) -> Iterator[Finding]:
    """Yield stages between the first and the last of the map that customers are at, and no step shows."""
    order = list(laid.taxonomy.ids)
    mine = {place.stage for place in laid.bound.values()}
    if not mine:
        return
    first, last = (edge(order.index(stage) for stage in mine) for edge in (min, max))
    everybody = int(laid.asked.facts["customers"])
    tests = []
    for stage in order[first:last]:
        row = laid.asked.stages.get(stage)
        if stage in mine or row is None:
            continue
        name, there = laid.taxonomy.stage(stage).name, int(row["customers"])
        if there < LOW_N:
            continue
        share = there / everybody
        text = phrase(
            "{name}: {customers} of {everybody} ({share}) speak of it",
            name=name,
            customers=count(there, "customer"),
            everybody=everybody,
            share=percent(share),
        )
        finding = Finding(
            "missing step", phrase("A stage the map lacks"), text, question="stages", weight=0.5 + share / 2
        )
        tests.append(Trial(finding, above(there, everybody, COMMON)))
    yield from surely(tests)


def lacking_touchpoints(laid: Laid) -> Iterator[Finding]:
    """Yield touchpoints of the map's stages that customers speak of, and no step or card shows.

    A map that shows no touchpoint at all is not meant to.
    """
    shown = {touchpoint for _, touchpoint in _touchpoints(laid)} | {card.touchpoint for card in laid.map.cards}
    if not shown - {""}:
        return
    whole = {place.stage: step for place, step in laid.first().items() if not place.touchpoint}
    steps = {place.stage: step for place, step in reversed(laid.first().items())} | whole
    tests = []
    for (stage, touchpoint), row in laid.asked.touchpoints.items():
        of = laid.asked.stages.get(stage)
        if stage not in steps or touchpoint in shown or of is None or stage == UNASSIGNED:
            continue
        there, everybody = int(row["customers"]), int(of["customers"])
        if there < LOW_N:
            continue
        share = there / everybody
        text = phrase(
            "{column_name}: {share} of the {customers} heard at {name} speak of it",
            column_name=row["column_name"],
            share=percent(share),
            customers=count(everybody, "customer"),
            name=laid.taxonomy.stage(stage).name,
        )
        title = phrase("A touchpoint the map lacks")
        finding = Finding("missing step", title, text, steps[stage].id, question="heatmap", weight=0.2 + share / 2)
        tests.append(Trial(finding, above(there, everybody, COMMON)))
    yield from surely(tests)


def lacking_loops(laid: Laid) -> Iterator[Finding]:
    """Yield ways back from stage to stage that many customers take, and no route shows."""
    steps = {place.stage: step for place, step in reversed(laid.first().items())}
    order = {stage: at for at, stage in enumerate(dict.fromkeys(place.stage for place in laid.first()))}
    at = {step: place.stage for step, place in laid.bound.items()}
    known = {(at.get(route.start), at.get(route.end)) for route in laid.map.routes}
    tests = []
    for row in laid.asked.moves:
        start, end, dwell = row["source"], row["target"], laid.asked.dwell.get(row["source"])
        if start not in order or end not in order or order[end] >= order[start] or dwell is None or row["hidden"]:
            continue
        there, everybody = int(row["customers"]), int(dwell["customers"])
        if (start, end) in known or there < LOW_N or there > everybody:
            continue
        share = there / everybody
        text = phrase(
            "{share} of the {customers} at {name} go back to {name2}, and no loop shows it",
            share=percent(share),
            customers=count(everybody, "customer"),
            name=laid.taxonomy.stage(start).name,
            name2=laid.taxonomy.stage(end).name,
        )
        title = phrase("A way back the map lacks")
        finding = Finding("missing step", title, text, steps[start].id, question="transitions", weight=0.2 + share / 4)
        tests.append((there, Trial(finding, above(there, everybody, BACK))))
    tests.sort(key=lambda one: -one[0])
    yield from islice(surely(test for _, test in tests), _LOOPS)


def unanswered(laid: Laid) -> Iterator[Finding]:
    """Yield themes that customers ask about at a step and no card answers, and steps with questions and no answer."""
    known = answered(laid.map, laid.claims)
    of_themes: list[Trial] = []
    of_steps: list[Trial] = []
    for place, step in laid.first().items():
        here = laid.asked.here[place]
        asked = _asked(laid, place)
        of_themes += [
            _question(laid, step, here, theme, told)
            for theme, told in asked.items()
            if theme and theme not in known and _people(told) >= HIDDEN_N
        ]
        told = [one for some in asked.values() for one in some]
        if _people(told) >= LOW_N and not _has_answer(laid.map, step):
            of_steps.append(_question(laid, step, here, None, told))
    themed = sorted(surely(of_themes), key=lambda one: -one.weight)
    for step in laid.map.steps():
        yield from islice((one for one in themed if one.step == step.id), _ASKED)
    yield from (one for one in surely(of_steps) if one.step not in {other.step for other in themed})


def _asked(laid: Laid, place: Place) -> dict[str | None, list[tuple[Row, Row]]]:
    """Return the questions at a place, by theme: texts, each with the mention that asks."""
    asked: dict[str | None, list[tuple[Row, Row]]] = {}
    for row in laid.asked.questions:
        for mention in row["mentions"]:
            if asks(mention, place, mention["theme"]):
                asked.setdefault(mention["theme"], []).append((row, mention))
    return asked


def _question(laid: Laid, step: Step, here: Here, theme: str | None, told: Sequence[tuple[Row, Row]]) -> Trial:
    people = _people(told)
    everybody = max(here.customers, people)
    n = len({row["interaction_id"] for row, _ in told})
    words = next((said for _, mention in told if (said := _quoted(mention["words"]))), "")
    known = laid.taxonomy.theme(theme) if theme else None
    about = phrase(" about “{name}”", name=known.name) if known else ""
    least = phrase("at least ") if laid.asked.questions_in_all > len(laid.asked.questions) else ""
    example = phrase(", such as “{words}”", words=words) if words else ""
    share = people / everybody
    text = phrase(
        "{least}{questions}{about} by {customers} ({share}){example}",
        least=least,
        questions=count(n, "question"),
        about=about,
        customers=count(people, "customer"),
        share=percent(share),
        example=example,
    )
    title = (
        phrase("A question nobody answers at {name}", name=step.name)
        if theme
        else phrase("Questions nobody answers at {name}", name=step.name)
    )
    weight = (0.3 if theme else 0.15) + share
    return Trial(
        Finding("unanswered", title, text, step.id, question="feedback", weight=weight),
        above(people, everybody, ASKED),
    )


def _people(told: Iterable[tuple[Row, Row]]) -> int:
    return len({row["customer_ref"] or row["interaction_id"] for row, _ in told})


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _QUOTED else words[: _QUOTED - 1].rstrip() + "…"


def _quoted(words: str) -> str:
    words = " ".join(words.split())
    return words if words.endswith("?") and len(words) <= _QUOTED else ""


def _has_answer(now: Map, step: Step) -> bool:
    return any(card.step == step.id for card in now.cards_of(*ANSWERS))
