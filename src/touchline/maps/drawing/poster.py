"""A map as one picture that stands alone: title, what it is about, the map itself, what was noticed, a legend."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import ceil
from typing import Final

from touchline.figures.markup import Child, Markup, tag
from touchline.figures.numbers import count, day, percent
from touchline.figures.shapes import picture
from touchline.maps.drawing.dress import Dress
from touchline.maps.drawing.emotion import DASHES, OWN, hue
from touchline.maps.drawing.grid import grid, level, moment, portrait
from touchline.maps.drawing.layout import SMALL, WIDE, layout
from touchline.maps.drawing.letters import width, wrapped
from touchline.maps.drawing.quadrants import quadrants
from touchline.maps.measured import Finding, Overlay
from touchline.maps.model import Lane, Map
from touchline.maps.pictures import NONE, Pictures
from touchline.maps.telling import beliefs, kind_of
from touchline.words import Number, phrase

_EDGE: Final = 28.0
_MOST: Final = 8  # findings
_ACROSS: Final = 4
_FACE: Final = 13.0  # radius of a persona's picture
_FACES: Final = 6
#: What a map is about at its head: pairs of a name and words.
Facts = list[tuple[str, str]]
#: Draws a mark of the legend at a place.
Mark = Callable[[float, float], list[Markup]]


def poster(
    whole: Map,
    overlay: Overlay | None,
    dress: Dress,
    *,
    steps: Collection[str] | None = None,
    lanes: Sequence[Lane] | None = None,
    routes: bool = True,
    findings: bool = True,
    sheet: tuple[int, int] | None = None,
    room: float = WIDE,
    pictures: Pictures = NONE,
) -> Markup:
    """Return a map as a picture.

    Args:
        whole: The map.
        overlay: What was measured, if it is laid over.
        dress: Its colours.
        steps: Only these; None for all.
        lanes: Only these; None for all that are not folded away.
        routes: Whether branches, loops and exits are drawn.
        findings: Whether what was noticed stands below.
        sheet: Which sheet of how many it is.
        room: How wide the grid is, where the number of steps allows it.
        pictures: Those that can be drawn.
    """
    top = _EDGE + 30.0
    head: list[Child] = []
    if whole.kind == "empathy":
        body, wide, about = quadrants(whole, overlay, dress, x=_EDGE, pictures=pictures)
        facts, tall = _facts(whole, overlay, wide, dress, top, pictures)
        head += facts
        drawn, bottom = body(tall + 14)
    else:
        wide = layout(whole, overlay, steps=steps, lanes=lanes, wide=room).wide
        facts, tall = _facts(whole, overlay, wide, dress, top, pictures)
        head += facts
        plan = layout(
            whole, overlay, steps=steps, lanes=lanes, routes=routes, wide=room, x=_EDGE, y=tall + 14, pictures=pictures
        )  # fmt: skip
        drawn, bottom = grid(whole, overlay, plan, dress), plan.bottom
        about = _spoken(whole, overlay)
    wide = max(wide, 560.0)
    if findings and overlay is not None and overlay.findings:
        below, bottom = _noticed(overlay.findings[:_MOST], wide, bottom + 14, dress)
        drawn += below
    more = len(overlay.findings) - _MOST if findings and overlay is not None else 0
    foot, bottom = _legend(whole, overlay, wide, bottom + 26, dress, more)
    title = dress.words(_EDGE, _EDGE + 14, _fitting(whole.name, wide - 190), "ink", size=22, weight=650)
    about_it = kind_of(whole)
    if sheet and sheet[1] > 1:
        about_it = phrase("{kind} · {sheet} of {sheets}", kind=about_it, sheet=sheet[0], sheets=sheet[1])
    kind = dress.words(_EDGE + wide, _EDGE + 12, about_it, size=12, anchor="end")
    tall = bottom + 18
    paper = dress.box(0, 0, wide + 2 * _EDGE, tall, "paper")
    return picture(
        wide + 2 * _EDGE, tall, whole.name or whole.id, about, paper, title, kind, head, drawn, foot, class_="tl-map"
    )


def _fitting(name: str, room: float) -> str:
    return next(iter(wrapped(name, room, 22, strong=True, most=1)), "")


def facts(whole: Map, overlay: Overlay | None) -> Facts:
    """Return what a map is about: its people, goal, owner, and how much of it data back.

    >>> facts(Map("m", "M", personas=("Nora",), goal="coffee"), None)
    [('Persona', 'Nora'), ('Goal', 'coffee')]
    """
    found: Facts = []
    if whole.personas:
        found.append((phrase("Persona") if len(whole.personas) == 1 else phrase("Personas"), ", ".join(whole.personas)))
    found += [(name, said) for name, said in ((phrase("Goal"), whole.goal), (phrase("Owner"), whole.owner)) if said]
    if len(whole.segment) > 1:
        found.append((phrase("Segment"), f"{whole.segment[0]} = {', '.join(whole.segment[1:])}"))
    if overlay is not None:
        if overlay.validation is not None:
            found.append(
                (
                    phrase("Validated"),
                    phrase("{validation} of claims backed by data", validation=percent(overlay.validation)),
                )
            )
        if overlay.start and overlay.end:
            found.append(
                (phrase("Measured"), phrase("{start} to {end}", start=day(overlay.start), end=day(overlay.end)))
            )
    return found


def _facts(
    whole: Map, overlay: Overlay | None, wide: float, dress: Dress, top: float, pictures: Pictures
) -> tuple[list[Markup], float]:
    """Return the lines below the title, and where they end."""
    drawn, x, y = [], _EDGE, top + 8
    faces = [one for name in whole.personas if (one := pictures.people.get(name))]
    if faces:
        y += 8
    for face in faces[:_FACES]:
        drawn.append(portrait(face, x + _FACE, y - 4, _FACE, dress))
        x += 2 * _FACE + 6
    for name, said in facts(whole, overlay):
        shown = next(iter(wrapped(said, wide - 70, 12.5, strong=True, most=1)), "")
        long = width(f"{name} ", 12.5) + width(shown, 12.5, strong=True)
        if x > _EDGE and x + long > _EDGE + wide:
            x, y = _EDGE, y + (22 if faces else 19)
        strong = tag("tspan", shown, fill=dress.colours["ink"], font_weight=560, class_="tl-strong")
        drawn.append(dress.words(x, y, [name, Markup("&#160;"), strong], size=12.5))
        x += long + 24
    y += 7 if faces else 0
    for name, said in ((phrase("Scenario"), whole.scenario), (phrase("Scope"), whole.scope)):
        if said:
            y = y + 19 if drawn else y
            lines = wrapped(f"{name}: {said}", wide, 12.5, most=2)
            drawn += [dress.words(_EDGE, y + 17 * at, one, size=12.5) for at, one in enumerate(lines)]
            y += 17 * (len(lines) - 1)
    return drawn, (y if drawn else top - 6)


def _noticed(found: Sequence[Finding], wide: float, top: float, dress: Dress) -> tuple[list[Markup], float]:
    """Return what the machine noticed as cards in rows, and where they end."""
    across = min(max(2, _ACROSS * round(wide / 1200)), max(1, int(wide // 270)), len(found))
    across = ceil(len(found) / ceil(len(found) / across))
    gap = 12.0
    size = (wide - gap * (across - 1)) / across
    drawn: list[Markup] = []
    for first in range(0, len(found), across):
        row = found[first : first + across]
        texts = [
            (wrapped(one.title, size - 26, 13, strong=True, most=2), wrapped(one.text, size - 26, 12, most=4))
            for one in row
        ]
        tall = max(20 + 17.0 * len(title) + 16.0 * len(text) for title, text in texts)
        for at, (title, text) in enumerate(texts):
            x = _EDGE + at * (size + gap)
            drawn.append(dress.box(x, top, size, tall, "surface", "hair", radius=10))
            drawn += [
                dress.words(x + 13, top + 23 + 17 * i, one, "ink", size=13, weight=620) for i, one in enumerate(title)
            ]
            y = top + 23 + 17 * len(title)
            drawn += [dress.words(x + 13, y + 16 * i, one, size=12) for i, one in enumerate(text)]
        top += tall + gap
    return drawn, top - gap


def _legend(
    whole: Map, overlay: Overlay | None, wide: float, y: float, dress: Dress, more: int
) -> tuple[list[Markup], float]:
    """Return what the marks mean, only those that are there, how much is left out, and where it ends."""
    drawn: list[Markup] = []
    x = _EDGE

    def said(mark: Mark, room: float, text: str) -> None:
        nonlocal x, y
        if x > _EDGE and x + room + width(text, SMALL) > _EDGE + wide - 110:
            x, y = _EDGE, y + 20
        drawn.extend(mark(x, y))
        drawn.append(dress.words(x + room, y + 4, text, size=SMALL))
        x += room + width(text, SMALL) + 22

    curve = any(lane.kind == "emotions" and not lane.hidden for lane in whole.lanes) and whole.kind != "empathy"
    lines = [name for name, _ in beliefs(whole)] if curve else []
    for name in lines[: OWN + 1]:
        text = phrase("believed, 0 to 100") if not name else phrase("believed: {name}", name=name)
        said(_stroke(dress, hue(whole, name) if name else "ghost", DASHES[bool(name)]), 28, text)
    if curve and overlay is not None and len(overlay.personas) > 1:
        for name in [one for one in whole.personas if one in overlay.personas]:
            said(_stroke(dress, hue(whole, name), None), 28, phrase("measured: {name}", name=name))
    if curve and overlay is not None:
        said(
            lambda x, y: [dress.box(x, y - 5, 22, 10, "soft"), dress.line(x, y, x + 22, y, "ink", wide=2.6)],
            28,
            phrase("measured JSI with its 95 % interval"),
        )
    if overlay is not None and overlay.cards:
        levels = {one.level for one in overlay.cards.values()}
        for how, text in (
            ("strong", phrase("well backed")),
            ("some", phrase("backed by some")),
            ("none", phrase("not backed by data")),
        ):
            if how in levels:
                said(_backed(dress, how), 13, text)
    if any(step.moment for step in whole.steps()) and whole.kind != "empathy":
        said(lambda x, y: [moment(x + 5, y, dress)], 16, phrase("moment that matters"))
    hidden = sum(lane.hidden for lane in whole.lanes)
    if hidden:
        said(_nothing, 0, phrase("{lanes} folded away", lanes=count(hidden, "lane")))
    if more > 0:
        said(_nothing, 0, phrase("{findings} more", findings=count(more, "finding")))
    right = _EDGE + wide
    if x + 90 > right:
        y += 20
    drawn.append(dress.path(f"M{right - 88:.1f} {y + 3:.1f}C{right - 82:.1f} {y + 3:.1f} {right - 82:.1f} {y - 3:.1f} "
                            f"{right - 75:.1f} {y:.1f}S{right - 68:.1f} {y + 5:.1f} {right - 62:.1f} {y - 4:.1f}",
                            "ink", wide=1.5))  # fmt: skip
    drawn.append(tag("circle", cx=right - 75, cy=y, r=2.6, fill=dress.colours["bad"], class_="tl-fill-bad"))
    drawn.append(dress.words(right, y + 4, "Touchline", "ink", size=SMALL, weight=600, anchor="end"))
    return drawn, y + 6


def _stroke(dress: Dress, role: str, dash: str | None) -> Mark:
    return lambda x, y: [dress.line(x, y, x + 22, y, role, wide=1.8, dash=dash)]


def _backed(dress: Dress, how: str) -> Mark:
    return lambda x, y: [level(x + 4, y, how, dress)]


def _nothing(_x: float, _y: float) -> list[Markup]:
    return []


def _spoken(whole: Map, overlay: Overlay | None) -> str:
    """Return the map's steps with their numbers, for who cannot see it."""
    said = []
    for step in whole.steps():
        parts = [step.name]
        believed = step.belief().jsi
        found = overlay.steps.get(step.id) if overlay else None
        if believed is not None:
            parts.append(phrase("believed {believed}", believed=Number(f"{believed:.0f}")))
        if found and found.jsi.value is not None:
            parts.append(phrase("measured {value} (n {n})", value=Number(f"{found.jsi.value:.0f}"), n=found.jsi.n))
        said.append(" ".join(parts))
    return "; ".join(said) or phrase("No step.")
