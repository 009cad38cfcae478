"""Amounts for people to read: counts, bytes, durations."""

from __future__ import annotations

from collections.abc import Sequence

from cnnsize.layers.volume import Volume
from cnnsize.text.amount import byte_size as byte_size

MAX_VOLUMES = 8
UNITS = "kMGTPE"  # 10^3, 10^6, ...


def count(value: int | None) -> str:
    """Return a number with thousands separators, or ``unknown``."""
    return "unknown" if value is None else f"{value:,}"


def compact_count(value: int | None) -> str:
    """Return a number with three significant digits and a unit: ``36.9k``, ``1.85G``."""
    if value is None:
        return "?"
    digits = str(value)
    if len(digits) <= 3:
        return digits
    digits = str(round(value, 3 - len(digits)))  # 999,999 becomes 1,000,000
    exponent = (len(digits) - 1) // 3
    unit = UNITS[exponent - 1] if exponent <= len(UNITS) else f"e{3 * exponent}"
    before_point = len(digits) - 3 * exponent
    fraction = f".{digits[before_point:3]}" if before_point < 3 else ""
    return f"{digits[:before_point]}{fraction}{unit}"


def volumes_text(volumes: Sequence[Volume | None]) -> str:
    """Return volumes in words, cut after the first few: ``1x1x4, 1x1x1 and 3 more``."""
    shown = ", ".join(str(volume or "unknown") for volume in volumes[:MAX_VOLUMES])
    left = len(volumes) - MAX_VOLUMES
    return f"{shown} and {left:,} more" if left > 0 else shown


def duration(seconds: float) -> str:
    """Return a time in seconds or milliseconds: ``1.25 s``, ``3.10 ms``."""
    if seconds >= 100:
        return f"{seconds:,.0f} s"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"
