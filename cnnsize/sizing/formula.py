"""The output-size formula with the numbers of a layer, as text."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from cnnsize.layers.volume import Volume, Window
from cnnsize.sizing.outline import Step


def window_arithmetic(size: int, window: Window) -> str:
    """Return the arithmetic of one axis: ``(10 - 3 + 2*0)/2 + 1 = 9/2 = 4.5``."""
    value = Fraction(window.span(size), window.S) + 1
    text = _formula(size, window)
    if value.denominator == 1:
        return f"{text} = {value}"
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


def arithmetic(step: Step) -> str:
    """Return ``(32 - 3 + 2*1)/1 + 1 = 32`` with the numbers of a layer; both axes if they differ.

    Empty for a layer without such arithmetic.
    """
    volume = step.inputs[0]
    if volume is None:
        return ""
    if step.kind == "CAT":
        depths = " + ".join(str(volume.D) for volume in step.inputs if volume is not None)
        return f"{depths} maps" if step.output is not None and len(depths) < 40 else ""
    if step.kind == "FC":
        return f"{volume.W}*{volume.H}*{volume.D} values"
    if step.kind == "TCONV":
        return _both(step, volume, _transposed)
    if step.kernel is None or step.stride is None:
        return ""
    return _both(step, volume, _window)


def _both(step: Step, volume: Volume, text_of: Callable[[Step, int, int], str]) -> str:
    """Return the arithmetic of both axes, once where it is the same."""
    w, h = text_of(step, 0, volume.W), text_of(step, 1, volume.H)
    return w if w == h else f"W {w}, H {h}"


def _window(step: Step, axis: int, size: int) -> str:
    """Return the arithmetic of one axis, in which a layer slides windows over ``size`` cells."""
    window = step.layer.windows[axis]  # type: ignore[attr-defined]
    n = window.span(size)
    text = f"{_formula(size, window)} = "
    whole, remainder = divmod(n, window.S)
    if not remainder:
        return f"{text}{whole + 1}"
    hundredths, rest = divmod((n + window.S) * 100, window.S)
    exact = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0") + ("..." if rest else "")
    return text + (exact if step.output is None else f"{exact} -> {step.output[axis]}")


def _transposed(step: Step, axis: int, size: int) -> str:
    """Return the arithmetic of one axis of a transposed convolution."""
    layer: Any = step.layer
    output = step.output[axis] if step.output is not None else "?"
    return (
        f"({size} - 1)*{layer.S[axis]} - 2*{layer.P[axis]} + {layer.D[axis]}*({layer.F[axis]} - 1) "
        f"+ {layer.output_padding[axis]} + 1 = {output}"
    )
