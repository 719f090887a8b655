"""What the server's database copied of customers' words goes with the texts: after retention, and after redaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from touchline.server.privacy import stores

if TYPE_CHECKING:
    from touchline.workspace import Workspace

#: Brings an app's copies in line with the texts of a workspace, by its slug; returns how many rows it changed.
Follower = Callable[[str, "Workspace"], int]
_followers: Final[list[Follower]] = []


def on_retained(follower: Follower) -> None:
    """Have something called whenever words of a workspace are past their time, or were redacted again."""
    if follower not in _followers:
        _followers.append(follower)


def follow(slug: str, workspace: Workspace) -> int:
    """Bring every copy in line with the texts, leave no byte of what went, and return how many rows were changed.

    Args:
        slug: The workspace's.
        workspace: Open, after its retention or redaction.
    """
    changed = sum(follower(slug, workspace) for follower in _followers)
    if changed:
        stores.scrub()
    return changed
