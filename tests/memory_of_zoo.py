"""What autograd saves for every network of the zoo, against the prediction: ``python -m
tests.memory_of_zoo``.

Minutes of CPU time, and as much memory as the largest of them needs; the quick part of it is in
test_memory.py.
"""

from __future__ import annotations

import sys

import cnnsize
from cnnsize.network import Network
from cnnsize.zoo import index
from tests.emitted import ran

PARAMETERS = 150_000_000  # more take too much memory for a laptop
MACS = 4_000_000_000


def small(name: str) -> Network:
    """The network on the smallest input that is easy to find."""
    own = cnnsize.load(name).sized()
    for part in (7, 4, 2):
        side = own.input.W // part
        if side:
            found = cnnsize.load(name).sized(input=(side, side, own.input.D))
            if found.output is not None:
                return found
    return own


def main() -> None:
    wrong = 0
    for name in index():
        network = small(name)
        if (network.params or 0) > PARAMETERS or (network.macs or 0) > MACS:
            print(f"{name:24} left out: too large")
            continue
        found = ran(network)
        wrong += not found.ok
        print(
            f"{name:24} {network.input!s:12} {found.saved:>12,} bytes  {'as predicted' if found.ok else found.findings}"
        )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
