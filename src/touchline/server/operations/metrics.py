"""Counters, gauges and histograms, in Prometheus' text format. No label ever holds anything of a customer."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

#: Upper bounds of the histograms, in seconds.
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

#: A value's labels, in the order of its family's names.
Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with all of its values, as they are told.

    Attributes:
        name: Begins with ``touchline_``; ends with ``_total`` if it only rises, else with its unit.
        kind: ``counter``, ``gauge`` or ``histogram``.
        about: What it tells.
        samples: Suffix, labels and value of each line.
    """

    name: str
    kind: str
    about: str
    samples: tuple[tuple[str, Mapping[str, str], float], ...]

    def text(self) -> str:
        """Return the family's lines."""
        lines = [f"# HELP {self.name} {_plain(self.about)}", f"# TYPE {self.name} {self.kind}"]
        for suffix, labels, value in self.samples:
            told = ",".join(f'{name}="{_quoted(text)}"' for name, text in labels.items())
            lines.append(
                f"{self.name}{suffix}{{{told}}} {_number(value)}" if told else f"{self.name}{suffix} {_number(value)}"
            )
        return "\n".join(lines) + "\n"


def gauge(name: str, about: str, values: Iterable[tuple[Mapping[str, str], float]]) -> Family:
    """Return what a value is now.

    >>> print(gauge("touchline_disk_free_bytes", "Free.", [({"workspace": "acme"}, 5.0)]).text(), end="")
    # HELP touchline_disk_free_bytes Free.
    # TYPE touchline_disk_free_bytes gauge
    touchline_disk_free_bytes{workspace="acme"} 5
    """
    return Family(name, "gauge", about, tuple(("", labels, value) for labels, value in values))


def counter(name: str, about: str, values: Iterable[tuple[Mapping[str, str], float]]) -> Family:
    """Return what a value that only rises has come to."""
    return Family(name, "counter", about, tuple(("", labels, value) for labels, value in values))


@dataclass(slots=True)
class Counter:
    """Counts in this process, by labels.

    >>> asked = Counter("touchline_x_total", "X.", ("route",))
    >>> asked.add("stages"); asked.add("stages")
    >>> [value for _, _, value in asked.family().samples]
    [2]
    """

    name: str
    about: str
    labels: Labels = ()
    _values: dict[Labels, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, *labels: str, by: float = 1) -> None:
        """Count."""
        with self._lock:
            self._values[labels] = self._values.get(labels, 0) + by

    def family(self) -> Family:
        """Return the counts so far."""
        with self._lock:
            values = sorted(self._values.items())
        return counter(self.name, self.about, [(dict(zip(self.labels, of, strict=True)), n) for of, n in values])


@dataclass(slots=True)
class Histogram:
    """Durations in this process, by labels.

    >>> took = Histogram("touchline_x_seconds", "X.", ("route",))
    >>> took.add(0.02, "stages")
    >>> took.family().text().splitlines()[4]
    'touchline_x_seconds_bucket{route="stages",le="0.025"} 1'
    """

    name: str
    about: str
    labels: Labels = ()
    bounds: Sequence[float] = SECONDS
    _values: dict[Labels, tuple[list[int], float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, seconds: float, *labels: str) -> None:
        """Take a duration in."""
        at = bisect_left(self.bounds, seconds)
        with self._lock:
            counts, total = self._values.get(labels) or ([0] * (len(self.bounds) + 1), 0.0)
            counts[at] += 1
            self._values[labels] = counts, total + seconds

    def family(self) -> Family:
        """Return the durations so far."""
        with self._lock:
            values = [(of, list(counts), total) for of, (counts, total) in sorted(self._values.items())]
        return Family(self.name, "histogram", self.about, tuple(self._samples(values)))

    def _samples(self, values: list[tuple[Labels, list[int], float]]) -> Iterator[tuple[str, Mapping[str, str], float]]:
        for of, counts, total in values:
            named, below = dict(zip(self.labels, of, strict=True)), 0
            for bound, count in zip((*self.bounds, math.inf), counts, strict=True):
                below += count
                yield "_bucket", {**named, "le": _number(bound)}, below
            yield "_sum", named, total
            yield "_count", named, below


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _quoted(text: str) -> str:
    return _plain(text).replace('"', '\\"')


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
