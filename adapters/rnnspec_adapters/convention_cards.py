"""A layout in words and as code: the convention card, and a function that reads native tensors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnnspec import GRU
from rnnspec_adapters.known_layouts import Shown
from rnnspec_adapters.layout import Block, Layout, Tensor


def gates_of(tensor: Tensor) -> str:
    """The order of the gates in a tensor, e.g. ``i f g o``; nothing where there is one without a name."""
    return " ".join(block.name.partition("_")[2].removeprefix("R") for block in tensor.blocks).strip()


def is_used(block: Block) -> bool:
    """Whether the block is read; a layout may have blocks that nothing is read from."""
    return getattr(block, "role", "part") == "part"


def card(entry: Shown) -> dict[str, str]:
    """What somebody who ports weights has to know, in the order of the questions that they ask."""
    layout = entry.layout
    return {
        "gate order": order(layout),
        "a packed matrix": orientation(layout),
        "biases": biases(layout),
        "update gate": sense(entry),
        "reset gate": reset(entry),
        "extras": extras(layout),
    }


def order(layout: Layout) -> str:
    """The order of the gates, where several stand in one tensor."""
    orders = dict.fromkeys(gates_of(tensor) for tensor in layout.tensors if tensor.name and _is(tensor, "W", "R"))
    packed = [found for found in orders if " " in found]
    if packed:
        return "; ".join(packed)
    return "a tensor for each gate" if any(orders) else "one matrix, no gates"


def orientation(layout: Layout) -> str:
    """Whether gates and units run down or across."""
    axes = next(tensor.axes for tensor in layout.tensors if _is(tensor, "W"))
    turned = axes.split().index("I") < axes.replace("(gate H)", "H").split().index("H")
    return "columns are units: transposed" if turned else "rows are units: as in the text"


def biases(layout: Layout) -> str:
    """How many, and where."""
    homes: dict[str, int] = {}
    for block in (block for tensor in layout.tensors if _is(tensor, "b") for block in tensor.blocks if is_used(block)):
        homes[block.name] = homes.get(block.name, 0) + 1
    if not homes:
        return "none"
    inside = ", and one inside the reset product" if "b_Rn" in homes else ""
    return ("two, summed" if max(homes.values()) > 1 else "one") + inside


def sense(entry: Shown) -> str:
    """Which way the update gate points in the implementation."""
    if not isinstance(entry.cell, GRU):
        return "none"
    negated = any(block.sign < 0 for tensor in entry.layout.tensors for block in tensor.blocks)
    native = {"keep": "take", "take": "keep"}[entry.cell.update] if negated else entry.cell.update
    return "keeps the old state" if native == "keep" else "takes the candidate"


def reset(entry: Shown) -> str:
    """Where the reset gate acts."""
    if not isinstance(entry.cell, GRU):
        return "none"
    if entry.cell.reset == "none":
        return "none"
    where = f"{entry.cell.reset} the recurrent product"
    return f"{where}; the update gate does its work" if entry.cell.minimal else where


def extras(layout: Layout) -> str:
    """Peepholes, projections, added constants and signs."""
    blocks = [block for tensor in layout.tensors for block in tensor.blocks]
    names = {block.name for block in blocks}
    said = ["peepholes" if any(name.startswith("p_") for name in names) else ""]
    said.append("a projection" if "P_h" in names else "")
    said += [f"{block.added:g} is added to {block.name} at run time" for block in blocks if block.added]
    said += ["blocks that nothing is read from"] if not all(map(is_used, blocks)) else []
    return "; ".join(part for part in said if part) or "none"


def code(entry: Shown) -> str:
    """A function that reads the native tensors of one layer and direction; it needs NumPy and einops alone."""
    tensors = entry.layout.tensors
    names = entry.layout.native_names()
    lines = ["from einops import rearrange", "from rnnspec import Parameters", "", "", "def parameters_of(native):"]
    for name, tensor in zip(names, tensors, strict=True):
        pattern = f"{tensor.axes} -> {tensor.canonical_axes}"
        lines.append(f"    {variable(name)} = rearrange(native[{name!r}], {pattern!r}, gate={len(tensor.blocks)})")
    lines.append("    return Parameters(")
    terms: dict[str, list[str]] = {}
    for name, tensor in zip(names, tensors, strict=True):
        for position, block in enumerate(tensor.blocks):
            if is_used(block):
                terms.setdefault(block.name, []).append(term(block, f"{variable(name)}[{position}]"))
    lines += [f"        {name}={' + '.join(parts)}," for name, parts in terms.items()]
    return "\n".join([*lines, "    )", ""])


def term(block: Block, place: str) -> str:
    """What a block gives to its array."""
    read = f"({place} + {block.added})" if block.added and block.sign < 0 else place
    read = f"-{read}" if block.sign < 0 else read
    return f"{read} + {block.added}" if block.added and block.sign > 0 else read


def variable(name: str) -> str:
    """A native name as one of Python."""
    named = name.replace("[:I]", "_of_x").replace("[I:]", "_of_h")
    return "native_" + re.sub("[^0-9A-Za-z]+", "_", named).strip("_")


def _is(tensor: Tensor, *letters: str) -> bool:
    return tensor.blocks[0].name.partition("_")[0] in letters


def sentences(layout: Layout) -> Iterator[str]:
    """The layout for somebody who cannot see its drawing, a sentence a tensor."""
    for tensor in layout.tensors:
        held = ", ".join(f"minus {block.name}" if block.sign < 0 else block.name for block in tensor.blocks)
        yield f"{native_name(tensor)}, axes {tensor.axes}, holds {held}."


def native_name(tensor: Tensor) -> str:
    """Its name in the first layer, forward."""
    return tensor.name.format(layer=0, direction="").lstrip("/.") or tensor.name
