"""``python -m training.families``: from which certainty on a text is in a language that is not read.

There are more languages than any list has. So families are left out in turn, a model is learnt from the others, and
texts of those left out say how many are taken for a language that is read; texts kept apart in languages that are read
say how many are lost. For each number of words the threshold is taken that makes the share of the first, and
`_LOST` times that of the second, the least; of those that cost hardly more (`_FLAT`) the highest, which loses fewest
texts in languages that are read. `corpus/unread.tsv`, which the reader is judged on, has no part in it.
The ridge, the rounds and the number of stretches in `training.tongues` were chosen by the sum of these least costs.
"""

from __future__ import annotations

import random
from typing import Final

import numpy as np

from touchline.understanding.fast.tongues import FOREIGN, READ, WORDS
from training.tongues import FAMILIES, SEED, calibrated, doubts_of, stretches, texts, uncalibrated

_FOLDS: Final = 5
#: What a lost text in a language that is read costs, where one in another language that is taken as read costs 1.
_LOST: Final = 4.0
_FLAT: Final = 0.01
_GRID: Final = np.round(np.arange(0.1, 0.96, 0.05), 2)


def main() -> None:
    """Print what each threshold does, and which is chosen."""
    learnt, apart = texts()
    found = []
    for fold in range(_FOLDS):
        out = {language for family in FAMILIES[fold::_FOLDS] for language in family}
        model = uncalibrated({language: some for language, some in learnt.items() if language not in out})
        kept = {language: some for language, some in apart.items() if language not in out}
        rows, is_ = stretches(kept, random.Random(SEED + 1), 0.25)
        model, share, size = calibrated(model, rows, is_)
        left_out = {language: learnt.get(language, []) + apart.get(language, []) for language in sorted(out)}
        rows, _ = stretches(
            {language: some for language, some in left_out.items() if some}, random.Random(SEED + 2), 0.25
        )
        doubts, long = doubts_of(model, rows)
        read = is_ < len(READ)
        found.append((share[read], size[read], model.certain(doubts, long), long))
        print(f"{fold + 1}/{_FOLDS}: without {', '.join(sorted(out))}", flush=True)
    ours, sizes, theirs, others = (np.concatenate(column) for column in zip(*found, strict=True))
    for place, least in enumerate(WORDS):
        mine = ours[np.searchsorted(WORDS, sizes, side="right") - 1 == place]
        its = theirs[np.searchsorted(WORDS, others, side="right") - 1 == place]
        lost, taken = (np.array([(of >= at).mean() for at in _GRID]) for of in (mine, its))
        cost = 1 - taken + _LOST * lost
        best = int(np.flatnonzero(cost <= cost.min() + _FLAT)[-1])
        print(f"from {least} words: cost " + ", ".join(f"{one:.3f}" for one in cost))
        for at in sorted({best, int(np.searchsorted(_GRID, 0.5))}):
            print(f"from {least} words, {_GRID[at]:.2f}: {lost[at]:6.2%} of {len(mine):,} lost, "
                  f"{1 - taken[at]:6.2%} of {len(its):,} taken as read")  # fmt: skip
        print(f"  chosen {_GRID[best]:.2f}, shipped {FOREIGN[place]:.2f}")


if __name__ == "__main__":
    main()
