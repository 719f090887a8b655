"""What can be done about a thing from where it was told: the buttons of a message, and what stands behind them.

Other apps say what can be done (`add_act`); whoever writes something down to be told names the acts of it in the body,
as ``"acts": [{"act": "case.take", "of": "7"}]``. A button carries its act sealed with the server's key, so that nobody
else can make one. Who presses it acts as themselves: with their own rights, in the audit log under their own name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from django.core import signing
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from touchline.errors import NotAllowed
from touchline.server.people.facade import Access, record

#: How long a button can be pressed: as long as what was told is kept.
GOOD_FOR: Final = timedelta(days=30)
_SALT: Final = "touchline outbox button"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done about a thing.

    Attributes:
        name: ``case.take``.
        label: What stands on the button.
        noted: What the audit log calls it: ``case.taken``.
        thing: Names the thing for people, by its id: ``case 7``.
        url: Returns the path of the thing's page, of a workspace and an id.
        do: Does it, in the caller's transaction: workspace, id, who. Done twice it changes nothing. Returns what came
            of it, in a sentence without the words or the name of a customer; raises a `TouchlineError` where it cannot
            be done.
    """

    name: str
    label: Promise | str
    noted: str
    thing: Callable[[str], str]
    url: Callable[[str, str], str]
    do: Callable[[str, str, Access], str]


@dataclass(frozen=True, slots=True)
class Button:
    """What a button stands for.

    Attributes:
        workspace: The workspace's slug.
        message: The delivery that it is on.
        act: What it does.
        of: To which thing, by its id.
    """

    workspace: str
    message: str
    act: str
    of: str


_acts: Final[dict[str, Act]] = {}


def add_act(*acts: Act) -> None:
    """Have things done by buttons from now on."""
    _acts.update({act.name: act for act in acts})


def act_of(name: str) -> Act | None:
    """Return an act, if there is one of that name."""
    return _acts.get(name)


def buttons_of(workspace: str, message: str, said: Any) -> list[Button]:
    """Return the buttons that a body names; what is not known to be an act is left out."""
    rows: Iterable[Any] = said if isinstance(said, list) else ()
    return [
        Button(workspace, message, str(one["act"]), str(one.get("of") or ""))
        for one in rows
        if isinstance(one, Mapping) and one.get("act") in _acts
    ]


def sealed(button: Button) -> str:
    """Return a button as it is handed out: readable by anybody, made by nobody else."""
    return signing.dumps(list(asdict(button).values()), salt=_SALT)


def opened(token: str) -> Button:
    """Return the button that was sealed.

    Raises:
        NotAllowed: It was not made here, or too long ago.
    """
    try:
        return Button(*signing.loads(token, salt=_SALT, max_age=GOOD_FOR))
    except (signing.BadSignature, TypeError):
        raise NotAllowed(
            _("this button is not ours, or older than %(n)d days") % {"n": GOOD_FOR.days},
            todo=_("open the thing itself"),
        ) from None


def do(button: Button, who: Access, via: str, ip: str = "") -> str:
    """Do what a button stands for, and write it into the audit log; return what came of it, in a sentence.

    Args:
        button: Which.
        who: In whose name.
        via: Through what it was pressed: ``slack``, ``link``.
        ip: From which address, where that is theirs.

    Raises:
        TouchlineError: They may not, or it cannot be done.
    """
    act = act_of(button.act)
    if act is None or who.workspace != button.workspace:
        raise NotAllowed(_("this button does nothing any more"), todo=_("open the thing itself"))
    if not who.may("cases"):
        raise NotAllowed(_("your role does not allow to work on cases"), todo=_("ask an administrator"))
    told = act.do(button.workspace, button.of, who)
    record(who, act.noted, button.workspace, f"{act.thing(button.of)}, by {via}", ip)
    return told
