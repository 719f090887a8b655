"""What the server's own database holds of customers, model by model: how it is found, and how it is erased.

Every model has its line here; a test finds the one that has none. So the data map knows all of them, and a new table
cannot be forgotten by an erasure.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.apps import apps
from django.db import connection, models, transaction

from touchline.server.maps.facade import erase_from as forget_in_maps
from touchline.server.people.facade import erase_from
from touchline.workspace.persons import Held, naming

#: What becomes of a row that names somebody who is erased.
Fate = Literal["deleted", "redacted", "kept"]


@dataclass(frozen=True, slots=True)
class Store:
    """A model of the server.

    Attributes:
        model: ``app.Model``, as Django names it.
        about: What it holds.
        kept: How long.
        fate: What becomes of rows that name a customer; ``kept`` where it holds nothing of customers.
        of: The field that leads to a row of another store: what is that customer's there is theirs here.
        words: Of a row that is redacted: under which fields, and keys within them, people's words stand.
    """

    model: str
    about: str
    kept: str
    fate: Fate = "kept"
    of: str = ""
    words: frozenset[str] = frozenset()


_WORDS: Final = frozenset(("text", "note", "name", "title", "persona"))  # of workshops
_STAFF: Final = "until the person or the workspace is removed"
STORES: Final = (
    Store("people.Entry", "the audit log: who did and saw what", "always", "redacted"),
    Store("intake.Reply", "answers to requests, to be given again", "48 hours", "deleted"),
    Store("intake.Webhook", "systems that send records, with their secrets, encrypted", "until it is removed"),
    Store("journey.SavedView", "pages with their filters, under a name", "until it is removed", "deleted"),
    Store("journey.Cause", "what people say of a stage's causes", "until it is removed", "deleted"),
    Store("journey.IssueOwner", "who looks after an issue: staff", "until it is changed"),
    Store("workspaces.Workspace", "the workspaces", "until it is removed"),
    Store("people.User", "people who log in: staff, not customers", _STAFF),
    Store("people.Membership", "their roles", _STAFF),
    Store("people.Link", "invitations, as hashes", "until they run out"),
    Store("people.Key", "API keys, as hashes", "until they are revoked"),
    Store("people.Session", "log-ins of staff", "14 days"),
    Store("operations.Run", "runs of jobs: which, when, what became of them", "30 days"),
    Store("plays.Play", "recovery recipes", "until it is removed"),
    Store("plays.Run", "for whom a play was started, and what it began with", "3 years", "deleted"),
    Store("plays.Step", "steps of a play, with drafts of messages", "with its run"),
    Store("plays.Waiting", "alerts and gates that plays have to look at", "until they have, within seconds", "deleted"),
    Store("plays.Reader", "how far plays have read", "until the workspace is removed"),
    Store(
        "outbox.Target", "systems that are told things, with their keys, encrypted", "until the workspace is removed"
    ),
    Store("outbox.Delivery", "what other systems are told, or were", "30 days after it was delivered", "deleted"),
    Store("outbox.Attempt", "tries to deliver: when, how long, what the answer was", "with its delivery"),
    Store("outbox.Tie", "what a case is called in another system", "until the target is removed", "deleted"),
    Store("outbox.Handle", "who somebody of a chat is here: staff", _STAFF),
    Store("outbox.Press", "buttons that staff pressed in messages, and what came of it", "30 days"),
    Store("monitoring.Watch", "how far monitoring has read", "until the workspace is removed"),
    Store(
        "monitoring.Monitor",
        "what is watched, and what detectors remember: numbers; for 7 days hashes of who spoke, with their mean score",
        "until it is removed",
    ),
    Store("monitoring.Alert", "what changed where, in numbers and themes; not whose", "always"),
    Store("monitoring.Seen", "which touches were looked at, as keyed hashes", "40 days"),
    Store("monitoring.Firing", "which monitor noticed", "always"),
    Store("monitoring.Gate", "what it takes to pass a stage", "until it is removed"),
    Store("monitoring.Decision", "whom a gate holds, and what became of them", "until the gate is removed", "deleted"),
    Store("care.Comment", "what was written on cases", "with its case", "deleted", "case"),
    Store("care.Event", "the history of cases: who did what, before and after", "with its case", "deleted", "case"),
    Store(
        "care.Attachment",
        "files of cases; their bytes are in `attachments/` of the server's home",
        "with its case",
        "deleted",
        "case",
    ),
    Store(
        "care.Case",
        "recoveries of customers, with their words then",
        "until the customer is erased; the words as long as the texts",
        "deleted",
    ),
    Store("care.Told", "whom a fix was told, and in which words", "until the customer is erased", "deleted"),
    Store("care.Hint", "who lost patience in a conversation, and where; not in which words", "1 day", "deleted"),
    Store("care.Fix", "causes that were put right, in our words", "until the workspace is removed"),
    Store("care.View", "lists of cases that people saved, as their filters", _STAFF, "deleted"),
    Store("boards.Board", "board reports under a name, and when they are sent", "until it is removed"),
    Store(
        "data.Draft",
        "stages that somebody changes and has not saved, with words of some customers that would move",
        "until they are saved or let go of; the words go with every erasure",
        "deleted",
    ),
    Store(
        "maps.Sheet",
        "journey maps: what a team designed, with the ids of feedback that proves it, and which staff see them",
        "until the workspace is removed",
        "redacted",
    ),
    Store("maps.Change", "every change of a map, and what undoes it", "with its map", "redacted"),
    Store("maps.Remark", "comments on maps, of staff", "with its map", "redacted"),
    Store(
        "maps.Picture",
        "pictures of maps' cards and of personas, without metadata: one goes with the card that quotes a customer; "
        "what others show is not looked into",
        "until the workspace is removed",
    ),
    Store("maps.Named", "versions of maps that have a name", "with its map"),
    Store("maps.Share", "read-only links to maps, as hashes", "with its map"),
    Store(
        "maps.Workshop", "workshops in which maps are made", "until the workspace is removed", "redacted", words=_WORDS
    ),
    Store("maps.Heap", "names of groups of notes", "with its workshop", "redacted", words=_WORDS),
    Store("maps.Note", "notes of a workshop, of staff", "with its workshop", "redacted", words=_WORDS),
    Store("maps.Door", "codes by which guests take part in a workshop, for some hours", "with its workshop"),
    Store("maps.Dot", "dots on notes, without whose", "with its workshop"),
    Store("maps.Feeling", "how a step is believed to feel, without whose", "with its workshop"),
    Store("people.Attempt", "tries to log in, as keyed hashes", "a day"),
)
#: Apps that come with Django and allauth; what they hold is of staff.
THEIRS: Final = frozenset(
    ("auth", "contenttypes", "sessions", "messages", "account", "mfa", "socialaccount", "admin", "sites")
)
#: What maps forget together (`touchline.server.maps.erasing`): a quote goes from every version.
_MAPS: Final = frozenset(("maps.Sheet", "maps.Change", "maps.Remark"))
_TEXTS: Final = (models.CharField, models.TextField, models.JSONField, models.BinaryField)


def unlisted() -> list[str]:
    """Return the models that nobody said anything about."""
    known = {store.model for store in STORES}
    return sorted(
        model._meta.label
        for model in apps.get_models()
        if model._meta.label not in known and model._meta.app_label not in THEIRS and _fields(model)
    )


def _fields(model: type[models.Model]) -> list[str]:
    return [field.name for field in model._meta.get_fields() if isinstance(field, _TEXTS)]


def _there(store: Store) -> type[models.Model] | None:
    app, _, name = store.model.partition(".")
    try:
        return apps.get_model(app, name)
    except LookupError:  # the app is not part of this server
        return None


def _bytes(value: Any) -> bytes:
    if isinstance(value, memoryview | bytes | bytearray):
        raw = bytes(value)
        try:
            return zlib.decompress(raw)
        except zlib.error:
            return raw
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode()


def _named(store: Store, slug: str, test: Callable[[bytes], bool]) -> Iterator[models.Model]:
    """Yield the rows of a store that name one of some references or interactions."""
    model = _there(store)
    if model is None:
        return
    rows = model._default_manager.all()
    if "workspace" in {field.name for field in model._meta.get_fields() if isinstance(field, models.CharField)}:
        rows = rows.filter(workspace=slug)
    fields = _fields(model)
    theirs = _owned(store, model, slug, test)
    for row in rows.iterator(chunk_size=1000):
        owned = theirs and getattr(row, f"{store.of}_id") in theirs
        if owned or any(test(_bytes(value)) for name in fields if (value := getattr(row, name)) is not None):
            yield row


def _owned(store: Store, model: type[models.Model], slug: str, test: Callable[[bytes], bool]) -> set[Any]:
    """Return the keys of the rows, in the store that this one is a part of, that name them."""
    if not store.of:
        return set()
    above = model._meta.get_field(store.of).related_model
    assert isinstance(above, type)  # noqa: S101  a field that leads to another model
    return {row.pk for row in _named(next(one for one in STORES if one.model == above._meta.label), slug, test)}


def found(held: Held, slug: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that name a person, by store, as they are exported."""
    test = naming(held.refs | held.ids)
    told: dict[str, list[dict[str, Any]]] = {}
    for store in STORES:
        if store.fate == "kept":
            continue
        rows = [_shown(row) for row in _named(store, slug, test)]
        if rows:
            told[store.model] = rows
    return told


