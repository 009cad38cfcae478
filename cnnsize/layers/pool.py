"""Pooling: POOL, AVGPOOL, GAP and GMP."""

from __future__ import annotations

from typing import Any, ClassVar

from cnnsize.layers.base import Defaults, InvalidOptionError, Plain, Traits
from cnnsize.layers.conv import padding_of, tensorflow_windows, window_pair
from cnnsize.layers.volume import (
    LOST,
    WHOLE,
    Fault,
    PerAxis,
    Reach,
    Sizing,
    Volume,
    Window,
    windowed,
)
from cnnsize.record import replace


class Pool(Plain, kw_only=True):
    """POOL: maximum of each window; with ``to``, adaptive pooling to a fixed W x H."""

    kind: ClassVar[str] = "POOL"
    aliases: ClassVar[tuple[str, ...]] = (
        "ADAPTIVEMAXPOOL",
        "ADAPTIVEMAXPOOL2D",
        "MAXPOOL",
        "MAXPOOL2D",
        "MAXPOOLING",
        "MAXPOOLING2D",
        "POOLING",
        "POOL2D",
        "MP",
        "POOLS",
        "SUBSAMPLING",
        "MPOOL",
    )
    traits: ClassVar[Traits] = Traits(
        role="pool",
        nonlinear=True,
        monotone=False,
        clips=False,
        elementwise=False,
        learned=False,
        needs_map=True,
        saves="input",
    )
    reads: ClassVar[dict[str, str]] = {
        "F": "pair",
        "S": "pair",
        "P": "padding",
        "D": "pair",
        "ceil": "flag",
        "to": "pair",
    }
    kernel: ClassVar[str | None] = "F"
    windows: tuple[Window, Window] = (Window(2, 2), Window(2, 2))
    to: PerAxis | None = None
    same: bool = False  # P=same was written

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Pool:
        to = values.get("to")
        if to is not None:
            for key in values:
                if key != "to":
                    raise InvalidOptionError(
                        key,
                        f"{key} has no effect in adaptive pooling: to= sets the output size",
                        "CNN001",
                    )
            return cls(to=to)
        F = values.get("F")
        assumed: tuple[str, ...] = ()
        if F is None:
            F = (defaults.pool, defaults.pool)
            assumed = (f"F={defaults.pool}",)
        S, D = values.get("S", F), values.get("D", (1, 1))
        before, after = padding_of({"P": values.get("P", (0, 0))}, F, D, [])
        windows = window_pair(F, S, before, after, D, ceil=values.get("ceil", False))
        return cls(windows=windows, same=values.get("P") == "same", assumed=assumed)

    @property
    def S(self) -> PerAxis:
        return self.windows[0].S, self.windows[1].S

    @property
    def pads_alike(self) -> bool:
        """Whether P=same pads both sides alike on every volume, as PyTorch's pools can."""
        is_even = all(window.before == window.after for window in self.windows)
        return is_even and self.S == (1, 1)

    def tensorflow(self, volume: Volume) -> Pool:
        """Return this layer with TensorFlow's SAME padding on ``volume``: the output is ceil(W/S)."""
        return replace(self, windows=tensorflow_windows(self.windows, volume), same=False)

    def size(self, volume: Volume) -> Sizing:
        if self.to is not None:
            return Sizing(Volume(self.to[0], self.to[1], volume.D))
        if self.same and not self.pads_alike:
            return Sizing(None, None, (Fault("CNN109", facts=(("S", self.S), ("volume", volume))),))
        return windowed(self.windows, volume, volume.D, pooling=True)

    def reach(self, volume: Volume) -> Reach:
        if self.to is None:
            return self.windows
        if volume.W % self.to[0] or volume.H % self.to[1]:
            return LOST  # the windows differ in size, so there is no single receptive field
        F = (volume.W // self.to[0], volume.H // self.to[1])
        return Window(F[0], F[0]), Window(F[1], F[1])


class AvgPool(Pool, kw_only=True):
    """AVGPOOL: mean of each window; with ``include_pad``, zeros of the padding count."""

    kind: ClassVar[str] = "AVGPOOL"
    aliases: ClassVar[tuple[str, ...]] = (
        "ADAPTIVEAVGPOOL",
        "ADAPTIVEAVGPOOL2D",
        "AVGPOOL2D",
        "AVERAGEPOOL",
        "AVERAGEPOOL2D",
        "AVERAGEPOOLING",
        "AVERAGEPOOLING2D",
        "AVGPOOLING",
        "AVGPOOLING2D",
        "MEANPOOL",
        "MEANPOOLING",
        "APOOL",
    )
    traits: ClassVar[Traits] = Traits(
        role="pool",
        nonlinear=False,
        monotone=False,
        clips=False,
        elementwise=False,
        learned=False,
        needs_map=True,
        saves="",
    )
    reads: ClassVar[dict[str, str]] = {
        "F": "pair",
        "S": "pair",
        "P": "padding",
        "ceil": "flag",
        "include_pad": "flag",
        "to": "pair",
    }
    include_pad: bool = True

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> AvgPool:
        others = {key: value for key, value in values.items() if key != "include_pad"}
        if "to" in values and "include_pad" in values:
            raise InvalidOptionError(
                "include_pad", "adaptive pooling has no padding to include", "CNN001"
            )
        layer = super().make(others, defaults)
        assert isinstance(layer, AvgPool)
        return layer if values.get("include_pad", True) else replace(layer, include_pad=False)


class GlobalPool(Plain, kw_only=True):
    """GAP: mean of each whole channel, 1 x 1 x D (Lin 2013)."""

    kind: ClassVar[str] = "GAP"
    aliases: ClassVar[tuple[str, ...]] = (
        "GLOBALAVGPOOL",
        "GLOBALAVGPOOL2D",
        "GLOBALAVERAGEPOOLING",
        "GLOBALAVERAGEPOOLING2D",
        "GLOBALAVERAGEPOOL",
        "GLOBALAVERAGEPOOL2D",
        "GLOBALAVGPOOLING",
        "GLOBALAVGPOOLING2D",
        "GLOBALPOOL",
        "GLOBALPOOLING",
        "GLOBALAVG",
        "GAVGPOOL",
        "GAP2D",
    )
    traits: ClassVar[Traits] = Traits(
        role="global-pool",
        nonlinear=False,
        monotone=False,
        clips=False,
        elementwise=False,
        learned=False,
        needs_map=False,
        saves="",
    )

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> GlobalPool:
        return cls()

    def size(self, volume: Volume) -> Sizing:
        return Sizing(Volume(1, 1, volume.D))

    def reach(self, volume: Volume) -> Reach:
        return WHOLE


class GlobalMaxPool(GlobalPool, kw_only=True):
    """GMP: maximum of each whole channel, 1 x 1 x D."""

    kind: ClassVar[str] = "GMP"
    aliases: ClassVar[tuple[str, ...]] = (
        "GLOBALMAXPOOL",
        "GLOBALMAXPOOL2D",
        "GLOBALMAXPOOLING",
        "GLOBALMAXPOOLING2D",
    )
    traits: ClassVar[Traits] = Traits(
        role="global-pool",
        nonlinear=True,
        monotone=False,
        clips=False,
        elementwise=False,
        learned=False,
        needs_map=False,
        saves="input",
    )
