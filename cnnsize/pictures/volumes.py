"""The figure of volumes: oblique boxes from left to right, as in the papers of LeNet and VGG.

A stage is a run of boxes with equal W x H. Its layers are a list below it.
"""

from __future__ import annotations

from math import log2, sqrt
from typing import NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.network import Network
from cnnsize.pictures.canvas import Canvas, cut, text_width
from cnnsize.pictures.palette import KINDS, WORDS
from cnnsize.pictures.request import Request
from cnnsize.pictures.slabs import Layout, Slab, entries_of
from cnnsize.record import Record, replace

OBLIQUE = 0.36  # of a side
LARGEST = 150.0  # px, of a side
MAX_SCALE = 2.5
GAP, STAGE_GAP, LEVEL = 4.0, 16.0, 18.0
BAR = 8.0  # thickness of a vector
MAX_COPIES = 3  # boxes of a repetition
MAX_BOXES = 60  # above, a stage has at most MAX_COPIES
MAX_STAGES = 30
LAST_STAGES = 8  # that are drawn where stages are left out
MAX_LINES = 9  # under a stage
NAME = 28  # characters of a name
LINE = 13  # px


class Line(NamedTuple):
    """A line of the list under a stage."""

    text: str
    role: str
    title: str = ""


class Stage(Record):
    """Consecutive slabs with equal W x H, by their indices; ``hidden`` of them have no box."""

    slabs: tuple[tuple[int, Slab], ...]
    hidden: int = 0
    skipped: int = 0  # stages that are left out here
    remaining: int = 0  # slabs after one without a size

    @property
    def volume(self) -> Volume | None:
        """The volume of the first slab."""
        return self.slabs[0][1].volume if self.slabs else None


class Place(NamedTuple):
    """Where an arc meets a slab: a point of its top face."""

    x: float
    y: float


class Caption(NamedTuple):
    """What is written around a stage once all heights are known."""

    left: float
    right: float  # of the front of the last box
    end: float  # of everything that belongs to the stage
    top: float
    label_left: float
    size: str
    lines: list[Line]


def draw(network: Network, canvas: Canvas, request: Request) -> str:
    """Draw the volumes of a network, and return a description in words."""
    layout = Layout(entries_of(network, request.depth))
    drawing = Drawing(canvas, layout)
    drawing.draw()
    count = len(layout.slabs)
    return f"{count} volume{'s' if count != 1 else ''}, from {layout.slabs[0].name}."


def stages_of(slabs: list[Slab]) -> list[Stage]:
    """Return the slabs in stages. Nothing follows a slab without a size."""
    is_long = sum(min(slab.times, MAX_COPIES) for slab in slabs) > MAX_BOXES
    runs: list[list[tuple[int, Slab]]] = []
    remaining = 0
    for index, slab in enumerate(slabs):
        before = runs[-1][-1][1].volume if runs else None
        if before is not None and slab.volume is not None and before[:2] == slab.volume[:2]:
            is_same = is_long or slab.volume[:2] != (1, 1)
        else:
            is_same = False
        if is_same:
            runs[-1].append((index, slab))
        else:
            runs.append([(index, slab)])
        if slab.volume is None:
            remaining = len(slabs) - index - 1
            break
    hides = is_long and any(len(run) > MAX_COPIES for run in runs)
    stages = [Stage(tuple(run), max(0, len(run) - MAX_COPIES) if hides else 0) for run in runs]
    if stages:
        stages[-1] = replace(stages[-1], remaining=remaining)
    if len(stages) <= MAX_STAGES:
        return stages
    first = MAX_STAGES - LAST_STAGES
    skipped = Stage((), skipped=len(stages) - MAX_STAGES)
    return [*stages[:first], skipped, *stages[-LAST_STAGES:]]


def list_of(stage: Stage) -> list[Line]:
    """Return the lines under a stage; equal layers in a row are one line."""
    if stage.skipped:
        return [Line(f"{stage.skipped:,} sizes", "dim"), Line("not drawn", "dim")]
    sums: list[Slab] = []
    for _, slab in stage.slabs:
        last = sums[-1] if sums else None
        if last is not None and _label(last) == _label(slab):
            sums[-1] = replace(last, times=last.times + slab.times)
        else:
            sums.append(slab)
    lines = []
    for slab in sums:
        times = f" x{slab.times:,}" if slab.times > 1 else ""
        mark = "! " if slab.is_faulty else ""
        role = "bad-line" if slab.is_faulty else "ink"
        lines.append(Line(f"{mark}{cut(slab.name, NAME)}{times}", role, slab.name))
        lines += [Line(f"+ {cut(text, NAME)}", "dim", text) for text in slab.extras]
    if len(lines) > MAX_LINES:
        rest = lines[MAX_LINES - 1 :]
        lines = [*lines[: MAX_LINES - 1], Line(f"and {len(rest):,} more", "dim")]
        faulty = [line for line in rest if line.role == "bad-line"]
        lines += faulty[:2]
    if stage.remaining:
        lines.append(Line(f"and {stage.remaining:,} more", "dim"))
    return lines


