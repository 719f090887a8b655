"""The inbox: what customers wrote, by filters, by what was read in it and by words, with why it was read so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from touchline.errors import QuestionError
from touchline.figures.markup import Markup
from touchline.figures.names import called
from touchline.server.api.facade import sees_interaction
from touchline.server.feedback.views.changes import lesson_card
from touchline.server.journey.facade import TONES, Visit, marked, shown
from touchline.vocabulary.named import named
from touchline.vocabulary.schemas import EFFORTS, EMOTIONS, INTENTS, UNASSIGNED
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.scores.base import Filters

PAGE: Final = 40
#: The address's own parameters, beside those of the filter bar.
OWN: Final = ("words", "sentiment", "emotion", "effort", "intent", "contradictions", "unassigned", "order")
_TONES: Final = {"negative": gettext_lazy("Negative"), "neutral": gettext_lazy("Neutral"),
                 "positive": gettext_lazy("Positive")}  # fmt: skip


def asked(visit: Visit) -> tuple[Filters, dict[str, Any]]:
    """Return what the address asks of feedback: filters, and the question's own options."""
    from dataclasses import replace

    filters = replace(visit.chosen.filters, stages=(UNASSIGNED,)) if visit.said("unassigned") else visit.chosen.filters
    options: dict[str, Any] = {"words": visit.said("words")[:500], "contradictions": bool(visit.said("contradictions"))}
    for name in ("sentiment", "emotion", "effort", "intent"):
        options[name] = visit.said(name) or None
    options["order"] = visit.said("order", "best")
    return filters, options


@shown("feedback/inbox.html", "Feedback", audit="feedback.seen", late={"lesson": lesson_card})
def inbox(visit: Visit) -> Mapping[str, Any]:
    """Return the texts that are asked for, with what may be done about them."""
    page = visit.said("page", "1")
    if not page.isdecimal() or not 1 <= int(page) <= 100_000:
        raise QuestionError(phrase("the page cannot be read"), todo=phrase("begin at the first one"))
    at = int(page)
    filters, options = asked(visit)
    figure = visit.local.feedback(filters, **options, limit=PAGE, skip=PAGE * (at - 1))
    n, slug = figure.facts["n"], visit.workspace.slug
    said = {name: visit.said(name) for name in OWN if visit.said(name)}
    taxonomy = visit.held.workspace.taxonomy
    rows = [_row(row, slug, visit) for row in figure.to_dicts()]
    return {
        "n": n, "customers": figure.facts["customers"], "meaning": figure.meaning, "words": options["words"],
        "selects": _selects(visit), "said": said, "kept": visit.chosen.pairs, "rows": rows,
        "themes": _themes(visit), "theme": next(iter(visit.chosen.filters.themes), ""),
        "may_correct": visit.access.may("admin") and not visit.access.segments,
        "stages": [(stage.id, stage.name) for stage in taxonomy.stages], "unassigned": UNASSIGNED, "tones": _TONES,
        "back": visit.request.get_full_path(), "quarantine": visit.access.may("admin"),
        "earlier": visit.chosen.having(**said, page=str(at - 1)) if at > 1 else "",
        "later": visit.chosen.having(**said, page=str(at + 1)) if n > at * PAGE else "",
        "first": PAGE * (at - 1) + 1, "last": PAGE * (at - 1) + len(rows),
    }  # fmt: skip


def _selects(visit: Visit) -> list[dict[str, Any]]:
    def choices(name: str, label: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "name": name,
            "label": label,
            "values": [(v, said, visit.said(name) == v) for v, said in values.items()],
        }

    def plain(what: str, values: tuple[str, ...]) -> dict[str, str]:
        return {value: str(named(what, value)).replace("_", " ").capitalize() for value in values if value != "none"}

    return [
        choices("sentiment", _("Any sentiment"), _TONES),
        choices("emotion", _("Any emotion"), plain("emotion", EMOTIONS)),
        choices("effort", _("Any effort"), {"high": _("High effort"), "low": _("Low effort")} if EFFORTS else {}),
        choices("intent", _("Any intent"), plain("intent", INTENTS)),
    ]


def _themes(visit: Visit) -> list[tuple[str, str, bool]]:
    chosen = visit.chosen.filters.themes
    rows = visit.local.themes(visit.chosen.filters if not chosen else _without_themes(visit.chosen.filters)).to_dicts()
    names = {row["theme"]: row["name"] for row in rows if row.get("theme")}
    taxonomy = visit.held.workspace.taxonomy
    for one in chosen:
        found = taxonomy.theme(one)
        names.setdefault(one, found.name if found else one)
    return [(key, name, key in chosen) for key, name in sorted(names.items(), key=lambda item: item[1])]


