"""A workspace over HTTP answers what an open one answers, to the last type."""

from __future__ import annotations

import gzip
import json
from datetime import date, datetime
from decimal import Decimal

import httpx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.client.conftest import client_of
from tests.server.api.test_questions import ALL, asked

from touchline import errors
from touchline.client import Remote, transport
from touchline.client.wire import from_stream, tagged, to_stream, untagged
from touchline.errors import NotAllowed, QuestionError, TooSlow, TouchlineError, WorkspaceError
from touchline.scores.base import Figure, Filters

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("name", "arguments"), ALL, ids=str)
def test_a_figure_is_the_same(name, arguments, held, remote):
    want = asked(held, name, arguments)
    if isinstance(want, TouchlineError):
        with pytest.raises(type(want)) as raised:
            getattr(remote, name)(**arguments)
        assert (raised.value.what, raised.value.where, raised.value.todo) == (want.what, want.where, want.todo)
        return
    got = getattr(remote, name)(**arguments)
    assert got.table.schema == want.table.schema
    assert (got.name, got.meaning, got.notes) == (want.name, want.meaning, want.notes)
    assert repr(dict(got.facts)) == repr(untagged(tagged(dict(want.facts))))
    assert got.as_json() == want.as_json() or repr(got.as_json()) == repr(want.as_json())  # NaN is not NaN


def test_who_is_behind_a_row(held, remote):
    figure, want = remote.churn(by="reason"), asked(held, "churn", {"by": "reason"})
    assert figure.behind is not None
    for row in range(want.table.num_rows):
        assert np.array_equal(figure.customers(row), want.customers(row))
        local = held.ask(lambda questions, row=row: questions.behind(want, row, limit=3))
        assert remote.behind(figure, row, limit=3) == local
    with pytest.raises(QuestionError, match="no row 999"):
        figure.customers(999)
    with pytest.raises(QuestionError, match="no row 999"):
        remote.behind(figure, 999)
    with pytest.raises(QuestionError, match="cannot tell"):
        remote.behind(remote.stages(), 0)


def test_behind_keeps_the_questions_own_limit(held, remote):
    arguments = {"steps": ["purchase", "delivery"], "lost": True}
    figure, want = remote.funnel(**arguments), asked(held, "funnel", arguments)
    assert (figure.behind is None) == (want.behind is None)
    if want.behind is not None and want.table.num_rows:
        assert np.array_equal(figure.customers(0), want.customers(0))
    health, own = remote.health(limit=2), asked(held, "health", {"limit": 2})
    assert np.array_equal(health.customers(1), own.customers(1))


def test_a_customers_story_status_span_stages_and_an_explanation(held, remote):
    ref = remote.standing(limit=1).to_dicts()[0]["ref"]
    filters = Filters(since=date(2026, 1, 1), segments=(("region", ("emea", "apac", "americas")),))
    for arguments in ((ref,), (ref, filters)):
        want = held.ask(lambda local, arguments=arguments: local.timeline(*arguments, limit=5))
        assert remote.timeline(*arguments, limit=5) == want
    spoken = next(row["interaction_id"] for row in remote.timeline(ref).to_dicts() if row["mentions"])
    assert remote.explain(spoken) == held.ask(lambda local: local.explain(spoken))
    assert remote.status() == held.ask(lambda local: local.status())
    assert remote.span() == held.ask(lambda local: local.span())
    assert remote.span(filters) == held.ask(lambda local: local.span(filters))
    assert remote.taxonomy().ids == held.workspace.taxonomy.ids


def test_a_timeline_is_told_whole(held):
    """Newest first, the words of each mention, and the standing of that customer."""
    ref = held.ask(lambda local: local.standing(limit=1)).to_dicts()[0]["ref"]
    found = held.ask(lambda local: local.timeline(ref))
    times = found.table["occurred_at"].to_pylist()
    assert times == sorted(times, reverse=True)
    assert found.facts["n"] == len(times)
    own = held.ask(lambda local: local.standing(key=ref)).to_dicts()[0]
    assert (found.facts["jsi"], found.facts["low"], found.facts["band"]) == (own["jsi"], own["low"], own["band"])
    for row in found.to_dicts():
        assert all(mention["words"] in row["text"] for mention in row["mentions"])
    assert found.facts["touches"] == sum(len(row["touches"]) for row in found.to_dicts())


def test_what_may_not_be_asked_is_an_error_of_its_own(key, held):
    with pytest.raises(NotAllowed):
        client_of("tl_nobody_x").stages()
    with pytest.raises(NotAllowed):
        client_of(key("ingest").token).stages()
    with pytest.raises(QuestionError, match="no interaction"):
        client_of(key("read").token).explain("nothing")


# ---------------------------------------------------------------------------------------------------- the transport


