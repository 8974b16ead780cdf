"""An adapter made of a plain function: of an input, a state and parameters, to outputs and a state.

The function is said in words: what it takes, what it gives, and which layer it is like, or how its parameters lie.
"""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from rnnspec import GRU, LSTM, RNN, Cell, Parameters, Problem
from rnnspec_adapters.base import Named, NativeAdapter, NativeArray, version
from rnnspec_adapters.known_layouts import CELLS, layers, spelled
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.layouts_in_words import layout_in_words
from rnnspec_adapters.plan import LayerPlan
from rnnspec_adapters.refusals import ANY, Table
from rnnspec_adapters.stored import joined, parts

KINDS: dict[str, tuple[str, str]] = {
    "numpy": ("rnnspec_adapters.base", "NativeAdapter"),
    "torch": ("rnnspec_adapters.torch.torch_adapter", "TorchBase"),
    "jax": ("rnnspec_adapters.jax.jax_adapter", "JaxAdapter"),
    "tensorflow": ("rnnspec_adapters.tensorflow.tensorflow_adapter", "TensorflowAdapter"),
}
"""By what arrays a function takes: the base of its adapter. All but NumPy have gradients."""

JOINING = {"numpy": ("concatenate", "stack"), "torch": ("cat", "stack"), "tensorflow": ("concat", "stack")}
"""What joins arrays of a framework along their first axis; JAX has the names of NumPy."""

OF_NUMPY = ("float64", "float32", "float16")
"""The precisions that NumPy has."""

PLAIN: dict[str, Cell] = {"LSTM": LSTM(), "GRU": GRU(), "RNN": RNN()}


@dataclass(frozen=True, kw_only=True)
class Convention:
    """What a function computes, and how it is called.

    Attributes
    ----------
    cell
        What it computes, one layer of it, forward.
    layout
        How its parameters lie.
    takes
        Its arguments: ``x`` [T, B, I], ``h`` and ``c`` [B, H], ``lengths`` [B], and names of parameters.
    gives
        What it returns: ``y`` [T, B, H], ``h`` and ``c`` [B, H].
    batch_first
        Whether x and y are [B, T, ..].
    """

    cell: Cell
    layout: Layout
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    batch_first: bool = False

    @property
    def stored(self) -> list[str]:
        """The names of the parameters, in the order of the layout."""
        return list(dict.fromkeys(part.stored for part in parts(self.layout)))


def convention(
    like: str,
    *,
    cell: str | None = None,
    takes: str | None = None,
    gives: str | None = None,
    batch_first: bool = False,
) -> Convention:
    """How a function is called that is like a layer.

    Parameters
    ----------
    like
        A layer, as ``torch.nn.LSTM`` (`rnnspec layout` lists all), or a cell and a layout in words, as
        ``LSTM: i f g o, rows, two biases``.
    cell
        Which cell, where a layer computes several, as ``LSTM(projection=2)``.
    takes
        The arguments, as ``x h c W R b``: ``x``, states, ``lengths`` where the function has them, and parameters in
        the order of the function, by their names in the layout. By default ``x``, the states, and all parameters.
    gives
        What is returned, as ``y h c``. By default ``y`` and the states.

    Raises
    ------
    ValueError
        When `like` names no layer, or a word of `takes` or `gives` means nothing; the message says what would.
    """
    computed, layout = _like(like, cell)
    states = tuple(computed.states)
    stored = list(dict.fromkeys(part.stored for part in parts(layout)))
    taken = tuple(takes.split()) if takes else ("x", *states, *stored)
    given = tuple(gives.split()) if gives else ("y", *states)
    for name, words, known in (
        ("takes", taken, ["x", *states, "lengths", *stored]),
        ("gives", given, ["y", *states]),
    ):
        unknown = [word for word in words if word not in known]
        if unknown or len(set(words)) < len(words):
            raise ValueError(f"{name}: wanted some of {' '.join(known)}, each once, got {' '.join(words)}")
    missing = [word for word in ("x", *stored) if word not in taken]
    if missing:
        raise ValueError(f"takes: wanted {' '.join(missing)} too, got {' '.join(taken)}")
    missing = [word for word in ("y", *states) if word not in given and not (word == "h" and "lengths" not in taken)]
    if missing:
        raise ValueError(f"gives: wanted {' '.join(missing)} too, got {' '.join(given)} [CONF-4]")
    return Convention(cell=computed, layout=layout, takes=taken, gives=given, batch_first=batch_first)


