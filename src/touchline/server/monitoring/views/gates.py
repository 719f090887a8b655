"""The gates: what they ask, whom they hold, and what became of those who were held."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from touchline.errors import InputError
from touchline.figures.numbers import between, plain
from touchline.server.monitoring import applying, gate_effect, gating, renewing
from touchline.server.monitoring.framing import action, page, shown
from touchline.server.monitoring.gatespec import GateSpec
from touchline.server.monitoring.models import Decision, Gate
from touchline.server.people.facade import access_of, noted
from touchline.server.workspaces.facade import held

_MOST: Final = 100


@page(what="gates")
def gates(request: HttpRequest, slug: str) -> HttpResponse:
    """Show every gate with those whom it holds, in the order that is asked for."""
    return _page(request, slug)


def _page(request: HttpRequest, slug: str, error: InputError | None = None) -> HttpResponse:
    noted(request, "customers.seen", "gates")
    taxonomy = held(slug).workspace.taxonomy
    said = request.GET.get("order", "jsi")
    order = renewing.Order(said) if said in list(renewing.Order) else renewing.Order.JSI
    shown_ = []
    for gate in gating.gates_of(slug):
        spec = GateSpec.of_dict(gate.spec)
        name = taxonomy.stage(gate.stage).name if gate.stage in taxonomy.ids else gate.stage
        now = timezone.now()
        found = held(slug).ask(lambda local, spec=spec, now=now: gating.verdicts(local, spec, now), seconds=30)  # type: ignore[misc]
        known = {one.ref: one for one in gate.decisions.all()}
        dues = renewing.dues_of(held(slug), gate.of)
        rows = [_row(one, known.get(one.ref), dues.get(one.ref)) for one in found if one.result != "pass"]
        rows = renewing.ordered(rows, order, _sortable)
        counts = {result: sum(one.result == result for one in found) for result in ("pass", "hold", "unsure")}
        shown_.append(
            {
                "gate": gate, "spec": spec, "name": name, "counts": counts, "share": _shares(counts),
                "held": [row for row in rows if row["verdict"].result == "hold"][:_MOST],
                "unsure": [row for row in rows if row["verdict"].result == "unsure"][:20],
                "effect": gate_effect.effect(held(slug), gate),
            }
        )  # fmt: skip
    stages = [(stage.id, stage.name) for stage in taxonomy.stages]
    minimum = held(slug).workspace.settings.score.gate
    context = {
        "gates": shown_,
        "stages": stages,
        "error": error,
        "minimum": minimum,
        "told": request.POST,
        "order": order,
    }
    return shown(request, slug, "monitoring/gates.html", context, 400 if error else 200)


def _shares(counts: dict[str, int]) -> list[dict[str, Any]]:
    whole = sum(counts.values()) or 1
    return [{"result": name, "n": n, "share": round(100 * n / whole, 2)} for name, n in counts.items()]


def _sortable(row: dict[str, Any]) -> dict[str, Any]:
    verdict, decision = row["verdict"], row["decision"]
    since = decision.first_at if decision is not None else None
    return {"ref": verdict.ref, "jsi": verdict.jsi, "due": row["due"], "since": since}


def _row(verdict: gating.Verdict, decision: Decision | None, due: datetime | None) -> dict[str, Any]:
    return {
        "verdict": verdict, "decision": decision, "due": due, "late": due is not None and due < timezone.now(),
        "jsi": plain(verdict.jsi), "interval": between(verdict.low, verdict.high),
        "let": decision is not None and (decision.without or decision.released_at is not None),
    }  # fmt: skip


@action("admin", "gates")
def save(request: HttpRequest, slug: str) -> HttpResponse:
    """Create a gate, or change one."""
    hold = held(slug)
    names = ("stage", "of", "minimum", "fall", "voices", "heard_days", "without")
    told: dict[str, Any] = {name: request.POST.get(name, "").strip() for name in names}
    told["no_severe"] = "true" if request.POST.get("no_severe") else "false"
    told["active"] = "false" if request.POST.get("active") == "0" else "true"
    try:
        spec = applying.one_gate(told, hold.workspace.taxonomy, hold.workspace.settings.score.gate)
    except InputError as error:
        return _page(request, slug, error)
    verb = applying.set_gate(slug, spec, by=access_of(request).name, origin="web")
    gating.decide(hold)
    noted(request, f"gate.{verb}", f"{spec.stage} {spec.of}")
    return HttpResponseRedirect(reverse("gates", args=[slug]))


def _found(slug: str, number: int) -> Gate:
    found = Gate.objects.filter(workspace=slug, pk=number).first()
    if found is None:
        raise Http404
    return found


@action("admin", "gates")
def remove(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Remove a gate, with what it decided."""
    gate = _found(slug, number)
    gate.delete()
    noted(request, "gate.removed", str(gate))
    return HttpResponseRedirect(reverse("gates", args=[slug]))


@action("cases", "gates")
def release(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Let somebody who is held pass."""
    gate = _found(slug, number)
    ref, why = request.POST.get("ref", ""), request.POST.get("why", "")
    gating.release(gate, ref, access_of(request).name, why, timezone.now())
    noted(request, "gate.released", ref)
    messages.success(request, _("%(ref)s may pass.") % {"ref": ref})
    return HttpResponseRedirect(reverse("gates", args=[slug]))
