"""Formats, pages, tags, errors, rates and memory: what holds for every answer."""

from __future__ import annotations

import csv
import io
import json
import re
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from touchline.client.wire import from_stream
from touchline.server.api import asking
from touchline.server.api.remembered import Answer, Remembered
from touchline.server.people import routing
from touchline.server.people.rates import Rates

pytestmark = pytest.mark.django_db
ARROW = "application/vnd.apache.arrow.stream"


def of(held, name, **given):
    return held.ask(lambda local: getattr(local, name)(**given))


# ------------------------------------------------------------------------------------------------------- formats


@pytest.mark.parametrize("name", ["stages", "heatmap", "causes", "trend", "cohorts"])
def test_an_arrow_stream_is_the_figure_itself(name, held, reader):
    answer = reader.get(name, Accept=ARROW)
    assert answer["Content-Type"] == ARROW
    figure, more = from_stream(answer.content)
    want = of(held, name)
    assert figure == want
    assert figure.table.schema.equals(want.table.schema)
    assert figure.as_json() == want.as_json()
    assert more["behind"] == (want.behind is not None)


def test_parquet_has_the_same_table(held, reader):
    answer = reader.get("causes", {"format": "parquet"})
    assert pq.read_table(io.BytesIO(answer.content)).replace_schema_metadata(None) == of(held, "causes").table
    assert answer["Content-Disposition"] == 'attachment; filename="causes.parquet"'


