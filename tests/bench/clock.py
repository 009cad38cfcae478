"""Contenders take turns, so that a machine's noise hits all alike; the best of each is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter_ns
from typing import NamedTuple

SLICE = 20_000_000  # ns that a contender has in each round, or one call where that takes longer
LAUNCH = Path(__file__).with_name("launch.py")


class Contender(NamedTuple):
    """``call`` is timed; ``before`` runs before each call, untimed."""

    name: str
    state: str
    call: Callable[[], object] | None  # None: not installed
    before: Callable[[], object] | None = None


class Timing(NamedTuple):
    best: float  # seconds
    calls: int


def race(contenders: Sequence[Contender], rounds: int) -> list[Timing | None]:
    """The best single call of each contender, in rounds in which each has an equal slice of time."""
    best = [float("inf")] * len(contenders)
    calls = [0] * len(contenders)
    order = list(range(len(contenders)))
    for _ in range(rounds):
        for which in order:
            _, _, call, before = contenders[which]
            if call is None:
                continue
            until = perf_counter_ns() + SLICE
            while True:
                if before is not None:
                    before()
                begin = perf_counter_ns()
                call()
                end = perf_counter_ns()
                best[which] = min(best[which], end - begin)
                calls[which] += 1
                if end >= until:
                    break
        order.append(order.pop(0))  # nobody is always behind the same neighbour
    return [Timing(one / 1e9, n) if n else None for one, n in zip(best, calls, strict=True)]


class Process(NamedTuple):
    """A command, and what its output must hold. ``missing`` says why it cannot run here."""

    name: str
    command: tuple[str, ...]
    expect: str = ""
    missing: str = ""


class Cost(NamedTuple):
    cpu: float  # seconds of user and system time
    rss: int  # bytes, the most that was resident


def environment() -> dict[str, str]:
    """Compiled modules may be kept, as they are everywhere but here and there in a container."""
    return {
        key: value
        for key, value in os.environ.items()
        if key not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME")
    }


def rehearse(process: Process) -> str:
    """Runs a command once, unmeasured: modules are compiled, files are in memory. What went wrong, or ''."""
    done = subprocess.run(process.command, capture_output=True, text=True, env=environment(), check=False)
    if done.returncode:
        return f"exit {done.returncode}: {(done.stderr or done.stdout).strip().splitlines()[-1:]}"
    if process.expect not in done.stdout:
        return f"{process.expect!r} is not in its output: {done.stdout[-300:]!r}"
    return ""


def launch(process: Process) -> Cost:
    """CPU time and resident memory of one run. See ``launch.py`` for why there is a process between."""
    done = subprocess.run(
        (sys.executable, "-I", "-S", str(LAUNCH), *process.command),
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    )
    cpu, rss = done.stdout.split()
    return Cost(float(cpu), int(rss))


def race_processes(processes: Sequence[Process], rounds: int) -> list[Cost | None]:
    """The least CPU time, and the least resident memory, of each command in so many rounds."""
    found: list[Cost | None] = [None] * len(processes)
    for _ in range(rounds):
        for which, process in enumerate(processes):
            if process.missing:
                continue
            cost, known = launch(process), found[which]
            found[which] = cost if known is None else Cost(min(cost.cpu, known.cpu), min(cost.rss, known.rss))
    return found
