"""What is known about the networks of Keras in a file while it is read."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.models.source.machine import Machine
from cnnsize.models.source.values.keras import KerasLayer
from cnnsize.models.source.values.objects import Unknown, Value

SIDE = 224  # of an input whose width and height nothing says


class Sides(NamedTuple):
    """A size of the input. ``depth`` is None where that is not said."""

    height: int
    width: int
    depth: int | None


class Application(NamedTuple):
    """The application of a layer that a node comes from; ``number`` counts them."""

    layer: KerasLayer
    number: int


class KerasState:
    """The graph of Keras in a machine: what its nodes come from, and where inputs come from."""

    def __init__(self) -> None:
        self.given: Sides | None = None  # replaces what the source says
        self.assumed: Sides | None = None  # for what the source does not say
        self.values: dict[str, Value] = {}  # of arguments without a value that are sides
        self.order = "NHWC"  # of the axes of an input
        self.is_keras_1 = False  # the file has arguments that only Keras 1 has
        self.applied: dict[int, Application] = {}
        self.unknown: dict[int, tuple[Unknown, int]] = {}  # widths, numbered, by the value's id
        self.applications = 0
        self.sources: dict[int, str] = {}  # where the size of an INPUT comes from, by its node
        self.open: set[int] = set()  # the INPUT nodes with a size that the source does not say

    def next_application(self) -> int:
        """Return the number of a new application of a layer."""
        self.applications += 1
        return self.applications

    def note(self, node: int, layer: KerasLayer, number: int) -> None:
        """Note the layer that a node of the graph comes from."""
        self.applied[node] = Application(layer, number)


def state_of(machine: Machine) -> KerasState:
    """Return the state of a machine."""
    if machine.keras is None:
        machine.keras = KerasState()
    assert isinstance(machine.keras, KerasState)
    return machine.keras


class OpenSideError(Exception):
    """The size of an input is an argument without a value. ``name`` is the argument."""

    def __init__(self, name: str, value: Value) -> None:
        super().__init__(name)
        self.name = name
        self.value = value
