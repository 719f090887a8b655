"""How right we are: labelled texts against what was read of them.

`metrics` and `calibration` are arithmetic over arrays of codes; `labels` reads a table of labels, `judging` compares
one kind of label, `baselines` gives what to beat, and `report` puts it together.
"""

from touchline.evaluation.labels import Labelled, Labels, read_labels
from touchline.evaluation.report import Evaluation, evaluate

__all__ = ["Evaluation", "Labelled", "Labels", "evaluate", "read_labels"]
