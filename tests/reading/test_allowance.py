"""Of how many statements that cannot be read the fixes are verified."""

from __future__ import annotations

from cnnsize.files.document import Document
from cnnsize.language.parsed import Failed
from cnnsize.report.texts import read_documents

NOTE = "fixes are only looked for in the first 2 findings"


def test_statements_whose_fixes_are_not_verified_say_so() -> None:
    text = "INPUT[8x8x3] -> CONW3-4 -> FC-2\n" * 2 + "INPUT[8x8x3] -> ( -> FC-2\n"
    in_file = read_documents([Document(text * 2, "a.cnn")], fixes=2)
    markers = [f"# cnnsize: {line}" for line in text.splitlines()]
    in_comments = read_documents([Document("\n".join(markers * 2), "a.js")], fixes=2)
    for texts in (in_file, in_comments):
        failed = [each for each in texts.architectures if isinstance(each, Failed)]
        diagnostics = [each.diagnostic for each in failed]
        assert [bool(each.fixes) for each in diagnostics] == [True, True, False] + [False] * 3
        assert [NOTE in each.notes for each in diagnostics] == [False] * 3 + [True, True, False]
