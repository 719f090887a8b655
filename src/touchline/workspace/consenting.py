"""What customers agree to, and what was wrong and is put right: records of the journal, honoured from then on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from touchline.drain import Progress, silent
from touchline.errors import InputError
from touchline.journal import Batch
from touchline.vocabulary.schemas import AGREEMENTS, CONSENTS, CORRECTABLE, CORRECTIONS, ROLES
from touchline.words import phrase
from touchline.workspace.persons import Claims

if TYPE_CHECKING:
    from touchline.workspace.workspace import Workspace

#: How yes and no are written in files.
YES: Final = frozenset(
    ("yes", "y", "true", "1", "t", "granted", "given", "opt-in", "opted in", "ja", "si", "sí", "oui")
)
NO: Final = frozenset(("no", "n", "false", "0", "f", "withdrawn", "denied", "opt-out", "opted out", "nein", "non"))
_ATTRIBUTE: Final = "attributes."
#: What a mapping of a file of consents may name, beside the purposes themselves.
_ROLES: Final = ("customer", "purpose", "granted", "at", "source")


@dataclass(frozen=True, slots=True)
class Said:
    """What a customer said about a purpose.

    Attributes:
        ref: A reference of theirs.
        purpose: One of `AGREEMENTS`.
        granted: Yes, or no longer.
        at: When; UTC where it has no zone.
        source: Where: a form, a call, a file.
        by: Who wrote it down.
    """

    ref: str
    purpose: str
    granted: bool
    at: datetime
    source: str
    by: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """What holds for a customer and a purpose.

    Attributes:
        purpose: One of `AGREEMENTS`.
        granted: Whether it may be done.
        since: When they said so; None where they said nothing and the settings decide.
        source: Where they said so; ``settings`` where they said nothing.
        by: Who wrote it down.
    """

    purpose: str
    granted: bool
    since: datetime | None
    source: str
    by: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self) | {"since": self.since.isoformat() if self.since else None}


@dataclass(frozen=True, slots=True)
class Correction:
    """Something that is put right.

    Attributes:
        field: One of `CORRECTABLE`, or ``attributes.NAME``.
        value: What it should say; None takes it away.
        ref: The customer, for all of theirs that state the field; or None with an interaction.
        interaction: The interaction's id.
    """

    field: str
    value: str | None
    ref: str | None = None
    interaction: str | None = None


def say(workspace: Workspace, said: Iterable[Said], progress: Progress = silent) -> int:
    """Write down what customers said, and put it into effect; return how many records that made.

    The latest, by its time, counts for a person and a purpose, whichever of their references it was said under.

    Raises:
        InputError: A purpose is unknown, or a reference is empty.
    """
    rows = [_row(one) for one in said]
    refused = workspace.graveyard.read().buried((row["ref"] for row in rows), at=datetime.now(UTC))
    if refused:
        raise InputError(
            phrase("{n} of these customers were erased", n=str(len(refused))),
            todo=phrase("leave them out, or let them in again: touchline erase-customer REF --lift"),
        )
    if not rows:
        return 0
    table = pa.Table.from_pylist(rows, CONSENTS)
    digest = hashlib.sha256(repr(("consent", table.to_pylist())).encode()).digest()
    workspace.journal.append(Batch("consent", table, digest, False, rows[0]["source"], datetime.now(UTC)))
    workspace.drain(progress)
    return int(table.num_rows)


def _row(said: Said) -> dict[str, Any]:
    if said.purpose not in AGREEMENTS:
        raise InputError(
            phrase("there is no purpose {purpose}", purpose=repr(said.purpose)),
            todo=phrase("use one of {names}", names=", ".join(AGREEMENTS)),
        )
    if not said.ref.strip():
        raise InputError(
            phrase("whose consent it is stands empty"), todo=phrase("name the customer as customer_ref has it")
        )
    at = said.at if said.at.tzinfo else said.at.replace(tzinfo=UTC)
    return asdict(said) | {"at": at.astimezone(UTC), "source": said.source or "unknown", "by": said.by or "unknown"}


def read(
    table: pa.Table, *, file: str, by: str, mapping: Mapping[str, str] | None = None, now: datetime | None = None
) -> list[Said]:
    """Return the consents of a table: a row per customer and purpose, or a column per purpose.

    Args:
        table: Columns of strings: ``customer`` and ``purpose``, ``granted``; or ``customer`` and one or more of the
            purposes; ``at`` (ISO 8601) and ``source`` where they are known.
        file: What errors name, and the source where the table names none.
        by: Who brings it.
        mapping: From these names to the table's own.
        now: The time of rows that have none.

    Raises:
        InputError: A column is missing, or a cell is neither yes nor no; the row and the column are named.

    >>> told = pa.table({"email": ["a"], "profiling": ["no"]})
    >>> read(told, file="x.csv", by="me", mapping={"customer": "email"})[0].granted
    False
    """
    named = {name: (mapping or {}).get(name, name) for name in (*_ROLES, *AGREEMENTS)}
    for role in mapping or {}:
        if role not in named:
            raise InputError(
                phrase("there is no role {role} in a file of consents", role=repr(role)),
                where=file,
                todo=phrase("use {value}", value=str(_listed(named))),
            )
    there = {role: column for role, column in named.items() if column in table.column_names}
    for role, column in (mapping or {}).items():
        if column not in table.column_names:
            raise InputError(
                phrase("there is no column {column} for {role}", column=repr(column), role=str(role)),
                where=file,
                todo=_has(table),
            )
    wide = [purpose for purpose in AGREEMENTS if purpose in there]
    if "customer" not in there or not (wide or {"purpose", "granted"} <= there.keys()):
        raise InputError(
            phrase("the columns customer, and purpose and granted or one column per purpose, are missing"),
            where=file,
            todo=_has(table) + "; name them with --map customer=COLUMN",
        )
    moment = now or datetime.now(UTC)
    found = []
    for number, row in enumerate(table.select(sorted(set(there.values()))).to_pylist(), 2):
        ref = row[there["customer"]]
        at = _time(row.get(there.get("at", "")), moment, file, number)
        source = row.get(there.get("source", "")) or file
        cells: list[tuple[str, str | None, str]] = [(name, row[there[name]], there[name]) for name in wide]
        if not wide:
            cells = [((row[there["purpose"]] or "").strip().lower(), row[there["granted"]], there["granted"])]
        for purpose, cell, column in cells:
            if wide and not (cell or "").strip():
                continue
            if not (ref or "").strip() or purpose not in AGREEMENTS:
                raise InputError(
                    phrase("{ref}, {purpose} is no customer and purpose", ref=repr(ref), purpose=repr(purpose)),
                    where=f"{file}, row {number}",
                    todo=phrase("use one of {names}", names=", ".join(AGREEMENTS)),
                )
            found.append(Said(ref, purpose, _yes(cell, file, number, column), at, source, by))
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _has(table: pa.Table) -> str:
    return f"it has {', '.join(table.column_names)}"


def _yes(cell: str | None, file: str, row: int, column: str) -> bool:
    text = (cell or "").strip().lower()
    if text in YES or text in NO:
        return text in YES
    raise InputError(
        phrase("{cell} is neither yes nor no", cell=repr(cell)),
        where=f"{file}, row {row}, column {column}",
        todo=phrase("write yes or no"),
    )


def _time(cell: str | None, now: datetime, file: str, row: int) -> datetime:
    if not (cell or "").strip():
        return now
    try:
        return datetime.fromisoformat(str(cell).strip())
    except ValueError:
        raise InputError(
            phrase("{cell} is no time", cell=repr(cell)),
            where=f"{file}, row {row}",
            todo=phrase("write it as 2026-01-31T09:30:00+00:00"),
        ) from None


def agreements(workspace: Workspace, ref: str) -> tuple[Agreement, ...]:
    """Return what holds for a customer, purpose by purpose, as the journal and the settings say."""
    claims = Claims()
    rows: list[dict[str, Any]] = []
    for entry in workspace.journal.read():
        if entry.kind == "identity":
            claims.read(list(zip(entry.table["ref"].to_pylist(), entry.table["same_as"].to_pylist(), strict=True)))
        elif entry.kind == "consent":
            rows += entry.table.to_pylist()
    refs = claims.same(ref)
    mine = [row for row in rows if row["ref"] in refs]
    return tuple(
        _holds(workspace, purpose, [row for row in mine if row["purpose"] == purpose]) for purpose in AGREEMENTS
    )


def _holds(workspace: Workspace, purpose: str, said: Sequence[dict[str, Any]]) -> Agreement:
    if not said:
        return Agreement(purpose, purpose not in workspace.settings.privacy.ask_first, None, "settings")
    last = max(enumerate(said), key=lambda pair: (pair[1]["at"], pair[0]))[1]
    return Agreement(purpose, last["granted"], last["at"], last["source"], last["by"])


def may(workspace: Workspace, ref: str, purpose: str) -> bool:
    """Tell whether something may be done with a customer's data: whether they may be written to, say.

    It is told from the warehouse, and so costs next to nothing.

    Raises:
        InputError: There is no such purpose.
    """
    from touchline.vocabulary.keys import customer_key

    if purpose not in AGREEMENTS:
        raise InputError(
            phrase("there is no purpose {purpose}", purpose=repr(purpose)),
            todo=phrase("use one of {names}", names=", ".join(AGREEMENTS)),
        )
    found = workspace.warehouse.value(
        "WITH mine AS (SELECT coalesce((SELECT person_key FROM identity WHERE customer_key = $key), $key::BIGINT) AS p)"
        " SELECT arg_max(granted, struct_pack(a := stated, b := ordinal)) FROM consents"
        " LEFT JOIN identity ON identity.customer_key = consents.customer_key"
        " WHERE purpose = $purpose AND coalesce(person_key, consents.customer_key) = (SELECT p FROM mine)",
        key=customer_key(workspace.key, ref),
        purpose=purpose,
    )
    return purpose not in workspace.settings.privacy.ask_first if found is None else bool(found)


def correct(
    workspace: Workspace, corrections: Iterable[Correction], *, by: str, why: str, progress: Progress = silent
) -> int:
    """Put something right; the records before stay as revisions. Return how many interactions changed.

    A text is redacted as any other that comes in. What a source sends later counts again as it says, so that it has to
    be put right there too.

    Raises:
        InputError: A field cannot be corrected, or there is no such customer or interaction.
    """
    from touchline.privacy import redact_text

    workspace.catch_up(progress)
    at, rows = datetime.now(UTC), []
    for one in corrections:
        ref = _target(workspace, one)
        value = one.value
        if value is not None and (one.field == "text" or one.field.startswith(_ATTRIBUTE)):
            value = redact_text(value, rules=workspace.settings.privacy)
        rows.append({
            "ref": ref, "interaction_id": one.interaction, "field": one.field, "value": value, "at": at, "why": why,
            "by": by or "unknown",
        })  # fmt: skip
    if not rows:
        return 0
    table = pa.Table.from_pylist(rows, CORRECTIONS)
    digest = hashlib.sha256(repr((workspace.journal.head, table.to_pylist())).encode()).digest()
    receipt = workspace.journal.append(Batch("correction", table, digest, False, "correct", at))
    workspace.drain(progress)
    offset = receipt.offset if receipt else 0
    return int(
        workspace.warehouse.value("SELECT coalesce(sum(corrected), 0) FROM receipts WHERE offset_ = $at", at=offset)
    )


def _target(workspace: Workspace, one: Correction) -> str | None:
    """Return the reference of the customer whom a correction is about, None for an anonymous interaction."""
    if one.field not in CORRECTABLE and not (one.field.startswith(_ATTRIBUTE) and len(one.field) > len(_ATTRIBUTE)):
        raise InputError(
            phrase("{field} cannot be corrected", field=repr(one.field)),
            todo=phrase("use attributes.NAME or one of {names}", names=", ".join(CORRECTABLE)),
        )
    if one.field == "role" and one.value is not None and one.value not in ROLES:
        raise InputError(
            phrase("there is no role {value}", value=repr(one.value)),
            todo=phrase("use one of {names}", names=", ".join(ROLES)),
        )
    if (one.ref is None) == (one.interaction is None):
        raise InputError(
            phrase("a correction is about a customer or about an interaction"), todo=phrase("name one of them")
        )
    fetch = workspace.warehouse.fetch
    if one.interaction is not None:
        found = fetch("SELECT customer_ref FROM stored WHERE interaction_id = $id", id=one.interaction).to_pylist()
        if not found:
            raise InputError(
                phrase("there is no interaction {interaction}", interaction=repr(one.interaction)),
                todo=phrase("name its id, as explain shows it"),
            )
        ref: str | None = found[0]["customer_ref"]
        return ref
    if not fetch("SELECT 1 FROM stored WHERE customer_ref = $ref LIMIT 1", ref=one.ref).num_rows:
        raise InputError(
            phrase("there is no customer {ref}", ref=repr(one.ref)), todo=phrase("name one as customer_ref has it")
        )
    return one.ref
