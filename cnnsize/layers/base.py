"""The facts that every layer kind declares.

A kind declares facts (its window, its channels, its weights). Sizes, parameters, multiply-adds and
receptive fields are derived from them, with one formula each for all kinds.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from cnnsize.layers.volume import KEEP, Reach, Sizing, Volume
from cnnsize.record import Record, public, values


@public
class Defaults(Record):
    """Defaults for sizes that were not written; ``[tool.cnnsize.defaults]`` sets them."""

    input: tuple[int, int, int] = (32, 32, 3)
    filter: int = 3
    filters: int = 64
    pool: int = 2
    hidden: int = 512
    classes: int = 10

    if not TYPE_CHECKING:

        def __init__(self, *positional: Any, **named: Any) -> None:
            super().__init__(*positional, **named)
            for field, value in zip(self._fields, values(self), strict=True):
                sizes = value if field == "input" and isinstance(value, tuple) else (value,)
                are_integers = all(type(size) is int and size >= 1 for size in sizes)
                if not are_integers or len(sizes) != (3 if field == "input" else 1):
                    expected = "three integers (W, H, D)" if field == "input" else "an integer"
                    raise ValueError(f"{field} must be {expected} of at least 1, not {value!r}")


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
    "identity",
    "reshape",
    "end",
    "join",
]
Saves = Literal["", "input", "output"]


class Traits(Record):
    """Facts of a kind that rules, memory and emitted source use.

    None of them has a default, so that a new kind cannot forget one.
    """

    role: Role
    nonlinear: bool  # two linear layers with only linear ones between them collapse into one
    monotone: bool  # keeps the order of values, so it may be swapped with a maximum
    clips: bool  # an activation that changes or removes negative values
    elementwise: bool  # acts on each value alone, so it commutes with FLATTEN
    learned: bool  # always has parameters
    needs_map: bool  # PyTorch accepts only N x C x H x W
    # what autograd saves for the backward pass, besides what is special to the kind
    saves: Saves


@public
class Layer(Record, kw_only=True):
    """One layer with all of its numbers. Only the width of FC may still depend on its position."""

    kind: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()  # other names, upper case without spaces and hyphens
    implied: ClassVar[str | None] = None  # the number that an alias implies if none is written
    traits: ClassVar[Traits]
    # how each option is read: canonical key -> reader in ``sizing/options.py``
    reads: ClassVar[Mapping[str, str]] = {}
    kernel: ClassVar[str | None] = None  # the key that a glued number sets: CONV3
    width: ClassVar[str | None] = None  # the key that -64 sets
    positional: ClassVar[tuple[str, ...]] = ()  # the keys of bare values in parentheses
    counts: ClassVar[bool] = True  # whether its output counts in ``activations``
    checks_depth: ClassVar[bool] = False  # whether, without G and in, only some depths fit

    assumed: tuple[str, ...] = ()  # defaults used, as in "F=3"
    claim: int | None = None  # in=3: the incoming channels (FC: values) according to the author

    @classmethod
    @abstractmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Layer:
        """Return the layer with these option values, and defaults for the others.

        Raises MissingOptionError for a missing value without a default, and InvalidOptionError.
        """

    @abstractmethod
    def size(self, volume: Volume) -> Sizing:
        """Return the sizing of this layer on ``volume`` (W x H x D)."""

    @abstractmethod
    def weights(self, volume: Volume) -> tuple[int, int]:
        """Return (weights that multiply inputs, all other parameters) on ``volume``."""

    @abstractmethod
    def uses(self, volume: Volume, output: Volume) -> int:
        """Return at how many positions each weight is used: MACs = weights x uses."""

    @abstractmethod
    def reach(self, volume: Volume) -> Reach:
        """Return which inputs an output position reads."""


class MissingOptionError(Exception):
    """A required option is missing. ``key`` is its letter, ``example`` a layer that has it."""

    def __init__(self, key: str, example: str) -> None:
        super().__init__(key, example)
        self.key = key
        self.example = example


class InvalidOptionError(Exception):
    """An option value that is impossible for this kind of layer."""

    def __init__(self, key: str, message: str, code: str = "CNN004") -> None:
        super().__init__(key, message)
        self.key = key
        self.message = message
        self.code = code


class Plain(Layer, kw_only=True):
    """A layer without weights that reads only its own position and keeps the volume."""

    def size(self, volume: Volume) -> Sizing:
        return Sizing(volume)

    def weights(self, volume: Volume) -> tuple[int, int]:
        return 0, 0

    def uses(self, volume: Volume, output: Volume) -> int:
        return 0

    def reach(self, volume: Volume) -> Reach:
        return KEEP
