"""Which cells of an axis the windows of a layer read: counted exactly, whatever the size.

Window i reads the padded cells i S + f D for 0 <= f < F, so a dilated filter with a stride leaves holes that the
remainder r knows nothing of. In the padded axis, cell c is read where c = i S + f D has a solution.
"""

from __future__ import annotations

from math import gcd

from cnnsize.layers.volume import Window
from cnnsize.limits import MAX_PHASES


def unread_cells(window: Window, size: int) -> int | None:
    """Count the real cells of an axis of ``size`` that no window reads; None where that would take too long."""
    out = window.fit(size)[0]
    read = _read_below(window.before + size, window, out)
    padding = _read_below(window.before, window, out)
    return None if read is None or padding is None else size - (read - padding)


def is_read(window: Window, size: int, cell: int) -> bool:
    """Return whether some window reads a real cell, counted from 0."""
    F, S, before, _, D, _ = window
    out = window.fit(size)[0]
    common = gcd(S, D)
    if (cell + before) % common:
        return False
    c, s, d = (cell + before) // common, S // common, D // common
    tap = c * pow(d, -1, s) % s  # the first tap that hits the class of c, modulo s
    index, off = divmod(c - tap * d, s)
    assert off == 0
    if index < 0 or tap >= F:
        return False
    # taps tap + k s hit c from windows index - k d: one of them has to exist
    return max(0, -(-(index - out + 1) // d)) <= min(index // d, (F - 1 - tap) // s)


def first_unread(window: Window, size: int, most: int) -> list[int]:
    """List the first real cells that no window reads, at most ``most`` of them, among the first MAX_PHASES cells."""
    cells: list[int] = []
    for cell in range(min(size, MAX_PHASES)):
        if not is_read(window, size, cell):
            cells.append(cell)
            if len(cells) == most:
                break
    return cells


def _read_below(x: int, window: Window, out: int) -> int | None:
    """Count the padded cells below ``x`` that are read."""
    F, S, D = window.F, window.S, window.D
    common = gcd(S, D)
    x, s, d = -(-x // common), S // common, D // common
    if x <= 0:
        return 0
    if min(out, d) < min(F, s):  # i S + f D is symmetric: sum over the fewer classes
        F, out, s, d = out, F, d, s
    classes = min(F, s, -(-x // d))
    if classes > MAX_PHASES:
        return None
    return sum(
        # of the cells tap d + m s, those are read whose m is in a window of ``out`` at a stride of d
        _covered(-(-(x - tap * d) // s), out, d, (F - 1 - tap) // s + 1)
        for tap in range(classes)
    )


def _covered(x: int, length: int, stride: int, count: int) -> int:
    """Count the numbers from 0 up to, not with, ``x`` in ``count`` stretches of ``length``, ``stride`` apart."""
    if length >= stride:
        return max(0, min(x, (count - 1) * stride + length))
    whole, rest = divmod(max(0, x), stride)
    return min(whole, count) * length + (min(rest, length) if whole < count else 0)
