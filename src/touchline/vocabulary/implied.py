"""Which stages a record implies by its source, programme, touchpoint, event and channel, before any text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from touchline.vocabulary.model import Stage
from touchline.vocabulary.names import fold, spellings

#: How sure each way of implying a stage is.
LISTED: Final = 1.0
NAMED: Final = 0.9
HINTED: Final = 0.3


@dataclass(frozen=True, slots=True)
class Implications:
    """What implies what, by folded name.

    Attributes:
        sources: Source or programme to the stages that list it.
        events: Event to the stages that list it.
        touchpoints: Touchpoint id or name to its stage.
        channels: Channel to the stages that it hints at.
        names: Id, name or alias of a stage to the stage.
        places: Source, programme or event to the ids of the touchpoints that list it, each with its stage.
    """

    sources: Mapping[str, tuple[str, ...]]
    events: Mapping[str, tuple[str, ...]]
    touchpoints: Mapping[str, tuple[str, ...]]
    channels: Mapping[str, tuple[str, ...]]
    names: Mapping[str, tuple[str, ...]]
    places: Mapping[tuple[str, str], tuple[tuple[str, str], ...]]

    @classmethod
    def of(cls, stages: Iterable[Stage]) -> Implications:
        """Collect what the stages and their touchpoints list."""
        places: dict[tuple[str, str], dict[tuple[str, str], None]] = {}
        sources: list[tuple[str, str]] = []
        events: list[tuple[str, str]] = []
        touchpoints: list[tuple[str, str]] = []
        channels: list[tuple[str, str]] = []
        names: list[tuple[str, str]] = []
        for stage in stages:
            sources += [(source, stage.id) for source in stage.sources]
            events += [(event, stage.id) for event in stage.events]
            channels += [(channel, stage.id) for channel in stage.channels]
            names += [(name, stage.id) for name in (stage.id, stage.name, *stage.aliases)]
            for sub_stage in stage.sub_stages:
                for touchpoint in sub_stage.touchpoints:
                    sources += [(source, stage.id) for source in touchpoint.sources]
                    events += [(event, stage.id) for event in touchpoint.events]
                    touchpoints += [(name, stage.id) for name in (touchpoint.id, touchpoint.name)]
                    for kind, listed in (("source", touchpoint.sources), ("event", touchpoint.events)):
                        for name in listed:
                            places.setdefault((kind, fold(name)), {})[stage.id, touchpoint.id] = None
        return cls(
            _grouped(sources),
            _grouped(events),
            _grouped(touchpoints),
            _grouped(channels),
            _grouped(names),
            {key: tuple(found) for key, found in places.items()},
        )

    def touchpoints_of(self, *, source: str | None, programme: str | None, event: str | None) -> dict[str, str]:
        """Return by stage the only touchpoint that lists the programme, else the source, else the event."""
        found: dict[str, str] = {}
        for kind, name in (("source", programme), ("source", source), ("event", event)):
            here: dict[str, set[str]] = {}
            for form in spellings(name) if name else ():
                for stage, touchpoint in self.places.get((kind, form), ()):
                    here.setdefault(stage, set()).add(touchpoint)
            for stage, touchpoints in here.items():
                if len(touchpoints) == 1:
                    found.setdefault(stage, touchpoints.pop())
        return found

    def of_record(
        self,
        *,
        channel: str | None,
        source: str | None,
        touchpoint: str | None,
        programme: str | None,
        event: str | None,
    ) -> dict[str, float]:
        """Return each implied stage with the strength of its strongest implication."""
        strengths: dict[str, float] = {}

        def imply(stages: Iterable[str], strength: float) -> bool:
            found = False
            for stage in stages:
                strengths[stage] = max(strength, strengths.get(stage, 0.0))
                found = True
            return found

        for name, listed in (
            (source, self.sources),
            (programme, self.sources),
            (event, self.events),
            (touchpoint, self.touchpoints),
        ):
            if not name:
                continue
            forms = spellings(name)
            # A listed name is not also read word by word: pre_purchase_survey may be of consideration.
            if not any(imply(listed.get(form, ()), LISTED) for form in forms):
                for form in forms:
                    imply(self._named_in(form), NAMED)
        if channel:
            for form in spellings(channel):
                imply(self.channels.get(form, ()), HINTED)
        return strengths

    def _named_in(self, text: str) -> set[str]:
        """Return the stages whose names stand in the folded text as whole words, the longest name winning."""
        padded = f"_{text}_"
        spans = [
            (start, start + len(name), stages)
            for name, stages in self.names.items()
            if (start := padded.find(f"_{name}_")) >= 0
        ]
        return {
            stage
            for start, end, stages in spans
            if not any(s <= start and end <= e and (s, e) != (start, end) for s, e, _ in spans)
            for stage in stages
        }


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, dict[str, None]] = {}
    for name, stage in pairs:
        groups.setdefault(fold(name), {})[stage] = None
    return {name: tuple(stages) for name, stages in groups.items()}
