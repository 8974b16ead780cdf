"""What can be said of a judging, declared once: ``rnnspec validate --cases all`` is ``pytest --rnn-cases all``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnspec_conformance.defaults import DEFAULT_PRECISIONS, DRAW_S, DRAWS, SEED, SELECTIONS, TRIAL_S


@dataclass(frozen=True, kw_only=True)
class Option:
    """An option: its names without dashes, its help, and what `argparse` wants beside them."""

    name: str
    help: str
    alias: str | None = None
    how: Mapping[str, Any] = field(default_factory=dict)

    def declare(self, add: Callable[..., Any], prefix: str) -> None:
        """Add the option to a parser, behind `prefix`."""
        names = [self.name] if self.alias is None else [self.name, self.alias]
        add(*(f"--{prefix}{name}" for name in names), help=self.help, **self.how)


OPTIONS = (
    Option(name="device", help="cpu (default) or cuda", how={"metavar": "DEVICE", "default": "cpu"}),
    Option(
        name="precision",
        alias="dtype",
        help=f"precisions, separated by commas (default {','.join(DEFAULT_PRECISIONS)})",
        how={"metavar": "LIST"},
    ),
    Option(name="mode", help="modes of the adapter, separated by commas (default: all)", how={"metavar": "LIST"}),
    Option(
        name="cases",
        help="the selection of cases (default: default)",
        how={"default": "default", "choices": SELECTIONS},
    ),
    Option(
        name="case",
        help="only these cases; may be repeated",
        how={"metavar": "PATTERN", "action": "append", "default": []},
    ),
    Option(name="shard", help="only part K of N parts of the trials", how={"metavar": "K/N"}),
    Option(name="isolate", help="judge every trial in a process that may crash or hang", how={"action": "store_true"}),
    Option(
        name="time-limit", help=f"what a trial may take, isolated (default {TRIAL_S:g})", how={"metavar": "SECONDS"}
    ),
    Option(name="memory-limit", help="what that process may hold, isolated (default: all)", how={"metavar": "MIB"}),
    Option(
        name="no-cache",
        help="compute every expectation anew (they are kept in RNNSPEC_CACHE, by default the user's folder of caches)",
        how={"action": "store_true"},
    ),
    Option(
        name="deviations",
        help="recorded deviations (default: those packaged)",
        how={"metavar": "FILE", "type": Path},
    ),
    Option(
        name="draws",
        help=f"problems drawn after the cases (default: {DRAWS}, or what {DRAW_S:g} s allow; none with --case)",
        how={"metavar": "N"},
    ),
    Option(name="draw-time", help="seconds after which no more are drawn", how={"metavar": "SECONDS"}),
    Option(name="seed", help=f"of the draws (default {SEED})", how={"metavar": "S"}),
    Option(
        name="results",
        help="write the results there, row by row as they come; what is a part of a run is named as that",
        how={"metavar": "FOLDER", "type": Path},
    ),
    Option(
        name="resume",
        help="judge only what a run into the folder of results has left when it was ended",
        how={"action": "store_true"},
    ),
)


def for_pytest(given: argparse.Namespace) -> Iterator[str]:
    """What was given to the command, as arguments of pytest."""
    for option in OPTIONS:
        value = getattr(given, option.name.replace("-", "_"))
        if value is True:
            yield f"--rnn-{option.name}"
        elif isinstance(value, list):
            for one in value:
                yield from (f"--rnn-{option.name}", one)
        elif value not in (None, False):
            yield from (f"--rnn-{option.name}", str(value))
