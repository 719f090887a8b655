"""Boards on pages: shown to whoever may read, taken and kept by whoever may export, sent with its owner's access."""

from __future__ import annotations

import io
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from tests.server.boards.conftest import SLUG

from touchline.server.boards import sending
from touchline.server.boards.models import Board
from touchline.server.workspaces.facade import held

pytestmark = pytest.mark.django_db
PAGE = f"/w/{SLUG}/boards"


@pytest.fixture
def told(monkeypatch):
    """What is put into the outbox, whose targets are ``board`` and ``chat``."""
    found: list[tuple[str, str, dict, str]] = []
    there = [SimpleNamespace(name=name, channel="email", shown="", wants=(), on=True) for name in ("board", "chat")]

    def put(_workspace, target, kind, body, *, key, language):
        assert language == "en"
        found.append((target, kind, body, key))

    monkeypatch.setattr("touchline.server.boards.sending.put", put)
    monkeypatch.setattr("touchline.server.boards.saved.targets", lambda _workspace: there)
    monkeypatch.setattr("touchline.server.boards.views.targets", lambda _workspace: there)
    return found


def kept(client, **more):
    given = {
        "name": "Quarter",
        "section": ["finding", "line"],
        "paper": "letter",
        "query": "days=91&section=why",
        **more,
    }
    assert client.post(f"{PAGE}/save", given).status_code == 302
    return Board.objects.get(name=given["name"])


def test_the_page_offers_sections_and_shows_them_on_sheets(visitor):
    client = visitor("viewer")
    answer = client.get(PAGE)
    assert answer.status_code == 200
    assert answer.content.decode().count('name="section"') == 11
    shown = client.get(
        f"{PAGE}/sheet?days=0&section=line&section=friction&paper=letter&title=For+%3Cthem%3E"
    ).content.decode()
    assert "paper-letter" in shown
    assert "The journey line" in shown
    assert "Method and definitions" not in shown
    assert "For &lt;them&gt;" in shown
    assert "<them>" not in shown
    assert client.get(f"{PAGE}/sheet?section=nothing").status_code == 404


def test_files_need_the_right_to_take_data_out(visitor):
    from touchline.server.people.audit import lines

    assert visitor("viewer").get(f"{PAGE}/file/xlsx?days=0").status_code == 403
    client = visitor("analyst")
    for kind, start in (("xlsx", b"PK"), ("pptx", b"PK"), ("png", b"PK"), ("html", b"<!doctype html>")):
        answer = client.get(f"{PAGE}/file/{kind}?days=0&section=line&section=headlines")
        assert answer.status_code == 200
        assert answer.content.startswith(start)
        assert "attachment" in answer["Content-Disposition"]
    assert client.get(f"{PAGE}/picture/journey-line?days=0").content[:4] == b"\x89PNG"
    assert client.get(f"{PAGE}/picture/nothing?days=0").status_code == 404
    assert client.get(f"{PAGE}/file/exe").status_code == 404
    assert len([line for line in lines(SLUG) if line["action"] == "board.taken"]) == 4


def test_a_restricted_viewer_takes_only_what_they_may_see(visitor):
    import openpyxl

    numbers = []
    for segments in (None, {"tier": ["vip"]}):
        client = visitor("analyst", segments)
        data = client.get(f"{PAGE}/file/xlsx?days=0").content
        book = openpyxl.load_workbook(io.BytesIO(data))
        numbers.append({row[0].value: row[5].value for row in book["Headlines"].iter_rows(min_row=5)})
        if segments:
            assert client.get(f"{PAGE}/file/xlsx?days=0&segment=tier:basic").status_code == 403
            words = " ".join(str(cell.value) for row in book["Method"].iter_rows() for cell in row)
            assert "records received" not in words
    assert 0 < numbers[1]["Customers"] < numbers[0]["Customers"]


