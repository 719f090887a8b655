"""The lane of emotions: what is believed dashed, what was measured solid, its interval as a band, gaps as gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from touchline.figures.colour import jsi_colour
from touchline.figures.markup import Markup, number, tag
from touchline.figures.numbers import half, places, plain, plus_minus
from touchline.figures.shapes import Spot, band_through, line_through, runs
from touchline.maps.measured import Measure, Overlay
from touchline.maps.model import Lane, Map, Step

HEIGHT: Final = 188.0
_TOP: Final = 34.0
_BOTTOM: Final = 152.0
_UNIT: Final = 100.0  # a column, in the drawing's own units
_CLOSE: Final = 30.0  # what is believed, below what was measured, so that its label would lie on the node
_NEAR: Final = 11.0  # two labels that would lie on each other


def up(value: float) -> float:
    """Return where a JSI stands in the lane, in pixels from its top.

    >>> up(100), up(0)
    (34.0, 152.0)
    """
    return _BOTTOM - (_BOTTOM - _TOP) * max(0.0, min(100.0, value)) / 100


def curve(
    now: Map, overlay: Overlay | None, lane: Lane, *, few: int = 30, edits: bool = False, aims: bool = False
) -> Markup:
    """Draw the lane through all columns.

    Widths are percentages, so that the drawing follows the columns without a script.

    Args:
        now: The map.
        overlay: What was measured; None draws what is believed alone.
        lane: Which lane: it may be of one persona.
        few: Under how many customers a node is hatched.
        edits: Whether what is believed can be dragged, and set with arrow keys.
        aims: Whether it is not what is believed, but what shall be.
    """
    steps = list(now.steps())
    many = max(len(steps), 1)
    believed = [step.belief(lane.of).jsi for step in steps]
    found = [_measure(overlay, lane, step) for step in steps]
    parted = {one.step for one in overlay.findings if one.kind == "belief"} if overlay and not aims else set()
    spots = [_spot(at, one) for at, one in enumerate(found)]
    ghosts = [None if one is None else Spot((at + 0.5) * _UNIT, up(one), 0, 0) for at, one in enumerate(believed)]
    still = {"vector_effect": "non-scaling-stroke"}
    lines = tag(
        "svg",
        tag("line", x1=0, x2=many * _UNIT, y1=up(50), y2=up(50), class_="tl-grid", **still),
        [band_through(run) for run in runs(spots) if len(run) > 1],
        [line_through(run, "believed", **still) for run in runs(ghosts) if len(run) > 1],
        [line_through(run, "measured", **still) for run in runs(spots) if len(run) > 1],
        viewBox=f"0 0 {number(many * _UNIT)} {number(HEIGHT)}", preserveAspectRatio="none", width="100%", height=HEIGHT,
    )  # fmt: skip
    drawn = []
    for at, step in enumerate(steps):
        x = f"{number((at + 0.5) / many * 100)}%"
        drawn.append(_bar(x, found[at], alone=_alone(found, at)))
        drawn.append(_believed(x, step, believed[at], found[at], parted=step.id in parted, edits=edits))
        drawn.append(_node(x, step, found[at], believed[at], few, parted=step.id in parted))
    return tag(
        "svg", lines, drawn, width="100%", height=HEIGHT, class_="emotions", role="group",
        data_top=_TOP, data_bottom=_BOTTOM,
        aria_label=_("Emotion: %(said)s") % {"said": _spoken(steps, believed, found)},
    )  # fmt: skip


def _measure(overlay: Overlay | None, lane: Lane, step: Step) -> Measure:
    if overlay is None:
        return Measure()
    if lane.of in overlay.personas:
        return overlay.personas[lane.of].get(step.id, Measure())
    measured = overlay.steps.get(step.id)
    return measured.jsi if measured else Measure()


def _spot(at: int, one: Measure) -> Spot | None:
    if one.value is None:
        return None
    low, high = (one.value if end is None else end for end in (one.low, one.high))
    return Spot((at + 0.5) * _UNIT, up(one.value), up(high), up(low))


def _alone(found: Sequence[Measure], at: int) -> bool:
    beside = [found[i].value for i in (at - 1, at + 1) if 0 <= i < len(found)]
    return all(value is None for value in beside)


def _bar(x: str, one: Measure, *, alone: bool) -> Markup | None:
    """Return the interval of a value that no line leads to."""
    if not alone or one.low is None or one.high is None:
        return None
    return tag("line", x1=x, x2=x, y1=up(one.high), y2=up(one.low), class_="interval")


def _believed(x: str, step: Step, value: float | None, one: Measure, *, parted: bool, edits: bool) -> Markup | None:
    if value is None and not edits:
        return None
    shown = 50.0 if value is None else value
    label = None
    if value is not None and (parted or one.value is None):
        text = _("believed %(value)s") % {"value": plain(value)} if parted else plain(value)
        y = up(value) - 9
        if one.value is not None and abs(y - (up(one.value) - 14)) < _NEAR + 4:
            y = min(y, up(one.value) - 30)
        if one.value is not None and 0 < up(value) - up(one.value) < _CLOSE:  # above it is the node
            y = up(value) + 17
        label = tag("text", text, x=x, y=y, text_anchor="middle", class_="parted" if parted else "guess")
    given: dict[str, str] = {}
    if edits:
        said = _("nobody said") if value is None else plain(value)
        given = {
            "role": "slider", "tabindex": "-1", "aria_label": _("Believed at %(step)s") % {"step": step.name},
            "aria_valuemin": "0", "aria_valuemax": "100", "aria_valuenow": plain(shown), "aria_valuetext": said,
            "data_belief": step.id, "data_value": "" if value is None else number(value),
        }  # fmt: skip
    dot = tag("circle", cx=x, cy=up(shown), r=4, class_="guess" if value is not None else "guess unsaid", **given)
    return tag("g", dot, label, class_="belief", data_measured=step.id)


def _node(x: str, step: Step, one: Measure, believed: float | None, few: int, *, parted: bool) -> Markup | None:
    if one.value is None:
        return None
    y = up(one.value)
    low = one.customers < few
    margin = half(one.low, one.high)
    known = " · ".join(filter(None, (plus_minus(one.low, one.high), _short(one.n))))
    beneath = believed is not None and -30 < up(believed) - y < -4  # the belief's line stands where the number would
    value_y, known_y = (y + 25, y + 39) if beneath and y < _BOTTOM - 6 else (y - 14, y + 22)
    if (
        believed is not None and 6 < up(believed) - y < _CLOSE and value_y < y
    ):  # the belief's point stands where it would
        known_y = up(believed) + (31 if parted else 17)  # under the belief's own label, where it has one
    said = f"{step.name}: {plain(one.value, places(margin))} {known}"
    ring = {"fill": jsi_colour(one.value), "class_": "tl-node"}
    if low:
        ring = {"fill": "none", "stroke": jsi_colour(one.value), "class_": "hollow"}
    return tag(
        "g", tag("title", said), tag("circle", cx=x, cy=y, r=9.5, class_="tl-hollow") if low else None,
        tag("circle", cx=x, cy=y, r=8 if not low else 6.5, **ring),
        tag("text", plain(one.value), x=x, y=value_y, text_anchor="middle", class_="val"),
        tag("text", known, x=x, y=known_y, text_anchor="middle", class_="known"),
        class_="was", data_measured=step.id,
    )  # fmt: skip


def _short(n: int) -> str:
    """Return a count as people say it in passing.

    >>> _short(412), _short(3960), _short(41_200)
    ('412', '4.0k', '41k')
    """
    if n < 1000:
        return str(n)
    return f"{n / 1000:.1f}k" if n < 10_000 else f"{n / 1000:.0f}k"


def _spoken(steps: Sequence[Step], believed: Sequence[float | None], found: Sequence[Measure]) -> str:
    said = []
    for step, guess, one in zip(steps, believed, found, strict=True):
        parts = [_("believed %(value)s") % {"value": plain(guess)}] if guess is not None else []
        if one.value is not None:
            parts.append(_("measured %(value)s") % {"value": f"{plain(one.value)} {plus_minus(one.low, one.high)}"})
        said.append(f"{step.name} {', '.join(parts) or '–'}")
    return "; ".join(said)
