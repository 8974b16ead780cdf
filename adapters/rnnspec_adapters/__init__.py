"""Adapters: the implementations people really run, each behind the same two methods.

One module an implementation; a framework is imported only by its own module.
"""

from rnnspec_adapters.base import Named, NativeAdapter, NativeArray, WithAdjoint, WithTangents
from rnnspec_adapters.contract import NOT_RUN, Adapter, DeclaresLayout, Differentiates, Native, Unsupported
from rnnspec_adapters.layout import Block, Layout, Placement, Tensor, columns, rows
from rnnspec_adapters.plan import LayerPlan
from rnnspec_adapters.refusals import ANY, Table
from rnnspec_adapters.registry import AdapterError, find_adapter, known_adapters

__all__ = [
    "ANY",
    "NOT_RUN",
    "Adapter",
    "AdapterError",
    "Block",
    "DeclaresLayout",
    "Differentiates",
    "LayerPlan",
    "Layout",
    "Named",
    "Native",
    "NativeAdapter",
    "NativeArray",
    "Placement",
    "Table",
    "Tensor",
    "Unsupported",
    "WithAdjoint",
    "WithTangents",
    "columns",
    "find_adapter",
    "known_adapters",
    "rows",
]
