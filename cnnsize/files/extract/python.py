"""Python: docstrings and comments with what is meant for us, and, where asked for, every literal
with a network.
"""

from __future__ import annotations

import re
import tokenize
from ast import literal_eval
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import NamedTuple

from cnnsize.files.extract import markdown, markers, prose, rst
from cnnsize.files.extract.excerpt import Excerpt, Spans, switched_off, unmarked
from cnnsize.text.source import line_starts
from cnnsize.text.span import Span
from cnnsize.text.view import View, joined

LITERAL = re.compile(r"([A-Za-z]{0,2})(\"\"\"|'''|\"|')")
ESCAPE = re.compile(
    r"\\(\r?\n|[\\'\"abfnrtv]|[0-7]{1,3}|x[0-9a-fA-F]{2}|N\{[^}]{1,99}\}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})"
)
NAMED = r"(?:[^\W\d]\w*[ \t]*=[ \t]*)?"
LINES = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
STARTS = {
    number
    for name in ("FSTRING_START", "TSTRING_START")
    if (number := getattr(tokenize, name, None))
}  # 3.12
ENDS = {
    number for name in ("FSTRING_END", "TSTRING_END") if (number := getattr(tokenize, name, None))
}


class Text(NamedTuple):
    """A string literal, several in a row, or a block of comments: what it says, and where."""

    view: View
    kind: str  # string, docstring or comment
    composed: bool = False  # what it says is not all: fields are filled in, something is added


class Token(NamedTuple):
    """What matters of Python's tokens. An f-string is one, whichever Python reads it."""

    kind: (
        str  # string, comment, line, broken (why this is not Python from here on), or anything else
    )
    start: int
    end: int
    text: str


def find(text: str, literals: bool) -> Iterator[Excerpt]:
    """The networks of a Python file. ``literals``: also those that nothing marks."""
    meant = "cnnsize:" in text or re.search(markdown.FENCE, text) or re.search(rst.HINT, text)
    if not meant and not (literals and "INPUT[" in text):
        return
    tokens = list(read_tokens(text))
    for one in _texts(text, tokens):
        found: list[Excerpt] = []
        if one.kind == "docstring":
            plain = _dedented(one.view)
            found = [each.inside(plain) for each in _documented(plain.text)]
        elif one.kind == "comment":
            found = [each.inside(one.view) for each in markers.find(one.view.text)]
        if literals and not one.composed:
            taken = Spans(each.where for each in found)
            for span in _networks(one):
                bare = unmarked(
                    one.view.part(span), "comment" if one.kind == "comment" else "string"
                )
                if not taken.hold(bare.head.start):
                    found.append(bare)
        yield from found
    for token in tokens:
        if token.kind == "broken":
            yield Excerpt(
                View("", ()), "python", Span(token.start, token.end), "skip", note=token.text
            )


def _documented(text: str) -> list[Excerpt]:
    """What a docstring shows: fences, directives, markers."""
    code = markdown.find(text)
    off = Spans([*switched_off(text, markdown.SWITCH, code.code), *switched_off(text, rst.SWITCH)])
    blocks = [*code.fences, *rst.find(text)]
    bodies = Spans(block.where for block in blocks)
    marked = [one for one in markers.find(text) if not bodies.hold(one.head.start)]
    return [one for one in (*blocks, *marked) if not off.hold(one.head.start)]


def _networks(one: Text) -> list[tuple[int, int]]:
    """Where networks stand in a literal: all of it, where it begins with one or with a name for
    one.
    """
    text = one.view.text
    spans = list(prose.find(text))
    begin = len(text) - len(text.lstrip())
    if one.kind == "string" and spans and re.fullmatch(NAMED, text[begin : spans[0][0]]):
        return [(begin, len(text.rstrip()))]
    return spans


def _texts(text: str, tokens: Iterable[Token] | None = None) -> Iterator[Text]:
    """The literals and comments of a file, as far as it is Python."""
    whole = View.of(text)
    tokens = [
        *(read_tokens(text) if tokens is None else tokens),
        Token("line", len(text), len(text), ""),
    ]
    at = read = 0  # read: literals in front of it were read with the one that they follow
    before = tokens[-1]  # what stands in front, comments left out
    while at < len(tokens):
        begin = at
        kind = tokens[at].kind
        at += 1
        if kind == "comment":
            while tokens[at].kind == "comment" and _below(text, tokens[at - 1], tokens[at]):
                at += 1
            yield Text(whole.part(*(_said(text, one) for one in tokens[begin:at])), "comment")
            continue
        if kind == "string" and begin >= read:
            row, read = [tokens[begin]], at
            while tokens[read].kind in ("string", "comment"):
                if tokens[read].kind == "string":
                    row.append(tokens[read])
                read += 1
            behind = tokens[read]
            views = [_value(whole, one) for one in row]
            added = (
                before.text in ("+", "%")
                or behind.text in ("+", "%")
                or (behind.text == "." and text.startswith((".format", ".join"), behind.start))
            )
            yield Text(
                joined(view for view in views if view is not None),
                "docstring" if before.kind == behind.kind == "line" else "string",
                added or None in views,
            )
        before = tokens[begin]


