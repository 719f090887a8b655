"""A map as a table: phases and steps across, lanes down, cards in the cells, what was measured beside the words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from touchline.figures.markup import Child, Markup, tag
from touchline.figures.numbers import half, plain, plus_minus, span
from touchline.maps.kinds import LANE_KINDS, LaneKind
from touchline.maps.measured import CardMeasured, Measure, Overlay, StepMeasured
from touchline.maps.model import Card, Lane, Map, Step
from touchline.maps.pictures import host_of
from touchline.maps.telling import SIZES
from touchline.server.maps.views.map_curve import curve, own_lines
from touchline.server.maps.views.map_routes import routes

#: Which metrics have a unit that stands behind the number, and how many decimals they deserve.
_UNITS: Final[Mapping[str, tuple[str, int]]] = {"dropoff": (" %", 0), "ces": ("", 1), "volume": ("", 0)}
#: Higher is worse.
_DOWN: Final = frozenset({"dropoff", "dwell"})
#: The figures of a step in the lane of what was measured, in this order.
FIGURES: Final = ("jsi", "nps", "csat", "ces", "dropoff", "dwell")


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands on a map beside its own words.

    Attributes:
        overlay: What was measured.
        stages: Names of the taxonomy's stages and touchpoints by id.
        remarks: How many open comments a card, step or lane has, by id.
        marks: ``new``, ``gone`` or ``changed`` by id, where two maps are compared.
        names: Names of other maps by id.
        few: Under how many customers a figure is hatched.
        edits: Whether the one who looks may change it.
        aims: Whether the map's beliefs are what shall be, and not what is thought to be.
        pictures: Where pictures are that the map keeps, by their address on cards; each with its width and height.
    """

    overlay: Overlay | None = None
    stages: Mapping[str, str] = field(default_factory=dict)
    remarks: Mapping[str, int] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    few: int = 30
    edits: bool = False
    aims: bool = False
    pictures: Mapping[str, tuple[str, int, int]] = field(default_factory=dict)

    def step(self, which: str) -> StepMeasured:
        """Return what was measured of a step; an empty measurement where nothing was."""
        found = self.overlay.steps.get(which) if self.overlay else None
        return found or StepMeasured(which)

    def card(self, which: str) -> CardMeasured | None:
        """Return what data say of a card, if anything."""
        return self.overlay.cards.get(which) if self.overlay else None


def grid(now: Map, beside: Beside) -> Markup:
    """Draw a map as a table that reads without a script; the editor's script knows its parts by their ids.

    >>> from touchline.maps.model import Card, Lane, Map, Phase, Step
    >>> coffee = Map("c", "Coffee", phases=(Phase("p", "Buy", (Step("s", "Order"),)),), lanes=(Lane("l", "pains"),),
    ...     cards=(Card("k", "l", "s", "Too <slow>"),))
    >>> "Too &lt;slow&gt;" in grid(coffee, Beside())
    True
    """
    steps = list(now.steps())
    cells: defaultdict[tuple[str, str], list[Card]] = defaultdict(list)
    for card in now.cards:
        cells[card.lane, card.step].append(card)
    body = [_lane(now, lane, steps, cells, beside) for lane in now.lanes]
    kinds = " ".join(sorted({now.kind, now.state}))
    return tag(
        "table",
        tag("caption", now.name, class_="hidden"),
        tag("colgroup", tag("col", class_="lanes"), [tag("col", class_="step") for _one in steps]),
        _head(now, steps, beside),
        tag("tbody", body, measured_row(steps, beside) if not _has(now, "measured") else None),
        class_=f"map {kinds}",
        data_map=now.id,
    )


def _has(now: Map, kind: str) -> bool:
    return any(lane.kind == kind for lane in now.lanes)


def _head(now: Map, steps: Sequence[Step], beside: Beside) -> Markup:
    plainly = all(len(phase.steps) == 1 and phase.steps[0].name == phase.name for phase in now.phases)
    phases = [
        tag(
            "th", tag("span", phase.name, class_="name"), _note(phase.note), _remark(beside, phase.id),
            scope="colgroup", colspan=str(max(1, len(phase.steps))), data_phase=phase.id, tabindex="-1",
            class_=_classes("", beside.marks.get(phase.id), "" if phase.steps else "bare"),
        )
        for phase in now.phases
    ]  # fmt: skip
    heads: list[Markup] = []
    for phase in now.phases:
        heads += [step_head(step, beside) for step in phase.steps]
        if not phase.steps:
            heads.append(tag("th", class_="none", data_in=phase.id))
    corner = tag("td", class_="corner")
    return tag(
        "thead",
        tag("tr", corner, phases, class_="phases plainly" if plainly else "phases"),
        tag("tr", tag("td", class_="corner"), heads, class_="steps"),
        tag("tr", tag("td", class_="corner"), tag("td", routes(now.routes, steps), colspan=str(_wide(now))),
            class_="routes") if now.routes else None,
    )  # fmt: skip


