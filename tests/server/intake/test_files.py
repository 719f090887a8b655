"""POST /api/v1/files: the same door as `touchline import`."""

from __future__ import annotations

import gzip

import pytest

from touchline.server.intake import files
from touchline.server.intake.refusing import Refused

CSV = b"id,date,comment,score\n1,2026-01-01,good,9\n2,2026-01-02,bad stuff,2\n3,never,x,1\n"


def test_a_file_is_recognised_mapped_and_taken(door):
    answer = door.send("files?filename=answers.csv", CSV)
    assert answer.status_code == 202
    told = answer.json()
    assert (told["file"], told["format"], told["source"]) == ("answers.csv", "delimited", "answers")
    assert (told["received"], told["accepted"], told["quarantined"]) == (3, 2, 1)
    assert told["columns"]["comment"] == "text"
    assert "which is no time" in told["reasons"][0]["reason"]
    assert door.became(answer)[0]["stored"] == 2
    assert not list(files.incoming().iterdir())


def test_the_same_file_again_changes_nothing(door):
    first, again = door.send("files?filename=a.csv", CSV), door.send("files?filename=a.csv", CSV)
    one, two = door.became(first, again)
    assert (one["stored"], two["stored"], two["duplicate"]) == (2, 0, 2)


def test_a_form(door):
    mapping = '[[column]]\nname = "comment"\nrole = "text"\n[[column]]\nname = "date"\nrole = "time"\n'
    answer = door.run(door._client.post(
        "/api/v1/files?source=shop&live=true", files={"file": ("../../x/answers.csv", CSV)}, data={"mapping": mapping},
        headers={"authorization": f"Bearer {door.token}"},
    ))  # fmt: skip
    told = answer.json()
    assert (told["file"], told["source"], told["accepted"]) == ("answers.csv", "shop", 2)
    assert told["columns"]["score"] == "attribute"
    assert door.entries()[0].live


def test_what_is_said_of_columns(door):
    told = door.send("files?filename=a.csv&map=score:csat:1-9=score&map=ignore=id&timezone=Europe/Berlin", CSV).json()
    assert told["columns"]["id"] == "ignore"
    assert [row["answers"][0]["kind"] for row in door.rows()] == ["csat", "csat"]


def test_packed(door):
    assert (
        door.send("files?filename=a.csv", gzip.compress(CSV), headers={"content-encoding": "gzip"}).json()["accepted"]
        == 2
    )


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("?filename=a.csv&date=soon", CSV, 400), ("?filename=a.csv&map=text", CSV, 400), ("?x=1", CSV, 400),
        ("?filename=a.csv&map=text=nothing", CSV, 400), ("?filename=a.csv&timezone=Mars", CSV, 400),
        ("?filename=a.csv&format=morse", CSV, 400), ("?filename=a.pdf", b"%PDF-1.7 x", 400), ("", b"", 400),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(door, query, body, status):
    answer = door.send(f"files{query}", body)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"what", "where", "todo"}
    assert "incoming" not in answer.text
    assert door.counts().received == 0


def test_broken_forms(door):
    for kind, body in (
        ("multipart/form-data", b"x"), ("multipart/form-data; boundary=b", b"--c\r\n"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--b--\r\n'),
    ):  # fmt: skip
        assert door.send("files", body, headers={"content-type": kind}).status_code == 400


def test_bombs_and_large_files(narrow):
    assert narrow.send("files?filename=a.csv", b"x" * 100_001).status_code == 413
    bomb = gzip.compress(b"id,date\n" + b"0" * 5_000_000)
    assert narrow.send("files?filename=a.csv", bomb, headers={"content-encoding": "gzip"}).status_code == 413


@pytest.mark.parametrize(
    ("name", "kept"), [("a/../b.csv", "b.csv"), ("..", "upload"), ("C:\\x\\y.csv", "y.csv"), ("a\0b.csv", "ab.csv")]
)
def test_names_lead_nowhere(name, kept):
    assert files._safe(name) == kept


def test_too_many_at_once(door):
    importer = files.Importer(door.limits)
    importer._running = door.limits.files
    with pytest.raises(Refused) as caught, importer.slot():
        pass
    assert caught.value.status == 429


def test_what_a_killed_process_left_is_removed(door):
    (files.incoming() / "left").write_text("personal")
    door.restart()
    assert not list(files.incoming().iterdir())
