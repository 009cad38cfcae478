"""The entry point: a job as a line of JSON on stdin, reports as lines of JSON on stdout."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from cnnsize.smoke.child.run import Run
from cnnsize.smoke.child.system import RefusedError, is_out_of_memory, out_of_memory_message


def main() -> None:
    """Run one job."""
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what PyTorch itself prints is no report

    def report(**facts: Any) -> None:
        reports.write(json.dumps(facts) + "\n")
        reports.flush()

    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        import torch
    except Exception as error:
        report(refused="no-torch", message=f"PyTorch cannot be imported: {error}")
        return
    try:
        report(result=Run(torch, job, report).result())
    except RefusedError as error:
        report(refused=error.kind, message=str(error))
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        report(refused="memory", message=out_of_memory_message(job))


def end_with_parent() -> None:
    """End this process when its parent is gone: then stdin ends, however the parent ended."""
    os.read(0, 1)
    os._exit(1)