def test_csv_has_the_same_rows(held, reader):
    answer = reader.get("stages", Accept="text/html;q=0.2, text/csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    want = of(held, "stages").to_dicts()
    assert [row["stage"] for row in rows] == [row["stage"] for row in want]
    assert [float(row["low"]) for row in rows if row["low"]] == [row["low"] for row in want if row["low"] is not None]


def test_csv_runs_nothing_in_a_spreadsheet(held, reader, monkeypatch):
    from touchline.questions import Local
    from touchline.scores.base import Figure

    table = pa.table({"name": ["=cmd()", "+a", "-a", "@x", "\tx", "plain"], "n": [-1, 2, 3, 4, 5, 6]})
    monkeypatch.setattr(Local, "friction", lambda self, filters=None: Figure("friction", table, "Words."))
    cells = [row[0] for row in csv.reader(io.StringIO(reader.get("friction", {"format": "csv"}).content.decode()))]
    assert cells == ["name", "'=cmd()", "'+a", "'-a", "'@x", "'\tx", "plain"]


def test_a_format_that_there_is_not_is_406(reader):
    answer = reader.get("stages", Accept="image/png")
    assert answer.status_code == 406
    assert "image/png" in answer.json()["error"]["what"]


# --------------------------------------------------------------------------------------------------------- pages


def pages(reader, path, **pairs):
    """Return all pages of an answer, and how many there were."""
    rows, count, after = [], 0, None
    while count == 0 or after:
        answer = reader.get(path, pairs | ({"after": after} if after else {}))
        assert answer.status_code == 200, answer.content
        told = answer.json()
        rows, count, after = rows + told["rows"], count + 1, told["next"]
        assert ("Link" in answer) == (after is not None)
        if after:
            assert answer["Link"].endswith('rel="next"')
            assert f"after={after.rstrip('=')}" in answer["Link"].replace("%3D", "")
        assert len(told["rows"]) <= pairs["limit"]
    return rows, count


def _rounded(rows):
    """The rows, their numbers to nine digits: sums of several threads differ in the last ones."""
    return re.sub(r"-?\d+\.\d+(?:e-?\d+)?", lambda number: f"{float(number[0]):.9g}", json.dumps(rows))


@pytest.mark.parametrize(("path", "limit"), [("trend", 7), ("heatmap", 10), ("standing", 30), ("health", 25)])
def test_pages_together_are_the_whole(path, limit, held, reader):
    rows, count = pages(reader, path, limit=limit)
    want = reader.get(path, {"limit": 10_000}).json()["rows"]
    assert _rounded(rows) == _rounded(want)
    assert count == max(1, -(-len(want) // limit)) or count == len(want) // limit + 1
    assert len(want) > limit


def test_pages_are_of_one_state_of_the_data(changed, db, monkeypatch):
    """What is published between two pages is not seen by the second; where the state is forgotten, that is said."""
    from django.test import Client
    from tests.server.api.conftest import OWNER, Caller

    from touchline.server.people import keys
    from touchline.server.workspaces.facade import Workspace

    row = Workspace.objects.create(slug="copy", name="copy", folder=str(changed.workspace.folder.root))
    reader = Caller(Client(), keys.create(OWNER, row, "key", ("read",))[1])
    whole = reader.get("trend").json()["rows"]
    first = reader.get("trend", {"limit": 5}).json()
    changed.workspace.identify([("C1", "C2")])
    again = reader.get("trend", {"limit": 10_000, "after": first["next"]}).json()
    assert first["rows"] + again["rows"] == whole
    asking.ANSWERS.forget()
    lost = reader.get("trend", {"limit": 5, "after": first["next"]})
    assert lost.status_code == 409
    assert "anew" in lost.json()["error"]["what"]


@pytest.mark.parametrize("after", ["x", "W10=", "eyJhIjoxfQ==", "WzEsIC01XQ=="])
def test_a_cursor_that_is_none_is_400(after, reader):
    assert reader.get("trend", {"limit": 5, "after": after}).status_code in (400, 409)


# ---------------------------------------------------------------------------------------------------------- tags


def test_an_answer_that_the_caller_has_is_304(reader):
    first = reader.get("stages")
    assert "private" in first["Cache-Control"]
    again = reader.get("stages", If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert reader.get("stages", {"since": "2026-06-01"}, If_None_Match=first["ETag"]).status_code == 200
    assert reader.get("stages", Accept="text/csv", If_None_Match=first["ETag"]).status_code == 200


def test_a_tag_is_of_one_scope(key):
    """A restricted viewer does not learn that another's answer is the same."""
    whole = key("read").get("stages")["ETag"]
    own = key("read", region=["emea"]).get("stages", If_None_Match=whole)
    assert own.status_code == 200
    assert own["ETag"] != whole


def test_new_data_have_new_tags(changed, db):
    from django.test import Client
    from tests.server.api.conftest import OWNER, Caller

    from touchline.server.people import keys
    from touchline.server.workspaces.facade import Workspace

    row = Workspace.objects.create(slug="copy", name="copy", folder=str(changed.workspace.folder.root))
    reader = Caller(Client(), keys.create(OWNER, row, "key", ("read",))[1])
    before = reader.get("themes")
    changed.workspace.themes.rename(before.json()["rows"][0]["theme"], "Another name")
    after = reader.get("themes", If_None_Match=before["ETag"])
    assert after.status_code == 200
    assert "Another name" in [row["name"] for row in after.json()["rows"]]


# -------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("path", "pairs", "status", "word"),
    [
        ("stages", {"sinc": "2026-01-01"}, 400, "did you mean 'since'"),
        ("stages", {"since": "01.02.2026"}, 400, "since"),
        ("stages", {"since": "2026-03-01", "until": "2026-01-01"}, 400, "earlier day"),
        ("stages", {"stage": "delivry"}, 400, "did you mean 'delivery'"),
        ("stages", {"segment": "tier"}, 400, "segment"),
        ("stages", {"segment": "tier:gold"}, 400, "There are"),
        ("stages", [("since", "2026-01-01"), ("since", "2026-02-01")], 400, "once"),
        ("stages", {"format": "xml"}, 400, "format"),
        ("trend", {"limit": "0"}, 400, "limit"),
        ("trend", {"limit": "many"}, 400, "limit"),
        ("funnel", {}, 400, "missing"),
        ("funnel", {"steps": "purchase", "order": "alphabetical"}, 400, "order"),
        ("change", {}, 400, "previous_since"),
        ("stagez", {}, 404, "did you mean /api/v1/stages"),
        ("interactions/nothing/here", {}, 404, "there is no interaction"),
        ("customers/nobody/timeline", {}, 404, "there is no customer"),
        ("behind", {"question": "cause", "row": 0}, 400, "did you mean 'causes'"),
        ("behind", {"question": "churn", "row": 100_000}, 400, "no row 100,000"),
        ("behind", {"question": "causes", "row": 0, "stagee": "x"}, 400, "did you mean 'stage'"),
        ("behind", {"question": "funnel", "row": 0}, 400, "steps"),
        ("stages", {"workspace": "other"}, 404, "there is no workspace"),
    ],
    ids=str,
)  # fmt: skip
def test_errors_have_one_shape(path, pairs, status, word, reader):
    answer = reader.get(path, pairs)
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    assert set(answer.json()) == {"error"}
    assert set(error) == {"what", "where", "todo"}
    assert word in " ".join(error.values())


def test_an_unknown_key_is_401_before_anything_is_read(reader):
    reader.token = "tl_abc_def"
    for path in ("stages", "funnel", "behind", "stages?nonsense=1"):
        answer = reader.get(path)
        assert answer.status_code == 401
        assert "WWW-Authenticate" in answer


def test_a_key_that_may_not_read_is_403(key):
    assert key("ingest").get("stages").status_code == 403


def test_a_method_that_there_is_not_is_405_in_the_same_shape(reader):
    answer = reader.request("DELETE", "stages")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET"
    assert "DELETE" in answer.json()["error"]["what"]


def test_a_question_that_takes_too_long_is_408(reader, held, monkeypatch):
    from touchline.questions import Local

    def slow(self, filters=None):
        return self.workspace.warehouse.fetch("SELECT sum(a.range * b.range) FROM range(100000) a, range(1000000) b")

    monkeypatch.setattr(Local, "friction", slow)
    answer = reader.get("friction", {"timeout": 0.2})
    assert answer.status_code == 408
    assert answer["Touchline-Error"] == "TooSlow"


def test_what_nobody_expected_is_500_and_tells_nothing(reader, monkeypatch, caplog):
    from touchline.questions import Local

    monkeypatch.setattr(Local, "friction", lambda self, filters=None: 1 / 0)
    answer = reader.get("friction")
    assert answer.status_code == 500
    assert "division" not in answer.content.decode()
    assert "ZeroDivisionError" in caplog.text


# ------------------------------------------------------------------------------------------------ rates and memory


def test_who_asks_too_often_waits(key, monkeypatch):
    monkeypatch.setattr(routing, "RATES", Rates(1.0, clock=lambda: 0.0))
    one, other = key("read"), key("read")
    told = [one.get("span").status_code for _ in range(6)]
    assert told == [200] * 4 + [429] * 2
    refused = one.get("span")
    assert int(refused["Retry-After"]) >= 1
    assert other.get("span").status_code == 200


def test_equal_questions_are_answered_once(reader, held, monkeypatch):
    from touchline.questions import Local

    asked, right = [], Local.friction
    monkeypatch.setattr(Local, "friction", lambda self, filters: asked.append(1) or right(self, filters))
    bodies = {reader.get("friction").content for _ in range(5)}
    assert (len(bodies), len(asked)) == (1, 1)
    reader.get("friction", {"format": "csv"})
    reader.get("friction", {"limit": 2})
    assert len(asked) == 1  # other formats and pages are made of the same answer
    reader.get("friction", {"since": "2026-06-01"})
    assert len(asked) == 2


def test_whoever_asks_meanwhile_waits_for_the_same_answer():
    kept, begun, go, made = Remembered(10_000), threading.Event(), threading.Event(), []

    def make():
        begun.set()
        go.wait(10)
        made.append(1)
        return Answer("1", b"x")

    found = []
    threads = [threading.Thread(target=lambda: found.append(kept.get("k", make))) for _ in range(8)]
    threads[0].start()
    begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(10)
    assert (len(found), len(made)) == (8, 1)


def test_an_error_is_for_all_who_wait_and_is_not_kept():
    kept = Remembered(10_000)
    with pytest.raises(ValueError, match="once"):
        kept.get("k", lambda: (_ for _ in ()).throw(ValueError("once")))
    assert kept.get("k", lambda: Answer("1", b"good")).body == b"good"


def test_what_was_begun_before_everything_is_forgotten_is_not_kept():
    kept = Remembered(10_000)

    def make():
        kept.forget()
        return Answer("1", b"of somebody who was erased")

    assert kept.get("k", make).body
    assert kept.known("k") is None


def test_an_erasure_lets_go_of_every_answer(reader):
    from touchline.server.privacy.facade import erased

    reader.get("stages")
    assert asking.ANSWERS.held > 0
    erased.send(sender=None, workspace="world")
    assert asking.ANSWERS.held == 0


def test_memory_is_bounded_in_bytes():
    kept = Remembered(20_000)
    for number in range(50):
        kept.get(number, lambda: Answer("1", b"x" * 3_000))
        assert kept.held <= 20_000
    assert kept.known(49) is not None
    assert kept.known(0) is None
    kept.get("large", lambda: Answer("1", b"x" * 30_000))
    assert kept.known("large") is None
