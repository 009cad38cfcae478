"""Parse counts and memory sizes as people write them: 25.6M, 1e6, 1,000,000, 12GB, 500MiB."""

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
# strings: most runs need none of them, so re compiles them on first use
WHOLE = r"\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*"
AMOUNT = rf"(?a)({WHOLE})(?:\.(\d+))?(?:[eE]\+?(\d{{1,2}})|\s*([A-Za-z]+))?"
DECIMAL_COMMA = r"(?a)(\d+),(\d+)(\s*[A-Za-z]*)"
# 1,500M is 1500M where a comma separates thousands, and 1.5M where it is a decimal comma
TWO_READINGS = r"(?a)(\d{1,3})([,.])(\d{3})(\s*[A-Za-z]*)"
DOTTED_THOUSANDS = r"(?a)\d{1,3}(?:\.\d{3}){2,}"
# a number in a condition that Python cannot parse: with a unit or thousands separators; quoted
# text is skipped
IN_CONDITION = r"(?a)'[^']*'|\"[^\"]*\"|(?<![\w.])(\d[\d_]*(?:,\d+)*(?:\.\d+)?)([A-Za-z]*)(?!\w)"


class AmountError(ValueError):
    """A text that is not an amount. The message says why, and what to write."""


def parse_amount(text: str, units: Mapping[str, int], needed: str) -> int:
    """Return an amount as an integer; fractions of a byte are rounded down. Raises AmountError.

    ``units`` are ``COUNTS`` or ``BYTES``; ``needed`` begins the message for a text that is not an
    amount.
    """
    shown = repr(text) if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]!r}..."
    stripped = text.strip()
    match = re.fullmatch(AMOUNT, stripped) if len(text) <= MAX_LENGTH else None
    if match is None or (match[4] or "").lower() not in units:
        comma = re.fullmatch(DECIMAL_COMMA, stripped)
        if comma is not None and comma[3].strip().lower() in units:
            raise AmountError(f"{shown} has a decimal comma; write {comma[1]}.{comma[2]}{comma[3]}")
        if re.fullmatch(DOTTED_THOUSANDS, stripped):
            raise AmountError(
                f"{shown} separates thousands by dots; write {stripped.replace('.', ',')}"
            )
        raise AmountError(f"{needed}, not {shown}")
    refuse_two_readings(stripped, shown)
    whole, fraction, exponent, unit = match.groups("")
    scale: int = units[unit.lower()] * 10 ** int(exponent or 0)
    divisor: int = 10 ** len(fraction)
    digits = int(re.sub("[,_]", "", whole) + fraction)
    number, remainder = divmod(digits * scale, divisor)
    if remainder and units is COUNTS:
        raise AmountError(f"expected a whole number, not {shown}")
    if number >= 10**MAX_DIGITS:
        raise AmountError(f"expected an amount of up to {MAX_DIGITS} digits, not {shown}")
    return number


def refuse_two_readings(text: str, shown: str) -> None:
    """Raise AmountError for a separator that may be of thousands or of decimals.

    A comma may before a unit, as in 1,500M, and a dot without one, as in 1.500.
    """
    parts = re.fullmatch(TWO_READINGS, text)
    if parts is None:
        return
    whole, separator, rest, unit = parts.groups()
    if (separator == ",") == bool(unit):
        decimal = f"{whole}.{rest.rstrip('0') or '0'}".removesuffix(".0")
        raise AmountError(f"{shown} is ambiguous: write {whole}{rest}{unit} or {decimal}{unit}")


def with_plain_numbers(condition: str) -> tuple[str, PieceMap]:
    """Return a condition with plain integers for amounts, and a map to the condition as written.

    ``params < 1.5M`` becomes ``params < 1500000``. In parentheses a comma separates the values of a
    tuple or a call. Raises AmountError.
    """
    depth = 0
    masked = ""
    for character in condition:
        depth += (character == "(") - (character == ")")
        masked += ";" if character == "," and depth > 0 else character
    plain = ""
    pieces: list[Piece] = []
    end = 0
    for match in re.finditer(IN_CONDITION, masked):
        digits, unit = match.groups("")
        is_amount = "," in digits or (unit != "" and unit.lower() in BYTES)
        if not digits or not is_amount:
            continue
        before = re.search(r"(?a)\d+,\Z", condition[: match.start()][-MAX_LENGTH:])
        if before is not None and unit:  # in parentheses, where 1,5M may be two values
            raise AmountError(
                f"{before[0]}{match[0]} is ambiguous: write {before[0]} {match[0]} for two values, "
                f"or {before[0][:-1]}.{match[0]}"
            )
        if unit.lower() == "b":
            raise AmountError(
                f"{match[0]} is ambiguous: write {digits} for bytes, or {digits}G for billions"
            )
        number = str(parse_amount(match[0], BYTES, "expected an amount such as 25.6M or 12GB"))
        pieces.append(Piece(len(plain), Span(end, match.start()), True))
        plain += condition[end : match.start()]
        pieces.append(Piece(len(plain), Span(*match.span()), False))
        plain += number
        end = match.end()
    pieces.append(Piece(len(plain), Span(end, len(condition)), True))
    return plain + condition[end:], PieceMap(pieces)


def byte_size(size: int) -> str:
    """Return an amount of memory in powers of 1,024: ``23.2 MiB``."""
    if size > 2**70:  # perhaps more than a float can hold
        return f"{size // 2**60:,} EiB"
    value, units = float(size), ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while value >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{value:.1f} {units[0]}" if units[0] != "bytes" else f"{size:,} bytes"
