"""Adapters: the implementations people really run, each behind the same two methods.

One module an implementation; a framework is imported only by its own module.
"""

from rnnspec_adapters.contract import NOT_RUN, Adapter, DeclaresLayout, Differentiates, Native, Unsupported
from rnnspec_adapters.layout import Block, Layout, Placement, Tensor
from rnnspec_adapters.registry import AdapterError, find_adapter, known_adapters

__all__ = [
    "NOT_RUN",
    "Adapter",
    "AdapterError",
    "Block",
    "DeclaresLayout",
    "Differentiates",
    "Layout",
    "Native",
    "Placement",
    "Tensor",
    "Unsupported",
    "find_adapter",
    "known_adapters",
]
