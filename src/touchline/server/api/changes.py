"""Routes that change what is read of the data: labels, what the reader is taught, themes, who is who."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import Body, Router
from pydantic import Field, StringConstraints

from touchline.cli.writing import plain
from touchline.errors import InputError
from touchline.server.api.asking import ANSWERS
from touchline.server.api.described import answers
from touchline.server.api.scope import unrestricted
from touchline.server.people.facade import Given, access_of, as_json, asks, noted, only
from touchline.server.workspaces.facade import held

if TYPE_CHECKING:
    from touchline.workspace import Workspace
    from touchline.workspace.themes import Themes

router = Router(tags=["Changes"])
_SCOPE: Final = "admin"
_OBJECT: Final = {"type": "object"}
Made = TypeVar("Made")
Name = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class Label(Given):
    """What a person says of a text, or of a part of it."""

    text: Words
    stage: Name | None = Field(None, description="A stage by id, name or alias, or `unassigned`.")
    sentiment: Literal["negative", "neutral", "positive"] | None = None
    emotion: Name | None = None
    effort: Name | None = None
    resolution: Name | None = None
    intent: Name | None = None
    severity: Name | None = None
    start: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(None, description="First character of the part.")
    end: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(None, description="One past its last character.")


class Teaching(Given):
    """Labels to learn from."""

    labels: Annotated[list[Label], Field(min_length=1, max_length=5_000)]
    name: Annotated[str, StringConstraints(max_length=200)] = Field("API", description="Where they come from.")


class Version(Given):
    """Which version of the reader."""

    to: Literal["undo", "redo"] | Annotated[int, Field(ge=0, le=1_000_000)]


class Skipped(Given):
    """Texts that are not to be asked for again."""

    texts: Annotated[list[Words], Field(min_length=1, max_length=1_000)]


class Discovering(Given):
    """How themes are looked for."""

    keep: bool = Field(True, description="Write them down; else only tell.")
    least: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(None, description="Customers that a theme needs.")
    afresh: bool = Field(False, description="Let go of themes found before, but for those pinned or edited.")


class Edit(Given):
    """What becomes of a theme."""

    do: Literal["rename", "merge", "unmerge", "split", "pin", "unpin", "hide", "unhide"]
    name: Annotated[str, StringConstraints(max_length=200)] | None = Field(None, description="For rename and split.")
    into: Name | None = Field(None, description="For merge: the theme that stays.")
    phrases: Annotated[list[Name], Field(max_length=200)] = Field([], description="For split: what its mentions say.")


class Claim(Given):
    """Who is who."""

    customer: Name
    same_as: Name | None = Field(None, description="Another reference of the same person; without it, alone again.")


class Identity(Given):
    """Which references are one person."""

    claims: Annotated[list[Claim], Field(min_length=1, max_length=10_000)]


def _changing(request: HttpRequest, action: str, what: str, change: Callable[[Workspace], Made]) -> Made:
    """Change the workspace while no drain runs, write who did it into the audit log, and forget old answers."""
    access = access_of(request)
    only(request)
    unrestricted(access, action)
    with held(access.workspace or "").writing() as opened:
        made = change(opened)
    noted(request, action, what)
    ANSWERS.forget()
    return made


def _json(value: Any) -> HttpResponse:
    return as_json(plain(value))


def _post(path: str, name: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    def add(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        router.post(path, operation_id=name, openapi_extra=answers(_OBJECT, formats=False))(asks(_SCOPE)(view))
        return view

    return add


@_post("/labels", "teach")
def teach(request: HttpRequest, given: Body[Teaching]) -> HttpResponse:
    """Teach the reader with labelled texts, beside all that it was taught before, and read the texts again."""
    from touchline.evaluation.labels import LABELS
    from touchline.understanding.teaching.lesson import Given

    def change(opened: Workspace) -> Any:
        rows = []
        for number, label in enumerate(given.labels):
            said = {kind: str(value) for kind in LABELS if (value := getattr(label, kind)) is not None}
            rows.append(Given(label.text, _checked(opened, said, label, number), label.start, label.end))
        return opened.teaching.teach(rows, file=given.name or "API").as_json()

    return _json(_changing(request, "reader.taught", f"{len(given.labels)} labels", change))


def _checked(opened: Workspace, said: dict[str, str], label: Label, number: int) -> dict[str, str]:
    """Return labels by their ids.

    Raises:
        InputError: One is unknown, or the part is not there.
    """
    from touchline.evaluation.labels import one_label

    where = f"labels.{number}"
    if not said:
        raise InputError("a text has no label", where=where, todo="give a stage, a sentiment or another one")
    start, end = label.start or 0, len(label.text) if label.end is None else label.end
    if (label.start is None) != (label.end is None) or not start < end <= len(label.text):
        raise InputError("the part is not in the text", where=where, todo="give start, and end one past its last")
    return {kind: one_label(kind, value, opened.taxonomy, where) for kind, value in said.items()}


@_post("/labels/skip", "skip_labels")
def skip(request: HttpRequest, given: Body[Skipped]) -> HttpResponse:
    """Let texts not be asked for again."""
    _changing(request, "labels.skipped", f"{len(given.texts)} texts", lambda opened: opened.teaching.skip(given.texts))
    return _json({"skipped": len(given.texts)})


@_post("/reader", "use_reader")
def use(request: HttpRequest, given: Body[Version]) -> HttpResponse:
    """Go to another version of what the reader was taught: a number (0 is as shipped), `undo` or `redo`."""

    def change(opened: Workspace) -> dict[str, Any]:
        if given.to == "undo":
            opened.teaching.undo()
        elif given.to == "redo":
            opened.teaching.redo()
        else:
            opened.teaching.use(int(given.to))
        return _reader(opened)

    return _json(_changing(request, "reader.changed", str(given.to), change))


def _reader(opened: Workspace) -> dict[str, Any]:
    teaching = opened.teaching
    return {"current": teaching.current, "versions": [version.as_json() for version in teaching.versions]}


@router.get("/reader", operation_id="reader", openapi_extra=answers(_OBJECT, formats=False))
@asks("read")
def reader(request: HttpRequest) -> HttpResponse:
    """The versions of what the reader was taught, and which one is in use."""
    only(request)
    access = access_of(request)
    unrestricted(access, "reader")
    return _json(_reader(held(access.workspace or "").workspace))


@router.get("/labels/next", operation_id="next_labels", openapi_extra=answers(_OBJECT, formats=False))
@asks(_SCOPE)
def next_labels(request: HttpRequest, n: Annotated[int, Field(ge=1, le=200)] = 20) -> HttpResponse:
    """The texts that teach the reader most: those that it is unsure of, and unlike each other, with its guesses."""
    only(request, ("n",))
    access = access_of(request)
    unrestricted(access, "labels")
    with held(access.workspace or "").writing() as opened:
        found = opened.teaching.candidates(n)
    noted(request, "labels.seen", f"{len(found)} texts")
    return _json({"texts": [asdict(one) for one in found]})


@_post("/themes/discover", "discover_themes")
def discover(request: HttpRequest, given: Body[Discovering]) -> HttpResponse:
    """Find the themes that customers raise and that nothing names yet."""

    def change(opened: Workspace) -> dict[str, Any]:
        found = opened.themes.discover(keep=given.keep, least=given.least, afresh=given.afresh)
        return {"keep": given.keep, "least": found.least, "themes": [asdict(theme) for theme in found.fresh]}

    return _json(_changing(request, "themes.discovered", f"keep {given.keep}", change))


@_post("/themes/{theme}", "edit_theme")
def edit(request: HttpRequest, theme: str, given: Body[Edit]) -> HttpResponse:
    """Rename, merge, split, pin or hide a theme, or take that back."""

    def change(opened: Workspace) -> dict[str, Any]:
        made = _edited(opened.themes, theme, given)
        shown = opened.taxonomy.theme(made)
        return {"theme": made, "name": shown.name if shown else None}

    return _json(_changing(request, f"theme.{given.do}", theme, change))


def _edited(themes: Themes, theme: str, given: Edit) -> str:
    def needed(value: Made | None, name: str) -> Made:
        if not value:
            raise InputError(f"{given.do} needs {name}", where=name, todo=f"give {name}")
        return value

    if given.do == "split":
        return themes.split(theme, needed(given.phrases, "phrases"), name=given.name or "")
    if given.do == "rename":
        themes.rename(theme, needed(given.name, "name"))
    elif given.do == "merge":
        themes.merge(theme, needed(given.into, "into"))
    elif given.do == "unmerge":
        themes.unmerge(theme)
    elif given.do in ("pin", "unpin"):
        themes.pin(theme, pinned=given.do == "pin")
    else:
        themes.hide(theme, hidden=given.do == "hide")
    return theme


@_post("/identity", "identify")
def identify(request: HttpRequest, given: Body[Identity]) -> HttpResponse:
    """Say which customer references are one person. Nothing is imported again, and it can be undone."""
    pairs = [(claim.customer, claim.same_as) for claim in given.claims]
    taken = _changing(request, "identity.claimed", f"{len(pairs)} claims", lambda opened: opened.identify(pairs))
    return _json({"claims": taken})
