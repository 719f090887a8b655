"""A real server starts, says that it is ready, and ends in order."""

from __future__ import annotations

import httpx
from tests.server.serving import children, serving


def test_a_server_starts_is_ready_and_ends_in_order(tmp_path):
    with serving(tmp_path / "acme") as server:
        assert httpx.get(f"{server.url}/healthz").json() == {"alive": True}
        assert httpx.get(f"{server.url}/readyz").json() == {"ready": True, "reasons": []}
        assert len(children(server.process.pid)) >= 2
        below = children(server.process.pid)
        assert server.stop() == 0
    assert not (server.folder / ".touchline" / "serving.json").exists()
    assert [pid for pid in below if (children(pid) != [])] == []
