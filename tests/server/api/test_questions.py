"""Every question over HTTP gives what an open workspace gives; nobody wrote a route by hand."""

from __future__ import annotations

import inspect
from datetime import date

import pytest

from touchline.cli.writing import plain
from touchline.client import Remote
from touchline.client.asking import APART, parameters, questions
from touchline.errors import TouchlineError
from touchline.protocol import Questions
from touchline.questions import Local
from touchline.scores.base import Filters
from touchline.server.api.api import document
from touchline.server.api.catalogue import catalogue

pytestmark = pytest.mark.django_db
EMEA = Filters(segments=(("region", ("emea",)),))
LATE = Filters(since=date(2026, 6, 1), until=date(2026, 8, 31))
EARLY = Filters(since=date(2026, 3, 1), until=date(2026, 5, 31))

#: What each question is asked with, beside nothing at all; those with no entry need nothing.
ASKED = {
    "stages": [{"filters": LATE, "previous": EARLY}, {"filters": Filters(stages=("Delivery",))}],
    "jsi": [{"by": "segment:region"}, {"filters": EMEA, "by": "week"}],
    "standing": [{"of": "person", "limit": 5}],
    "change": [{"filters": LATE, "previous": EARLY}, {"filters": LATE, "previous": EMEA}],
    "bridge": [{"filters": LATE, "previous": EARLY}],
    "heatmap": [{"by": "segment:region"}, {"filters": Filters(channels=("email", "chat"))}],
    "trend": [{"stage": "delivery", "by": "month"}, {"filters": Filters(stages=("delivery",)), "stage": "all"}],
    "causes": [{"stage": "delivery", "limit": 2, "examples": 1}],
    "segments": [{"names": ["region"], "stage": "delivery"}],
    "funnel": [{"steps": ["purchase", "delivery"], "order": "any", "window": "60d", "by": "seg_region"}],
    "find": [{"pattern": "purchase > delivery"}],
    "sankey": [{"anchor": "delivery", "before": 1, "after": 2}],
    "survival": [{"start": "purchase", "end": "delivery", "at": [1.5, 30]}],
    "attribution": [{"conversion": "purchase", "models": ["linear", "markov"], "replicates": 20}],
    "clusters": [{"k": 3}],
    "grievances": [{"at": "support", "kept": "usage"}],
    "effort": [{"end": "delivery"}],
    "nps_bridge": [{"filters": LATE, "previous": EARLY}],
    "reasons": [{"filters": LATE, "previous": EARLY}],
    "impact": [{"change": "2026-05-01", "treated": "region=emea"}],
    "whatif": [{"stage": "delivery", "theme": "late_delivery"}],
    "experiment": [{"control": "region=apac", "treated": "region=emea", "of": "jsi"}],
    "metrics": [{"by": "stage"}],
    "health": [{"limit": 3}],
    "clv": [{"limit": 3}],
    "cohorts": [{"period": "month", "measure": "jsi"}],
}
ALL = [(name, given) for name in questions() for given in ASKED.get(name, [{}])]


def test_protocol_local_routes_and_client_have_the_same_questions():
    def of(kind):
        found = {name for name in dir(kind) if not name.startswith("_") and inspect.isfunction(getattr(kind, name))}
        return found - {"close", "among", "offered"}  # more questions of the same; what the pages' filters offer

    routes = {told["operationId"] for ops in document()["paths"].values() for told in ops.values()}
    asked = of(Questions)
    assert asked == of(Local) == set(questions()) | set(APART)
    assert asked <= routes
    assert asked <= of(Remote)
    assert {one.name for one in catalogue()} == set(questions())


@pytest.mark.parametrize("name", sorted(set(questions()) | set(APART)))
def test_local_and_remote_have_the_protocols_signatures(name):
    def plain_signature(kind):
        given = inspect.signature(getattr(kind, name)).parameters.values()
        return [(one.name, one.kind, one.default) for one in given]

    assert plain_signature(Local) == plain_signature(Questions) == plain_signature(Remote)


@pytest.mark.parametrize("question", catalogue(), ids=lambda one: one.name)
def test_every_question_and_option_is_told(question):
    assert question.summary
    assert [option.name for option in question.options if not option.about] == []


def asked(held, name, given):
    """Return the local answer, or the error that it is."""
    try:
        return held.ask(lambda local: getattr(local, name)(**given))
    except TouchlineError as error:
        return error


@pytest.mark.parametrize(("name", "given"), ALL, ids=lambda one: one if isinstance(one, str) else "")
def test_an_answer_over_http_is_the_local_one(name, given, held, reader):
    """Also where it is an error: the same one, with the same words."""
    answer = reader.get(name, parameters(name, given))
    want = asked(held, name, given)
    if isinstance(want, TouchlineError):
        assert answer.status_code == 400, answer.content
        assert answer.json()["error"] == {"what": want.what, "where": want.where, "todo": want.todo}
        return
    assert answer.status_code == 200, answer.content
    got = answer.json()
    assert {key: got[key] for key in want.as_json()} == plain(want.as_json())
    assert got["behind"] == (want.behind is not None)


def test_most_questions_are_answered(held):
    """The world is rich enough: it is no comparison of errors with errors."""
    answers = [(name, asked(held, name, given)) for name, given in ALL]
    refused = [f"{name}: {answer}" for name, answer in answers if isinstance(answer, TouchlineError)]
    assert len(refused) < 6, "\n".join(refused)
