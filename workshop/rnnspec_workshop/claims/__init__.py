"""What lectures claim about these cells, as properties that are computed: ``docs/claims.md``.

``CLAIMS["C3"].numbers`` are the numbers of a claim; ``python -m rnnspec_workshop claims --results FOLDER`` computes
all of them and writes ``claims.json``.
"""

from rnnspec_workshop.claims.claim import Claim, Findings, Series
from rnnspec_workshop.claims.claim_list import CLAIMS

__all__ = ["CLAIMS", "Claim", "Findings", "Series"]
