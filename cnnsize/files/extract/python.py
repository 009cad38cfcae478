"""Python: networks that docstrings and comments announce, and on request all others."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

from cnnsize.files.extract import markdown, markers, rst
from cnnsize.files.extract.excerpt import Excerpt, Spans
from cnnsize.files.extract.plain import find_unmarked, with_inline_networks
from cnnsize.files.extract.python_texts import Text, dedent, read_texts
from cnnsize.files.extract.python_tokens import read_marked_tokens, read_tokens
from cnnsize.files.extract.registry import CommentTest
from cnnsize.text.span import Span
from cnnsize.text.view import View

NAME = r"(?:[^\W\d]\w*[ \t]*=[ \t]*)?"  # of a network, before it


def extract(text: str, unmarked: Collection[str] = ()) -> Iterator[Excerpt]:
    """Yield the networks of a Python file; with ``python`` or ``raw`` also those that nothing marks.

    An excerpt without text, but with a note, says where the file stops being Python.
    """
    literals = bool(unmarked)
    if not _may_hold(text, literals=literals):
        return
    tokens = list(read_tokens(text) if literals else read_marked_tokens(text))
    for part in read_texts(text, tokens):
        excerpts = _marked(part)
        if literals and not part.composed:
            kind = "comment" if part.kind == "comment" else "string"
            excerpts += find_unmarked(part.view, _networks(part), excerpts, kind)
        if part.kind == "comment":
            yield from excerpts
        elif excerpts:
            pieces = part.view.pieces
            literal = Span(pieces[0].original.start, pieces[-1].original.end)
            yield from (excerpt._replace(literal=literal) for excerpt in excerpts)
    for token in tokens:
        if token.kind == "broken":
            place = Span(token.start, token.end)
            yield Excerpt(View("", ()), "python", place, "skip", note=token.text)


def comment_test(text: str) -> CommentTest:
    """Return a function that tells whether a comment begins at an offset."""

    @cache
    def comments() -> Spans:  # of a file that is only split into tokens if somebody asks
        tokens = read_marked_tokens(text)
        return Spans(Span(token.start, token.end) for token in tokens if token.kind == "comment")

    return lambda offset: comments().contains(offset)


def _may_hold(text: str, *, literals: bool) -> bool:
    """Return whether a file can hold a network; if not, it is not even split into tokens."""
    if "cnnsize:" in text or (literals and "INPUT[" in text):
        return True
    if literals:
        from cnnsize.files.extract import chains  # late: it loads the informal reader

        if chains.may_hold_chain(text):
            return True
    return markdown.may_hold_fence(text) or rst.may_hold_directive(text)


def _marked(part: Text) -> list[Excerpt]:
    """Return the networks that are announced in a text: in blocks, or after a marker."""
    if part.kind == "comment":
        return [excerpt.inside(part.view) for excerpt in markers.find(part.view.text)]
    if part.kind == "docstring":
        view = dedent(part.view)
        code = markdown.find_code(view.text)
        blocks = [*code.fences, *rst.find_blocks(view.text)]
        excerpts = with_inline_networks(view.text, blocks, (), examples=code.spans)
        return [excerpt.inside(view) for excerpt in excerpts]
    return []


def _networks(part: Text) -> list[tuple[int, int]]:
    """Return the spans of the networks in a text.

    A literal that begins with a network, or with a name for one, is read as a whole.
    """
    from cnnsize.files.extract import prose  # late: asked for explicitly

    text = part.view.text
    spans = list(prose.find(text))
    begin = len(text) - len(text.lstrip())
    begins_with_network = bool(spans) and re.fullmatch(NAME, text[begin : spans[0][0]])
    if part.kind == "string" and begins_with_network:
        return [(begin, len(text.rstrip()))]
    return spans
