"""The embedded warehouse: DuckDB in one file."""

from touchline.warehouse.duckdb.warehouse import DuckWarehouse

__all__ = ["DuckWarehouse"]
