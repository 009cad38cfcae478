"""The input sizes that fit, compared with sizing every input in turn."""

from __future__ import annotations

import itertools
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.inputs.fitting import EXACT, FAILS, WHOLE, WORKS, Side
from cnnsize.inputs.sizes import Sizes
from cnnsize.limits import MAX_INPUT_STEPS
from cnnsize.render.inputs import fitting_sizes
from cnnsize.sizing.rows import rows_of
from tests.helpers import examples


def level(network: cnnsize.Network) -> int:
    """Return how well an input fits, by definition."""
    if network.output is None:
        return FAILS
    if not network.valid:
        return WORKS
    remainders = [row.sizing.remainder for row in rows_of(network.rows)]
    is_exact = not any(any(remainder) for remainder in remainders if remainder)
    return EXACT if is_exact else WHOLE


def computed_level(side: Side, size: int) -> int:
    """Return how well an input of this size fits, by the computed sets."""
    return (size in side.works) + (size in side.whole) + (size in side.exact)


windows = st.builds(
    "CONV(K=4, F={}, S={}, P={}{})".format,
    st.sampled_from([3, 5, 2, 1]),
    st.integers(1, 4),
    st.integers(0, 2),
    st.sampled_from(["", ", D=2"]),
)
pools = st.builds(
    "POOL{}(S={}, P={}, ceil={})".format,
    st.sampled_from([2, 3]),
    st.integers(1, 3),
    st.integers(0, 1),
    st.sampled_from(["yes", "no"]),
)
others = st.sampled_from(
    [
        "UP2",
        "UP3",
        "TCONV2-4(S=2)",
        "TCONV3-4(S=2, P=1)",
        "PAD1",
        "PAD(left=1)",
        "RELU",
        "BN",
        "GAP -> CONV1-4",
        "CROP[8x8]",
        "IN",
        "POOL(to=4x4)",
        "PIXELSHUFFLE2 -> CONV1-4",
    ]
)
layers = st.one_of(windows, windows, pools, others)


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    chains = st.lists(inner, min_size=1, max_size=2).map(" -> ".join)
    return st.one_of(
        st.builds("[{}]*{}".format, chains, st.integers(0, 3)),
        st.builds("ADD{{{} | {}}}".format, chains, st.one_of(chains, st.just("ID"))),
        st.builds(
            "CAT{{{} | {}}} -> CONV1-4".format,
            chains,
            st.one_of(chains, st.just("ID"), chains.map("{} -> CROP".format)),
        ),
        st.builds("MUL{{{} | GAP -> CONV1-4}}".format, chains),
    )


networks = st.lists(st.recursive(layers, joined, max_leaves=4), min_size=1, max_size=4).map(
    " -> ".join
)
ends = st.sampled_from(
    ["", " -> FC-2", " -> FLATTEN -> UNFLATTEN[4x4x4]", ": [6x6x4]", " -> FLATTEN -> FC-2(in=64)"]
)


@given(networks, ends, st.booleans())
@examples(150)
def test_computed_sizes_agree_with_sizing_each_input(middle: str, end: str, square: bool) -> None:
    text = f"INPUT[24x{24 if square else 17}x4] -> {middle}{end if ':' not in end or middle[-1] not in ']}' else ''}"
    try:
        net = cnnsize.parse(text)
    except ArchitectureError:  # such as CROP outside of a join, or two shapes in a row
        return
    try:
        result = net.fitting_inputs()
    except ArchitectureError:
        assert text.count("]*") > 1, "only strides of repeated groups multiply to a long period"
        return
    for side in result.sides:
        for size in range(1, 90):
            sized = net.sized(result.volume(side, size))
            computed = computed_level(side, size)
            if side.other is None:
                assert computed == level(sized), (text, side.axis, size)
            else:  # faults of the other side do not count
                assert (computed > FAILS) == (sized.output is not None), (text, side.axis, size)
                assert computed >= level(sized), (text, side.axis, size)


