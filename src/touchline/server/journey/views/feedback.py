"""What customers wrote: by filters, words and sentiment; each text with its mentions marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from touchline.errors import QuestionError
from touchline.server.journey.marking import TONES, marked
from touchline.server.journey.page import Visit, shown
from touchline.workspace.feedback import feedback as found

_PAGE: Final = 40


@shown("journey/feedback.html", "Feedback", audit="feedback.seen")
def feedback(visit: Visit) -> Mapping[str, Any]:
    """Return the texts within the filters that hold the words."""
    words, tone, page = visit.said("words"), visit.said("sentiment"), visit.said("page", "1")
    if tone not in ("", "-1", "0", "1") or not page.isdecimal() or not 1 <= int(page) <= 100_000:
        raise QuestionError("the sentiment or the page cannot be read", todo="choose it above")
    at = int(page)
    figure = found(
        visit.held.workspace, visit.chosen.filters, words=words, sentiment=int(tone) if tone else None, limit=_PAGE,
        skip=_PAGE * (at - 1),
    )  # fmt: skip
    n = figure.facts["n"]
    slug = visit.workspace.slug
    return {
        "words": words, "n": n, "customers": figure.facts["customers"], "meaning": figure.meaning,
        "tones": [("", _("Any sentiment")), ("-1", _("Negative")), ("0", _("Neutral")), ("1", _("Positive"))],
        "tone": tone, "kept": visit.chosen.pairs,
        "earlier": visit.chosen.having(words=words, sentiment=tone, page=str(at - 1)) if at > 1 else "",
        "later": visit.chosen.having(words=words, sentiment=tone, page=str(at + 1)) if n > at * _PAGE else "",
        "rows": [_row(row, slug) for row in figure.to_dicts()],
    }  # fmt: skip


def _row(row: Mapping[str, Any], slug: str) -> dict[str, Any]:
    total = sum(mention["sentiment"] for mention in row["mentions"])
    ref = row["customer_ref"]
    return {
        "at": row["occurred_at"],
        "who": ref or _("anonymous"),
        "link": reverse("customer", args=[slug, ref]) if ref else "",
        "what": " · ".join(part for part in (row["kind"], row["channel"], row["source"]) if part),
        "parts": marked(row["text"], row["mentions"]),
        "chips": [
            {"text": " · ".join(part for part in (one["stage"], one["theme"], one["emotion"]) if part),
             "tone": TONES[one["sentiment"]]}
            for one in row["mentions"]
        ],
        "tone": TONES[(total > 0) - (total < 0)],
    }  # fmt: skip
