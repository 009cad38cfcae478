"""The parts of a graph: nodes, chains, frames of repetitions, and joins.

Chains with nested joins need no layout engine: every part knows how far it reaches to the left and
to the right of its axis, and how high it is. ``draw(canvas, x, y)`` draws it with its axis at x.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from cnnsize.pictures.canvas import Canvas, cut, text_width

NODE, GAP, LANE, FONT = 22.0, 22.0, 22.0, 11.0
LINE = 13.0  # px from one line of a node to the next
MAX_LINE = 30  # characters of a node in one line
FORK, MERGE = 16.0, 34.0  # px above and below the branches of a join
HALF = 9.0  # half the height of the sign of a join
SIGNS = {"ADD": "+", "CAT": "cat", "MUL": "\N{MULTIPLICATION SIGN}"}


class Part(Protocol):
    """Anything that has a place on an axis."""

    @property
    def left(self) -> float:
        """How far it reaches to the left of its axis."""

    @property
    def right(self) -> float:
        """How far it reaches to the right of its axis."""

    @property
    def height(self) -> float:
        """How high it is."""

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw it with its axis at x and its upper edge at y."""


class Node:
    """A layer with those that share its box, or the call of a block."""

    def __init__(self, texts: Sequence[str], kind: str, title: str, *, is_round: bool) -> None:
        joined = " + ".join(texts)
        lines = [joined] if len(joined) <= MAX_LINE else [texts[0], *(f"+ {t}" for t in texts[1:])]
        mark = "! " if kind == "bad" else ""
        self.texts = tuple(texts)
        self.lines = [mark + cut(lines[0]), *map(cut, lines[1:])]
        self.kind = kind
        self.title = title
        self.is_round = is_round
        width = max(text_width(line, FONT, mono=True) for line in self.lines) + 16
        self.left = self.right = width / 2
        self.height = NODE + LINE * (len(self.lines) - 1)

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the box with its lines."""
        canvas.rect(
            x - self.left,
            y,
            self.left + self.right,
            self.height,
            self.kind,
            f"{self.kind}-line",
            radius=11 if self.is_round else 3,
            title=self.title,
        )
        for index, line in enumerate(self.lines):
            canvas.text(x, y + 15 + LINE * index, line, FONT, "middle", mono=True)


class Frame:
    """A part that repeats, in a dashed frame with the number of iterations in its corner."""

    def __init__(self, inner: Part, badge: str) -> None:
        self.inner = inner
        self.badge = cut(badge, 24)
        self.badge_width = text_width(self.badge, 11, bold=True)
        self.left = inner.left + 8
        self.right = inner.right + 12 + self.badge_width
        self.height = inner.height + 16

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the frame around its part."""
        width = self.left + self.right
        canvas.rect(x - self.left, y, width, self.height, "none", "dim", dash="5 3", radius=5)
        canvas.text(x + self.right - 4, y + 14, self.badge, 11, "end", bold=True)
        canvas.line((x, y), (x, y + 8), "dim", 1.25)
        self.inner.draw(canvas, x, y + 8)
        canvas.line((x, y + 8 + self.inner.height), (x, y + self.height), "dim", 1.25)


