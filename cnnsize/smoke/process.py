"""Run a model in a child process with a time limit."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any


class RunError(Exception):
    """The run did not take place. The message says why."""


Progress = Callable[[str, int, int | None], None]  # a stage, modules or passes done, of how many
# The package is appended to the path of the child, whatever way this process found it.
PACKAGE_FOLDER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
START = (
    "import sys; sys.path.append(sys.argv[1]); from cnnsize.smoke.child.main import main; main()"
)


def run_job(job: dict[str, Any], timeout: float, progress: Progress) -> dict[str, Any]:
    """Run a job in a child process and return its result.

    Raises RunError if the child refuses the job, crashes or takes longer than ``timeout`` seconds.
    """
    # Warnings are off, because the last line on stderr is reported as the reason of a crash.
    command = [sys.executable, "-P", "-W", "ignore", "-c", START, PACKAGE_FOLDER]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None
    errors: list[bytes] = []
    timed_out = threading.Event()

    def stop() -> None:
        timed_out.set()
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
            child.stdin.write(json.dumps(job).encode() + b"\n")
            child.stdin.flush()  # left open: when it closes, the child knows that its parent is gone
        except OSError:
            pass  # the child died before it read the job; its exit status says how
        for line in child.stdout:
            try:
                report = json.loads(line)
            except ValueError:
                continue
            if "stage" in report:
                stage = report["stage"]
                progress(stage, report.get("done", 0), report.get("of"))
            result = report.get("result", result)
            refused = report.get("message", refused)
        child.wait()
    finally:
        timer.cancel()
        if child.poll() is None:
            child.kill()
            child.wait()
        reader.join(5)
        with contextlib.suppress(OSError):
            child.stdin.close()
        child.stdout.close()
        child.stderr.close()
    if refused is not None:
        raise RunError(refused)
    if timed_out.is_set():
        raise RunError(
            f"the run was stopped after {timeout:g} s, in stage {stage}; "
            "use --timeout to allow more time"
        )
    if result is None:
        output = b"".join(errors).decode("utf-8", "replace")
        raise RunError(crash_message(child.returncode, stage, output))
    return result


def crash_message(exit_status: int, stage: str, errors: str) -> str:
    """Return in one line how a child ended that gave no result; ``errors`` is its stderr."""
    last = next((line.strip() for line in reversed(errors.splitlines()) if line.strip()), "")
    if exit_status < 0:
        import signal

        try:
            name = signal.Signals(-exit_status).name
        except ValueError:
            name = f"signal {-exit_status}"
        kill = "; the system may have run out of memory" if name == "SIGKILL" else ""
        reason = f": {last}" if last else ""
        return f"PyTorch crashed in stage {stage} ({name}){kill}{reason}"
    return f"the run failed in stage {stage}: {last or f'exit status {exit_status}'}"
