"""Every layer kind declares all facts that the rest of the program derives from its class."""

from __future__ import annotations

import re

import pytest

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.layers import JOINS, KINDS
from cnnsize.layers.base import Layer
from cnnsize.layers.names import ALIASES, GLUED
from cnnsize.torch_code.modules import EMITTERS
from tests.emitted import EACH_KIND, UNFLATTENED
from tests.helpers import ROOT
from tests.layers.written import text_of
from tests.strategies import MAKERS, POINTWISE

EVERY = pytest.mark.parametrize("cls", KINDS.values(), ids=KINDS)


@EVERY
def test_a_kind_declares_its_own_traits(cls: type[Layer]) -> None:
    assert "traits" in vars(cls), (
        "traits are declared in the class itself, so that none are inherited by accident"
    )
    assert (cls.__doc__ and cls.kind in cls.__doc__) or cls.traits.role == "activation"


def fits_depths(layer: str, side: int) -> set[bool]:
    """Return whether a layer fits a map, for depths up to 40."""
    return {
        cnnsize.parse(f"INPUT[{side}x{side}x{depth}] -> {layer}").sized().valid
        for depth in range(1, 41)
    }


@EVERY
def test_a_kind_that_fits_only_some_depths_says_so(cls: type[Layer]) -> None:
    if cls.kind != "INPUT":
        layer = text_of(cls).split(" -> ")[1]
        is_decided = any(len(fits_depths(layer, side)) > 1 for side in (1, 2, 8))
        assert cls.checks_depth == is_decided


def test_joins_that_fit_only_some_depths_say_so() -> None:
    for op, cls in JOINS.items():
        if op != "OUTPUT":
            assert cls.checks_depth == (len(fits_depths(f"{op}{{ID | CONV3-8}}", 8)) > 1), op


@pytest.mark.parametrize("join", JOINS.values(), ids=JOINS)
def test_a_join_declares_its_own_traits(join: Layer) -> None:
    assert vars(type(join))["traits"].role == "join"


@EVERY
def test_canonical_text_is_read_as_it_was_written(cls: type[Layer]) -> None:
    text = text_of(cls)
    try:
        network = cnnsize.parse(text)
    except ArchitectureError as error:
        pytest.fail(f"{error}; add {cls.kind} to WRITTEN of tests/layers/written.py")
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
    assert cls.kind in EMITTERS, "add it to EMITTERS of cnnsize/torch_code/modules.py"
    written = " ".join((*EACH_KIND, *UNFLATTENED)).replace("CROSSENTROPY", "LOSS")
    is_run = re.search(rf"\b{cls.kind}(?![A-Z])", written) or cls.kind == "INPUT"
    assert is_run, "add a text with it to EACH_KIND of tests/emitted.py"


@EVERY
def test_a_kind_is_drawn_by_the_property_tests(cls: type[Layer]) -> None:
    """So that ``torch_code/test_agreement.py`` compares random layers of it with PyTorch."""
    is_drawn = cls.kind in MAKERS or cls.kind in POINTWISE or cls.kind == "INPUT"
    assert is_drawn, "add it to MAKERS or POINTWISE of tests/strategies.py"


@EVERY
def test_a_kind_is_documented(cls: type[Layer]) -> None:
    page = next((ROOT / "rules").glob("CNN002-*.md"))
    assert re.search(rf"`{cls.kind}(?![A-Z])", page.read_text("utf-8")), (
        f"add a row to the table of layers in rules/{page.name}"
    )
    guide = (ROOT / "cnnsize" / "guide" / "layers.md").read_text("utf-8")
    assert re.search(rf"\b{cls.kind}\b", guide), "add it to the list in cnnsize/guide/layers.md"
