"""Networks of torchvision that a file uses as a part of its own."""

from __future__ import annotations

from importlib import import_module

import pytest

import cnnsize
from cnnsize.models.source.read import SourceNetwork, UnreadNetwork, read_source
from cnnsize.zoo import index

NET = """\
import torch
from torch import nn
import torchvision
from torchvision import models
from torchvision.models import resnet18, ResNet18_Weights
from torchvision.models.resnet import BasicBlock, ResNet

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {init}

    def forward(self, x):
        return {forward}
"""
NAMES = ["alexnet", "vgg16", "resnet18", "resnet50", "squeezenet1_1", "mobilenet_v2", "densenet121"]
NAMES += [
    "resnext101_64x4d",
    "efficientnet_b0",
    "mobilenet_v3_small",
    "resnext50_32x4d",
    "wide_resnet50_2",
]
FAMILIES = ["alexnet", "vgg", "resnet", "squeezenet", "densenet", "efficientnet"]
FAMILIES += ["mobilenet_v2", "mobilenet_v3"]
MODULES = {"mobilenet_v2": "mobilenetv2", "mobilenet_v3": "mobilenetv3"}


def read(init: str, forward: str = "self.net(x)") -> SourceNetwork:
    (network,) = read_source(NET.format(init=init, forward=forward))
    assert isinstance(network, SourceNetwork), network
    return network


@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_macs_are_those_of_torch_and_of_the_zoo(name: str) -> None:
    network = read(f"self.net = models.{name}(pretrained=True)")
    nodes = network.run.flow.nodes
    family = next(
        file
        for file in FAMILIES
        if name.replace("next", "net").removeprefix("wide_").startswith(file)
    )
    source = import_module(f"cnnsize.models.source.torchvision.{MODULES.get(family, family)}")
    module = getattr(source, name)()
    parameters = sum(parameter.numel() for parameter in module.parameters())
    assert sum(node.parameters for node in nodes) == parameters
    if name in index():
        sized = cnnsize.load(name).sized(input=(224, 224, 3))
        assert sum(node.macs for node in nodes) == sized.macs


PARTS = [
    (
        "self.net = resnet18(weights=ResNet18_Weights.DEFAULT); self.net.fc = nn.Linear(self.net.fc.in_features, 7)",
        "self.net(x)",
        (7, 11_180_103),
    ),
    (
        "self.net = nn.Sequential(*list(torchvision.models.resnet18().children())[:-2])",
        "self.net(x)",
        (512 * 49, 11_176_512),
    ),
    ("self.net = ResNet(BasicBlock, [1, 1, 1, 1], num_classes=5)", "self.net(x)", (5, 4_908_357)),
    ("self.net = getattr(models, 'vgg11')().features", "self.net(x)", (512 * 49, 9_220_480)),
    (
        "self.net = models.alexnet(); self.net.classifier[6] = nn.Linear(4096, 3)",
        "self.net(x)",
        (3, 57_016_131),
    ),
    (
        "self.net = nn.Sequential(nn.Conv2d(3, 8, 1), BasicBlock(8, 8, 1, None, 1, 64, 1, nn.BatchNorm2d))",
        "self.net(x)",
        (8 * 224 * 224, 32 + 2 * (8 * 8 * 9 + 16)),
    ),
    (
        "self.net = models.mobilenet_v2(); self.net.classifier = nn.Linear(self.net.last_channel, 5)",
        "self.net(x)",
        (5, 2_230_277),
    ),
]


@pytest.mark.parametrize(("init", "forward", "expected"), PARTS)
def test_parts_and_replaced_layers(init: str, forward: str, expected: tuple[int, int]) -> None:
    run = read(init, forward).run
    volume = run.flow.nodes[run.flow.output].volume
    assert volume is not None
    sizes = (volume.W * volume.H * volume.D, sum(node.parameters for node in run.flow.nodes))
    assert sizes == expected


REFUSED = [
    ("ResNet(BasicBlock, [1, 1, 1, 1], groups=2)", "the code raises an exception here"),
    (
        "resnet18(replace_stride_with_dilation=[False, True, True])",
        "the code raises an exception here",
    ),
    ("models.alexnet(width=2)", "__init__() has no argument width"),
]


@pytest.mark.parametrize(("call", "reason"), REFUSED)
def test_arguments_that_torchvision_refuses(call: str, reason: str) -> None:
    (network,) = read_source(NET.format(init=f"self.net = {call}", forward="self.net(x)"))
    assert isinstance(network, UnreadNetwork)
    assert network.reason == f"{reason} (in code of torchvision)"


def test_other_networks_are_named() -> None:
    (network,) = read_source(NET.format(init="self.net = models.vit_b_16()", forward="self.net(x)"))
    assert isinstance(network, UnreadNetwork)
    assert network.reason == "torchvision.models.vit_b_16() is not read"
