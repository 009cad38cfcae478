"""The figure of a tiling: how the windows of one layer cover its input, and fixes where they do not."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.faults.verify import Verifier
from cnnsize.network import Network
from cnnsize.pictures.axis import (
    LARGE,
    ROOM,
    SMALL,
    Axis,
    axis_of,
    draw_axis,
    draw_cell,
    loses_cells,
)
from cnnsize.pictures.canvas import Canvas, cut, text_width
from cnnsize.pictures.request import Request, layer_refusal
from cnnsize.sizing.formula import window_arithmetic
from cnnsize.sizing.outline import Step, steps
from cnnsize.sizing.strip import BEYOND, MISSING, PADDING, READ, SKIPPED, Strip, strips_of
from cnnsize.text.diagnostic import Diagnostic

LEGEND = {
    READ: "read",
    PADDING: "zero-padding",
    SKIPPED: "skipped between taps or windows",
    BEYOND: "never read",
    MISSING: "no cell there",
}
AXES = "WH"
NOUNS = ("column", "row")
MAX_CELLS = 6  # that are named in a sentence
MAX_FIXES = 12
LABEL = 120.0  # px for the label to the right of a small strip


class Subject(NamedTuple):
    """The layer that is drawn, with its strips along W and H and its fault, if any."""

    step: Step
    strips: tuple[Strip, Strip]
    fault: Diagnostic | None

    @property
    def is_square(self) -> bool:
        """Whether one axis stands for both."""
        return self.strips[0] == self.strips[1]


def draw(network: Network, canvas: Canvas, request: Request) -> str:
    """Draw the tiling of one layer, and return its facts in words.

    It is the layer at the path ``request.layer``; by default the first whose windows do not fit,
    else the first with windows. Raises ValueError where the layer has no windows.
    """
    subject = subject_of(network, request.layer)
    y = write_head(canvas, subject)
    axes, facts = [], []
    for index in (0,) if subject.is_square else (0, 1):
        axis = axis_of(subject.strips[index], 0, request.width or ROOM, LARGE)
        y = draw_axis(canvas, axis, write_formula(canvas, subject, index, y)) + 22
        facts += facts_of(subject, index)
        axes.append(axis)
    y = write_legend(canvas, axes, y)
    for fact in facts:
        canvas.text(0, y, fact, 12, bold=True)
        y += 18
    if subject.fault is not None:
        draw_fixes(canvas, network, subject, y + 6)
    return " ".join(f"{fact}." for fact in (f"{subject.step.text} on {input_of(subject)}", *facts))


def subject_of(network: Network, path: str | None) -> Subject:
    """Return the layer to draw."""
    faults = {
        diagnostic.path: diagnostic
        for diagnostic in reversed(network.diagnostics)
        if "F_eff" in diagnostic.facts
    }
    subjects = {}
    for step in network.steps:
        strips = strips_of(step.layer, step.inputs[0])
        if strips is not None:
            subjects[step.path] = Subject(step, strips, faults.get(step.path))
    if path is None:
        faulty = (subject for subject in subjects.values() if subject.fault is not None)
        subject = next(faulty, next(iter(subjects.values()), None))
        if subject is None:
            raise ValueError("no layer of this network slides a window over an input of known size")
        return subject
    if path not in subjects:
        raise ValueError(
            layer_refusal(
                network,
                path,
                list(subjects),
                lacks="has no window over an input of known size",
                having="layers with windows",
            )
        )
    return subjects[path]


def input_of(subject: Subject) -> str:
    """Return the input of the layer: ``10x10x3, W = H = 10``."""
    volume = subject.step.inputs[0]
    assert volume is not None
    sides = f"W = {volume.W}, H = {volume.H}"
    return f"{volume}, {f'W = H = {volume.W}' if volume.W == volume.H else sides}"


def write_head(canvas: Canvas, subject: Subject) -> float:
    """Write the layer and its input, and return the next baseline."""
    text = cut(subject.step.text)
    canvas.text(0, 0, text, 13, mono=True, bold=True, title=subject.step.text)
    left = text_width(text, 13, mono=True, bold=True) + 14
    canvas.text(left, 0, f"on {input_of(subject)}", 12, fill="dim")
    return 22


def write_formula(canvas: Canvas, subject: Subject, index: int, y: float) -> float:
    """Write the arithmetic of an axis, and return where its cells begin."""
    strip = subject.strips[index]
    window = strip.window
    padding = "2P" if window.before == window.after else "P + P'"
    filter_size = "F" if window.D == 1 else "F_eff"
    lead = f"({AXES[index]} - {filter_size} + {padding})/S + 1 = "
    text = window_arithmetic(strip.size, window)
    if window.span(strip.size) % window.S and strip.positions:
        text += f", {'up' if window.ceil else 'down'} to {strip.positions}"
    is_bad = loses_cells(strip)
    left = canvas.text(0, y, lead, 12, fill="dim", mono=True)
    canvas.text(left, y, text, 12, fill="bad-line" if is_bad else "ink", mono=True, bold=is_bad)
    return y + 12


def facts_of(subject: Subject, index: int) -> list[str]:
    """Return which cells no window reads, as sentences without a full stop."""
    strip = subject.strips[index]
    if not strip.positions:
        padded = strip.end - strip.first
        name = "W and H" if subject.is_square else AXES[index]
        return [
            f"the window does not fit along {name}: it needs {strip.window.F_eff:,} cells, "
            f"and there are {padded:,}"
        ]
    if not strip.unread():
        return []
    nouns = NOUNS if subject.is_square else NOUNS[index : index + 1]
    names = [f"{noun}{cells_text(strip)}" for noun in nouns]
    is_plural = len(names) > 1 or strip.unread() > 1
    verb = "are" if is_plural else "is"
    rounds = f"PyTorch rounds down to {strip.positions:,}: " if loses_cells(strip) else ""
    return [f"{rounds}{' and '.join(names)} {verb} never read"]


def cells_text(strip: Strip) -> str:
    """Return the unread cells after a noun: `` 9``, ``s 7 to 9``, ``s 0, 14``."""
    count = strip.unread()
    cells = [strip.unread_cell(index) for index in range(min(count, MAX_CELLS + 1))]
    last = strip.unread_cell(count - 1)
    if count == 1:
        return f" {cells[0]}"
    if last - cells[0] == count - 1:
        return f"s {cells[0]} to {last}"
    more = f", ... ({count:,} in all)" if count > MAX_CELLS else ""
    return f"s {', '.join(map(str, cells[:MAX_CELLS]))}{more}"


def write_legend(canvas: Canvas, axes: list[Axis], y: float) -> float:
    """Write what the cells mean, and return the next baseline."""
    states = {
        run.state
        for axis in axes
        for part in axis.parts
        for _, run in zip(range(100), axis.strip.runs(part.start, part.stop), strict=False)
    }
    x = 0.0
    for state, words in LEGEND.items():
        if state in states:
            draw_cell(canvas, state, (x, y - 9, 11, 11))
            x += 30 + canvas.text(x + 16, y, words, 11, fill="dim")
    canvas.rect(x, y - 8, 18, 9, "other", "other-line", radius=3)
    canvas.text(x + 23, y, "a window, with the number of its output cell", 11, fill="dim")
    return y + 26


class Repair(NamedTuple):
    """A fix in words, with the strip of the layer in the fixed network."""

    message: str
    strip: Strip


def repairs_of(network: Network, subject: Subject) -> list[Repair]:
    """Return the fixes of the layer, each with the strip that sizing the edited text gives."""
    assert subject.fault is not None
    index = 1 if subject.fault.facts.get("axis") == "H" else 0
    verifier = Verifier(network)
    repairs = []
    for fix in subject.fault.fixes[:MAX_FIXES]:
        sized = verifier.edited(fix.edits)
        outline = Network.from_record(sized).outline if sized is not None else ()
        step = next((step for step in steps(outline) if step.path == subject.step.path), None)
        strips = strips_of(step.layer, step.inputs[0]) if step is not None else None
        if strips is not None:
            repairs.append(Repair(fix.message, strips[index]))
    return repairs


def draw_fixes(canvas: Canvas, network: Network, subject: Subject, y: float) -> None:
    """Draw each fix as a small strip."""
    repairs = repairs_of(network, subject)
    if not repairs:
        return
    canvas.text(0, y, "fixes, each verified by sizing the network again", 11, fill="dim")
    left = max(text_width(repair.message, 11) for repair in repairs) + 10
    axes = [axis_of(repair.strip, left, ROOM - LABEL - left, SMALL) for repair in repairs]
    right = max(axis.right for axis in axes) + 14
    y += 18
    for repair, axis in zip(repairs, axes, strict=True):
        canvas.text(0, y + 8, repair.message, 11)
        unread = repair.strip.unread()
        words = f"{repair.strip.positions:,} out"
        if unread:
            words += f", {unread:,} unread"
        elif repair.strip.remainder:
            words += ", only padding unread"
        canvas.text(right, y + 8, words, 11, fill="dim")
        y = max(draw_axis(canvas, axis, y) + 8, y + 22)
