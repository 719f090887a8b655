"""How far two readers who did not see each other's labels agree: share of equal labels, and Cohen's kappa."""

from __future__ import annotations

from collections import Counter

from training.corpus.reading import FOLDER, corpus, labels
from training.labels import HEADS


def agreement() -> dict[str, tuple[int, float, float]]:
    """Return, per kind of label, how many comments were read twice, the share that agrees, and kappa.

    Source: Cohen 1960.
    """
    first = {item.id: item.whole for item in corpus()}
    pairs = []
    for path in sorted((FOLDER / "second").glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            if not line.startswith("#"):
                name, words = line.split("\t")
                pairs.append((first[name], labels(words)))
    found = {}
    for kind in HEADS:
        ours, theirs = ([getattr(pair[side], kind) for pair in pairs] for side in (0, 1))
        n = len(pairs)
        same = sum(a == b for a, b in zip(ours, theirs, strict=True)) / n
        left, right = Counter(ours), Counter(theirs)
        chance = sum(left[value] * right[value] for value in left) / n**2
        found[kind] = (n, same, (same - chance) / (1 - chance))
    return found
