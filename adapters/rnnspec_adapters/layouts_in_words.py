"""A layout said in words: ``i f g o, rows, two biases``."""

from __future__ import annotations

from collections.abc import Mapping

from rnnspec import Cell
from rnnspec_adapters.layout import COLUMNS, ROWS, Block, Layout, Tensor, blocks_of

OTHER_LETTERS: Mapping[str, str] = {"c": "g", "j": "g", "u": "z", "h": "n"}
"""What else gates are called: the candidate of an LSTM in Keras and in TensorFlow 1, the gates of a GRU."""

BIASES: Mapping[str, tuple[str, ...]] = {"no bias": (), "one bias": ("b",), "two biases": ("b_W", "b_R")}
"""The names of the vectors. Two are summed, but for the candidate of a GRU whose second one is inside the product."""

AXES = {"rows": ROWS, "columns": COLUMNS}

TENSORS = ("W", "R", *BIASES["two biases"], "b", "p")
"""The names of all tensors that words can say."""


def layout_in_words(cell: Cell, words: str) -> Layout:
    """The layout of `cell` that `words` say.

    Words are parts with commas between: an order of gates, ``rows`` or ``columns`` (which of them are gates), and ``no
    bias``, ``one bias`` or ``two biases``. The tensors are called W, R, then b, or b_W and b_R, and p
    where the cell has peepholes.

    Raises
    ------
    ValueError
        When a part says none of these, the gates are not those of the cell, or its biases are others (LAY-1, LAY-5).
    """
    gates, axes, biases = "".join(cell.gates), ROWS, "one bias" if cell.bias else "no bias"
    for part in (part.strip() for part in words.split(",")):
        if part in AXES:
            axes = AXES[part]
        elif part in BIASES:
            biases = part
        else:
            letters = part.replace(" ", "")
            own = letters if set(letters) == set(gates) else "".join(OTHER_LETTERS.get(k, k) for k in letters)
            if sorted(own) != sorted(gates):
                wanted = f"{' '.join(gates)} in any order, rows, columns, {', '.join(BIASES)}"
                raise ValueError(f"layout: wanted parts such as {wanted}, got {part!r} [LAY-1]")
            gates = own
    tensors = [Tensor(name=letter, axes=axes[letter], blocks=blocks_of(letter, gates)) for letter in "WR"]
    tensors += _biases(cell, gates, BIASES[biases])
    peepholes = [gate for gate in gates if f"p_{gate}" in cell.parameter_axes]
    if peepholes:
        tensors.append(Tensor(name="p", axes="(gate H)", blocks=blocks_of("p", peepholes)))
    layout = Layout(name=f"{type(cell).__name__}: {words}", tensors=tuple(tensors))
    if layout.names() != set(cell.parameter_axes):
        held, wanted_names = ", ".join(sorted(layout.names())), ", ".join(sorted(cell.parameter_axes))
        raise ValueError(f"layout: wanted words for {wanted_names}, got {words!r}, which say {held} [LAY-5]")
    return layout


def _biases(cell: Cell, gates: str, names: tuple[str, ...]) -> list[Tensor]:
    if len(names) < 2:
        return [Tensor(name=name, axes="(gate H)", blocks=blocks_of("b", gates)) for name in names]
    tensors = []
    for name, share in zip(names, (0.75, 0.25), strict=True):
        blocks = list(blocks_of("b", gates, share=share))
        if "b_Rn" in cell.parameter_axes:
            blocks[gates.index("n")] = Block(name="b_n" if share > 0.5 else "b_Rn")
        tensors.append(Tensor(name=name, axes="(gate H)", blocks=tuple(blocks)))
    return tensors
