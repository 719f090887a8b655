"""What other apps may ask of workspaces."""

from __future__ import annotations

from pathlib import Path

from django.utils.text import slugify

from touchline.errors import WorkspaceError
from touchline.server.home import Home
from touchline.server.workspaces.holding import Healing, Held, after_drain, held, hold_all, let_go, open_here
from touchline.server.workspaces.models import Workspace
from touchline.words import phrase

__all__ = [
    "Healing",
    "Held",
    "Workspace",
    "add",
    "after_drain",
    "create",
    "everyone",
    "find",
    "held",
    "hold_all",
    "let_go",
    "open_here",
]


def everyone() -> list[Workspace]:
    """Return all workspaces, the first added first."""
    return list(Workspace.objects.all())


def find(slug: str) -> Workspace | None:
    """Return the workspace of a slug, or None."""
    return Workspace.objects.filter(slug=slug).first()


def add(folder: Path, name: str, slug: str = "") -> Workspace:
    """Make an existing workspace's folder one of this server; one that is there already comes back as it is.

    Raises:
        WorkspaceError: Another workspace has the slug.
    """
    root = str(folder.resolve())
    found = Workspace.objects.filter(folder=root).first()
    if found:
        return found
    chosen = slug or slugify(name) or "workspace"
    if Workspace.objects.filter(slug=chosen).exists():
        raise WorkspaceError(
            phrase("there is a workspace {chosen} already", chosen=repr(chosen)), todo=phrase("give another name")
        )
    return Workspace.objects.create(slug=chosen, name=name, folder=root)


def create(name: str, *, template: str = "b2c") -> Workspace:
    """Make a new, empty workspace in the server's home.

    Raises:
        WorkspaceError: There is one of that name.
        TaxonomyError: There is no such template.
    """
    from touchline.workspace import Workspace as Opened

    slug = slugify(name) or "workspace"
    folder = Home.from_environment().workspaces / slug
    if find(slug) or folder.exists():
        raise WorkspaceError(
            phrase("there is a workspace {slug} already", slug=repr(slug)), todo=phrase("give another name")
        )
    Opened.create(folder, name=name, taxonomy=template).close()
    return add(folder, name, slug)
