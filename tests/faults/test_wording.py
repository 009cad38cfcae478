"""Every fault that a layer or the walk can report is put into words."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

import cnnsize
from cnnsize.faults.wording import WORDINGS
from tests.helpers import ROOT

FAULTS = {
    ("CNN004", "instance-norm"): "INPUT[1x1x4] -> INSTANCENORM",
    ("CNN004", "slice"): "INPUT[8x8x4] -> SLICE(from=2, to=5)",
    ("CNN009", "side"): "INPUT[8x8x3] -> [UP10]*20",
    ("CNN101", ""): "INPUT[10x10x3] -> CONV3-4(S=2, P=0)",
    ("CNN102", ""): "INPUT[4x4x3] -> CONV7-4(P=0)",
    ("CNN102", "crop"): "INPUT[4x4x3] -> CROP[9x9]",
    ("CNN102", "transposed"): "INPUT[1x1x3] -> TCONV3-8(P=3)",
    ("CNN104", ""): "INPUT[8x8x3] -> CONV3-4(G=2, P=1)",
    ("CNN104", "pixel-shuffle"): "INPUT[8x8x3] -> PIXELSHUFFLE2",
    ("CNN104", "pixel-unshuffle"): "INPUT[9x9x3] -> PIXELUNSHUFFLE2",
    ("CNN105", ""): "INPUT[8x8x3] -> POOL2(P=2)",
    ("CNN106", ""): "INPUT[8x8x3] -> ADD{CONV3-4(P=1) | ID}",
    ("CNN107", ""): "INPUT[8x8x3] -> CAT{CONV3-4(P=0) | ID}",
    ("CNN108", ""): "INPUT[8x8x3] -> CONV3-4(P=1):[7x7x4]",
    ("CNN108", "in"): "INPUT[8x8x3] -> CONV3-4(P=1, in=4)",
    ("CNN108", "unflatten"): "INPUT[8x8x3] -> FC-64 -> UNFLATTEN[4x4x8]",
    ("CNN109", ""): "INPUT[8x8x3] -> CONV3-4(P=same, S=2)",
}


def reported() -> Iterator[tuple[str, str]]:
    """Yield the code and case of every ``Fault(...)`` in the source of layers and sizing."""
    for package in ("layers", "sizing"):
        for path in (ROOT / "cnnsize" / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "Fault":
                    arguments = [ast.unparse(argument) for argument in node.args]
                    cases = [ast.unparse(each.value) for each in node.keywords if each.arg == "why"]
                    case = [*cases, *arguments[2:3], "''"][0]
                    yield ast.literal_eval(arguments[0]), ast.literal_eval(case)


def test_every_fault_has_words_and_no_words_are_left_over() -> None:
    faults = set(reported())
    assert set(WORDINGS) == faults, "WORDINGS of cnnsize/faults/wording.py has one row for each"
    assert set(FAULTS) == faults, "FAULTS of this module has one text for each"


@pytest.mark.parametrize(("code", "case"), FAULTS)
def test_a_fault_is_reported_in_words_that_name_no_internals(code: str, case: str) -> None:
    sized = cnnsize.parse(FAULTS[code, case]).sized()
    assert (code, case) in {(problem.fault.code, problem.fault.why) for problem in sized.problems}
    (diagnostic, *_) = sized.diagnostics
    assert diagnostic.code in (code, "CNN103")
    assert diagnostic.message and diagnostic.label
    assert "None" not in " ".join(
        (diagnostic.message, diagnostic.label, *diagnostic.help, *diagnostic.notes)
    )
