"""What customers did, in order: funnels, paths, time in stages, cohorts, attribution, issues, clusters.

Every question has a *kernel*, a pure function from a slice of whole customers to counts that can be added, and a
function that turns the sum into a `Figure`. `journey.py` is where they are asked.
"""

from touchline.sequences.journey import Journey

__all__ = ["Journey"]
