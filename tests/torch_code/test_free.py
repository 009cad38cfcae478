"""The arguments of an emitted class, the names of its attributes, and the keys of its state dict."""

from __future__ import annotations

import re
import warnings
from typing import Any

import pytest
import torch
from hypothesis import assume, given

import cnnsize
from cnnsize.network import Network
from cnnsize.torch_code import emitted
from cnnsize.torch_code.attributes import MODULE_NAMES
from cnnsize.torch_code.layer_code import LayerCode
from cnnsize.torch_code.modules import EMITTERS
from cnnsize.torch_code.site import Site
from cnnsize.torch_code.window_modules import conv
from tests.emitted import source
from tests.helpers import examples
from tests.torch_code.test_source import ITEMS, chains

torch.set_num_threads(1)


def class_of(network: Network) -> Any:
    """Return the class that is emitted for a network."""
    name, text = emitted(network)
    namespace: dict[str, Any] = {"__name__": "emitted"}
    exec(text, namespace)
    return namespace[name]


def arguments(text: str) -> dict[str, int]:
    """Return the arguments of the network's constructor, with their defaults."""
    line = re.findall(r"def __init__\(self(.*?)\) -> None", source(text))[-1]
    return {name: int(value) for name, value in re.findall(r"(\w+): int = (\d+)", line)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INPUT[8x8x3] -> CONV3-4 -> RELU -> GAP -> FC-10", {"in_channels": 3, "num_classes": 10}),
        ("INPUT[8x8x3] -> FC-5 -> SOFTMAX", {"in_channels": 3, "num_classes": 5}),
        ("INPUT[8x8x3] -> CONV3-4 -> BN -> RELU -> CONV1-7", {"in_channels": 3, "out_channels": 7}),
        ("INPUT[8x8x3] -> CONV3-4 -> CONV1-7 -> GAP", {"in_channels": 3, "num_classes": 7}),
        ("INPUT[8x8x3] -> [CONV3-4 -> RELU]*3 -> GAP", {"in_channels": 3}),
        ("INPUT[8x8x4] -> DWCONV3 -> GAP -> FC-2", {"in_channels": 4, "num_classes": 2}),
        # the sum needs 3 channels, and GN(2) an even number of them
        ("INPUT[8x8x3] -> ADD{CONV3-3 | ID} -> GAP -> FC-2", {"num_classes": 2}),
        ("INPUT[8x8x4] -> GN(2) -> CONV3-4 -> GN(2)", {}),
        # the last width is that of the input, or of both branches
        ("INPUT[8x8x3] -> CONV3-8 -> ADD{CONV3-8 | ID}", {"in_channels": 3}),
        ("INPUT[8x8x3] -> CONV3-8(G=1) -> FLATTEN", {"in_channels": 3}),
        ("INPUT[8x8x3] -> CONV3-4 -> RELU -> FC", {"in_channels": 3, "num_classes": 10}),
        ("INPUT[8x8x3] -> CONV3-k -> FC-k where k = 6", {"in_channels": 3, "num_classes": 6}),
        # a letter of the network may have the name
        ("INPUT[8x8x3] -> CONV3-8 -> GAP -> FC-2 : [1x1x2]", {"in_channels": 3}),
    ],
)
def test_a_number_is_an_argument_where_another_value_works(
    text: str, expected: dict[str, int]
) -> None:
    assert arguments(text) == expected


def test_the_last_width_may_be_in_a_block() -> None:
    text = "head() = GAP -> FC-16 -> RELU -> FC-10\nnet = INPUT[8x8x3] -> CONV3-4 -> head()"
    network = cnnsize.parse(text, name="net").sized()
    assert "nn.Linear(16, num_classes)" in network.torch_source()
    assert class_of(network)(num_classes=3)(torch.zeros(1, 3, 8, 8)).shape == (1, 3)
    twice = text.replace("-> head()", "-> CAT{head() | head()}")
    assert "num_classes" not in cnnsize.parse(twice, name="net").sized().torch_source()


