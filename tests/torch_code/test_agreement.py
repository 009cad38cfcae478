"""PyTorch as the test oracle: random chains of real modules are run, and must agree with cnnsize.

No size is computed here. A module either accepts a tensor, and returns one whose shape counts, or
raises an error.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import pytest
import torch
from hypothesis import event, given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import cnnsize
from cnnsize import ArchitectureError
from tests.helpers import examples
from tests.strategies import MAKERS, Shape, Spec, layers, shapes

MOST_VALUES = 30_000  # a volume larger than this ends a chain


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # tiny tensors: threads would only cost time
    yield
    torch.set_num_threads(before)


class Function(nn.Module):
    """A function without parameters as a module."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class Scaling(nn.Module):
    """A factor and optionally a shift for each channel or for all, without a module in PyTorch."""

    def __init__(self, channels: int, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        scaled = x * self.weight
        return scaled if self.bias is None else scaled + self.bias


def as_map(x: Tensor) -> Tensor:
    return x.reshape(1, -1, 1, 1)


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "RELU": nn.ReLU,
    "RELU6": nn.ReLU6,
    "LRELU": nn.LeakyReLU,
    "ELU": nn.ELU,
    "SELU": nn.SELU,
    "GELU": nn.GELU,
    "SILU": nn.SiLU,
    "MISH": nn.Mish,
    "HSWISH": nn.Hardswish,
    "HSIGMOID": nn.Hardsigmoid,
    "SIGMOID": nn.Sigmoid,
    "TANH": nn.Tanh,
    "SOFTPLUS": nn.Softplus,
    "SOFTMAX": lambda: nn.Softmax(1),
    "LOGSOFTMAX": lambda: nn.LogSoftmax(1),
    "LRN": lambda: nn.LocalResponseNorm(5),
    "IDENTITY": nn.Identity,
    "OUTPUT": nn.Identity,
    "LOSS": nn.Identity,
}


def hw(pair: tuple[int, int]) -> tuple[int, int]:
    return pair[1], pair[0]


