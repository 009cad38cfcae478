"""Words of the notation in a text: colours, go to definition, references and new names."""

from __future__ import annotations

import re

from lsprotocol import types

from cnnsize.lsp.checked import CheckedText
from cnnsize.lsp.lexed import TYPES, Word
from cnnsize.report.result import Report
from cnnsize.text.english import shortened

TOKEN_TYPES = tuple(dict.fromkeys(TYPES.values()))


def tokens(checked: CheckedText) -> types.SemanticTokens:
    """Return the words in the notation, in the form of the protocol: distances and lengths."""
    data: list[int] = []
    line = column = 0
    for word in checked.lexed.words:
        place = checked.range_of(*word.span)
        start, end = place.start, place.end
        if start.line != end.line:
            continue
        if start.line != line:
            column = 0
        length = end.character - start.character
        kind = TOKEN_TYPES.index(word.type)
        data += [start.line - line, start.character - column, length, kind, 0]
        line, column = start.line, start.character
    return types.SemanticTokens(data=data)


def name_at(checked: CheckedText, position: types.Position) -> Word | None:
    """Return the word at a position that names a block, a network or a letter."""
    offset = checked.units.offset(position)
    for word in checked.lexed.words:
        if word.scope and word.span.start <= offset <= word.span.end:
            return word
    return None


def same_names(checked: CheckedText, name: Word) -> list[Word]:
    """Return the places of a name: of a letter in its statement, of a block in its document."""
    return [
        word for word in checked.lexed.words if (word.text, word.scope) == (name.text, name.scope)
    ]


def definition(checked: CheckedText, position: types.Position) -> types.Range | None:
    """Return where the block or the letter at a position is defined."""
    name = name_at(checked, position)
    places = [] if name is None else same_names(checked, name)
    return next((checked.range_of(*word.span) for word in places if word.declares), None)


def references(checked: CheckedText, position: types.Position) -> list[types.Range]:
    """Return the places of the name at a position."""
    name = name_at(checked, position)
    places = [] if name is None else same_names(checked, name)
    return [checked.range_of(*word.span) for word in places]


def name_range(checked: CheckedText, position: types.Position) -> types.Range | None:
    """Return the range of the name at a position; None where nothing can be renamed."""
    name = name_at(checked, position)
    return None if name is None else checked.range_of(*name.span)


class RenameError(Exception):
    """A name that cannot be used; the message says why."""


def rename(checked: CheckedText, position: types.Position, new: str) -> list[types.TextEdit]:
    """Return the edits that give a letter, a block or a network another name.

    The text is checked with the new name. Raises RenameError if the networks would change.
    """
    name = name_at(checked, position)
    if name is None:
        raise RenameError("only letters, blocks and names of networks can be renamed")
    if not re.fullmatch(r"[^\W\d]\w*", new):
        raise RenameError(f"{shortened(new)!r} is no name: write letters, digits and underscores")
    if new == name.text:
        return []
    if any(word.text == new and share_scope(word, name) for word in checked.lexed.words):
        raise RenameError(f"{new} is already the name of something else here")
    spans = [word.span for word in same_names(checked, name)]
    text = checked.text
    for start, end in reversed(spans):
        text = text[:start] + new + text[end:]
    if meaning(checked.check(text)) != meaning(checked.report):
        raise RenameError(f"{new} has another meaning here; the networks would change")
    return [types.TextEdit(range=checked.range_of(*span), new_text=new) for span in spans]


def share_scope(word: Word, other: Word) -> bool:
    """Return whether two names can be meant at one place: a letter only in its statement."""
    shortest = min(len(word.scope), len(other.scope))
    return shortest > 0 and word.scope[:shortest] == other.scope[:shortest]


def meaning(report: Report) -> object:
    """Return what a new name must not change: the findings and the sizes."""
    return [finding.code for finding in report.diagnostics], [
        (
            result.params,
            result.macs,
            result.output,
            result.family and (result.family.members, result.family.valid),
        )
        for result in report.architectures
    ]
