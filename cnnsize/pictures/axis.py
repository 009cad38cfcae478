"""Draw one axis of a layer: its cells, its windows, and the cells that no window reads.

``Strip`` knows which cells the windows read; this module only lays them out in px.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.pictures.canvas import Canvas, Value, text_width
from cnnsize.sizing.strip import BEYOND, MISSING, PADDING, READ, SKIPPED, State, Strip

ROOM = 720.0  # px that an axis may take
FINE = 5.0  # px; smaller cells are drawn to scale, without numbers
MIN_GAP = 16.0  # px between both ends of an axis that is cut
SPACING = 5.0  # px between the lines of a hatch
INSET = 1.5  # px between the ends of a window and those of its cells
FILLS = {  # fill, line and hatch of a cell
    READ: ("conv", "conv-line", ""),
    PADDING: ("paper", "dim", "rule"),
    SKIPPED: ("other", "other-line", "other-line"),
    BEYOND: ("bad", "bad-line", "bad-line"),
}


class Style(NamedTuple):
    """The sizes of an axis in px."""

    cell: float
    height: float
    bar: float  # height of a window
    step: float  # from one lane of windows to the next
    max_lanes: int
    is_small: bool = False  # without numbers, and of a long axis only the far end


LARGE = Style(22, 24, 13, 16, 8)
SMALL = Style(11, 10, 3.5, 5, 3, is_small=True)


class Axis(NamedTuple):
    """A strip with the place of its cells."""

    strip: Strip
    x: float
    cell: float
    parts: tuple[range, ...]  # cells that are drawn; two parts where the middle is cut
    gap: float
    style: Style

    def left(self, cell: int) -> float | None:
        """Return the left edge of a cell; None for one that is not drawn."""
        x = self.x
        for part in self.parts:
            if cell in part or cell == part.stop:
                return x + (cell - part.start) * self.cell
            x += len(part) * self.cell + self.gap
        return None

    @property
    def right(self) -> float:
        """The right edge of the last cell."""
        cells = sum(map(len, self.parts))
        return self.x + cells * self.cell + (len(self.parts) - 1) * self.gap

    @property
    def loses_cells(self) -> bool:
        """Whether the windows do not fit, or leave cells of the input behind the last one."""
        return loses_cells(self.strip)


def loses_cells(strip: Strip) -> bool:
    """Return whether no window fits, or cells of the input are lost after the last one."""
    skips_by_design = strip.window.F_eff < strip.window.S
    return not strip.positions or (strip.cut_off > 0 and not skips_by_design)


def axis_of(strip: Strip, x: float, room: float = ROOM, style: Style = LARGE) -> Axis:
    """Return the layout of a strip within so many px."""
    first, end = strip.first, strip.end + hanging(strip)
    most = max(1, int(room // style.cell))
    window = strip.window
    if end - first <= most:
        return Axis(strip, x, style.cell, (range(first, end),), 0, style)
    reach = window.F_eff + window.S + 1
    if style.is_small:
        tail = min(end - first, max(reach + hanging(strip), most - 2))
        return Axis(strip, x, min(style.cell, room / tail), (range(end - tail, end),), 0, style)
    head = max(reach, most // 2 - 2)
    tail = max(reach + hanging(strip), most - head - 2)
    if head + tail + 2 >= end - first:
        return Axis(strip, x, room / (end - first), (range(first, end),), 0, style)
    cell = min(style.cell, (room - MIN_GAP) / (head + tail))
    parts = (range(first, first + head), range(end - tail, end))
    return Axis(strip, x, cell, parts, max(MIN_GAP, 2 * cell), style)


def hanging(strip: Strip) -> int:
    """Return how many cells are drawn after the far edge, under a window that hangs over."""
    is_shown = not strip.positions or strip.window.F_eff >= strip.window.S
    return strip.overhang if is_shown else 0


def draw_axis(canvas: Canvas, axis: Axis, y: float) -> float:
    """Draw an axis whose cells have their upper edge at y, and return its lower edge."""
    for part in axis.parts:
        draw_cells(canvas, axis, part, y)
    if len(axis.parts) == 2:
        middle = axis.x + len(axis.parts[0]) * axis.cell + axis.gap / 2
        canvas.text(middle, y + axis.style.height / 2 + 3, "...", 11, "middle", "dim")
    y += axis.style.height + (3 if axis.style.is_small else 5)
    bottom = draw_windows(canvas, axis, y)
    return draw_next(canvas, axis, bottom)


def draw_cells(canvas: Canvas, axis: Axis, part: range, y: float) -> None:
    """Draw consecutive cells; small ones as runs of one state."""
    missing = "bad-line" if axis.loses_cells else "dim"
    left = axis.left(part.start)
    assert left is not None
    height = axis.style.height
    if axis.cell >= FINE:
        for cell in part:
            x = left + (cell - part.start) * axis.cell
            state = axis.strip.state(cell)
            draw_cell(canvas, state, (x, y, axis.cell, height), missing)
            if not axis.style.is_small:
                write_number(canvas, axis, cell, x, y)
        return
    step = max(1, int(1 / axis.cell))  # cells per px
    start, state = part.start, axis.strip.state(part.start)
    for cell in (*part[step::step], part.stop):
        following = axis.strip.state(cell)
        if following != state or cell == part.stop:
            width = (cell - start) * axis.cell
            x = left + (start - part.start) * axis.cell
            draw_cell(canvas, state, (x, y, width, height), missing)
            start, state = cell, following


def draw_cell(
    canvas: Canvas, state: State, box: tuple[float, float, float, float], missing: str = "dim"
) -> None:
    """Draw a cell or a run of cells of one state in a box of (x, y, width, height)."""
    if state == MISSING:
        canvas.rect(*box, "none", missing, stroke=0.75, dash="2 2")
        return
    fill, line, hatch = FILLS[state]
    canvas.rect(*box, fill, line, stroke=0.75)
    if hatch:
        draw_hatch(canvas, box, hatch)


def draw_hatch(canvas: Canvas, box: tuple[float, float, float, float], line: str) -> None:
    """Draw slanting lines inside a box."""
    x, y, width, height = box
    count = int((width + height) / SPACING)
    segments = []
    for index in range(1, count + 1):
        along = index * SPACING
        start = x + max(0.0, along - height), y + min(height, along)
        end = x + min(width, along), y + max(0.0, along - width)
        segments.append(f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}")
    if segments:
        path: dict[str, Value] = {
            "d": "".join(segments),
            "fill": "none",
            "stroke": line,
            "stroke-width": 0.5,
        }
        canvas.add("path", path)


def draw_open_end(canvas: Canvas, end: float, middle: float, *, to_left: bool = False) -> None:
    """Draw a jagged gap near the end of a bar that goes on beyond the figure."""
    sign = -1 if to_left else 1
    steps = ((5, -7), (2, -3), (5, 0), (2, 3), (5, 7))
    points = [(end - sign * x, middle + y) for x, y in steps]
    canvas.poly(points, line="paper", is_closed=False, stroke=2)


def write_number(canvas: Canvas, axis: Axis, cell: int, x: float, y: float) -> None:
    """Write the index of a cell into it, or what is there instead, if it fits."""
    state = axis.strip.state(cell)
    text = {PADDING: "0", MISSING: "?"}.get(state, str(cell))
    size = 10 if axis.cell >= 20 else 8
    is_lost = state == BEYOND
    if text_width(text, size, bold=is_lost) <= axis.cell - 2:
        fill = "dim" if state in (PADDING, MISSING) else "ink"
        baseline = y + axis.style.height / 2 + size * 0.36
        canvas.text(x + axis.cell / 2, baseline, text, size, "middle", fill, bold=is_lost)


def windows_drawn(axis: Axis) -> list[int]:
    """Return the numbers of the windows that lie in the cells that are drawn."""
    strip = axis.strip
    S = strip.window.S
    numbers: dict[int, None] = {}
    for part in axis.parts:
        first = max(0, -(-(part.start - strip.first) // S))
        stop = min(strip.positions, (part.stop - strip.first) // S + 1)
        most = stop if stop - first <= 1000 else first + 1000
        candidates = (*range(first, most), stop - 1)
        for index in candidates:
            if 0 <= index < stop and strip.start(index) + strip.window.F_eff <= part.stop:
                numbers[index] = None
    return list(numbers)


def draw_windows(canvas: Canvas, axis: Axis, y: float) -> float:
    """Draw a bar for each window, in as many lanes as overlap; return the lower edge."""
    numbers = windows_drawn(axis)
    window, style = axis.strip.window, axis.style
    lane_count = -(-window.F_eff // window.S)
    is_cut = lane_count > style.max_lanes
    if is_cut and len(numbers) > style.max_lanes:  # the staircase would not end
        numbers = [*numbers[: style.max_lanes - 1], numbers[-1]]
    bottom = y
    for position, index in enumerate(numbers):
        lane = position if is_cut else index % lane_count
        top = y + lane * style.step
        draw_window(canvas, axis, index, top)
        bottom = max(bottom, top + style.step)
    hidden = axis.strip.positions - len(numbers)
    if is_cut and hidden and not style.is_small:
        plural = "s" if hidden > 1 else ""
        canvas.text(axis.x, bottom + 9, f"{hidden:,} more window{plural} between", 10, fill="dim")
        bottom += 16
    return bottom


def draw_window(canvas: Canvas, axis: Axis, index: int, top: float) -> None:
    """Draw a window as a bar with the number of its output, or as a box for each tap."""
    window, bar = axis.strip.window, axis.style.bar
    left = axis.left(axis.strip.start(index))
    if left is None:
        return
    width = window.F_eff * axis.cell
    inset = INSET if axis.cell >= FINE else 0.3
    if axis.style.is_small:
        canvas.rect(left + inset, top, width - 2 * inset, bar, "other-line", radius=1)
        return
    if window.D > 1 and axis.cell >= FINE:
        middle = top + bar / 2
        canvas.line((left + inset, middle), (left + width - inset, middle), "other-line")
        for tap in range(window.F):
            x = left + tap * window.D * axis.cell + inset
            canvas.rect(x, top, axis.cell - 2 * inset, bar, "other", "other-line", radius=2)
        return
    canvas.rect(left + inset, top, width - 2 * inset, bar, "other", "other-line", radius=3)
    if text_width(str(index), 10) < width - 4:
        canvas.text(left + width / 2, top + 10, str(index), 10, "middle")


def draw_next(canvas: Canvas, axis: Axis, y: float) -> float:
    """Draw the window that would hang over the far edge, if there is one; return the lower edge."""
    strip, style = axis.strip, axis.style
    over = hanging(strip)
    left = axis.left(strip.start(strip.positions))
    if not over or (strip.window.ceil and strip.positions) or left is None:
        return y
    line = "bad-line" if axis.loses_cells else "dim"
    width = strip.window.F_eff * axis.cell
    radius = 1 if style.is_small else 3
    canvas.rect(left + 1.5, y, width - 3, style.bar, "none", line, dash="3 2", radius=radius)
    if not style.is_small:
        text = f"would hang over by {over:,}"
        if not strip.positions:
            text = f"needs {strip.window.F_eff:,} cells, has {strip.end - strip.first:,}"
        fits = text_width(text, 10) < width - 8
        x, anchor = (left + width / 2, "middle") if fits else (left - 4, "end")
        if not fits and not strip.positions:
            x, anchor = left + width + 4, "start"
        canvas.text(x, y + 10, text, 10, anchor, line)
    return y + style.step
