"""What the data say, in sentences: each made by a rule, and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from touchline.figures.names import called
from touchline.figures.numbers import between, count, half, p_value, percent, places, plain, plus_minus
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.words import joined, phrase

if TYPE_CHECKING:
    from touchline.report.asked import Asked, Row

SURE: Final = 0.05
_PERHAPS: Final = 0.2  # corrected p up to which a change that is sure alone is worth a word
_MANY_UNASSIGNED: Final = 0.25
_COMPLAINTS: Final = 0.9
_NOBODY: Final = phrase("Whoever owns this stage")


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding about one stage.

    Attributes:
        about: Name of the stage.
        sentences: What it is.
        known: How it is known, small: counts and what it is worth.
        tone: How it looks.
        stage: Its id; None where it is about the whole.
    """

    about: str
    sentences: tuple[str, ...]
    known: str
    tone: Literal["bad", "warn", "good"]
    stage: str | None = None


def headline(asked: Asked) -> tuple[str, ...]:
    """Return the report's first sentences: which stage loses, by how much, for whom, why, and what that is worth."""
    if asked.empty:
        return (phrase("Nobody has said anything yet."),)
    lowest = asked.lowest
    if lowest is None:
        return (phrase("Too few customers have spoken of any one stage to name where the journey breaks."),)
    worst = costliest(asked)
    if worst is None:
        return (
            phrase(
                "Every stage is at its target. The lowest is {name}, at {lowest}.",
                name=lowest["name"],
                lowest=_score(lowest),
            ),
        )
    if complaining(asked):
        unhappy = percent(asked.negative)
        return (
            phrase("{name} draws most complaints: {frequent}.", name=worst["name"], frequent=_frequent(worst, asked)),
            *_named(worst, asked),
            phrase(
                "{unhappy} of all comments are negative, so that scores hardly differ: here counts "
                "say more than points.",
                unhappy=unhappy,
            ),
        )
    first = phrase("{name} {standing}", name=worst["name"], standing=_standing(worst, asked))
    if worst["stage"] == lowest["stage"]:
        return (first, *_because(worst, asked))
    counts = phrase("on {n} comments against {n2}", n=lowest["n"], n2=worst["n"])
    return (
        first,
        *_because(worst, asked),
        phrase(
            "{name} scores lower still ({lowest}), but {counts}.",
            name=lowest["name"],
            lowest=_score(lowest),
            counts=counts,
        ),
    )


def attention(asked: Asked, limit: int = 3) -> list[Finding]:
    """Return what needs attention: the stages that cost the journey most, then what improved, then what is unplaced."""
    able = [row for row in asked.rows if not row["hidden"] and not row["low_n"]]
    costly = _costly(asked)
    found = [_problem(row, asked) for row in costly[:limit]]
    for row in able:
        if moved(row) and row["change"] > 0 and len(found) < limit and row not in costly[:limit]:
            found.append(Finding(row["name"], (_fell(row, asked),), _counts(row), "good", row["stage"]))
    share = asked.facts["unassigned_share"]
    if len(found) < limit and share and share >= _MANY_UNASSIGNED:
        found.append(
            Finding(
                phrase("Not on a stage"),
                (phrase("{share} of what customers said is on no sure stage, and is left there rather than "
"guessed.", share=percent(share)),
                 phrase("Keywords and sources in the taxonomy, or a few corrections, would place it.")),
                _counts(next(row for row in asked.stages.to_dicts() if row["stage"] == UNASSIGNED)),
                "warn",
            )
        )  # fmt: skip
    return found


def advice(row: Row, asked: Asked) -> tuple[str, ...]:
    """Return what to do about a stage: whom to ask to take on what, and what it is worth."""
    stage = asked.taxonomy.stage(row["stage"])
    cause = main_cause(row["stage"], asked)
    if complaining(asked):
        often = most_often(row["stage"], asked)
        if often is not None:
            said = phrase(
                "In {prevalence} of its comments, {customers}.",
                prevalence=percent(often["prevalence"]),
                customers=count(often["customers"], "customer"),
            )
            return (phrase("{owner}: look into “{name}”.", owner=stage.owner or _NOBODY, name=often["name"]), said)
    elif cause is not None:
        theme = asked.taxonomy.theme(cause["theme"])
        known = theme is not None and asked.taxonomy.stage_id(theme.stage) is not None
        born = asked.taxonomy.stage(theme.stage) if theme and known else stage
        owner = born.owner or stage.owner or _NOBODY
        first = phrase("{owner}: look into “{name}”.", owner=owner, name=cause["name"])
        if not cause["low_n"]:
            first = phrase("{owner}: take on “{name}”.", owner=owner, name=cause["name"])
        if born.id != stage.id:
            first = joined(" ", [first, phrase("It is born at {name}.", name=born.name)])
        status = (
            phrase("A first hint from few customers.")
            if cause["low_n"]
            else phrase("A probable cause until a person confirms it.")
        )
        return (
            first,
            phrase(
                "Expected gain if it is the cause and goes away: {points} on {name} ({low}). {status}",
                points=_points(cause["impact"]),
                name=row["name"],
                low=between(cause["low"], cause["high"], 1),
                status=status,
            ),
        )
    if row["negative"] and row["jsi"] is not None and row["jsi"] < (row["target"] or asked.gate):
        unhappy = count(round(row["negative"] * row["n"]), "negative comment")
        owner = stage.owner or _NOBODY
        return (
            phrase("{owner}: read the {unhappy}.", owner=owner, unhappy=unhappy),
            phrase("No theme in them is carried by enough customers to name a cause."),
        )
    return (phrase("Nothing stands out. Keep listening."),)


