"""Markers: ``cnnsize: INPUT[...] -> ...`` in a comment of any text file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.language.statements import statement_spans
from cnnsize.text.span import Span
from cnnsize.text.view import View

# What opens a comment or a literal, and what closes it.
CLOSERS = {
    "<!--": "-->",
    "/*": "*/",
    "{#": "#}",
    "{-": "-}",
    "(*": "*)",
    "<#": "#>",
    "<%--": "--%>",
    "{{!--": "--}}",
    "--[[": "]]",
    "@*": "*@",
    '"""': '"""',
    "'''": "'''",
    '"': '"',
    "'": "'",
}
LINE_COMMENT = r"#+'?|//[/!]?|--+|%+|;+|!+|::|\*|\.\.|@?(?i:rem)\b"  # ends with its line
BLOCK_COMMENT = "|".join(
    (
        r"/\*+",
        *(re.escape(opener) for opener in sorted(CLOSERS, key=len, reverse=True) if opener != "/*"),
    )
)
# A comment that begins just before the marker. The first line of a text needs none.
COMMENT_START = (
    rf"(?:^|(?<=\s)|(?<!`)(?=<!--|/\*)|(?<![`:/])(?=//))({BLOCK_COMMENT}|{LINE_COMMENT})[ \t]*$"
)
OTHER_END = r"\*/|-->[ \t\r]*$|\?>|\"\"\"|'''"  # ends a comment or a literal around a line comment
MARKER = (
    # `cnnsize: input 32x32x3` says the input of a class, and is no network; the reader of classes
    # reports what only resembles it
    r"cnnsize:[ \t]{0,99}(?!input\w*[^\n\[>→]{0,99}(?:\n|$))(?=(?:[^\W\d]\w{0,99}[ \t]{0,99}=[ \t]{0,99})?\[{0,9}(?i:INPUT)(?![\w.])|"
    r"[^\n]{0,200}?(?:->|→|=>)[^\n]{0,200}?\b(?:INPUT|CONV|POOL|FC)|\[{0,9}(?:INPUT|CONV|POOL|FC)[^\n]{0,200}?(?:->|→|=>)|"
    r"(?:[^\W\d]\w{0,99}[ \t]*=[ \t]*)?(?:\w{1,20}\.){0,4}Sequential\()"
)
MAX_LEAD = 120  # characters before a marker in which its comment must begin
MAX_LINES, MAX_LENGTH = 200, 100_000  # of one comment


def find(text: str) -> Iterator[Excerpt]:
    """Yield the networks that follow a marker."""
    if "cnnsize:" not in text:
        return
    whole = View.of(text)
    previous_end = 0
    for match in re.finditer(MARKER, text):
        start = match.start()
        begin = max(text.rfind("\n", max(0, start - MAX_LEAD), start) + 1, start - MAX_LEAD)
        before = text[begin:start]
        comment = re.search(COMMENT_START, before)
        in_sentence = comment is None and before.strip()
        if start < previous_end or in_sentence:
            continue
        opener = comment[1] if comment is not None else ""
        view = whole.part(*_comment_lines(text, match.end(), opener))
        first = next(iter(statement_spans(view.text)), None)
        if first is not None:
            view = view.part(first)
            previous_end = view.pieces[-1].original.end
            yield Excerpt(view, "marker", Span(start, start + len("cnnsize:")))


def _comment_lines(text: str, start: int, opener: str) -> list[tuple[int, int]]:
    """Return the spans of the rest of a comment, line by line and without the marks at line starts.

    The comment begins with ``opener``; ``start`` is the offset after the marker.
    """
    closer = CLOSERS.get("/*" if opener.startswith("/*") else opener)
    close = text.find(closer, start, start + MAX_LENGTH) if closer is not None else -1
    mark = r"(?:\*(?!/))?" if closer or opener in ("", "*", "..") else re.escape(opener)
    continuation = re.compile(rf"[ \t]*{mark}[ \t]*(?=\S)(?![^\n]{{0,99}}cnnsize:)")
    end = close if close >= 0 else len(text)
    spans: list[tuple[int, int]] = []
    for _ in range(MAX_LINES):
        line_end = text.find("\n", start, end)
        line_end = end if line_end < 0 else line_end
        if closer is None:
            cut = re.search(OTHER_END, text[start:line_end])
            if cut is not None:
                return [*spans, (start, start + cut.start())]
        spans.append((start, min(line_end + 1, end)))
        if line_end >= end or closer in ('"', "'"):
            break
        next_line = continuation.match(text, line_end + 1, end)
        if next_line is None:
            break
        start = next_line.end()
    return spans
