"""What a monitor watches, and how: read from YAML, JSON or a form, with every problem at its line and field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from typing import TYPE_CHECKING, Any, Final

from touchline.vocabulary.entry import Entry
from touchline.vocabulary.names import nearest
from touchline.vocabulary.schemas import EMOTIONS

if TYPE_CHECKING:
    from touchline.vocabulary.taxonomy import Taxonomy

#: Levels, 0 to 100; more is better.
LEVELS: Final = ("jsi", "nps", "csat", "ces")
#: Shares of touches, 0 to 100 %; more is worse.
SHARES: Final = ("negative", "high_effort", "unresolved", "theme", *(f"emotion:{one}" for one in EMOTIONS))
COUNTS: Final = ("volume", "severe")
METRICS: Final = (*LEVELS, *SHARES, *COUNTS)
#: How it is watched, and what may be watched so.
KINDS: Final = {
    "shift": (*LEVELS, *SHARES),
    "drop": (*LEVELS, *SHARES),
    "changepoint": (*LEVELS, *SHARES),
    "threshold": (*LEVELS, *SHARES),
    "sequential": (*LEVELS, *SHARES),
    "spike": ("volume",),
    "severe": ("severe",),
    "silence": ("volume",),
    "drift": ("volume",),
}
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DIRECTIONS: Final = ("worse", "better", "both")
KEYS: Final = (
    "name", "watch", "kind", "stage", "touchpoint", "theme", "channel", "source", "segment", "direction", "below",
    "above", "least", "severity", "hours", "owner", "schedule", "escalate", "active",
)  # fmt: skip
_NAME: Final = re.compile(r"[\w .:+&/()-]{1,100}")
_DEFAULT: Final = {"volume": "spike", "severe": "severe"}


@dataclass(frozen=True, slots=True)
class Spec:
    """What a monitor watches, and how.

    Attributes:
        name: Unique in the workspace.
        watch: One of `METRICS`.
        kind: One of `KINDS`; ``shift`` is the always-valid default.
        stage: Only this stage's touches.
        touchpoint: Only those.
        theme: Only those; of ``watch: theme`` the theme whose share is watched.
        channel: Only those.
        source: Only those.
        segment: A segment's name to its value.
        direction: What counts: that it gets worse, better, or both.
        below: For ``threshold``: a level under it.
        above: For ``threshold``: a share above it.
        least: For ``threshold``: how many touches it takes.
        severity: For ``severe``: from which severity on.
        hours: For ``silence``: how long at least; 0 lets the source's own rhythm tell.
        owner: Who looks after its alerts.
        days: When alerts may be told; empty: always.
        start: The same, from this time of day.
        end: Until this one.
        escalate_hours: After how long without anybody it is passed on; 0 never.
        escalate_to: To whom.
        active: Whether it watches.
    """

    name: str
    watch: str = "jsi"
    kind: str = "shift"
    stage: str = ""
    touchpoint: str = ""
    theme: str = ""
    channel: str = ""
    source: str = ""
    segment: tuple[tuple[str, str], ...] = ()
    direction: str = "worse"
    below: float | None = None
    above: float | None = None
    least: int = 30
    severity: float = 3.0
    hours: float = 0.0
    owner: str = ""
    days: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    escalate_hours: float = 0.0
    escalate_to: str = ""
    active: bool = field(default=True)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it; what is as by default is left out."""
        made = {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) != one.default}
        if self.segment:
            made["segment"] = dict(self.segment)
        if self.days:
            made["days"] = list(self.days)
        return made

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Spec:
        """Return what `as_dict` told.

        >>> Spec.of(Spec("late", segment=(("region", "apac"),)).as_dict()).segment
        (('region', 'apac'),)
        """
        known = {one.name for one in fields(cls)}
        made = {name: value for name, value in told.items() if name in known}
        made["segment"] = tuple(sorted(dict(told.get("segment", {})).items()))
        made["days"] = tuple(told.get("days", ()))
        return cls(**made)

    @property
    def place(self) -> str:
        """Where its alerts are: all monitors of one stage raise one alert."""
        if self.kind in ("silence", "drift"):
            return f"source:{self.source}" if self.kind == "silence" else "model"
        if self.stage:
            return f"stage:{self.stage}"
        return f"theme:{self.theme}" if self.theme else f"source:{self.source}" if self.source else "all"

    @property
    def falls(self) -> bool:
        """Whether worse is less."""
        return self.watch in LEVELS


