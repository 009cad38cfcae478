"""The layers that a model runs, in their order: what every reader makes, whatever the model is."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.record import public

Pair = tuple[int, int]  # along W, then along H
Value = int | float | bool | str | Pair
Options = tuple[tuple[str, Value], ...]


class Frame(NamedTuple):
    """The call of a module in which a layer runs: its class, and the number of the call."""

    name: str
    call: int


class Node(NamedTuple):
    """One layer or join, run once."""

    # INPUT, a layer of the notation, or ADD, CAT, MUL; empty for what it does not have
    kind: str
    options: Options
    inputs: tuple[int, ...]  # the indices of the nodes whose outputs it takes
    volume: Volume | None  # of its output, for one input
    path: tuple[Frame, ...]  # the calls of modules that it is in, outermost first
    parameters: int = 0
    macs: int = 0
    reason: str = ""  # why the notation does not have it


class Flow(NamedTuple):
    """A model. An input of a node comes before it; each further input is another INPUT."""

    nodes: tuple[Node, ...]
    input: int  # the first
    output: int  # the first
    name: str  # of the class of the model
    notes: tuple[str, ...] = ()  # what the text does not say
    outputs: tuple[int, ...] = ()  # all but the first, in the order in which it returns them


@public
class UnreadableModelError(ValueError):
    """A model that the notation cannot describe; ``str`` says which operation is the reason."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnreadableModelError) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)


def short(pair: Pair) -> int | Pair:
    """Return a single number for a pair of equal ones."""
    return pair[0] if pair[0] == pair[1] else pair
