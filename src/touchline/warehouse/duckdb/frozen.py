"""Evidence of words that are no longer kept: what was read in them stays, as far as it says nothing of the words.

Other models cannot read those words again, so it is taken for every model's. A taxonomy of other stages keeps what was
said of the stages that it still has.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from touchline.warehouse.duckdb import writing
from touchline.warehouse.duckdb.warehouse import DuckWarehouse
from touchline.warehouse.schema import STORED_EVIDENCE

#: Beside the evidence: the stages that it tells of, in their order.
STAGES = "stages"
_SEP = "\n"


def freeze(warehouse: DuckWarehouse, ids: pa.Table, stages: Sequence[str]) -> pa.Table:
    """Return the evidence of some interactions as it is kept without their words.

    Args:
        warehouse: Where to look.
        ids: ``interaction_id``.
        stages: The taxonomy's stages.
    """
    columns = ", ".join(f'e."{name}"' for name in STORED_EVIDENCE.names if name not in ("theme", "phrases"))
    with warehouse.given(ids=ids):
        found = warehouse.fetch(
            f"SELECT {columns}, coalesce(m.theme, e.theme) AS theme, []::VARCHAR[] AS phrases"
            " FROM evidence e SEMI JOIN ids USING (interaction_id)"
            " LEFT JOIN mentions m USING (interaction_id, mention) ORDER BY e.interaction_id, e.mention"
        )
    table = found.select(STORED_EVIDENCE.names).cast(STORED_EVIDENCE)
    return table.append_column(STAGES, pa.repeat(pa.scalar(_SEP.join(stages)), table.num_rows))


def keep(warehouse: DuckWarehouse, rows: pa.Table, stages: Sequence[str], model: str, *, position: int) -> None:
    """Commit frozen evidence of interactions whose words are gone, and the journal position.

    Args:
        warehouse: Where to write.
        rows: From `freeze`.
        stages: The stages of the taxonomy now.
        model: What reads now.
        position: The journal offset that they are from.
    """
    with warehouse.given(said=rows.select(["interaction_id"])):
        wanted = warehouse.fetch(
            "SELECT DISTINCT interaction_id FROM said SEMI JOIN"
            " (SELECT interaction_id FROM stored WHERE text IS NULL) USING (interaction_id)"
            " ANTI JOIN evidence USING (interaction_id)"
        )["interaction_id"]
    import pyarrow.compute as pc

    fresh = rows.filter(pc.is_in(rows["interaction_id"], wanted.combine_chunks()))
    parts = [STORED_EVIDENCE.empty_table()]
    for before in fresh[STAGES].unique().to_pylist():
        mine = fresh.filter(pc.equal(fresh[STAGES], before)).select(STORED_EVIDENCE.names)
        parts.append(_as_now(mine, before.split(_SEP), stages, model))
    table = pa.concat_tables(parts)
    with warehouse.transaction(), warehouse.given(said=table):
        warehouse.execute("INSERT INTO evidence BY NAME SELECT * FROM said")
        warehouse.execute(
            "INSERT INTO dirty SELECT DISTINCT customer_key FROM interactions SEMI JOIN said USING (interaction_id)"
        )
        warehouse.remember(position=position, rows=writing.rows(warehouse))


def carry_over(warehouse: DuckWarehouse, stages: Sequence[str], model: str) -> None:
    """Let the evidence of words that are gone be that of the model in use, in its stages.

    Args:
        warehouse: Where to write.
        stages: The stages of the taxonomy now.
        model: What reads now.
    """
    before = (warehouse.meta("stages") or _SEP.join(stages)).split(_SEP)
    others = "SELECT count(*) FROM (SELECT 1 FROM evidence WHERE model <> $model LIMIT 1)"
    sql = (
        "SELECT e.* FROM evidence e SEMI JOIN (SELECT interaction_id FROM stored WHERE text IS NULL)"
        " USING (interaction_id) WHERE model <> $model"
    )
    old = warehouse.fetch(sql, model=model) if warehouse.value(others, model=model) else STORED_EVIDENCE.empty_table()
    if not old.num_rows:
        if warehouse.meta("stages") != _SEP.join(stages):
            warehouse.remember(stages=_SEP.join(stages))
        return
    table = _as_now(old.select(STORED_EVIDENCE.names).cast(STORED_EVIDENCE), before, stages, model)
    with warehouse.transaction(), warehouse.given(said=table):
        warehouse.execute("DELETE FROM evidence WHERE interaction_id IN (SELECT interaction_id FROM said)")
        warehouse.execute("INSERT INTO evidence BY NAME SELECT * FROM said")
        warehouse.remember(stages=_SEP.join(stages), rows=writing.rows(warehouse))


def _as_now(table: pa.Table, before: Sequence[str], stages: Sequence[str], model: str) -> pa.Table:
    at = table.schema.get_field_index("stage_evidence")
    if list(before) != list(stages):
        place = {stage: number for number, stage in enumerate(before)}
        moved = [
            [said[place[stage]] if stage in place else min(said) for stage in stages]
            for said in table["stage_evidence"].to_pylist()
        ]
        table = table.set_column(at, table.schema.field(at), pa.array(moved, table.schema.field(at).type))
    named = table.schema.get_field_index("model")
    column = pa.repeat(pa.scalar(model, pa.string()), table.num_rows)
    return table.set_column(named, table.schema.field(named), column)
