"""Sizes, repeats and bounds: laws that hold for every network, and the limits on what is
counted.
"""

from __future__ import annotations

import time

import pytest

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.layers.conv import Conv
from cnnsize.limits import MAX_STEPS
from cnnsize.render.table import table
from cnnsize.text.terminal import Style


def steps(text: str) -> list[tuple[object, ...]]:
    """All numbers of every layer, without its place."""
    return [
        (
            s.kind,
            s.inputs,
            s.output,
            s.params,
            s.macs,
            s.activations,
            s.receptive_field,
            s.jump,
            s.receptive_padding,
        )
        for s in cnnsize.parse(text).sized().steps
    ]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (
            "INPUT[32x32x3] -> [CONV3-8 -> RELU]*3",
            "INPUT[32x32x3] -> CONV3-8 -> RELU -> CONV3-8 -> RELU -> CONV3-8 -> RELU",
        ),
        (
            "INPUT[32x32x3] -> CONV3-8*2 -> POOL*2",
            "INPUT[32x32x3] -> CONV3-8 -> CONV3-8 -> POOL -> POOL",
        ),
        (
            "INPUT[32x32x3] -> [[CONV3-8]*2 -> POOL]*2",
            "INPUT[32x32x3] -> CONV3-8 -> CONV3-8 -> POOL -> CONV3-8 -> CONV3-8 -> POOL",
        ),
        ("INPUT[32x32x3] -> [CONV3-8]*0 -> POOL", "INPUT[32x32x3] -> POOL"),
        ("INPUT[8x8x3] -> [CONV3-8 -> RELU]", "INPUT[8x8x3] -> CONV3-8 -> RELU"),
        ("INPUT[8x8x3] -> FC -> [FC]*2", "INPUT[8x8x3] -> FC-512 -> FC-512 -> FC-10"),
        ("INPUT[8x8x3] -> [FC -> RELU]*2", "INPUT[8x8x3] -> FC-512 -> RELU -> FC-10 -> RELU"),
        ("INPUT -> CONV -> POOL -> FC", "INPUT[32x32x3] -> CONV3-64(P=1) -> POOL2 -> FC-10"),
    ],
)
def test_a_repeat_is_its_passes_written_out(short: str, long: str) -> None:
    assert steps(short) == steps(long)


def test_a_repeat_costs_the_same_whatever_its_count() -> None:
    def total(count: int) -> tuple[int | None, int | None, object]:
        sized = cnnsize.parse(f"INPUT[32x32x8] -> [CONV3-8 -> RELU]*{count}").sized()
        return sized.params, sized.macs, sized.receptive_field

    many = 1_000_000_000
    assert total(many) == (584 * many, 589_824 * many, (2 * many + 1, 2 * many + 1))
    assert total(1) == (584, 589_824, (3, 3))


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "INPUT[32x32x3] -> [[[RELU]*9999]*9999]*9999",
        "INPUT[32x32x3] -> [CONV3-3]*1000000000000000000",
        "[" * 3000 + "RELU" + "]" * 3000,
        "INPUT[32x32x3] -> " + "RELU -> " * 1_250_000 + "FC-10",
        "INPUT[32x32x3] -> " + "relu => " * 100_000 + "fc",
        "INPUT[32x32x3] -> [CONV3-3(P=0)]*1000000000",
        "INPUT[999999999x9x3] -> [CONV3-3(P=0)]*499999999",
        "INPUT[2x2x3] -> [UP2]*1000000000",
        "INPUT[8x8x3] -> [CONV3-3(S=2, P=1)]*1000000000 -> FC-10",
        "INPUT[9x9x9] -> [POOL2 -> UP2 -> PAD(left=1, top=1, right=0, bottom=0)]*1000000000",
        "INPUT[8x8x3] -> TCONV256-3(S=256) -> TCONV256-3(S=256)",
        "INPUT[8x8x3] -> CONV(F=(" + "(" * 3000 + "1" + ")" * 3000 + "))",
        "INPUT[8x8x3] -> CONV-(" + "9*" * 1000 + "9)",
        "INPUT[8x8x3] -> FC-" + "9" * 100_000,
        "(" * 5000,
        "INPUT[8x8x3] -> " + "(" * 3000 + "relu" + ")" * 3000,
        "-" * 200_000,
        "CONV3" * 100_000,
        "INPUT[8x8x3] -> UP1000000000000000000(mode=bicubic)",
        "INPUT[8x8x3] -> GN(999999999999999999)",
        "INPUT[8x8x1000000007] -> CONV3-1000000007(G=3)",
        "INPUT[30x30x3] -> " + " -> ".join(["POOL5(S=3) -> UP2 -> UP2"] * 400),
        "INPUT -> " + " -> ".join(["CONV3-8: [1x1x1]"] * 1000),
    ],
    ids=lambda text: text[:40],
)
def test_a_result_or_a_clear_bounded_error(text: str) -> None:
    began = time.process_time()
    report = cnnsize.check(text)
    assert report.architectures
    for found in report.diagnostics:
        assert 0 <= found.span.start <= found.span.end <= len(report.architectures[0].text)
    report.to_json()
    # a bound on hanging, not a measurement: the usual time is a hundredth of this
    assert time.process_time() - began < 20


