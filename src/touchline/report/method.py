"""How it was measured: definitions, rules, counts and versions, so that every figure can be questioned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline._version import __version__
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import count, percent
from touchline.privacy import REDACTION
from touchline.report.pieces import card, numbers

if TYPE_CHECKING:
    from touchline.report.asked import Asked
    from touchline.workspace import Status

_METHODS: Final = {
    "survey": "a survey answer",
    "model": "a model that read the words",
    "rule": "a rule over the words",
    "llm": "a language model that read the words",
    "proxy": "behaviour, by a declared rule, at half weight",
    "conversation": "the whole conversation",
    "human": "a person",
}


def method(asked: Asked) -> Markup:
    """Return definitions, how stages were placed, and what is stored."""
    return card(
        "Method and definitions",
        "what every figure here means",
        tag("dl", [tag("div", tag("dt", term), tag("dd", told)) for term, told in explained(asked)]),
        _methods(asked),
        class_="method",
        id_="method",
    )


def explained(asked: Asked) -> list[tuple[str, str]]:
    """Return terms and what they mean, then what is stored and by which versions."""
    return [*_definitions(asked), *_data(asked)]


def _definitions(asked: Asked) -> list[tuple[str, str]]:
    facts = asked.facts
    placed = (
        "Words that surely speak of a stage go there; else the stage that the survey or source declares; else where "
        "the channel and the customer's position point. Below the threshold a comment is unassigned, never guessed."
    )
    if facts["unassigned_share"]:
        placed += f" Here {percent(facts['unassigned_share'])} of the comments are unassigned."
    contradictions = ""
    if facts["contradictions"]:
        contradictions = (
            f" In {count(facts['contradictions'], 'comment')} score and words point apart; the score decided."
        )
    return [
        (
            "Comment",
            "What one conversation says about one stage, counted once and scored −1, 0 or +1: by its survey's primary "
            "question, else by its words." + contradictions,
        ),
        (
            "JSI",
            "Journey Sentiment Index, 0 to 100: 50 × (1 + the weighted mean of the scores), 50 being as many happy as "
            "unhappy. Weights: severity (0.5 to 3), role (1 to 2), confidence of a modelled score. "
            f"{asked.gate:g} is the gate.",
        ),
        (
            "NPS, CSAT, CES",
            "NPS: 9 and 10 less 0 to 6, in percent, the latest answer of a customer. CSAT: percent satisfied; scales "
            "are never pooled. CES: mean of the answers, high is easy. Recovery surveys stay out.",
        ),
        (
            "±",
            "Half of the 95 % interval. Intervals are over customers (in B2B accounts), not comments, as one "
            "customer's comments resemble each other. The tables under the charts give both ends.",
        ),
        (
            "Few customers",
            "Under 5 customers a figure is hidden; under 30 it is hatched and gets no arrow and no rank.",
        ),
        (
            "Chance",
            "A change or difference is coloured when p < .05 after correction for all tests of its table "
            f"({asked.segments.facts['correction']} for segments). Grey is within chance.",
        ),
        ("Stage", placed),
        (
            "Friction",
            "Negative, effortful or unresolved comments, weighted by severity, per 100 customers who were there.",
        ),
        (
            "Probable cause",
            "A theme is worth the JSI points that would come back if the comments carrying it had the average of the "
            "stage's other comments. It goes with low scores; only a person can confirm that it makes them.",
        ),
        (
            "Cost of a stage",
            "Its share of all comments times its distance from its target, in points of the whole; about, because "
            "severities are left out.",
        ),
    ]


def _data(asked: Asked) -> list[tuple[str, str]]:
    stages = asked.taxonomy
    return [
        *([("Records", _records(asked.status))] if asked.status else []),
        (
            "Privacy",
            "E-mail, IP and postal addresses, phone, card, IBAN and national id numbers and links with tokens are "
            "replaced before anything is stored "
            f"(rules {REDACTION}).",
        ),
        ("Versions", f"Touchline {__version__} · taxonomy {stages.id} {stages.version} · model {asked.model}"),
    ]


def _records(status: Status) -> str:
    received = (
        f"{status.received:,} records received = {status.stored:,} stored + {status.duplicate:,} duplicate + "
        f"{status.revised:,} revised + {status.quarantined:,} quarantined + {status.expired:,} expired"
    )
    if status.waiting:
        received += f" + {status.waiting:,} waiting"
    reasons = "; ".join(f"{reason} ({n:,})" for reason, n in status.quarantine_reasons[:5])
    quarantined = f" Quarantined: {reasons}." if reasons else ""
    return f"{received}. Of the whole workspace, whatever the period.{quarantined}"


def _methods(asked: Asked) -> Markup | None:
    rows = [row for row in asked.methods if row["n"]]
    whole = sum(row["n"] for row in rows)
    if not whole:
        return None
    return numbers(
        ("Scored by", "Share", "Comments", "Customers"),
        [
            (
                _METHODS.get(row["key"], str(row["name"])),
                percent(row["n"] / whole),
                f"{row['n']:,}",
                f"{row['customers']:,}",
            )
            for row in sorted(rows, key=lambda row: -int(row["n"]))
        ],
        summary="How comments were scored",
    )
