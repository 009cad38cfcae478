"""What Keras 3.15 refuses about a single layer, a model or a join: the place and the words."""

from __future__ import annotations

import pytest

from cnnsize.models.source.findings.spans import Spans
from tests.models.source.keras.test_findings import (
    SMALL,
    findings,
    functional,
    sequential,
)

MAP = "expects a map of height, width and channels but receives"
# the layer after a convolution of a 12x12 input, what is marked, the message, the label
ARGUMENTS = [
    ("Conv2D(0, 3)", "0", "filters must be at least 1", "0"),
    ("Dense(-4)", "-4", "units must be at least 1", "-4"),
    ("Conv2D(4, (3, 3, 3))", "(3, 3, 3)", "kernel_size must be one or two whole numbers", ""),
    ("Conv2D(4, 3, strides=1.5)", "1.5", "strides must be one or two whole numbers", ""),
    ("MaxPooling2D(0)", "0", "pool_size must be at least 1", ""),
    ("Conv2D(4, 3, padding='sane')", "'sane'", "padding must be 'same' or 'valid'", "'sane'"),
    (
        "Conv2D(4, 3, data_format='channels')",
        "'channels'",
        "data_format must be 'channels_last' or 'channels_first'",
        "",
    ),
    ("Dropout(25)", "25", "rate must be from 0 to 1", "25"),
    ("ZeroPadding2D((1, 2, 3))", "(1, 2, 3)", "padding must be a number or a pair", "3 values"),
    ("Cropping2D(5)", "5", "nothing is left of 10x10", ""),
    ("Cropping2D(((0, 0), (4, 9)))", "((0, 0), (4, 9))", "nothing is left of 10x10", ""),
    ("Reshape(800)", "800", "target_shape must be a tuple", ""),
    ("Reshape((-1, -1, 8))", "(-1, -1, 8)", "target_shape has -1 more than once", ""),
    ("Permute((1, 1, 2))", "(1, 1, 2)", "dims must have each number from 1 to 3 once", ""),
    (
        "Conv2DTranspose(4, 3, strides=2, output_padding=2)",
        "2",
        "output_padding must be smaller than strides",
        "2 >= 2",
    ),
    (
        "Conv2DTranspose(4, 3, strides=2, dilation_rate=(1, 2))",
        "(1, 2)",
        "strides=2 together with dilation_rate=(1, 2)",
        "one of them must be 1",
    ),
]


@pytest.mark.parametrize(("layer", "marked", "message", "label"), ARGUMENTS)
def test_an_argument_that_keras_refuses(layer: str, marked: str, message: str, label: str) -> None:
    text = sequential(SMALL, "layers.Conv2D(8, 3)", f"layers.{layer}", "layers.Dense(2)")
    (finding,) = findings(text)
    name = layer.partition("(")[0]
    assert (finding.code, Spans(text).segment(finding.node)) == ("CNN124", marked)
    assert (finding.message, finding.label) == (f"layers.{name}: {message}", label)


VECTORS = ["Conv2D(4, 1)", "MaxPooling2D()", "UpSampling2D()", "GlobalAveragePooling2D()"]


@pytest.mark.parametrize("layer", VECTORS)
def test_a_layer_of_maps_after_flatten(layer: str) -> None:
    (finding,) = findings(sequential(SMALL, "layers.Flatten()", f"layers.{layer}"))
    name = layer.partition("(")[0]
    assert finding.message == f"layers.{name} {MAP} 432 values"


def test_an_input_without_channels() -> None:
    (finding,) = findings(sequential("layers.Conv2D(4, 3, input_shape=(28, 28))"))
    assert finding.message == f"layers.Conv2D {MAP} 28x28"
    assert finding.help == ("write (28, 28, 1) for an input with 1 channel",)


def test_a_data_set_without_an_axis_for_channels() -> None:
    (finding,) = findings(MNIST + CHANGED)
    assert finding.message == f"layers.Conv2D {MAP} 28x28"


