"""How it was measured: definitions, rules, counts and versions, so that every figure can be questioned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline._version import __version__
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import count, percent, plain
from touchline.privacy import REDACTION
from touchline.report.pieces import card, numbers
from touchline.words import Number, joined, phrase, phrase_of

if TYPE_CHECKING:
    from touchline.report.asked import Asked
    from touchline.workspace import Status

_METHODS: Final = {
    "survey": phrase("a survey answer"),
    "model": phrase("a model that read the words"),
    "rule": phrase("a rule over the words"),
    "llm": phrase("a language model that read the words"),
    "proxy": phrase("behaviour, by a declared rule, at half weight"),
    "conversation": phrase("the whole conversation"),
    "human": phrase("a person"),
}


def method(asked: Asked) -> Markup:
    """Return definitions, how stages were placed, and what is stored."""
    return card(
        phrase("Method and definitions"),
        phrase("what every figure here means"),
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
    placed = phrase(
        "Words that surely speak of a stage go there; else the stage that the survey or "
        "source declares; else where the channel and the customer's position point. Below "
        "the threshold a comment is unassigned, never guessed."
    )
    if facts["unassigned_share"]:
        share = percent(facts["unassigned_share"])
        here = phrase("Here {unassigned_share} of the comments are unassigned.", unassigned_share=share)
        placed = joined(" ", [placed, here])
    comment = phrase(
        "What one conversation says about one stage, counted once and scored −1, 0 or +1: by "
        "its survey's primary question, else by its words."
    )
    if facts["contradictions"]:
        apart = phrase(
            "In {comments} score and words point apart; the score decided.",
            comments=count(facts["contradictions"], "comment"),
        )
        comment = joined(" ", [comment, apart])
    return [
        (phrase("Comment"), comment),
        (
            "JSI",
            phrase(
                "Journey Sentiment Index, 0 to 100: 50 × (1 + the weighted mean of the scores), 50 "
                "being as many happy as unhappy. Weights: severity (0.5 to 3), role (1 to 2), "
                "confidence of a modelled score. {gate} is the gate.",
                gate=Number(f"{asked.gate:g}"),
            ),
        ),
        (
            phrase("NPS, CSAT, CES"),
            phrase(
                "NPS: 9 and 10 less 0 to 6, in percent, the latest answer of a customer. CSAT: "
                "percent satisfied; scales are never pooled. CES: mean of the answers, high is easy. "
                "Recovery surveys stay out."
            ),
        ),
        (
            "±",
            phrase(
                "Half of the 95 % interval. Intervals are over customers (in B2B accounts), not "
                "comments, as one customer's comments resemble each other. The tables under the "
                "charts give both ends."
            ),
        ),
        (
            phrase("Few customers"),
            phrase("Under 5 customers a figure is hidden; under 30 it is hatched and gets no arrow and no rank."),
        ),
        (
            phrase("Chance"),
            phrase(
                "A change or difference is coloured when p < .05 after correction for all tests of "
                "its table ({correction} for segments). Grey is within chance.",
                correction=asked.segments.facts["correction"],
            ),
        ),
        (phrase("Stage"), placed),
        (
            phrase("Friction"),
            phrase(
                "Negative, effortful or unresolved comments, weighted by severity, per 100 customers who were there."
            ),
        ),
        (
            phrase("Probable cause"),
            phrase(
                "A theme is worth the JSI points that would come back if the comments carrying it "
                "had the average of the stage's other comments. It goes with low scores; only a "
                "person can confirm that it makes them."
            ),
        ),
        (
            phrase("Cost of a stage"),
            phrase(
                "Its share of all comments times its distance from its target, in points of the "
                "whole; about, because severities are left out."
            ),
        ),
    ]


def _data(asked: Asked) -> list[tuple[str, str]]:
    stages = asked.taxonomy
    return [
        *([(phrase("Records"), _records(asked.status))] if asked.status else []),
        (
            phrase("Privacy"),
            phrase(
                "E-mail, IP and postal addresses, phone, card, IBAN and national id numbers and "
                "links with tokens are replaced before anything is stored (rules {redaction}).",
                redaction=REDACTION,
            ),
        ),
        (
            phrase("Versions"),
            phrase(
                "Touchline {version} · taxonomy {id} {version2} · model {model}",
                version=__version__,
                id=stages.id,
                version2=stages.version,
                model=asked.model,
            ),
        ),
    ]


def _records(status: Status) -> str:
    received = phrase(
        "{received} records received = {stored} stored + {duplicate} duplicate + {revised} "
        "revised + {quarantined} quarantined + {expired} expired",
        received=status.received,
        stored=status.stored,
        duplicate=status.duplicate,
        revised=status.revised,
        quarantined=status.quarantined,
        expired=status.expired,
    )
    if status.waiting:
        received = phrase("{received} + {waiting} waiting", received=received, waiting=status.waiting)
    reasons = joined("; ", (f"{reason} ({plain(n)})" for reason, n in status.quarantine_reasons[:5]))
    quarantined = phrase(" Quarantined: {reasons}.", reasons=reasons) if reasons else ""
    return phrase(
        "{received}. Of the whole workspace, whatever the period.{quarantined}",
        received=received,
        quarantined=quarantined,
    )


def _methods(asked: Asked) -> Markup | None:
    rows = [row for row in asked.methods if row["n"]]
    whole = sum(row["n"] for row in rows)
    if not whole:
        return None
    return numbers(
        (phrase("Scored by"), phrase_of("column", "Share"), phrase("Comments"), phrase("Customers")),
        [
            (
                _METHODS.get(row["key"], str(row["name"])),
                percent(row["n"] / whole),
                plain(row["n"]),
                plain(row["customers"]),
            )
            for row in sorted(rows, key=lambda row: -int(row["n"]))
        ],
        summary=phrase("How comments were scored"),
    )
