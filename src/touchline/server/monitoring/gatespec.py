"""What it takes to pass a stage: a minimum JSI and further conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal

from touchline.vocabulary.entry import Entry
from touchline.vocabulary.names import nearest

if TYPE_CHECKING:
    from touchline.vocabulary.taxonomy import Taxonomy

GATE_KEYS: Final = (
    "stage",
    "of",
    "minimum",
    "no_severe",
    "fall",
    "voices",
    "heard_days",
    "stages",
    "without",
    "active",
)
OF: Final = ("account", "person")


@dataclass(frozen=True, slots=True)
class GateSpec:
    """What it takes to pass a stage.

    Attributes:
        stage: The stage that the gate stands before.
        of: ``account`` or ``person``.
        minimum: The least standing JSI.
        no_severe: Whether a severe item that still weighs holds.
        fall: How many points the JSI may have fallen in 28 days; 0 does not ask.
        voices: How many people of an account must have spoken; fewer are not enough evidence.
        heard_days: How old the latest word may be; an older one is not enough evidence. 0 does not ask.
        stages: The least standing JSI of single stages.
        without: Share of those held who are let pass by chance, so that the gate's effect can be measured.
        active: Whether it is asked.
    """

    stage: str
    of: Literal["account", "person"] = "account"
    minimum: float = 70.0
    no_severe: bool = True
    fall: float = 0.0
    voices: int = 1
    heard_days: float = 0.0
    stages: tuple[tuple[str, float], ...] = ()
    without: float = 0.0
    active: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {one.name: getattr(self, one.name) for one in fields(self)} | {"stages": dict(self.stages)}

    @classmethod
    def of_dict(cls, told: Mapping[str, Any]) -> GateSpec:
        """Return what `as_dict` told.

        >>> GateSpec.of_dict(GateSpec("renewal", stages=(("support", 50.0),)).as_dict()).stages
        (('support', 50.0),)
        """
        known = {one.name for one in fields(cls)}
        made = {name: value for name, value in told.items() if name in known}
        made["stages"] = tuple(sorted(dict(told.get("stages", {})).items()))
        return cls(**made)


def read_gate(entry: Entry, taxonomy: Taxonomy, minimum: float = 70.0) -> GateSpec:
    """Read a gate; what is wrong goes into the entry's report.

    Args:
        entry: A mapping with `GATE_KEYS`.
        taxonomy: Knows the stages.
        minimum: Where none is given.
    """
    stage = _stage(entry, entry.text("stage", "say before which stage it stands"), taxonomy, entry.line("stage"))
    given = entry.number("minimum", 0, 100)
    voices = entry.number("voices", 1, 1_000)
    return GateSpec(
        stage=stage,
        of=entry.choice("of", OF, "account"),
        minimum=minimum if given is None else given,
        no_severe=entry.choice("no_severe", ("true", "false"), "true") == "true",
        fall=entry.number("fall", 0, 100) or 0.0,
        voices=int(voices or 1),
        heard_days=entry.number("heard_days", 0, 3_650) or 0.0,
        stages=_stages(entry, taxonomy),
        without=entry.number("without", 0, 0.5) or 0.0,
        active=entry.choice("active", ("true", "false"), "true") == "true",
    )


def _stage(entry: Entry, said: str, taxonomy: Taxonomy, line: int) -> str:
    found = taxonomy.stage_id(said) if said else said
    if found is None:
        near = nearest(said, taxonomy.ids)
        todo = f"did you mean {near}?" if near else f"known are {', '.join(taxonomy.ids)}"
        entry.report.add(line, f"{entry.label}: there is no stage {said!r}", todo)
        return said
    return found


def _stages(entry: Entry, taxonomy: Taxonomy) -> tuple[tuple[str, float], ...]:
    node = entry.fields.get("stages")
    if node is None or node.kind == "nothing":
        return ()
    if node.kind != "mapping":
        entry.problem("stages", "stages must be a mapping of stages to their least JSI", "write stages: {support: 50}")
        return ()
    found = []
    for name, value in node.pairs:
        part = Entry("gate", node, {name.text: value}, entry.report)
        least = part.number(name.text, 0, 100)
        found.append((_stage(entry, name.text, taxonomy, name.line), 0.0 if least is None else least))
    return tuple(sorted(found))
