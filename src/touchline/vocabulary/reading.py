"""A taxonomy file to stages, or to everything that is wrong in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from touchline.vocabulary.entry import Entry, Names
from touchline.vocabulary.model import (
    KINDS,
    OWNERSHIPS,
    POLARITIES,
    Stage,
    SubStage,
    Theme,
    Touchpoint,
)
from touchline.vocabulary.names import fold
from touchline.vocabulary.problems import Problem, Report
from touchline.vocabulary.tree import read_tree

UNASSIGNED: Final = "unassigned"

_IMPLYING: Final = ("channels", "sources", "events", "keywords")
TAXONOMY_KEYS: Final = ("taxonomy", "name", "description", "stages")
STAGE_KEYS: Final = (
    "id", "name", "kind", "description", "aliases", "target", "owner",
    *_IMPLYING, "examples", "sub_stages", "themes",
)  # fmt: skip
SUB_STAGE_KEYS: Final = ("id", "name", "description", "touchpoints")
TOUCHPOINT_KEYS: Final = ("id", "name", "description", *_IMPLYING, "ownership", "owner")
THEME_KEYS: Final = ("id", "name", "polarity", "phrases")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a taxonomy file says."""

    id: str
    name: str
    description: str
    stages: tuple[Stage, ...]


def read(text: str, where: str) -> Draft | list[Problem]:
    """Read a taxonomy file.

    Args:
        text: Its text.
        where: Its name, for problems.

    Returns:
        What it says; or, where anything is wrong, every problem in order of lines.
    """
    tree = read_tree(text, where)
    if isinstance(tree, Problem):
        return [tree]
    report = Report(where)
    draft = _Reader(report).taxonomy(Entry.of(tree, "taxonomy", TAXONOMY_KEYS, report))
    return sorted(report.problems, key=lambda problem: problem.line) or draft


class _Reader:
    """Reads the levels of one file; remembers the names that are taken in it."""

    def __init__(self, report: Report) -> None:
        self.stage_names, self.sub_stage_names = Names(report), Names(report)
        self.touchpoint_names, self.theme_names = Names(report), Names(report)

    def taxonomy(self, entry: Entry) -> Draft:
        id_ = entry.identifier("taxonomy")
        name = entry.text("name", "give the journey a name")
        description = entry.text("description", "say whose journey it is")
        entries = entry.entries("stages", "stage", STAGE_KEYS)
        if not entries and entry.node.kind == "mapping":
            entry.problem("stages", "there are no stages", "list the journey's stages, or copy a template's")
        return Draft(id_, name, description, tuple(self.stage(stage) for stage in entries))

    def stage(self, entry: Entry) -> Stage:
        id_ = entry.identifier()
        name = entry.text("name", "name it as people say it")
        aliases = entry.texts("aliases")
        for what, value, key in (
            ("id", id_, "id"),
            ("name", name, "name"),
            *(("alias", a, "aliases") for a in aliases),
        ):
            if fold(value) == UNASSIGNED:
                entry.problem(key, f"{what} {value!r} is reserved for mentions of no sure stage", "choose another")
            self.stage_names.claim(value, entry, entry.label, what, entry.line(key))
        examples = entry.texts("examples")
        if not examples and entry.node.kind == "mapping":
            entry.problem("examples", "examples are missing", "write some sentences as customers say them")
        return Stage(
            id=id_,
            name=name,
            kind=entry.choice("kind", KINDS),
            description=entry.text("description", "say which experiences belong to it"),
            aliases=aliases,
            target=entry.number("target", 0, 100),
            owner=entry.text("owner"),
            channels=entry.texts("channels"),
            sources=entry.texts("sources"),
            events=entry.texts("events"),
            keywords=entry.texts("keywords"),
            examples=examples,
            sub_stages=tuple(
                self.sub_stage(sub, id_) for sub in entry.entries("sub_stages", "sub-stage", SUB_STAGE_KEYS)
            ),
            themes=tuple(self.theme(theme, id_) for theme in entry.entries("themes", "theme", THEME_KEYS)),
        )

    def sub_stage(self, entry: Entry, stage: str) -> SubStage:
        id_ = entry.identifier(within=stage)
        self.sub_stage_names.claim(id_, entry, entry.label, "id", entry.line("id"))
        return SubStage(
            id=id_,
            name=entry.text("name", "name it as people say it"),
            description=entry.text("description", "say what the customer does in it"),
            touchpoints=tuple(
                self.touchpoint(point, stage, id_)
                for point in entry.entries("touchpoints", "touchpoint", TOUCHPOINT_KEYS)
            ),
        )

    def touchpoint(self, entry: Entry, stage: str, sub_stage: str) -> Touchpoint:
        id_ = entry.identifier()
        name = entry.text("name", "name it as people say it")
        for what, value in (("id", id_), ("name", name)):
            self.touchpoint_names.claim(value, entry, entry.label, what, entry.line(what))
        return Touchpoint(
            id=id_,
            name=name,
            stage=stage,
            sub_stage=sub_stage,
            description=entry.text("description", "say what happens there"),
            channels=entry.texts("channels"),
            sources=entry.texts("sources"),
            events=entry.texts("events"),
            keywords=entry.texts("keywords"),
            ownership=entry.choice("ownership", OWNERSHIPS, "owned"),
            owner=entry.text("owner"),
        )

    def theme(self, entry: Entry, stage: str) -> Theme:
        id_ = entry.identifier()
        self.theme_names.claim(id_, entry, entry.label, "id", entry.line("id"))
        return Theme(
            id=id_,
            name=entry.text("name", "name it as a finding: Parcel arrives later than promised"),
            stage=stage,
            polarity=entry.choice("polarity", POLARITIES),
            phrases=entry.texts("phrases"),
        )
