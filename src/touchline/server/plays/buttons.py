"""What can be done about a step of a play by a button in a message: it is done."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from touchline.errors import InputError
from touchline.server.outbox import facade as outbox
from touchline.server.people.facade import Access
from touchline.server.plays import following, managing
from touchline.server.plays.models import Run, Step


def _pair(of: str) -> tuple[int, int]:
    run, _sep, number = of.partition("/")
    good = run.isdecimal() and number.isdecimal() and len(of) < 18
    return (int(run), int(number)) if good else (0, 0)


def done(slug: str, of: str, who: Access) -> str:
    """End a step; return that in a sentence.

    Raises:
        InputError: There is none, they may not see it, or it is over without having been done.
    """
    run, number = _pair(of)
    with transaction.atomic():
        if not managing.visible(who, slug).filter(pk=run).exists():
            raise InputError(_("this step is not there any more"), todo=_("look at the play's page"))
        step = Step.objects.select_for_update().filter(run_id=run, number=number).first()
        if step is not None and step.state == "done":
            return _("Step %(number)d was done before.") % {"number": number}
        following.end_step(slug, run, number, who.name)
    return _("%(who)s has done step %(number)d.") % {"number": number, "who": who.name}


def _url(slug: str, of: str) -> str:
    run = Run.objects.select_related("play").filter(workspace=slug, pk=_pair(of)[0]).first()
    return f"/w/{slug}/plays/{run.play.slug}" if run else f"/w/{slug}/plays"


def add() -> None:
    """Let steps be ended from where they are told."""
    outbox.add_act(outbox.Act(
        "step.done", gettext_lazy("Done"), "play.step-done", lambda of: _("step %(of)s") % {"of": of}, _url, done
    ))  # fmt: skip
