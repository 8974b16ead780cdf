"""The kill matrix: every mutant against every case, in float64 and in float32, and against the node tests of ONNX.

``python -m rnnspec_conformance.kill_matrix --results FOLDER`` computes it, prints it and writes it.
"""

from rnnspec_conformance.kill_matrix.classes import CLASSES, MutantClass, class_of
from rnnspec_conformance.kill_matrix.judging import JUDGED_IN, MARGIN, Claim, Kills, claims, kills, matrix
from rnnspec_conformance.kill_matrix.record import summary

__all__ = [
    "CLASSES",
    "JUDGED_IN",
    "MARGIN",
    "Claim",
    "Kills",
    "MutantClass",
    "claims",
    "class_of",
    "kills",
    "matrix",
    "summary",
]
