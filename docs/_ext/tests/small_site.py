"""A site of a few pages with results of its own, built by Sphinx with the extension."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from rnnspec_conformance.results import Row, Run, write

PYPROJECT = """
[project.entry-points."rnnspec.adapters"]
reference = "rnnspec_adapters.reference:ReferenceAdapter"
torch = "rnnspec_adapters.torch.torch_layers:TorchAdapter"
torch-cells = "rnnspec_adapters.torch.torch_cells:TorchCells"
onnxruntime = "rnnspec_adapters.onnx.runtime:OnnxRuntimeAdapter"
"""
RULE = """
:::{{rule}} {id} {title}
:since: 0.1.0

It **MUST** hold.
:::
"""
FINDING = '''"""The layer of ``torch`` does <b>what</b> it should not.

What is known of it: https://example.org/known, and no more.
"""

print("found")
'''
PAGES: Mapping[str, str] = {
    "docs/index": "# Index\n\n```{headline}\n```\n\n```{toctree}\n:glob:\n\n*\nrules/*\n../spec/*\n```\n",
    "docs/rules": "# Rules\n\n```{rule-index} RNN\n```\n",
    "docs/rules/rnn": "# The rules of RNN\n\n```{rule-traces} RNN\n```\n",
    "docs/results": "# Results\n\n```{results}\n```\n",
    "docs/conformance": "# Matrix\n\n```{conformance-matrix}\n```\n\n```{conformance-errors}\n```\n",
    "docs/findings": "# Findings\n\n```{findings}\n```\n",
    "docs/torch": "# Torch\n\n```{deviations} torch\n```\n\n```{layouts} torch\n```\n",
    "docs/cases": "# Cases\n",
    "docs/kill-matrix": "# Mutants\n",
    "docs/implementations": "# Layouts\n",
    "spec/rnn": "# Simple\n" + RULE.format(id="RNN-1", title="Old state") + RULE.format(id="RNN-2", title="New state"),
}
MUTANTS = {
    "schema": 1,
    "mutants": [
        {"id": "no-bias", "rule": "RNN-1", "sentence": "without a bias", "killed_by": {"float64": 3}},
        {"id": "old-state", "rule": "RNN-2", "sentence": "the old state", "killed_by": {"float64": 0}},
    ],
}


def row(case: str, verdict: str = "passed", **given: object) -> Row:
    """A row of a case of the simple layer, which says something about RNN-1 and RNN-2."""
    passed: dict[str, object] = {"ratio": 0.5, "error": 1e-16, "tolerance": 2e-16, "field": "y"}
    usual: dict[str, object] = {
        "precision": "float64",
        "mode": "first",
    }
    return Row(case=case, verdict=verdict, **usual | (passed if verdict == "passed" else {}) | given)  # type: ignore[arg-type]


def run(adapter: str, rows: Sequence[Row], *, selection: str = "default", shard: tuple[int, int] | None = None) -> Run:
    """A run of these rows on the CPU."""
    return Run(
        adapter=adapter,
        device="cpu",
        specification="0.1.0",
        provenance={"numpy": "2.0.0"},
        rows=rows,
        precisions=tuple(dict.fromkeys(row.precision for row in rows)),
        modes=tuple(dict.fromkeys(row.mode for row in rows)),
        selection=selection,
        shard=shard,
    )


def written(root: Path, runs: Sequence[Run], pages: Mapping[str, str] = PAGES) -> Path:
    """The sources of the site, in `root`."""
    files = {f"{name}.md": text for name, text in pages.items()}
    files |= {"pyproject.toml": PYPROJECT, "conformance/findings/torch_does_wrong.py": FINDING}
    files["conformance/results/mutants.json"] = json.dumps(MUTANTS)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    for made in runs:
        write(made, root / "conformance" / "results")
    return root


def built(root: Path, builder: str = "html") -> tuple[Path, str]:
    """Where the site is, and what Sphinx warned of."""
    warnings, target = io.StringIO(), root / "built" / builder
    settings = {
        "extensions": ["myst_parser", "sphinx.ext.autodoc", "rnnspec_docs"],
        "myst_enable_extensions": ["colon_fence"],
        "include_patterns": ["docs/**", "spec/**"],
        "root_doc": "docs/index",
        "html_theme": "furo",
        "bibtex_bibfiles": [],
    }
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            srcdir=root,
            confdir=None,
            outdir=target,
            doctreedir=root / "built" / "doctrees",
            buildername=builder,
            confoverrides=settings,
            status=None,
            warning=warnings,
        )
        app.build()
    return target, warnings.getvalue()


def page(root: Path) -> BeautifulSoup:
    """The first page of a site, which is built without a warning."""
    folder, warnings = built(root)
    assert warnings == ""
    return BeautifulSoup((folder / "docs" / "index.html").read_text(encoding="utf-8"), "html.parser")