def test_the_depth_of_dwconv_is_held_to_the_bound_of_integers() -> None:
    most = "9" * 18
    fits = cnnsize.parse(f"INPUT[8x8x1] -> DWCONV3(M={most}) -> GAP").sized()
    assert (fits.output, fits.params) == ((1, 1, int(most)), 10 * int(most))
    for text, where in (
        (f"INPUT[8x8x2] -> DWCONV3(M={most})", ""),
        (f"INPUT[8x8x3] -> [DWCONV(M={most})]*300", ", in iteration 1 of 300"),
        (
            "INPUT[8x8x3] -> [DWCONV(M=2)]*1000000",
            ", in iteration 59 of 1000000",
        ),  # 3 * 2**58 < 10**18 < 3 * 2**59
    ):
        (found,) = cnnsize.parse(text).sized().diagnostics
        assert (found.code, found.message) == (
            "CNN009",
            f"a side of the output has more than 18 digits{where}",
        )


def test_layers_that_are_written_out_are_not_counted_among_those_of_repeats() -> None:
    written = " -> ".join(["CONV3-8(P=0)"] * (MAX_STEPS + 1000))
    assert cnnsize.parse(f"INPUT[99999x99999x8] -> {written}").sized().output == (87_999, 87_999, 8)
    with_repeat = f"INPUT[99999x99999x8] -> {written} -> [CONV3-8(P=0)]*%d"
    assert cnnsize.parse(with_repeat % 4000).sized().output == (79_999, 79_999, 8)
    with pytest.raises(
        ArchitectureError, match=f"more than {MAX_STEPS:,} layers change the volume"
    ):
        cnnsize.parse(with_repeat % (MAX_STEPS + 10)).sized()


def test_numbers_past_the_largest_float_are_printed() -> None:
    text = "INPUT[8x8x3] -> " + "[" * 20 + "BN" + "]*999999999999999999" * 20
    net = cnnsize.parse(text).sized()
    assert net.params == 6 * (10**18 - 1) ** 20
    assert net.memory_bytes is not None
    assert f"{net.memory_bytes // 2**60:,} EiB" in table(net, Style(width=2000))


def test_volumes_of_failed_layers_are_unknown_and_not_guessed() -> None:
    sized = cnnsize.parse("INPUT[4x4x3] -> CONV5-8(P=0) -> RELU -> FC-10").sized()
    assert [step.output is None for step in sized.steps] == [False, True, True, True]
    assert (sized.output, sized.params, sized.macs, sized.valid) == (None, None, None, False)


def test_the_remainder_is_a_fact_on_the_step() -> None:
    sized = cnnsize.parse("INPUT[10x11x3] -> CONV3-64(S=2, P=0) -> CONV3-8(S=2, P=1)").sized()
    assert [step.remainder for step in sized.steps] == [None, (1, 0), (1, 0)]
    assert [fault.fault.code for fault in sized.problems] == ["CNN101"], (
        "only padding is lost behind it"
    )


def test_paths_name_item_pass_and_item() -> None:
    sized = cnnsize.parse("INPUT[32x32x3] -> [CONV3-3 -> RELU]*2 -> POOL*2 -> [FC-1]").sized()
    assert [step.path for step in sized.steps] == [
        "0",
        "1.0.0",
        "1.0.1",
        "1.1.0",
        "1.1.1",
        "2.0",
        "2.1",
        "3.0",
    ]


