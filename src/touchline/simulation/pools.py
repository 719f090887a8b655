"""Which verbatims fit a customer's words: drawn for whole columns at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from touchline.errors import InputError
from touchline.simulation.story import INCIDENTS
from touchline.simulation.verbatim_bank import LANGUAGES, STAGES, Verbatim

Ints: TypeAlias = npt.NDArray[np.integer[Any]]
Floats: TypeAlias = npt.NDArray[np.float64]

#: The theme of someone who speaks of no incident: any verbatim of the stage but those of incidents elsewhere.
ANY: Final = -1
_SIGNS: Final = (-1, 0, 1)


@dataclass(frozen=True, slots=True)
class Pools:
    """Verbatims by language, stage, sentiment and theme.

    A pool that would be empty is that of English; if that is empty too, that of any theme.

    Attributes:
        themes: Names of the theme codes.
        members: Numbers of verbatims, pool after pool.
        first: Where a pool begins in `members`, by key.
        size: How many it holds, by key.
    """

    themes: tuple[str, ...]
    members: Ints
    first: Ints
    size: Ints

    def draw(self, chance: Floats, language: Ints, stage: Ints, sentiment: Ints, theme: Ints) -> Ints:
        """Return one number of a verbatim per row.

        Args:
            chance: Uniform on [0, 1), one per row.
            language: Codes into `LANGUAGES`.
            stage: Codes into `STAGES`.
            sentiment: -1, 0 or +1.
            theme: Codes into `themes`, or `ANY`.
        """
        key = _key(language, stage, sentiment, theme, len(self.themes))
        numbers: Ints = self.members[self.first[key] + (chance * self.size[key]).astype(np.int64)]
        return numbers


def pools(bank: Sequence[Verbatim], industries: Iterable[str]) -> Pools:
    """Sort the verbatims of some industries into pools.

    Args:
        bank: All verbatims; the pools hold their positions in it.
        industries: Which industries' verbatims may be drawn.

    Raises:
        InputError: They have no verbatim for some stage and sentiment.
    """
    wanted = frozenset(industries)
    themes = tuple(sorted({v.main.theme for v in bank if v.main.theme is not None}))
    homes = {incident.theme: incident.stage for incident in INCIDENTS}
    sorted_in: dict[int, list[int]] = {}
    for number, verbatim in enumerate(bank):
        if verbatim.industry not in wanted:
            continue
        main = verbatim.main
        place = (LANGUAGES.index(verbatim.language), STAGES.index(main.stage), main.sentiment)
        if homes.get(main.theme or "", main.stage) == main.stage:
            sorted_in.setdefault(_key(*place, ANY, len(themes)), []).append(number)
        if main.theme is not None:
            sorted_in.setdefault(_key(*place, themes.index(main.theme), len(themes)), []).append(number)

    chosen = []
    for language in range(len(LANGUAGES)):
        for stage in range(len(STAGES)):
            for sentiment in _SIGNS:
                for theme in range(ANY, len(themes)):
                    fallbacks = ((language, theme), (0, theme), (0, ANY))
                    keys = (_key(tongue, stage, sentiment, about, len(themes)) for tongue, about in fallbacks)
                    chosen.append(next((sorted_in[key] for key in keys if key in sorted_in), []))
                    if not chosen[-1]:
                        raise InputError(
                            f"nobody in {', '.join(sorted(wanted))} says anything of {STAGES[stage]} "
                            f"with sentiment {sentiment:+d}",
                            todo="add 'retail' to the industries",
                        )
    size = np.array([len(pool) for pool in chosen])
    return Pools(
        themes=themes,
        members=np.array([number for pool in chosen for number in pool], dtype=np.int32),
        first=np.cumsum(size) - size,
        size=size,
    )


def _key(language: Any, stage: Any, sentiment: Any, theme: Any, themes: int) -> Any:
    """Number the pools densely; works on integers and on whole columns alike."""
    return ((language * len(STAGES) + stage) * len(_SIGNS) + sentiment + 1) * (themes + 1) + theme + 1