def read(entry: Entry, taxonomy: Taxonomy, knows: Mapping[str, tuple[str, ...]]) -> Spec:
    """Read a monitor; what is wrong goes into the entry's report.

    Args:
        entry: A mapping with `KEYS`.
        taxonomy: Knows stages, touchpoints and themes.
        knows: What is in the data: ``channel``, ``source`` and each segment's name to its values.
    """
    watch = _watched(entry)
    kind = entry.choice("kind", tuple(KINDS), _DEFAULT.get(watch, "shift"))
    if watch not in KINDS[kind] and watch in METRICS:
        fitting = [one for one, metrics in KINDS.items() if watch in metrics]
        entry.problem("kind", f"a {kind} monitor does not watch {watch!r}", f"write kind: {fitting[0]}")
    stage = entry.text("stage")
    if stage:
        stage = _known(entry, "stage", stage, taxonomy.stage_id(stage), taxonomy.ids)
    touchpoint, theme = entry.text("touchpoint"), entry.text("theme")
    if theme:
        found = taxonomy.theme(theme)
        all_themes = tuple(one.id for item in taxonomy.stages for one in item.themes)
        theme = _known(entry, "theme", theme, found.id if found else None, (*knows.get("theme", ()), *all_themes))
    if watch == "theme" and not theme:
        entry.problem("theme", "which theme is not said", "write theme: late_delivery")
    if touchpoint and taxonomy.touchpoint(touchpoint) is None:
        points = tuple(one.id for item in taxonomy.stages for sub in item.sub_stages for one in sub.touchpoints)
        touchpoint = _known(entry, "touchpoint", touchpoint, None, (*knows.get("touchpoint", ()), *points))
    channel, source = (_of_data(entry, key, knows.get(key, ())) for key in ("channel", "source"))
    days, start, end = _schedule(entry)
    escalate = entry.fields.get("escalate")
    hours, to = _escalation(entry) if escalate is not None else (0.0, "")
    below, above = entry.number("below", 0, 100), entry.number("above", 0, 100)
    if kind == "threshold" and (below if watch in LEVELS else above) is None:
        key = "below" if watch in LEVELS else "above"
        entry.problem("kind", f"a threshold on {watch} needs {key}", f"write {key}: 60")
    return Spec(
        name=_name(entry), watch=watch, kind=kind, stage=stage, touchpoint=touchpoint, theme=theme, channel=channel,
        source=source, segment=_segments(entry, knows), direction=entry.choice("direction", DIRECTIONS, "worse"),
        below=below, above=above, least=int(entry.number("least", 1, 1_000_000) or 30),
        severity=entry.number("severity", 0.5, 3) or 3.0, hours=entry.number("hours", 0, 24 * 365) or 0.0,
        owner=entry.text("owner"), days=days, start=start, end=end, escalate_hours=hours, escalate_to=to,
        active=_flag(entry, "active"),
    )  # fmt: skip


def _name(entry: Entry) -> str:
    name = entry.text("name", "give the monitor a name")
    if name and not _NAME.fullmatch(name):
        entry.problem("name", f"name {name!r} has signs that no name has, or over 100", "write letters and digits")
    return name


def _watched(entry: Entry) -> str:
    watch = entry.text("watch") or {"silence": "volume", "drift": "volume", "severe": "severe", "spike": "volume"}.get(
        entry.text("kind"), "jsi"
    )
    if watch not in METRICS:
        near = nearest(watch, METRICS) or "jsi"
        entry.problem("watch", f"watch must be a metric, not {watch!r}", f"did you mean {near}? See docs/monitoring.md")
    return watch


def _known(entry: Entry, key: str, said: str, found: str | None, known: tuple[str, ...]) -> str:
    if found is not None:
        return found
    if said in known:
        return said
    near = nearest(said, known)
    todo = f"did you mean {near}?" if near else f"known are {', '.join(known[:12])}" if known else "leave it out"
    entry.problem(key, f"there is no {key} {said!r}", todo)
    return said


def _of_data(entry: Entry, key: str, known: tuple[str, ...]) -> str:
    said = entry.text(key)
    return _known(entry, key, said, None, known) if said and known else said


def _segments(entry: Entry, knows: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    node = entry.fields.get("segment")
    if node is None or node.kind == "nothing":
        return ()
    if node.kind != "mapping":
        entry.problem("segment", "segment must be a mapping of names to values", "write segment: {region: apac}")
        return ()
    names = tuple(name.removeprefix("seg_") for name in knows if name.startswith("seg_"))
    found = []
    for name, value in node.pairs:
        if value.kind != "text" or not value.text:
            entry.report.add(value.line, f"{entry.label}: segment {name.text!r} has no value", "write one text")
            continue
        if names and name.text not in names:
            near = nearest(name.text, names)
            todo = f"did you mean {near}?" if near else f"known are {', '.join(names)}"
            entry.report.add(name.line, f"{entry.label}: there is no segment {name.text!r}", todo)
            continue
        values = knows.get(f"seg_{name.text}", ())
        if values and value.text not in values:
            near = nearest(value.text, values) or values[0]
            told = f"{entry.label}: segment {name.text!r} has no value {value.text!r}"
            entry.report.add(value.line, told, f"did you mean {near}?")
        found.append((name.text, value.text))
    return tuple(sorted(found))


def _part(entry: Entry, key: str, keys: tuple[str, ...]) -> Entry | None:
    node = entry.fields.get(key)
    return None if node is None or node.kind == "nothing" else Entry.of(node, key, keys, entry.report)


def _schedule(entry: Entry) -> tuple[tuple[str, ...], str, str]:
    part = _part(entry, "schedule", ("days", "from", "to"))
    if part is None:
        return (), "", ""
    days = part.texts("days")
    for one in days:
        if one not in DAYS:
            part.problem("days", f"there is no day {one!r}", f"write days of {', '.join(DAYS)}")
    times = []
    for key in ("from", "to"):
        text = part.text(key)
        try:
            times.append(time.fromisoformat(text).strftime("%H:%M") if text else "")
        except ValueError:
            part.problem(key, f"{key} is no time of day: {text!r}", 'write "08:00"')
            times.append("")
    if bool(times[0]) != bool(times[1]) or (times[0] and times[0] >= times[1]):
        part.problem("to", "a time of day begins before it ends", 'write from: "08:00" and to: "18:00"')
    return tuple(one for one in DAYS if one in days), times[0], times[1]


def _escalation(entry: Entry) -> tuple[float, str]:
    part = _part(entry, "escalate", ("hours", "to"))
    if part is None:
        return 0.0, ""
    return part.number("hours", 0.1, 24 * 90) or 24.0, part.text("to", "say to whom")


def _flag(entry: Entry, key: str) -> bool:
    return entry.choice(key, ("true", "false"), "true") == "true"
