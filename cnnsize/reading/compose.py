"""Put the blocks that a network calls into its own text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Domain, Statement, shifted_chain
from cnnsize.record import replace
from cnnsize.text.source import Source
from cnnsize.text.span import Piece, PieceMap, Span, Stretch

MovedBlocks = dict[tuple[str, int], Statement]  # by name and offset in the text


def shifted_statement(statement: Statement, by: int) -> Statement:
    """Return a statement with all spans moved by an offset."""
    where = tuple(
        Domain(domain.name, domain.values, domain.span.shifted(by)) for domain in statement.where
    )
    return statement._replace(chain=shifted_chain(statement.chain, by), where=where)


def head_of(source: Source) -> Span:
    """Return the span of ``name(parameters)`` in a definition."""
    head = re.match(r"\s*([^\W\d]\w*\s*\([^()=]*\))", source.text)
    return Span(*head.span(1)) if head else Span(0, len(source.text))


def compose(
    network: ParsedArchitecture, blocks: Sequence[ParsedArchitecture], moved_blocks: MovedBlocks
) -> ParsedArchitecture:
    """Return the network with the definitions of its blocks before it, each on its own line.

    ``moved_blocks`` caches definitions with moved spans for the networks of one document.
    """
    if not blocks:
        return network
    parts = (*blocks, network)
    places: list[Stretch] = []
    in_cell: list[Stretch] = []
    pieces: list[Piece] = []
    readings = []
    defaults = []
    definitions: dict[str, Statement] = {}
    # where the next part begins, in the text that was parsed and in the text as written
    strict = written = 0
    mapped = any(part.map is not None for part in parts)
    for part in parts:
        source = part.source
        begin = written
        places += _shifted(source.stretches(), written)
        in_cell += _shifted(source.cell.parts if source.cell else (), written)
        if part.map is None:
            pieces.append(Piece(strict, Span(written, written + len(source.text)), True))
        else:
            pieces += part.map.moved(strict, written)
        readings += [
            (span.shifted(written), before, after) for span, before, after in part.readings
        ]
        defaults += [(span.shifted(written), default) for span, default in part.framework_defaults]
        if part is network:
            statement = shifted_statement(network.statement, strict)
        else:
            key = (part.name or "", strict)
            if key not in moved_blocks:
                moved_blocks[key] = shifted_statement(part.statement, strict)
            definitions[key[0]] = moved_blocks[key]
        written += len(source.text) + 1
        strict = max(strict + _parsed_length(part) + 1, written) if mapped else written
    return replace(
        network,
        source=network.source._replace(
            text="\n".join([part.source.text for part in parts]),
            parts=tuple(places),
            begin=begin,
            cell=network.source.cell and replace(network.source.cell, parts=tuple(in_cell)),
        ),
        statement=statement,
        map=PieceMap(pieces) if mapped else None,
        readings=tuple(readings),
        framework_defaults=tuple(defaults),
        notes=tuple(note for part in parts for note in part.notes),
        definitions=definitions,
    )


def _shifted(parts: Sequence[Stretch], by: int) -> list[Stretch]:
    return [replace(part, start=part.start + by) for part in parts]


def _parsed_length(part: ParsedArchitecture) -> int:
    """Return how many characters of parsed text the spans of a statement may cover."""
    ends = [domain.span.end for domain in part.statement.where]
    return max(len(part.source.text), part.chain.span.end, *ends)
