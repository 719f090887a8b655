"""413, 429, 503, 507: nothing is taken that there is no room for, and what waits is bounded."""

from __future__ import annotations

import gzip
import json
import shutil
import threading

import httpx
import pyarrow as pa
import pytest
from tests.server.intake.conftest import one

from touchline.errors import NoSpaceLeft, WorkspaceError
from touchline.server.intake import bodies
from touchline.server.intake.refusing import Refused
from touchline.server.intake.room import Limits, Room


def refused(answer: httpx.Response, status: int) -> dict[str, str]:
    assert answer.status_code == status, answer.text
    assert set(answer.json()["error"]) == {"what", "where", "todo"}
    return answer.json()["error"]


def test_bodies_items_and_one_item(narrow):
    refused(narrow.send("interactions", b"[" + b" " * 20_001 + b"]"), 413)
    refused(narrow.send("interactions", [{"id": i} for i in range(101)]), 413)
    refused(narrow.send("interactions", one(text="x" * 6_000)), 413)
    assert narrow.counts().received == 0


def test_in_a_batch_a_record_that_is_too_large_stops_none_of_the_others(narrow):
    told = narrow.send("interactions", [one(1), one(2, text="x" * 6_000), one(3)]).json()
    assert (told["accepted"], told["quarantined"]) == (2, 1)
    assert "larger than" in told["items"][1]["reason"]
    lines = "\n".join(json.dumps(item) for item in (one(4), one(5, text="x" * 6_000))).encode()
    told = narrow.send("interactions", lines, headers={"content-type": "application/x-ndjson"}).json()
    assert told["quarantined"] == 1


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_bombs_go_off_nowhere(narrow, packing):
    whole = b"[" + b" " * 50_000_000 + b"]"
    bomb = gzip.compress(whole, mtime=0) if packing == "gzip" else pa.compress(whole, "zstd", asbytes=True)
    assert len(bomb) < 60_000
    refused(narrow.send("interactions", bomb[:20_000] if len(bomb) > 20_000 else bomb,
                        headers={"content-encoding": packing}), 413)  # fmt: skip
    taken = []
    with pytest.raises(Refused):
        bodies.unpack(bomb, packing, 1_000_000, taken.append)
    assert sum(map(len, taken)) <= 1_000_000


@pytest.mark.parametrize(
    ("packing", "body", "status"),
    [("gzip", b"not packed", 400), ("zstd", b"not packed", 400), ("gzip", gzip.compress(b"[]" * 99, mtime=0)[:-9], 400),
     ("br", b"x", 415), ("gzip, gzip", b"x", 415)],
)  # fmt: skip
def test_what_cannot_be_unpacked(door, packing, body, status):
    refused(door.send("interactions", body, headers={"content-encoding": packing}), status)


def test_a_body_that_never_ends(narrow):
    async def endless():
        while True:
            yield b" " * 1_000

    async def send():
        return await narrow._client.post(
            "/api/v1/interactions", content=endless(), headers={"authorization": f"Bearer {narrow.token}"}
        )

    refused(narrow.run(send()), 413)


def test_when_too_much_of_a_workspace_waits(narrow, monkeypatch):
    lane = narrow.run(narrow.door.lane("acme", narrow.folder))
    journal, released = lane.place.journal, threading.Event()
    slow = journal.append_many

    def held(appends):
        released.wait(60)
        return slow(appends)

    monkeypatch.setattr(journal, "append_many", held)

    async def all_():
        import asyncio

        first = [
            asyncio.create_task(narrow.sending("interactions", [one(place * 100 + i) for i in range(60)]))
            for place in range(2)
        ]
        while lane._items < 120:
            await asyncio.sleep(0.01)
        third = await narrow.sending("interactions", [one(900 + i) for i in range(60)])
        released.set()
        return third, [await task for task in first]

    third, first = narrow.run(all_())
    refused(third, 429)
    assert int(third.headers["retry-after"]) > 0
    assert [answer.status_code for answer in first] == [202, 202]
    assert narrow.counts().accepted == 120
    assert narrow.send("interactions", one(1)).status_code == 202


