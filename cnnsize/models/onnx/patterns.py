"""Layers that exporters write as several operators: SILU, HSWISH, GELU, a LayerNorm, a GroupNorm.

A pattern is an operator with its operands: further patterns, numbers, and words that stand for
tensors. The same word means the same tensor, ``_`` any constant.
"""

from __future__ import annotations

from math import isclose, pi, sqrt
from typing import Any, NamedTuple

from cnnsize.models.onnx.graph import Graph, Operation

Pattern = Any  # ("Mul", "x", ("Sigmoid", "x"))
COMMUTATIVE = frozenset({"Add", "Mul"})

CLIPPED = ("Clip06", ("Add", "x", 3))  # Clip06: a Clip between 0 and 6
HALF_OF_ERF = ("Add", ("Erf", ("Div", "x", sqrt(2))), 1)
CUBE = (("Pow", "x", 3), ("Mul", "x", ("Mul", "x", "x")))
TANH_PARTS = [
    ("Add", ("Tanh", ("Mul", ("Add", "x", ("Mul", cube, 0.044715)), sqrt(2 / pi))), 1)
    for cube in CUBE
]
GELU_PARTS = [HALF_OF_ERF, ("Add", ("Erf", ("Mul", "x", sqrt(0.5))), 1), *TANH_PARTS]
GELUS = [
    gelu
    for part in GELU_PARTS
    for gelu in (
        ("Mul", ("Mul", "x", part), 0.5),
        ("Mul", "x", ("Mul", part, 0.5)),
        ("Mul", ("Mul", "x", 0.5), part),
    )
]
CENTRED = ("Sub", "x", ("ReduceMean", "x", "_"))
DEVIATION = ("Sqrt", ("Add", ("ReduceMean", ("Pow", CENTRED, 2), "_"), "_"))
NORMALIZED = ("Div", CENTRED, DEVIATION)
SQUARED = ("Sqrt", ("Add", ("ReduceMean", ("Mul", CENTRED, CENTRED), "_"), "_"))
NORMALIZED_2 = ("Div", CENTRED, SQUARED)
IN_GROUPS = ("Reshape", ("InstanceNormalization", ("Reshape", "x", "_"), "_", "_"), "_")
POOLED = ("AveragePool", ("Pad", ("Reshape", ("Mul", "x", "x"), "_"), "_"))
LOCAL_SUMS = [
    ("Squeeze", POOLED, "_"),
    ("Reshape", ("Identity", ("Squeeze", POOLED, "_")), "_"),
    ("Reshape", POOLED, "_"),
]
PATTERNS: list[tuple[str, Pattern]] = [
    ("SILU", ("Mul", "x", ("Sigmoid", "x"))),
    ("HSWISH", ("Mul", "x", ("HardSigmoid", "x"))),
    ("HSWISH", ("Div", ("Mul", "x", CLIPPED), 6)),
    ("HSWISH", ("Mul", "x", ("Div", CLIPPED, 6))),
    ("HSWISH", ("Mul", ("Mul", "x", CLIPPED), 1 / 6)),
    ("HSWISH", ("Mul", "x", ("Mul", CLIPPED, 1 / 6))),
    ("HSIGMOID", ("Div", CLIPPED, 6)),
    ("HSIGMOID", ("Mul", CLIPPED, 1 / 6)),
    ("SOFTPLUS", ("Where", ("Greater", "x", "_"), "x", ("Softplus", "x"))),
    ("MISH", ("Mul", "x", ("Tanh", ("Softplus", "x")))),
    *(("GELU", gelu) for gelu in GELUS),
    *(("LRN", ("Div", "x", ("Pow", ("Add", ("Mul", sums, "_"), "_"), "_"))) for sums in LOCAL_SUMS),
    ("GN", ("Add", ("Mul", IN_GROUPS, "weight"), "bias")),
    ("GN", IN_GROUPS),
    *(
        ("LN", pattern)
        for core in (NORMALIZED, NORMALIZED_2)
        for pattern in (("Add", ("Mul", core, "weight"), "bias"), core)
    ),
]
LAST: dict[str, list[tuple[str, Pattern]]] = {}
for _kind, _pattern in PATTERNS:
    LAST.setdefault(_pattern[0], []).append((_kind, _pattern))


