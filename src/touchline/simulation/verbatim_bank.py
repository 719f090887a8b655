"""What customers say in the simulated world, with the truth about it.

The files in ``verbatims/`` hold one verbatim per line, written for this project and independently of any
model: language, industry, style, truth and text, separated by tabs. A truth is one mention or several, the
main one first, separated by ``; ``. A mention is ``stage sentiment emotion effort resolution theme``, with
``-`` where there is no theme.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from touchline.errors import InputError

#: The stages of the world, in their order: those of the ``b2c`` template.
STAGES: Final = (
    "awareness", "consideration", "purchase", "onboarding", "delivery", "usage", "support", "renewal",
    "advocacy",
)  # fmt: skip
LANGUAGES: Final = ("en", "de", "es")
STYLES: Final = ("plain", "terse", "rambling", "vague", "mixed", "sarcastic", "typos", "emoji")
COLUMNS: Final = ("language", "industry", "style", "truth", "text")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing that a verbatim says, as its writer meant it.

    Attributes:
        stage: The stage whose experience is talked about.
        sentiment: -1, 0 or +1.
        emotion: One of `touchline.vocabulary.schemas.EMOTIONS`.
        effort: One of `touchline.vocabulary.schemas.EFFORTS`.
        resolution: One of `touchline.vocabulary.schemas.RESOLUTIONS`.
        theme: Id of the ``b2c`` theme, when there is one.
    """

    stage: str
    sentiment: int
    emotion: str
    effort: str
    resolution: str
    theme: str | None


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A customer's words.

    Attributes:
        text: The words.
        language: ISO 639-1.
        industry: Of the company that is talked about: ``retail``, ``airline`` ...
        style: One of `STYLES`.
        spoken: What is said, the main thing first.
    """

    text: str
    language: str
    industry: str
    style: str
    spoken: tuple[Spoken, ...]

    @property
    def main(self) -> Spoken:
        """What it says first and foremost."""
        return self.spoken[0]


@cache
def verbatims() -> tuple[Verbatim, ...]:
    """Return every verbatim, in the order of the stages and of their files.

    >>> len(verbatims()) > 1200
    True
    >>> verbatims()[0].main.stage, verbatims()[0].industry
    ('awareness', 'retail')
    """
    folder = resources.files("touchline.simulation") / "verbatims"
    return tuple(
        verbatim
        for stage in STAGES
        for verbatim in parse((folder / f"{stage}.tsv").read_text(encoding="utf-8"), where=f"{stage}.tsv")
    )


@cache
def agent_replies() -> tuple[tuple[str, str], ...]:
    """Return what employees answer, each with the theme that it answers; ``-`` fits them all."""
    file = resources.files("touchline.simulation") / "verbatims" / "agent_replies.tsv"
    lines = file.read_text(encoding="utf-8").splitlines()[1:]
    return tuple((theme, text) for theme, text in (line.split("\t") for line in lines))


def parse(content: str, where: str) -> list[Verbatim]:
    r"""Read one file of verbatims.

    Args:
        content: The file's content: a header and one verbatim per line.
        where: The file's name, for errors.

    Raises:
        InputError: A line has other columns, or a truth has other parts, than the module's docstring says.

    >>> header = "language\tindustry\tstyle\ttruth\ttext"
    >>> line = "en\tretail\tterse\tdelivery -1 frustration none unresolved late_delivery\tLate. Again."
    >>> parse(f"{header}\n{line}", "delivery.tsv")[0].main.theme
    'late_delivery'
    """
    header, *lines = content.split("\n")
    if tuple(header.split("\t")) != COLUMNS:
        raise InputError("the header is wrong", where=f"{where}:1", todo=f"make it {' '.join(COLUMNS)}")
    found = []
    for number, line in enumerate(lines, start=2):
        if not line:
            continue
        place = f"{where}:{number}"
        cells = line.split("\t")
        if len(cells) != len(COLUMNS):
            raise InputError(f"{len(cells)} columns, not {len(COLUMNS)}", where=place, todo="separate by single tabs")
        language, industry, style, truth, text = cells
        spoken = tuple(_spoken(part, place) for part in truth.split("; "))
        found.append(Verbatim(text, language, industry, style, spoken))
    return found


def _spoken(truth: str, place: str) -> Spoken:
    parts = truth.split(" ")
    if len(parts) != 6:
        raise InputError(
            f"the truth {truth!r} has {len(parts)} parts",
            where=place,
            todo="write stage, sentiment, emotion, effort, resolution, theme",
        )
    stage, sentiment, emotion, effort, resolution, theme = parts
    return Spoken(stage, int(sentiment), emotion, effort, resolution, None if theme == "-" else theme)
