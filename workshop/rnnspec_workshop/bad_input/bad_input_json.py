"""What came of all probes of a framework, as it is written to ``bad-input-FRAMEWORK.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rnnspec_workshop.bad_input.trying import Finding
from rnnspec_workshop.bad_input.wrong_calls import MISTAKES

SCHEMA = 1


def dump(framework: str, versions: Mapping[str, str], findings: Sequence[Finding]) -> str:
    """The file: one line for each probe, by layer, then in the order of `MISTAKES`."""
    order = list(MISTAKES)
    layers = list(dict.fromkeys(finding.layer for finding in findings))
    ordered = sorted(findings, key=lambda finding: (layers.index(finding.layer), order.index(finding.mistake)))
    head = {"schema": SCHEMA, "bad_input": framework, "provenance": dict(versions)}
    lines = ",\n".join("    " + json.dumps(asdict(finding), ensure_ascii=False) for finding in ordered)
    return json.dumps(head, indent=2, ensure_ascii=False)[:-2] + f',\n  "findings": [\n{lines}\n  ]\n}}\n'
