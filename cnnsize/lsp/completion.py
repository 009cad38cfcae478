"""What may come next: layers, options of a layer, blocks, and networks of the zoo."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol import types

from cnnsize.layers import JOINS, KINDS
from cnnsize.layers.names import ALIASES
from cnnsize.lsp.checked import CheckedText
from cnnsize.zoo import about, index, text_of

TRIGGERS = [">", "(", ",", "{", "[", "|"]
INSIDE_OPTIONS = re.compile(r"(?P<layer>[A-Za-z]+)[\w\-]*\((?P<options>[^()\n]*)\Z")
BLOCK = re.compile(
    r"(?m)^[ \t#/]*(?P<name>[^\W\d]\w*)[ \t]*(?P<parameters>\([^()=\n]*\))[ \t]*=(?!>)"
)
STARTS_STATEMENT = re.compile(r"(?:^|\n)[ \t]*\w*\Z")
GLUED = ("K", "F")  # written into the layer: CONV3-64


def completion(checked: CheckedText, position: types.Position) -> list[types.CompletionItem]:
    """Return what may be written at a position; nothing outside of networks."""
    offset = checked.units.offset(position)
    text = checked.text
    start = start_of_network(checked, offset)
    if start is None or "#" in text[text.rfind("\n", 0, offset) + 1 : offset]:
        return []
    before = text[start:offset]
    options = INSIDE_OPTIONS.search(before)
    if options is not None:
        kind = ALIASES.get(options["layer"].upper())
        if kind is not None:
            return list(option_items(kind, options["options"]))
    items = [*layer_items(), *block_items(text)]
    if STARTS_STATEMENT.search(before):
        items += zoo_items()
    return items


def start_of_network(checked: CheckedText, offset: int) -> int | None:
    """Return where the text with networks around an offset begins; None if there is none.

    All of a .cnn file is such a text, and in other files what is marked.
    """
    if checked.name.endswith(".cnn"):
        return 0
    for excerpt in checked.document.excerpts():
        begin, end = excerpt.extent
        if begin <= offset <= end + 1:
            return begin
    return None


def option_items(kind: str, written: str) -> Iterator[types.CompletionItem]:
    """Yield the options of a layer that are not written yet."""
    used = {part.partition("=")[0].strip() for part in written.split(",")[:-1]}
    for option, reader in KINDS[kind].reads.items():
        if option not in used and option not in GLUED:
            flag = "=no" if reader == "flag" else "="
            yield types.CompletionItem(
                label=f"{option}{flag}",
                kind=types.CompletionItemKind.Property,
                detail=f"{kind}: {reader}",
            )


def layer_items() -> Iterator[types.CompletionItem]:
    """Yield the layers and joins."""
    for kind in KINDS:
        yield types.CompletionItem(label=kind, kind=types.CompletionItemKind.Class)
    for join in (*JOINS, "OUTPUT"):
        yield types.CompletionItem(
            label=f"{join}{{...}}",
            kind=types.CompletionItemKind.Struct,
            insert_text=f"{join}{{",
            filter_text=join,
        )


def block_items(text: str) -> Iterator[types.CompletionItem]:
    """Yield the blocks that a text defines."""
    for name, parameters in dict(BLOCK.findall(text)).items():
        yield types.CompletionItem(
            label=f"{name}{parameters}",
            kind=types.CompletionItemKind.Function,
            insert_text=f"{name}(",
            filter_text=name,
        )


def zoo_items() -> Iterator[types.CompletionItem]:
    """Yield the published networks that ship with cnnsize."""
    for name in index():
        yield types.CompletionItem(
            label=name,
            kind=types.CompletionItemKind.Module,
            detail="network of the zoo",
            data={"zoo": name},
        )


def resolved(item: types.CompletionItem) -> types.CompletionItem:
    """Return an item with what takes longer to find: the text of a network of the zoo."""
    name = item.data.get("zoo") if isinstance(item.data, dict) else None
    if isinstance(name, str) and name in index():
        item.insert_text = text_of(name).rstrip()
        item.documentation = re.sub(r"(?m)^# ?", "", about(name))
    return item
