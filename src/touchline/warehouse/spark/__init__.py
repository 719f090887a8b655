"""The warehouse on a cluster: partitioned Parquet that Apache Spark asks.

`manifest.py` says which files make a version, `files.py` reads and writes them, `session.py` finds the cluster,
`warehouse.py` answers questions, `journeys.py` and `kernels.py` run sequence kernels, `whole.py` hands whole customers
to any function, `copying.py` moves tables from DuckDB here and back.
"""
