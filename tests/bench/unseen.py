"""Networks with widths that no text of this process had before, as a search of architectures has
them: parsed, sized and added up, beside ONNX graphs of the same networks.

``python -m tests.bench.unseen`` prints this table alone.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import re
from collections.abc import Callable
from random import Random
from time import process_time
from typing import Any, NamedTuple

import cnnsize
from tests.bench.contenders import installed, onnx_shape
from tests.bench.graphs import OnnxGraph
from tests.bench.networks import CHAIN, VGG, VGG_FLAT, never_seen, widths

RESNET50 = ((3, 1), (4, 2), (6, 2), (3, 2))  # blocks, and the stride of the first of them
# of EfficientNet-B7: blocks, filter, stride, and whether they expand
EFFICIENTNET_B7 = ((4, 3, 1), (7, 3, 2), (7, 5, 2), (10, 3, 2), (10, 5, 1), (13, 5, 2), (4, 3, 1))
WIDTH = re.compile(
    r"(?<![\d.x\[])(?:1[6-9]|[2-9]\d|\d{3,})(?=[,)]| ->|\Z)"
)  # no repeats, which are shorter
RESNET_BLOCKS = """
project(u, v, k, s) = ADD{
    CONV1-u(bias=no) -> BN -> RELU -> CONV3-v(S=s, P=1, bias=no) -> BN -> RELU -> CONV1-k(bias=no) -> BN
  | CONV1-k(S=s, bias=no) -> BN} -> RELU
bottleneck(u, v, k) = ADD{
    CONV1-u(bias=no) -> BN -> RELU -> CONV3-v(bias=no) -> BN -> RELU -> CONV1-k(bias=no) -> BN | ID} -> RELU
