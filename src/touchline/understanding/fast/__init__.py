"""The default reader: word rows added up by a sparse product, a small layer on top, calibrated heads."""
