"""Comments in Python source that suppress findings about its networks.

``# cnnsize: ignore[CNN121]`` applies to the line that it ends, or to the line below if it has a line
of its own: that of the constructor, of the application, or of the class. ``ignore-file`` applies to
the file, and so does everything between ``# cnnsize: off`` and ``# cnnsize: on`` to its lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cnnsize.files.extract.registry import comment_test
from cnnsize.lint.selection import Selection
from cnnsize.report.comments import DIRECTIVES, HOST_COMMENT, UNUSED, code_of
from cnnsize.report.source_code import SourceCode
from cnnsize.text.diagnostic import Diagnostic, Edit, Fix
from cnnsize.text.source import line_starts
from cnnsize.text.span import Span

SWITCH = r"#[ \t]*cnnsize:[ \t]*(off|on)[ \t]*(?=\r?\n|\Z)"


class Comment(NamedTuple):
    """A comment that suppresses: its span, the codes or names, and the line that it applies to."""

    span: Span
    codes: tuple[str, ...] | None  # as written; None for every code
    line: int | None  # None for the whole file
    own_line: bool


class ModelComments:
    """The comments of a file; it remembers which of them have suppressed something."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.used: set[tuple[Comment, str]] = set()
        self.comments: list[Comment] = []
        self.off: list[tuple[int, int]] = []
        if "cnnsize:" in text:
            self.comments = list(comments_in(text))
            self.off = list(switched_off(text))

    def suppress(self, diagnostic: Diagnostic, lines: set[int], selection: Selection) -> bool:
        """Return whether a comment applies to a diagnostic, at its own place or on other lines."""
        first, last = map(self.line, diagnostic.span)
        if any(start <= first <= end for start, end in self.off):
            return True
        own = lines | set(range(first, last + 1))
        used = {
            comment
            for comment in self.comments
            if (comment.line is None or comment.line in own)
            and (comment.codes is None or diagnostic.code in meant(comment, selection))
        }
        self.used |= {(comment, diagnostic.code) for comment in used}
        return bool(used)

    def line(self, offset: int) -> int:
        """Return the line of an offset of the text, from 1."""
        return self.text.count("\n", 0, offset) + 1

    def unused(self, code: SourceCode, selection: Selection) -> Iterator[Diagnostic]:
        """Yield a diagnostic for each comment that suppresses nothing, and names such a rule."""
        used = {comment for comment, _ in self.used}
        for comment in self.comments:
            codes = meant(comment, selection)
            is_ours = any(code.startswith(("CNN12", "CNN13")) for code in codes)
            if comment in used or not is_ours or not selection.reports(UNUSED, code.file):
                continue
            fix = Fix("remove the comment", (Edit(removable(comment, self.text), ""),), "safe")
            message = f"{' and '.join(comment.codes or ())} is not reported here"
            source = code.source(comment.span.start)
            yield Diagnostic(UNUSED, message, comment.span, fixes=(fix,), source=source)


def meant(comment: Comment, selection: Selection) -> set[str]:
    """Return the codes that a comment names."""
    return {code for word in comment.codes or () if (code := code_of(word, selection.table))}


def comments_in(text: str) -> Iterator[Comment]:
    """Yield the comments of Python that suppress something."""
    begins_comment = comment_test(text, "a.py")
    starts = line_starts(text)
    for match in re.finditer(rf"#[ \t]*(?:{HOST_COMMENT})", text):
        if not begins_comment(match.start()) or match["word"] not in DIRECTIVES:
            continue
        codes = None
        if match["list"] is not None:
            codes = tuple(re.findall(r"[^,\s]+", match["codes"]))
        line = text.count("\n", 0, match.start()) + 1
        own_line = not text[starts[line - 1] : match.start()].strip()
        applies_to = next_code_line(text, starts, line) if own_line else line
        if match["word"] == "ignore-file":
            yield Comment(Span(match.start(), match.end()), codes, None, own_line)
        else:
            yield Comment(Span(match.start(), match.end()), codes, applies_to, own_line)


def next_code_line(text: str, starts: list[int], line: int) -> int:
    """Return the next line that holds more than a comment."""
    rows = [*starts, len(text)]
    for number in range(line, len(starts)):
        row = text[rows[number] : rows[number + 1]].strip()
        if row and not row.startswith("#"):
            return number + 1
    return line


def switched_off(text: str) -> Iterator[tuple[int, int]]:
    """Yield the first and last lines of what is between ``off`` and ``on``."""
    start: int | None = None
    last = text.count("\n") + 1
    for match in re.finditer(SWITCH, text):
        line = text.count("\n", 0, match.start()) + 1
        if match[1] == "off" and start is None:
            start = line
        elif match[1] == "on" and start is not None:
            yield start, line
            start = None
    if start is not None:
        yield start, last


def removable(comment: Comment, text: str) -> Span:
    """Return the span of a comment with the blanks before it; all of its line if it has its own."""
    start = text.rfind("\n", 0, comment.span.start) + 1
    end = text.find("\n", comment.span.end)
    if comment.own_line:
        return Span(start, len(text) if end < 0 else end + 1)
    before = text[start : comment.span.start]
    return Span(start + len(before.rstrip(" \t")), comment.span.end)
