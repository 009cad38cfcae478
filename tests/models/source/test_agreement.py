"""What is read equals what PyTorch runs: each layer's output, and the parameters."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

import cnnsize
from cnnsize.models.source.read import Request, SourceNetwork, read_source
from cnnsize.zoo import index
from tests.models.source.sources import FORMS, LENET

SHAPED = {"CONV", "DWCONV", "TCONV", "FC"}
NETWORKS = [
    (LENET, "LeNet"),
    (FORMS, "resnet"),
    (FORMS, "VGG"),
    (FORMS, "UNet"),
    (FORMS, "Dense"),
]
ARGUMENTS: dict[str, tuple[int, ...]] = {"UNet": (3, 2)}


def read(source: str, name: str) -> SourceNetwork:
    (network,) = read_source(source, Request(only=name))
    assert isinstance(network, SourceNetwork), network
    return network


@pytest.mark.parametrize(("source", "name"), NETWORKS)
def test_shapes_and_parameters_equal_those_of_torch(source: str, name: str) -> None:
    network = read(source, name)
    namespace: dict[str, Any] = {"__name__": "read"}
    exec(source, namespace)
    module = namespace[name](*ARGUMENTS.get(name, ())).eval()
    shapes: list[tuple[int, ...]] = []

    def note(inner: nn.Module, inputs: object, output: torch.Tensor) -> None:
        if isinstance(inner, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            shapes.append(tuple(output.shape[1:]))

    for inner in module.modules():
        inner.register_forward_hook(note)
    nodes = network.run.flow.nodes
    assert nodes[0].volume is not None
    W, H, D = nodes[0].volume
    with torch.no_grad():
        module(torch.zeros(2, D, H, W))
    own = [node.volume for node in nodes if node.kind in SHAPED and node.volume]
    assert [tuple(volume)[::-1] for volume in own] == [
        (*shape, 1, 1)[:3][:1] + (*shape[1:], 1, 1)[:2] for shape in shapes
    ]
    parameters = sum(parameter.numel() for parameter in module.parameters())
    assert sum(node.parameters for node in nodes) == parameters
    assert (
        cnnsize.parse(network.text, name=network.text.split(" = ")[-2].split("\n")[-1])
        .sized()
        .params
        == parameters
    )


def emitted(name: str) -> None:
    sized = cnnsize.load(name).sized()
    (network,) = read_source(sized.torch_source())
    assert isinstance(network, SourceNetwork), network
    text = network.text
    again = cnnsize.parse(text, name=text.rpartition("\n")[2].partition(" = ")[0]).sized()
    assert (again.params, again.macs, again.output) == (sized.params, sized.macs, sized.output)


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "squeezenet1_1", "mobilenet_v2", "unet"])
def test_reading_emitted_source_gives_the_network(name: str) -> None:
    emitted(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(index()))
def test_reading_emitted_source_gives_the_network_for_the_whole_zoo(name: str) -> None:
    emitted(name)