def _like(like: str, cell: str | None) -> tuple[Cell, Layout]:
    kind, colon, words = like.partition(":")
    if colon:
        known = {spelled(one): one for one in CELLS} | PLAIN
        name = kind.strip() if cell is None else cell
        if name not in known:
            raise ValueError(f"like: wanted a cell before the colon, one of {', '.join(known)}, got {name!r}")
        return known[name], layout_in_words(known[name], words.strip())
    by_name = layers()
    if like not in by_name:
        near = get_close_matches(like, by_name) or list(by_name)
        raise ValueError(f"like: wanted one of {', '.join(near)}, or LSTM: i f g o, rows, one bias, got {like!r}")
    by_cell = {spelled(entry.cell): entry for entry in by_name[like]}
    name = spelled(min(by_name[like], key=lambda entry: CELLS.index(entry.cell)).cell) if cell is None else cell
    if name not in by_cell:
        raise ValueError(f"cell: wanted one of {', '.join(by_cell)}, got {cell!r}")
    return by_cell[name].cell, by_cell[name].layout


class FunctionAdapter(NativeAdapter):
    """A function behind the contract of an adapter; `from_function` makes a subclass for each."""

    function: ClassVar[Callable[..., Any]]
    convention: ClassVar[Convention]
    arrays: ClassVar[str]

    def provenance(self) -> Mapping[str, str]:
        """What else takes part, and the version of the distribution or the module that the function comes from."""
        module = str(getattr(type(self).function, "__module__", "")).partition(".")[0]
        owners = packages_distributions().get(module, [])
        own = version(owners[0]) if owners else getattr(sys.modules.get(module), "__version__", None)
        return {module or self.name: str(own or "no version"), **super().provenance()}

    def layout_of(self, layer: LayerPlan) -> Layout:
        return self.convention.layout

    def layer(
        self,
        layer: LayerPlan,
        native: Named,
        x: NativeArray,
        initial: tuple[Named, ...] | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, tuple[Named, ...]]:
        """One call of the function."""
        (start,) = initial or self.zeros(layer, x.shape[1])
        names = self.convention.layout.native_names()
        tensors = [native[name] for name in names]  # JAX puts a dictionary in an order of its own
        return called(type(self).function, self.convention, self.arrays, (x, start, tensors, lengths))


def called(
    function: Callable[..., Any], how: Convention, arrays: str, given: tuple[Any, Named, Sequence[Any], Any]
) -> tuple[Any, tuple[Named, ...]]:
    """The outputs and the final state of a call: of x [T, B, I], the state, the parts of parameters, and lengths.

    Raises
    ------
    TypeError
        When the function returns another number of arrays than it is said to give.
    """
    x, start, tensors, lengths = given
    concatenate, stack = (getattr(_namespace(arrays), name) for name in JOINING.get(arrays, JOINING["numpy"]))
    native = joined(how.layout, tensors, concatenate=lambda parts: concatenate(parts, 0), stack=stack)
    values = {"x": turned(x) if how.batch_first else x, "lengths": lengths, **start, **native}
    returned = _flat(function(*(values[word] for word in how.takes)))
    if len(returned) != len(how.gives):
        raise TypeError(f"function: wanted {len(how.gives)} arrays, {' '.join(how.gives)}, got {len(returned)}")
    found = dict(zip(how.gives, returned, strict=True))
    y = turned(found["y"]) if how.batch_first else found["y"]
    return y, ({name: found.get(name, y[-1]) for name in how.cell.states},)


def turned(array: Any) -> Any:
    """`array` with its first two axes exchanged."""
    if hasattr(array, "swapaxes"):
        return array.swapaxes(0, 1)
    return _namespace("tensorflow").transpose(array, (1, 0, *range(2, len(array.shape))))


def _flat(returned: Any) -> list[Any]:
    """The arrays of what a function returns, whatever tuples they stand in."""
    if isinstance(returned, tuple | list):
        return [array for part in returned for array in _flat(part)]
    return [returned]


def _namespace(arrays: str) -> Any:
    return importlib.import_module("jax.numpy" if arrays == "jax" else arrays)


