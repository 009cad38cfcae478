"""Depths, values and declared shapes that do not agree: CNN004, CNN009, CNN104 and CNN108."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, isqrt

from cnnsize.faults.conditions import is_gone
from cnnsize.faults.fault import FaultContext, volume_text
from cnnsize.faults.paddings import other_paddings
from cnnsize.faults.verify import Candidate
from cnnsize.faults.window_fixes import option_fixes, values_in_words
from cnnsize.sizing.formula import decimal
from cnnsize.text.diagnostic import Diagnostic, Edit, Label

MAX_SMALL_DIVISOR = 10_000  # larger divisors are only found as the cofactors of smaller ones
MAX_LABEL = 60  # characters of a volume that are shown


def groups(fault: FaultContext) -> Diagnostic:
    """Describe CNN104: the groups do not divide the input channels or the filters."""
    D, K, G = fault.facts["D"], fault.facts.get("K"), fault.facts.get("G")
    if G is None:
        return _factor(fault, "the depth", "D", D, fault.facts["k"] ** 2)
    broken = [
        f"{name} = {value} is not a multiple of G = {G}"
        for name, value in (("D", D), ("K", K))
        if value is not None and value % G
    ]
    fixes = list(option_fixes(fault, (("G", g) for g in _divisors(D, K, G)), is_gone, 2))
    if K is not None and D % G == 0:
        fixes += option_fixes(fault, (("K", k) for k in _multiples(K, G)), is_gone, 2)
    return fault.diagnostic(
        "the groups do not divide the channels",
        label="; ".join(broken),
        help=tuple(f"use {line}" for line in values_in_words(fixes)),
        fixes=fixes,
        facts={"D": D, "G": G, **({"K": K} if K is not None else {})},
    )


def pixel_unshuffle(fault: FaultContext) -> Diagnostic:
    """Describe CNN104: the factor of a PIXELUNSHUFFLE does not divide a side."""
    return _factor(fault, fault.axis, fault.letter, fault.facts["size"], fault.facts["k"])


def _factor(fault: FaultContext, name: str, letter: str, value: int, divisor: int) -> Diagnostic:
    """Return the diagnostic for a size that the factor of a pixel shuffle does not divide."""
    root = fault.facts["k"]
    factor = f"{root}" if divisor == root else f"{root}*{root} = {divisor}"
    multiples = " or ".join(map(str, _multiples(value, divisor)))
    return fault.diagnostic(
        f"{name}{' =' if name != 'the depth' else ''} {value} is not a multiple of {factor}",
        label=f"{value} / {divisor} = {decimal(Fraction(value, divisor))}",
        help=(f"use {letter} = {multiples}",),
        facts={letter: value, "factor": root},
    )


def _multiples(value: int, divisor: int) -> list[int]:
    """Return the multiples next to a value, without 0."""
    below = value // divisor * divisor
    return [multiple for multiple in (below, below + divisor) if multiple > 0]


def _divisors(D: int, K: int | None, G: int) -> list[int]:
    """Return the groups that divide both depths, nearest first.

    Of large depths those with two factors above ``MAX_SMALL_DIVISOR`` are left out.
    """
    both = D if K is None else gcd(D, K)
    small = [g for g in range(1, min(isqrt(both), MAX_SMALL_DIVISOR) + 1) if both % g == 0]
    return sorted({*small, *(both // g for g in small)}, key=lambda g: (abs(g - G), g))


def declared_input(fault: FaultContext) -> Diagnostic:
    """Describe CNN108: ``in=`` is not what the layer receives."""
    assert fault.layer is not None
    declared, computed = fault.facts["said"], fault.facts["is"]
    unit = "values" if fault.layer.kind == "FC" else "channels"
    fixes = other_paddings(fault, f"fits {declared:,} {unit}") if unit == "values" else []
    fixes += option_fixes(fault, [("in", computed)], is_gone)
    running = fault.inputs.running if unit == "values" else ""
    lines = (f"{declared:,} values come in for {running}",) if running else ()
    return fault.diagnostic(
        f"expects {declared:,} input {unit} but receives {computed:,}",
        label=f"in = {declared} is declared, {computed} is computed",
        help=(*(fix.message for fix in fixes), *lines),
        fixes=fixes,
        facts={"said": declared, "is": computed},
    )


def declared_shape(fault: FaultContext) -> Diagnostic:
    """Describe CNN108: the shape declared after a layer is not its output."""
    declared, computed = fault.facts["said"], fault.facts["is"]
    span = fault.item.suffix.declared_span
    assert span is not None
    text = "x".join(map(str, computed[: len(declared)]))
    place = fault.architecture.original(span)
    is_bracketed = fault.architecture.text[place.start : place.end].startswith("[")
    edit = Edit(place, f"[{text}]" if is_bracketed else text)
    shape = "x".join(map(str, declared))
    candidate = Candidate("shape", text, f"declare [{text}]", (edit,))
    fixes = other_paddings(fault, f"fits {shape}")
    fixes += fault.verifier.verified([candidate], lambda network: is_gone(fault, network))
    return fault.diagnostic(
        "the declared shape is not the output",
        span=span,
        label=f"{shape} is declared, {text} is computed",
        related=(Label(fault.item.span, "the output of this item"),),
        help=tuple(fix.message for fix in fixes),
        fixes=fixes,
        facts={"said": list(declared), "is": list(computed)},
    )


def unflatten(fault: FaultContext) -> Diagnostic:
    """Describe CNN108: an UNFLATTEN does not keep the number of values."""
    to, volume = fault.facts["to"], fault.problem.volume
    assert volume is not None
    has, needs = volume.W * volume.H * volume.D, to.W * to.H * to.D
    return fault.diagnostic(
        f"UNFLATTEN needs {needs:,} values but receives {has:,}",
        label=f"{to.W}*{to.H}*{to.D} = {needs}, not {has}",
        facts={"said": list(to), "is": has},
    )


def slice_beyond_depth(fault: FaultContext) -> Diagnostic:
    """Describe CNN004: a SLICE ends beyond the depth of its input."""
    D, to = fault.facts["D"], fault.facts["to"]
    return fault.diagnostic(
        f"SLICE ends at channel {to}, but its input has {D}",
        label=f"D = {D}",
        facts={"D": D, "to": to},
    )


def one_value_to_normalize(fault: FaultContext) -> Diagnostic:
    """Describe CNN004: a norm over a 1 x 1 map has a single value to normalize."""
    kind = fault.layer.kind if fault.layer is not None else ""
    return fault.diagnostic(
        f"{kind} needs more than one value to normalize over",
        label=f"W x H = {volume_text(fault.problem.volume)}",
        notes=("the mean of a single value is the value itself, so the output would be zero",),
    )


def side_too_long(fault: FaultContext) -> Diagnostic:
    """Describe CNN009: a side of the output is larger than ``MAX_INTEGER``."""
    volume = "x".join(map(str, fault.facts["out"]))
    return fault.diagnostic(
        "a side of the output has more than 18 digits",
        label=volume if len(volume) < MAX_LABEL else f"{volume[: MAX_LABEL - 3]}...",
    )
