"""The table: columns add up to the totals, numbers are never cut, and it fits 40 to 200 columns."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize.render.table import table
from cnnsize.text.terminal import Style, display_width

LAYERS = [
    "CONV3-8",
    "CONV3-8(S=2)",
    "CONV1-64",
    "RELU",
    "BN",
    "POOL2",
    "POOL3(S=1, P=1)",
    "DROPOUT(0.5)",
    "UP2",
    "TCONV2-4(S=2)",
    "LRN",
]


@st.composite
def networks(draw: st.DrawFn) -> str:
    def chain(depth: int) -> str:
        items = []
        for _ in range(draw(st.integers(1, 4))):
            if depth and draw(st.booleans()):
                items.append(f"[{chain(depth - 1)}]*{draw(st.sampled_from([1, 2, 3, 7, 30]))}")
            else:
                items.append(draw(st.sampled_from(LAYERS)))
        return " -> ".join(items)

    return f"INPUT[64x48x3] -> {chain(2)} -> FC-{draw(st.sampled_from([10, 1000]))} -> SOFTMAX"


def column(text: str, name: str) -> list[int]:
    """The numbers of one right-aligned column of a printed table, the total last."""
    lines = text.split("\n")
    head = lines[0]
    end = head.index(name) + len(name)
    numbers = []
    for line in lines[2:]:
        if line.startswith("params "):
            break
        number = re.search(r"([\d,]+)$", line[:end])
        if number and len(line) >= end and line[end : end + 1] in ("", " "):
            numbers.append(int(number[1].replace(",", "")))
    return numbers


@given(networks(), st.booleans())
def test_columns_add_up_to_the_totals(text: str, unfold: bool) -> None:
    sized = cnnsize.parse(text).sized()
    if sized.output is None:
        return
    printed = table(sized, Style(400), unfold=unfold)
    for name, total in (
        ("params", sized.params),
        ("MACs", sized.macs),
        ("activations", sized.activations),
    ):
        numbers = column(printed, name)
        assert numbers[-1] == total
        assert sum(numbers[:-1]) == total


@given(networks(), st.integers(40, 200))
def test_it_fits_and_no_number_is_cut(text: str, width: int) -> None:
    sized = cnnsize.parse(text).sized()
    printed = table(sized, Style(width))
    assert "…" not in printed
    needed = 12 + max(len(str(s.output)) for s in sized.steps) + len(f"{sized.params or 0:,}") + 12
    longest_word = max(len(word) for word in printed.split())
    for line in printed.split("\n"):
        assert display_width(line) <= max(width, needed) or line.strip().startswith(
            max(printed.split(), key=len)[:longest_word]
        )
    if sized.params is not None:
        assert f"{sized.params:,}" in printed


def test_totals_are_the_sum_of_the_steps_times_their_count() -> None:
    sized = cnnsize.parse(
        "INPUT[32x32x8] -> [[CONV3-8 -> BN]*40 -> RELU]*1000 -> CONV3-4 -> FC-3"
    ).sized()
    assert any(step.count > 1 for step in sized.steps)
    assert sum((step.params or 0) * step.count for step in sized.steps) == sized.params
    assert sum((step.macs or 0) * step.count for step in sized.steps) == sized.macs
    assert sum((step.activations or 0) * step.count for step in sized.steps) == sized.activations


@pytest.mark.parametrize("ascii_only", [False, True])
def test_an_ascii_table_is_ascii(ascii_only: bool) -> None:
    printed = table(
        cnnsize.parse("INPUT[32x32x3] -> CONV3-8 -> FC-10").sized(), Style(80), ascii=ascii_only
    )
    assert printed.isascii() == ascii_only


def test_the_share_of_the_parameters_is_a_column_on_request() -> None:
    network = cnnsize.parse("INPUT[8x8x4] -> CONV1-5 -> RELU -> BN -> GAP -> FC-10").sized()
    assert "share" not in table(network, Style(120))
    rows = table(network, Style(120), share=True).splitlines()
    assert re.findall(r"[\d.]+%", "\n".join(rows)) == ["26.3%", "10.5%", "63.2%"]


def test_running_statistics_are_named_with_the_total_of_keras() -> None:
    text = "INPUT[8x8x3] -> CONV3-8 -> BN -> [CONV3-8 -> BN(affine=no) -> RELU]*3 -> ADD{BN | ID}"
    network = cnnsize.parse(text).sized()
    assert network.running_statistics == 2 * 8 * 5
    line = next(row for row in table(network, Style(80)).splitlines() if row.startswith("stat"))
    assert (
        line
        == f"statistics        80 in BN; Keras counts them too and prints {(network.params or 0) + 80:,}"
    )
    plain = cnnsize.parse("INPUT[8x8x3] -> CONV3-8 -> LN -> IN").sized()
    assert "statistics" not in table(plain, Style(80))


def test_the_defaults_of_frameworks_are_in_the_footer() -> None:
    text = "INPUT[32x32x3] -> Conv2d(3, 6, 5) -> RELU -> MaxPooling2D() -> CONV3-8 -> FC-10"
    footer = " ".join(table(cnnsize.parse(text).sized(), Style(width=200)).split())
    assert (
        "defaults used Conv2d(3, 6, 5): PyTorch's default P=0; MaxPooling2D(): Keras' default F=2; "
        "CONV3-8: P=1" in footer
    )


def test_the_footer_names_an_input_that_no_row_shows() -> None:
    fragment = cnnsize.parse("CONV3-4 -> RELU").sized((8, 6, 3))
    assert "\ninput             8x6x3\n" in table(fragment, Style(80, False))
    whole = cnnsize.parse("INPUT[8x6x3] -> CONV3-4").sized()
    assert "\ninput " not in table(whole, Style(80, False))
