"""What is read of Keras source equals what Keras builds: shapes and parameters, by an oracle."""

from __future__ import annotations

import pytest

import cnnsize
from cnnsize.models.source.read import Request, SourceNetwork, read_source
from tests.models.source.keras.oracle import Shape, load
from tests.models.source.keras.sources import (
    BUILDERS,
    FUNCTIONAL,
    KERAS,
    SEQUENTIAL,
    TENSORFLOW,
    TF,
)

CASES = [
    *((KERAS + source, "model", "model") for source in (*SEQUENTIAL, *FUNCTIONAL)),
    *((TF + source, "model", "model") for source in TENSORFLOW),
    *((KERAS + source, name, expression) for source, name, expression in BUILDERS),
]


def read(source: str, name: str, input: tuple[int, int, int] | None = None) -> SourceNetwork:
    """Return the network of a name."""
    (network,) = read_source(source, Request(only=name, input=input))
    assert isinstance(network, SourceNetwork), network
    return network


def sized(network: SourceNetwork) -> cnnsize.Network:
    """Return the text of a network, parsed and sized."""
    name = network.text.rpartition("\n")[2].partition(" = ")[0]
    return cnnsize.parse(network.text, name=name).sized()


def volume(shape: Shape) -> tuple[int, int, int]:
    """Return a shape of Keras as W x H x D."""
    if len(shape) == 3:
        H, W, D = shape
        return W, H, D
    if len(shape) == 2:
        return shape[0], 1, shape[1]
    return 1, 1, shape[0]


@pytest.mark.parametrize(("source", "name", "expression"), CASES)
def test_shapes_and_parameters_are_those_of_keras(source: str, name: str, expression: str) -> None:
    result = read(source, name, (32, 32, 3) if name == "Net" else None)
    network, first = sized(result), result.run.flow.nodes[0].volume
    source_shape, target_shape, parameters = load(source, expression)
    if len(source_shape) == 2:
        source_shape = (*source_shape, 1)
    assert first == volume(source_shape)
    output = tuple(network.output)
    if len(target_shape) == 2:
        assert (output[0] * output[1], output[2]) == target_shape
    else:
        assert output == volume(target_shape)
    assert network.params == parameters
