"""The child process: jobs as lines of JSON on stdin, a result for each as a line on stdout.

It imports torch once for all jobs. Its parent starts another if it crashes.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from typing import Any

import torch

import cnnsize
from cnnsize.smoke.child.system import RefusedError
from cnnsize.torch_code import emitted
from tests.emitted import ran
from tests.gpu.jobs import Job, failure


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what PyTorch itself prints is no answer
    device = sys.argv[1]

    def answer(facts: dict[str, Any]) -> None:
        answers.write(json.dumps(facts) + "\n")
        answers.flush()

    answer({"card": card(device), "torch": torch.__version__})
    for line in sys.stdin:
        answer(result_of(Job(**json.loads(line)), device))


def card(device: str) -> str:
    """Return the name of the GPU, or ``cpu``. Exit where there is no such device."""
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit("no CUDA device found, so nothing was run")
    return torch.cuda.get_device_name() if device == "cuda" else device


def result_of(job: Job, device: str) -> dict[str, Any]:
    """Run a job. An error is a finding, so that one network does not hide the next."""
    try:
        network = cnnsize.load(job.name).sized()
        source = emitted(network)[1]
        result = ran(
            network, source, device=device, dtype=job.dtype, batch=job.batch, repeat=job.repeat
        )
    except RefusedError as error:
        return failure(str(error))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        message = str(error).strip().split("\n")[0]
        place = f"{os.path.basename(last.filename)}:{last.lineno}"
        return failure(f"{type(error).__name__} in {place}: {message}")
    finally:
        gc.collect()  # the next job measures its own memory alone
        if device == "cuda":
            torch.cuda.empty_cache()
    return {
        "findings": list(result.findings),
        "peak": result.peak,
        "predicted": result.predicted_peak,
        "times": list(result.times),
        "flops": result.flops,
    }


if __name__ == "__main__":
    main()
