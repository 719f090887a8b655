"""What the editor's panel offers to choose from: names of stages, lanes, statuses, metrics and other maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, Final

from django.utils.translation import gettext as _

from touchline.maps.kinds import KINDS, LANE_KINDS
from touchline.maps.model import Card, Lane, Map, Phase, Route, Stakeholder, Step
from touchline.maps.plain import to_plain
from touchline.server.maps.views.map_grid import FIGURES, worded
from touchline.vocabulary.taxonomy import Taxonomy

_PARTS: Final[Mapping[str, type]] = {
    "map": Map, "phase": Phase, "step": Step, "lane": Lane, "card": Card, "route": Route, "stakeholder": Stakeholder,
}  # fmt: skip


def defaults() -> dict[str, dict[str, Any]]:
    """Return what each part's fields hold where plain data leave them out.

    >>> defaults()["lane"]
    {'name': '', 'of': '', 'hidden': False}
    """
    return {
        name: {one.name: to_plain(one.default) for one in fields(part) if one.default is not MISSING}
        for name, part in _PARTS.items()
    }


def lane_kinds() -> dict[str, dict[str, str]]:
    """Return what each kind of lane is called, how it looks and what its cards' edge says."""
    return {name: {"title": _(kind.title), "look": kind.look, "edge": kind.edge} for name, kind in LANE_KINDS.items()}


def names(taxonomy: Taxonomy) -> dict[str, str]:
    """Return what stages, touchpoints and metrics are called, by id."""
    found = {name: worded(name) for name in (*FIGURES, "volume")}
    found |= {one.id: one.name for one in taxonomy.stages}
    return found | {one.id: one.name for one in taxonomy.touchpoints}


def choices(taxonomy: Taxonomy, now: Map, others: Sequence[Map], personas: Sequence[str]) -> dict[str, Any]:
    """Return what the panel's lists hold."""
    return {
        "stages": [(one.id, one.name) for one in taxonomy.stages],
        "touchpoints": [
            (stage.name, [(point.id, point.name) for sub in stage.sub_stages for point in sub.touchpoints])
            for stage in taxonomy.stages
        ],
        "themes": [
            (stage.name, [(one.id, one.name) for one in stage.themes]) for stage in taxonomy.stages if stage.themes
        ],
        "kinds": [(name, _(told)) for name, (told, _said) in KINDS.items()],
        "lanes": [(name, _(kind.title)) for name, kind in LANE_KINDS.items()],
        "statuses": [("idea", _("idea")), ("planned", _("planned")), ("doing", _("in work")), ("done", _("done")),
                     ("dropped", _("dropped"))],
        "severities": [("trivial", _("trivial")), ("work-around", _("there is a way around")),
                       ("gives up", _("customers give up"))],
        "routes": [("branch", _("or goes on to")), ("loop", _("goes back to")), ("exit", _("leaves"))],
        "metrics": [(name, worded(name)) for name in (*FIGURES, "volume")],
        "maps": [(one.id, one.name) for one in others if one.id != now.id],
        "personas": list(personas),
        "scores": range(1, 6),
    }  # fmt: skip
