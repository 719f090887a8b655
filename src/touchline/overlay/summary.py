"""What a board should know of a journey, in a few sentences made from figures by templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from touchline.maps.measured import Measure, Overlay
from touchline.maps.model import Map
from touchline.overlay.sentences import Facts, interval, part, passages, say
from touchline.overlay.values import Gap, Gaps, Learned, Priority, Sentence, Story
from touchline.scores.base import LOW_N
from touchline.words import phrase

_MOST: Final = 3
_UNIT: Final = {"csat": " %", "dropoff": " %", "theme": " %"}
_NAMES: Final = {"jsi": "JSI", "nps": "NPS", "csat": "CSAT", "ces": "CES", "dropoff": phrase("drop-off"),
          "dwell": phrase("dwell time")}  # fmt: skip


def summary(
    now: Map,
    measured: Overlay,
    *,
    gaps: Gaps | None = None,
    priorities: Sequence[Priority] = (),
    learned: Sequence[Learned] = (),
) -> Story:
    """Sum a journey up: where it stands, what to close, what to do first, what was learnt.

    Args:
        now: The current map.
        measured: What was measured of it.
        gaps: Against its future map.
        priorities: The best first.
        learned: What came of what was done.

    Returns:
        A story of kind ``summary``; a passage about which nothing is known is left out.
    """
    made: list[tuple[str, Iterable[Sentence], str]] = [
        (phrase("Where the journey stands"), _standing(now, measured), ""),
        (phrase("Where map and data part"), _noticed(measured), ""),
        (phrase("What to close"), _closing(gaps), ""),
        (phrase("What to do first"), _first(priorities), ""),
        (phrase("What was learnt"), _learned(learned), ""),
    ]
    return Story(
        now.id, phrase("{map}: summary", map=now.name), "summary", "", measured.start, measured.end, passages(made)
    )


def _standing(now: Map, measured: Overlay) -> Iterator[Sentence]:
    names = {step.id: step.name for step in now.steps()}
    if measured.start and measured.end:
        yield say(
            "From {start:day} to {end:day}.", "stages", start=measured.start.isoformat(), end=measured.end.isoformat()
        )
    ranked = [
        (one.jsi.value, step)
        for step, one in measured.steps.items()
        if step in names and one.jsi.value is not None and one.jsi.customers >= LOW_N
    ]
    if len(ranked) > 1:
        low, high = min(ranked)[1], max(ranked)[1]
        lowest = phrase("{name} is the lowest of {steps} measured steps: JSI {jsi} ({ends}{n} comments).")
        yield _point(lowest, measured, low, names, len(ranked))
        yield _point(phrase("{name} is the highest: JSI {jsi} ({ends}{n} comments)."), measured, high, names, 0)
    elif ranked:
        only = phrase("Only {name} is measured well enough to be ranked: JSI {jsi} ({ends}{n} comments).")
        yield _point(only, measured, ranked[0][1], names, 0)
    for step, one in measured.steps.items():
        before, after = one.before.get("jsi", Measure()), one.jsi
        if step in names and (change := _sure(before, after)) is not None:
            facts: Facts = {"name": names[step], "points": abs(change), "moved": "rose" if change > 0 else "fell"}
            if change > 0:
                yield say("{name} rose by {points:1} points since the period before.", "stages", step=step, **facts)
            else:
                yield say("{name} fell by {points:1} points since the period before.", "stages", step=step, **facts)
    if measured.validation is not None:
        yield say("Data back {share} % of the map's claims.", "stages", share=100 * measured.validation)


def _point(template: str, measured: Overlay, step: str, names: dict[str, str], steps: int) -> Sentence:
    jsi = measured.steps[step].jsi
    facts: Facts = {"name": names[step], "n": jsi.n, **interval(jsi, "jsi")}
    if steps:
        facts["steps"] = steps
    known = "jsi_low" in facts and "jsi_high" in facts
    parts = {"ends": part("{jsi_low} to {jsi_high}, ", facts) if known else ""}
    return say(template, "stages", step=step, parts=parts, **facts)


def _sure(before: Measure, after: Measure) -> float | None:
    """Return a change whose intervals do not touch; None where it could be chance."""
    if None in (before.value, before.low, before.high, after.value, after.low, after.high):
        return None
    apart = (after.low or 0.0) > (before.high or 0.0) or (after.high or 0.0) < (before.low or 0.0)
    return (after.value or 0.0) - (before.value or 0.0) if apart else None


def _noticed(measured: Overlay) -> Iterator[Sentence]:
    for found in measured.findings[:_MOST]:
        yield say(
            "{title}: {text}", found.question, step=found.step, card=found.card,
            title=found.title,
            text=found.text if found.text.endswith((".", "!", "?")) else phrase("{text}.", text=found.text),
        )  # fmt: skip


def _closing(gaps: Gaps | None) -> Iterator[Sentence]:
    if gaps is None:
        return
    aimed = [row for row in gaps.rows if row.target is not None]
    missed = [row for row in aimed if row.verdict == "missed"]
    if not aimed:
        return
    yield say("{missed} of {targets} targets are surely missed.", "stages", missed=len(missed), targets=len(aimed))
    widest = sorted((row for row in missed if row.metric == "jsi"), key=lambda row: -(row.missing or 0.0))
    for row in widest[:_MOST]:
        yield say(
            "{name}: JSI {now} against a target of {target}.", row.question, step=row.step, name=row.name,
            now=row.now.value or 0.0, target=row.target or 0.0,
        )  # fmt: skip
        yield from _cause(row)


def _cause(row: Gap) -> Iterator[Sentence]:
    if row.cause is None or row.cause.points.value is None:
        return
    facts: Facts = {"theme": row.cause.name, **interval(row.cause.points, "points")}
    known = "points_low" in facts and "points_high" in facts
    parts = {"ends": part(" ({points_low:1} to {points_high:1})", facts) if known else ""}
    yield say("“{theme}” costs that stage {points:1} points{ends}.", "causes", step=row.step, parts=parts, **facts)


def _first(priorities: Sequence[Priority]) -> Iterator[Sentence]:
    ranked = sorted((one for one in priorities if one.rank), key=lambda one: one.rank)
    for one in _once(ranked)[:_MOST]:
        facts: Facts = {"text": one.text, "rank": one.rank, "score": one.score or 0.0}
        known = ""
        if one.whole.value is not None:
            facts |= interval(one.whole, "points")
            ends = "points_low" in facts and "points_high" in facts
            paid = ""
            if one.revenue.value is not None:
                facts |= {"revenue": one.revenue.value, "currency": one.currency}
                paid = part(", and {revenue} {currency}", facts)
            parts = {"ends": part(" ({points_low:1} to {points_high:1})", facts) if ends else "", "paid": paid}
            known = part(": {points:+1} JSI points of the whole journey foretold{ends}{paid}", facts | parts)
        elif one.believed is not None:
            facts["believed"] = one.believed
            known = part(": the team believes in an impact of {believed} of 5; nothing is measured", facts)
        if one.effort is not None:
            facts["effort"] = one.effort
        effort = part("; effort {effort} of 5", facts) if one.effort is not None else ""
        question = one.question if one.basis == "measured" else ""
        yield say(
            "{rank}. “{text}”{known}{effort}.", question, card=one.card, step=one.step,
            parts={"known": known, "effort": effort}, **facts,
        )  # fmt: skip


def _once(ranked: Sequence[Priority]) -> list[Priority]:
    """Leave out what promises the same gain as one before it: a current and a future map often name it both."""
    found: dict[object, Priority] = {}
    for one in ranked:
        found.setdefault((one.stage, one.themes) if one.basis == "measured" else (one.map, one.card), one)
    return list(found.values())


def _learned(learned: Sequence[Learned]) -> Iterator[Sentence]:
    for one in learned:
        if one.outcome not in ("better", "worse") or one.change.value is None:
            continue
        unit = _UNIT.get(one.metric, "")
        what = phrase("the share of its theme") if one.metric == "theme" else _NAMES.get(one.metric, one.metric)
        facts: Facts = {
            "text": one.text, "done": one.done.isoformat(), "what": what, "days": one.days,
            "before": one.before.value or 0.0, "after": one.after.value or 0.0,
        }  # fmt: skip
        yield say(
            "“{text}”, done on {done:day}: {what} was {before:1}{unit} in the {days} days before and {after:1}{unit} "
            "in the {days} days after, surely {outcome}.",
            one.question,
            card=one.card,
            step=one.step,
            parts={
                "unit": unit,
                "outcome": phrase("better") if one.outcome == "better" else phrase("worse"),
            },
            **facts,
            outcome=one.outcome,
        )
