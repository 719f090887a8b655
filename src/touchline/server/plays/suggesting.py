"""The next best action for a customer: which play fits, and what it was measured to do.

A play fits where its conditions hold, where its stage and its cause are those of what the customer last complained of
(or where it is for any), and where its limits let it start. Plays whose effect is known come first, by the lower end of
the interval of what they recover above those held out: a large effect that may be chance stands behind a sure one. What
has done harm for sure (the whole interval is below 0) is not suggested.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from touchline.server.plays import effect as effects
from touchline.server.plays import reading, recipe, running, triggers
from touchline.server.plays.models import Play, Run

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.plays.effect import Value
    from touchline.server.plays.reading import Known
    from touchline.server.plays.recipe import Recipe
    from touchline.server.workspaces.facade import Held

_MOST: Final = 5
_LAST: Final = """
SELECT stage, theme FROM touches SEMI JOIN wanted USING (customer_key) WHERE s < 0
ORDER BY occurred_at DESC, severity DESC, stage LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A play for a customer.

    Attributes:
        play: Its name in addresses.
        name: What people call it.
        why: Why it fits, in a sentence.
        active: Whether it is on.
        recovered: Share recovered above those held out, with its interval; no value where too few runs are over.
        runs: How many of its runs are over, on the smaller side.
    """

    play: str
    name: str
    why: str
    active: bool
    recovered: Value
    runs: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        measured = self.recovered.value is not None
        return {
            "play": self.play, "name": self.name, "why": self.why, "active": self.active, "measured": measured,
            "recovered": self.recovered.value, "low": self.recovered.low, "high": self.recovered.high, "n": self.runs,
        }  # fmt: skip


def suggested(held: Held, ref: str, now: datetime | None = None) -> list[Suggestion]:
    """Return what is suggested for a customer, the best first; nothing for somebody who is not known.

    Args:
        held: The workspace.
        ref: The customer's reference. Whether the reader may see them is the caller's to ask.
        now: The time.
    """
    moment = now or timezone.now()
    person, who, stage, theme = held.ask(lambda local: _known(local, ref, moment))
    if who is None:
        return []
    found = []
    for play in Play.objects.filter(workspace=held.slug):
        said = recipe.read(play.text, play.slug)
        if _fits(said, who, stage, theme) and running.within(play, said, person, moment):
            found.append((play, said))
    made = []
    for play, said in found:
        measured = effects.effect(held, play).recovered.difference if Run.objects.filter(play=play).exists() else None
        value = measured or effects.Value(0)
        if value.high is not None and value.high < 0:
            continue
        made.append(Suggestion(play.slug, said.name, _why(said, stage, theme), play.active, value, value.n))
    return sorted(made, key=lambda one: (one.recovered.low is None, -(one.recovered.low or 0), one.play))[:_MOST]


def _known(local: Local, ref: str, now: datetime) -> tuple[int, Known | None, str, str]:
    warehouse = local.workspace.warehouse
    people = reading.people_of(warehouse, [ref])
    if not people:
        return 0, None, "", ""
    who = reading.known(warehouse, people, now, local.workspace.settings.score.half_life_person).get(people[0])
    with warehouse.given(wanted=reading.wanted(people[:1])):
        (last,) = warehouse.fetch(_LAST).to_pylist() or [{}]
    return people[0], who, last.get("stage") or "", last.get("theme") or ""


def _fits(said: Recipe, who: Known, stage: str, theme: str) -> bool:
    right = (not said.stage or said.stage == stage) and (not said.cause or said.cause == theme)
    asked = not said.trigger.stages or stage in said.trigger.stages
    return right and asked and triggers.is_for(said, who)


def _why(said: Recipe, stage: str, theme: str) -> str:
    if said.cause:
        return f"They complained of {theme.replace('_', ' ')}"
    return f"They were unhappy about {stage.replace('_', ' ')}" if stage and said.stage else "It is for any complaint"