class Chain:
    """Parts one below the other, with the volume right of each edge; empty for ID."""

    def __init__(self, parts: Sequence[Part], labels: Sequence[str]) -> None:
        self.parts = parts
        self.labels = labels
        reach = [6 + text_width(label, 10) for label in labels[:-1]]
        self.left = max([part.left for part in parts], default=6.0)
        self.right = max([*(part.right for part in parts), *reach], default=6.0)
        gaps = GAP * max(0, len(parts) - 1)
        self.height = sum(part.height for part in parts) + gaps

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the parts and the edges between them."""
        for index, part in enumerate(self.parts):
            if index:
                draw_edge(canvas, x, y, y + GAP, self.labels[index - 1])
                y += GAP
            part.draw(canvas, x, y)
            y += part.height


class Branch(NamedTuple):
    """A branch of a join. ``end`` is the volume at its end, if it is shown."""

    chain: Chain
    is_light: bool = False
    has_own_input: bool = False
    end: str = ""

    @property
    def right(self) -> float:
        """How far it reaches to the right of its lane."""
        return max(self.chain.right, 6 + text_width(self.end, 10))


class Join:
    """Branches side by side, and the sign of the join below.

    If one branch is heavy, it stays on the axis, and the others come in from the right.
    """

    def __init__(
        self, op: str, branches: Sequence[Branch], extras: str, title: str, *, is_faulty: bool
    ) -> None:
        self.op = op
        self.branches = branches
        self.sign = f"! {SIGNS[op]}" if is_faulty else SIGNS[op]
        self.extras = cut(extras)
        self.title = title
        self.is_faulty = is_faulty
        self.size = 12 if len(self.sign) == 1 else 10
        self.half = max(HALF, text_width(self.sign, self.size) / 2 + 4)
        heavy = [index for index, branch in enumerate(branches) if not branch.is_light]
        self.main = heavy[0] if len(heavy) == 1 else None
        self.lanes = self.place_lanes()
        lanes = zip(self.lanes, branches, strict=True)
        reach = [(x - b.chain.left, x + b.right) for x, b in lanes]
        beside = self.half + 6 + text_width(self.extras, 10, mono=True) + 4
        self.left = max(-min(left for left, _ in reach), self.half)
        self.right = max(*(right for _, right in reach), self.half)
        if self.main is not None:
            self.left = max(self.left, beside)
        else:
            self.right = max(self.right, beside)
        self.inner = max(branch.chain.height for branch in branches)
        self.height = FORK + self.inner + MERGE + 2 * HALF

    def place_lanes(self) -> list[float]:
        """Return the place of each branch, relative to the axis."""
        order = list(range(len(self.branches)))
        if self.main is not None:
            order.remove(self.main)
            order.insert(0, self.main)
        lanes = [0.0] * len(order)
        x = 0.0
        for position, index in enumerate(order):
            branch = self.branches[index]
            x += branch.chain.left + LANE if position else 0
            lanes[index] = x
            x += branch.right
        if self.main is None:
            middle = (lanes[0] + lanes[-1]) / 2
            lanes = [lane - middle for lane in lanes]
        return lanes

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the branches, the lines around them, and the sign."""
        draw_fork(canvas, x, y, self.lanes, self.branches)
        center = y + self.height - HALF
        bus = center if self.main is not None else y + FORK + self.inner + 20
        for index, branch in enumerate(self.branches):
            self.draw_branch(canvas, x, y, index, bus)
            if branch.end:
                role = "bad-line" if self.is_faulty or branch.end == "?" else "dim"
                end = y + FORK + self.inner + 10
                canvas.text(x + self.lanes[index] + 6, end, branch.end, 10, fill=role)
        self.draw_merge(canvas, x, center, bus)
        self.draw_sign(canvas, x, center)

    def draw_branch(self, canvas: Canvas, x: float, y: float, index: int, bus: float) -> None:
        """Draw a branch down to the line where the branches merge."""
        branch, lane = self.branches[index], x + self.lanes[index]
        role = "bad-line" if self.is_faulty else "join-line" if branch.is_light else "dim"
        top = y + FORK
        if branch.chain.parts:
            branch.chain.draw(canvas, lane, top)
        end = bus - HALF if index == self.main else bus
        canvas.line((lane, top + branch.chain.height), (lane, end), role, 1.25)

    def draw_merge(self, canvas: Canvas, x: float, center: float, bus: float) -> None:
        """Draw the line where the branches merge, with an arrow at the sign."""
        role = "bad-line" if self.is_faulty else "dim" if self.main is None else "join-line"
        edge = "bad-line" if self.is_faulty else "dim"
        low, high = x + min(self.lanes), x + max(self.lanes)
        if self.main is None:
            canvas.line((low, bus), (high, bus), role, 1.25)
            canvas.line((x, bus), (x, center - HALF), edge, 1.25)
        elif high > x:
            canvas.line((x + self.half, center), (high, center), role, 1.25)
            tip = x + self.half
            canvas.poly([(tip, center), (tip + 5.4, center - 3), (tip + 5.4, center + 3)], role)
        canvas.arrow_down(x, center - HALF, edge)

    def draw_sign(self, canvas: Canvas, x: float, center: float) -> None:
        """Draw the sign of the join and the layers that share it."""
        kind = "bad" if self.is_faulty else "join"
        width = 2 * self.half
        canvas.rect(
            x - self.half,
            center - HALF,
            width,
            18,
            kind,
            f"{kind}-line",
            radius=HALF,
            title=self.title,
        )
        canvas.text(x, center + 4, self.sign, self.size, "middle")
        if self.extras:
            is_left = self.main is not None
            place = x - self.half - 6 if is_left else x + self.half + 6
            anchor = "end" if is_left else "start"
            canvas.text(place, center + 4, self.extras, 10, anchor, "dim", mono=True)


