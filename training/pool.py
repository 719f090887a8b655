"""Texts without labels that the small model learns to read as the large one does; permissive licences only."""

from __future__ import annotations

import random
from typing import Final

from training.public import banking77, cfpb, clinc150, goemotions, hwu64, multidogo, xlmt

#: multidogo's domains that are not the test's (its "media" is telecom).
_DIALOGUES: Final = ("airline", "fastfood", "finance", "insurance", "software")
_PER_DIALOGUE: Final = 3_500
_MOST: Final = {"goemotions": 22_000, "clinc150": 5_000, "hwu64": 3_000, "banking77": 7_000}


def pool() -> list[str]:
    """Return distinct texts in a fixed order."""
    chosen: list[str] = []
    for domain in _DIALOGUES:
        turns = [turn for turn in dict.fromkeys(multidogo(domain)) if len(turn.split()) >= 4]
        chosen += random.Random(domain).sample(turns, min(_PER_DIALOGUE, len(turns)))
    sets = {
        "goemotions": [text for text, _ in goemotions("train")],
        "clinc150": [text for text, _ in clinc150()],
        "hwu64": list(hwu64()),
        "banking77": [text for text, _ in banking77()],
    }
    for name, texts in sets.items():
        chosen += random.Random(name).sample(texts, min(_MOST[name], len(texts)))
    chosen += [text for text, _ in xlmt("en", "train")]
    for narrative in dict.fromkeys(cfpb()):
        chosen += [part.strip() for part in narrative.split(". ") if 20 < len(part) < 300]
    return list(dict.fromkeys(chosen))
