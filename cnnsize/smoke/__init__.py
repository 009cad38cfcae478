"""Runs the emitted model and compares it with what was predicted: the only door to torch.

``run`` never imports torch here: a child process does (``child.py``), with a time limit. A crash in
native code then ends the child, and is an error message.
"""

from __future__ import annotations

from cnnsize.network import Network
from cnnsize.smoke.compare import RunOptions, RunResult, compare, predicted_bytes
from cnnsize.smoke.process import Progress, RunError, in_child
from cnnsize.torch_code import emitted, trace
from cnnsize.torch_code.helpers import LAYER_HELPERS
from cnnsize.torch_code.module import INSTALL, has_torch


def run(network: Network, choices: RunOptions, progress: Progress = lambda *_: None) -> RunResult:
    """Builds and runs the network in a child process. Raises RunError, and ArchitectureError as
    ``emit`` does.
    """
    name, source = emitted(network)
    if not has_torch():
        raise RunError(INSTALL)
    plan = trace(network)
    job = {
        "source": source,
        "class_name": name,
        "input": list(network.input),
        "helpers": sorted(LAYER_HELPERS),
        "modules": len(plan),
        "needs": {device: needs(network, choices, device) for device in ("cpu", "cuda")},
        **{field: getattr(choices, field) for field in choices._fields},
    }
    found = in_child(job, choices.timeout, progress)
    return compare(network, choices, plan, found)


def needs(network: Network, choices: RunOptions, device: str) -> dict[str, int]:
    """Bytes of this batch, and of others: fixed, and for each input (of one alone they may differ a
    little).
    """
    two, three = (predicted_bytes(network, choices, device, batch) for batch in (2, 3))
    total = predicted_bytes(network, choices, device, choices.batch)
    return {"total": total, "fixed": 3 * two - 2 * three, "each": three - two}
