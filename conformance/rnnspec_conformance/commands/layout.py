"""``rnnspec layout``: how a layer stores its parameters, and how to carry them to another layer."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from typing import Any

from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

from rnnspec import Cell
from rnnspec_adapters.convention_cards import card, native_name
from rnnspec_adapters.conversion_code import code
from rnnspec_adapters.known_layouts import Shown, layers, of_own_convention, spelled
from rnnspec_conformance.commands.judged import USAGE_ERROR
from rnnspec_conformance.reports.layout_picture import picture

WORDS = (
    "The words that people search for: gate order (i f g o, icfo, ijfo), set_weights, load_state_dict, kernel and "
    "recurrent_kernel, weight_ih and weight_hh, two biases, reset_after, unit_forget_bias, CuDNNLSTM and CuDNNGRU."
)


class LayoutError(ValueError):
    """There is no such layer or cell; the message says what there is."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.epilog = WORDS
    parser.add_argument("layer", metavar="LAYER", nargs="?", help="as torch.nn.GRU; all are listed where none is given")
    parser.add_argument("other", metavar="OTHER", nargs="?", help="another layer, to which parameters are carried")
    parser.add_argument(
        "--cell", metavar="CELL", help='of several cells that a layer computes, as "LSTM(peephole=new)"'
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(given: argparse.Namespace) -> int:
    """Print the card, the tensors and, for two layers, the code.

    The exit status is 1 where no map leads from one to the other, and 4 where there is no such layer or cell.
    """
    console = Console(width=None if sys.stdout.isatty() else 120)
    beside = console if console.is_terminal else Console(stderr=True, width=120)  # so that the code can be a file
    known = layers()
    try:
        if given.layer is None:
            return _list(known, console)
        first = _entries(known, given.layer)
        if given.other is None:
            return _show(_chosen(first, given.cell), console, as_json=given.json)
        return _compare(first, _entries(known, given.other), given, (console, beside))
    except LayoutError as error:
        print(f"rnnspec layout: {error}", file=sys.stderr)
        return USAGE_ERROR


def _list(known: dict[str, tuple[Shown, ...]], console: Console) -> int:
    table = Table("layer", "cells", box=box.SIMPLE_HEAD)
    for name, entries in known.items():
        table.add_row(name, ", ".join(spelled(entry.cell) for entry in of_own_convention(entries)))
    console.print(table, highlight=False)
    return 0


def _entries(known: dict[str, tuple[Shown, ...]], name: str) -> tuple[Shown, ...]:
    """The layouts of the layer called `name`: as it is called, or by the end of its name where that is enough."""
    plain = name.lower().removeprefix("tf.").removeprefix("tensorflow.")
    wanted = {name.lower(), plain}
    found = [layer for layer in known if layer.lower() in wanted]
    found = found or [layer for layer in known if layer.lower().endswith(f".{plain}")]
    if len(found) == 1:
        return known[found[0]]
    near = (
        found or get_close_matches(name, known) or [layer for layer in known if plain in layer.lower()] or list(known)
    )
    raise LayoutError(f"LAYER: wanted one of {', '.join(near)}, got {name}")


def _chosen(entries: Sequence[Shown], cell: str | None) -> Sequence[Shown]:
    """The layouts for the cell that was asked for; for all where none was."""
    if cell is None:
        return of_own_convention(entries)
    found = [entry for entry in entries if _plain(spelled(entry.cell)) == _plain(cell)]
    if not found:
        raise LayoutError(f"--cell: wanted one of {_cells(entries)}, got {cell}")
    return found


def _plain(text: str) -> str:
    return text.replace('"', "").replace("'", "").replace(" ", "").lower().removesuffix("()")


def _cells(entries: Sequence[Shown]) -> str:
    return ", ".join(dict.fromkeys(spelled(entry.cell) for entry in entries))


def _show(entries: Sequence[Shown], console: Console, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps([as_values(entry) for entry in entries], indent=2))
        return 0
    for entry in entries:
        console.print(f"\n[bold]{entry.layout.name}[/bold] stores {spelled(entry.cell)}", highlight=False)
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for asked, said in card(entry).items():
            if said != "none":
                table.add_row(asked, said)
        console.print(table, highlight=False)
        console.print()
        for line in picture(entry.layout, console.width):
            console.print(line, soft_wrap=True)
    return 0


def _compare(
    first: Sequence[Shown], second: Sequence[Shown], given: argparse.Namespace, consoles: tuple[Console, Console]
) -> int:
    console, beside = consoles
    pairs = list(_pairs(first, second))
    if given.cell is not None:
        pairs = [pair for pair in pairs if _plain(spelled(pair[0].cell)) == _plain(given.cell)]
    if not pairs:
        cells = f"{first[0].layout.name} computes {_cells(first)}; {second[0].layout.name} computes {_cells(second)}"
        console.print(f"No map leads from one to the other: {cells} [GRU-7]", highlight=False, markup=False)
        return 1
    source, target = pairs[0]
    program = code(source.layout, target.layout)
    if given.json:
        print(json.dumps({"source": as_values(source), "target": as_values(target), "code": program}, indent=2))
        return 0
    table = Table(f"for {spelled(source.cell)}", source.layout.name, target.layout.name, box=box.SIMPLE_HEAD)
    cards = card(source), card(target)
    for asked in cards[0]:
        said = [of[asked] for of in cards]
        if said != ["none", "none"]:
            table.add_row(asked, *said, style="" if said[0] == said[1] else "bold")
    beside.print(table, highlight=False)
    if console.is_terminal:
        console.print(Syntax(program, "python", background_color="default"))
    else:
        print(program)
    others = list(dict.fromkeys(spelled(pair[0].cell) for pair in pairs[1:]))
    if others:
        beside.print(f"Other cells that both compute: {', '.join(others)}", highlight=False, markup=False)
    return 0


def _pairs(first: Sequence[Shown], second: Sequence[Shown]) -> Iterator[tuple[Shown, Shown]]:
    """Layouts of one cell, those with the fewest signs first."""
    by_cell: dict[Cell, Shown] = {entry.cell: entry for entry in second}
    found = [(entry, by_cell[entry.cell]) for entry in of_own_convention(first) if entry.cell in by_cell]
    found += [(entry, by_cell[entry.cell]) for entry in first if entry.cell in by_cell]
    unique = {(spelled(source.cell), source.call): (source, target) for source, target in found}
    yield from unique.values()


def as_values(entry: Shown) -> dict[str, Any]:
    """A layout as plain values: what `rnnspec layout --json` prints."""
    return {
        "layer": entry.layout.name,
        "cell": spelled(entry.cell),
        "card": card(entry),
        "tensors": [
            {"name": native_name(tensor), "axes": tensor.axes, "blocks": [asdict(block) for block in tensor.blocks]}
            for tensor in entry.layout.tensors
        ],
    }