class Match(NamedTuple):
    """Operators that are one layer."""

    kind: str
    names: dict[str, str]  # the tensors that the words of the pattern stand for
    operations: tuple[Operation, ...]  # the last one first


def matches_of(graph: Graph) -> dict[int, Match]:
    """Return the layers that patterns find, by the index of their last operator."""
    matches: dict[int, Match] = {}
    for operation in graph.operations:
        for kind, pattern in LAST.get(operation.type, ()):
            match = Matcher(graph).match(kind, pattern, operation)
            if match is not None:
                matches[operation.number] = match
                break
    return matches


def hidden_by(graph: Graph, matches: dict[int, Match]) -> set[int]:
    """Return the operators whose outputs only the layers of patterns read."""
    hidden: set[int] = set()
    for match in matches.values():
        members = {operation.number for operation in match.operations}
        for operation in match.operations[1:]:
            readers = [
                reader.number
                for name in operation.outputs
                for reader in graph.consumers.get(name, ())
            ]
            if all(reader in members for reader in readers):
                hidden.add(operation.number)
    return hidden


class Matcher:
    """Compares one pattern with a graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def match(self, kind: str, pattern: Pattern, last: Operation) -> Match | None:
        """Return the layer that ends with an operator, if the pattern is there."""
        names: dict[str, str] = {}
        operations = self.operator(pattern, last, names)
        return None if operations is None else Match(kind, names, tuple(operations))

    def operator(
        self, pattern: Pattern, operation: Operation, names: dict[str, str]
    ) -> list[Operation] | None:
        """Return the operators of a pattern that begins with this one, and note its words."""
        if word_of(self.graph, operation) != pattern[0]:
            return None
        wanted = list(pattern[1:])
        inputs = [name for name in operation.inputs if name]
        while len(wanted) > len(inputs) and wanted[-1] == "_":
            wanted.pop()  # axes that are an attribute
        if pattern[0] == "Clip06":
            inputs = inputs[:1]
        if len(wanted) != len(inputs):
            return None
        orders = [inputs]
        if pattern[0] in COMMUTATIVE:
            orders.append(inputs[::-1])
        for order in orders:
            trial = dict(names)
            operations = [operation]
            for part, name in zip(wanted, order, strict=True):
                inner = self.operand(part, name, trial)
                if inner is None:
                    break
                operations += inner
            else:
                names.update(trial)
                return operations
        return None

    def operand(self, part: Pattern, name: str, names: dict[str, str]) -> list[Operation] | None:
        """Return the operators of an operand; an empty list for a tensor or a number."""
        tensor = self.graph.tensors.get(name)
        if isinstance(part, tuple):
            producer = self.graph.producers.get(name)
            return None if producer is None else self.operator(part, producer, names)
        if part == "_":
            return [] if tensor is not None and tensor.kind != "data" else None
        if isinstance(part, str):
            needs_weight = part != "x"
            if needs_weight and (tensor is None or tensor.kind != "weight"):
                return None
            return [] if names.setdefault(part, name) == name else None
        return [] if is_number(tensor, part) else None


def is_number(tensor: Any, number: float) -> bool:
    """Return whether a tensor is a constant with this one value."""
    if tensor is None or tensor.values is None or tensor.values.size != 1:
        return False
    return isclose(float(tensor.values.reshape(-1)[0]), number, rel_tol=1e-3)


def word_of(graph: Graph, operation: Operation) -> str:
    """Return the operator for a pattern: a Clip between 0 and 6 has a word of its own."""
    return "Clip06" if clip_bounds(graph, operation) == (0, 6) else operation.type


def clip_bounds(graph: Graph, operation: Operation) -> tuple[float | None, float | None] | None:
    """Return the bounds of a Clip, None for one that it does not have; None for others."""
    if operation.type != "Clip":
        return None
    bounds = []
    for place, word in ((1, "min"), (2, "max")):
        value = operation.attributes.get(word)
        if len(operation.inputs) > place and operation.inputs[place]:
            values = graph.tensors[operation.inputs[place]].values
            if values is None or values.size != 1:
                return (None, None)
            value = float(values.reshape(-1)[0])
        bounds.append(value)
    return bounds[0], bounds[1]
