"""What can be done about a case by a button in a message: it is taken, or somebody says that they have seen it."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from touchline.errors import InputError
from touchline.server.care.changing import change, locked, touched
from touchline.server.care.telling import path
from touchline.server.outbox import facade as outbox
from touchline.server.people.facade import Access, colleagues


def _open(slug: str, of: str, who: Access) -> int:
    number = int(of) if of.isdecimal() and len(of) < 10 else 0
    case = locked(slug, number, who)
    if not case.is_open:
        raise InputError(_("this case is over"), todo=_("open it again on its page, if it has to be"))
    return number


def take(slug: str, of: str, who: Access) -> str:
    """Give a case to whoever asks, and begin it; return that in a sentence."""
    number = _open(slug, of, who)
    if not any(one.pk == who.user_id for one in colleagues(slug, "cases")):
        raise InputError(_("a key cannot have a case"), todo=_("log in"))
    case = locked(slug, number, who)
    began = {"status": "in_progress"} if case.status == "new" else {}
    change(slug, number, {"owner": who.name, **began}, by=who, version=None)
    return _("Case %(number)d is %(who)s's.") % {"number": number, "who": who.name}


def acknowledge(slug: str, of: str, who: Access) -> str:
    """Say that somebody has seen a case: a new one is begun; whose it is stays. Return that in a sentence."""
    number = _open(slug, of, who)
    case = locked(slug, number, who)
    if case.status == "new":
        change(slug, number, {"status": "in_progress"}, by=who, version=None)
    elif case.touched_at is None:
        touched(case, who, timezone.now())
    else:
        return _("Case %(number)d was acknowledged before.") % {"number": number}
    return _("%(who)s has acknowledged case %(number)d.") % {"number": number, "who": who.name}


def add() -> None:
    """Let cases be taken and acknowledged from where they are told."""
    for name, label, noted, do in (
        ("case.take", gettext_lazy("Take the case"), "case.taken", take),
        ("case.acknowledge", gettext_lazy("Acknowledge"), "case.acknowledged", acknowledge),
    ):
        outbox.add_act(outbox.Act(name, label, noted, lambda of: _("case %(of)s") % {"of": of}, path, do))
