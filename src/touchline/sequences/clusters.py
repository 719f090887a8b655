"""Types of behaviour: journeys that are alike, what sets each type apart, and a rule that finds it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from touchline.errors import QuestionError
from touchline.scores.base import Figure
from touchline.scores.cells import hidden_note
from touchline.scores.intervals import index, mean_interval, wilson
from touchline.scores.moments import Moments
from touchline.sequences.clustering.choosing import FITTED, JUDGED, STABLE, Choice, choices, chosen
from touchline.sequences.clustering.features import Features, features
from touchline.sequences.clustering.kmeans import assign, distances, silhouettes
from touchline.sequences.clustering.naming import Character, characters
from touchline.sequences.clustering.rules import Found, conditions, personas_toml, rule_for
from touchline.sequences.steps import step
from touchline.sequences.tabling import table
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from touchline.warehouse.index.journeys import Bools, Ints, Journeys

#: Numbers of clusters that are tried unless one is given.
KS: Final = (2, 3, 4, 5, 6, 7, 8)
#: Fewer customers are not clustered.
FEWEST: Final = 50
#: Mean silhouettes below it mean that clusters run into each other.
APART: Final = 0.25
_COLUMNS: Final = {
    "cluster": "count", "name": "text", "n": "count", "customers": "count", "share": "number", "low": "number",
    "high": "number", "events": "number", "days": "number", "jsi": "number", "jsi_low": "number", "jsi_high": "number",
    "conversion": "number", "conversion_low": "number", "conversion_high": "number", "apart": "text",
    "silhouette": "number", "rule": "text", "precision": "number", "recall": "number",
}  # fmt: skip


def clusters(
    journeys: Journeys, *, k: int | None = None, of: str = "step", to: str | None = None, seed: int = 0
) -> Figure:
    """Return types of behaviour; `touchline.sequences.journey.SequenceQuestions.clusters` says it all."""
    if k is not None and not 2 <= k <= 20:
        raise QuestionError(
            phrase("{k} is no number of clusters", k=k),
            where="k",
            todo=phrase("give 2 to 20, or none to have it chosen"),
        )
    if journeys.customers < FEWEST:
        raise QuestionError(
            phrase("{customers} customers are too few to cluster", customers=journeys.customers),
            todo=phrase("ask about {fewest} or more", fewest=FEWEST),
        )
    found = features(journeys, of)
    judged = choices(found.matrix, journeys.keys, (k,) if k is not None else KS, seed)
    best = chosen(judged)
    labels = _by_size(assign(found.matrix, best.centres))
    members = [labels == number for number in range(int(labels.max()) + 1)]
    characterised = characters(found, members)
    known = conditions(journeys)
    rules = [rule_for(known, mine) for mine in members]
    converted = None if to is None else np.logical_or.reduceat(step(journeys, to).rows, journeys.starts[:-1])
    sample = np.argsort(labels.astype(np.int8), kind="stable")[:: max(1, len(labels) // JUDGED)]
    apart = silhouettes(distances(found.matrix[sample]), labels[sample])
    rows = [
        _row(found, number, mine, characterised[number], rules[number], converted)
        | {"silhouette": _mean(apart[labels[sample] == number])}
        for number, mine in enumerate(members)
    ]
    columns = {name: kind for name, kind in _COLUMNS.items() if to is not None or not name.startswith("conversion")}
    if not found.scored.any():
        columns = {name: kind for name, kind in columns.items() if not name.startswith("jsi")}
    made = table(rows, columns)

    def behind(row: int) -> Ints:
        keys: Ints = journeys.keys[labels == row]
        return keys

    return Figure(
        name="clusters",
        table=made,
        meaning=(
            phrase(
                "{n} types of behaviour among {customers} customers, by k-means over {listed}. Each "
                "is named by what its customers do more, or less, than all.",
                n=len(rows),
                customers=journeys.customers,
                listed="; ".join(found.said),
            )
        ),
        notes=(*_notes(best, judged, k), *hidden_note(made["hidden"].to_numpy(zero_copy_only=False))),
        facts={
            "k": len(rows),
            "silhouette": best.silhouette,
            "stability": best.stability,
            "tried": [{"k": one.k, "silhouette": one.silhouette, "stability": one.stability} for one in judged],
            "features": list(found.said),
            "to": to,
            "personas": personas_toml([(row["name"], rule) for row, rule in zip(rows, rules, strict=True)]),
        },
        behind=behind,
    )


def _by_size(labels: Ints) -> Ints:
    """Number clusters by their size, the largest first; empty ones are gone."""
    size = np.bincount(labels)
    order = np.argsort(-size, kind="stable")
    number = np.empty(len(size), dtype=np.int64)
    number[order] = np.arange(len(size))
    return number[labels]


def _row(
    found: Features, number: int, mine: Bools, character: Character, rule: Found | None, converted: Bools | None
) -> dict[str, Any]:
    customers = int(mine.sum())
    share, low, high = (float(x) for x in wilson(customers, len(mine)))
    jsi, jsi_low, jsi_high = _jsi(found, mine)
    took = (float("nan"),) * 3 if converted is None else wilson(int(converted[mine].sum()), customers)
    return {
        "cluster": number + 1, "name": character.name, "n": int(found.events[mine].sum()), "customers": customers,
        "share": share, "low": low, "high": high,
        "events": float(found.events[mine].mean()), "days": float(found.days[mine].mean()),
        "jsi": jsi, "jsi_low": jsi_low, "jsi_high": jsi_high,
        "conversion": float(took[0]), "conversion_low": float(took[1]), "conversion_high": float(took[2]),
        "apart": ", ".join(f"{state} x{lift:.1f}" for state, lift in character.lifts),
        "rule": rule.rule if rule else None,
        "precision": rule.precision if rule else float("nan"), "recall": rule.recall if rule else float("nan"),
    }  # fmt: skip


def _jsi(found: Features, mine: Bools) -> tuple[float, float, float]:
    if not found.scored.any():
        return (float("nan"),) * 3
    n, s = found.scored[mine], found.signs[mine]
    there = np.array([(n > 0).sum()])
    none = np.zeros(1, np.int64)
    sums = (np.array([float(x.sum())]) for x in (n, s, n * n, s * n, s * s))
    moments = Moments(np.array([int(n.sum())]), there, there, none, none, *sums)
    point, low, high = (float(index(x)[0]) for x in mean_interval(moments))
    return point, low, high


def _mean(values: Any) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _notes(best: Choice, judged: Sequence[Choice], k: int | None) -> tuple[str, ...]:
    notes = [
        phrase(
            "Mean silhouette {silhouette}; stability {stability} (mean adjusted Rand index "
            "between clusterings of two random halves).",
            silhouette=Number(f"{best.silhouette:.2f}"),
            stability=Number(f"{best.stability:.2f}"),
        )
    ]
    if k is None:
        notes.append(
            phrase(
                "{k} was chosen from {k2} to {k3}: the highest silhouette of those with a stability "
                "of {stable} or more.",
                k=best.k,
                k2=judged[0].k,
                k3=judged[-1].k,
                stable=STABLE,
            )
            if best.stable
            else phrase(
                "No number from {k} to {k2} is stable; {k3} is the least unstable: read it as a sketch.",
                k=judged[0].k,
                k2=judged[-1].k,
                k3=best.k,
            )
        )
    elif not best.stable:
        notes.append(phrase("Other customers of the same kind would give other clusters: read them as a sketch."))
    if best.silhouette < APART:
        notes.append(phrase("The types run into each other: there are customers in between."))
    notes.append(
        phrase(
            "Centres are fitted on up to {fitted} customers whom their keys choose; everybody is "
            "placed at the nearest.",
            fitted=FITTED,
        )
    )
    return tuple(notes)
