"""What people correct in the inbox: stages and sentiments teach the reader, words teach a theme; and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from touchline.errors import InputError, TouchlineError
from touchline.figures.markup import Markup
from touchline.server.api.facade import unrestricted
from touchline.server.feedback.learning import Corrected, begin, changing, go_back, lesson_of
from touchline.server.people.facade import needs, noted
from touchline.server.workspaces.facade import held
from touchline.vocabulary.schemas import UNASSIGNED

if TYPE_CHECKING:
    from touchline.server.journey.facade import Visit
    from touchline.server.people.facade import Access
    from touchline.workspace import Workspace

#: Most texts that are corrected at once.
MOST: Final = 500
_HEADS: Final = {"stage", "sentiment"}


def back_to(request: HttpRequest, slug: str) -> HttpResponseRedirect:
    """Lead back to the list that a form was sent from."""
    to = request.POST.get("back", "")
    fits = to.startswith(f"/w/{slug}/") and url_has_allowed_host_and_scheme(to, allowed_hosts=None)
    return HttpResponseRedirect(to if fits else reverse("feedback", args=[slug]))


def telling(request: HttpRequest, slug: str, action: str, change: Callable[[], str]) -> HttpResponse:
    """Make a change, and tell on the next page what came of it."""
    access: Access = request.access  # type: ignore[attr-defined]  # `needs` puts it there
    try:
        unrestricted(access, action)
        messages.success(request, change())
    except TouchlineError as error:
        messages.error(request, f"{error.what}{'; ' + error.todo if error.todo else ''}")
    return back_to(request, slug)


@needs("admin")
@require_POST
def correct(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what texts are about and how they were meant; the reader learns from it."""

    def change() -> str:
        labels = _labels(request, held(slug).workspace)
        begin(slug, labels, by=request.access.name)  # type: ignore[attr-defined]
        noted(request, "reader.taught", f"{len(labels)} labels")
        said = ngettext("The reader learns from %(n)d label.", "The reader learns from %(n)d labels.", len(labels))
        return said % {"n": len(labels)}

    return telling(request, slug, "correcting", change)


def _labels(request: HttpRequest, opened: Workspace) -> list[Corrected]:
    from touchline.evaluation.labels import one_label

    said = {name: value for name in sorted(_HEADS) if (value := request.POST.get(name, "").strip())}
    if not said:
        raise InputError(_("nothing was chosen"), todo=_("choose a stage or a sentiment"))
    labels = {name: one_label(name, value, opened.taxonomy, name) for name, value in said.items()}
    return [
        Corrected(row["interaction_id"], None if row["only"] else row["mention"], row["text"], labels,
                  None if row["only"] else row["start"], None if row["only"] else row["end"])
        for row in chosen(request, opened)
    ]  # fmt: skip


def chosen(request: HttpRequest, opened: Workspace) -> list[dict[str, Any]]:
    """Return the mentions that a form names, with their words.

    Raises:
        InputError: It names none, or too many.
    """
    import pyarrow as pa

    named: dict[tuple[str, int], None] = {}
    for one in request.POST.getlist("text"):
        interaction, _hash, numbers = one.rpartition("#")
        for number in numbers.split(","):
            if interaction and number.isdecimal() and len(number) < 5:
                named[interaction, int(number)] = None
    if not named or len(request.POST.getlist("text")) > MOST:
        raise InputError(_("no text was chosen, or too many"), todo=_("choose 1 to %(n)d") % {"n": MOST})
    asked = pa.table({
        "interaction_id": pa.array([name for name, _number in named], pa.string()),
        "mention": pa.array([number for _name, number in named], pa.int16()),
    })  # fmt: skip
    with opened.warehouse.given(asked=asked):
        rows: list[dict[str, Any]] = opened.warehouse.fetch(
            'SELECT m.interaction_id, m.mention, m.theme, m."start", m."end", i.text,'
            " (SELECT count(*) FROM mentions x WHERE x.interaction_id = m.interaction_id) = 1 AS only"
            " FROM mentions m SEMI JOIN asked USING (interaction_id, mention) JOIN interactions i"
            " USING (interaction_id) WHERE i.text IS NOT NULL ORDER BY m.interaction_id, m.mention"
        ).to_pylist()
    if not rows:
        raise InputError(_("these texts are no longer there"), todo=_("look at the list again"))
    return rows


@needs("admin")
@require_POST
def theme(request: HttpRequest, slug: str) -> HttpResponse:
    """Say of which theme the chosen texts are, by words that they have; others with these words follow."""

    def change() -> str:
        into, words = request.POST.get("into", ""), " ".join(request.POST.get("phrase", "").split())
        opened = held(slug).workspace
        themes = {row["theme"] for row in chosen(request, opened) if row["theme"]}
        if len(themes) != 1:
            raise InputError(
                _("the chosen texts have no theme, or several"), todo=_("choose texts of one theme: filter by it")
            )
        (source,) = themes
        made = changing(slug, lambda held_: _moved(held_, source, into, words))
        noted(request, "theme.corrected", f"{source} to {made}")
        return _("Mentions of “%(words)s” are of “%(theme)s” now.") % {"words": words, "theme": _name(opened, made)}

    return telling(request, slug, "correcting", change)


def _moved(opened: Workspace, source: str, into: str, words: str) -> str:
    fresh = opened.themes.split(source, [words])
    if not into:
        return fresh
    try:
        opened.themes.merge(fresh, into)
    except InputError:
        opened.themes.merge(fresh, source)  # as it was
        raise
    return into


def _name(opened: Workspace, theme_: str) -> str:
    found = opened.taxonomy.theme(theme_)
    return found.name if found else theme_


@needs("admin")
@require_POST
def undo(request: HttpRequest, slug: str) -> HttpResponse:
    """Go back to what the reader knew before its last lesson."""

    def change() -> str:
        number = go_back(slug)
        noted(request, "reader.changed", f"back to {number}")
        return _("The reader is as it was before.")

    return telling(request, slug, "correcting", change)


@needs("read")
@require_safe
@never_cache
def learning(request: HttpRequest, slug: str) -> HttpResponse:
    """Return how far the lesson is, as a part of a page."""
    access: Access = request.access  # type: ignore[attr-defined]
    return HttpResponse(_card(request, slug, access))


def lesson_card(visit: Visit) -> Markup:
    """Return how far the lesson is, or what it brought; nothing where none was given."""
    return Markup(_card(visit.request, visit.workspace.slug, visit.access))


def _card(request: HttpRequest, slug: str, access: Access) -> str:
    lesson = lesson_of(slug)
    if lesson is None or not access.may("admin") or access.segments:
        return ""
    scores = [
        {
            "name": {"stage": _("Stage"), "sentiment": _("Sentiment")}.get(score.head, score.head), "n": score.n,
            "before": None if score.accuracy_before is None else score.accuracy_before * 100,
            "after": None if score.accuracy_after is None else score.accuracy_after * 100,
            "better": (score.accuracy_after or 0) - (score.accuracy_before or 0),
        }
        for score in lesson.scores if score.head in _HEADS
    ]  # fmt: skip
    current = held(slug).workspace.teaching.current
    context = {"lesson": lesson, "scores": scores, "slug": slug, "current": current == lesson.version,
               "percent": round(lesson.done * 100), "unassigned": UNASSIGNED}  # fmt: skip
    return render_to_string("feedback/lesson.html", context, request)
