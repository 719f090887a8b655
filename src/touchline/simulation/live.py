"""What happens in the simulated world while its server runs: an afternoon on which parcels come late.

A demo without news would show no alert, since nothing that was imported ever raises one. So some customers of the world
write now, in words of the verbatim bank: ``python -m touchline.simulation.live FOLDER`` waits for the server of the
folder and sends what they write, as any system would.
"""

from __future__ import annotations

import csv
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from touchline.maps import library
from touchline.maps.writing import write
from touchline.simulation.verbatim_bank import verbatims
from touchline.simulation.world import START, began

if TYPE_CHECKING:
    import httpx

#: How many write.
CUSTOMERS: Final = 45
_STAGE: Final = "delivery"
_WAIT: Final = 120.0
_DAY: Final = re.compile(r"(\b(?:due|done): [\"']?)(\d{4}-\d\d-\d\d)")
#: The world's table of what happened; an account's people are known from it.
_WORLD: Final = Path("world") / "interactions.csv"


def customers(folder: Path, n: int = CUSTOMERS) -> list[tuple[str, str]]:
    """Return customers of a world with their accounts: those of a few accounts first, then others, no one twice."""
    known: dict[str, str] = {}
    with (folder / _WORLD).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["customer"]:
                known[row["customer"]] = known.get(row["customer"]) or row["account"]
    ordered = sorted(known.items(), key=lambda pair: (not pair[1], pair[1], pair[0]))
    return ordered[:n]


def complaints(who: list[tuple[str, str]], now: datetime, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield what customers write and how they score, within the hour before a moment.

    Args:
        who: References of customers, each with that of an account, or "".
        now: The moment.
        seed: Of which words.

    >>> one = next(complaints([("C1", "A1")], datetime(2026, 3, 2, tzinfo=UTC)))
    >>> one["customer_ref"], one["stage"], one["answers"][0]["value"] <= 2
    ('C1', 'delivery', True)
    """
    rng = np.random.default_rng(seed)
    bank = [
        one for one in verbatims()
        if one.industry == "retail" and one.language == "en" and len(one.spoken) == 1
        and one.spoken[0].stage == _STAGE and one.spoken[0].sentiment < 0 and one.spoken[0].theme == "late_delivery"
    ]  # fmt: skip
    for place, (customer, account) in enumerate(who):
        at = now - timedelta(hours=1) * (1 - (place + 1) / (len(who) + 1))
        said = bank[int(rng.integers(len(bank)))]
        answer = {"question": "delivery_csat", "kind": "csat", "value": float(rng.integers(1, 3)), "low": 1, "high": 5}
        yield {
            "interaction_id": f"live-{at:%Y%m%d%H%M}-{customer}", "source": "delivery_survey", "kind": "survey",
            "channel": "email", "author": "customer", "customer_ref": customer, "account_ref": account or None,
            "occurred_at": at.isoformat(), "stage": _STAGE, "programme": "delivery_survey", "text": said.text,
            "language": "en", "answers": [answer],
        }  # fmt: skip


def send(folder: Path) -> int:
    """Wait for the server of a workspace, and send what its customers write now; return how many records.

    Before that the company's maps are brought and a play is switched on, so that cases are opened; afterwards some of
    them are worked on (see `touchline.simulation.desk`).
    """
    import httpx

    from touchline.client import connect, serving
    from touchline.simulation import desk

    until = time.monotonic() + _WAIT
    while time.monotonic() < until:
        held = serving(folder)
        if held is not None:
            records = complaints(customers(folder), datetime.now(UTC))
            with connect(held.url, held.token, workspace=held.workspace) as server:
                server.status()
                key = {"Authorization": f"Bearer {held.token}"}
                with httpx.Client(base_url=held.url, headers=key, timeout=_WAIT) as web:
                    bring_maps(web)
                    time.sleep(3)  # the server's clock makes the first monitors in its first seconds
                    desk.switch_on(web)
                    accepted = server.send(records, live=True).accepted
                    desk.work(web)
                return accepted
        time.sleep(0.5)
    return 0


def bring_maps(web: httpx.Client) -> int:
    """Bring the company's journey maps to its server; return how many. Those that are there already stay as they are.

    Their days are moved with those of the world (`touchline.simulation.began`).

    Raises:
        httpx.HTTPStatusError: The server refuses one.
    """
    moved = began(datetime.now(UTC).date()) - START

    def day(found: re.Match[str]) -> str:
        return f"{found[1]}{date.fromisoformat(found[2]) + moved}"

    there = {one["id"] for one in web.get("/api/v1/maps").raise_for_status().json()["maps"]}
    fresh = [one for one in library.demo() if one.id not in there]
    for one in fresh:
        web.post("/api/v1/maps", json={"yaml": _DAY.sub(day, write(one))}).raise_for_status()
    return len(fresh)


if __name__ == "__main__":
    send(Path(sys.argv[1]))
