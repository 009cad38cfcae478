"""Networks, families and reports as DataFrames, with a module in the place of pandas."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

import cnnsize

NET = cnnsize.parse("INPUT[10x8x3] -> [ADD{CONV3-3 | ID}] -> RELU -> POOL2 -> FC-10")
PATTERN = cnnsize.parse("INPUT[8x8x3] -> [CONV3-4 -> RELU]*N -> POOL? -> FC-10")


class DataFrame:
    """What pandas would get."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def convert_dtypes(self) -> DataFrame:
        return self


@pytest.fixture
def _pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("pandas")
    module.DataFrame = DataFrame  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", module)


@pytest.mark.usefixtures("_pandas")
def test_a_network_has_a_row_for_each_layer() -> None:
    rows = NET.sized().to_pandas().rows
    assert [row["kind"] for row in rows] == ["INPUT", "CONV", "ADD", "RELU", "POOL", "FC"]
    conv, add = rows[1], rows[2]
    assert {key: conv[key] for key in ("in", "out_W", "out_H", "out_D", "kernel_W", "params")} == {
        "in": "10x8x3",
        "out_W": 10,
        "out_H": 8,
        "out_D": 3,
        "kernel_W": 3,
        "params": 84,
    }
    assert (add["in"], add["kernel_H"]) == ("10x8x3, 10x8x3", None)
    assert len({tuple(row) for row in rows}) == 1  # all rows have the same columns


@pytest.mark.usefixtures("_pandas")
def test_a_size_that_is_not_known_is_missing() -> None:
    rows = cnnsize.parse("INPUT[4x4x3] -> CONV7-8(P=0) -> FC-10").sized().to_pandas().rows
    assert [(row["in"], row["out_W"], row["params"]) for row in rows] == [
        ("4x4x3", 4, 0),
        ("4x4x3", None, None),
        ("?", None, None),
    ]


@pytest.mark.usefixtures("_pandas")
def test_a_family_has_a_row_for_each_member_and_a_report_one_for_each_diagnostic() -> None:
    rows = PATTERN.family(N=(1, 2)).to_pandas().rows
    assert [(row["N"], row["POOL?"], row["output_D"]) for row in rows] == [
        (1, False, 10),
        (1, True, 10),
        (2, False, 10),
        (2, True, 10),
    ]
    rows = cnnsize.check("INPUT[10x10x3] -> CONV3-8(S=2, P=0)").to_pandas().rows
    assert [(row["code"], row["line"], row["column"], row["severity"]) for row in rows] == [
        ("CNN101", 1, 19, "error")
    ]


def test_without_pandas_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install pandas\. to_dict\(\) returns the same"):
        NET.sized().to_pandas()
