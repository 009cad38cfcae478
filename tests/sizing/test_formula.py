"""The arithmetic that the table shows gives the numbers that it shows."""

from __future__ import annotations

import re
from contextlib import suppress
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize.sizing.formula import parameter_arithmetic, size_formulas
from cnnsize.sizing.outline import Step
from cnnsize.zoo import index
from tests.helpers import examples
from tests.layers.written import WRITTEN, text_of
from tests.strategies import Spec, layers, shapes


def value_of(text: str) -> Fraction:
    """Evaluate arithmetic of whole numbers, with exact division."""
    assert re.fullmatch(r"[\d\s()*/+-]+", text), text
    return Fraction(eval(re.sub(r"\d+", r"Fraction(\g<0>)", text), {"Fraction": Fraction}))


def check(step: Step) -> None:
    """Compare the arithmetic of a layer with its parameters and its output."""
    if step.output is None:
        return
    text = parameter_arithmetic(step.layer, step.inputs[0])
    assert value_of(text or "0") == step.params, (step.text, text)
    formulas = size_formulas(step)
    for index_, formula in enumerate(formulas):
        value = value_of(formula.text)
        if formula.unit == "values":
            assert str(value) in (formula.result, formula.text)
        elif formula.unit == "maps":
            assert value == step.output.D
        else:
            side = step.output[index_]
            assert side in (floor(value), floor(value) + 1)  # rounded up with ceil=yes
            assert value.denominator > 1 or formula.result == str(side)
        assert value_of(re.sub("^[WH] |=.*", "", formula.tight)) == value


@pytest.mark.parametrize(
    ("layer", "arithmetic"),
    [
        ("CONV3-64", "3*3*16*64 + 64"),
        ("CONV3x5-64(bias=no)", "3*5*16*64"),
        ("CONV3-64(G=4)", "3*3*(16/4)*64 + 64"),
        ("DWCONV3", "3*3*16 + 16"),
        ("DWCONV3(M=2, bias=no)", "3*3*32"),
        ("TCONV2-4(S=2)", "2*2*16*4 + 4"),
        ("TCONV2-4(S=2, G=2, bias=no)", "2*2*(16/2)*4"),
        ("FC-10", "1024*10 + 10"),
        ("BN", "2*16"),
        ("LN", "2*16"),
        ("IN", ""),
        ("GN(4)", "2*16"),
        ("BN(affine=no)", ""),
        ("PRELU", "1"),
        ("PRELU(per=channel)", "16"),
        ("SCALE", "16"),
        ("SCALE(bias=yes)", "2*16"),
        ("POOL2", ""),
    ],
)
def test_arithmetic_of_parameters(layer: str, arithmetic: str) -> None:
    step = cnnsize.parse(f"INPUT[8x8x16] -> {layer}").sized().steps[-1]
    assert parameter_arithmetic(step.layer, step.inputs[0]) == arithmetic
    check(step)


@pytest.mark.parametrize(
    ("text", "spaced", "tight"),
    [
        ("INPUT[8x8x4] -> CONV3-2", "(8 - 3 + 2*1)/1 + 1 = 8", "(8-3+2*1)/1+1"),
        (
            "INPUT[8x6x4] -> CONV3-2",
            "W (8 - 3 + 2*1)/1 + 1 = 8|H (6 - 3 + 2*1)/1 + 1 = 6",
            "W (8-3+2*1)/1+1|H (6-3+2*1)/1+1",
        ),
        ("INPUT[8x8x4] -> POOL3(S=2)", "(8 - 3 + 2*0)/2 + 1 = 3.5 -> 3", "(8-3+2*0)/2+1=3.5->3"),
        ("INPUT[8x8x4] -> CONV3-2(D=2)", "(8 - 5 + 2*2)/1 + 1 = 8", "(8-5+2*2)/1+1"),
        ("INPUT[8x8x4] -> CONV2-2(P=same)", "(8 - 2 + 0 + 1)/1 + 1 = 8", "(8-2+0+1)/1+1"),
        ("INPUT[8x8x4] -> TCONV2-2(S=2)", "(8 - 1)*2 - 2*0 + 2 = 16", "(8-1)*2-2*0+2"),
        (
            "INPUT[8x8x4] -> TCONV3-2(S=2, P=1, D=2, output_padding=1)",
            "(8 - 1)*2 - 2*1 + 2*(3 - 1) + 1 + 1 = 18",
            "(8-1)*2-2*1+2*(3-1)+1+1",
        ),
        ("INPUT[8x8x4] -> FC-10", "8*8*4 = 256 values", "8*8*4"),
        ("INPUT[1x1x4] -> FC-10", "4 values", "4"),
        ("INPUT[8x8x4] -> CAT{CONV1-3 | ID}", "3 + 4 maps", "3+4"),
        ("INPUT[8x8x4] -> GAP", "", ""),
    ],
)
def test_arithmetic_of_the_output_size(text: str, spaced: str, tight: str) -> None:
    step = cnnsize.parse(text).sized().steps[-1]
    formulas = size_formulas(step)
    assert "|".join(formula.spaced for formula in formulas) == spaced
    assert "|".join(formula.tight for formula in formulas) == tight


@pytest.mark.parametrize("kind", sorted(WRITTEN))
def test_arithmetic_of_every_kind(kind: str) -> None:
    from cnnsize.layers import KINDS

    if kind != "INPUT":
        check(cnnsize.parse(text_of(KINDS[kind])).sized().steps[-1])


@pytest.mark.slow
def test_arithmetic_of_the_zoo() -> None:
    for name in index():
        for step in cnnsize.load(name).sized().steps:
            check(step)


@given(shapes.flatmap(lambda shape: st.tuples(st.just(shape), layers(shape))))
@examples(500)
def test_arithmetic_of_random_layers(drawn: tuple[tuple[int, int, int], Spec]) -> None:
    shape, layer = drawn
    text = f"INPUT[{'x'.join(map(str, shape))}] -> {layer.text}"
    with suppress(cnnsize.ArchitectureError):  # some options are out of range
        for step in cnnsize.parse(text).sized().steps:
            check(step)
