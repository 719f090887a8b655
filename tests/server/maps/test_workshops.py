"""Workshops: what a group writes stays theirs and nameless, dots are counted and bounded, and notes become cards."""

from __future__ import annotations

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.maps.conftest import SLUG

from touchline.errors import InputError
from touchline.maps import Map
from touchline.maps.model import Lane, Phase, Step
from touchline.server.maps import keeping, workshop_outcome, workshop_said, workshops
from touchline.server.maps.errors import MapMissing
from touchline.server.maps.workshop_models import Dot, Note, Workshop
from touchline.server.people.facade import ROLES, Access

pytestmark = pytest.mark.django_db
MAP = Map(
    "ordering", "Ordering", phases=(Phase("p1", "Buy", (Step("looks", "Looks"), Step("waits", "Waits", "delivery"))),),
    lanes=(Lane("hurts", "pains"),),
)  # fmt: skip


def person(name: str, role: str = "analyst") -> Access:
    return Access(SLUG, 1, None, name, role, ROLES[role])


ANN, BEN = person("ann@example.org"), person("ben@example.org", "viewer")


@pytest.fixture
def workshop(db) -> Workshop:
    keeping.create(SLUG, MAP, "ann@example.org")
    return workshops.make(SLUG, ANN.name, title="Late parcels", of="ordering", agenda="two-hours", dots=3)


def at(workshop: Workshop, exercise: str) -> None:
    lines = workshops.lines(workshop)
    workshops.go(SLUG, workshop.pk, next(one.at for one in lines if one.exercise and one.exercise.id == exercise))


def write(workshop: Workshop, text: str, who: Access = ANN, prompt: str = "pains", step: str = "waits") -> Note:
    return workshops.write(SLUG, workshop.pk, who, prompt=prompt, step=step, text=text)


def test_a_workshop_needs_a_map_an_agenda_and_a_title(workshop):
    for wrong, error in (({"title": " "}, InputError), ({"of": "nothing"}, MapMissing), ({"agenda": "x"}, InputError)):
        with pytest.raises(error):
            workshops.make(SLUG, "ann", **{"title": "T", "of": "ordering", "agenda": "two-hours", **wrong})
    with pytest.raises(MapMissing):
        workshops.find("other-workspace", workshop.pk)


def test_an_anonymous_note_keeps_no_name_and_only_its_writer_changes_it(workshop):
    at(workshop, "grid")
    note = write(workshop, "  Where   is it? ", BEN, "questions")
    assert note.text == "Where is it?"
    assert note.by == ""
    assert BEN.name not in repr(list(Note.objects.values()))
    with pytest.raises(InputError, match="somebody else's"):
        workshops.rewrite(SLUG, workshop.pk, person("eve@example.org", "viewer"), note.pk, "mine now")
    workshops.rewrite(SLUG, workshop.pk, BEN, note.pk, "Where is my parcel?")
    workshops.rewrite(SLUG, workshop.pk, ANN, note.pk, "")  # who may change maps may clear the board
    assert not Note.objects.exists()


def test_named_notes_show_who_wrote_them(workshop):
    Workshop.objects.update(anonymous=False)
    at(workshop, "grid")
    assert write(workshop, "It is late", BEN).by == BEN.name


def test_every_change_counts_the_version_up_and_one_that_fails_does_not(workshop):
    at(workshop, "grid")
    before = workshops.find(SLUG, workshop.pk).version
    write(workshop, "It is late")
    for wrong in ({"text": " "}, {"text": "x" * 401}, {"prompt": "weather"}, {"step": "gone"}):
        with pytest.raises(InputError):
            write(workshop, **{"text": "ok", **wrong})
    assert workshops.find(SLUG, workshop.pk).version == before + 1


