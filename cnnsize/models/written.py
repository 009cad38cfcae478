"""Layers, joins, repeats and calls of blocks as canonical text.

Numbers may be expressions such as ``k`` or ``(4*k)``: in the definition of a block they are its
parameters. An option that equals its default is left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.models.flow import Value

Number = int | str  # a number, or an expression
Written = Mapping[str, Value]  # by option; a pair is (W, H)
DEFAULTS: dict[str, Value] = {
    "S": 1,
    "D": 1,
    "G": 1,
    "M": 1,
    "output_padding": 0,
    "bias": True,
    "ceil": False,
    "include_pad": True,
    "affine": True,
    "per": "",
    "mode": "nearest",
}
# How the first options of a kind are written: glued, after a hyphen, in brackets, or alone.
GLUED = {"CONV": "F", "DWCONV": "F", "TCONV": "F", "POOL": "F", "AVGPOOL": "F"}
GLUED |= {"UP": "factor", "PIXELSHUFFLE": "factor", "PIXELUNSHUFFLE": "factor", "PAD": "P"}
WIDTHS = {"CONV": "K", "TCONV": "K", "FC": "K"}
POSITIONAL = {
    "GN": "G",
    "CHSHUFFLE": "G",
    "DROPOUT": "rate",
    "DROPOUT2D": "rate",
    "DROPPATH": "rate",
}


def layer_text(kind: str, options: Written) -> str:
    """Return a layer, for example ``CONV3-64(S=2, P=1, bias=no)``."""
    rest = dict(options)
    text = kind
    glued = rest.pop(GLUED.get(kind, ""), None)
    late: dict[str, Value] = {}
    if glued is not None:
        word = pair_text(glued)
        if word.replace("x", "").isdigit():
            text += word
        else:
            late[GLUED[kind]] = glued
    width = rest.pop(WIDTHS.get(kind, ""), None)
    if width is not None:
        text += f"-{width}"
    shape = rest.pop("shape", None)
    if isinstance(shape, tuple):
        text += f"[{'x'.join(map(side_text, shape))}]"
    words: list[str] = []
    for key, value in {**late, **rest}.items():
        if is_default(kind, key, value, options):
            continue
        word = value_text(value)
        words.append(word if POSITIONAL.get(kind) == key else f"{key}={word}")
    return f"{text}({', '.join(words)})" if words else text


def is_default(kind: str, key: str, value: Value, options: Written) -> bool:
    """Return whether an option has its default, so that canonical text omits it."""
    if kind in ("POOL", "AVGPOOL") and key == "S":
        return value == options.get("F")
    if key == "P":
        return value == default_padding(kind, options)
    if kind == "IN" and key == "affine":
        return value is False
    if kind == "SCALE" and key == "bias":
        return value is False
    if kind in ("GN", "CHSHUFFLE"):
        return key == "affine" and value is True
    return key in DEFAULTS and value == DEFAULTS[key]


def default_padding(kind: str, options: Written) -> Value | None:
    """Return the padding that is meant where a layer does not say; None if its filter has letters.

    For CONV and DWCONV with an odd filter that is D(F - 1)/2, otherwise 0.
    """
    if kind not in ("CONV", "DWCONV"):
        return 0
    sides = []
    for axis in (0, 1):
        F, D = side(options["F"], axis), side(options.get("D", 1), axis)
        if not isinstance(F, int) or not isinstance(D, int):
            return None
        sides.append(D * (F - 1) // 2 if F % 2 else 0)
    return sides[0] if sides[0] == sides[1] else (sides[0], sides[1])


def side(value: Value, axis: int) -> Value:
    """Return the part of a pair along W (0) or H (1); a single value is for both."""
    return value[axis] if isinstance(value, tuple) else value


def side_text(side: Number) -> str:
    """Return a side of a shape: a letter needs parentheses."""
    return f"({side})" if isinstance(side, str) and side[0] != "(" else str(side)


def pair_text(value: Value) -> str:
    """Return ``3`` or ``3x5``."""
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def value_text(value: Value) -> str:
    """Return the value of an option as it is written."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.12g}"
    return pair_text(value)


def chain_text(parts: list[str]) -> str:
    """Return a chain of parts; an empty one is the branch ID."""
    return " -> ".join(parts) if parts else "ID"


def repeat_text(parts: list[str], times: int) -> str:
    """Return a repeat: brackets only where there is more than one part, or another repeat."""
    if len(parts) == 1 and "*" not in parts[0].rsplit("]", 1)[-1].rsplit(")", 1)[-1]:
        return f"{parts[0]}*{times}"
    return f"[{chain_text(parts)}]*{times}"


def join_text(kind: str, branches: list[list[str]]) -> str:
    """Return a join of branches."""
    return f"{kind}{{{' | '.join(map(chain_text, branches))}}}"
