"""The networks, each once as cnnsize text and once as a plain list that the contenders are built
from.
"""

from __future__ import annotations

import re
from itertools import count
from typing import NamedTuple


class Op(NamedTuple):
    """One layer: conv, relu, pool or fc; a flatten stands before the first fc."""

    kind: str
    K: int = 0
    F: int = 1
    S: int = 1
    P: int = 0


class Case(NamedTuple):
    name: str
    text: str
    input: tuple[int, int, int]  # W, H, D
    ops: tuple[Op, ...]


RELU, POOL, POOL3 = Op("relu"), Op("pool", F=2, S=2), Op("pool", F=3, S=2)


def conv(K: int, F: int = 3, S: int = 1, P: int | None = None) -> Op:
    return Op("conv", K, F, S, F // 2 if P is None else P)


def fc(K: int) -> Op:
    return Op("fc", K)


def written(input: tuple[int, int, int], ops: tuple[Op, ...]) -> str:
    """The list as flat canonical text."""
    words = [f"INPUT[{input[0]}x{input[1]}x{input[2]}]"]
    for op in ops:
        if op.kind == "conv":
            options = [f"S={op.S}"] if op.S != 1 else []
            if op.P != op.F // 2:
                options.append(f"P={op.P}")
            words.append(f"CONV{op.F}-{op.K}" + (f"({', '.join(options)})" if options else ""))
        elif op.kind == "pool":
            words.append(f"POOL{op.F}" + (f"(S={op.S})" if op.S != op.F else ""))
        else:
            words.append(f"FC-{op.K}" if op.kind == "fc" else op.kind.upper())
    return " -> ".join(words)


def vgg_ops() -> tuple[Op, ...]:
    ops: list[Op] = []
    for K, times in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        ops += [conv(K), RELU] * times + [POOL]
    return (*ops, fc(4096), RELU, fc(4096), RELU, fc(1000))


ALEXNET_OPS = (
    conv(96, 11, 4, 0),
    RELU,
    POOL3,
    conv(256, 5),
    RELU,
    POOL3,
    conv(384),
    RELU,
    conv(384),
    RELU,
    conv(256),
    RELU,
    POOL3,
    fc(4096),
    RELU,
    fc(4096),
    RELU,
    fc(1000),
)
VGG_TEXT = (
    "INPUT[224x224x3] -> [CONV3-64 -> RELU]*2 -> POOL2 -> [CONV3-128 -> RELU]*2 -> POOL2"
    " -> [CONV3-256 -> RELU]*3 -> POOL2 -> [[CONV3-512 -> RELU]*3 -> POOL2]*2 -> [FC-4096 -> RELU]*2 -> FC-1000"
)
NOTES_TEXT = "INPUT[32x32x3] -> [[CONV3-64 -> RELU]*2 -> POOL]*3 -> [FC-512 -> RELU]*2 -> FC-10"
NOTES_OPS = ((conv(64), RELU) * 2 + (POOL,)) * 3 + (fc(512), RELU) * 2 + (fc(10),)
CHAIN_OPS = (conv(64), RELU) * 500

ALEXNET = Case("AlexNet", written((227, 227, 3), ALEXNET_OPS), (227, 227, 3), ALEXNET_OPS)
VGG = Case("VGG-16, repeats", VGG_TEXT, (224, 224, 3), vgg_ops())
VGG_FLAT = Case("VGG-16, written out", written(VGG.input, VGG.ops), VGG.input, VGG.ops)
CHAIN = Case("1,000-layer chain", written((32, 32, 64), CHAIN_OPS), (32, 32, 64), CHAIN_OPS)
NOTES = Case("the README's network", NOTES_TEXT, (32, 32, 3), NOTES_OPS)
CASES = (ALEXNET, VGG, VGG_FLAT, CHAIN, NOTES)

WIDTH = re.compile(r"((?:CONV\d+|FC)-)\d+")


widths = count(1000)  # one counter for the process


def never_seen(text: str) -> str:
    """The same network with a width in every layer that no text of this process had before."""
    return WIDTH.sub(lambda found: f"{found[1]}{next(widths)}", text)
