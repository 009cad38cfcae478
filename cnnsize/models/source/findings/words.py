"""Words that the findings about networks of Python source share."""

from __future__ import annotations

import ast
from math import prod

from cnnsize.models.axes import volume_of
from cnnsize.models.source.errors import MismatchError
from cnnsize.models.source.findings.finding import Case
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.values.number import depends_on_input
from cnnsize.models.source.values.objects import Tensor


def place_of(machine: Machine, index: int) -> ast.AST | None:
    """Return where the layer of a node is constructed, or applied if it has no constructor."""
    place = machine.places[index]
    return place.constructor or place.application


def factors_of(machine: Machine, tensor: Tensor) -> tuple[int, ...]:
    """Return the channels, height and width of the map that a vector was flattened from."""
    if len(tensor.axes) == 4:
        W, H, D = volume_of(tensor.axes)
        return int(D), int(H), int(W)
    index, size = tensor.node, int(tensor.shape[-1])
    while len(machine.nodes[index].inputs) == 1:
        node = machine.nodes[index]
        index = node.inputs[0]
        before = machine.nodes[index].volume
        if before is None or int(prod(before)) != size:
            return ()
        if node.kind == "FLATTEN":
            return int(before.D), int(before.H), int(before.W)
    return ()


def product_text(case: Case, factors: tuple[int, ...], total: int) -> str:
    """Return ``16 x 6 x 6 = 576``, and for which input if it depends on that."""
    text = f"{' x '.join(map(str, factors))} = {total:,}" if len(factors) > 1 else f"{total:,}"
    error = case.error
    by_size = isinstance(error, MismatchError) and depends_on_input(error.received)
    return f"{text} {case.for_input()}" if by_size else text
