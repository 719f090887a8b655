"""The journey index: every identified customer's interactions in order, as typed arrays that kernels run over.

`journeys.py` is the data, `build.py` makes it from rows, `store.py` keeps it on disk, `frames.py` makes it from any
table of (customer, event, time), `restrict.py` filters it.
"""

from touchline.warehouse.index.journeys import Column, Journeys

__all__ = ["Column", "Journeys"]
