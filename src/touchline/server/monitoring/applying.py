"""Monitors and gates as a file or a request says them, and what becomes of those that are there."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from touchline.errors import InputError
from touchline.server.monitoring.gatespec import GATE_KEYS, GateSpec, read_gate
from touchline.server.monitoring.models import Gate, Monitor, Watch
from touchline.server.monitoring.spec import KEYS, Spec, read
from touchline.vocabulary.entry import Entry
from touchline.vocabulary.problems import Problem, Report
from touchline.vocabulary.tree import read_tree
from touchline.words import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from touchline.vocabulary.taxonomy import Taxonomy

_TOP: Final = ("budget", "monitors", "gates")
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file says.

    Attributes:
        monitors: What is watched.
        gates: What holds.
        budget: False alarms a month; None where nothing is said.
    """

    monitors: tuple[Spec, ...]
    gates: tuple[GateSpec, ...]
    budget: float | None


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, by name."""

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def plan(
    text: str, where: str, taxonomy: Taxonomy, knows: Mapping[str, tuple[str, ...]], minimum: float = 70.0
) -> Plan:
    """Read monitors and gates from YAML (or JSON, which is YAML).

    Args:
        text: The file's text.
        where: Its name, for errors.
        taxonomy: Knows stages, touchpoints and themes.
        knows: What is in the data (`known_in`); empty where it cannot be told.
        minimum: A gate's, where none is given.

    Raises:
        InputError: Everything that is wrong, each with its line and field.
    """
    tree = read_tree(text, where)
    if isinstance(tree, Problem):
        raise _wrong([tree])
    report = Report(where)
    top = Entry.of(tree, "file", _TOP, report)
    entries = top.entries("monitors", "monitor", KEYS)
    monitors = [read(entry, taxonomy, knows) for entry in entries]
    lines: dict[str, int] = {}
    for spec, entry in zip(monitors, entries, strict=True):
        if spec.name in lines:
            report.add(
                entry.line("name"),
                f"two monitors are named {spec.name!r} (first in line {lines[spec.name]})",
                "name one anew",
            )
        lines.setdefault(spec.name, entry.line("name"))
    gates, places = [], set()
    for entry in top.entries("gates", "gate", GATE_KEYS):
        spec_ = read_gate(entry, taxonomy, minimum)
        if (spec_.stage, spec_.of) in places:
            report.add(entry.line("stage"), f"there are two gates for {spec_.of}s before {spec_.stage!r}", "remove one")
        places.add((spec_.stage, spec_.of))
        gates.append(spec_)
    budget = top.number("budget", 0.01, 1_000)
    if report.problems:
        raise _wrong(report.problems)
    return Plan(tuple(monitors), tuple(gates), budget)


def one_monitor(told: Mapping[str, Any], taxonomy: Taxonomy, knows: Mapping[str, tuple[str, ...]]) -> Spec:
    """Read a monitor from a form or a request.

    Raises:
        InputError: Everything that is wrong with it.
    """
    return plan(json.dumps({"monitors": [_plain(told)]}), "monitor", taxonomy, knows).monitors[0]


def one_gate(told: Mapping[str, Any], taxonomy: Taxonomy, minimum: float) -> GateSpec:
    """Read a gate from a form or a request.

    Raises:
        InputError: Everything that is wrong with it.
    """
    return plan(json.dumps({"gates": [_plain(told)]}), "gate", taxonomy, {}, minimum).gates[0]


def _plain(told: Any) -> Any:
    """Return what was told as texts, lists and mappings; what is empty is left out."""
    if isinstance(told, dict):
        return {key: _plain(value) for key, value in told.items() if value not in (None, "", [], {})}
    if isinstance(told, list | tuple):
        return [_plain(value) for value in told]
    if isinstance(told, bool):
        return "true" if told else "false"
    return told if isinstance(told, str) else f"{told:g}" if isinstance(told, int | float) else str(told)


def _wrong(problems: list[Problem]) -> InputError:
    ordered = sorted(problems, key=lambda one: one.line)
    if len(ordered) == 1 or ordered[0].where in ("monitor", "gate"):
        where = ordered[0].where if ordered[0].where in ("monitor", "gate") else ordered[0].place
        first = "; ".join(one.what for one in ordered)
        return InputError(first, where=where, todo=ordered[0].todo)
    more = f"\nand {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else ""
    told = "\n".join(str(one) for one in ordered[:_SHOWN])
    return InputError(
        phrase("{n} things are wrong:\n{told}{more}", n=str(len(ordered)), told=str(told), more=str(more)),
        where=ordered[0].where,
    )


def apply(slug: str, wanted: Plan, *, by: str, origin: str = "file", prune: bool = False) -> Done:
    """Make a workspace's monitors and gates what a plan says; said twice, the second time changes nothing.

    Args:
        slug: The workspace.
        wanted: The plan.
        by: Who says so.
        origin: Where it was said.
        prune: Whether to remove those that came from a file and are in it no more.
    """
    did: dict[str, list[str]] = {"created": [], "changed": [], "unchanged": []}
    removed: list[str] = []
    with transaction.atomic():
        for spec in wanted.monitors:
            verb = set_monitor(slug, spec, by=by, origin=origin)
            did[verb].append(spec.name)
        for gate in wanted.gates:
            verb = set_gate(slug, gate, by=by, origin=origin)
            did[verb].append(f"gate {gate.stage} ({gate.of})")
        if wanted.budget is not None:
            Watch.objects.get_or_create(workspace=slug, defaults={"since": timezone.now()})
            Watch.objects.filter(workspace=slug).update(budget=wanted.budget)
        if prune:
            removed = _pruned(slug, wanted, origin)
    return Done(**{verb: tuple(names) for verb, names in did.items()}, removed=tuple(removed))


def _pruned(slug: str, wanted: Plan, origin: str) -> list[str]:
    names = {spec.name for spec in wanted.monitors}
    old = [one for one in Monitor.objects.filter(workspace=slug, origin=origin) if one.name not in names]
    gates = {(gate.stage, gate.of) for gate in wanted.gates}
    past = [one for one in Gate.objects.filter(workspace=slug, origin=origin) if (one.stage, one.of) not in gates]
    for one in (*old, *past):
        one.delete()
    return [*(one.name for one in old), *(f"gate {one.stage} ({one.of})" for one in past)]


def set_monitor(slug: str, spec: Spec, *, by: str, origin: str, before: str = "") -> str:
    """Create or change a monitor; return ``created``, ``changed`` or ``unchanged``.

    Args:
        slug: The workspace.
        spec: What it watches.
        by: Who says so.
        origin: Where.
        before: Its name before, where it is renamed.

    Raises:
        InputError: Another one has the name.
    """
    found = Monitor.objects.filter(workspace=slug, name=before or spec.name).first()
    if before and before != spec.name and Monitor.objects.filter(workspace=slug, name=spec.name).exists():
        raise InputError(
            phrase("there is a monitor {name} already", name=repr(spec.name)),
            where="name",
            todo=phrase("give another name"),
        )
    if found is None:
        Monitor.objects.create(
            workspace=slug, name=spec.name, spec=spec.as_dict(), origin=origin, active=spec.active, changed_by=by
        )
        return "created"
    if found.spec == spec.as_dict() and found.active == spec.active:
        return "unchanged"
    if not _same_watch(Spec.of(found.spec), spec):
        found.state = {}  # it looks at something else, and has to learn that past
    found.name, found.spec, found.active, found.origin, found.changed_by = (
        spec.name, spec.as_dict(), spec.active, origin, by,
    )  # fmt: skip
    found.save()
    return "changed"


def _same_watch(one: Spec, other: Spec) -> bool:
    """Tell whether two monitors see the same and judge alike; who looks after them does not matter."""
    bare = {
        "name": "", "owner": "", "days": (), "start": "", "end": "", "escalate_hours": 0.0, "escalate_to": "",
        "active": True,
    }  # fmt: skip
    return replace(one, **bare) == replace(other, **bare)  # type: ignore[arg-type]


def set_gate(slug: str, spec: GateSpec, *, by: str, origin: str) -> str:
    """Create or change a gate; return ``created``, ``changed`` or ``unchanged``."""
    found = Gate.objects.filter(workspace=slug, stage=spec.stage, of=spec.of).first()
    if found is None:
        Gate.objects.create(
            workspace=slug, stage=spec.stage, of=spec.of, spec=spec.as_dict(), origin=origin, active=spec.active,
            changed_by=by,
        )  # fmt: skip
        return "created"
    if found.spec == spec.as_dict() and found.active == spec.active:
        return "unchanged"
    found.spec, found.active, found.origin, found.changed_by = spec.as_dict(), spec.active, origin, by
    found.save()
    return "changed"


def known_in(local: Any) -> dict[str, tuple[str, ...]]:
    """Return what is in the data, for checking: channels, sources, touchpoints, themes, and segments' values."""
    from touchline.scores.filtering import values

    warehouse = local.workspace.asked
    found = {name: values(warehouse, name) for name in ("channel", "source", "touchpoint", "theme")}
    return found | {f"seg_{name}": values(warehouse, f"seg_{name}") for name in warehouse.segments()}
