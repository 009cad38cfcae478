"""The table: rows add up to the totals, arithmetic is right, and it fits 20 to 200 columns."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize.cli.flags import TABLE_COLUMNS
from cnnsize.render.columns import COLUMN_NAMES
from cnnsize.render.folds import folded
from cnnsize.render.rows import Costs, Entry, Fold, TableRow, sum_of, table_entries
from cnnsize.render.table import table
from cnnsize.render.wrapping import wrapped
from cnnsize.text.terminal import Style, display_width
from cnnsize.zoo import index
from tests.helpers import cnnsize as run
from tests.helpers import examples
from tests.sizing.test_formula import value_of

UNLIMITED = Style(100_000)
VGG_HEADS = """
layer          WxHxD       (W-F+2P)/S+1    F*F*D*K+K      params  MACs  acts  RF
CONV3-64+RELU  224x224x64  (224-3+2*1)/1+1 3*3*64*64+64    36.9k 1.85G 3.21M   5
CONV3-512+RELU 14x14x512   (14-3+2*1)/1+1  3*3*512*512+512 2.36M  462M  100k 132
  x3 in all                                                7.08M 1.39G  301k 196
  FC-4096+RELU 1x1x4096    7*7*512         25088*4096+4096  103M  103M 4.10k
    +DROPOUT(0.5)
  FC-1000      1x1x1000    4096            4096*1000+1000  4.10M 4.10M 1.00k
