"""A map as Markdown: a page for a wiki or a pull request."""

from __future__ import annotations

import re
from typing import Final

from touchline.figures.numbers import day, percent, plain
from touchline.maps.kinds import LANE_KINDS
from touchline.maps.measured import Overlay
from touchline.maps.model import Card, Lane, Map, Route, Step
from touchline.maps.telling import belongs, figures, kind_of, lane_name, number_of, step_about, told, topics

#: Characters that Markdown would read as more than letters.
_MARKS: Final = re.compile(r"([\\`*_{}\[\]<>|~])")
_BEGINS: Final = re.compile(r"^(\d*)([#+\-=.)])")
_ENTITY: Final = re.compile(r"&(?=#?\w+;)")


def markdown(whole: Map, overlay: Overlay | None = None) -> str:
    r"""Return a map as Markdown: what it is about, the line of emotions as a table, then step by step.

    Args:
        whole: The map.
        overlay: What was measured, if it is laid over.

    >>> from touchline.maps.model import Phase
    >>> print(markdown(Map("m", "Coffee", goal="*good* coffee", phases=(Phase("p", "Buy", (Step("s", "Pays"),)),))))
    # Coffee
    <BLANKLINE>
    Journey map
    <BLANKLINE>
    - **Goal:** \*good\* coffee
    <BLANKLINE>
    ## Buy
    <BLANKLINE>
    ### Pays
    <BLANKLINE>
    """
    parts = [f"# {_said(whole.name)}", kind_of(whole), _about(whole, overlay), _paragraph(whole.note)]
    parts += [_emotions(whole, overlay), _noticed(overlay)]
    if whole.kind == "empathy":
        parts += _fields(whole, overlay)
    else:
        for phase in whole.phases:
            parts += [f"## {_said(phase.name)}", _paragraph(phase.note)]
            for step in phase.steps:
                parts += _step(whole, step, overlay)
    parts += [_people(whole)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _said(text: str) -> str:
    """Return text on one line, that stays text."""
    return _ENTITY.sub("&amp;", _MARKS.sub(r"\\\1", " ".join(text.split())))


def _begun(said: str) -> str:
    """Return text that begins a paragraph or an entry, and nothing else."""
    return _BEGINS.sub(lambda found: f"{found[1]}\\{found[2]}", said)


def _paragraph(text: str) -> str:
    return "\n\n".join(_begun(_said(part)) for part in text.split("\n\n") if part.strip())


def _about(whole: Map, overlay: Overlay | None) -> str:
    rows = [
        ("Personas" if len(whole.personas) > 1 else "Persona", ", ".join(whole.personas)), ("Scenario", whole.scenario),
        ("Goal", whole.goal), ("Scope", whole.scope), ("Owner", whole.owner), (belongs(whole), whole.of),
        ("Segment", " = ".join(whole.segment)), ("Tags", ", ".join(whole.tags)),
    ]  # fmt: skip
    if overlay is not None:
        if overlay.validation is not None:
            rows.append(("Validated", f"{percent(overlay.validation)} of claims backed by data"))
        if overlay.start and overlay.end:
            rows.append(("Measured", f"{day(overlay.start)} to {day(overlay.end)}"))
    return "\n".join(f"- **{name}:** {_said(said)}" for name, said in rows if said)


def _emotions(whole: Map, overlay: Overlay | None) -> str:
    steps = list(whole.steps())
    personas = dict.fromkeys(one.persona for step in steps for one in step.believed if one.jsi is not None)
    if not personas and overlay is None:
        return ""
    heads = ["Step", *(f"Believed by {_said(name)}" if name else "Believed" for name in personas)]
    heads += ["Measured JSI", "Comments"] if overlay is not None else []
    rows = []
    for step in steps:
        known = {one.persona: one.jsi for one in step.believed}
        row = [_said(step.name), *(plain(known.get(name)) for name in personas)]
        if overlay is not None:
            found = overlay.steps.get(step.id)
            row += [number_of("jsi", found.jsi) if found else "–", f"{found.volume:,}" if found else "0"]
        rows.append(row)
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _noticed(overlay: Overlay | None) -> str:
    if overlay is None or not overlay.findings:
        return ""
    lines = [f"- **{_said(one.title)}:** {_said(one.text)}" for one in overlay.findings]
    return "\n".join(["## What was noticed", "", *lines])


def _step(whole: Map, step: Step, overlay: Overlay | None) -> list[str]:
    about = [step_about(step)] if step_about(step) else []
    about += ["a moment that matters"] if step.moment else []
    about += [f"in detail: {step.zoom}"] if step.zoom else []
    parts = [f"### {_said(step.name)}", f"*{_said(', '.join(about))}*" if about else "", _paragraph(step.note)]
    found = overlay.steps.get(step.id) if overlay else None
    measured = [f"{name} {value}" for name, value in figures(found)]
    lines = [f"- **Measured:** {_said(', '.join(measured))}"] if measured else []
    if themes := topics(found):
        lines.append(f"- **Themes:** {_said(', '.join(themes))}")
    lines += [f"- **Said:** “{_said(said.text)}” ({day(said.at)})" for said in (found.said if found else ())[:2]]
    for lane in whole.lanes:
        lines += _cell(whole, lane, whole.cell(lane.id, step.id), overlay)
    lines += [_route(whole, one) for one in whole.routes if one.start == step.id]
    return [*parts, "\n".join(lines)]


def _cell(whole: Map, lane: Lane, cards: tuple[Card, ...], overlay: Overlay | None) -> list[str]:
    if not cards:
        return (
            [f"- *{_said(lane_name(lane))}*"] if LANE_KINDS.get(lane.kind, LANE_KINDS["custom"]).look == "line" else []
        )
    name = lane_name(lane) + (f" ({lane.of})" if lane.of else "")
    if len(cards) == 1:
        return [f"- **{_said(name)}:** {_card(whole, cards[0], overlay)}"]
    return [f"- **{_said(name)}:**", *(f"  - {_begun(_card(whole, one, overlay))}" for one in cards)]


def _card(whole: Map, card: Card, overlay: Overlay | None) -> str:
    says = told(whole, card, overlay)
    beside = [*([says.figure] if says.figure else []), *says.small]
    beside += [" ".join(part for part in (one.kind, one.ref, one.note) if part) for one in card.proof]
    text = _said(says.text) + (f" ({_said('; '.join(beside))})" if beside else "")
    return f"{text}. {_said(card.note)}" if card.note else text


def _route(whole: Map, route: Route) -> str:
    name = next((step.name for step in whole.steps() if step.id == route.end), route.end)
    way = {"exit": "Leaves", "loop": "Back to"}.get(route.kind, "Or on to")
    return f"- **{way}{f' {_said(name)}' if name else ''}:** {_said(route.text)}".removesuffix(" ")


def _fields(whole: Map, overlay: Overlay | None) -> list[str]:
    """Return an empathy map by its fields, whatever step a card stands on."""
    parts = []
    for lane in whole.lanes:
        cards = [card for card in whole.cards if card.lane == lane.id]
        if cards:
            lines = "\n".join(f"- {_begun(_card(whole, card, overlay))}" for card in cards)
            parts += [f"## {_said(lane_name(lane))}", lines]
    return parts


def _people(whole: Map) -> str:
    if not whole.stakeholders:
        return ""
    rows = [
        f"- {_begun(_said(one.name))}"
        + (f" ({_said(one.group)})" if one.group else "")
        + (f": {_said(one.note)}" if one.note else "")
        for one in whole.stakeholders
    ]
    return "\n".join(["## Stakeholders", "", *rows])