@pytest.mark.parametrize(
    ("text", "exact", "whole", "works"),
    [
        (
            "INPUT[224x224x3] -> CONV11-96(S=4, P=0) -> [POOL3(S=2)]*3 -> FC-10",
            "W = 32k + 3 for k >= 2",
            "W = 32k + 3 for k >= 2",
            "W >= 67",
        ),
        (
            "INPUT -> [[CONV -> RELU]*2 -> POOL]*5 -> FC",
            "W = 32k for k >= 1",
            "W = 32k for k >= 1",
            "W >= 32",
        ),
        ("INPUT -> CONV7(S=2, P=3)", "W = 2k + 1 for k >= 0", "any W", "any W"),
        ("INPUT -> CONV -> FC(in=4096)", "W = 8", "W = 8", "W = 8"),
        ("INPUT -> CONV3(P=0): [30x30]", "W = 32", "W = 32", "W >= 3"),
        ("INPUT -> CAT{CONV3(P=0) | ID}", "no W", "no W", "no W"),
        (
            "INPUT -> ADD{POOL -> UP2 | CONV1-3}",
            "W = 2k for k >= 1",
            "W = 2k for k >= 1",
            "W = 2k for k >= 1",
        ),
        (
            "INPUT[9x9x3] -> POOL3(S=3) -> CONV3-4(S=3, P=1)",
            "W = 9k + 3 for k >= 0",
            "W = 9k + 3 for k >= 0 and W = 9k + 6 for k >= 0",
            "W >= 3",
        ),
    ],
)
def test_progressions_in_words(text: str, exact: str, whole: str, works: str) -> None:
    net = cnnsize.parse(text.replace("CONV7(", "CONV7-64(").replace("CONV3(P=0)", "CONV3-64(P=0)"))
    (side,) = net.fitting_inputs().sides
    if whole.startswith("W = 9k + 3 for k >= 0 and"):
        assert [size for size in range(1, 40) if size in side.whole] == [
            size for size in range(1, 40) if level(net.sized((size, size, 3))) >= WHOLE
        ]
    else:
        assert side.whole.words() == whole
    assert (side.exact.words(), side.works.words()) == (exact, works)


def test_nearest_sizes_in_words() -> None:
    (side,) = (
        cnnsize.parse("INPUT[224x224x3] -> CONV11-96(S=4, P=0) -> [POOL3(S=2)]*3 -> FC-10")
        .fitting_inputs()
        .sides
    )
    assert fitting_sizes(side.exact, side) == "W = 32k + 3 for k >= 2; nearest to 224: 195, 227"
    assert list(itertools.islice(side.whole, 3)) == [67, 99, 131]


def test_published_networks() -> None:
    for name in ("alexnet", "vgg16", "resnet50", "googlenet", "unet", "densenet121"):
        net = cnnsize.load(name)
        (side,) = net.fitting_inputs().sides
        D = net.sized().input.D
        for size in (*range(1, 40), 63, 64, 75, 99, 187, 188, 224, 227, 299, 572):
            assert computed_level(side, size) == level(net.sized((size, size, D))), (name, size)


def test_sizes_behave_as_a_set() -> None:
    sizes = Sizes(6, {1: 7, 3: 3, 5: 5}, (range(1, 2), range(20, 21)))
    assert sizes == Sizes(2, {1: 1}, (range(20, 21),))
    assert [size for size in range(30) if size in sizes] == [
        *range(1, 20, 2),
        20,
        *range(21, 30, 2),
    ]
    assert (sizes.below(21), sizes.above(19), sizes.below(1), sizes.smallest) == (20, 20, None, 1)
    assert list(Sizes(1, {}, (range(3, 5),))) == [3, 4]
    assert pickle.loads(pickle.dumps(sizes)) == sizes


def test_long_runs_are_merged_by_arithmetic() -> None:
    billion = 10**9
    assert Sizes(1, {0: billion}, (range(61, billion),)) == Sizes(1, {0: 61}, ())
    odd = Sizes(4, {1: billion + 1, 3: 3}, (range(5, billion + 1, 4),))  # 1 is missing
    assert odd == Sizes(2, {1: 3}, ())
    assert (odd.smallest, odd.above(10**12), odd.below(3)) == (3, 10**12 + 1, None)
    gap = Sizes(
        2, {0: billion}, (range(2, billion - 2, 2), range(7, 11, 2))
    )  # 999,999,998 is missing
    assert (gap.below(billion), gap.above(billion - 4), 7 in gap, billion - 2 in gap) == (
        billion - 4,
        billion,
        True,
        False,
    )
    assert pickle.loads(pickle.dumps(gap)) == gap
    late = Sizes(6, {0: 6 * billion, 1: 1, 2: 2, 3: 3, 4: 4}, ())
    assert late.words() == "W >= 5999999995 with W mod 6 = 0..4 and W = 1, 2, 3, 4, 7, 8, ..."


