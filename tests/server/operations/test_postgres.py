"""A server whose state and journals lie in PostgreSQL starts, is ready, and is brought up to date."""

from __future__ import annotations

from tests.files import answers, take_in, write_csv
from tests.server.operations.test_check import check
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
