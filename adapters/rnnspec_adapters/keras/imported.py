"""Keras, on the backend that an adapter wants.

Keras takes its backend from the environment when it is first imported, and keeps it until the process ends.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from rnnspec_adapters.contract import NOT_RUN

VARIABLE = "KERAS_BACKEND"


def keras_on(backend: str) -> Any:
    """The module `keras`: on `backend` where nothing has imported it before. None where it is not installed."""
    if "keras" in sys.modules:
        return sys.modules["keras"]
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = backend
    try:
        import keras  # noqa: PLC0415 - the backend has to be chosen first
    except ImportError:
        return None
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
    return keras


def refusal_of_backend(keras: Any, backend: str) -> str | None:
    """Why `keras` cannot be used where `backend` is wanted."""
    if keras is None:
        return f"{NOT_RUN}keras is not installed"
    active = keras.backend.backend()
    if active != backend:
        return f"{NOT_RUN}keras has one backend in a process: wanted {backend}, but it was imported with {active}"
    return None
