"""What an alert says: what changed, since when, how sure, who is affected, what probably causes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow.compute as pc
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from touchline.detection.base import Alarm
from touchline.errors import QuestionError
from touchline.figures.numbers import plain
from touchline.scores.base import Filters
from touchline.server.monitoring import hitting, reading
from touchline.server.monitoring.spec import COUNTS, LEVELS, Spec
from touchline.vocabulary.named import named as called
from touchline.words import moment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from touchline.questions import Local
    from touchline.vocabulary.taxonomy import Taxonomy

_CAUSES: Final = 3
_INFORMATIVE: Final = 20  # characters of a clause that says something by itself
_SAID: Final = """
SELECT mentions.*, substr(interactions.text, mentions.start + 1, mentions."end" - mentions.start) AS text
FROM mentions JOIN interactions USING (interaction_id)
WHERE mentions.sentiment < 0 AND mentions.occurred_at >= $since AND mentions.occurred_at < $until
    AND ($stage = '' OR mentions.stage = $stage) AND interactions.text IS NOT NULL
ORDER BY mentions.severity DESC, mentions.confidence DESC, mentions.occurred_at, interaction_id, mentions.mention
LIMIT 200
"""
_WIDER: Final = timedelta(days=56)
#: The names of metrics in sentences.
_NAMES: Final = {"jsi": "JSI", "nps": "NPS", "csat": "CSAT", "ces": "CES"}


@dataclass(frozen=True, slots=True)
class Levels:
    """An alarm's levels as people read them: points of the JSI or the NPS, percent, or a number a day."""

    before: float | None
    after: float | None
    low: float | None
    high: float | None
    unit: str


def levels(spec: Spec, alarm: Alarm) -> Levels:
    """Return an alarm's levels as people read them.

    >>> alarm = Alarm(60, 0, 0.7, 0.5, 0.4, 0.6, 0.9)
    >>> levels(Spec("a", "nps"), alarm).after, levels(Spec("a", "negative"), alarm).after
    (0.0, 50.0)
    """
    if spec.watch in COUNTS:
        before, after, low, high = (_finite(one) for one in (alarm.before, alarm.after, alarm.low, alarm.high))
        return Levels(before, after, low, high, "a day")
    numbers = np.array([alarm.before, alarm.after, alarm.low, alarm.high])
    if spec.watch in LEVELS:
        shown = 200 * numbers - 100 if spec.watch == "nps" else 100 * numbers
        before, after, low, high = (_finite(one) for one in shown)
        return Levels(before, after, low, high, "%" if spec.watch in ("csat", "ces") else "points")
    before, after, high, low = (_finite(one) for one in 100 * (1 - numbers))  # a share turns over, and its interval
    return Levels(before, after, low, high, "%")


