"""The shapes of operations that the notation does not have are those of PyTorch."""

from __future__ import annotations

import ast

import pytest

torch = pytest.importorskip("torch")

from cnnsize.models.axes import map_axes, size_of, vector_axes, volume_of  # noqa: E402
from cnnsize.models.flow import Node  # noqa: E402
from cnnsize.models.source.errors import RefusedError  # noqa: E402
from cnnsize.models.source.interpreter import Interpreter  # noqa: E402
from cnnsize.models.source.machine import BATCH, Place  # noqa: E402
from cnnsize.models.source.values.objects import (  # noqa: E402
    External,
    NotReadError,
    Parameter,
    Scope,
    Tensor,
    Value,
)

IMAGES = 3
SHAPES = {
    "x": (8, 6, 4),
    "y": (8, 6, 4),
    "gate": (1, 6, 4),
    "one": (8, 1, 1),
    "v": (12,),
    "w": (5,),
}
PARAMETERS = {"scale": (1, 8, 1, 1), "bias": (8,), "weight": (7, 4)}
LAYERS = {"torch": torch, "F": torch.nn.functional, "nn": torch.nn}

FITTING = """
x - y
x / (y + 1)
x * gate
gate * x + x
one - x
x * scale
x.permute(0, 2, 3, 1) + bias
torch.maximum(x, gate)
torch.max(x, y)
torch.max(x, dim=1, keepdim=True)[0]
torch.max(x, 1)[1]
x.min(2)[0]
torch.lerp(x, y, 0.5)
torch.where(x > 0, x, y)
(x > y).float() * x
x.masked_fill(gate > 0, 0.0)
x.mean(1, keepdim=True)
x.mean(1)
x.sum(dim=(2, 3))
x.sum()
x.std(dim=1, keepdim=True)
x.var(1, False)
x.norm(2, 1)
torch.norm(x, dim=1, keepdim=True)
F.normalize(v, dim=1)
F.cosine_similarity(v, v)
F.pairwise_distance(v, v, keepdim=True)
torch.stack([x, y], dim=1)
torch.stack((v, v))
torch.cat([x, y], dim=2)
torch.cat([x, y], 0)
torch.cat([x, one.expand(-1, -1, 6, 4)], 1)
torch.cat([x, one.expand_as(x)], dim=1)
x * one.expand_as(x)
x.flatten(2).transpose(1, 2) @ x.flatten(2)
torch.bmm(x.flatten(2), y.flatten(2).permute(0, 2, 1)).softmax(dim=-1)
torch.matmul(x, y.transpose(2, 3))
x @ weight.t() if False else F.linear(x, weight)
torch.einsum('bchw,bdhw->bcd', x, y)
torch.einsum('bchw->bc', x)
x.view(3 * 0 + x.size(0) * 2, 4, 6, 4)
x.view(-1, 1, 6, 4)
x.permute(0, 2, 3, 1).reshape(-1, 8)
x.reshape(1, -1, 6, 4)
x.view(x.size(0), 4, 2, 6, 4).mean(2)
x.view(x.size(0), 8, 4, 6)
x[:, 0]
x[:, -1:, ::2]
x[:, 2, 1]
x[0]
x[..., 1]
x.unbind(1)[3]
x.split(2, dim=2)[1]
x.chunk(4, dim=3)[0]
x.chunk(3, dim=1)[2]
x.repeat(1, 2, 1, 3)
v.repeat(2, 1, 1)
v[:, :, None, None].expand(-1, -1, 6, 4)
v.unsqueeze(0)
x.transpose(0, 1)
torch.randn_like(x) * x
x + torch.randn(x.size(0), 1, 6, 4)
x.cumsum(1).flip(2)
x.softmax(2)
F.interpolate(x, size=one.shape[2:])
F.pad(x, (-1, -1, 0, 2))
nn.BatchNorm1d(8)(x.flatten(2))
nn.LayerNorm([8, 6, 4])(x)
nn.GroupNorm(2, 8)(x.flatten(2))
nn.Linear(4, 9)(x)
nn.Conv2d(6, 2, 1)(x.transpose(1, 2))
nn.Conv1d(8, 5, 3, stride=2, padding=1)(x.flatten(2))
nn.ConvTranspose1d(8, 5, 4, 2, 1)(x.flatten(2))
nn.MaxPool1d(2)(x.flatten(2))
nn.AdaptiveAvgPool1d(3)(x.flatten(2))
nn.LSTM(8, 10, bidirectional=True, batch_first=True)(x.flatten(2).transpose(1, 2))[0]
nn.GLU(dim=1)(x)
nn.LogSigmoid()(x)
nn.MaxUnpool2d(2)(*nn.MaxPool2d(2, return_indices=True)(x))
"""

