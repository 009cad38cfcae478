"""Search over the choices of a family: bind them one after the other, and size what is decided.

What precedes a choice is sized once for all members that share it. Members that fail early and
alike are never sized one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnnsize.patterns.choices import Choices
from cnnsize.patterns.sizer import Sizer
from cnnsize.patterns.states import State
from cnnsize.patterns.stretches import Stretch, stretches


class Run(NamedTuple):
    """Equal members with consecutive numbers: the first number, how many they are, their state,
    and the choices of the first.
    """

    first: int
    length: int
    state: State
    choices: tuple[int, ...]


class Frame:
    """A choice whose values are tried in turn.

    ``position`` is where the stretches after it begin, ``number`` the number of the first member
    among those that share ``values``, counted in the choices so far, and ``state`` is the state
    before the choice. ``next_index`` is the index of the value to be tried next.
    """

    __slots__ = ("next_index", "number", "position", "state", "values")

    def __init__(self, position: int, number: int, state: State, values: tuple[int, ...]) -> None:
        self.position = position
        self.number = number
        self.state = state
        self.values = values
        self.next_index = 0


def search(choices: Choices, sizer: Sizer) -> Iterator[Run]:
    """Iterate over all members in order; those that fail early and alike are one run.

    Raises ArchitectureError where no member can be sized.
    """
    program = stretches(choices)
    end, sizes = len(program), choices.sizes
    shares = [1] * (len(sizes) + 1)  # by depth: how many members share that many choices
    for depth in reversed(range(len(sizes))):
        shares[depth] = shares[depth + 1] * sizes[depth]

    def first_choices(depth: int) -> tuple[int, ...]:
        return tuple([choice.values[0] for choice in choices.free[depth:]])

    position, state = _to_next_choice(program, 0, sizer, sizer.start(()), ())
    if state.dead or position == end:
        yield Run(0, shares[0], state, first_choices(0))
        return
    stack = [Frame(position, 0, state, ())]
    while stack:
        frame = stack[-1]
        depth, index = len(frame.values), frame.next_index
        if index == sizes[depth]:
            stack.pop()
            continue
        frame.next_index = index + 1
        values = (*frame.values, choices.free[depth].values[index])
        number = frame.number * sizes[depth] + index
        # before the first stretch, the choices so far may decide the input
        state = frame.state if frame.position else sizer.start(values)
        position, state = _to_next_choice(program, frame.position + 1, sizer, state, values)
        depth += 1
        if state.dead:
            yield Run(number * shares[depth], shares[depth], state, values + first_choices(depth))
        elif position == end:
            yield Run(number, 1, state, values)
        else:
            stack.append(Frame(position, number, state, values))


def _to_next_choice(
    program: list[Stretch | None],
    position: int,
    sizer: Sizer,
    state: State,
    values: tuple[int, ...],
) -> tuple[int, State]:
    """Size stretches up to the next choice, the end, or a layer without an output."""
    end, advance = len(program), sizer.advance
    while position < end and not state.dead:
        stretch = program[position]
        if stretch is None:
            break
        state = advance(position, stretch, state, values)
        position += 1
    return position, state
