"""PyTorch modules as networks: parameters, multiply-adds and volumes are those of the module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm
from torch.utils.flop_counter import FlopCounterMode

import cnnsize
from cnnsize import Architecture, ArchitectureError
from cnnsize.zoo import index
from tests.helpers import examples
from tests.models.applied import INPUT, Applied
from tests.models.classic import NETWORKS as CLASSIC
from tests.models.classic import FrozenBatchNorm2d, StochasticDepth
from tests.models.modern import NETWORKS as MODERN
from tests.models.unusual import NETWORKS as UNUSUAL
from tests.strategies import Spec, layers

# Parameters that the text has and the module has not.
MORE_PARAMETERS = {
    **dict.fromkeys(
        ["seresnext", "selayer", "avgmax", "catavgmax", "eca"], 32 * 9
    ),  # of BlurPool2d
    **dict.fromkeys(["inception", "inception_transform"], -1690),  # the auxiliary head
}


def macs_of(module: nn.Module, input: tuple[int, int, int]) -> int:
    """Return the multiply-adds that PyTorch counts for one input."""
    module.eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(1, *input))
    return int(counter.get_total_flops()) // 2


@pytest.mark.parametrize("name", [*CLASSIC, *MODERN, *UNUSUAL])
def test_networks_have_the_numbers_of_their_modules(name: str) -> None:
    module = {**CLASSIC, **MODERN, **UNUSUAL}[name]()
    network = cnnsize.from_torch(module, INPUT)
    sized = network.sized()
    own = sum(parameter.numel() for parameter in module.parameters())
    assert sized.params == own + MORE_PARAMETERS.get(name, 0)
    assert sized.macs == macs_of(module, INPUT)
    assert (sized.input, sized.output) == ((64, 64, 3), (1, 1, 10))
    assert cnnsize.parse(str(network)) == network
    flat = cnnsize.from_torch(module, INPUT, flat=True)
    assert not flat.definitions and "*" not in str(flat)
    totals = flat.sized()
    assert (totals.params, totals.macs) == (sized.params, sized.macs)
    has_differences = name in MORE_PARAMETERS
    assert has_differences == any(
        "parameters" in note or "weights" in note for note in network.notes
    )


TEXTS = {
    "resnet": """\
basic(k) = ADD{CONV3-k(bias=no) -> BN -> RELU -> CONV3-k(bias=no) -> BN | ID} -> RELU
basic2(k) = ADD{CONV3-k(S=2, bias=no) -> BN -> RELU -> CONV3-k(bias=no) -> BN | CONV1-k(S=2, bias=no) -> BN} -> RELU
resnet = INPUT[64x64x3] -> CONV7-16(S=2, bias=no) -> BN -> RELU -> POOL3(S=2, P=1) -> basic(16)*2 -> basic2(32) -> basic(32)*2 -> basic2(64) -> basic(64) -> GAP -> FC-10""",
    "densenet_checkpoint": """\
dense_layer() = BN -> RELU -> CONV1-32(bias=no) -> BN -> RELU -> CONV3-8(bias=no) -> DROPOUT(0.2)
densenet = INPUT[64x64x3] -> CONV3-16(S=2, bias=no) -> CAT{ID | dense_layer()}*3 -> BN -> RELU -> CONV1-20(bias=no) -> AVGPOOL2 -> CAT{ID | dense_layer()}*4 -> BN -> RELU -> GAP -> FC-10""",
    "convnext": """\
convnext_block() = ADD{DWCONV7 -> LN -> CONV1-64 -> GELU -> CONV1-16 -> SCALE | ID}
network = INPUT[64x64x3] -> CONV3-16(S=2, bias=no) -> BN -> RELU -> LN -> convnext_block()*2 -> GAP -> FC-10""",
    "mixnet": """\
mixed_conv2d() = CAT{SLICE(from=0, to=16) -> PAD1 -> DWCONV3(P=0, bias=no) | SLICE(from=16, to=32) -> PAD2 -> DWCONV5(P=0, bias=no)}
mix_block() = ADD{CONV1-32(bias=no) -> BN -> SILU -> mixed_conv2d() -> BN -> SILU -> CONV1-16(bias=no) -> BN | ID}
network = INPUT[64x64x3] -> CONV3-16(S=2, bias=no) -> BN -> RELU -> mix_block() -> CONV1-32(bias=no) -> BN -> SILU -> CAT{SLICE(from=0, to=16) -> PAD(right=1, bottom=1) -> DWCONV3(S=2, P=0, bias=no) | SLICE(from=16, to=32) -> PAD(left=1, top=1, right=2, bottom=2) -> DWCONV5(S=2, P=0, bias=no)} -> BN -> SILU -> CONV1-16(bias=no) -> BN -> mix_block() -> GAP -> FC-10""",
    "eca": """\
