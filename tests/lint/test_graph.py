"""Torch as the test oracle for graphs: random joins, repetitions and blocks of all layers, valid and
not.

A network is a tree of its own here. It is written as text for cnnsize, and run with real torch modules
as the oracle: the output of a layer is what torch says, and that of a join what the language defines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from hypothesis import assume, event, given
from hypothesis import strategies as st
from torch import Tensor

import cnnsize
from cnnsize import ArchitectureError
from tests.helpers import examples
from tests.strategies import Shape, Spec, layers
from tests.torch_code.test_agreement import MOST_VALUES, run

pytestmark = pytest.mark.slow

LayerResult = tuple[
    str, Shape | None, int | None, int | None
]  # kind, output (W x H x D), params, MACs


class Group(NamedTuple):
    nodes: list[Node]
    times: int


class Join(NamedTuple):
    op: str
    branches: list[list[Node]]  # an empty one is ID
    crops: tuple[bool, ...]  # does the branch end with a CROP without a size?


class Call(NamedTuple):
    """A block called with a number: its definition is text, its body what that text means."""

    name: str
    k: int
    body: list[Node]


Node = Spec | Group | Join | Call


def conv(F: int, K: int) -> Spec:
    return Spec("CONV", {"F": (F, F), "K": K, "P": (F // 2, F // 2)}, f"CONV{F}-{K}(P={F // 2})")


def plain(kind: str) -> Spec:
    return Spec(kind, {}, kind)


BLOCKS: dict[str, tuple[str, Callable[[int], list[Node]]]] = {
    "cbr": (
        "cbr(k) = CONV3-k(P=1) -> BN -> RELU",
        lambda k: [conv(3, k), plain("BN"), plain("RELU")],
    ),
    "twice": (
        "twice(k) = cbr(k)*2 -> cbr(k + 1)",
        lambda k: [
            Group([Call("cbr", k, BLOCKS["cbr"][1](k))], 2),
            Call("cbr", k + 1, BLOCKS["cbr"][1](k + 1)),
        ],
    ),
    "residual": (
        "residual(k) = ADD{cbr(k) -> CONV1-k(P=0) | ID} -> RELU",
        lambda k: [
            Join("ADD", [[Call("cbr", k, BLOCKS["cbr"][1](k)), conv(1, k)], []], (False, False)),
            plain("RELU"),
        ],
    ),
    "grow": (
        "grow(k) = CAT{ID | CONV3-(2*k)(P=1)}",
        lambda k: [Join("CAT", [[], [conv(3, 2 * k)]], (False, False))],
    ),
    "gate": (
        "gate(k) = MUL{ID | GAP -> CONV1-k(P=0) -> SIGMOID}",
        lambda k: [Join("MUL", [[], [plain("GAP"), conv(1, k), plain("SIGMOID")]], (False, False))],
    ),
}


def written(nodes: list[Node], expand: bool) -> str:
    return " -> ".join(text_of(node, expand) for node in nodes) or "ID"


def text_of(node: Node, expand: bool) -> str:
    if isinstance(node, Spec):
        return node.text
    if isinstance(node, Group):
        return f"[{written(node.nodes, expand)}]*{node.times}"
    if isinstance(node, Join):
        parts = [written(branch, expand) for branch in node.branches]
        parts = [
            ("CROP" if part == "ID" else f"{part} -> CROP") if crop else part
            for part, crop in zip(parts, node.crops, strict=True)
        ]
        return f"{node.op}{{{' | '.join(parts)}}}"
    return f"[{written(node.body, expand)}]*1" if expand else f"{node.name}({node.k})"


def shape_of(x: Tensor) -> Shape:
    return x.shape[3], x.shape[2], x.shape[1]


class Oracle:
    """Runs a network and records every layer, branch by branch and each join after its branches."""

    def __init__(self) -> None:
        self.results: list[LayerResult] = []

    def run(self, nodes: list[Node], x: Tensor | None) -> Tensor | None:
        for node in nodes:
            if isinstance(node, Spec):
                x = self.layer(node, x)
            elif isinstance(node, Group):
                for _ in range(node.times):
                    x = self.run(node.nodes, x)
            elif isinstance(node, Join):
                x = self.join(node, x)
            else:
                x = self.run(node.body, x)
        return x

    def layer(self, spec: Spec, x: Tensor | None) -> Tensor | None:
        done = None if x is None else run(spec, x)
        if done is None:
            self.results.append((spec.kind, None, None, None))
            return None
        y, params, macs = done
        assume(y.numel() <= MOST_VALUES)
        self.results.append((spec.kind, shape_of(y), params, macs))
        return y

    def join(self, node: Join, x: Tensor | None) -> Tensor | None:
        outs: list[Tensor | None] = []
        places: list[int] = []  # where the CROP of each branch is recorded
        for branch, crop in zip(node.branches, node.crops, strict=True):
            outs.append(self.run(branch, x))
            places.append(len(self.results))
            if crop:
                self.results.append(("CROP", None, None, None))
        known = [out for out in outs if out is not None]
        y = None
        if len(known) == len(outs):
            h, w = min(out.shape[2] for out in known), min(out.shape[3] for out in known)
            for index, crop in enumerate(node.crops):
                if crop:  # centred; of an odd margin the smaller half at left and top
                    top, left = (known[index].shape[2] - h) // 2, (known[index].shape[3] - w) // 2
                    known[index] = known[index].narrow(2, top, h).narrow(3, left, w)
                    self.results[places[index]] = ("CROP", shape_of(known[index]), 0, 0)
            y = joined(node.op, known)
        self.results.append(
            (
                node.op,
                None if y is None else shape_of(y),
                None if y is None else 0,
                None if y is None else 0,
            )
        )
        return y


def joined(op: str, maps: list[Tensor]) -> Tensor | None:
    """Join maps as the language defines it; None if it does not. torch would broadcast more.

    ADD takes equal volumes, MUL also 1x1xD ones, CAT maps of one size.
    """
    if op == "CAT":
        return torch.cat(maps, 1) if len({each.shape[2:] for each in maps}) == 1 else None
    largest = max(maps, key=lambda each: each.numel())
    for each in maps:
        is_gate = op == "MUL" and each.shape == (1, largest.shape[1], 1, 1)
        if each.shape != largest.shape and not is_gate:
            return None
    y = maps[0]
    for each in maps[1:]:
        y = y + each if op == "ADD" else y * each
    return y


@st.composite
def networks(draw: st.DrawFn) -> tuple[Shape, list[Node]]:
    """A network drawn along the volumes that it has, so that a good half of them work."""
    left = [18]  # layers that may still be drawn

    def chain(x: Tensor | None, depth: int, most: int) -> tuple[list[Node], Tensor | None]:
        nodes: list[Node] = []
        for _ in range(draw(st.integers(1, most))):
            if left[0] <= 0:
                break
            node = random_node(x, depth)
            if isinstance(node, Spec):
                left[0] -= 1
            nodes.append(node)
            x = Oracle().run([node], x)
        return nodes or [plain("RELU")], x

    def random_node(x: Tensor | None, depth: int) -> Node:
        shape = (5, 5, 4) if x is None else shape_of(x)
        what = draw(
            st.sampled_from(
                ["layer"] * 5 + (["group", "join", "join", "same", "call"] if depth else ["call"])
            )
        )
        if what == "group":
            count = draw(
                st.integers(0, 3)
            )  # an error in a *0 is reported too, but torch never runs it
            return Group(chain(x, depth - 1, 2)[0] if count else [plain("RELU")], count)
        if what == "call":
            name = draw(st.sampled_from(sorted(BLOCKS)))
            k = draw(st.sampled_from([shape[2], shape[2], 1, 3]))
            return Call(name, k, BLOCKS[name][1](k))
        if what == "same":  # branches that fit together, of random layers that keep the volume
            keeping = [conv(3, shape[2]), conv(1, shape[2]), plain("RELU"), plain("BN")]
            fitting: list[list[Node]] = [
                list(draw(st.lists(st.sampled_from(keeping), max_size=2)))
                for _ in range(draw(st.integers(2, 3)))
            ]
            return Join(
                draw(st.sampled_from(["ADD", "CAT", "MUL"])), fitting, (False,) * len(fitting)
            )
        if what == "join":
            branches: list[list[Node]] = [
                [] if draw(st.integers(0, 3)) == 0 else chain(x, depth - 1, 2)[0]
                for _ in range(draw(st.integers(2, 3)))
            ]
            crops = tuple(
                draw(st.lists(st.booleans(), min_size=len(branches), max_size=len(branches)))
            )
            return Join(draw(st.sampled_from(["ADD", "CAT", "CAT", "MUL"])), branches, crops)
        return draw(layers(shape))

    shape = draw(st.tuples(st.integers(3, 9), st.integers(3, 9), st.integers(1, 6)))
    W, H, D = shape
    return shape, chain(torch.zeros(1, D, H, W), 2, 5)[0]


@examples(700)
@given(networks())
def test_graphs_agree_with_torch(drawn: tuple[Shape, list[Node]]) -> None:
    (W, H, D), nodes = drawn
    oracle = Oracle()
    oracle.run(nodes, torch.zeros(1, D, H, W))
    refused = any(output is None for _, output, _, _ in oracle.results)
    event("refused" if refused else "valid")
    definitions = "\n".join(text for text, _ in BLOCKS.values())
    text = f"{definitions}\nnet = INPUT[{W}x{H}x{D}] -> {written(nodes, False)}"
    try:
        network = cnnsize.parse(text).sized()
    except ArchitectureError as error:
        if refused:
            return
        raise AssertionError(f"{text}: torch accepts it, but cnnsize does not: {error}") from error
    ours: list[LayerResult] = [
        (step.kind, None if step.output is None else tuple(step.output), step.params, step.macs)
        for step in network.steps[1:]
    ]
    assert ours == oracle.results, text
    if refused:
        assert not network.valid and network.diagnostics, text
    else:
        assert network.params == sum(params or 0 for _, _, params, _ in oracle.results)
        assert network.macs == sum(macs or 0 for _, _, _, macs in oracle.results)
    written_out = cnnsize.parse(f"INPUT[{W}x{H}x{D}] -> {written(nodes, True)}").sized()
    assert [(s.kind, s.output, s.params) for s in written_out.steps] == [
        (s.kind, s.output, s.params) for s in network.steps
    ]


@pytest.mark.parametrize(
    ("chain", "output"),
    [
        ("ADD{CONV3-4 | ID}", (8, 8, 4)),
        ("ADD{GAP | ID}", None),
        ("MUL{GAP | ID}", (8, 8, 4)),
        ("MUL{GAP -> FC-4 | ID}", (8, 8, 4)),
        ("MUL{CONV3-1 | ID}", None),
        ("CAT{POOL2 | CROP}", (4, 4, 8)),
        ("CAT{POOL2 | ID}", None),
        ("CAT{CONV3-2(P=0) | CONV5-1(P=0) -> CROP | CROP}", None),
        ("CAT{CONV3-2(P=0) -> CROP | CONV5-1(P=0) | CROP}", (4, 4, 7)),
    ],
)
def test_what_goes_together(chain: str, output: Shape | None) -> None:
    assert cnnsize.parse(f"INPUT[8x8x4] -> {chain}").sized().output == output
