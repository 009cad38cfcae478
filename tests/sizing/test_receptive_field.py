"""Receptive fields against brute force.

The oracle follows every tap of every filter: for each output position of one axis, the set of input
cells that it can see. Cells in the padding count, as in Araujo et al. (2019): the field is that of
a map without borders, so the oracle walks a line that is endless on both sides and looks at the
middle of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize import Network, Step
from cnnsize.limits import MAX_PHASES
from tests.helpers import examples

Taps = Callable[[int], set[int]]  # output position -> the input positions it reads


@dataclass(frozen=True)
class Link:
    """One layer of a chain: its text, the taps of its positions on W, and by how much it
    magnifies.
    """

    text: str
    taps: Taps
    jump: Fraction

    def __repr__(self) -> str:
        return self.text


def window(text: str, F: int, S: int = 1, P: int = 0, D: int = 1) -> Link:
    return Link(text, lambda o: {o * S - P + f * D for f in range(F)}, Fraction(S))


def upsampled(text: str, k: int, taps: Taps) -> Link:
    return Link(text, taps, Fraction(1, k))


@st.composite
def windows(draw: st.DrawFn) -> Link:
    kind = draw(st.sampled_from(["CONV", "DWCONV", "POOL", "AVGPOOL", "SAME"]))
    F, S = draw(st.integers(1, 4)), draw(st.sampled_from([1, 1, 1, 2, 3]))
    D = draw(st.integers(1, 3))
    if kind == "SAME":  # the smaller half of D(F-1) in front
        return window(f"CONV-4(F={F}x1, P=same, D={D}x1)", F, 1, D * (F - 1) // 2, D)
    P = draw(st.integers(0, F // 2))
    if kind == "AVGPOOL":
        return window(f"AVGPOOL(F={F}x1, S={S}x1, P={P}x0)", F, S, P)
    if kind == "POOL":
        return window(f"POOL(F={F}x1, S={S}x1, P={P}x0, D={D}x1)", F, S, P, D)
    head = "CONV-4" if kind == "CONV" else "DWCONV"
    return window(f"{head}(F={F}x1, S={S}x1, P={P}x0, D={D}x1)", F, S, P, D)


def transposed_of(F: int, S: int, P: int = 0, D: int = 1, op: int = 0) -> Link:
    def taps(o: int) -> set[int]:  # input i reaches output i S - P + f D
        return {(o + P - f * D) // S for f in range(F) if (o + P - f * D) % S == 0}

    return upsampled(f"TCONV-4(F={F}x1, S={S}x1, P={P}x0, D={D}x1, output_padding={op}x0)", S, taps)


@st.composite
def transposed(draw: st.DrawFn) -> Link:
    F, S, D, P = (
        draw(st.integers(1, 5)),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 2)),
        draw(st.integers(0, 2)),
    )
    return transposed_of(F, S, P, D, draw(st.integers(0, max(S, D) - 1)))


@st.composite
def upsampling(draw: st.DrawFn) -> Link:
    k = draw(st.integers(1, 4))
    mode = draw(st.sampled_from(["nearest", "bilinear", "bicubic"]))

    def interpolated(o: int) -> set[int]:
        at = Fraction(2 * o + 1, 2 * k) - Fraction(
            1, 2
        )  # the centre of o among the input's centres
        low = at.__floor__()
        if at == low:  # the neighbours weigh nothing
            return {low}
        return {low, low + 1} if mode == "bilinear" else {low - 1, low, low + 1, low + 2}

    if mode == "nearest":
        return upsampled(f"UP(factor={k}x1)", k, lambda o: {o // k})
    return upsampled(f"UP(factor={k}x1, mode={mode})", k, interpolated)


shuffles = st.just(upsampled("CONV-16(F=1) -> PIXELSHUFFLE2", 2, lambda o: {o // 2}))
keeping = st.sampled_from(["RELU", "BN", "DROPOUT", "CHSHUFFLE(2)", "LRN"]).map(
    lambda text: window(text, 1)
)
moving = st.one_of(
    st.tuples(st.integers(0, 3), st.integers(0, 3)).map(
        lambda p: window(f"PAD(left={p[0]}, right={p[1]})", 1, 1, p[0])
    ),
    st.integers(0, 2).map(lambda left: window(f"CROP[4x1](left={left}, top=0)", 1, 1, -left)),
)
links = st.one_of(windows(), windows(), transposed(), upsampling(), shuffles, keeping, moving)


def seen(chain: list[Link], o: int) -> set[int]:
    """The input cells that position ``o`` of the last map sees."""
    positions = {o}
    for link in reversed(chain):
        positions = {i for position in positions for i in link.taps(position)}
    return positions


def sized(text: str) -> Network:
    return cnnsize.parse(text).sized()


def after(chain: list[Link], width: int = 40) -> Step | None:
    """The last step of a chain in our language; None where the chain does not fit."""
    network = sized(" -> ".join([f"INPUT[{width}x1x4]", *(link.text for link in chain)]))
    return None if network.output is None else network.steps[-1]


@examples(500)
@given(st.lists(links, min_size=1, max_size=5))
def test_the_field_is_the_largest_interval_that_any_position_reads(chain: list[Link]) -> None:
    check_field(chain)


def check_field(chain: list[Link]) -> None:
    step = after(chain)
    if step is None:
        return
    assert step.output is not None
    if step.receptive_field is None or step.jump is None:
        phases = 1
        for link in chain:
            phases *= link.jump.denominator
        assert phases > MAX_PHASES, "given up without need"
        return
    fields = [seen(chain, o) for o in range(step.output.W)]
    assert step.receptive_field[0] == max(
        (max(field) - min(field) + 1 for field in fields if field), default=0
    )
    assert step.receptive_field[1] == 1
    jump = Fraction(1)
    for link in chain:
        jump *= link.jump
    assert step.jump[0] == jump
    assert step.jump[1] == Fraction(1, 2 ** sum("PIXELSHUFFLE" in link.text for link in chain))


# found by the tests above and below; positions that read no input, filters with gaps over them
HOLES = [
    [transposed_of(1, 3, P=1), window("CONV-4(F=1, S=3x1, P=0)", 1, 3), window("CONV-4(F=1)", 1)],
    [
        transposed_of(1, 3),
        window("CROP[30x1](left=2, top=0)", 1, 1, -2),
        window("CONV-4(F=3x1, S=3x1, P=0)", 3, 3),
    ],
    [transposed_of(2, 3, D=2), transposed_of(2, 1, D=2)],
    [transposed_of(2, 3), window("CONV-4(F=2x1, P=0, D=2x1)", 2, 1, 0, 2)],
    [transposed_of(1, 4), transposed_of(3, 2, D=3), window("POOL(F=2x1)", 2, 2)],
]


@pytest.mark.parametrize("chain", HOLES, ids=range(len(HOLES)))
def test_positions_that_read_no_input(chain: list[Link]) -> None:
    check_field(chain)


LONG = [  # filters about as long as the period, which are looked up by doubling
    [
        upsampled("UP(factor=8x1)", 8, lambda o: {o // 8}),
        window(f"CONV-4(F={F}x1, P={P}x0, S={S}x1, D={D}x1)", F, S, P, D),
    ]
    for F, S, P, D in (
        (7, 1, 3, 1),
        (8, 3, 0, 1),
        (9, 1, 0, 2),
        (13, 4, 6, 1),
        (16, 1, 8, 3),
        (30, 7, 2, 1),
    )
]
LONG += [[transposed_of(F, 5, D=2), window("POOL(F=11x1, S=3x1)", 11, 3)] for F in (2, 5, 12)]


@pytest.mark.parametrize("chain", LONG, ids=range(len(LONG)))
def test_filters_longer_than_a_period(chain: list[Link]) -> None:
    check_field(chain)


@pytest.mark.parametrize("n", [3, 30, 300, 10**9])
def test_a_stride_on_a_map_that_stays_doubles_the_jump(n: int) -> None:
    """1x1 with padding stays 1x1; the field is followed through some iterations, and is unknown
    behind more.
    """
    field = sized(f"INPUT[1x1x3] -> [CONV3-3(S=2, P=1)]*{n}").receptive_field
    assert field == (None if n > 100 else (2 ** (n + 1) - 1,) * 2)


@examples(300)
@given(st.lists(st.one_of(windows(), windows(), keeping, moving), min_size=1, max_size=6))
def test_without_upsampling_the_field_starts_at_its_padding(chain: list[Link]) -> None:
    step = after(chain, 90)
    if step is None:
        return
    assert step.receptive_padding is not None
    assert step.receptive_padding[0] == -min(seen(chain, 0))
    assert isinstance(step.jump, tuple)
    assert min(seen(chain, 1)) - min(seen(chain, 0)) == step.jump[0]


@examples(300)
@given(st.lists(links, min_size=1, max_size=5))
def test_width_and_height_are_alike(chain: list[Link]) -> None:
    """The same chain on H says of H what it says of W."""
    lying = [link for link in chain if "PIXELSHUFFLE" not in link.text]
    first = after(lying)
    text = " -> ".join(["INPUT[1x40x4]", *(upright(link.text) for link in lying)])
    last = sized(text).steps[-1]
    if first is None:
        assert last.output is None
        return
    assert first.output is not None
    assert last.output == (first.output.H, first.output.W, first.output.D)
    for one, two in ((first.receptive_field, last.receptive_field), (first.jump, last.jump)):
        assert one is None if two is None else one == (two[1], two[0])


def upright(text: str) -> str:
    """A layer on W turned to stand on H."""
    text = re.sub(r"(\d+)x(\d+)", r"\2x\1", text)
    names = {"left": "top", "right": "bottom", "top": "left"}
    return re.sub(r"left|right|top", lambda m: names[m.group()], text)


@pytest.mark.parametrize(
    ("text", "field", "jump"),
    [
        ("UP2", 1, Fraction(1, 2)),
        ("UP2 -> CONV3-4", 2, Fraction(1, 2)),
        ("UP2 -> CONV5-4", 3, Fraction(1, 2)),
        ("UP(factor=2, mode=bilinear)", 2, Fraction(1, 2)),
        ("UP(factor=3, mode=bilinear)", 2, Fraction(1, 3)),
        ("TCONV2-4(S=2)", 1, Fraction(1, 2)),
        ("TCONV4-4(S=2, P=1)", 2, Fraction(1, 2)),
        ("TCONV3-4(S=2)", 2, Fraction(1, 2)),
        ("TCONV3-4", 3, Fraction(1)),
        ("PIXELSHUFFLE2", 1, Fraction(1, 2)),
        ("POOL2 -> UP2", 2, Fraction(1)),
        ("POOL2 -> UP2 -> CONV3-4", 4, Fraction(1)),
        ("CONV3-4 -> CONV3-4", 5, Fraction(1)),
        ("CONV3-4(D=2) -> CONV3-4(D=4)", 13, Fraction(1)),
        ("CONV3-4(S=2) -> CONV3-4(S=2) -> CONV3-4", 3 + 2 * 2 + 2 * 4, Fraction(4)),
        ("GAP", 16, Fraction(16)),
        ("CONV3-4 -> GAP", 18, Fraction(16)),
    ],
)
def test_fields_worked_out_by_hand(text: str, field: int, jump: Fraction) -> None:
    last = sized(f"INPUT[16x16x4] -> {text}").steps[-1]
    assert last.receptive_field == (field, field), text
    if "GAP" not in text:
        assert last.jump == (jump, jump), text


def test_the_networks_field_is_that_before_its_head() -> None:
    for head in ("GAP -> FC-10", "FLATTEN -> FC-10", "FC-10", "GMP", "GAP -> CONV(K=10, F=1)"):
        network = sized(f"INPUT[16x16x4] -> CONV3-4 -> POOL2 -> CONV3-4 -> RELU -> {head}")
        assert network.receptive_field == (8, 8), head


@pytest.mark.parametrize(
    ("size", "field"),
    [("8x12", (2, 3)), ("8x9", None), ("9x8", None), ("9x9", None)],
)
def test_an_adaptive_pool_has_a_field_where_its_windows_are_equal_on_both_axes(
    size: str, field: tuple[int, int] | None
) -> None:
    for pool in ("POOL", "AVGPOOL"):
        assert sized(f"INPUT[{size}x3] -> {pool}(to=4x4)").receptive_field == field
