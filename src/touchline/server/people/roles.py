"""Roles, what each may do, and what a caller may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from touchline.words import phrase, phrase_of

#: What a caller may do, in words.
SCOPE_WORDS: Final[Mapping[str, str]] = {
    "ingest": phrase("send data in"),
    "read": phrase("ask questions"),
    "cases": phrase("work on cases"),
    "export": phrase("take data out"),
    "maps": phrase("change journey maps"),
    "admin": phrase("look after people and keys"),
}
SCOPES: Final = tuple(SCOPE_WORDS)

#: What each role may do, the smallest first.
ROLES: Final[Mapping[str, frozenset[str]]] = {
    "viewer": frozenset({"read"}),
    "analyst": frozenset({"read", "export", "maps"}),
    "agent": frozenset({"read", "cases"}),
    "manager": frozenset({"read", "export", "cases", "ingest", "maps"}),
    "admin": frozenset(SCOPES),
}

#: What people read of a role; a guest of a workshop has one of their own, which opens nothing else.
ROLE_NAMES: Final[Mapping[str, str]] = {
    "viewer": phrase_of("role", "viewer"),
    "analyst": phrase_of("role", "analyst"),
    "agent": phrase_of("role", "agent"),
    "manager": phrase_of("role", "manager"),
    "admin": phrase_of("role", "admin"),
    "guest": phrase_of("role", "guest"),
}

#: A restriction to segments: pairs of a segment's name and the values that may be seen.
Segments = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks, and what they may do in one workspace.

    Attributes:
        workspace: The workspace's slug; None outside of any.
        user_id: The person; None for a key.
        key_id: The API key; None for a person.
        name: What the audit log calls them: an e-mail address, or a key's name.
        role: One of `ROLES`; a key has the smallest role that its scopes need.
        scopes: What they may do, of `SCOPES`.
        segments: What they may see: all customers if empty, else only those who have one of the values in each of the
            segments named.

    >>> Access("acme", 7, None, "ann@acme.example", "analyst", ROLES["analyst"]).may("export")
    True
    """

    workspace: str | None
    user_id: int | None
    key_id: str | None
    name: str
    role: str
    scopes: frozenset[str]
    segments: Segments = ()

    def may(self, scope: str) -> bool:
        """Return whether they may do what a scope names."""
        return scope in self.scopes

    @property
    def role_name(self) -> str:
        """The role, as people read it."""
        return ROLE_NAMES[self.role]


def operator(workspace: str | None = None) -> Access:
    """Return who acts at the command line of the machine, which only one who may write the server's folder can use."""
    return Access(workspace, None, "local", "command line", "admin", ROLES["admin"])


def role_of(scopes: Iterable[str]) -> str:
    """Return the smallest role that may do all that scopes name; `viewer` for `ingest` alone, which sees nothing.

    >>> role_of({"read", "export"}), role_of({"read", "cases"}), role_of({"admin"}), role_of({"ingest"})
    ('analyst', 'agent', 'admin', 'viewer')
    """
    wanted = frozenset(scopes) - {"ingest"}
    return next(role for role, allowed in ROLES.items() if wanted <= allowed)


def as_segments(said: Mapping[str, Iterable[str]] | None) -> Segments:
    """Return a restriction as it is stored, in its fixed order.

    >>> as_segments({"region": ["emea", "apac"]})
    (('region', ('apac', 'emea')),)
    """
    return tuple((name, tuple(sorted(set(values)))) for name, values in sorted((said or {}).items()))
