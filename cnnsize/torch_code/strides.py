"""How torch lays a tensor out in memory, on the CPU: shapes and strides, without torch.

Whether a later layer works on a storage as it is or copies it follows from the strides, and so does
what autograd saves. The rules were read off torch 2.13: ``c10/core/MemoryFormat.h``,
``c10/core/TensorImpl.cpp``, ``aten/src/ATen/TensorIterator.cpp`` and
``aten/src/ATen/TensorUtils.cpp``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Numbers = tuple[int, ...]
CHANNELS_LAST = (1, 3, 2, 0)  # the axes of N x C x H x W, the fastest first


class Strided(NamedTuple):
    """A tensor's shape, N x C x H x W or N x C, and the distance from one value to the next along
    each axis.
    """

    shape: Numbers
    strides: Numbers


def order(shape: Numbers, channels_last: bool) -> Sequence[int]:
    """The axes of a tensor in one piece, the fastest first."""
    return CHANNELS_LAST if channels_last else range(len(shape) - 1, -1, -1)


def packed(shape: Numbers, channels_last: bool = False) -> Strided:
    """A new tensor in one piece."""
    return in_order(shape, order(shape, channels_last))


def in_order(shape: Numbers, axes: Sequence[int]) -> Strided:
    strides, step = [0] * len(shape), 1
    for axis in axes:
        strides[axis] = step
        step *= shape[axis]
    return Strided(shape, tuple(strides))


def is_packed(x: Strided, channels_last: bool = False) -> bool:
    """``x.is_contiguous(memory_format=...)``: the strides of axes of length 1 do not matter."""
    expected = packed(x.shape, channels_last and len(x.shape) == 4).strides
    return all(
        size == 1 or own == step
        for size, own, step in zip(x.shape, x.strides, expected, strict=True)
    )


def is_dense(x: Strided) -> bool:
    """Do the values lie in one piece, whatever the order of the axes?"""
    step = 1
    for stride, size in sorted(
        (stride, size) for size, stride in zip(x.shape, x.strides, strict=True) if size > 1
    ):
        if stride != step:
            return False
        step *= size
    return True


def suggests_channels_last(x: Strided) -> bool:
    """``x.suggest_memory_format()``: guessed from the strides, so that a 1 x 1 map may be taken for
    either.
    """
    if len(x.shape) != 4:
        return False
    least = 0
    for axis in CHANNELS_LAST:
        if x.strides[axis] < least or (axis == 0 and least == x.strides[1]):
            return False
        least = x.strides[axis] * x.shape[axis]
    return True


def contiguous(x: Strided, channels_last: bool = False) -> Strided:
    """``x.contiguous(memory_format=...)``: the tensor itself where it is packed already."""
    return x if is_packed(x, channels_last) else packed(x.shape, channels_last)


def as_suggested(x: Strided, shape: Numbers) -> Strided:
    """A new tensor in the memory format of ``x``."""
    return packed(shape, suggests_channels_last(x))


def convolved(x: Strided, weight: Numbers, shape: Numbers) -> Strided:
    """What a convolution with weights of the shape ``weight`` gives: torch copies ``x`` and the
    weights to the suggested format, and then asks both copies again.
    """
    last = suggests_channels_last(x)
    copies = (contiguous(one, last) for one in (x, packed(weight)))
    return packed(shape, any(map(suggests_channels_last, copies)))


def concatenated(tensors: Sequence[Strided], shape: Numbers) -> Strided:
    """``torch.cat``: channels last where all suggest it."""
    return packed(shape, all(map(suggests_channels_last, tensors)))


def copied(x: Strided) -> Strided:
    """``torch.empty_like(x)``."""
    return x if is_dense(x) else sorted_axes(x.shape, [x.strides])


def elementwise(*operands: Strided) -> Strided:
    """What an operation value by value gives, its operands stretched to one shape
    (TensorIterator).
    """
    rank = max(len(one.shape) for one in operands)
    shapes = [(1,) * (rank - len(one.shape)) + one.shape for one in operands]
    shape = tuple(map(max, zip(*shapes, strict=True)))
    if all(one.shape == shape for one in operands):
        for last in (False, True)[: 1 + (rank == 4)]:
            if all(is_packed(one, last) for one in operands):
                return packed(shape, last)
        if all(is_dense(one) and one == operands[0] for one in operands):
            return operands[0]
    stretched: list[Numbers] = []
    for one, sizes in zip(operands, shapes, strict=True):
        strides = (0,) * (rank - len(one.shape)) + one.strides
        stretched.append(
            tuple(
                0 if size == 1 != whole else step
                for size, whole, step in zip(sizes, shape, strides, strict=True)
            )
        )
    return sorted_axes(shape, stretched)


def sorted_axes(shape: Numbers, operands: Sequence[Numbers]) -> Strided:
    """A new tensor with its axes in the order of the operands' strides: TensorIterator's insertion
    sort, where the first operand that can tell two axes apart decides.
    """

    def compare(one: int, other: int) -> int:
        for strides in operands:
            if strides[one] == 0 or strides[other] == 0:
                continue
            if strides[one] != strides[other]:
                return -1 if strides[one] < strides[other] else 1
            if shape[one] > shape[other]:
                return 1
        return 0

    axes = list(order(shape, False))
    for start in range(1, len(axes)):
        at = start
        for before in range(start - 1, -1, -1):
            found = compare(axes[before], axes[at])
            if found < 0:
                break
            if found > 0:
                axes[before], axes[at] = axes[at], axes[before]
                at = before
    return in_order(shape, axes)


def viewed(x: Strided, shape: Numbers) -> Strided | None:
    """``x.view(shape)``; None where only a copy has that shape (``computeStride``)."""
    strides = [0] * len(shape)
    at = len(shape) - 1
    base, values, seen = (
        x.strides[-1],
        1,
        1,
    )  # the runs of axes that follow each other in memory, from the last on
    for axis in range(len(x.shape) - 1, -1, -1):
        values *= x.shape[axis]
        if axis and (x.shape[axis - 1] == 1 or x.strides[axis - 1] == values * base):
            continue
        while at >= 0 and (seen < values or shape[at] == 1):
            strides[at] = seen * base
            seen *= shape[at]
            at -= 1
        if seen != values:
            return None
        if axis:
            base, values, seen = x.strides[axis - 1], 1, 1
    return Strided(shape, tuple(strides))
