"""The layouts that adapters declare, found in their modules: what is added there is shown without being listed here.

A framework has a package ``rnnspec_adapters.NAME`` with a module ``NAME_layouts``. Each public function of it that
returns a `Layout`, and wants nothing but a cell and options with few values, is asked for every cell of `CELLS`. An
answer is taken when it has the parameters of that cell, no more and no fewer. A function with other arguments is asked
for what the module says under its name in a table ``EXAMPLES``, a dictionary of arguments for each example. One that is
the layout of some cells alone lists them under ``cells``.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import re
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters.layout import Layout

CELLS: tuple[Cell, ...] = (
    RNN(),
    LSTM(),
    LSTM(peephole="new"),
    LSTM(coupling="forget"),
    LSTM(projection=2),
    *(GRU(reset=reset, update=update) for reset in ("after", "before", "none") for update in ("keep", "take")),
    *(GRU(minimal=True, reset=reset, update=update) for reset in ("after", "before") for update in ("keep", "take")),
)
"""The cells that every layout function is asked for. Of two update conventions the one without a sign is shown."""

ABSENT = {("torch.nn.LSTMCell", LSTM(projection=2))}
"""What a layout could hold, but the implementation has not: ``LSTMCell`` takes no ``proj_size``."""

INPUTS, UNITS = 3, 4


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One layout, and how it is had.

    Attributes
    ----------
    family
        The package of `rnnspec_adapters` that declares it.
    function
        The function of its module of layouts.
    options
        The keyword arguments of `function`.
    takes_cell
        Whether `function` is handed the cell.
    cell
        The cell whose parameters it holds.
    layout
        The declaration.
    """

    family: str
    function: str
    options: tuple[tuple[str, object], ...]
    takes_cell: bool
    cell: Cell
    layout: Layout

    @property
    def call(self) -> str:
        """The expression that gives the layout."""
        arguments = [spelled(self.cell, prefix="rnnspec.")] if self.takes_cell else []
        arguments += [f"{name}={value!r}" for name, value in self.options]
        return f"{self.function}({', '.join(arguments)})"

    @property
    def anchor(self) -> str:
        """The id of its section."""
        words = f"layout {self.layout.name} {spelled(self.cell)}".lower()
        return re.sub("[^a-z0-9]+", "-", words).strip("-")


def spelled(cell: Cell, *, prefix: str = "") -> str:
    """A cell as an expression that names what differs from the default, e.g. ``GRU(reset='before')``."""
    plain = type(cell)()
    given = [
        f"{field.name}={getattr(cell, field.name)!r}"
        for field in fields(cell)
        if getattr(cell, field.name) != getattr(plain, field.name)
    ]
    return f"{prefix}{type(cell).__name__}({', '.join(given)})"


def families() -> tuple[str, ...]:
    """The frameworks that declare layouts."""
    folder = Path(__file__).parent
    return tuple(sorted(path.parent.name for path in folder.glob("*/*_layouts.py")))


def module_of(family: str) -> str:
    """The module in which a framework declares its layouts."""
    return f"rnnspec_adapters.{family}.{family}_layouts"


def shown(family: str) -> tuple[Shown, ...]:
    """The layouts of a framework, in the order of their functions."""
    found = of_own_convention(every(family))
    return tuple(sorted(found, key=lambda entry: (entry.layout.name, CELLS.index(entry.cell))))


def of_own_convention(entries: Iterable[Shown]) -> tuple[Shown, ...]:
    """Of the two conventions of an update gate, the one that the layer has itself: no sign is needed for it."""
    found: dict[tuple[object, ...], Shown] = {}
    for entry in entries:
        key = (entry.layout.name, replace(entry.cell, **_sense(entry.cell)))
        known = found.get(key)
        if known is None or _signs(known.layout) > _signs(entry.layout):
            found[key] = entry
    return tuple(found.values())


def every(family: str) -> Iterator[Shown]:
    """The layouts of a framework, for both conventions of the update gate."""
    module = importlib.import_module(module_of(family))
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if not name.startswith("_") and function.__module__ == module.__name__:
            yield from answers(family, name, function, getattr(module, "EXAMPLES", {}).get(name))


def layers() -> dict[str, tuple[Shown, ...]]:
    """The layouts of each layer of every framework, by the layer's own name, the plain cell first."""
    entries = sorted((entry for family in families() for entry in every(family)), key=lambda e: CELLS.index(e.cell))
    names = sorted({entry.layout.name for entry in entries})
    return {name: tuple(entry for entry in entries if entry.layout.name == name) for name in names}


def answers(
    family: str, name: str, function: Callable[..., object], examples: tuple[Mapping[str, object], ...] | None = None
) -> Iterator[Shown]:
    """What a function gives for every cell and option, where that has the parameters of the cell."""
    hints = typing.get_type_hints(function)
    wanted = list(inspect.signature(function).parameters)
    takes_cell = wanted[:1] == ["cell"]
    if hints.get("return") is not Layout or (wanted and not takes_cell):
        return
    values = {option: values_of(hints[option]) for option in wanted if option != "cell"}
    if examples is None:
        examples = tuple(dict(zip(values, given, strict=True)) for given in itertools.product(*values.values()))
    kinds = (typing.get_args(hints["cell"]) or (hints["cell"],)) if takes_cell else (RNN, LSTM, GRU)
    for cell in (cell for cell in CELLS if isinstance(cell, kinds)):
        for example in examples:
            given = {option: value for option, value in example.items() if option != "cells"}
            if cell not in typing.cast("tuple[Cell, ...]", example.get("cells", CELLS)):
                continue
            try:
                layout = function(*([cell] if takes_cell else []), **given)
            except ValueError:  # the layer has no place for the parameters of this cell
                continue
            assert isinstance(layout, Layout)
            fits = layout.names() == set(cell.parameter_axes)
            if fits and (layout.name, cell) not in ABSENT:
                yield Shown(
                    family=family,
                    function=name,
                    options=tuple(given.items()),
                    takes_cell=takes_cell,
                    cell=cell,
                    layout=layout,
                )


def values_of(hint: Any) -> tuple[object, ...]:
    """All values of a type, where there are few."""
    if hint is bool:
        return (False, True)
    return typing.get_args(hint) if typing.get_origin(hint) is Literal else ()


def _sense(cell: Cell) -> dict[str, Any]:
    """What makes two update conventions gate one."""
    return {"update": "keep"} if isinstance(cell, GRU) else {}


def _signs(layout: Layout) -> int:
    return sum(block.sign < 0 for tensor in layout.tensors for block in tensor.blocks)
