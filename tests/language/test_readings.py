"""Strings as people write them in READMEs, papers and code, and what they mean: tests/data/readings.csv."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

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