def module(spec: Spec, shape: Shape) -> nn.Module:
    """The layer as torch has it, for a volume of ``shape`` (W x H x D)."""
    W, H, D = shape
    kind, options = spec.kind, spec.options
    if kind in ACTIVATIONS:
        return ACTIVATIONS[kind]()
    if kind in ("CONV", "DWCONV", "TCONV"):
        F, S, dilation = spec.pair("F", (3, 3)), spec.pair("S", (1, 1)), spec.pair("D", (1, 1))
        channels, bias, P = spec.number("in", D), spec.flag("bias", True), options.get("P")
        if kind == "TCONV":
            return nn.ConvTranspose2d(
                channels,
                spec.number("K"),
                hw(F),
                hw(S),
                hw(spec.pair("P", (0, 0))),
                hw(spec.pair("output_padding", (0, 0))),
                spec.number("G", 1),
                bias,
                hw(dilation),
            )
        padding: str | tuple[int, int]
        if P is None:  # LANGUAGE.md, Defaults: what keeps the size of an odd filter at stride 1
            w, h = (d * (f // 2) if f % 2 else 0 for f, d in zip(F, dilation, strict=True))
            padding = (h, w)
        elif isinstance(P, str):
            padding = P
        else:
            padding = hw(spec.pair("P", (0, 0)))
        if kind == "DWCONV":
            return nn.Conv2d(
                channels, D * spec.number("M", 1), hw(F), hw(S), padding, hw(dilation), D, bias
            )
        return nn.Conv2d(
            channels,
            spec.number("K"),
            hw(F),
            hw(S),
            padding,
            hw(dilation),
            spec.number("G", 1),
            bias,
        )
    if kind in ("POOL", "AVGPOOL"):
        if "to" in options:
            to = hw(spec.pair("to", (1, 1)))
            return nn.AdaptiveMaxPool2d(to) if kind == "POOL" else nn.AdaptiveAvgPool2d(to)
        F = spec.pair("F", (2, 2))
        S, pads, ceil = hw(spec.pair("S", F)), hw(spec.pair("P", (0, 0))), spec.flag("ceil", False)
        if kind == "POOL":
            return nn.MaxPool2d(hw(F), S, pads, hw(spec.pair("D", (1, 1))), ceil_mode=ceil)
        return nn.AvgPool2d(hw(F), S, pads, ceil, spec.flag("include_pad", True))
    if kind == "GAP":
        return nn.AdaptiveAvgPool2d(1)
    if kind == "GMP":
        return nn.AdaptiveMaxPool2d(1)
    if kind == "FC":
        linear = nn.Linear(spec.number("in", W * H * D), spec.number("K"), spec.flag("bias", True))
        return nn.Sequential(nn.Flatten(), linear, Function(as_map))
    if kind == "PRELU":
        return nn.PReLU(D if "per" in options else 1)
    if kind == "BN":
        return nn.BatchNorm2d(D, affine=spec.flag("affine", True))
    if kind == "GN":
        return nn.GroupNorm(spec.number("G"), D, affine=spec.flag("affine", True))
    if kind == "LN":
        norm = nn.LayerNorm(D, elementwise_affine=spec.flag("affine", True))
        return nn.Sequential(
            Function(lambda x: x.movedim(1, 3)), norm, Function(lambda x: x.movedim(3, 1))
        )
    if kind == "IN":
        return nn.InstanceNorm2d(D, affine=spec.flag("affine", False))
    if kind == "SCALE":
        return Scaling(1 if options.get("per") == "layer" else D, spec.flag("bias", False))
    if kind in ("DROPOUT", "DROPOUT2D", "DROPPATH"):
        rate = options.get("rate", 0.5)
        assert isinstance(rate, (int, float))
        return nn.Dropout2d(rate) if kind == "DROPOUT2D" else nn.Dropout(rate)
    if kind == "FLATTEN":
        return nn.Sequential(nn.Flatten(), Function(as_map))
    if kind == "UNFLATTEN":
        sizes = (spec.number("D"), spec.number("H"), spec.number("W"))
        return nn.Sequential(nn.Flatten(), nn.Unflatten(1, sizes))
    if kind == "UP":
        if "to" in options:
            to = hw(spec.pair("to", (1, 1)))
            return nn.Upsample(to, mode=str(options.get("mode", "nearest")))
        factor = tuple(map(float, hw(spec.pair("factor", (2, 2)))))
        return nn.Upsample(scale_factor=factor, mode=str(options.get("mode", "nearest")))
    if kind == "PIXELSHUFFLE":
        return nn.PixelShuffle(spec.number("factor"))
    if kind == "PIXELUNSHUFFLE":
        return nn.PixelUnshuffle(spec.number("factor"))
    if kind == "CHSHUFFLE":
        return nn.ChannelShuffle(spec.number("G"))
    if kind == "PAD":
        left, right, top, bottom = (
            spec.number(side) for side in ("left", "right", "top", "bottom")
        )
        front, back = spec.number("front"), spec.number("back")
        return nn.ZeroPad3d((left, right, top, bottom, front, back))
    if kind == "CROP":
        w, h = spec.number("W"), spec.number("H")
        x, y = spec.number("left", (W - w) // 2), spec.number("top", (H - h) // 2)
        return Function(lambda map: map.narrow(3, x, w).narrow(2, y, h))
    assert kind == "SLICE", kind
    start, stop = spec.number("from"), spec.number("to")
    return Function(lambda map: map.narrow(1, start, stop - start))


def run(spec: Spec, x: Tensor) -> tuple[Tensor, int, int] | None:
    """Return (output, parameters, multiply-adds) of a layer; None if PyTorch raises an error."""
    _, D, H, W = x.shape
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # torch on even filters with padding="same", and on empty weights
        try:
            layer = module(spec, (W, H, D)).eval()
            with torch.no_grad(), FlopCounterMode(display=False) as counter:
                y = layer(x)
        except (RuntimeError, ValueError, IndexError, ZeroDivisionError):
            return None
    if 0 in y.shape:
        return None
    flops = counter.get_total_flops()
    assert flops % 2 == 0
    return y, sum(parameter.numel() for parameter in layer.parameters()), flops // 2


def compare(
    shape: Shape, chain: list[Spec], torch_says: list[tuple[Shape, int, int]], refused: bool
) -> None:
    """The whole chain in our language against what torch said of each of its layers."""
    W, H, D = shape
    text = " -> ".join([f"INPUT[{W}x{H}x{D}]", *(spec.text for spec in chain)])
    try:
        network = cnnsize.parse(text).sized()
    except ArchitectureError as wrong:
        if refused:
            return
        raise AssertionError(f"{text}: torch takes it, and we say: {wrong}") from wrong
    steps = network.steps[1:]
    assert len(steps) == len(chain), text
    for spec, step, (output, params, macs) in zip(chain, steps, torch_says, strict=False):
        assert step.kind == spec.kind, text
        assert step.output == output, f"{text}: {step.text}"
        assert (step.params, step.macs) == (params, macs), f"{text}: {step.text}"
    if refused:
        assert network.output is None, f"{text}: torch refuses the last layer"
        assert not network.valid
        assert (network.params, network.macs, network.activations) == (None, None, None)
        assert network.diagnostics, text
        return
    assert network.params == sum(params for _, params, _ in torch_says)
    assert network.macs == sum(macs for _, _, macs in torch_says)


def judge(shape: Shape, spec: Spec) -> None:
    """One layer on a volume, by torch and by us."""
    ran = run(spec, torch.ones(1, shape[2], shape[1], shape[0]))
    if ran is None:
        compare(shape, [spec], [], True)
    else:
        y, params, macs = ran
        compare(shape, [spec], [((y.shape[3], y.shape[2], y.shape[1]), params, macs)], False)


@pytest.mark.slow
@examples(500)
@given(shape=shapes, length=st.integers(1, 6), data=st.data())
def test_random_chains_agree_with_torch(shape: Shape, length: int, data: st.DataObject) -> None:
    x = torch.ones(1, shape[2], shape[1], shape[0])
    chain: list[Spec] = []
    says: list[tuple[Shape, int, int]] = []
    refused = False
    for _ in range(length):
        if x.numel() > MOST_VALUES:
            break
        _, D, H, W = x.shape
        spec = data.draw(layers((W, H, D)))
        chain.append(spec)
        ran = run(spec, x)
        if ran is None:
            refused = True
            break
        x = ran[0]
        says.append(((x.shape[3], x.shape[2], x.shape[1]), ran[1], ran[2]))
    event("refused" if refused else "accepted")
    compare(shape, chain, says, refused)


@pytest.mark.parametrize("kind", MAKERS)
def test_every_kind_agrees_with_torch(kind: str) -> None:
    @examples(100)
    @given(shape=shapes, data=st.data())
    def check(shape: Shape, data: st.DataObject) -> None:
        judge(shape, data.draw(layers(shape, [kind])))

    check()


@pytest.mark.parametrize(
    ("shape", "spec"),
    [
        # torch compares the padding of a pool with its filter as written, not as dilated
        ((5, 5, 1), Spec("POOL", {"F": (2, 2), "P": (2, 2), "D": (4, 4)}, "POOL2(P=2, D=4)")),
        ((9, 9, 2), Spec("POOL", {"F": (3, 3), "P": (2, 2), "D": (2, 2)}, "POOL3(P=2, D=2)")),
        ((9, 9, 2), Spec("POOL", {"F": (3, 3), "P": (1, 1), "D": (2, 2)}, "POOL3(P=1, D=2)")),
        # one value in a group has no variance
        ((1, 1, 4), Spec("GN", {"G": 4}, "GN(4)")),
        ((1, 1, 4), Spec("GN", {"G": 2}, "GN(2)")),
        ((1, 2, 4), Spec("GN", {"G": 4}, "GN(4)")),
        ((1, 1, 4), Spec("IN", {}, "IN")),
        ((1, 1, 4), Spec("LN", {}, "LN")),
        ((1, 1, 4), Spec("BN", {}, "BN")),
        # a last window in the right padding
        (
            (4, 4, 1),
            Spec(
                "POOL",
                {"F": (3, 3), "S": (3, 3), "P": (1, 1), "ceil": True},
                "POOL3(P=1, ceil=yes)",
            ),
        ),
        ((5, 5, 1), Spec("POOL", {"F": (2, 2), "S": (4, 4), "ceil": True}, "POOL2(S=4, ceil=yes)")),
        (
            (6, 6, 1),
            Spec("POOL", {"F": (1, 1), "S": (2, 2), "ceil": True}, "POOL(F=1, S=2, ceil=yes)"),
        ),
        ((2, 2, 1), Spec("POOL", {"F": (3, 3), "S": (2, 2), "ceil": True}, "POOL3(S=2, ceil=yes)")),
        # output padding may be as large as the dilation allows
        (
            (4, 4, 3),
            Spec(
                "TCONV",
                {"K": 2, "F": (3, 3), "D": (3, 3), "output_padding": (2, 2)},
                "TCONV3-2(D=3, output_padding=2)",
            ),
        ),
        ((1, 1, 3), Spec("TCONV", {"K": 2, "F": (1, 1), "P": (1, 1)}, "TCONV-2(F=1, P=1)")),
        (
            (8, 8, 3),
            Spec("CONV", {"K": 4, "F": (4, 4), "P": "same", "D": (3, 3)}, "CONV4-4(P=same, D=3)"),
        ),
        (
            (8, 8, 3),
            Spec("CONV", {"K": 4, "F": (4, 4), "P": "same", "S": (1, 2)}, "CONV4-4(P=same, S=1x2)"),
        ),
    ],
    ids=lambda value: value.text if isinstance(value, Spec) else "x".join(map(str, value)),
)
def test_edges_agree_with_torch(shape: Shape, spec: Spec) -> None:
    judge(shape, spec)