def test_a_board_is_kept_shown_and_removed(visitor):
    client = visitor("analyst")
    board = kept(client)
    assert (board.sections, board.paper, board.query, board.owner) == (
        ["finding", "line"], "letter", "days=91", "analyst@example.org",
    )  # fmt: skip
    assert board.href in client.get(PAGE).content.decode()
    led = client.get(f"{PAGE}/{board.pk}")
    assert led.status_code == 302
    assert client.get(led["Location"]).status_code == 200
    assert client.get(f"{PAGE}/{board.pk + 1}").status_code == 404
    assert visitor("manager").post(f"{PAGE}/{board.pk}/remove").status_code == 403
    assert visitor("viewer").post(f"{PAGE}/{board.pk}/remove").status_code == 403
    assert visitor("admin").post(f"{PAGE}/{board.pk}/remove").status_code == 302
    assert not Board.objects.exists()
    assert board.href not in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}/save", {"name": " "}).status_code == 400


def test_what_is_due_is_sent_once_with_its_owners_access(visitor, told):
    client = visitor("analyst", {"tier": ["vip"]})
    board = kept(client)
    assert client.post(f"{PAGE}/{board.pk}/schedule", {"every": "weekly", "to": []}).status_code == 400
    assert client.post(f"{PAGE}/{board.pk}/schedule", {"every": "weekly", "to": ["board", "nobody"]}).status_code == 302
    board.refresh_from_db()
    assert board.to == ["board"]
    assert timezone.now() < board.next_at <= timezone.now() + timedelta(days=7, hours=1)
    assert sending.send_due(held(SLUG)) == "0 of 0 boards sent"
    Board.objects.update(next_at=timezone.now() - timedelta(minutes=1))
    assert sending.send_due(held(SLUG)) == "1 of 1 boards sent"
    assert sending.send_due(held(SLUG)) == "0 of 0 boards sent"
    ((target, kind, body, key),) = told
    assert (target, kind) == ("board", "board.sent")
    assert key.startswith(f"board-{board.pk}-")
    whole = held(SLUG).ask(lambda local: local.stages().facts["customers"])
    assert 0 < int(body["facts"]["Customers"].replace(",", "")) < whole
    assert f"/w/{SLUG}/boards/{board.pk}?" in body["url"]
    assert "since=" in body["url"]
    assert "until=" in body["url"]


def test_whoever_may_no_longer_take_data_out_sends_nothing(visitor, told):
    from touchline.server.people.models import Membership

    board = kept(visitor("analyst"))
    Board.objects.update(every="weekly", to=["board"], next_at=timezone.now() - timedelta(minutes=1))
    Membership.objects.update(role="viewer")
    assert sending.send_due(held(SLUG)) == "0 of 1 boards sent"
    board.refresh_from_db()
    assert "owner" in board.told
    assert told == []
    assert board.next_at > timezone.now()


def test_the_patterns_show_every_component(visitor):
    client = visitor("viewer")
    shown = client.get(f"/patterns?workspace={SLUG}").content.decode()
    assert shown.count('class="pane ') == 2
    for part in ("tl-journey", "tl-heat", "tl-gauge", "tl-trend", "tl-stacked", "strip", "att bad", "note error",
                 "chip", "aria-busy", "aria-invalid", "tabs", "filters", "primary"):  # fmt: skip
        assert shown.count(part) >= 2, part


def test_boards_over_http(visitor, told):
    client = visitor("analyst")
    given = {"name": "Week", "sections": ["why", "line"], "every": "weekly", "to": ["chat"], "query": "days=7"}
    made = client.post(f"/api/v1/boards?workspace={SLUG}", given, content_type="application/json").json()
    assert (made["sections"], made["to"], made["owner"]) == (["line", "why"], ["chat"], "analyst@example.org")
    assert client.get(f"/api/v1/boards?workspace={SLUG}").json()["boards"] == [made]
    assert client.get(f"/api/v1/boards?workspace={SLUG}&x=1").status_code == 400
    wrong = client.post(f"/api/v1/boards?workspace={SLUG}", given | {"x": 1}, content_type="application/json")
    assert wrong.status_code == 400
    file = client.get(f"/api/v1/report?workspace={SLUG}&kind=xlsx&section=line")
    assert file.content[:2] == b"PK"
    assert client.get(f"/api/v1/report?workspace={SLUG}&section=nothing").status_code == 400
    assert client.delete(f"/api/v1/boards/{made['id']}?workspace={SLUG}").json() == {"removed": made["id"]}
    assert client.get(f"/api/v1/boards?workspace={SLUG}").json()["boards"] == []
