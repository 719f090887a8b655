"""Texts without labels that the small model learns to read as the large one does; permissive licences only."""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Final

from training.public import banking77, cfpb, clinc150, goemotions, hwu64, multidogo, xlmt

#: multidogo's domains that are not the test's (its "media" is telecom), as the corpus names them.
_DIALOGUES: Final = {
    "airline": "airline", "fastfood": "food", "finance": "bank", "insurance": "insurance", "software": "saas",
}  # fmt: skip
_PER_DIALOGUE: Final = 3_500
_MOST: Final = {"goemotions": 22_000, "clinc150": 5_000, "hwu64": 3_000, "banking77": 7_000}


def pool(without: Collection[str] = ()) -> list[str]:
    """Return distinct texts in a fixed order, none that was taken for one of the domains ``without``."""
    chosen: list[str] = []
    for domain, ours in _DIALOGUES.items():
        if ours in without:
            continue
        turns = [turn for turn in dict.fromkeys(multidogo(domain)) if len(turn.split()) >= 4]
        chosen += random.Random(domain).sample(turns, min(_PER_DIALOGUE, len(turns)))
    sets = {
        "goemotions": [text for text, _ in goemotions("train")],
        "clinc150": [text for text, _ in clinc150()],
        "hwu64": list(hwu64()),
        "banking77": [] if "bank" in without else [text for text, _ in banking77()],
    }
    for name, texts in sets.items():
        chosen += random.Random(name).sample(texts, min(_MOST[name], len(texts)))
    chosen += [text for text, _ in xlmt("en", "train")]
    for narrative in dict.fromkeys(() if "credit" in without else cfpb()):
        chosen += [part.strip() for part in narrative.split(". ") if 20 < len(part) < 300]
    return list(dict.fromkeys(chosen))
