"""A tree of many files, searched for architectures, beside ``ruff check`` of the same tree and
reading alone: ``python -m tests.bench.tree [FILES]...`` prints wall times, CPU times, peak memory and the
ratios of the times to ruff's, for trees of 10,000 and 50,000 files unless it is told otherwise.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, sleep
from typing import NamedTuple

from tests.bench.contenders import installed

READ = """
import os
for folder, _, names in os.walk("."):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            file.read()
"""
NET = "INPUT[32x32x3] -> [[CONV3-{0} -> RELU]*2 -> POOL]*3 -> FC-10"
HOLDING = 100  # one file in so many holds an architecture
WARM, COLD, ONE_CORE = "cnnsize check .", "cnnsize check --no-cache .", "the same with --jobs 1"
RUFF_WARM, RUFF_COLD = "ruff check .", "ruff check --no-cache ."
FMT = "cnnsize fmt --check ."
PEERS = {WARM: RUFF_WARM, COLD: RUFF_COLD, ONE_CORE: RUFF_COLD}


class Scan(NamedTuple):
    name: str
    words: list[str]
    expected: str  # must be in its output


class Cost(NamedTuple):
    wall: float  # seconds
    cpu: float  # seconds of all of its processes
    memory: float  # of its largest process, in MB


def tree(folder: Path, files: int) -> int:
    """Modules, pages and settings of a few KB, in folders of fifty; how many of them hold a
    network.
    """
    made = random.Random(0)
    held = 0
    for number in range(files):
        place = folder / f"package{number // 1000}" / f"part{number // 50 % 20}"
        place.mkdir(parents=True, exist_ok=True)
        body = "".join(
            f"def f{at}(x: int) -> int:\n    return x + {made.randrange(10**6)}\n\n\n"
            for at in range(40)
        )
        network = NET.format(8 * (1 + number % 64))
        holds = number % HOLDING == 0
        held += holds
        match number % 4:
            case 0 | 1:
                text = (
                    f'"""Module {number}."""\n'
                    + (f"# cnnsize: {network}\n" if holds else "")
                    + body.rstrip()
                    + "\n"
                )
                (place / f"m{number}.py").write_text(text, "utf-8")
            case 2:
                (place / f"p{number}.md").write_text(
                    f"# Page {number}\n\n" + "Words and words.\n" * 150, "utf-8"
                )
            case _:
                (place / f"s{number}.yaml").write_text("key: value\n" * 200, "utf-8")
    (folder / ".gitignore").write_text("__pycache__/\n*.pyc\ndist/\n", "utf-8")
    (folder / "ruff.toml").write_text('lint.select = ["E", "F"]\n', "utf-8")
    return held


def scanned(files: int, rounds: int) -> dict[str, Cost]:
    """Return the least costs of each of ``rounds`` runs in turn, with the files in the cache of the disk."""
    python = sys.executable
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected = f"{tree(folder, files)} networks: valid"
        check = [python, "-m", "cnnsize", "check", "."]
        scans = [
            Scan("reading every file, in Python", [python, "-c", READ], ""),
            Scan(WARM, check, expected),
            Scan(COLD, [*check, "--no-cache"], expected),
            Scan(ONE_CORE, [*check, "--no-cache", "--jobs", "1"], expected),
            Scan(FMT, [python, "-m", "cnnsize", "fmt", "--check", "."], ""),
        ]
        if installed("ruff"):
            ruff = [python, "-m", "ruff", "check", "."]
            scans.append(Scan(RUFF_WARM, ruff, "All checks passed"))
            scans.append(Scan(RUFF_COLD, [*ruff, "--no-cache"], "All checks passed"))
        sleep(2)  # younger files are not remembered
        path = os.pathsep.join(
            filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")))
        )
        # compiled modules are kept, as in an installation
        inherited = {key: text for key, text in os.environ.items() if not key.startswith("PYTHON")}
        environment = {**inherited, "PYTHONPATH": path}
        costs: dict[str, list[Cost]] = {scan.name: [] for scan in scans}
        for turn in range(rounds + 1):  # the first is not measured
            for scan in scans:
                cost = run(scan, folder, environment)
                if turn:
                    costs[scan.name].append(cost)
    return {name: Cost(*map(min, zip(*runs, strict=True))) for name, runs in costs.items()}


def run(scan: Scan, folder: Path, environment: dict[str, str]) -> Cost:
    """Return what one run costs. Exit with a message if it fails."""
    begin = perf_counter()
    process = subprocess.Popen(
        scan.words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    wall = perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or scan.expected not in output:
        raise SystemExit(f"{scan.name}: exit {process.returncode}\n{output[-2000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)


def main() -> None:
    for files in map(int, sys.argv[1:] or (10_000, 50_000)):
        print(f"{files:,} files")
        costs = scanned(files, 5)
        for name, cost in costs.items():
            peer = costs.get(PEERS.get(name, ""))
            ratios = (
                ""
                if peer is None
                else f"  {cost.wall / peer.wall:.2f} times {PEERS[name]} (CPU {cost.cpu / peer.cpu:.2f})"
            )
            print(
                f"{name:32} {cost.wall:7.3f} s  CPU {cost.cpu:7.3f} s {cost.memory:5.0f} MB{ratios}"
            )
    if not installed("ruff"):
        print("ruff: not installed")


if __name__ == "__main__":
    main()
