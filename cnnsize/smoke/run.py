"""Run the emitted model of a network."""

from __future__ import annotations

from typing import Any

from cnnsize.network import Network
from cnnsize.smoke.compare import RunOptions, RunResult, compare, predicted_bytes
from cnnsize.smoke.process import Progress, RunError, run_job
from cnnsize.torch_code import emitted, trace
from cnnsize.torch_code.helpers import LAYER_HELPERS
from cnnsize.torch_code.module import INSTALL, has_torch


def run(network: Network, options: RunOptions, progress: Progress = lambda *_: None) -> RunResult:
    """Build and run a network in a child process, and compare it with the prediction.

    Raises RunError if the run cannot take place, and ArchitectureError if no source can be emitted.
    """
    name, source = emitted(network)
    if not has_torch():
        raise RunError(INSTALL)
    events = trace(network)
    job = make_job(network, options, name, source)
    job["modules"] = len(events)
    result = run_job(job, options.timeout, progress)
    return compare(network, options, events, result)


def make_job(network: Network, options: RunOptions, name: str, source: str) -> dict[str, Any]:
    """Return what the child process is told, ready for JSON."""
    return {
        "source": source,
        "class_name": name,
        "inputs": [list(volume) for volume in network.inputs],
        "helpers": sorted(LAYER_HELPERS),
        "modules": 0,
        "needs": {device: needs(network, options, device) for device in ("cpu", "cuda")},
        **{field: getattr(options, field) for field in options._fields},
    }


def needs(network: Network, options: RunOptions, device: str) -> dict[str, int]:
    """Return the predicted bytes of this batch, and a fixed part and a part for each input.

    The two parts are those of batches of 2 or more; a batch of 1 may differ a little.
    """
    two, three = (predicted_bytes(network, options, device, batch) for batch in (2, 3))
    total = predicted_bytes(network, options, device, options.batch)
    return {"total": total, "fixed": 3 * two - 2 * three, "each": three - two}
