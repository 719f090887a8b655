"""A person's rights over HTTP. A reference travels in the body, so that it stands in no log of addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from ninja import Router
from pydantic import Field, StringConstraints, model_validator

from touchline.server.people.facade import Access, Given, access_of, asks, noted
from touchline.server.privacy import acting
from touchline.workspace.consenting import Correction, Said

router = Router(tags=["Privacy"])
Operation = TypeVar("Operation", bound=Callable[..., Any])
Ref = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Note = Annotated[str, StringConstraints(max_length=500)]


class Person(Given):
    """Whom it is about."""

    customer: Ref = Field(description="A reference of the customer; what is under their others belongs to them too.")


class Erasing(Person):
    """Whom to erase, and what for."""

    why: Note = ""


class Consent(Person):
    """What a customer agreed to, or no longer."""

    purpose: Literal["analysis", "contact", "recording", "profiling"]
    granted: bool
    at: datetime | None = Field(None, description="When they said so; now by default.")
    source: Note = Field("API", description="Where they said so.")


class Consents(Given):
    """What customers agreed to."""

    consents: Annotated[list[Consent], Field(min_length=1, max_length=10_000)]


class Correcting(Given):
    """What is to be put right: of a customer, or of one interaction."""

    customer: Ref | None = None
    interaction: Ref | None = None
    field: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    value: Annotated[str, StringConstraints(max_length=20_000)] | None = None
    why: Note = ""

    @model_validator(mode="after")
    def _one(self) -> Correcting:
        if (self.customer is None) == (self.interaction is None):
            raise ValueError("name a customer or an interaction")
        return self


def _who(request: HttpRequest) -> tuple[Access, str]:
    access = access_of(request)
    return access, access.workspace or ""


@router.post("/privacy/erase", response=None, summary="Erase a customer")
@asks("admin")
def erase(request: HttpRequest, body: Erasing) -> HttpResponseBase:
    """Erase a customer everywhere, and keep them out; answers with the receipt. Asked again, it goes on."""
    access, slug = _who(request)
    receipt = acting.erase(slug, body.customer, by=access.name, why=body.why)
    noted(request, "customer.erased", receipt.id)
    return JsonResponse(receipt.as_json())


@router.post("/privacy/lift", response=None, summary="Let an erased customer in again")
@asks("admin")
def lift(request: HttpRequest, body: Person) -> HttpResponseBase:
    """Take in again what happens after the erasure; what happened before stays out."""
    receipt = acting.lift(_who(request)[1], body.customer)
    noted(request, "customer.let-in", receipt.id)
    return JsonResponse(receipt.as_json())


@router.get("/privacy/erasures", response=None, summary="The receipts of all erasures")
@asks("admin")
def erasures(request: HttpRequest) -> HttpResponseBase:
    """List what was erased when, by whom and how much; not who."""
    return JsonResponse({"erasures": acting.erasures(_who(request)[1])})


@router.post("/privacy/export", response=None, summary="Everything held of a customer")
@asks("export")
def export(request: HttpRequest, body: Person, format: Literal["zip", "json"] = "zip") -> HttpResponseBase:  # noqa: A002
    """Give everything that is held of a customer: a zip of JSON and CSV, or JSON alone."""
    _, slug = _who(request)
    if format == "json":
        answer: HttpResponseBase = JsonResponse(acting.everything(slug, body.customer))
    else:
        answer = HttpResponse(acting.export(slug, body.customer), content_type="application/zip")
        answer["Content-Disposition"] = 'attachment; filename="customer.zip"'
    answer["Cache-Control"] = "private, no-store"
    noted(request, "customer.exported")
    return answer


@router.post("/privacy/consents", response=None, summary="Write down what customers agreed to")
@asks("admin")
def consents(request: HttpRequest, body: Consents) -> HttpResponseBase:
    """Write down consents and objections; they hold when this answers."""
    access, slug = _who(request)
    now = datetime.now(UTC)
    said = [Said(o.customer, o.purpose, o.granted, o.at or now, o.source, access.name) for o in body.consents]
    taken = acting.say(slug, said)
    noted(request, "consent.written", f"{taken} records")
    return JsonResponse({"consents": taken})


@router.post("/privacy/agreements", response=None, summary="What may be done with a customer's data")
@asks("admin")
def agreements(request: HttpRequest, body: Person) -> HttpResponseBase:
    """Tell for each purpose whether it may be done, since when, and who says so."""
    return JsonResponse({"agreements": [one.as_json() for one in acting.agreements(_who(request)[1], body.customer)]})


@router.post("/privacy/correct", response=None, summary="Put something right")
@asks("admin")
def correct(request: HttpRequest, body: Correcting) -> HttpResponseBase:
    """Correct a field of an interaction, or of all of a customer's that state it."""
    access, slug = _who(request)
    one = Correction(body.field, body.value, body.customer, body.interaction)
    changed = acting.correct(slug, [one], by=access.name, why=body.why)
    noted(request, "data.corrected", f"{body.field} of {changed} interactions")
    return JsonResponse({"interactions": changed})


@router.post("/privacy/retain", response=None, summary="Let go of what is past its time")
@asks("admin")
def retain(request: HttpRequest) -> HttpResponseBase:
    """Apply the rules of retention now, rather than with the next night's run."""
    done = acting.retain(_who(request)[1])
    noted(request, "retention.applied", f"{done.whole} records, the words of {done.text}")
    return JsonResponse(asdict(done))


@router.post("/privacy/redact", response=None, summary="Redact everything by today's rules")
@asks("admin")
def redact(request: HttpRequest) -> HttpResponseBase:
    """Redact again what is kept, by the rules as they are now."""
    done = acting.redact_again(_who(request)[1])
    noted(request, "data.redacted", f"{done.interactions} interactions")
    return JsonResponse(asdict(done))
