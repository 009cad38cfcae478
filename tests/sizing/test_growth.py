"""The sizes of receptive fields, against the cells that ``sizing/follow.py`` follows."""

from __future__ import annotations

import pytest
from hypothesis import given

import cnnsize
from cnnsize.sizing.field import extents
from cnnsize.sizing.follow import MapProgress, follow_field, input_field
from cnnsize.sizing.growth import UpsampledError, map_growth
from cnnsize.sizing.sized import SizedNetwork
from tests import strategies

NETWORKS = (
    "INPUT[64x48x3] -> [CONV3x5-8(P=0) -> POOL2]*3 -> GAP -> FC-2",
    "INPUT[1x1x3] -> [CONV1-3(S=2)]*33 -> GAP",
    "INPUT[1x1x3] -> [CONV1-3(S=2)]*34 -> GAP",
    "INPUT[1x1x3] -> ADD{[CONV1-3(S=2)]*32 | [CONV1-3(S=2)]*32} -> GAP",
    "INPUT[1x1x3] -> ADD{[CONV1-3(S=2)]*33 | [CONV1-3(S=2)]*33} -> GAP",
    "INPUT[1x1x3] -> [CONV3-3(S=9999999)]*20",  # a jump too large to follow
    "INPUT[9x9x3] -> [[CONV3-3]*9 -> ADD{CONV5-3 | ID | CONV1-3}]*1000 -> FLATTEN",
    "INPUT[9x9x4] -> MUL{ID | GAP -> FC-4} -> CONV3-4",
    "INPUT[9x9x4] -> MUL{GAP | GMP} -> CONV1-4",
    "INPUT[9x9x4] -> CONV3-4 -> CAT{GAP | GMP} -> FC-4",
    "INPUT[9x9x4] -> CAT{CONV3-4 | INPUT[9x9x2] -> CONV7-4} -> CONV3-4",
    "INPUT[9x9x4] -> CONV3-4 -> OUTPUT{CONV9-4 | ID} -> CONV3-4",
    "INPUT[9x9x4] -> CAT{CONV3-4(S=2) | POOL(to=5)} -> CONV3-4",
    "INPUT[10x10x4] -> ADD{POOL(to=5) | POOL2} -> CONV3-4",
    "INPUT[8x8x4] -> CONV3-4 -> [GAP -> UNFLATTEN[1x1x4]]*3 -> CONV1-4",
    "INPUT[8x8x4] -> CONV3-4 -> CONV9-4(P=0) -> CONV3-4",  # a window that does not fit
)


def assert_same(network: SizedNetwork) -> None:
    """Compare both ways to the receptive field, where there is no upsampling."""
    try:
        growth = map_growth(network.rows)
    except UpsampledError:
        return
    begin = input_field(network.rows)
    after = follow_field(network.rows, MapProgress(begin, begin, network.input))
    field = None if after.last is None else extents(after.last.largest, after.volume)
    assert field == (None if growth is None else (growth[0], growth[2]))


@pytest.mark.parametrize("text", NETWORKS)
def test_growth_is_the_size_of_the_cells_that_are_read(text: str) -> None:
    assert_same(cnnsize.parse(text).sized())


def test_growth_of_published_networks() -> None:
    for name in cnnsize.list_networks():
        network = cnnsize.load(name)
        try:
            sized = network.sized()
        except cnnsize.ArchitectureError:  # letters
            continue
        assert_same(sized)


@given(strategies.networks)
def test_growth_of_random_networks(text: str) -> None:
    try:
        assert_same(cnnsize.parse(text).sized())
    except cnnsize.ArchitectureError:  # letters, or options that no layer can have
        return


def test_upsampling_is_left_to_the_cells() -> None:
    network = cnnsize.parse("INPUT[8x8x4] -> CONV3-4 -> UP2 -> CONV3-4").sized()
    with pytest.raises(UpsampledError):
        map_growth(network.rows)
    assert network.receptive_field == (4, 4)  # three positions of two cells
