"""What is run on the GPU, the most important first, and what a job returns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cnnsize.zoo import index

DTYPES = ("float32", "bfloat16")
TABLED = (
    "resnet50",
    "vgg16",
    "alexnet",
    "resnet18",
    "densenet121",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "efficientnet_b0",
    "convnext_tiny",
    "inception_v3",
)
BATCHES = (8, 32, 64)
REPEAT = 10  # timed passes of a row of the table, which only a GPU takes


class Job(NamedTuple):
    """A training step of a network; it is timed where ``repeat`` is not 0."""

    name: str
    dtype: str
    batch: int = 2
    repeat: int = 0

    @property
    def words(self) -> str:
        return f"{self.name:24} {self.dtype:9} batch {self.batch:2}"


def failure(message: str) -> dict[str, Any]:
    """Return the result of a job that did not run."""
    return {"findings": [message], "peak": None, "predicted": None, "times": [], "flops": None}


def all_jobs(names: list[str] | None = None, *, timed: bool = True) -> Iterator[Job]:
    """Yield the comparisons of the tabled networks, the table, then all other comparisons."""
    zoo = list(index()) if names is None else names
    tabled = [name for name in TABLED if name in zoo]
    for dtype in DTYPES:
        yield from (Job(name, dtype) for name in tabled)
    for dtype in DTYPES if timed else ():
        for name in tabled:
            yield from (Job(name, dtype, batch, REPEAT) for batch in BATCHES)
    for dtype in DTYPES:
        yield from (Job(name, dtype) for name in zoo if name not in tabled)


def rows(results: dict[Job, dict[str, Any]]) -> Iterator[str]:
    """Yield a Markdown table of predicted and measured memory, and of throughput."""
    yield "| network | type | batch | predicted | measured | off | inputs/s | TFLOP/s |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for job, result in results.items():
        if not job.repeat:
            continue
        start = f"| {job.name} | {job.dtype} | {job.batch} |"
        if not result["times"] or result["peak"] is None:
            yield f"{start} {'; '.join(result['findings']) or 'not timed'} | | | | |"
            continue
        best, predicted, measured = min(result["times"]), result["predicted"], result["peak"]
        yield (
            f"{start} {predicted / 1e6:,.0f} MB | {measured / 1e6:,.0f} MB "
            f"| {measured / predicted - 1:+.0%} | {job.batch / best:,.0f} "
            f"| {(result['flops'] or 0) / best / 1e12:.1f} |"
        )
