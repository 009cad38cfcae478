"""Layers that leave the volume as it is: activations, norms, dropout, SCALE."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from cnnsize.layers.base import Defaults, Invalid, Missing, Plain
from cnnsize.layers.names import ACTIVATIONS
from cnnsize.layers.volume import Fault, Sizing, Volume
from cnnsize.record import RecordType


class Activation(Plain, kw_only=True):
    """An elementwise activation, or a softmax over depth."""

    kind: ClassVar[str] = "activation"
    counts: ClassVar[bool] = False

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Activation:
        return cls()


class PRelu(Activation, kw_only=True):
    """PRELU: one learned slope, or with ``per=channel`` one for each channel (He 2015)."""

    kind: ClassVar[str] = "PRELU"
    reads: ClassVar[dict[str, str]] = {"per": "word:channel"}
    per_channel: bool = False

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> PRelu:
        return cls(per_channel="per" in values)

    def weights(self, volume: Volume) -> tuple[int, int]:
        return 0, volume.D if self.per_channel else 1


def _activation(name: str) -> type[Activation]:
    """The class of an activation that is nothing but its name. It stands in this module, so it pickles."""
    made = RecordType(name.title(), (Activation,), {"kind": name, "__module__": __name__})
    return cast("type[Activation]", made)


ACTIVATION_KINDS: dict[str, type[Activation]] = {
    name: PRelu if name == "PRELU" else _activation(name) for name in ACTIVATIONS
}
globals().update({cls.__name__: cls for cls in ACTIVATION_KINDS.values()})


class BatchNorm(Plain, kw_only=True):
    """BN: a scale and a shift for each channel, unless affine=no (Ioffe 2015)."""

    kind: ClassVar[str] = "BN"
    reads: ClassVar[dict[str, str]] = {"affine": "flag", "in": "positive"}
    affine: bool = True

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> BatchNorm:
        return cls(**values)

    def weights(self, volume: Volume) -> tuple[int, int]:
        return 0, 2 * volume.D if self.affine else 0


class LayerNorm(BatchNorm, kw_only=True):
    """LN: normalizes over depth at each position."""

    kind: ClassVar[str] = "LN"


class InstanceNorm(BatchNorm, kw_only=True):
    """IN: each channel over its own map; without learned scale unless affine=yes."""

    kind: ClassVar[str] = "IN"
    affine: bool = False

    def size(self, volume: Volume) -> Sizing:
        if volume.W * volume.H == 1:  # torch: more than one position needed
            return Sizing(None, None, (Fault("CNN004", why="instance-norm"),))
        return Sizing(volume)


class GroupNorm(BatchNorm, kw_only=True):
    """GN(G): G groups of channels (Wu 2018)."""

    kind: ClassVar[str] = "GN"
    reads: ClassVar[dict[str, str]] = {"G": "positive", "affine": "flag", "in": "positive"}
    positional: ClassVar[tuple[str, ...]] = ("G",)
    G: int

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> GroupNorm:
        if "G" not in values:
            raise Missing("G", "GN(32)")
        return cls(**values)

    def size(self, volume: Volume) -> Sizing:
        if volume.D % self.G:
            return Sizing(None, None, (Fault("CNN104", facts=(("D", volume.D), ("G", self.G))),))
        if volume.W * volume.H * volume.D == self.G:  # torch, for one input: more than one value needed
            return Sizing(None, None, (Fault("CNN004", why="instance-norm"),))
        return Sizing(volume)


class LocalResponseNorm(Plain, kw_only=True):
    """LRN: AlexNet's normalization across channels; nothing is learned (Krizhevsky 2012)."""

    kind: ClassVar[str] = "LRN"

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> LocalResponseNorm:
        return cls()


class Scale(Plain, kw_only=True):
    """SCALE: one learned factor for each channel, with bias=yes a shift too."""

    kind: ClassVar[str] = "SCALE"
    reads: ClassVar[dict[str, str]] = {"bias": "flag"}
    bias: bool = False

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Scale:
        return cls(**values)

    def weights(self, volume: Volume) -> tuple[int, int]:
        return 0, 2 * volume.D if self.bias else volume.D


class Dropout(Plain, kw_only=True):
    """DROPOUT(p): drops single values in training (Srivastava 2014)."""

    kind: ClassVar[str] = "DROPOUT"
    reads: ClassVar[dict[str, str]] = {"rate": "rate"}
    positional: ClassVar[tuple[str, ...]] = ("rate",)
    counts: ClassVar[bool] = False
    rate: float = 0.5

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Dropout:
        rate = values.get("rate", 0.5)
        if not 0 <= rate <= 1:
            raise Invalid("rate", f"a rate of {rate:g} is not between 0 and 1")
        return cls(rate=rate)


class Dropout2d(Dropout, kw_only=True):
    """DROPOUT2D(p): drops whole maps (Tompson 2015)."""

    kind: ClassVar[str] = "DROPOUT2D"


class DropPath(Dropout, kw_only=True):
    """DROPPATH(p): drops a whole branch, stochastic depth (Huang 2016)."""

    kind: ClassVar[str] = "DROPPATH"
