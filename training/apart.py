"""What readers that never saw a domain say of its comments: the ground on which a stage's confidence is made right.

Train domains are left out in groups. Of the domains of a group nothing is learnt, labelled or not, as nothing is of the
test's; then their comments are read as the product reads them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.understanding.base import Understander
from touchline.understanding.fast.reader import FastUnderstander
from touchline.understanding.fast.weights import unpack
from touchline.understanding.quick import heaviness
from touchline.vocabulary.schemas import TEXTS
from touchline.vocabulary.taxonomy import Taxonomy
from training.corpus.reading import Item
from training.fit import fit
from training.packing import packed
from training.split import split
from training.threads import one_thread

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GROUPS: Final = 5
#: So many groups are left out, one after the other: each costs a training, and two hold over 3,000 comments.
ASKED: Final = 2
#: Always learnt from: they are no customers' comments, and other heads and the pool learn from the same sets.
_KEPT: Final = ("assistant", "forum", "tweets")


@dataclass(frozen=True)
class Apart:
    """Comments of domains that their reader did not see; arrays over comments.

    Attributes:
        evidence: What the words of the mention that stands for each say of the stages, shape (comments, stages).
        stage: The stage that it is labelled with, -1 where it is labelled with none.
        group: The group of domains that was left out.
    """

    evidence: Floats
    stage: Ints
    group: Ints

    def __len__(self) -> int:
        """How many comments."""
        return len(self.stage)

    def of(self, rows: npt.NDArray[np.bool_]) -> Self:
        """Return some of them."""
        return type(self)(self.evidence[rows], self.stage[rows], self.group[rows])


def groups(items: Sequence[Item]) -> list[tuple[str, ...]]:
    """Return the domains that are left out together; only English ones, as a language is a domain of the others.

    >>> groups([])
    [(), (), (), (), ()]
    """
    train = split(list(items))["train"]
    domains = sorted({item.domain for item in train if item.language == "en"} - set(_KEPT))
    return [tuple(domains[start::GROUPS]) for start in range(GROUPS)]


def apart(items: list[Item]) -> Apart:
    """Train a reader without each of the groups that are asked, and let it read their comments."""
    with ProcessPoolExecutor(os.cpu_count(), initializer=one_thread) as workers:
        found = list(workers.map(_without, [items] * ASKED, range(ASKED)))
    columns = ([getattr(one, name) for one in found] for name in ("evidence", "stage", "group"))
    return Apart(*map(np.concatenate, columns))


def _without(items: list[Item], group: int) -> Apart:
    """Train a reader without one of the groups, and let it read that group's comments."""
    parts, taxonomy, out = split(items), Taxonomy.template("b2c"), groups(items)[group]
    print(f"without {', '.join(out)}", flush=True)
    arrays = packed(fit(items, without=out), parts["train"], parts["dev"], english=True)
    reader = FastUnderstander(taxonomy, unpack(arrays, f"apart-{group}"))
    return said(reader, [item for item in parts["train"] if item.domain in out], taxonomy, group)


def said(reader: Understander, items: Sequence[Item], taxonomy: Taxonomy, group: int = 0) -> Apart:
    """Return what a reader says of comments, each by its heaviest mention."""
    ids = [str(number) for number in range(len(items))]
    texts = [item.text for item in items]
    read = reader.read(pa.table([ids, texts, pa.nulls(len(ids), pa.string())], schema=TEXTS))
    rows: list[list[int]] = [[] for _ in ids]
    names = ("interaction_id", "start", "end", "sentiment", "severity", "sentiment_confidence")
    told = read.select(names).to_pylist()
    for place, row in enumerate(told):
        rows[int(row["interaction_id"])].append(place)

    def weight(place: int) -> tuple[float, float]:
        row = told[place]
        words = texts[int(row["interaction_id"])][row["start"] : row["end"]].split()
        found: tuple[float, float] = heaviness(
            row["sentiment"], row["severity"], round(row["sentiment_confidence"], 3), len(words)
        )
        return found

    main = [min(some, key=weight) for some in rows]
    evidence = np.array(read["stage_evidence"].to_pylist(), np.float64)[main]
    code = {stage: place for place, stage in enumerate(taxonomy.ids)}
    stage = np.array([code.get(item.whole.stage, -1) for item in items], np.int64)
    return Apart(evidence, stage, np.full(len(items), group))