def test_dots_are_bounded_per_person_and_only_given_while_it_is_open(workshop):
    at(workshop, "grid")
    note = write(workshop, "It is late")
    with pytest.raises(InputError, match="no voting"):
        workshops.dot(SLUG, workshop.pk, ANN, note.pk)
    workshops.voting(SLUG, workshop.pk, on=True)
    for _ in range(3):
        workshops.dot(SLUG, workshop.pk, ANN, note.pk)
    with pytest.raises(InputError, match="3 dots are given"):
        workshops.dot(SLUG, workshop.pk, ANN, note.pk)
    workshops.dot(SLUG, workshop.pk, BEN, note.pk)
    workshops.dot(SLUG, workshop.pk, ANN, note.pk, take=True)
    workshops.dot(SLUG, workshop.pk, person("eve@example.org"), note.pk, take=True)  # nobody takes another's dot
    assert workshop_said.tally(workshop, "grid") == {note.pk: 3}
    assert len({one.who for one in Dot.objects.all()}) == 2


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), max_size=12))
@settings(max_examples=12, deadline=None)
def test_moving_puts_a_note_before_the_one_it_was_dropped_on(moves):
    Workshop.objects.all().delete()
    if not keeping.everyone(SLUG):
        keeping.create(SLUG, MAP, "ann")
    workshop = workshops.make(SLUG, "ann", title="T", of="ordering", agenda="two-hours")
    at(workshop, "grid")
    order = [write(workshop, f"n{n}").pk for n in range(5)]
    first = list(order)
    for which, before in moves:
        moved, target = first[which], first[before] if before < 5 else None
        workshops.move(SLUG, workshop.pk, moved, before=target)
        if target != moved:
            order.remove(moved)
            order.insert(order.index(target) if target else len(order), moved)
        else:
            order.remove(moved)
            order.append(moved)
        assert list(workshop.notes.values_list("pk", flat=True)) == order


def test_a_heap_needs_two_notes_and_goes_when_one_is_left(workshop):
    at(workshop, "grid")
    one, two, three = (write(workshop, text, step=step) for text, step in (("a", "waits"), ("b", "looks"), ("c", "")))
    with pytest.raises(InputError):
        workshops.group(SLUG, workshop.pk, [one.pk, one.pk])
    heap = workshops.group(SLUG, workshop.pk, [one.pk, two.pk], "Silence")
    assert workshops.group(SLUG, workshop.pk, [two.pk, three.pk]) == heap
    assert {note.step for note in heap.notes.all()} == {"waits"}
    workshops.move(SLUG, workshop.pk, one.pk, step="looks")
    workshops.rewrite(SLUG, workshop.pk, ANN, two.pk, "")
    assert not workshop.heaps.exists()
    assert Note.objects.get(pk=three.pk).heap is None


def test_notes_become_cards_of_their_lane_and_step_and_a_heap_becomes_one(workshop):
    at(workshop, "grid")
    one, two = write(workshop, "No word"), write(workshop, "No date")
    workshops.group(SLUG, workshop.pk, [one.pk, two.pk], "Silence when it is late")
    ask = write(workshop, "Where is it?", prompt="questions", step="")
    workshops.voting(SLUG, workshop.pk, on=True)
    workshops.dot(SLUG, workshop.pk, BEN, two.pk)
    with pytest.raises(InputError, match="under no step: 1 of these notes, as “Where is it"):
        workshop_outcome.on_the_map(SLUG, workshop.pk, ANN, [one.pk, two.pk, ask.pk])
    workshops.move(SLUG, workshop.pk, ask.pk, step="looks")
    assert workshop_outcome.on_the_map(SLUG, workshop.pk, ANN, [one.pk, two.pk, ask.pk]) == 2
    now = keeping.load(SLUG, "ordering").map
    (pain,) = now.cards_of("pains")
    (question,) = now.cards_of("questions")  # the map had no such lane
    assert (pain.lane, pain.step, pain.text, pain.note) == (
        "hurts",
        "waits",
        "Silence when it is late",
        "No word\nNo date",
    )
    assert "1 dots" in pain.proof[0].note
    assert (question.step, question.text) == ("looks", "Where is it?")
    with pytest.raises(InputError, match="none of these"):
        workshop_outcome.on_the_map(SLUG, workshop.pk, ANN, [one.pk, two.pk, ask.pk])
    assert keeping.load(SLUG, "ordering").version == 2


def test_a_note_under_no_step_goes_where_it_is_said_to_and_not_under_the_first(workshop):
    at(workshop, "grid")
    under, gone = write(workshop, "Late", step="waits"), write(workshop, "Dear", step="")
    with pytest.raises(InputError, match="no such step"):
        workshop_outcome.on_the_map(SLUG, workshop.pk, ANN, [under.pk, gone.pk], step="nowhere")
    assert keeping.load(SLUG, "ordering").version == 1  # neither of the two
    assert workshop_outcome.on_the_map(SLUG, workshop.pk, ANN, [under.pk, gone.pk], step="waits") == 2
    assert {card.step for card in keeping.load(SLUG, "ordering").map.cards} == {"waits"}
    assert Note.objects.get(pk=gone.pk).step == "waits"