class Server:
    """Answers one thing after another."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def problem(status, **headers):
    return httpx.Response(status, json={"error": {"what": "no", "where": "here", "todo": "wait"}}, headers=headers)


@pytest.fixture
def waits(monkeypatch):
    slept = []
    monkeypatch.setattr(transport.time, "sleep", slept.append)
    return slept


def remote_to(server, **options):
    return Remote.to("http://x", "k", transport=httpx.MockTransport(server), **options)


SPAN = httpx.Response(200, json={"first": "2026-01-01", "last": "2026-01-02"})


def test_a_busy_server_is_asked_again_later_and_later(waits):
    server = Server(problem(503), problem(429, **{"retry-after": "3"}), httpx.ConnectError("no"), SPAN)
    assert remote_to(server).span() == (date(2026, 1, 1), date(2026, 1, 2))
    assert len(server.asked) == 4
    assert 0.1 < waits[0] < 0.4
    assert waits[1] >= 3
    assert waits[2] > 0.6


def test_it_is_not_asked_for_ever(waits):
    server = Server(problem(503))
    with pytest.raises(WorkspaceError, match="here: no; wait"):
        remote_to(server, tries=3).span()
    assert (len(server.asked), len(waits)) == (3, 2)


def test_a_server_that_wants_long_is_not_waited_for(waits):
    with pytest.raises(TouchlineError):
        remote_to(Server(problem(429, **{"retry-after": "3600"}))).span()
    assert waits == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 500])
def test_other_errors_are_told_at_once(status, waits):
    server = Server(problem(status))
    with pytest.raises(TouchlineError) as raised:
        remote_to(server).span()
    assert len(server.asked) == 1
    assert raised.value.what == "no"
    assert isinstance(raised.value, {400: QuestionError, 403: NotAllowed, 408: TooSlow}.get(status, TouchlineError))


@pytest.mark.parametrize("name", ["TouchlineError", "NoSpaceLeft", "TaxonomyError", "JournalDamaged"])
def test_the_class_is_the_servers(name):
    with pytest.raises(TouchlineError) as raised:
        remote_to(Server(problem(409, **{"touchline-error": name}))).span()
    assert type(raised.value) is getattr(errors, name)


@pytest.mark.parametrize("name", ["print", "unknown", "Iterable", "", "__builtins__"])
def test_a_class_that_is_none_of_ours_is_not_taken(name):
    with pytest.raises(TouchlineError) as raised:
        remote_to(Server(problem(409, **{"touchline-error": name}))).span()
    assert type(raised.value) is WorkspaceError


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"error": "no"}', b""])
def test_an_answer_of_another_shape_is_an_error_too(body):
    with pytest.raises(WorkspaceError, match="answered 502"):
        remote_to(Server(httpx.Response(502, content=body))).span()


# -------------------------------------------------------------------------------------------------------- sending


def taken(request: httpx.Request) -> httpx.Response:
    lines = gzip.decompress(request.content).decode().splitlines()
    return httpx.Response(202, json={"received": len(lines), "accepted": len(lines) - 1, "quarantined": 1})


def test_records_are_sent_in_batches_each_with_a_key_of_its_own(waits):
    asked = []
    answers = iter([httpx.ReadTimeout("slow"), None, None, problem(503), None])

    def serve(request):
        asked.append(request)
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer or taken(request)

    records = [{"id": f"I{n}", "occurred_at": datetime(2026, 1, 1), "value": Decimal("1.50")} for n in range(7)]
    sent = remote_to(serve).send(records, batch=3, key="mine")
    assert (sent.accepted, sent.quarantined, len(sent.receipts)) == (4, 3, 3)
    assert [one.headers["idempotency-key"] for one in asked] == ["mine-0", "mine-0", "mine-1", "mine-2", "mine-2"]
    first = json.loads(gzip.decompress(asked[0].content).decode().splitlines()[0])
    assert first == {"id": "I0", "occurred_at": "2026-01-01T00:00:00", "value": "1.50"}


def test_a_table_is_sent_as_it_is():
    assert remote_to(taken).send(pa.table({"id": ["a", "b"]})).accepted == 1


# --------------------------------------------------------------------------------------------------------- the wire

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats() | st.text(max_size=20)
    | st.dates() | st.datetimes().map(lambda moment: moment.replace(fold=0))
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple)
    | st.dictionaries(st.text(max_size=5) | st.integers() | st.just("$"), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=8), values, max_size=5))
def test_facts_come_back_as_they_were(facts):
    figure = Figure("x", pa.table({"n": pa.array([1, None], pa.int16())}), "Means.", ("a", "b"), facts)
    back, more = from_stream(to_stream(figure, next="n"))
    assert repr(back.facts) == repr(facts)
    assert (back.name, back.table, back.meaning, back.notes, more) == (
        "x",
        figure.table,
        "Means.",
        ("a", "b"),
        {"next": "n"},
    )


def test_a_stream_without_a_figure_is_refused():
    sink = pa.BufferOutputStream()
    table = pa.table({"n": [1]})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(ValueError, match="carries no figure"):
        from_stream(sink.getvalue().to_pybytes())
