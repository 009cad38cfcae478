"""Values of letters with a step, and letters where a number is glued to a layer."""

from __future__ import annotations

import pytest

import cnnsize
from cnnsize.text.diagnostic import ArchitectureError

NET = "INPUT[8x8x3] -> CONV3-k -> RELU -> FC-2 where k in "


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("16..64 step 16", "{16, 32, 48, 64}"),
        ("1..6 step 2", "{1, 3, 5}"),
        ("1..6 step 10", "{1}"),
        ("2..5 step 1", "2..5"),
        ("8..16 step 8, N in 0..4 step 2", "{8, 16}, N in {0, 2, 4}"),
    ],
)
def test_a_step_lists_its_values(written: str, canonical: str) -> None:
    assert str(cnnsize.parse(NET + written)) in (
        NET + canonical,
        NET.replace("k in ", "k = ") + canonical.strip("{}"),
    )


def test_informal_text_may_have_a_step() -> None:
    net = cnnsize.parse("Input[8x8x3] => conv3-k => relu => fc2 where k in 4..8 step 4")
    assert str(net) == NET.replace("k in ", "k in {4, 8}")


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("16..64..16", "write a step as in 16..64 step 16"),
        ("16..64 by 16", "write a step as in 16..64 step 16"),
        ("16..64:16", "write a step as in 16..64 step 16"),
        ("16:64:16", "write 16..64, or 16..64 step 16"),
        ("16..64 step 0", "the step is 0"),
        ("0..999999999999 step 2", "more than 10,000 values"),
    ],
)
def test_other_steps_say_how_to_write_one(written: str, hint: str) -> None:
    with pytest.raises(ArchitectureError) as refused:
        cnnsize.parse(NET + written)
    diagnostic = refused.value.diagnostic
    assert hint in (diagnostic.message, *diagnostic.help)


@pytest.mark.parametrize(
    ("layer", "option"),
    [
        ("CONVf-16", "CONV(F=f)"),
        ("CONV_k-8", "CONV(F=k)"),
        ("CONVKxK-32", "CONV(F=k)"),
        ("POOLk", "POOL(F=k)"),
        ("DWCONVn", "DWCONV(F=n)"),
    ],
)
def test_a_glued_letter_says_how_to_write_it(layer: str, option: str) -> None:
    with pytest.raises(ArchitectureError) as refused:
        cnnsize.parse(f"INPUT[8x8x3] -> {layer} -> FC-2")
    assert option in refused.value.diagnostic.help[0]
    cnnsize.parse(f"INPUT[8x8x3] -> {option} -> FC-2 where {option[-2]} in 2..3")


@pytest.mark.parametrize(
    ("shape", "hint"),
    [("nxnx3", "[(n)x(n)x3]"), ("WxHx3", "[(W)x(H)x3]"), ("nxnxd", "[(n)x(n)x(d)]")],
)
def test_letters_of_a_shape_are_written_in_parentheses(shape: str, hint: str) -> None:
    with pytest.raises(ArchitectureError) as refused:
        cnnsize.parse(f"INPUT[{shape}] -> CONV3-8 -> FC-2")
    assert hint in " ".join(refused.value.diagnostic.help)
    cnnsize.parse(f"INPUT{hint} -> CONV3-8 -> FC-2")


@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        ("16000", "a 1-D signal is [16000x1x1]"),
        (" 40 ", "a 1-D signal is [40x1x1]"),
        ("", "as in [32x32x3]"),
        ("8x8x3x1", "as in [32x32x3]"),
    ],
)
def test_a_shape_with_another_number_of_sides_says_how_to_write_one(shape: str, hint: str) -> None:
    with pytest.raises(ArchitectureError) as refused:
        cnnsize.parse(f"INPUT[{shape}] -> CONV3-8 -> FC-2")
    diagnostic = refused.value.diagnostic
    assert diagnostic.message == "cannot read this shape"
    assert diagnostic.help[0].startswith("a shape is width x height x depth")
    assert diagnostic.help[0].endswith(hint)


def test_all_letters_without_one_value_are_named_at_once() -> None:
    net = cnnsize.parse("INPUT[8x8x3] -> [CONV3-k]*N -> FC-m where k in {4, 8}, N in 1..3, m = 2")
    with pytest.raises(ArchitectureError) as refused:
        net.sized()
    help = "choose one value for each letter: --set k=8 --set N=3"
    assert refused.value.diagnostic.help == (help,)
    assert str(refused.value).endswith("choose one value for each letter: k=8, N=3")
    assert net.sized(k=8, N=3).params == 2418