def test_a_map_of_one_step_takes_notes_under_none(workshop):
    keeping.create(SLUG, Map("one", "One", phases=(Phase("p", "P", (Step("all", "All"),)),)), "ann")
    only = workshops.make(SLUG, ANN.name, title="T", of="one", agenda="two-hours")
    at(only, "grid")
    note = write(only, "Dear", step="")
    assert workshop_outcome.on_the_map(SLUG, only.pk, ANN, [note.pk]) == 1
    assert [card.step for card in keeping.load(SLUG, "one").map.cards] == ["all"]


def test_moments_that_matter_are_marked_on_the_map_three_at_most(workshop):
    steps = tuple(Step(name, name.title()) for name in ("a", "b", "c", "d"))
    keeping.create(SLUG, Map("long", "Long", phases=(Phase("p", "P", steps),)), "ann")
    long = workshops.make(SLUG, ANN.name, title="T", of="long", agenda="two-and-a-half-hours")
    for step in ("a", "b", "c"):
        workshop_outcome.mark(SLUG, long.pk, ANN, step)
    workshop_outcome.mark(SLUG, long.pk, ANN, "c")  # again: nothing changes
    assert keeping.load(SLUG, "long").version == 4
    with pytest.raises(InputError, match="marked already: “A”, “B”, “C”"):
        workshop_outcome.mark(SLUG, long.pk, ANN, "d")
    workshop_outcome.mark(SLUG, long.pk, ANN, "a", on=False)
    workshop_outcome.mark(SLUG, long.pk, ANN, "d")
    assert [step.moment for step in keeping.load(SLUG, "long").map.steps()] == [False, True, True, True]
    assert keeping.history(SLUG, "long")[0].note == "a moment that matters, from the workshop “T”"
    for wrong in ("", "nowhere"):
        with pytest.raises(InputError):
            workshop_outcome.mark(SLUG, long.pk, ANN, wrong)


def test_a_step_takes_two_dots_of_a_person_where_moments_are_chosen(workshop):
    Workshop.objects.update(agenda="two-and-a-half-days")
    workshop.refresh_from_db()
    at(workshop, "moments")
    one, two = (write(workshop, text, prompt="moment") for text in ("The day", "The box"))
    other = write(workshop, "The page", prompt="moment", step="looks")
    workshops.voting(SLUG, workshop.pk, on=True)
    workshops.dot(SLUG, workshop.pk, ANN, one.pk)
    workshops.dot(SLUG, workshop.pk, ANN, two.pk)
    with pytest.raises(InputError, match="2 of your dots"):
        workshops.dot(SLUG, workshop.pk, ANN, one.pk)
    workshops.dot(SLUG, workshop.pk, ANN, other.pk)
    workshops.dot(SLUG, workshop.pk, BEN, one.pk)
    assert workshop_said.tally(workshop, "moments") == {one.pk: 2, two.pk: 1, other.pk: 1}


def test_the_board_marks_moments_and_tells_of_notes_under_no_step(visitor):
    keeping.create(SLUG, MAP, "ann")
    lead, part = visitor("analyst"), visitor("viewer")
    room = workshops.make(SLUG, ANN.name, title="T", of="ordering", agenda="two-and-a-half-days")
    at(room, "grid")
    note = write(room, "Too dear", step="")
    page = lead.get(f"/w/{SLUG}/workshops/{room.pk}").content.decode()
    assert page.index("Under no step") < page.index("Too dear") < page.index("<h3>Looks</h3>")
    assert "1 note under no step goes to" in page
    path = f"/w/{SLUG}/workshops/{room.pk}/lead"
    script = {"Touchline-Part": "board", "Accept": "application/json"}
    wrong = lead.post(path, {"do": "cards", "notes": note.pk}, headers=script)
    assert wrong.status_code == 400
    assert "under no step" in wrong.json()["error"]["what"]
    lead.post(path, {"do": "cards", "notes": note.pk, "step": "waits"})
    assert [card.step for card in keeping.load(SLUG, "ordering").map.cards] == ["waits"]
    at(room, "moments")
    assert part.post(path, {"do": "moment", "step": "waits"}).status_code == 403
    board = lead.post(path, {"do": "moment", "step": "waits", "on": "1"}, headers=script).content.decode()
    assert board.count('aria-pressed="true"') == 1
    assert [step.moment for step in keeping.load(SLUG, "ordering").map.steps()] == [False, True]
    seen = part.get(f"/w/{SLUG}/workshops/{room.pk}").content.decode()
    assert seen.count("★ a moment that matters") == 1
    lead.post(path, {"do": "moment", "step": "waits", "on": "0"})
    assert not any(step.moment for step in keeping.load(SLUG, "ordering").map.steps())


