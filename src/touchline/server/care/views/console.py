"""The console: lists on the left, cases in the middle, one case's story on the right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from touchline.errors import QuestionError
from touchline.figures.colour import jsi_class
from touchline.figures.names import called
from touchline.figures.numbers import plain, plus_minus, span
from touchline.server.api.facade import scoped
from touchline.server.care import files, hints, seeing, story, talking
from touchline.server.care.framing import shown
from touchline.server.care.hours import rules
from touchline.server.care.models import Case, Event, View
from touchline.server.care.people import agents
from touchline.server.care.pictures import aware, mood
from touchline.server.care.seeing import VIEWS, Wanted
from touchline.server.care.words import FIELDS, KINDS, OUTCOMES, PRIORITY_WORDS, STATUS_WORDS
from touchline.server.pages.facade import page
from touchline.server.people.facade import Access, access_of, noted
from touchline.server.workspaces.facade import held
from touchline.vocabulary.named import named
from touchline.words import phrase

_PAGE: Final = 50
_STORY: Final = 200
_SHOWN: Final = 40
_HINTS: Final = 6
_NAMES: Final = frozenset(one.name for one in fields(Wanted))
_TONES: Final = {-1: "bad", 0: "flat", 1: "good"}


def wanted_of(query: QueryDict, access: Access) -> Wanted:
    """Return which cases an address asks for; one's own open ones by default, or all where one has none."""
    given = {name: query.get(name, "").strip()[:300] for name in _NAMES if query.get(name)}
    if "view" not in given:
        given["view"] = "mine" if access.user_id and access.may("cases") else "all"
    return Wanted(**given)


