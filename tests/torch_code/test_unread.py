"""Cells that no window reads: autograd in PyTorch is the test oracle."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import cnnsize
from cnnsize.layers.conv import Conv
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Window
from cnnsize.sizing.outline import Step
from cnnsize.sizing.strip import Strip
from cnnsize.text.diagnostic import Diagnostic, Fix
from tests.helpers import examples


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # tiny tensors: threads would only cost time
    yield
    torch.set_num_threads(before)


def unread(size: int, F: int, S: int, P: int, D: int, pool: bool) -> int | None:
    """Return how many of ``size`` rows no window reads, by autograd; None if PyTorch raises."""
    x = torch.ones(1, 1, size, 1, requires_grad=True)
    layer: nn.Module
    try:
        if pool:
            layer = nn.AvgPool2d((F, 1), (S, 1), (P, 0))
        else:
            layer = nn.Conv2d(1, 1, (F, 1), (S, 1), (P, 0), (D, 1), bias=False)
            nn.init.ones_(layer.weight)
        y = layer(x)
    except RuntimeError:
        return None
    y.sum().backward()
    assert x.grad is not None
    return int((x.grad == 0).sum())


@examples(500)
@given(
    size=st.integers(1, 40),
    F=st.integers(1, 9),
    S=st.integers(1, 9),
    P=st.integers(0, 5),
    D=st.integers(1, 3),
    pool=st.booleans(),
    upright=st.booleans(),
)
def test_exactly_max_0_r_minus_p_rows_are_never_read(
    size: int, F: int, S: int, P: int, D: int, pool: bool, upright: bool
) -> None:
    """With D = 1 and F >= S exactly, with D > 1 at least that many; and then the network is not
    valid.
    """
    F = max(F, S) if D == 1 else F
    if pool:
        D, F = 1, max(F, S)
    lost = unread(size, F, S, P, D, pool)
    shape = f"1x{size}" if upright else f"{size}x1"
    f, s, p, d = (
        (f"1x{F}", f"1x{S}", f"0x{P}", f"1x{D}")
        if upright
        else (f"{F}x1", f"{S}x1", f"{P}x0", f"{D}x1")
    )
    layer = f"AVGPOOL(F={f}, S={s}, P={p})" if pool else f"CONV(K=1, F={f}, S={s}, P={p}, D={d})"
    network = cnnsize.parse(f"INPUT[{shape}x1] -> {layer}").sized()
    if lost is None:
        assert network.output is None
        return
    remainder = network.steps[-1].remainder
    assert remainder is not None
    r = remainder[1 if upright else 0]
    thrown_away = max(0, r - P)
    if D == 1:
        assert lost == thrown_away
        assert network.valid == (lost == 0)
    elif (F - 1) * D + 1 >= S:
        assert lost >= thrown_away
        assert network.valid == (thrown_away == 0)
    else:
        assert network.valid, "windows that stand apart skip rows by design"
    assert [found.code for found in network.diagnostics] == ([] if network.valid else ["CNN101"])


def unread_by(module: nn.Module, size: int) -> list[int]:
    """Which of ``size`` columns a convolution of ones or a pool never reads, as torch has it: those
    that get no gradient, and under a maximum, which gives one cell all of it, those whose 1 among
    zeros does not come out.
    """
    if isinstance(module, nn.MaxPool2d):
        out = module(torch.eye(size).reshape(size, 1, 1, size))
        return [cell for cell in range(size) if out[cell].max() < 1]
    x = torch.ones(1, 1, 1, size, requires_grad=True)
    module(x).sum().backward()
    assert x.grad is not None
    return [cell for cell in range(size) if x.grad[0, 0, 0, cell] == 0]


def column_module(kind: str, window: Window) -> nn.Module:
    """The layer whose window slides along the width alone."""
    F, S, P, D = (1, window.F), (1, window.S), (0, window.before), (1, window.D)
    if kind == "POOL":
        return nn.MaxPool2d(F, S, P, D, ceil_mode=window.ceil)
    if kind == "AVGPOOL":
        return nn.AvgPool2d(F, S, P, ceil_mode=window.ceil)
    module = nn.Conv2d(1, 1, F, S, P, D, bias=False)
    nn.init.ones_(module.weight)
    return module


@examples(1000)
@given(
    kind=st.sampled_from(["CONV", "POOL", "AVGPOOL"]),
    size=st.integers(1, 40),
    F=st.integers(1, 9),
    S=st.integers(1, 9),
    P=st.integers(0, 5),
    D=st.integers(1, 5),
    ceil=st.booleans(),
)
def test_the_cells_that_no_window_reads_are_those_of_torch(
    kind: str, size: int, F: int, S: int, P: int, D: int, ceil: bool
) -> None:
    window = Window(F, S, P, P, 1 if kind == "AVGPOOL" else D, ceil and kind != "CONV")
    if window.fit(size)[0] < 1 or (kind != "CONV" and 2 * P > F):
        return  # torch refuses it
    strip = Strip(size, window)
    cells = [strip.unread_cell(index) for index in range(strip.unread())]
    assert cells == unread_by(column_module(kind, window), size)
    states = {cell: strip.state(cell) for cell in range(size)}
    assert [cell for cell in states if states[cell] != "read"] == cells
    beyond = [cell for cell in states if states[cell] == "beyond"]
    assert len(beyond) == strip.cut_off
    assert all(cell in beyond for cell in cells if beyond and cell >= beyond[0])


def windows_of_a_grid() -> Iterator[str]:
    for shape in ("5x5", "16x16", "9x12"):
        for F in (2, 3, 5):
            for S in (2, 3, 4):
                for D in (1, 2, 3):
                    for P in (0, 1):
                        yield f"INPUT[{shape}x1] -> CONV{F}-1(S={S}, P={P}, D={D})"
                        yield f"INPUT[{shape}x1] -> CONV{F}-1(S={S}x1, P={P}, D=1x{D})"
                        yield f"INPUT[{shape}x1] -> POOL{F}(S={S}, P={P}, D={D})"
                        yield f"INPUT[{shape}x1] -> POOL{F}(S={S}, P={P}, D={D}, ceil=yes)"
                        if D == 1:
                            yield f"INPUT[{shape}x1] -> AVGPOOL{F}(S={S}, P={P})"


def made(text: str, fix: Fix) -> str:
    """The text with a fix made."""
    for edit in sorted(fix.edits, key=lambda one: one.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


CLAIM = re.compile(r"exact: (.+)|(P = .+) works: only padding goes unread|(`G.P`) in place of .+")


def claimed(found: Diagnostic, fix: Fix) -> bool:
    """Whether the help says of this fix that it reads every cell: each value of it is in such a line."""
    claims = " ".join(line for line in found.help if CLAIM.fullmatch(line))
    if fix.message in claims:
        return True
    word = fix.message.removeprefix("use ").removeprefix("an ").removeprefix("a ")
    name = {"stride": "S", "padding": "P", "dilation": "D"}.get(word.split(" ")[0])
    if name is not None:
        return re.search(rf"\b{name} = [0-9x or]*\b{word.split(' ')[1]}\b", claims) is not None
    size, what = word.split(" ")
    if what == "input":
        return (
            re.search(rf"\b(W|H|W x H|input) ?=? ?[0-9x or]*\b{size.split('x')[0]}\b", claims)
            is not None
        )
    return re.search(rf"\bF = [0-9x or]*\b({size}|{size.split('x')[0]})\b", claims) is not None


def unread_in(step: Step) -> list[int]:
    """The columns and the rows that the windows of a step never read, as torch has it."""
    if not isinstance(step.layer, (Conv, Pool)):
        return []
    assert step.inputs[0] is not None
    return [
        cell
        for window, size in zip(step.layer.windows, step.inputs[0][:2], strict=True)
        for cell in unread_by(column_module(step.kind, window), size)
    ]


def test_where_a_fix_is_said_to_read_every_cell_torch_reads_every_cell() -> None:
    claims, fixes = 0, 0
    for text in windows_of_a_grid():
        for found in cnnsize.parse(text).sized().diagnostics:
            for fix in found.fixes if found.code in ("CNN101", "CNN102") else ():
                fixes += 1
                network = cnnsize.parse(made(text, fix)).sized()
                assert network.valid, (text, fix)
                if claimed(found, fix):
                    claims += 1
                    assert unread_in(network.steps[-1]) == [], (text, fix, found.help)
    assert fixes > 500 and claims > 300, (fixes, claims)


@examples(300)
@given(
    kind=st.sampled_from(["CONV", "POOL"]),
    sides=st.tuples(st.integers(4, 30), st.integers(4, 30)),
    F=st.integers(1, 6),
    S=st.integers(1, 6),
    P=st.integers(0, 3),
    D=st.integers(1, 4),
    ceil=st.booleans(),
)
def test_an_input_that_fits_leaves_no_gaps(
    kind: str, sides: tuple[int, int], F: int, S: int, P: int, D: int, ceil: bool
) -> None:
    """An input that is proposed is read completely, but for what the stride skips by design."""
    rounding = ", ceil=yes" if ceil and kind == "POOL" else ""
    layer = f"{kind}{F}{'-1' if kind == 'CONV' else ''}(S={S}, P={P}, D={D}{rounding})"
    text = f"INPUT[{sides[0]}x{sides[1]}x1] -> {layer}"
    for found in cnnsize.parse(text).sized().diagnostics:
        for fix in found.fixes:
            if fix.message.endswith("input"):
                step = cnnsize.parse(made(text, fix)).sized().steps[-1]
                skips_by_design = F < S and (D == 1 or F == 1)
                assert skips_by_design or unread_in(step) == [], (text, fix)


def test_a_dilated_filter_with_a_stride_names_what_torch_does_not_read() -> None:
    (found,) = cnnsize.parse("INPUT[16x16x3] -> CONV3-8(S=2, P=0, D=3)").sized().diagnostics
    assert unread_by(column_module("CONV", Window(3, 2, D=3)), 16) == [1, 13, 15]
    assert found.notes[0] == (
        "PyTorch rounds down to 5, so 3 columns and 3 rows (1, 13 and 15, counted from 0) are never read"
    )
    assert found.facts["unread"] == 3
    # W = 15 leaves 1 and 13 unread, and P = 1 leaves 0 and 14
    assert unread_by(column_module("CONV", Window(3, 2, D=3)), 15) == [1, 13]
    assert unread_by(column_module("CONV", Window(3, 2, 1, 1, D=3)), 16) == [0, 14]
    assert found.help == ("P = 3 works: only padding goes unread", "exact: S = 1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("INPUT[10x10x3] -> CONV3-8(S=2, P=0)", "the last column and row are"),
        ("INPUT[10x9x3] -> CONV3-8(S=2, P=0)", "the last column is"),
        (
            "INPUT[17x16x3] -> CONV3-8(S=2x2, P=1x0, D=3)",
            "3 rows (1, 13 and 15, counted from 0) are",
        ),
        (
            "INPUT[16x15x3] -> CONV3-8(S=2x3, P=0, D=3x2)",
            "3 columns (1, 13 and 15) and 3 rows (1, 12 and 14), counted from 0, are",
        ),
        (
            "INPUT[30x1x3] -> CONV3x1-8(S=2x1, P=0, D=2x1)",
            "15 columns (1, 3, 5, ..., 29, counted from 0) are",
        ),
    ],
)
def test_what_is_never_read_in_words(text: str, said: str) -> None:
    network = cnnsize.parse(text).sized()
    (found,) = network.diagnostics
    assert found.notes[0].split(", so ")[1] == f"{said} never read"
    windows = network.steps[-1].layer.windows  # type: ignore[attr-defined]
    for letter, window, size in zip("WH", windows, network.input[:2], strict=True):
        if found.facts["axis"] == letter:
            assert found.facts["unread"] == len(unread_by(column_module("CONV", window), size))
