"""What may come next: layers, options of a layer and their values, blocks, letters, the zoo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from lsprotocol import types

from cnnsize.files.extract.excerpt import INLINE
from cnnsize.layers import JOINS, KINDS
from cnnsize.layers.names import ALIASES, OPTION_WORDS
from cnnsize.lsp.checked import CheckedText
from cnnsize.text.span import Span
from cnnsize.zoo import index, text_of

TRIGGERS = [">", "(", ",", "{", "[", "|", "="]
MAX_BEFORE = 4_000  # characters before the cursor that are looked at
HALF_TYPED = re.compile(r"[^\W\d]\w*\Z")
INSIDE_OPTIONS = re.compile(r"(?P<layer>[^\W\d]+)[\w\-]*\((?P<options>[^()\n]*)\Z")
BLOCK = re.compile(
    r"(?m)^[ \t#/>]*(?P<name>[^\W\d]\w*)[ \t]*(?P<parameters>\([^()=\n]*\))[ \t]*=(?!>)"
)
AFTER_OPENED = re.compile(r"(?:(?:^|[>→⇒|{\n])\s*|(?<!=)=\s*)(?:\[\s*)+\Z")
BEFORE_LAYER = re.compile(r"(?:^|[>→⇒|{\n]|(?<!=)=)[ \t]*\Z")
AFTER_ARROW = re.compile(r"[>→⇒\[]\s*\Z")
STARTS_STATEMENT = re.compile(r"(?:^|[^>→⇒|{\[\s]\s*\n)\s*\Z")
TAKES_LETTER = re.compile(r"[-*(,=+x]\s*\Z")
GLUED = ("K", "F", "shape")  # written into the layer: CONV3-64
VALUES: dict[str, list[str]] = {"flag": ["yes", "no"], "padding": ["same", "valid"]}
Kind = types.CompletionItemKind


def completion(checked: CheckedText, position: types.Position) -> list[types.CompletionItem]:
    """Return what may be written at a position; nothing outside of networks.

    The word that is half typed there is replaced.
    """
    offset = checked.units.offset(position)
    place = network_at(checked, offset)
    if place is None:
        return []
    start, is_inline = place
    before = checked.text[max(start, offset - MAX_BEFORE) : offset]
    if "#" in before.rpartition("\n")[2]:
        return []
    typed = HALF_TYPED.search(before)
    begin = offset if typed is None else offset - len(typed[0])
    before = before[: len(before) - (offset - begin)]
    after = re.compile(r"[^\W\d]*").match(checked.text, offset)
    assert after is not None
    span = Span(begin, after.end())
    items = list(candidates(checked, before, offset, is_inline=is_inline))
    edit_range = checked.range_of(*span)
    for item in items:
        new = item.insert_text or item.label
        following = checked.text[span.end : span.end + 1]
        if following in ("=", "(", "{"):  # it is written already
            new = new.partition(following)[0]
        item.text_edit = types.TextEdit(range=edit_range, new_text=new)
        item.insert_text = None
    return items


def candidates(
    checked: CheckedText, before: str, offset: int, *, is_inline: bool
) -> Iterator[types.CompletionItem]:
    """Yield what may come after a text."""
    options = INSIDE_OPTIONS.search(before)
    kind = ALIASES.get(options["layer"].upper()) if options is not None else None
    if options is not None and kind is not None:
        yield from option_items(kind, options["options"])
        if TAKES_LETTER.search(before) and "=" in before[-2:]:
            yield from letter_items(checked, offset)
    elif BEFORE_LAYER.search(before) or AFTER_OPENED.search(before):
        yield from layer_items(begins_chain=AFTER_ARROW.search(before) is None)
        yield from block_items(checked.text)
        if STARTS_STATEMENT.search(before) and not is_inline:
            yield from zoo_items()
    elif TAKES_LETTER.search(before):
        yield from letter_items(checked, offset)


def network_at(checked: CheckedText, offset: int) -> tuple[int, bool] | None:
    """Return where the text with networks around an offset begins, and whether it is one line.

    None if there is none. All of a .cnn file is such a text, and in other files what is marked.
    """
    if checked.name.endswith(".cnn"):
        return 0, False
    for excerpt in checked.excerpts:
        pieces = excerpt.view.pieces
        begin = pieces[0].original.start if pieces else excerpt.announcement.end
        if begin <= offset <= excerpt.extent.end + 1:
            return begin, excerpt.kind in INLINE
    return None


def option_items(kind: str, written: str) -> Iterator[types.CompletionItem]:
    """Yield the options of a layer that are not written yet, or the values after an ``=``."""
    reads = KINDS[kind].reads
    parts = [part.partition("=") for part in written.split(",")]
    key, equals, value = (part.strip() for part in parts[-1])
    if equals:
        key = option_of(key)
        reader = reads.get(key, "")
        words = VALUES.get(reader, reader.partition(":")[2].split())
        for word in () if value else words:
            yield types.CompletionItem(label=word, kind=Kind.EnumMember, detail=f"{kind}: {key}")
        return
    if key:
        return
    used = {option_of(name.strip()) for name, _, _ in parts[:-1]}
    for option, reader in reads.items():
        if option not in used and option not in GLUED:
            label = f"{option}=no" if reader == "flag" else f"{option}="
            detail = f"{kind}: {reader}"
            yield types.CompletionItem(label=label, kind=Kind.Property, detail=detail)


def option_of(name: str) -> str:
    """Return an option by one of its names."""
    return OPTION_WORDS.get(name.lower(), name)


def layer_items(*, begins_chain: bool) -> Iterator[types.CompletionItem]:
    """Yield the layers and joins; INPUT only where a network or a branch begins."""
    for kind in KINDS:
        if kind != "OUTPUT" and (begins_chain or kind != "INPUT"):
            yield types.CompletionItem(label=kind, kind=Kind.Class)
    for join in (*JOINS, "OUTPUT"):
        yield types.CompletionItem(
            label=f"{join}{{...}}", kind=Kind.Struct, insert_text=f"{join}{{", filter_text=join
        )


def block_items(text: str) -> Iterator[types.CompletionItem]:
    """Yield the blocks that a text defines."""
    for name, parameters in dict(BLOCK.findall(text)).items():
        yield types.CompletionItem(
            label=f"{name}{parameters}",
            kind=Kind.Function,
            insert_text=f"{name}(",
            filter_text=name,
        )


def letter_items(checked: CheckedText, offset: int) -> Iterator[types.CompletionItem]:
    """Yield the letters that are declared in the statement at an offset."""
    scopes = [scope for span, scope in checked.lexed.scopes if span.start <= offset]
    letters = [
        word.text
        for word in checked.lexed.words
        if scopes and word.scope == scopes[-1] and word.declares
    ]
    for letter in dict.fromkeys(letters):
        yield types.CompletionItem(label=letter, kind=Kind.Variable)


def zoo_items() -> Iterator[types.CompletionItem]:
    """Yield the published networks that ship with cnnsize; one is inserted with its text."""
    for name, text in zoo_texts().items():
        yield types.CompletionItem(
            label=name, kind=Kind.Module, detail="network of the zoo", insert_text=text
        )


@cache
def zoo_texts() -> dict[str, str]:
    """Return the texts of the zoo by name."""
    return {name: text_of(name).rstrip() for name in index()}
