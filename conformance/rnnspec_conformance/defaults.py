"""What is taken where nothing is asked for. Nothing is imported here: every run of pytest needs these numbers."""

from __future__ import annotations

SELECTIONS = ("default", "all", "forward")
"""The names of `rnnspec_conformance.cases.SELECTIONS`."""

DEFAULT_PRECISIONS = ("float64", "float32")
"""The precisions in which an adapter is judged where none is asked for, unless it lists its own."""

DEFAULT_DEVICES = ("cpu",)
"""The devices of an adapter that declares none."""

TRIAL_S = 60.0
"""The seconds that an isolated trial may take."""

DRAWS = 300
"""How many draws ``rnnspec validate`` makes, unless it is told."""

DRAW_S = 60.0
"""The seconds after which it makes no more of them, unless it is told how many to make."""

SEED = 20260801
"""Of the draws of ``rnnspec validate``."""
