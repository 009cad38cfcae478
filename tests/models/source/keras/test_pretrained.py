"""Networks of keras.applications: parameters as Keras 3.15 counts the trainable ones."""

from __future__ import annotations

import pytest

from cnnsize.models.source.read import SourceNetwork, read_source
from tests.models.source.keras.test_agreement import sized
from tests.models.source.keras.test_findings import findings

PARAMETERS = [
    ("ResNet50", 25_583_592),
    ("DenseNet121", 7_978_856),
    ("MobileNet", 4_231_976),
    ("MobileNetV2", 3_504_872),
    ("EfficientNetB0", 5_288_548),
]
LARGE = [
    ("VGG19", 143_667_240),
    ("ResNet101", 44_601_832),
    ("ResNet152", 60_268_520),
    ("ResNet50V2", 25_568_360),
    ("ResNet101V2", 44_577_896),
    ("ResNet152V2", 60_236_904),
    ("DenseNet169", 14_149_480),
    ("DenseNet201", 20_013_928),
    ("Xception", 22_855_952),
    ("EfficientNetB1", 7_794_184),
    ("EfficientNetB3", 12_233_232),
    ("EfficientNetB7", 66_347_960),
]


def read(source: str) -> SourceNetwork:
    """Return the last network of a source."""
    network = read_source(f"import keras\nfrom keras import layers\n{source}")[-1]
    assert isinstance(network, SourceNetwork), network
    return network


@pytest.mark.parametrize(
    ("name", "parameters"),
    [*PARAMETERS, *(pytest.param(*pair, marks=pytest.mark.slow) for pair in LARGE)],
)
def test_the_parameters_are_those_of_keras(name: str, parameters: int) -> None:
    network = read(f"model = keras.applications.{name}()\n")
    assert sized(network).params == parameters


def test_a_backbone_with_an_open_input_takes_the_size_that_it_is_called_on() -> None:
    network = read(
        "base = keras.applications.MobileNetV2(include_top=False)\n"
        "inputs = keras.Input((97, 130, 3))\n"
        "outputs = layers.Flatten()(base(inputs))\n"
        "model = keras.Model(inputs, outputs)\n"
    )
    assert network.run.flow.nodes[0].volume == (130, 97, 3)
    assert sized(network).output.D == 4 * 5 * 1280


def test_layers_of_a_backbone_have_their_names() -> None:
    network = read(
        "base = keras.applications.MobileNetV2(include_top=False, input_shape=(96, 96, 3))\n"
        "x = base.get_layer('block_6_expand_relu').output\n"
        "model = keras.Model(base.input, x)\n"
    )
    assert tuple(sized(network).output) == (12, 12, 192)


SOURCE = """\
import keras
base = keras.applications.{}
model = keras.Sequential([base, keras.layers.Conv2D(8, {}), keras.layers.Flatten()])
"""
FAULTS = [
    ("MobileNetV2(include_top=False, input_shape=(96, 96, 3))", 4, "CNN102", 3),
    ("ResNet50(include_top=False, input_shape=(28, 28, 3))", 1, "CNN102", 2),
    ("VGG16(include_top=False, input_shape=(96, 96, 1))", 1, "CNN120", 2),
]


@pytest.mark.parametrize(("call", "size", "code", "line"), FAULTS)
def test_faults_of_a_backbone_and_after_it(call: str, size: int, code: str, line: int) -> None:
    (finding,) = findings(SOURCE.format(call, size))
    assert (finding.code, getattr(finding.node, "lineno", 0)) == (code, line)


def test_weights_of_another_kind_take_any_depth() -> None:
    call = "VGG16(weights=None, include_top=False, input_shape=(96, 96, 1))"
    assert findings(SOURCE.format(call, 3)) == []
