"""The figure of a profile: a row for each layer, with bars for its numbers and its receptive field."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.layers.volume import PerAxis
from cnnsize.network import Network
from cnnsize.pictures.axis import draw_open_end
from cnnsize.pictures.canvas import Canvas, cut, text_width
from cnnsize.pictures.palette import KINDS
from cnnsize.pictures.request import Request
from cnnsize.pictures.slabs import entries_of
from cnnsize.record import replace
from cnnsize.render.rows import Costs, Entry, RowGroup, TableRow
from cnnsize.render.units import compact_count

COLUMNS = ("activations", "params", "MACs")
ROW, BAR, TRACK = 20.0, 12.0, 104.0
MAX_ROWS = 40  # of the deepest level of blocks that is drawn without --depth
MAX_NAMED = 90  # rows; more are drawn as thin lines, named where the volume changes
MIN_SHARE = 0.005  # smaller shares are not written
NAME_SPACING = 15.0  # px between the names of thin lines


class Line(NamedTuple):
    """A row of the figure. ``row`` is None for the head of a block, a join or a repetition."""

    text: str
    level: int
    row: TableRow | None = None
    values: tuple[int | None, ...] = ()  # of all iterations, in the order of COLUMNS
    field: PerAxis | None = None


def lines_of(entries: tuple[Entry, ...], level: int = 0, times: int = 1) -> list[Line]:
    """Return entries as rows, each with the sums over all its iterations."""
    lines: list[Line] = []
    for entry in entries:
        if isinstance(entry, TableRow):
            lines.append(line_of(entry, level, times))
        elif isinstance(entry, RowGroup):
            lines.append(Line(entry.head, level))
            for branch in entry.branches:
                lines += lines_of(branch, level + 1, times)
            if entry.tail is not None:
                operation = entry.head.rstrip("{")
                tail = replace(entry.tail, texts=(f"}} {operation}", *entry.tail.texts[1:]))
                lines.append(line_of(tail, level, times))
        elif len(entry.body) == 1 and isinstance(entry.body[0], TableRow):
            row = line_of(entry.body[0], level, times * entry.times)
            lines.append(row._replace(text=f"{row.text} x{entry.times:,}", field=entry.field))
        else:
            lines.append(Line(f"{entry.times:,} times:", level))
            lines += lines_of(entry.body, level + 1, times * entry.times)
    return lines


def line_of(row: TableRow, level: int, times: int) -> Line:
    """Return a row with its numbers."""
    text = " + ".join(row.texts)
    costs = Costs().plus(row.costs, times)
    values = (costs.activations, costs.params, costs.macs)
    return Line(f"! {text}" if row.is_faulty else text, level, row, values, row.field)


class Profile:
    """Draw the rows of a network."""

    def __init__(self, network: Network, canvas: Canvas, lines: list[Line]) -> None:
        self.canvas = canvas
        self.lines = lines
        self.size = network.input.W
        self.is_thin = len(lines) > MAX_NAMED
        self.height = max(2.0, min(6.0, 1400 / len(lines))) if self.is_thin else ROW
        self.named = self.named_lines()
        self.label_right = self.widest([self.label(lines[i]) for i in self.named], "layer") + 14
        volumes = [volume_text(lines[i]) for i in self.named]
        self.left = self.label_right + self.widest(volumes, "W x H x D") + 14
        self.pitch = TRACK + 22 + text_width("888.8M 100%", 10)  # from column to column
        self.totals = [sum(line.values[i] or 0 for line in lines if line.row) for i in range(3)]
        self.largest = [
            max([line.values[i] or 0 for line in lines if line.row] + [1]) for i in range(3)
        ]
        fields = [line.field for line in lines if line.field is not None]
        self.is_square = network.input.W == network.input.H and all(w == h for w, h in fields)
        self.limit = min(max([self.size, *(field[0] for field in fields)]), 2 * self.size)

    def label(self, line: Line) -> str:
        """Return the name of a row, indented by its level."""
        return "  " * min(line.level, 8) + cut(line.text)

    def widest(self, texts: list[str], head: str) -> float:
        """Return the width of a column of names."""
        return max(
            [text_width(text, 11, mono=True) for text in texts] + [text_width(head, 11)], default=0
        )

    def named_lines(self) -> list[int]:
        """Return the rows that are named: all, or of thin ones those where the volume changes."""
        if not self.is_thin:
            return list(range(len(self.lines)))
        named: list[int] = []
        volume = None
        for index, line in enumerate(self.lines):
            is_new = line.row is not None and line.row.output != volume
            is_faulty = line.row is not None and line.row.is_faulty
            is_apart = not named or (index - named[-1]) * self.height >= NAME_SPACING
            if is_apart and (is_new or is_faulty):
                named.append(index)
                volume = line.row.output if line.row is not None else None
        return named

    def draw(self) -> str:
        """Draw everything, and return the sentence at the foot."""
        field_name = "RF" if self.is_square else "RF (W)"
        heads = ["layer", "W x H x D", *COLUMNS, field_name]
        lefts = [0.0, self.label_right, *(self.left + i * self.pitch for i in range(4))]
        for head, left in zip(heads, lefts, strict=True):
            self.canvas.text(left, 0, head, 11, fill="dim")
        right = lefts[-1] + TRACK + 40
        self.canvas.line((0, 6), (right, 6))
        named = set(self.named)
        top = 10.0 if self.is_thin else 6.0
        for index, line in enumerate(self.lines):
            middle = top + (index + 0.5) * self.height
            if index in named:
                self.write_name(line, middle)
            if line.row is not None:
                self.draw_row(line, middle)
        return self.draw_foot(lefts[-1], top + len(self.lines) * self.height)

    def write_name(self, line: Line, middle: float) -> None:
        """Write the name of a row and its volume."""
        row = line.row
        role = "dim" if row is None else "bad-line" if row.is_faulty else "ink"
        bold = row is not None and row.is_faulty
        text = cut(line.text)
        left = text_width("  " * min(line.level, 8), 11, mono=True)
        title = line.text if text != line.text else ""
        self.canvas.text(left, middle + 4, text, 11, fill=role, mono=True, bold=bold, title=title)
        if row is not None:
            role = "bad-line" if row.output is None else "dim"
            volume = volume_text(line)
            self.canvas.text(self.label_right, middle + 4, volume, 11, fill=role, mono=True)

    def draw_row(self, line: Line, middle: float) -> None:
        """Draw the bars of a row."""
        row = line.row
        assert row is not None
        for index, value in enumerate(line.values):
            self.draw_value(line, index, value, self.left + index * self.pitch, middle)
        self.draw_field(line, self.left + len(COLUMNS) * self.pitch, middle)

    def draw_value(
        self, line: Line, index: int, value: int | None, left: float, middle: float
    ) -> None:
        """Draw the bar of one number, with the number and its share of the total."""
        role = role_of(line)
        self.draw_track(left, middle)
        if value is None:
            if not self.is_thin:
                self.canvas.text(left + TRACK + 5, middle + 3.5, "?", 10, fill="bad-line")
            return
        share = value / self.totals[index] if self.totals[index] else 0
        title = f"{line.text}: {value:,} {COLUMNS[index]}, {share:.1%}"
        if value:
            self.draw_bar(left, middle, TRACK * value / self.largest[index], role, title)
        if value and not self.is_thin:
            text = compact_count(value)
            if share >= MIN_SHARE:
                text += f" {share:.0%}"
            self.canvas.text(left + TRACK + 5, middle + 3.5, text, 10)

    def draw_field(self, line: Line, left: float, middle: float) -> None:
        """Draw the bar of a receptive field; one beyond the scale has an open end."""
        if line.field is None:
            is_fc = line.row is not None and line.row.kind == "FC" and line.row.output is not None
            if is_fc and not self.is_thin:
                self.canvas.text(left + TRACK + 5, middle + 3.5, "all", 10, fill="dim")
            return
        self.draw_track(left, middle)
        size = line.field[0]
        role = "shape" if size >= self.size else "other"
        width = TRACK * min(size, self.limit) / self.limit
        title = f"{line.text}: receptive field {line.field[0]:,}x{line.field[1]:,}"
        self.draw_bar(left, middle, width, role, title)
        if size > self.limit and not self.is_thin:
            draw_open_end(self.canvas, left + TRACK, middle)
        if not self.is_thin:
            self.canvas.text(left + TRACK + 5, middle + 3.5, f"{size:,}", 10)

    def draw_track(self, left: float, middle: float) -> None:
        """Draw the space that the largest bar of a column fills."""
        if not self.is_thin:
            self.canvas.rect(left, middle - BAR / 2, TRACK, BAR, "track")

    def draw_bar(self, left: float, middle: float, width: float, role: str, title: str) -> None:
        """Draw a bar; thin ones touch and have no outline."""
        height = self.height if self.is_thin else BAR
        line = None if self.is_thin else f"{role}-line"
        width = max(0.75, round(width, 1))
        self.canvas.rect(
            left, middle - height / 2, width, height, role, line, stroke=0.75, title=title
        )

    def draw_foot(self, left: float, bottom: float) -> str:
        """Draw the line at the size of the input, and write which rows reach it."""
        edge = left + TRACK * self.size / self.limit
        self.canvas.line((edge, 4), (edge, bottom + 2), "bad-line", 1.5, "4 2")
        text = f"input {self.size:,}"
        x = min(edge + text_width(text, 10) / 2, left + TRACK + 40)
        self.canvas.text(x, bottom + 14, text, 10, "end", "bad-line")
        sentence = self.sentence()
        if sentence:
            self.canvas.text(0, bottom + 32, sentence, 11, fill="dim")
        return sentence

    def sentence(self) -> str:
        """Return which row is the first with a receptive field as large as the input."""
        fields = [(line, line.field[0]) for line in self.lines if line.field is not None]
        if not fields:
            return ""
        for line, size in fields:
            if size >= self.size:
                return f"{cut(line.text.lstrip('} '))} is the first whose receptive field covers the input"
        size = fields[-1][1]
        return f"no receptive field covers the input: the last is {size:,} of {self.size:,}"


def draw(network: Network, canvas: Canvas, request: Request) -> str:
    """Draw the profile of a network, and return a description in words."""
    lines = lines_of(entries_of(network, request.depth, MAX_ROWS))
    sentence = Profile(network, canvas, lines).draw()
    return f"{len(lines)} rows. {sentence}"


def volume_text(line: Line) -> str:
    """Return the output of a row."""
    if line.row is None:
        return ""
    return "?" if line.row.output is None else str(line.row.output)


def role_of(line: Line) -> str:
    """Return the role of a row's colour."""
    row = line.row
    assert row is not None
    if row.is_faulty:
        return "bad"
    return KINDS.get(row.kind, "other") if row.kind else "conv"