@pytest.mark.slow
@examples(150)
@given(chains(ITEMS))
def test_other_arguments_give_the_network_of_that_size(chain: str) -> None:
    """With each argument one larger, the module is that of the text with this number changed."""
    network = cnnsize.parse(f"INPUT[8x6x4] -> {chain}").sized()
    assume(network.output is not None and (network.activations or 0) < 100_000)
    made = class_of(network)
    given = set(made.__init__.__code__.co_varnames[: made.__init__.__code__.co_argcount]) - {"self"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if "in_channels" in given:
            other = cnnsize.parse(f"INPUT[8x6x5] -> {chain}").sized()
            assert other.output is not None
            module = made(in_channels=5)
            assert sum(p.numel() for p in module.parameters()) == other.params
            y = module.eval()(torch.zeros(1, 5, 6, 8))
            assert y.numel() == other.output[0] * other.output[1] * other.output[2]
        for argument in given - {"in_channels"}:
            assert network.output is not None
            width = network.output[2] + 1
            y = made(**{argument: width}).eval()(torch.zeros(1, 4, 6, 8))
            assert y.shape[1] == width


VGG16_KEYS = [
    *(f"features.{index}" for index in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)),
    *(f"classifier.{index}" for index in (0, 3, 6)),
]
ALEXNET_KEYS = [
    *(f"features.{index}" for index in (0, 3, 6, 8, 10)),
    *(f"classifier.{index}" for index in (1, 4, 6)),
]


@pytest.mark.parametrize(("name", "keys"), [("vgg16", VGG16_KEYS), ("alexnet", ALEXNET_KEYS)])
def test_the_state_dict_has_the_keys_of_torchvision(name: str, keys: list[str]) -> None:
    with torch.device("meta"):
        module = cnnsize.load(name).sized().to_torch()
    assert list(module.state_dict()) == [
        f"{key}.{kind}" for key in keys for kind in ("weight", "bias")
    ]


def attributes(name: str) -> list[str]:
    """Return the attributes of a network of the zoo."""
    with torch.device("meta"):
        module = cnnsize.load(name).sized().to_torch()
    return [name for name, _ in module.named_children()]


def test_attributes_have_the_names_of_blocks_stages_and_levels() -> None:
    assert attributes("resnet50") == [
        "stem", "stage1", "stage2", "stage3", "stage4", "avgpool", "flatten", "fc"
    ]  # fmt: skip
    assert attributes("vgg16") == ["features", "avgpool", "flatten", "classifier"]
    assert [name for name in attributes("unet") if not name.startswith("center")] == [
        *(f"encoder{level}" for level in (1, 2, 3, 4)),
        "bottleneck",
        *(f"decoder{level}" for level in (1, 2, 3, 4)),
    ]
    assert attributes("convnext_tiny")[-4:] == ["avgpool", "norm", "flatten", "fc"]
    assert attributes("mobilenet_v2")[-4:] == ["avgpool", "dropout", "flatten", "fc"]
    assert "self.shortcut = " in cnnsize.load("resnet18").sized().torch_source()


def attributes_of(text: str) -> list[str]:
    """Return the attributes of the network called net."""
    return [
        name for name, _ in class_of(cnnsize.parse(text, name="net").sized())().named_children()
    ]


def test_pools_end_stages_where_the_last_stage_ends_with_one() -> None:
    block = "b(k) = CONV3-k -> BN -> RELU\n"
    ends = f"{block}net = INPUT[16x16x3] -> b(4) -> POOL2 -> b(8) -> POOL2 -> FC-2"
    begins = f"{block}net = INPUT[16x16x3] -> b(4) -> POOL2 -> b(8) -> POOL2 -> b(8) -> FC-2"
    assert attributes_of(ends) == ["stage1", "stage2", "flatten", "fc"]
    assert attributes_of(begins) == ["stage1", "stage2", "stage3", "flatten", "fc"]
    module = class_of(cnnsize.parse(ends, name="net").sized())()
    assert [type(layer).__name__ for layer in module.stage2] == ["B", "MaxPool2d"]


@pytest.mark.parametrize(
    ("chain", "names"),
    [
        ("CONV3-4(S=2, P=1) -> RELU -> CONV3-4(S=2, P=1) -> UP4 -> CONV3-1", "encoder decoder"),
        ("CONV3-4 -> POOL2 -> CONV3-8 -> TCONV2-4(S=2) -> RELU -> CONV3-1", "encoder decoder"),
        ("b(4) -> POOL2 -> b(8) -> UP2 -> b(4)", "encoder decoder"),
        ("CONV3-4 -> POOL2 -> UP2 -> CONV3-4 -> POOL2 -> UP2", "0 1 2 3 4 5"),  # two of them
        ("CONV3-4 -> UP2 -> CONV3-4", "0 1 2"),  # a generator only grows
        ("CONV3-4 -> POOL2 -> UP2 -> FC-2", "features flatten fc"),
        ("ADD{CONV3-3 | ID} -> GAP -> DROPOUT -> FC-2", "branch avgpool dropout flatten fc"),
        ("ADD{CONV3-3 | ID} -> RELU -> FC-9 -> RELU -> FC-2", "branch relu flatten classifier"),
    ],
)
def test_parts_of_a_network_are_named_after_what_they_do(chain: str, names: str) -> None:
    text = f"b(k) = CONV3-k -> BN -> RELU\nnet = INPUT[16x16x3] -> {chain}"
    assert attributes_of(text) == names.split()


