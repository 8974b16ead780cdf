"""Which framework each adapter of this distribution belongs to."""

from __future__ import annotations

import tomllib
from pathlib import Path


def registered(root: Path) -> dict[str, str]:
    """The adapters of this distribution, from its pyproject.toml: name to family."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    entries: dict[str, str] = project["entry-points"]["rnnspec.adapters"]
    return {name: value.split(":")[0].split(".")[1] for name, value in sorted(entries.items())}
