"""The zoo on a CUDA device: a training step of every network, and a table of memory and speed."""

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
    """Yield (network, dtype, differences from the prediction) for every network in both types."""
    for name in index():
        for dtype in DTYPES:
            try:
                yield name, dtype, list(run_on_cuda(name, dtype).findings)
            except RunError as error:
                yield name, dtype, [str(error)]


def table() -> Iterator[str]:
    """Yield a Markdown table of predicted and measured memory, and of throughput."""
    yield "| network | type | batch | predicted | measured | off | inputs/s | TFLOP/s |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name in TABLED:
        for dtype in DTYPES:
            for batch in BATCHES:
                try:
                    result = run_on_cuda(name, dtype, batch, repeat=10)
                except RunError as error:
                    yield f"| {name} | {dtype} | {batch} | {error} | | | | |"
                    continue
                assert result.peak is not None
                best = min(result.times)
                yield (
                    f"| {name} | {dtype} | {batch} | {result.predicted_peak / 1e6:,.0f} MB | {result.peak / 1e6:,.0f} MB "
                    f"| {result.peak / result.predicted_peak - 1:+.0%} | {batch / best:,.0f} "
                    f"| {(result.flops or 0) / best / 1e12:.1f} |"
                )