@pytest.mark.parametrize(
    ("block", "summary"),
    [
        (
            "ADD{CONV3-k | ID} -> RELU",
            "Residual block: adds the input to the output of its layers.",
        ),
        (
            "ADD{CONV3-k -> BN -> RELU | CONV1-k}",
            "Residual block with a projection on the shortcut.",
        ),
        ("ADD{CONV3-k | CONV1-k}", "Parallel branches, added."),
        ("CAT{ID | CONV3-k}", "Dense block: appends the output of its layers to the input."),
        (
            "CAT{CONV1-k | CONV3-k}",
            "Parallel branches, concatenated along the channels.",
        ),
        (
            "MUL{ID | GAP -> CONV1-k -> SIGMOID}",
            "Gate: multiplies the input by weights computed from it.",
        ),
        ("CONV3-k -> RELU", "b(k) = CONV3-k -> RELU"),
    ],
)
def test_the_docstring_of_a_block_says_what_it_does(block: str, summary: str) -> None:
    text = f"b(k) = {block}\nnet = INPUT[8x8x3] -> b(3) -> b(3) -> GAP -> FC-2"
    lines = cnnsize.parse(text, name="net").sized().torch_source().splitlines()
    docstring = lines[lines.index(next(line for line in lines if line.startswith("class B("))) + 1]
    assert docstring.strip().strip('"') == summary


def test_the_docstring_names_the_values_of_letters() -> None:
    network = cnnsize.parse("INPUT[8x8x3] -> [CONV3-k -> RELU]*N -> FC-2 where k = 4")
    code = network.sized(N=2).torch_source()
    assert '"""Net: 3 x 8 x 8 to 2, 774 parameters with N = 2.' in code


@pytest.mark.parametrize("word", ["half", "forward", "features", "super", "self"])
def test_a_block_may_have_any_name(word: str) -> None:
    text = f"{word}() = CONV3-4 -> RELU -> POOL2\nnet = INPUT[8x8x3] -> {word}() -> GAP -> FC-2"
    network = cnnsize.parse(text, name="net").sized()
    module = class_of(network)()
    assert module(torch.zeros(1, 3, 8, 8)).shape == (1, 2)
    assert not {name for name, _ in module.named_children()} & MODULE_NAMES


def test_a_short_repeat_is_written_out_and_a_long_one_is_a_loop() -> None:
    short = source("INPUT[8x8x3] -> [CONV3-4 -> RELU]*4 -> GAP -> FC-2")
    assert short.count("nn.Conv2d(4, 4, 3, padding=1)") == 3 and "for " not in short
    long = source("INPUT[8x8x3] -> [CONV3-4 -> RELU]*5 -> GAP -> FC-2")
    assert long.count("nn.Conv2d(channels, 4, 3, padding=1)") == 1


def test_the_header_says_what_made_it_and_the_docstring_what_it_is() -> None:
    lines = source("net = INPUT[8x6x3] -> CONV3-4 -> GAP -> FC-2").splitlines()
    assert lines[0] == (
        f'"""Generated by cnnsize {cnnsize.__version__}. Shapes in comments are C x H x W."""'
    )
    start = lines.index("class Net(nn.Module):")
    assert lines[start + 1 : start + 5] == [
        '    """Net: 3 x 6 x 8 to 2, 122 parameters.',
        "",
        "    net = INPUT[8x6x3] -> CONV3-4 -> GAP -> FC-2",
        '    """',
    ]


def test_nested_repeats_are_emitted_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each level writes its body once, however deep the repeats are nested."""
    calls = 0

    def counted(site: Site) -> LayerCode:
        nonlocal calls
        calls += 1
        return conv(site)

    monkeypatch.setitem(EMITTERS, "CONV", counted)
    text = f"INPUT[8x8x3] -> {'[' * 12}CONV3-3 -> RELU{']*2' * 12}"
    assert source(text).count("nn.Conv2d") > 0
    assert calls < 2_000
