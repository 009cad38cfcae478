"""The output-size formula with its numbers, in words."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from cnnsize.layers.volume import Volume, Window
from cnnsize.sizing.outline import Step


def window_arithmetic(size_: int, window: Window) -> str:
    """(10 - 3 + 2*0)/2 + 1 = 9/2 = 4.5"""
    n = window.span(size_)
    P = (
        f"2*{window.before}"
        if window.before == window.after
        else f"{window.before} + {window.after}"
    )
    value = Fraction(n, window.S) + 1
    text = f"({size_} - {window.F_eff} + {P})/{window.S} + 1"
    if value.denominator == 1:
        return f"{text} = {value}"
    return f"{text} = {value.numerator}/{value.denominator} = {decimal(value)}"


def decimal(value: Fraction) -> str:
    """4.5, or 2.33... where two digits do not say it all."""
    hundredths = value * 100
    if hundredths.denominator == 1:
        return f"{float(value):g}" if abs(value) < 10**12 else str(value)
    whole = int(hundredths)
    return f"{whole // 100}.{abs(whole) % 100:02d}..." if value >= 0 else f"{float(value):.2f}..."


def arithmetic(step: Step) -> str:
    """(32 - 3 + 2*1)/1 + 1 = 32, with the numbers of this layer; both axes where they differ."""
    volume = step.inputs[0]
    if volume is None:
        return ""
    if step.kind == "CAT":
        depths = " + ".join(str(one.D) for one in step.inputs if one is not None)
        return f"{depths} maps" if step.output is not None and len(depths) < 40 else ""
    if step.kind == "FC":
        return f"{volume.W}*{volume.H}*{volume.D} values"
    if step.kind == "TCONV":
        return _both(step, volume, _transposed)
    if step.kernel is None or step.stride is None:
        return ""
    return _both(step, volume, _window)


def _both(step: Step, volume: Volume, of: Any) -> str:
    w, h = of(step, 0, volume.W), of(step, 1, volume.H)
    return str(w) if w == h else f"W {w}, H {h}"


def _window(step: Step, axis: int, size: int) -> str:
    window = step.layer.windows[axis]  # type: ignore[attr-defined]
    pad = (
        f"2*{window.before}"
        if window.before == window.after
        else f"{window.before} + {window.after}"
    )
    n = window.span(size)
    text = f"({size} - {window.F_eff} + {pad})/{window.S} + 1 = "
    whole, left = divmod(n, window.S)
    exact = str(whole + 1)
    if left:
        hundredths, rest = divmod((n + window.S) * 100, window.S)
        exact = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0") + ("..." if rest else "")
    return text + (exact if step.output is None or not left else f"{exact} -> {step.output[axis]}")


def _transposed(step: Step, axis: int, size: int) -> str:
    layer: Any = step.layer
    out = step.output[axis] if step.output is not None else "?"
    return (
        f"({size} - 1)*{layer.S[axis]} - 2*{layer.P[axis]} + {layer.D[axis]}*({layer.F[axis]} - 1) "
        f"+ {layer.output_padding[axis]} + 1 = {out}"
    )
