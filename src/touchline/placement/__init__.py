"""From evidence to the journey: a pure kernel over whole customers, in vectorised NumPy.

Given every interaction of some customers and the evidence of their words, `place` finds the position that each
customer held, the conversations, the stage that every mention is about, the raw answers with their signs, and the
touches. Rows may come in any order; what comes out depends on the set of rows alone, so that any order of arrival
ends in the same warehouse (DESIGN rule 5).
"""

from touchline.placement.about import SURE, THRESHOLD, About, weigh
from touchline.placement.context import judge
from touchline.placement.kernel import Placed, place
from touchline.placement.rows import READS

__all__ = ["READS", "SURE", "THRESHOLD", "About", "Placed", "judge", "place", "weigh"]
