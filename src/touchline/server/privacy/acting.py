"""What is done about a person's data in a workspace that this process holds."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from touchline.server.privacy import stores
from touchline.server.privacy.following import follow
from touchline.server.privacy.signals import erased
from touchline.server.workspaces.facade import held
from touchline.workspace import consenting, erasing, exporting, retaining

if TYPE_CHECKING:
    from touchline.privacy.tombstones import Erasure
    from touchline.workspace.consenting import Agreement, Correction, Said
    from touchline.workspace.retaining import Redacted, Retained


def erase(slug: str, ref: str, *, by: str, why: str = "") -> Erasure:
    """Erase a person from a workspace and from the server's database; return the receipt.

    Raises:
        InputError: There is no such customer.
    """
    with held(slug).writing() as workspace:
        receipt = erasing.erase(workspace, ref, by=by, why=why, elsewhere=[partial(stores.forget, slug=slug)])
        workspace.warehouse.forget()
    erased.send(sender=None, workspace=slug)
    return receipt


def lift(slug: str, ref: str) -> Erasure:
    """Let a person in again who was erased; what happened before stays out.

    Raises:
        InputError: They were not erased.
    """
    with held(slug).writing() as workspace:
        return workspace.graveyard.lift(ref)


def erasures(slug: str) -> list[dict[str, Any]]:
    """Return the receipts of all erasures, the first one first."""
    return [one.as_json() for one in held(slug).workspace.graveyard.read().erasures]


def reapply(slug: str) -> int:
    """Erase everybody again who was ever erased, as after a restore; return how many records went."""
    with held(slug).writing() as workspace:
        return erasing.reapply(workspace, elsewhere=[partial(stores.forget, slug=slug)])


def everything(slug: str, ref: str) -> dict[str, exporting.Rows]:
    """Return everything that is held of a person: rows, by store.

    Raises:
        InputError: There is no such customer.
    """
    with held(slug).writing() as workspace:
        return exporting.everything(workspace, ref, elsewhere=[partial(stores.found, slug=slug)])


def export(slug: str, ref: str) -> bytes:
    """Return everything that is held of a person, as a zip of JSON and CSV.

    Raises:
        InputError: There is no such customer.
    """
    name = held(slug).workspace.settings.workspace.name
    return exporting.packed(everything(slug, ref), ref, workspace=name)


def say(slug: str, said: Iterable[Said]) -> int:
    """Write down what customers agreed to; it holds when this returns."""
    with held(slug).writing() as workspace:
        return consenting.say(workspace, said)


def agreements(slug: str, ref: str) -> tuple[Agreement, ...]:
    """Return what holds for a customer, purpose by purpose."""
    return consenting.agreements(held(slug).workspace, ref)


def may(slug: str, ref: str, purpose: str) -> bool:
    """Tell whether something may be done with a customer's data: ``contact``, say."""
    return consenting.may(held(slug).workspace, ref, purpose)


def correct(slug: str, corrections: Iterable[Correction], *, by: str, why: str) -> int:
    """Put something right; return how many interactions changed."""
    with held(slug).writing() as workspace:
        return consenting.correct(workspace, corrections, by=by, why=why)


def retain(slug: str) -> Retained:
    """Let go of what is past its time; the scheduler calls it once a day."""
    with held(slug).writing() as workspace:
        done = retaining.retain(workspace)
        follow(slug, workspace)
    erased.send(sender=None, workspace=slug)
    return done


def redact_again(slug: str) -> Redacted:
    """Redact everything by the rules as they are now."""
    with held(slug).writing() as workspace:
        done = retaining.redact_again(workspace)
        follow(slug, workspace)
    erased.send(sender=None, workspace=slug)
    return done
