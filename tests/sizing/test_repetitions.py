"""A repetition has the numbers of its iterations written out, and costs no more for a large count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize import Network, Step
from tests.helpers import examples


def sized(text: str) -> Network:
    return cnnsize.parse(text).sized()


def numbers(step: Step) -> tuple[object, ...]:
    """All numbers of a step, without its place."""
    return (
        step.kind,
        step.count,
        step.inputs,
        step.output,
        step.params,
        step.macs,
        step.activations,
        step.kernel,
        step.stride,
        step.padding,
        step.dilation,
        step.groups,
        step.remainder,
        step.receptive_field,
        step.jump,
        step.receptive_padding,
    )


def own_field(network: Network) -> tuple[int, int] | None:
    """The field of the last step that still has a map."""
    own = None
    for step in network.steps:
        if step.kind in ("GAP", "GMP", "FC", "FLATTEN") or step.output is None:
            break
        own = step.receptive_field
    return own


def sums(network: Network) -> tuple[object, ...]:
    return (
        network.params,
        network.macs,
        network.activations,
        network.receptive_field,
        network.output,
        network.valid,
    )


BODIES = st.lists(
    st.sampled_from(
        [
            "CONV3-4",
            "CONV3-8",
            "CONV3-4(P=0)",
            "CONV5-4(D=2)",
            "CONV3-4(S=2, P=1)",
            "CONV(K=4, F=1)",
            "DWCONV3",
            "DWCONV3(M=2)",
            "TCONV3-4",
            "TCONV4-4(S=2, P=1)",
            "TCONV2-4(S=2)",
            "POOL2",
            "POOL3x3(S=1, P=1)",
            "AVGPOOL3(S=2, P=1, ceil=yes)",
            "UP2",
            "UP(factor=2, mode=bilinear)",
            "PIXELSHUFFLE2",
            "RELU",
            "BN",
            "PRELU(per=channel)",
            "LN",
            "PAD1",
            "CROP[8x8]",
            "GAP",
            "FC-16",
            "FLATTEN",
            "DROPOUT",
            "CONV3-4*2",
            "[CONV3-4 -> RELU]*3",
            "[POOL2 -> UP2]*2",
        ]
    ),
    min_size=1,
    max_size=4,
)


@examples(400)
@given(BODIES, st.integers(0, 30), st.sampled_from(["", " -> POOL2", " -> GAP -> FC-10", " -> FC"]))
def test_a_repetition_equals_its_iterations_written_out(body: list[str], n: int, tail: str) -> None:
    # once sides double with every iteration, thirty iterations are too large
    if any(
        layer.startswith(("UP", "PIXELSHUFFLE", "TCONV", "DWCONV3(M", "PAD", "[POOL2"))
        for layer in body
    ):
        n = min(n, 6)
    iteration = " -> ".join(body)
    short = sized(f"INPUT[16x16x4] -> [{iteration}]*{n}{tail}")
    long = sized(" -> ".join(["INPUT[16x16x4]", *[iteration] * n]) + tail)
    assert [numbers(step) for step in short.steps] == [numbers(step) for step in long.steps]
    assert sums(short) == sums(long)
    assert short.receptive_field == own_field(short)


KEEPING = st.lists(
    st.sampled_from(
        [
            "CONV3-4",
            "CONV5-4(D=2)",
            "CONV(K=4, F=1, bias=no)",
            "DWCONV3",
            "TCONV3-4(P=1)",
            "POOL3x3(S=1, P=1)",
            "RELU",
            "BN",
            "POOL2 -> UP2",
            "POOL2 -> TCONV2-4(S=2)",
            "POOL2 -> UP(factor=2, mode=bilinear)",
            "UP2 -> POOL2",
            "PAD1 -> CONV3-4(P=0)",
            "UP2 -> CONV3-4(S=2, P=1)",
            "CONV-16(F=1) -> PIXELSHUFFLE2 -> POOL2",
            "[CONV3-4 -> RELU]*2",
        ]
    ),
    min_size=1,
    max_size=3,
)


def total(text: str) -> tuple[int, int, int, int, int]:
    network = sized(text)
    assert network.params is not None
    assert network.macs is not None
    assert network.activations is not None
    assert network.receptive_field is not None
    return network.params, network.macs, network.activations, *network.receptive_field


@examples(150)
@given(KEEPING, st.integers(10**6, 10**17))
def test_a_repetition_that_keeps_its_volume_is_linear_in_its_count(body: list[str], n: int) -> None:
    """Sums grow by the same step with every iteration; the field does once it has grown a few times."""
    iteration = " -> ".join(body)

    def after_iterations(count: int) -> tuple[int, int, int, int, int]:
        return total(f"INPUT[16x16x4] -> [{iteration}]*{count}")

    near, next_, far = after_iterations(12), after_iterations(13), after_iterations(n)
    slope = [b - a for a, b in zip(near, next_, strict=True)]
    assert list(far) == [a + (n - 12) * rise for a, rise in zip(near, slope, strict=True)]


@examples(100)
@given(KEEPING, st.integers(20_000, 10**9), st.sampled_from(["", "CONV3-8 -> ", "[CONV3-4]*3 -> "]))
def test_folded_steps_sum_to_the_totals(body: list[str], n: int, before: str) -> None:
    text = f"INPUT[16x16x4] -> {before}CONV3-4 -> [{' -> '.join(body)}]*{n} -> POOL2"
    network = sized(text)
    assert len(network.steps) < 20_000
    assert max(step.count for step in network.steps) > 1
    for name in ("params", "macs", "activations"):
        assert getattr(network, name) == sum(
            step.count * getattr(step, name) for step in network.steps
        ), name
    assert network.receptive_field == network.steps[-1].receptive_field
    assert network.output == (8, 8, 4)


@pytest.mark.parametrize(
    "body",
    ["TCONV4-4(S=2, P=1)", "UP(factor=2, mode=bilinear)", "UP2 -> CONV3-4", "CONV3-4 -> UP4x4"],
)
@pytest.mark.parametrize("n", [1, 4, 12])
def test_a_field_too_fine_to_follow_is_unknown_and_not_a_guess(body: str, n: int) -> None:
    """After that much upsampling, the network and its last step have the same field, or None."""
    iteration = f"{body} -> CROP[8x8]"
    short, long = (
        sized(f"INPUT[8x8x4] -> [{iteration}]*{n}"),
        sized(" -> ".join(["INPUT[8x8x4]", *[iteration] * n])),
    )
    assert short.receptive_field == long.receptive_field == own_field(short) == own_field(long)


def test_folded_and_unfolded_repetitions_agree_on_the_last_iteration() -> None:
    """The last iteration of a folded repetition has the numbers of the same iteration written
    out.
    """
    body = "CONV3-4 -> POOL2 -> UP2"
    few = total(f"INPUT[16x16x4] -> [{body}]*10")
    more = total(f"INPUT[16x16x4] -> [{body}]*11")
    n = 50_000
    folded = sized(f"INPUT[16x16x4] -> [{body}]*{n}").steps[-1]
    assert folded.count == n
    assert folded.receptive_field is not None
    assert folded.receptive_field[0] == few[3] + (n - 10) * (more[3] - few[3])
