"""Search over the choices of a family: bind one choice after the other, and size what is decided.

The layers before a choice are sized once for all members that share them. Members that fail for
the same reason before the rest of their choices are never sized one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnnsize.patterns.choices import Choices
from cnnsize.patterns.segments import Segment, segments
from cnnsize.patterns.sizer import Sizer
from cnnsize.patterns.states import State


class Run(NamedTuple):
    """Members with consecutive numbers that end in the same state."""

    first: int  # the number of the first member
    length: int  # how many members they are
    state: State
    choices: tuple[int, ...]  # of the first member


class BranchPoint:
    """A choice whose values are tried one after the other.

    ``position`` is that of the choice in the program, ``values`` are those of the choices before
    it, ``number`` is their index among all combinations of such values, and ``state`` is the state
    after all segments before the choice. ``next_index`` is the index of the value to be tried next.
    """

    __slots__ = ("next_index", "number", "position", "state", "values")

    def __init__(self, position: int, number: int, state: State, values: tuple[int, ...]) -> None:
        self.position = position
        self.number = number
        self.state = state
        self.values = values
        self.next_index = 0


def search(choices: Choices, sizer: Sizer) -> Iterator[Run]:
    """Yield all members in order; those that fail before their last choices are one run.

    Raises ArchitectureError where no member can be sized.
    """
    program = segments(choices)
    end, sizes = len(program), choices.sizes
    first_segment = next((index for index, part in enumerate(program) if part is not None), 0)
    shares = [1] * (len(sizes) + 1)  # how many members share their first ``depth`` choices
    for depth in reversed(range(len(sizes))):
        shares[depth] = shares[depth + 1] * sizes[depth]

    def first_choices(depth: int) -> tuple[int, ...]:
        return tuple([choice.values[0] for choice in choices.free[depth:]])

    position, state = _to_next_choice(program, 0, sizer, sizer.start(()), ())
    if state.dead or position == end:
        yield Run(0, shares[0], state, first_choices(0))
        return
    stack = [BranchPoint(position, 0, state, ())]
    while stack:
        point = stack[-1]
        depth, index = len(point.values), point.next_index
        if index == sizes[depth]:
            stack.pop()
            continue
        point.next_index = index + 1
        values = (*point.values, choices.free[depth].values[index])
        number = point.number * sizes[depth] + index
        # before the first segment, the choices so far may decide the input
        state = sizer.start(values) if point.position < first_segment else point.state
        position, state = _to_next_choice(program, point.position + 1, sizer, state, values)
        depth += 1
        if state.dead:
            yield Run(number * shares[depth], shares[depth], state, values + first_choices(depth))
        elif position == end:
            yield Run(number, 1, state, values)
        else:
            stack.append(BranchPoint(position, number, state, values))


def _to_next_choice(
    program: list[Segment | None],
    position: int,
    sizer: Sizer,
    state: State,
    values: tuple[int, ...],
) -> tuple[int, State]:
    """Size segments up to the next choice, the end, or a layer without an output."""
    end, advance = len(program), sizer.advance
    while position < end and not state.dead:
        segment = program[position]
        if segment is None:
            break
        state = advance(position, segment, state, values)
        position += 1
    return position, state


def final_state(choices: Choices, sizer: Sizer, values: tuple[int, ...]) -> State:
    """Return the state in which one member ends. Raises ArchitectureError as ``search`` does."""
    state = sizer.start(values)
    for position, segment in enumerate(segments(choices)):
        if segment is not None and not state.dead:
            state = sizer.advance(position, segment, state, values)
    return state
