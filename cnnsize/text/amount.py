"""Read counts and sizes of memory as people write them: 25.6M, 1e6, 1,000,000, 12GB, 500MiB."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cnnsize.text.span import Piece, PieceMap, Span

COUNTS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
BYTES = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "k": 10**3,
    "m": 10**6,
    "g": 10**9,
    "t": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
MAX_DIGITS = 18
MAX_LENGTH = 60  # characters of one amount
# as text: re compiles them where they are needed, which is seldom
WHOLE = r"\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*"
AMOUNT = rf"(?a)({WHOLE})(?:\.(\d+))?(?:[eE]\+?(\d{{1,2}})|\s*([A-Za-z]+))?"
DECIMAL_COMMA = r"(?a)(\d+),(\d+)(\s*[A-Za-z]*)"
# a number of a condition that Python cannot read: with a unit or thousands separators; texts in
# quotes are skipped
IN_CONDITION = r"(?a)'[^']*'|\"[^\"]*\"|(?<![\w.])(\d[\d_]*(?:,\d+)*(?:\.\d+)?)([A-Za-z]*)(?!\w)"


class AmountError(ValueError):
    """A text that is no amount. The message says why, and what to write."""


def amount(text: str, units: Mapping[str, int], needed: str) -> int:
    """The whole number of an amount; parts of a byte are rounded down. Raises NotAmount.

    ``units`` are ``COUNTS`` or ``BYTES``; ``needed`` begins the message for what is no amount.
    """
    shown = repr(text) if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]!r}..."
    stripped = text.strip()
    found = re.fullmatch(AMOUNT, stripped) if len(text) <= MAX_LENGTH else None
    if found is None or (found[4] or "").lower() not in units:
        comma = re.fullmatch(DECIMAL_COMMA, stripped)
        if comma is not None and comma[3].strip().lower() in units:
            raise AmountError(f"{shown} has a decimal comma; write {comma[1]}.{comma[2]}{comma[3]}")
        raise AmountError(f"{needed}, not {shown}")
    whole, part, zeros, unit = found.groups("")
    scale: int = units[unit.lower()] * 10 ** int(zeros or 0)
    over: int = 10 ** len(part)
    number, rest = divmod(int(re.sub("[,_]", "", whole) + part) * scale, over)
    if rest and units is COUNTS:
        raise AmountError(f"a whole number is needed, not {shown}")
    if number >= 10**MAX_DIGITS:
        raise AmountError(f"an amount of up to {MAX_DIGITS} digits is needed, not {shown}")
    return number


def spelled_out(condition: str) -> tuple[str, PieceMap]:
    """A condition with its amounts as plain integers, and a map back: params < 1.5M is params <
    1500000.

    In parentheses a comma is the one of a tuple or a call. Raises NotAmount.
    """
    depth = 0
    masked = ""
    for character in condition:
        depth += (character == "(") - (character == ")")
        masked += ";" if character == "," and depth > 0 else character
    out = ""
    pieces: list[Piece] = []
    at = 0
    for found in re.finditer(IN_CONDITION, masked):
        digits, unit = found.groups("")
        if (
            not digits
            or not ("," in digits or unit.lower() in BYTES)
            or not ("," in digits or unit)
        ):
            continue
        if unit.lower() == "b":
            raise AmountError(
                f"is {found[0]} {digits} bytes, or {digits} billion? write {digits} or {digits}G"
            )
        number = str(amount(found[0], BYTES, "an amount is needed, as in 25.6M or 12GB"))
        pieces += [Piece(len(out), Span(at, found.start()), True)]
        out += condition[at : found.start()]
        pieces += [Piece(len(out), Span(*found.span()), False)]
        out += number
        at = found.end()
    pieces += [Piece(len(out), Span(at, len(condition)), True)]
    return out + condition[at:], PieceMap(pieces)
