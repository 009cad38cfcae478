"""A text that differs from earlier ones only in its numbers is read as if none came before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import pytest

import cnnsize
from cnnsize import ArchitectureError, ParsedArchitecture
from cnnsize.cached import clear_caches
from cnnsize.reading import skeleton
from cnnsize.reading.document import parse_one
from cnnsize.reading.skeleton import parse_text
from cnnsize.record import replace, values
from tests.bench.unseen import UNSEEN

NUMBERS = re.compile(r"(?<=[-*(])[0-9]+(?:, [0-9]+)*")
BLOCKS = "b(u, v) = CONV1-u -> RELU -> CONV3-v\nc() = POOL2\n"
TEXTS = (
    "INPUT[32x32x3] -> CONV3-16(S=2, P=1, bias=no) -> BN -> [CONV3-32 -> RELU]*2 -> GN(32) -> FC-10",
    "  net = INPUT[32x32x3] -> ADD{CONV3-16 -> [RELU -> CONV1-3]*4 | ID | CONV1-3}*2 -> FC-10*1  ",
    f"{BLOCKS}net = INPUT[32x32x3]\n  -> b(16, 32) -> [b(8, 8)*3\n -> c()]*2 -> DROPOUT(0.5) -> FC-10\n",
    "INPUT[32x32x3] -> CONV3-16 -> OUTPUT{GAP -> FC-5 | FC-6} -> CAT{ID | INPUT[32x32x1] -> CONV3-8}",
)
# texts that have numbers outside their layers, counts and calls, or letters among them
UNPLANNED = (
    "INPUT[32x32x3] -> CONV3-16 -> DROPOUT(1) -> [RELU]*N -> FC-10 where N=2",
    "INPUT[32x32x3] -> CONV3-16 # -12\n",
    "input 32x32x3, conv 3x3-16, pool, fc-10",
    f"{BLOCKS}net = INPUT[32x32x3] -> b(16, k) where k in {{1, 2}}",
    f"net = INPUT[32x32x3] -> b(16, 32)\n{BLOCKS}",
    "INPUT[32x32x3] -> CONV3-16: [32x32x16] -> RELU? -> [FC-10 -> RELU]*[1, 2]",
    "INPUT[32x32x3] -> CONV3-16 -> POLL2-3 -> FC-10",
)


def parts(parse: Callable[[str], ParsedArchitecture], text: str) -> str:
    """Return every part of a network, spans too, or of the error of a text that is none."""
    try:
        parsed = parse(text)
    except ArchitectureError as error:
        return f"{values(error.diagnostic)} {error}"
    pieces = None if parsed.map is None else parsed.map.moved(0, 0)
    return f"{tuple(parsed.source)} {pieces} {values(replace(parsed, map=None))}"


def renumbered(text: str, random: Random) -> str:
    """Return a text with other numbers, some of which their places cannot have."""
    odd = ("0", "007", "1" * 17, "1" * 18, "4, 5", "(2*3)")

    def number(match: re.Match[str]) -> str:
        if random.random() < 0.02:
            return random.choice(odd)
        likely = [str(random.randrange(1, 10**digits)) for digits in (1, 2, 3, 4)]
        return ", ".join(random.choice(likely) for _ in match[0].split(", "))

    return NUMBERS.sub(number, text)


@pytest.mark.parametrize("text", [*TEXTS, *UNPLANNED])
def test_the_texts_of_a_skeleton_are_read_as_parse_one_reads_them(text: str) -> None:
    random = Random(text)
    clear_caches()
    for _ in range(60):
        other = renumbered(text, random)
        assert parts(parse_text, other) == parts(parse_one, other), other


@pytest.mark.parametrize(
    "changed",
    [
        "INPUT[32x32x3] -> CONV3-00 -> [RELU -> CONV1-8]*2 -> FC-10",
        "INPUT[32x32x3] -> CONV3-1, 2 -> [RELU -> CONV1-8]*2 -> FC-10",
        "INPUT[32x32x3] -> CONV3- -> [RELU -> CONV1-8]*2 -> FC-10",
        "INPUT[32x32x3] -> CONV3-0 -> [RELU -> CONV1-8]*2 -> FC-10",
        "INPUT[32x32x3] -> CONV3*16 -> [RELU -> CONV1-8]*2 -> FC-10",
        "INPUT[32x32x3] -> CONV3-16 -> [RELU -> CONV1-8]-2 -> FC-10",
        "INPUT[32x32x3] -> CONV3-16 -> [RELU -> CONV1-8]*2, 3 -> FC-10",
        "INPUT[32x32x3] -> CONV3-16, 2 -> [RELU -> CONV1-8]*2 -> FC-10",
        "INPUT[32x32x3] -> CONV3-16 -> [RELU -> CONV1-8]*2 -> FC(10",
    ],
)
def test_numbers_that_their_places_cannot_have_are_left_to_parse_one(changed: str) -> None:
    clear_caches()
    for width in (7, 8, 9, *range(10, 20), *range(1000, 1010)):
        text = f"INPUT[32x32x3] -> CONV3-{width} -> [RELU -> CONV1-8]*2 -> FC-10"
        assert parts(parse_text, text) == parts(parse_one, text)
    assert parts(parse_text, changed) == parts(parse_one, changed)


def test_calls_with_other_numbers_of_arguments_are_left_to_parse_one() -> None:
    clear_caches()
    for width in range(1, 5):
        cnnsize.parse(f"b(u, v) = CONV1-u -> CONV3-v\nINPUT[32x32x3] -> b({width}, 8)")
    with pytest.raises(ArchitectureError, match="b is called with 3 arguments"):
        cnnsize.parse("b(u, v) = CONV1-u -> CONV3-v\nINPUT[32x32x3] -> b(1, 2, 8)")


@pytest.mark.parametrize("name", [name for name in UNSEEN if not name.startswith("random")])
def test_the_fourth_text_of_a_skeleton_needs_no_grammar(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear_caches()
    write = UNSEEN[name]
    for _ in range(3):
        cnnsize.parse(write())
    expected = parts(parse_one, text := write())
    monkeypatch.delattr(skeleton, "parse_one")
    assert parts(parse_text, text) == expected


def test_other_blocks_make_another_skeleton() -> None:
    clear_caches()
    text = "b(u) = CONV1-u -> CONV3-{}\nINPUT[32x32x3] -> b({})"
    for width in range(1, 9):
        network = cnnsize.parse(text.format(width % 2 + 1, width))
        assert str(network).split("\n")[0] == f"b(u) = CONV1-u -> CONV3-{width % 2 + 1}"


def test_skeletons_are_bounded_and_can_be_forgotten() -> None:
    clear_caches()
    cache = skeleton._skeleton.__self__  # type: ignore[attr-defined]
    for count in range(1, 200):
        cnnsize.parse("INPUT[32x32x3]" + " -> RELU" * count)
        assert len(cache) <= 64
    clear_caches()
    assert not cache