def _wide(now: Map) -> int:
    """Return how many columns a map has; a phase without steps keeps one open."""
    return sum(max(1, len(phase.steps)) for phase in now.phases) or 1


def step_head(step: Step, beside: Beside) -> Markup:
    """Draw the head of a step's column."""
    bound = " · ".join(beside.stages.get(one, one) for one in (step.touchpoint or step.stage,) if one)
    moment = tag("span", "★", class_="moment", title=_("A moment that matters"), role="img",
                 aria_label=_("A moment that matters")) if step.moment else None  # fmt: skip
    zoom = tag("span", "⤢", class_="zoom", title=beside.names.get(step.zoom, step.zoom), role="img",
               aria_label=_("Shown in detail on another map")) if step.zoom else None  # fmt: skip
    return tag(
        "th", tag("span", step.name, class_="name"), moment, zoom, tag("small", bound) if bound else None,
        _remark(beside, step.id),
        scope="col", data_step=step.id, tabindex="-1", class_=_classes("", beside.marks.get(step.id)),
    )  # fmt: skip


def _lane(
    now: Map, lane: Lane, steps: Sequence[Step], cells: Mapping[tuple[str, str], list[Card]], beside: Beside
) -> Markup:
    kind = LANE_KINDS[lane.kind]
    look = kind.look if lane.kind != "measured" else "measured"
    own = own_lines(now, beside.overlay, lane) if look == "curve" else []
    head = tag(
        "th", tag("span", lane.name or _(kind.title), class_="name"), tag("small", _about(now, lane, kind, beside)),
        [tag("small", one.name, class_=f"own p{one.hue}") for one in own],
        _remark(beside, lane.id), scope="row", tabindex="-1",
    )  # fmt: skip
    given: dict[str, str | bool] = {
        "data_lane": lane.id, "data_kind": lane.kind, "data_look": look, "hidden": lane.hidden,
    }  # fmt: skip
    classes = _classes("", beside.marks.get(lane.id))
    wide = str(_wide(now))
    if look == "line":
        return tag("tr", head, tag("td", tag("span", class_="across"), colspan=wide), class_=classes, **given)
    if look == "curve":
        drawn = curve(now, beside.overlay, lane, few=beside.few, edits=beside.edits, aims=beside.aims)
        return tag("tr", head, tag("td", drawn, class_="curve", colspan=wide), class_=classes, **given)
    if look == "measured":
        return tag("tr", head, [_measured(step, beside) for step in steps], class_=classes, **given)
    columns: list[Markup] = []
    for phase in now.phases:
        columns += [_cell(lane, kind, step, cells.get((lane.id, step.id), ()), beside) for step in phase.steps]
        if not phase.steps:
            columns.append(tag("td", class_="none"))
    return tag("tr", head, columns, class_=classes, **given)


def _about(now: Map, lane: Lane, kind: LaneKind, beside: Beside) -> str:
    """Return what stands under a lane's name."""
    if lane.of:
        return lane.of
    if lane.kind == "emotions":
        return _("aimed at · measured") if beside.aims else _("believed · measured")
    if lane.kind == "opportunities":
        return _("impact × effort")
    if not kind.evidence or beside.overlay is None:
        return ""
    known = [one for card in now.cards if card.lane == lane.id and (one := beside.card(card.id))]
    told = [one for one in known if one.level != "untold"]
    backed = sum(one.level in ("strong", "some") for one in told)
    return _("%(n)d of %(all)d backed") % {"n": backed, "all": len(told)} if told else ""


def _cell(lane: Lane, kind: LaneKind, step: Step, cards: Iterable[Card], beside: Beside) -> Markup:
    drawn = [card_markup(card, kind, beside) for card in cards]
    return tag("td", tag("ul", drawn, class_="cell"), data_step=step.id, tabindex="-1" if beside.edits else None)


