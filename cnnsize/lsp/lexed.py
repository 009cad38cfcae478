"""The words of the notation in a text, each with its type and with the statement that holds it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pygments.token import Comment, Keyword, Name, Number, Operator, _TokenType

from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.language.parser import STATEMENT_HEAD
from cnnsize.language.statements import is_paste, statement_spans
from cnnsize.lexer import CnnLexer
from cnnsize.limits import MAX_EDITED_WORDS
from cnnsize.text.span import Span

TYPES: dict[_TokenType, str] = {
    Comment.Single: "comment",
    Keyword: "keyword",
    Keyword.Constant: "keyword",
    Name.Builtin: "type",
    Name.Function: "function",
    Name.Attribute: "property",
    Name.Variable: "variable",
    Number: "number",
    Operator: "operator",
}


class Word(NamedTuple):
    """A word that is one piece in the file. ``span`` is its place there.

    ``scope`` is where its name has this meaning: the number of the excerpt, and for a letter that of
    its statement.
    """

    text: str
    type: str
    span: Span
    scope: tuple[int, ...] = ()
    declares: bool = False  # it is a name before ``=``, a parameter there, or after ``where``


class Head(NamedTuple):
    """The name before the ``=`` of a statement, and where both are in the file."""

    name: str
    is_block: bool
    span: Span
    statement: Span


class Lexed(NamedTuple):
    """The words of a text in order, the names of its statements, and the scopes of their letters."""

    words: tuple[Word, ...] = ()
    heads: tuple[Head, ...] = ()
    scopes: tuple[tuple[Span, tuple[int, int]], ...] = ()


def lexed(text: str, excerpts: Iterable[Excerpt]) -> Lexed:
    """Return the words of the excerpts of a text; none where the networks are too long."""
    excerpts = [excerpt for excerpt in excerpts if not is_paste(excerpt.text)]
    if sum(len(excerpt.text) for excerpt in excerpts) > MAX_EDITED_WORDS:
        return Lexed()
    words: list[Word] = []
    heads: list[Head] = []
    scopes: list[tuple[Span, tuple[int, int]]] = []
    for number, excerpt in enumerate(excerpts):
        statements = statement_spans(excerpt.text)
        matches = [
            (STATEMENT_HEAD.match(excerpt.text, start, end), Span(start, end))
            for start, end in statements
        ]
        scopes += (
            (excerpt.view.span(*span), (number, index)) for index, span in enumerate(statements)
        )
        names = [(head, statement) for head, statement in matches if head is not None]
        heads += (
            Head(
                head[1],
                head[2] is not None,
                excerpt.view.span(*head.span(1)),
                excerpt.view.span(*statement),
            )
            for head, statement in names
        )
        for word in words_of(excerpt.text, number, statements, [head for head, _ in names]):
            original = excerpt.view.span(*word.span)
            if text[slice(*original)] == word.text:  # not through an escape, or two literals
                words.append(word._replace(span=original))
    words.sort(key=lambda word: word.span)
    return Lexed(tuple(words), tuple(heads), tuple(sorted(scopes)))


def words_of(
    text: str, number: int, statements: list[tuple[int, int]], heads: list[re.Match[str]]
) -> Iterator[Word]:
    """Yield the words of an excerpt, with their spans in its own text."""
    starts = [start for start, _ in statements]
    ends = {head.start(): head.end() for head in heads}
    blocks = {head[1] for head in heads if head[2] is not None}
    calls = call_spans(text, blocks)
    where = False
    last = -1
    covered = 0
    for offset, kind, word in CnnLexer().get_tokens_unprocessed(text):
        type = TYPES.get(kind)
        if type is None or offset < covered:
            continue
        statement = bisect_right(starts, offset) - 1
        start = starts[statement] if statement >= 0 else 0
        if statement != last:
            where, last = False, statement
        if type == "keyword" and word.lower() == "where":
            where = True
        is_head = offset == start and start in ends
        if type != "comment" and (is_head or offset in calls):  # a name may begin as a layer does
            name = calls.get(offset) or STATEMENT_HEAD.match(text, offset)[1]  # type: ignore[index]
            covered = offset + len(name)
            yield Word(name, "function", Span(offset, covered), (number,), is_head)
            continue
        if type == "property" and where:  # where S = 2
            type = "variable"
        declares = type == "variable" and (where or offset < ends.get(start, 0))
        scope = (number, statement) if type == "variable" else ()
        yield Word(word, type, Span(offset, offset + len(word)), scope, declares)


def call_spans(text: str, blocks: set[str]) -> dict[int, str]:
    """Return where blocks are called, with their names."""
    if not blocks:
        return {}
    names = "|".join(map(re.escape, sorted(blocks, key=len, reverse=True)))
    return {match.start(): match[1] for match in re.finditer(rf"(?<!\w)({names})(?=\s*\()", text)}
