"""The figure of a family as grids: a cell for each member, and a line where valid members end.

Rows and columns are the letters that validity depends on, then other counts. A further choice has a
grid for each of its values, or else its members share a cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from math import prod
from typing import NamedTuple

from cnnsize.patterns.choices import Choice
from cnnsize.patterns.survey import Survey
from cnnsize.pictures.axis import draw_hatch
from cnnsize.pictures.canvas import Canvas, cut, text_width
from cnnsize.pictures.members import (
    Entry,
    Range,
    Sample,
    Steps,
    entry_text,
    steps_of,
    widened,
)
from cnnsize.pictures.palette import INKS
from cnnsize.pictures.request import Request
from cnnsize.render.units import compact_count

MAX_GRIDS, MAX_ROWS, MAX_COLUMNS = 8, 24, 12
WIDTH = 1500.0  # px
GAP, LINE, TITLE = 26.0, 13.0, 34.0  # px: between grids, of a line in a cell, above the cells
MAX_LINE, MAX_GRID_TITLE = 120, 70  # characters
Key = tuple[int, ...]  # bins: of the choices with grids, of the rows, of the columns


class Bins(NamedTuple):
    """The values of a choice in groups of consecutive ones, ``size`` each."""

    choice: Choice
    position: int  # in the choices of the family
    size: int

    @property
    def groups(self) -> int:
        """The number of groups."""
        return -(-len(self.choice.values) // self.size)

    def words(self, index: int) -> str:
        """Return a group in words: ``M = 3``, ``M = 4..7``, ``with POOL``."""
        values = self.choice.values[index * self.size : (index + 1) * self.size]
        first = self.choice.words(values[0])
        return first if len(values) == 1 else f"{first}..{values[-1]}"


def bins_of(choice: Choice, position: int, most: int) -> Bins:
    """Return the values of a choice in at most so many groups."""
    return Bins(choice, position, -(-len(choice.values) // most))


class Plan(NamedTuple):
    """Which choices are rows, columns and grids; the members of the others share cells."""

    rows: Bins | None
    columns: Bins | None
    grids: tuple[Bins, ...]
    shared: tuple[Choice, ...]

    @property
    def axes(self) -> tuple[Bins, ...]:
        """The choices of the keys of cells, in order."""
        return (*self.grids, *(bins for bins in (self.rows, self.columns) if bins is not None))


def plan_of(survey: Survey) -> Plan:
    """Return the plan of the grids of a family."""
    family = survey.family
    choices = family.choices
    deciding = set(survey.region.axes) if survey.region is not None else set(range(len(choices)))
    widths = family.widths

    def rank(position: int) -> tuple[bool, bool, bool, int, int]:
        choice = choices[position]
        is_width = position in widths
        return (
            choice.optional,
            position not in deciding,
            is_width,
            -len(choice.values),
            position,
        )

    order = sorted(range(len(choices)), key=rank)
    grids, shared, count = [], [], 1
    for position in sorted(order[2:], key=lambda i: (i not in deciding, len(choices[i].values), i)):
        size = len(choices[position].values)
        if count * size <= MAX_GRIDS:
            grids.append(position)
            count *= size
        else:
            shared.append(position)
    return Plan(
        bins_of(choices[order[0]], order[0], MAX_ROWS) if order else None,
        bins_of(choices[order[1]], order[1], MAX_COLUMNS) if len(order) > 1 else None,
        tuple(Bins(choices[position], position, 1) for position in sorted(grids)),
        tuple(choices[position] for position in sorted(shared)),
    )


class Cell:
    """The members of a cell."""

    __slots__ = ("field", "first", "has_unknown_field", "members", "params", "valid")

    def __init__(self, first: Entry) -> None:
        self.first = first
        self.members = 0
        self.valid = 0
        self.params: Range | None = None  # of valid members
        self.field: Range | None = None

    def add(self, entry: Entry) -> None:
        """Count a member."""
        self.members += 1
        if entry.is_valid:
            self.valid += 1
            self.params = widened(self.params, entry.state.params)
            self.field = widened(self.field, entry.field)

    @property
    def state(self) -> str:
        """Whether ``all`` members are valid, ``none``, or ``some``."""
        if not self.valid:
            return "none"
        return "all" if self.valid == self.members else "some"

    @property
    def lines(self) -> list[str]:
        """What is written into the cell."""
        if self.params is None:
            return ["x"]
        field = "?" if self.field is None else range_text(self.field)
        lines = [range_text(self.params), f"RF {field}"]
        if self.state == "some":
            lines.append(f"{self.valid:,} of {self.members:,} valid")
        return lines


def range_text(bounds: Range) -> str:
    """Return a number, or a range: ``30.7k``, ``30.7k .. 1.2M``."""
    low, high = map(compact_count, bounds)
    return low if low == high else f"{low} .. {high}"


def cells_of(entries: Iterable[Entry], plan: Plan) -> dict[Key, Cell]:
    """Return the cells of all grids."""
    bins = [
        (
            axis.position,
            {value: place // axis.size for place, value in enumerate(axis.choice.values)},
        )
        for axis in plan.axes
    ]
    cells: dict[Key, Cell] = {}
    for entry in entries:
        key = tuple([places[entry.choices[position]] for position, places in bins])
        cell = cells.get(key)
        if cell is None:
            cell = cells[key] = Cell(entry)
        cell.add(entry)
    return cells


def draw(sample: Sample, canvas: Canvas, request: Request) -> str:
    """Draw the grids of a family, and return the boundary in words."""
    grids = Grids(sample, canvas)
    grids.draw(request.width or WIDTH)
    return "; ".join(filter(None, (sample.note, *grids.lines)))


class Grids:
    """Draw all grids of a family."""

    def __init__(self, sample: Sample, canvas: Canvas) -> None:
        survey = sample.survey
        self.sample = sample
        self.canvas = canvas
        self.lines = sample.boundary()
        self.choices = survey.family.choices
        self.plan = plan = plan_of(survey)
        self.cells = cells = cells_of(sample.entries, plan)
        self.states = {cell.state for cell in cells.values()}
        self.steps = steps_of(survey.family)
        lines = [cell.lines for cell in cells.values()]
        self.row_heads = heads_of(plan.rows)
        self.column_heads = heads_of(plan.columns)
        texts = [*(line for cell in lines for line in cell), *self.column_heads]
        self.cell_width = max(50.0, max(text_width(text, 10) for text in texts) + 10)
        self.cell_height = 6 + LINE * max(map(len, lines)) + (4 if "some" in self.states else 0)
        self.left = max(text_width(text, 10) for text in self.row_heads) + 6

    def draw(self, room: float) -> None:
        """Draw the grids in rows of at most this width, then the legend and the boundary in words."""
        width = self.left + self.cell_width * len(self.column_heads)
        height = TITLE + self.cell_height * len(self.row_heads)
        places = list(product(*[range(bins.groups) for bins in self.plan.grids]))
        titles = [self.title(place) for place in places]
        width = max(width, *(text_width(title, 11, bold=True) for title in titles))
        across = max(1, int((room + GAP) // (width + GAP)))
        if self.plan.grids and self.plan.grids[-1].groups <= across:
            across -= across % self.plan.grids[-1].groups
        for index, place in enumerate(places):
            row, column = divmod(index, across)
            self.grid(column * (width + GAP), row * (height + GAP), place, titles[index])
        bottom = -(-len(places) // across) * (height + GAP)
        self.notes(self.legend(bottom))

    def title(self, place: Key) -> str:
        """Return the choices of a grid in words."""
        pairs = zip(self.plan.grids, place, strict=True)
        return cut(", ".join(bins.words(index) for bins, index in pairs), MAX_GRID_TITLE)

    def grid(self, left: float, top: float, place: Key, title: str) -> None:
        """Draw a grid from its upper left corner."""
        if title:
            self.canvas.text(left, top + 11, title, 11, bold=True)
        left, first = left + self.left, top + TITLE
        for column, head in enumerate(self.column_heads):
            x = left + (column + 0.5) * self.cell_width
            self.canvas.text(x, first - 6, head, 10, "middle", "dim")
        for row, head in enumerate(self.row_heads):
            y = first + (row + 0.5) * self.cell_height + 4
            self.canvas.text(left - 6, y, head, 10, "end", "dim")
        for row, column in product(range(len(self.row_heads)), range(len(self.column_heads))):
            x, y = left + column * self.cell_width, first + row * self.cell_height
            self.cell(self.cells[self.key(place, row, column)], x, y)
        for start, end in self.boundary(place):
            points = [
                (left + column * self.cell_width, first + row * self.cell_height)
                for row, column in (start, end)
            ]
            self.canvas.line(points[0], points[1], "ink", 2.5)

    def key(self, place: Key, row: int, column: int) -> Key:
        """Return the key of a cell."""
        rows = () if self.plan.rows is None else (row,)
        columns = () if self.plan.columns is None else (column,)
        return (*place, *rows, *columns)

    def boundary(self, place: Key) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Return the lines between cells of a grid of which one has more valid members, as corners
        (row, column) of cells.
        """
        lines = []
        rows, columns = len(self.row_heads), len(self.column_heads)
        states = {
            (row, column): self.cells[self.key(place, row, column)].state
            for row, column in product(range(rows), range(columns))
        }
        for (row, column), state in states.items():
            below, beside = states.get((row + 1, column)), states.get((row, column + 1))
            if below not in (None, state):
                lines.append(((row + 1, column), (row + 1, column + 1)))
            if beside not in (None, state):
                lines.append(((row, column + 1), (row + 1, column + 1)))
        return lines

    def cell(self, cell: Cell, x: float, y: float) -> None:
        """Draw a cell with its numbers."""
        width, height = self.cell_width, self.cell_height
        role, ink = "bad", "ink"
        if cell.valid:
            role = self.steps.role(None if cell.field is None else cell.field[0])
            ink = INKS[role]
        title = self.cell_title(cell)
        self.canvas.rect(x, y, width, height, role, "paper", title=title)
        if not cell.valid:
            draw_hatch(self.canvas, (x, y, width, height), "bad-line")
            side = 16.0
            self.canvas.rect(x + (width - side) / 2, y + (height - side) / 2, side, side, "bad")
        elif cell.state == "some":
            share = width * (cell.members - cell.valid) / cell.members
            self.canvas.rect(x, y + height - 6, share, 6, "bad", "bad-line", stroke=0.75)
            draw_hatch(self.canvas, (x, y + height - 6, share, 6), "bad-line")
        lines = cell.lines
        room = height - (4 if "some" in self.states and cell.valid else 0)
        baseline = y + room / 2 - LINE * (len(lines) - 1) / 2 + 3.5
        for index, line in enumerate(lines):
            middle = x + width / 2
            bold = not cell.valid
            self.canvas.text(middle, baseline + LINE * index, line, 10, "middle", ink, bold=bold)

    def cell_title(self, cell: Cell) -> str:
        """Return a cell in words, with exact numbers."""
        if cell.members == 1:
            return entry_text(self.choices, cell.first)
        words = f"{cell.valid:,} of {cell.members:,} members are valid"
        if cell.params is not None:
            words += f"; {cell.params[0]:,} to {cell.params[1]:,} params"
        if cell.field is not None:
            words += f"; receptive field {cell.field[0]:,} to {cell.field[1]:,}"
        return words

    def legend(self, y: float) -> float:
        """Write what the cells mean, and return the next baseline."""
        y = draw_steps(self.canvas, self.steps, y, "parameters and receptive field (RF):")
        x = 0.0
        if self.states != {"all"}:
            draw_bad_sample(self.canvas, x, y)
            x += 32 + self.canvas.text(x + 18, y, "x not valid", 11, fill="dim")
        if len(self.states) > 1:
            self.canvas.line((x, y - 4), (x + 18, y - 4), "ink", 2.5)
            x += 24 + self.canvas.text(x + 24, y, "boundary of the valid members", 11, fill="dim")
        return y + 22 if x else y + 2

    def notes(self, y: float) -> None:
        """Write which members share a cell, and the boundary in words."""
        plan = self.plan
        notes = [self.sample.note] if self.sample.note else []
        if plan.shared:
            count = prod(len(choice.values) for choice in plan.shared)
            names = " and ".join(choice.name for choice in plan.shared)
            what = "values" if len(plan.shared) == 1 else "combinations"
            notes.append(f"the {count:,} {what} of {names} share a cell")
        notes += [
            f"{bins.size:,} values of {bins.choice.name} share a cell"
            for bins in plan.axes
            if bins.size > 1
        ]
        for note in notes:
            self.canvas.text(0, y, cut(note, MAX_LINE), 11, fill="dim", title=note)
            y += 16
        y += 4
        for line in self.lines:
            self.canvas.text(0, y, cut(line, MAX_LINE), 12, bold=True, title=line)
            y += 18


def heads_of(bins: Bins | None) -> list[str]:
    """Return the heads of rows or columns; one empty head where there is no choice."""
    if bins is None:
        return [""]
    return [cut(bins.words(index), 24) for index in range(bins.groups)]


def draw_steps(canvas: Canvas, steps: Steps, y: float, words: str) -> float:
    """Write which colour is which receptive field, and return the next baseline."""
    x = canvas.text(0, y, words, 11, fill="dim") + 10
    for step, text in enumerate(steps.words):
        canvas.rect(x, y - 10, 14, 12, f"step-{step}", "dim", stroke=0.75)
        x += 26 + canvas.text(x + 18, y, text, 11, fill="dim")
    return y + 20


def draw_bad_sample(canvas: Canvas, x: float, y: float) -> None:
    """Draw a small cell as those of members that are not valid."""
    canvas.rect(x, y - 10, 14, 12, "bad", "bad-line", stroke=0.75)
    draw_hatch(canvas, (x, y - 10, 14, 12), "bad-line")
