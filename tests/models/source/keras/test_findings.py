"""Findings about Keras source: what Keras refuses, at the argument of the layer, and what stays silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from cnnsize.models.source.check import check_source, with_replacements
from cnnsize.models.source.findings.finding import Finding
from cnnsize.models.source.findings.spans import Spans
from cnnsize.models.source.read import Request
from tests.helpers import cnnsize, examples
from tests.models.source.keras.oracle import load
from tests.models.source.keras.test_agreement import CASES
from tests.models.source.keras.test_properties import sources

HEAD = (
    "from keras import Input, layers\nfrom keras.models import Model, Sequential\n"
    "from keras.layers import Convolution2D\n"
)
SMALL = "Input((12, 12, 3))"
FILTER = "the filter of layers.Conv2D is larger than its input"


def findings(text: str, *, input: tuple[int, int, int] | None = None) -> list[Finding]:
    """Return the findings about all networks of a source."""
    return [
        finding
        for network in check_source(text, Request(input=input))
        for finding in network.findings
    ]


def sequential(*layers: str) -> str:
    """Return a Sequential model of these layers."""
    return f"{HEAD}model = Sequential([\n    " + ",\n    ".join(layers) + ",\n])\n"


def functional(*lines: str) -> str:
    """Return a functional model of a 32x32x3 input whose last tensor is ``x``."""
    return "\n".join([f"{HEAD}inputs = Input((32, 32, 3))", *lines, "model = Model(inputs, x)\n"])


def built(*lines: str, arguments: str = "", size: str = "(32, 32, 3)") -> str:
    """Return a function that builds a functional model."""
    body = [f"inputs = Input({size})", *lines, "return Model(inputs, layers.Dense(4)(x))"]
    return f"{HEAD}def build({arguments}):\n" + "".join(f"    {line}\n" for line in body)


FACTORS = sequential("layers.Dense(6 * 5 * 32, input_shape=(64,))", "layers.Reshape((5, 5, 32))")
FLATTENED = sequential(
    SMALL, "layers.Conv2D(8, 5)", "layers.Flatten()", "layers.Reshape((8, 8, 4))"
)
VALUES = sequential("layers.Dense(960, input_dim=9)", "layers.Reshape((4, 4, 16))")
# the source, the rule, what is marked, the message, the label and the first help
REPORTED = [
    (
        sequential(SMALL, "layers.Conv2D(8, 13)"),
        ("CNN102", "13", FILTER),
        ("needs W + 2P >= 13, has 12 + 0 = 12", ""),
    ),
    (
        sequential(SMALL, "layers.SeparableConv2D(8, kernel_size=(3, 14))"),
        ("CNN102", "(3, 14)", "the filter of layers.SeparableConv2D is larger than its input"),
        ("needs W + 2P >= 14, has 12 + 0 = 12", ""),
    ),
    (
        sequential(SMALL, "layers.Conv2D(8, 3, strides=2)", "layers.MaxPooling2D(pool_size=6)"),
        ("CNN102", "6", "the window of layers.MaxPooling2D is larger than its input"),
        ("needs W + 2P >= 6, has 5 + 0 = 5", ""),
    ),
    (
        sequential("Convolution2D(8, 15, 15, border_mode='valid', input_shape=(14, 14, 1))"),
        ("CNN102", "15", "the filter of Convolution2D is larger than its input"),
        ("needs W + 2P >= 15, has 14 + 0 = 14", ""),
    ),
    (
        f"{HEAD}model = Sequential()\nmodel.add({SMALL})\nfor width in (4, 8, 16, 32):\n"
        "    model.add(layers.Conv2D(width, 3, padding='same'))\n    model.add(layers.MaxPool2D())\n",
        ("CNN103", "layers.MaxPool2D()", "repeated pooling leaves nothing to pool"),
        ("needs W + 2P >= 2, has 1 + 0 = 1", ""),
    ),
    (
        sequential(SMALL, "layers.Conv2D(10, 3)", "layers.Conv2D(8, 3, groups=4)"),
        ("CNN124", "4", "layers.Conv2D: 10 channels not divisible by 4 groups"),
        ("10 % 4 = 2", "groups=2 fits"),
    ),
    (
        sequential(
            "Input((None, None, 3))", "layers.Conv2D(6, 3)", "layers.Conv2D(8, 1, groups=3)"
        ),
        ("CNN124", "3", "layers.Conv2D: 8 channels not divisible by 3 groups"),
        ("8 % 3 = 2", "groups=2 fits"),
    ),
    (
        sequential(SMALL, "layers.Conv2D(24, 3)", "layers.GroupNormalization()"),
        (
            "CNN124",
            "layers.GroupNormalization()",
            "layers.GroupNormalization: 24 channels not divisible by 32 groups",
        ),
        ("24 % 32 = 24", "groups=24 fits"),
    ),
    (
        sequential(SMALL, "layers.Conv2D(8, 3, strides=2, dilation_rate=3)"),
        ("CNN124", "3", "layers.Conv2D: strides=2 together with dilation_rate=3"),
        ("one of them must be 1", ""),
    ),
    (
        FACTORS,
        ("CNN121", "(5, 5, 32)", "layers.Reshape expects 800 values per image but receives 960"),
        ("960", "layers.Reshape((6, 5, 32))"),
    ),
    (  # the channels stay last, whatever the order in the Dense
        sequential("layers.Dense(32 * 6 * 6, input_shape=(64,))", "layers.Reshape((5, 5, 32))"),
        ("CNN121", "(5, 5, 32)", "layers.Reshape expects 800 values per image but receives 1,152"),
        ("1,152", "layers.Reshape((6, 6, 32))"),
    ),
    (
        FLATTENED,
        ("CNN121", "(8, 8, 4)", "layers.Reshape expects 256 values per image but receives 512"),
        ("8 x 8 x 8 = 512", "layers.Reshape((8, 8, 8))"),
    ),
    (
        VALUES,
        ("CNN121", "(4, 4, 16)", "layers.Reshape expects 256 values per image but receives 960"),
        ("960", "layers.Reshape((4, 4, 60))"),
    ),
    (
        sequential("layers.Dense(50, input_dim=9)", "layers.Reshape((-1, 7))", "layers.Dense(3)"),
        ("CNN121", "(-1, 7)", "layers.Reshape: 50 values per image are not divisible by 7"),
        ("50", "50 values per image"),
    ),
    (
        functional("x = layers.Conv2D(3, 3)(inputs)", "x = layers.Add()([x, inputs])"),
        (
            "CNN122",
            "layers.Add()([x, inputs])",
            "sum of maps that differ: 30x30x3 and 32x32x3",
        ),
        ("", ""),
    ),
    (
        functional("x = layers.Conv2D(8, 1)(inputs)", "x = x * inputs"),
        ("CNN122", "x * inputs", "product of maps that differ: 32x32x8 and 32x32x3"),
        ("", ""),
    ),
    (
        functional(
            "a = layers.Conv2D(8, 3, strides=2)(inputs)",
            "b = layers.MaxPooling2D(3, 2, 'same')(inputs)",
            "x = layers.concatenate([a, b])",
        ),
        (
            "CNN122",
            "layers.concatenate([a, b])",
            "concatenation of maps of different width or height: 15x15x8 and 16x16x3",
        ),
        ("", ""),
    ),
    (
        functional("a = layers.Flatten()(inputs)", "x = layers.Concatenate()([a, inputs])"),
        (
            "CNN122",
            "layers.Concatenate()([a, inputs])",
            "concatenation of tensors with 2 and 4 axes",
        ),
        ("", ""),
    ),
    # the argument of a function
    (
        built("x = layers.Conv2D(8, size)(inputs)", arguments="size") + "net = build(40)\n",
        ("CNN102", "40", FILTER),
        ("needs W + 2P >= 40, has 32 + 0 = 32", ""),
    ),
    (
        built("x = layers.Conv2D(8, 9)(inputs)", arguments="shape", size="shape")
        + "net = build((8, 8, 3))\n",
        ("CNN102", "9", FILTER),
        ("needs W + 2P >= 9, has 8 + 0 = 8", ""),
    ),
    # an argument without a value that changes no width and height
    (
        built("x = layers.Conv2D(n, 3)(inputs)", "x = layers.MaxPool2D(31)(x)", arguments="n"),
        ("CNN102", "31", "the window of layers.MaxPool2D is larger than its input"),
        ("needs W + 2P >= 31, has 30 + 0 = 30", ""),
    ),
]


@pytest.mark.parametrize(("text", "place", "words"), REPORTED)
def test_a_fault_is_reported_once_at_its_argument(
    text: str, place: tuple[str, str, str], words: tuple[str, str]
) -> None:
    (finding,) = findings(text)
    assert (finding.code, Spans(text).segment(finding.node), finding.message) == place
    assert (finding.label, "".join(finding.help[:1])) == words


SILENT = [
    # sizes that nothing says
    sequential("Input((None, None, 3))", "layers.Conv2D(8, 300)", "layers.Conv2D(8, 3)"),
    sequential("layers.Conv2D(8, 300)", "layers.Conv2D(8, 3)"),
    built("x = layers.Conv2D(8, 300)(inputs)", arguments="input_shape", size="input_shape"),
    built("x = layers.Conv2D(8, 300)(inputs)", arguments="side", size="(side, side, 3)"),
    built("x = layers.Conv2D(8, size)(inputs)", arguments="size"),
    built("x = layers.Add()([layers.Conv2D(n, 1)(inputs), inputs])", arguments="n"),
    built("x = layers.Reshape((n, n, 3))(inputs)", arguments="n"),
    # rows that may be channels
    sequential("Convolution2D(8, 5, 5, input_shape=(3, 32, 32))", "layers.Flatten()"),
    # an except may handle it
    f"{HEAD}try:\n    i = Input((8, 8, 3))\n    model = Model(i, layers.Conv2D(8, 9)(i))\n"
    "except ValueError:\n    model = None\n",
    built("try:", "    x = layers.Conv2D(8, 40)(inputs)", "except ValueError:", "    x = inputs"),
    # what Keras accepts
    sequential(SMALL, "layers.Conv2D(8, 15, padding='same')", "layers.MaxPooling2D(20, 2, 'same')"),
    sequential(SMALL, "layers.Conv2D(8, 5, strides=3)", "layers.MaxPooling2D(2)"),
    sequential(SMALL, "layers.Dense(8)", "layers.Reshape((-1, 8))", "layers.Dense(2)"),
    functional("x = layers.GlobalAveragePooling2D()(inputs)", "x = layers.Multiply()([inputs, x])"),
    functional("x = layers.Add()([inputs, layers.Conv2D(1, 1)(inputs)])"),
    functional("y = layers.Conv2D(8, 40)", "x = layers.Conv2D(8, 3)(inputs)"),
    *(source for source, _, _ in CASES),
]


@pytest.mark.parametrize("text", SILENT)
def test_what_may_be_right_is_not_reported(text: str) -> None:
    assert findings(text) == []


@given(sources())
@examples(300)
def test_what_is_reported_is_what_keras_refuses(source: str) -> None:
    try:
        load(source, "model")
    except AssertionError:  # a window is larger than its map
        assert [finding.code for finding in findings(source)] == ["CNN102"]
    else:
        assert findings(source) == []


def test_the_input_that_is_said_decides() -> None:
    text = sequential("Input((None, None, 3))", "layers.Conv2D(8, 20)", "layers.Conv2D(8, 3)")
    assert findings(text) == findings(text, input=(22, 22, 3)) == []
    (finding,) = findings(text, input=(16, 16, 3))
    assert finding.notes == ("for a 16x16 input (--input)",)
    (finding,) = findings(text.replace("model =", "# cnnsize: input 19x19x3\nmodel ="))
    assert finding.notes == ("for a 19x19 input (the comment on line 4)",)
    assert findings(functional("x = layers.Conv2D(8, 33)(inputs)"), input=(64, 64, 3)) == []


def test_the_input_of_each_network_counts() -> None:
    """Networks of a file share one graph."""
    text = functional("x = layers.Conv2D(8, 3)(inputs)") + (
        "other = Input((8, 8, 1))\nsecond = Model(other, layers.Conv2D(4, 9)(other))\n"
    )
    (finding,) = findings(text)
    assert finding.notes == ("for an 8x8 input (Input on line 7)",)


@pytest.mark.parametrize(
    ("text", "old", "new", "applicability"),
    [
        (FACTORS, "(5, 5, 32)", "(6, 5, 32)", "safe"),
        (FLATTENED, "(8, 8, 4)", "(8, 8, 8)", "safe"),
        (VALUES, "(4, 4, 16)", "(4, 4, 60)", "unsafe"),
    ],
)
def test_a_fix_writes_the_shape_that_fits(
    text: str, old: str, new: str, applicability: str
) -> None:
    (finding,) = findings(text)
    fixed = with_replacements(text, finding.edits)
    assert (fixed, finding.applicability) == (text.replace(old, new), applicability)
    assert findings(fixed) == []


def test_a_size_with_a_name_is_not_edited() -> None:
    text = sequential("layers.Dense(N, input_dim=9)", "layers.Reshape((7, 7, C))")
    (finding,) = findings(f"C, N = 32, 784\n{text}")
    assert (finding.help, finding.edits) == (("784 values per image",), ())


FOLLOWED = [  # the fix after which no later layer is refused
    (
        ("layers.Dense(7 * 14 * 32, input_dim=9)", "layers.Reshape((14, 14, 32))"),
        ("(14, 14, 32)", "(7, 14, 32)"),
    ),
    (
        ("layers.Dense(2401, input_dim=9)", "layers.Reshape((7, 7, 48))"),
        ("(7, 7, 48)", "(7, 7, 49)"),
    ),
    (
        ("layers.Dense(2400, input_dim=9)", "layers.Reshape((7, 7, 48))"),
        ("2400", "2352"),
    ),
    (
        (
            "layers.Dense(3136, input_dim=9)",
            "layers.Reshape((7, 14, 64))",
            "layers.Reshape((49, 64))",
        ),
        ("(7, 14, 64)", "(7, 7, 64)"),
    ),
]


@pytest.mark.parametrize(("layers", "change"), FOLLOWED)
def test_the_fix_that_gets_furthest_is_kept(
    layers: tuple[str, ...], change: tuple[str, str]
) -> None:
    text = sequential(*layers, "layers.Dense(3)")
    (finding,) = findings(text)
    assert with_replacements(text, finding.edits) == text.replace(*change)


SCREEN = f"""\
error[CNN102] kernel-larger-than-input: {FILTER}
 --> net.py:7:22
  |
6 |     layers.MaxPooling2D(),
  |     --------------------- gives 6x6x3
7 |     layers.Conv2D(8, 7),
  |                      ^ needs W + 2P >= 7, has 6 + 0 = 6
  = note: for a 12x12 input (Input on line 5)

1 network: 1 error
"""


def test_the_screen_has_the_layer_that_gives_the_size(tmp_path: Path) -> None:
    text = sequential(SMALL, "layers.MaxPooling2D()", "layers.Conv2D(8, 7)")
    (tmp_path / "net.py").write_text(text)
    status, out, _ = cnnsize("check", "net.py", cwd=tmp_path)
    assert (status, out) == (1, SCREEN)


def test_sizes_are_rounded_by_keras(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(sequential(SMALL, "layers.Conv2D(8, 3, strides=2)"))
    _, out, _ = cnnsize("check", "net.py:model", cwd=tmp_path)
    assert "Keras rounds down to 5, so the last column and row are never read" in out
    assert "PyTorch" not in out
