"""The question of attribution: what each name contributed, by each model, with an interval."""

from __future__ import annotations

from operator import add
from typing import Any, Final

import numpy as np

from touchline.scores.base import HIDDEN_N, Figure
from touchline.scores.cells import hidden_note
from touchline.scores.groups import NONE
from touchline.sequences.attribution.asked import Asked
from touchline.sequences.attribution.counting import Credits, count_credits
from touchline.sequences.attribution.credit import Converting
from touchline.sequences.attribution.markov import Alphabet, removal
from touchline.sequences.attribution.paths import paths
from touchline.sequences.distinct import once
from touchline.sequences.grouping import group_names
from touchline.sequences.resampling import interval
from touchline.sequences.tabling import table
from touchline.warehouse.index.journeys import Bools, Floats, Ints, Journeys
from touchline.words import phrase

ALL: Final = "all"
_COLUMNS: Final = {
    "group": "text", "name": "text", "model": "text", "credit": "number", "low": "number", "high": "number",
    "share": "number", "points": "number", "removal": "number", "n": "count", "customers": "count",
}  # fmt: skip


def attribution(journeys: Journeys, asked: Asked) -> Figure:
    """Return what each name gets by each model.

    Raises:
        QuestionError: A step, column or segment that does not exist, or a chain with too many states.
    """
    counted = journeys.counted(lambda part: count_credits(part, asked), add)
    names = journeys.coded(asked.of).names
    groups = _groups(journeys, asked)
    rows = [row for name, number in groups for row in _rows(counted, asked, names, name, number)]
    shown = {name: kind for name, kind in _COLUMNS.items() if _shows(name, asked)}
    made = table([{name: row[name] for name in shown} for row in rows], shown)
    return Figure(
        "attribution",
        made,
        _meaning(asked),
        _notes(journeys, asked, counted, np.array([row["customers"] < HIDDEN_N for row in rows], dtype=np.bool_)),
        {
            "of": asked.of,
            "models": list(asked.models),
            "conversions": int(counted.conversions[-1]),
            "total": float(counted.worth),
            "paths_without": int(counted.ends[0]),
            "unfinished": int(counted.ends[1]),
            "unvalued": int(counted.ends[2]),
        },
        behind=lambda row: _behind(journeys, asked, rows[row]),
    )


def _shows(column: str, asked: Asked) -> bool:
    return {"group": asked.by is not None, "points": asked.of_scores, "removal": "markov" in asked.models}.get(
        column, True
    )


def _groups(journeys: Journeys, asked: Asked) -> list[tuple[str, int]]:
    """Return the name and number of each group; all of them together have the number -1."""
    if asked.by is None:
        return [(ALL, -1)]
    return [(ALL, -1), *((name, number) for number, name in enumerate(group_names(journeys, asked.by)))]


def _rows(counted: Credits, asked: Asked, names: tuple[str, ...], group: str, number: int) -> list[dict[str, Any]]:
    """Return the rows of one group; names in the order of their paths."""
    if not counted.conversions[number]:
        return []
    by_path = [model for model in asked.models if model != "markov"]
    credit = counted.credit.sum(axis=0) if number < 0 else counted.credit[number]
    bare = counted.bare.sum(axis=0) if number < 0 else counted.bare[number]
    chain, lost = _markov(counted, asked, len(names), number) if "markov" in asked.models else (None, None)
    order = sorted((int(c) for c in np.flatnonzero(counted.paths[number])), key=lambda c: -counted.paths[number, c])
    rows = []
    for model in asked.models:
        given = chain.T if model == "markov" and chain is not None else credit[by_path.index(model)]
        total = given[:, 0].sum() + bare[0]
        low, high = interval(given[:, 1:], given[:, 0])
        none_low, none_high = interval(bare[1:], bare[0])
        lines: list[tuple[str, float, float, float, float, Ints]] = [
            (names[code], given[code, 0], low[code], high[code],
             float(lost[code]) if model == "markov" and lost is not None else float("nan"),
             np.array([counted.paths[number, code], counted.customers[number, code]]))
            for code in order
        ]  # fmt: skip
        if counted.bare_conversions[number, 0]:
            nan = float("nan")
            lines.append((NONE, bare[0], float(none_low), float(none_high), nan, counted.bare_conversions[number]))
        rows += [
            {
                "group": group, "number": number, "name": name, "model": model, "credit": value, "low": least,
                "high": most, "share": value / total if total > 0 and not asked.of_scores else float("nan"),
                "points": 50 * value / int(counted.conversions[number]), "removal": effect, "n": int(n[0]),
                "customers": int(n[1]),
            }
            for name, value, least, most, effect, n in lines
        ]  # fmt: skip
    return rows


