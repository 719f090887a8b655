"""Who is erased is in no case, comment, file or history any more; who asks gets all of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.privacy.scanner import found
from tests.server.care.conftest import MONDAY, WHO, made

from touchline.server.care import files, loops, opening, talking
from touchline.server.care.models import Attachment, Case, Comment, Event, Fix, Told
from touchline.server.home import Home
from touchline.server.outbox import managing as outbox
from touchline.server.outbox.models import Delivery
from touchline.server.people.models import Membership, User
from touchline.server.people.roles import ROLES, Access
from touchline.server.privacy import facade as privacy
from touchline.server.workspaces import facade as workspaces
from touchline.settings.privacy import Retention

BOSS = Access("erase", None, None, "boss", "admin", ROLES["admin"])
SLUG = "erase"


@pytest.fixture
def apart(tmp_path, transactional_db):
    """A workspace of its own, and a neighbour with a case that names the same reference."""
    made(tmp_path / SLUG)
    row = workspaces.Workspace.objects.create(slug=SLUG, name="Erase", folder=str(tmp_path / SLUG))
    user = User.objects.create(email="ann@erase.example")
    Membership.objects.create(user=user, workspace=row, role="agent")
    workspaces.hold_all([row], "http://testserver")
    yield workspaces.held(SLUG)
    from touchline.server.workspaces import holding

    holding._held.pop(SLUG).close()


def filled() -> None:
    for number, customer in enumerate((WHO, "C3")):
        opening.open_case(SLUG, customer=customer, reason=f"Case {number}", source="play", key=f"k{number}")
    talking.comment(SLUG, 1, "They said zebramarker on the phone", by=BOSS, internal=False)
    talking.comment(SLUG, 2, "Nothing of anybody", by=BOSS)
    talking.comment(SLUG, 2, f"A friend of {WHO}", by=BOSS)
    files.attach(SLUG, 1, "letter.txt", [b"a letter with the zebramarker in it"], by=BOSS)
    files.attach(SLUG, 2, "other.txt", [b"another letter"], by=BOSS)
    theme = Case.objects.get(number=1).theme
    if theme:
        loops.put_right(SLUG, by=BOSS, theme=theme, said="late", did="faster")


def test_an_erasure_reaches_cases_comments_files_and_history(apart) -> None:
    filled()
    assert found(Home.from_environment().root / "attachments", "zebramarker")
    everything = privacy.everything(SLUG, WHO)
    assert [row["number"] for row in everything["care.Case"]] == [1]
    assert {row["text"] for row in everything["care.Comment"]} == {
        "They said zebramarker on the phone",
        f"A friend of {WHO}",
    }
    assert [row["name"] for row in everything["care.Attachment"]] == ["letter.txt"]
    assert len(everything["care.Event"]) >= 3
    privacy.erase(SLUG, WHO, by="boss")
    home = Home.from_environment().root
    assert found(home / "attachments", "zebramarker") == []
    for marker in ("zebramarker", "zebrafinch"):
        assert [place for place in found(home, marker) if "state" in place or "test.db" in place] == []
    assert [case.customer for case in Case.objects.all()] == ["C3"]
    assert [comment.text for comment in Comment.objects.all()] == ["Nothing of anybody"]
    assert [file.name for file in Attachment.objects.all()] == ["other.txt"]
    assert {event.case.customer for event in Event.objects.all()} == {"C3"}
    assert not Told.objects.filter(customer=WHO).exists()
    assert Fix.objects.count() <= 1
    with pytest.raises(Exception, match="was erased"):
        opening.open_case(SLUG, customer=WHO, reason="Back again", source="play", key="again")


def test_another_tenants_case_of_the_same_reference_stays(apart, tmp_path) -> None:
    workspaces.Workspace.objects.create(slug="next", name="Next", folder=str(tmp_path / "next"))
    filled()
    (mine,) = Case.objects.filter(number=1)
    case = Case.objects.create(
        workspace="next", number=1, key="k", customer=WHO, reason="Theirs", source="play", opened_at=mine.opened_at,
        changed_at=mine.opened_at,
    )  # fmt: skip
    Comment.objects.create(workspace="next", case=case, at=mine.opened_at, name="x", text=f"About {WHO}")
    privacy.erase(SLUG, WHO, by="boss")
    assert [(one.workspace, one.customer) for one in Case.objects.filter(customer=WHO)] == [("next", WHO)]
    assert Comment.objects.filter(workspace="next").count() == 1


def test_what_was_copied_of_words_goes_with_the_texts_byte_by_byte(apart, monkeypatch) -> None:
    """Excerpts, notes that another system told, what a customer was written, and what the outbox was to tell."""
    marker, note, typed = "terribly late, I am angry", "on the phone: quokkamarker", "they wrote wombatmarker"
    outbox.create(SLUG, "erp", "webhook", {"url": "https://erp.example/in"}, ["*"])
    case = opening.open_case(SLUG, customer=WHO, reason="One", source="play", key="k1", at=MONDAY)
    assert marker in case.excerpt
    opening.open_case(SLUG, customer=WHO, reason="Two", source="api", key="k2", excerpt=typed, at=MONDAY)
    fresh = opening.open_case(SLUG, customer="C3", reason="Three", source="api", key="k3", excerpt="we said so")
    talking.comment(SLUG, 1, note, by=None, at=MONDAY)
    talking.comment(SLUG, 1, "we are sorry, numbatmarker", by=BOSS, internal=False, at=MONDAY)
    talking.comment(SLUG, 1, "Ann called them", by=BOSS, at=MONDAY)
    assert privacy.retain(SLUG).text == 0  # nothing is declared
    assert Case.objects.get(number=1).excerpt
    Delivery.objects.update(created_at=MONDAY)
    home = Home.from_environment().root
    assert [place for place in found(home, "quokkamarker") if "test.db" in place]
    rules = (Retention(30.0),)
    changed = replace(apart.workspace.settings, retention=rules)
    monkeypatch.setattr(apart.workspace, "settings", changed)
    assert privacy.retain(SLUG).text > 0
    assert {one.number: one.excerpt for one in Case.objects.all()} == {1: "", 2: "", 3: fresh.excerpt}
    assert [one.text for one in Comment.objects.all()] == ["…", "…", "Ann called them"]
    assert Delivery.objects.filter(created_at=MONDAY, state="waiting").exists()  # it is on: they are sent still
    outbox.switch(SLUG, "erp", on=False)
    privacy.retain(SLUG)
    assert not Delivery.objects.filter(created_at=MONDAY).exists()
    for gone in (marker, "quokkamarker", "wombatmarker", "numbatmarker"):
        assert [place for place in found(home, gone) if "state" in place or "test.db" in place] == []
        assert found(apart.workspace.folder.inside, gone) == []


def test_an_excerpt_is_redacted_again_with_its_text(apart) -> None:
    case = opening.open_case(SLUG, customer=WHO, reason="One", source="play", key="k1")
    Case.objects.filter(pk=case.pk).update(excerpt=f"{case.excerpt} 0171 2345678")  # as an older rule had left it
    privacy.redact_again(SLUG)
    assert Case.objects.get().excerpt == case.excerpt
