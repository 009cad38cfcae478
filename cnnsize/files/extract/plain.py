"""Any text file: networks in comments that a marker announces, and networks that nothing marks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from cnnsize.files.extract import markers
from cnnsize.files.extract.excerpt import (
    Excerpt,
    Spans,
    apart_from,
    not_read,
    switched_off,
    unmarked_excerpt,
)
from cnnsize.text.span import Span
from cnnsize.text.view import View


def extract(text: str, unmarked: Collection[str] = ()) -> list[Excerpt]:
    """Return the networks of a text whose format is not known."""
    return with_inline_networks(text, [], unmarked)


def _whole(text: str) -> list[View]:
    return [View.of(text)]


def _overlap(first: Span, second: Span) -> bool:
    return first.start < second.end and second.start < first.end


def find_unmarked(
    view: View, spans: Iterable[tuple[int, int]], taken: list[Excerpt], kind: str
) -> list[Excerpt]:
    """Return the networks in some spans of a text, and the chains in the rest of it.

    What shares text with ``taken`` is left out.
    """
    from cnnsize.files.extract import chains  # late: it loads the informal reader

    parts = list(chains.find(view))
    chain_excerpts = [
        unmarked_excerpt(part.view, "chain")._replace(is_cut=part.is_cut)
        for part in parts
        if not part.note
    ]
    notes: list[Excerpt] = []
    for part in parts:
        note = not_read(part.view, part.note) if part.note else None
        if note is not None and not (notes and _overlap(notes[-1].extent, note.extent)):
            notes.append(note)
    chains_by_start = {chain.extent.start: chain for chain in chain_excerpts}
    networks: list[Excerpt] = []
    for span in spans:
        network = unmarked_excerpt(view.part(span), kind)
        chain = chains_by_start.get(network.extent.start)
        if chain is not None and chain.extent.end >= network.extent.end:
            network = chain._replace(kind=kind)  # informal text, which only the reader delimits
        networks.append(network)
    excerpts = list(apart_from(taken, networks))
    excerpts += apart_from([*taken, *excerpts], chain_excerpts)
    return [*excerpts, *apart_from([*taken, *excerpts], notes)]


def with_inline_networks(
    text: str,
    blocks: list[Excerpt],
    unmarked: Collection[str],
    *,
    examples: Iterable[Span] = (),
    marker_allowed: Callable[[int], bool] = lambda offset: True,
    views: Callable[[str], Iterable[View]] = _whole,
) -> list[Excerpt]:
    """Return the blocks of a text together with its inline networks, without what is switched off.

    ``examples`` are the spans of all code blocks, in which a switch has no effect.
    ``marker_allowed`` tells whether a marker at an offset counts. With ``raw``, networks that
    nothing marks are searched in ``views``, such as the strings of JSON.
    """
    bodies = Spans(block.extent for block in blocks)
    excerpts = list(blocks)
    for marker in markers.find(text):
        offset = marker.announcement.start
        if not bodies.contains(offset) and marker_allowed(offset):
            excerpts.append(marker)
    if "raw" in unmarked:
        from cnnsize.files.extract import prose  # late: asked for explicitly

        for view in views(text):
            excerpts += find_unmarked(view, prose.find(view.text), excerpts, "raw")
    off = switched_off(text, examples)
    return [excerpt for excerpt in excerpts if not off.contains(excerpt.announcement.start)]
