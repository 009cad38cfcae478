"""The networks and blocks of a text, as an editor lists and folds them."""

from __future__ import annotations

from lsprotocol import types

from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.language.tree import Call, Group, Join, LayerNode, all_items
from cnnsize.lsp.checked import CheckedText
from cnnsize.lsp.units import key
from cnnsize.report.texts import numbered
from cnnsize.text.english import shortened
from cnnsize.text.span import Span

MAX_LABEL = 60  # characters of the text of a network in the list
KINDS = {
    Group: types.SymbolKind.Array,
    Join: types.SymbolKind.Struct,
    Call: types.SymbolKind.Function,
}


def symbols(checked: CheckedText) -> list[types.DocumentSymbol]:
    """Return the blocks and networks of a text in order, with the parts that have parts."""
    blocks = [
        types.DocumentSymbol(
            name=head.name,
            kind=types.SymbolKind.Function,
            range=checked.range_of(*head.statement),
            selection_range=checked.range_of(*head.span),
        )
        for head in checked.lexed.heads
        if head.is_block
    ]
    networks = [network_symbol(item, checked) for item in numbered(checked.texts.architectures)]
    return sorted([*blocks, *networks], key=lambda symbol: key(symbol.range.start))


def network_symbol(
    network: ParsedArchitecture | Failed, checked: CheckedText
) -> types.DocumentSymbol:
    """Return a network with its joins, repetitions and calls."""
    source = network.source
    statement = source.text[source.begin :].rstrip()
    place = checked.units.range(source, Span(source.begin, source.begin + len(statement)))
    children: list[types.DocumentSymbol] = []
    if isinstance(network, ParsedArchitecture):
        for item in all_items(network.chain):
            if isinstance(item.node, LayerNode):
                continue
            span, written = network.piece(item.span)
            inner = checked.units.range(source, span)
            children.append(
                types.DocumentSymbol(
                    name=label(written) or "...",
                    kind=KINDS.get(type(item.node), types.SymbolKind.Object),
                    range=inner,
                    selection_range=inner,
                )
            )
    return types.DocumentSymbol(
        name=network.name or label(statement) or "network",
        kind=types.SymbolKind.Class,
        range=place,
        selection_range=types.Range(start=place.start, end=place.start),
        children=children,
    )


def label(text: str) -> str:
    """Return a text on one line, shortened."""
    return shortened(" ".join(text.split()), MAX_LABEL)


def folds(checked: CheckedText) -> list[types.FoldingRange]:
    """Return the networks and blocks that take several lines."""
    places = [symbol.range for symbol in symbols(checked)]
    return [
        types.FoldingRange(start_line=place.start.line, end_line=place.end.line)
        for place in places
        if place.end.line > place.start.line
    ]
