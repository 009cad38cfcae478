"""Search the lines of a text for chains of layers, and for those with unknown layers among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnnsize.files.extract.chain_scanner import Scanner
from cnnsize.files.extract.foreign_words import with_names_apart
from cnnsize.files.extract.found_chain import FoundChain
from cnnsize.files.extract.surroundings import is_apart, is_other_layer
from cnnsize.language.informal.names import find_layer_name
from cnnsize.language.informal.tokens import OPENING, is_symbol, tokenize
from cnnsize.language.informal.translation import narrowed, translated
from cnnsize.layers.names import NOT_OURS
from cnnsize.record import replace
from cnnsize.text.suggest import squeeze

MAX_RUN = 64  # layers of a run of chains that unknown layers join
MAX_UNKNOWN = 8  # tokens between two arrows that name no layer


class Unknown(NamedTuple):
    """Words between two arrows that name no layer."""

    span: tuple[int, int]
    stop: int  # the index of the token after the arrow that follows


def search(text: str) -> Iterator[FoundChain]:
    """Yield the chains in some lines of a text.

    One without items is a network of which no part is one by itself, for its unknown layers.
    """
    text = with_names_apart(text)
    narrow = narrowed(text)
    scanner = Scanner(narrow, translated(tokenize(narrow)))
    index = 0
    run = FoundChain((), frozenset())  # chains that unknown layers join, none of them a network
    unknown: Unknown | None = None  # after the last chain
    while index < len(scanner.tokens):
        if not scanner.may_begin(index):
            index += 1
            continue
        chain, stop = scanner.read_chain(index, 0)
        if chain is not None and is_other_layer(text, chain.start):
            chain = chain.without_first()
        if unknown is None or unknown.stop != index:
            run = FoundChain((), frozenset())
        unknown = unknown_after(scanner, stop) if chain is not None else None
        span = None if unknown is None else unknown.span
        if chain is not None and not is_apart(text, chain.start, chain.end):
            chain = chain.without_last() or chain  # softmax-CE
        if chain is not None and chain.is_network() and is_apart(text, chain.start, chain.end):
            if run.unknown is not None:
                yield replace(run, items=())
            yield replace(chain, unknown=span)
            unknown = None
        elif chain is not None:
            items = (run.items + chain.items)[-MAX_RUN:]
            run = FoundChain(items, run.links | chain.links | {"arrow"}, run.unknown or span)
            if unknown is None and run.unknown is not None and run.is_clear():
                yield replace(run, items=())
            opens_bracket = is_symbol(scanner.tokens[index], OPENING)
            if opens_bracket and (len(chain.items) == 1 or chain.links == {"sum"}):
                stop, unknown = index + 1, None  # there may be a chain in the brackets
        index = max(stop, index + 1) if unknown is None else unknown.stop


def unknown_after(scanner: Scanner, index: int) -> Unknown | None:
    """Return what is between a chain and the next arrow and names no layer; None if nothing is."""
    link, begin = scanner.read_link(index)
    signs = "" if not link else "()[]{},-/*@"  # words only, as in: pool, and then -> fc
    end = begin
    while end < len(scanner.tokens) and end < begin + MAX_UNKNOWN:
        token = scanner.tokens[end]
        is_value = bool(link) and token.kind in ("number", "size", "times")
        if token.kind != "word" and not is_value and not is_symbol(token, signs):
            break
        if find_layer_name(scanner.tokens, end) is not None:
            return None
        end += 1
    if link not in ("", "arrow") or end == begin:
        return None
    after, stop = scanner.read_link(end)
    if after != "arrow" and squeeze(scanner.tokens[begin].text) not in NOT_OURS:
        return None
    while stop < len(scanner.tokens) and scanner.tokens[stop].kind == "dots":
        stop = scanner.read_link(stop + 1)[1]
    last = begin if after != "arrow" else end - 1
    return Unknown((scanner.tokens[begin].start, scanner.tokens[last].end), stop)
