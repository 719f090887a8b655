"""The taxonomy: the ordered stages of a journey, their sub-stages, touchpoints and themes.

Five templates stand beside this module; anyone can write their own in the same YAML.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Final

from touchline.errors import TaxonomyError
from touchline.vocabulary import writing
from touchline.vocabulary.implied import Implications
from touchline.vocabulary.model import Stage, SubStage, Theme, Touchpoint
from touchline.vocabulary.names import fold, nearest
from touchline.vocabulary.problems import Problem
from touchline.vocabulary.reading import read
from touchline.words import phrase

__all__ = ["Problem", "Stage", "SubStage", "Taxonomy", "Theme", "Touchpoint"]

#: A message lists this many problems and counts the others; `Taxonomy.check` gives them all.
LISTED: Final = 20

_TEMPLATES: Final = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The stages of a journey, in order, and everything that is known of them.

    Attributes:
        id: Of the taxonomy: ``b2c``.
        name: As people say it.
        description: Whose journey it is.
        stages: In the order in which customers pass them.
        version: 12 hex digits that change with the content, not with its layout.

    >>> taxonomy = Taxonomy.template("b2c")
    >>> taxonomy.ids[:3]
    ('awareness', 'consideration', 'purchase')
    >>> taxonomy.stage_id("Decision"), taxonomy.touchpoint("courier_delivery").stage
    ('purchase', 'delivery')
    """

    id: str
    name: str
    description: str
    stages: tuple[Stage, ...]
    version: str = field(init=False)
    touchpoints: tuple[Touchpoint, ...] = field(init=False, repr=False, compare=False)
    themes: tuple[Theme, ...] = field(init=False, repr=False, compare=False)
    _stages: dict[str, Stage] = field(init=False, repr=False, compare=False)
    _touchpoints: dict[str, Touchpoint] = field(init=False, repr=False, compare=False)
    _themes: dict[str, Theme] = field(init=False, repr=False, compare=False)
    _implications: Implications = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        touchpoints = tuple(t for stage in self.stages for sub in stage.sub_stages for t in sub.touchpoints)
        themes = tuple(theme for stage in self.stages for theme in stage.themes)
        derived = {
            "version": _version(self),
            "touchpoints": touchpoints,
            "themes": themes,
            "_stages": {fold(n): stage for stage in self.stages for n in (stage.id, stage.name, *stage.aliases)},
            "_touchpoints": {fold(name): point for point in touchpoints for name in (point.id, point.name)},
            "_themes": {theme.id: theme for theme in themes},
            "_implications": Implications.of(self.stages),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    @staticmethod
    def templates() -> tuple[str, ...]:
        """Return the names of the templates that ship with Touchline."""
        return _template_names()

    @staticmethod
    def template(name: str) -> Taxonomy:
        """Return a template by name.

        Raises:
            TaxonomyError: There is none of that name.
        """
        return _template(name)

    @staticmethod
    def template_text(name: str) -> str:
        """Return the YAML of a template as it was written, to begin one's own from.

        Raises:
            TaxonomyError: There is none of that name.
        """
        return _template_text(name)

    @classmethod
    def load(cls, path: Path) -> Taxonomy:
        """Read a taxonomy from a file.

        Raises:
            TaxonomyError: It cannot be opened, or is wrong: each problem with its line.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise TaxonomyError(
                phrase("cannot be read: {why}", why=str(why)), where=str(path), todo=phrase("check the path")
            ) from error
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise TaxonomyError(
                phrase("this is not UTF-8"), where=f"{path}:{line}", todo=phrase("save it as UTF-8")
            ) from error
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, where: str = "taxonomy.yaml") -> Taxonomy:
        """Read a taxonomy from text.

        Args:
            text: YAML.
            where: What to call it in errors.

        Raises:
            TaxonomyError: It is wrong: each problem with its line.

        >>> Taxonomy.parse("taxonomy: mine", "mine.yaml")
        Traceback (most recent call last):
        ...
        touchline.errors.TaxonomyError: mine.yaml: 3 problems
          mine.yaml:1: taxonomy 'mine': name is missing; give the journey a name
          mine.yaml:1: taxonomy 'mine': description is missing; say whose journey it is
          mine.yaml:1: taxonomy 'mine': there are no stages; list the journey's stages, or copy a template's
        """
        draft = read(text, where)
        if isinstance(draft, list):
            raise _error(draft, where)
        return cls(draft.id, draft.name, draft.description, draft.stages)

    @staticmethod
    def check(text: str, where: str = "taxonomy.yaml") -> list[Problem]:
        """Return everything that is wrong in a taxonomy's text, in order of lines.

        >>> Taxonomy.check("taxonomy: mine", "mine.yaml")[0].todo
        'give the journey a name'
        """
        found = read(text, where)
        return found if isinstance(found, list) else []

    def to_yaml(self) -> str:
        """Write it as YAML; parsing the text gives an equal taxonomy."""
        return writing.to_yaml(self.id, self.name, self.description, self.stages)

    @property
    def ids(self) -> tuple[str, ...]:
        """The stages' ids in order, without ``unassigned``."""
        return tuple(stage.id for stage in self.stages)

    @property
    def progress(self) -> tuple[str, ...]:
        """The ids of the progress stages in order."""
        return tuple(stage.id for stage in self.stages if stage.kind == "progress")

    def stage_id(self, name: str) -> str | None:
        """Return the id of the stage with this id, name or alias, in any case, or None."""
        found = self._stages.get(fold(name))
        return found.id if found else None

    def stage(self, name: str) -> Stage:
        """Return the stage with this id, name or alias.

        Raises:
            TaxonomyError: There is none.
        """
        found = self._stages.get(fold(name))
        if found is None:
            raise TaxonomyError(
                phrase("there is no stage {name}", name=repr(name)),
                where=f"taxonomy {self.id}",
                todo=_meant(name, self.ids),
            )
        return found

    def touchpoint(self, name: str) -> Touchpoint | None:
        """Return the touchpoint with this id or name, or None."""
        return self._touchpoints.get(fold(name))

    def theme(self, theme_id: str) -> Theme | None:
        """Return the theme with this id, or None."""
        return self._themes.get(theme_id)

    def with_themes(self, themes: Mapping[str, Theme]) -> Taxonomy:
        """Return the taxonomy with more themes to be looked up by id; what reads texts with it sees only its own.

        Args:
            themes: By id. One with the id of an own theme is looked up in its place.
        """
        fresh = replace(self)
        object.__setattr__(fresh, "_themes", {**self._themes, **themes})
        return fresh

    def implied(
        self,
        *,
        channel: str | None = None,
        source: str | None = None,
        touchpoint: str | None = None,
        programme: str | None = None,
        event: str | None = None,
    ) -> dict[str, float]:
        """Return the stages that a record implies before a word of it is read.

        Returns:
            Stage id to strength. 1 where a stage or touchpoint lists the source, programme or event, or is
            the touchpoint's own; 0.9 where the name of one carries a stage's id, name or alias as words; 0.3
            where only the channel hints at it. Stages that nothing implies are left out.

        >>> taxonomy = Taxonomy.template("b2c")
        >>> taxonomy.implied(source="post_delivery_survey"), taxonomy.implied(programme="Q3 Onboarding pulse")
        ({'delivery': 1.0}, {'onboarding': 0.9})
        """
        return self._implications.of_record(
            channel=channel, source=source, touchpoint=touchpoint, programme=programme, event=event
        )

    def places(
        self, *, source: str | None = None, programme: str | None = None, event: str | None = None
    ) -> dict[str, str]:
        """Return the touchpoint that a record implies within each stage, before a word of it is read.

        Returns:
            Stage id to the id of the one touchpoint of that stage that lists the programme, else the source, else the
            event. Stages of which none or several do are left out.

        >>> Taxonomy.template("b2c").places(event="product_viewed")
        {'consideration': 'product_page'}
        """
        return self._implications.touchpoints_of(source=source, programme=programme, event=event)


def _version(taxonomy: Taxonomy) -> str:
    content = [taxonomy.id, taxonomy.name, taxonomy.description, writing.plain(taxonomy.stages)]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _error(problems: list[Problem], where: str) -> TaxonomyError:
    if len(problems) == 1:
        (problem,) = problems
        return TaxonomyError(problem.what, where=problem.place, todo=problem.todo)
    lines = [f"{len(problems)} problems", *(f"  {problem}" for problem in problems[:LISTED])]
    if len(problems) > LISTED:
        lines.append(f"  and {len(problems) - LISTED} more")
    return TaxonomyError("\n".join(lines), where=where)


def _meant(name: str, known: tuple[str, ...]) -> str:
    near = nearest(name, known)
    return f"did you mean {near}?" if near else f"there are {', '.join(known)}"


@cache
def _template_names() -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in _TEMPLATES.glob("*.yaml")))


def _template_text(name: str) -> str:
    if name not in _template_names():
        raise TaxonomyError(
            phrase("there is no template {name}", name=repr(name)), todo=_meant(name, _template_names())
        )
    return (_TEMPLATES / f"{name}.yaml").read_text(encoding="utf-8")


@cache
def _template(name: str) -> Taxonomy:
    return Taxonomy.parse(_template_text(name), f"{name}.yaml")
