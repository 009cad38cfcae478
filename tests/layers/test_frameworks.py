"""The signatures of PyTorch's classes are those of PyTorch, and every name is read as its kind."""

from __future__ import annotations

import ast
import inspect

import pytest
from torch import nn

from cnnsize.language.informal.framework_options import SETTERS
from cnnsize.layers import KINDS
from cnnsize.layers.frameworks import (
    FREE,
    KERAS,
    KERAS_CALLS,
    KEYS,
    TORCH,
    TORCH_CALLS,
    WRITTEN_DEFAULTS,
    signature,
)
from cnnsize.layers.names import ALIASES
from cnnsize.text.suggest import squeeze

CALLS = [(TORCH, name) for name in TORCH_CALLS] + [(KERAS, name) for name in KERAS_CALLS]


@pytest.mark.parametrize("name", TORCH_CALLS)
def test_the_arguments_and_defaults_are_those_of_pytorch(name: str) -> None:
    called = signature(TORCH, name)
    assert called is not None
    is_printed_only = name.startswith("Upsampling")  # its mode, which its repr has
    arguments = called.arguments[:-1] if is_printed_only else called.arguments
    known = [
        (argument.name, ast.literal_eval(argument.default) if argument.default else ...)
        for argument in arguments
    ]
    parameters = inspect.signature(getattr(nn, name)).parameters.values()
    assert known == [
        (each.name, ... if each.default is each.empty else each.default)
        for each in parameters
        if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
    ]
    by_name = [each.kind is each.KEYWORD_ONLY for each in parameters if each.name != "args"]
    assert [argument.by_name for argument in arguments] == by_name[: len(known)]


@pytest.mark.parametrize(("framework", "name"), CALLS)
def test_a_class_is_read_as_its_kind(framework: str, name: str) -> None:
    called = signature(framework, name)
    assert called is not None
    assert ALIASES[squeeze(name)] == called.kind
    for argument in called.arguments:
        kind = "DWCONV" if "Separable" in name and argument.key == "M" else called.kind
        is_known = argument.key in SETTERS or argument.key in KINDS[kind].reads
        assert is_known, argument


def test_the_tables_name_options_of_their_kinds() -> None:
    assert not FREE & KEYS.keys(), "an argument changes a size or does not"
    assert WRITTEN_DEFAULTS.keys() <= KINDS.keys()
    assert signature(TORCH, "Conv2D") is None, "names are exact"
