"""What maps forget of a customer who is erased: their name, and the words that they said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django.db import transaction

from touchline.server.maps import pictures
from touchline.server.maps.models import Change, Remark, Sheet

ERASED: Final = "[erased]"
#: Under which keys of a map and of its edits people's words stand; all else holds the map together.
_WORDS: Final = frozenset(("text", "note", "ref", "name", "scenario", "goal", "scope", "tags"))
_SAID: Final = ("text", "note")
_PICTURE: Final = "picture"


def erase_from(workspace: str, names: Callable[[str], bool], cleaned: Callable[[str], str]) -> None:
    """Take a customer out of a workspace's maps, their history and their comments.

    The words and pictures of cards that quote one of the customer's interactions go, wherever they stand in the
    history; in all other words the customer's name goes. Versions stay what they were, and can be brought back.

    Args:
        workspace: The workspace's slug.
        names: Tells whether a text names the customer or one of their interactions.
        cleaned: Returns a text without those names.
    """
    for pk in list(Sheet.objects.filter(workspace=workspace).values_list("pk", flat=True)):
        with transaction.atomic():
            sheet = Sheet.objects.select_for_update().get(pk=pk)
            changes = list(sheet.changes.all())
            edits = [edit for one in changes for edit in (*one.edits, *one.undo)]
            quoting = {card["id"] for card in sheet.doc.get("cards", ()) if _quotes(card, names)}
            quoting |= {edit["id"] for edit in edits if _quotes(edit.get("values", {}), names)}
            shown = [card for card in sheet.doc.get("cards", ()) if card["id"] in quoting]
            shown += [edit["values"] for edit in edits if edit.get("id") in quoting and "values" in edit]
            pictures.forget(sheet, [str(card[_PICTURE]) for card in shown if card.get(_PICTURE)])
            _sheet(sheet, quoting, cleaned)
            _changes(changes, quoting, cleaned)
            _remarks(sheet.remarks.all(), cleaned)


def _quotes(card: Mapping[str, Any], names: Callable[[str], bool]) -> bool:
    return any(names(str(one.get("ref", ""))) for one in card.get("proof") or ())


def _sheet(sheet: Sheet, quoting: set[str], cleaned: Callable[[str], str]) -> None:
    doc = {**sheet.doc}
    if "cards" in doc:
        doc["cards"] = [_unsaid(card) if card["id"] in quoting else card for card in doc["cards"]]
    made = _without(doc, "", cleaned)
    if made != sheet.doc:
        sheet.doc = made
        sheet.save(update_fields=["doc"])


def _changes(changes: Iterable[Change], quoting: set[str], cleaned: Callable[[str], str]) -> None:
    for one in changes:
        edits, undo = (
            [
                {**edit, "values": _unsaid(edit["values"])} if edit.get("id") in quoting and "values" in edit else edit
                for edit in way
            ]
            for way in (one.edits, one.undo)
        )
        found = _without(edits, "", cleaned), _without(undo, "", cleaned), cleaned(one.note)
        if found != (one.edits, one.undo, one.note):
            one.edits, one.undo, one.note = found
            one.save(update_fields=["edits", "undo", "note"])


def _remarks(remarks: Iterable[Remark], cleaned: Callable[[str], str]) -> None:
    for one in remarks:
        if (text := cleaned(one.text)) != one.text:
            one.text = text
            one.save(update_fields=["text"])


def _unsaid(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return a card, or some of its fields, without its words and its picture."""
    kept = {**card, **{name: ERASED for name in _SAID if card.get(name)}}
    return {**kept, _PICTURE: ""} if card.get(_PICTURE) else kept


def _without(value: Any, of: str, cleaned: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return cleaned(value) if of in _WORDS else value
    if isinstance(value, list):
        return [_without(one, of, cleaned) for one in value]
    return {key: _without(one, key, cleaned) for key, one in value.items()} if isinstance(value, dict) else value