REFUSED = """
x - x[:, :4]
torch.maximum(x, v.view(v.size(0), 3, 2, 2))
torch.cat([x, gate], dim=2)
torch.stack([x, gate])
torch.bmm(x.flatten(2), x.flatten(2))
torch.matmul(x, x)
torch.einsum('bchw,bhcw->b', x, y)
nn.BatchNorm1d(8)(x)
nn.BatchNorm2d(12)(v)
nn.BatchNorm1d(5)(x.flatten(2))
nn.Conv2d(12, 4, 1)(v)
nn.Conv1d(5, 4, 1)(x.flatten(2))
nn.Conv1d(8, 4, 1)(x)
nn.LSTM(5, 10)(x.flatten(2).transpose(1, 2))
"""


def evaluated(expression: str) -> Value:
    """Return the value of an expression of ``SHAPES``, which nothing runs."""
    machine = Interpreter()
    machine.lenient = False
    scope = Scope()
    scope.names |= {
        "torch": External("torch"),
        "F": External("torch.nn.functional"),
        "nn": External("torch.nn"),
    }
    for name, shape in SHAPES.items():
        axes = map_axes(BATCH, *shape) if len(shape) == 3 else vector_axes(BATCH, *shape)
        machine.nodes.append(Node("INPUT", (), (), volume_of(axes), ()))
        machine.places.append(Place(None, None))
        scope.names[name] = Tensor(len(machine.nodes) - 1, axes)
    node = ast.parse(expression, mode="eval").body
    scope.names |= {name: Parameter(shape, node) for name, shape in PARAMETERS.items()}
    return machine.evaluate(node, scope)


def computed(expression: str) -> tuple[int, ...]:
    """Return the shape that PyTorch gives an expression."""
    names = {name: torch.randn(IMAGES, *shape) for name, shape in SHAPES.items()}
    names |= {name: torch.randn(*shape) for name, shape in PARAMETERS.items()}
    return tuple(eval(expression, {**LAYERS, **names}).shape)


def sizes_of(tensor: Tensor) -> tuple[int, ...]:
    """Return the sizes of a tensor for a batch of ``IMAGES``."""
    batch = int(BATCH)
    sizes = [int(size_of(axis)) for axis in getattr(tensor, "full", tensor.axes)]
    return tuple(size if size % batch else size // batch * IMAGES for size in sizes)


@pytest.mark.parametrize("expression", FITTING.strip().splitlines())
def test_shape_is_that_of_pytorch(expression: str) -> None:
    assert sizes_of(evaluated(expression)) == computed(expression)


@pytest.mark.parametrize("expression", REFUSED.strip().splitlines())
def test_pytorch_refuses_what_is_refused(expression: str) -> None:
    with pytest.raises(RefusedError) as refused:
        evaluated(expression)
    assert refused.value.code
    with pytest.raises((RuntimeError, ValueError)):
        computed(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "x.view(3, -1)",  # the batch may be another
        "v + torch.zeros(7, 12)",
        "x * x.mean(1)",  # there may be 8 images
        "x.expand(8, 8, 6, 4)",
        "x[:, 8]",
        "x.split(3, dim=5)",
        "torch.einsum('...c->c', x)",
    ],
)
def test_what_is_open_is_not_read(expression: str) -> None:
    with pytest.raises(NotReadError) as error:
        evaluated(expression)
    assert not getattr(error.value, "code", "")
