"""A case from its opening to its end: once, with its clock, with nothing lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.care.conftest import LATE, MONDAY, SLUG, WHO, Room

from touchline.errors import InputError, QuestionError
from touchline.server.care import changing, clockwork, facade, feeding, files, measuring, seeing, story, talking
from touchline.server.care.clocks import Length, due_at
from touchline.server.care.hours import calendar
from touchline.server.care.models import Attachment, Case, Event, Mention
from touchline.server.care.seeing import Wanted
from touchline.server.care.telling import _listeners
from touchline.server.workspaces.facade import held

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def heard():
    """What those who listen are told."""
    told = []
    facade.on_case(told.append)
    yield told
    _listeners.remove(told.append)


def test_a_case_is_opened_once_and_knows_its_customer(room: Room, heard: list) -> None:
    case = room.open(key="same")
    again = room.open(key="same", reason="Another")
    assert again.pk == case.pk
    assert (case.number, case.status, case.priority) == (1, "new", "normal")
    assert case.excerpt == LATE
    assert case.sentiment == -1
    assert case.stage
    assert case.segments == {"region": "emea"}
    assert case.score is not None
    assert case.score < 50
    assert case.due_at == MONDAY + 48 * HOUR
    assert [notice.event for notice in heard] == ["opened"]
    assert heard[0].key == "case-1-opened-1"
    assert facade.cases_of(SLUG, WHO) == [case]
    assert facade.due(SLUG, MONDAY + 49 * HOUR) == [case]


@pytest.mark.parametrize(
    "given",
    [{"customer": " "}, {"reason": "x" * 501}, {"priority": "huge"}, {"due": "soon"}, {"owner": "vic@care.example"}],
)
def test_what_makes_no_case_is_told(room: Room, given: dict) -> None:
    with pytest.raises((InputError, QuestionError)):
        room.open(**given)
    assert Case.objects.count() == 0


def test_the_clock_stands_while_a_case_waits(room: Room) -> None:
    case, ann = room.open(due="4 business hours"), room.access("ann")
    assert case.due_at == MONDAY + 4 * HOUR
    case = changing.change(SLUG, 1, {"status": "waiting"}, by=ann, version=1, at=MONDAY + HOUR)
    assert case.due_at is None
    assert seeing.cases(SLUG, ann, Wanted(view="overdue"), MONDAY + 400 * HOUR).count() == 0
    tuesday = MONDAY + 24 * HOUR
    case = changing.change(SLUG, 1, {"status": "in_progress"}, by=ann, version=2, at=tuesday)
    assert case.due_at == tuesday + 3 * HOUR
    case = changing.change(SLUG, 1, {"due": "2 business days"}, by=ann, version=3, at=tuesday)
    assert case.due_at == datetime(2026, 2, 4, 17, tzinfo=UTC)
    assert [event.after for event in story.history(case)][-1] == {"due": "2 business days"}


@given(
    st.lists(st.tuples(st.sampled_from(["waiting", "in_progress", "resolved", "new"]), st.integers(1, 90)), max_size=8)
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_deadline_is_always_that_of_the_history(room: Room, steps: list[tuple[str, int]]) -> None:
    """Whatever was done, the deadline is what the pauses in the history give."""
    case = room.open(due="20 business hours")
    at, ann, pauses, since, last = MONDAY, room.access("ann"), [], None, "new"
    for status, hours in steps:
        at += hours * HOUR
        case = changing.change(SLUG, case.number, {"status": status}, by=ann, version=case.version, at=at)
        stands, stood = status in ("waiting", "resolved"), last in ("waiting", "resolved")
        if stands and not stood:
            since = at
        elif stood and not stands:
            pauses.append((since, at))
            since = None
        last = status
    if last != "resolved":
        whole = [*pauses, *([(since, None)] if since else [])]
        assert case.due_at == due_at(MONDAY, Length(20, "business hours"), calendar(SLUG), whole)


def test_two_who_edit_lose_nothing(room: Room) -> None:
    room.open()
    ann, bob = room.access("ann"), room.access("bob")
    changing.change(SLUG, 1, {"root_cause": "The depot in Kassel"}, by=ann, version=1, at=MONDAY)
    with pytest.raises(facade.Conflict) as told:
        changing.change(SLUG, 1, {"root_cause": "The courier"}, by=bob, version=1, at=MONDAY)
    assert told.value.case.root_cause == "The depot in Kassel"
    assert told.value.wanted == {"root_cause": "The courier"}
    case = changing.change(SLUG, 1, {"root_cause": "The courier"}, by=bob, version=2, at=MONDAY)
    changed = [(event.name, event.before, event.after) for event in story.history(case) if event.kind == "changed"]
    assert changed == [
        ("ann@care.example", {"root_cause": ""}, {"root_cause": "The depot in Kassel"}),
        ("bob@care.example", {"root_cause": "The depot in Kassel"}, {"root_cause": "The courier"}),
    ]
    before = Event.objects.count()
    assert changing.change(SLUG, 1, {"root_cause": "The courier"}, by=bob, version=3, at=MONDAY).version == 3
    assert Event.objects.count() == before


def test_what_is_late_is_escalated_once(room: Room, heard: list) -> None:
    room.open(due="1 h")
    room.open(due="5 h")
    assert clockwork.escalate_late(MONDAY + 2 * HOUR) == 1
    assert clockwork.escalate_late(MONDAY + 2 * HOUR) == 0
    assert [notice.event for notice in heard] == ["opened", "opened", "escalated"]
    (late,) = facade.escalated(SLUG)
    assert late.number == 1
    ann = room.access("ann")
    assert [case.number for case in seeing.cases(SLUG, ann, Wanted(view="escalated"))] == [1]
    changing.change(SLUG, 1, {"due": "9 h"}, by=ann, version=late.version, at=MONDAY + 2 * HOUR)
    assert facade.escalated(SLUG) == []
    assert clockwork.escalate_late(MONDAY + 10 * HOUR) == 2


def test_closing_says_how_it_ended_and_the_journey_knows(room: Room) -> None:
    room.open(team="logistics")
    ann = room.access("ann")
    with pytest.raises(InputError, match="how it ended"):
        changing.change(SLUG, 1, {"status": "closed"}, by=ann, version=1, at=MONDAY)
    talking.comment(SLUG, 1, "We are sorry: a new parcel is on its way.", by=ann, internal=False, at=MONDAY + HOUR)
    talking.comment(SLUG, 1, "Kassel again", by=ann, at=MONDAY + HOUR)
    ended = {"status": "closed", "outcome": "recovered", "root_cause": "Depot", "resurvey": True}
    changing.change(SLUG, 1, ended, by=ann, version=1, at=MONDAY + 3 * HOUR)
    opened = held(SLUG)
    assert feeding.feed(opened) == 3
    assert feeding.feed(opened) == 0
    opened.drain()
    rows = opened.ask(lambda local: local.timeline(WHO)).to_dicts()
    mine = [(row["kind"], row["event"], row["author"], row["text"]) for row in rows if row["source"] == "touchline"]
    assert mine == [
        ("event", "case_closed", "employee", None),
        ("message", None, "employee", "We are sorry: a new parcel is on its way."),
        ("event", "case_opened", "system", None),
    ]
    Event.objects.update(told_at=None)  # a process that died between the two: nothing enters twice
    feeding.feed(opened)
    opened.drain()
    assert len(opened.ask(lambda local: local.timeline(WHO)).to_dicts()) == len(rows)


def test_who_is_named_is_told_until_they_look(room: Room) -> None:
    case = room.open()
    ann, bob = room.access("ann"), room.access("bob")
    talking.comment(SLUG, 1, "@bob, and @max@care.example: please. Not you, @ann, nor x@y.example", by=ann)
    assert sorted(mention.user.email for mention in Mention.objects.all()) == ["bob@care.example", "max@care.example"]
    assert seeing.counts(SLUG, bob)["mentions"] == 1
    talking.seen(case, bob)
    assert seeing.counts(SLUG, bob)["mentions"] == 0
    assert seeing.counts(SLUG, room.access("max"))["mentions"] == 1


def test_views_hold_what_they_say(room: Room) -> None:
    now, ann = MONDAY + 3 * HOUR, room.access("ann")
    room.open(due="1 h", owner="ann@care.example")
    room.open(due="5 h", stage="purchase", team="logistics")
    room.open(due="5 business days", owner="bob@care.example")
    changing.change(SLUG, 3, {"status": "resolved"}, by=ann, version=1, at=now)

    def numbers(**wanted: str) -> list[int]:
        return [case.number for case in seeing.cases(SLUG, ann, Wanted(**wanted), now)]

    assert numbers(view="mine") == [1]
    assert numbers(view="unassigned") == [2]
    assert numbers(view="today") == [1, 2]
    assert numbers(view="overdue") == [1]
    assert numbers(view="closed") == [3]
    assert numbers() == [1, 2, 3]
    assert numbers(team="logistics") == numbers(stage="purchase", words="zebrafinch") == numbers(words="#2") == [2]
    with pytest.raises(QuestionError):
        numbers(view="everything")


def test_only_the_cases_of_ones_segments_are_seen(room: Room, key) -> None:
    room.open()
    room.open(customer="C3")
    apac, emea = key(region=["apac"]), key(region=["emea"])
    regions = dict(Case.objects.values_list("number", "segments"))
    assert regions[1] == {"region": "emea"}
    others = [number for number, segments in regions.items() if segments["region"] == "apac"]
    assert [case.number for case in seeing.cases(SLUG, apac)] == others
    assert 1 in [case.number for case in seeing.cases(SLUG, emea)]
    with pytest.raises(facade.CaseMissing):
        seeing.find(SLUG, 1, apac)
    for refused in (
        lambda: changing.change(SLUG, 1, {"team": "x"}, by=apac, version=1),
        lambda: talking.comment(SLUG, 1, "hello", by=apac),
        lambda: files.attach(SLUG, 1, "a.txt", [b"x"], by=apac),
        lambda: changing.merge(SLUG, 1, [2], by=apac),
    ):
        with pytest.raises(facade.CaseMissing):
            refused()
    assert measuring.metrics(SLUG, apac)["open"] == len(others)
    assert seeing.cases(SLUG, key(region=["apac"], tier=["vip"])).count() == 0


def test_merged_cases_are_one(room: Room) -> None:
    ann = room.access("ann")
    room.open(at=MONDAY + HOUR)
    room.open(at=MONDAY)
    talking.comment(SLUG, 2, "They called", by=ann)
    files.attach(SLUG, 2, "note.txt", [b"words"], by=ann)
    with pytest.raises(InputError, match="another customer"):
        changing.merge(SLUG, 1, [room.open(customer="C2").number], by=ann)
    case = changing.merge(SLUG, 1, [2], by=ann)
    told = story.whole(case)
    assert (told["merged"], len(told["comments"]), len(told["files"])) == ([2], 1, 1)
    assert case.opened_at == MONDAY
    assert case.due_at == MONDAY + 48 * HOUR
    assert {line["case"] for line in told["history"]} == {1, 2}
    part = seeing.find(SLUG, 2, ann)
    assert (part.status, part.merged_into.number) == ("closed", 1)
    assert measuring.metrics(SLUG, ann)["closed"] == 0
    with pytest.raises(InputError, match="merged already"):
        changing.merge(SLUG, 1, [2], by=ann)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.exe", b"MZ", "no kind"),
        ("a", b"words", "no kind"),
        ("a.png", b"<script>", "not what its name says"),
        ("a.webp", b"RIFF1234WAVEfmt ", "not what its name says"),
        ("a.txt", b"a\x00b", "no text"),
        ("a.pdf", b"", "empty"),
        ("a.txt", b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MiB"),
    ],
)
def test_files_that_are_not_taken_leave_nothing(room: Room, name: str, data: bytes, why: str) -> None:
    room.open()
    with pytest.raises(InputError, match=why):
        files.attach(SLUG, 1, name, [data], by=room.access("ann"))
    assert Attachment.objects.count() == 0
    assert list(files.folder(SLUG).glob("*")) == []


def test_a_file_goes_with_its_row(room: Room, django_capture_on_commit_callbacks) -> None:
    case, ann = room.open(), room.access("ann")
    made = files.attach(SLUG, 1, "../..\\evil\u202ename.PDF", [b"%PDF-1.7 ", b"rest"], by=ann)
    assert made.name == ".._evil_name.PDF" or "/" not in made.name
    row, bytes_of = files.opened(case, made.pk)
    with bytes_of:
        assert bytes_of.read() == b"%PDF-1.7 rest"
    assert row.kind == "application/pdf"
    with django_capture_on_commit_callbacks(execute=True):
        files.detach(SLUG, 1, made.pk, by=ann)
    assert list(files.folder(SLUG).glob("*")) == []
    assert [event.kind for event in story.history(case)] == ["opened", "attached", "detached"]


def test_figures_of_recovery_are_counted_by_hand(room: Room) -> None:
    ann = room.access("ann")
    ends = [
        ("recovered", 2, "Depot"),
        ("recovered", 60, "Depot"),
        ("churned", 4, "Price"),
        ("not_recovered", 6, "Depot"),
    ]
    for outcome, hours, cause in ends:
        case = room.open(team="a" if cause == "Depot" else "b")
        changing.change(SLUG, case.number, {"status": "in_progress"}, by=ann, version=1, at=MONDAY + HOUR)
        told = {"status": "closed", "outcome": outcome, "root_cause": cause}
        changing.change(SLUG, case.number, told, by=ann, version=2, at=MONDAY + hours * HOUR)
    room.open(due="1 h")
    found = measuring.metrics(SLUG, ann, now=MONDAY + 100 * HOUR)
    assert (found["open"], found["overdue"], found["unassigned"], found["opened"], found["closed"]) == (1, 1, 1, 5, 4)
    assert found["first_touch"]["median"] == 3600
    assert found["to_close"]["median"] == 5 * 3600
    assert found["to_close"]["business"]["median"] == pytest.approx(5 * 3600)
    assert (found["in_time"]["share"], found["in_time"]["n"]) == (0.75, 4)
    assert (found["recovered"]["share"], found["recovered"]["low_n"]) == (0.5, True)
    assert found["recovered"]["low"] < 0.5 < found["recovered"]["high"]
    causes = {row["name"]: row["recovered"]["share"] for row in found["by"]["cause"] if row["closed"]}
    assert causes == {"Depot": pytest.approx(2 / 3), "Price": 0.0}
    assert {row["name"]: row["closed"] for row in found["by"]["team"]} == {"a": 3, "b": 1, None: 0}
    early = measuring.metrics(SLUG, ann, until=MONDAY + 5 * HOUR, now=MONDAY + 100 * HOUR)
    assert (early["closed"], early["opened"]) == (2, 5)
