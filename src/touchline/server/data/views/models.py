"""Who reads the texts: how well, whether that drifts, what it was taught, and going back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from touchline.errors import InputError, QuestionError, TouchlineError
from touchline.evaluation.labels import SENTIMENTS
from touchline.server.data import placing
from touchline.server.data.page import address, changing, reading, said, shown
from touchline.server.people.facade import noted
from touchline.understanding.card import Measured, scores
from touchline.understanding.teaching.lesson import Given
from touchline.vocabulary.named import named
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.scores.base import Figure
    from touchline.server.workspaces.facade import Held
    from touchline.workspace.taught import Score, Version

_SECONDS: Final = 60.0
_ASKED: Final = 5  # texts that are asked for at once
_TONES: Final = {"drifted": "bad", "watch": "warn", "steady": "good", "too few": ""}


@reading
def models(request: HttpRequest, hold: Held) -> HttpResponse:
    """Show the reader in use."""
    done = placing.ended(hold.slug)
    if done:
        (messages.error if done.error else messages.success)(
            request, said(done.error) if done.error else _("Done: %(what)s.") % {"what": done.what}
        )

    def ask(local: Local) -> tuple[Any, Figure | None, str]:
        try:
            drift: Figure | None = local.drift()
            why = ""
        except QuestionError as error:  # there is too little yet
            drift, why = None, said(error)
        return local.workspace.understanding(), drift, why

    understood, drift, why = hold.ask(ask, seconds=_SECONDS)
    teaching = hold.workspace.teaching
    versions, current = teaching.versions, teaching.current
    labels: dict[str, int] = {}
    for given in teaching.lesson.labels:
        for kind in given:
            labels[kind] = labels.get(kind, 0) + 1
    wanted = "teach" in request.GET and "admin" in request.access.scopes  # type: ignore[attr-defined]
    asked, cannot = _candidates(hold) if wanted else ([], "")
    total = sum(n for _method, n in understood.read_by)
    context = {
        "title": _("Models"), "going": placing.going(hold.slug), "understood": understood,
        "method": named("method", understood.method),
        "methods": [(named("method", method), n, f"{100 * n / total:.1f}") for method, n in understood.read_by],
        "drift": _drift(drift) if drift else [],
        "verdict": named("verdict", str(drift.facts.get("verdict", ""))) if drift else "",
        "tone": _TONES.get(str(drift.facts.get("verdict", "")), "") if drift else "", "why": why,
        "meaning": drift.meaning if drift else "",
        "versions": [_version(one, current) for one in versions[::-1]], "current": current,
        "labels": sorted(labels.items(), key=lambda item: -item[1]), "card": [_measured(one) for one in scores()],
        "asked": asked, "cannot": cannot, "wanted": wanted,
        "stages": [(stage.id, stage.name) for stage in hold.workspace.taxonomy.stages] + [(UNASSIGNED, UNASSIGNED)],
        "sentiments": SENTIMENTS, "can_redo": any(one.parent == current for one in versions),
    }  # fmt: skip
    return shown(request, hold, "data/models.html", context)


def _candidates(hold: Held) -> tuple[list[Any], str]:
    try:
        with hold.writing() as opened:
            return list(enumerate(opened.teaching.candidates(_ASKED))), ""
    except TouchlineError as error:
        return [], said(error)


def _drift(figure: Figure) -> list[dict[str, Any]]:
    return [
        {
            "measure": named("measure", row["measure"]), "verdict": named("verdict", row["verdict"]),
            "tone": _TONES.get(row["verdict"], ""),
            "n": row["n"], "p": None if row["p_adjusted"] is None else f"{row['p_adjusted']:.3f}",
            "index": None if row["stability_index"] is None else f"{row['stability_index']:.2f}",
            "values": "" if row["reference"] is None else f"{row['reference']:.2f} → {row['recent']:.2f}",
            "moved": ", ".join(
                f"{_label(row['measure'], one['name'])} {100 * one['reference']:.0f} → {100 * one['recent']:.0f} %"
                for one in (row["moved"] or ())[:2] if one["reference"] is not None
            ),
        }
        for row in figure.to_dicts()
    ]  # fmt: skip


def _measured(one: Measured) -> dict[str, str]:
    """Return a score of the card as people read it, its numbers as they write them."""
    low, to, high = one.interval.partition(" to ")
    ends = phrase("{low} to {high}", low=Number(low), high=Number(high)) if to else Number(one.interval)
    return {
        "set": _(one.set), "what": _(one.what), "n": Number(one.n), "score": Number(one.score),
        "interval": ends, "goal": Number(one.goal),
        "verdict": named("verdict", one.verdict),
    }  # fmt: skip


def _label(measure: str, value: str) -> str:
    """Return a value of a mix, ``emotion mix``, as people read it."""
    return str(named(measure.removesuffix(" mix"), value))


def _version(one: Version, current: int) -> dict[str, Any]:
    return {"one": one, "current": one.number == current, "made": one.made[:16].replace("T", " "),
            "scores": [_effect(score) for score in one.scores]}  # fmt: skip


def _effect(score: Score) -> dict[str, Any]:
    if score.before is None or score.after is None:
        return {"head": score.head, "n": score.n, "told": _("too few labels to tell"), "tone": ""}
    gain = score.after - score.before
    told = f"{score.before:.2f} → {score.after:.2f}"
    return {"head": score.head, "n": score.n, "told": told, "tone": "good" if gain > 0.005 else "bad" if gain < -0.005
            else ""}  # fmt: skip


@changing("admin", "models")
def teach(request: HttpRequest, hold: Held) -> HttpResponseBase:
    """Teach the reader what a person says of some texts."""
    rows, skipped = [], []
    ids = {stage.id for stage in hold.workspace.taxonomy.stages} | {UNASSIGNED}
    for number in range(_ASKED):
        text = request.POST.get(f"text-{number}", "")
        stage, sentiment = (request.POST.get(f"{name}-{number}", "") for name in ("stage", "sentiment"))
        labels = {name: value for name, value in (("stage", stage), ("sentiment", sentiment)) if value}
        if stage and stage not in ids:
            raise InputError(
                phrase("there is no stage {value}", value=repr(stage[:60])), todo=phrase("load the page again")
            )
        if sentiment and sentiment not in SENTIMENTS:
            raise InputError(
                phrase("there is no sentiment {value}", value=repr(sentiment[:60])), todo=phrase("load the page again")
            )
        if text and labels:
            rows.append(Given(text[:20_000], labels))
        elif text:
            skipped.append(text)
    if not rows:
        hold.workspace.teaching.skip(skipped)
        messages.info(request, _("Nothing was said of these texts; others are asked for next."))
        return HttpResponseRedirect(address(hold.slug, "models?teach=1"))
    placing.begin(
        hold, str(_("%(n)s texts taught") % {"n": len(rows)}),
        lambda opened, tell: opened.teaching.teach(rows, file="browser", progress=tell),
    )  # fmt: skip
    noted(request, "reader.taught", f"{len(rows)} labels")
    return HttpResponseRedirect(address(hold.slug, "models"))


@changing("admin", "models")
def use(request: HttpRequest, hold: Held) -> HttpResponseBase:
    """Go to another version of what was taught: a number, ``undo`` or ``redo``."""
    to = request.POST.get("to", "")
    if to not in ("undo", "redo") and not to.isdecimal():
        raise InputError(phrase("there is no version {value}", value=repr(to[:20])), todo=phrase("load the page again"))

    def change(opened: Any, tell: Any) -> None:
        if to == "undo":
            opened.teaching.undo(tell)
        elif to == "redo":
            opened.teaching.redo(tell)
        else:
            opened.teaching.use(int(to), tell)

    placing.begin(hold, str(_("another version of the reader")), change)
    noted(request, "reader.changed", to)
    return HttpResponseRedirect(address(hold.slug, "models"))
