"""Metrics of one's own: declared in ``metrics.yaml``, measured like the others."""