def _without_themes(filters: Filters) -> Filters:
    from dataclasses import replace

    return replace(filters, themes=())


def _row(row: Mapping[str, Any], slug: str, visit: Visit) -> dict[str, Any]:
    total = sum(mention["sentiment"] for mention in row["mentions"])
    ref, taxonomy = row["customer_ref"], visit.held.workspace.taxonomy
    numbers = ",".join(str(mention["mention"]) for mention in row["mentions"])
    return {
        "id": row["interaction_id"],
        "value": f"{row['interaction_id']}#{numbers}",
        "at": row["occurred_at"],
        "who": ref or _("anonymous"),
        "link": reverse("customer", args=[slug, ref]) if ref else "",
        "why": reverse("explain", args=[slug, row["interaction_id"]]),
        "what": " · ".join(called(part) for part in (row["channel"], row["source"]) if part),
        "parts": marked(row["text"] or "", row["mentions"], row["found"]),
        "long": len(row["text"] or "") > 600,
        "chips": [
            {"text": " · ".join(filter(None, (_stage(taxonomy, one["stage"]), _theme(taxonomy, one["theme"])))),
             "tone": TONES[one["sentiment"]], "unassigned": one["stage"] == UNASSIGNED}
            for one in row["mentions"]
        ],
        "tone": TONES[(total > 0) - (total < 0)],
    }  # fmt: skip


def _stage(taxonomy: Any, stage: str) -> str:
    return _("unassigned") if stage == UNASSIGNED else str(taxonomy.stage(stage).name)


def _theme(taxonomy: Any, theme: str | None) -> str:
    found = taxonomy.theme(theme) if theme else None
    return str(found.name) if found else theme or ""


@shown("feedback/explain.html", "Feedback", audit="interaction.seen")
def explain(visit: Visit, interaction: str) -> Mapping[str, Any]:
    """Return why an interaction counts as it does."""
    from touchline.questions import Local

    missing = QuestionError(
        phrase("there is no interaction {interaction}", interaction=repr(interaction)),
        todo=phrase("follow a link of the inbox"),
    )
    if not sees_interaction(visit.access, visit.unscoped, interaction):
        raise missing
    found = Local(visit.held.workspace).explain(interaction)
    if found.interaction_id != interaction:
        raise missing
    taxonomy = visit.held.workspace.taxonomy
    shown_ = [asdict_of(one, taxonomy) for one in found.mentions]
    touches = [
        {"stage": _stage(taxonomy, one.stage), "tone": TONES[one.s], "formula": one.formula,
         "method": named("method", one.method or ""), "contradiction": one.contradiction, "mentions": one.mentions}
        for one in found.touches
    ]  # fmt: skip
    return {"found": found, "mentions": shown_, "touches": touches, "notes": found.notes, "context": found.context,
            "position": _stage(taxonomy, found.position) if found.position else ""}  # fmt: skip


def asdict_of(mention: Any, taxonomy: Any) -> dict[str, Any]:
    """Return a mention as its card shows it."""
    names = {"emotion": _("Emotion"), "effort": _("Effort"), "intent": _("Intent"), "resolution": _("Resolution")}
    signals = [(name, of, getattr(mention, of)) for of, name in names.items()]
    return {
        "words": mention.words, "tone": TONES[mention.sentiment],
        "sentiment": [_("negative"), _("neutral"), _("positive")][mention.sentiment + 1],
        "confidence": mention.confidence * 100, "stage": _stage(taxonomy, mention.stage),
        "unassigned": mention.stage == UNASSIGNED, "theme": _theme(taxonomy, mention.theme),
        "decided_by": mention.decided_by, "method": named("method", mention.method or ""),
        "model": mention.model.partition(":")[0],
        "phrases": mention.phrases, "understood": mention.understood,
        "signals": [
            (name, named(of, value)) for name, of, value in signals if value and value not in ("none", "unknown")
        ],
        "stages": [
            {"name": one.name, "share": one.probability * 100, "bar": _bar(one.probability)} for one in mention.stages
        ],
    }  # fmt: skip


def _bar(share: float) -> Markup:
    from touchline.figures.markup import tag

    width = round(100 * min(1.0, max(0.0, share)), 1)
    return tag(
        "svg",
        tag("rect", x=0, y=0, width=100, height=6, rx=3, class_="rail"),
        tag("rect", x=0, y=0, width=width, height=6, rx=3, class_="fill"),
        viewBox="0 0 100 6", preserveAspectRatio="none", aria_hidden="true",
    )  # fmt: skip
