"""From the source of a kernel and a mistake to an implementation that has the mistake."""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rnnspec_adapters import Adapter
from rnnspec_workshop.unseen.mistake_sets import Change, Mistake, MistakeSet

HERE = Path(__file__).parent
PACKAGE = "rnnspec_workshop.unseen."


class KernelSource(NamedTuple):
    """The files of a kernel, each after those that it imports from, and the class that is its adapter."""

    files: tuple[str, ...]
    adapter: str


KERNELS = {
    "kernel": KernelSource(
        files=(
            "kernel/kernel_activations.py",
            "kernel/tiled_products.py",
            "kernel/workspace.py",
            "kernel/plans.py",
            "kernel/operator.py",
            "kernel/rnn_operator.py",
            "kernel/lstm_operator.py",
            "kernel/gru_operator.py",
            "kernel/weight_cache.py",
            "kernel/layer_run.py",
            "kernel/kernel_adapter.py",
        ),
        adapter="Kernel",
    ),
    "partial": KernelSource(files=("partial_kernel.py",), adapter="Partial"),
}
"""By name, the right kernels in which mistakes are made."""


class BuildingError(Exception):
    """A mistake cannot be made; the message says what was wanted and what came."""


def own_lines(text: str) -> str:
    """A file without the lines that import from the same kernel, or from the future."""
    lines = text.splitlines(keepends=True)
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith((PACKAGE, "__future__.")):
            lines[node.lineno - 1 : node.end_lineno] = [""] * (int(node.end_lineno or node.lineno) - node.lineno + 1)
    return "".join(lines)


@functools.cache
def source_of(kernel: str) -> str:
    """The files of a kernel as one."""
    texts = (own_lines((HERE / name).read_text(encoding="utf-8")) for name in KERNELS[kernel].files)
    return "from __future__ import annotations\n" + "\n\n".join(texts)


def changed(text: str, changes: Sequence[Change], ident: str) -> str:
    """`text` with the changes, one after the other."""
    for change in changes:
        found = text.count(change.old)
        if found != change.times:
            raise BuildingError(f"{ident}: wanted {change.old!r} in {change.times} places, got {found}")
        text = text.replace(change.old, change.new)
    return text


def built(kernel: str, changes: Sequence[Change], ident: str, *, precision: str) -> Adapter:
    """The adapter of a kernel with the changes; the right one where there are none."""
    module = types.ModuleType(f"{kernel}__{ident}")
    text = changed(source_of(kernel), changes, ident)
    exec(compile(text, f"<{ident}>", "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - it is our own source
    adapter: Adapter = getattr(module, KERNELS[kernel].adapter)(device="cpu", precision=precision, mode="default")
    return adapter


def adapter_of(of_set: MistakeSet, mistake: Mistake) -> Adapter:
    """A new implementation that has the mistake, in the precision of its set."""
    return built(of_set.kernel, mistake.changes, mistake.ident, precision=of_set.precision)


def right(of_set: MistakeSet) -> Adapter:
    """A new implementation by the kernel of a set as it is, which has no mistake."""
    return built(of_set.kernel, (), "right", precision=of_set.precision)
