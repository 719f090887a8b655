"""What the simulated company's people do with the cases of a bad afternoon, so that there are some at every stage."""

from __future__ import annotations

import time
from typing import Any, Final

import httpx

#: The ready play that opens a case for whoever gives a bad mark.
PLAY: Final = "detractor-recovery"
#: How many cases they get to; the others stay new.
WORKED: Final = 18
_COMMENT: Final = "Called, and heard the whole story. The carrier says: tomorrow."
_WAIT: Final = 60.0


def switch_on(web: httpx.Client) -> None:
    """Have the play start for whoever is unhappy from now on.

    Raises:
        httpx.HTTPStatusError: The server refuses it.
    """
    plays = _good(web.get("/api/v1/plays")).json()
    if PLAY not in {one["play"] for one in plays["plays"]}:
        recipe = next(one["yaml"] for one in plays["ready"] if one["play"] == PLAY)
        _good(web.post("/api/v1/plays", json={"yaml": recipe}))
    _good(web.post(f"/api/v1/plays/{PLAY}/switch", json={"on": True}))


def work(web: httpx.Client, least: int = WORKED) -> int:
    """Wait for the cases, and take some of them each a step further; return how many.

    Args:
        web: Speaks to the server as somebody who works on cases.
        least: For how many cases to wait.

    Raises:
        httpx.HTTPStatusError: The server refuses it.
    """
    until = time.monotonic() + _WAIT
    while (found := _cases(web))["n"] < least and time.monotonic() < until:
        time.sleep(0.5)
    worked = sorted(found["cases"], key=lambda case: int(case["number"]))[:WORKED]
    for place, case in enumerate(worked):
        _step(web, case, place % 6)
    return len(worked)


def _cases(web: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = _good(web.get("/api/v1/cases", params={"limit": 100})).json()
    return found


def _step(web: httpx.Client, case: dict[str, Any], stage: int) -> None:
    """Leave a case new, or take it to work, to waiting, to resolved, or to one of two ends."""
    path, version = f"/api/v1/cases/{case['number']}", case["version"]
    if stage == 1:
        _good(web.patch(path, json={"version": version, "status": "in_progress"}))
        _good(web.post(f"{path}/comments", json={"text": _COMMENT, "internal": True}))
    elif stage == 2:
        _good(web.patch(path, json={"version": version, "status": "waiting"}))
    elif stage == 3:
        told = {"version": version, "status": "resolved", "outcome": "recovered", "root_cause": "carrier"}
        _good(web.patch(path, json=told))
    elif stage:
        outcome = "recovered" if stage == 4 else "not_recovered"
        _good(web.post(f"{path}/close", json={"version": version, "outcome": outcome, "root_cause": "carrier"}))


def _good(answer: httpx.Response) -> httpx.Response:
    return answer.raise_for_status()
