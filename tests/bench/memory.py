"""Resident memory over many distinct networks: ``python -m tests.bench.memory --networks 1000000``.

Each network is random and has widths that no text before it had. All caches are bounded, so the
memory stays where it is after the first ten thousand.
"""

from __future__ import annotations

import argparse
from random import Random
from time import process_time

from tests.bench.unseen import random_network, totals


def resident() -> float:
    """Return the resident memory of this process in MB of 1,000,000 bytes (Linux)."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 1e6


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__)
    asked.add_argument("--networks", type=int, default=100_000)
    count = asked.parse_args().networks
    random = Random(1)
    print("| networks | resident memory | CPU time for each |\n|---:|---:|---:|")
    begin, last = process_time(), 0
    for number in range(1, count + 1):
        totals(random_network(random))
        if number in (1_000, 10_000) or number % (count // 5) == 0:
            took = (process_time() - begin) / (number - last)
            print(f"| {number:,} | {resident():.1f} MB | {took * 1e6:.0f} µs |", flush=True)
            begin, last = process_time(), number


if __name__ == "__main__":
    main()