@page()
def cases(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the console."""
    access, now = access_of(request), timezone.now()
    wanted = wanted_of(request.GET, access)
    rows = seeing.cases(slug, access, wanted, now)
    n, at = rows.count(), request.GET.get("page", "1")
    if not at.isdecimal() or not 1 <= int(at) <= 100_000:
        raise QuestionError(phrase("the page cannot be read"), todo=phrase("choose it below the list"))
    number = int(at)
    listed = list(rows[_PAGE * (number - 1) : _PAGE * number])
    chosen = _chosen(request, slug, access, listed)
    pairs = wanted.pairs
    here = urlencode([*pairs, ("page", at)] if number > 1 else pairs)
    context = {
        "wanted": wanted, "n": n, "pairs": [pair for pair in pairs if pair[0] not in ("words", "view")],
        "views": _views(slug, access, wanted, now), "own": _own(slug, access, wanted), "query": urlencode(pairs),
        "rows": [_row(case, now, chosen, here) for case in listed], "back": here,
        "earlier": urlencode([*pairs, ("page", str(number - 1))]) if number > 1 else "",
        "later": urlencode([*pairs, ("page", str(number + 1))]) if n > _PAGE * number else "",
        "agents": agents(slug), "statuses": STATUS_WORDS.items(), "priorities": PRIORITY_WORDS.items(),
        "outcomes": OUTCOMES.items(), "teams": rules(slug).teams, "me": access.user_id,
        "case": None, **(_story(request, slug, access, chosen, now, here) if chosen else {}),
    }  # fmt: skip
    noted(request, "cases.seen", f"{request.GET.urlencode()} {chosen.customer if chosen else ''}".strip())
    return shown(request, slug, "care/console.html", context)


@page("cases")
def hinted(request: HttpRequest, slug: str) -> HttpResponse:
    """Show who is losing patience right now: a part of the console that renews itself."""
    found = list(hints.hints(slug, access_of(request))[:_HINTS])
    return shown(request, slug, "care/hints.html", {"hints": found})


def _chosen(request: HttpRequest, slug: str, access: Access, listed: list[Case]) -> Case | None:
    said = request.GET.get("case", "")
    if said.isascii() and said.isdecimal() and len(said) < 10:
        return seeing.find(slug, int(said), access)
    return listed[0] if listed else None


def _views(slug: str, access: Access, wanted: Wanted, now: datetime) -> list[dict[str, Any]]:
    counts = seeing.counts(slug, access, now)
    plainly = len(wanted.pairs) == 1
    shown_ = [name for name in VIEWS if access.user_id or name not in ("mine", "mentions")]
    return [
        {"name": name, "label": VIEWS[name], "n": counts.get(name), "on": wanted.view == name and plainly,
         "late": name in ("overdue", "escalated") and bool(counts.get(name))}
        for name in shown_
    ]  # fmt: skip


def _own(slug: str, access: Access, wanted: Wanted) -> list[dict[str, Any]]:
    if not access.user_id:
        return []
    query = urlencode(wanted.pairs)
    return [{"view": one, "on": one.query == query} for one in View.objects.filter(workspace=slug, user=access.user_id)]


def _row(case: Case, now: datetime, chosen: Case | None, here: str) -> dict[str, Any]:
    about = [called(one) for one in (case.touchpoint or case.stage, case.channel) if one]
    return {
        "case": case, "href": f"?{here}&case={case.number}" if here else f"?case={case.number}",
        "on": chosen is not None and chosen.pk == case.pk, "about": " · ".join(about),
        "status": STATUS_WORDS[case.status], "priority": PRIORITY_WORDS[case.priority], **_due(case, now),
        "score": "–" if case.score is None else f"{case.score:.0f}",
        "colour": "none" if case.score is None else jsi_class(case.score),
    }  # fmt: skip


def _due(case: Case, now: datetime) -> dict[str, Any]:
    """Return how long there is, or by how much it is late, in words."""
    if case.status == "closed":
        return {"due": OUTCOMES.get(case.outcome, _("closed")), "tone": "good" if case.outcome == "recovered" else ""}
    if case.status == "resolved":
        return {"due": _("resolved"), "tone": "good"}
    if case.due_at is None:
        return {"due": _("clock stands") if case.status == "waiting" else _("no deadline"), "tone": ""}
    left = (case.due_at - now).total_seconds()
    if left < 0:
        return {"due": _("%(time)s late") % {"time": span(-left)}, "tone": "bad"}
    return {"due": _("in %(time)s") % {"time": span(left)}, "tone": "warn" if left < 4 * 3600 else ""}


def _story(request: HttpRequest, slug: str, access: Access, case: Case, now: datetime, here: str) -> dict[str, Any]:
    talking.seen(case, access)
    known = _journey(slug, access, case)
    settings = held(slug).workspace
    taxonomy = settings.taxonomy
    theme = taxonomy.theme(case.theme) if case.theme else None
    return {
        "case": case, "row": _row(case, now, case, here), "status": STATUS_WORDS[case.status],
        "stages": [(one.id, one.name) for one in taxonomy.stages],
        "theme_name": theme.name if theme else case.theme,
        "theme_link": f"{reverse('feedback', args=[slug])}?{urlencode({'theme': case.theme, 'days': 0})}",
        "comments": [_comment(one) for one in case.comments.prefetch_related("mentions__user")],
        "files": case.attachments.select_related("by"), "history": list(_history(case)),
        "others": seeing.cases(slug, access, Wanted(customer=case.customer)).exclude(pk=case.pk).order_by("-id")[:10],
        "largest": rules(slug).attachment_mb, **known,
    }  # fmt: skip


def _journey(slug: str, access: Access, case: Case) -> dict[str, Any]:
    """Return the customer's story as far as the one who asks may see it."""
    opened = held(slug)
    try:
        figure = opened.ask(lambda local: scoped(local, access).timeline(case.customer, limit=_STORY))
    except QuestionError:  # nothing of it is there, or may be seen
        return {"happened": [], "facts": None, "picture": None}
    rows, facts = figure.to_dicts(), figure.facts
    return {
        "happened": [_happened(row) for row in rows[:_SHOWN]],
        "more": max(0, int(facts["n"]) - _SHOWN),
        "facts": {
            "jsi": plain(facts["jsi"]), "margin": plus_minus(facts["low"], facts["high"]),
            "band": named("band", facts["band"] or ""),
        },
        "picture": mood(rows, case.opened_at, opened.workspace.settings.score.half_life_person),
    }  # fmt: skip


def _happened(row: Mapping[str, Any]) -> dict[str, Any]:
    total = sum(touch["s"] for touch in row["touches"] or [])
    what = [called(one) for one in (row["event"] or row["kind"], row["channel"], row["programme"]) if one]
    ours = row["author"] != "customer"
    return {
        "at": aware(row["occurred_at"]), "what": " · ".join(what), "text": row["text"] or "",
        "ours": ours, "tone": _TONES[(total > 0) - (total < 0)] if row["touches"] else "",
        "scores": [
            {"text": f"{one['kind'].upper()} {one['value']:g}", "tone": _TONES.get(one["sign"], "flat")}
            for one in row["answers"] or []
        ],
    }  # fmt: skip


def _comment(one: Any) -> dict[str, Any]:
    return {"comment": one, "who": str(one.by) if one.by else one.name,
            "names": [str(mention.user) for mention in one.mentions.all()]}  # fmt: skip


def _history(case: Case) -> Iterator[dict[str, Any]]:
    for event in story.history(case):
        yield {"event": event, "what": KINDS.get(event.kind, event.kind), "lines": list(_lines(event)),
               "other": event.case.number if event.case_id != case.pk else None}  # fmt: skip


def _lines(event: Event) -> Iterator[dict[str, Any]]:
    if event.kind != "changed":
        return
    for name, after in event.after.items():
        before = event.before.get(name, "")
        yield {"name": FIELDS.get(name, name), "before": worded(name, before), "after": worded(name, after)}


def worded(name: str, value: Any) -> str:
    """Return a field's value as people read it."""
    words = {"status": STATUS_WORDS, "priority": PRIORITY_WORDS, "outcome": OUTCOMES}.get(name, {})
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(words.get(value, value) or "–")


@page()
def case(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Lead to a case in the console."""
    seeing.find(slug, number, access_of(request))
    return HttpResponseRedirect(f"{reverse('cases', args=[slug])}?view=all&case={number}")


@page()
def file(request: HttpRequest, slug: str, number: int, file: int) -> HttpResponseBase:
    """Give a file, to be kept and never to be shown: whatever it holds, it runs nowhere."""
    found = seeing.find(slug, number, access_of(request))
    row, bytes_of = files.opened(found, file)
    noted(request, "case.file.seen", f"{number}: {row.sha256}")
    answer = FileResponse(bytes_of, as_attachment=True, filename=row.name, content_type="application/octet-stream")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
