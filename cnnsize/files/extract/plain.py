"""Any text file: networks in comments that a marker announces, and networks that nothing marks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from cnnsize.files.extract import markers, prose
from cnnsize.files.extract.excerpt import Excerpt, Spans, switched_off, unmarked_excerpt
from cnnsize.text.span import Span
from cnnsize.text.view import View


def extract(text: str, unmarked: Collection[str] = ()) -> list[Excerpt]:
    """Return the networks of a text whose format is not known."""
    return with_inline_networks(text, [], unmarked)


def _whole(text: str) -> list[View]:
    return [View.of(text)]


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
        taken = Spans(excerpt.extent for excerpt in excerpts)
        for view in views(text):
            for span in prose.find(view.text):
                excerpt = unmarked_excerpt(view.part(span), "raw")
                if not taken.contains(excerpt.announcement.start):
                    excerpts.append(excerpt)
    off = switched_off(text, examples)
    return [excerpt for excerpt in excerpts if not off.contains(excerpt.announcement.start)]
