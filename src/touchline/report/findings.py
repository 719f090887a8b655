"""What the data say, in sentences: each made by a rule, and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from touchline.figures.numbers import between, count, half, p_value, percent, places, plain, plus_minus
from touchline.vocabulary.schemas import UNASSIGNED

if TYPE_CHECKING:
    from touchline.report.asked import Asked, Row

SURE: Final = 0.05
_PERHAPS: Final = 0.2  # corrected p up to which a change that is sure alone is worth a word
_MANY_UNASSIGNED: Final = 0.25
_COMPLAINTS: Final = 0.9
_NOBODY: Final = "Whoever owns this stage"


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
        return ("Nobody has said anything yet.",)
    lowest = asked.lowest
    if lowest is None:
        return ("Too few customers have spoken of any one stage to name where the journey breaks.",)
    worst = costliest(asked)
    if worst is None:
        return (f"Every stage is at its target. The lowest is {lowest['name']}, at {_score(lowest)}.",)
    if complaining(asked):
        unhappy = percent(asked.negative)
        return (
            f"{worst['name']} draws most complaints: {_frequent(worst, asked)}.",
            *_named(worst, asked),
            f"{unhappy} of all comments are negative, so that scores hardly differ: here counts say more than points.",
        )
    first = f"{worst['name']} {_standing(worst, asked)}"
    if worst["stage"] == lowest["stage"]:
        return (first, *_because(worst, asked))
    counts = f"on {lowest['n']:,} comments against {worst['n']:,}"
    return (first, *_because(worst, asked), f"{lowest['name']} scores lower still ({_score(lowest)}), but {counts}.")


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
                "Not on a stage",
                (f"{percent(share)} of what customers said is on no sure stage, and is left there rather than guessed.",
                 "Keywords and sources in the taxonomy, or a few corrections, would place it."),
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
            said = f"In {percent(often['prevalence'])} of its comments, {count(often['customers'], 'customer')}."
            return (f"{stage.owner or _NOBODY}: look into “{often['name']}”.", said)
    elif cause is not None:
        theme = asked.taxonomy.theme(cause["theme"])
        known = theme is not None and asked.taxonomy.stage_id(theme.stage) is not None
        born = asked.taxonomy.stage(theme.stage) if theme and known else stage
        owner = born.owner or stage.owner or _NOBODY
        elsewhere = f" It is born at {born.name}." if born.id != stage.id else ""
        verb = "look into" if cause["low_n"] else "take on"
        status = (
            "A first hint from few customers." if cause["low_n"] else "A probable cause until a person confirms it."
        )
        return (
            f"{owner}: {verb} “{cause['name']}”.{elsewhere}",
            f"Expected gain if it is the cause and goes away: {_points(cause['impact'])} on {row['name']} "
            f"({between(cause['low'], cause['high'], 1)}). {status}",
        )
    if row["negative"] and row["jsi"] is not None and row["jsi"] < (row["target"] or asked.gate):
        unhappy = count(round(row["negative"] * row["n"]), "negative comment")
        owner = stage.owner or _NOBODY
        return (f"{owner}: read the {unhappy}.", "No theme in them is carried by enough customers to name a cause.")
    return ("Nothing stands out. Keep listening.",)


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
    return f"the {count((until - since).days + 1, 'day')} before" if since and until else "the period before"


def who_differs(row: Row) -> str:
    """Return for whom a stage is worse or better, and how sure that is."""
    side = "below" if row["difference"] < 0 else "above"
    digits = places(half(row["difference_low"], row["difference_high"]))
    margin = plus_minus(row["difference_low"], row["difference_high"])
    gap = f"{plain(abs(row['difference']), digits)} {margin} points {side} the rest"
    return f"{whom(row)}: JSI {plain(row['jsi'], digits)}, {gap} ({p_value(row['p_adjusted'])})"


def whom(row: Row) -> str:
    """Return a segment's value as people say it: ``region apac``, or ``Consumer disputed? = Yes``."""
    name, value = str(row["segment"]), str(row["value"])
    return f"{name} {value}" if name.isidentifier() and value.isidentifier() else f"{name} = {value}"


