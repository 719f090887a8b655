"""The outer loop: a cause was put right, and everybody who raised it is told that they were heard.

Who raised it comes from the words of customers. A share of them, drawn by chance, is not told, so that what telling
does can be measured: the scores that both give afterwards are compared. Whoever may not be written to is in neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from touchline.errors import InputError, NotAllowed
from touchline.server.care import feeding
from touchline.server.care.customers import segments_of
from touchline.server.care.errors import CaseMissing
from touchline.server.care.hours import rules
from touchline.server.care.models import Fix, Told
from touchline.server.care.seeing import visible
from touchline.server.outbox.facade import put
from touchline.server.people.facade import Access
from touchline.server.privacy.facade import may
from touchline.server.workspaces.facade import Workspace, held
from touchline.words import phrase

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from touchline.questions import Local

#: Fewer customers with a score on either side compare nothing.
LEAST: Final = 5
_Z: Final = 1.959964


def put_right(
    workspace: str, *, by: Access, theme: str, said: str, did: str, stage: str = "", since: datetime | None = None,
    fixed_at: datetime | None = None, hold_out: float | None = None, message: str | None = None,
) -> Fix:  # fmt: skip
    """Write down that a cause was put right: everybody who raised it is listed, each with a draft.

    Args:
        workspace: The workspace's slug; this process holds it.
        by: Who does it; they may see all customers.
        theme: What was raised.
        said: It, in our words: "parcels came late".
        did: What was done: "parcels leave on the day of the order".
        stage: Only where it was raised about this stage.
        since: Only where it was raised since.
        fixed_at: When it was put right; now by default. Whoever raised it later is not told.
        hold_out: The share that is not told; None takes the workspace's.
        message: The draft, with ``{customer}``, ``{said}`` and ``{did}``; None takes ours.

    Raises:
        InputError: Nobody raised it.
        NotAllowed: They may see some customers only.
    """
    if by.segments:
        raise NotAllowed(phrase("telling customers of a fix is for those who may see all of them"), where="fixes")
    now = timezone.now()
    moment = fixed_at or now
    for name, at in (("since", since), ("fixed_at", moment)):
        if at is not None and at.tzinfo is None:
            raise InputError(
                phrase("{name} needs its time zone", name=str(name)),
                where=name,
                todo=phrase("write 2026-01-31T00:00:00Z"),
            )
    share = rules(workspace).hold_out if hold_out is None else hold_out
    draft = message or _("You said: {said}. We did: {did}. Thank you for telling us.")
    raised = held(workspace).ask(lambda local: _raised(local, theme, stage, since, moment))
    if not raised:
        raise InputError(
            phrase("nobody raised {theme} then", theme=repr(theme)),
            where="theme",
            todo=phrase("name a theme of /issues, as its id"),
        )
    allowed = {row["customer"]: may(workspace, row["customer"], "contact") for row in raised}
    with transaction.atomic():
        Workspace.objects.select_for_update().filter(slug=workspace).first()
        last = Fix.objects.filter(workspace=workspace).order_by("-number").values_list("number", flat=True).first()
        fix = Fix.objects.create(
            workspace=workspace, number=(last or 0) + 1, theme=theme, stage=stage, said=said.strip(), did=did.strip(),
            since=since, fixed_at=moment, hold_out=share, message=draft, by_id=by.user_id, name=by.name, made_at=now,
        )  # fmt: skip
        Told.objects.bulk_create(
            Told(
                workspace=workspace, fix=fix, customer=row["customer"], segments=row["segments"], raised=row["raised"],
                raised_at=row["raised_at"], held_out=allowed[row["customer"]] and _drawn(fix, row["customer"]) < share,
                message=_filled(draft, row["customer"], fix), why_not="" if allowed[row["customer"]] else "no consent",
            )
            for row in raised
        )  # fmt: skip
    return fix


def _raised(local: Local, theme: str, stage: str, since: datetime | None, until: datetime) -> list[dict[str, Any]]:
    rows = local.workspace.warehouse.fetch(
        "SELECT m.customer_key, c.customer_ref AS customer, count(*) AS raised, max(m.occurred_at) AS raised_at"
        " FROM mentions m JOIN customers c USING (customer_key)"
        " WHERE m.theme = $theme AND m.sentiment < 0 AND m.occurred_at < $until AND c.customer_ref IS NOT NULL"
        " AND ($stage = '' OR m.stage = $stage) AND m.occurred_at >= $since"
        " GROUP BY ALL ORDER BY raised_at DESC",
        theme=theme, stage=stage, until=_naive(until), since=_naive(since or datetime(1970, 1, 1, tzinfo=UTC)),
    ).to_pylist()  # fmt: skip
    segments = segments_of(local, [row["customer_key"] for row in rows])
    return [
        {**row, "raised_at": row["raised_at"].replace(tzinfo=UTC), "segments": segments.get(row["customer_key"], {})}
        for row in rows
    ]


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def _drawn(fix: Fix, customer: str) -> float:
    """Return a number from 0 to 1 that is always the same for a customer and a fix."""
    digest = hashlib.sha256(f"{fix.workspace}/{fix.pk}/{customer}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _filled(draft: str, customer: str, fix: Fix) -> str:
    return draft.replace("{said}", fix.said).replace("{did}", fix.did).replace("{customer}", customer)


def fixes(workspace: str) -> list[Fix]:
    """Return the causes that were put right, the latest first."""
    return list(Fix.objects.filter(workspace=workspace))


def find(workspace: str, number: int) -> Fix:
    """Return one of them.

    Raises:
        CaseMissing: There is none of that number.
    """
    found = Fix.objects.filter(workspace=workspace, number=number).first()
    if found is None:
        raise CaseMissing(phrase("there is no fix {number}", number=str(number)), where=workspace)
    return found


def rows(fix: Fix, access: Access) -> QuerySet[Told]:
    """Return the customers who raised a cause and whom somebody may see."""
    return visible(fix.told.all(), access)


def send(
    fix: Fix, *, by: Access, target: str = "", customers: Sequence[str] | None = None, message: str | None = None
) -> int:
    """Tell customers, through a system or by oneself; return how many were told now. Nobody is told twice.

    Args:
        fix: What was put right.
        by: Who sends it.
        target: A target of the outbox that sends it; empty where people have sent it themselves, which is only logged.
        customers: Whom; None tells all who may be told and are not held out.
        message: Other words than the draft.

    Raises:
        InputError: There is no such target.
    """
    now = timezone.now()
    with transaction.atomic():
        wanted = rows(fix, by).select_for_update().filter(sent_at=None, held_out=False, why_not="")
        if customers is not None:
            wanted = wanted.filter(customer__in=list(customers))
        found = [one for one in wanted if may(fix.workspace, one.customer, "contact")]
        for one in found:
            one.message = _filled(message, one.customer, fix) if message else one.message
            one.sent_at, one.sent_by, one.target = now, by.name, target
            if target:
                body = {"title": fix.did, "text": one.message, "customer": one.customer, "theme": fix.theme,
                        "stage": fix.stage, "fix": fix.number}  # fmt: skip
                put(fix.workspace, target, "cause.fixed", body, key=f"fix-{fix.number}-{one.pk}")
        Told.objects.bulk_update(found, ["message", "sent_at", "sent_by", "target"])
        transaction.on_commit(lambda: feeding.soon(fix.workspace))
    return len(found)


def effect(fix: Fix, access: Access) -> dict[str, Any]:
    """Return how the scores of those who were told went on, beside those who were held out.

    Both are counted from the first message on; the difference's 95 % interval is over customers (DESIGN, "A
    difference"). Under `LEAST` customers with a score on a side, nothing is compared.

    Returns:
        ``told`` and ``held_out``, each with customers, scored (with a touch since) and jsi; ``difference``, ``low``,
        ``high`` in points of JSI; ``why_not`` where nothing can be compared yet.
    """
    mine = list(rows(fix, access).filter(why_not=""))
    sent = [one.sent_at for one in mine if one.sent_at is not None]
    groups = {
        "told": [one.customer for one in mine if one.sent_at is not None],
        "held_out": [one.customer for one in mine if one.held_out],
    }
    if not sent:
        return {**{name: _group(refs, {}) for name, refs in groups.items()}, "why_not": _("nobody has been told yet")}
    since = min(sent)
    sums = held(fix.workspace).ask(lambda local: _since(local, [*groups["told"], *groups["held_out"]], since))
    made: dict[str, Any] = {name: _group(refs, sums) for name, refs in groups.items()}
    if any(made[name]["scored"] < LEAST for name in groups):
        return {**made, "why_not": _("fewer than %(n)d customers on a side have given a score since") % {"n": LEAST}}
    means, variances = {}, {}
    for name, refs in groups.items():
        pairs = [sums[ref] for ref in refs if ref in sums]
        weight = sum(w for w, _ws in pairs)
        mean = sum(ws for _w, ws in pairs) / weight
        factor = len(pairs) / (len(pairs) - 1)
        means[name] = mean
        variances[name] = factor * sum((ws - w * mean) ** 2 for w, ws in pairs) / weight**2
    difference = 50 * (means["told"] - means["held_out"])
    margin = 50 * _Z * (variances["told"] + variances["held_out"]) ** 0.5
    return {**made, "difference": difference, "low": difference - margin, "high": difference + margin, "why_not": ""}


def _group(refs: Sequence[str], sums: dict[str, tuple[float, float]]) -> dict[str, Any]:
    pairs = [sums[ref] for ref in refs if ref in sums]
    weight = sum(w for w, _ws in pairs)
    enough = len(pairs) >= LEAST
    jsi = 50 * (1 + sum(ws for _w, ws in pairs) / weight) if weight and enough else None
    return {"customers": len(refs), "scored": len(pairs), "jsi": jsi}


def _since(local: Local, refs: Sequence[str], since: datetime) -> dict[str, tuple[float, float]]:
    """Return the weight, and weight times sentiment, of each customer's touches since a moment."""
    import pyarrow as pa

    warehouse = local.workspace.warehouse
    with warehouse.given(wanted=pa.table({"customer_ref": pa.array(sorted(set(refs)), pa.string())})):
        found = warehouse.fetch(
            "SELECT p.customer_ref, sum(t.weight) AS w, sum(t.weight * t.s) AS ws FROM touches t"
            " JOIN (SELECT DISTINCT customer_ref, customer_key FROM interactions SEMI JOIN wanted USING (customer_ref))"
            " p USING (customer_key) WHERE t.occurred_at > $since GROUP BY ALL",
            since=_naive(since),
        ).to_pylist()
    return {row["customer_ref"]: (float(row["w"]), float(row["ws"])) for row in found}


def told(fix: Fix, access: Access) -> dict[str, Any]:
    """Return what was put right, and how many were told, as plain values."""
    mine = rows(fix, access)
    return {
        "number": fix.number, "theme": fix.theme, "stage": fix.stage or None, "said": fix.said, "did": fix.did,
        "since": fix.since.isoformat() if fix.since else None, "fixed_at": fix.fixed_at.isoformat(), "by": fix.name,
        "message": fix.message, "raised_by": mine.count(), "told": mine.exclude(sent_at=None).count(),
        "waiting": mine.filter(sent_at=None, held_out=False, why_not="").count(),
        "held_out": mine.filter(held_out=True).count(), "no_consent": mine.exclude(why_not="").count(),
    }  # fmt: skip


def shown(one: Told) -> dict[str, Any]:
    """Return one customer who raised it, as plain values."""
    sent = one.sent_at.isoformat() if one.sent_at else None
    return {
        "customer": one.customer, "raised": one.raised, "raised_at": one.raised_at.isoformat(),
        "held_out": one.held_out, "message": one.message, "sent_at": sent, "sent_by": one.sent_by or None,
        "target": one.target or None, "why_not": one.why_not or None,
    }  # fmt: skip
