"""One try to deliver, and what is written down of it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from touchline.errors import TouchlineError
from touchline.outgoing import Client, Policy
from touchline.server.outbox import schedule, vault
from touchline.server.outbox.channels import channel
from touchline.server.outbox.channels.base import Letter, Outcome
from touchline.server.outbox.models import DEAD, DELIVERED, Attempt, Delivery, Target, Tie

_log = logging.getLogger("touchline.outbox")
_MOST_TOLD: Final = 300


@dataclass(frozen=True, slots=True)
class _Ties:
    """What cases are called in the system behind a target."""

    target: Target

    def theirs(self, ours: str) -> str | None:
        return Tie.objects.filter(target=self.target, ours=ours).values_list("theirs", flat=True).first()

    def tie(self, ours: str, theirs: str, state: str) -> None:
        Tie.objects.update_or_create(
            target=self.target, ours=ours,
            defaults={"workspace": self.target.workspace, "theirs": theirs, "state": state},
        )  # fmt: skip


def send(delivery: Delivery, *, client: Client | None = None, now: datetime | None = None) -> Outcome:
    """Try to deliver, and write down what came of it.

    Nothing is written before the answer is there: when this process is killed meanwhile, the delivery is tried again,
    with the same id.

    Args:
        delivery: What, with its target.
        client: Sends; by default one that calls what the operator allows.
        now: The time; by default the clock's.
    """
    began, clock = now or timezone.now(), time.monotonic()
    outcome = _tried(delivery, client)
    took = int((time.monotonic() - clock) * 1000)
    with transaction.atomic():
        _write(delivery, outcome, began, took)
    return outcome


def _tried(delivery: Delivery, client: Client | None) -> Outcome:
    target = delivery.target
    letter = Letter(
        delivery.workspace, delivery.message, delivery.kind, delivery.body, delivery.created_at, delivery.tries
    )
    try:
        caller = client or Client(Policy.from_environment())
        given = {**target.options, **vault.opened(target.sealed)}
        return channel(target.channel).send(given, letter, caller, _Ties(target))
    except TouchlineError as error:  # settings that somebody has to put right
        return Outcome(False, str(error))
    except Exception as error:  # a body that a channel cannot read must not stop the ones behind it for ever
        _log.exception("the delivery %s to %s failed", delivery.message, target)
        return Outcome(False, f"an error of ours: {type(error).__name__}")


def _write(delivery: Delivery, outcome: Outcome, at: datetime, took: int) -> None:
    told = outcome.told[:_MOST_TOLD]
    Attempt.objects.create(
        delivery=delivery, at=at, ms=took, status=outcome.status, good=outcome.good, told=told
    )  # fmt: skip
    delivery.tries += 1
    delivery.told = told
    if outcome.good:
        delivery.state, delivery.ended_at = DELIVERED, timezone.now()
    elif outcome.gone:  # it stays to be sent, should the target be switched on again
        switch_off(delivery.target, "the receiver answered 410: it wants no more")
        delivery.next_at = at
    else:
        wait = None if outcome.hopeless else schedule.wait(delivery.tries, outcome.wait)
        if wait is None:
            delivery.state, delivery.ended_at = DEAD, timezone.now()
            _log.warning("%s was given up for %s after %d tries: %s", delivery.message, delivery.target, delivery.tries,
                         told)  # fmt: skip
            if not outcome.hopeless:
                switch_off(delivery.target, f"nothing was delivered for three days: {told}")
        else:
            delivery.next_at = at + wait
    delivery.save(update_fields=["tries", "told", "state", "ended_at", "next_at"])


def switch_off(target: Target, why: str) -> None:
    """Send nothing more to a target, until somebody switches it on; what it would be told waits."""
    target.why_off, target.off_at = why[:300], timezone.now()
    target.save(update_fields=["why_off", "off_at"])
    _log.warning("the target %s was switched off: %s", target, why)
