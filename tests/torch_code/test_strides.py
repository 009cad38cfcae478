"""Strides as torch has them: random tensors, views of all sorts, and what torch makes of each."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from random import Random

import pytest
import torch
from torch import Tensor, nn

from cnnsize.torch_code import strides
from cnnsize.torch_code.strides import Strided

Two = tuple[Tensor, Strided]


def tensor(random: Random, shape: tuple[int, ...]) -> Two:
    """A tensor with its axes in some order, perhaps a part of a larger one, perhaps with odd
    strides where an axis has one value.
    """
    order = random.choice(
        [(0, 1, 2, 3), (0, 1, 2, 3), (0, 2, 3, 1), (0, 2, 3, 1), (0, 3, 2, 1), (0, 2, 1, 3)]
    )
    large = [size + random.choice([0, 0, 0, 1, 2]) for size in shape]
    whole = torch.rand([large[axis] for axis in order]).permute(
        [order.index(axis) for axis in range(4)]
    )
    part = whole[tuple(slice(0, size) for size in shape)]
    if random.random() < 0.2:
        odd = [
            step if size > 1 else random.choice([1, 2, step])
            for size, step in zip(shape, part.stride(), strict=True)
        ]
        part = part.as_strided(shape, odd)
    return part, Strided(tuple(shape), part.stride())


def shape(random: Random) -> tuple[int, ...]:
    return tuple(
        random.choice(sizes) for sizes in ([1, 2, 3], [1, 1, 2, 4], [1, 1, 2, 3], [1, 1, 2, 3])
    )


def conv(x: Tensor, at: Strided, random: Random) -> tuple[Tensor, Strided]:
    layer = nn.Conv2d(
        x.shape[1], random.choice([1, 2, 4]), random.randint(1, 2), random.randint(1, 2), padding=1
    )
    y = layer(x)
    return y, strides.convolved(at, tuple(layer.weight.shape), tuple(y.shape))


def transposed(x: Tensor, at: Strided, random: Random) -> tuple[Tensor, Strided]:
    layer = nn.ConvTranspose2d(
        x.shape[1], random.choice([1, 2, 4]), random.randint(1, 3), random.randint(1, 2)
    )
    y = layer(x)
    return y, strides.convolved(at, tuple(layer.weight.shape), tuple(y.shape))


def suggested(x: Tensor, at: Strided, random: Random) -> tuple[Tensor, Strided]:
    y = nn.AvgPool2d(1, random.randint(1, 2))(x)
    return y, strides.as_suggested(at, tuple(y.shape))


def summed(x: Tensor, at: Strided, random: Random) -> tuple[Tensor, Strided]:
    other, there = tensor(random, (*at.shape[:2], 1, 1) if random.random() < 0.3 else at.shape)
    return x + other, strides.elementwise(at, there)


def concatenated(x: Tensor, at: Strided, random: Random) -> tuple[Tensor, Strided]:
    others = [tensor(random, at.shape) for _ in range(random.randint(1, 2))]
    y = torch.cat([x, *(other for other, _ in others)], 1)
    return y, strides.concatenated([at, *(there for _, there in others)], tuple(y.shape))


RULES: dict[str, Callable[[Tensor, Strided, Random], tuple[Tensor, Strided]]] = {
    "convolution": conv,
    "transposed convolution": transposed,
    "suggested format": suggested,
    "one operand": lambda x, at, random: (x.sigmoid(), strides.elementwise(at)),
    "two operands": summed,
    "a scalar": lambda x, at, random: (
        x * torch.ones(()),
        strides.elementwise(at, Strided((), ())),
    ),
    "a factor for each channel": lambda x, at, random: (
        x * torch.ones(x.shape[1], 1, 1),
        strides.elementwise(at, strides.packed((x.shape[1], 1, 1))),
    ),
    "empty_like": lambda x, at, random: (torch.empty_like(x), strides.copied(at)),
    "cat": concatenated,
    "contiguous": lambda x, at, random: (x.contiguous(), strides.contiguous(at)),
    "channels last": lambda x, at, random: (
        x.contiguous(memory_format=torch.channels_last),
        strides.contiguous(at, channels_last=True),
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_results_lie_as_those_of_torch(rule: str) -> None:
    random = Random(rule)
    for _ in range(400):
        x, at = tensor(random, shape(random))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y, predicted = RULES[rule](x, at, random)
        assert predicted == Strided(tuple(y.shape), y.stride()), (rule, at)


def test_a_view_is_one_where_torch_has_one() -> None:
    random = Random(0)
    views = copies = 0
    for _ in range(1000):
        x, at = tensor(random, shape(random))
        N, C, H, W = at.shape
        to = random.choice(
            [(N, C * H * W), (N, C, H * W), (N, C * H, W, 1), (N, 1, C, H, W), (N, W, H, C)]
        )
        predicted = strides.viewed(at, to)
        try:
            y = x.view(to)
        except RuntimeError:
            copies += 1
            assert predicted is None, (at, to)
        else:
            views += 1
            assert predicted == Strided(to, y.stride()), (at, to)
    assert min(views, copies) > 100
