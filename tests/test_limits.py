"""Hostile sizes: every number of the language so large that counting up to it fills the memory or
the day.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import cycle

import pytest

from tests.forked import Call
from tests.helpers import FORKS

COMMANDS = ("check", "show", "emit", "family", "inputs")
SIZES = (0, 65_536, 2**32, 10**12, 10**18 - 1)
PLACES = [
    "INPUT[#x8x3] -> CONV3-8 -> FC-2",
    "INPUT[8x#x3] -> CONV61-8(P=0) -> POOL2 -> FC-2",
    "INPUT[#x#x3] -> [[CONV3-3 -> RELU]*100]*51",
    "INPUT[8x8x#] -> CONV3-8 -> GN(4) -> FC-2",
    "INPUT[#x#x#] -> TCONV3-8(S=2) -> UP2 -> POOL3(S=2) -> FLATTEN -> FC-2",
    "INPUT[8x8x3]: [#x#x#] -> RELU",
    *(
        f"INPUT[32x24x4] -> {layer} -> RELU -> FC-2"
        for layer in (
            "CONV#-8",
            "CONV3-#",
            "CONV(F=#x3)",
            "CONV3-8(S=#)",
            "CONV3-8(S=2x#)",
            "CONV3-8(P=#)",
            "CONV3-8(D=#)",
            "CONV3-8(S=2, P=0, D=#)",
            "CONV3-8(G=#)",
            "CONV3-8(in=#)",
            "CONV#-#(S=#, P=#, D=#)",
            "CONV#-8(P=same)",
            "DWCONV#",
            "DWCONV3(M=#)",
            "DWCONV3(S=#, P=1)",
            "DWCONV3(D=#)",
            "[DWCONV3(M=#)]*300",
            "TCONV#-8",
            "TCONV3-8(S=#)",
            "TCONV3-8(P=#)",
            "TCONV3-8(D=#)",
            "TCONV3-8(S=#, output_padding=#)",
            "TCONV4096-8(S=4096) -> TCONV4096-8",
            "TCONV3-8(G=#)",
            "POOL#",
            "POOL(S=#)",
            "POOL(P=#)",
            "POOL3(D=#)",
            "POOL3(S=2, D=#)",
            "POOL#(S=2, ceil=yes)",
            "POOL(to=#)",
            "AVGPOOL#",
            "AVGPOOL#(S=1)",
            "AVGPOOL2(P=#)",
            "AVGPOOL(to=#x1)",
            "POOL2 -> AVGPOOL#(P=0)",
            "UP#",
            "UP(factor=#, mode=bicubic)",
            "UP1024 -> CONV1025-4 -> UP(factor=#x1)",
            "PIXELSHUFFLE#",
            "PAD#",
            "PAD(left=#, top=1, right=#, bottom=0) -> POOL3",
            "CROP[#x#]",
            "CROP[1x1](left=#, top=#)",
            "SLICE(from=#)",
            "SLICE(from=0, to=#)",
            "FC-#",
            "FC-8(in=#)",
            "FC-# -> FC-# -> FC-#",
            "GN(#)",
            "CHSHUFFLE(#)",
            "FLATTEN -> UNFLATTEN[#x1x1]",
            "LRN: [#x24x4]",
            "ADD{CONV3-# | CONV1-8}",
            "CAT{POOL# | UP#}",
            "MUL{CONV3-#(S=#) | GAP}",
        )
    ),
    *(
        f"INPUT[30x30x4] -> {repeat} -> FC-2"
        for repeat in (
            "[CONV3-8 -> RELU]*#",
            "[[[BN]*#]*#]*#",
            "[CONV3-8(P=0)]*#",
            "[PAD1]*#",
            "[UP2]*#",
            "[POOL]*#",
            "[POOL2 -> UP2]*#",
            "[DWCONV3(M=2)]*#",
            "[CAT{CONV3-8 | ID}]*#",
            "[CONV3-8(S=2, P=1)]*#",
            "[[CONV3-8(P=0)]*# -> PAD1]*#",
            "[FC -> RELU]*#",
            "[PAD1 -> RELU?]*#",
            "[PAD1]*# -> RELU?",
            "[PAD1 -> [POOL]*N]*#",
            "[PAD1]*# -> [RELU]*N -> BN?",
            "[[ADD{POOL*N | ID}? -> DWCONV1(M=2)]*# -> TCONV5]*#",
        )
    ),
]
LETTERS = [
    "INPUT[8x8x3] -> CONV3-k -> FC-2",
    "INPUT[32x32x4] -> CONV(F=k) -> POOL2 -> FC-2",
    "INPUT -> CONV3-8(S=k, P=k) -> FC",
    "INPUT[8x8x12] -> DWCONV3(M=k, D=k) -> CHSHUFFLE(k)",
    "INPUT[(k)x(k)x3] -> CONV3-8(P=0) -> POOL2 -> FC-2",
    "INPUT[65536x65536x3] -> [CONV -> POOL?]*k -> FC-2",
    "INPUT[8x8x3] -> [PAD1]*k -> CONV3-8 -> FC-2",
    "INPUT[1000000x1000000x3] -> [CONV3-3(P=0)]*k -> RELU? -> FC-2",
    "INPUT[9x9x3] -> TCONV(F=k, S=k, K=4) -> UP2 -> FC-2",
    "INPUT[9x9x3] -> UP(factor=k, mode=bilinear) -> POOL(F=k) -> FC-2",
    "INPUT[9x9x3] -> [BN -> RELU]*k -> FC-2",
]


def printed(calls: list[list[str]]) -> list[tuple[int, str]]:
    """The exit status and the output of each call of the command line, within limits."""
    folder, environment = os.getcwd(), dict(os.environ)
    done = [
        FORKS.run(Call(tuple(call), b"", folder, environment, is_limited=True)) for call in calls
    ]
    return [(status, (out + err)[-2000:].decode("utf-8", "replace")) for status, out, err in done]


def answered(calls: list[list[str]]) -> None:
    """Holds where every call ends in an answer or an error in words."""
    bad = [
        (call, status, output[-300:])
        for call, (status, output) in zip(calls, printed(calls), strict=True)
        if status not in (0, 1, 2) or "internal error" in output or "Traceback" in output
    ]
    assert not bad


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux", reason="the limits of a child and its size are Linux's"
    ),
]


def test_no_number_takes_the_memory_or_the_time() -> None:
    """Each place with each size, and each command with each place and each size."""
    answered(
        [
            [COMMANDS[(at + turn) % len(COMMANDS)], "-e", place.replace("#", str(size))]
            for at, place in enumerate(PLACES)
            for turn, size in enumerate(SIZES)
        ]
    )


def test_no_letter_takes_the_memory_or_the_time() -> None:
    ranges = cycle((65_536, 999_999))
    texts = [
        f"{text} where k in {first}..{most}"
        for text in LETTERS
        for first, most in ((0, next(ranges)), (1, SIZES[-1]))
    ]
    commands = (["check"], ["family", "--time-limit=0.5"])  # else a list goes on for a minute
    answered([[*commands[at // 2 % 2], "-e", text] for at, text in enumerate(texts)])


@pytest.mark.parametrize(
    "call",
    [
        ["check", "--fix", "-e", "INPUT[32x32x3] -> POOL999999999999 -> FC-10"],
        [
            "check",
            "--select=ALL",
            "-e",
            "INPUT[1000000x1000000x3] -> [CONV2-8(P=0) -> BN -> DROPOUT -> BN -> CONV5-7]*900 -> GAP",
        ],
        [
            "check",
            "--output-format=json",
            "-e",
            "INPUT[9x9x3] -> [CAT{BN -> RELU -> CONV3-32 | ID}]*1200 -> GAP -> FC-10",
        ],
        [
            "show",
            "--batch=7",
            "-e",
            "INPUT[1000000x1000000x3] -> [CONV3-8(P=0)]*4900 -> GAP -> FC-10",
        ],
        ["show", "-e", "INPUT[8x8x3] -> " + "[" * 20 + "BN" + "]*999999999999999999" * 20],
        ["match", "[CONV]*A -> [CONV]*B -> [CONV]*C -> [CONV]*D", "[CONV]*3000 -> FC"],
        ["match", "[CONV]*A -> [CONV]*B", "[CONV]*10000"],
        [
            "match",
            "[[CONV]*(A*B*C)]*D where A in 0..9999, B in 0..9999, C in 0..9999",
            "[CONV]*99999",
        ],
        [
            "inputs",
            "--input=64x48x3",
            "-e",
            "INPUT -> [CONV -> RELU -> POOL]*10 -> FC -> RELU -> FC",
        ],
        ["inputs", "-e", "INPUT[1000000x1000000x3] -> [CONV3-8(P=0)]*4000 -> GAP -> FC-10"],
        [
            "family",
            "--time-limit=0.5",
            "--where=params < 10",
            "-e",
            "INPUT -> [CONV -> RELU]*N -> POOL? -> FC-k where N in 0..999, k in 1..500",
        ],
    ],
    ids=lambda call: " ".join(call)[:40],
)
def test_long_answers_are_short_enough(call: list[str]) -> None:
    answered([call])


def test_the_limits_hold() -> None:
    """What hangs is ended, and what fills the memory fails: the tests above can."""
    (spun, _), (filled, _), (fine, _) = printed(
        [["spin"], ["fill"], ["check", "-q", "-e", "INPUT -> FC"]]
    )
    assert spun == -signal.SIGXCPU
    assert (filled, fine) == (1, 0)