def card_markup(card: Card, kind: LaneKind, beside: Beside) -> Markup:
    """Draw a card: its words, and small beneath them what is known of it."""
    known = beside.card(card.id)
    classes = _classes(f"cardlet {kind.edge}".rstrip(), "miss" if card.missing else "", beside.marks.get(card.id))
    if kind.look == "figures":
        inside: list[Child] = _kpi(card, beside)
    else:
        inside = [_pictured(card, beside), tag("span", card.text, class_="text")]
    lines = _lines(card, known if kind.look != "figures" else None)
    told = [tag("small", [_dot(known), one] if at == 0 else one) for at, one in enumerate(lines)]
    if known and not lines and kind.look != "figures":
        told = [tag("small", _dot(known), _LEVELS[known.level]())] if known.level in ("strong", "none") else []
    leads = None
    if card.map:
        leads = tag("span", "⤢", class_="zoom", title=beside.names.get(card.map, card.map), role="img",
                    aria_label=_("Leads to another map"))  # fmt: skip
    return tag("li", inside, leads, told, _status(card), _remark(beside, card.id), data_card=card.id, tabindex="-1",
               class_=classes)  # fmt: skip


def _pictured(card: Card, beside: Beside) -> Markup | None:
    """Draw a card's picture where it is kept; one of another host is a link, which nobody's browser follows unasked."""
    if not card.picture:
        return None
    if there := beside.pictures.get(card.picture):
        href, wide, tall = there
        alt = card.note if card.text else card.note or _("Picture")
        return tag("img", src=href, width=str(wide), height=str(tall), alt=alt, loading="lazy", decoding="async",
                   class_="pic", draggable="false")  # fmt: skip
    if host := host_of(card.picture):
        said = _("Picture at %(host)s") % {"host": host}
        return tag("a", said, href=card.picture, rel="noreferrer noopener", target="_blank", class_="elsewhere")
    return tag("small", card.picture.rsplit("/", 1)[-1])


_LEVELS: Final = {
    "strong": lambda: _("well backed by data"), "some": lambda: _("backed by some data"),
    "none": lambda: _("no data speak for it"), "untold": lambda: _("data cannot tell"),
}  # fmt: skip


def _dot(known: CardMeasured | None) -> Markup | None:
    """Return the sign of how well data back a card; shape and words say it, not the colour alone."""
    if known is None or known.level == "untold":
        return None
    said = _LEVELS[known.level]()
    return tag("span", class_=f"level {known.level}", title=said, role="img", aria_label=said)


def _lines(card: Card, known: CardMeasured | None) -> list[str]:
    """Return the small lines under a card's words."""
    parts = [known.told] if known and known.told else []
    if known and known.gain is not None and _("JSI") not in known.told:
        margin = half(known.gain_low, known.gain_high)
        parts.append(
            _("%(gain)s JSI") % {"gain": plain(known.gain, 1 if margin is None or margin < 5 else 0, signed=True)}
        )
    if card.effort:
        parts.append(SIZES[min(max(card.effort, 1), 5) - 1])
    found = [" · ".join(filter(None, parts))] if any(parts) else []
    if card.minutes is not None:
        found.append(" → ".join(filter(None, (_("waits %(long)s") % {"long": span(card.minutes * 60)}, card.to))))
    elif card.to:
        found.append(f"→ {card.to}")
    if card.severity:
        found.append({"trivial": _("trivial"), "work-around": _("there is a way around"),
                      "gives up": _("customers give up")}.get(card.severity, card.severity))  # fmt: skip
    if card.missing:
        found.append(_("missing"))
    return found


def _status(card: Card) -> Markup | None:
    said = [one for one in (card.owner, _STATUS.get(card.status, lambda: card.status)() if card.status else "") if one]
    return tag("small", " · ".join(said), class_=f"status {card.status}".rstrip()) if said else None


_STATUS: Final = {
    "idea": lambda: _("idea"), "planned": lambda: _("planned"), "doing": lambda: _("in work"),
    "done": lambda: _("done"), "dropped": lambda: _("dropped"),
}  # fmt: skip


def figure(name: str, value: float | None) -> str:
    """Return a metric's number as people read it.

    >>> figure("dropoff", 12.4), figure("dwell", 90.0), figure("ces", 5.26)
    ('12 %', '1.5 h', '5.3')
    """
    if name == "dwell":
        return span(None if value is None else value * 60)
    unit, decimals = _UNITS.get(name, ("", 0))
    if value is not None and name not in _WORDS and value != round(value):
        decimals = 1
    return plain(value, decimals) + unit


