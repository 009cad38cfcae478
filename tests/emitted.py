"""Emitted source, run in the process of the tests. ``cnnsize run`` does the same in a child process."""

from __future__ import annotations

import warnings
from typing import Any

import torch

import cnnsize
from cnnsize.network import Network
from cnnsize.smoke.child.run import Run
from cnnsize.smoke.compare import RunOptions, RunResult, compare
from cnnsize.smoke.run import make_job
from cnnsize.torch_code import emitted, torch_source, trace

EACH_KIND = (
    "RELU",
    "RELU6",
    "LRELU",
    "PRELU",
    "PRELU(per=channel)",
    "ELU",
    "SELU",
    "GELU",
    "SILU",
    "MISH",
    "HSWISH",
    "HSIGMOID",
    "SIGMOID",
    "TANH",
    "SOFTPLUS",
    "SOFTMAX",
    "LOGSOFTMAX",
    "BN",
    "BN(affine=no)",
    "GN(2)",
    "GN(1, affine=no)",
    "LN",
    "LN(affine=no)",
    "IN",
    "IN(affine=yes)",
    "LRN",
    "SCALE",
    "SCALE(bias=yes)",
    "SCALE(per=layer)",
    "SCALE(per=layer, bias=yes)",
    "SCALE(per=channel)",
    "IDENTITY",
    "DROPOUT",
    "DROPOUT(0.3)",
    "DROPOUT(0)",
    "DROPOUT(1)",
    "DROPOUT2D(0.3)",
    "DROPOUT2D(1)",
    "DROPPATH(0.3)",
    "DROPPATH(0)",
    "FLATTEN",
    "FC-3",
    "FC-3(bias=no)",
    "UP2",
    "UP2x3(mode=bilinear)",
    "UP2(mode=bicubic)",
    "UP2(mode=area)",
    "UP2(mode=nearest-exact)",
    "UP1",
    "UP(to=5x7)",
    "UP(to=16x24, mode=bilinear)",
    "UP(to=3x3, mode=area)",
    "PIXELSHUFFLE1",
    "PIXELSHUFFLE2",
    "PIXELUNSHUFFLE1",
    "PIXELUNSHUFFLE2",
    "CHSHUFFLE(2)",
    "PAD1",
    "PAD0",
    "PAD2x1",
    "PAD(left=1, top=2, right=0, bottom=3)",
    "PAD(front=2, back=1)",
    "PAD(left=1, back=2)",
    "PAD1(front=1)",
    "PAD(front=0)",
    "CROP[4x3]",
    "CROP[3x4]",
    "CROP[3x2](left=1, top=2)",
    "SLICE(from=1, to=3)",
    "SLICE(to=2)",
    "SLICE(from=1)",
    "POOL2",
    "POOL3x2(S=1x2, P=1)",
    "POOL2(S=3, ceil=yes)",
    "POOL2(D=2, S=1)",
    "POOL3(S=1, P=same)",
    "POOL(to=2x3)",
    "POOL(to=1x1)",
    "AVGPOOL2",
    "AVGPOOL3(S=2, P=1, include_pad=no)",
    "AVGPOOL3x1(S=1, P=same)",
    "AVGPOOL(to=2x3)",
    "AVGPOOL(to=1x1)",
    "GAP",
    "GMP",
    "CONV3-4",
    "CONV1x3-4(S=2x1, P=0)",
    "CONV3-4(G=2, bias=no)",
    "CONV3-4(D=2x1)",
    "CONV3-4(P=same)",
    "CONV4-4(P=same)",
    "CONV2-4(P=same, D=3x2)",
    "CONV3-4(P=valid)",
    "CONV1-4",
    "DWCONV3",
    "DWCONV3x1(M=2, S=2, P=1, bias=no)",
    "TCONV3-4",
    "TCONV3-4(S=2, P=1, output_padding=1x0)",
    "TCONV2-4(G=2, D=2, bias=no)",
    "OUTPUT",
    "CROSSENTROPY",
    "ADD{RELU | ID}",
    "ADD{ID | ID}",
    "ADD{RELU | IDENTITY}",
    "ADD{CONV3-8(S=2, P=1) | POOL1(S=2) -> PAD(front=2, back=2)}",
    "MUL{ID | ID}",
    "MUL{RELU | SIGMOID | TANH}",
    "MUL{ID | GAP -> SIGMOID}",
    "MUL{GAP -> SIGMOID | ID}",
    "CAT{RELU | ID | CONV1-2}",
    "CAT{SLICE(to=2) | SLICE(from=2, to=4) -> RELU}",
    "ADD{CONV1-4 -> RELU | CONV1-4 | CONV1-4 -> ADD{TANH | ID}}",
    "[CONV3-8 -> RELU]*3",
    "[SILU]*4",
    "[[RELU -> CONV1-4]*2]*2",
    "[CAT{ID | CONV1-2}]*5",
    "[ADD{CONV1-4 -> RELU | CONV1-4}]*2",
    "[FC-5 -> RELU]*3",
    "[RELU -> FC-4]*2",
    "[GAP -> FC-4]*2",
    "CAT{GAP -> FC-3 | GAP -> CONV1-3}",
    "LN -> ADD{RELU | ID}",
    "LN -> FLATTEN -> FC-3",
    "CONV3-6 -> PIXELSHUFFLE1 -> LN",
)
BEFORE = {
    "the input": "OUTPUT",
    "a map": "CONV1-4 -> SIGMOID",
    "channels last": "CONV1-4 -> LN -> SIGMOID",
    "a slice": "CONV1-6 -> SIGMOID -> SLICE(from=1, to=5)",
    "a crop": "CONV1-4 -> SIGMOID -> CROP[6x5]",
    "a slice of channels last": "CONV1-6 -> LN -> SIGMOID -> SLICE(from=1, to=5)",
    "a vector": "FC-4 -> RELU",
    "one position": "CONV1-4 -> GAP",
}
UNFLATTENED = (
    "UNFLATTEN[1x2x2]",
    "UNFLATTEN[2x2x1] -> CONV1-3",
    "[UNFLATTEN[2x2x1] -> CONV2-4(P=0)]*2",
)


def source(text: str, **options: str | bool) -> str:
    """Return the source that is emitted for a network in text."""
    return torch_source(cnnsize.parse(text).sized(), **options)  # type: ignore[arg-type]


def job_of(network: Network, choices: RunOptions, source: str | None = None) -> dict[str, Any]:
    """Return what the parent tells its child, with no memory needed."""
    name, own = emitted(network)
    job = make_job(network, choices, name, source or own)
    job["needs"] = {device: {"total": 0, "fixed": 0, "each": 0} for device in ("cpu", "cuda")}
    return job


def ran(network: Network, source: str | None = None, **choices: Any) -> RunResult:
    """Return the result of a run in this process, of the emitted source or of another."""
    options = RunOptions(**{"device": "cpu", "repeat": 0, **choices})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns about even filters with padding="same"
        result = Run(torch, job_of(network, options, source), lambda **_: None).result()
    return compare(network, options, trace(network), result)
