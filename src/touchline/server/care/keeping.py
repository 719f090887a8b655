"""Customers' words on cases follow the texts that they were copied from: they go when these go, and change with them.

What a customer is told here is an interaction too, so its words are kept as long as those of the journal. Words that
nobody knows an interaction of (somebody typed them in, a ticket system told them) go by the rules for everything.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from touchline.server.care.customers import shortened
from touchline.server.care.feeding import SOURCE
from touchline.server.care.models import Case, Comment, Told
from touchline.server.care.opening import OURSELVES
from touchline.workspace.retaining import cutoff

if TYPE_CHECKING:
    from touchline.workspace import Workspace

#: Stands where words were that are past their time.
GONE: Final = "…"


def follow(slug: str, workspace: Workspace, now: datetime | None = None) -> int:
    """Bring the words on a workspace's cases in line with its texts; return how many rows were changed."""
    moment, rules = now or timezone.now(), workspace.settings.retention
    with transaction.atomic():
        changed = _excerpts(slug, workspace)
        if (before := cutoff(rules, moment)) is not None:
            typed = Case.objects.filter(workspace=slug, said_in="", opened_at__lt=before).exclude(excerpt="")
            changed += typed.update(excerpt="")
            ours = Comment.objects.filter(workspace=slug, by=None, name=OURSELVES, internal=True, at__lt=before)
            changed += ours.exclude(text=GONE).update(text=GONE)
        if (before := cutoff(rules, moment, source=SOURCE, kind="message")) is not None:
            told = Comment.objects.filter(workspace=slug, internal=False, at__lt=before)
            changed += told.exclude(text=GONE).update(text=GONE)
            sent = Told.objects.filter(workspace=slug, sent_at__lt=before, journal_at__isnull=False)
            changed += sent.exclude(message="").update(message="")
    return changed


def _excerpts(slug: str, workspace: Workspace) -> int:
    """Copy excerpts anew from what is left of their texts."""
    import pyarrow as pa

    cases = list(Case.objects.filter(workspace=slug).exclude(said_in="").exclude(excerpt="").only("said_in", "excerpt"))
    if not cases:
        return 0
    asked = pa.table({"interaction_id": sorted({case.said_in for case in cases})})
    with workspace.warehouse.given(asked=asked):
        rows = workspace.warehouse.fetch(
            "SELECT interaction_id, text FROM interactions SEMI JOIN asked USING (interaction_id)"
            " WHERE text IS NOT NULL"
        ).to_pylist()
    texts = {row["interaction_id"]: shortened(row["text"]) for row in rows}
    stale = [case for case in cases if case.excerpt != texts.get(case.said_in, "")]
    for case in stale:
        case.excerpt = texts.get(case.said_in, "")
    Case.objects.bulk_update(stale, ["excerpt"], batch_size=200)
    return len(stale)
