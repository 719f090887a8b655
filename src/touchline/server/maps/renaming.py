"""A persona that gets another name gets it in the maps too, each with a word of it in its history."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from touchline.errors import NotAllowed
from touchline.maps import Edit, Map
from touchline.maps.plain import to_plain
from touchline.server.maps import keeping
from touchline.server.maps.models import Picture, Sheet
from touchline.server.maps.workshop_models import Workshop


def rename_persona(workspace: str, was: str, name: str, by: str) -> tuple[list[str], list[str]]:
    """Give a persona another name in every map, also those that are put away, and in the workshops.

    Args:
        workspace: The workspace's slug.
        was: What it was called.
        name: What it is called now.
        by: Who renamed it.

    Returns:
        The names of the maps that were changed, and of those that keep the old name: they may see those and not
        change them. A map that they may not see keeps it too.
    """
    changed: list[str] = []
    left: list[str] = []
    with transaction.atomic():
        rows = Sheet.objects.select_for_update().filter(workspace=workspace)
        list(rows.values_list("pk", flat=True))  # nobody changes one meanwhile
        for kept in (*keeping.everyone(workspace), *keeping.everyone(workspace, archived=True)):
            edits = renamed(kept.map, was, name)
            if not edits:
                continue
            try:
                keeping.change(workspace, kept.map.id, kept.version, edits, by, f"the persona “{was}” is “{name}” now")
            except NotAllowed:
                left.append(kept.map.name)
            else:
                changed.append(kept.map.name)
        Workshop.objects.filter(workspace=workspace, persona=was).update(persona=name)
        if not Picture.objects.filter(workspace=workspace, persona=name).exists():
            Picture.objects.filter(workspace=workspace, persona=was).update(persona=name)
    return changed, left


def renamed(now: Map, was: str, name: str) -> list[Edit]:
    """Return the edits that give a persona another name in a map: among its personas, in beliefs, lanes and cards.

    Where the map knew both names, what was believed of the new one stays.

    >>> renamed(Map("m", "M", personas=("Nora", "Ben")), "Nora", "Nora Lee")[0].values
    {'personas': ['Nora Lee', 'Ben']}
    >>> renamed(Map("m", "M", personas=("Ben",)), "Nora", "Nora Lee")
    []
    """
    if was not in now.personas and not any(one.persona == was for step in now.steps() for one in step.believed):
        return []  # a role or a competitor may be called the same
    edits: list[Edit] = []
    if was in now.personas:
        names = dict.fromkeys(name if one == was else one for one in now.personas)
        edits.append(Edit("set", "map", values={"personas": list(names)}))
    for step in now.steps():
        if any(one.persona == was for one in step.believed):
            both = any(one.persona == name for one in step.believed)
            said = [one for one in step.believed if not (both and one.persona == was)]
            beliefs = [to_plain(replace(one, persona=name) if one.persona == was else one) for one in said]
            edits.append(Edit("set", "step", step.id, {"believed": beliefs}))
    edits += [Edit("set", "lane", lane.id, {"of": name}) for lane in now.lanes if lane.of == was]
    return edits + [Edit("set", "card", card.id, {"of": name}) for card in now.cards if card.of == was]
