"""Refuse a word that is no layer, with the layers or blocks that the author may have meant."""

from __future__ import annotations

import re
from typing import NoReturn

from cnnsize.language.cursor import Cursor
from cnnsize.layers import KINDS
from cnnsize.layers.names import ALIASES, CANONICAL, JOINS, NOT_OURS
from cnnsize.text.diagnostic import Edit, Fix
from cnnsize.text.english import alternatives
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest, squeeze

DIGITS = "0123456789"
# layers that one letter stands for in shorthands: C(64, 3), P(2), F(10)
LETTERS = {"C": ["CONV"], "D": ["FC", "DROPOUT"], "F": ["FC"], "P": ["POOL"], "R": ["RELU"]}
GLUED_LETTER = r"(?P<name>[A-Za-z]+?)_?(?P<letter>[a-zFKMN])(?:[xX](?P=letter))?"


def refuse_unknown(cursor: Cursor, word: str, start: int) -> NoReturn:
    """Raise ArchitectureError for a word at ``start`` that names no layer."""
    end = start + len(word)
    key = squeeze(word)
    for name in (key, key.rstrip(DIGITS)):
        if name in NOT_OURS:
            refuse_name(cursor, word, Span(start, end), NOT_OURS[name])
    if not word.isascii():
        english = "write the layer's English name: INPUT, CONV, RELU, POOL, FC"
        refuse_name(cursor, repr(word), Span(start, end), english)
    if key == "ID":
        cursor.fail(
            f"{word} is not a layer: it must be a branch of its own",
            start,
            end,
            help=("for example ADD{CONV3-64 -> RELU | ID}",),
        )
    if key in JOINS:
        cursor.fail(
            f"{word} is not a layer: it joins branches in braces",
            start,
            end,
            help=(f"for example {key}{{CONV3-64 -> RELU | ID}}",),
        )
    if word in cursor.blocks:
        cursor.fail(f"the block {word} must be called with its arguments: {word}(...)", start, end)
    same = [name for name in cursor.blocks if name.lower() == word.lower()]
    blocks = same or nearest(word, cursor.blocks)
    if blocks:
        cursor.fail(
            f"{word} is neither a layer nor a block",
            start,
            end,
            code="CNN002",
            help=(f"did you mean {alternatives(blocks)}?",),
            fixes=tuple(replacement(start, end, name) for name in blocks),
        )
    refuse_glued_letter(cursor, word, start)
    spellings = nearest(key.rstrip(DIGITS) or key, ALIASES, 6)
    near = list(dict.fromkeys(ALIASES[spelling] for spelling in spellings))[:3]
    kinds = LETTERS.get(key.rstrip(DIGITS), near)
    every_layer = (
        f"the layers are {', '.join(CANONICAL[:9])} ...; `cnnsize explain unknown-layer` lists all"
    )
    name_end = start + len(word.rstrip(DIGITS))
    cursor.fail(
        f"{word} is not a layer",
        start,
        end,
        code="CNN002",
        fixes=tuple(replacement(start, name_end, kind) for kind in kinds),
        help=(f"did you mean {alternatives(kinds)}?" if kinds else every_layer,),
    )


def refuse_glued_letter(cursor: Cursor, word: str, start: int) -> None:
    """Raise ArchitectureError for a filter of a variable size glued to a layer, as in CONVf-16."""
    parts = re.fullmatch(GLUED_LETTER, word)
    kind = None if parts is None else ALIASES.get(parts["name"].upper())
    if parts is None or kind is None or KINDS[kind].kernel != "F":
        return
    option = f"(F={parts['letter'].lower()})"
    width = f", or {kind}-64{option} with 64 filters" if kind == "CONV" else ""
    cursor.fail(
        f"{word} is not a layer",
        start,
        start + len(word),
        code="CNN002",
        help=(f"write a filter of a variable size as an option: {kind}{option}{width}",),
    )


def refuse_name(cursor: Cursor, name: str, span: Span, reason: str) -> NoReturn:
    """Raise ArchitectureError for a name that this language does not have."""
    message = f"{name} is not a layer of this notation"
    cursor.fail(message, *span, code="CNN002", notes=(reason,))


def replacement(start: int, end: int, name: str) -> Fix:
    """Return the fix that writes ``name`` in place of the characters from ``start`` to ``end``."""
    return Fix(f"write {name}", (Edit(Span(start, end), name),))
