"""Does somebody pass a gate? Pass, hold, or not enough evidence with what would settle it.

A gate holds only where the evidence says so: the whole 95 % interval of the standing JSI lies below the minimum, or
another condition is broken. Silence opens the interval, so that it never holds anybody. It passes where the whole
interval lies above; else the evidence is not enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Literal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.server.monitoring import renewing
from touchline.server.monitoring.gatespec import GateSpec
from touchline.server.monitoring.models import Decision, Gate
from touchline.server.monitoring.telling import GateNotice, tell_gate
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.workspaces.facade import Held

Result = Literal["pass", "hold", "unsure"]
_ALL: Final = 10_000_000
_MOST_ANSWERS: Final = 60


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate says of somebody.

    Attributes:
        ref: Who.
        result: ``pass``, ``hold`` or ``unsure``: not enough evidence.
        reasons: Why, a sentence each.
        settle: What would settle it.
        jsi: The standing JSI; None without a touch.
        low: Of its 95 % interval.
        high: The same.
        n: Touches.
        customers: People who spoke.
        last: When they last spoke.
    """

    ref: str
    result: Result
    reasons: tuple[str, ...]
    settle: tuple[str, ...] = ()
    jsi: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    customers: int = 0
    last: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "ref": self.ref, "result": self.result, "held": self.result == "hold", "reasons": list(self.reasons),
            "settle": list(self.settle), "jsi": self.jsi, "low": self.low, "high": self.high, "n": self.n,
            "customers": self.customers, "last_touch": self.last.isoformat() if self.last else None,
        }  # fmt: skip


@dataclass(slots=True)
class _Case:
    """What speaks for and against somebody."""

    broken: list[str] = field(default_factory=list)
    open_: list[str] = field(default_factory=list)
    met: list[str] = field(default_factory=list)
    settle: list[str] = field(default_factory=list)

    @property
    def result(self) -> Result:
        return "hold" if self.broken else "unsure" if self.open_ else "pass"


def verdicts(local: Local, gate: GateSpec, now: datetime, ref: str | None = None) -> list[Verdict]:
    """Return what a gate says of everybody who has spoken, the lowest first; or of one.

    Raises:
        QuestionError: There is no such person or account.
    """
    rows = local.standing(of=gate.of, key=ref, at=now, limit=_ALL).to_dicts()
    single = {
        stage: {
            row["ref"]: row
            for row in local.standing(Filters(stages=(stage,)), of=gate.of, key=ref, at=now, limit=_ALL).to_dicts()
        }
        for stage, _least in gate.stages
    }
    names = {stage: _name(local, stage) for stage, _least in gate.stages}
    return [
        judged(gate, row, {stage: rows.get(row["ref"]) for stage, rows in single.items()}, names, now) for row in rows
    ]


def _name(local: Local, stage: str) -> str:
    taxonomy = local.workspace.taxonomy
    return taxonomy.stage(stage).name if stage in taxonomy.ids else stage


def judged(
    gate: GateSpec, row: Mapping[str, Any], single: Mapping[str, Mapping[str, Any] | None], names: Mapping[str, str],
    now: datetime,
) -> Verdict:  # fmt: skip
    """Return what a gate says of somebody.

    Args:
        gate: The gate.
        row: Their standing, a row of `touchline.scores.standing.standing`.
        single: Their standing at single stages, where there is one.
        names: The stages' names.
        now: The time.
    """
    case = _Case()
    _level(case, row, gate.minimum, _("The JSI"))
    if row["jsi"] is not None:
        _further(case, gate, row, now)
    for stage, least in gate.stages:
        found = single.get(stage)
        if found is not None and found["jsi"] is not None:
            _level(case, found, least, _("The JSI of %(stage)s") % {"stage": names[stage]})
    reasons = case.broken or case.open_ or case.met
    return Verdict(
        row["ref"], case.result, tuple(reasons), tuple(case.settle) if case.result == "unsure" else (),
        row["jsi"], row["low"], row["high"], row["n"], row["customers"], row["last_touch"],
    )  # fmt: skip


