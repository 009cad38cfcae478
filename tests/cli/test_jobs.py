"""Worker processes: order, errors, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from cnnsize.cli.jobs import WorkerDiedError, apply
from tests.helpers import ROOT

ENDLESS = r"""
import os, signal, time
from cnnsize.cli.jobs import apply

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it

def wait(item):
    os.write(1, b"started\n")
    time.sleep(60)

apply(wait, range(2), jobs=2)
"""


def double(number: int) -> int:
    """Return twice a number; some numbers end the process, or cannot be doubled."""
    if number == -9:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == -1:
        raise ValueError("no negative number")
    return 2 * number


@pytest.mark.parametrize("jobs", [None, 1, 2, 7])
@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_results_are_in_order(jobs: int | None, count: int) -> None:
    assert apply(double, range(count), jobs) == [2 * number for number in range(count)]


def test_an_error_of_a_worker_is_raised_here() -> None:
    with pytest.raises(ValueError, match="no negative number"):
        apply(double, [1, 2, -1, 4], jobs=2)


def test_a_killed_worker_is_an_error_that_says_so() -> None:
    with pytest.raises(WorkerDiedError, match="ended by SIGKILL, perhaps because memory ran out"):
        apply(double, [*range(500), -9, *range(500)], jobs=2)


def test_an_interrupted_run_leaves_no_worker() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)] == [b"started\n"] * 2
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)  # the output ends with the last process that could write
    assert process.returncode == -signal.SIGINT


def test_a_worker_that_waits_ends_with_its_parent() -> None:
    code = (
        "import os, signal\nfrom cnnsize.cli import jobs\n"
        "workers = []\n"
        "for _ in range(3): workers.append(jobs._start(print, [], workers))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
