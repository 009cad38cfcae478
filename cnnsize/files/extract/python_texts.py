"""The texts of the literals and comments of a Python file, with their places."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cnnsize.files.extract.python_tokens import LITERAL_START, Token, read_tokens
from cnnsize.text.view import View, joined

ESCAPE = (
    r"\\(\r?\n|[\\'\"abfnrtv]|[0-7]{1,3}|x[0-9a-fA-F]{2}|N\{[^}]{1,99}\}|"
    r"u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})"
)
SIMPLE_ESCAPES = {
    "\n": "",
    "\r\n": "",
    **dict(zip("\\'\"abfnrtv", "\\'\"\a\b\f\n\r\t\v", strict=True)),
}


class Text(NamedTuple):
    """The text of a string literal, of several in a row, or of a block of comments."""

    view: View
    kind: str  # string, docstring or comment
    composed: bool = False  # more is added at run time, or fields are filled in


def read_texts(text: str, tokens: Iterable[Token] | None = None) -> Iterator[Text]:
    """Yield the texts of the literals and comments of a file, as far as it is Python."""
    whole = View.of(text)
    tokens = [
        *(read_tokens(text) if tokens is None else tokens),
        Token("line", len(text), len(text), ""),
    ]
    index = 0
    row_end = 0  # literals before this index are part of a row that was read
    before = tokens[-1]  # the token before, comments left out
    while index < len(tokens):
        first = index
        kind = tokens[index].kind
        index += 1
        if kind == "comment":
            while tokens[index].kind == "comment" and _continues(
                text, tokens[index - 1], tokens[index]
            ):
                index += 1
            lines = (_comment_span(text, token) for token in tokens[first:index])
            yield Text(whole.part(*lines), "comment")
            continue
        if kind == "string" and first >= row_end:
            row_end = index
            while tokens[row_end].kind in ("string", "comment"):
                row_end += 1
            row = [token for token in tokens[first:row_end] if token.kind == "string"]
            yield _literals(whole, row, before=before, after=tokens[row_end])
        before = tokens[first]


def _literals(whole: View, row: list[Token], *, before: Token, after: Token) -> Text:
    """Return the text of literals in a row, between two other tokens."""
    views = [_literal_value(whole, literal) for literal in row]
    joined_by_operator = before.text in ("+", "%") or after.text in ("+", "%")
    formatted = after.text == "." and whole.text.startswith((".format", ".join"), after.start)
    has_fields = None in views
    composed = joined_by_operator or formatted or has_fields
    return Text(
        joined(view for view in views if view is not None),
        "docstring" if before.kind == after.kind == "line" else "string",
        composed,
    )


def _continues(text: str, upper: Token, lower: Token) -> bool:
    """Return whether a comment continues another one: alone in the next line, in the same form."""
    before_upper = text[text.rfind("\n", 0, upper.start) + 1 : upper.start]
    before_lower = text[text.rfind("\n", 0, lower.start) + 1 : lower.start]
    same_indent = before_upper == before_lower and not before_upper.strip()
    if not same_indent or text.count("\n", upper.end, lower.start) != 1:
        return False
    return _hashes(text, upper) == _hashes(text, lower) > 0


def _hashes(text: str, comment: Token) -> int:
    """Return how many # a comment begins with."""
    written = text[comment.start : comment.end]
    return len(written) - len(written.lstrip("#"))


def _comment_span(text: str, comment: Token) -> tuple[int, int]:
    """Return the span of a comment without its mark, and with the end of its line."""
    mark = re.match(r"#+[:!]?[ \t]?", text[comment.start : comment.end])
    line_end = re.compile(r"(?:\r?\n)?").match(text, comment.end)
    assert line_end is not None
    return comment.start + (mark.end() if mark is not None else 0), line_end.end()


def _literal_value(whole: View, literal: Token) -> View | None:
    """Return the value of a literal; None for bytes, and for a template with fields."""
    head = re.compile(LITERAL_START).match(whole.text, literal.start, literal.end)
    if head is None:
        return None
    prefix = head[1].lower()
    if "b" in prefix or "t" in prefix:
        return None
    view = whole.part((head.end(), literal.end - len(head[2])))
    if "f" in prefix:
        bare = view.text.replace("{{", "").replace("}}", "")
        if "{" in bare or "}" in bare:
            return None
    changes = [] if "r" in prefix else list(_escapes(view.text))
    if "f" in prefix:
        changes += [(*match.span(), match[0][0]) for match in re.finditer(r"\{\{|\}\}", view.text)]
    return view.changed(sorted(changes))


def _escapes(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each escape of a literal begins and ends, and its value."""
    for match in re.finditer(ESCAPE, text):
        if match[1] in SIMPLE_ESCAPES:  # before the others, for they take ten times as long
            yield (*match.span(), SIMPLE_ESCAPES[match[1]])
            continue
        try:
            yield (*match.span(), literal_eval(f'"{match[0]}"'))
        except (SyntaxError, ValueError):  # \N with a name that no character has
            continue


def dedent(view: View) -> View:
    """Return a docstring without its indentation, as inspect.cleandoc removes it."""
    lines = view.lines()
    indents = [_indent(view.text[start:end]) for start, end in lines]
    later_lines = list(zip(lines, indents, strict=True))[1:]
    margin = min(
        (indent for (start, end), indent in later_lines if view.text[start:end].strip()), default=0
    )
    later_spans = [(start + min(margin, indent), end) for (start, end), indent in later_lines]
    return view.part(*lines[:1], *later_spans)


def _indent(line: str) -> int:
    """Return how many characters a line is indented by."""
    return len(line) - len(line.lstrip(" \t"))
