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
    """The run did not take place. The message is for people."""


Progress = Callable[[str, int, int | None], None]  # a stage, how much of it is done, of how much


def in_child(job: dict[str, Any], timeout: float, progress: Progress) -> dict[str, Any]:
    """The result of a job. Raises RunError where the child refuses, crashes or takes too long."""
    # warnings (of a torch without NumPy, say) must not be taken for what a crash said last
    command = [
        sys.executable,
        "-P",
        "-W",
        "ignore",
        os.path.join(os.path.dirname(__file__), "child.py"),
    ]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
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
            child.stdin.write(json.dumps(job).encode() + b"\n")
            child.stdin.flush()  # and left open: its end tells the child that we are gone
        except OSError:
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
        with contextlib.suppress(OSError):
            child.stdin.close()
        child.stdout.close()
        child.stderr.close()
    if refused is not None:
        raise RunError(refused)
    if late.is_set():
        raise RunError(
            f"the run was stopped after {timeout:g} s, in stage {stage}; --timeout gives it longer"
        )
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
