"""The node tests that the installed ``onnx`` ships, and its own comparison."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import onnx
from onnx.backend.test.loader import load_model_tests
from onnx.backend.test.runner import Runner

from rnnspec import Array
from rnnspec_workshop.onnx_node_tests.node_test import NodeTest

OPERATORS = ("LSTM", "GRU", "RNN")

VERSION: str = onnx.__version__


@cache
def node_tests() -> tuple[NodeTest, ...]:
    """Every node test of a recurrent operator, by operator, in the order of ``onnx``."""
    with np.errstate(all="ignore"):  # the tests of other operators overflow on purpose while they are made
        shipped = load_model_tests(kind="node")
    found = [
        node_test(case.name, case.model, *data_set, rtol=case.rtol, atol=case.atol)
        for case in shipped
        if any(node.op_type in OPERATORS for node in case.model.graph.node)
        for data_set in case.data_sets
    ]
    return tuple(sorted(found, key=lambda test: OPERATORS.index(test.operator)))


def node_test(
    name: str, model: Any, inputs: Sequence[Array], outputs: Sequence[Array], *, rtol: float, atol: float
) -> NodeTest:
    """A node test from its model and data.

    Raises
    ------
    ValueError
        When the model is more than one recurrent node.
    """
    nodes = model.graph.node
    if len(nodes) != 1 or nodes[0].op_type not in OPERATORS:
        came = ", ".join(node.op_type for node in nodes)
        raise ValueError(f"{name}: wanted a model of one node, one of {', '.join(OPERATORS)}, got {came}")
    (node,) = nodes
    schema = onnx.defs.get_schema(node.op_type)
    return NodeTest(
        name=name,
        operator=node.op_type,
        attributes={attribute.name: _plain(onnx.helper.get_attribute_value(attribute)) for attribute in node.attribute},
        inputs=_named(schema.inputs, node.input, inputs),
        outputs=_named(schema.outputs, node.output, outputs),
        rtol=rtol,
        atol=atol,
    )


def _named(slots: Sequence[Any], names: Sequence[str], arrays: Sequence[Array]) -> dict[str, Array]:
    """Arrays under the names of the schema; an empty name in the node marks a slot that is left out."""
    present = [slot.name for slot, name in zip(slots, names, strict=False) if name]
    return dict(zip(present, arrays, strict=True))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    return [_plain(part) for part in value] if isinstance(value, list) else value


def similar(test: NodeTest, outputs: Sequence[Array]) -> bool:
    """Whether ``onnx`` itself takes `outputs` for the expected ones of `test`: number, shapes, precisions, values."""
    expected = list(test.outputs.values())
    try:
        Runner.assert_similar_outputs(expected, outputs, rtol=test.rtol, atol=test.atol)
    except AssertionError:
        return False
    return True
