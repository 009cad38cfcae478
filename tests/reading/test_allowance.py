"""Of how many statements that cannot be read the fixes are verified."""

from __future__ import annotations

import pytest

from cnnsize.files.document import Document
from cnnsize.language.parsed import Failed
from cnnsize.report.texts import read_documents
from cnnsize.rewriting.fmt import format_text

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


def test_reading_stops_after_many_statements_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cnnsize.reading.allowance.MAX_UNREADABLE", 3)
    junk, good = "the words of a line\n", "INPUT[8x8x3] -> FC-2\n"
    at_bound = read_documents([Document(good + junk * 3, "a.cnn")])
    assert (len(at_bound.architectures), at_bound.unreadable) == (4, ())
    beyond = read_documents([Document(junk * 3 + good * 5, "a.cnn")])
    *_, last = beyond.architectures
    assert len(beyond.architectures) == 4
    assert isinstance(last, Failed)
    assert (last.diagnostic.code, last.source.line) == ("CNN009", 4)
    [message] = beyond.unreadable
    assert message.startswith("a.cnn:4: ")
    assert message.endswith(" statements cannot be read, so the rest of the file is not read")
    fences = read_documents([Document(f"```cnn\n{junk}```\n" * 9, "a.md")])
    assert len(fences.architectures) == 4
    formatted = format_text(junk * 3 + "INPUT [8x8x3] -> FC-2\n", "a.cnn")
    assert formatted.text.endswith("INPUT [8x8x3] -> FC-2\n")
    assert [diagnostic.code for diagnostic in formatted.diagnostics][3:] == ["CNN009"]
