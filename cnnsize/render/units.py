"""Amounts for people to read: counts, bytes, durations."""

from __future__ import annotations


def count(value: int | None) -> str:
    """Return a number with thousands separators, or ``unknown``."""
    return "unknown" if value is None else f"{value:,}"


def byte_size(size: int) -> str:
    """Return an amount of memory in powers of 1,024: ``23.2 MiB``."""
    if size > 2**70:  # perhaps more than a float can hold
        return f"{size // 2**60:,} EiB"
    value, units = float(size), ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while value >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{value:.1f} {units[0]}" if units[0] != "bytes" else f"{size} bytes"


def duration(seconds: float) -> str:
    """Return a time in seconds or milliseconds: ``1.25 s``, ``3.10 ms``."""
    if seconds >= 100:
        return f"{seconds:,.0f} s"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"
