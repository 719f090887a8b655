"""How the shipped weights are made and judged: ``make train``, ``make evaluate``."""
