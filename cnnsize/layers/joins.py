"""Joins: ADD, CAT and MUL combine the volumes of several branches. OUTPUT makes each of its branches
an output of the network.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from cnnsize.layers.base import Defaults, Plain, Traits
from cnnsize.layers.ends import END
from cnnsize.layers.volume import Fault, Sizing, Volume, bounded

new = tuple.__new__  # makes a NamedTuple in a third of the time
LINEAR_JOIN = Traits(
    role="join",
    nonlinear=False,
    monotone=False,
    clips=False,
    elementwise=False,
    learned=False,
    needs_map=False,
    saves="",
)


class Joined(Plain, kw_only=True):
    """The operation at the end of the branches of a join. It has no weights."""

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Joined:
        return cls()

    @abstractmethod
    def join(self, volumes: tuple[Volume, ...]) -> Sizing:
        """Return the sizing for one volume (W x H x D) from each branch."""

    def size(self, volume: Volume) -> Sizing:
        return self.join((volume,))


class Add(Joined, kw_only=True):
    """ADD: elementwise sum of equal volumes (He 2015)."""

    kind: ClassVar[str] = "ADD"
    checks_depth: ClassVar[bool] = True
    traits: ClassVar[Traits] = LINEAR_JOIN

    def join(self, volumes: tuple[Volume, ...]) -> Sizing:
        if volumes.count(volumes[0]) < len(volumes):
            return Sizing(None, None, (Fault("CNN106", facts=(("volumes", volumes),)),))
        return new(Sizing, (volumes[0], None, ()))


class Mul(Joined, kw_only=True):
    """MUL: elementwise product; a 1 x 1 x D branch is a gate for all positions (Hu 2017)."""

    kind: ClassVar[str] = "MUL"
    checks_depth: ClassVar[bool] = True
    traits: ClassVar[Traits] = Traits(
        role="join",
        nonlinear=True,
        monotone=False,
        clips=False,
        elementwise=False,
        learned=False,
        needs_map=False,
        saves="",
    )

    def join(self, volumes: tuple[Volume, ...]) -> Sizing:
        largest = max(volumes)
        gate = (1, 1, largest.D)
        for volume in volumes:
            if volume != largest and volume != gate:
                return Sizing(None, None, (Fault("CNN106", facts=(("volumes", volumes),)),))
        return new(Sizing, (largest, None, ()))


class Cat(Joined, kw_only=True):
    """CAT: volumes of equal W x H, concatenated along the depth (Szegedy 2014)."""

    kind: ClassVar[str] = "CAT"
    traits: ClassVar[Traits] = LINEAR_JOIN

    def join(self, volumes: tuple[Volume, ...]) -> Sizing:
        W, H, _ = volumes[0]
        if any(volume.W != W or volume.H != H for volume in volumes):
            return Sizing(None, None, (Fault("CNN107", facts=(("volumes", volumes),)),))
        return bounded(Volume(W, H, sum(volume.D for volume in volumes)))


class Heads(Plain, kw_only=True):
    """OUTPUT{...}: each branch is an output of the network, and the volume before it goes on.

    It has no weights and no volume of its own. GoogLeNet has two of these (Szegedy 2014).
    """

    kind: ClassVar[str] = "OUTPUT"
    traits: ClassVar[Traits] = END
    counts: ClassVar[bool] = False

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Heads:
        return cls()


HEADS = Heads()


def gates(op: str, branches: tuple[Volume, ...], output: Volume) -> tuple[bool, ...]:
    """Return for each branch whether it is a gate: 1 x 1 in a MUL with a larger map.

    A gate scales every position of the map alike, so it has no receptive field of its own.
    """
    if op != "MUL" or output[:2] == (1, 1):
        return (False,) * len(branches)
    return tuple(volume[:2] == (1, 1) for volume in branches)
