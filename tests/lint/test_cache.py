"""What is kept from one network to the next, where only widths differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize.layers import KINDS
from cnnsize.lint.cache import alike
from cnnsize.lint.catalogue import RULES
from cnnsize.lint.engine import Linter
from cnnsize.lint.facts import CHANNELS, LOCAL, Facts
from cnnsize.network import Network
from cnnsize.sizing.rows import Row, rows_of
from tests import strategies
from tests.layers.written import WRITTEN

SHARED = Linter(RULES)  # keeps its cache for all examples


def rows(text: str) -> list[Row]:
    return list(rows_of(cnnsize.parse(text).sized().rows))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("INPUT", "UNFLATTEN")])
def test_facts_that_ignore_channels_do(kind: str) -> None:
    written = WRITTEN.get(kind, kind)
    for sides in ("32x32", "32x24"):
        first, second = [rows(f"INPUT[{sides}x{depth}] -> {written}")[-1] for depth in (36, 72)]
        for axis in (0, 1):
            a, b = Facts(first, axis), Facts(second, axis)
            assert first.sizing.output is not None
            for name in LOCAL - CHANNELS:
                assert a.value_of(name) == b.value_of(name), name
            assert not a.reads_channels


def test_layers_with_widths_are_alike() -> None:
    for text in ("CONV3-{}(S=2)", "TCONV2-{}(S=2)", "FC-{}"):
        a, b = [rows(f"INPUT[8x8x4] -> {text.format(width)}")[-1].layer for width in (8, 16)]
        assert a != b and alike(a, b)
        assert KINDS[a.kind].width == "K"
    conv, strided = rows("INPUT[8x8x4] -> CONV3-8 -> CONV3-8(S=2, P=1)")[1:]
    assert not alike(conv.layer, strided.layer)


def test_width_is_the_number_of_output_channels() -> None:
    for kind, cls in KINDS.items():  # results are kept by input and output channels
        if cls.width is not None:
            row = rows(f"INPUT[8x8x4] -> {kind}(K=12{'' if kind == 'FC' else ', F=1'})")[-1]
            assert row.sizing.output is not None and row.sizing.output.D == 12


@given(strategies.networks, st.sampled_from([1, 2, 8, 4096]))
def test_kept_results_are_those_of_a_new_linter(text: str, times: int) -> None:
    for wider in (text, text.replace("-8", f"-{8 * times}").replace("K=2", f"K={2 * times}")):
        try:
            network = cnnsize.parse(wider).sized()
        except cnnsize.ArchitectureError:
            return
        assert isinstance(network, Network)
        assert SHARED.lint(network) == Linter(RULES).lint(network)