def _problem(row: Row, asked: Asked) -> Finding:
    if complaining(asked):
        said = (f"is in {_frequent(row, asked)}.", *_named(row, asked))
        return Finding(row["name"], said, f"{_counts(row)} · JSI {_score(row)}", "bad", row["stage"])
    first = _fell(row, asked) if moved(row) else f"stands at {_score(row)}, {_below_target(row, asked)}."
    worth = f"its distance from target costs the journey about {_points(lost(row, asked))}"
    return Finding(
        row["name"],
        (first, *_because(row, asked, change=False)),
        f"{_counts(row)} · {worth}",
        "bad" if row["jsi"] < asked.at_risk or (moved(row) and row["change"] < 0) else "warn",
        row["stage"],
    )


def _frequent(row: Row, asked: Asked) -> str:
    return f"{percent(row['n'] / asked.facts['n'])} of the {count(asked.facts['n'], 'comment')}"


def _named(row: Row, asked: Asked) -> tuple[str, ...]:
    often = most_often(row["stage"], asked)
    if often is None:
        return ()
    who = count(often["customers"], "customer")
    return (f"Most often: “{often['name']}”, in {percent(often['prevalence'])} of them ({who}).",)


def _standing(row: Row, asked: Asked) -> str:
    others = [other for other in asked.rows if other["n"] and other["stage"] != row["stage"]]
    gap = (asked.facts["jsi"] or row["jsi"]) - row["jsi"]
    if not others or gap < 1:
        return f"costs the journey most: a JSI of {_score(row)}, {_below_target(row, asked)}."
    return f"costs the journey most: a JSI of {_score(row)}, {_points(gap, 0)} below the whole."


def _because(row: Row, asked: Asked, *, change: bool = True) -> tuple[str, ...]:
    """Return since when, for whom and why."""
    said = []
    if change and moved(row):
        said.append(f"It {_fell(row, asked)}")
    elif row["p"] is not None and row["p"] < SURE and row["p_adjusted"] < _PERHAPS:
        verb = "fallen" if row["change"] < 0 else "risen"
        by = _points(abs(row["change"]), 0)
        said.append(
            f"It may have {verb} {by} against {against(asked)} ({p_value(row['p_adjusted'])} after correction)."
        )
    here = [other for other in asked.differing(row["stage"]) if other["difference"] < 0 and not other["low_n"]]
    if here:
        worst = here[0]
        gap = _points(abs(worst["difference"]), 0)
        said.append(f"It is worst for {whom(worst)}: {gap} below the rest ({p_value(worst['p_adjusted'])}).")
    cause = main_cause(row["stage"], asked)
    if cause is not None:
        kind = f"First hint, from {count(cause['customers'], 'customer')}" if cause["low_n"] else "Probable cause"
        worth = f"{_points(cause['impact'])} ({between(cause['low'], cause['high'], 1)})"
        said.append(f"{kind}: “{cause['name']}”, worth {worth}.")
    return tuple(said)


def _fell(row: Row, asked: Asked) -> str:
    verb = "fell" if row["change"] < 0 else "rose"
    margin = half(row["change_low"], row["change_high"])
    now = f"to {_score(row)}"
    return f"{verb} {_points(abs(row['change']), places(margin))} {now} against {against(asked)}."


def _below_target(row: Row, asked: Asked) -> str:
    target = asked.gate if row["target"] is None else row["target"]
    what = "the gate" if row["target"] is None else "its target"
    return f"{plain(target - row['jsi'])} below {what} of {plain(target)}"


def _score(row: Row) -> str:
    margin = half(row["low"], row["high"])
    return f"{plain(row['jsi'], places(margin))} {plus_minus(row['low'], row['high'])}".strip()


def _points(points: float, decimals: int = 1) -> str:
    shown = plain(points, decimals)
    return f"{shown} point" if shown in ("1", "1.0") else f"{shown} points"


def _counts(row: dict[str, Any]) -> str:
    return f"{count(row['n'], 'comment')}, {count(row['customers'], 'customer')}"
