"""The context of a fault: what all messages about faults share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Any

from cnnsize.faults.fitting_inputs import InputHelp
from cnnsize.faults.repadding import OtherPaddings
from cnnsize.faults.verify import Candidate, Verifier
from cnnsize.language.tree import LayerNode
from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv
from cnnsize.layers.names import POOLS
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Volume, Window
from cnnsize.sizing.outline import path_text
from cnnsize.sizing.rows import (
    Fork,
    Iteration,
    Part,
    Path,
    Problem,
    Row,
    own_input,
    rows_of,
)
from cnnsize.sizing.settings import severity
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.strip import Strip
from cnnsize.text.diagnostic import Diagnostic, Fix, Label
from cnnsize.text.span import Span


class FaultContext:
    """The faults of one layer (of W, of H, or of both) in their network, while they are worded."""

    def __init__(
        self,
        network: SizedNetwork,
        problems: tuple[Problem, ...],
        verifier: Verifier,
        inputs: InputHelp,
        paddings: OtherPaddings,
    ) -> None:
        self.network = network
        self.architecture = network.architecture
        self.problems = problems
        self.problem = problems[0]
        self.item = self.problem.item
        self.layer: Layer | None = self.problem.layer
        self.facts: dict[str, Any] = dict(self.problem.fault.facts)
        self.verifier = verifier
        self.inputs = inputs
        self.paddings = paddings

    # -- the faulty axes ----------------------------------------

    @property
    def axis(self) -> str:
        """``W = H`` if both axes have the same fault, ``W and H`` if both have one, else W or H."""
        first, last = self.problem.fault, self.problems[-1].fault
        is_on_both = first.axis != last.axis and first.facts == last.facts
        if first.axis is None or is_on_both:
            return "W = H"
        return first.axis if first.axis == last.axis else "W and H"

    @property
    def letter(self) -> str:
        """The faulty axis, W if both are."""
        return "H" if self.axis == "H" else "W"

    @property
    def on_both_axes(self) -> bool:
        """Whether both axes are faulty."""
        return len(self.axis) > 1

    @property
    def axes(self) -> tuple[int, ...]:
        """The numbers of the faulty axes: W is 0, H is 1."""
        return (0, 1) if self.on_both_axes else (0,) if self.letter == "W" else (1,)

    @property
    def is_square(self) -> bool:
        """Whether the input is square and both axes have the same fault."""
        return self.network.input.W == self.network.input.H and self.axis == "W = H"

    # -- the layer and its window ----------------------------------------

    @property
    def is_pool(self) -> bool:
        """Whether the layer is a POOL or an AVGPOOL."""
        return self.layer is not None and self.layer.kind in POOLS

    @property
    def slides_window(self) -> bool:
        """Whether the layer slides a window over its input."""
        return isinstance(self.layer, (Conv, Pool))

    @property
    def window_word(self) -> str:
        """CS231n's word for what slides: the filter of a CONV, the window of a POOL."""
        return "window" if self.is_pool else "filter"

    @property
    def side(self) -> int:
        """The size of the input along the faulty axis."""
        return int(self.facts["size"])

    @property
    def window(self) -> Window:
        """The window along the faulty axis."""
        window: Window = self.facts["window"]
        return window

    @property
    def strip(self) -> Strip:
        """The faulty axis under its window, which knows what cells are read."""
        return Strip(self.side, self.window)

    def window_facts(self) -> dict[str, Any]:
        """Return the numbers of the formula, as a diagnostic's ``facts`` hold them."""
        window, n = self.window, self.window.span(self.side)
        facts = {
            self.letter: self.side,
            "F": window.F,
            "S": window.S,
            "P": window.before,
            "D": window.D,
            "F_eff": window.F_eff,
            "n": n,
            "r": self.facts.get("r", n % window.S),
            "axis": self.axis,
        }
        return {**facts, "out": self.facts["out"]} if "out" in self.facts else facts

    # -- where it is ----------------------------------------

    @property
    def repetition(self) -> Iteration | None:
        """The innermost repetition around the layer that is past its first iteration."""
        later = (
            iteration for iteration in reversed(self.problem.iterations) if iteration.number > 0
        )
        return next(later, None)

    def in_iteration(self) -> str:
        """Return ``, in iteration 3 of 4`` for every repetition around, and the block if any."""
        iterations = " within ".join(
            f"iteration {iteration.number + 1} of {iteration.of}"
            for iteration in reversed(self.problem.iterations)
            if iteration.of > 1
        )
        text = f", in {iterations}" if iterations else ""
        for call in self.problem.calls[-1:]:
            text += f", in {call.name}({', '.join(map(str, call.values.values()))})"
        return text

    def call_labels(self) -> tuple[Label, ...]:
        """Return a label for each call of a block around, the innermost first."""
        labels = [Label(call.item.span, call.words) for call in reversed(self.problem.calls)]
        return tuple(labels if len(labels) <= 3 else [*labels[:2], labels[-1]])

    def input_label(self) -> tuple[Label, ...]:
        """Return a label with the size of INPUT, if the text has one."""
        inside = input_row(self.network.rows, self.problem.path)
        first = self.architecture.chain.items[0] if inside is None else inside.item
        if not (isinstance(first.node, LayerNode) and first.node.kind == "INPUT"):
            return ()
        w, h, _ = (inside and inside.sizing.output) or self.network.input
        return (Label(first.span, f"W = H = {w}" if w == h else f"W = {w}, H = {h}"),)

    def diagnostic(
        self,
        message: str,
        *,
        code: str | None = None,
        span: Span | None = None,
        label: str = "",
        related: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        help: tuple[str, ...] = (),
        fixes: Iterable[Candidate] = (),
        facts: dict[str, Any] | None = None,
    ) -> Diagnostic:
        """Return the diagnostic, at the item unless ``span`` says otherwise.

        Another input is its last help, because it changes every layer.
        """
        fault = self.problem.fault
        if self.inputs.line:
            help = (*help, self.inputs.line)
        if self.verifier.stopped:
            notes = (*notes, self.verifier.allowance.note)
        return Diagnostic(
            code or fault.code,
            message + self.in_iteration(),
            span or self.item.span,
            label,
            (*related, *self.call_labels()),
            notes,
            help,
            tuple(Fix(fix.message, fix.edits) for fix in (*fixes, *self.inputs.fixes) if fix.edits),
            path_text(self.problem.path),
            MappingProxyType(facts or {}),
            severity(fault, self.network.settings),
        )

    # -- the same item in a changed network ----------------------------------------

    @property
    def number(self) -> int:
        """The number of the item in reading order."""
        return self.verifier.order[self.item.start]

    def rows_in(self, network: SizedNetwork) -> Iterator[Row]:
        """Return the rows of this item in a changed network."""
        order = self.verifier.order_in(network)
        return (row for row in rows_of(network.rows) if order[row.item.start] == self.number)


def input_row(parts: tuple[Part, ...], path: Path) -> Row | None:
    """Return the row of the INPUT that begins a branch around a path, the innermost one; None where
    the path begins at the first input.
    """
    for part in parts:
        if not isinstance(part, Fork):
            continue
        depth = len(part.join.path)
        if part.join.path == path[:depth] and len(path) > depth:
            branch = part.branches[path[depth]]
            inside = input_row(branch, path)
            first = branch[0] if own_input(branch) else None
            return inside or (first if isinstance(first, Row) else None)
    return None


def volume_text(volume: Volume | None) -> str:
    """Return W x H of a volume, or ``unknown``."""
    return "unknown" if volume is None else f"{volume.W}x{volume.H}"
