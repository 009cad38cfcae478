"""The figure of a family as points: the parameters of its members against their MACs, both as logarithms."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import NamedTuple

from cnnsize.patterns.member import Member
from cnnsize.pictures.canvas import Canvas, Value, cut, number
from cnnsize.pictures.grid import draw_steps
from cnnsize.pictures.members import Entry, Sample, entry_text, steps_of
from cnnsize.pictures.request import Request
from cnnsize.render.units import compact_count

WIDTH, HEIGHT = 520.0, 280.0  # px of the panel
GAP = 50.0  # px below another figure
LEFT = 58.0  # px of the numbers beside it
MAX_POINTS = 2000  # members; more are drawn as squares that stand for many
FINE = 16  # squares to a decade, where there are few decades
MAX_SQUARES = 60  # along an axis
MAX_TICKS = 12
ZERO = -1.0  # where 0, which has no logarithm, is drawn
TITLE = 160  # characters of the title of a point
NOTE = 40  # characters of a line beside the panel


class Point(NamedTuple):
    """A member with the logarithms of its parameters and its MACs."""

    entry: Entry
    x: float
    y: float


class Square:
    """Members that lie close together."""

    def __init__(self) -> None:
        self.members = 0
        self.fields: list[str] = []  # roles of valid members

    def add(self, entry: Entry, role: str) -> None:
        """Count a member."""
        self.members += 1
        if entry.is_valid:
            self.fields.append(role)


def draw(sample: Sample, canvas: Canvas, request: Request) -> str:
    """Draw the members of a family as points, and return the smallest and the largest in words."""
    bounds = canvas.bounds
    top = 0.0 if bounds is None else bounds.bottom + GAP  # below what is drawn already
    return Scatter(sample, canvas, float(request.width or WIDTH), top).draw()


class Scatter:
    """Draw the members of a family."""

    def __init__(self, sample: Sample, canvas: Canvas, width: float, top: float) -> None:
        self.sample = sample
        self.survey = sample.survey
        self.canvas = canvas
        self.width = width
        self.top, self.bottom = top, top + HEIGHT
        self.steps = steps_of(self.survey.family)
        self.points: list[Point] = []
        self.squares: dict[tuple[int, int], Square] = {}
        self.without_numbers = 0
        self.collect()

    def collect(self) -> None:
        """Collect the points, or of too many members the squares."""
        is_large = len(self.sample.entries) > MAX_POINTS
        for entry in self.sample.entries:
            if entry.state.dead:
                self.without_numbers += 1
                continue
            x, y = logarithm(entry.state.params), logarithm(entry.state.macs)
            if is_large:
                key = floor(x * FINE), floor(y * FINE)
                role = self.steps.role(entry.field)
                self.squares.setdefault(key, Square()).add(entry, role)
            else:
                self.points.append(Point(entry, x, y))
        xs = [point.x for point in self.points] or [x / FINE for x, _ in self.squares] or [0.0]
        ys = [point.y for point in self.points] or [y / FINE for _, y in self.squares] or [0.0]
        self.low_x, self.high_x = floor(min(xs)), max(floor(max(xs)) + 1, floor(min(xs)) + 1)
        self.low_y, self.high_y = floor(min(ys)), max(floor(max(ys)) + 1, floor(min(ys)) + 1)

    def draw(self) -> str:
        """Draw everything, and return the ends of the family in words."""
        self.canvas.rect(LEFT, self.top, self.width, HEIGHT, "panel", "rule")
        self.scale()
        for point in sorted(self.points, key=lambda point: point.entry.is_valid):
            self.point(point)
        self.draw_squares()
        words = self.ends()
        y = draw_steps(self.canvas, self.steps, self.bottom + 58, "receptive field:")
        if any(not point.entry.is_valid for point in self.points):
            self.cross(7, y - 4)
            self.canvas.text(18, y, "not valid", 11, fill="dim")
            y += 20
        if self.squares:
            self.canvas.text(0, y, "a square stands for the members around it; dashed ones have members that are not valid", 11, fill="dim")  # fmt: skip
            y += 20
        if self.without_numbers:
            verb = "member does" if self.without_numbers == 1 else "members do"
            words.append(f"{self.without_numbers:,} {verb} not fit and have no place here")
            self.canvas.text(0, y, words[-1], 11, fill="dim")
        return ". ".join(words)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return the place in px of two logarithms."""
        right = (x - self.low_x) / (self.high_x - self.low_x)
        up = (y - self.low_y) / (self.high_y - self.low_y)
        return LEFT + self.width * right, self.bottom - HEIGHT * up

    def scale(self) -> None:
        """Draw the lines and the numbers of both axes."""
        for value, text in ticks(self.low_x, self.high_x):
            x, _ = self.place(value, self.low_y)
            self.canvas.line((x, self.top), (x, self.bottom), "rule", 0.75)
            self.canvas.text(x, self.bottom + 15, text, 10, "middle", "dim")
        for value, text in ticks(self.low_y, self.high_y):
            _, y = self.place(self.low_x, value)
            self.canvas.line((LEFT, y), (LEFT + self.width, y), "rule", 0.75)
            self.canvas.text(LEFT - 6, y + 4, text, 10, "end", "dim")
        self.canvas.text(LEFT + self.width / 2, self.bottom + 32, "parameters", 11, "middle")
        self.canvas.text(LEFT, self.top - 10, "MACs", 11)

    def point(self, point: Point) -> None:
        """Draw a member."""
        x, y = self.place(point.x, point.y)
        title = cut(entry_text(self.survey.family.choices, point.entry), TITLE)
        if point.entry.is_valid:
            role = self.steps.role(point.entry.field)
            self.canvas.circle(x, y, 4, role, "conv-line", title)
        else:
            self.cross(x, y, title)

    def cross(self, x: float, y: float, title: str = "") -> None:
        """Draw the mark of a member that is not valid."""
        path = f"M{number(x - 3)} {number(y - 3)}l6 6m0 -6l-6 6"
        attributes: dict[str, Value] = {
            "d": path,
            "fill": "none",
            "stroke": "bad-line",
            "stroke-width": 1.25,
        }
        self.canvas.cover(x - 4, y - 4, x + 4, y + 4)
        self.canvas.add("path", attributes, "", title)

    def draw_squares(self) -> None:
        """Draw the members that lie close together as squares, the larger the more."""
        decades = max(self.high_x - self.low_x, self.high_y - self.low_y)
        merged = max(1, ceil(decades * FINE / MAX_SQUARES))
        squares: dict[tuple[int, int], Square] = {}
        for (i, j), square in self.squares.items():
            target = squares.setdefault((i // merged, j // merged), Square())
            target.members += square.members
            target.fields += square.fields
        side = min(self.width / (self.high_x - self.low_x), HEIGHT / (self.high_y - self.low_y)) * (
            merged / FINE
        )
        for (i, j), square in sorted(squares.items()):
            x, y = self.place((i + 0.5) * merged / FINE, (j + 0.5) * merged / FINE)
            size = round(side * min(1.0, 0.4 + 0.2 * log10(square.members)), 1)
            roles, members = sorted(square.fields), square.members
            role = roles[len(roles) // 2] if roles else "bad"
            is_mixed = len(roles) < members
            title = f"{members:,} members, {len(roles):,} of them valid"
            line, dash = ("bad-line", "2 1") if is_mixed else ("conv-line", None)
            corner = x - size / 2, y - size / 2
            self.canvas.rect(*corner, size, size, role, line, stroke=0.75, dash=dash, title=title)

    def ends(self) -> list[str]:
        """Ring the smallest and the largest valid member, and return both in words."""
        words, y = [], self.top + 11
        left = LEFT + self.width + 20
        ends = (("smallest", self.survey.smallest), ("largest", self.survey.largest))
        for name, member in ends:
            if member is None:
                continue
            x, level = self.place(logarithm(member.params), logarithm(member.macs))
            self.canvas.circle(x, level, 7, "none", "ink")
            self.canvas.text(left, y, f"{name} (ringed)", 11, bold=True)
            lines = lines_of(member)
            for line in lines:
                y += 15
                self.canvas.text(left, y, cut(line, NOTE), 11, fill="dim", title=line)
            y += 26
            words.append(f"{name}: {', '.join(lines)}")
        return words


def lines_of(member: Member) -> list[str]:
    """Return a member in a few lines."""
    lines = [member.words, f"{member.params:,} params", f"{member.macs:,} MACs"]
    if member.receptive_field is not None:
        lines.append("receptive field {:,}x{:,}".format(*member.receptive_field))
    return lines


def logarithm(value: int) -> float:
    """Return log10, rounded so that it is the same on every system."""
    return round(log10(value), 6) if value else ZERO


def ticks(low: int, high: int) -> list[tuple[float, str]]:
    """Return the logarithms of an axis that have a line, with their numbers."""
    every = ceil((high - low) / MAX_TICKS)
    values = [float(exponent) for exponent in range(low, high + 1, every)]
    if high - low <= 2:
        values += [exponent + log10(k) for exponent in range(low, high) for k in (2, 5)]
    return [
        (value, "0" if value < 0 else tick_text(round(10 ** round(value, 6))))
        for value in sorted(values)
        if value >= 0 or value == ZERO
    ]


def tick_text(value: int) -> str:
    """Return a round number in short: ``20k``."""
    text = compact_count(value)
    number, unit = text.rstrip("kMGTPE"), text.lstrip("0123456789.")
    return f"{number.rstrip('0').rstrip('.')}{unit}" if "." in number else text