def _below(text: str, upper: Token, lower: Token) -> bool:
    """Does a comment go on in the next line: alone there, indented alike and with the same
    marks?
    """
    begin, end = text.rfind("\n", 0, upper.start) + 1, text.rfind("\n", 0, lower.start) + 1
    above, below = text[begin : upper.start], text[end : lower.start]
    marks = [re.match(r"#+", text[one.start : one.end]) for one in (upper, lower)]
    alike = above == below and not above.strip() and marks[0] is not None and marks[1] is not None
    return alike and text.count("\n", upper.end, lower.start) == 1 and marks[0][0] == marks[1][0]  # type: ignore[index]


def _said(text: str, comment: Token) -> tuple[int, int]:
    """A comment without its mark, and with the end of its line."""
    mark = re.match(r"#+[:!]?[ \t]?", text[comment.start : comment.end])
    end = comment.end + (
        2 if text.startswith("\r\n", comment.end) else text.startswith("\n", comment.end)
    )
    return comment.start + (mark.end() if mark is not None else 0), end


def read_tokens(text: str) -> Iterator[Token]:
    """Yield what matters of the tokens of a text, up to where it stops being Python."""
    lines = line_starts(text)
    opened = start = end = 0
    brackets: list[Token] = []  # that are open
    try:
        for token in tokenize.generate_tokens(StringIO(_plain(text)).readline):
            begin, end = (
                lines[min(row, len(lines)) - 1] + column for row, column in (token.start, token.end)
            )
            if token.type in STARTS:
                start = start if opened else begin
                opened += 1
            elif token.type in ENDS:
                opened -= 1
                if not opened:
                    yield Token("string", start, end, "")
            elif opened or token.type == tokenize.NL:
                continue
            elif token.type == tokenize.COMMENT:
                yield Token("comment", begin, end, "")
            elif token.type == tokenize.STRING:
                yield Token("string", begin, _closed(text, begin, end), "")
            elif token.type in LINES:
                yield Token("line", begin, end, "")
            else:
                other = Token("other", begin, end, token.string)
                if token.string in ("(", "[", "{"):
                    brackets.append(other)
                elif token.string in (")", "]", "}") and brackets:
                    brackets.pop()
                yield other
    except (tokenize.TokenError, SyntaxError) as wrong:
        if brackets:
            _, start, end, bracket = brackets[-1]
            yield Token(
                "broken",
                start,
                end,
                f"the {bracket} is never closed; after it, not all of the file is searched",
            )
        else:
            yield Token(
                "broken",
                end,
                end,
                f"not Python from here on ({wrong.args[0]}); the rest is not searched",
            )


def _closed(text: str, start: int, end: int) -> int:
    """Behind a literal's last quote: Python 3.12.1 miscounts behind characters that UTF-8 writes in
    several bytes.
    """
    head = LITERAL.match(text, start)
    if head is None or (
        text.endswith(head[2], start, end) and end - start >= len(head[0]) + len(head[2])
    ):
        return end
    close = re.compile(rf"(?s)(?:[^\\]|\\.)*?{head[2]}").match(text, head.end())
    return end if close is None else close.end()


def _plain(text: str) -> str:
    """The text with the commands of notebooks made comments: as long, and Python."""
    return re.sub(r"(?m)^([ \t]*)[%!](?=[\w%!({ ])", r"\1#", text)


def _value(whole: View, literal: Token) -> View | None:
    """What a literal says; None for bytes, and for one with fields."""
    head = LITERAL.match(whole.text, literal.start, literal.end)
    if head is None or "b" in head[1].lower() or "t" in head[1].lower():
        return None
    view = whole.part((head.end(), literal.end - len(head[2])))
    prefix = head[1].lower()
    if "f" in prefix:
        bare = view.text.replace("{{", "").replace("}}", "")
        if "{" in bare or "}" in bare:
            return None
    changes = []
    if "r" not in prefix:
        for found in ESCAPE.finditer(view.text):
            if found[1] in ("\n", "\r\n"):
                changes.append((*found.span(), ""))
                continue
            try:
                changes.append((*found.span(), literal_eval(f'"{found[0]}"')))
            except (SyntaxError, ValueError):  # a name that no character has
                continue
    if "f" in prefix:
        changes += [(*found.span(), found[0][0]) for found in re.finditer(r"\{\{|\}\}", view.text)]
    return view.changed(sorted(changes))


def _dedented(view: View) -> View:
    """A docstring without its indentation, as inspect.cleandoc takes it off."""
    lines = view.lines()
    rest = [(a, b) for a, b in lines[1:] if view.text[a:b].strip()]
    margin = min(
        (len(view.text[a:b]) - len(view.text[a:b].lstrip(" \t")) for a, b in rest), default=0
    )
    return view.part(
        *(
            (
                a
                + (
                    min(margin, len(view.text[a:b]) - len(view.text[a:b].lstrip(" \t")))
                    if number
                    else 0
                ),
                b,
            )
            for number, (a, b) in enumerate(lines)
        )
    )
