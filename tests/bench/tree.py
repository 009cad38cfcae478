"""A tree of many files, searched for architectures, beside ``ruff check`` of the same tree and
reading alone: ``python -m tests.bench.tree [FILES]`` prints the times and their ratios to ruff's.
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
PEERS = {WARM: RUFF_WARM, COLD: RUFF_COLD, ONE_CORE: RUFF_COLD}


class Scan(NamedTuple):
    name: str
    words: list[str]
    status: int
    says: str  # must stand in its output


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


def scanned(files: int, rounds: int) -> tuple[dict[str, float], list[str]]:
    """The least wall time of each of ``rounds`` runs in turn, caches of the disk warm."""
    python = sys.executable
    scans = [Scan("reading every file, in Python", [python, "-c", READ], 0, "")]
    missing: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        held = tree(folder, files)
        check = [python, "-m", "cnnsize", "check", "."]
        says = f"{held} networks: valid"
        scans += [
            Scan(WARM, check, 0, says),
            Scan(COLD, [*check, "--no-cache"], 0, says),
            Scan(ONE_CORE, [*check, "--no-cache", "--jobs", "1"], 0, says),
        ]
        if installed("ruff"):
            ruff = [python, "-m", "ruff", "check", "."]
            scans.append(Scan(RUFF_WARM, ruff, 0, "All checks passed"))
            scans.append(Scan(RUFF_COLD, [*ruff, "--no-cache"], 0, "All checks passed"))
        else:
            missing.append("ruff check .")
        sleep(2)  # younger files are not remembered
        path = os.pathsep.join(
            filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")))
        )
        # compiled modules are kept, as in an installation
        inherited = {key: text for key, text in os.environ.items() if not key.startswith("PYTHON")}
        environment = {**inherited, "PYTHONPATH": path}
        least = {scan.name: float("inf") for scan in scans}
        for turn in range(rounds + 1):  # the first is not measured
            for scan in scans:
                begin = perf_counter()
                done = subprocess.run(
                    scan.words, cwd=folder, env=environment, capture_output=True, encoding="utf-8"
                )
                took = perf_counter() - begin
                if done.returncode != scan.status or scan.says not in done.stdout:
                    raise SystemExit(
                        f"{scan.name}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
                    )
                if turn:
                    least[scan.name] = min(least[scan.name], took)
    return least, missing


def main() -> None:
    files = int(sys.argv[1]) if sys.argv[1:] else 10_000
    least, missing = scanned(files, 5)
    for name, seconds in least.items():
        peer = least.get(PEERS.get(name, ""))
        times = "" if peer is None else f"  {seconds / peer:.2f} times {PEERS[name]}"
        print(f"{name:32} {seconds:7.3f} s{times}")
    print(*(f"{name}: not installed" for name in missing), sep="\n")


if __name__ == "__main__":
    main()
