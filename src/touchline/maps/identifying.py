"""Ids for the parts of a file that have none, and ids in place of the words by which parts are meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from touchline.maps.kinds import LANE_KINDS
from touchline.maps.naming import free, slug
from touchline.maps.plain import Path
from touchline.vocabulary.names import fold, nearest
from touchline.vocabulary.problems import Report

#: Parts with their paths.
_Found = list[tuple[Path, dict[str, Any]]]
#: Whose words come first to an id.
_ORDER: Final = ("step", "lane", "phase", "card", "route", "stakeholder")


@dataclass(frozen=True, slots=True)
class Home:
    """Where a card stands that is written below its step.

    Attributes:
        step: The plain data of the step.
        lane: The words before the card: a lane's id, kind, name or title.
        line: Their line.
    """

    step: dict[str, Any]
    lane: str
    line: int


@dataclass(slots=True)
class Ids:
    """Gives ids where they are missing, and makes names of other parts ids.

    Attributes:
        data: A map's plain data; changed in place.
        homes: By number, the cards that stand below a step.
        lines: The line of everything.
        report: Where problems go.
        taken: Ids, with the line of who has each.
        numbers: The last number behind each id that several wanted.
    """

    data: dict[str, Any]
    homes: Mapping[int, Home]
    lines: Mapping[Path, int]
    report: Report
    taken: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def give(self) -> None:
        """Do all."""
        self._lanes_of_cards()
        found = {of: [(path, part) for kind, path, part in parts(self.data) if kind == of] for of in _ORDER}
        for of in _ORDER:
            for path, part in found[of]:
                self._claim(of, path, part)
        for of in _ORDER[:3]:  # a phase may have the name of its step, and a lane that of either
            for _, part in found[of]:
                words = slug(str(part.get("kind" if of == "lane" else "name") or ""), of)
                self._make(part, [words, f"{words}-{of}"])
        self._homes()
        for _, part in found["card"]:
            self._make(part, [slug(str(part.get("text") or part.get("lane") or ""), "card")])
        self._meant(found["card"], found["card"], "text", ("addresses",))
        self._meant(found["route"], found["step"], "name", ("start", "end"))
        for _, part in found["route"]:
            ends = " ".join(str(part.get(key, "")) for key in ("kind", "start", "end"))
            self._make(part, [slug(ends, "route")])
        for _, part in found["stakeholder"]:
            self._make(part, [slug(str(part.get("name") or ""), "stakeholder")])

    def _meant(self, who: _Found, whom: _Found, words: str, keys: tuple[str, ...]) -> None:
        """Put ids in place of words that only one part has."""
        ids = {part["id"] for _, part in whom}
        having: dict[str, set[str]] = {}
        for _, part in whom:
            having.setdefault(fold(str(part.get(words, ""))), set()).add(part["id"])

        def meant(one: Any) -> Any:
            found = having.get(fold(one), set()) if isinstance(one, str) and one not in ids else set()
            return next(iter(found)) if len(found) == 1 else one

        for _, part in who:
            for key in keys:
                if isinstance(part.get(key), list):
                    part[key] = [meant(one) for one in part[key]]
                elif key in part:
                    part[key] = meant(part[key])

    def _claim(self, of: str, path: Path, part: dict[str, Any]) -> None:
        """Note an id that is written."""
        which, line = part.get("id"), self.lines.get((*path, "id"), self.lines.get(path, 1))
        if not isinstance(which, str):
            if part.pop("id", None) is not None:
                self.report.add(line, f"a {of}'s id must be text", "write id: ...")
            return
        if not which:
            return
        if which in self.taken:
            told = f"{of} {which!r}: the id is taken in line {self.taken[which]}"
            self.report.add(line, told, "choose another; ids are unique in the whole map")
        self.taken.setdefault(which, line)

    def _make(self, part: dict[str, Any], wanted: list[str]) -> None:
        if not part.get("id"):
            part["id"] = free(wanted, self.taken, self.numbers)
            self.taken[part["id"]] = 0

    def _lanes_of_cards(self) -> None:
        """List the lanes that the cards stand in, where the file lists none."""
        if "lanes" in self.data:
            return
        words = {fold(home.lane) for home in self.homes.values()}
        kinds = [kind for kind in LANE_KINDS.values() if words & {fold(kind.name), fold(kind.title)}]
        if kinds:
            self.data["lanes"] = [{"kind": kind.name} for kind in kinds]

    def _homes(self) -> None:
        """Tell each card that stands under a step its step and lane."""
        lanes = [part for of, _, part in parts(self.data) if of == "lane"]
        ids = {part["id"] for part in lanes}
        by_words: dict[str, set[str]] = {}
        for part in lanes:
            kind = str(part.get("kind", ""))
            titles = {kind, str(part.get("name", "")), LANE_KINDS[kind].title if kind in LANE_KINDS else ""}
            for words in map(fold, titles - {""}):
                by_words.setdefault(words, set()).add(part["id"])
        untold: set[str] = set()
        for at, home in self.homes.items():
            words = home.lane
            found = {words} if words in ids else by_words.get(fold(words), set())
            self.data["cards"][at] |= {"lane": next(iter(sorted(found)), words), "step": home.step.get("id", "")}
            if len(found) != 1 and words not in untold:
                untold.add(words)
                near = nearest(words, tuple(ids))
                what = f"there is no lane {words!r}" if not found else f"several lanes may be meant by {words!r}"
                todo = f"did you mean {near}?" if near and not found else f"write one's id: {', '.join(sorted(ids))}"
                self.report.add(home.line, what, todo if ids else "list it under lanes")


def parts(data: Mapping[str, Any]) -> Iterable[tuple[str, Path, dict[str, Any]]]:
    """Yield the kind, path and plain data of every part of a map's plain data."""
    for key in ("lanes", "phases", "cards", "routes", "stakeholders"):
        held = data.get(key)
        for at, part in enumerate(held if isinstance(held, list) else ()):
            if isinstance(part, dict):
                yield key[:-1], (key, at), part
                steps = part.get("steps") if key == "phases" else None
                for inner, step in enumerate(steps if isinstance(steps, list) else ()):
                    if isinstance(step, dict):
                        yield "step", (key, at, "steps", inner), step