def _level(case: _Case, row: Mapping[str, Any], least: float, what: str) -> None:
    if row["jsi"] is None or not row["n"]:
        case.open_.append(_("Nobody there has said anything yet"))
        case.settle.append(_("An answer to a survey, or any comment"))
        return
    said = {"what": what, "jsi": row["jsi"], "low": row["low"], "high": row["high"], "least": least}
    if row["high"] < least:
        case.broken.append(_("%(what)s is %(jsi).0f (%(low).0f to %(high).0f), below %(least).0f") % said)
    elif row["low"] >= least:
        case.met.append(_("%(what)s is %(jsi).0f (%(low).0f to %(high).0f), at least %(least).0f") % said)
    else:
        case.open_.append(
            _("%(what)s is %(jsi).0f, but could be %(low).0f to %(high).0f; %(least).0f lies between") % said
        )
        case.settle += _would_settle(row, least)


def _further(case: _Case, gate: GateSpec, row: Mapping[str, Any], now: datetime) -> None:
    if gate.no_severe and row["severe"]:
        case.broken.append(
            ngettext(
                "%(n)d severe item weighs still: safety, law, money or a threat to leave",
                "%(n)d severe items weigh still: safety, law, money or a threat to leave", row["severe"],
            ) % {"n": row["severe"]}
        )  # fmt: skip
    if gate.fall and row["trend"] is not None and row["trend"] <= -gate.fall:
        case.broken.append(
            _("The JSI fell %(by).0f points in 28 days; %(most).0f are allowed")
            % {"by": -row["trend"], "most": gate.fall}
        )
    if gate.of == "account" and row["customers"] < gate.voices:
        case.open_.append(
            ngettext(
                "Only %(n)d person of the account has spoken",
                "Only %(n)d people of the account have spoken",
                row["customers"],
            )
            % {"n": row["customers"]}
        )
        case.settle.append(_("An answer of %(n)d more") % {"n": gate.voices - row["customers"]})
    last = row["last_touch"].replace(tzinfo=UTC)
    if gate.heard_days and now - last > timedelta(days=gate.heard_days):
        case.open_.append(_("The last word is %(days)d days old") % {"days": (now - last).days})
        case.settle.append(_("A fresh answer"))


def _would_settle(row: Mapping[str, Any], least: float) -> list[str]:
    """Return how many answers of today would settle it, either way."""
    told = []
    up, down = answers_needed(row, least, +1), answers_needed(row, least, -1)
    if up:
        told.append(
            ngettext(
                "About %(n)d satisfied answer would let it pass", "About %(n)d satisfied answers would let it pass", up
            )
            % {"n": up}
        )
    if down:
        told.append(
            ngettext("about %(n)d dissatisfied one would hold it", "about %(n)d dissatisfied ones would hold it", down)
            % {"n": down}
        )
    return told


def answers_needed(row: Mapping[str, Any], least: float, s: int) -> int | None:
    """Return how many equal answers of today move the whole interval to one side of a level; None beyond 60.

    The standing's interval is a Beta distribution; each answer of weight 1 adds 1 to its certainty.
    """
    from scipy.special import betaincinv

    mean = 2 * row["jsi"] / 100 - 1
    weight = max(row["n_eff"], 0.5) + 1
    for more in range(1, _MOST_ANSWERS + 1):
        mu = (mean * weight + s * more) / (weight + more)
        k = weight + more
        tail = 0.025 if s > 0 else 0.975
        edge = 100 * float(betaincinv(max(k * (1 + mu) / 2, 1e-6), max(k * (1 - mu) / 2, 1e-6), tail))
        if (s > 0 and edge >= least) or (s < 0 and edge < least):
            return more
    return None


def decide(held: Held, now: datetime | None = None) -> int:
    """Ask every gate of a workspace about everybody, and write down whom it holds; return how many are held."""
    moment = now or timezone.now()
    count = 0
    for gate in gates_of(held.slug):
        if gate.active:
            spec = GateSpec.of_dict(gate.spec)
            found = held.ask(partial(verdicts, gate=spec, now=moment))
            count += _written(gate, found, moment)
    return count


def gates_of(slug: str) -> list[Gate]:
    """Return a workspace's gates, by stage."""
    return list(Gate.objects.filter(workspace=slug))