def _label(slab: Slab) -> tuple[str, tuple[str, ...], bool]:
    """What slabs must have in common to be one line."""
    return slab.name, slab.extras, slab.is_faulty


class Drawing:
    """Draw the stages of a layout, then what is written around them."""

    def __init__(self, canvas: Canvas, layout: Layout) -> None:
        self.canvas = canvas
        self.layout = layout
        self.stages = stages_of(layout.slabs)
        self.places: dict[int, Place] = {}  # of slabs
        self.captions: list[Caption] = []
        self.x = 0.0
        self.bottom = 0.0  # of boxes and their depths
        volumes = [stage.volume for stage in self.stages]
        largest = max((max(volume[:2]) for volume in volumes if volume), default=1)
        self.scale = min(MAX_SCALE, LARGEST / plain_side(largest)) if largest > 1 else 1.0

    def draw(self) -> None:
        """Draw everything."""
        touched = {index for arc in self.layout.arcs for index in (arc.start, arc.end)}
        for stage in self.stages:
            self.stage(stage, touched)
        self.write_captions()
        self.draw_arcs()
        self.legend()

    def side(self, size: int) -> float:
        """Return the length of a side in px. It grows with the root of the size."""
        return round(plain_side(size) * self.scale, 1)

    def stage(self, stage: Stage, touched: set[int]) -> None:
        """Draw the boxes of a stage, with their depths below."""
        left, lines = self.x, list_of(stage)
        volume = stage.volume
        if volume is None:
            shift, top = 0.0, self.unknown(stage)
        elif volume[:2] == (1, 1):
            shift, top = GAP, self.boxes(stage, GAP)
        else:
            shift = round(OBLIQUE * self.side(volume.W), 1)
            top = self.boxes(stage, shift)
        right = self.x
        has_size = volume is not None and volume[:2] != (1, 1)
        size = f"{volume.W}x{volume.H}" if has_size and volume is not None else ""
        width = text_width(size, 11)
        arcs = [
            self.places[index].x for index, _ in stage.slabs if index in touched & set(self.places)
        ]
        label_left = max(left, (left + right) / 2 + shift - width / 2)
        if arcs:
            label_left = max(arcs) + 6
        listed = max((text_width(line.text, 10, mono=True) for line in lines), default=0)
        end = max(right + shift, left + listed, label_left + width)
        self.captions.append(Caption(left, right, end, top, label_left, size, lines))
        self.x = end + STAGE_GAP

    def unknown(self, stage: Stage) -> float:
        """Draw the box of an unknown volume, or of stages that are left out; return its top."""
        width, height = 54.0, 84.0
        mark, role = ("...", "dim") if stage.skipped else ("?", "bad-line")
        self.canvas.rect(self.x, -height / 2, width, height, "none", role, dash="4 3", radius=2)
        self.canvas.text(self.x + width / 2, 8, mark, 24, "middle", role, bold=True)
        for index, _ in stage.slabs:
            self.places[index] = Place(self.x + width / 2, -height / 2)
        self.x += width
        self.bottom = max(self.bottom, height / 2)
        return -height / 2

    def boxes(self, stage: Stage, shift: float) -> float:
        """Draw a box for each slab, and the depths below; return the top of the highest."""
        shown = stage.slabs[: MAX_COPIES if stage.hidden else None]
        left, end, said, highest = self.x, -1e9, "", 0.0
        bottom = max(self.height(slab) for _, slab in shown) / 2
        for index, slab in shown:
            assert slab.volume is not None
            height = self.height(slab)
            thickness = BAR if slab.volume[:2] == (1, 1) else thickness_of(slab.volume.D)
            copies = 1 if stage.hidden else min(slab.times, MAX_COPIES)
            depth = str(slab.volume.D)
            width = text_width(depth, 10)
            extent = copies * thickness + (copies - 1) * 1.5
            middle = max(self.x + extent / 2, left + width / 2)
            if depth != said and middle - width / 2 < end + 2:
                self.x += end + 2 - (middle - width / 2)
                middle = self.x + extent / 2
            if middle - width / 2 >= end + 2:
                self.canvas.text(middle, bottom + 13, depth, 10, "middle")
                end, said = middle + width / 2, depth
            start = self.x
            for copy in range(copies):
                x = start + copy * (thickness + 1.5)
                self.box(x, height, thickness, shift, slab)
            self.places[index] = Place(start + extent / 2 + shift / 2, -height / 2 - shift / 2)
            highest = min(highest, -height / 2 - shift)
            self.x = start + extent + GAP
        for index, _ in stage.slabs[len(shown) :]:
            self.places[index] = self.places[shown[-1][0]]
        self.x = max(self.x - GAP, end)
        self.bottom = max(self.bottom, bottom + 15)
        return highest

    def height(self, slab: Slab) -> float:
        """Return the height of a box: a vector's grows with the logarithm of its length."""
        assert slab.volume is not None
        if slab.volume[:2] == (1, 1):
            return round(max(10.0, min(LARGEST, 11 * log2(slab.volume.D + 1))), 1)
        return self.side(slab.volume.H)

    def box(self, x: float, height: float, thickness: float, shift: float, slab: Slab) -> None:
        """Draw an oblique box whose front has its left edge at x."""
        kind = "bad" if slab.is_faulty else colour_of(slab)
        line = f"{kind}-line"
        top, bottom, right = -height / 2, height / 2, x + thickness
        behind = [(x + shift, top - shift), (right + shift, top - shift)]
        self.canvas.poly([(x, top), *behind, (right, top)], f"{kind}-top", line, stroke=0.75)
        side = [(right, top), behind[1], (right + shift, bottom - shift), (right, bottom)]
        self.canvas.poly(side, f"{kind}-side", line, stroke=0.75)
        times = f" x{slab.times:,}" if slab.times > 1 else ""
        params = f", {slab.params:,} params" if slab.params else ""
        title = f"{slab.name}{times}: {slab.volume}{params}"
        self.canvas.rect(x, top, thickness, height, kind, line, stroke=0.75, title=title)

    def write_captions(self) -> None:
        """Write W x H above the stages, and the lists of layers below."""
        floor = self.bottom + 8
        for caption in self.captions:
            if caption.size:
                self.canvas.text(caption.label_left, caption.top - 7, caption.size, 11, fill="dim")
            right = max(caption.right, caption.left + 12)
            self.canvas.line((caption.left, floor), (right, floor), "dim")
            for index, line in enumerate(caption.lines):
                y = floor + 14 + LINE * index
                text, role, title = line
                self.canvas.text(caption.left, y, text, 10, fill=role, mono=True, title=title)

    def draw_arcs(self) -> None:
        """Draw the arcs above all boxes, inner ones lower; a label lies above its own arc."""
        spans: list[tuple[float, float, float]] = []  # left, right and height of arcs
        labels: list[tuple[float, float, str]] = []
        for arc in sorted(self.layout.arcs, key=lambda arc: (arc.end - arc.start, arc.start)):
            if arc.start not in self.places or arc.end not in self.places:
                continue
            start, end = self.places[arc.start], self.places[arc.end]
            label = cut(arc.label)
            width = text_width(label, 10, mono=True)
            is_inside = width + 10 <= end.x - start.x
            label_left = (start.x if is_inside else end.x) + 5
            left, right = start.x - 4, max(end.x, label_left + width) + 4
            heights = [cap.top - 28 for cap in self.captions if cap.left < right and left < cap.end]
            heights += [y - LEVEL for begin, stop, y in spans if begin < right and left < stop]
            level = min(heights)
            spans.append((left, right, level))
            self.arc(start, end, level)
            if label:
                labels.append((label_left, level - 4, label))
        for x, y, label in labels:  # on top of all arcs
            self.canvas.rect(x - 1, y - 9, text_width(label, 10, mono=True) + 2, 12, "paper")
            self.canvas.text(x, y, label, 10, fill="dim", mono=True)

    def arc(self, start: Place, end: Place, level: float) -> None:
        """Draw an arc at the height ``level``."""
        self.canvas.circle(start.x, start.y, 2, "join-line")
        points = [(start.x, start.y), (start.x, level), (end.x, level), (end.x, end.y - 4)]
        self.canvas.poly(points, line="join-line", is_closed=False, stroke=1.25)
        self.canvas.arrow_down(end.x, end.y, "join-line")

    def legend(self) -> None:
        """Write what the colours and the sizes mean."""
        bounds = self.canvas.bounds
        y = 0 if bounds is None else bounds.bottom + 22
        x = 0.0
        slabs = [slab for stage in self.stages for _, slab in stage.slabs if slab.volume]
        kinds = {colour_of(slab) for slab in slabs if not slab.is_faulty}
        has_block = any(not slab.kind for slab in slabs)
        for kind, words in WORDS.items():
            if kind in kinds:
                words += ", block" if kind == "conv" and has_block else ""
                self.canvas.rect(x, y - 9, 11, 11, kind, f"{kind}-line", stroke=0.75)
                x += 26 + self.canvas.text(x + 16, y, words, 11, fill="dim")
        if any(slab.is_faulty for slab in slabs):
            self.canvas.rect(x, y - 9, 11, 11, "bad", "bad-line", stroke=0.75)
            self.canvas.text(x + 16, y, "! does not fit", 11, fill="dim")
        scale = "sides grow with the root of W and H, thickness with the logarithm of D (the number below)"
        self.canvas.text(0, y + 18, scale, 11, fill="dim")


def colour_of(slab: Slab) -> str:
    """Return the role of a slab's colour; a block has that of a convolution."""
    return KINDS.get(slab.kind, "other") if slab.kind else "conv"


def plain_side(size: int) -> float:
    """Return the length of a side before the figure is scaled."""
    return max(7.0, min(LARGEST, 9.4 * sqrt(size)))


def thickness_of(depth: int) -> float:
    """Return the thickness of a box."""
    return round(2.6 * log2(depth + 1) + 1.5, 1)
