"""Importing the adapters imports no framework, and nothing that builds on them."""

from __future__ import annotations

import subprocess
import sys

import pytest

FRAMEWORKS = {"equinox", "flax", "haiku", "jax", "keras", "onnx", "onnxruntime", "tensorflow", "torch"}
ABOVE = {"rnnspec_conformance", "pytest"}

PROGRAM = """
import sys
import {module}
print(*sorted({{name.split(".")[0] for name in sys.modules}}))
"""


def imported_by(module: str) -> set[str]:
    """The packages that are there after `module` was imported in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module)], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "rnnspec_adapters",
        "rnnspec_adapters.conversion_code",
        "rnnspec_adapters.cudnn_layouts",
        "rnnspec_adapters.base",
        "rnnspec_adapters.declarations",
        "rnnspec_adapters.jax.jax_layouts",
        "rnnspec_adapters.keras.keras_layouts",
        "rnnspec_adapters.known_layouts",
        "rnnspec_adapters.onnx.onnx_layouts",
        "rnnspec_adapters.onnx.operators",
        "rnnspec_adapters.plan",
        "rnnspec_adapters.reference",
        "rnnspec_adapters.registry",
        "rnnspec_adapters.tensorflow.tensorflow_layouts",
        "rnnspec_adapters.torch.torch_layouts",
    ],
)
def test_no_framework_is_imported(module: str) -> None:
    imported = imported_by(module)
    assert "rnnspec" in imported
    assert imported & FRAMEWORKS == set()


def test_the_adapters_do_not_import_the_suite() -> None:
    assert imported_by("rnnspec_adapters.reference") & ABOVE == set()


def test_listing_the_adapters_imports_no_framework() -> None:
    program = "from rnnspec_adapters import known_adapters; known_adapters(); import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & FRAMEWORKS == set()
