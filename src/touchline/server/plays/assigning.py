"""Who gets a case: in turn, by load, by segment, or whose account it is."""

from __future__ import annotations

from django.db.models import Max

from touchline.server.care.facade import Case, agents
from touchline.server.plays.models import Play, Run
from touchline.server.plays.reading import Known
from touchline.server.plays.recipe import Recipe


def owner_of(recipe: Recipe, play: Play, known: Known) -> str:
    """Return the address of who gets the case; empty for nobody (then the team has it).

    Somebody who does not work on cases here (any more) is never chosen.
    """
    rule = recipe.assign
    there = [user.email for user in agents(play.workspace)]
    among = [one for one in there if not rule.among or one in rule.among]
    if rule.by == "account owner":
        return known.account_owner if known.account_owner in there else ""
    if rule.by == "segment":
        chosen = dict(rule.owners).get(known.segments.get(rule.segment, ""), "")
        return chosen if chosen in there else ""
    if not among or rule.by == "nobody":
        return ""
    if rule.by == "load":
        rows = Case.objects.filter(workspace=play.workspace, owner__email__in=among)
        rows = rows.exclude(status__in=("resolved", "closed"))
        loads = dict.fromkeys(among, 0)
        for email in rows.values_list("owner__email", flat=True):
            loads[email] += 1
        return min(among, key=lambda one: (loads[one], one))
    last = dict(Run.objects.filter(play=play, owner__in=among).order_by().values_list("owner").annotate(Max("id")))
    return min(among, key=lambda one: (last.get(one, 0), one))
