"""reStructuredText: ``.. code-block:: cnn``, and ``.. cnn::`` of ``cnnsize.sphinx``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from cnnsize.files.extract.excerpt import Excerpt, expected
from cnnsize.files.extract.plain import with_inline_networks
from cnnsize.text.span import Span
from cnnsize.text.view import View

HINT = r"code(?:-block)?::[ \t]*cnn\b|\bcnn::"  # a text without this is not parsed
DIRECTIVE = (
    r"(?P<before>[ \t]*(?:(?:[-*+•]|\(?\w{1,3}[.)]|#\.)[ \t]+)*)"
    r"\.\.[ \t]+(?:(?:code-block|sourcecode|code)::[ \t]*(?P<words>[^\n]*)|(?P<own>cnn)::[ \t]*)(?:\n|$)"
)
OPTION = r"[ \t]*:(?P<name>[\w-]+):[ \t]*(?P<value>[^\n]*)\n?"
# what has a body that is not read as reStructuredText: other code, comments, literal blocks
LITERAL = (
    r"[ \t]*(?:\.\.[ \t]+(?:parsed-literal|raw|literalinclude|math|highlight|doctest|testcode|"
    r"testoutput|prompt)::|\.\.(?:[ \t]+(?![_\[|]|[\w:+.-]+::)|$)|(?!\.\.[ \t]|[ \t]).*::[ \t]*$)"
)
TAB = 8  # columns


def extract(text: str, unmarked: Collection[str] = ()) -> list[Excerpt]:
    """Return the networks of a reStructuredText."""
    return with_inline_networks(text, list(find_blocks(text)), unmarked)


def may_hold_directive(text: str) -> bool:
    """Return whether a text may hold a code block that is meant for us."""
    return "::" in text and re.search(HINT, text) is not None


def find_blocks(text: str) -> Iterator[Excerpt]:
    """Yield the code blocks whose language is cnn."""
    if not may_hold_directive(text):
        return
    whole = View.of(text)
    lines = whole.lines()
    index = 0
    while index < len(lines):
        start, end = lines[index]
        line = text[start:end]
        directive = re.match(DIRECTIVE, line)
        index += 1
        if directive is None and re.match(LITERAL, line.rstrip("\r\n")) is None:
            continue
        indent = _indent(line) if directive is None else _width(directive["before"])
        body = index
        while index < len(lines) and _is_in_body(text[slice(*lines[index])], indent):
            index += 1
        announcement = "own" if directive is not None and directive["own"] else "words"
        words = [] if directive is None else directive[announcement].split()
        if directive is None or words[:1] != ["cnn"]:
            continue
        while body < index and (option := re.fullmatch(OPTION, text[slice(*lines[body])])):
            if option["name"] == "class":
                words += option["value"].split()
            elif option["name"] == "bad" and announcement == "own":
                words.append("bad")
            body += 1
        announcement_start = start + directive.start(announcement)
        announcement_end = announcement_start + len(directive[announcement].rstrip())
        yield Excerpt(
            whole.part(*_dedented(text, lines[body:index])),
            "directive",
            Span(announcement_start, announcement_end),
            expected(words),
        )


def _dedented(text: str, lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans of lines without the indentation that they share."""
    written = [text[start:end] for start, end in lines]
    margin = min((_indent(line) for line in written if line.strip()), default=0)
    return [
        (start + _characters(line, margin), end)
        for (start, end), line in zip(lines, written, strict=True)
    ]


def _is_in_body(line: str, indent: int) -> bool:
    """Return whether a line is in the body of a directive that is indented by ``indent`` columns."""
    return not line.strip() or _indent(line) > indent


def _width(text: str) -> int:
    """Return the width of a text in columns."""
    return len(text.expandtabs(TAB))


def _indent(line: str) -> int:
    """Return by how many columns a line is indented."""
    expanded = line.expandtabs(TAB)
    return len(expanded) - len(expanded.lstrip())


def _characters(line: str, columns: int) -> int:
    """Return how many characters of a line make up so many columns of indentation."""
    blanks = len(line) - len(line.lstrip(" \t"))
    return next((count for count in range(blanks + 1) if _width(line[:count]) >= columns), blanks)