_WORDS: Final = {
    "jsi": lambda: _("JSI"), "nps": lambda: _("NPS"), "csat": lambda: _("CSAT"), "ces": lambda: _("CES"),
    "dropoff": lambda: _("Drop-off"), "dwell": lambda: _("Time"), "volume": lambda: _("Touches"),
}  # fmt: skip


def worded(name: str) -> str:
    """Return a metric's name as people read it."""
    return _WORDS[name]() if name in _WORDS else name


def _kpi(card: Card, beside: Beside) -> list[Child]:
    measured = beside.step(card.step)
    found = measured.metrics.get(card.metric, Measure())
    value = float(measured.volume) if card.metric == "volume" and beside.overlay else found.value
    data = value is not None
    value = card.value if value is None else value
    met = ""
    if value is not None and card.target is not None and card.metric in _WORDS:  # of others nobody said which way is up
        met = "good" if (value <= card.target if card.metric in _DOWN else value >= card.target) else "bad"
    target = _("target %(value)s") % {"value": figure(card.metric, card.target)} if card.target is not None else ""
    margin = plus_minus(found.low, found.high) if data and card.metric != "dwell" else ""
    known = " · ".join(filter(None, (margin, _("n %(n)s") % {"n": plain(found.n)} if data and found.n else "", target)))
    return [
        tag("span", card.text or worded(card.metric), class_="text"),
        tag("b", figure(card.metric, value), class_=f"value {met}".rstrip()),
        tag("small", _dot(beside.card(card.id)), known) if known else None,
    ]


def measured_row(steps: Sequence[Step], beside: Beside) -> Markup | None:
    """Draw the lane that every map has that data are laid over; nothing where none are."""
    if beside.overlay is None or not any(one.bound for one in beside.overlay.steps.values()):
        return None
    head = tag(
        "th", tag("span", _("Measured"), class_="name"), tag("small", _("of the period")), scope="row", tabindex="-1"
    )
    return tag("tr", head, [_measured(step, beside) for step in steps], data_look="measured", class_="own")


def _measured(step: Step, beside: Beside) -> Markup:
    found = beside.step(step.id)
    rows = []
    for name in FIGURES:
        one = found.metrics.get(name)
        if one is None or one.value is None:
            continue
        margin = plus_minus(one.low, one.high) if name != "dwell" else ""
        few = one.customers < beside.few
        value = tag("dd", tag("b", figure(name, one.value)), " ", tag("small", margin),
                    _moved(name, one, found.before.get(name)), class_="few" if few else None,
                    title=_("low n") if few else None)  # fmt: skip
        rows.append(tag("div", tag("dt", worded(name)), value))
    if not rows:
        said = _("bound to no stage") if not found.bound else _("nothing measured")
        return tag("td", tag("p", said, class_="quiet"), class_="measured", data_step=step.id)
    said = ngettext("%(n)s touch", "%(n)s touches", found.volume) % {"n": plain(found.volume)}
    who = ngettext("%(n)s customer", "%(n)s customers", found.customers) % {"n": plain(found.customers)}
    topics = [tag("li", one.title, tag("small", f" {one.share * 100:.0f} %")) for one in found.topics[:2]]
    return tag(
        "td", tag("dl", rows), tag("p", f"{said} · {who}", class_="quiet"),
        tag("ul", topics, class_="topics") if topics else None, class_="measured", data_step=step.id,
    )  # fmt: skip


def _moved(name: str, now: Measure, before: Measure | None) -> Markup | None:
    """Return how a figure moved since the period before, where it is more than its noise."""
    if before is None or before.value is None or now.value is None or name == "dwell":
        return None
    change = now.value - before.value
    noise = ((half(now.low, now.high) or 0) ** 2 + (half(before.low, before.high) or 0) ** 2) ** 0.5
    if abs(change) <= noise or not noise:
        return None
    good = (change > 0) != (name in _DOWN)
    sign = "▲" if change > 0 else "▼"
    return tag("small", f"{sign} {figure(name, abs(change))}", class_="good" if good else "bad")


def _note(text: str) -> Markup | None:
    return tag("small", text) if text else None


def _remark(beside: Beside, which: str) -> Markup | None:
    many = beside.remarks.get(which, 0)
    if not many:
        return None
    said = ngettext("%(n)d comment", "%(n)d comments", many) % {"n": many}
    return tag("span", many, class_="remarks", title=said, role="img", aria_label=said)


def _classes(first: str, *more: str | None) -> str | None:
    return " ".join(one for one in (first, *more) if one) or None
