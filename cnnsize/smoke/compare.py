"""Compare what a model did with what was predicted."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnsize.memory import inference, training
from cnnsize.network import Network
from cnnsize.record import Record
from cnnsize.sizing.outline import Step
from cnnsize.torch_code.ranks import shape_text
from cnnsize.torch_code.trace import Event


class RunOptions(Record):
    """How a model is run."""

    device: str = "auto"
    batch: int = 2
    dtype: str = "float32"
    backward: bool = True
    compile: bool = False
    channels_last: bool = False
    seed: int = 0
    repeat: int = 1
    timeout: float = 600.0


class LayerResult(NamedTuple):
    """One layer: what was predicted, and what came out. ``shape`` is None where it runs nothing of
    its own.
    """

    step: Step
    shape: tuple[int, ...] | None
    params: int
    seconds: float | None
    wrong: tuple[str, ...]


class RunResult(NamedTuple):
    """What a run came to."""

    network: Network
    choices: RunOptions
    device: str  # what auto came to
    device_name: str
    torch: str
    lines: tuple[LayerResult, ...]
    findings: tuple[str, ...]
    parameters: int
    times: tuple[float, ...]
    predicted_saved: int | None
    saved: int | None
    predicted_peak: int
    peak: int | None
    peak_of: str  # what the measured peak is of

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def flops(self) -> int | None:
        """Of one pass over the batch; the backward pass counts twice the forward one."""
        macs = self.network.macs
        return (
            None
            if macs is None
            else 2 * macs * self.choices.batch * (3 if self.choices.backward else 1)
        )


def predicted_bytes(network: Network, choices: RunOptions, device: str, batch: int) -> int:
    if choices.backward:
        return training(network, batch, choices.dtype, "sgd", device).total
    return inference(network, batch, choices.dtype).total


def compare(
    network: Network, choices: RunOptions, plan: list[Event], found: dict[str, Any]
) -> RunResult:
    """The prediction against what the child saw."""
    findings: list[str] = list(found["findings"])
    records = found["records"]
    steps = network.steps
    by_step: dict[int, tuple[Event, dict[str, Any]]] = {}
    for place, (event, record) in enumerate(zip(plan, records, strict=False)):
        if event.name != record["what"]:
            findings.append(
                f"module {place + 1} that ran is a {record['what']}, and a {event.name} was predicted"
            )
            break
        if event.step is not None:
            by_step[event.step] = event, record
    if found["ran"] and len(records) != len(plan):
        findings.append(f"{len(records)} modules ran, and {len(plan)} were predicted")
    lines: list[LayerResult] = []
    infinite = False
    for index, step in enumerate(steps):
        if index not in by_step:
            lines.append(LayerResult(step, None, 0, None, ()))
            if step.params and found["ran"]:
                findings.append(f"{step.text} ({step.path}) did not run")
            continue
        event, got = by_step[index]
        wrong = differences(step, event, got, choices.batch)
        if not got["finite"] and not infinite:
            infinite = True  # what comes behind it is infinite too
            wrong.append("NaN or infinite values")
        findings += [f"{step.text} ({step.path}): {one}" for one in wrong]
        lines.append(
            LayerResult(step, tuple(got["shape"]), got["params"], got["seconds"], tuple(wrong))
        )
    if found["parameters"] != network.params:
        findings.append(
            f"{found['parameters']:,} parameters in all, and {network.params or 0:,} were predicted"
        )
    saved, expected = found["memory"].get("saved"), None
    if choices.backward and found["ran"]:
        device = "cuda" if found["device"] == "cuda" else "cpu"
        expected = training(network, choices.batch, choices.dtype, "sgd", device).activations
    exact = found["device"] == "cpu" and not choices.channels_last
    if found["ran"] and exact and saved is not None and saved != expected:
        findings.append(f"autograd saved {saved:,} bytes, and {expected:,} were predicted")
    memory = found["memory"]
    peak = memory.get("peak", memory.get("resident"))
    return RunResult(
        network,
        choices,
        found["device"],
        found["name"],
        found["torch"],
        tuple(lines),
        tuple(findings),
        found["parameters"],
        tuple(found["times"]),
        expected,
        saved,
        predicted_bytes(network, choices, found["device"], choices.batch),
        peak,
        "allocated on the card"
        if "peak" in memory
        else "growth of the process"
        if peak is not None
        else "",
    )


def differences(step: Step, event: Event, got: dict[str, Any], batch: int) -> list[str]:
    """Where a layer came out other than predicted."""
    wrong: list[str] = []
    came, predicted = (
        " x ".join(map(str, got["shape"][1:])),
        shape_text(step.output, event.rank) if step.output else "",
    )
    if came != predicted:
        wrong.append(f"{came} came out, and {predicted} was predicted")
    if got["shape"][0] != batch:
        wrong.append(f"a batch of {got['shape'][0]:,} came out, and {batch:,} went in")
    if got["params"] != step.params:
        wrong.append(f"{got['params']:,} parameters, and {step.params or 0:,} were predicted")
    return wrong
