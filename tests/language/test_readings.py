"""Strings as people write them in READMEs, papers and code, and what they mean: tests/data/readings.csv."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize

with (Path(__file__).parents[1] / "data" / "readings.csv").open(
    newline="", encoding="utf-8"
) as file:
    READ = [(row["written"], row["canonical"]) for row in csv.DictReader(file)]


GUIDE = Path(cnnsize.__file__).parent / "guide" / "notation.md"
ROWS = re.findall(r"^\| (`.*`) \| (`.*`) \| [^|`].*\|$", GUIDE.read_text("utf-8"), re.MULTILINE)
TABLE = [
    pair
    for written, canonical in ROWS
    for pair in zip(re.findall("`(.*?)`", written), re.findall("`(.*?)`", canonical), strict=True)
]


@pytest.mark.parametrize(("written", "canonical"), TABLE)
def test_the_table_of_the_guide_holds(written: str, canonical: str) -> None:
    assert str(cnnsize.parse(written)) == canonical


def test_the_guide_has_a_table_of_rules() -> None:
    assert len(TABLE) > 15


@pytest.mark.parametrize(("written", "canonical"), READ)
def test_reads_as(written: str, canonical: str) -> None:
    net = cnnsize.parse(written)
    assert str(net) == canonical
    assert str(cnnsize.parse(canonical)) == canonical


PIECES = st.sampled_from(
    ["(", ")", "[", "x", "×", "-", "@", ":", ",", "/", "0", "3", "卷", "→", "\n", "#1", "k="]
)


@given(st.sampled_from(READ), st.integers(0, 200), st.integers(0, 200), PIECES)
def test_a_damaged_text_is_read_or_refused(
    row: tuple[str, str], start: int, end: int, piece: str
) -> None:
    text = row[0][:start] + piece + row[0][end:]
    try:
        canonical = str(cnnsize.parse(text))
    except cnnsize.ArchitectureError:
        return
    assert str(cnnsize.parse(canonical)) == canonical
