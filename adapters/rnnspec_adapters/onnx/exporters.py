"""What the adapters share that export layers of a framework to models of ONNX."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator

LOGGERS = ("tf2onnx", "torch.onnx", "tensorflow")
"""Where exporters say what they say."""

MOST_STEPS = 100
"""Of a layer that is written out step by step; exporting thousands takes hours."""


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Without warnings, and without what exporters say below an error: of progress, age, and what is not there."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
