"""Which cells of an axis windows read, against every tap of every window."""

from __future__ import annotations

import doctest
from itertools import groupby, product

import pytest

from cnnsize.layers.volume import Window
from cnnsize.sizing import strip as strip_module
from cnnsize.sizing.strip import BEYOND, MISSING, PADDING, READ, SKIPPED, Run, Strip


def test_the_example_of_the_module() -> None:
    assert doctest.testmod(strip_module).failed == 0


def unread(size: int, window: Window) -> list[int]:
    """The cells that no window reads, each tap of each window looked at."""
    count = window.fit(size)[0]
    read = {
        k * window.S + j * window.D - window.before for k in range(count) for j in range(window.F)
    }
    return [cell for cell in range(size) if cell not in read]


PADS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 3), (3, 1))


def test_the_unread_cells_are_those_that_no_tap_meets() -> None:
    sides = range(1, 6)
    for F, S, D, (before, after), ceil in product(sides, sides, sides, PADS, (False, True)):
        window = Window(F, S, before, after, D, ceil)
        for size in (1, 6, 13):
            cells, strip = unread(size, window), Strip(size, window)
            assert [strip.unread(first) for first in range(size + 1)] == [
                sum(cell < first for cell in cells) for first in range(size + 1)
            ]
            assert [strip.unread_cell(index) for index in range(len(cells))] == cells
            assert [cell for cell in range(size) if not strip.reads(cell)] == cells


def test_the_unread_cells_of_a_window_of_any_size_cost_nothing() -> None:
    side = 10**18 - 1
    edges = Strip(
        side, Window(3, 2, D=3)
    )  # 2k + 3j: 1 is no such sum, and from the other edge neither
    assert [edges.unread_cell(index) for index in range(edges.unread())] == [1, side - 2]
    assert Strip(side, Window(3, 2, D=2)).unread() == side // 2  # all sums are even
    assert Strip(side, Window(side - 1, 10**9, D=10**9 - 1)).unread() == side  # fits nowhere
    F, S, D = 2 * 10**6, 10**6 + 3, 10**6
    gaps = Strip((D + 4) * S + D * (F - 1) + 1 - S, Window(F, S, D=D)).unread()
    assert gaps == (S - 1) * (D - 1)  # Sylvester: half of them at each edge


@pytest.mark.parametrize(
    ("window", "size", "skipped"),
    [
        (Window(1, 2), 8, 1),
        (Window(2, 5), 12, 3),
        (Window(3, 2, 1, 1), 8, 0),
        (Window(3, 2, D=2), 9, 1),  # even cells
        (Window(2, 5, D=2), 11, 3),  # 0 and 2 of every 5
        (Window(3, 6, D=4), 30, 3),  # 0, 2 and 4 of every 6: from the fourth window on nothing new
        (Window(2, 4, D=3), 16, 2),  # 0 and 3 of every 4
        (Window(3, 3, D=2), 13, 0),  # 0, 2, 4 and 3, 5, 7
        (Window(3, 2, D=2), 5, 0),  # F_eff = 5: one window, and no stride
        (Window(2, 3, D=2), 3, 0),  # one window: cell 1 is its hole, which no stride skips
        (Window(2, 3, D=2), 6, 1),  # 0 and 2 of every 3
        (Window(1, 2), 1, 0),
    ],
)
def test_what_a_stride_skips(window: Window, size: int, skipped: int) -> None:
    assert Strip(size, window).skipped_by_stride() == skipped


@pytest.mark.parametrize(
    ("strip", "runs"),
    [
        (Strip(10, Window(3, 2)), [(READ, 0, 9), (BEYOND, 9, 10), (MISSING, 10, 11)]),
        (
            Strip(10, Window(3, 2, 1, 1)),
            [(PADDING, -1, 0), (READ, 0, 10), (PADDING, 10, 11), (MISSING, 11, 12)],
        ),
        (Strip(9, Window(3, 2)), [(READ, 0, 9)]),
        (Strip(4, Window(1, 2)), [(READ, 0, 1), (SKIPPED, 1, 2), (READ, 2, 3), (SKIPPED, 3, 4)]),
        (Strip(5, Window(2, 2, ceil=True)), [(READ, 0, 5), (MISSING, 5, 6)]),
        (Strip(3, Window(5)), [(BEYOND, 0, 3), (MISSING, 3, 5)]),
        (Strip(2, Window(2, 1, 0, 1)), [(READ, 0, 2), (PADDING, 2, 3)]),
        (Strip(8, Window(2, 4, D=3)), [(READ, 0, 1), (SKIPPED, 1, 3), (READ, 3, 5), (SKIPPED, 5, 7), (READ, 7, 8)]),
        (Strip(7, Window(2, 5)), [(READ, 0, 2), (SKIPPED, 2, 5), (READ, 5, 7)]),
        # a third window would read cell 10; 7 to 9 are the gap before it
        (Strip(11, Window(2, 5)), [(READ, 0, 2), (SKIPPED, 2, 5), (READ, 5, 7), (SKIPPED, 7, 10), (BEYOND, 10, 11), (MISSING, 11, 12)]),
    ],
)  # fmt: skip
def test_an_axis_in_runs_of_one_state(strip: Strip, runs: list[tuple[str, int, int]]) -> None:
    assert [tuple(run) for run in strip.runs()] == runs


def test_runs_are_the_states_of_all_cells() -> None:
    sides = range(1, 6)
    for F, S, D, (before, after), ceil in product(sides, sides, sides, PADS, (False, True)):
        for size in (1, 6, 13):
            strip = Strip(size, Window(F, S, before, after, D, ceil))
            cells = range(-before - 2, strip.end + strip.overhang + 2)
            expected: list[Run] = []
            for state, group in groupby(cells, key=strip.state):
                numbers = list(group)
                expected.append(Run(state, numbers[0], numbers[-1] + 1))
            assert list(strip.runs(cells.start, cells.stop)) == expected


def test_windows_end_where_torch_ends_them() -> None:
    """The last window ends inside, or hangs over with ``ceil``; one more would cross the edge."""
    sides = range(1, 6)
    for F, S, D, (before, after), ceil in product(sides, sides, sides, PADS, (False, True)):
        for size in (1, 6, 13):
            strip = Strip(size, Window(F, S, before, after, D, ceil))
            F_eff, last = strip.window.F_eff, strip.start(strip.positions - 1)
            if strip.positions and not ceil:
                assert last + F_eff + strip.remainder == strip.end
                following = strip.start(strip.positions)
                assert following + F_eff > strip.end
                is_drawn = strip.remainder and following < strip.end
                assert strip.overhang == (following + F_eff - strip.end if is_drawn else 0)
            if strip.positions and ceil:
                is_padded_as_pools_are = 2 * max(before, after) <= F
                assert last < size or not is_padded_as_pools_are
                assert strip.overhang == max(0, last + F_eff - strip.end)
            if not strip.positions:
                assert strip.overhang == F_eff - before - size - after


def test_an_axis_of_any_length_has_few_runs() -> None:
    side = 10**18 - 1
    assert list(Strip(side, Window(3, 2, D=3)).runs()) == [
        (READ, 0, 1),
        (SKIPPED, 1, 2),
        (READ, 2, side - 2),
        (SKIPPED, side - 2, side - 1),
        (READ, side - 1, side),
    ]
    assert [run.state for run in Strip(10**6, Window(11, 4, 2, 2)).runs()] == [
        PADDING,
        READ,
        PADDING,
        MISSING,
    ]
