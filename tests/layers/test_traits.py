"""The traits that a kind declares are what PyTorch does: each is measured on the emitted module."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import Tensor, nn

import cnnsize
from cnnsize.layers import KINDS
from cnnsize.layers.base import Layer
from cnnsize.memory.layouts import output_layout
from cnnsize.torch_code import emitted
from cnnsize.torch_code.strides import packed
from tests.emitted import ran
from tests.layers.written import text_of

SHAPE = (2, 16, 8, 8)  # what the texts of ``written`` receive, N x C x H x W
MEASURED = {kind: cls for kind, cls in KINDS.items() if kind != "INPUT"}
EVERY = pytest.mark.parametrize("cls", MEASURED.values(), ids=MEASURED)


def module_of(cls: type[Layer]) -> nn.Module:
    """Return the emitted module of a layer, without the randomness of dropout."""
    name, source = emitted(cnnsize.parse(text_of(cls)).sized())
    namespace: dict[str, type[nn.Module]] = {}
    exec(source, namespace)
    return namespace[name]().eval()


def values(seed: int) -> Tensor:
    """Return a tensor of values on both sides of every kink of an activation."""
    return 4 * torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("before", ["CONV1-16 -> SIGMOID", "FC-16 -> SIGMOID"])
@EVERY
def test_emitted_source_runs_and_saves_as_predicted(cls: type[Layer], before: str) -> None:
    """On a map and on a vector, after a layer with weights, so that autograd saves what it needs."""
    start, layer = text_of(cls).split(" -> ")
    network = cnnsize.parse(f"{start} -> {before} -> {layer} -> LRELU").sized()
    if network.output is None:
        assert before.startswith("FC"), "a layer of ``written`` fits a map of 8x8x16"
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = ran(network)
    assert result.ok, (
        f"{cls.kind}: {result.findings}. Its source is written by torch_code/modules.py and "
        "helpers.py; its memory is counted by memory/layouts.py and autograd.py"
    )


@EVERY
def test_the_layout_of_an_output_has_the_shape_of_the_output(cls: type[Layer]) -> None:
    if cls.kind in ("FLATTEN", "UNFLATTEN", "CROP", "SLICE"):
        return  # views, for which memory/autograd.py allocates nothing
    row = cnnsize.parse(text_of(cls)).sized().steps[-1]
    volume = row.output
    assert volume is not None
    shape = (2, volume.D) if cls.kind == "FC" else (2, volume.D, volume.H, volume.W)
    x = packed((2, 16 * 8 * 8) if cls.kind == "FC" else SHAPE)
    assert output_layout(row.layer, x, shape).shape == shape, (
        f"name {cls.kind} in a table of memory/layouts.py: by default an output lies as its input"
    )


@EVERY
def test_a_kind_is_learned_if_its_module_has_parameters(cls: type[Layer]) -> None:
    has_parameters = any(True for _ in module_of(cls).parameters())
    if cls.traits.role == "norm":  # these may have none: BN(affine=no)
        assert not cls.traits.learned
    else:
        assert cls.traits.learned == has_parameters


@EVERY
def test_a_kind_is_nonlinear_unless_its_module_is_affine(cls: type[Layer]) -> None:
    """A norm does not count, though all but BN are nonlinear: it divides by what it measures."""
    if cls.traits.role == "norm":
        assert not cls.traits.nonlinear
        return
    module, x, y = module_of(cls), values(1), values(2)
    with torch.no_grad():
        is_affine = torch.allclose(module((x + y) / 2), (module(x) + module(y)) / 2, atol=1e-4)
    assert cls.traits.nonlinear == (not is_affine)


@EVERY
def test_an_elementwise_kind_commutes_with_any_order_of_the_values(cls: type[Layer]) -> None:
    if not cls.traits.elementwise:
        return  # SCALE commutes too while its factors are all 1
    module, x = module_of(cls), values(3)
    order = torch.randperm(x[0].numel(), generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        reordered = module(x.flatten(1)[:, order].view(SHAPE))
        assert torch.equal(reordered.flatten(1), module(x).flatten(1)[:, order])


@EVERY
def test_a_monotone_kind_keeps_the_order_of_values(cls: type[Layer]) -> None:
    if not cls.traits.elementwise or cls.traits.role != "activation":
        assert not cls.traits.monotone
        return
    x = torch.linspace(-8, 8, 16 * 8 * 8).view(1, *SHAPE[1:])
    with torch.no_grad():
        y = module_of(cls)(x).flatten()
    is_monotone = bool((y.diff() >= -1e-6).all())
    assert cls.traits.monotone == is_monotone
