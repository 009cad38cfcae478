"""Every layer kind declares all facts that the rest of the program derives from its class."""

from __future__ import annotations

import re

import pytest

import cnnsize
from cnnsize.layers import JOINS, KINDS
from cnnsize.layers.base import Layer
from cnnsize.layers.names import ALIASES, GLUED
from cnnsize.torch_code.modules import EMITTERS
from tests.emitted import EACH_KIND, UNFLATTENED
from tests.helpers import ROOT

# How a kind is written with as little as it needs, on a volume of 8x8x16.
WRITTEN = {
    "INPUT": "INPUT[8x8x16]",
    "CONV": "CONV3-4",
    "DWCONV": "DWCONV3",
    "TCONV": "TCONV2-4",
    "FC": "FC-10",
    "GN": "GN(4)",
    "POOL": "POOL2",
    "AVGPOOL": "AVGPOOL2",
    "UNFLATTEN": "UNFLATTEN[4x4x64]",
    "UP": "UP2",
    "PIXELSHUFFLE": "PIXELSHUFFLE2",
    "PIXELUNSHUFFLE": "PIXELUNSHUFFLE2",
    "CHSHUFFLE": "CHSHUFFLE(4)",
    "PAD": "PAD1",
    "CROP": "CROP[4x4]",
    "SLICE": "SLICE(to=4)",
    "DROPOUT": "DROPOUT(0.3)",
    "DROPOUT2D": "DROPOUT2D(0.3)",
    "DROPPATH": "DROPPATH(0.3)",
}
EVERY = pytest.mark.parametrize("cls", KINDS.values(), ids=KINDS)


def text_of(cls: type[Layer]) -> str:
    layer = WRITTEN.get(cls.kind, cls.kind)
    return layer if cls.kind == "INPUT" else f"INPUT[8x8x16] -> {layer}"


@EVERY
def test_a_kind_declares_its_own_traits(cls: type[Layer]) -> None:
    assert "traits" in vars(cls), (
        "traits are declared in the class itself, so that none are inherited by accident"
    )
    assert (cls.__doc__ and cls.kind in cls.__doc__) or cls.traits.role == "activation"


@pytest.mark.parametrize("join", JOINS.values(), ids=JOINS)
def test_a_join_declares_its_own_traits(join: Layer) -> None:
    assert vars(type(join))["traits"].role == "join"


@EVERY
def test_canonical_text_is_read_as_it_was_written(cls: type[Layer]) -> None:
    text = text_of(cls)
    network = cnnsize.parse(text)
    assert str(network) == text
    assert network.kinds()[-1] == cls.kind
    assert network.sized().output is not None


@EVERY
def test_every_alias_is_read_as_the_kind(cls: type[Layer]) -> None:
    for alias in cls.aliases:
        assert ALIASES[alias] == cls.kind
        assert re.fullmatch(r"[A-Z0-9]+", alias), "upper case, without spaces and hyphens"
        assert alias not in KINDS


def test_no_alias_belongs_to_two_kinds() -> None:
    aliases = [alias for cls in KINDS.values() for alias in cls.aliases]
    assert len(aliases) == len(set(aliases))


@EVERY
def test_options_that_are_glued_or_bare_are_options_of_the_kind(cls: type[Layer]) -> None:
    keys = [key for key in (cls.kernel, cls.width, *cls.positional) if key is not None]
    assert set(keys) <= set(cls.reads)
    assert (cls.kind in GLUED) == bool(cls.kernel or cls.width)


@EVERY
def test_a_kind_has_a_line_of_torch_and_is_run_by_the_tests(cls: type[Layer]) -> None:
    assert cls.kind in EMITTERS
    written = " ".join((*EACH_KIND, *UNFLATTENED)).replace("CROSSENTROPY", "LOSS")
    assert re.search(rf"\b{cls.kind}(?![A-Z])", written) or cls.kind == "INPUT"


@EVERY
def test_a_kind_is_documented(cls: type[Layer]) -> None:
    page = next((ROOT / "rules").glob("CNN002-*.md")).read_text("utf-8")
    assert re.search(rf"`{cls.kind}(?![A-Z])", page), "its row in the table of layers"
    assert re.search(
        rf"\b{cls.kind}\b", (ROOT / "cnnsize" / "guide" / "layers.md").read_text("utf-8")
    )
