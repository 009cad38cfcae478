"""What the tests of families share: families of a text, and the command line."""

from __future__ import annotations

import subprocess
import sys

import cnnsize
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.patterns.family import Family
from cnnsize.reading.document import parse_string

LARGE = "INPUT[32x32x3] -> [[CONV3-8 -> RELU]*N -> POOL?]*M -> [FC-k -> RELU]*K -> FC-10"
# a million members
RANGES = ("--set", "N=0..99", "--set", "M=0..9", "--set", "K=0..4", "--set", "k=1..100")


def family(text: str) -> Family:
    """Return the family of the last statement."""
    pattern = parse_string(text)[-1]
    assert isinstance(pattern, ParsedArchitecture)
    return cnnsize.Architecture.from_record(pattern).family()


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run cnnsize; the test fails if it prints a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "cnnsize", *arguments], capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr
    return done
