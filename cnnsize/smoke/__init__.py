"""Runs the emitted model and compares it with what was predicted: the only door to torch.

``run`` never imports torch here: a child process does (``child.py``), with a time limit. A crash in native
code then ends the child, and is an error message.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnsize.measure import Step
from cnnsize.memory import inference, training
from cnnsize.network import Network
from cnnsize.record import Record
from cnnsize.torch_code import emitted, events
from cnnsize.torch_code.build import Event, shape
from cnnsize.torch_code.helpers import LEAVES

if TYPE_CHECKING:
    from torch import nn

INSTALL = "torch is not installed: pip install 'cnnsize[torch]'"


class RunError(Exception):
    """The run did not take place. The message is for people."""


class Choices(Record):
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


class Line(NamedTuple):
    """One layer: what was predicted, and what came out. ``shape`` is None where it runs nothing of its own."""

    step: Step
    shape: tuple[int, ...] | None
    params: int
    seconds: float | None
    wrong: tuple[str, ...]


class Ran(NamedTuple):
    """What a run came to."""

    network: Network
    choices: Choices
    device: str  # what auto came to
    device_name: str
    torch: str
    lines: tuple[Line, ...]
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
        return None if macs is None else 2 * macs * self.choices.batch * (3 if self.choices.backward else 1)


def build(network: Network) -> nn.Module:
    """The network as a module of torch, made from the source that ``emit`` prints."""
    try:
        import torch  # noqa: F401
    except ImportError:
        raise ImportError(INSTALL) from None
    name, source = emitted(network)
    namespace: dict[str, Any] = {"__name__": f"cnnsize_{name}"}
    exec(compile(source, f"<{name}>", "exec"), namespace)
    made: nn.Module = namespace[name]()
    return made


def has_torch() -> bool:
    """Can torch be imported? Found out without importing it."""
    from importlib.util import find_spec

    try:
        return sys.modules.get("torch", True) is not None and find_spec("torch") is not None
    except (ImportError, ValueError):
        return False


Progress = Callable[[str, int, int | None], None]  # a stage, how much of it is done, of how much


def run(network: Network, choices: Choices, progress: Progress = lambda *_: None) -> Ran:
    """Builds and runs the network in a child process. Raises RunError, and ArchitectureError as ``emit`` does."""
    name, source = emitted(network)
    if not has_torch():
        raise RunError(INSTALL)
    plan = events(network)
    job = {
        "source": source, "class_name": name, "input": list(network.input), "helpers": sorted(LEAVES),
        "modules": len(plan), "needs": {device: needs(network, choices, device) for device in ("cpu", "cuda")},
        **{field: getattr(choices, field) for field in choices._fields},
    }  # fmt: skip
    found = in_child(job, choices.timeout, progress)
    return judged(network, choices, plan, found)


def needs(network: Network, choices: Choices, device: str) -> dict[str, int]:
    """Bytes of this batch, and of others: fixed, and for each input (of one alone they may differ a little)."""
    two, three = (predicted(network, choices, device, batch) for batch in (2, 3))
    total = predicted(network, choices, device, choices.batch)
    return {"total": total, "fixed": 3 * two - 2 * three, "each": three - two}


def predicted(network: Network, choices: Choices, device: str, batch: int) -> int:
    if choices.backward:
        return training(network, batch, choices.dtype, "sgd", device).total
    return inference(network, batch, choices.dtype).total


# -- the child ----------------------------------------------------------------------------------------


def in_child(job: dict[str, Any], timeout: float, progress: Progress) -> dict[str, Any]:
    """The result of a job. Raises RunError where the child refuses, crashes or takes too long."""
    # warnings (of a torch without NumPy, say) must not be taken for what a crash said last
    command = [sys.executable, "-P", "-W", "ignore", os.path.join(os.path.dirname(__file__), "child.py")]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None
    errors: list[bytes] = []
    late = threading.Event()

    def stop() -> None:
        late.set()
        child.kill()

    reader = threading.Thread(target=lambda: errors.append(child.stderr.read()), daemon=True)  # type: ignore[union-attr]
    timer = threading.Timer(timeout, stop)
    reader.start()
    timer.start()
    stage = "start"
    result: dict[str, Any] | None = None
    refused: str | None = None
    try:
        try:
            child.stdin.write(json.dumps(job).encode())
            child.stdin.close()
        except BrokenPipeError:
            pass  # it died before it read: its exit status says how
        for line in child.stdout:
            try:
                fact = json.loads(line)
            except ValueError:
                continue
            if "stage" in fact:
                stage = fact["stage"]
                progress(stage, fact.get("done", 0), fact.get("of"))
            result = fact.get("result", result)
            refused = fact.get("message", refused)
        child.wait()
    finally:
        timer.cancel()
        if child.poll() is None:
            child.kill()
            child.wait()
        reader.join(5)
        child.stdout.close()
        child.stderr.close()
    if refused is not None:
        raise RunError(refused)
    if late.is_set():
        raise RunError(f"the run was stopped after {timeout:g} s, in stage {stage}; --timeout gives it longer")
    if result is None:
        raise RunError(crash(child.returncode, stage, b"".join(errors).decode("utf-8", "replace")))
    return result


def crash(code: int, stage: str, errors: str) -> str:
    """How a child ended without a result, in one line."""
    last = next((line.strip() for line in reversed(errors.splitlines()) if line.strip()), "")
    if code < 0:
        import signal

        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        kill = "; the system may have run out of memory" if name == "SIGKILL" else ""
        return f"torch crashed in stage {stage} ({name}){kill}" + (f": {last}" if last else "")
    return f"the run failed in stage {stage}: {last or f'exit status {code}'}"


# -- the comparison -----------------------------------------------------------------------------------


def judged(network: Network, choices: Choices, plan: list[Event], found: dict[str, Any]) -> Ran:
    """The prediction against what the child saw."""
    findings: list[str] = list(found["findings"])
    records = found["records"]
    steps = network.steps
    by_step: dict[int, tuple[Event, dict[str, Any]]] = {}
    for place, (event, record) in enumerate(zip(plan, records, strict=False)):
        if event.what != record["what"]:
            findings.append(f"module {place + 1} that ran is a {record['what']}, and a {event.what} was predicted")
            break
        if event.step is not None:
            by_step[event.step] = event, record
    if found["ran"] and len(records) != len(plan):
        findings.append(f"{len(records)} modules ran, and {len(plan)} were predicted")
    lines: list[Line] = []
    infinite = False
    for index, step in enumerate(steps):
        if index not in by_step:
            lines.append(Line(step, None, 0, None, ()))
            if step.params and found["ran"]:
                findings.append(f"{step.text} ({step.path}) did not run")
            continue
        event, got = by_step[index]
        wrong = differences(step, event, got, choices.batch)
        if not got["finite"] and not infinite:
            infinite = True  # what comes behind it is infinite too
            wrong.append("NaN or infinite values")
        findings += [f"{step.text} ({step.path}): {one}" for one in wrong]
        lines.append(Line(step, tuple(got["shape"]), got["params"], got["seconds"], tuple(wrong)))
    if found["parameters"] != network.params:
        findings.append(f"{found['parameters']:,} parameters in all, and {network.params or 0:,} were predicted")
    saved, expected = found["memory"].get("saved"), None
    if choices.backward and found["ran"]:
        device = "cuda" if found["device"] == "cuda" else "cpu"
        expected = training(network, choices.batch, choices.dtype, "sgd", device).activations
    exact = found["device"] == "cpu" and not choices.channels_last
    if found["ran"] and exact and saved is not None and saved != expected:
        findings.append(f"autograd saved {saved:,} bytes, and {expected:,} were predicted")
    memory = found["memory"]
    peak = memory.get("peak", memory.get("resident"))
    return Ran(
        network, choices, found["device"], found["name"], found["torch"], tuple(lines), tuple(findings),
        found["parameters"], tuple(found["times"]), expected, saved,
        predicted(network, choices, found["device"], choices.batch), peak,
        "allocated on the card" if "peak" in memory else "growth of the process" if peak is not None else "",
    )  # fmt: skip


def differences(step: Step, event: Event, got: dict[str, Any], batch: int) -> list[str]:
    """Where a layer came out other than predicted."""
    wrong: list[str] = []
    came, predicted = " x ".join(map(str, got["shape"][1:])), shape(step.output, event.rank) if step.output else ""
    if came != predicted:
        wrong.append(f"{came} came out, and {predicted} was predicted")
    if got["shape"][0] != batch:
        wrong.append(f"a batch of {got['shape'][0]:,} came out, and {batch:,} went in")
    if got["params"] != step.params:
        wrong.append(f"{got['params']:,} parameters, and {step.params or 0:,} were predicted")
    return wrong
