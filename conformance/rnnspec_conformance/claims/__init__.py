"""What lectures claim about these cells, as properties that are computed: ``docs/claims.md``.

``CLAIMS["C3"].numbers`` are the numbers of a claim; ``python -m rnnspec_conformance.claims --results FOLDER`` computes
all of them and writes ``claims.json``.
"""

from rnnspec_conformance.claims.claim import Claim, Findings, Series
from rnnspec_conformance.claims.registry import CLAIMS

__all__ = ["CLAIMS", "Claim", "Findings", "Series"]
