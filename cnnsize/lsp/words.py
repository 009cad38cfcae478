"""Words of the notation in a text: semantic tokens, go to definition, rename, symbols, folding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lsprotocol import types
from pygments.token import Comment, Keyword, Name, Number, Operator, _TokenType

from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.language.tree import Call, Group, Join, LayerNode, all_items
from cnnsize.lexer import CnnLexer
from cnnsize.lsp.checked import CheckedText
from cnnsize.lsp.units import key, overlap
from cnnsize.text.english import shortened
from cnnsize.text.source import Source
from cnnsize.text.span import Span

TOKEN_TYPES = (
    "comment",
    "keyword",
    "type",
    "function",
    "property",
    "variable",
    "number",
    "operator",
)
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
MAX_LABEL = 60  # characters of the text of a network in the list of symbols


class Word(NamedTuple):
    """A word of a text, by the places where the lexer finds it."""

    text: str
    type: str
    source: Source
    span: Span


def words_of(source: Source) -> Iterator[Word]:
    """Yield the words of the text of a network, the blocks that it calls included."""
    for offset, kind, text in CnnLexer().get_tokens_unprocessed(source.text):
        name = TYPES.get(kind)
        if name is not None:
            yield Word(text, name, source, Span(offset, offset + len(text)))


def sources_of(checked: CheckedText) -> Iterator[Source]:
    """Yield the texts of the networks and blocks of a text, those with errors included."""
    for network in checked.texts.architectures:
        yield network.source


def tokens(checked: CheckedText) -> types.SemanticTokens:
    """Return the words in the notation, in the form of the protocol: distances and lengths."""
    places: dict[tuple[int, int], tuple[int, int]] = {}
    for source in sources_of(checked):
        for word in words_of(source):
            place = checked.units.range(source, word.span)
            if place.start.line == place.end.line and source.is_contiguous(word.span):
                length = place.end.character - place.start.character
                start = place.start.line, place.start.character
                places[start] = length, TOKEN_TYPES.index(word.type)
    data: list[int] = []
    line = column = 0
    for (word_line, word_column), (length, kind) in sorted(places.items()):
        same_line = word_line == line
        data += [
            word_line - line,
            word_column - column if same_line else word_column,
            length,
            kind,
            0,
        ]
        line, column = word_line, word_column
    return types.SemanticTokens(data=data)


def word_at(checked: CheckedText, position: types.Position) -> Word | None:
    """Return the word at a position that names a block, a network or a letter."""
    here = types.Range(start=position, end=position)
    for source in sources_of(checked):
        for word in words_of(source):
            is_name = word.type in ("function", "variable")
            if is_name and overlap(checked.units.range(source, word.span), here):
                return word
    return None


def definition(checked: CheckedText, position: types.Position) -> types.Range | None:
    """Return where the block at a position is defined."""
    word = word_at(checked, position)
    if word is None or word.type != "function":
        return None
    for other in words_of(word.source):
        if other.text == word.text and other.type == "function" and is_defined(other):
            return checked.units.range(other.source, other.span)
    return None


def is_defined(word: Word) -> bool:
    """Return whether a word is before the ``=`` of a statement."""
    text = word.source.text
    line = text.rfind("\n", 0, word.span.start) + 1
    return not text[line : word.span.start].strip() and bool(
        re.match(r"[ \t]*(?:\([^()=]*\))?[ \t]*=(?!>)", text[word.span.end :])
    )


def same_words(checked: CheckedText, word: Word) -> list[types.Range]:
    """Return the places of a name: of a letter in its statement, of a block in all statements."""
    places: dict[tuple[int, int], types.Range] = {}
    statement = statement_of(word)
    for source in sources_of(checked):
        for other in words_of(source):
            if other.text != word.text or other.type != word.type:
                continue
            place = checked.units.range(source, other.span)
            is_here = other.source.text is word.source.text and (
                statement.start <= other.span.start < statement.end
            )
            if word.type == "function" or is_here:
                places[place.start.line, place.start.character] = place
    return [places[start] for start in sorted(places)]


def statement_of(word: Word) -> Span:
    """Return the span of the statement that holds a word: a block, or the network at the end."""
    source = word.source
    if word.span.start >= source.begin:
        return Span(source.begin, len(source.text))
    statements = re.finditer(
        r"(?m)^[^\W\d]\w*[ \t]*(?:\([^()=]*\))?[ \t]*=(?!>)", source.text[: source.begin]
    )
    starts = [0, *(match.start() for match in statements)]
    start = max(begin for begin in starts if begin <= word.span.start)
    end = min(begin for begin in [*starts, source.begin] if begin > word.span.start)
    return Span(start, end)


class RenameError(Exception):
    """A name that cannot be used; the message says why."""


def rename(checked: CheckedText, position: types.Position, new: str) -> list[types.TextEdit]:
    """Return the edits that give a letter, a block or a network another name.

    The text is checked with the new name. Raises RenameError if the networks would change.
    """
    word = word_at(checked, position)
    if word is None:
        raise RenameError("only letters, blocks and names of networks can be renamed")
    if not re.fullmatch(r"[^\W\d]\w*", new):
        raise RenameError(f"{shortened(new)!r} is no name: write letters, digits and underscores")
    edits = [types.TextEdit(range=place, new_text=new) for place in same_words(checked, word)]
    text = checked.text
    for edit in reversed(edits):
        start, end = checked.units.offset(edit.range.start), checked.units.offset(edit.range.end)
        text = text[:start] + new + text[end:]
    before, after = checked.report, checked.check(text)
    same_findings = [item.code for item in before.diagnostics] == [
        item.code for item in after.diagnostics
    ]
    same_sizes = [(item.params, item.output) for item in before.architectures] == [
        (item.params, item.output) for item in after.architectures
    ]
    if not (same_findings and same_sizes):
        raise RenameError(f"{new} has another meaning here; the networks would change")
    return edits


def symbols(checked: CheckedText) -> list[types.DocumentSymbol]:
    """Return the blocks and networks of a text in order, with the parts that have parts."""
    networks = [
        symbol_of(network, checked)
        for network in checked.texts.architectures
        if not (isinstance(network, Failed) and network.block)
    ]
    return sorted([*block_symbols(checked), *networks], key=lambda symbol: key(symbol.range.start))


def block_symbols(checked: CheckedText) -> list[types.DocumentSymbol]:
    """Return the definitions of blocks."""
    blocks: dict[tuple[int, int], types.DocumentSymbol] = {}
    for source in sources_of(checked):
        for word in words_of(source):
            if word.type != "function" or word.span.start >= source.begin or not is_defined(word):
                continue
            statement = statement_of(word)
            end = statement.start + len(source.text[slice(*statement)].rstrip())
            place = checked.units.range(source, Span(word.span.start, end))
            blocks[key(place.start)] = types.DocumentSymbol(
                name=word.text,
                kind=types.SymbolKind.Function,
                range=place,
                selection_range=checked.units.range(source, word.span),
            )
    return list(blocks.values())


def symbol_of(network: ParsedArchitecture | Failed, checked: CheckedText) -> types.DocumentSymbol:
    """Return a network with its joins, repetitions and calls."""
    source = network.source
    statement = source.text[source.begin :].rstrip()
    place = checked.units.range(source, Span(source.begin, source.begin + len(statement)))
    children: list[types.DocumentSymbol] = []
    name = None
    if isinstance(network, ParsedArchitecture):
        name = network.name
        for item in all_items(network.chain):
            if isinstance(item.node, LayerNode):
                continue
            span, written = network.piece(item.span)
            inner = checked.units.range(source, span)
            children.append(
                types.DocumentSymbol(
                    name=shortened(" ".join(written.split()), MAX_LABEL),
                    kind=KINDS.get(type(item.node), types.SymbolKind.Object),
                    range=inner,
                    selection_range=inner,
                )
            )
    return types.DocumentSymbol(
        name=name or shortened(" ".join(statement.split()), MAX_LABEL) or "network",
        kind=types.SymbolKind.Class,
        range=place,
        selection_range=types.Range(start=place.start, end=place.start),
        children=children,
    )


KINDS = {
    Group: types.SymbolKind.Array,
    Join: types.SymbolKind.Struct,
    Call: types.SymbolKind.Function,
}


def folds(checked: CheckedText) -> list[types.FoldingRange]:
    """Return the networks that take several lines."""
    places = [symbol.range for symbol in symbols(checked)]
    return [
        types.FoldingRange(start_line=place.start.line, end_line=place.end.line)
        for place in places
        if place.end.line > place.start.line
    ]
