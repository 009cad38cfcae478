"""Torch as the referee: random chains are built of real modules and run, and must agree with ours.

No size is computed here. A module either takes the tensor, and then says what comes out, or refuses
it.
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
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Window
from cnnsize.text.diagnostic import Fix
from tests.helpers import examples
from tests.strategies import MAKERS, Shape, Spec, layers, shapes

MOST_VALUES = 30_000  # a volume larger than this ends a chain


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # tiny tensors: threads only cost
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
    """A factor for each channel, and a shift where asked for: torch has no module for it."""

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
        return Scaling(D, spec.flag("bias", False))
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
        return nn.ZeroPad2d((left, right, top, bottom))
    if kind == "CROP":
        w, h = spec.number("W"), spec.number("H")
        x, y = spec.number("left", (W - w) // 2), spec.number("top", (H - h) // 2)
        return Function(lambda map: map.narrow(3, x, w).narrow(2, y, h))
    assert kind == "SLICE", kind
    start, stop = spec.number("from"), spec.number("to")
    return Function(lambda map: map.narrow(1, start, stop - start))


def run(spec: Spec, x: Tensor) -> tuple[Tensor, int, int] | None:
    """(what comes out, parameters, multiply-adds) of a layer, or None where torch refuses it."""
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


# -- what is never read ----------------------------------------


def unread(size: int, F: int, S: int, P: int, D: int, pool: bool) -> int | None:
    """How many of ``size`` rows no window reads, as autograd sees it; None where torch refuses."""
    x = torch.ones(1, 1, size, 1, requires_grad=True)
    layer: nn.Module
    try:
        if pool:
            layer = nn.AvgPool2d((F, 1), (S, 1), (P, 0))
        else:
            layer = nn.Conv2d(1, 1, (F, 1), (S, 1), (P, 0), (D, 1), bias=False)
            nn.init.ones_(layer.weight)
        y = layer(x)
    except RuntimeError:
        return None
    y.sum().backward()
    assert x.grad is not None
    return int((x.grad == 0).sum())


@examples(500)
@given(
    size=st.integers(1, 40),
    F=st.integers(1, 9),
    S=st.integers(1, 9),
    P=st.integers(0, 5),
    D=st.integers(1, 3),
    pool=st.booleans(),
    upright=st.booleans(),
)
def test_exactly_max_0_r_minus_p_rows_are_never_read(
    size: int, F: int, S: int, P: int, D: int, pool: bool, upright: bool
) -> None:
    """With D = 1 and F >= S exactly, with D > 1 at least that many; and then the network is not
    valid.
    """
    F = max(F, S) if D == 1 else F
    if pool:
        D, F = 1, max(F, S)
    lost = unread(size, F, S, P, D, pool)
    shape = f"1x{size}" if upright else f"{size}x1"
    f, s, p, d = (
        (f"1x{F}", f"1x{S}", f"0x{P}", f"1x{D}")
        if upright
        else (f"{F}x1", f"{S}x1", f"{P}x0", f"{D}x1")
    )
    layer = f"AVGPOOL(F={f}, S={s}, P={p})" if pool else f"CONV(K=1, F={f}, S={s}, P={p}, D={d})"
    network = cnnsize.parse(f"INPUT[{shape}x1] -> {layer}").sized()
    if lost is None:
        assert network.output is None
        return
    remainder = network.steps[-1].remainder
    assert remainder is not None
    r = remainder[1 if upright else 0]
    thrown_away = max(0, r - P)
    if D == 1:
        assert lost == thrown_away
        assert network.valid == (lost == 0)
    elif (F - 1) * D + 1 >= S:
        assert lost >= thrown_away
        assert network.valid == (thrown_away == 0)
    else:
        assert network.valid, "windows that stand apart skip rows by design"
    assert [found.code for found in network.diagnostics] == ([] if network.valid else ["CNN101"])


def unread_by(module: nn.Module, size: int) -> list[int]:
    """Which of ``size`` columns a convolution of ones or a pool never reads, as torch has it: those
    that get no gradient, and under a maximum, which gives one cell all of it, those whose 1 among
    zeros does not come out.
    """
    if isinstance(module, nn.MaxPool2d):
        out = module(torch.eye(size).reshape(size, 1, 1, size))
        return [cell for cell in range(size) if out[cell].max() < 1]
    x = torch.ones(1, 1, 1, size, requires_grad=True)
    module(x).sum().backward()
    assert x.grad is not None
    return [cell for cell in range(size) if x.grad[0, 0, 0, cell] == 0]


def column_module(kind: str, window: Window) -> nn.Module:
    """The layer whose window slides along the width alone."""
    F, S, P, D = (1, window.F), (1, window.S), (0, window.before), (1, window.D)
    if kind == "POOL":
        return nn.MaxPool2d(F, S, P, D, ceil_mode=window.ceil)
    if kind == "AVGPOOL":
        return nn.AvgPool2d(F, S, P, ceil_mode=window.ceil)
    module = nn.Conv2d(1, 1, F, S, P, D, bias=False)
    nn.init.ones_(module.weight)
    return module


@examples(1000)
@given(
    kind=st.sampled_from(["CONV", "POOL", "AVGPOOL"]),
    size=st.integers(1, 40),
    F=st.integers(1, 9),
    S=st.integers(1, 9),
    P=st.integers(0, 5),
    D=st.integers(1, 5),
    ceil=st.booleans(),
)
def test_the_cells_that_no_window_reads_are_those_of_torch(
    kind: str, size: int, F: int, S: int, P: int, D: int, ceil: bool
) -> None:
    window = Window(F, S, P, P, 1 if kind == "AVGPOOL" else D, ceil and kind != "CONV")
    if window.fit(size)[0] < 1 or (kind != "CONV" and 2 * P > F):
        return  # torch refuses it
    cells = [window.unread_cell(size, index) for index in range(window.unread(size))]
    assert cells == unread_by(column_module(kind, window), size)


def windows_of_a_grid() -> Iterator[str]:
    for W in (5, 16):
        for F in (2, 3, 5):
            for S in (2, 3, 4):
                for D in (1, 2, 3):
                    for P in (0, 1):
                        yield f"INPUT[{W}x{W}x1] -> CONV{F}-1(S={S}, P={P}, D={D})"
                        yield f"INPUT[{W}x{W}x1] -> POOL{F}(S={S}, P={P}, D={D})"
                        yield f"INPUT[{W}x{W}x1] -> POOL{F}(S={S}, P={P}, D={D}, ceil=yes)"
                        if D == 1:
                            yield f"INPUT[{W}x{W}x1] -> AVGPOOL{F}(S={S}, P={P})"


def made(text: str, fix: Fix) -> str:
    """The text with a fix made."""
    for edit in sorted(fix.edits, key=lambda one: one.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def test_with_a_fix_of_a_window_torch_reads_every_cell() -> None:
    fixes = 0
    for text in windows_of_a_grid():
        for found in cnnsize.parse(text).sized().diagnostics:
            for fix in found.fixes if found.code in ("CNN101", "CNN102") else ():
                fixes += 1
                network = cnnsize.parse(made(text, fix)).sized()
                step = network.steps[-1]
                assert network.valid, (text, fix)
                assert isinstance(step.layer, Pool) or step.kind == "CONV"
                assert step.inputs[0] is not None
                for window, size in zip(step.layer.windows, step.inputs[0][:2], strict=True):  # type: ignore[attr-defined]
                    assert unread_by(column_module(step.kind, window), size) == [], (text, fix)
    assert fixes > 200


def test_a_dilated_filter_with_a_stride_names_what_torch_does_not_read() -> None:
    (found,) = cnnsize.parse("INPUT[16x16x3] -> CONV3-8(S=2, P=0, D=3)").sized().diagnostics
    assert unread_by(column_module("CONV", Window(3, 2, D=3)), 16) == [1, 13, 15]
    assert found.notes[0] == (
        "PyTorch rounds down to 5, so 3 columns and 3 rows (1, 13 and 15, counted from 0) are never read"
    )
    assert found.facts["unread"] == 3
    # W = 15 leaves 1 and 13 unread, and P = 1 leaves 0 and 14
    assert unread_by(column_module("CONV", Window(3, 2, D=3)), 15) == [1, 13]
    assert unread_by(column_module("CONV", Window(3, 2, 1, 1, D=3)), 16) == [0, 14]
    assert found.help == ("exact: S = 1", "P = 3 also works: only padding goes unread")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("INPUT[10x10x3] -> CONV3-8(S=2, P=0)", "the last column and row are"),
        ("INPUT[10x9x3] -> CONV3-8(S=2, P=0)", "the last column is"),
        (
            "INPUT[17x16x3] -> CONV3-8(S=2x2, P=1x0, D=3)",
            "3 rows (1, 13 and 15, counted from 0) are",
        ),
        (
            "INPUT[16x15x3] -> CONV3-8(S=2x3, P=0, D=3x2)",
            "3 columns (1, 13 and 15) and 3 rows (1, 12 and 14), counted from 0, are",
        ),
        (
            "INPUT[30x1x3] -> CONV3x1-8(S=2x1, P=0, D=2x1)",
            "15 columns (1, 3, 5, ..., 29, counted from 0) are",
        ),
    ],
)
def test_what_is_never_read_in_words(text: str, said: str) -> None:
    network = cnnsize.parse(text).sized()
    (found,) = network.diagnostics
    assert found.notes[0].split(", so ")[1] == f"{said} never read"
    windows = network.steps[-1].layer.windows  # type: ignore[attr-defined]
    for letter, window, size in zip("WH", windows, network.input[:2], strict=True):
        if found.facts["axis"] == letter:
            assert found.facts["unread"] == len(unread_by(column_module("CONV", window), size))
