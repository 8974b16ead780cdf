"""How public objects show themselves: on one line, arrays by their shapes, and without what is as by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np


class Readable:
    """A dataclass, with ``repr=False``, that shows itself so."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={shown(value)}' for name, value in self.to_show().items())})"

    def to_show(self) -> dict[str, object]:
        """The fields that are not as by default."""
        kept: Any = self
        values = [(field, getattr(self, field.name)) for field in fields(kept) if field.repr]
        return {f.name: value for f, value in values if isinstance(value, np.ndarray) or value != f.default}


def shown(value: object) -> str:
    """An array as its dtype and shape, many arrays as the names of the first and the last; otherwise `repr`."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, tuple):
        return f"({', '.join(map(shown, value))}{',' * (len(value) == 1)})"
    if isinstance(value, Mapping) and len(value) > 5:
        first, *_, last = value
        return f"{type(value).__name__}({first} .. {last})"
    return np.dtype(value).name if isinstance(value, type) else repr(value)
