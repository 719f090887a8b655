"""Clients that post records to a server and remember what it acknowledged, whatever happens to it meanwhile."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

WORDS = ("The parcel came a week late", "The courier was friendly", "I waited an hour on the phone", "fine", "")


def own_environment(**more: str) -> dict[str, str]:
    """Return this process's environment as a person's shell has it: without what the tests put there for Django."""
    kept = {k: v for k, v in os.environ.items() if k not in ("TOUCHLINE_HOME", "DJANGO_SETTINGS_MODULE")}
    return kept | more


def key_for(folder: Path, *scopes: str) -> str:
    """Make an API key of a workspace, as a person does."""
    command = [sys.executable, "-m", "touchline", "keys", "create", "--workspace", str(folder), "--json"]
    for scope in scopes or ("ingest", "read", "admin"):
        command += ["--scope", scope]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=own_environment())
    assert done.returncode == 0, done.stdout + done.stderr
    return str(json.loads(done.stdout)["key"])


def record(number: str, rng: random.Random) -> dict[str, Any]:
    """Return a record of an id."""
    return {
        "id": number,
        "customer_ref": f"c{rng.randrange(300)}",
        "occurred_at": f"2026-11-{1 + rng.randrange(20):02}T10:{rng.randrange(60):02}:00Z",
        "channel": rng.choice(("email", "chat", "phone")),
        "text": f"{rng.choice(WORDS)} ({number})",
    }


@dataclass
class Swarm:
    """Eight clients, each of which sends a batch again until it knows of its fate, or gives it up.

    Attributes:
        sent: Every id that ever left.
        acknowledged: Those that the server said it has.
        answers: How many answers of each status there were.
    """

    url: str
    key: str
    clients: int = 8
    most: int = 40
    seed: int = 0
    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    answers: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Swarm:
        for number in range(self.clients):
            thread = threading.Thread(target=self._post, args=(number,), daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _post(self, number: int) -> None:
        rng = random.Random(1_000 * self.seed + number)
        with httpx.Client(timeout=20) as client:
            for batch in self._batches(number, rng):
                for _ in range(rng.choice((1, 3, 30))):
                    if self._over.is_set() or self._sent(client, batch, rng):
                        break
                    time.sleep(rng.uniform(0.02, 0.3))
                time.sleep(rng.uniform(0, 0.05))

    def _batches(self, number: int, rng: random.Random) -> Iterator[list[dict[str, Any]]]:
        n = 0
        while not self._over.is_set():
            size = rng.choice((1, 1, 5, self.most))
            yield [record(f"s{self.seed}-{number}-{n + i}", rng) for i in range(size)]
            n += size

    def _sent(self, client: httpx.Client, batch: list[dict[str, Any]], rng: random.Random) -> bool:
        ids = [one["id"] for one in batch]
        headers = {"Authorization": f"Bearer {self.key}"}
        if rng.random() < 0.3:
            headers["Idempotency-Key"] = f"k-{ids[0]}"
        with self._lock:
            self.sent |= set(ids)
        try:
            answer = client.post(f"{self.url}/api/v1/interactions", json=batch, headers=headers)
        except httpx.TransportError as error:
            self._note(type(error).__name__)
            return False
        self._note(str(answer.status_code))
        if answer.status_code == 202:
            told = answer.json()
            fine = [item["id"].partition("/")[2] for item in told["items"] if item["status"] == "accepted"]
            with self._lock:
                self.acknowledged |= set(fine)
                if told["accepted"] != len(ids) or set(fine) != set(ids):
                    self.wrong.append(answer.text[:500])
            return True
        if answer.status_code not in (429, 503, 507):
            with self._lock:
                self.wrong.append(f"{answer.status_code} {answer.text[:500]}")
        return False

    def _note(self, what: str) -> None:
        with self._lock:
            self.answers[what] = self.answers.get(what, 0) + 1