net = INPUT[224x224x3] -> CONV7-W(S=2, P=3, bias=no) -> BN -> RELU -> POOL3(S=2, P=1)
"""


def new() -> int:
    """Return a width that no text of this process had before."""
    return next(widths)


def resnet50() -> str:
    """Return ResNet-50 written out."""
    items = [
        f"INPUT[224x224x3] -> CONV7-{new()}(S=2, P=3, bias=no) -> BN -> RELU -> POOL3(S=2, P=1)"
    ]
    for blocks, stride in RESNET50:
        K = new()
        for block in range(blocks):
            S = f"S={stride}, P=1, " if block == 0 and stride > 1 else ""
            shortcut = f"CONV1-{K}({S.replace('P=1, ', '')}bias=no) -> BN" if block == 0 else "ID"
            items.append(
                f"ADD{{CONV1-{new()}(bias=no) -> BN -> RELU -> CONV3-{new()}({S}bias=no) -> BN -> RELU"
                f" -> CONV1-{K}(bias=no) -> BN | {shortcut}}} -> RELU"
            )
    return " -> ".join([*items, f"GAP -> FC-{new()}"])


def resnet50_in_blocks() -> str:
    """Return ResNet-50 in calls of blocks, each with widths of its own."""
    text = RESNET_BLOCKS.replace("W", str(new())).rstrip()
    for blocks, stride in RESNET50:
        K = new()
        text += f"\n  -> project({new()}, {new()}, {K}, {stride})"
        text += "".join(f" -> bottleneck({new()}, {new()}, {K})" for _ in range(1, blocks))
    return f"{text}\n  -> GAP -> FC-{new()}"


def efficientnet_b7() -> str:
    """Return EfficientNet-B7 written out."""
    stem = new()
    items = [f"INPUT[600x600x3] -> CONV3-{stem}(S=2, P=1, bias=no) -> BN -> SILU"]
    for stage, (blocks, F, stride) in enumerate(EFFICIENTNET_B7):
        K = new()
        for block in range(blocks):
            S = f"S={stride}, P={F // 2}, " if block == 0 and stride > 1 else ""
            depth = new() if stage else (stem if block == 0 else K)  # the first does not expand
            expansion = f"CONV1-{depth}(bias=no) -> BN -> SILU -> " if stage else ""
            gate = f"MUL{{ID | GAP -> CONV1-{new()} -> SILU -> CONV1-{depth} -> SIGMOID}}"
            body = (
                f"{expansion}DWCONV{F}({S}bias=no) -> BN -> SILU -> {gate}"
                f" -> CONV1-{K}(bias=no) -> BN"
            )
            items.append(body if block == 0 else f"ADD{{{body} | ID}}")
    items.append(f"CONV1-{new()}(bias=no) -> BN -> SILU -> GAP -> DROPOUT(0.5) -> FC-{new()}")
    return " -> ".join(items)


def zoo(name: str) -> str:
    """Return the text of a network of the zoo with new widths in its calls, equal ones alike."""
    head, mark, chain = cnnsize.load(name).text.rpartition(" = INPUT")
    fresh: dict[str, int] = {}
    return head + mark + WIDTH.sub(lambda match: str(fresh.setdefault(match[0], 4 * new())), chain)


def random_network(random: Random) -> str:
    """Return a random network of 21 layers, one of an endless number of them."""
    side = random.choice((32, 64, 96, 128))
    items, layers = [f"INPUT[{side}x{side}x3]"], 0
    while layers < 18:
        bias, norm = random.choice((("", ""), ("(bias=no)", " -> BN")))
        items.append(f"CONV{random.choice((1, 3, 5))}-{new()}{bias}{norm} -> RELU")
        layers += 3 if norm else 2
        if side > 7 and random.random() < 0.3:
            items.append("POOL2")
            side //= 2
            layers += 1
    return " -> ".join([*items, f"FC-{new()} -> RELU -> FC-{new()}"])


RANDOM = Random(0)
UNSEEN: dict[str, Callable[[], str]] = {
    "VGG-16": lambda: never_seen(VGG.text),
    "VGG-16, written out": lambda: never_seen(VGG_FLAT.text),
    "ResNet-50, zoo": lambda: zoo("resnet50"),
    "ResNet-50, a call for each block": resnet50_in_blocks,
    "ResNet-50, written out": resnet50,
    "EfficientNet-B7, zoo": lambda: zoo("efficientnet_b7"),
    "EfficientNet-B7, written out": efficientnet_b7,
    "1,000-layer chain": lambda: never_seen(CHAIN.text),
    "random, 21 layers": lambda: random_network(RANDOM),
}


class Times(NamedTuple):
    """The least CPU seconds for one network."""

    sized: float
    totals: float
    onnx: float | None
    onnx_cpp: float | None
    onnx_built: float | None


def totals(text: str) -> object:
    """Return every number of a network that is added up over its layers."""
    network = cnnsize.parse(text).sized()
    assert network.valid
    return (
        network.output,
        network.params,
        network.macs,
        network.activations,
        network.receptive_field,
    )


def timed(call: Callable[[Any], object], given: list[Any]) -> float:
    """Return the CPU seconds of one call, on average over a few given networks."""
    begin = process_time()
    for each in given:
        call(each)
    return (process_time() - begin) / len(given)


def times(write: Callable[[], str], rounds: int) -> Times:
    """Return the least times of a network, each round with new networks, and all in turn."""
    text = write()
    several = max(1, 200 // text.count("->"))
    times: dict[str, list[float]] = {}
    gc.collect()
    gc.freeze()
    infer: Any = None
    if installed("onnx"):
        infer = importlib.import_module("onnx.shape_inference").infer_shapes
        inner = importlib.import_module("onnx.onnx_cpp2py_export.shape_inference").infer_shapes
        network = cnnsize.parse(text).sized()
        if onnx_shape(infer(OnnxGraph(network).model())) != tuple(network.output):
            raise SystemExit(f"the contenders disagree on {text}")
    for _ in range(rounds):
        texts = [[write() for _ in range(several)] for _ in range(3)]
        calls: list[tuple[str, Callable[[Any], object], list[Any]]] = [
            ("sized", lambda each: cnnsize.parse(each).sized().output, texts[0]),
            ("totals", totals, texts[1]),
        ]
        if infer is not None:
            networks = [cnnsize.parse(each).sized() for each in texts[2]]
            for network in networks:
                assert network.outline
            models = [OnnxGraph(network).model() for network in networks]
            calls += [
                ("onnx", infer, models),
                ("onnx_cpp", lambda each: inner(each, False, False, False), models),
                ("onnx_built", lambda each: infer(OnnxGraph(each).model()), networks),
            ]
        gc.collect()
        for name, call, given in calls:
            times.setdefault(name, []).append(timed(call, given))
    gc.unfreeze()
    least = {name: min(seconds) for name, seconds in times.items()}
    return Times(*[least.get(name) for name in Times._fields])  # type: ignore[arg-type]


def unseen(rounds: int) -> dict[str, Times]:
    return {name: times(write, rounds) for name, write in UNSEEN.items()}


def _microseconds(seconds: float | None) -> str:
    return "not installed" if seconds is None else f"{seconds * 1e6:,.0f} µs"


def print_table(rounds: int) -> None:
    print(
        "| every width new | sized | all totals | onnx | C++ alone | graph built too"
        " | sized / onnx | totals / onnx | totals / C++ |"
    )
    print("|---|" + "---:|" * 8)
    for name, row in unseen(rounds).items():
        ratios = [
            f"{ours / peer:.2f}" if peer else "not installed"
            for ours, peer in (
                (row.sized, row.onnx),
                (row.totals, row.onnx),
                (row.totals, row.onnx_cpp),
            )
        ]
        print(f"| {name} | {' | '.join([*map(_microseconds, row), *ratios])} |", flush=True)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m tests.bench.unseen", description=__doc__)
    asked.add_argument("--rounds", type=int, default=20)
    print_table(asked.parse_args().rounds)
