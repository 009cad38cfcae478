"""``cnnsize: INPUT[...] -> ...`` in a comment of any text file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.language.statements import statements
from cnnsize.text.span import Span
from cnnsize.text.view import View

# what a comment begins with, and what ends it; a line that begins with the marker needs nothing in
# front
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
LINE = r"#+'?|//[/!]?|--+|%+|;+|!+|::|\*|\.\.|@?(?i:rem)\b"  # of comments that end with their line
OPENER = "|".join(
    (r"/\*+", *(re.escape(one) for one in sorted(CLOSERS, key=len, reverse=True) if one != "/*"))
)
LEAD = rf"(?:^|(?<=\s)|(?<!`)(?=<!--|/\*)|(?<![`:/])(?=//))({OPENER}|{LINE})[ \t]*$"
FOREIGN = r"\*/|-->[ \t\r]*$|\?>|\"\"\"|'''"  # what ends a comment, or a text, of another sort
MARKER = (
    r"cnnsize:[ \t]{0,99}(?=(?:[^\W\d]\w{0,99}[ \t]{0,99}=[ \t]{0,99})?\[{0,9}(?i:INPUT)(?![\w.])|"
    r"[^\n]{0,200}?(?:->|→|=>)[^\n]{0,200}?\b(?:INPUT|CONV|POOL|FC)|\[{0,9}(?:INPUT|CONV|POOL|FC)[^\n]{0,200}?(?:->|→|=>))"
)
NEAR = 120  # characters in front of a marker in which its comment begins
MAX_LINES, MAX_LENGTH = 200, 100_000  # of one comment


def find(text: str) -> Iterator[Excerpt]:
    """The networks behind a marker."""
    if "cnnsize:" not in text:
        return
    whole = View.of(text)
    until = 0
    for found in re.finditer(MARKER, text):
        start = found.start()
        begin = max(text.rfind("\n", max(0, start - NEAR), start) + 1, start - NEAR)
        before = text[begin:start]
        lead = re.search(LEAD, before)
        if start < until or (lead is None and before.strip()):
            continue  # in the middle of a sentence
        view = whole.part(*_lines(text, found.end(), lead[1] if lead is not None else ""))
        first = next(iter(statements(view.text)), None)
        if first is not None:
            view = view.part(first)
            until = view.pieces[-1].original.end
            yield Excerpt(view, "marker", Span(start, start + len("cnnsize:")))


def _lines(text: str, start: int, lead: str) -> list[tuple[int, int]]:
    """The rest of the marker's line and the lines behind it that are of the same comment."""
    closer = CLOSERS.get("/*" if lead.startswith("/*") else lead)
    close = text.find(closer, start, start + MAX_LENGTH) if closer is not None else -1
    mark = r"(?:\*(?!/))?" if closer or lead in ("", "*", "..") else re.escape(lead)
    going_on = re.compile(rf"[ \t]*{mark}[ \t]*(?=\S)(?![^\n]{{0,99}}cnnsize:)")
    end = close if close >= 0 else len(text)
    spans: list[tuple[int, int]] = []
    for _ in range(MAX_LINES):
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        line = text[start:stop]
        if closer is None:  # where a comment of another sort ends, so does this
            cut = re.search(FOREIGN, line)
            if cut is not None:
                return [*spans, (start, start + cut.start())]
        spans.append((start, min(stop + 1, end)))
        if stop >= end or closer in ('"', "'"):
            break
        start = stop + 1
        more = going_on.match(text, start, end)
        if more is None:
            break
        start = more.end()
    return spans
