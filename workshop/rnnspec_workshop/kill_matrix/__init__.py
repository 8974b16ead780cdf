"""The kill matrix: every mutant against every case, in float64 and in float32, and against the node tests of ONNX.

``python -m rnnspec_workshop kill-matrix --results FOLDER`` computes it and writes it.
"""

from rnnspec_workshop.kill_matrix.classes import CLASSES, MutantClass, class_of
from rnnspec_workshop.kill_matrix.kill_matrix_json import summary
from rnnspec_workshop.kill_matrix.killing import JUDGED_IN, MARGIN, Catch, Kills, catches_of, kills, matrix

__all__ = [
    "CLASSES",
    "JUDGED_IN",
    "MARGIN",
    "Catch",
    "Kills",
    "MutantClass",
    "catches_of",
    "class_of",
    "kills",
    "matrix",
    "summary",
]
