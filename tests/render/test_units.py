"""Counts with three digits and a unit, and bytes in powers of 1,024."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsize.render.units import byte_size, compact_count


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "?"),
        (0, "0"),
        (999, "999"),
        (1_000, "1.00k"),
        (36_928, "36.9k"),
        (590_080, "590k"),
        (999_499, "999k"),
        (999_500, "1.00M"),
        (138_357_544, "138M"),
        (1_849_688_064, "1.85G"),
        (15_470_264_320, "15.5G"),
        (10**12, "1.00T"),
        (123 * 10**16, "1.23E"),
        (5 * 10**400, "50.0e399"),
    ],
)
def test_counts_with_three_digits(value: int | None, text: str) -> None:
    assert compact_count(value) == text


@given(st.integers(1_000, 10**21 - 10**18))
def test_a_compact_count_is_right_to_three_digits(value: int) -> None:
    text = compact_count(value)
    number = re.fullmatch(r"([\d.]{3,4})([kMGTPE])", text)
    assert number is not None
    assert len(text) <= 5
    shown = float(number[1]) * 1000 ** ("kMGTPE".index(number[2]) + 1)
    assert abs(shown - value) <= 0.00501 * value


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1_023, "1,023 bytes"),
        (1_024, "1.0 KiB"),
        (553_430_176, "527.8 MiB"),
        (3 * 2**69, "1,536 EiB"),
        (2**3000, f"{2**2940:,} EiB"),
    ],
)
def test_bytes(size: int, text: str) -> None:
    assert byte_size(size) == text
