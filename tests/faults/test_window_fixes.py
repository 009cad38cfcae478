"""Which fixes are proposed for windows and groups."""

from __future__ import annotations

import subprocess
import sys

import pytest

import cnnsize

HUGE = """\
import resource, sys
import cnnsize
from cnnsize.faults import wording
cnnsize.check("INPUT[10x10x3] -> CONV3-8(S=2, P=0) -> RELU -> FC-10").diagnostics[0].fixes
mapped = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (mapped + 100_000_000,) * 2)
for text in sys.argv[1:]:
    print(*[diagnostic.code for diagnostic in cnnsize.check(text).diagnostics])
"""


FAR = 10**18 - 1


def test_fixes_for_windows_of_any_size_take_little_memory() -> None:
    texts = {
        "INPUT[32x32x3] -> POOL4294967296 -> FC-10": "CNN102",
        f"INPUT[2x4x1] -> POOL7(S=2x2, D={FAR})": "CNN102",
        f"INPUT[{FAR}x{FAR}x1] -> CONV3-1(S={FAR // 2 - 7}, P=0, D={FAR // 4})": "CNN101",
        f"INPUT[{FAR}x9x1] -> CONV{FAR // 2 - 1}-1(S={FAR // 3}, P={FAR // 5}, D=2)": "CNN102",
        f"INPUT[8x8x3] -> POOL4(P={FAR})": "CNN105",
        f"INPUT[8x8x3] -> TCONV3-8(P={FAR}, S=2)": "CNN102",
        f"INPUT[8x8x{FAR}] -> CONV3-{FAR - 9}(P=1, G={FAR // 7})": "CNN104",
    }
    done = subprocess.run([sys.executable, "-c", HUGE, *texts], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.splitlines() == list(texts.values())


def test_the_closest_groups_are_proposed() -> None:
    def proposed(text: str) -> tuple[str, ...]:
        return cnnsize.check(text).diagnostics[0].help

    assert proposed("INPUT[8x8x96] -> CONV3-64(G=5) -> RELU") == ("use G = 4 or 2",)
    large = 2**20 * 3**5  # more than were tried one by one
    assert proposed(f"INPUT[8x8x{large}] -> CONV3-{large}(G=5) -> RELU") == ("use G = 4 or 6",)


def test_the_largest_filter_that_fits_is_proposed_however_large_the_written_one() -> None:
    (diagnostic, *_) = cnnsize.check("INPUT[32x32x3] -> POOL4294967296 -> FC-10").diagnostics
    assert diagnostic.help == (
        "`GMP` in place of POOL4294967296 reads the whole map",
        "fits: F = 32",
    )
    assert diagnostic.fixes[1].message == "use a 32x32 window"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "INPUT[10x10x3] -> CONV3-8(S=2, P=0)",
            (
                "P = 1 works: only padding goes unread",
                "exact: S = 1, or F = 2 or 4",
                "fits: input 9 or 11",
            ),
        ),
        # a window of 2 at stride 3 would leave 2 and 5 unread
        (
            "INPUT[8x8x3] -> POOL3(S=3)",
            (
                "P = 1 works: only padding goes unread",
                "exact: S = 1, or F = 5",
                "fits: input 6 or 9",
            ),
        ),
        # P = 4 is exact, but more than half the filter
        (
            "INPUT[12x12x3] -> CONV5-8(S=5, P=0)",
            (
                "P = 2 works: only padding goes unread",
                "exact: S = 1, or F = 7",
                "fits: input 10 or 15",
            ),
        ),
        # nobody wants a 109x109 pool, the next larger one that divides 109
        (
            "INPUT[109x109x3] -> AVGPOOL7",
            (
                "P = 2 works: only padding goes unread",
                "exact: S = 6",
                "fits: input 105 or 112",
            ),
        ),
        (
            "INPUT[8x8x3] -> CONV3-8(P=1) -> AVGPOOL7",
            (
                "`GAP` in place of AVGPOOL7 reads the whole map",
                "exact: P = 3, or S = 1, or F = 8",
                "fits: input 7 or 14",
            ),
        ),
        # the numerator stays odd, whatever the filter and the padding; no input has all cells read
        ("INPUT[10x10x3] -> CONV3-8(S=2, P=0, D=2)", ("exact: S = 1",)),
        ("INPUT[9x9x3] -> CONV3-8(S=3, P=0, D=3)", ("exact: S = 1, or D = 1",)),
        # W becomes exact; along H every second row is skipped as before
        (
            "INPUT[10x10x3] -> CONV3x1-8(S=2, P=0)",
            ("fits: S = 1x2, or F = 2x1 or 4x1", "fits: input 9 or 11"),
        ),
        (
            "INPUT[10x10x3] -> CONV1x3-8(S=2, P=0)",
            ("fits: S = 2x1, or F = 1x2 or 1x4", "fits: input 9 or 11"),
        ),
        # half of F_eff = 5, which is more than half of F
        (
            "INPUT[10x10x3] -> CONV3-8(S=3, P=0, D=2)",
            ("exact: P = 2, or S = 1",),
        ),
        # POOL1 would fit, and do nothing
        (
            "INPUT[1x1x3] -> POOL2",
            ("P = 1 works: only padding goes unread", "fits: input 2"),
        ),
        ("INPUT[4x4x3] -> POOL2(S=2, P=2, D=2)", ()),
        ("INPUT[4x4x3] -> POOL3(S=2, P=2)", ("use P = 1",)),
    ],
)
def test_what_is_proposed_for_a_window(text: str, message: tuple[str, ...]) -> None:
    assert cnnsize.check(f"{text} -> RELU").diagnostics[0].help == message
