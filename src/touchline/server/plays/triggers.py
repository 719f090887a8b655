"""Which plays something starts: pure functions of what was said and what is known."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from touchline.server.plays.reading import Known, Sign
from touchline.server.plays.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Start:
    """A reason to start a play for a customer.

    Attributes:
        person: The customer's key.
        key: Names it: the same starts nothing twice.
        why: In a sentence, as people read it.
        stage: What it is about; empty for nothing.
        theme: The theme; empty for none.
    """

    person: int
    key: str
    why: str
    stage: str = ""
    theme: str = ""


def of_sign(recipe: Recipe, sign: Sign) -> Start | None:
    """Return the reason that something said is for a play, or None."""
    trigger = recipe.trigger
    if trigger.on not in ("answer", "severe") or sign.s >= 0 or not _about(recipe, sign.stage, sign.theme):
        return None
    if trigger.on == "severe":
        if sign.severity < trigger.severity:
            return None
        return Start(sign.person, f"severe/{sign.key}", "Said something severe", sign.stage, sign.theme)
    if trigger.kinds and not set(trigger.kinds) & set(sign.kinds):
        return None
    what = " and ".join(kind.upper() for kind in sign.kinds if not trigger.kinds or kind in trigger.kinds)
    why = f"Gave a bad mark ({what})" if what else "Was unhappy"
    return Start(sign.person, f"said/{sign.key}", why, sign.stage, sign.theme)


def of_standing(
    recipe: Recipe, person: int, now: tuple[float, float] | None, before: tuple[float, float] | None, key: str
) -> Start | None:
    """Return the reason that a customer's standing is for a play, or None.

    Args:
        recipe: The play.
        person: The customer's key.
        now: Their JSI, and its effective number of touches.
        before: The same as many days ago as the play says.
        key: Names what they said last.
    """
    trigger = recipe.trigger
    if now is None or now[1] < 2:  # one touch is no standing
        return None
    if trigger.on == "jsi_below" and now[0] < trigger.below:
        return Start(person, f"below/{key}", f"Their JSI is {now[0]:.0f}, below {trigger.below:g}", recipe.stage)
    if trigger.on == "jsi_falls" and before is not None and before[0] - now[0] >= trigger.by:
        fell = before[0] - now[0]
        return Start(
            person, f"falls/{key}", f"Their JSI fell {fell:.0f} points in {trigger.within} days", recipe.stage
        )  # fmt: skip
    return None


def of_alert(recipe: Recipe, body: Mapping[str, object]) -> bool:
    """Tell whether an alert is for a play."""
    causes = body.get("causes")
    theme = str(causes[0]) if isinstance(causes, list) and causes else ""
    return recipe.trigger.on == "alert" and _about(recipe, str(body.get("stage") or ""), theme)


def of_gate(recipe: Recipe, body: Mapping[str, object]) -> bool:
    """Tell whether a gate's answer is for a play."""
    held = recipe.trigger.on == "gate" and body.get("result") == "hold"
    return held and (not recipe.trigger.stages or body.get("stage") in recipe.trigger.stages)


def _about(recipe: Recipe, stage: str, theme: str) -> bool:
    stages, themes = recipe.trigger.stages, recipe.trigger.themes
    return (not stages or stage in stages) and (not themes or theme in themes)


def is_for(recipe: Recipe, known: Known) -> bool:
    """Tell whether a customer has what a play asks of them."""
    return all(known.segments.get(name) in values for name, values in recipe.segments)


def held_out(key: bytes, play: str, person: int, share: float) -> bool:
    """Tell whether a customer belongs to those for whom a play does nothing: by a keyed hash, for ever the same.

    >>> many = [held_out(b"k", "detractors", person, 0.1) for person in range(10_000)]
    >>> sum(many)
    1003
    """
    digest = hmac.digest(key, f"play\x1f{play}\x1f{person}".encode(), hashlib.sha256)
    return int.from_bytes(digest[:8], "big") / 2**64 < share


def once_each(starts: Sequence[Start]) -> list[Start]:
    """Return the first reason of each customer, in order."""
    seen: set[int] = set()
    kept = []
    for one in starts:
        if one.person not in seen:
            seen.add(one.person)
            kept.append(one)
    return kept
