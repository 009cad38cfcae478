"""Convolutions: CONV, DWCONV and TCONV."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from cnnsize.layers.base import Defaults, InvalidOptionError, Layer, Traits
from cnnsize.layers.volume import (
    AXES,
    LOST,
    Fault,
    PerAxis,
    Reach,
    Sizing,
    Spread,
    Volume,
    Window,
    bounded,
    windowed,
)
from cnnsize.limits import MAX_PHASES
from cnnsize.record import replace

READS = {
    "K": "positive",
    "F": "pair",
    "S": "pair",
    "P": "padding",
    "D": "pair",
    "G": "positive",
    "bias": "flag",
    "in": "positive",
}

CONVOLUTION = Traits(
    role="convolution",
    nonlinear=False,
    monotone=False,
    clips=False,
    elementwise=False,
    learned=True,
    needs_map=True,
    saves="input",
)


def padding_of(
    values: dict[str, Any], F: PerAxis, D: PerAxis, assumed: list[str]
) -> tuple[PerAxis, PerAxis]:
    """Return ((left, top), (right, bottom)) for a convolution.

    Without P, the padding of an odd F keeps the size, D(F - 1)/2 on each side (CS231n, "Use of
    zero-padding"), and that of an even F is 0.
    """
    total = (D[0] * (F[0] - 1), D[1] * (F[1] - 1))
    padding = values.get("P")
    if padding == "same":  # as in PyTorch, the smaller half at the left and top
        before = (total[0] // 2, total[1] // 2)
        return before, (total[0] - before[0], total[1] - before[1])
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding is None:
        padding = (total[0] // 2 if F[0] % 2 else 0, total[1] // 2 if F[1] % 2 else 0)
        if total != (0, 0):  # a 1x1 filter needs no padding, so no default was used
            assumed.append(f"P={pair_text(padding)}")
    return padding, padding


def pair_text(value: PerAxis) -> str:
    """Return a pair (W, H) as it is written: ``3`` or ``3x5``."""
    return str(value[0]) if value[0] == value[1] else f"{value[0]}x{value[1]}"


def read_windows(
    values: dict[str, Any], defaults: Defaults
) -> tuple[tuple[Window, Window], bool, tuple[str, ...]]:
    """Return (windows along W and H, whether P=same was written, defaults used)."""
    assumed: list[str] = []
    F = filter_of(values, defaults, assumed)
    D = values.get("D", (1, 1))
    before, after = padding_of(values, F, D, assumed)
    windows = window_pair(F, values.get("S", (1, 1)), before, after, D)
    return windows, values.get("P") == "same", tuple(assumed)


def filter_of(values: dict[str, Any], defaults: Defaults, assumed: list[str]) -> PerAxis:
    """Return the filter size (W, H); a default is added to ``assumed``."""
    F: PerAxis | None = values.get("F")
    if F is None:
        F = (defaults.filter, defaults.filter)
        assumed.append(f"F={defaults.filter}")
    return F


def window_pair(
    F: PerAxis, S: PerAxis, before: PerAxis, after: PerAxis, D: PerAxis, *, ceil: bool = False
) -> tuple[Window, Window]:
    """Return the windows along W and H, one and the same object if they are equal."""
    w = Window(F[0], S[0], before[0], after[0], D[0], ceil)
    h = Window(F[1], S[1], before[1], after[1], D[1], ceil)
    return w, w if h == w else h


def tensorflow_windows(windows: tuple[Window, Window], volume: Volume) -> tuple[Window, Window]:
    """Return windows with TensorFlow's SAME padding on ``volume``: the output is ceil(W/S).

    The smaller half of the padding is at the left and top.
    """
    padded = []
    for window, side in zip(windows, volume[:2], strict=True):
        missing = max(0, (-(-side // window.S) - 1) * window.S + window.F_eff - side)
        padded.append(window._replace(before=missing // 2, after=missing - missing // 2))
    return padded[0], padded[1]


class Conv(Layer, kw_only=True):
    """CONV: K filters of Fw x Fh x (D_in / G), with one bias each."""

    kind: ClassVar[str] = "CONV"
    aliases: ClassVar[tuple[str, ...]] = (
        "CONV2D",
        "CONVOLUTION",
        "CONVOLUTIONAL",
        "CONVOLUTION2D",
        "LAZYCONV2D",
        "CONVLAYER",
        "CONVOLUTIONS",
        "CONVS",
    )
    traits: ClassVar[Traits] = CONVOLUTION
    reads: ClassVar[dict[str, str]] = READS
    kernel: ClassVar[str | None] = "F"
    width: ClassVar[str | None] = "K"
    K: int
    windows: tuple[Window, Window]
    G: int = 1
    bias: bool = True
    same: bool = False  # P=same was written

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> Conv:
        windows, same, assumed = read_windows(values, defaults)
        K = values.get("K")
        if K is None:
            K = defaults.filters
            assumed += (f"K={K}",)
        G, bias = values.get("G", 1), values.get("bias", True)
        return cls(K=K, windows=windows, G=G, bias=bias, same=same, assumed=assumed)

    @property
    def S(self) -> PerAxis:
        return self.windows[0].S, self.windows[1].S

    def channels(self, depth: int) -> int:
        return self.K

    def groups(self, depth: int) -> int:
        return self.G

    def size(self, volume: Volume) -> Sizing:
        K, G = self.K, self.G
        if G > 1 and (volume.D % G or K % G):
            return Sizing(
                None, None, (Fault("CNN104", facts=(("D", volume.D), ("K", K), ("G", G))),)
            )
        if self.same and self.S != (1, 1):
            return self.padded_unevenly(volume)
        return windowed(self.windows, volume, K)

    def padded_unevenly(self, volume: Volume) -> Sizing:
        """Return the fault of P=same with a stride."""
        return Sizing(None, None, (Fault("CNN109", facts=(("S", self.S), ("volume", volume))),))

    def tensorflow(self, volume: Volume) -> Conv:
        """Return this layer with TensorFlow's SAME padding on ``volume``: the output is ceil(W/S)."""
        return replace(self, windows=tensorflow_windows(self.windows, volume), same=False)

    def weights(self, volume: Volume) -> tuple[int, int]:
        K, (w, h) = self.K, self.windows
        return w.F * h.F * (volume.D // self.G) * K, K if self.bias else 0

    def uses(self, volume: Volume, output: Volume) -> int:
        return output.W * output.H

    def reach(self, volume: Volume) -> Reach:
        return self.windows


class DepthwiseConv(Conv, kw_only=True):
    """DWCONV: depthwise convolution, M filters for each channel, in D_in groups."""

    kind: ClassVar[str] = "DWCONV"
    aliases: ClassVar[tuple[str, ...]] = (
        "DEPTHWISECONV",
        "DEPTHWISECONV2D",
        "DEPTHWISECONVOLUTION",
        "DEPTHWISECONVOLUTION2D",
        "DEPTHWISE",
        "DWCONV2D",
        "DCONV",
    )
    traits: ClassVar[Traits] = CONVOLUTION
    reads: ClassVar[dict[str, str]] = {
        "F": "pair",
        "S": "pair",
        "P": "padding",
        "D": "pair",
        "M": "positive",
        "bias": "flag",
        "in": "positive",
    }
    width: ClassVar[str | None] = None
    K: int = 0
    M: int = 1

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> DepthwiseConv:
        windows, same, assumed = read_windows(values, defaults)
        M, bias = values.get("M", 1), values.get("bias", True)
        return cls(windows=windows, M=M, bias=bias, same=same, assumed=assumed)

    def channels(self, depth: int) -> int:
        return depth * self.M

    def groups(self, depth: int) -> int:
        return depth

    def size(self, volume: Volume) -> Sizing:
        if self.same and self.S != (1, 1):
            return self.padded_unevenly(volume)
        return windowed(self.windows, volume, self.channels(volume.D))

    def weights(self, volume: Volume) -> tuple[int, int]:
        K, (w, h) = self.channels(volume.D), self.windows
        return w.F * h.F * K, K if self.bias else 0


class TransposedConv(Layer, kw_only=True):
    """TCONV: transposed convolution with K filters.

    W becomes (W - 1)S - 2P + D(F - 1) + output_padding + 1 (Dumoulin and Visin 2016, relationship
    14, with dilation as in PyTorch).
    """

    kind: ClassVar[str] = "TCONV"
    aliases: ClassVar[tuple[str, ...]] = (
        "DECONV",
        "DECONV2D",
        "DECONVOLUTION",
        "CONVTRANSPOSE",
        "CONVTRANSPOSE2D",
        "CONV2DTRANSPOSE",
        "CONVOLUTION2DTRANSPOSE",
        "LAZYCONVTRANSPOSE2D",
        "TRANSCONV",
        "TRANSPOSEDCONV",
        "TRANSPOSECONV",
        "TRANSPOSEDCONVOLUTION",
        "CONV2DT",
        "CONVT",
        "TCONV2D",
        "UPCONV",
    )
    traits: ClassVar[Traits] = CONVOLUTION
    reads: ClassVar[dict[str, str]] = {**READS, "output_padding": "zero-pair"}
    kernel: ClassVar[str | None] = "F"
    width: ClassVar[str | None] = "K"
    K: int
    F: PerAxis
    S: PerAxis = (1, 1)
    P: PerAxis = (0, 0)
    output_padding: PerAxis = (0, 0)
    D: PerAxis = (1, 1)
    G: int = 1
    bias: bool = True
    same: bool = False  # P=same was written

    @classmethod
    def make(cls, values: dict[str, Any], defaults: Defaults) -> TransposedConv:
        assumed: list[str] = []
        F = filter_of(values, defaults, assumed)
        K = values.get("K")
        if K is None:
            K = defaults.filters
            assumed.append(f"K={K}")
        S, D = values.get("S", (1, 1)), values.get("D", (1, 1))
        output_padding = values.get("output_padding", (0, 0))
        padding = values.get("P", (0, 0))
        same = padding == "same"
        if padding == "valid":
            raise InvalidOptionError("P", "a transposed convolution has no P=valid; write P=0")
        if same and "output_padding" in values:
            raise InvalidOptionError(
                "output_padding", "P=same sets the output size, so output_padding has no effect"
            )
        for axis in (0, 1):
            if output_padding[axis] >= max(S[axis], D[axis]):  # PyTorch raises an error
                raise InvalidOptionError(
                    "output_padding",
                    f"output_padding {output_padding[axis]} must be smaller than the stride or the "
                    f"dilation, here {max(S[axis], D[axis])}",
                )
        return cls(
            K=K,
            F=F,
            S=S,
            P=(0, 0) if isinstance(padding, str) else padding,
            output_padding=output_padding,
            D=D,
            G=values.get("G", 1),
            bias=values.get("bias", True),
            same=same,
            assumed=tuple(assumed),
        )

    def tensorflow(self, volume: Volume) -> TransposedConv:
        """Return this layer with TensorFlow's SAME padding: the output is W S.

        Where D(F - 1) + 1 - S is odd, TensorFlow cuts the longer half off the right and bottom.
        PyTorch cuts it off the left and top; the sizes are the same.
        """
        cuts = [D * (F - 1) + 1 - S for F, S, D in zip(self.F, self.S, self.D, strict=True)]
        padding = [max(0, -(-cut // 2)) for cut in cuts]
        more = [2 * P - cut for P, cut in zip(padding, cuts, strict=True)]
        return replace(
            self, P=(padding[0], padding[1]), output_padding=(more[0], more[1]), same=False
        )

    def size(self, volume: Volume) -> Sizing:
        if volume.D % self.G or self.K % self.G:
            facts = (("D", volume.D), ("K", self.K), ("G", self.G))
            return Sizing(None, None, (Fault("CNN104", facts=facts),))
        if self.same:
            return Sizing(None, None, (Fault("CNN109", facts=(("S", self.S),)),))
        sides = []
        for axis, size in ((0, volume.W), (1, volume.H)):
            reach = self.D[axis] * (self.F[axis] - 1)
            side = (
                (size - 1) * self.S[axis] - 2 * self.P[axis] + reach + self.output_padding[axis] + 1
            )
            if side < 1:
                return Sizing(None, None, (self._too_small(axis, size, side),))
            sides.append(side)
        return bounded(Volume(sides[0], sides[1], self.K))

    def _too_small(self, axis: int, size: int, output: int) -> Fault:
        facts = (("size", size), ("layer", self), ("out", output))
        return Fault("CNN102", AXES[axis], "transposed", facts)

    def weights(self, volume: Volume) -> tuple[int, int]:
        return self.F[0] * self.F[1] * (volume.D // self.G) * self.K, self.K if self.bias else 0

    def uses(self, volume: Volume, output: Volume) -> int:
        return volume.W * volume.H

    def reach(self, volume: Volume) -> Reach:
        if max(*self.S, *self.F) > MAX_PHASES:
            return LOST
        F, S, P, D = self.F, self.S, self.P, self.D
        return transposed_taps(F[0], S[0], P[0], D[0]), transposed_taps(F[1], S[1], P[1], D[1])


@lru_cache(maxsize=64)
def transposed_taps(F: int, S: int, P: int, D: int) -> Spread:
    """Return which inputs a transposed filter reads on one axis.

    Output o reads input i through tap f if o + P = i S + f D.
    """
    taps: list[list[int]] = [[] for _ in range(S)]
    for f in range(F):  # each tap reaches one output of a period
        o = (f * D - P) % S
        taps[o].append((o + P - f * D) // S)
    return Spread(tuple(map(tuple, taps)))
