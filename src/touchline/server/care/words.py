"""The words of a case: what it can be, and how that is told to people."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from touchline.settings.cases import PRIORITIES

__all__ = [
    "FIELDS", "KINDS", "OPEN", "OUTCOMES", "PRIORITIES", "PRIORITY_WORDS", "STATUSES", "STATUS_WORDS",
]  # fmt: skip

STATUS_WORDS: Final[dict[str, Promise]] = {
    "new": _("New"),
    "in_progress": _("In progress"),
    "waiting": _("Waiting"),
    "resolved": _("Resolved"),
    "closed": _("Closed"),
}
STATUSES: Final = tuple(STATUS_WORDS)
#: A case that is worked on; a resolved one is so until it is closed.
OPEN: Final = ("new", "in_progress", "waiting")
PRIORITY_WORDS: Final[dict[str, Promise]] = {
    "urgent": _("Urgent"), "high": _("High"), "normal": _("Normal"), "low": _("Low"),
}  # fmt: skip
OUTCOMES: Final[dict[str, Promise]] = {
    "recovered": _("Recovered"), "not_recovered": _("Not recovered"), "churned": _("Churned"),
}  # fmt: skip
#: What is changed of a case, and what it is called.
FIELDS: Final[dict[str, Promise]] = {
    "status": _("Status"), "owner": _("Owner"), "team": _("Team"), "priority": _("Priority"), "due": _("Due"),
    "theme": _("Theme"), "stage": _("Stage"), "root_cause": _("Root cause"), "outcome": _("Outcome"),
    "resurvey": _("Ask again"),
}  # fmt: skip
#: What happens to a case.
KINDS: Final[dict[str, Promise]] = {
    "opened": _("opened the case"), "changed": _("changed"), "commented": _("wrote"), "attached": _("attached"),
    "detached": _("removed"), "merged": _("merged"), "escalated": _("escalated"), "refused": _("kept"),
}  # fmt: skip
