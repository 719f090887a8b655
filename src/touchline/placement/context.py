"""What an interaction says about its stage before a word of it is read: its source, channel, programme, touchpoint.

Interactions share few distinct contexts, so each is judged once, in plain Python, and mapped to its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.settings import Settings
from touchline.vocabulary.coded import Coded, Floats, Ints, combine
from touchline.vocabulary.taxonomy import Taxonomy

#: From this strength on, a source or a programme declares its stage; a channel alone never does.
DECLARES: Final = 0.9
#: How far a context of full strength outweighs a stage that nothing speaks for, as odds.
_ODDS: Final = 60.0
_FIELDS: Final = ("source", "channel", "programme", "stage", "touchpoint", "event", "kind")

_FAMILIES: Final = {
    "survey": "survey", "ticket": "ticket", "complaint": "ticket", "review": "review", "post": "review",
    "call": "conversation", "chat": "conversation", "message": "conversation",
    "event": "behaviour", "order": "behaviour", "milestone": "behaviour",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contexts:
    """The distinct contexts of a slice, and which row has which.

    Attributes:
        of_row: Context number of every row.
        declared: Stage code that the context declares, -1 for none; by context.
        by: What declares or hints: ``declared``, ``touchpoint``, ``programme``, ``source``, ``event``, ``channel``.
        prior: Log prior over the stages, shape (contexts, stages).
        progress: Code of the progress stage that it puts the customer on, -1 for none; by context.
        touchpoint: The declared touchpoint: an id, or free text; by context.
        implied: Touchpoint that source, programme or event imply within each stage, as its place in the taxonomy's
            ``touchpoints``, -1 for none; shape (contexts, stages).
        family: Source family; by context.
        purpose: The programme's purpose where the settings state one, by context.
        primary: The programme's primary question, by context.
    """

    of_row: Ints
    declared: Ints
    by: tuple[str, ...]
    prior: Floats
    progress: Ints
    touchpoint: tuple[str | None, ...]
    implied: Ints
    family: tuple[str, ...]
    purpose: tuple[str | None, ...]
    primary: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    declared: int
    by: str
    prior: Floats
    progress: int
    touchpoint: str | None
    implied: dict[str, str]
    family: str
    purpose: str | None
    primary: str | None


def contexts(columns: dict[str, Coded], taxonomy: Taxonomy, settings: Settings) -> Contexts:
    """Judge the distinct contexts of a slice.

    Args:
        columns: The coded columns ``source, channel, programme, stage, touchpoint, event, kind``.
        taxonomy: The workspace's stages.
        settings: The workspace's programmes.
    """
    of_row, first = combine([columns[name].codes for name in _FIELDS])
    judged = []
    for row in first:
        values = {n: columns[n].names[columns[n].codes[row]] if columns[n].codes[row] >= 0 else None for n in _FIELDS}
        judged.append(judge(taxonomy, settings, **values))
    return Contexts(
        of_row=of_row,
        declared=np.array([j.declared for j in judged], dtype=np.int64),
        by=tuple(j.by for j in judged),
        prior=np.array([j.prior for j in judged]).reshape(len(judged), len(taxonomy.ids)),
        progress=np.array([j.progress for j in judged], dtype=np.int64),
        touchpoint=tuple(j.touchpoint for j in judged),
        implied=_implied([j.implied for j in judged], taxonomy),
        family=tuple(j.family for j in judged),
        purpose=tuple(j.purpose for j in judged),
        primary=tuple(j.primary for j in judged),
    )


def judge(
    taxonomy: Taxonomy,
    settings: Settings,
    *,
    source: str | None = None,
    channel: str | None = None,
    programme: str | None = None,
    stage: str | None = None,
    touchpoint: str | None = None,
    event: str | None = None,
    kind: str | None = None,
) -> _Judged:
    """Judge one context: what it declares, how strongly it hints at each stage, and what says so."""
    ids = taxonomy.ids
    known = taxonomy.touchpoint(touchpoint) if touchpoint else None
    stated = settings.programme(programme) if programme else None
    strengths = np.zeros(len(ids))
    by, best = "none", 0.0
    hints: list[tuple[str, dict[str, float]]] = [
        ("touchpoint", {known.stage: 1.0} if known else taxonomy.implied(touchpoint=touchpoint)),
        ("programme", taxonomy.implied(programme=programme)),
        ("source", taxonomy.implied(source=source)),
        ("event", taxonomy.implied(event=event)),
        ("channel", taxonomy.implied(channel=channel)),
    ]
    if stated and stated.stage and (named := taxonomy.stage_id(stated.stage)):
        hints.insert(0, ("programme", {named: 1.0}))
    if stage and (named := taxonomy.stage_id(stage)):
        hints.insert(0, ("declared", {named: 1.0}))
    declared = -1
    for name, implied in hints:
        for stage_id, strength in implied.items():
            code = ids.index(stage_id)
            strengths[code] = max(strengths[code], strength)
            if strength > best:
                by, best = name, strength
        certain = [s for s, strength in implied.items() if strength >= DECLARES]
        if declared < 0 and len(certain) == 1:
            declared = ids.index(certain[0])
    if declared >= 0:  # a declared stage is alone: what a channel hints at does not dilute it
        strengths[:] = 0.0
        strengths[declared] = best
    weights = 1.0 + _ODDS * strengths**3
    moved = kind in ("event", "order", "milestone") or (stage is not None and declared >= 0)
    progress = declared if moved and declared >= 0 and ids[declared] in taxonomy.progress else -1
    return _Judged(
        declared=declared,
        by=by,
        prior=np.log(weights / weights.sum()),
        progress=progress,
        touchpoint=known.id if known else touchpoint,
        implied=taxonomy.places(source=source, programme=programme, event=event),
        family=_FAMILIES.get(kind or "", "conversation"),
        purpose=stated.purpose if stated else None,
        primary=stated.primary if stated else None,
    )


def _implied(found: list[dict[str, str]], taxonomy: Taxonomy) -> Ints:
    """Return touchpoints by stage as codes, shape (contexts, stages)."""
    place = {touchpoint.id: i for i, touchpoint in enumerate(taxonomy.touchpoints)}
    codes = [[place.get(one.get(stage, ""), -1) for stage in taxonomy.ids] for one in found]
    return np.array(codes, dtype=np.int64).reshape(len(found), len(taxonomy.ids))
