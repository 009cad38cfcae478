"""No name that a user chooses becomes code in emitted source."""

from __future__ import annotations

import ast
import builtins
import keyword

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.torch_code import torch_source
from cnnsize.torch_code.names import class_name_error
from tests.emitted import ran
from tests.helpers import examples

torch.set_num_threads(1)


NASTY = st.one_of(
    st.sampled_from(
        [
            *keyword.kwlist,
            *keyword.softkwlist,
            *dir(builtins),
            "torch",
            "nn",
            "Tensor",
            "self",
            "super",
            "x",
            "l",
            "O",
            "I",
            "_",
            "__",
            "__init__",
            "__class__",
            "_x",
            "in_channels",
            "channels",
            "features",
            "residual",
            "Scale",
            "layer_norm2d",
            "x_block",
            "range",
            "forward",
            "training",
            "exec",
        ]
    ),
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True),
    st.from_regex(r"[^\W\d]\w{0,6}", fullmatch=True),
)
KNOWN = {"range", "super", "int", "float", "max", "slice", "print"}


def checked(made: str) -> None:
    """Imports torch alone, defines classes, and calls nothing but torch, its own classes and a few
    builtins.
    """
    assert made.isascii()
    tree = ast.parse(made)
    own = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assert not own & {*keyword.kwlist, *dir(builtins), "torch", "nn", "Tensor"}
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            assert ast.unparse(node) in (
                "import torch",
                "from torch import nn",
                "from torch import Tensor, nn",
            )
        else:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            assert isinstance(node, ast.ClassDef) or docstring
    for inner in ast.walk(tree):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
            assert inner.func.id in own | KNOWN, inner.func.id
        if isinstance(inner, ast.arg):
            assert inner.arg not in dir(builtins) or inner.arg == "input", inner.arg


@examples(150)
@given(block=NASTY, letter=NASTY, other=NASTY, network=NASTY)
def test_no_name_becomes_code(block: str, letter: str, other: str, network: str) -> None:
    text = (
        f"{block}({letter}, {other}) = CONV3-{letter}(bias=no) -> ADD{{CONV-{letter}(F={other}) | ID}}*2\n"
        f"{network} = INPUT[8x8x3] -> {block}(4, 3) -> [{block}(6, 1)]*2 -> FC-2"
    )
    try:
        sized = cnnsize.parse(text, name=network).sized()
    except ArchitectureError:
        assume(False)
    assume(sized.output is not None)
    made = torch_source(sized)
    checked(made)
    found = ran(sized, device="meta", backward=False)
    assert found.ok, found.findings


@given(st.text(max_size=20))
def test_a_class_name_is_one_or_is_refused(name: str) -> None:
    network = cnnsize.parse("INPUT[4x4x1] -> FC-2").sized()
    if class_name_error(name) is not None:
        with pytest.raises(ArchitectureError, match="is not a valid class name"):
            torch_source(network, name)
        return
    made = torch_source(network, name)
    checked(made)
    assert f"class {name}(" in made
