"""Attribution: what each channel contributed to conversions, revenue, or a change of the score.

`asked.py` is the question, `paths.py` finds the paths, `credit.py` holds the models that share out each path by
itself, `markov.py` the chain, `counting.py` the kernel, `figure.py` the answer.
"""

from touchline.sequences.attribution.asked import DIRECT, MODELS, Asked
from touchline.sequences.attribution.figure import attribution

__all__ = ["DIRECT", "MODELS", "Asked", "attribution"]
