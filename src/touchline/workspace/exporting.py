"""Everything that is held of a person, as one file that they can be given: JSON for programs, CSV for people."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.vocabulary.spreadsheets import csv_row
from touchline.warehouse.schema import DERIVED
from touchline.workspace import consenting, persons
from touchline.workspace.persons import Held

if TYPE_CHECKING:
    from touchline.workspace.workspace import Workspace

Rows: TypeAlias = list[dict[str, Any]]
#: Finds what is held somewhere else than in the workspace, such as in a server's own database: rows, by store.
Elsewhere: TypeAlias = Callable[[Held], Mapping[str, Rows]]

#: What each part is, in the words of `read me.txt`.
ABOUT: Final = {
    "interactions": "everything that happened, as it was taken in; every revision of it",
    "identity": "which references were said to be of one person",
    "consents": "what was agreed to, or no longer",
    "corrections": "what was put right, and why",
    "evidence": "what was read in the words: sentiment, emotion, effort, theme, per thing said",
    "journey": "the stage of the journey held at each moment",
    "mentions": "things that were said, with the stage that they were placed on",
    "touches": "what each conversation counts as",
    "answers": "answers to surveys, as they are scored",
    "standing": "the standing score of the person, where they may be scored",
    "quarantine": "records that could not be accepted and name the person",
    "agreements": "what may be done with the data now",
}
_SEP: Final = "\n"


def everything(workspace: Workspace, ref: str, *, elsewhere: Sequence[Elsewhere] = ()) -> dict[str, Rows]:
    """Return everything that is held of a person: rows, by store.

    Args:
        workspace: Open, its warehouse held by this process.
        ref: One of the person's references; what is under the others is there too.
        elsewhere: What finds more outside the workspace.

    Raises:
        InputError: There is no such customer.
    """
    workspace.catch_up()
    person = persons.find(workspace.journal, ref)
    found: dict[str, Rows] = {"interactions": [], "identity": [], "consents": [], "corrections": []}
    ids: set[str] = set()
    for entry in workspace.journal.read():
        if entry.kind == "interactions":
            mine = [row for row in entry.table.to_pylist() if _theirs(row, person)] if _any(entry, person) else []
            ids.update(row["interaction_id"] for row in mine)
            found["interactions"] += [_plain(row) | {"journal_offset": entry.offset} for row in mine]
        elif entry.kind in ("identity", "consent", "correction"):
            name = {"identity": "identity", "consent": "consents", "correction": "corrections"}[entry.kind]
            named = [row for row in entry.table.to_pylist() if person.refs & {row["ref"], row.get("same_as")}]
            found[name] += [_plain(row) | {"written_at": entry.received_at.isoformat()} for row in named]
    found |= _derived(workspace, ids)
    found["standing"] = _standing(workspace, person.refs)
    test = persons.mentions(person.refs)
    found["quarantine"] = [
        _plain({**row, "raw": bytes(row["raw"]).decode("utf-8", "backslashreplace")})
        for row in _quarantined(workspace)
        if test(row)
    ]
    found["agreements"] = [one.as_json() for one in consenting.agreements(workspace, ref)]
    held = Held(person.refs, frozenset(ids), ())
    for finds in elsewhere:
        for name, rows in finds(held).items():
            found[name] = found.get(name, []) + [_plain(row) for row in rows]
    return found


def _any(entry: Any, person: persons.Person) -> bool:
    named = set(entry.table["customer_ref"].unique().to_pylist()) & person.refs
    return bool(named) or bool(set(entry.table["conversation_ref"].unique().to_pylist()) & _threads(person))


def _threads(person: persons.Person) -> set[str]:
    return {thread for _, thread in person.conversations}


def _theirs(row: Mapping[str, Any], person: persons.Person) -> bool:
    if row["customer_ref"] is not None:
        return row["customer_ref"] in person.refs
    return (row["source"], row["conversation_ref"]) in person.conversations


def _quarantined(workspace: Workspace) -> Any:
    last = None
    while page := workspace.journal.quarantined(500, last):
        yield from page
        last = page[-1]["id"]


def _derived(workspace: Workspace, ids: set[str]) -> dict[str, Rows]:
    import pyarrow as pa

    warehouse = workspace.warehouse
    wanted = pa.table({"interaction_id": pa.array(sorted(ids), pa.string())})
    with warehouse.given(wanted=wanted):
        return {
            name: [
                _plain(row)
                for row in warehouse.fetch(f"SELECT * FROM {name} SEMI JOIN wanted USING (interaction_id)").to_pylist()
            ]
            for name in ("evidence", *DERIVED)
        }


def _standing(workspace: Workspace, refs: frozenset[str]) -> Rows:
    from touchline.scores.standing import standing

    rows: Rows = []
    for ref in sorted(refs):
        try:
            rows += standing(workspace.warehouse, Filters(), key=ref).to_dicts()
        except QuestionError:  # a reference without an interaction of its own, or whose data are not analysed
            continue
    seen = {row["key"]: _plain(row) for row in rows}
    return list(seen.values())


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as JSON knows it."""
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, list | tuple):
        return [_value(one) for one in value]
    return value if value == value else None  # noqa: PLR0124  NaN is no JSON


def packed(found: Mapping[str, Rows], ref: str, *, workspace: str) -> bytes:
    """Return everything as a zip: ``everything.json``, a CSV per store whose cells no spreadsheet runs, a read-me.

    Args:
        found: From `everything`.
        ref: The customer, for the read-me.
        workspace: Its name.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("everything.json", json.dumps(found, ensure_ascii=False, indent=1))
        for name, rows in found.items():
            archive.writestr(f"{name}.csv", "\ufeff" + _csv(rows))
        archive.writestr("read me.txt", _read_me(found, ref, workspace))
    return out.getvalue()


def _csv(rows: Rows) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [columns] + [[_cell(row.get(name)) for name in columns] for row in rows]
    return "".join(csv_row(line) for line in lines)


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _read_me(found: Mapping[str, Rows], ref: str, workspace: str) -> str:
    head = f"Everything that {workspace} holds of customer {ref}, on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC."
    told = [f"{name:<20} {len(rows):>8}  {ABOUT.get(name, 'what the server holds')}" for name, rows in found.items()]
    return _SEP.join((head, "", *told, ""))


def export(workspace: Workspace, ref: str, *, elsewhere: Sequence[Elsewhere] = ()) -> bytes:
    """Return everything that is held of a person, packed; see `everything`.

    Raises:
        InputError: There is no such customer.
    """
    return packed(everything(workspace, ref, elsewhere=elsewhere), ref, workspace=workspace.settings.workspace.name)