def test_letters_take_their_values_from_where_and_from_the_caller() -> None:
    net = cnnsize.parse("INPUT[(n)x(n)x3] -> [CONV3-(8*k)]*N -> FC-10 where n = 16, k = 2")
    assert net.sized(N=2).params == net.sized(N=2, n=16, k=2).params
    assert net.sized(N=0, k=1).params == 16 * 16 * 3 * 10 + 10
    with pytest.raises(ArchitectureError, match="N has no value"):
        net.sized()
    with pytest.raises(ArchitectureError, match="no letter Z"):
        net.sized(N=1, Z=1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("INPUT[8x8x3] -> POOL? -> FC-10", "family"),
        ("INPUT[8x8x3] -> [CONV]*N where N in 1..3", "family"),
        ("INPUT[8x8x3] -> CONV -> ... -> FC", "leaves layers out"),
        ("INPUT[8x8x3] -> [CONV]*[1,2]", "template"),
        ("CONV -> FC", "no INPUT"),
    ],
)
def test_sizing_needs_one_single_network(text: str, words: str) -> None:
    net = cnnsize.parse(text)
    with pytest.raises(ArchitectureError, match=words):
        net.sized()
    assert words == "family" or not cnnsize.check(text).ok


def test_kinds_unroll_numeric_repeats_and_size_nothing() -> None:
    net = cnnsize.parse("INPUT[1x1x1] -> [[CONV9 -> RELU]*2 -> POOL]*2 -> FC")
    assert net.kinds() == ["INPUT", *["CONV", "RELU", "CONV", "RELU", "POOL"] * 2, "FC"]
    with pytest.raises(ArchitectureError, match="CNN009"):
        cnnsize.parse("[RELU]*1000000000").kinds()
    with pytest.raises(ArchitectureError, match="N has no value"):
        cnnsize.parse("[RELU]*N").kinds()


def test_an_input_override_and_a_one_dimensional_signal() -> None:
    net = cnnsize.parse("INPUT[32x32x3] -> CONV3x1-8 -> POOL2x1 -> FC-10")
    assert net.sized(input=(100, 1, 4)).steps[2].output == (50, 1, 8)
    with pytest.raises(ValueError, match="three integers"):
        net.sized(input=(0, 1, 4))


def test_tensorflow_pads_same_with_a_stride() -> None:
    net = cnnsize.parse("INPUT[225x225x3] -> CONV3-8(S=2, P=same)")
    assert net.sized().output is None
    sized = net.sized(settings=cnnsize.Settings(target="tensorflow"))
    assert sized.output == (113, 113, 8)
    assert sized.valid
    assert [found.severity for found in sized.diagnostics] == ["warning"]


def test_tensorflow_pads_the_larger_half_at_the_right_and_bottom() -> None:
    text = "INPUT[8x9x3] -> CONV4x7-8(S=2x4, P=same)"
    sized = cnnsize.parse(text).sized(settings=cnnsize.Settings(target="tensorflow"))
    layer = sized.steps[-1].layer
    assert isinstance(layer, Conv)
    # along W (4 - 1)*2 + 4 - 8 = 2 columns are missing, along H (3 - 1)*4 + 7 - 9 = 6 rows
    assert [(window.before, window.after) for window in layer.windows] == [(1, 1), (3, 3)]
    text = "INPUT[8x9x3] -> CONV3x4-8(S=2x4, P=same)"
    sized = cnnsize.parse(text).sized(settings=cnnsize.Settings(target="tensorflow"))
    layer = sized.steps[-1].layer
    assert isinstance(layer, Conv)
    assert [(window.before, window.after) for window in layer.windows] == [(0, 1), (1, 2)]


def test_a_repeat_of_nothing_is_nothing() -> None:
    for text in (
        "INPUT[4x4x3] -> [[RELU]*0]*5",
        "INPUT[4x4x3] -> [CONV3-3]*0 -> [[RELU]*0]*1000000000",
    ):
        sized = cnnsize.parse(text).sized()
        assert (sized.output, sized.params, [step.kind for step in sized.steps]) == (
            (4, 4, 3),
            0,
            ["INPUT"],
        )
    assert cnnsize.parse("[RELU]*0").sized(input=(2, 2, 2)).output == (2, 2, 2)
