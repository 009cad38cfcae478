"""The arithmetic of a layer as text, with its numbers: of its output size, and of its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv, DepthwiseConv, TransposedConv
from cnnsize.layers.dense import FullyConnected
from cnnsize.layers.volume import Volume, Window
from cnnsize.record import NamedTuple
from cnnsize.sizing.outline import Step

if TYPE_CHECKING:
    from fractions import Fraction

MAX_SUM = 40  # characters of the sum of depths that a CAT shows


def window_arithmetic(size: int, window: Window) -> str:
    """Return the arithmetic of one axis: ``(10 - 3 + 2*0)/2 + 1 = 9/2 = 4.5``."""
    text, span = _formula(size, window), window.span(size)
    if span % window.S == 0:
        return f"{text} = {span // window.S + 1}"
    from fractions import Fraction  # late: most windows fit a whole number of times

    value = Fraction(span, window.S) + 1
    return f"{text} = {value.numerator}/{value.denominator} = {decimal(value)}"


def _formula(size: int, window: Window) -> str:
    """Return ``(W - F + 2*P)/S + 1`` with numbers."""
    before, after = window.before, window.after
    padding = f"2*{before}" if before == after else f"{before} + {after}"
    return f"({size} - {window.F_eff} + {padding})/{window.S} + 1"


def decimal(value: Fraction) -> str:
    """Return a fraction with up to two digits: ``4.5``, and ``2.33...`` where more follow."""
    hundredths = value * 100
    if hundredths.denominator == 1:
        return f"{float(value):g}" if abs(value) < 10**12 else str(value)
    whole = int(hundredths)
    return f"{whole // 100}.{abs(whole) % 100:02d}..." if value >= 0 else f"{float(value):.2f}..."


class Formula(NamedTuple):
    """The arithmetic of one output size with the numbers of a layer.

    ``axis`` is W or H where the two differ, else empty. ``result`` is empty where the text is a
    single number.
    """

    text: str  # (32 - 3 + 2*1)/1 + 1
    result: str = ""  # 32, or 4.5 -> 4 where PyTorch rounds
    unit: str = ""
    axis: str = ""

    @property
    def spaced(self) -> str:
        """The formula with its result: ``(32 - 3 + 2*1)/1 + 1 = 32``."""
        result = f" = {self.result}" if self.result else ""
        return f"{self.axis} {self.text}{result} {self.unit}".strip()

    @property
    def tight(self) -> str:
        """The formula without spaces, and without a result that is the output size."""
        result = f"={self.result}".replace(" ", "") if "." in self.result else ""
        return f"{self.axis} {self.text.replace(' ', '')}{result}".strip()


def size_formulas(step: Step) -> tuple[Formula, ...]:
    """Return the arithmetic of the output size of a layer, for both axes if they differ.

    Empty for a layer without such arithmetic.
    """
    volume = step.inputs[0]
    if volume is None:
        return ()
    if step.kind == "CAT":
        depths = " + ".join(str(volume.D) for volume in step.inputs if volume is not None)
        is_short = len(depths) < MAX_SUM and step.output is not None
        return (Formula(depths, unit="maps"),) if is_short else ()
    if step.kind == "FC":
        if volume.W * volume.H == 1:
            return (Formula(str(volume.D), unit="values"),)
        values = str(volume.W * volume.H * volume.D)
        return (Formula(f"{volume.W}*{volume.H}*{volume.D}", values, "values"),)
    if step.kind == "TCONV":
        formula_of = _transposed
    elif step.kernel is None or step.stride is None:
        return ()
    else:
        formula_of = _window
    w, h = formula_of(step, 0, volume.W), formula_of(step, 1, volume.H)
    return (w,) if w == h else (w._replace(axis="W"), h._replace(axis="H"))


def _window(step: Step, axis: int, size: int) -> Formula:
    """Return the arithmetic of one axis, in which a layer slides windows over ``size`` cells."""
    window = step.layer.windows[axis]  # type: ignore[attr-defined]
    n = window.span(size)
    text = _formula(size, window)
    whole, remainder = divmod(n, window.S)
    if not remainder:
        return Formula(text, str(whole + 1))
    hundredths, rest = divmod((n + window.S) * 100, window.S)
    exact = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0") + ("..." if rest else "")
    return Formula(text, exact if step.output is None else f"{exact} -> {step.output[axis]}")


def _transposed(step: Step, axis: int, size: int) -> Formula:
    """Return the arithmetic of one axis of a transposed convolution: (W - 1)*S - 2P + F."""
    layer: Any = step.layer
    F, S, P, D = layer.F[axis], layer.S[axis], layer.P[axis], layer.D[axis]
    reach = str(F) if D == 1 else f"{D}*({F} - 1) + 1"
    more = f" + {layer.output_padding[axis]}" if layer.output_padding[axis] else ""
    output = str(step.output[axis]) if step.output is not None else "?"
    return Formula(f"({size} - 1)*{S} - 2*{P} + {reach}{more}", output)


def parameter_arithmetic(layer: Layer, volume: Volume | None) -> str:
    """Return the arithmetic of the parameters of a layer: ``3*3*64*128 + 128`` is F*F*D*K + K.

    Empty for a layer without parameters.
    """
    if volume is None:
        return ""
    multiplying, others = layer.weights(volume)
    if isinstance(layer, FullyConnected):
        factors = f"{volume.W * volume.H * volume.D}*{layer.K}"
    elif isinstance(layer, DepthwiseConv):  # each channel has filters of its own
        factors = f"{_filter(layer)}*{layer.channels(volume.D)}"
    elif isinstance(layer, (Conv, TransposedConv)):
        depth = str(volume.D) if layer.G == 1 else f"({volume.D}/{layer.G})"
        factors = f"{_filter(layer)}*{depth}*{layer.K}"
    else:
        factors = str(multiplying) if multiplying else ""
    is_scale_and_shift = not multiplying and others == 2 * volume.D
    more = f"2*{volume.D}" if is_scale_and_shift else str(others) if others else ""
    return " + ".join(part for part in (factors, more) if part)


def _filter(layer: Conv | TransposedConv) -> str:
    """Return the size of a filter as factors: ``3*3``."""
    if isinstance(layer, TransposedConv):
        return f"{layer.F[0]}*{layer.F[1]}"
    return f"{layer.windows[0].F}*{layer.windows[1].F}"