def complaining(asked: Asked) -> bool:
    """Say whether nearly every comment is negative, as in a file of complaints: then no score tells stages apart."""
    return asked.negative is not None and asked.negative >= _COMPLAINTS


def main_cause(stage: str, asked: Asked) -> Row | None:
    """Return the probable cause that is worth most at a stage, if that is more than chance.

    One that rests on fewer than 30 customers (``low_n``) is returned only where there is no surer one: a hint.
    """
    causes = [row for row in asked.of(asked.causes, stage) if row["low"] > 0]
    return max(causes, key=lambda row: (not row["low_n"], float(row["impact"])), default=None)


def most_often(stage: str, asked: Asked) -> Row | None:
    """Return the theme that most of a stage's comments carry."""
    return max(asked.of(asked.causes, stage), key=lambda row: float(row["prevalence"]), default=None)


def costliest(asked: Asked) -> Row | None:
    """Return the stage that costs the journey most; None where every stage is at its target.

    The lowest score on a handful of comments costs less than a low one on many (see `lost`).
    """
    return next(iter(_costly(asked)), None)


def _costly(asked: Asked) -> list[Row]:
    able = [row for row in asked.rows if not row["hidden"] and not row["low_n"] and lost(row, asked) > 0]
    return sorted(able, key=lambda row: -lost(row, asked))


def lost(row: Row, asked: Asked) -> float:
    """Return about how many points of the whole journey's JSI a stage costs by missing its target.

    Its share of the comments times its distance from the target; severities and roles are left out.
    """
    if row["jsi"] is None or not asked.facts["n"]:
        return 0.0
    target = asked.gate if row["target"] is None else float(row["target"])
    return max(0.0, target - float(row["jsi"])) * float(row["n"]) / float(asked.facts["n"])


def moved(row: Row) -> bool:
    """Say whether a stage's change is more than chance, after correction."""
    p = row["p_adjusted"]
    return row["change"] is not None and p is not None and p < SURE and not row["low_n"]


def against(asked: Asked) -> str:
    """Return what a change is against: ``the 56 days before``."""
    since, until = asked.facts["previous_since"], asked.facts["previous_until"]
    return (
        phrase("the {days} before", days=count((until - since).days + 1, "day"))
        if since and until
        else phrase("the period before")
    )


def who_differs(row: Row) -> str:
    """Return for whom a stage is worse or better, and how sure that is."""
    digits = places(half(row["difference_low"], row["difference_high"]))
    margin = plus_minus(row["difference_low"], row["difference_high"])
    apart = plain(abs(row["difference"]), digits)
    gap = (
        phrase("{apart} {margin} points below the rest", apart=apart, margin=margin)
        if row["difference"] < 0
        else phrase("{apart} {margin} points above the rest", apart=apart, margin=margin)
    )
    return phrase(
        "{whom}: JSI {jsi}, {gap} ({p_adjusted})",
        whom=whom(row),
        jsi=plain(row["jsi"], digits),
        gap=gap,
        p_adjusted=p_value(row["p_adjusted"]),
    )


def whom(row: Row) -> str:
    """Return a segment's value as people say it: ``region APAC``, or ``Consumer disputed? = Yes``."""
    name, value = str(row["segment"]), str(row["value"])
    return f"{name} {called(value)}" if name.isidentifier() and value.isidentifier() else f"{name} = {value}"


