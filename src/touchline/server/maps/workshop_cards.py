"""Notes of a workshop become cards of its map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from touchline.maps import Edit, Map
from touchline.maps.edits import ids
from touchline.maps.kit import kit
from touchline.server.maps.workshop_models import Dot, Note, Workshop


def cards(workshop: Workshop, now: Map, chosen: Sequence[Note]) -> tuple[list[Edit], dict[str, list[Note]]]:
    """Return the edits that make cards of some notes, a card for each heap, and which notes each card is of.

    Args:
        workshop: Where they were written.
        now: The map.
        chosen: The notes, each of a prompt that leads to a lane, and under one of the map's steps.
    """
    taken = ids(now)
    lanes: dict[str, str] = {}
    for lane in now.lanes:
        lanes.setdefault(lane.kind, lane.id)
    heaps: dict[Any, list[Note]] = {}
    for one in chosen:
        heaps.setdefault(("heap", one.heap_id) if one.heap_id else one.pk, []).append(one)
    dots: Counter[int] = Counter(Dot.objects.filter(note__in=chosen).values_list("note_id", flat=True))
    edits: list[Edit] = []
    made: dict[str, list[Note]] = {}
    for those in heaps.values():
        first, kind = those[0], lane_of(those[0])
        if kind not in lanes:
            lanes[kind] = _fresh(f"lane-{kind.replace('_', '-')}", taken.__contains__)
            taken.add(lanes[kind])
            edits.append(Edit("add", "lane", lanes[kind], {"kind": kind}))
        card = _fresh(f"w{workshop.pk}-n{first.pk}", taken.__contains__)
        taken.add(card)
        n = sum(dots[one.pk] for one in those)
        values: dict[str, Any] = {
            "lane": lanes[kind], "step": first.step, "text": first.heap.name if first.heap else first.text,
            "proof": [{"kind": "assumption", "note": f"workshop “{workshop.title}”" + (f", {n} dots" if n else "")}],
        }  # fmt: skip
        if first.heap:
            values["note"] = "\n".join(one.text for one in those)
        if theme := next((one.theme for one in those if one.theme), ""):
            values["theme"] = theme
        edits.append(Edit("add", "card", card, values))
        made[card] = those
    return edits, made


def lane_of(note: Note) -> str:
    """Return the kind of lane that a note's prompt leads to; "" for none."""
    found = next((one for one in kit().exercise(note.exercise).prompts if one.id == note.prompt), None)
    return found.lane if found and found.lane != "emotions" else ""


def _fresh(wanted: str, taken: Callable[[object], bool]) -> str:
    return next(name for at in range(1, 10_000) if not taken(name := wanted if at == 1 else f"{wanted}-{at}"))
