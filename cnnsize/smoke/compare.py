"""Compare what a model did with what was predicted."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnsize.memory import inference, training
from cnnsize.network import Network
from cnnsize.record import Record
from cnnsize.sizing.outline import Step
from cnnsize.torch_code.ranks import shape_text
from cnnsize.torch_code.trace import Event, ranked_outputs


class RunOptions(Record):
    """The options of a run."""

    device: str = "auto"  # cuda if there is one, else cpu; or cpu, cuda, meta
    batch: int = 2
    dtype: str = "float32"
    backward: bool = True
    compile: bool = False
    channels_last: bool = False
    seed: int = 0
    repeat: int = 1  # timed passes
    timeout: float = 600.0  # seconds


class LayerResult(NamedTuple):
    """One layer: what was predicted (``step``), and what it did."""

    step: Step
    shape: tuple[int, ...] | None  # of its output; None if the source has no module for it
    params: int
    seconds: float | None  # None if it was not timed
    differences: tuple[str, ...]  # from the prediction, in words


class RunResult(NamedTuple):
    """The outcome of a run."""

    network: Network
    options: RunOptions
    device: str  # cpu, cuda or meta: the one that auto chose
    device_name: str
    torch: str
    lines: tuple[LayerResult, ...]
    findings: tuple[str, ...]  # everything that differs from the prediction, in words
    parameters: int
    times: tuple[float, ...]  # seconds of each timed pass
    predicted_saved: int | None  # bytes that autograd saves; None without a backward pass
    saved: int | None
    predicted_peak: int  # bytes
    peak: int | None  # bytes that were allocated at once; None where that is not known

    @property
    def ok(self) -> bool:
        """Whether everything is as predicted."""
        return not self.findings

    @property
    def flops(self) -> int | None:
        """FLOPs of one pass over the batch; a backward pass counts as two forward passes."""
        macs = self.network.macs
        if macs is None:
            return None
        return 2 * macs * self.options.batch * (3 if self.options.backward else 1)


def predicted_bytes(network: Network, options: RunOptions, device: str, batch: int) -> int:
    """Return the predicted memory of a pass over a batch, in bytes and without workspace."""
    if options.backward:
        return training(network, batch, options.dtype, "sgd", device).total
    return inference(network, batch, options.dtype).total


def compare(
    network: Network, options: RunOptions, events: list[Event], result: dict[str, Any]
) -> RunResult:
    """Compare the result of the child process with the prediction.

    ``events`` is what one forward pass should run, in order.
    """
    findings: list[str] = list(result["findings"])
    by_step, differences = match_records(events, result)
    findings += differences
    lines: list[LayerResult] = []
    was_finite = True
    for index, step in enumerate(network.steps):
        place = f"{step.text} ({step.path})"
        if index not in by_step:
            lines.append(LayerResult(step, None, 0, None, ()))
            if step.params and result["ran"]:
                findings.append(f"{place} did not run")
            continue
        event, record = by_step[index]
        differences = layer_differences(step, event, record, options.batch)
        if not record["finite"] and was_finite:  # every layer after it has such values too
            was_finite = False
            differences.append("NaN or infinite values in the output")
        findings += [f"{place}: {difference}" for difference in differences]
        shape = tuple(record["shape"])
        lines.append(
            LayerResult(step, shape, record["params"], record["seconds"], tuple(differences))
        )
    if result["ran"]:
        findings += output_differences(network, options, result["outputs"])
    if result["parameters"] != network.params:
        findings.append(
            f"{result['parameters']:,} parameters in total, but {network.params or 0:,} were "
            "predicted"
        )
    memory = result["memory"]
    saved, predicted_saved = memory.get("saved"), None
    if options.backward and result["ran"]:
        device = "cuda" if result["device"] == "cuda" else "cpu"
        predicted_saved = training(network, options.batch, options.dtype, "sgd", device).activations
    # On CUDA the kernels decide what is saved, and with channels last the layout differs.
    is_exact = result["ran"] and result["device"] == "cpu" and not options.channels_last
    if is_exact and saved is not None and saved != predicted_saved:
        findings.append(f"autograd saved {saved:,} bytes, but {predicted_saved:,} were predicted")
    return RunResult(
        network=network,
        options=options,
        device=result["device"],
        device_name=result["name"],
        torch=result["torch"],
        lines=tuple(lines),
        findings=tuple(findings),
        parameters=result["parameters"],
        times=tuple(result["times"]),
        predicted_saved=predicted_saved,
        saved=saved,
        predicted_peak=predicted_bytes(network, options, result["device"], options.batch),
        peak=memory.get("peak"),
    )


def output_differences(network: Network, options: RunOptions, shapes: list[list[int]]) -> list[str]:
    """Return how what the model returned differs from the outputs that were predicted, in words."""
    predicted = ranked_outputs(network)
    if len(shapes) != len(predicted):
        return [f"the model returned {len(shapes)} outputs, but {len(predicted)} were predicted"]
    differences: list[str] = []
    for number, (shape, (volume, rank)) in enumerate(zip(shapes, predicted, strict=True), start=1):
        actual = " x ".join(map(str, shape))
        wanted = f"{options.batch} x {shape_text(volume, rank)}"
        if actual != wanted:
            differences.append(
                f"output {number} of the model is {actual}, but {wanted} was predicted"
            )
    return differences


def match_records(
    events: list[Event], result: dict[str, Any]
) -> tuple[dict[int, tuple[Event, dict[str, Any]]], list[str]]:
    """Return the event and the record of each step, and what did not run as predicted, in words."""
    records = result["records"]
    differences: list[str] = []
    by_step: dict[int, tuple[Event, dict[str, Any]]] = {}
    for number, (event, record) in enumerate(zip(events, records, strict=False), start=1):
        if event.name != record["name"]:
            differences.append(
                f"module {number} of the pass is {record['name']}, but {event.name} was predicted"
            )
            break
        if event.step is not None:
            by_step[event.step] = event, record
    if result["ran"] and len(records) != len(events):
        differences.append(f"{len(records)} modules ran, but {len(events)} were predicted")
    return by_step, differences


def layer_differences(step: Step, event: Event, record: dict[str, Any], batch: int) -> list[str]:
    """Return how a layer differs from its prediction, in words."""
    differences: list[str] = []
    batch_size, *sides = record["shape"]
    actual = " x ".join(map(str, sides))
    predicted = shape_text(step.output, event.rank) if step.output else ""
    if actual != predicted:
        differences.append(f"the output is {actual}, but {predicted} was predicted")
    if batch_size != batch:
        differences.append(
            f"the output has a batch size of {batch_size:,}, but the input has {batch:,}"
        )
    if record["params"] != step.params:
        differences.append(
            f"{record['params']:,} parameters, but {step.params or 0:,} were predicted"
        )
    return differences
