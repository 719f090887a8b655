"""What most detectors do alike: `step` is the first alarm of `run`, the clock and a family add nothing."""

from __future__ import annotations

from typing import ClassVar

from touchline.detection.base import Alarm, Evidence, State
from touchline.errors import QuestionError


class Stepping:
    """The part of `Detector` that follows from ``run``."""

    kind: ClassVar[str]

    def run(self, state: State, evidence: Evidence) -> tuple[State, list[Alarm]]:
        """Return the state after some evidence, in order of arrival, and every alarm in it."""
        raise NotImplementedError

    def step(self, state: State, evidence: Evidence) -> tuple[State, Alarm | None]:
        """Return the state after some evidence, and the first alarm in it."""
        state, alarms = self.run(state, evidence)
        return state, alarms[0] if alarms else None

    def tick(self, state: State, now: int) -> tuple[State, Alarm | None]:
        """Return the state at a moment; here the clock alone brings no alarm."""
        return state, None

    def standing(self, state: State) -> float:
        """Return 0: this detector takes no part in a family."""
        return 0.0

    def fire(self, state: State, now: int) -> tuple[State, Alarm]:
        """Refuse: this detector takes no part in a family."""
        raise QuestionError(f"a {self.kind} detector takes no part in a family of monitors", where="fire")