class Outputs:
    """Branches that are outputs of the network, right of an axis that goes on."""

    def __init__(self, branches: Sequence[Branch]) -> None:
        self.branches = branches
        self.width = text_width("output", 10) + 14
        self.lanes: list[float] = []
        x = 6.0
        for branch in branches:
            x += max(branch.chain.left, self.width / 2) + LANE
            self.lanes.append(x)
            x += max(branch.right, self.width / 2, 6 + text_width(branch.end, 10))
        self.left, self.right = 6.0, x
        self.inner = max(branch.chain.height for branch in branches)
        self.height = FORK + self.inner + GAP + 18 + 8

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the branches, each with a mark at its end."""
        draw_fork(canvas, x, y, [0.0, *self.lanes], self.branches)
        canvas.line((x, y), (x, y + self.height), "dim", 1.25)
        for lane, branch in zip(self.lanes, self.branches, strict=True):
            branch.chain.draw(canvas, x + lane, y + FORK)
            end = y + FORK + branch.chain.height
            draw_edge(canvas, x + lane, end, end + GAP, branch.end)
            left = x + lane - self.width / 2
            canvas.rect(left, end + GAP, self.width, 18, "join", "join-line", radius=9)
            canvas.text(x + lane, end + GAP + 13, "output", 10, "middle")


def draw_fork(
    canvas: Canvas, x: float, y: float, lanes: Sequence[float], branches: Sequence[Branch]
) -> None:
    """Draw the lines from an axis to the branches that read it."""
    extra = len(lanes) - len(branches)  # the axis itself, where it goes on
    reading = [
        lane
        for lane, branch in zip(lanes[extra:], branches, strict=True)
        if not branch.has_own_input
    ]
    if not reading:
        return
    low, high = min(0.0, *reading, 0.0), max(0.0, *reading, 0.0)
    canvas.line((x, y), (x, y + 4), "dim", 1.25)
    if low < high:
        canvas.line((x + low, y + 4), (x + high, y + 4), "dim", 1.25)
    for lane, branch in zip(lanes[extra:], branches, strict=True):
        if branch.has_own_input:
            continue
        canvas.line((x + lane, y + 4), (x + lane, y + FORK), "dim", 1.25)
        if branch.chain.parts:
            canvas.arrow_down(x + lane, y + FORK, "dim")


def draw_edge(canvas: Canvas, x: float, top: float, bottom: float, label: str = "") -> None:
    """Draw an arrow down, with the volume right of it."""
    role = "bad-line" if label == "?" else "dim"
    canvas.line((x, top), (x, bottom - 1), role, 1.25)
    canvas.arrow_down(x, bottom, role)
    if label:
        canvas.text(x + 6, (top + bottom) / 2 + 2.5, label, 10, fill=role)
