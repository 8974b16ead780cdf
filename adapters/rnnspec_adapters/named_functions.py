"""Functions by name, with the words that say how they are called: ``my.module:lstm --like torch.nn.LSTM``."""

from __future__ import annotations

import argparse
import importlib
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from rnnspec_adapters.functions import FunctionAdapter


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def add_words(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say how a function is called."""
    parser.add_argument("function", metavar="MODULE:FUNCTION", help="the function, in a module that can be imported")
    parser.add_argument(
        "--like", required=True, metavar="LAYER", help="as torch.nn.LSTM, or 'LSTM: i f g o, rows, one bias'"
    )
    parser.add_argument("--cell", metavar="CELL", help="of several cells that the layer computes")
    parser.add_argument("--takes", metavar="WORDS", help="its arguments, as 'x h c W R b'")
    parser.add_argument("--gives", metavar="WORDS", help="what it returns, as 'y h c'")
    parser.add_argument("--batch-first", action="store_true", help="x and y are [B, T, ..]")
    parser.add_argument("--arrays", metavar="KIND", help="numpy, torch, jax or tensorflow (default: tried)")


def spelled_out(given: argparse.Namespace) -> str:
    """The words of `add_words`, as `named_function` takes them."""
    words = [given.function]
    for name in ("like", "cell", "takes", "gives", "arrays"):
        value = getattr(given, name)
        words += [f"--{name}", value] if value is not None else []
    return shlex.join([*words, *(["--batch-first"] if given.batch_first else [])])


def named_function(words: str, imported: Callable[[str, str], Any]) -> type[FunctionAdapter]:
    """The adapter of a function.

    Parameters
    ----------
    imported
        What gives the function at ``module:function``; its second argument is what was asked for.

    Raises
    ------
    ValueError
        When the words mean nothing.
    """
    parser = _Parser(add_help=False, exit_on_error=False)
    add_words(parser)
    try:
        given = parser.parse_args(shlex.split(words))
    except argparse.ArgumentError as error:
        raise ValueError(str(error)) from error
    functions = importlib.import_module("rnnspec_adapters.functions")  # it wants all layouts: not until it is asked for
    made: type[FunctionAdapter] = functions.from_function(
        imported(given.function, given.function),
        like=given.like,
        cell=given.cell,
        takes=given.takes,
        gives=given.gives,
        batch_first=given.batch_first,
        arrays=given.arrays,
    )
    return made
