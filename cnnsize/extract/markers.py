"""``cnnsize: INPUT[...] -> ...`` in a comment of any text file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnnsize.extract.excerpt import Excerpt
from cnnsize.extract.view import View
from cnnsize.parse import statements
from cnnsize.source import Span

# what a comment begins with, and what ends it; a line that begins with the marker needs nothing in front
CLOSERS = {
    "<!--": "-->",
    "/*": "*/",
    "{#": "#}",
    "{-": "-}",
    "(*": "*)",
    '"""': '"""',
    "'''": "'''",
    '"': '"',
    "'": "'",
}
LINE = r"#+|//[/!]?|--+|%+|;+|\*|\.\.|@?(?i:rem)\b"  # of comments that end with their line
MARKER = (
    rf"(?m)(?:^|(?<=\s)|(?<!`)(?=<!--|/\*))(?P<lead>/\*+|<!--|\{{#|\{{-|\(\*|\"\"\"|'''|[\"']|{LINE})?(?P<gap>[ \t]*)(?P<head>cnnsize:)[ \t]*"
    r"(?=(?:[^\W\d]\w*[ \t]*=[ \t]*)?\[*(?i:INPUT)(?![\w.])|[^\n]*?(?:->|→|=>)[^\n]*?\b(?:INPUT|CONV|POOL|FC)|"
    r"\[*(?:INPUT|CONV|POOL|FC)[^\n]*?(?:->|→|=>))"
)
MAX_LINES = 200  # of one comment


def find(text: str, only: str | None = None) -> Iterator[Excerpt]:
    """The networks behind a marker. ``only``: in comments that begin so."""
    if "cnnsize:" not in text:
        return
    whole = View.of(text)
    until = 0
    for found in re.finditer(MARKER, text):
        lead = found["lead"] or ""
        if found.start() < until or (only is not None and lead != only):
            continue
        if not lead and text[text.rfind("\n", 0, found.start()) + 1 : found.start()].strip():
            continue  # in the middle of a sentence
        view = whole.part(*_lines(text, found.end(), lead))
        first = next(iter(statements(view.text)), None)
        if first is not None:
            view = view.part(first)
            until = view.pieces[-1].original.end
            yield Excerpt(view, "marker", Span(found.start("head"), found.end("head")))


def _lines(text: str, start: int, lead: str) -> list[tuple[int, int]]:
    """The rest of the marker's line and the lines behind it that are of the same comment."""
    closer = CLOSERS.get("/*" if lead.startswith("/*") else lead)
    close = text.find(closer, start) if closer is not None else -1
    end = close if close >= 0 else len(text)
    spans: list[tuple[int, int]] = []
    for _ in range(MAX_LINES):
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        line = text[start:stop]
        if closer is None:  # where a comment of another sort ends, so does this
            cut = re.search(r"\*/|-->[ \t\r]*$|\"\"\"|'''", line)
            if cut is not None:
                return [*spans, (start, start + cut.start())]
        spans.append((start, min(stop + 1, end)))
        if stop >= end or closer in ('"', "'"):
            break
        start = stop + 1
        before = re.compile(
            r"[ \t]*(\*(?!/)[ \t]*)?" if closer or lead in ("", "*", "..") else rf"[ \t]*{re.escape(lead)}"
        )
        more = before.match(text, start, end)
        if more is None or not text[more.end() : end].partition("\n")[0].strip():
            break
        start = more.end()
    return spans
