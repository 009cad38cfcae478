"""How PyTorch lays out a tensor in CPU memory: shapes and strides, without PyTorch.

The strides decide whether a later layer uses a storage as it is or copies it, and so what autograd
saves. The rules are those of PyTorch 2.13: ``c10/core/MemoryFormat.h``,
``c10/core/TensorImpl.cpp``, ``aten/src/ATen/TensorIterator.cpp`` and
``aten/src/ATen/TensorUtils.cpp``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Numbers = tuple[int, ...]
CHANNELS_LAST = (1, 3, 2, 0)  # the axes of N x C x H x W, the fastest first


class Strided(NamedTuple):
    """The shape of a tensor, N x C x H x W or N x C, and its stride along each axis."""

    shape: Numbers
    strides: Numbers


def order(shape: Numbers, *, channels_last: bool) -> Sequence[int]:
    """Return the axes of a contiguous tensor, the fastest first."""
    return CHANNELS_LAST if channels_last else range(len(shape) - 1, -1, -1)


def packed(shape: Numbers, *, channels_last: bool = False) -> Strided:
    """Return a new contiguous tensor."""
    return in_order(shape, order(shape, channels_last=channels_last))


def in_order(shape: Numbers, axes: Sequence[int]) -> Strided:
    """Return a new tensor without gaps whose axes have this order, the fastest first."""
    strides, step = [0] * len(shape), 1
    for axis in axes:
        strides[axis] = step
        step *= shape[axis]
    return Strided(shape, tuple(strides))


def is_packed(x: Strided, *, channels_last: bool = False) -> bool:
    """Return ``x.is_contiguous(memory_format=...)``; strides of axes of length 1 do not matter."""
    expected = packed(x.shape, channels_last=channels_last and len(x.shape) == 4).strides
    return all(
        size == 1 or own == step
        for size, own, step in zip(x.shape, x.strides, expected, strict=True)
    )


def is_dense(x: Strided) -> bool:
    """Return whether the values have no gaps between them, whatever the order of the axes."""
    step = 1
    for stride, size in sorted(
        (stride, size) for size, stride in zip(x.shape, x.strides, strict=True) if size > 1
    ):
        if stride != step:
            return False
        step *= size
    return True


def suggests_channels_last(x: Strided) -> bool:
    """Return whether ``x.suggest_memory_format()`` is channels last.

    PyTorch guesses it from the strides, so a 1 x 1 map may count as either format.
    """
    if len(x.shape) != 4:
        return False
    least = 0
    for axis in CHANNELS_LAST:
        if x.strides[axis] < least or (axis == 0 and least == x.strides[1]):
            return False
        least = x.strides[axis] * x.shape[axis]
    return True


def contiguous(x: Strided, *, channels_last: bool = False) -> Strided:
    """Return ``x.contiguous(memory_format=...)``: the tensor itself if it already is."""
    if is_packed(x, channels_last=channels_last):
        return x
    return packed(x.shape, channels_last=channels_last)


def as_suggested(x: Strided, shape: Numbers) -> Strided:
    """Return a new tensor in the memory format that ``x`` suggests."""
    return packed(shape, channels_last=suggests_channels_last(x))


def convolved(x: Strided, weight: Numbers, shape: Numbers) -> Strided:
    """Return the output of a convolution with weights of the shape ``weight``.

    PyTorch copies ``x`` and the weights to the suggested format and then asks both copies again.
    """
    channels_last = suggests_channels_last(x)
    copies = (contiguous(tensor, channels_last=channels_last) for tensor in (x, packed(weight)))
    return packed(shape, channels_last=any(map(suggests_channels_last, copies)))


def concatenated(tensors: Sequence[Strided], shape: Numbers) -> Strided:
    """Return the output of ``torch.cat``: channels last if all of its inputs suggest it."""
    return packed(shape, channels_last=all(map(suggests_channels_last, tensors)))


def copied(x: Strided) -> Strided:
    """Return ``torch.empty_like(x)``."""
    return x if is_dense(x) else sorted_axes(x.shape, [x.strides])


def elementwise(*operands: Strided) -> Strided:
    """Return the output of an elementwise operation on broadcast operands (TensorIterator)."""
    rank = max(len(operand.shape) for operand in operands)
    shapes = [(1,) * (rank - len(operand.shape)) + operand.shape for operand in operands]
    shape = tuple(map(max, zip(*shapes, strict=True)))
    if all(operand.shape == shape for operand in operands):
        for channels_last in (False, True) if rank == 4 else (False,):
            if all(is_packed(operand, channels_last=channels_last) for operand in operands):
                return packed(shape, channels_last=channels_last)
        if all(is_dense(operand) and operand == operands[0] for operand in operands):
            return operands[0]
    broadcast: list[Numbers] = []
    for operand, sizes in zip(operands, shapes, strict=True):
        strides = (0,) * (rank - len(operand.shape)) + operand.strides
        broadcast.append(
            tuple(
                0 if size == 1 and whole != 1 else step
                for size, whole, step in zip(sizes, shape, strides, strict=True)
            )
        )
    return sorted_axes(shape, broadcast)


def sorted_axes(shape: Numbers, operands: Sequence[Numbers]) -> Strided:
    """Return a new tensor whose axes have the order of the operands' strides.

    This is the insertion sort of TensorIterator, where the first operand that can tell two axes
    apart decides.
    """

    def compare(axis: int, other: int) -> int:
        for strides in operands:
            if strides[axis] == 0 or strides[other] == 0:
                continue
            if strides[axis] != strides[other]:
                return -1 if strides[axis] < strides[other] else 1
            if shape[axis] > shape[other]:
                return 1
        return 0

    axes = list(order(shape, channels_last=False))
    for start in range(1, len(axes)):
        index = start
        for before in range(start - 1, -1, -1):
            order_of_axes = compare(axes[before], axes[index])
            if order_of_axes < 0:
                break
            if order_of_axes > 0:
                axes[before], axes[index] = axes[index], axes[before]
                index = before
    return in_order(shape, axes)


def viewed(x: Strided, shape: Numbers) -> Strided | None:
    """Return ``x.view(shape)``; None if that needs a copy (``computeStride``)."""
    strides = [0] * len(shape)
    index = len(shape) - 1
    # Axes that follow each other in memory without a gap form a run; runs are taken from the last.
    base, values, seen = x.strides[-1], 1, 1
    for axis in range(len(x.shape) - 1, -1, -1):
        values *= x.shape[axis]
        if axis and (x.shape[axis - 1] == 1 or x.strides[axis - 1] == values * base):
            continue
        while index >= 0 and (seen < values or shape[index] == 1):
            strides[index] = seen * base
            seen *= shape[index]
            index -= 1
        if seen != values:
            return None
        if axis:
            base, values, seen = x.strides[axis - 1], 1, 1
    return Strided(shape, tuple(strides))
