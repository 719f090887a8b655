"""Sent again, answered as the first time; and one delivery stays one, however often and by how many it is sent."""

from __future__ import annotations

import pytest
from django.utils import timezone
from tests.server.intake.conftest import WHEN, one

from touchline.server.intake import idempotency
from touchline.server.intake.models import Reply

KEYED = {"idempotency-key": "k1"}


def test_the_first_answer_is_given_again(door):
    first = door.send("interactions", [one(1), {"x": 1}], headers=KEYED)
    again = door.send("interactions", [one(1), {"x": 1}], headers=KEYED)
    assert first.status_code == again.status_code == 202
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert door.counts().received == 2


def test_it_outlives_a_restart(door):
    first = door.send("interactions", {"occurred_at": WHEN}, headers=KEYED)
    door.restart()
    again = door.send("interactions", {"occurred_at": WHEN}, headers=KEYED)
    assert again.content == first.content
    assert door.counts().received == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [("interactions", [one(2)]), ("interactions?live=true", [one(1)]), ("interactions?source=x", [one(1)]),
     ("events", [one(1)])],
)  # fmt: skip
def test_another_request_under_the_same_key_is_a_mistake(door, path, body):
    door.send("interactions", [one(1)], headers=KEYED)
    answer = door.send(path, body, headers=KEYED)
    assert answer.status_code == 422
    assert door.counts().received == 1


def test_keys_belong_to_a_caller(door):
    from tests.server.intake.conftest import OWNER

    from touchline.server.people import keys
    from touchline.server.workspaces import facade as workspaces

    _, other = keys.create(OWNER, workspaces.find("acme"), "other", ("ingest",))
    door.send("interactions", {"occurred_at": WHEN}, headers=KEYED)
    answer = door.send("interactions", {"occurred_at": WHEN}, headers=KEYED | {"authorization": f"Bearer {other}"})
    assert "idempotent-replayed" not in answer.headers
    assert door.counts().accepted == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_what_is_no_key(door, key):
    assert door.send("interactions", one(), headers={"idempotency-key": key}).status_code == 400


def test_at_the_same_time_one_works_and_the_others_wait(door):
    body = [one(i) for i in range(300)]
    answers = door.together(*(door.sending("interactions", body, headers=KEYED) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [202, *[409] * 7]
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 409)
    assert door.counts().received == 300


def test_what_was_refused_is_not_kept(door):
    for _ in range(2):
        assert door.send("interactions", b"oops", headers=KEYED).status_code == 400
    assert door.send("interactions", one(), headers=KEYED).status_code == 202


def test_without_ids_a_key_is_needed(door):
    bare = {"occurred_at": WHEN, "text": "good"}
    assert door.send("interactions", [bare, bare]).status_code == 400
    first = door.send("interactions", [bare, bare], headers=KEYED)
    other = door.send("interactions", [bare, bare], headers={"idempotency-key": "k2"})
    ids = [item["id"] for answer in (first, other) for item in answer.json()["items"]]
    assert len(set(ids)) == 4  # equal answers of different people all count
    assert [told["stored"] for told in door.became(first, other)] == [2, 2]


def test_an_answer_that_was_lost_does_no_harm(door):
    """As when the process dies between the journal and the keeping of the answer."""
    bare = [{"occurred_at": WHEN, "text": "good"}, one(2)]
    first = door.send("interactions", bare, headers=KEYED)
    Reply.objects.all().delete()
    again = door.send("interactions", bare, headers=KEYED)
    assert [item["id"] for item in again.json()["items"]] == [item["id"] for item in first.json()["items"]]
    assert door.stored() == 2


def test_old_answers_go(door):
    door.send("interactions", one(), headers=KEYED)
    idempotency._clean(timezone.now() - idempotency.KEPT)
    assert Reply.objects.count() == 1
    Reply.objects.update(created_at=timezone.now() - idempotency.KEPT * 2)
    idempotency._clean(timezone.now() - idempotency.KEPT)
    assert not Reply.objects.exists()


@pytest.mark.parametrize("size", [1, 500])
def test_fifty_deliveries_by_eight_are_one(door, size):
    body = [one(i, customer_ref=f"c{i % 7}") for i in range(size)]

    async def eight() -> list:
        import asyncio

        gate = asyncio.Semaphore(8)

        async def send() -> object:
            async with gate:
                return await door.sending("interactions", body)

        return await asyncio.gather(*(send() for _ in range(50)))

    answers = door.run(eight())
    assert {answer.status_code for answer in answers} == {202}
    told = door.became(*answers)
    assert sum(one["stored"] for one in told) == size
    assert sum(one["duplicate"] for one in told) == 49 * size
    assert door.stored() == size
    if size > 100:
        assert door.counts().repeated == 49 * size  # and the journal has it once
