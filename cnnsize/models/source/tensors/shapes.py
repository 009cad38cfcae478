"""Views, permutations and reductions: what they change is only the axes, or a flattened map."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from math import prod

from cnnsize.models.axes import (
    Axes,
    axes_of,
    is_map,
    is_vector,
    map_axes,
    names_of,
    permuted,
    rearrangement,
    size_named,
    size_of,
    vector_axes,
    viewed,
    without,
)
from cnnsize.models.flow import UnreadableModelError
from cnnsize.models.source.errors import MismatchError, StatedError, Statement
from cnnsize.models.source.machine import BATCH, Machine, Place
from cnnsize.models.source.tensors.graph import add_layer, received_from
from cnnsize.models.source.values.number import depends_on_input, has_letters, letter
from cnnsize.models.source.values.objects import NotReadError, Tensor, Unknown, Value

MIXING = "a view that mixes the images of a batch"
UNSIZED = "the input's depth"  # the letter for the channels of an input that nothing has said yet
UNSIZED_DEPTH = letter(UNSIZED, 1_000_313)


class UnsizedInputError(NotReadError):
    """The depth of the input is needed, and the layer at hand says what it is, or nothing does."""

    def __init__(self, depth: int | None, node: ast.AST | None, *, vector: bool = False) -> None:
        super().__init__("the depth of the input is not known", node)
        self.depth = depth
        self.vector = vector


def depends_on_unsized(value: int) -> bool:
    """Return whether a number depends on the unknown depth of the input."""
    terms = getattr(value, "terms", {}) or {}
    return any(UNSIZED in key for key in terms)


def sizes_of(values: Sequence[Value], node: ast.AST) -> list[int]:
    """Return sizes as numbers. Raises NotReadError for one that is not known."""
    for value in values:
        if isinstance(value, Unknown):
            raise NotReadError(value.reason, value.node or node)
        if not isinstance(value, int) or isinstance(value, bool):
            raise NotReadError("a size that is no whole number", node)
    return list(values)


def reshape(machine: Machine, tensor: Tensor, shape: Sequence[Value], node: ast.AST) -> Tensor:
    """View a tensor with another shape. Raises MismatchError where the values do not fit."""
    sizes = sizes_of(shape, node)
    own = tensor.shape
    note_order(machine, tensor)
    open_axes = [index for index, size in enumerate(sizes) if not has_letters(size) and size == -1]
    if len(open_axes) > 1:
        raise NotReadError("a view with two sizes of -1", node)
    if not sizes:
        raise NotReadError("a view without sizes", node)
    if not own:
        if any(size not in (1, -1) for size in sizes):
            raise NotReadError("a view whose values do not fit", node)
        return rearranged(machine, tensor, [1] * len(sizes), "a view of a single value", node)
    is_flatten = len(sizes) == 2 and open_axes == [1] and sizes[0] == BATCH
    machine.size_matters |= not is_flatten and any(map(depends_on_input, own))
    if own[0] == BATCH and (0 in open_axes or sizes[0] == BATCH):
        per_image, wanted = prod(own[1:]), prod(sizes[1:])
        if open_axes in ([0], []) and per_image != wanted:
            if depends_on_unsized(per_image):
                raise UnsizedInputError(None, node)
            if has_letters(per_image) or has_letters(wanted):
                raise NotReadError("a view that depends on an argument without a value", node)
            per_image = received_from(machine, tensor, per_image)
            is_mixing = open_axes == [0] and wanted > 0 and per_image % wanted == 0
            if is_mixing and takes_rows(tensor, sizes):
                rows = BATCH * (per_image // wanted)
                return rearranged(machine, tensor, [rows, *sizes[1:]], MIXING, node)
            error = MismatchError(
                *(f"the view takes {wanted:,} values an image but receives {per_image:,}", node),
                *(wanted, per_image),
                code="CNN123" if is_mixing else "CNN121",
                tensors=(tensor,),
            )
            error.facts = {"view": tuple(sizes)}
            raise machine.refused(error)
        sizes[0] = BATCH
        open_axes = [index for index in open_axes if index]
    elif own[0] == BATCH and not has_letters(sizes[0]) and sizes[0] != 1:
        raise NotReadError("a view that does not keep the batch", node)
    if open_axes:
        rest = prod(size for index, size in enumerate(sizes) if index != open_axes[0])
        total = prod(own)
        if rest == 0 or total % rest:
            raise indivisible_view(machine, tensor, sizes, node)
        sizes[open_axes[0]] = total // rest
        if getattr(sizes[open_axes[0]], "terms", {}) is None:
            raise NotReadError("a view whose sizes are not known", node)
    elif prod(sizes) != prod(own):
        raise NotReadError("a view whose values do not fit", node)
    keeps_batch = own[0] == BATCH == sizes[0]
    is_unflattened = is_vector(tensor.axes) and len(sizes) == 4 and sizes[2] * sizes[3] > 1
    if is_unflattened and keeps_batch:
        channels, height, width = sizes[1:]
        options = {"shape": (width, height, channels)}
        axes = map_axes(BATCH, channels, height, width)
        return add_layer(machine, "UNFLATTEN", options, tensor, Place(None, node), axes)
    try:
        result = arranged(machine, tensor, viewed(tensor.axes, sizes), node)
    except UnreadableModelError as error:
        return rearranged(machine, tensor, sizes, str(error), node)
    if keeps_batch and is_vector(result.axes) and not depends_on_input(sizes[-1]):
        return Tensor(result.node, vector_axes(BATCH, sizes[-1]))  # it has no other size
    return result


def indivisible_view(
    machine: Machine, tensor: Tensor, sizes: Sequence[int], node: ast.AST
) -> NotReadError:
    """Return the error of a view with -1 whose other sizes do not divide the values of an image."""
    received = prod(tensor.shape[1:])
    rest = prod(size for size in sizes[1:] if has_letters(size) or size != -1)
    is_per_image = tensor.shape[0] == BATCH == sizes[0] and rest > 0
    if not is_per_image or has_letters(received) or has_letters(rest):
        return NotReadError("a view whose values do not fit", node)
    if depends_on_unsized(received):
        return UnsizedInputError(None, node)
    received = received_from(machine, tensor, received)
    message = f"the view: {received:,} values per image are not divisible by {rest:,}"
    statement = Statement(message, numbers=(received, rest))
    error = StatedError(message, node, statement, "CNN121", tensors=(tensor,))
    return machine.refused(error)


def takes_rows(tensor: Tensor, sizes: Sequence[int]) -> bool:
    """Return whether a view means to make rows of parts of images.

    It does after a permutation, and where it makes images of single channels.
    """
    is_plain = is_map(tensor.axes) or is_vector(tensor.axes)
    return not is_plain or (
        len(sizes) == 4 == len(tensor.axes) and tensor.shape[2:] == tuple(sizes[2:])
    )


def rearranged(
    machine: Machine, tensor: Tensor, sizes: Sequence[int], reason: str, node: ast.AST
) -> Tensor:
    """Return a tensor with other sizes, of whose axes nothing else is known."""
    return machine.outside([tensor], axes_of(sizes), node, reason)


def note_order(machine: Machine, tensor: Tensor) -> None:
    """Note that a network depends on the order of the axes of its input, which may be a guess."""
    if tensor.node == 0:
        machine.depends_on_order = True


def arranged(machine: Machine, tensor: Tensor, axes: Axes, node: ast.AST) -> Tensor:
    """Return a tensor with other axes: the same values, or the layer that the axes mean."""
    try:
        layer = rearrangement(axes)
    except UnreadableModelError as error:
        return rearranged(machine, tensor, list(map(size_of, axes)), str(error), node)
    if layer is None:
        return Tensor(tensor.node, axes)
    return add_layer(machine, layer.kind, layer.options, tensor, Place(None, node), layer.axes)


def flatten(machine: Machine, tensor: Tensor, start: Value, end: Value, node: ast.AST) -> Tensor:
    """Flatten the axes from ``start`` to ``end``."""
    first, last = (axis_index(value, len(tensor.axes), node) for value in (start, end))
    if first > last:
        raise NotReadError("a flatten from a later to an earlier axis", node)
    own = tensor.shape
    return reshape(
        machine, tensor, [*own[:first], prod(own[first : last + 1]), *own[last + 1 :]], node
    )


def axis_index(value: Value, count: int, node: ast.AST) -> int:
    """Return an axis as an index from 0. Raises NotReadError."""
    is_index = isinstance(value, int) and not has_letters(value) and -count <= value < count
    if not is_index:
        raise NotReadError("an axis that the tensor does not have", node)
    return int(value) % count


def permute(machine: Machine, tensor: Tensor, order: Sequence[Value], node: ast.AST) -> Tensor:
    """Return a tensor with its axes in another order."""
    count = len(tensor.axes)
    note_order(machine, tensor)
    indices = [axis_index(value, count, node) for value in order]
    if sorted(indices) != list(range(count)):
        raise NotReadError("a permutation that does not name each axis once", node)
    return arranged(machine, tensor, permuted(tensor.axes, indices), node)


def transpose(
    machine: Machine, tensor: Tensor, first: Value, second: Value, node: ast.AST
) -> Tensor:
    """Return a tensor with two axes swapped."""
    count = len(tensor.axes)
    order = list(range(count))
    i, j = axis_index(first, count, node), axis_index(second, count, node)
    order[i], order[j] = order[j], order[i]
    return permute(machine, tensor, order, node)


def movedim(
    machine: Machine, tensor: Tensor, source: Value, target: Value, node: ast.AST
) -> Tensor:
    """Return a tensor with one axis moved to another position."""
    count = len(tensor.axes)
    old, new = axis_index(source, count, node), axis_index(target, count, node)
    order = [index for index in range(count) if index != old]
    order.insert(new, old)
    return permute(machine, tensor, order, node)


def squeeze(machine: Machine, tensor: Tensor, dims: Value, node: ast.AST) -> Tensor:
    """Drop axes of size 1: all of them, or those that ``dims`` names."""
    count = len(tensor.axes)
    given = range(1, count) if dims is None else dims if isinstance(dims, (tuple, list)) else [dims]
    removed = {axis_index(value, count, node) for value in given} - {0}
    kept = [
        size
        for index, size in enumerate(tensor.shape)
        if index not in removed or has_letters(size) or size != 1
    ]
    return reshape(machine, tensor, kept, node)


def unsqueeze(machine: Machine, tensor: Tensor, dim: Value, node: ast.AST) -> Tensor:
    """Add an axis of size 1."""
    index = axis_index(dim, len(tensor.axes) + 1, node)
    shape = list(tensor.shape)
    return reshape(machine, tensor, [*shape[:index], 1, *shape[index:]], node)


ADAPTIVE = {"GAP": "AVGPOOL", "GMP": "POOL"}  # the pool of a part of the map


def before_reduction(machine: Machine, kind: str, tensor: Tensor) -> Tensor:
    """Return the map whose other axis was just reduced, or the tensor if none was."""
    node = machine.nodes[tensor.node]
    if node.kind != ADAPTIVE[kind] or not node.inputs or node.volume is None:
        return tensor
    volume = machine.nodes[node.inputs[0]].volume
    to = dict(node.options).get("to")
    pair = (to, to) if isinstance(to, int) else to
    if volume is None or pair not in ((1, int(volume.H)), (int(volume.W), 1)):
        return tensor
    return Tensor(node.inputs[0], map_axes(BATCH, volume.D, volume.H, volume.W))


def reduction(
    machine: Machine, kind: str, tensor: Tensor, dims: Value, keep: Value, node: ast.AST
) -> Tensor:
    """Reduce height and width to a mean or a maximum: a global pool, and an adaptive one for a
    single axis. Without ``kind``, it is another reduction.
    """
    count = len(tensor.axes)
    if not isinstance(keep, bool):
        raise NotReadError("a reduction that is not known", node)
    if dims is None:
        return machine.outside([tensor], (), node, "a reduction of all values")
    given = dims if isinstance(dims, (tuple, list)) else [dims]
    removed = {axis_index(value, count, node) for value in given}
    names = {letter for index in removed for letter in names_of(tensor.axes[index])}
    axes = without(tensor.axes, removed, keep=keep)
    if not kind:
        return machine.outside([tensor], axes, node, "a reduction other than a mean or a maximum")
    if not names and 0 not in removed:
        return Tensor(tensor.node, axes)
    is_whole = size_named(axes, "H") * size_named(axes, "W") == 1
    if is_whole and names <= {"H", "W"} and 0 not in removed:
        tensor = before_reduction(machine, kind, tensor)
    if names <= {"H", "W"} and is_whole and 0 not in removed:
        return add_layer(machine, kind, {}, tensor, Place(None, node), axes)
    if names in ({"H"}, {"W"}) and len(removed) == 1:
        to = size_named(axes, "W"), size_named(axes, "H")
        return add_layer(machine, ADAPTIVE[kind], {"to": to}, tensor, Place(None, node), axes)
    return machine.outside(
        [tensor], axes, node, "a reduction over other axes than height and width"
    )
