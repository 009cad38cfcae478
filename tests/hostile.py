"""Runs the command line on texts, each in a child of 300 MB and two seconds of CPU: ``python -m
tests.hostile``.

A line of stdin is the arguments as JSON; a line of stdout is the exit status (negative for a
signal) and what was printed, as JSON. The children are forks, so that all that is imported is paid
for once, and a limit on memory counts from what the imports take.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import cnnsize
from cnnsize.cli import main

MEMORY = 300 * 2**20  # bytes
SECONDS = 2  # of CPU


def run(arguments: list[str]) -> tuple[int, str]:
    """The exit status, and the end of what was printed."""
    with tempfile.TemporaryFile() as out:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            limit = pages * resource.getpagesize() + MEMORY
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
            sys.argv = ["cnnsize", *arguments]
            status = 99
            try:
                if arguments == [
                    "spin"
                ]:  # what a call that hangs is like, and one that fills the memory
                    while True:
                        pass
                if arguments == ["fill"]:
                    bytearray(2 * MEMORY)
                main()
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else int(end.code is not None)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        _, status = os.waitpid(child, 0)
        out.seek(0, os.SEEK_END)
        out.seek(max(0, out.tell() - 2000))
        return os.waitstatus_to_exitcode(status), out.read().decode("utf-8", "replace")


if __name__ == "__main__":
    for found in walk_packages(cnnsize.__path__, "cnnsize."):
        if found.name.split(".")[1] not in ("__main__", "smoke"):
            import_module(found.name)
    gc.freeze()  # what is not touched is not copied
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
