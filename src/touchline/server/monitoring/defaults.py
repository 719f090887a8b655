"""The monitors and the gate of a new workspace: it works without being set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchline.server.monitoring.gatespec import GateSpec
from touchline.server.monitoring.spec import Spec

if TYPE_CHECKING:
    from touchline.vocabulary.taxonomy import Taxonomy


def defaults(taxonomy: Taxonomy) -> list[Spec]:
    """Return one monitor for each stage's JSI, one for severe items, and one for sources that fall silent.

    >>> from touchline.vocabulary.taxonomy import Taxonomy
    >>> [spec.name for spec in defaults(Taxonomy.template("saas"))][-2:]
    ['Severe items', 'Silence of a source']
    """
    stages = [Spec(f"JSI of {stage.name}"[:100], stage=stage.id, owner=stage.owner or "") for stage in taxonomy.stages]
    severe = Spec("Severe items", watch="severe", kind="severe")
    return [*stages, severe, Spec("Silence of a source", watch="volume", kind="silence")]


def default_gates(taxonomy: Taxonomy, minimum: float, accounts: bool) -> list[GateSpec]:
    """Return a gate before the renewal, where the journey has one; of accounts, where the data have some.

    Args:
        taxonomy: The stages.
        minimum: The least JSI.
        accounts: Whether customers belong to accounts.
    """
    stage = taxonomy.stage_id("renewal")
    return [GateSpec(stage, of="account" if accounts else "person", minimum=minimum)] if stage else []
