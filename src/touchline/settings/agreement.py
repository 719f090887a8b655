"""Settings name stages and touchpoints; a taxonomy must know them."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from touchline.errors import SettingsError
from touchline.settings.model import Settings, default_lifecycle
from touchline.settings.rules import Rule, leaves
from touchline.settings.rules.tree import Stage
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.vocabulary.taxonomy import Taxonomy


def open_taxonomy(settings: Settings) -> Taxonomy:
    """Read the taxonomy that settings name and hold them against it.

    Raises:
        TaxonomyError: There is no such template or file, or it is wrong.
        SettingsError: The settings name a stage or touchpoint that it does not know.
    """
    from touchline.vocabulary.taxonomy import Taxonomy

    named = settings.workspace.taxonomy
    if named in Taxonomy.templates() or Path(named).suffix.lower() not in (".yaml", ".yml"):
        taxonomy = Taxonomy.template(named)
    else:
        taxonomy = Taxonomy.load((settings.folder or Path()) / named)
    check(settings, taxonomy)
    return taxonomy


def check(settings: Settings, taxonomy: Taxonomy) -> None:
    """Raise unless the taxonomy knows every stage and touchpoint that the settings name.

    The lifecycle's own rules name stages of all templates, and are left out.

    Raises:
        SettingsError: With all names that it does not know, and what was probably meant.
    """
    from touchline.vocabulary.schemas import UNASSIGNED

    stages = [(f"programmes '{one.name}'", one.stage) for one in settings.programmes]
    stages += [(f"proxies '{one.name}'", one.stage) for one in settings.proxies]
    stages += [(where, stage) for where, rule in _rules(settings) for stage in _stages_in(rule)]
    wrong = [
        f"{where}: there is no stage '{stage}'" + _meant(stage, taxonomy.ids)
        for where, stage in stages
        if stage is not None and stage != UNASSIGNED and taxonomy.stage_id(stage) is None
    ]
    touchpoints = tuple(point.id for point in taxonomy.touchpoints)
    wrong += [
        f"proxies '{one.name}': there is no touchpoint '{one.touchpoint}'" + _meant(one.touchpoint, touchpoints)
        for one in settings.proxies
        if one.touchpoint is not None and taxonomy.touchpoint(one.touchpoint) is None
    ]
    if wrong:
        raise SettingsError(
            "; ".join(wrong),
            where=str((settings.folder or Path()) / "touchline.toml"),
            todo=phrase("stages of the taxonomy {id}: {names}", id=str(taxonomy.id), names=", ".join(taxonomy.ids)),
        )


def _rules(settings: Settings) -> list[tuple[str, Rule]]:
    found = [(f"segments.rules '{one.name}'", one.when) for one in settings.segments.rules]
    found += [(f"personas '{one.name}'", one.when) for one in settings.personas]
    own = default_lifecycle()
    return found + [(f"lifecycle.{status}", rule) for status, rule in settings.lifecycle if (status, rule) not in own]


def _stages_in(rule: Rule) -> tuple[str, ...]:
    return tuple(name for leaf in leaves(rule.tree) if isinstance(leaf, Stage) for name in leaf.values)


def _meant(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name.lower(), known, n=1)
    return f", did you mean '{near[0]}'?" if near else ""
