"""From one layout to another as code that needs NumPy alone: as short as the two layouts allow."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from rnnspec_adapters.layout import LOWER, UPPER, Block, Layout, Tensor, einops_axes
from rnnspec_adapters.stored import Part, counting_h, parts


@dataclass(frozen=True)
class Form:
    """How a tensor is written down.

    Attributes
    ----------
    lead
        Whether an axis of length 1 stands in front.
    gates
        The axis that the blocks stand along, not counting that one.
    turned
        Whether it is a matrix whose units, or features of a projection, run across.
    """

    lead: bool
    gates: int
    turned: bool

    @staticmethod
    def of(tensor: Tensor) -> Form:
        """The form of `tensor`."""
        axes = einops_axes(tensor.axes)
        lead = axes[0] == ["1"]
        own = axes[1:] if lead else axes
        gates = next(position for position, names in enumerate(own) if "gate" in names)
        return Form(lead=lead, gates=gates, turned=gates == 1)


@dataclass
class Term:
    """A block of the source that gives something to an array of the text."""

    tensor: int
    position: int
    block: Block


@dataclass
class Writer:
    """Writes the code from `source` to `target`, which are layouts of one cell."""

    source: Layout
    target: Layout
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parts = parts(self.source)
        self.terms: dict[str, list[Term]] = {}
        for number, tensor in enumerate(self.source.tensors):
            for position, block in enumerate(tensor.blocks):
                if block.role == "part":
                    self.terms.setdefault(block.name, []).append(Term(number, position, block))
        self.sums = self._sums()
        self.split: dict[int, list[str]] = {}

    def _sums(self) -> dict[int, int]:
        """Tensors that are added to others block by block, and so are added whole, by their number."""
        found: dict[int, int] = {}
        for number, tensor in enumerate(self.source.tensors):
            for first in range(number):
                other = self.source.tensors[first]
                if [b.name for b in tensor.blocks] == [b.name for b in other.blocks] and tensor.axes == other.axes:
                    signs = all(b.sign == o.sign for b, o in zip(tensor.blocks, other.blocks, strict=True))
                    added = any(block.added for block in (*tensor.blocks, *other.blocks))
                    if signs and not added and not any(self._is_paired(block.name) for block in tensor.blocks):
                        found[number] = first
        return found

    def function(self) -> str:
        """The code."""
        entries: dict[str, list[tuple[Part, str]]] = {}
        given: Counter[str] = Counter()
        for tensor, part in zip(self.target.tensors, parts(self.target), strict=True):
            entries.setdefault(part.stored, []).append((part, self._tensor(tensor, given)))
        lines = [f"{name!r}: {_joined(of_name)}," for name, of_name in entries.items()]
        body = [*self._sizes(), *self.lines, "return {", *(f"    {line}" for line in lines), "}"]
        return "\n".join(
            ["import numpy as np", "", "", "def converted(native):", *(f"    {line}" for line in body), ""]
        )

    def _sizes(self) -> Iterator[str]:
        """The number of inputs, where the source has one matrix for x and h."""
        whole = next((part.stored for part in self.parts if part.place == LOWER), None)
        if whole is None:
            return
        counting, axis, divisor = counting_h(self.source)
        below = f"native[{counting!r}].shape[{axis}]" + (f" // {divisor}" if divisor > 1 else "")
        yield f"inputs = native[{whole!r}].shape[0] - {below}"

    def _whole(self, number: int) -> str:
        """A tensor of the source, without an axis in front, and with what is added to it block by block."""
        part, form = self.parts[number], Form.of(self.source.tensors[number])
        read = f"native[{part.stored!r}]"
        read += {UPPER: "[:inputs]", LOWER: "[inputs:]"}.get(part.place, part.place)
        read += "[0]" if form.lead else ""
        others = [other for other, first in self.sums.items() if first == number]
        return " + ".join([read, *(self._whole(other) for other in others)])

    def _block(self, term: Term) -> str:
        """The variable of a block; the first that is asked for takes its tensor apart."""
        tensor = self.source.tensors[term.tensor]
        if term.tensor not in self.split:
            taken = {name for names in self.split.values() for name in names}
            names: list[str] = []
            for position, block in enumerate(tensor.blocks):
                names.append(_variable(block, position, taken | set(names)))
            whole, count = self._whole(term.tensor), len(names)
            axis = ", axis=1" if Form.of(tensor).gates else ""
            split = f"np.split({whole}, {count}{axis})" if count > 1 else whole
            self.lines.append(f"{', '.join(names)} = {split}")
            self.split[term.tensor] = names
        return self.split[term.tensor][term.position]

    def _is_paired(self, name: str) -> bool:
        """Whether both sides have an array in as many blocks: each block then goes where the one of its place goes."""
        count = sum(block.name == name for tensor in self.target.tensors for block in tensor.blocks)
        return len(self.terms.get(name, ())) == count > 1

    def _value(self, name: str, place: int) -> tuple[str, Form]:
        """An array of the text, or that block of it that goes to a place, in the form that the source has it in."""
        terms = [term for term in self.terms[name] if term.tensor not in self.sums]
        terms = [terms[place]] if self._is_paired(name) else terms
        said = ""
        for term in terms:
            read, block = self._block(term), term.block
            read = f"({read} + {block.added})" if block.added else read
            said += f" {'-' if block.sign < 0 else '+'} {read}"
        said = f"-{said[3:]}" if said.startswith(" - ") else said[3:]
        if re.fullmatch(r"\(\w+ \+ [\d.]+\)", said):
            said = said[1:-1]
        return said, Form.of(self.source.tensors[terms[0].tensor])

    def _tensor(self, tensor: Tensor, given: Counter[str]) -> str:
        """A tensor of the target; `given` counts the blocks that were written of each array."""
        form = Form.of(tensor)
        same = self._same(tensor, given)
        if same is not None:
            given.update(block.name for block in tensor.blocks)
            said = self._whole(same)
            turned = Form.of(self.source.tensors[same]).turned != form.turned
            return _with_lead(f"{_atom(said)}.T" if turned else said, form)
        blocks, turned = [], False
        for block in tensor.blocks:
            name = _filling(block, tensor.blocks)
            done = given[name] if block.role == "part" else 0
            said, of_source = self._value(name, done)
            turned = of_source.turned != form.turned
            if block.role == "unused" or (done and not self._is_paired(name)):
                of = self._block(self.terms[name][0])
                said = f"np.zeros_like({of})"
            else:
                said = f"-{_atom(said)}" if block.sign < 0 else said
                said += f" - {block.added}" if block.added else ""
            given[name] += block.role == "part"
            blocks.append(said)
        blocks = _zeros_in_a_row(blocks)
        axis = form.gates if not turned else 1 - form.gates
        said = blocks[0]
        if len(blocks) > 1:
            said = f"np.concatenate([{', '.join(blocks)}]{', axis=1' if axis else ''})"
        return _with_lead(f"{_atom(said)}.T" if turned else said, form)

    def _same(self, tensor: Tensor, given: Counter[str]) -> int | None:
        """The number of a tensor of the source that holds the same blocks, in the same order and as they are."""
        wanted = [(block.name, block.sign, block.added) for block in tensor.blocks]
        if any(block.role != "part" for block in tensor.blocks):
            return None
        for number, other in enumerate(self.source.tensors):
            if [(block.name, block.sign, block.added) for block in other.blocks] != wanted or number in self.sums:
                continue
            for name in dict.fromkeys(block.name for block in other.blocks):
                held = [term.tensor for term in self.terms[name] if term.tensor not in self.sums]
                own = held if not self._is_paired(name) else held[given[name] : given[name] + held.count(number)]
                if set(own) != {number} or (given[name] and not self._is_paired(name)):
                    break
            else:
                return number
        return None


def code(source: Layout, target: Layout) -> str:
    """A function ``converted(native)`` from what `source` stores to what `target` stores, both by name.

    Both are layouts of one cell. Where the target has more biases than the source, the first takes all, and the others
    are zero.
    """
    return Writer(source, target).function()


def _filling(block: Block, blocks: Sequence[Block]) -> str:
    """The array whose shape or numbers fill a block."""
    return block.name if block.role != "unused" else next(other.name for other in blocks if other.role != "unused")


def _variable(block: Block, position: int, taken: set[str]) -> str:
    """A variable for a block of the source."""
    name = block.name if block.role == "part" else f"unused_{position}"
    while name in taken:
        name += "_too"
    return name


def _with_lead(said: str, form: Form) -> str:
    return f"{_atom(said)}[None]" if form.lead else said


def _atom(said: str) -> str:
    """An expression in brackets, where what follows would not act on all of it."""
    depth = 0
    for before, letter in zip(" " + said, said, strict=False):
        depth += (letter in "([") - (letter in ")]")
        if not depth and (letter in " -" or (letter == "(" and before == " ")):
            return f"({said})"
    return said


def _zeros_in_a_row(blocks: list[str]) -> list[str]:
    """`blocks`, where several vectors of zeros that follow each other are one."""
    found: list[str] = []
    for zeros, of in groupby(blocks, lambda said: re.match(r"np\.zeros_like\((b\w*)\)", said) is not None):
        run = list(of)
        if zeros and len(run) > 1:
            name = run[0].removeprefix("np.zeros_like(").removesuffix(")")
            run = [f"np.zeros({len(run)} * len({name}), {name}.dtype)"]
        found += run
    return found


def _joined(pieces: Sequence[tuple[Part, str]]) -> str:
    """What is stored, from its parts."""
    said = {part.place: expression for part, expression in pieces}
    if UPPER in said:
        return f"np.concatenate([{said[UPPER]}, {said[LOWER]}])"
    return said[""] if "" in said else f"np.stack([{', '.join(said.values())}])"
