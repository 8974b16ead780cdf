"""What is said of which mistake, as it is written to ``diagnosed.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping

import rnnspec
from rnnspec_workshop.diagnosed.measuring import Diagnosed
from rnnspec_workshop.diagnosed.mistakes import SLIPS

SCHEMA = 1
FILE = "diagnosed.json"


def text_of(found: Mapping[str, Diagnosed]) -> str:
    """The file: a line for each mistake, in their order."""
    head = {"schema": SCHEMA, "specification": rnnspec.__version__}
    lines = [
        json.dumps(
            {
                "id": slip.id,
                "sentence": slip.sentence,
                "right": found[slip.id].is_right,
                "first": found[slip.id].first,
                "others": [" ".join(line.split()) for line in found[slip.id].others],
            }
        )
        for slip in SLIPS
    ]
    return json.dumps(head, indent=2)[:-2] + ',\n  "mistakes": [\n    ' + ",\n    ".join(lines) + "\n  ]\n}\n"