def test_what_the_room_feels_becomes_what_the_team_believes(workshop):
    at(workshop, "line")
    with pytest.raises(InputError, match="nobody"):
        workshop_outcome.believe(SLUG, workshop.pk, ANN)
    for who, value in ((ANN, 1), (BEN, 5), (BEN, 2)):  # said again, it is changed
        workshops.feel(SLUG, workshop.pk, who, "waits", value)
    with pytest.raises(InputError):
        workshops.feel(SLUG, workshop.pk, ANN, "waits", 6)
    workshop_outcome.believe(SLUG, workshop.pk, ANN)
    believed = {step.id: step.belief().jsi for step in keeping.load(SLUG, "ordering").map.steps()}
    assert believed == {"looks": None, "waits": 12.5}


def test_the_sentence_is_filled_by_the_notes_with_most_dots(workshop):
    at(workshop, "scope")
    write(workshop, "anybody", prompt="persona", step="")
    best = write(workshop, "Nora", prompt="persona", step="")
    workshops.voting(SLUG, workshop.pk, on=True)
    workshops.dot(SLUG, workshop.pk, ANN, best.pk)
    workshop_outcome.keep_sentence(SLUG, workshop.pk, ANN)
    assert keeping.load(SLUG, "ordering").map.scope.startswith("We map how Nora gets from [")


def test_the_clock_runs_stops_and_takes_the_minutes_of_the_line(workshop):
    at(workshop, "grid")
    now = timezone.now()
    assert workshops.find(SLUG, workshop.pk).seconds(now) == 30 * 60
    for do in ("start", "more", "stop"):
        workshops.clock(SLUG, workshop.pk, do)
    kept = workshops.find(SLUG, workshop.pk)
    assert kept.ends_at is None
    assert 35 * 60 - 5 <= kept.left <= 35 * 60
    with pytest.raises(InputError):
        workshops.clock(SLUG, workshop.pk, "sing")
    workshops.close(SLUG, workshop.pk)
    with pytest.raises(InputError, match="over"):
        workshops.clock(SLUG, workshop.pk, "start")


def test_on_the_page_viewers_take_part_and_only_those_who_may_change_maps_lead(visitor):
    keeping.create(SLUG, MAP, "ann")
    lead, part = visitor("analyst"), visitor("viewer")
    base = f"/w/{SLUG}/workshops"
    assert part.post(f"{base}/make", {"title": "T"}).status_code == 403
    lead.post(f"{base}/make", {"title": "T", "map": "ordering", "agenda": "two-hours", "dots": "3", "anonymous": "on"})
    number = Workshop.objects.get().pk
    assert part.post(f"{base}/{number}/lead", {"do": "go", "item": "5"}).status_code == 403
    lead.post(f"{base}/{number}/lead", {"do": "go", "item": "5"})
    said = {"do": "write", "prompt": "pains", "step": "waits", "text": "<b>late</b>"}
    answer = part.post(f"{base}/{number}/part", said, headers={"Touchline-Part": "board"})
    assert "&lt;b&gt;late&lt;/b&gt;" in answer.content.decode()
    assert "<b>late</b>" not in lead.get(f"{base}/{number}").content.decode()
    wrong = part.post(f"{base}/{number}/part", {"do": "fly"}, headers={"Touchline-Part": "board"})
    assert wrong.status_code == 400
    version = Workshop.objects.get().version
    assert lead.get(f"{base}/{number}/board?after={version}").status_code == 204
    assert lead.get(f"{base}/{number}/board?after={version - 1}").status_code == 200
    beside = lead.get(f"{base}/{number}/beside?days=0").content.decode()
    assert "Customers say" in beside
    assert "JSI" in beside
    assert 'name="step" value="waits"' in beside  # a theme of delivery is noted where delivery is mapped
    lead.post(f"{base}/{number}/lead", {"do": "cards", "notes": str(Note.objects.get().pk)})
    assert [card.text for card in keeping.load(SLUG, "ordering").map.cards] == ["<b>late</b>"]
    assert lead.get(f"{base}/999").status_code == 404
