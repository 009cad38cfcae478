"""Tensors that become one, as in torch.cat and stack, and one that becomes several."""

from __future__ import annotations

from cnnsize.models.axes import axes_of, axis_of, names_of
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.machine import Machine, Place
from cnnsize.models.source.tensors.broadcasting import operand, require_equal
from cnnsize.models.source.tensors.graph import add_layer, join
from cnnsize.models.source.tensors.shapes import axis_index
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import Arguments, NotReadError, Tensor, Unknown, Value

MAX_PARTS = 1_000  # of a tensor that is split


def concatenate(machine: Machine, arguments: Arguments) -> Value:
    node = arguments.node
    tensors = operands(machine, arguments, "torch.cat")
    if len({len(tensor.axes) for tensor in tensors}) > 1:
        reason = "torch.cat of tensors with different numbers of axes"
        facts = {"kind": "CAT"}
        raise machine.refused(RefusedError(reason, node, "CNN122", tensors=tensors, facts=facts))
    dim = arguments.get(1, "dim", arguments.keywords.get("axis", 0))
    index = axis_index(dim, len(tensors[0].axes), node)
    if len(tensors) == 1:
        return tensors[0]
    total = sum(tensor.shape[index] for tensor in tensors)
    axes = list(tensors[0].axes)
    orders = {tuple(map(names_of, tensor.axes)) for tensor in tensors}
    names = {order[index] for order in orders}
    is_depth = names == {"C"} or (names <= {"C", ""} and index == 1)
    others = [[own for position, own in enumerate(order) if position != index] for order in orders]
    if is_depth and are_alike(others):
        axes[index] = axis_of("C", total)
        return join(machine, "CAT", tensors, tuple(axes), node)
    pairs = [sizes for place, sizes in enumerate(columns(tensors)) if place != index]
    require_equal(machine, pairs, tensors, node, "concatenation")
    axes[index] = axes_of([1] * index + [total])[index]
    reason = "torch.cat along another axis than the channels"
    return machine.outside(tensors, tuple(axes), node, reason)


def are_alike(orders: list[list[str]]) -> bool:
    """Return whether axes hold the same, as far as they have more than one position."""
    return all(len(set(names) - {""}) < 2 for names in zip(*orders, strict=True))


def columns(tensors: list[Tensor]) -> list[tuple[int, ...]]:
    """Return the sizes of tensors along each axis."""
    return list(zip(*(tensor.shape for tensor in tensors), strict=True))


def operands(machine: Machine, arguments: Arguments, name: str) -> list[Tensor]:
    """Return the tensors of torch.cat or stack. Raises NotReadError for anything else."""
    node = arguments.node
    tensors = arguments.get(0, "tensors")
    if isinstance(tensors, Unknown):
        raise NotReadError(tensors.reason, tensors.node or node)
    if not isinstance(tensors, (list, tuple)) or not tensors:
        raise NotReadError(f"{name} of something that is no list", node)
    return [operand(machine, tensor, node) for tensor in tensors]


def stacked(machine: Machine, arguments: Arguments) -> Value:
    node = arguments.node
    tensors = operands(machine, arguments, "torch.stack")
    if len({len(tensor.axes) for tensor in tensors}) > 1:
        raise NotReadError("torch.stack of tensors with different numbers of axes", node)
    require_equal(machine, columns(tensors), tensors, node, "stack")
    index = axis_index(arguments.get(1, "dim", 0), len(tensors[0].axes) + 1, node)
    shape = list(tensors[0].shape)
    shape.insert(index, len(tensors))
    return machine.outside(tensors, axes_of(shape), node, "torch.stack()")


def unbound(machine: Machine, arguments: Arguments) -> Value:
    """Return the parts of a tensor along an axis, each without that axis."""
    node, tensor = arguments.node, arguments.positional[0]
    index = axis_index(arguments.get(1, "dim", 0), len(tensor.axes), node)
    if has_letters(tensor.shape[index]) or tensor.shape[index] > MAX_PARTS:
        raise NotReadError("unbind() along an axis whose size is not known", node)
    axes = (*tensor.axes[:index], *tensor.axes[index + 1 :])
    count = int(tensor.shape[index])
    return tuple(machine.outside([tensor], axes, node, "unbind()") for _ in range(count))


def split(machine: Machine, arguments: Arguments) -> Value:
    """Return the parts of torch.split or chunk along the channels."""
    return parts_of(machine, arguments, chunks=False)


def chunk(machine: Machine, arguments: Arguments) -> Value:
    return parts_of(machine, arguments, chunks=True)


def parts_of(machine: Machine, arguments: Arguments, *, chunks: bool) -> Value:
    node, tensor = arguments.node, arguments.positional[0]
    given = arguments.get(1, "chunks" if chunks else "split_size_or_sections")
    given = arguments.keywords.get("split_size", given)
    index = axis_index(arguments.get(2, "dim", 0), len(tensor.axes), node)
    size = tensor.shape[index]
    is_depth = names_of(tensor.axes[index]) == "C"
    if has_letters(size) or has_letters(given):
        raise NotReadError("a split of sizes that are not known", node)
    if isinstance(given, int) and given > 0:
        width = -(-size // given) if chunks else given
        parts = [min(width, size - start) for start in range(0, size, width)]
    elif isinstance(given, (list, tuple)) and all(isinstance(part, int) for part in given):
        parts = list(given)
    else:
        raise NotReadError("a split that is not known", node)
    if sum(parts) != size or min(parts) < 1:
        raise RefusedError(f"a split of {size} channels into {parts}", node)
    result: list[Value] = []
    start = 0
    if len(parts) > MAX_PARTS:
        raise NotReadError("a split into many parts", node)
    for part in parts:
        axes = list(tensor.axes)
        if not is_depth:
            axes[index] = axes_of([1] * index + [part])[index]
            reason = "a split along another axis than the channels"
            result.append(machine.outside([tensor], tuple(axes), node, reason))
            continue
        axes[index] = axis_of("C", part)
        options = {"from": start, "to": start + part}
        result.append(add_layer(machine, "SLICE", options, tensor, Place(None, node), tuple(axes)))
        start += part
    return tuple(result)
