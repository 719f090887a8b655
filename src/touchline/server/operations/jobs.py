"""What is done by the clock, in one small thread of the web process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import close_old_connections
from django.utils import timezone

from touchline.errors import TouchlineError, WorkspaceMissing
from touchline.server.operations.logs import clean
from touchline.server.operations.models import Run
from touchline.server.workspaces import facade as workspaces
from touchline.server.workspaces.facade import Held

_log = logging.getLogger("touchline.jobs")
_LOOK: Final = 2.0  # seconds between looks at the clock
_AGAIN: Final = timedelta(minutes=10)  # a job that failed is tried again after this, and then ever later
_MOST_TOLD: Final = 2_000


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is done again and again.

    Attributes:
        name: In figures and logs.
        every: How often.
        run: Does it, and says in a few words what it did; it gets None, or each open workspace in turn.
        each: Whether it is done for each workspace.
    """

    name: str
    every: timedelta
    run: Callable[[Held | None], str]
    each: bool = False


_jobs: dict[str, Job] = {}


def register(job: Job) -> None:
    """Have a job done from now on.

    Raises:
        ValueError: Another one has its name: one of the two would never be done.
    """
    if _jobs.setdefault(job.name, job).run is not job.run:
        raise ValueError(f"two jobs are called {job.name!r}")


def registered() -> list[Job]:
    """Return all jobs."""
    return list(_jobs.values())


class Clock:
    """The thread that runs the jobs that are due, one after the other."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the job that runs now."""
        self._stop.set()
        self._thread.join(20)

    def _go(self) -> None:
        while not self._stop.wait(_LOOK):
            try:
                run_due(stopping=self._stop.is_set)
            except Exception:  # a database that is away for a moment must not end the clock
                _log.exception("the jobs could not be looked at")
            finally:
                close_old_connections()


def run_due(now: datetime | None = None, *, stopping: Callable[[], bool] = lambda: False) -> list[Run]:
    """Run every job whose time has come, and return how they ended.

    Args:
        now: The time; by default the clock's.
        stopping: Asked between jobs whether to leave the rest for another time.
    """
    done: list[Run] = []
    for job, slug in _wanted():
        if stopping():
            break
        moment = now or timezone.now()
        last = Run.objects.filter(job=job.name, workspace=slug).first()
        if last and last.next_at > moment and not _interrupted(last):
            continue
        done.append(_run(job, slug, moment, last.failures if last else 0))
    return done


def _interrupted(last: Run) -> bool:
    """Was the process killed while it ran? Only one process runs jobs, one at a time."""
    return last.ended_at is None


def _wanted() -> Iterator[tuple[Job, str]]:
    for job in registered():
        if not job.each:
            yield job, ""
            continue
        for one in workspaces.everyone():
            yield job, one.slug


def run_now(name: str) -> list[Run]:
    """Run a job at once, due or not, for all that it is done for.

    Raises:
        KeyError: There is none of that name.
    """
    job = _jobs[name]
    return [_run(job, slug, timezone.now(), 0) for one, slug in _wanted() if one is job]


def _run(job: Job, slug: str, now: datetime, failures: int) -> Run:
    begun = {"started_at": now, "ended_at": None, "ok": None, "told": "", "next_at": now + job.every}
    run, _ = Run.objects.update_or_create(job=job.name, workspace=slug, defaults=begun)
    try:
        told, ok = job.run(workspaces.held(slug) if job.each else None), True
    except WorkspaceMissing as error:
        told, ok = str(error), False
    except TouchlineError as error:
        _log.error("the job %s failed: %s", job.name, error)
        told, ok = str(error), False
    except Exception as error:  # one job that fails must not keep the others from being done
        _log.exception("the job %s failed", job.name)
        told, ok = f"{type(error).__name__}: {error}", False
    run.told, run.ok, run.ended_at = clean(told)[:_MOST_TOLD], ok, timezone.now()
    run.failures = 0 if ok else failures + 1
    run.next_at = now + (job.every if ok else min(job.every, _AGAIN * 2 ** min(run.failures - 1, 6)))
    run.save()
    return run
