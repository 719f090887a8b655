"""The stages: shown, changed in a draft, what would move told, saved as a version, gone back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _

from touchline.errors import InputError, TouchlineError
from touchline.server.data import away, editing, placing, working
from touchline.server.data.models import Draft
from touchline.server.data.page import address, changing, reading, said, shown
from touchline.server.people.facade import access_of, noted
from touchline.vocabulary.model import KINDS, OWNERSHIPS, POLARITIES
from touchline.words import phrase
from touchline.workspace.moving import sample
from touchline.workspace.stages import difference

if TYPE_CHECKING:
    from touchline.server.workspaces.facade import Held

_SECONDS: Final = 90.0
_LISTS: Final = ("channels", "sources", "events", "keywords")


def _draft(request: HttpRequest, hold: Held) -> Draft | None:
    return Draft.objects.filter(workspace=hold.slug, by=access_of(request).name).first()


def _begun(request: HttpRequest, hold: Held) -> Draft:
    found = _draft(request, hold)
    if found is not None:
        return found
    return Draft(workspace=hold.slug, by=access_of(request).name, text=hold.workspace.stages.text,
                 base=hold.workspace.taxonomy.version)  # fmt: skip


def _text(request: HttpRequest, hold: Held) -> tuple[str, Draft | None]:
    found = _draft(request, hold) if access_of(request).may("admin") else None
    return (found.text if found else hold.workspace.stages.text), found


def _ended(request: HttpRequest, hold: Held) -> None:
    """Tell once what became of a change that was made in the meantime."""
    done = placing.ended(hold.slug)
    if done and done.error:
        messages.error(request, said(done.error))
    elif done:
        messages.success(request, _("Done: %(what)s.") % {"what": done.what})


@reading
def taxonomy(request: HttpRequest, hold: Held) -> HttpResponse:
    """Show the stages in order, what is being changed, and the versions."""
    _ended(request, hold)
    text, draft = _text(request, hold)
    try:
        tree, broken = editing.tree_of(text), ""
    except TouchlineError as error:
        tree, broken = editing.tree_of(hold.workspace.stages.text), said(error)
    versions = hold.workspace.stages.versions
    context = {
        "title": _("Stages and themes"), "tree": tree, "draft": draft, "broken": broken,
        "stages": [_summary(one) for one in tree["stages"]],
        "problems": editing.problems(text)[:10] if draft and not broken else [],
        "versions": versions[::-1], "going": placing.going(hold.slug),
        "version": hold.workspace.taxonomy.version,
    }  # fmt: skip
    return shown(request, hold, "data/taxonomy.html", context)


def _summary(stage: editing.Tree) -> dict[str, Any]:
    parts = stage.get("sub_stages") or []
    points = [point for part in parts for point in part.get("touchpoints") or ()]
    return {**stage, "parts": len(parts), "points": len(points), "named": len(stage.get("themes") or ()),
            "told": len(_listed(stage.get("examples")))}  # fmt: skip


@reading
def stage(request: HttpRequest, hold: Held, stage: str) -> HttpResponse:
    """Show one stage with all that is known of it."""
    text, draft = _text(request, hold)
    one = editing.stage_in(editing.tree_of(text), stage)
    context = {
        "title": one.get("name") or stage, "stage": _fields(one), "draft": draft, "kinds": KINDS,
        "polarities": POLARITIES, "ownerships": OWNERSHIPS,
    }  # fmt: skip
    return shown(request, hold, "data/stage.html", context)


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [] if value is None else [str(value)]


def _fields(one: editing.Tree) -> dict[str, Any]:
    """Return a stage with its lists as texts, to be put into fields."""

    def told(part: editing.Tree) -> dict[str, Any]:
        lists = {name: ", ".join(_listed(part.get(name))) for name in ("aliases", *_LISTS)}
        lines = {name: "\n".join(_listed(part.get(name))) for name in ("examples", "phrases")}
        return {**part, **lists, **lines}

    parts = [
        {**told(part), "touchpoints": [told(point) for point in part.get("touchpoints") or ()]}
        for part in one.get("sub_stages") or ()
    ]
    return {**told(one), "sub_stages": parts, "themes": [told(theme) for theme in one.get("themes") or ()]}


@reading
def text(request: HttpRequest, hold: Held) -> HttpResponse:
    """Show the stages as YAML."""
    written, draft = _text(request, hold)
    context = {"title": _("Stages as YAML"), "text": written, "draft": draft,
               "problems": editing.problems(written) if draft else []}  # fmt: skip
    return shown(request, hold, "data/yaml.html", context)


@changing("admin", "taxonomy")
def change(request: HttpRequest, hold: Held) -> HttpResponseBase:
    """Put something of the draft otherwise, and lead back to where that was done."""
    do, draft, to = request.POST.get("do", ""), _begun(request, hold), "taxonomy"
    one = request.POST.get("stage", "")
    if do == "yaml":
        draft.text, to = request.POST.get("text", "").replace("\r\n", "\n"), "taxonomy/yaml"
    else:
        tree = editing.tree_of(draft.text)
        if do in ("up", "down"):
            editing.move(tree, one, -1 if do == "up" else 1)
        elif do == "order":
            editing.order(tree, request.POST.get("order", "").split())
        elif do == "add":
            to = f"taxonomy/stage/{editing.add(tree, request.POST.get('name', ''))}"
        elif do == "remove":
            editing.remove(tree, one)
        elif do == "stage":
            editing.change(tree, one, request.POST)
            to = f"taxonomy/stage/{one}"
        else:
            raise InputError(
                phrase("there is no change {value}", value=repr(do[:40])), todo=phrase("load the page again")
            )
        draft.text = editing.text_of(tree)
    draft.moves = {}
    draft.save()
    return HttpResponseRedirect(address(hold.slug, to))


@changing("admin", "taxonomy")
def discard(request: HttpRequest, hold: Held) -> HttpResponseBase:
    """Let go of the draft."""
    Draft.objects.filter(workspace=hold.slug, by=access_of(request).name).delete()
    messages.success(request, _("The stages are as they were."))
    return HttpResponseRedirect(address(hold.slug, "taxonomy"))


@changing("admin", "taxonomy")
def preview(request: HttpRequest, hold: Held) -> HttpResponseBase:
    """Place a sample of customers on the draft's stages, in a process of its own, and lead to what would move."""
    draft = _begun(request, hold)
    hold.workspace.stages.checked(draft.text)
    found = hold.ask(lambda local: sample(local.workspace), seconds=30.0)
    folder = str(hold.workspace.folder.root)
    draft.moves = working.run(away.moves, folder, found, draft.text, seconds=_SECONDS)
    draft.save()
    return HttpResponseRedirect(address(hold.slug, "taxonomy/draft"))


