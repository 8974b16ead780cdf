"""``python -m rnnspec_conformance``: the command ``rnnspec``."""

from __future__ import annotations

import sys

from rnnspec_conformance.cli import main

if __name__ == "__main__":
    sys.exit(main())
