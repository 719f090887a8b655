"""``python -m training.crossed``: sentiment by spelling beside characters, cross-validated on the train and val tweets.

Each quarter of the tweets is read by machines that learnt from the others: the spelling as `training.spelling` learns
it, without the network, and the characters of `training.characters`. The test split has no part in it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from touchline.evaluation.metrics import confusion, difference, macro_f1
from touchline.understanding.fast.spelling import LANGUAGES
from training.characters import learnt
from training.corpus.reading import corpus
from training.public import LANGUAGES as ALL
from training.public import tweets_apart
from training.said import Said
from training.spelling import Text, alone, heard, others, tweets
from training.split import split

_QUARTERS = 4
Ints = npt.NDArray[np.int64]


def _quarter(texts: list[str]) -> Ints:
    """Return a quarter for each text, at random, the same for the same text."""
    known = {text: place for place, text in enumerate(sorted(set(texts)))}
    drawn = np.random.default_rng(0).permutation(len(known)) % _QUARTERS
    return drawn[[known[text] for text in texts]]


def main() -> None:
    """Print macro-F1 per language, and the difference with its interval."""
    rows = [*tweets("train"), *tweets("val")]
    beside = others(Said.of(split(corpus())["train"]))
    more = [
        row for code in ALL if code not in LANGUAGES for part in ("train", "val") for row in tweets_apart(code, part)
    ]
    quarter = _quarter([row.text for row in rows])
    ours, theirs = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    for number in range(_QUARTERS):
        shown, asked = (
            [row for row, at in zip(rows, quarter, strict=True) if (at == number) == out] for out in (False, True)
        )
        ours[quarter == number] = heard(alone([*shown, *beside]), asked).argmax(axis=1)
        machine = learnt([*((row.text, row.sign) for row in shown), *more])
        theirs[quarter == number] = machine.predict([row.text for row in asked]) + 1
    _told(rows, ours, theirs)


def _told(rows: list[Text], ours: Ints, theirs: Ints) -> None:
    gold = np.array([row.sign + 1 for row in rows])
    for code in (*LANGUAGES, "all"):
        at = np.array([code in (row.language, "all") for row in rows])
        mine, its = (float(macro_f1(confusion(gold[at], said[at], 3))) for said in (ours, theirs))
        gain = difference(macro_f1, gold[at], ours[at], theirs[at], 3)
        print(
            f"{code:3s} n {at.sum():6,d}  spelling {mine:.3f}  characters {its:.3f}  "
            f"difference {gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
