"""Results of a run: rows, files, agreement of two runs, and shards made one again.

A file holds one adapter on one device. It is replaced only when something in it has changed: a verdict, a version, a
case, or a measured figure by more than a factor of two. Figures in the last digits differ between machines, and a file
that changed with each of them would say nothing. ``results.schema.json`` beside this package describes the file.
"""

from rnnspec_conformance.results.files import ResultsError, file_name, load, write
from rnnspec_conformance.results.noise import agree, differences
from rnnspec_conformance.results.run import SCHEMA, VERDICTS, WRONG, Row, Run
from rnnspec_conformance.results.shards import merge

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
