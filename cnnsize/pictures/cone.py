"""The figure of a receptive field: what one position reads of every map down to the input.

All maps lie over the same cells of the input. A position of a map is as wide as its jump, and
centred on the cells that it reads, so the maps form a cone whose base is the receptive field.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from cnnsize.network import Network
from cnnsize.pictures.axis import draw_hatch, draw_open_end
from cnnsize.pictures.canvas import Canvas, Value, cut, number, text_width
from cnnsize.pictures.request import Request, layer_refusal
from cnnsize.pictures.trail import Cells, Level, Trail
from cnnsize.sizing.follow import followed_layers
from cnnsize.sizing.growth import MAP_ENDS
from cnnsize.sizing.outline import Step

ROOM, PITCH, HEIGHT = 620.0, 26.0, 14.0  # px: of all maps, from map to map, of one
FINE = 5.0  # px; the borders of smaller cells are not drawn
MAX_MAPS = 40
MAX_WORK = 60_000  # layers followed for all maps that are drawn
MAX_FAULTS = 4  # that are named
AXES = "WH"
FOOT = "theoretical: which cells can have an influence on the position, not how much"


class Drawn(NamedTuple):
    """A map that is drawn, with the cells that the position reads of it."""

    level: Level
    cells: Cells | None

    @property
    def width(self) -> int:
        """The number of cells."""
        return 0 if self.cells is None else self.cells[1] - self.cells[0] + 1


def draw(network: Network, canvas: Canvas, request: Request) -> str:
    """Draw the receptive field of one position of a layer, and return it in words.

    It is the layer at the path ``request.layer``, by default the last feature map; and the position
    ``request.unit``, by default that in the middle. Raises ValueError where there is none.
    """
    step = step_of(network, request.layer)
    trails = [Trail(network, step.path, axis) for axis in (0, 1)]
    units = [unit_of(trail, request.unit, axis, step) for axis, trail in enumerate(trails)]
    is_square = (trails[0].levels, units[0]) == (trails[1].levels, units[1])
    words, y = [], write_faults(network, canvas)
    for axis in (0,) if is_square else (0, 1):
        maps = drawn_maps(trails[axis], units[axis])
        along = "along W and H" if is_square else f"along {AXES[axis]}"
        sentence = sentence_of(maps, units[axis], along)
        canvas.text(0, y, sentence, 12, bold=True)
        y = draw_maps(canvas, maps, y + 22, request.width or ROOM)
        left_out = len(trails[axis].levels) - len(maps)
        if left_out:
            canvas.text(0, y, f"and {left_out:,} maps between", 11, fill="dim")
            y += 18
        words.append(f"{sentence}.")
        y += 14
    canvas.text(0, y, FOOT, 11, fill="dim")
    return " ".join(words)


def write_faults(network: Network, canvas: Canvas) -> float:
    """Write which layers do not fit, and return the next baseline."""
    y = 0.0
    faulty = {problem.item.start: problem for problem in network.problems}
    for problem in list(faulty.values())[:MAX_FAULTS]:
        _, text = network.architecture.piece(problem.item.span)
        end = ": the cone ends before it" if problem.sizing.output is None else ""
        canvas.text(0, y, f"! {cut(text)} does not fit{end}", 12, fill="bad-line", bold=True)
        y += 20
    return y


def step_of(network: Network, path: str | None) -> Step:
    """Return the layer at a path; without one, the last that still has a feature map."""
    known = [
        step
        for step in network.steps
        if step.receptive_field is not None and all(step.receptive_field)
    ]
    if path is None:
        maps = [step for step in known if step.kind not in MAP_ENDS] or known
        same = [step for step in maps if step.receptive_field == network.receptive_field]
        if not maps:
            raise ValueError("no layer of this network has a receptive field of known size")
        return (same or maps)[-1]
    step = next((step for step in known if step.path == path), None)
    if step is None:
        paths = [step.path for step in known]
        lacks, having = "has no single receptive field", "layers with one"
        raise ValueError(layer_refusal(network, path, paths, lacks=lacks, having=having))
    return step


def unit_of(trail: Trail, unit: tuple[int, int] | None, axis: int, step: Step) -> int:
    """Return the position along an axis. Raises ValueError for one outside the map."""
    if unit is None:
        return trail.central_position()
    size = trail.levels[-1].size
    if not 0 <= unit[axis] < size:
        raise ValueError(
            f"unit {unit[axis]:,}: the positions of {cut(step.canonical)} along {AXES[axis]} are "
            f"0 to {size - 1:,}"
        )
    return unit[axis]


def drawn_maps(trail: Trail, unit: int) -> list[Drawn]:
    """Return the maps to draw, the input first: of many, those where the jump changes and some
    between.
    """
    levels = trail.levels
    most = max(4, min(MAX_MAPS, MAX_WORK // followed_layers(trail.network.rows)))
    shown = set(range(len(levels)))
    if len(levels) > most:
        changes = [
            index for index in range(1, len(levels)) if levels[index].jump != levels[index - 1].jump
        ]
        ends = [0, len(levels) - 1]
        free = most - len(ends) - min(len(changes), most // 2)
        every = -(-len(levels) // max(1, free))
        shown = {*ends, *changes[: most // 2], *range(0, len(levels), every)}
    return [Drawn(levels[index], trail.cells(levels[index], unit)) for index in sorted(shown)]


def sentence_of(maps: list[Drawn], unit: int, along: str) -> str:
    """Return how many cells of the input the position reads."""
    source, last = maps[0], maps[-1].level
    position = f"{cut(last.text)}, position {unit:,} of 0 to {last.size - 1:,} {along}"
    if source.cells is None:
        return f"{position}: reads no cell of the input"
    size, (low, high) = source.level.size, source.cells
    first, end = max(0, low), min(size - 1, high)
    if first > end:
        cells = "all of them padding"
    elif end - first + 1 == size:
        cells = f"covers the input of {size:,}"
    else:
        cells = f"input cell {first:,} of {size:,}"
        if first < end:
            cells = f"input cells {first:,} to {end:,} of {size:,}"
        cells += "" if (first, end) == (low, high) else " and padding"
    return f"{position}: receptive field {source.width:,}, {cells}"


class Scale(NamedTuple):
    """Places in px of cells of the input. ``low`` and ``high`` are the cells at both ends."""

    left: float
    width: float
    low: float
    high: float

    def x(self, cell: float) -> float:
        """Return the place of a cell, or of the end of the figure that is nearer."""
        inside = max(self.low, min(self.high, cell))
        return self.left + (inside - self.low) / (self.high - self.low) * self.width

    def edges(self, level: Level, cells: Cells) -> tuple[float, float]:
        """Return the left edge of the first and the right edge of the last of some cells, in px."""
        low, high = self.cells(level, cells)
        return self.x(low), self.x(high)

    @staticmethod
    def cells(level: Level, cells: Cells) -> tuple[float, float]:
        """Return the same edges in cells of the input."""
        step, begin = level.jump, level.begin
        first, last = begin + (2 * cells[0] - 1) * step / 2, begin + (2 * cells[1] + 1) * step / 2
        return float(first), float(last)


def scale_of(maps: list[Drawn], left: float, width: float) -> Scale:
    """Return the scale on which all maps fit; of cells outside the input at most as many as inside."""
    size = maps[0].level.size
    low, high = -0.5, float(size) - 0.5
    for level, cells in maps:
        first, last = (0, level.size - 1) if cells is None else cells
        ends = Scale.cells(level, (min(first, 0), max(last, level.size - 1)))
        low, high = min(low, ends[0]), max(high, ends[1])
    return Scale(left, width, max(low, -float(size)), min(high, 2.0 * size))


def draw_maps(canvas: Canvas, maps: list[Drawn], y: float, width: float) -> float:
    """Draw the maps, the input at the bottom, with the cone behind them; return the lower edge."""
    maps = maps[::-1]
    names = [cut(drawn.level.text) for drawn in maps]
    left = max(text_width(name, 11, mono=True) for name in (*names, "layer")) + 14
    scale = scale_of(maps[::-1], left, width)
    counts = [count_text(drawn) for drawn in maps]
    right = left + width + 14
    jumps = right + max(text_width(text, 11) for text in (*counts, "cells read")) + 14
    for x, head in ((0.0, "layer"), (right, "cells read"), (jumps, "jump")):
        canvas.text(x, y, head, 11, fill="dim")
    top = y + 12
    for index, (above, below) in enumerate(pairwise(maps)):
        draw_slope(canvas, scale, above, below, top + index * PITCH)
    for index, drawn in enumerate(maps):
        row = top + index * PITCH
        draw_map(canvas, scale, drawn, row)
        text = drawn.level.text
        title = text if names[index] != text else ""
        canvas.text(0, row + 11, names[index], 11, mono=True, title=title)
        canvas.text(right, row + 11, counts[index], 11)
        canvas.text(jumps, row + 11, jump_text(drawn.level), 11, fill="dim")
    return top + len(maps) * PITCH + 6


def draw_slope(canvas: Canvas, scale: Scale, above: Drawn, below: Drawn, y: float) -> None:
    """Draw the part of the cone between two maps, of which the upper one is at y."""
    if above.cells is None or below.cells is None:
        return
    left, right = scale.edges(above.level, above.cells)
    lower_left, lower_right = scale.edges(below.level, below.cells)
    top, bottom = y + HEIGHT, y + PITCH
    points = [(left, top), (right, top), (lower_right, bottom), (lower_left, bottom)]
    canvas.poly(points, "conv-top")


def draw_map(canvas: Canvas, scale: Scale, drawn: Drawn, y: float) -> None:
    """Draw a map, the cells that are read of it, and those outside it as padding."""
    level, cells = drawn
    left, right = scale.edges(level, (0, level.size - 1))
    canvas.rect(left, y, right - left, HEIGHT, "paper", "rule", stroke=0.75)
    draw_borders(canvas, scale, level, (0, level.size - 1), y, "rule")
    if cells is None:
        return
    name = f"{level.text}: reads {drawn.width:,} cells, {cells[0]:,} to {cells[1]:,}"
    title = f"{name}, of a map of {level.size:,}; jump {jump_text(level)}"
    first, last = max(0, cells[0]), min(level.size - 1, cells[1])
    if first <= last:
        left, right = scale.edges(level, (first, last))
        canvas.rect(left, y, right - left, HEIGHT, "conv", "conv-line", stroke=0.75, title=title)
        draw_borders(canvas, scale, level, (first, last), y, "conv-line")
    for low, high in ((cells[0], min(-1, cells[1])), (max(level.size, cells[0]), cells[1])):
        if low <= high:
            left, right = scale.edges(level, (low, high))
            canvas.rect(left, y, right - left, HEIGHT, "paper", "dim", stroke=0.75, title=title)
            draw_hatch(canvas, (left, y, right - left, HEIGHT), "dim")
    start, stop = scale.cells(level, cells)
    if start < scale.low:
        draw_open_end(canvas, scale.left, y + HEIGHT / 2, to_left=True)
    if stop > scale.high:
        draw_open_end(canvas, scale.left + scale.width, y + HEIGHT / 2)


def draw_borders(
    canvas: Canvas, scale: Scale, level: Level, cells: Cells, y: float, line: str
) -> None:
    """Draw the borders between some cells of a map, where there is room for them."""
    left, right = scale.edges(level, cells)
    count = cells[1] - cells[0] + 1
    if count < 2 or (right - left) / count < FINE:
        return
    ends = (scale.edges(level, (cell, cell))[0] for cell in range(cells[0] + 1, cells[1] + 1))
    path = "".join(f"M{number(x)} {number(y)}v{number(HEIGHT)}" for x in ends)
    attributes: dict[str, Value] = {
        "d": path,
        "fill": "none",
        "stroke": line,
        "stroke-width": 0.75,
    }
    canvas.add("path", attributes)


def count_text(drawn: Drawn) -> str:
    """Return how many cells of a map are read: ``5 of 14``, or ``19, map 14`` beyond its edges."""
    size, cells = drawn.level.size, drawn.cells
    is_inside = cells is not None and cells[0] >= 0 and cells[1] < size
    count = f"{drawn.width:,}"
    return f"{count} of {size:,}" if is_inside or cells is None else f"{count}, map {size:,}"


def jump_text(level: Level) -> str:
    """Return the jump of a map: ``16``, ``1/2`` after upsampling."""
    return str(level.jump)
