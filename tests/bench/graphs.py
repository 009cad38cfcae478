"""Networks with joins for the contenders: a sized network's outline as an ONNX graph, and as torch
modules.

The shapes that onnx and torch then find are their own: only kinds, filters, strides and paddings
are carried over.
"""

from __future__ import annotations

import importlib
from typing import Any

import cnnsize
from cnnsize.cached import clear_caches
from cnnsize.network import Network
from cnnsize.sizing.outline import Nest, Node, Step
from tests.bench.contenders import Answer, Contender, installed, onnx_shape, turned

GRAPHS = ("resnet50", "densenet201", "efficientnet_b7")

PLAIN = {"RELU": "Relu", "SIGMOID": "Sigmoid", "TANH": "Tanh", "GAP": "GlobalAveragePool"}


class OnnxGraph:
    """The nodes and the declared weights of one network; weights have shapes and no values."""

    def __init__(self, network: Network) -> None:
        self.helper = importlib.import_module("onnx.helper")
        self.FLOAT = importlib.import_module("onnx").TensorProto.FLOAT
        W, H, D = network.input
        self.inputs = [self.helper.make_tensor_value_info("x", self.FLOAT, [1, D, H, W])]
        self.nodes: list[Any] = []
        self.name = self.chain(network.outline, "x")

    def declared(self, *shape: int) -> str:
        name = f"w{len(self.inputs)}"
        self.inputs.append(self.helper.make_tensor_value_info(name, self.FLOAT, list(shape)))
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def chain(self, nodes: tuple[Node, ...], name: str) -> str:
        for node in nodes:
            if isinstance(node, Step):
                name = self.step(node, name)
            elif node.join is None:
                name = self.chain(node.branches[0], name)
            else:
                name = self.join(node, node.join, name)
        return name

    def join(self, nest: Nest, step: Step, name: str) -> str:
        ends = [self.chain(branch, name) for branch in nest.branches]
        if step.kind == "CAT":
            return self.node("Concat", *ends, axis=1)
        for end in ends[1:]:
            ends[0] = self.node("Add" if step.kind == "ADD" else "Mul", ends[0], end)
        return ends[0]

    def step(self, step: Step, name: str) -> str:
        volume = step.inputs[0]
        assert volume is not None and step.output is not None
        if step.kind == "INPUT" or step.kind == "DROPOUT":
            return name
        if step.kind in ("CONV", "DWCONV", "POOL", "AVGPOOL"):
            assert step.kernel and step.stride and step.padding
            window = {
                "kernel_shape": step.kernel[::-1],
                "strides": step.stride[::-1],
                "pads": step.padding[::-1] * 2,
            }
            if step.kind in ("POOL", "AVGPOOL"):
                return self.node(
                    "MaxPool" if step.kind == "POOL" else "AveragePool", name, **window
                )
            groups = step.groups or 1
            weights = [
                self.declared(step.output.D, volume.D // groups, step.kernel[1], step.kernel[0])
            ]
            if getattr(step.layer, "bias", False):
                weights.append(self.declared(step.output.D))
            return self.node("Conv", name, *weights, group=groups, **window)
        if step.kind == "BN":
            return self.node(
                "BatchNormalization", name, *[self.declared(volume.D) for _ in range(4)]
            )
        if step.kind == "SILU":
            return self.node("Mul", name, self.node("Sigmoid", name))
        if step.kind == "FC":
            flat = self.node("Flatten", name)
            values = volume.W * volume.H * volume.D
            return self.node(
                "Gemm",
                flat,
                self.declared(step.output.D, values),
                self.declared(step.output.D),
                transB=1,
            )
        return self.node(PLAIN[step.kind], name)

    def model(self) -> bytes:
        # the output has no shape here: it is the inference that must find it
        output = self.helper.make_tensor_value_info(self.name, self.FLOAT, None)
        graph = self.helper.make_graph(self.nodes, "network", self.inputs, [output])
        made: bytes = self.helper.make_model(graph).SerializeToString()
        return made


def onnx_model(network: Network) -> bytes:
    return OnnxGraph(network).model()


def torch_model(network: Network) -> Any:
    """The network as torch modules on the meta device."""
    torch = importlib.import_module("torch")
    nn = torch.nn

    def layer(step: Step) -> Any:
        volume = step.inputs[0]
        assert volume is not None and step.output is not None
        if step.kind in ("CONV", "DWCONV"):
            assert step.kernel and step.stride and step.padding
            return nn.Conv2d(
                volume.D,
                step.output.D,
                step.kernel[::-1],
                step.stride[::-1],
                step.padding[::-1],
                groups=step.groups or 1,
                bias=bool(getattr(step.layer, "bias", False)),
            )
        if step.kind in ("POOL", "AVGPOOL"):
            assert step.kernel and step.stride and step.padding
            made = nn.MaxPool2d if step.kind == "POOL" else nn.AvgPool2d
            return made(step.kernel[::-1], step.stride[::-1], step.padding[::-1])
        if step.kind == "FC":
            flat = nn.Flatten()
            return nn.Sequential(flat, nn.Linear(volume.W * volume.H * volume.D, step.output.D))
        if step.kind == "BN":
            return nn.BatchNorm2d(volume.D)
        return {
            "RELU": nn.ReLU,
            "SILU": nn.SiLU,
            "SIGMOID": nn.Sigmoid,
            "DROPOUT": nn.Dropout,
            "INPUT": nn.Identity,
            "GAP": lambda: nn.AdaptiveAvgPool2d(1),
        }[step.kind]()

    class Join(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self, nest: Nest, kind: str) -> None:
            super().__init__()
            self.kind = kind
            self.branches = nn.ModuleList([chain(branch) for branch in nest.branches])

        def forward(self, x: Any) -> Any:
            ends = [branch(x) for branch in self.branches]
            if self.kind == "CAT":
                return torch.cat(ends, 1)
            out = ends[0]
            for end in ends[1:]:
                out = out + end if self.kind == "ADD" else out * end
            return out

    def chain(nodes: tuple[Node, ...]) -> Any:
        made = []
        for node in nodes:
            if isinstance(node, Step):
                made.append(layer(node))
            elif node.join is None:
                made.append(chain(node.branches[0]))
            else:
                made.append(Join(node, node.join.kind))
        return nn.Sequential(*made)

    with torch.device("meta"):
        return chain(network.outline).eval()


def graph_contenders(name: str, slow: int) -> list[Contender]:
    """cnnsize on the text of a network of the zoo; onnx and torchinfo on the same network, built
    beforehand.
    """
    text = cnnsize.load(name).text
    network = cnnsize.load(name).sized()

    def sized(_: object) -> object:
        return cnnsize.parse(text).sized().output

    def totals(_: object) -> object:
        again = cnnsize.parse(text).sized()
        return again.output, again.params, again.macs, again.receptive_field

    def answer() -> Answer:
        assert network.output is not None
        return Answer(tuple(network.output), None)

    found = [
        Contender("cnnsize, warm", sized, answer=answer),
        Contender("cnnsize, cold caches", sized, clear_caches),
        Contender("cnnsize with all totals, warm", totals),
    ]
    if installed("onnx"):
        infer = importlib.import_module("onnx.shape_inference").infer_shapes
        model = onnx_model(network)
        found.append(
            Contender(
                "onnx infer_shapes",
                lambda _: infer(model),
                answer=lambda: Answer(onnx_shape(infer(model)), None),
            )
        )
    if installed("torch") and installed("torchinfo"):
        torch, summary = (
            importlib.import_module("torch"),
            importlib.import_module("torchinfo").summary,
        )
        module = torch_model(network)
        W, H, D = network.input
        x = torch.empty(1, D, H, W, device="meta")

        def shape() -> Answer:
            if sum(one.numel() for one in module.parameters()) != network.params:
                raise SystemExit(f"{name}: torch counts other parameters")
            return Answer(turned(tuple(module(x).shape)), None)

        found.append(
            Contender(
                "torchinfo.summary on meta",
                lambda _: summary(module, input_data=x, verbose=0),
                answer=shape,
                turns=slow,
            )
        )
    return found
