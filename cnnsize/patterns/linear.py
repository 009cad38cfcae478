"""Networks whose costs are linear in the width of one layer, so that two of them give all others.

The parameters of CONV and FC are the product of the depth before and after, plus biases, and all
other layers here have numbers in proportion to their depth; windows do not depend on it at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cnnsize.language.tree import LayerNode, Name
from cnnsize.layers.pointwise import ACTIVATION_KINDS
from cnnsize.patterns.segments import Segment
from cnnsize.patterns.sizer import Sizer
from cnnsize.patterns.states import State
from cnnsize.sizing.make import node_letters
from cnnsize.sizing.rows import Block, Part, Row

PRODUCTS = frozenset({"CONV", "TCONV", "FC"})  # of the depths before and after
PROPORTIONAL = frozenset(
    {
        *ACTIVATION_KINDS,
        *("BN", "LN", "IN", "LRN", "SCALE", "IDENTITY", "DROPOUT", "DROPOUT2D", "DROPPATH"),
        *("POOL", "AVGPOOL", "GAP", "GMP", "FLATTEN", "DWCONV", "UP", "PAD", "CROP"),
    }
)


LEAST_LINE = 12  # values of a width for which three evaluations pay off


class Line(NamedTuple):
    """Numbers that grow by ``slope`` with each step of a width from ``start`` on."""

    start: int
    first: tuple[int, ...]  # parameters, MACs, activations and W, H, D of the output
    slope: tuple[int, ...]

    def at(self, width: int) -> tuple[int, ...]:
        """Return the numbers of a width."""
        steps = width - self.start
        return tuple([low + rise * steps for low, rise in zip(self.first, self.slope, strict=True)])


def line_through(values: tuple[int, int, int], states: tuple[State, State, State]) -> Line | None:
    """Return the numbers of all widths from those of three, the smallest and the largest among them.

    None where they are not on a line, or a member has no output.
    """
    if any(state.dead for state in states) or len({state.valid for state in states}) > 1:
        return None
    low, middle, high = map(_numbers, states)
    step, width = values[1] - values[0], values[2] - values[0]
    slope = tuple([(b - a) // step for a, b in zip(low, middle, strict=True)])
    for start, rise, end in zip(low, slope, high, strict=True):
        if start + rise * width != end:
            return None
    return Line(values[0], low, slope)


def parts_of(
    sizer: Sizer, stage: Iterable[tuple[int, Segment]], state: State, values: tuple[int, ...]
) -> list[Part]:
    """Return the layers of some segments with their numbers, which are applied to a state."""
    parts: list[Part] = []
    for number, segment in stage:
        if state.dead:
            break
        used = tuple([values[position] for position in segment.uses])
        parts += sizer.change(number, segment, state, values, used).rows
        state = sizer.advance(number, segment, state, values)
    return parts


def _numbers(state: State) -> tuple[int, ...]:
    assert state.volume is not None
    return (state.params, state.macs, state.activations, *state.volume)


def is_linear(parts: Iterable[Part], letter: str, *, depends: bool = False) -> bool | None:
    """Return whether the depth after some layers depends on the width ``letter``; None where their
    costs may not be linear in it.

    ``depends`` says whether the depth before them does.
    """
    for part in parts:
        if isinstance(part, (Row, Block)) and part.item.suffix.declared is not None:
            return None  # one depth fits the declared shape
        if isinstance(part, Block) and not part.name:  # a group
            inside = is_linear(part.body, letter, depends=depends)
            if inside is None:
                return None
            depends = inside
            continue
        if not isinstance(part, Row):
            return None
        layer, node = part.layer, part.item.node
        if layer.claim is not None or getattr(layer, "G", 1) != 1:
            return None
        assert isinstance(node, LayerNode)
        if layer.kind in PRODUCTS:
            is_width = letter in node_letters(node)
            written = (node.size, *(option.value for option in node.options))
            is_bare = any(isinstance(value, Name) and value.name == letter for value in written)
            if is_width and (depends or not is_bare):
                return None
            depends = is_width
        elif layer.kind not in PROPORTIONAL or letter in node_letters(node):
            return None
    return depends