def _problem(row: Row, asked: Asked) -> Finding:
    if complaining(asked):
        said = (phrase("is in {frequent}.", frequent=_frequent(row, asked)), *_named(row, asked))
        return Finding(
            row["name"], said, phrase("{counts} · JSI {row}", counts=_counts(row), row=_score(row)), "bad", row["stage"]
        )
    first = (
        _fell(row, asked)
        if moved(row)
        else phrase("stands at {row}, {below_target}.", row=_score(row), below_target=_below_target(row, asked))
    )
    worth = phrase("its distance from target costs the journey about {points}", points=_points(lost(row, asked)))
    return Finding(
        row["name"],
        (first, *_because(row, asked, change=False)),
        joined(" · ", [_counts(row), worth]),
        "bad" if row["jsi"] < asked.at_risk or (moved(row) and row["change"] < 0) else "warn",
        row["stage"],
    )


def _frequent(row: Row, asked: Asked) -> str:
    return phrase(
        "{n} of the {comments}", n=percent(row["n"] / asked.facts["n"]), comments=count(asked.facts["n"], "comment")
    )


def _named(row: Row, asked: Asked) -> tuple[str, ...]:
    often = most_often(row["stage"], asked)
    if often is None:
        return ()
    who = count(often["customers"], "customer")
    return (
        phrase(
            "Most often: “{name}”, in {prevalence} of them ({who}).",
            name=often["name"],
            prevalence=percent(often["prevalence"]),
            who=who,
        ),
    )


def _standing(row: Row, asked: Asked) -> str:
    others = [other for other in asked.rows if other["n"] and other["stage"] != row["stage"]]
    gap = (asked.facts["jsi"] or row["jsi"]) - row["jsi"]
    if not others or gap < 1:
        return phrase(
            "costs the journey most: a JSI of {row}, {below_target}.",
            row=_score(row),
            below_target=_below_target(row, asked),
        )
    return phrase(
        "costs the journey most: a JSI of {row}, {points} below the whole.", row=_score(row), points=_points(gap, 0)
    )


def _because(row: Row, asked: Asked, *, change: bool = True) -> tuple[str, ...]:
    """Return since when, for whom and why."""
    said = []
    if change and moved(row):
        said.append(phrase("It {fell}", fell=_fell(row, asked)))
    elif row["p"] is not None and row["p"] < SURE and row["p_adjusted"] < _PERHAPS:
        by, before, p = _points(abs(row["change"]), 0), against(asked), p_value(row["p_adjusted"])
        said.append(
            phrase("It may have fallen {by} against {before} ({p} after correction).", by=by, before=before, p=p)
            if row["change"] < 0
            else phrase("It may have risen {by} against {before} ({p} after correction).", by=by, before=before, p=p)
        )
    here = [other for other in asked.differing(row["stage"]) if other["difference"] < 0 and not other["low_n"]]
    if here:
        worst = here[0]
        gap = _points(abs(worst["difference"]), 0)
        said.append(
            phrase(
                "It is worst for {whom}: {gap} below the rest ({p_adjusted}).",
                whom=whom(worst),
                gap=gap,
                p_adjusted=p_value(worst["p_adjusted"]),
            )
        )
    cause = main_cause(row["stage"], asked)
    if cause is not None:
        kind = (
            phrase("First hint, from {customers}", customers=count(cause["customers"], "customer"))
            if cause["low_n"]
            else phrase("Probable cause")
        )
        points, ends = _points(cause["impact"]), between(cause["low"], cause["high"], 1)
        said.append(
            phrase(
                "{kind}: “{name}”, worth {points} ({ends}).", kind=kind, name=cause["name"], points=points, ends=ends
            )
        )
    return tuple(said)


def _fell(row: Row, asked: Asked) -> str:
    margin = half(row["change_low"], row["change_high"])
    by, now, before = _points(abs(row["change"]), places(margin)), _score(row), against(asked)
    if row["change"] < 0:
        return phrase("fell {by} to {now} against {before}.", by=by, now=now, before=before)
    return phrase("rose {by} to {now} against {before}.", by=by, now=now, before=before)


def _below_target(row: Row, asked: Asked) -> str:
    target = asked.gate if row["target"] is None else row["target"]
    by, of = plain(target - row["jsi"]), plain(target)
    if row["target"] is None:
        return phrase("{by} below the gate of {of}", by=by, of=of)
    return phrase("{by} below its target of {of}", by=by, of=of)


def _score(row: Row) -> str:
    margin = half(row["low"], row["high"])
    shown = (plain(row["jsi"], places(margin)), plus_minus(row["low"], row["high"]))
    return joined(" ", [part for part in shown if part])


def _points(points: float, decimals: int = 1) -> str:
    shown = plain(points, decimals)
    return phrase("{shown} point", shown=shown) if shown in ("1", "1.0") else phrase("{shown} points", shown=shown)


def _counts(row: dict[str, Any]) -> str:
    return joined(", ", [count(row["n"], "comment"), count(row["customers"], "customer")])
