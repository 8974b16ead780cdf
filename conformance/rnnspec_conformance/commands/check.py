"""``rnnspec check``: judge a function, and say under which other convention it is right."""

from __future__ import annotations

import argparse
import sys

from rnnspec import PRECISIONS
from rnnspec_adapters import AdapterError, find_adapter
from rnnspec_adapters.functions import FunctionAdapter
from rnnspec_adapters.named_functions import add_words, spelled_out
from rnnspec_adapters.registry import FUNCTION
from rnnspec_conformance.checking import hint_of, selection_of
from rnnspec_conformance.commands import validate
from rnnspec_conformance.commands.judged import USAGE_ERROR
from rnnspec_conformance.validate_options import OPTIONS


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command: how the function is called, and those of ``rnnspec validate``."""
    add_words(parser)
    for option in OPTIONS:
        option.declare(parser.add_argument, "")
    parser.add_argument("--jobs", metavar="N", help="judge in N processes side by side, or auto (wants pytest-xdist)")
    parser.set_defaults(program=None, problem=None, cases=None)


def run(given: argparse.Namespace) -> int:
    """Judge the function as ``rnnspec validate`` does: its exit status."""
    given.adapter = FUNCTION + spelled_out(given)
    try:
        adapter = find_adapter(given.adapter)
    except AdapterError as error:
        print(f"rnnspec check: {error}", file=sys.stderr)
        return USAGE_ERROR
    assert issubclass(adapter, FunctionAdapter)
    given.cases = given.cases or selection_of(adapter)
    status = validate.run(given)
    precision = (given.precision or "float64").split(",")[0].strip()
    hint = hint_of(adapter, precision) if status == 1 and precision in PRECISIONS else ""
    if hint:
        print(hint)
    return status
