"""Suppression comments: which diagnostics they suppress, and what is reported about unused ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize.files.document import Document
from cnnsize.lint.selection import RuleChoice, resolve_selection, rules
from cnnsize.report.make import report
from cnnsize.report.result import Report
from cnnsize.report.texts import read_documents
from cnnsize.sizing.settings import TORCH
from cnnsize.text.diagnostic import Diagnostic
from tests.helpers import cnnsize as run

BAD = "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> RELU -> FC-10"  # CNN101
GOOD = "INPUT[9x9x3] -> CONV3-64(S=2, P=0) -> RELU -> FC-10"
# CNN101 in lines 2, 3
LONG = "INPUT[10x10x3] ->{0}\n  CONV3-64(S=2, P=0) -> RELU ->{1}\n  CONV3-8(S=2, P=0) -> RELU ->{2}\n  FC-10{3}"


def reported(text: str, ignore: tuple[str, ...] = ()) -> list[tuple[str, int]]:
    """Return code and line of each diagnostic, of a few codes only."""
    choice = RuleChoice("test", select=("CNN101", "CNN102", "CNN901", "CNN902"), ignore=ignore)
    checked = cnnsize.check(text, selection=resolve_selection([choice], TORCH, rules()))
    return [(diagnostic.code, diagnostic.location.line) for diagnostic in checked.diagnostics]


def in_file(text: str, file: str = "a.cnn") -> Report:
    return report(read_documents([Document(text, file)]))


def only(text: str, code: str) -> Diagnostic:
    (diagnostic,) = [
        diagnostic for diagnostic in cnnsize.check(text).diagnostics if diagnostic.code == code
    ]
    return diagnostic


@pytest.mark.parametrize(
    "text",
    [
        f"{BAD} # cnnsize: ignore[CNN101]",
        f"{BAD}#cnnsize:ignore[CNN101]",
        f"{BAD}  #  cnnsize:  ignore  [ CNN101 ]  --  as published",
        f"{BAD} # cnnsize: ignore[cnn101]",
        f"{BAD} # cnnsize: ignore[fractional-output] -- why",
        f"{BAD} # cnnsize: ignore[Fractional-Output]",
        f"{BAD} # cnnsize: ignore",
        f"{BAD} # cnnsize: ignore -- why, [CNN999]",
        f"{BAD} # as published # cnnsize: ignore[CNN101]",
        f"# cnnsize: ignore[CNN101]\n{BAD}",
        f"# cnnsize: ignore\n{BAD}",
        f"# cnnsize: ignore[CNN101]\n# and a word on why\n\n{BAD}",
        f"# cnnsize: ignore-file[CNN101]\n{BAD}\n\n{BAD}",
        f"{BAD}\n\n{BAD}\n# cnnsize: ignore-file[CNN101] -- why",
        f"{BAD} # cnnsize: ignore-file",
        f"# cnnsize: ignore[CNN101]\n{LONG.format('', '', '', '')}",
        LONG.format("", " # cnnsize: ignore[CNN101]", " # cnnsize: ignore", ""),
        LONG.format("\n  # cnnsize: ignore[CNN101]", "\n # cnnsize: ignore[CNN101]", "", ""),
        f"# cnnsize: ignore[CNN101]\r\n{BAD}\r\n",
        f"{BAD} # cnnsize: ignore[CNN101]\r\n",
    ],
)
def test_a_comment_suppresses(text: str) -> None:
    assert reported(text) == []
    assert [
        diagnostic for diagnostic in in_file(text).diagnostics if diagnostic.severity != "info"
    ] == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"{BAD}\n\n{GOOD}\n# cnnsize: ignore[CNN101]", [("CNN101", 1), ("CNN901", 4)]),  # below
        (
            f"# cnnsize: ignore[CNN101]\n{GOOD}\n\n{BAD}",
            [("CNN901", 1), ("CNN101", 4)],
        ),  # above another statement
        (f"{GOOD} # cnnsize: ignore\n{BAD}", [("CNN901", 1), ("CNN101", 2)]),
        (f"{BAD} # cnnsize: ignore[CNN102]", [("CNN101", 1), ("CNN901", 1)]),
        (f"{BAD} # cnnsize: ignore[CNN101, CNN102]", [("CNN901", 1)]),
        (f"{BAD} # cnnsize: ignore[CNN101, cnn101]", [("CNN901", 1)]),  # twice
        (
            f"{BAD} # cnnsize: ignore[CNN1]",
            [("CNN101", 1), ("CNN902", 1)],
        ),  # a prefix would suppress too much
        (f"{BAD} # cnnsize: ignore[shape]", [("CNN101", 1), ("CNN902", 1)]),
        (f"{BAD} # cnnsize: ignore[]", [("CNN101", 1), ("CNN902", 1)]),
        (f"{BAD} # cnnsize: ignore[CNN101", [("CNN101", 1), ("CNN902", 1)]),
        (f"{BAD} # cnnsize: ignore CNN101", [("CNN101", 1), ("CNN902", 1)]),
        (f"{BAD} # cnnsize: ignore as published", [("CNN101", 1), ("CNN902", 1)]),
        (f"{BAD} # cnnsize: ignroe[CNN101]", [("CNN101", 1), ("CNN902", 1)]),
        (f"{BAD} # cnnsize: [CNN101]", [("CNN101", 1), ("CNN902", 1)]),
        (f"{BAD} # cnnsize:", [("CNN101", 1), ("CNN902", 1)]),
        (LONG.format("", " # cnnsize: ignore[CNN101]", "", ""), [("CNN101", 3)]),
        (
            LONG.format("", "", "", " # cnnsize: ignore[CNN101]"),
            [("CNN101", 2), ("CNN101", 3), ("CNN901", 4)],
        ),
        (f"# cnnsize: ignore-file[CNN102]\n{BAD}", [("CNN901", 1), ("CNN101", 2)]),
        (f"# cnnsize: ignore-file\n{GOOD}", [("CNN901", 1)]),
        (
            "INPUT -> POLL # cnnsize: ignore",
            [("CNN002", 1)],
        ),  # nothing was checked, so the comment may be right
        ("INPUT -> POLL # cnnsize: ignore[CNN002]", [("CNN002", 1), ("CNN901", 1)]),
        (f"{GOOD} # see https://example.org/cnnsize: nothing", []),
    ],
)
def test_a_comment_that_does_not_suppress(text: str, left: list[tuple[str, int]]) -> None:
    assert reported(text) == left


def test_a_code_that_is_not_selected_is_not_called_unused() -> None:
    text = f"{GOOD} # cnnsize: ignore[CNN101]"
    assert reported(text) == [("CNN901", 1)]
    assert reported(text, ignore=("CNN101",)) == []
    assert reported(text, ignore=("CNN901",)) == []
    assert reported(f"{GOOD} # cnnsize: ignore[CNN101, CNN901]") == []
    assert reported(f"# cnnsize: ignore-file[CNN901]\n{text}") == []


def test_after_an_impossible_volume_nothing_is_called_unused() -> None:
    text = "INPUT[4x4x3] -> CONV5-8(P=0) -> CONV3-8(S=2, P=0) -> FC-10 # cnnsize: ignore[CNN101]"
    assert reported(text) == [("CNN102", 1)]


def test_a_comment_in_a_block_applies_to_its_definition() -> None:
    call = "a = INPUT[10x10x3] -> half(8) -> RELU -> FC-10"
    assert reported(f"half(k) = CONV3-k(S=2, P=0)\n{call}") == [("CNN101", 1)]
    assert reported(f"half(k) = CONV3-k(S=2, P=0) # cnnsize: ignore[CNN101]\n{call}") == []
    # a comment at a call applies to that network only
    assert reported(f"half(k) = CONV3-k(S=2, P=0)\n# cnnsize: ignore[CNN101]\n{call}") == []
    assert reported(f"half(k) = CONV3-k(S=2, P=0)\n{call} # cnnsize: ignore[CNN101]") == []
    other = call.replace("a =", "b =")
    assert reported(f"half(k) = CONV3-k(S=2, P=0)\n# cnnsize: ignore[CNN101]\n{call}\n{other}") == [
        ("CNN101", 1)
    ]
    assert reported(
        f"half(k) = CONV3-k(S=2, P=0)\n# cnnsize: ignore[CNN101]\n{call.replace('10x10', '9x9')}\n{other}"
    ) == [("CNN101", 1), ("CNN901", 2)]
    # a block that no network calls is not checked
    assert reported(f"{GOOD}\n\nhalf(k) = CONV3-k(S=2, P=0) # cnnsize: ignore[CNN101]") == []


def test_only_fences_of_markdown_hold_comments() -> None:
    text = f"# cnnsize: ignore-file\n\n```cnn\n{BAD}\n```\n\n```cnn\n# cnnsize: ignore[CNN101]\n{BAD}\n```\n"
    assert [
        (diagnostic.code, diagnostic.location.line)
        for diagnostic in in_file(text, "a.md").diagnostics
        if diagnostic.severity != "info"
    ] == [("CNN101", 4)]
    text = text.replace("ignore[CNN101]", "ignore-file[CNN101]")
    assert [
        diagnostic
        for diagnostic in in_file(text, "a.md").diagnostics
        if diagnostic.severity != "info"
    ] == []


def test_an_unused_comment_says_where_the_code_is_reported() -> None:
    diagnostic = only(LONG.format("", "", "", " # cnnsize: ignore[CNN101] -- x"), "CNN901")
    assert diagnostic.message == "CNN101 is not reported here"
    assert diagnostic.notes == (
        "CNN101 is reported on line 2 of this statement: move the comment there, or to a line of its own above the statement",
    )
    assert diagnostic.location == (4, 27)


@pytest.mark.parametrize(
    ("text", "code", "message", "help_"),
    [
        (
            f"{GOOD} # cnnsize: ignore[CNN101, CNN102]",
            "CNN901",
            "CNN101 and CNN102 are not reported here",
            (),
        ),
        (
            f"{GOOD}\n# cnnsize: ignore[CNN101]",
            "CNN901",
            "nothing to suppress: no statement follows",
            (),
        ),
        (f"# cnnsize: ignore-file[CNN101]\n{GOOD}", "CNN901", "CNN101 is not reported here", ()),
        ("INPUT -> POLL # cnnsize: ignore[CNN002]", "CNN901", "CNN002 cannot be suppressed", ()),
        (
            f"{BAD} # cnnsize: ignore[fractional-ouput]",
            "CNN902",
            "unknown rule 'fractional-ouput'",
            ("did you mean 'fractional-output'?",),
        ),
        (
            f"{BAD} # cnnsize: ignore[CNN1O1]",
            "CNN902",
            "unknown rule 'CNN1O1'",
            ("did you mean 'CNN101'?",),
        ),
        (
            f"{BAD} # cnnsize: ignore[zzzzzz]",
            "CNN902",
            "unknown rule 'zzzzzz'",
            ("`cnnsize rules` lists all rules",),
        ),
        (
            f"{BAD} # cnnsize: ignroe",
            "CNN902",
            "this comment suppresses nothing: unknown directive 'ignroe'",
            ("did you mean 'ignore'?",),
        ),
        (
            f"{BAD} # cnnsize: ignore CNN101",
            "CNN902",
            "this comment suppresses nothing: codes must be in brackets, and a reason must follow '--'",
            ("write it as in # cnnsize: ignore[CNN101] -- reason",),
        ),
    ],
)
def test_messages(text: str, code: str, message: str, help_: tuple[str, ...]) -> None:
    diagnostic = only(text, code)
    assert (diagnostic.message, diagnostic.help, diagnostic.severity) == (message, help_, "warning")


def test_a_name_of_several_networks_leaves_the_comments_of_the_others_alone(tmp_path: Path) -> None:
    (tmp_path / "a.cnn").write_text(
        f"a = {BAD} # cnnsize: ignore[CNN101]\nb = {GOOD} # cnnsize: ignore[CNN101]\n"
    )
    assert run("check", "--name", "a", "a.cnn", cwd=tmp_path)[0] == 0
    status, out, _ = run(
        "check", "--name", "b", "--output-format", "concise", "a.cnn", cwd=tmp_path
    )
    assert status == 1
    assert out.startswith("a.cnn:2:75: warning[CNN901]")


PIECES = st.sampled_from(
    [
        "# cnnsize: ignore",
        "# cnnsize:",
        "ignore-file",
        "[",
        "]",
        "CNN101",
        ",",
        " -- ",
        "#",
        "\n",
        "\r\n",
        " ",
        "\t",
        "\u2028",
        "卷",
        BAD,
        "INPUT[10x10x3] ->",
        "half(k) = CONV3-k(S=2, P=0)",
        " -> half(8)",
        "x = ",
        "-> FC-10",
        "POLL",
        "{",
        "}",
        "|",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_any_comment_is_read_and_diagnostics_are_in_the_text(text: str) -> None:
    for checked in (
        cnnsize.check(text),
        in_file(text),
        in_file(f"x\n```cnn\n{text}\n```\n", "a.md"),
    ):
        for diagnostic in checked.diagnostics:
            assert diagnostic.source is not None
            assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(diagnostic.source.text)
            for edit in (edit for fix in diagnostic.fixes for edit in fix.edits):
                assert 0 <= edit.span.start <= edit.span.end <= len(diagnostic.source.text)


def test_a_comment_alone_is_no_network() -> None:
    assert (
        read_documents(
            [Document("# cnnsize: ignore", "a.cnn"), Document("# why\n", "a.cnn")]
        ).architectures
        == []
    )
    codes = [diagnostic.code for diagnostic in cnnsize.check("# cnnsize: ignore").diagnostics]
    assert codes == ["CNN002", "CNN901"]


@pytest.mark.slow
def test_thousands_of_comments_are_fast() -> None:
    text = f"# cnnsize: ignore[CNN101]\n{BAD}\n\n" * 3000
    assert reported(text) == []


# -- in the comments of the host language ----------------------------------------

BAD = "INPUT[10x10x3] -> CONV3-8(S=2, P=0) -> RELU -> GAP"
FENCE = f"```cnn\n{BAD}\n```\n"


@pytest.mark.parametrize(
    ("name", "text", "codes"),
    [
        ("a.py", f"# cnnsize: ignore[CNN101] -- as published\n# cnnsize: {BAD}\n", []),
        (
            "a.py",
            f"# cnnsize: ignore[CNN101]\n# cnnsize: ignore[CNN302]\n# cnnsize: {BAD}\n",
            [(2, "CNN901")],
        ),
        ("a.py", f"# cnnsize: {BAD}\nx = '# cnnsize: ignore[CNN101]'\n", [(1, "CNN101")]),
        (
            "a.py",
            f"# cnnsize: {BAD}\n# cnnsize: ignore[CNN101]\nx = 1\n",
            [(1, "CNN101"), (2, "CNN901")],
        ),
        ("a.py", f"x = 1  # cnnsize: ignore-file[CNN101]\n# cnnsize: {BAD}\n", []),
        ("a.js", f"// cnnsize: ignore[fractional-output]\n// cnnsize: {BAD}\n", []),
        ("a.sql", f"-- cnnsize: ignore[CNN101]\n-- cnnsize: {BAD}\n", []),
        ("a.tex", f"% cnnsize: ignore[CNN101]\n% cnnsize: {BAD}\n", []),
        ("a.c", f"/* cnnsize: ignore[CNN101] */\n// cnnsize: {BAD}\n", []),
        ("a.html", f"<!-- cnnsize: ignore[CNN101] -->\n<!-- cnnsize: {BAD} -->\n", []),
        (
            "a.html",
            f"<!-- cnnsize: ignore-file[CNN102] -->\n<!-- cnnsize: {BAD} -->\n",
            [(1, "CNN901"), (2, "CNN101")],
        ),
        ("a.md", f"<!-- cnnsize: ignore[CNN101] -->\n{FENCE}", []),
        ("a.md", f"<!-- cnnsize: ignore[CNN101] -->\n\n{FENCE}\n{FENCE}", [(8, "CNN101")]),
        ("a.md", f"<!-- cnnsize: ignore[CNN1O1] -->\n{FENCE}", [(1, "CNN902"), (3, "CNN101")]),
        (
            "a.md",
            f"Write `<!-- cnnsize: ignore[CNN105] -->`.\n\n```html\n<!-- cnnsize: ignore[CNN105] -->\n```\n\n{FENCE}",
            [(8, "CNN101")],
        ),
        ("a.md", "<!-- cnnsize: ignore[CNN101] -->\nno network at all\n", []),
    ],
)
def test_a_comment_of_the_host_language_suppresses(
    name: str, text: str, codes: list[tuple[int, str]]
) -> None:
    diagnostics = in_file(text, name).diagnostics
    assert (
        sorted(
            (diagnostic.location.line, diagnostic.code)
            for diagnostic in diagnostics
            if diagnostic.severity != "info"
        )
        == codes
    )


@pytest.mark.parametrize("line", [2, 3])
def test_an_unused_comment_names_the_line_of_its_statement_that_reports_the_code(line: int) -> None:
    lines = ["INPUT[10x10x3]  # cnnsize: ignore[CNN101]", "-> RELU", "-> RELU"]
    lines[line - 1] = "-> CONV3-8(S=2, P=0)"
    diagnostics = cnnsize.check("\n".join(lines)).diagnostics
    (unused,) = [diagnostic for diagnostic in diagnostics if diagnostic.code == "CNN901"]
    assert f"CNN101 is reported on line {line} of this statement" in unused.notes[0]


@pytest.mark.parametrize(("second", "codes"), [("CONV1-8", {"CNN901"}), ("CONV9-8(P=0)", set())])
def test_a_comment_for_the_file_is_unused_only_if_every_network_was_checked(
    second: str, codes: set[str]
) -> None:
    text = f"# cnnsize: ignore-file[CNN302]\n\n{GOOD}\n\nINPUT[8x8x3] -> {second} -> RELU -> FC-2\n"
    reported = {diagnostic.code for diagnostic in cnnsize.check(text).diagnostics}
    assert reported & {"CNN901"} == codes
