"""Random networks with several outputs and several inputs, and what torch makes of them.

A network is a tree of its own here: it is written as text for cnnsize, and torch runs it as the test
oracle, with the outputs in the order that the language defines.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

Shape = tuple[int, int, int]  # W x H x D


class Layer(NamedTuple):
    text: str


class Heads(NamedTuple):
    branches: list[list[Node]]


class Join(NamedTuple):
    op: str
    branches: list[list[Node]]
    inputs: list[Shape | None]  # of each branch; None reads the volume before


class Group(NamedTuple):
    nodes: list[Node]
    times: int


Node = Layer | Heads | Join | Group


def written(nodes: list[Node]) -> str:
    """Return a chain as text."""
    return " -> ".join(map(text_of, nodes)) or "ID"


def text_of(node: Node) -> str:
    """Return one item as text."""
    if isinstance(node, Layer):
        return node.text
    if isinstance(node, Group):
        return f"[{written(node.nodes)}]*{node.times}"
    if isinstance(node, Heads):
        return f"OUTPUT{{{' | '.join(map(written, node.branches))}}}"
    branches = [
        written(branch) if own is None else " -> ".join([input_text(own), *map(text_of, branch)])
        for branch, own in zip(node.branches, node.inputs, strict=True)
    ]
    return f"{node.op}{{{' | '.join(branches)}}}"


def input_text(shape: Shape) -> str:
    """Return an INPUT."""
    return f"INPUT[{'x'.join(map(str, shape))}]"


def map_of(x: Tensor) -> Tensor:
    """Return the map of one position that a vector is."""
    return x if x.dim() == 4 else x[:, :, None, None]


class Oracle:
    """Runs a network in torch, and counts parameters."""

    def __init__(self) -> None:
        self.params = 0
        self.outputs: list[Tensor] = []
        self.inputs: list[Shape] = []

    def run(self, nodes: list[Node], x: Tensor) -> Tensor:
        """Return the output of a chain on a map."""
        for node in nodes:
            if isinstance(node, Layer):
                x = self.layer(node.text, x)
            elif isinstance(node, Group):
                for _ in range(node.times):
                    x = self.run(node.nodes, x)
            elif isinstance(node, Heads):
                for branch in node.branches:
                    self.outputs.append(self.run(branch, x))
            else:
                x = self.join(node, x)
        return x

    def join(self, node: Join, x: Tensor) -> Tensor:
        """Return the output of a join."""
        ends = []
        for branch, own in zip(node.branches, node.inputs, strict=True):
            start = x
            if own is not None:
                self.inputs.append(own)
                W, H, D = own
                start = torch.zeros(1, D, H, W)
            ends.append(self.run(branch, start))
        return torch.cat(ends, 1) if node.op == "CAT" else torch.stack(ends).sum(0)

    def layer(self, text: str, x: Tensor) -> Tensor:
        """Return the output of one of the layers that ``networks`` draws."""
        D = x.shape[1]
        kind, _, width = text.partition("-")
        modules: dict[str, nn.Module] = {"RELU": nn.ReLU(), "BN": nn.BatchNorm2d(D).eval()}
        modules |= {"GAP": nn.AdaptiveAvgPool2d(1), "TANH": nn.Tanh()}
        if kind == "FC":
            module: nn.Module = nn.Sequential(nn.Flatten(), nn.Linear(x[0].numel(), int(width)))
        elif kind in ("CONV1", "CONV3"):
            size = int(kind[-1])
            module = nn.Conv2d(D, int(width), size, padding=size // 2)
        else:
            module = modules[kind]
        self.params += sum(parameter.numel() for parameter in module.parameters())
        with torch.no_grad():
            return map_of(module(x))


def shape_of(x: Tensor) -> Shape:
    """Return the volume of a map."""
    return x.shape[3], x.shape[2], x.shape[1]


LAYERS = ("RELU", "TANH", "BN", "CONV1-2", "CONV3-3", "CONV3-4")


@st.composite
def networks(draw: st.DrawFn) -> tuple[Shape, list[Node]]:
    """A network whose branches fit together, on a small map."""

    def chain(shape: Shape, depth: int, most: int) -> tuple[list[Node], Shape]:
        """Return a chain and the volume after it."""
        nodes: list[Node] = []
        for _ in range(draw(st.integers(1, most))):
            node, shape = item(shape, depth)
            nodes.append(node)
        return nodes, shape

    def after(nodes: list[Node], shape: Shape) -> Shape:
        W, H, D = shape
        return shape_of(Oracle().run(nodes, torch.zeros(1, D, H, W)))

    def item(shape: Shape, depth: int, *, repeats: bool = True) -> tuple[Node, Shape]:
        W, H, D = shape
        sorts = ["layer", "layer", "heads", "join", "further", "group", "vector"]
        sort = draw(st.sampled_from(sorts)) if depth else "layer"
        if sort == "heads":
            branches = [
                [] if draw(st.booleans()) else head(shape, depth - 1)
                for _ in range(draw(st.integers(1, 2)))
            ]
            return Heads(branches), shape
        if sort == "vector":
            node: Node = Layer(f"FC-{draw(st.integers(1, 5))}")
        elif sort == "group":
            body: list[Node] = [Layer(f"CONV3-{D}")]
            if draw(st.booleans()):
                body.append(Heads([[], [Layer("FC-2")]]))
            node = Group([*body, Layer("RELU")], draw(st.integers(1, 4)))
        elif sort in ("join", "further"):
            second = (W, H, draw(st.integers(1, 3))) if sort == "further" else None
            own: list[Shape | None] = [None, second]
            branches = []
            for start in own:
                inner: list[Node] = (
                    chain(start or shape, depth - 1, 2)[0] if draw(st.booleans()) else []
                )
                if after(inner, start or shape)[:2] != (W, H):
                    inner = []
                branches.append(inner)
            if draw(st.booleans()):
                branches, own = branches[::-1], own[::-1]
            node = Join("CAT", branches, own)
        else:
            node = Layer(draw(st.sampled_from(LAYERS)))
        return node, after([node], shape)

    def head(shape: Shape, depth: int) -> list[Node]:
        """Return the branch of an OUTPUT, which has no input of its own."""
        nodes: list[Node] = [Layer(draw(st.sampled_from((*LAYERS, "GAP"))))]
        if depth and draw(st.booleans()):
            nodes.append(Heads([[Layer("FC-2")]]))
        if draw(st.booleans()):
            nodes.append(Layer(f"FC-{draw(st.integers(1, 4))}"))
        return nodes

    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3)))
    nodes, _ = chain(shape, 2, 5)
    return shape, nodes
