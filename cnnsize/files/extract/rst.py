"""``.. code-block:: cnn`` in reStructuredText."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.files.extract.markdown import expected
from cnnsize.text.span import Span
from cnnsize.text.view import View

HINT = r"code(?:-block)?::[ \t]*cnn\b"
DIRECTIVE = r"(?P<before>[ \t]*(?:(?:[-*+•]|\(?\w{1,3}[.)]|#\.)[ \t]+)*)\.\.[ \t]+(?:code-block|sourcecode|code)::[ \t]*(?P<words>[^\n]*)\n?"
OPTION = r"[ \t]*:(?P<name>[\w-]+):[ \t]*(?P<value>[^\n]*)\n?"
# what holds text that is not read as reStructuredText: other code, comments, literal blocks
LITERAL = r"[ \t]*(?:\.\.[ \t]+(?:parsed-literal|raw|literalinclude|math|highlight|doctest|testcode|testoutput|prompt)::|\.\.(?:[ \t]+(?![_\[|]|[\w:+.-]+::)|$)|(?!\.\.[ \t]|[ \t]).*::[ \t]*$)"
SWITCH = r"(?m)^[ \t]*\.\.[ \t]+cnnsize:[ \t]*(off|on)[ \t]*$"


def find(text: str) -> Iterator[Excerpt]:
    """The code blocks whose language is cnn."""
    if re.search(HINT, text) is None:
        return
    whole = View.of(text)
    lines = whole.lines()
    at = 0
    while at < len(lines):
        start, end = lines[at]
        line = text[start:end]
        directive = re.match(DIRECTIVE, line)
        at += 1
        if directive is None and re.match(LITERAL, line.rstrip("\r\n")) is None:
            continue
        indent = _indent(
            line if directive is None else " " * len(directive["before"].expandtabs(8)) + "."
        )
        body = at
        while at < len(lines) and (
            _blank(text, lines[at]) or _indent(text[slice(*lines[at])]) > indent
        ):
            at += 1
        words = [] if directive is None else directive["words"].split()
        if directive is None or words[:1] != ["cnn"]:
            continue
        while body < at and (option := re.fullmatch(OPTION, text[slice(*lines[body])])):
            if option["name"] == "class":
                words += option["value"].split()
            body += 1
        spans = [lines[number] for number in range(body, at)]
        margin = min((_indent(text[a:b]) for a, b in spans if text[a:b].strip()), default=0)
        spans = [(a + _cut(text[a:b], margin), b) for a, b in spans]
        first = start + directive.start("words")
        yield Excerpt(
            whole.part(*spans),
            "directive",
            Span(first, first + len(directive["words"].rstrip())),
            expected(words),
        )


def _blank(text: str, line: tuple[int, int]) -> bool:
    return not text[slice(*line)].strip()


def _indent(line: str) -> int:
    """How far a line is indented, in columns; tabs go to every eighth."""
    return len(line.expandtabs(8)) - len(line.expandtabs(8).lstrip())


def _cut(line: str, columns: int) -> int:
    """How many characters of a line make up so many columns of indentation."""
    blank = len(line) - len(line.lstrip(" \t"))
    return next((at for at in range(blank + 1) if len(line[:at].expandtabs(8)) >= columns), blank)