def _finite(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None


def sliced(spec: Spec) -> str:
    """Return what a monitor looks at, in words: ``Delivery, region apac``."""
    parts = [f"{name} {value}" for name, value in spec.segment]
    parts += [one for one in (spec.touchpoint, spec.channel) if one]
    if spec.source and spec.kind != "silence":
        parts.append(spec.source)
    return ", ".join(parts)


def about(spec: Spec, taxonomy: Taxonomy) -> str:
    """Return what an alert is about, as its title begins: a stage's name, a theme's, a source, or the journey."""
    if spec.kind == "silence":
        return spec.source
    where = _("The journey")
    if spec.stage in taxonomy.ids:
        where = taxonomy.stage(spec.stage).name
    elif spec.theme:
        where = _theme(spec.theme, taxonomy)
    elif spec.source:
        where = spec.source
    more = sliced(spec)
    return f"{where} ({more})" if more else where


def _theme(theme: str, taxonomy: Taxonomy) -> str:
    found = taxonomy.theme(theme)
    return found.name if found else theme


def title(spec: Spec, told: Levels, n: int, taxonomy: Taxonomy) -> str:
    """Return an alert in one line."""
    place = about(spec, taxonomy)
    facts = {
        "silence": _("%(place)s has fallen silent"),
        "drift": _("Texts have changed: what is read of them may be less right"),
        "severe": ngettext("%(n)d severe item at %(place)s", "%(n)d severe items at %(place)s", n),
    }
    before, after = told.before, told.after
    if spec.kind not in facts and (before is None or after is None or round(before) == round(after)):
        return _("%(place)s is not as usual") % {"place": place}
    before, after = before or 0.0, after or 0.0
    said = {"place": place, "n": n, "by": abs(after - before), "before": before, "after": after}
    said |= {"what": _metric(spec, taxonomy)}
    return facts.get(spec.kind, _moved(spec, after < before)) % said


def headline(told: dict[str, Any], taxonomy: Taxonomy) -> str:
    """Return the title of an alert that is kept, in the language of who reads."""
    shown = Levels(told["before"], told["after"], told["low"], told["high"], told["unit"])
    return title(Spec.of(told["spec"]), shown, told["n"], taxonomy)


def _moved(spec: Spec, down: bool) -> str:
    """Return the sentence of a level that has moved."""
    if spec.watch == "volume":
        return _("%(place)s: %(after).0f comments a day, where %(before).0f are usual")
    if spec.kind == "threshold":
        return _("%(place)s: %(what)s is %(after).0f")
    if spec.watch in LEVELS:
        return _("%(place)s: %(what)s fell %(by).0f points") if down else _("%(place)s: %(what)s rose %(by).0f points")
    if down:
        return _("%(place)s: %(what)s down from %(before).0f %% to %(after).0f %%")
    return _("%(place)s: %(what)s up from %(before).0f %% to %(after).0f %%")


def _metric(spec: Spec, taxonomy: Taxonomy) -> str:
    kind, _sep, name = spec.watch.partition(":")
    if kind == "emotion":
        return str(called("emotion", name))
    if kind == "theme":
        return _theme(spec.theme, taxonomy).lower()
    named = {"negative": _("negative words"), "high_effort": _("high effort"), "unresolved": _("unresolved")}
    return _NAMES.get(kind) or str(named.get(kind, kind))


def affected(local: Local, spec: Spec, since: datetime, until: datetime) -> NDArray[np.int64]:
    """Return the keys of the customers who said something bad of what a monitor watches, in a time."""
    rows = reading.past(local.workspace.warehouse, since, until).touches
    kept = rows.filter(reading.where(spec, rows)) if rows.num_rows else rows
    if spec.direction != "better":
        kept = kept.filter(pc.less(kept["s"], 0)) if kept.num_rows else kept
    found: NDArray[np.int64] = np.unique(kept["customer_key"].to_numpy()).astype(np.int64)
    return found


def filters_of(spec: Spec, since: datetime, until: datetime) -> Filters:
    """Return the filters of a question about what a monitor watches, in a time."""
    one = ("stage", "touchpoint", "channel", "source")
    named = {f"{name}s": (value,) for name in one if (value := getattr(spec, name))}
    segments = tuple((name, (value,)) for name, value in spec.segment)
    last = max(since.date(), until.date())
    return Filters(since=since.date(), until=last, segments=segments, **named)


def causes(local: Local, spec: Spec, since: datetime, until: datetime, *, examples: int = 0) -> list[dict[str, Any]]:
    """Return the probable causes of an alert's stage, the strongest first.

    Since it began; where too few have spoken since to tell them apart, in the eight weeks before too.
    """
    if not spec.stage:
        return []
    for start in (since, since - _WIDER):
        try:
            figure = local.causes(filters_of(spec, start, until), stage=spec.stage, limit=_CAUSES, examples=examples)
        except QuestionError:  # a filter names what is no longer there
            return []
        rows = figure.to_dicts()
        if found := [row for row in rows if not row["hidden"] and (row["impact"] or 0) > 0]:
            return found[:_CAUSES]
    return []


def verbatims(local: Local, spec: Spec, since: datetime, until: datetime, n: int = 4) -> list[dict[str, Any]]:
    """Return what customers said badly of what a monitor watches, the gravest first, in redacted words."""
    asked = {"since": reading.naive(since), "until": reading.naive(until), "stage": spec.stage}
    rows = local.workspace.warehouse.fetch(_SAID, **asked)
    kept = rows.filter(reading.where(replace(spec, watch="jsi"), rows)) if rows.num_rows else rows
    found: dict[str, dict[str, Any]] = {}
    for row in kept.to_pylist():
        words = " ".join((row["text"] or "").split())
        if len(words) >= _INFORMATIVE:
            found.setdefault(words.casefold(), {**row, "text": words})
    return list(found.values())[:n]


def told_of(local: Local, spec: Spec, alarm: Alarm, since: datetime, now: datetime) -> dict[str, Any]:
    """Return what an alert keeps of its story: numbers, and themes by name; nobody's words, nobody's name."""
    taxonomy = local.workspace.taxonomy
    shown = levels(spec, alarm)
    until = now + timedelta(days=1)
    people = affected(local, spec, since, until) if spec.kind not in ("silence", "drift") else np.zeros(0, np.int64)
    found = causes(local, spec, since, until)
    who = hitting.hit(local, spec, since, until)
    n = int(alarm.detail.get("n", 0))
    return {
        "title": title(spec, shown, n, taxonomy),
        "spec": spec.as_dict(),
        "before": shown.before, "after": shown.after, "low": shown.low, "high": shown.high, "unit": shown.unit,
        "n": n, "customers": len(people), "how_sure": round(alarm.how_sure, 4),
        "causes": [{"theme": row["theme"], "name": row["name"], "points": round(row["impact"], 1)} for row in found],
        "who": [one.as_dict() for one in who],
        "detail": {key: value for key, value in alarm.detail.items() if isinstance(value, int | float | str)},
    }  # fmt: skip


def sure(how: float) -> str:
    """Return in words how sure an alarm is.

    >>> sure(0.995), sure(0.9), sure(1.0)
    ('almost certain', 'very likely', 'a fact')
    """
    if how >= 1:
        return _("a fact")
    if how >= 0.99:
        return _("almost certain")
    if how >= 0.85:
        return _("very likely")
    return _("likely") if how >= 0.6 else _("possible")


def sentences(told: dict[str, Any], since: datetime) -> str:
    """Return the story in some sentences, as a message carries it."""
    parts = [f"{told['title']}."]
    spec = Spec.of(told["spec"])
    if told["before"] is not None and told["after"] is not None and spec.kind not in ("silence", "severe", "drift"):
        interval = ""
        if told["low"] is not None and told["high"] is not None and told["high"] > told["low"]:
            interval = _(" (95 %% interval %(low).0f to %(high).0f)") % told
        parts.append(_("From %(before).0f to %(after).0f%(interval)s.") % {**told, "interval": interval})
    parts.append(_("Since %(since)s; %(sure)s.") % {"since": moment(since), "sure": sure(told["how_sure"])})
    if told["customers"]:
        parts.append(
            ngettext("%(n)d customer is affected.", "%(n)d customers are affected.", told["customers"])
            % {"n": told["customers"]}
        )
    if told.get("who"):
        names = ", ".join(f"{one['segment']} {one['value']}" for one in told["who"])
        parts.append(_("Hit more than others: %(names)s.") % {"names": names})
    if told["causes"]:
        names = ", ".join(
            _("%(name)s (%(points)s points)") % {"name": one["name"], "points": plain(one["points"], 1)}
            for one in told["causes"]
        )
        parts.append(_("Probable causes: %(names)s.") % {"names": names})
    return " ".join(parts)


def called_by(spec: Spec, taxonomy: Taxonomy) -> str:
    """Return a monitor's name; in the reader's language where it is one that Touchline gave."""
    stage = next((one.name for one in taxonomy.stages if one.id == spec.stage), spec.stage)
    if spec.name == f"JSI of {stage}"[:100]:
        return _("JSI of %(stage)s") % {"stage": stage}
    given = {"Severe items": _("Severe items"), "Silence of a source": _("Silence of a source")}
    return given.get(spec.name, spec.name)


def name_of(spec: Spec) -> str:
    """Return the name of what is watched, as a heading."""
    kind, _sep, name = spec.watch.partition(":")
    named = {
        "negative": _("Negative"), "high_effort": _("High effort"), "unresolved": _("Unresolved"),
        "theme": _("Share of the theme"), "volume": _("Comments a day"), "severe": _("Severe items"),
    }  # fmt: skip
    return _NAMES.get(kind) or (
        str(called("emotion", name)).capitalize() if kind == "emotion" else str(named.get(kind, kind))
    )
