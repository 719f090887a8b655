"""The texts that are shown again and again, kept: finding some among a million by their names takes 70 ms.

A text stays as it is until its customer is placed again (`touchline.warehouse.duckdb.rolled`), and then is forgotten.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import pyarrow as pa

if TYPE_CHECKING:
    from touchline.warehouse.duckdb.warehouse import DuckWarehouse

_MOST: Final = 20_000


class Texts:
    """The texts of one warehouse that were asked for last."""

    def __init__(self, warehouse: DuckWarehouse) -> None:
        self._warehouse = warehouse
        self._published = ""
        self._known: OrderedDict[str, tuple[int, str | None]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, wanted: pa.Table) -> Mapping[str, str | None]:
        """See `touchline.warehouse.base.Warehouse.texts`."""
        ids = dict(zip(wanted["interaction_id"].to_pylist(), wanted["customer_key"].to_pylist(), strict=True))
        with self._lock:
            if not self._brought_up():
                return self._fetched(ids)
            found = {name: self._known[name][1] for name in ids if name in self._known}
            missing = {name: customer for name, customer in ids.items() if name not in found}
            fresh = self._fetched(missing) if missing else {}
            self._known.update({name: (ids[name], text) for name, text in fresh.items()})
            for name in found:
                self._known.move_to_end(name)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return {**found, **fresh}

    def forget(self) -> None:
        """Throw all texts away."""
        with self._lock:
            self._known.clear()

    def _brought_up(self) -> bool:
        """Forget what may have changed; False where older data are asked about than are kept."""
        now = self._warehouse.published
        if now != self._published:
            concerned = self._warehouse.rolls.between(self._published, now)
            if concerned is None:
                if self._warehouse.rolls.between(now, self._published) is not None:
                    return False
                self._known.clear()
            else:
                changed = set(concerned.to_pylist())
                for name in [name for name, (customer, _) in self._known.items() if customer in changed]:
                    del self._known[name]
            self._published = now
        return True

    def _fetched(self, ids: Mapping[str, int]) -> dict[str, str | None]:
        rows = pa.table(
            {"interaction_id": pa.array(ids, pa.string()), "customer_key": pa.array(ids.values(), pa.int64())}
        )
        with self._warehouse.given(wanted=rows):
            found = self._warehouse.fetch(
                "SELECT interaction_id, text FROM interactions WHERE customer_key IN (SELECT customer_key FROM wanted)"
                " AND interaction_id IN (SELECT interaction_id FROM wanted)"
            )
        return dict(zip(found["interaction_id"].to_pylist(), found["text"].to_pylist(), strict=True))
