"""Markers: ``cnnsize: INPUT[...] -> ...`` in a comment of any text file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

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
ARROW = r"->|→|=>"
LAYER = r"INPUT|CONV|POOL|FC"
MARKER = (
    # `cnnsize: input 32x32x3` says the input of a class, and is no network; the reader of classes
    # reports what only resembles it
    r"cnnsize:[ \t]{0,99}(?!input\w*(?!\w)[^\n\[>→]{0,99}(?:\n|$))"
)
# what begins as a network does; ``_arrow_before_layer`` accepts other texts
NETWORK = (
    r"(?:[^\W\d]\w{0,99}[ \t]{0,99}=[ \t]{0,99})?\[{0,9}(?i:INPUT)(?![\w.])"
    rf"|\[{{0,9}}(?:{LAYER})[^\n]{{0,200}}?(?:{ARROW})"
    r"|(?:[^\W\d]\w{0,99}[ \t]*=[ \t]*)?(?:\w{1,20}\.){0,4}Sequential\("
)
MAX_GAP = 200  # characters before an arrow, and between it and the name of a layer
MAX_REACH = 2 * MAX_GAP + 7  # characters up to the end of that name
MAX_LEAD = 120  # characters before a marker in which its comment must begin
MAX_LINES, MAX_LENGTH = 200, 100_000  # of one comment
MAX_LINE = 4_000  # characters of a line in which several comments are read to its end


def find(text: str) -> Iterator[Excerpt]:
    """Yield the networks that follow a marker."""
    if "cnnsize:" not in text:
        return
    whole, closes = View.of(text), _Closes(text)
    previous_end = 0
    for match in re.finditer(MARKER, text):
        start = match.start()
        if start < previous_end or not _may_be_network(text, match.end()):
            continue
        begin = max(text.rfind("\n", max(0, start - MAX_LEAD), start) + 1, start - MAX_LEAD)
        before = text[begin:start]
        comment = re.search(COMMENT_START, before)
        in_sentence = comment is None and before.strip()
        if in_sentence:
            continue
        opener = comment[1] if comment is not None else ""
        closer = CLOSERS.get("/*" if opener.startswith("/*") else opener, "")
        close = closes.after(match.end(), closer)
        statement = _first_statement(whole, _comment_lines(text, match.end(), opener, close))
        if close < 0:  # each marker in the rest of a long line is in this comment
            line_end = text.find("\n", start)
            line_end = len(text) if line_end < 0 else line_end
            previous_end = line_end if line_end - start > MAX_LINE else previous_end
        if statement is not None:
            previous_end = max(previous_end, statement.pieces[-1].original.end)
            yield Excerpt(statement, "marker", Span(start, start + len("cnnsize:")))


class _Closes:
    """Finds the ends of comments in a text, for offsets that grow, without searching it twice."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.next: dict[str, int] = {}  # by closer; the length of the text where there is none

    def after(self, start: int, closer: str) -> int:
        """Return the offset of the next ``closer``; -1 if there is none, or it is too far away."""
        if not closer:
            return -1
        if self.next.get(closer, -1) < start:
            offset = self.text.find(closer, start)
            self.next[closer] = offset if offset >= 0 else len(self.text)
        offset = self.next[closer]
        return offset if offset + len(closer) <= min(start + MAX_LENGTH, len(self.text)) else -1


def _first_statement(whole: View, lines: Iterator[tuple[int, int]]) -> View | None:
    """Return the first statement in some lines of a text, of which no more are read than needed."""
    spans: list[tuple[int, int]] = []
    for line in lines:
        spans += (line, *islice(lines, len(spans)))
        view = whole.part(*spans)
        statements = statement_spans(view.text)
        if len(statements) > 1:
            break
    return view.part(statements[0]) if statements else None


def _may_be_network(text: str, start: int) -> bool:
    """Return whether a network may begin at an offset, which is after a marker."""
    if re.compile(NETWORK).match(text, start) is not None:
        return True
    line_end = text.find("\n", start, start + MAX_REACH)
    line_end = start + MAX_REACH if line_end < 0 else line_end
    layer = re.compile(rf"\b(?:{LAYER})")
    if layer.search(text, start, line_end) is None:
        return False
    arrows = [
        arrow.end()
        for arrow in re.compile(ARROW).finditer(text, start, min(line_end, start + MAX_GAP + 2))
        if arrow.start() <= start + MAX_GAP
    ]
    if not arrows:
        return False
    # of all layers after an arrow, the first is the closest to one
    after = layer.search(text, arrows[0], line_end)
    return after is not None and any(end <= after.start() <= end + MAX_GAP for end in arrows)


def _comment_lines(text: str, start: int, opener: str, close: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the rest of a comment, line by line and without the marks at line starts.

    The comment begins with ``opener`` and ends at ``close``, if that is not negative; ``start`` is
    the offset after the marker.
    """
    closer = CLOSERS.get("/*" if opener.startswith("/*") else opener)
    mark = r"(?:\*(?!/))?" if closer or opener in ("", "*", "..") else re.escape(opener)
    continuation = re.compile(rf"[ \t]*{mark}[ \t]*(?=\S)(?![^\n]{{0,99}}cnnsize:)")
    end = close if close >= 0 else len(text)
    for _ in range(MAX_LINES):
        line_end = text.find("\n", start, end)
        line_end = end if line_end < 0 else line_end
        if closer is None:
            cut = re.compile(OTHER_END).search(text, start, line_end)
            if cut is not None:
                yield start, cut.start()
                return
        yield start, min(line_end + 1, end)
        if line_end >= end or closer in ('"', "'"):
            return
        next_line = continuation.match(text, line_end + 1, end)
        if next_line is None:
            return
        start = next_line.end()
