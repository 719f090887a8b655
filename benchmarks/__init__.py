"""Speed, measured side by side with DuckDB's own in one run. ``python -m benchmarks`` prints the table."""
