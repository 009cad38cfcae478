"""Random networks of Keras: what is read equals the oracle, and PyTorch runs what is emitted."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnsize.models.source.read import SourceNetwork, UnreadNetwork, read_source
from tests.models.source.keras.oracle import load
from tests.models.source.keras.sources import KERAS
from tests.models.source.keras.test_agreement import CASES, read, sized, volume

SIZES = st.integers(1, 5)
PADDING = st.sampled_from(["'same'", "'valid'"])


@st.composite
def window(draw: st.DrawFn) -> str:
    """Return a filter, strides and padding, as Keras writes them."""
    rows, columns = draw(SIZES), draw(SIZES)
    down, across = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return f"({rows}, {columns}), strides=({down}, {across}), padding={draw(PADDING)}"


WIDTHS = st.integers(1, 6)
LAYERS = st.one_of(
    st.builds(lambda K, W: f"Conv2D({K}, {W})", WIDTHS, window()),
    st.builds(lambda W: f"DepthwiseConv2D({W}, depth_multiplier=2)", window()),
    st.builds(lambda K, W: f"SeparableConv2D({K}, {W}, use_bias=False)", WIDTHS, window()),
    st.builds(lambda K, W: f"Conv2DTranspose({K}, {W})", WIDTHS, window()),
    st.builds(lambda W: f"MaxPooling2D({W})", window()),
    st.builds(lambda W: f"AveragePooling2D({W})", window()),
    st.builds("ZeroPadding2D((({}, {}), ({}, {})))".format, SIZES, SIZES, SIZES, SIZES),
    st.builds("UpSampling2D(({}, {}))".format, st.integers(1, 2), st.integers(1, 2)),
    st.builds("Dense({}, activation='relu')".format, WIDTHS),
    st.sampled_from(["BatchNormalization()", "ReLU()", "Dropout(0.3)", "Permute((1, 2, 3))"]),
)


@st.composite
def sources(draw: st.DrawFn) -> str:
    """Return the source of a random Sequential model."""
    H, W, C = draw(st.integers(4, 24)), draw(st.integers(4, 24)), draw(st.integers(1, 4))
    layers = draw(st.lists(LAYERS, min_size=1, max_size=6))
    ending = draw(st.sampled_from(["Flatten(), Dense(3)", "GlobalAveragePooling2D(), Dense(2)"]))
    return f"{KERAS}model = Sequential([Input(({H}, {W}, {C})), {', '.join(layers)}, {ending}])"


@given(sources())
def test_random_networks_agree_with_the_oracle(source: str) -> None:
    (network,) = read_source(source)
    try:
        first, last, parameters = load(source, "model")
    except AssertionError:  # a window is larger than its map
        assert isinstance(network, UnreadNetwork), network
        return
    assert isinstance(network, SourceNetwork), network
    result = sized(network)
    assert network.run.flow.nodes[0].volume == volume(first)
    assert (tuple(result.output), result.params) == (volume(last), parameters)


def runs_in_torch(network: SourceNetwork) -> None:
    """Compare the emitted module with the network."""
    result = sized(network)
    namespace: dict[str, Any] = {"__name__": "emitted"}
    exec(result.torch_source(), namespace)
    module = next(
        value
        for value in reversed(namespace.values())
        if isinstance(value, type) and issubclass(value, torch.nn.Module)
    )().eval()
    assert sum(parameter.numel() for parameter in module.parameters()) == result.params
    volume_in = network.run.flow.nodes[0].volume
    assert volume_in is not None
    W, H, D = volume_in
    shape = (2, D, H, W) if (W, H) != (1, 1) else (2, D)
    with torch.no_grad():
        output = module(torch.zeros(shape))
    assert output[0].numel() == result.output.W * result.output.H * result.output.D


SAME_WARNING = "ignore:Using padding='same' with even kernel"  # of PyTorch, about speed


@pytest.mark.slow
@pytest.mark.filterwarnings(SAME_WARNING)
@given(sources())
def test_random_networks_run_in_torch(source: str) -> None:
    (network,) = read_source(source)
    if isinstance(network, SourceNetwork):
        runs_in_torch(network)


@pytest.mark.slow
@pytest.mark.filterwarnings(SAME_WARNING)
@pytest.mark.parametrize(("source", "name", "expression"), CASES)
def test_what_is_emitted_runs_in_torch(source: str, name: str, expression: str) -> None:
    runs_in_torch(read(source, name, (32, 32, 3) if name == "Net" else None))
