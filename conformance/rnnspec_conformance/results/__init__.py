"""Results of a run: rows, files, agreement of two runs, and shards made one again.

A file holds one adapter on one device. It is replaced only when something in it has changed: a verdict, a version, a
case, or a measured figure by more than a factor of two. Figures in the last digits differ between machines, and a file
that changed with each of them would say nothing. ``results.schema.json`` beside this package describes the file.
"""

from rnnspec_conformance.results.agreement import agree, differences
from rnnspec_conformance.results.files import ResultsError, file_name, load, write
from rnnspec_conformance.results.merging import merge
from rnnspec_conformance.results.record import SCHEMA, VERDICTS, WRONG, Row, Run

__all__ = [
    "SCHEMA",
    "VERDICTS",
    "WRONG",
    "ResultsError",
    "Row",
    "Run",
    "agree",
    "differences",
    "file_name",
    "load",
    "merge",
    "write",
]
