"""Keras has one backend in a process: its tests on the others run in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("keras", reason="keras is not installed")

PROGRAM = """
import keras
from rnnspec_adapters.keras.on_{wanted} import {kind}
from adapters.tests.problems import make_problem
from rnnspec import RNN
print({kind}(precision="float32").supports(make_problem([RNN()])).reason)
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_what_holds_on_tensorflow_holds_on_another_backend(backend: str) -> None:
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    tests = Path(__file__).with_name("test_keras_tensorflow_adapters.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout


def test_an_adapter_refuses_where_keras_was_imported_with_another_backend() -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("tensorflow", reason="tensorflow is not installed")
    root = Path(__file__).parents[2]
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM.format(wanted="torch", kind="KerasOnTorch")],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    reason = "not run: keras has one backend in a process: wanted torch, but it was imported with tensorflow"
    assert done.stdout.strip() == reason
