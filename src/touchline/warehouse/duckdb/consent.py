"""Who agreed to what, and whose data are therefore withheld from which purpose.

`consents` is what the journal says, by the key of each reference. `withheld` follows from it, from who is who, and from
what the workspace asks for first; the view of the interactions leaves out whom analysis is withheld from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from touchline.vocabulary.schemas import AGREEMENTS
from touchline.warehouse.duckdb import writing
from touchline.warehouse.duckdb.warehouse import DuckWarehouse

WITHHELD: Final = pa.schema([("customer_key", pa.int64()), ("purpose", pa.string())])

#: What each person last said of each purpose.
_SAID: Final = """
SELECT coalesce(person_key, consents.customer_key) AS person, purpose,
       arg_max(granted, struct_pack(a := stated, b := ordinal)) AS yes
FROM consents LEFT JOIN identity ON identity.customer_key = consents.customer_key
GROUP BY ALL
"""
#: Every key of a reference that we know of, with the key of the person.
_KEYS: Final = """
SELECT customer_key, coalesce(person_key, customer_key) AS person FROM (
    SELECT DISTINCT customer_key FROM stored WHERE customer_ref IS NOT NULL
    UNION SELECT customer_key FROM consents
    UNION SELECT customer_key FROM identity
    UNION SELECT person_key FROM identity
) LEFT JOIN identity USING (customer_key)
"""
#: Where a customer's spoken words may not be used.
_CALLS: Final = "kind = 'call'"


def say(warehouse: DuckWarehouse, said: pa.Table, *, position: int) -> None:
    """Commit what people agreed to, and the journal position; `settle` puts it into effect.

    Args:
        warehouse: Where to write.
        said: ``customer_key``, ``purpose``, ``granted``, ``stated`` (UTC without a zone), in the order of the journal.
        position: The journal offset that they are from.
    """
    numbered = said.append_column("ordinal", pa.array(position * 1_000_000 + np.arange(said.num_rows)))
    with warehouse.transaction(), warehouse.given(fresh=numbered):
        warehouse.execute("INSERT INTO consents BY NAME SELECT * FROM fresh")
        warehouse.remember(position=position)


def say_afresh(warehouse: DuckWarehouse, said: list[tuple[int, pa.Table]], *, position: int) -> None:
    """Commit all that people agreed to in place of what is there: `say` for tables of several offsets."""
    with warehouse.transaction():
        warehouse.execute("DELETE FROM consents")
        for offset, table in said:
            numbered = table.append_column("ordinal", pa.array(offset * 1_000_000 + np.arange(table.num_rows)))
            with warehouse.given(fresh=numbered):
                warehouse.execute("INSERT INTO consents BY NAME SELECT * FROM fresh")
        warehouse.remember(position=position)


def unread(warehouse: DuckWarehouse, run: pa.Table, ask_first: Collection[str]) -> npt.NDArray[np.bool_]:
    """Tell of which rows of a run the words may not be read, shape (rows,).

    Args:
        warehouse: Knows who agreed to what.
        run: Schema `STORED`.
        ask_first: The purposes for which nothing is done without a yes.
    """
    keys = pa.table({"customer_key": run["customer_key"].unique()})
    with warehouse.given(coming=keys):
        held = warehouse.fetch(
            f"WITH said AS ({_SAID}), coming_ AS (SELECT coming.customer_key, coalesce(person_key, coming.customer_key)"
            " AS person FROM coming LEFT JOIN identity ON identity.customer_key = coming.customer_key)"
            " SELECT customer_key, asked.purpose AS purpose FROM coming_ CROSS JOIN"
            f" (SELECT unnest([{_quoted(AGREEMENTS)}]::VARCHAR[]) AS purpose) asked"
            " LEFT JOIN said ON said.person = coming_.person AND said.purpose = asked.purpose"
            f" WHERE NOT coalesce(yes, asked.purpose NOT IN ({_quoted(ask_first)}))"
        )
    found = np.zeros(run.num_rows, dtype=np.bool_)
    known = run["customer_ref"].is_valid().to_numpy()
    for purpose, also in (("analysis", None), ("recording", "call")):
        mine = held.filter(pc.equal(held["purpose"], purpose))["customer_key"].combine_chunks()
        mask = known & pc.is_in(run["customer_key"], mine).to_numpy()
        found |= mask if also is None else mask & pc.equal(run["kind"], also).to_numpy()
    return found


def later(warehouse: DuckWarehouse, rows: pa.Table) -> None:
    """Remember whose words are to be read when they may be; before the rows are stored, so that none is missed."""
    with warehouse.transaction(), warehouse.given(silent=rows.select(["interaction_id", "text", "author"])):
        warehouse.execute(
            "INSERT INTO unread SELECT interaction_id FROM silent WHERE text IS NOT NULL AND author = 'customer'"
        )


def _quoted(names: Collection[str]) -> str:
    return ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(names)) or "''"


def settle(warehouse: DuckWarehouse, ask_first: Collection[str], read: Callable[[pa.Table], pa.Table]) -> bool:
    """Bring what is withheld up to what people agreed to; return whether anything has changed.

    Evidence of words that may no longer be read goes; words that may be read again are. The customers concerned wait
    to be placed anew.

    Args:
        warehouse: Where to write.
        ask_first: The purposes for which nothing is done without a yes.
        read: Returns the evidence of interactions, schema `STORED_EVIDENCE`.
    """
    if not ask_first and not int(
        warehouse.value("SELECT (SELECT count(*) FROM consents) + (SELECT count(*) FROM withheld)")
    ):
        return _read_waiting(warehouse, read)
    wanted = warehouse.fetch(
        f"WITH said AS ({_SAID}), keys AS ({_KEYS})"
        " SELECT customer_key, asked.purpose AS purpose FROM keys CROSS JOIN"
        f" (SELECT unnest([{_quoted(AGREEMENTS)}]::VARCHAR[]) AS purpose) asked"
        " LEFT JOIN said ON said.person = keys.person AND said.purpose = asked.purpose"
        f" WHERE NOT coalesce(yes, asked.purpose NOT IN ({_quoted(ask_first)}))"
        " ORDER BY customer_key, purpose"
    )
    with warehouse.given(wanted=wanted):
        changed = warehouse.fetch("(FROM wanted EXCEPT FROM withheld) UNION ALL (FROM withheld EXCEPT FROM wanted)")
        if not changed.num_rows:
            return _read_waiting(warehouse, read)
        with warehouse.transaction(), warehouse.given(changed=changed):
            warehouse.execute("DELETE FROM withheld")
            warehouse.execute("INSERT INTO withheld SELECT * FROM wanted")
            warehouse.execute(
                "INSERT INTO dirty SELECT DISTINCT coalesce(person_key, changed.customer_key) FROM changed"
                " LEFT JOIN identity ON identity.customer_key = changed.customer_key"
            )
            silent = (
                f"customer_key IN (SELECT customer_key FROM withheld WHERE purpose = 'analysis') OR {_CALLS}"
                " AND customer_key IN (SELECT customer_key FROM withheld WHERE purpose = 'recording')"
            )
            warehouse.execute(
                f"DELETE FROM evidence WHERE interaction_id IN (SELECT interaction_id FROM stored WHERE {silent})"
            )
            warehouse.execute(
                "INSERT INTO unread SELECT interaction_id FROM stored SEMI JOIN changed USING (customer_key)"
                f" WHERE text IS NOT NULL AND author = 'customer' AND NOT ({silent})"
                " AND interaction_id NOT IN (SELECT interaction_id FROM evidence)"
            )
            warehouse.remember(rows=writing.rows(warehouse))
    _read_waiting(warehouse, read)
    return True


def _read_waiting(warehouse: DuckWarehouse, read: Callable[[pa.Table], pa.Table]) -> bool:
    """Read the texts that wait to be read; return whether there were any."""
    waiting = warehouse.fetch(
        "SELECT interaction_id, text, language, author, customer_key FROM interactions"
        " WHERE interaction_id IN (SELECT interaction_id FROM unread) AND text IS NOT NULL"
    )
    if not waiting.num_rows:
        return False
    evidence = read(waiting)
    with (
        warehouse.transaction(),
        warehouse.given(said=evidence, heard=waiting.select(["interaction_id", "customer_key"])),
    ):
        warehouse.execute("DELETE FROM evidence WHERE interaction_id IN (SELECT interaction_id FROM heard)")
        warehouse.execute("INSERT INTO evidence BY NAME SELECT * FROM said")
        warehouse.execute("INSERT INTO dirty SELECT DISTINCT customer_key FROM heard")
        warehouse.execute("DELETE FROM unread WHERE interaction_id IN (SELECT interaction_id FROM heard)")
        warehouse.remember(rows=writing.rows(warehouse))
    return True
