"""The processor that judges: its architecture and its vector extensions, by which compilers choose what they emit.

Nothing here tells one machine from another of its kind.
"""

from __future__ import annotations

import platform
import re
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path

PROCESSOR = "processor"
"""The entry of a provenance that names it."""

CPUINFO = Path("/proc/cpuinfo")
BYTES = 1 << 16
"""As much of that file as is read: it says the same of each core."""

EXTENSIONS = {
    "AVX": ("avx", "AVX", "X86_V3"),
    "FMA": ("fma", "FMA3", "X86_V3"),
    "AVX2": ("avx2", "AVX2", "X86_V3"),
    "AVX512F": ("avx512f", "AVX512F", "X86_V4"),
    "AVX512_BF16": ("avx512_bf16", "AVX512BF16"),
    "AVX512_FP16": ("avx512_fp16", "AVX512FP16"),
    "AMX_BF16": ("amx_bf16",),
    "NEON": ("asimd", "ASIMD"),
    "SVE": ("sve", "SVE"),
    "SVE2": ("sve2",),
}
"""The extensions that are named, each with its names in `CPUINFO` and in the table of NumPy."""

ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Other names of an architecture."""


@cache
def processor() -> str:
    """The architecture and the extensions, in words: ``x86_64 AVX FMA AVX2``."""
    machine = platform.machine().lower()
    return " ".join([ARCHITECTURES.get(machine, machine) or "unknown", *extensions(features())])


def extensions(names: frozenset[str]) -> list[str]:
    """The extensions of `EXTENSIONS` that have one of these names."""
    return [extension for extension, known in EXTENSIONS.items() if names & set(known)]


def features() -> frozenset[str]:
    """What the processor has, as Linux says it, or NumPy where Linux does not."""
    try:
        with CPUINFO.open(encoding="utf-8", errors="replace") as file:
            text = file.read(BYTES)
    except OSError:
        text = ""
    said = re.search(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    return frozenset(said[1].split()) if said else _of_numpy()


def _of_numpy() -> frozenset[str]:
    """What NumPy has found; nothing where it has no such table, whose place it does not promise."""
    for name in ("numpy._core", "numpy.core"):  # of NumPy 2, and of NumPy 1
        with suppress(ImportError):
            table = getattr(import_module(f"{name}._multiarray_umath"), "__cpu_features__", {})
            return frozenset(feature for feature, has in table.items() if has)
    return frozenset()