def from_function(
    function: Callable[..., Any],
    *,
    like: str,
    cell: str | None = None,
    takes: str | None = None,
    gives: str | None = None,
    batch_first: bool = False,
    arrays: str | None = None,
) -> type[FunctionAdapter]:
    """The adapter of a function: what `rnnspec validate` and the suite in pytest take.

    Parameters
    ----------
    function
        Of one layer, forward. It is given arrays in the type of the precision.
    like, cell, takes, gives, batch_first
        As `convention` has them.
    arrays
        What arrays it takes: ``numpy``, ``torch``, ``jax`` or ``tensorflow``. By default it is tried. Gradients are
        those of the framework; a function of NumPy has none.

    Raises
    ------
    ValueError
        When the words mean nothing, or the function takes no arrays of any kind that is tried.
    """
    how = convention(like, cell=cell, takes=takes, gives=gives, batch_first=batch_first)
    kind = arrays if arrays is not None else arrays_of(function, how)
    if kind not in KINDS:
        raise ValueError(f"arrays: wanted one of {', '.join(KINDS)}, got {kind!r}")
    module, name = KINDS[kind]
    base = getattr(importlib.import_module(module), name)
    said = getattr(function, "__name__", type(function).__name__)
    return type(
        "".join(word.title() for word in re.findall(r"\w+", said)) or "Function",
        (FunctionAdapter,) if base is NativeAdapter else (FunctionAdapter, base),
        {
            "__doc__": f"`{said}`, as {how.layout.name}.",
            "__module__": getattr(function, "__module__", __name__),
            "name": re.sub(r"[^\w-]+", "", said) or "function",
            "function": staticmethod(function),
            "convention": how,
            "arrays": kind,
            **({"offers": OF_NUMPY} if base is NativeAdapter else {}),
            "expresses": _expressed(how),
        },
    )


def _expressed(how: Convention) -> Table:
    """The options of the cell, at the values that it has."""
    only = {
        field.name: ((getattr(how.cell, field.name),), f"{{called}} computes {spelled(how.cell)} only")
        for field in fields(how.cell)
    }
    return {Problem: {"lengths": ANY} if "lengths" in how.takes else {}, type(how.cell): only}


def arrays_of(function: Callable[..., Any], how: Convention) -> str:
    """What arrays a function takes: it is called with those of NumPy, and then with those of what is imported.

    Raises
    ------
    ValueError
        When every call raises; the message has the error of each.
    """
    said = []
    for kind, (module, name) in KINDS.items():
        if kind not in sys.modules:
            continue  # a function of a framework has imported it
        try:
            returned = _tried(function, how, kind, getattr(importlib.import_module(module), name))
        except Exception as error:  # noqa: BLE001 - whatever it raises, the next kind is tried
            said.append(f"{kind}: {type(error).__name__}: {error}{_place_of(error, function)}")
            continue
        root = type(returned).__module__.partition(".")[0]
        return {"jaxlib": "jax"}.get(root, root if root in KINDS else kind)
    raise ValueError(f"function: wanted one that takes {' '.join(how.takes)}, got {'; '.join(said)}")


def _place_of(error: BaseException, function: Callable[..., Any]) -> str:
    """Where in the module of a function an error comes from; nothing where it does not come from there."""
    file = getattr(sys.modules.get(str(getattr(function, "__module__", ""))), "__file__", None)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if file and frame.filename == file]
    return f" (line {lines[-1]} of {Path(str(file)).name})" if lines else ""


def _tried(function: Callable[..., Any], how: Convention, kind: str, base: type[NativeAdapter]) -> Any:
    """The outputs of a call with ones; all sizes are 3, so that a wrong order of axes does no harm here."""
    sample = type("Sample", (base,), {"layout_of": None, "name": "sample"})(precision="float32")
    shapes = how.cell.parameter_shapes(3, 3)
    parameters = Parameters(**{name: np.ones(shape) for name, shape in shapes.items()})
    with sample.settings():
        tensors = [sample.given(tensor) for tensor in how.layout.pack(parameters, np.float32)]
        start = {name: sample.given(np.ones((3, size))) for name, size in how.cell.state_sizes(3).items()}
        lengths = sample.given_lengths(np.array([3, 1, 2])) if "lengths" in how.takes else None
        y, _ = called(function, how, kind, (sample.given(np.ones((3, 3, 3))), start, tensors, lengths))
    return y
