"""Layers that keep the volume: activations, norms, dropout, SCALE and IDENTITY."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from cnnsize.layers.base import (
    Defaults,
    InvalidOptionError,
    MissingOptionError,
    Plain,
    Saves,
    Traits,
)
from cnnsize.layers.volume import Fault, Sizing, Volume
from cnnsize.record import Record, RecordType

NORM = Traits(
    role="norm",
    nonlinear=False,
    monotone=False,
    clips=False,
    elementwise=False,
    learned=False,
    needs_map=False,
    saves="input",
)
NORM_OF_MAPS = Traits(
    role="norm",
    nonlinear=False,
    monotone=False,
    clips=False,
    elementwise=False,
    learned=False,
    needs_map=True,
    saves="input",
)
DROPOUT_OF_VALUES = Traits(
    role="dropout",
    nonlinear=False,
    monotone=False,
    clips=False,
    elementwise=True,
    learned=False,
    needs_map=False,
    saves="",
)
DROPOUT_OF_MAPS = Traits(
    role="dropout",
    nonlinear=False,
    monotone=False,
    clips=False,
    elementwise=False,
    learned=False,
    needs_map=False,
    saves="",
)


class Activation(Plain, kw_only=True):
    """An elementwise activation, or a softmax over the depth."""

    kind: ClassVar[str] = "activation"
    counts: ClassVar[bool] = False

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Activation:
        return cls()


class PRelu(Activation, kw_only=True):
    """PRELU: one learned slope, or one for each channel with ``per=channel`` (He 2015)."""

    kind: ClassVar[str] = "PRELU"
    aliases: ClassVar[tuple[str, ...]] = ()
    traits: ClassVar[Traits] = Traits(
        role="activation",
        nonlinear=True,
        monotone=False,
        clips=True,
        elementwise=False,
        learned=True,
        needs_map=False,
        saves="input",
    )
    reads: ClassVar[dict[str, str]] = {"per": "word:channel", "in": "positive"}
    per_channel: bool = False

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> PRelu:
        return cls(per_channel="per" in values)

    def weights(self, volume: Volume) -> tuple[int, int]:
        return 0, volume.D if self.per_channel else 1


class _Facts(Record):
    """The facts that differ between activations."""

    monotone: bool
    clips: bool
    saves: Saves
    aliases: tuple[str, ...] = ()
    elementwise: bool = True


_ACTIVATIONS = {
    "RELU": _Facts(True, True, "output", ("RELUS", "RECTIFIEDLINEARUNIT", "RELUACTIVATION")),
    "RELU6": _Facts(True, True, "input"),
    "LRELU": _Facts(True, True, "input", ("LEAKYRELU", "LEAKY")),
    "ELU": _Facts(True, True, "input"),
    "SELU": _Facts(True, True, "input"),
    "GELU": _Facts(False, True, "input"),
    "SILU": _Facts(False, True, "input", ("SWISH",)),
    "MISH": _Facts(False, True, "input"),
    "HSWISH": _Facts(False, True, "input", ("HARDSWISH",)),
    "HSIGMOID": _Facts(True, False, "input", ("HARDSIGMOID",)),
    "SIGMOID": _Facts(True, False, "output", ("SIGM", "LOGISTIC", "SIGMOIDACTIVATION")),
    "TANH": _Facts(True, False, "output"),
    "SOFTPLUS": _Facts(True, False, "input"),
    "SOFTMAX": _Facts(
        False,
        False,
        "output",
        ("SMAX", "SOFTMAXLAYER", "PROB", "SOFTMAXCLASSIFIER", "SOFTMAX2D"),
        elementwise=False,
    ),
    "LOGSOFTMAX": _Facts(False, False, "output", elementwise=False),
}


def _activation(name: str) -> type[Activation]:
    """Return the class of an activation without options.

    It becomes a global of this module, so that its layers can be pickled.
    """
    facts = _ACTIVATIONS[name]
    traits = Traits(
        role="activation",
        nonlinear=True,
        monotone=facts.monotone,
        clips=facts.clips,
        elementwise=facts.elementwise,
        learned=False,
        needs_map=False,
        saves=facts.saves,
    )
    body = {"kind": name, "aliases": facts.aliases, "traits": traits, "__module__": __name__}
    return cast("type[Activation]", RecordType(name.title(), (Activation,), body))


ACTIVATION_KINDS: dict[str, type[Activation]] = {
    **{name: _activation(name) for name in ("RELU", "RELU6", "LRELU")},
    "PRELU": PRelu,
    **{name: _activation(name) for name in list(_ACTIVATIONS)[3:]},
}
globals().update({cls.__name__: cls for cls in ACTIVATION_KINDS.values()})


class BatchNorm(Plain, kw_only=True):
    """BN: batch normalization, with a scale and a shift per channel unless affine=no (Ioffe 2015)."""

    kind: ClassVar[str] = "BN"
    aliases: ClassVar[tuple[str, ...]] = (
        "BATCHNORM",
        "BATCHNORM1D",
        "BATCHNORM2D",
        "LAZYBATCHNORM1D",
        "LAZYBATCHNORM2D",
        "BATCHNORMALIZATION",
        "BATCHNORMALISATION",
        "NORMALIZATION",
        "NORMALISATION",
        "BATCHNORMALIZE",
        "BNORM",
        "BATCH",
        "BATCHNORMALIZATION2D",
    )
    traits: ClassVar[Traits] = NORM
    reads: ClassVar[dict[str, str]] = {"affine": "flag", "in": "positive"}
    affine: bool = True

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> BatchNorm:
        return cls(**values)

    def weights(self, volume: Volume) -> tuple[int, int]:
        return 0, 2 * volume.D if self.affine else 0


class LayerNorm(BatchNorm, kw_only=True):
    """LN: layer normalization over the depth at each position (Ba 2016, Liu 2022)."""

    kind: ClassVar[str] = "LN"
    aliases: ClassVar[tuple[str, ...]] = ("LAYERNORM", "LAYERNORMALIZATION", "LAYERNORM2D")
    traits: ClassVar[Traits] = NORM


class InstanceNorm(BatchNorm, kw_only=True):
    """IN: instance normalization of each channel; no scale and shift unless affine=yes."""

    kind: ClassVar[str] = "IN"
    aliases: ClassVar[tuple[str, ...]] = ("INSTANCENORM", "INSTANCENORM2D", "INSTANCENORMALIZATION")
    traits: ClassVar[Traits] = NORM_OF_MAPS
    affine: bool = False

    def size(self, volume: Volume) -> Sizing:
        if volume.W * volume.H == 1:  # PyTorch needs more than one position
            return Sizing(None, None, (Fault("CNN004", why="instance-norm"),))
        return Sizing(volume)


class GroupNorm(BatchNorm, kw_only=True):
    """GN(G): normalization of G groups of channels (Wu 2018)."""

    kind: ClassVar[str] = "GN"
    checks_depth: ClassVar[bool] = True
    aliases: ClassVar[tuple[str, ...]] = ("GROUPNORM", "GROUPNORMALIZATION")
    traits: ClassVar[Traits] = NORM
    reads: ClassVar[dict[str, str]] = {"G": "positive", "affine": "flag", "in": "positive"}
    positional: ClassVar[tuple[str, ...]] = ("G",)
    G: int

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> GroupNorm:
        if "G" not in values:
            raise MissingOptionError("G", "GN(32)")
        return cls(**values)

    def size(self, volume: Volume) -> Sizing:
        if volume.D % self.G:
            return Sizing(None, None, (Fault("CNN104", facts=(("D", volume.D), ("G", self.G))),))
        if volume.W * volume.H * volume.D == self.G:  # PyTorch needs more than one value per group
            return Sizing(None, None, (Fault("CNN004", why="instance-norm"),))
        return Sizing(volume)


class LocalResponseNorm(Plain, kw_only=True):
    """LRN: local response normalization across channels, without parameters (Krizhevsky 2012)."""

    kind: ClassVar[str] = "LRN"
    aliases: ClassVar[tuple[str, ...]] = ("LOCALRESPONSENORM", "LOCALRESPONSENORMALIZATION", "NORM")
    traits: ClassVar[Traits] = NORM_OF_MAPS

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> LocalResponseNorm:
        return cls()


class Scale(Plain, kw_only=True):
    """SCALE: one learned factor per channel, and with bias=yes a shift.

    With per=layer it is a single factor for all channels, as in ReZero (Bachlechner 2020).
    """

    kind: ClassVar[str] = "SCALE"
    aliases: ClassVar[tuple[str, ...]] = ("LAYERSCALE",)
    traits: ClassVar[Traits] = Traits(
        role="scale",
        nonlinear=False,
        monotone=False,
        clips=False,
        elementwise=False,
        learned=True,
        needs_map=True,
        saves="input",
    )
    reads: ClassVar[dict[str, str]] = {"per": "word:channel layer", "bias": "flag"}
    per_layer: bool = False
    bias: bool = False

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Scale:
        return cls(per_layer=values.get("per") == "layer", bias=values.get("bias", False))

    def weights(self, volume: Volume) -> tuple[int, int]:
        factors = 1 if self.per_layer else volume.D
        return 0, 2 * factors if self.bias else factors


class Identity(Plain, kw_only=True):
    """IDENTITY: its output is its input."""

    kind: ClassVar[str] = "IDENTITY"
    aliases: ClassVar[tuple[str, ...]] = ()
    traits: ClassVar[Traits] = Traits(
        role="identity",
        nonlinear=False,
        monotone=False,
        clips=False,
        elementwise=True,
        learned=False,
        needs_map=False,
        saves="",
    )
    counts: ClassVar[bool] = False

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Identity:
        return cls()


class Dropout(Plain, kw_only=True):
    """DROPOUT(p): zeroes single values during training (Srivastava 2014)."""

    kind: ClassVar[str] = "DROPOUT"
    aliases: ClassVar[tuple[str, ...]] = ("DO", "DROP")
    traits: ClassVar[Traits] = DROPOUT_OF_VALUES
    reads: ClassVar[dict[str, str]] = {"rate": "rate"}
    positional: ClassVar[tuple[str, ...]] = ("rate",)
    counts: ClassVar[bool] = False
    rate: float = 0.5

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Dropout:
        rate = values.get("rate", 0.5)
        if not 0 <= rate <= 1:
            raise InvalidOptionError("rate", f"the rate {rate:g} is not between 0 and 1")
        return cls(rate=rate)


class Dropout2d(Dropout, kw_only=True):
    """DROPOUT2D(p): zeroes whole channels during training (Tompson 2015)."""

    kind: ClassVar[str] = "DROPOUT2D"
    aliases: ClassVar[tuple[str, ...]] = ("SPATIALDROPOUT", "SPATIALDROPOUT2D")
    traits: ClassVar[Traits] = DROPOUT_OF_MAPS


class DropPath(Dropout, kw_only=True):
    """DROPPATH(p): zeroes a whole branch during training, stochastic depth (Huang 2016)."""

    kind: ClassVar[str] = "DROPPATH"
    aliases: ClassVar[tuple[str, ...]] = ("STOCHASTICDEPTH",)
    traits: ClassVar[Traits] = DROPOUT_OF_MAPS