def _shown(row: models.Model) -> dict[str, Any]:
    shown = {field.name: getattr(row, field.name) for field in row._meta.concrete_fields if not field.is_relation}
    return {
        name: _bytes(value).decode("utf-8", "backslashreplace") if isinstance(value, memoryview | bytes) else value
        for name, value in shown.items()
    }


def forget(held: Held, slug: str) -> Mapping[str, int]:
    """Erase a person from the server's database; return how many rows were touched, by store.

    Rows are deleted; lines of the audit log stay, with ``[erased]`` in the place of the reference, and the chain of
    their hashes is written anew from there. Maps stay, without the reference and without what the person said.
    """
    counts: dict[str, int] = {}
    mapped = False
    test = naming(held.refs | held.ids)
    for store in STORES:
        if store.fate == "kept":
            continue
        rows = list(_named(store, slug, test))
        if not rows:
            continue
        counts[store.model] = len(rows)
        if store.fate == "deleted":
            for row in rows:
                row.delete()
        elif store.model == "people.Entry":
            _without_names(slug, held.refs | held.ids)
        elif store.model in _MAPS:
            mapped = True
        else:
            for row in rows:
                _redacted(row, held.refs | held.ids, store.words)
    if mapped:
        forget_in_maps(slug, lambda text: test(text.encode()), _cleaner(held.refs | held.ids))
    if counts:
        scrub()
    return counts


