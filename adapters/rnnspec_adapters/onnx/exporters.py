"""Exporters without what they say."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def silent(*loggers: str) -> Iterator[None]:
    """Without warnings, and without what these loggers say below an error: of progress, age, and what is not there."""
    named = [logging.getLogger(name) for name in loggers]
    levels = [logger.level for logger in named]
    try:
        for logger in named:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(named, levels, strict=True):
            logger.setLevel(level)