def test_a_misspelt_argument() -> None:
    text = sequential(SMALL, "layers.Conv2D(4, 3, stride=2)")
    (finding,) = findings(text)
    assert (finding.message, finding.help) == (
        "Conv2D has no argument stride",
        ("did you mean strides?",),
    )
    assert Spans(text).segment(finding.node) == "stride=2"


PLUS = ["a = layers.Conv2D(8, 1)(inputs)", "b = layers.Conv2D(6, 1)(inputs)"]
JOINS = [
    ("layers.Subtract()([a, b])", "difference of maps that differ: 32x32x8 and 32x32x6"),
    ("layers.Average()([a, b])", "average of maps that differ: 32x32x8 and 32x32x6"),
    ("layers.maximum([a, b])", "maximum of maps that differ: 32x32x8 and 32x32x6"),
    (
        "layers.Concatenate(axis=1)([a, b])",
        "concatenation of maps that differ along another axis than 1: 32x32x8 and 32x32x6",
    ),
    (
        "layers.Multiply()([a, layers.GlobalAveragePooling2D()(b)])",
        "product of maps that differ: 32x32x8 and 1x1x6",
    ),
    ("layers.Add()(a)", "add expects a list of tensors"),
]


@pytest.mark.parametrize(("join", "message"), JOINS)
def test_joins_of_maps_that_differ(join: str, message: str) -> None:
    text = functional(*PLUS, f"x = {join}")
    (finding,) = findings(text)
    assert (finding.code, finding.message) == ("CNN122", message)
    assert Spans(text).segment(finding.node) == join


CALLS = [
    (
        ["conv = layers.Conv2D(8, 3, padding='same')", "x = conv(conv(inputs))"],
        ("CNN120", "Conv2D expects 3 input channels but receives 8"),
    ),
    (
        [
            "base = Sequential([Input((32, 32, 2)), layers.Conv2D(8, 3)])",
            "x = base(inputs)",
        ],
        ("CNN120", "base expects 32x32x2 but receives 32x32x3"),
    ),
    (
        [
            "small = Input((16, 16, 3))",
            "base = Model(small, layers.Conv2D(8, 3)(small))",
            "x = base(inputs)",
        ],
        ("CNN121", "base expects 16x16x3 but receives 32x32x3"),
    ),
]


@pytest.mark.parametrize(("lines", "expected"), CALLS)
def test_models_and_layers_that_are_called_on_another_size(
    lines: list[str], expected: tuple[str, str]
) -> None:
    (finding,) = findings(functional(*lines))
    assert (finding.code, finding.message) == expected


SILENT = [
    functional("x = layers.Average()([inputs, layers.Conv2D(3, 1)(inputs)])"),
    functional("x = layers.Subtract()([layers.Conv2D(1, 1)(inputs), inputs])"),
    functional("pool = layers.MaxPooling2D()", "x = pool(layers.Conv2D(8, 1)(pool(inputs)))"),
    functional("base = Sequential([layers.Conv2D(8, 3)])", "x = base(inputs)"),
    functional("base = Sequential([Input((None, None, 3)), layers.ReLU()])", "x = base(inputs)"),
    sequential(SMALL, "layers.SeparableConv2D(4, 3, strides=2, dilation_rate=2)"),
    sequential(SMALL, "layers.Conv2D(16 / 2, 3)"),
    sequential("Input((None, None, 3))", "layers.Cropping2D(300)", "layers.Conv2D(8, 3)"),
]


MNIST = "import keras\nfrom keras import layers\n(x, _), _ = keras.datasets.mnist.load_data()\n"
CHANGED = "model = keras.Sequential([layers.Conv2D(8, 3, input_shape=x.shape[1:])])\n"
SILENT += [
    f"{MNIST}{change}\n{CHANGED}"
    for change in (
        "x = x[..., None]",
        "x.shape = (60000, 28, 28, 1)",
        "x.resize((60000, 28, 28, 1))",
        "x = changed(x)",
    )
]


@pytest.mark.parametrize("text", SILENT)
def test_what_keras_accepts_or_may_accept(text: str) -> None:
    assert findings(text) == []
