"""Strings as people write them in READMEs, papers and code, and what they mean: tests/data/readings.csv."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import cnnsize

with (Path(__file__).parents[1] / "data" / "readings.csv").open(
    newline="", encoding="utf-8"
) as file:
    READ = [(row["written"], row["canonical"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("written", "canonical"), READ)
def test_reads_as(written: str, canonical: str) -> None:
    net = cnnsize.parse(written)
    assert str(net) == canonical
    assert str(cnnsize.parse(canonical)) == canonical
