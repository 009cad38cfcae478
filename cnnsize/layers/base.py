"""What every layer kind declares, and the one formula for a window on one axis.

A kind declares facts (its window, its channels, its weights); sizes, parameters, multiply-adds and
receptive fields are derived from them, by one formula each for all kinds.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

from cnnsize.layers.volume import KEEP, Reach, Sizing, Volume
from cnnsize.record import Record


class Defaults(Record):
    """The numbers that stand in for sizes nobody wrote; ``[tool.cnnsize.defaults]`` sets them."""

    input: tuple[int, int, int] = (32, 32, 3)
    filter: int = 3
    filters: int = 64
    pool: int = 2
    hidden: int = 512
    classes: int = 10


STANDARD = Defaults()
Role = Literal[
    "input",
    "convolution",
    "dense",
    "pool",
    "global-pool",
    "activation",
    "norm",
    "scale",
    "dropout",
    "reshape",
    "end",
    "join",
]
Saves = Literal["", "input", "output"]


class Traits(NamedTuple):
    """What rules, memory and emitted source need to know of a kind. No default: a new kind says
    each.
    """

    role: Role
    nonlinear: bool  # two linear layers with only linear ones between them collapse into one
    monotone: bool  # keeps the order of values, so it may be swapped with a maximum
    clips: bool  # an activation that cuts off or bends negative scores
    elementwise: bool  # acts on each value alone, so it may as well follow a FLATTEN
    learned: bool  # always has parameters
    needs_map: bool  # torch takes N x C x H x W and nothing else
    # what autograd keeps of a layer for the backward pass, besides what is special to its kind
    saves: Saves


class Layer(Record, kw_only=True):
    """One layer with every number known (but FC's width, which its place decides)."""

    kind: ClassVar[str]
    aliases: ClassVar[
        tuple[str, ...]
    ] = ()  # what else people call it, upper case without spaces and hyphens
    implied: ClassVar[str | None] = (
        None  # the number that an alias stands for where none is written
    )
    traits: ClassVar[Traits]
    # how the head and the options are read: canonical key -> reader in ``read.py``
    reads: ClassVar[Mapping[str, str]] = {}
    kernel: ClassVar[str | None] = None  # the key that a glued number sets: CONV3
    width: ClassVar[str | None] = None  # the key that -64 sets
    positional: ClassVar[tuple[str, ...]] = ()  # the keys of bare values in parentheses
    counts: ClassVar[bool] = True  # is its output a volume of its own in ``activations``?

    assumed: tuple[str, ...] = ()  # "F=3": sizes that nobody wrote
    claim: int | None = None  # in=3: the channels (FC: values) that the author says come in

    @classmethod
    @abstractmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Layer:
        """The layer for the values that were written. Raises Missing where one has no default."""

    @abstractmethod
    def size(self, volume: Volume) -> Sizing:
        """What comes out of ``volume`` (W x H x D)."""

    @abstractmethod
    def weights(self, volume: Volume) -> tuple[int, int]:
        """(weights that multiply inputs, all other parameters) on ``volume``."""

    @abstractmethod
    def uses(self, volume: Volume, output: Volume) -> int:
        """At how many positions each multiplying weight is used: MACs = weights x uses."""

    @abstractmethod
    def reach(self, volume: Volume) -> Reach:
        """Which inputs an output position reads."""


class MissingOptionError(Exception):
    """A size without a default was not written. ``key`` is its letter."""

    def __init__(self, key: str, example: str) -> None:
        super().__init__(key, example)
        self.key = key
        self.example = example


class InvalidOptionError(Exception):
    """A written value that no layer of this kind can have."""

    def __init__(self, key: str, message: str, code: str = "CNN004") -> None:
        super().__init__(key, message)
        self.key = key
        self.message = message
        self.code = code


class Plain(Layer, kw_only=True):
    """A layer without weights that reads its own position and leaves the volume as it is."""

    def size(self, volume: Volume) -> Sizing:
        return Sizing(volume)

    def weights(self, volume: Volume) -> tuple[int, int]:
        return 0, 0

    def uses(self, volume: Volume, output: Volume) -> int:
        return 0

    def reach(self, volume: Volume) -> Reach:
        return KEEP
