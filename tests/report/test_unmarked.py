"""Findings about networks that nothing marks: syntax, shapes and structure, for every input."""

from __future__ import annotations

import pytest

from cnnsize.files.document import Document
from cnnsize.report.make import report
from cnnsize.report.texts import read_documents
from tests.files.extract_helpers import check_document

SIZED = "INPUT[10x10x3] => conv3-8(S=2, P=0) => relu => fc-10"


def codes(text: str, name: str = "a.md") -> list[str]:
    return [diagnostic.code for diagnostic in check_document(text, name).diagnostics]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We use conv -> relu -> pool -> fc.", []),  # no missing input, no defaults, no style
        ("INPUT -> [conv -> relu -> pool]*9 -> fc", []),  # fits an input that is large enough
        ("INPUT => conv => relu => relu => fc", ["CNN303"]),
        ("conv -> relu -> pool -> pool -> fc", ["CNN305"]),
        ("conv -> relu -> fc -> relu", []),  # a fragment may go on
        ("conv -> pool -> conv -> pool -> fc", []),  # activations are left out
        ("conv -> relu -> conv -> conv -> fc", ["CNN302", "CNN302"]),
        ("conv -> relu -> fc -> fc -> softmax", []),  # those between FCs are left out
        ("conv -> relu -> fc -> relu -> fc -> fc", ["CNN302"]),
        ("Conv2d(3, 8, 3) -> relu -> Conv2d(9, 4, 3)", ["CNN108"]),
        ("Conv2d(3, 8, 3) -> relu -> flatten -> Linear(2048, 10)", []),  # fits some input
        ("Conv3x3 -> ReLU -> Conv3x3(stride=2, padding=0) -> ReLU -> FC", []),
        ("conv -> groupnorm -> relu", []),  # a sketch needs no sizes
        ("3x32x32 -> conv -> relu -> [pool]*3", []),  # channels first, as in PyTorch
        # the sketch states the first run of a group
        ("[Conv 4→16 → BN → ReLU]x3 → pool", []),
        ("[tconv → bn → relu]x3 → tanh", []),
        ("[conv → relu]x3 → relu → tanh", ["CNN303"]),
        # what follows from default sizes
        ("16x16x3 → conv → relu → conv1x1 → 16x16x20", []),
        ("16x16x3 → conv → relu → maxpool → flatten → Linear(4096 → 9)", []),
        ("16x16x3 → conv3-8 → relu → flatten → Linear(99 → 9)", ["CNN108"]),
        ("20x20x1 → conv5-8 → relu → 16x16x8 → pool → 8x8x8", []),  # without padding
        ("20x20x1 → conv5-8 → relu → pool → FC(512 → 9)", []),
        ("48x48x1 → conv3-64 → 24x24x64 → relu → fc", []),  # the stride is left out
        ("48x48x1 → conv3-8 → relu → 48x48x9", ["CNN108"]),
        ("conv → relu → flatten → fc → relu → upsample → conv", []),  # so is a change of shape
        ("conv → relu → fc → relu → conv", ["CNN301"]),
        ("conv(one 3x3 filter) → relu → softmax", []),
        ("conv -> relu -> softmx", ["CNN002"]),
        (SIZED, ["CNN101"]),
        ("INPUT[3x8x8] -> conv -> relu -> fc", ["CNN007"]),
        ("INPUT -> [conv -> relu]*N -> pool -> fc", []),
    ],
)
def test_findings_in_a_chain_that_nothing_marks(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


REPEATED = "conv -> relu -> relu -> pool"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", f"<!-- cnnsize: ignore[CNN303] -->\n- {REPEATED}"),
        ("a.md", f"- {REPEATED} <!-- cnnsize: ignore[CNN303] -->"),
        ("a.md", f"{REPEATED}\n\n<!-- cnnsize: ignore-file[CNN303] -->"),
        ("a.html", f"<!-- cnnsize: ignore -->\n<p>{REPEATED}</p>"),
        ("a.rst", f".. cnnsize: ignore[CNN303]\n\n{REPEATED}"),
        ("a.tex", f"{REPEATED} % cnnsize: ignore[CNN303]"),
        ("a.c", f"// cnnsize: ignore[CNN303]\n/* {REPEATED} */"),
        ("a.c", f"// {REPEATED}  // cnnsize: ignore[CNN303]"),
        ("a.py", f"# cnnsize: ignore[CNN303]\n# {REPEATED}"),
        ("a.py", f"# {REPEATED}  # cnnsize: ignore[CNN303]"),
        ("a.py", f'# cnnsize: ignore[CNN303]\n"""A net.\n\n{REPEATED}\n\n{REPEATED}\n"""'),
        ("a.py", f'"""A net.\n\n{REPEATED}\n"""  # cnnsize: ignore[CNN303]'),
        ("a.yaml", f'# cnnsize: ignore[CNN303]\nnet: "{REPEATED}"'),
    ],
)
def test_a_comment_of_the_host_language_suppresses(name: str, text: str) -> None:
    assert codes(text, name) == []
    if "[CNN303]" in text:
        assert "CNN901" in codes(text.replace("303", "301"), name)


def test_findings_of_one_file_are_capped_and_the_cap_is_said() -> None:
    texts = read_documents(
        [Document("INPUT -> POLL\n" * 30, "a.cnn"), Document("INPUT -> POLL", "b.cnn")]
    )
    capped = report(texts, cap=10)
    assert [
        str(diagnostic.source.file) for diagnostic in capped.diagnostics if diagnostic.source
    ] == ["a.cnn"] * 10 + ["b.cnn"]
    assert capped.notes == ("a.cnn: only the first 10 of 30 findings are reported",)
    assert report(texts).notes == ()