eca_module(k) = MUL{ID | GAP -> UNFLATTEN[(k)x1x1] -> CONV3x1-1(bias=no) -> FLATTEN -> SIGMOID}
residual(k) = ADD{CONV1-k(bias=no) -> BN -> RELU -> CONV3-k(G=4, bias=no) -> BN -> RELU -> CONV1-(2*k)(bias=no) -> BN -> eca_module((2*k)) | ID} -> RELU
network = INPUT[64x64x3] -> CONV3-16(S=2, bias=no) -> BN -> RELU -> ADD{CONV1-16(bias=no) -> BN -> RELU -> CONV3-16(G=4, bias=no) -> BN -> RELU -> CONV1-32(bias=no) -> BN -> eca_module(32) | CONV1-32(bias=no) -> BN} -> RELU -> residual(16) -> ADD{CONV1-32(bias=no) -> BN -> RELU -> CONV3-32(G=4, bias=no) -> BN -> RELU -> PAD1 -> DWCONV3(S=2, P=0, bias=no) -> CONV1-64(bias=no) -> BN -> eca_module(64) | AVGPOOL2(ceil=yes) -> CONV1-64(bias=no) -> BN} -> RELU -> residual(32) -> GAP -> FC-10""",
    "rexnet": """\
conv_norm_act(f, k, s) = CONV-k(F=f, S=s, bias=no) -> BN -> RELU
wider_residual(k, n, m) = ADD{conv_norm_act(1, k, 1) -> conv_norm_act(1, n, 1) | PAD(back=m)}
network = INPUT[64x64x3] -> conv_norm_act(3, 16, 2) -> wider_residual(32, 20, 4) -> wider_residual(40, 27, 7) -> GAP -> FC-10""",
    "squeezenet": """\
