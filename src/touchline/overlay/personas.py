"""Personas as the data show them today, and personas that the data suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from touchline.maps.measured import Measure, Said, Topic
from touchline.overlay.taking import number, taken
from touchline.overlay.values import NOTHING, PersonaSeen, Proposal
from touchline.protocol import EVERYTHING
from touchline.scores.base import HIDDEN_N, LOW_N

if TYPE_CHECKING:
    from touchline.protocol import Questions
    from touchline.scores.base import Figure, Filters
    from touchline.settings import Settings
    from touchline.settings.model import Persona

#: Themes, quotes and whole journeys that are shown of a persona at most.
TOPICS: Final = 5
QUOTES: Final = 3
#: A proposal whose rule finds fewer of its type, or more others, is left out: precision and recall.
LEAST: Final = (0.5, 0.3)


@runtime_checkable
class Narrowing(Protocol):
    """Questions that can be asked about some customers only, as those of an open workspace can."""

    def among(self, *, accounts: Sequence[str] = (), personas: Sequence[str] = ()) -> Questions:
        """Return the same questions about the customers whom a persona stands for."""


def personas(
    questions: Questions, filters: Filters = EVERYTHING, *, settings: Settings, names: Sequence[str] = ()
) -> tuple[PersonaSeen, ...]:
    """Return what the data say of each persona of the settings, in their order.

    Sizes and standing JSI are as of the end of the data; all else is of the filters' period. Where the questions cannot
    be narrowed to a persona (a server's, over HTTP), only sizes and standing are told.

    Args:
        questions: Are asked three times, and four times a persona.
        filters: The period, and other filters.
        settings: Declare the personas.
        names: Only these; otherwise all.

    Raises:
        NotAllowed: The one who asks may not see all customers.
    """
    wanted = [one for one in settings.personas if not names or one.name in names]
    if not wanted:
        return ()
    counted = {row["name"]: row for row in questions.personas().to_dicts()}
    people = int(questions.lifecycle().facts["customers"])
    everyone = _whole(questions.stages(filters))
    return tuple(_seen(questions, filters, one, counted.get(one.name), (everyone, people)) for one in wanted)


def proposals(
    questions: Questions, filters: Filters = EVERYTHING, *, settings: Settings, k: int | None = None
) -> tuple[Proposal, ...]:
    """Suggest personas: types of behaviour that the rule language can find again, the largest first.

    Args:
        questions: Are asked once, for the clusters.
        filters: Which journeys.
        settings: Declare the personas that there are.
        k: How many types; None has it chosen.

    Raises:
        QuestionError: There are too few customers to cluster.
    """
    from touchline.sequences.clustering.rules import Found, personas_toml

    figure = questions.clusters(k=k, filters=filters)
    known = {str(one.when): one.name for one in settings.personas}
    found = []
    for row in figure.to_dicts():
        if row["hidden"] or not row["rule"] or row["precision"] < LEAST[0] or row["recall"] < LEAST[1]:
            continue
        rule = Found(row["rule"], row["precision"], row["recall"])
        found.append(
            Proposal(
                name=_capital(row["name"]),
                rule=rule.rule,
                customers=row["customers"],
                share=row["share"],
                jsi=taken(row, "jsi", ends=("jsi_low", "jsi_high")),
                precision=rule.precision,
                recall=rule.recall,
                apart=tuple(filter(None, (row["apart"] or "").split(", "))),
                events=number(row["events"]),
                days=number(row["days"]),
                known=known.get(rule.rule, ""),
                toml=personas_toml([(_capital(row["name"]), rule)]),
            )
        )
    return tuple(found)


def as_table(persona: Persona) -> dict[str, Any]:
    r"""Return a persona as a table of ``touchline.toml``, without what is empty, for `settings.editing`.

    >>> from touchline.settings import Settings
    >>> text = '[[personas]]\nname = "Busy"\nwhen = "tier = vip"\nmotto = "Quick"'
    >>> as_table(Settings.parse(text).personas[0])
    {'name': 'Busy', 'when': 'tier = vip', 'motto': 'Quick'}
    """
    from dataclasses import fields

    values = {one.name: getattr(persona, one.name) for one in fields(persona)}
    values["when"] = str(persona.when)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items() if value}


def _seen(
    questions: Questions, filters: Filters, persona: Persona, row: Mapping[str, Any] | None, all_: tuple[Measure, int]
) -> PersonaSeen:
    size = int(row["customers"]) if row else 0
    base: dict[str, Any] = {
        "name": persona.name,
        "rule": str(persona.when),
        "customers": size,
        "share": size / all_[1] if all_[1] else None,
        "standing": taken(row),
        "everyone": all_[0],
        "hidden": size < HIDDEN_N,
    }
    if base["hidden"] or not isinstance(questions, Narrowing):
        return PersonaSeen(**base)
    mine = questions.among(personas=(persona.name,))
    stages = mine.stages(filters)
    rows = [one for one in stages.to_dicts() if one["n"]]
    ranked = [one for one in rows if one["jsi"] is not None and one["customers"] >= LOW_N and one["kind"]]
    causes = [one for one in mine.causes(filters, limit=TOPICS, examples=1).to_dicts() if one["impact"] is not None]
    causes.sort(key=lambda one: -one["impact"])
    costliest: dict[str, dict[str, Any]] = {}
    for one in causes:
        costliest.setdefault(one["theme"], one)
    causes = list(costliest.values())[:TOPICS]
    path, path_share = _path(mine.variants(by="stage", collapse=True, top=1, filters=filters))
    return PersonaSeen(
        **base,
        jsi=_whole(stages),
        stages={one["stage"]: taken(one) for one in rows},
        lowest=min(ranked, key=lambda one: float(one["jsi"]))["stage"] if ranked else "",
        topics=tuple(Topic(one["theme"], one["name"], one["n"], one["prevalence"], 1.0) for one in causes),
        points={one["theme"]: taken(one, "impact") for one in causes},
        channels=_channels(mine.jsi(filters, by="channel")),
        path=path,
        path_share=path_share,
        said=_said(causes),
    )


def _whole(stages: Figure) -> Measure:
    names = ("jsi", "jsi_low", "jsi_high")
    value, low, high = (number(stages.facts.get(name)) for name in names)
    return Measure(value, low, high, int(stages.facts["n"]), int(stages.facts["customers"]))


def _channels(figure: Figure) -> tuple[tuple[str, float], ...]:
    rows = [row for row in figure.to_dicts() if row["key"] and row["customers"] >= HIDDEN_N]
    total = sum(row["n"] for row in rows)
    rows.sort(key=lambda row: (-row["n"], row["key"]))
    return tuple((row["key"], row["n"] / total) for row in rows)


def _path(figure: Figure) -> tuple[tuple[str, ...], Measure]:
    row = next((row for row in figure.to_dicts() if row["rank"] == 1 and not row["hidden"]), None)
    return (tuple(row["variant"].split(" > ")), taken(row, "share", by=100)) if row else ((), NOTHING)


def _said(causes: Sequence[Mapping[str, Any]]) -> tuple[Said, ...]:
    """Return the first words of the costliest themes, each text once."""
    found: dict[str, Said] = {}
    for row in causes:
        for one in row["verbatims"]:
            said = Said(one["interaction_id"], one["text"], one["occurred_at"].date())
            found.setdefault(said.interaction, said)
    return tuple(found.values())[:QUOTES]


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