@reading
def draft(request: HttpRequest, hold: Held) -> HttpResponse:
    """Show what the draft changes: line by line, and what would move."""
    written, found = _text(request, hold)
    lines = _difference(hold.workspace.stages.text, written) if found else []
    return shown(request, hold, "data/draft.html", {
        "title": _("What would change"), "draft": found, "diff": _lines(lines),
        "moves": _moves(found.moves) if found and found.moves else None,
        "stale": bool(found and found.base != hold.workspace.taxonomy.version),
    })  # fmt: skip


def _difference(before: str, after: str) -> list[str]:
    return difference(editing.plain(before), editing.plain(after))


def _lines(lines: list[str]) -> list[tuple[str, str]]:
    tones = {"+": "plus", "-": "minus", "@": "at"}
    return [(tones.get(line[:1], ""), line) for line in lines]


def _moves(told: dict[str, Any]) -> dict[str, Any]:
    """Return what would move with names, and the matrix as rows."""
    names = {**told["names"], "unassigned": _("unassigned")}
    cells = {(a, b): n for a, b, n in told["matrix"]}
    rows = [stage for stage in told["stages"] if any(a == stage for a, _b in cells)]
    heads = [stage for stage in told["stages"] if any(b == stage for _a, b in cells)]
    matrix = [
        {"name": names.get(a, a),
         "cells": [{"n": cells.get((a, b), 0), "tone": "same" if a == b else "moved"} for b in heads]}
        for a in rows
    ]  # fmt: skip
    touched = [
        {"name": names.get(stage, stage), "before": before, "after": after, "change": after - before}
        for stage, (before, after) in told["touched"].items()
        if before or after
    ]
    examples = [
        {**one, "before": names.get(one["before"], one["before"]), "after": names.get(one["after"], one["after"])}
        for one in told["examples"]
    ]
    return {
        **told, "heads": [names.get(stage, stage) for stage in heads], "rows": matrix, "touched": touched,
        "examples": examples, "whole": told["share"] > 0.999, "percent": f"{100 * told['share']:.0f}",
        "texts_share": f"{100 * told['texts_moved'] / max(1, told['texts']):.1f}",
        "touches_share": f"{100 * told['touches_moved'] / max(1, told['touches']):.1f}",
    }  # fmt: skip


@changing("admin", "taxonomy")
def save(request: HttpRequest, hold: Held) -> HttpResponseBase:
    """Save the draft as the version in use; everything is placed anew beside what is shown, then shown."""
    draft = _begun(request, hold)
    access, note = access_of(request), request.POST.get("note", "").strip()[:200]
    if draft.base != hold.workspace.taxonomy.version and "anyway" not in request.POST:
        raise InputError(
            phrase("somebody else has changed the stages since you began"), todo=phrase("look at what would change")
        )
    hold.workspace.stages.checked(draft.text)
    written = draft.text
    placing.begin(
        hold, str(_("new stages")),
        lambda opened, tell: opened.stages.change(written, by=access.name, note=note, progress=tell),
        lambda: draft.delete() and None if draft.pk else None,
    )  # fmt: skip
    noted(request, "taxonomy.changed", note or hold.slug)
    return HttpResponseRedirect(address(hold.slug, "taxonomy"))


@reading
def version(request: HttpRequest, hold: Held, number: int) -> HttpResponse:
    """Show a version of the stages beside the one in use and the one before it."""
    one = hold.workspace.stages.version(number)
    before = hold.workspace.stages.version(number - 1).text if number > 1 else ""
    return shown(request, hold, "data/version.html", {
        "title": _("Version %(n)s of the stages") % {"n": number}, "one": one,
        "diff": _lines(_difference(before, one.text)) if before else [],
        "back": _lines(_difference(hold.workspace.stages.text, one.text)) if not one.current else [],
    })  # fmt: skip


@changing("admin", "taxonomy")
def restore(request: HttpRequest, hold: Held, number: int) -> HttpResponseBase:
    """Use a version again."""
    access = access_of(request)
    hold.workspace.stages.checked(hold.workspace.stages.version(number).text)
    placing.begin(
        hold, str(_("version %(n)s of the stages") % {"n": number}),
        lambda opened, tell: opened.stages.restore(number, by=access.name, progress=tell),
    )  # fmt: skip
    noted(request, "taxonomy.restored", str(number))
    return HttpResponseRedirect(address(hold.slug, "taxonomy"))


@reading
def progress(request: HttpRequest, hold: Held) -> HttpResponse:
    """Tell a page how far a change is."""
    now = placing.going(hold.slug)
    told: dict[str, Any] = {"phase": "importing" if now else "done"}
    return JsonResponse(told | ({"step": now.step, "done": now.done} if now else {}))
