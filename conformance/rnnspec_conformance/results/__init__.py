"""Results of a run: rows, files, what is noise, shards made one again, and what the catalogue says of a row.

A file holds what was measured of one adapter on one device. A row of it is replaced only where it has changed beyond
the noise of machines (`noise`). ``results.schema.json`` beside this package describes the file.
"""

from rnnspec_conformance.results.catalogued import UNKNOWN, CataloguedRow, catalogued, warning
from rnnspec_conformance.results.file_names import file_name
from rnnspec_conformance.results.files import ResultsError, load, write
from rnnspec_conformance.results.journal import Journal, Kept
from rnnspec_conformance.results.noise import differences, kept
from rnnspec_conformance.results.run import SCHEMA, VERDICTS, WRONG, Row, Run
from rnnspec_conformance.results.shards import merge

__all__ = [
    "SCHEMA",
    "UNKNOWN",
    "VERDICTS",
    "WRONG",
    "CataloguedRow",
    "Journal",
    "Kept",
    "ResultsError",
    "Row",
    "Run",
    "catalogued",
    "differences",
    "file_name",
    "kept",
    "load",
    "merge",
    "warning",
    "write",
]
