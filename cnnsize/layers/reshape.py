"""Layers that rearrange, copy or select values.

These are FLATTEN, UNFLATTEN, UP, PIXELSHUFFLE, PIXELUNSHUFFLE, CHSHUFFLE, PAD, CROP and SLICE.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from cnnsize.layers.base import Defaults, InvalidOptionError, MissingOptionError, Plain, Traits
from cnnsize.layers.volume import (
    LOST,
    Fault,
    PerAxis,
    Reach,
    Sizing,
    Spread,
    Volume,
    Window,
    bounded,
)
from cnnsize.limits import MAX_PHASES

RESHAPE = Traits(
    role="reshape",
    nonlinear=False,
    monotone=False,
    clips=False,
    elementwise=False,
    learned=False,
    needs_map=False,
    saves="",
)
RESHAPE_OF_MAPS = Traits(
    role="reshape",
    nonlinear=False,
    monotone=False,
    clips=False,
    elementwise=False,
    learned=False,
    needs_map=True,
    saves="",
)


class Flatten(Plain, kw_only=True):
    """FLATTEN: W x H x D becomes 1 x 1 x (W * H * D)."""

    kind: ClassVar[str] = "FLATTEN"
    aliases: ClassVar[tuple[str, ...]] = ("FLAT", "VIEW", "FLATTENING", "FLATTENED")
    traits: ClassVar[Traits] = RESHAPE
    counts: ClassVar[bool] = False

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Flatten:
        return cls()

    def size(self, volume: Volume) -> Sizing:
        return bounded(Volume(1, 1, volume.W * volume.H * volume.D))

    def reach(self, volume: Volume) -> Reach:
        return LOST


class Unflatten(Plain, kw_only=True):
    """UNFLATTEN[WxHxD]: reshapes to W x H x D, which must have as many values."""

    kind: ClassVar[str] = "UNFLATTEN"
    checks_depth: ClassVar[bool] = True
    aliases: ClassVar[tuple[str, ...]] = ("RESHAPE",)
    traits: ClassVar[Traits] = RESHAPE
    reads: ClassVar[dict[str, str]] = {"shape": "shape3"}
    to: Volume

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Unflatten:
        if "shape" not in values:
            raise MissingOptionError("shape", "UNFLATTEN[7x7x64]")
        return cls(to=Volume(*values["shape"]))

    def size(self, volume: Volume) -> Sizing:
        if volume.W * volume.H * volume.D != self.to.W * self.to.H * self.to.D:
            return Sizing(None, None, (Fault("CNN108", why="unflatten", facts=(("to", self.to),)),))
        return Sizing(self.to)

    def reach(self, volume: Volume) -> Reach:
        return LOST


MODES = "nearest bilinear bicubic area nearest-exact"


class Up(Plain, kw_only=True):
    """UP2: upsampling to kW x kH x D, nearest neighbour unless ``mode`` says otherwise.

    With ``to``, the output is ``to`` x D, whatever comes in.
    """

    kind: ClassVar[str] = "UP"
    aliases: ClassVar[tuple[str, ...]] = (
        "UPSAMPLE",
        "UPSAMPLE2D",
        "UPSAMPLING",
        "UPSAMPLING2D",
        "UPSAMPLINGNEAREST2D",
        "UPSAMPLINGBILINEAR2D",
        "BICUBIC",
    )
    implied: ClassVar[str | None] = "2"
    traits: ClassVar[Traits] = RESHAPE_OF_MAPS
    reads: ClassVar[dict[str, str]] = {"factor": "pair", "to": "pair", "mode": "word:" + MODES}
    kernel: ClassVar[str | None] = "factor"
    factor: PerAxis = (2, 2)
    to: PerAxis | None = None
    mode: str = "nearest"

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Up:
        if "to" in values and "factor" in values:
            raise InvalidOptionError(
                "factor", "UP has a factor or a size (to=), and not both", "CNN001"
            )
        return cls(
            factor=values.get("factor", (2, 2)),
            to=values.get("to"),
            mode=values.get("mode", "nearest"),
        )

    def size(self, volume: Volume) -> Sizing:
        if self.to is not None:
            return Sizing(Volume(self.to[0], self.to[1], volume.D))
        return bounded(Volume(volume.W * self.factor[0], volume.H * self.factor[1], volume.D))

    def reach(self, volume: Volume) -> Reach:
        w, h = self.factor
        if self.to is not None:
            if self.to[0] % volume.W or self.to[1] % volume.H:
                return LOST  # positions read unequal numbers of inputs
            w, h = self.to[0] // volume.W, self.to[1] // volume.H
        if max(w, h) > MAX_PHASES:
            return LOST
        return _copied(w, self.mode), _copied(h, self.mode)


@lru_cache(maxsize=64)
def _copied(k: int, mode: str) -> Spread:
    """Return which inputs the outputs of UP read.

    Output o is at (2o + 1 - k) / 2k in the input, between -1/2 and 1/2. Interpolation reads the
    neighbours on both sides; the output in the middle of an odd k is on an input cell.
    """
    if mode not in ("bilinear", "bicubic"):
        return Spread(((0,),) * k)
    margin = 1 if mode == "bicubic" else 0  # further neighbours on each side
    before, after = range(-1 - margin, 1 + margin), range(-margin, 2 + margin)
    half = k // 2
    return Spread((tuple(before),) * half + ((0,),) * (k % 2) + (tuple(after),) * half)


class PixelShuffle(Plain, kw_only=True):
    """PIXELSHUFFLE2: depth to space, kW x kH x (D / k^2) (Shi 2016)."""

    kind: ClassVar[str] = "PIXELSHUFFLE"
    checks_depth: ClassVar[bool] = True
    aliases: ClassVar[tuple[str, ...]] = ("DEPTHTOSPACE",)
    traits: ClassVar[Traits] = RESHAPE_OF_MAPS
    reads: ClassVar[dict[str, str]] = {"factor": "positive"}
    kernel: ClassVar[str | None] = "factor"
    factor: int

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> PixelShuffle:
        if "factor" not in values:
            raise MissingOptionError("factor", "PIXELSHUFFLE2")
        return cls(factor=values["factor"])

    def size(self, volume: Volume) -> Sizing:
        k = self.factor
        if volume.D % (k * k):
            facts = (("D", volume.D), ("k", k))
            return Sizing(None, None, (Fault("CNN104", why="pixel-shuffle", facts=facts),))
        return bounded(Volume(volume.W * k, volume.H * k, volume.D // (k * k)))

    def reach(self, volume: Volume) -> Reach:
        if self.factor > MAX_PHASES:
            return LOST
        spread = Spread(((0,),) * self.factor)
        return spread, spread


class PixelUnshuffle(Plain, kw_only=True):
    """PIXELUNSHUFFLE2: space to depth, (W / k) x (H / k) x k^2 D (Shi 2016)."""

    kind: ClassVar[str] = "PIXELUNSHUFFLE"
    aliases: ClassVar[tuple[str, ...]] = ("SPACETODEPTH", "REORG")
    traits: ClassVar[Traits] = RESHAPE_OF_MAPS
    reads: ClassVar[dict[str, str]] = {"factor": "positive"}
    kernel: ClassVar[str | None] = "factor"
    factor: int

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> PixelUnshuffle:
        if "factor" not in values:
            raise MissingOptionError("factor", "PIXELUNSHUFFLE2")
        return cls(factor=values["factor"])

    def size(self, volume: Volume) -> Sizing:
        k = self.factor
        faults = tuple(
            Fault("CNN104", axis, "pixel-unshuffle", (("size", side), ("k", k)))
            for axis, side in zip("WH", volume[:2], strict=True)
            if side % k
        )
        if faults:
            return Sizing(None, None, faults)
        return bounded(Volume(volume.W // k, volume.H // k, volume.D * k * k))

    def reach(self, volume: Volume) -> Reach:
        window = Window(self.factor, self.factor)
        return window, window


class ChannelShuffle(Plain, kw_only=True):
    """CHSHUFFLE(G): interleaves the channels of G groups (Zhang 2017)."""

    kind: ClassVar[str] = "CHSHUFFLE"
    checks_depth: ClassVar[bool] = True
    aliases: ClassVar[tuple[str, ...]] = ("CHANNELSHUFFLE",)
    traits: ClassVar[Traits] = RESHAPE_OF_MAPS
    reads: ClassVar[dict[str, str]] = {"G": "positive"}
    positional: ClassVar[tuple[str, ...]] = ("G",)
    G: int

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> ChannelShuffle:
        if "G" not in values:
            raise MissingOptionError("G", "CHSHUFFLE(3)")
        return cls(G=values["G"])

    def size(self, volume: Volume) -> Sizing:
        if volume.D % self.G:
            return Sizing(None, None, (Fault("CNN104", facts=(("D", volume.D), ("G", self.G))),))
        return Sizing(volume)


SIDES = ("left", "top", "right", "bottom")
DEPTH_SIDES = ("front", "back")


class Pad(Plain, kw_only=True):
    """PAD1: zeros on all sides, or on each as in PAD(left=0, top=0, right=1, bottom=1).

    ``front`` and ``back`` are channels of zeros before and after the others, as in the shortcuts of
    ResNet's option A (He 2015, section 3.3).
    """

    kind: ClassVar[str] = "PAD"
    aliases: ClassVar[tuple[str, ...]] = (
        *("ZEROPAD", "ZEROPAD2D", "ZEROPADDING", "ZEROPADDING2D"),
        *("CONSTANTPAD2D", "REFLECTIONPAD2D", "REPLICATIONPAD2D", "CIRCULARPAD2D"),
    )
    implied: ClassVar[str | None] = "1"
    traits: ClassVar[Traits] = RESHAPE_OF_MAPS
    reads: ClassVar[dict[str, str]] = {
        "P": "zero-pair",
        **dict.fromkeys((*SIDES, *DEPTH_SIDES), "zero"),
    }
    kernel: ClassVar[str | None] = "P"
    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0
    front: int = 0
    back: int = 0

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Pad:
        if "P" in values:
            for key in SIDES:
                if key in values:
                    raise InvalidOptionError(
                        key, f"the padding is given twice: for all sides, and as {key}", "CNN001"
                    )
            w, h = values["P"]
            depth = {key: values[key] for key in DEPTH_SIDES if key in values}
            return cls(left=w, right=w, top=h, bottom=h, **depth)
        if not values:
            raise MissingOptionError("P", "PAD1")
        return cls(**values)

    @property
    def windows(self) -> tuple[Window, Window]:
        return Window(1, 1, self.left, self.right), Window(1, 1, self.top, self.bottom)

    def size(self, volume: Volume) -> Sizing:
        W, H, D = volume
        return bounded(
            Volume(
                W + self.left + self.right,
                H + self.top + self.bottom,
                D + self.front + self.back,
            )
        )

    def reach(self, volume: Volume) -> Reach:
        return self.windows


class Crop(Plain, kw_only=True):
    """CROP[WxH]: W x H from the center, or starting at (left, top).

    An odd margin is rounded down at the left and top. Without a size (``to`` is None) it is the
    last layer of a branch and crops to the size that the join needs (Ronneberger 2015).
    """

    kind: ClassVar[str] = "CROP"
    aliases: ClassVar[tuple[str, ...]] = ("CROPPING", "CROPPING2D", "CENTERCROP")
    traits: ClassVar[Traits] = RESHAPE_OF_MAPS
    reads: ClassVar[dict[str, str]] = {"shape": "shape2", "left": "zero", "top": "zero"}
    to: PerAxis | None
    left: int | None = None
    top: int | None = None

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Crop:
        left, top = values.get("left"), values.get("top")
        if "shape" not in values:
            if left is not None or top is not None:
                raise MissingOptionError("shape", "CROP[24x24](left=0, top=0)")
            return cls(to=None)
        if (left is None) != (top is None):
            raise MissingOptionError("top" if top is None else "left", "CROP[24x24](left=0, top=0)")
        return cls(to=values["shape"], left=left, top=top)

    def margins(self, volume: Volume) -> PerAxis:
        """Return how many columns at the left and rows at the top are cut off."""
        assert self.to is not None, "the walk sets the size of a CROP that has none"
        if self.left is not None and self.top is not None:
            return self.left, self.top
        return (volume.W - self.to[0]) // 2, (volume.H - self.to[1]) // 2

    def size(self, volume: Volume) -> Sizing:
        left, top = self.margins(volume)
        assert self.to is not None
        for axis, size, start, side in (
            ("W", volume.W, left, self.to[0]),
            ("H", volume.H, top, self.to[1]),
        ):
            if start < 0 or start + side > size:
                facts = (("size", size), ("start", max(start, 0)), ("side", side))
                return Sizing(None, None, (Fault("CNN102", axis, "crop", facts),))
        return Sizing(Volume(self.to[0], self.to[1], volume.D))

    def reach(self, volume: Volume) -> Reach:
        left, top = self.margins(volume)
        return Window(1, 1, -left, 0), Window(1, 1, -top, 0)


class Slice(Plain, kw_only=True):
    """SLICE(from=0, to=58): the channels 0 to 57. Without ``to``, all from ``from`` on."""

    kind: ClassVar[str] = "SLICE"
    checks_depth: ClassVar[bool] = True
    aliases: ClassVar[tuple[str, ...]] = ()
    traits: ClassVar[Traits] = RESHAPE
    reads: ClassVar[dict[str, str]] = {"from": "zero", "to": "positive"}
    start: int = 0
    stop: int | None = None

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Slice:
        if not values:
            raise MissingOptionError("to", "SLICE(from=0, to=58)")
        start, stop = values.get("from", 0), values.get("to")
        if stop is not None and stop <= start:
            raise InvalidOptionError("to", f"from={start}, to={stop} selects no channel")
        return cls(start=start, stop=stop)

    def size(self, volume: Volume) -> Sizing:
        stop = volume.D if self.stop is None else self.stop
        if stop > volume.D or self.start >= stop:
            facts = (("D", volume.D), ("to", max(stop, self.start + 1)))
            return Sizing(None, None, (Fault("CNN004", why="slice", facts=facts),))
        return Sizing(Volume(volume.W, volume.H, stop - self.start))