def _without_names(slug: str, names: frozenset[str]) -> None:
    """Write the audit log of a workspace anew, without some names."""
    erase_from(slug, _cleaner(names))


def _cleaner(names: frozenset[str]) -> Callable[[str], str]:
    ordered = sorted(names, key=len, reverse=True)

    def cleaned(text: str) -> str:
        for name in ordered:
            if naming(frozenset((name,)))(text.encode()):
                text = text.replace(name, "[erased]")
        return text

    return cleaned


def _redacted(row: models.Model, names: frozenset[str], words: frozenset[str]) -> None:
    """Write a row anew, without some names where people's words stand; what else holds it together stays."""
    cleaned = _cleaner(names)

    def inside(value: Any, of: str) -> Any:
        if isinstance(value, str):
            return cleaned(value) if of in words else value
        if isinstance(value, list):
            return [inside(one, of) for one in value]
        return {key: inside(one, key) for key, one in value.items()} if isinstance(value, dict) else value

    for name in _fields(type(row)):
        setattr(row, name, inside(getattr(row, name), name))
    row.save()


def scrub() -> None:
    """Leave no byte of deleted rows in the database's file."""
    if transaction.get_connection().in_atomic_block:
        return  # whoever opened the transaction has not decided yet; a server's requests open none
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA secure_delete = ON")
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for store in STORES:
                model = _there(store)
                if model is not None and store.fate != "kept":
                    cursor.execute(f"VACUUM FULL {connection.ops.quote_name(model._meta.db_table)}")