def _written(gate: Gate, found: Iterable[Verdict], now: datetime) -> int:
    """Write down what has changed: who is held, and what became of those who were."""
    spec = GateSpec.of_dict(gate.spec)
    with transaction.atomic():
        locked = Gate.objects.select_for_update().get(pk=gate.pk)
        known = {one.ref: one for one in locked.decisions.all()}
        held, fresh, changed = 0, [], []
        for verdict in found:
            before = known.get(verdict.ref)
            held += verdict.result == "hold"
            if before is None:
                if verdict.result == "hold":
                    fresh.append(_decision(locked, spec, verdict, now))
                    tell_gate(_notice(locked, spec, verdict, "", now))
                continue
            if before.result != verdict.result:
                if "hold" in (before.result, verdict.result):
                    tell_gate(_notice(locked, spec, verdict, before.result, now))
                before.result, before.first_at = verdict.result, now
                before.released_by, before.released_at, before.why = "", None, ""
            before.at, before.jsi, before.low, before.high = now, verdict.jsi, verdict.low, verdict.high
            changed.append(before)
        Decision.objects.bulk_create(fresh, batch_size=500)
        names = ["result", "first_at", "at", "jsi", "low", "high", "released_by", "released_at", "why"]
        Decision.objects.bulk_update(changed, names, batch_size=100)
    return held


def _decision(gate: Gate, spec: GateSpec, verdict: Verdict, now: datetime) -> Decision:
    return Decision(
        gate=gate, workspace=gate.workspace, ref=verdict.ref, result=verdict.result, first_at=now, at=now,
        jsi=verdict.jsi, low=verdict.low, high=verdict.high, without=by_chance(gate, verdict.ref, spec.without),
    )  # fmt: skip


def by_chance(gate: Gate, ref: str, share: float) -> bool:
    """Tell whether somebody is among those let pass though held: the same answer each time."""
    digest = blake2b(f"{gate.workspace}/{gate.stage}/{gate.of}/{ref}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64 < share


def _notice(gate: Gate, spec: GateSpec, verdict: Verdict, before: str, now: datetime) -> GateNotice:
    return GateNotice(
        gate.workspace, gate.stage, gate.of, verdict.ref, verdict.result, before, verdict.jsi, spec.minimum,
        verdict.reasons, verdict.settle, now,
    )  # fmt: skip


def asked(held: Held, stage: str, of: str, ref: str, now: datetime | None = None) -> dict[str, Any]:
    """Answer a system that asks whether somebody may pass; a held one is written down.

    Raises:
        QuestionError: No such gate, person or account.
    """
    moment = now or timezone.now()
    known = held.workspace.taxonomy.stage_id(stage) or stage
    gate = next((one for one in gates_of(held.slug) if one.stage == known and one.of == of and one.active), None)
    if gate is None:
        raise QuestionError(
            phrase("there is no gate for {of}s before {stage}", of=str(of), stage=repr(stage)),
            where="stage",
            todo=phrase("see /api/v1/gates"),
        )
    spec = GateSpec.of_dict(gate.spec)
    (verdict,) = held.ask(lambda local: verdicts(local, spec, moment, ref))[:1]
    _written(gate, [verdict], moment)
    decision = Decision.objects.filter(gate=gate, ref=verdict.ref).first()
    let = decision is not None and (decision.without or decision.released_at is not None)
    return {
        "stage": gate.stage, "of": of, **verdict.as_dict(), "minimum": spec.minimum,
        "may_pass": verdict.result != "hold" or let,
        "released_by": decision.released_by if decision else "",
        "due": due.isoformat() if (due := renewing.dues_of(held, of).get(verdict.ref)) else None,
        "at": moment.isoformat(),
    }  # fmt: skip


def release(gate: Gate, ref: str, by: str, why: str, now: datetime) -> None:
    """Let somebody who is held pass; it holds until the gate says something else of them.

    Raises:
        QuestionError: They are not held.
    """
    changed = Decision.objects.filter(gate=gate, ref=ref, result="hold").update(
        released_by=by, released_at=now, why=why[:500]
    )
    if not changed:
        raise QuestionError(
            phrase("{ref} is not held", ref=repr(ref)), where="gate", todo=phrase("load the page again")
        )
