"""Volumes, windows, and the result of sizing one layer."""

from __future__ import annotations

from typing import Any

from cnnsize.cached import cleared
from cnnsize.limits import MAX_INTEGER
from cnnsize.record import NamedTuple, public

new = tuple.__new__  # makes a NamedTuple in a third of the time
AXES = ("W", "H")
PerAxis = tuple[int, int]  # a number along W, and one along H


@public
class Volume(NamedTuple):
    """Width x height x depth, in the order of the CS231n notes."""

    W: int
    H: int
    D: int

    def __str__(self) -> str:
        return f"{self.W}x{self.H}x{self.D}"


class Fault(NamedTuple):
    """A reason why a layer does not work on its volume. ``cnnsize/faults/`` puts it into words."""

    code: str
    axis: str | None = None  # W or H; None if it is not about one axis
    why: str = ""  # the case, if the code has several
    facts: tuple[tuple[str, Any], ...] = ()


class Sizing(NamedTuple):
    """The result of sizing a layer.

    ``output`` (W x H x D) is None if there is none. ``remainder`` has what windows leave along W and
    H, None for layers without windows.
    """

    output: Volume | None
    remainder: tuple[int, int] | None = None
    faults: tuple[Fault, ...] = ()


class Window(NamedTuple):
    """A sliding window along one axis.

    ``F`` is the size, ``S`` the stride, ``before`` and ``after`` the zero padding, ``D`` the
    dilation. ``ceil`` rounds the number of positions up.
    """

    F: int
    S: int = 1
    before: int = 0
    after: int = 0
    D: int = 1
    ceil: bool = False

    @property
    def F_eff(self) -> int:
        """The size with its holes, D(F - 1) + 1."""
        return self.D * (self.F - 1) + 1

    def span(self, size: int) -> int:
        """Return W - F_eff + 2P, how far the window can move (CS231n, "Spatial arrangement")."""
        return size - self.F_eff + self.before + self.after

    def fit(self, size: int) -> tuple[int, int]:
        """Return (number of positions, remainder) of this window along ``size`` cells.

        The number is floor(n / S) + 1 with n = ``span(size)``, as in PyTorch. With ``ceil`` it
        includes a last window that extends past the end, unless that would start in the padding
        after it. The remainder is what the last window leaves unread. If the window does not fit at
        all, the number is 0 or negative.
        """
        F, S, before, after, D, ceil = self
        n = size - (D * (F - 1) + 1) + before + after
        if not ceil:
            return n // S + 1, n % S
        out = -(-n // S) + 1
        if (out - 1) * S >= size + before:
            out -= 1
        return out, max(0, n - (out - 1) * S)


class Spread(NamedTuple):
    """Upsampling along one axis: the inputs that each output position of one period reads.

    Position o + period reads the inputs one further on. A position may read no input.
    """

    taps: tuple[tuple[int, ...], ...]


class Whole:
    """Each output reads the whole map (global pooling)."""


class Lost:
    """The output is no map any more, so it has no positions (FC, FLATTEN)."""


class Keep:
    """Each output reads only its own position."""


KEEP, WHOLE, LOST = Keep(), Whole(), Lost()
Reach = Keep | Whole | Lost | tuple[Window, Window] | tuple[Spread, Spread]


def bounded(
    volume: Volume, remainder: tuple[int, int] | None = None, faults: tuple[Fault, ...] = ()
) -> Sizing:
    """Return a sizing with this output, or a fault if a side exceeds MAX_INTEGER."""
    W, H, D = volume
    if W > MAX_INTEGER or H > MAX_INTEGER or D > MAX_INTEGER:
        return Sizing(None, None, (Fault("CNN009", why="side", facts=(("out", tuple(volume)),)),))
    return Sizing(volume, remainder, faults)


def windowed(
    windows: tuple[Window, Window], volume: Volume, depth: int, *, pooling: bool = False
) -> Sizing:
    """Return the sizing of a layer that slides windows, with ``depth`` output channels.

    Source: CS231n, "Spatial arrangement"; the rounding is that of PyTorch's conv2d and pooling.
    """
    W, H, _ = volume
    if W.__class__ is int and H.__class__ is int:
        key = (id(windows), W, H, pooling)
        fit = _fits.get(key)
        if fit is None:
            if len(_fits) >= MAX_FITS:
                _fits.clear()
            fit = _fits[key] = _fit(windows, W, H, pooling)
    else:  # polynomials, as ``inputs`` has them
        fit = _fit(windows, W, H, pooling)
    _, out_w, out_h, remainder, faults = fit
    if faults:
        without_output = tuple([fault for fault in faults if fault.code != "CNN101"])
        if without_output:
            return Sizing(None, None, without_output)
        return bounded(Volume(out_w, out_h, depth), remainder, faults)
    is_huge = out_w > MAX_INTEGER or out_h > MAX_INTEGER or depth > MAX_INTEGER
    if is_huge:  # the depth too, because DWCONV multiplies it
        return bounded(Volume(out_w, out_h, depth))
    return new(Sizing, (new(Volume, (out_w, out_h, depth)), remainder, ()))


# A pair of windows, the positions along W and along H, the remainders and the faults.
Fit = tuple[tuple[Window, Window], int, int, PerAxis, tuple[Fault, ...]]
MAX_FITS = 4096
# By the identity of the windows, which hash slowly: layers that differ in their widths share them,
# and a fit keeps them alive. The same for all numbers of channels.
_fits: dict[tuple[int, int, int, bool], Fit] = cleared({})


def _fit(windows: tuple[Window, Window], W: int, H: int, pooling: bool) -> Fit:
    """Return how windows fit a map."""
    w, h = windows
    out_w, r_w = w.fit(W)
    out_h, r_h = (out_w, r_w) if h is w and W == H else h.fit(H)
    fault_w = _axis_fault("W", w, W, out_w, r_w, pooling=pooling)
    fault_h = _axis_fault("H", h, H, out_h, r_h, pooling=pooling)
    faults = tuple([fault for fault in (fault_w, fault_h) if fault is not None])
    return windows, out_w, out_h, (r_w, r_h), faults


def _axis_fault(
    axis: str, window: Window, size: int, out: int, remainder: int, *, pooling: bool
) -> Fault | None:
    """Return the fault of a window along one axis; None if there is none."""
    if out < 1:
        return Fault("CNN102", axis, facts=(("size", size), ("window", window)))
    if pooling and 2 * window.before > window.F:  # as PyTorch on the CPU, which ignores dilation
        return Fault("CNN105", axis, facts=(("size", size), ("window", window)))
    is_read = remainder <= window.after or window.ceil  # only padding, or nothing, goes unread
    if is_read or window.F_eff < window.S:  # CNN404 reports cells that the stride skips
        return None
    facts = (("size", size), ("window", window), ("out", out), ("r", remainder))
    return Fault("CNN101", axis, facts=facts)