fire(k) = CONV1-k -> RELU -> CAT{CONV1-(2*k) -> RELU | CONV3-(2*k) -> RELU}
network = INPUT[64x64x3] -> CONV3-16(S=2, P=0) -> RELU -> POOL3(S=2) -> fire(8)*2 -> POOL3(S=2, ceil=yes) -> fire(12) -> DROPOUT(0.5) -> CONV1-10 -> RELU -> GAP""",
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_read_like_pages_of_the_zoo(name: str) -> None:
    module = {**CLASSIC, **MODERN, **UNUSUAL}[name]()
    assert cnnsize.from_torch(module, INPUT).text == TEXTS[name]


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        ("inception", ["1,690 parameters of aux are not used in evaluation mode"]),
        (
            "nfnet",
            [
                "the learned gains of normalized layers are written as SCALE (in ScaledStdConv2d)",
            ],
        ),
        (
            "seresnext",
            [
                "a padding that repeats or mirrors values is written as zeros (in BlurPool2d)",
                "the text counts 288 weights of BlurPool2d that are no parameters",
            ],
        ),
        (
            "efficientnet",
            ["stochastic depth is left out: its rates differ between blocks, from 0.1 to 0.2"],
        ),
        (
            "resnet_frozen",
            [
                "the statistics and the affine transform of a frozen BN are not learned "
                "(in FrozenBatchNorm2d)"
            ],
        ),
    ],
)
def test_notes_say_what_the_text_does_not(name: str, notes: list[str]) -> None:
    network = cnnsize.from_torch({**CLASSIC, **MODERN}[name](), INPUT)
    of_numbers = [note for note in network.notes if not note.startswith("arithmetic")]
    assert of_numbers == notes


FUNCTIONS: list[tuple[Callable[..., Any], str]] = [
    (lambda x: x + x.mean((2, 3), keepdim=True), "ADD{ID | GAP -> UP64}"),
    (lambda x: x + 1 + x * 2 + x, "ADD{ID | ID | ID}"),
    (lambda x: sum([x.relu(), x.tanh()]), "ADD{RELU | TANH}"),
    (lambda x: x[:, :, 2:-2, 2:-2], "CROP[60x60](left=2, top=2)"),
    (lambda x: x.narrow(1, 2, 4), "SLICE(from=2, to=6)"),
    (lambda x: x[..., ::2, ::2], "POOL1(S=2)"),
    (lambda x: x[:, 1:2], "SLICE(from=1, to=2)"),
    (lambda x: x.clamp(min=0), "RELU"),
    (lambda x: F.hardtanh(x, 0, 6), "RELU6"),
    (lambda x: x.max(3)[0].max(2)[0], "POOL(to=1x64) -> GMP"),
    (lambda x: x.amax((2, 3)), "GMP"),
    (lambda x: x.mean(3).mean(2), "AVGPOOL(to=1x64) -> GAP"),
    (lambda x: x.sum((2, 3), keepdim=True), "GAP"),
    (lambda x: x.relu() - x.tanh(), "ADD{RELU | TANH}"),
    (lambda x: x.view(-1, 8 * 64 * 64, 1, 1), "FLATTEN"),
    (
        lambda x, m: x * m(x.mean((2, 3))[:, None]).transpose(1, 2)[..., None].sigmoid(),
        "MUL{ID | GAP -> UNFLATTEN[8x1x1] -> CONV3x1-1 -> FLATTEN -> SIGMOID}",
    ),
    (lambda x, m: m(x.mean(2)), "AVGPOOL(to=64x1) -> CONV5x1-4(S=2x1)"),
    (lambda x: torch.softmax(x, 1), "SOFTMAX"),
    (lambda x: F.channel_shuffle(x, 2), "CHSHUFFLE(2)"),
    (lambda x: F.pixel_shuffle(x, 2), "PIXELSHUFFLE2"),
    (lambda x: F.pixel_unshuffle(x, 4), "PIXELUNSHUFFLE4"),
    (lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"), "UP2(mode=bilinear)"),
    (lambda x: F.interpolate(x, size=(33, 70)), "UP(to=70x33)"),
    (lambda x: F.pad(x, (1, 2, 0, 0)), "PAD(left=1, right=2)"),
    (lambda x: F.pad(x, (-1, -1, -2, -2)), "CROP[62x60](left=1, top=2)"),
    (lambda x: F.adaptive_avg_pool2d(x, (4, 7)), "AVGPOOL(to=7x4)"),
    (lambda x: F.max_pool2d(x, 3, 2, 1, 2), "POOL3(S=2, P=1, D=2)"),
    (lambda x: F.avg_pool2d(x, (2, 3), ceil_mode=True), "AVGPOOL3x2(ceil=yes)"),
    (
        lambda x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False),
        "AVGPOOL3(S=1, P=1, include_pad=no)",
    ),
    (lambda x: F.local_response_norm(x, 5), "LRN"),
    (lambda x: F.dropout2d(x, 0.1, training=False), "DROPOUT2D(0.1)"),
    (lambda x: F.layer_norm(x.movedim(1, -1), (8,)), "LN(affine=no)"),
    (lambda x: x.flatten(2).transpose(1, 2).mean(1), "GAP"),
    (lambda x: x.transpose(2, 3).mT.relu(), "RELU"),
    (lambda x, m: m(x), "PRELU(per=channel)"),
    (lambda x, m: m(x.flatten(1)).view(-1, 4, 2, 2), "FC-16 -> UNFLATTEN[2x2x4]"),
]
MODULES = {
    "PRELU(per=channel)": nn.PReLU(8),
    "FC-16 -> UNFLATTEN[2x2x4]": nn.Linear(8 * 64 * 64, 16),
    "MUL{ID | GAP -> UNFLATTEN[8x1x1] -> CONV3x1-1 -> FLATTEN -> SIGMOID}": nn.Conv1d(
        1, 1, 3, 1, 1
    ),
    "AVGPOOL(to=64x1) -> CONV5x1-4(S=2x1)": nn.Conv1d(8, 4, 5, 2, 2),
}


@pytest.mark.parametrize("number", range(len(FUNCTIONS)))
def test_each_function_is_the_layer_that_it_is(number: int) -> None:
    apply, text = FUNCTIONS[number]
    more = [MODULES[text]] if text in MODULES else []
    network = cnnsize.from_torch(Applied(apply, *more), INPUT)
    assert network.text == f"applied = INPUT[64x64x3] -> CONV3-8 -> {text}"


LAYERS: list[tuple[nn.Module, str]] = [
    (
        nn.Conv2d(8, 4, (1, 5), (2, 1), padding="valid", bias=False),
        "CONV5x1-4(S=1x2, P=0, bias=no)",
    ),
    (nn.Conv2d(8, 16, 3, groups=8, padding=1), "DWCONV3(M=2)"),
    (nn.Conv2d(8, 16, 3, dilation=2, padding="same", groups=2), "CONV3-16(P=same, D=2, G=2)"),
    (nn.Conv2d(8, 4, 3, padding=1, padding_mode="reflect"), "PAD1 -> CONV3-4(P=0)"),
    (nn.ConvTranspose2d(8, 4, 3, 2, 1, 1), "TCONV3-4(S=2, P=1, output_padding=1)"),
    (weight_norm(nn.Conv2d(8, 4, 1)), "CONV1-4(bias=no) -> SCALE(bias=yes)"),
    (
        nn.Sequential(nn.Flatten(), weight_norm(nn.Linear(32768, 2, bias=False))),
        "FC-2(bias=no) -> SCALE",
    ),
    (nn.InstanceNorm2d(8, affine=True), "IN(affine=yes)"),
    (nn.GroupNorm(2, 8, affine=False), "GN(2, affine=no)"),
    (nn.BatchNorm2d(8, affine=False), "BN(affine=no)"),
    (FrozenBatchNorm2d(8), "BN(affine=no)"),
    (StochasticDepth(0.2), "DROPPATH(0.2)"),
    (nn.Hardswish(), "HSWISH"),
    (nn.Softmax2d(), "SOFTMAX"),
    (nn.Identity(), ""),
    (nn.Dropout(0.0), ""),
    (nn.Sequential(nn.Flatten(), nn.Linear(8 * 64 * 64, 2, bias=False)), "FC-2(bias=no)"),
]


@pytest.mark.parametrize(("layer", "text"), LAYERS)
def test_each_module_is_the_layer_that_it_is(layer: nn.Module, text: str) -> None:
    network = cnnsize.from_torch(nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), layer), INPUT)
    assert network.text == " -> ".join(filter(None, ["network = INPUT[64x64x3]", "CONV3-8", text]))


def test_unregistered_and_wrapped_modules_are_read() -> None:
    class Unregistered(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convs = [nn.Conv2d(3, 8, 3)]

        def forward(self, x: Tensor) -> Tensor:
            return self.convs[0](x)  # type: ignore[no-any-return]

    network = cnnsize.from_torch(Unregistered(), INPUT)
    assert network.notes == ("the text counts 224 weights of Conv2d that are no parameters",)
    for wrapped in (nn.DataParallel(nn.Sequential(nn.ReLU())), nn.Sequential(nn.ReLU()).half()):
        assert str(cnnsize.from_torch(wrapped, INPUT)) == "network = INPUT[64x64x3] -> RELU"


def layers_of(network: Architecture) -> list[tuple[str, Any, Any]]:
    """Return the kind, the output and the parameters of each layer; FC flattens by itself."""
    steps = network.sized().steps
    return [
        (step.kind, step.output, step.params)
        for step in steps
        if step.kind not in ("FLATTEN", "IDENTITY", "OUTPUT", "ADD", "CAT", "MUL")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", list(index()))
def test_networks_of_the_zoo_come_back_from_their_emitted_source(name: str) -> None:
    network = cnnsize.load(name)
    sized = network.sized()
    with torch.device("meta"):
        module = sized.to_torch()
    W, H, D = sized.input
    again = cnnsize.from_torch(module, (D, H, W))
    assert sorted(map(str, layers_of(again))) == sorted(map(str, layers_of(network)))
    result = again.sized()
    assert (result.params, result.macs, result.output) == (sized.params, sized.macs, sized.output)
    assert not again.notes


@examples(200)
@given(st.lists(layers((12, 10, 4)), min_size=1, max_size=4))
def test_random_networks_come_back_from_their_emitted_source(specs: list[Spec]) -> None:
    chain = " -> ".join(spec.text for spec in specs)
    try:
        sized = cnnsize.parse(f"INPUT[12x10x4] -> {chain} -> ADD{{CONV3-4 | CONV1-4}}").sized()
    except ArchitectureError:
        reject()
    assume(sized.valid)
    with torch.device("meta"):
        module = sized.to_torch()
    again = cnnsize.from_torch(module, (4, 10, 12)).sized()
    assert (again.params, again.macs, again.output) == (sized.params, sized.macs, sized.output)


class A(nn.Sequential):
    """A module whose name is that of a parameter."""


def test_a_block_has_another_name_than_a_parameter() -> None:
    def block(*widths: int) -> A:
        before = (8, *widths)
        pairs = zip(before, widths, strict=False)
        return A(*(nn.Conv2d(inputs, outputs, 1) for inputs, outputs in pairs))

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = nn.Sequential(block(9, 10, 11, 12, 13, 8), block(12, 9, 10, 11, 15, 8))

        def forward(self, x: Tensor) -> Tensor:
            return self.blocks(x)  # type: ignore[no-any-return]

    net = cnnsize.from_torch(Net(), input=(8, 4, 4))
    assert str(net).startswith("a2(k, w, m, n, a) = ")
    assert "a2(9, 10, 11, 12, 13) -> a2(12, 9, 10, 11, 15)" in str(net)
