"""What the machine notices where a map and the data part; each with the chance that it is none, corrected by family.

Nothing is said of fewer than 30 customers, but for what customers ask, which is shown from 5 on. Findings of one kind
are one family of tests (Benjamini-Hochberg), and those below `SURE` are told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline.overlay.believed import beliefs, durations, efforts, loads, shapes
from touchline.overlay.lacking import (
    blind,
    lacking_loops,
    lacking_stages,
    lacking_touchpoints,
    unanswered,
    unsupported,
    unused,
)

if TYPE_CHECKING:
    from touchline.maps.measured import Finding
    from touchline.overlay.laid import Laid

#: Kinds of map that say nothing of what customers of this company do.
_OTHERS: Final = ("experience", "competitor", "day", "empathy")
#: Kinds that are of a part of a journey on purpose.
_PARTS: Final = ("zoom", "support", "blueprint")


def noticed(laid: Laid) -> tuple[Finding, ...]:
    """Return what is noticed, the most important first; nothing on a map of what shall be."""
    if laid.map.state == "future":
        return ()
    found = [
        *beliefs(laid), *durations(laid), *efforts(laid), *shapes(laid), *loads(laid), *unsupported(laid),
        *blind(laid), *unused(laid), *unanswered(laid),
    ]  # fmt: skip
    if laid.map.kind not in _OTHERS:
        found += [*lacking_touchpoints(laid), *lacking_loops(laid)]
        if laid.map.kind not in _PARTS:
            found += lacking_stages(laid)
    order = {step.id: at for at, step in enumerate(laid.map.steps())}
    return tuple(sorted(found, key=lambda one: (-one.weight, one.kind, order.get(one.step, -1), one.card, one.title)))
