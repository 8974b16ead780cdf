"""``python -m rnnspec``: the command of the conformance suite, where it is installed."""

from __future__ import annotations

import importlib
import sys


def main() -> int:
    """Run the command ``rnnspec``: its exit status."""
    try:
        command = importlib.import_module("rnnspec_conformance.cli")
    except ModuleNotFoundError as error:
        print(f"rnnspec: wanted the conformance suite, pip install rnnspec, got: {error}", file=sys.stderr)
        return 4
    status: int = command.main()
    return status


if __name__ == "__main__":
    sys.exit(main())
