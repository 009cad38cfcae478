"""Which cells are read: against brute force on a dense grid, and against the gradients of torch."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import nn

from cnnsize.layers.coverage import first_unread, is_read, unread_cells
from cnnsize.layers.volume import Window

GRID = [
    (size, Window(F, S, before, after, D, ceil))
    for size, F, S, D, (before, after), ceil in product(
        (1, 2, 5, 8, 13, 16),
        (1, 2, 3, 5),
        (1, 2, 3, 4, 6),
        (1, 2, 3, 4, 6),
        ((0, 0), (1, 1), (0, 1), (2, 3)),
        (False, True),
    )
    if Window(F, S, before, after, D, ceil).fit(size)[0] >= 1
]


def test_every_cell_and_every_count_of_a_dense_grid_is_what_brute_force_finds() -> None:
    assert len(GRID) > 3_000
    for size, window in GRID:
        out = window.fit(size)[0]
        read = {i * window.S + f * window.D - window.before for i in range(out) for f in range(window.F)}
        unread = [cell for cell in range(size) if cell not in read]
        assert [cell for cell in range(size) if not is_read(window, size, cell)] == unread, (size, window)
        assert unread_cells(window, size) == len(unread), (size, window)
        assert first_unread(window, size, 3) == unread[:3], (size, window)


@pytest.mark.parametrize(
    ("size", "window", "unread"),
    [
        (16, Window(3, 2, 0, 0, 3), [1, 13, 15]),
        (15, Window(3, 2, 0, 0, 3), [1, 13]),  # no remainder, and yet two columns
        (16, Window(3, 2, 1, 1, 3), [0, 14]),  # only padding is left over, and yet two columns
        (10, Window(3, 2), [9]),
        (9, Window(3, 2), []),
        (9, Window(2, 2, 0, 0, 2), [1, 3, 5, 7]),
    ],
)
def test_gradients_of_torch_are_zero_exactly_where_no_window_reads(
    size: int, window: Window, unread: list[int]
) -> None:
    layer = nn.Conv2d(1, 1, (1, window.F), (1, window.S), (0, window.before), (1, window.D), bias=False)
    nn.init.ones_(layer.weight)
    x = torch.zeros(1, 1, 1, size, requires_grad=True)
    layer(x).sum().backward()
    assert x.grad is not None
    assert (x.grad[0, 0, 0] == 0).nonzero().flatten().tolist() == unread == first_unread(window, size, 99)


def test_a_grid_of_gradients_of_torch() -> None:
    for size, F, S, D, P in product((7, 12, 16), (1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3), (0, 1, 2)):
        window = Window(F, S, P, P, D)
        if window.fit(size)[0] < 1:
            continue
        x = torch.zeros(1, 1, size, requires_grad=True)
        nn.functional.conv1d(x, torch.ones(1, 1, F), stride=S, padding=P, dilation=D).sum().backward()  # type: ignore[no-untyped-call]
        assert x.grad is not None
        assert int((x.grad == 0).sum()) == unread_cells(window, size), (size, window)


def test_ceil_mode_reads_what_a_pool_of_torch_reads() -> None:
    for size, F, S, P in product((7, 10, 11), (2, 3, 4), (1, 2, 3, 4), (0, 1)):
        window = Window(F, S, P, P, 1, True)
        if 2 * P > F or window.fit(size)[0] < 1:
            continue
        x = torch.zeros(1, 1, size, requires_grad=True)
        nn.functional.avg_pool1d(x, F, S, P, ceil_mode=True).sum().backward()  # type: ignore[no-untyped-call]
        assert x.grad is not None
        assert int((x.grad == 0).sum()) == unread_cells(window, size), (size, window)


def test_sizes_of_eighteen_digits_cost_nothing() -> None:
    huge = 10**18 - 1
    assert unread_cells(Window(3, 2), huge + 1) == 1
    assert unread_cells(Window(huge, huge), huge) == 0
    assert unread_cells(Window(3, 7), 7 * 10**17) == 4 * 10**17
    assert unread_cells(Window(3, 2, 0, 0, 3), huge) == 2  # columns 1 and huge - 2
    assert unread_cells(Window(10**9, 10**8 + 7, 0, 0, 10**8 + 9), 10**18) is None  # too many classes to sum
    assert is_read(Window(3, 2, 0, 0, 3), huge, 10**17 + 1)
