"""What is wrong in a file, with its line: collected, so that a reader mends a file in one go."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file.

    Attributes:
        where: The file.
        line: Its line, the first being 1.
        what: What is wrong, as a sentence without its full stop.
        todo: What to write instead.

    >>> print(Problem("mine.yaml", 37, "stage 'delivery': description is missing", "say what belongs to it"))
    mine.yaml:37: stage 'delivery': description is missing; say what belongs to it
    """

    where: str
    line: int
    what: str
    todo: str

    @property
    def place(self) -> str:
        """The file and the line: ``taxonomy.yaml:37``."""
        return f"{self.where}:{self.line}"

    def __str__(self) -> str:
        """One line: place, what, what to do."""
        return f"{self.place}: {self.what}; {self.todo}"


@dataclass(slots=True)
class Report:
    """The problems of one file, as they are found.

    Attributes:
        where: The file.
        problems: What was found so far, in any order.
    """

    where: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int, what: str, todo: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(self.where, line, what, todo))