total                                                       138M 15.5G 15.3M
Parameters        138,357,544 (527.8 MiB): 138,344,128 weights + 13,416 biases
Multiply-adds     15,470,264,320 (FLOPs: 30,940,528,640)
Activations       15,262,696 (58.2 MiB in float32) for one input, forward only
Peak activations  6,422,528 (24.5 MiB in float32) in memory at once
Receptive field   212x212 input cells, at the last feature map
Defaults used     CONV3-64: P=1; CONV3-128: P=1; CONV3-256: P=1; CONV3-512: P=1
"""
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
    "CONV3x1-6(G=2, bias=no)",
    "PRELU(per=channel)",
    "ADD{CONV3-8 -> BN | CONV1-8}",
    "CAT{CONV3-8 | ID}",
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


def rows_of(entries: tuple[Entry, ...]) -> list[TableRow]:
    """All rows, those inside folds once."""
    rows: list[TableRow] = []
    for entry in entries:
        if isinstance(entry, TableRow):
            rows.append(entry)
        elif isinstance(entry, Fold):
            rows += rows_of(entry.body)
        else:
            for branch in entry.branches:
                rows += rows_of(branch)
            rows += [] if entry.tail is None else [entry.tail]
    return rows


def check_rows(sized: cnnsize.Network, *, depth: int, unfold: bool) -> None:
    """Compare the rows with the totals, and their arithmetic with their parameters."""
    entries = table_entries(sized, depth=depth, unfold=unfold)
    totals = Costs(sized.params, sized.macs, sized.activations)
    for rows in (entries, folded(entries)):
        assert sum_of(rows) == totals
        for row in rows_of(rows):
            if row.arithmetic:
                assert value_of(row.arithmetic) == row.costs.params


@given(networks(), st.booleans())
@examples(200)
def test_rows_add_up_to_the_totals(network: str, unfold: bool) -> None:
    sized = cnnsize.parse(network).sized()
    if sized.output is not None:
        check_rows(sized, depth=0, unfold=unfold)


@pytest.mark.slow
def test_rows_of_the_zoo_add_up_to_the_totals() -> None:
    for name in index():
        for depth in (0, 1, 9):
            check_rows(cnnsize.load(name).sized(), depth=depth, unfold=False)


def check_width(sized: cnnsize.Network, width: int, *, exact: bool, unfold: bool) -> None:
    """No line is longer than the width, and what is hidden is named."""
    printed = table(sized, Style(width), exact=exact, unfold=unfold, share=exact)
    too_long = [line for line in printed.split("\n") if display_width(line) > width]
    assert not [line for line in too_long if len(line.split()) > 1]  # a number is never cut
    assert "…" not in printed
    titles = printed.split("\n", 1)[0].split()
    if "Hidden columns" not in printed:
        assert {"params", "MACs"} <= set(titles)


@given(networks(), st.integers(20, 200), st.booleans(), st.booleans())
@examples(200)
def test_it_fits_every_width(network: str, width: int, exact: bool, unfold: bool) -> None:
    check_width(cnnsize.parse(network).sized(), width, exact=exact, unfold=unfold)


@pytest.mark.slow
@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_the_zoo_fits_every_width(width: int) -> None:
    for name in index():
        check_width(cnnsize.load(name).sized(), width, exact=False, unfold=False)


def test_80_columns_show_everything_that_the_notes_teach() -> None:
    lines = table(cnnsize.load("vgg16").sized(), Style(80), advice=False).split("\n")
    for line in VGG_HEADS.strip().split("\n"):
        assert line in lines
    assert not any(line.startswith("Hidden") or "--" in line for line in lines)
    assert set(map(len, lines[1:2])) == {80}


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_columns_are_hidden_last_and_in_order(width: int) -> None:
    printed = table(cnnsize.load("vgg16").sized(), Style(width))
    hidden = {40: "arithmetic, activations, formula, RF", 60: "arithmetic, activations"}.get(width)
    flat = " ".join(printed.split())
    assert (hidden is not None) == ("Hidden columns" in flat)
    if hidden is not None:
        assert f"Hidden columns {hidden} (--width 80 or --columns shows them)" in flat
    assert ("3*3*64*64 + 64" in printed) == (width >= 120)
    assert ("1,849,688,064" in printed) == (width == 200)


def test_a_pipe_gets_all_columns_and_all_digits() -> None:
    for arguments in (("show", "vgg16"), ("check", "vgg16")):
        out = run(*arguments, COLUMNS="")[1]
        titles = " ".join(out.split("\n")[0].split())
        assert titles == (
            "layer W x H x D (W - F + 2P)/S + 1 F*F*D*K + K params MACs activations RF"
        )
        rows = [" ".join(line.split()) for line in out.split("\n")]
        assert (
            "CONV3-64 + RELU 224x224x64 (224 - 3 + 2*1)/1 + 1 = 224 3*3*64*64 + 64 "
            "36,928 1,849,688,064 3,211,264 5x5" in rows
        )
        assert "\x1b" not in out
        assert "Hidden" not in out


def test_width_columns_and_exact_are_options() -> None:
    out = run("show", "vgg16", "--columns", "rf,PARAMS", "--exact", COLUMNS="200")[1]
    assert out.split("\n")[0].split() == ["layer", "params", "RF"]
    assert "36,928" in out
    assert "  (224-3+2*1)/1+1 " in run("show", "vgg16", "--width", "80")[1]
    assert "  (224-3+2*1)/1+1 " in run("check", "vgg16", "--width", "80")[1]
    exact = run("show", "vgg16", "--width", "80", "--exact")[1]
    assert "138,357,544" in exact.split("Parameters")[0]
    assert "Hidden columns    arithmetic, activations" in exact
    titles = run("show", "vgg16", "--width", "300", "--columns", "all")[1].split("\n")[0]
    assert "share" in titles
    status, out, err = run("show", "vgg16", "--columns", "params,macks")
    assert (status, out) == (2, "")
    assert "unknown column 'macks'; did you mean MACs? The columns are layer, volume, " in err


def test_the_names_of_columns_are_those_of_help() -> None:
    assert ("layer", *COLUMN_NAMES) == TABLE_COLUMNS


REPEATED = "INPUT[8x8x4] -> [CONV3-4 -> RELU]*{} -> POOL3(S=1, P=1) -> [CONV3-4 -> TANH -> BN]*{}"


@pytest.mark.parametrize("times", [3, 5000])
def test_a_repetition_says_what_one_iteration_and_what_all_cost(times: int) -> None:
    sized = cnnsize.parse(REPEATED.format(times, times)).sized()
    printed = table(sized, UNLIMITED, columns=["params", "RF"]).split("\n")[3:9]
    names = [line[:18].rstrip() for line in printed]
    rows = [line[20:].split() for line in printed]
    total = f"x{times:,} in all"
    assert names == [
        "CONV3-4 + RELU",
        f"  {total}",
        "POOL3(S=1, P=1)",
        "[ CONV3-4 + TANH",
        "  BN",
        f"] {total}",
    ]
    first, last = 2 * times + 1, 4 * times + 3
    assert (rows[0][0], rows[1]) == ("148", [f"{148 * times:,}", f"{first}x{first}"])
    assert (rows[3][0], rows[5]) == ("148", [f"{156 * times:,}", f"{last}x{last}"])


def test_two_iterations_are_not_folded_and_repetitions_of_repetitions_are() -> None:
    twice = table(cnnsize.parse(REPEATED.format(2, 2)).sized(), UNLIMITED)
    assert "in all" not in twice
    nested = cnnsize.parse("INPUT[8x8x4] -> [[CONV3-4]*5 -> BN -> RELU]*4 -> FC-3").sized()
    printed = table(nested, UNLIMITED, columns=["params"])
    assert printed.split("\n")[2:8] == [
        "INPUT[8x8x4]        0",
        "[ CONV3-4         148",
        "    x5 in all     740",
        "  BN + RELU         8",
        "] x4 in all     2,992",
        "FC-3              771",
    ]


def test_a_block_with_most_of_the_parameters_is_shown_with_its_layers() -> None:
    document = "head() = FC-50 -> RELU -> FC-3\nbody(k) = CONV3-(k) -> RELU\n"
    sized = cnnsize.parse(f"{document}net = INPUT[8x8x4] -> body(8) -> head()").sized()
    lines = table(sized, UNLIMITED, columns=["RF"]).split("\n")[2:7]
    assert [line[:14].rstrip() for line in lines] == [
        "INPUT[8x8x4]",
        "body(8)",
        "head()",
        "  FC-50 + RELU",
        "  FC-3",
    ]


def test_an_option_that_asks_for_columns_never_hides_them() -> None:
    sized = cnnsize.load("vgg16").sized()
    printed = table(sized, Style(40), columns=["params", "MACs", "activations", "arithmetic"])
    assert printed.split("\n")[0].split() == ["layer", "F*F*D*K+K", "params", "MACs", "acts"]
    assert "Hidden" not in printed


@given(
    st.text(st.sampled_from("CONV(+, )é漢xyz"), min_size=1, max_size=80),
    st.integers(8, 40),
    st.integers(0, 12),
)
def test_a_wrapped_name_loses_nothing(name: str, width: int, indent: int) -> None:
    lines = wrapped(name, width, " " * indent)
    assert "".join("".join(lines).split()) == "".join(name.split())
    assert all(display_width(line) <= width for line in lines)


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
    lines = table(network, Style(80)).splitlines()
    assert (
        f"Total in Keras    {(network.params or 0) + 80:,}, with 80 running statistics of BN"
        in lines
    )
    plain = cnnsize.parse("INPUT[8x8x3] -> CONV3-8 -> LN -> IN").sized()
    assert "Keras" not in table(plain, Style(80))


def test_weights_biases_and_other_parameters_are_counted_apart() -> None:
    text = "INPUT[8x8x4] -> [CONV3-4 -> BN]*3 -> PRELU -> DWCONV3(bias=no) -> LN -> FC-10"
    sized = cnnsize.parse(text).sized()
    line = next(line for line in table(sized, Style(200)).splitlines() if "weights" in line)
    assert line == (
        "Parameters        3,099 (12.1 KiB): 3,028 weights + 22 biases + 24 in BN + 1 in PRELU "
        "+ 8 in LN"
    ).replace("3,099", "3,083").replace("12.1", "12.0")


def test_the_defaults_of_frameworks_are_in_the_footer() -> None:
    text = "INPUT[32x32x3] -> Conv2d(3, 6, 5) -> RELU -> MaxPooling2D() -> CONV3-8 -> FC-10"
    footer = " ".join(table(cnnsize.parse(text).sized(), Style(width=200)).split())
    assert (
        "Defaults used Conv2d(3, 6, 5): PyTorch's default P=0; MaxPooling2D(): Keras' default F=2; "
        "CONV3-8: P=1" in footer
    )


def test_the_footer_names_an_input_that_no_row_shows() -> None:
    fragment = cnnsize.parse("CONV3-4 -> RELU").sized((8, 6, 3))
    assert "\nInput             8x6x3\n" in table(fragment, Style(80, False))
    whole = cnnsize.parse("INPUT[8x6x3] -> CONV3-4").sized()
    assert "\nInput " not in table(whole, Style(80, False))


def test_titles_are_bold_and_errors_red_and_nothing_is_white_or_black() -> None:
    sized = cnnsize.parse("INPUT[8x8x3] -> CONV3-4(S=2, P=0) -> FC-10").sized()
    printed = table(sized, Style(80, colour=True))
    assert set(re.findall(r"\x1b\[(\d+)m", printed)) == {"0", "1", "31"}
    assert printed.startswith("\x1b[1mlayer")
    assert re.sub(r"\x1b\[\d+m", "", printed) == table(sized, Style(80))