def test_when_too_many_requests_or_bytes_are_held():
    room = Room(Limits(requests=1, waiting_bytes=100))
    with room.request(), room.holding(90):
        with pytest.raises(Refused) as caught, room.request():
            pass
        assert caught.value.status == 503
        with pytest.raises(Refused) as caught, room.holding(20):
            pass
        assert caught.value.status == 503
        assert "retry-after" in caught.value.headers
    with room.request(), room.holding(101):  # alone, a large one may
        pass
    assert (room.requests, room.held) == (0, 0)


def test_before_the_disk_is_full(door, monkeypatch):
    real = shutil.disk_usage(door.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=1))
    door.door.room._free.clear()
    for path, body in (("interactions", one()), ("events", {}), ("files?filename=a.csv", b"a,b\n1,2\n")):
        refused(door.send(path, body), 507)
    monkeypatch.undo()
    door.door.room._free.clear()
    assert door.send("interactions", one()).status_code == 202


def test_when_the_journal_cannot_be_written_nothing_is_acknowledged(door, monkeypatch):
    lane = door.run(door.door.lane("acme", door.folder))
    for error, status in ((NoSpaceLeft("full"), 507), (WorkspaceError("locked"), 503), (OSError("odd"), 503)):
        monkeypatch.setattr(lane.place.journal, "append_many", lambda _, error=error: (_ for _ in ()).throw(error))
        answer = door.send("interactions", one(), headers={"idempotency-key": "k"})
        refused(answer, status)
        assert "retry-after" in answer.headers
    monkeypatch.undo()
    assert door.counts().received == 0
    assert door.send("interactions", one(), headers={"idempotency-key": "k"}).status_code == 202


def test_one_batch_that_breaks_the_commit_does_not_take_the_others_with_it(door, monkeypatch):
    lane = door.run(door.door.lane("acme", door.folder))
    sound = lane.place.journal.append_many

    def touchy(appends):
        if any("poison" in (append.batch.table["text"].to_pylist() if append.batch else []) for append in appends):
            raise ValueError("poison")
        return sound(appends)

    monkeypatch.setattr(lane.place.journal, "append_many", touchy)
    batches = [[one(n * 200 + i, text="poison" if n == 1 else "fine") for i in range(100)] for n in range(4)]
    answers = door.together(*(door.sending("interactions", batch) for batch in batches))
    assert [answer.status_code for answer in answers] == [202, 503, 202, 202]
    assert door.counts().accepted == 300


def test_a_request_that_breaks_its_making_does_not_take_the_others_with_it(door, monkeypatch):
    from touchline.server.intake import lanes

    sound = lanes.sealed

    def touchy(raw, *arguments, **named):
        if "poison" in raw["text"].to_pylist():
            raise ValueError("poison")
        return sound(raw, *arguments, **named)

    monkeypatch.setattr(lanes, "sealed", touchy)
    answers = door.together(
        *(door.sending("interactions", one(n, text="poison" if n == 3 else "fine")) for n in range(20))
    )
    assert [answer.status_code for answer in answers].count(202) == 19
    assert answers[3].status_code == 503
    assert door.counts().accepted == 19


def test_what_waits_when_the_door_closes_is_written(door):
    answers = door.together(*(door.sending("interactions", one(place)) for place in range(40)))
    door.restart()
    assert {answer.status_code for answer in answers} == {202}
    assert door.counts().accepted == 40


def test_a_journal_that_was_replaced_is_noticed(door, tmp_path):
    """As when a backup is restored: nothing goes into a file that nobody reads any more."""
    from touchline.workspace import Workspace

    door.send("interactions", one(1))
    inside = door.folder / ".touchline"
    inside.rename(tmp_path / "moved")
    assert door.send("interactions", one(2)).status_code in (404, 503)
    Workspace.create(tmp_path / "restored").close()
    (tmp_path / "restored" / ".touchline").rename(inside)
    assert door.send("interactions", one(3)).status_code == 202
    assert [row["interaction_id"] for row in door.rows()] == ["shop/i3"]


def test_a_closed_door(door):
    from touchline.server.intake import routes

    routes.opened(None)
    answer = door.send("interactions", one())
    routes.opened(door.door)
    refused(answer, 503)