def _markov(counted: Credits, asked: Asked, names: int, number: int) -> tuple[Floats, Floats]:
    """Return what names get in the data and the samples, shape (1 + r, names), and their removal effects."""
    alphabet = Alphabet(names, asked.order, 1)
    size = alphabet.states * alphabet.symbols
    if number < 0:
        keys, place = np.unique(counted.keys % size, return_inverse=True)
        steps = np.zeros((len(keys), counted.steps.shape[1]))
        np.add.at(steps, place, counted.steps)
    else:
        mine = counted.keys // size == number
        keys, steps = counted.keys[mine] % size, counted.steps[mine]
    found = removal(keys, steps, alphabet, valued=asked.of_scores or asked.value is not None)
    return found.credit, found.lost[0, 0]


def _behind(journeys: Journeys, asked: Asked, row: dict[str, Any]) -> Ints:
    """Return the customers with a path that converts and has the name, or with a conversion that no touch preceded."""
    found = paths(journeys, asked)
    number = row["number"]
    names = journeys.coded(asked.of).names
    if row["name"] == NONE and NONE not in names:
        owner = found.bare_owner[(found.bare_group == number) | (number < 0)]
    else:
        converting = Converting.of(found, len(names))
        path, code = converting.distinct
        wanted = (code == names.index(row["name"])) & ((converting.group[path] == number) | (number < 0))
        owner = converting.owner[path[wanted]]
    keys: Ints = journeys.keys[once(owner)]
    return keys


def _meaning(asked: Asked) -> str:
    unit = ""
    if asked.of_scores:
        what = phrase("the change of the score s (-1, 0, +1) from each customer's scored interaction to the next")
        unit = phrase("points is the same in points of the JSI per such change. ")
    else:
        what = phrase(
            "{value} {what}conversion ({conversion})",
            value=asked.value or "each",
            what=phrase("of each ") if asked.value else "",
            conversion=asked.conversion,
        )
    return phrase(
        "credit is what each {of} gets of {what}, by model; over all names it adds up to the "
        "total. {unit}low and high are a 95 % Poisson bootstrap by customers; n is the paths "
        "that convert and have the name.",
        of=asked.of,
        what=what,
        unit=unit,
    )


def _notes(journeys: Journeys, asked: Asked, counted: Credits, hide: Bools) -> tuple[str, ...]:
    notes = list(hidden_note(hide))
    ends = counted.ends
    if ends[1]:
        notes.append(phrase("{ends} paths without a conversion could still convert when the data end.", ends=ends[1]))
    if ends[2]:
        notes.append(phrase("{ends} conversions have no {value}; they count as 0.", ends=ends[2], value=asked.value))
    if not journeys.coded(asked.of).names:
        notes.append(
            phrase("No interaction has a {of}, so that all goes to (none): attribute to something else.", of=asked.of)
        )
    elif "last_non_direct" in asked.models and not any(
        name.lower() in asked.direct for name in journeys.coded(asked.of).names
    ):
        notes.append(
            phrase(
                "No {of} is direct ({listed}): last_non_direct equals last.",
                of=asked.of,
                listed=", ".join(asked.direct),
            )
        )
    return tuple(notes)
