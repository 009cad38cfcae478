"""Runs the command line in forks of one process: ``python -m tests.forked``.

A fork has the modules of cnnsize already, so that a call takes milliseconds, not the third of a second
that an interpreter needs to start. A request on stdin and its answer on stdout are pickles. PyTorch and
ONNX are not imported before the fork; what a cold start imports is measured elsewhere.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import NamedTuple

TIMEOUT = 60  # seconds
MEMORY = 300 * 2**20  # bytes of a limited call, besides what the imports take
SECONDS = 2  # of CPU of a limited call


class Call(NamedTuple):
    """A call of the command line, with or without limits of memory and CPU time."""

    arguments: tuple[str | bytes, ...]
    stdin: bytes
    folder: str
    environment: dict[str, str]
    is_limited: bool = False


class Done(NamedTuple):
    """What a call printed, and its exit status; negative for a signal."""

    status: int
    out: bytes
    err: bytes


class Forks:
    """The process whose forks run the calls; it starts with the first one."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, call: Call) -> Done:
        """Return what a call printed."""
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.forked"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8"},
            )
            atexit.register(end, self.process)
        assert self.process.stdin is not None and self.process.stdout is not None
        pickle.dump(tuple(call), self.process.stdin)
        self.process.stdin.flush()
        return Done(*pickle.load(self.process.stdout))


def end(process: subprocess.Popen[bytes]) -> None:
    """End the process; its stdin is how it knows."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    process.wait()


def preload() -> None:
    """Import what a call may need, except for packages that are slow or optional."""
    import cnnsize

    for module in walk_packages(cnnsize.__path__, "cnnsize."):
        if not module.name.startswith(LEFT_OUT):
            import_module(module.name)


LEFT_OUT = (
    "cnnsize.__main__",
    "cnnsize.lsp",
    "cnnsize.models.source.torchvision",
    "cnnsize.smoke.child",
    "cnnsize.sphinx",
)


def answer(call: Call) -> Done:
    """Run a call in a fork."""
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        given.write(call.stdin)
        given.seek(0)
        child = os.fork()
        if child == 0:
            run_here(call, given.fileno(), out.fileno(), err.fileno())
        _, status = os.waitpid(child, 0)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read())
        return Done(os.waitstatus_to_exitcode(status), *texts)


def run_here(call: Call, given: int, out: int, err: int) -> None:
    """Run a call in this process, and end it."""
    for target, descriptor in enumerate((given, out, err)):
        os.dup2(descriptor, target)
    signal.alarm(TIMEOUT)
    if call.is_limited:
        limit()
    sys.stdin = io.TextIOWrapper(os.fdopen(0, "rb", closefd=False), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", closefd=False), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(
        os.fdopen(2, "wb", closefd=False),
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )
    os.environ.clear()
    os.environ.update(call.environment)
    os.chdir(call.folder)
    del sys.path[0]  # the folder of the tests, which `python -m cnnsize` removes too
    sys.argv = ["cnnsize", *map(os.fsdecode, call.arguments)]
    status = 0
    try:
        if call.arguments in OWN_CALLS:
            OWN_CALLS[call.arguments]()
        from cnnsize.__main__ import main

        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                status = status or 1
        os._exit(status & 255)


def limit() -> None:
    """Limit the memory and the CPU time of this process."""
    import resource  # late: Windows has none

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    size = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))


def spin() -> None:
    """Hang."""
    while True:
        pass


def fill() -> None:
    """Take more memory than a limited call may."""
    bytearray(2 * MEMORY)


OWN_CALLS: dict[tuple[str | bytes, ...], Callable[[], None]] = {  # of the test of the limits
    ("spin",): spin,
    ("fill",): fill,
}


def serve() -> None:
    """Answer calls until stdin ends."""
    preload()
    gc.freeze()  # what is not touched is not copied
    requests = os.fdopen(0, "rb", closefd=False)
    answers = os.fdopen(os.dup(1), "wb")
    os.set_inheritable(answers.fileno(), False)
    while True:
        try:
            call = pickle.load(requests)
        except EOFError:
            return
        pickle.dump(tuple(answer(Call(*call))), answers)
        answers.flush()


if __name__ == "__main__":
    serve()
