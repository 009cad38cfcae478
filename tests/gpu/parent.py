"""The child process as its parent uses it: started again after a crash or a job without end."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from types import TracebackType
from typing import Any

from tests.gpu.jobs import Job, failure

START_SECONDS = 120  # to import torch and to reach the card


class ChildError(Exception):
    """The child gave no answer. The message says how it ended."""


class Child:
    """A process that runs jobs, one after the other."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> dict[str, str]:
        """Start the process, and return the names of its card and of its PyTorch."""
        command = [sys.executable, "-W", "ignore", "-m", "tests.gpu.child", self.device]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self.answer(START_SECONDS)

    def run(self, job: Job, seconds: float) -> dict[str, Any]:
        """Return the result of a job. A crash is a finding, and the next job gets a new process."""
        try:
            if self.process is None:
                self.start()
            assert self.process is not None and self.process.stdin is not None
            self.process.stdin.write(json.dumps(job._asdict()) + "\n")
            self.process.stdin.flush()
            return self.answer(seconds)
        except (ChildError, OSError) as error:
            self.stop()
            return failure(str(error))

    def answer(self, seconds: float) -> dict[str, Any]:
        """Return the next line of the process. Raises ChildError after so many seconds."""
        process = self.process
        assert process is not None and process.stdout is not None
        timed_out = threading.Event()

        def kill() -> None:
            timed_out.set()
            process.kill()

        timer = threading.Timer(seconds, kill)
        timer.start()
        line = process.stdout.readline()
        timer.cancel()
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        status = process.wait()
        ending = f"no answer after {seconds:.0f} s" if timed_out.is_set() else f"status {status}"
        raise ChildError(f"the child process ended: {ending}")

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None
