"""Small ONNX models for the tests: a chain of operators, each after the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Operand = tuple[int, ...] | list[Any] | float | str  # dims of a weight, values, a number, a name
Operator = tuple[str, Sequence[Operand], dict[str, Any]]


def op(type_: str, *operands: Operand, **attributes: Any) -> Operator:
    """An operator. Its first input is the output before it, unless an operand is a name."""
    return type_, operands, attributes


def chain(
    *operators: Operator,
    input: Sequence[int | str] = (1, 3, 32, 32),
    opset: int = 13,
    producer: str = "",
    outputs: Sequence[str] = (),
) -> Any:
    """A model of operators in a row. The output of the operator at place i is ``t<i>``."""
    nodes, stored = [], []
    last = "x"
    for place, (type_, operands, attributes) in enumerate(operators):
        names = [] if any(isinstance(operand, str) for operand in operands) else [last]
        for number, operand in enumerate(operands):
            name = f"w{place}.{number}"
            if isinstance(operand, str):
                name = operand
            elif isinstance(operand, tuple):
                stored.append(TensorProto(name=name, data_type=TensorProto.FLOAT, dims=operand))
            elif isinstance(operand, list):
                stored.append(numpy_helper.from_array(np.array(operand, np.int64), name))
            else:
                stored.append(numpy_helper.from_array(np.array(operand, np.float32), name))
            names.append(name)
        last = f"t{place}"
        count = len(attributes.pop("parts", [1]))
        own = [last, *(f"{last}.{part}" for part in range(1, count))]
        domain = attributes.pop("domain", "")
        nodes.append(helper.make_node(type_, names, own, f"n{place}", domain=domain, **attributes))
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(input))],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
            for name in outputs or [last]
        ],
        stored,
    )
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=imports, producer_name=producer, ir_version=8)


def saved(model: Any, folder: Path, name: str = "net.onnx") -> str:
    """The path of a model that was written to a folder."""
    path = folder / name
    onnx.save(model, path)
    return str(path)
