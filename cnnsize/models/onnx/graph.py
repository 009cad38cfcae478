"""The graph of an ONNX model: its nodes, the shape of each tensor, and the values of small constants.

Shapes come from onnx's own shape inference, node by node. What does not depend on the input, such
as the arithmetic that computes the target of a Reshape, is computed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import onnx
from onnx import checker, defs, helper, numpy_helper, shape_inference

from cnnsize.limits import MAX_MODEL_NODES
from cnnsize.models.flow import UnreadableModelError
from cnnsize.models.onnx.constants import FOLDS, MAX_CONSTANT
from cnnsize.models.onnx.scopes import Scopes, origin_of

# Operators that rearrange a weight: it stays the same weight.
REARRANGING = frozenset({"Identity", "Cast", "Transpose", "Reshape", "Squeeze", "Unsqueeze"})
# Operators after which the axes of a map are the same.
ONE_BY_ONE = frozenset({"Add", "Sub", "Mul", "Div", "Cast", "Identity", "Clip", "Relu", "Pad"})
MAX_SIDE = 10**12  # of a tensor, for onnx
TO_CHANNELS_FIRST = [0, 3, 1, 2]
# The names that the newer exporter of torch gives to plain numbers; parameters have their own.
GENERATED = re.compile(r"val_\d+|scalar_tensor_default(_\d+)?|\w+_cast(_\d+)?")
ONNX_ERRORS = (
    checker.ValidationError,
    defs.SchemaError,
    shape_inference.InferenceError,
    RuntimeError,
)
ARITHMETIC_ERRORS = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    TypeError,
    ValueError,
    ZeroDivisionError,
)


class Tensor(NamedTuple):
    """What is known of a tensor before the model runs."""

    dims: tuple[int, ...] | None
    kind: str  # "data" depends on the input, "weight" is stored in the file; else "constant"
    values: Any = None  # of a small constant, as an array of numpy
    stored: str = ""  # its name in the file; a copy that an exporter made has its own
    reason: str = ""  # the operator that computes a constant


class Operation(NamedTuple):
    """A node of the graph that depends on the input."""

    number: int
    type: str  # with its domain, if that is not the standard one
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    scopes: Scopes
    fused: bool  # an exporter has folded a BN into it
    call: str = ""  # of PyTorch that it comes from, as torch.fx prints it

    def __str__(self) -> str:
        return f"{self.type} {self.name!r}" if self.name else f"{self.type} (node {self.number})"


class Graph:
    """A model, with the shape of each input."""

    def __init__(self, model: Any, inputs: Mapping[str, Sequence[int]]) -> None:
        self.model = model
        self.opsets = {entry.domain: entry.version for entry in model.opset_import}
        self.tensors: dict[str, Tensor] = {}
        self.types: dict[str, Any] = {}
        self.visited = 0  # nodes
        self.operations: list[Operation] = []
        self.producers: dict[str, Operation] = {}
        self.consumers: dict[str, list[Operation]] = {}
        self.channels_last = channels_last(model.graph.node)
        self.copies: list[str] = []  # weights that are stored once and used under several names
        for tensor in model.graph.initializer:
            is_number = GENERATED.fullmatch(tensor.name) is not None
            self.add_stored(tensor.name, tensor, "constant" if is_number else "weight")
        for tensor in model.graph.sparse_initializer:
            self.tensors[tensor.values.name] = Tensor(None, "constant", reason="a sparse weight")
        for value in model.graph.input:
            dims = inputs.get(value.name)
            if dims is not None:
                self.tensors[value.name] = Tensor(tuple(dims), "data")
                self.types[value.name] = value_type(value.type.tensor_type.elem_type, dims)
        for node in model.graph.node:
            self.add_node(node)

    @property
    def opset(self) -> int:
        """The version of the standard operators."""
        return int(self.opsets.get("", self.opsets.get("ai.onnx", 1)))

    def add_stored(self, name: str, proto: Any, kind: str) -> None:
        """Add a tensor whose values are in the file."""
        dims = tuple(proto.dims)
        is_external = proto.data_location == onnx.TensorProto.EXTERNAL
        values = None
        if prod(dims) <= MAX_CONSTANT and not is_external:
            try:
                values = numpy_helper.to_array(proto)
            except ARITHMETIC_ERRORS:
                values = None  # they were left out
        self.tensors[name] = Tensor(dims, kind, values, name)
        self.types[name] = value_type(proto.data_type, dims)

    def add_node(self, node: Any) -> None:
        """Add a node: a constant, unless it depends on the input."""
        attributes = {entry.name: attribute_value(entry) for entry in node.attribute}
        domain = "" if node.domain in ("", "ai.onnx") else f"{node.domain}."
        origin = origin_of(node)
        self.visited += 1
        if self.visited > MAX_MODEL_NODES:
            raise UnreadableModelError(f"the graph has more than {MAX_MODEL_NODES:,} nodes")
        operation = Operation(
            self.visited,
            domain + node.op_type,
            node.name,
            tuple(node.input),
            tuple(node.output),
            attributes,
            *origin,
        )
        if not operation.outputs:
            return
        unknown = [name for name in operation.inputs if name and name not in self.tensors]
        if unknown:
            raise UnreadableModelError(
                f"{operation}: its input {unknown[0]!r} is not stored in the file, and no operator "
                "before it computes it"
            )
        branch = self.branch_of(operation)
        if branch is not None:
            self.add_branch(operation, branch)
            return
        known = [self.tensors[name] for name in operation.inputs if name in self.tensors]
        holds_graph = any(isinstance(value, onnx.GraphProto) for value in attributes.values())
        depends = holds_graph or any(tensor.kind == "data" for tensor in known)
        may_be_computed = not depends or operation.type in ("Shape", "Size")
        if may_be_computed and self.add_computed(operation):
            return
        dims = self.infer(node, operation)
        for name, own in zip(operation.outputs, dims, strict=True):
            self.tensors[name] = Tensor(own, "data" if depends else "constant")
        if not depends:
            self.mark_weight(operation)
            return
        self.operations.append(operation)
        for name in dict.fromkeys(operation.inputs):
            self.consumers.setdefault(name, []).append(operation)
        for name in operation.outputs:
            self.producers[name] = operation

    def branch_of(self, operation: Operation) -> Any:
        """Return the branch that an If takes, where its condition is known; None for others."""
        condition = self.tensors.get(operation.inputs[0]) if operation.inputs else None
        is_decided = (
            operation.type == "If"
            and condition is not None
            and condition.values is not None
            and condition.values.size == 1
        )
        if condition is None or not is_decided:
            return None
        word = "then_branch" if condition.values.reshape(-1)[0] else "else_branch"
        branch = operation.attributes.get(word)
        is_complete = branch is not None and len(branch.output) == len(operation.outputs)
        return branch if is_complete else None

    def add_branch(self, operation: Operation, branch: Any) -> None:
        """Add the nodes of a branch in the place of the If that takes it."""
        for tensor in branch.initializer:
            self.add_stored(tensor.name, tensor, "weight")
        for node in branch.node:
            self.add_node(node)
        for value, output in zip(branch.output, operation.outputs, strict=True):
            self.add_node(helper.make_node("Identity", [value.name], [output]))

    def add_computed(self, operation: Operation) -> bool:
        """Add the output of a node whose values can be computed. Return whether they can."""
        if len(operation.outputs) != 1:
            return False
        output = operation.outputs[0]
        if operation.type == "Constant" and "value" in operation.attributes:
            self.add_stored(output, operation.attributes["value"], "constant")
            return True
        fold = FOLDS.get(operation.type)
        if fold is None:
            return False
        arguments: list[Any] = []
        for name in operation.inputs:
            tensor = self.tensors.get(name)
            argument = None
            if tensor is not None:
                is_shape = operation.type in ("Shape", "Size")
                argument = tensor.dims if is_shape else tensor.values
            if name and argument is None:
                return False
            arguments.append(argument)
        try:
            values = fold(operation.attributes, *arguments)
        except ARITHMETIC_ERRORS:
            return False
        if values is None or values.size > MAX_CONSTANT:
            return False
        self.tensors[output] = Tensor(tuple(values.shape), "constant", values)
        self.types[output] = value_type(helper.np_dtype_to_tensor_dtype(values.dtype), values.shape)
        self.mark_weight(operation)
        return True

    def mark_weight(self, operation: Operation) -> None:
        """Mark a rearranged weight as a weight, and note which operator computes any other constant."""
        source = self.tensors.get(operation.inputs[0]) if operation.inputs else None
        weights = [
            tensor
            for name in operation.inputs
            if (tensor := self.tensors.get(name)) is not None and tensor.kind == "weight"
        ]
        for output in operation.outputs:
            tensor = self.tensors[output]
            if source is not None and operation.type in REARRANGING and source.kind == "weight":
                stored = source.stored
                if operation.type == "Identity":  # torch stores equal weights once, with copies
                    self.copies.append(output)
                    stored = output
                self.tensors[output] = tensor._replace(kind="weight", stored=stored)
            elif is_standardized(tensor, weights):
                self.tensors[output] = tensor._replace(kind="weight", stored=weights[0].stored)
            else:
                reason = f"a weight that {operation} computes"
                self.tensors[output] = tensor._replace(reason=reason)

    def count_axes_from_start(self, node: Any) -> None:
        """Rewrite the negative axes of a Transpose, which torch exports although ONNX has none."""
        for attribute in node.attribute:
            if node.op_type == "Transpose" and attribute.name == "perm":
                count = len(attribute.ints)
                attribute.ints[:] = [axis + count if axis < 0 else axis for axis in attribute.ints]

    def infer(self, node: Any, operation: Operation) -> list[tuple[int, ...] | None]:
        """Return the shape of each output, by onnx; None where it is unknown."""
        self.count_axes_from_start(node)
        unknown: list[tuple[int, ...] | None] = [None] * len(operation.outputs)
        version = self.opsets.get(node.domain, self.opset)
        if not defs.has(node.op_type, version, node.domain):
            return unknown
        types, data = {}, {}
        for name in operation.inputs:
            if not name:
                continue
            if name not in self.types:
                return unknown
            if not is_safe(self.types[name], operation.type):
                return unknown
            types[name] = self.types[name]
            values = self.tensors[name].values
            if values is not None:
                data[name] = numpy_helper.from_array(values, name)
        try:
            schema = defs.get_schema(node.op_type, version, node.domain)
            inferred = shape_inference.infer_node_outputs(
                schema,
                node,
                types,
                data,
                opset_imports=list(self.model.opset_import),
                ir_version=self.model.ir_version,
            )
        except (*ONNX_ERRORS, *ARITHMETIC_ERRORS):
            return unknown
        for name in operation.outputs:
            if name in inferred:
                self.types[name] = inferred[name]
        return [dims_of(inferred.get(name)) for name in operation.outputs]


def is_standardized(tensor: Tensor, weights: Sequence[Tensor]) -> bool:
    """Return whether a constant has the size of the one weight that it is computed from."""
    if len({weight.stored for weight in weights}) != 1 or tensor.dims is None:
        return False
    dims = weights[0].dims
    return dims is not None and prod(dims) == prod(tensor.dims) > 1


def is_safe(type_: Any, operator: str) -> bool:
    """Return whether onnx can infer shapes with a tensor; sizes without sense may end the process."""
    smallest = 1 if operator == "Slice" else 0
    sides = type_.tensor_type.shape.dim
    return all(smallest <= side.dim_value <= MAX_SIDE for side in sides)


def channels_last(nodes: Sequence[Any]) -> set[str]:
    """Return the tensors that are transposed from N x H x W x C before their first layer."""
    names: set[str] = set()
    for node in reversed(nodes):
        orders = [list(entry.ints) for entry in node.attribute if entry.name == "perm"]
        starts_layers = node.op_type == "Transpose" and orders == [TO_CHANNELS_FIRST]
        keeps_axes = node.op_type in ONE_BY_ONE and not names.isdisjoint(node.output)
        if starts_layers or keeps_axes:
            names.update(node.input)
    return names


def value_type(element: int, dims: Sequence[int]) -> Any:
    """Return the type of a tensor, as onnx writes it."""
    return helper.make_tensor_type_proto(element, [int(side) for side in dims])


def dims_of(type_: Any) -> tuple[int, ...] | None:
    """Return the shape in a type; None where a side is unknown."""
    if type_ is None or not type_.tensor_type.HasField("shape"):
        return None
    sides = type_.tensor_type.shape.dim
    if not all(side.HasField("dim_value") for side in sides):
        return None
    return tuple(side.dim_value for side in sides)


def attribute_value(attribute: Any) -> Any:
    """Return the value of an attribute; text as str."""
    value = helper.get_attribute_value(attribute)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    is_list = attribute.type in (onnx.AttributeProto.INTS, onnx.AttributeProto.FLOATS)
    return list(value) if is_list else value
