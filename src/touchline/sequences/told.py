"""What customers said, in order: the mentions of a warehouse as journeys, one row per mention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from touchline.scores.filtering import filtered, resolve
from touchline.vocabulary.coded import Coded
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.warehouse.index.journeys import NO_SIGN, Columns, Journeys, narrow

if TYPE_CHECKING:
    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

_TAKEN: Final = ("customer_key", "occurred_at", "interaction_id", "mention", "theme", "stage", "sentiment")


def told(warehouse: Warehouse, taxonomy: Taxonomy, filters: Filters, zone: str) -> Journeys:
    """Return every identified customer's mentions in order of time.

    Args:
        warehouse: Where the mentions are.
        taxonomy: Knows stages by name, and the order of those that progress.
        filters: Which mentions.
        zone: The reporting zone.

    Returns:
        Journeys with the columns ``theme``, ``about`` (the stage; none where it is unassigned) and ``s``.

    Raises:
        QuestionError: A filter names what does not exist.
    """
    filters = resolve(warehouse, taxonomy, filters)

    def build() -> object:
        table = filtered(warehouse, "mentions", filters)
        chosen = table.filter(table.identified).select(*_TAKEN)
        return chosen.order_by(["customer_key", "occurred_at", "interaction_id", "mention"])

    found: pa.Table = warehouse.ask(("told", filters), build)
    keys, begin = np.unique(found["customer_key"].to_numpy(), return_index=True)
    at = found["occurred_at"].cast(pa.int64()).to_numpy()
    about = Coded.of(found["stage"])
    if UNASSIGNED in about.names:
        about = about.where(about.codes != about.names.index(UNASSIGNED))
    ends = warehouse.ask(("told", "ends"), lambda: _ends(warehouse))["last"].cast(pa.int64())[0].as_py()
    return Journeys(
        keys=keys.astype(np.int64),
        starts=np.append(begin, len(at)).astype(np.int64),
        at=at,
        columns=Columns.of(
            {
                "theme": narrow(Coded.of(found["theme"])),
                "about": narrow(about),
                "s": found["sentiment"].fill_null(NO_SIGN).to_numpy().astype(np.int8),
            }
        ),
        observed=(int(at.min(initial=0)), int(ends or 0)),
        zone=zone,
        stages=tuple(stage for stage in taxonomy.ids if taxonomy.stage(stage).kind == "progress"),
    )


def _ends(warehouse: Warehouse) -> object:
    journey = warehouse.table("journey")
    return journey.agg(last=journey.occurred_at.max())
