"""A server whose state and journals lie in PostgreSQL starts, is ready, and is brought up to date."""

from __future__ import annotations

import time
from pathlib import Path

from tests.faults.test_server_killed import end, processes, takes_records
from tests.files import answers, take_in, write_csv
from tests.privacy.scanner import found
from tests.server.operations.test_check import check
from tests.server.privacy.test_serving import WHO, command, interaction, post
from tests.server.serving import serving

from touchline.workspace import Workspace


def test_a_server_on_postgres_is_ready_measured_and_sound(postgres, tmp_path, monkeypatch):
    journal, state = postgres.database(), postgres.database()
    root = tmp_path / "acme"
    monkeypatch.setenv("TOUCHLINE_JOURNAL", journal)
    with serving(root, TOUCHLINE_JOURNAL=journal, TOUCHLINE_DATABASE=state) as server:
        with Workspace(root) as beside:
            take_in(beside, write_csv(tmp_path / "a.csv", answers(*range(20))))
        assert check(root) == (0, {"sound": True, "problems": []})
        told = server.get("/metrics").text
        assert 'touchline_intake_records_total{workspace="acme",way="received"} 20' in told
    assert not (root / ".touchline" / "journal.db").exists()
    assert not (root / ".touchline" / "server" / "state.db").exists()
    with serving(root, TOUCHLINE_JOURNAL=journal, TOUCHLINE_DATABASE=state) as again:  # nothing is pending now
        assert again.get("/readyz").status_code == 200


def held(url: str, folder: Path) -> Path:
    """Write all that a database holds into files: a column of bytes as it is, everything else as text."""
    import psycopg

    folder.mkdir()
    with psycopg.connect(url) as db:
        tables = db.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
        ).fetchall()
        for schema, table in tables:
            for number, row in enumerate(db.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall()):
                for place, value in enumerate(row):
                    data = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    (folder / f"{schema}.{table}.{number}.{place}").write_bytes(data)
    return folder


def test_intake_and_erasure_over_http_on_postgres(postgres, tmp_path, monkeypatch):
    """The door, its replays, a killed door and an erasure do with PostgreSQL what they do with SQLite."""
    urls = {"TOUCHLINE_JOURNAL": postgres.database(), "TOUCHLINE_DATABASE": postgres.database()}
    for name, url in urls.items():
        monkeypatch.setenv(name, url)
    folder = tmp_path / "acme"
    with serving(folder, **urls) as server:
        rows = [interaction(n) for n in range(10)]
        mine = [
            interaction(n, id=f"zebrafinch-{n}", customer_ref=WHO, text=f"zebrafinch number {n} came late")
            for n in range(3)
        ]
        wrong = [interaction(200, customer_ref=WHO, occurred_at="never", text="zebrafinch at no time")]
        first = post(server, rows + mine + wrong, "once")
        assert (first.json()["accepted"], first.json()["quarantined"]) == (13, 1)
        again = post(server, rows + mine + wrong, "once")
        assert again.headers["idempotent-replayed"] == "true"
        assert again.json() == first.json()
        end(processes(server)["door"])
        takes_records(server.url, server.serving["token"])
        assert post(server, rows + mine + wrong, "once").json() == first.json(), "a crash changes no answer"
        post(server, [interaction(0, text="it came after all")], "revised")
        until(server, lambda told: told["revised"] == 1 and told["stored"] >= 13 and told["balanced"])
        for number, url in enumerate(urls.values()):
            assert found(held(url, tmp_path / f"before{number}"), "zebrafinch"), (
                "the scanner finds it while it is there"
            )
        receipt = command(folder, "erase-customer", WHO, "--why", "asked")
        assert receipt["done"]
        assert receipt["counts"]["journal"] == 3
        for number, url in enumerate(urls.values()):
            assert found(held(url, tmp_path / f"after{number}"), "zebrafinch") == []
        assert found(folder / ".touchline", "zebrafinch") == []
        assert "erased" in post(server, mine, "again").text, "who was erased does not come back"
        assert check(folder) == (0, {"sound": True, "problems": []})


def until(server, enough, seconds: float = 90) -> None:
    over = time.monotonic() + seconds
    while True:
        answer = server.get("/api/v1/status")
        if answer.status_code == 200 and enough(answer.json()):
            return
        assert time.monotonic() < over, answer.text
        time.sleep(0.3)