@given(st.integers(1, 12), st.data())
def test_normalizing_keeps_the_set(period: int, data: st.DataObject) -> None:
    starts = data.draw(st.dictionaries(st.integers(0, period - 1), st.integers(0, 12)))
    starts = {r: r + period * k or period for r, k in starts.items()}
    runs = []
    for r in range(period):
        end = starts.get(r, r + period * 14)
        cuts = sorted(data.draw(st.sets(st.integers(0, end // period), max_size=4)))
        for begin, stop in zip(cuts[::2], cuts[1::2], strict=False):
            run = range(r + period * begin, min(r + period * stop, end), period)
            run = run[1:] if run and run[0] == 0 else run
            runs += [run] if run else []
    sizes = Sizes(period, starts, tuple(runs))
    expected = [
        size
        for size in range(1, 400)
        if any(size in run for run in runs)
        or (size % period in starts and size >= starts[size % period])
    ]
    assert [size for size in range(1, 400) if size in sizes] == expected
    assert list(itertools.takewhile(lambda size: size < 400, sizes)) == expected
    assert pickle.loads(pickle.dumps(sizes)) == sizes


@pytest.mark.parametrize(
    ("text", "works"),
    [
        ("INPUT[32x10000000x3] -> CONV3-64 -> FC-10", ("any W", "any H")),
        (
            "INPUT[64x4294967296x3] -> CONV61-32(P=0) -> RELU -> GAP -> FC-10",
            ("W >= 61", "H >= 61"),
        ),
        ("INPUT[4294967296x8x3] -> [[CONV3-3 -> RELU]*100]*51", ("any W", "any H")),
        ("INPUT[5x5x3] -> POOL999999999999999999(S=1) -> FC-3", ("W = 999999999999999999",)),
        (
            "INPUT[5x5x3] -> CONV3-8(D=999999999999999999, P=0) -> FC-3",
            ("no W",),
        ),  # no INPUT is as large
        (
            "INPUT[1000000x1000000x3] -> UP2 -> FLATTEN -> UNFLATTEN[2000000x2000000x3]",
            ("W = 1000000",),
        ),
    ],
)
def test_sizes_of_billions(text: str, works: tuple[str, ...]) -> None:
    sides = cnnsize.parse(text).fitting_inputs().sides
    assert tuple(side.works.words(side.letter) for side in sides) == works
    assert all(side.exact == side.works for side in sides)


def test_a_search_that_gives_up_reports_its_period() -> None:
    with pytest.raises(ArchitectureError) as caught:
        cnnsize.parse("INPUT[64x48x3] -> [CONV -> RELU -> POOL]*10 -> FC").fitting_inputs()
    note = f"more than {MAX_INPUT_STEPS:,} layers would have to be sized, at a period of 1,024"
    assert caught.value.diagnostic.notes == (note,)


def test_networks_without_a_result_are_refused() -> None:
    long = " -> ".join(f"CONV3-4(S={stride}, P=1)" for stride in (97, 89, 83, 79))
    for text, code in (
        (f"INPUT[999999x999999x3] -> {long}", "CNN009"),
        ("INPUT -> [CONV]*N", "CNN008"),
        ("CONV", "CNN005"),
    ):
        with pytest.raises(ArchitectureError) as caught:
            cnnsize.parse(text).fitting_inputs()
        assert caught.value.diagnostic.code == code
    # Here the period alone would be allowed, but not that many layers for it.
    with pytest.raises(ArchitectureError) as caught:
        cnnsize.parse("INPUT -> CONV7-2(S=99991) -> " + " -> ".join(["RELU"] * 50)).fitting_inputs()
    assert caught.value.diagnostic.notes == ("the strides require a period of 99,991",)
