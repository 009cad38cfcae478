"""The zoo on a CUDA device: every network forward and backward, and the table of memory and
throughput.
"""

from __future__ import annotations

from collections.abc import Iterator

import cnnsize
from cnnsize.smoke.compare import RunOptions, RunResult
from cnnsize.smoke.process import RunError
from cnnsize.smoke.run import run
from cnnsize.zoo import index

DTYPES = ("float32", "bfloat16")
TABLED = (
    "alexnet",
    "vgg16",
    "resnet18",
    "resnet50",
    "densenet121",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "efficientnet_b0",
    "convnext_tiny",
    "inception_v3",
)
BATCHES = (8, 32, 64)


def run_on_cuda(name: str, dtype: str, batch: int = 2, repeat: int = 1) -> RunResult:
    return run(
        cnnsize.load(name).sized(),
        RunOptions(device="cuda", dtype=dtype, batch=batch, repeat=repeat, timeout=300),
    )


def whole_zoo() -> Iterator[tuple[str, str, list[str]]]:
    """(network, dtype, what is not as predicted) of every network in both types."""
    for name in index():
        for dtype in DTYPES:
            try:
                yield name, dtype, list(run_on_cuda(name, dtype).findings)
            except RunError as wrong:
                yield name, dtype, [str(wrong)]


def table() -> Iterator[str]:
    """Markdown: predicted and measured memory, and throughput, of ten networks at several
    batches.
    """
    yield "| network | type | batch | predicted | measured | off | inputs/s | TFLOP/s |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name in TABLED:
        for dtype in DTYPES:
            for batch in BATCHES:
                try:
                    found = run_on_cuda(name, dtype, batch, repeat=10)
                except RunError as wrong:
                    yield f"| {name} | {dtype} | {batch} | {wrong} | | | | |"
                    continue
                assert found.peak is not None
                best = min(found.times)
                yield (
                    f"| {name} | {dtype} | {batch} | {found.predicted_peak / 1e6:,.0f} MB | {found.peak / 1e6:,.0f} MB "
                    f"| {found.peak / found.predicted_peak - 1:+.0%} | {batch / best:,.0f} "
                    f"| {(found.flops or 0) / best / 1e12:.1f} |"
                )
