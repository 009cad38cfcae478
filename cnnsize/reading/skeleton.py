"""Parse a text that differs from earlier ones only in its numbers.

A search of architectures writes the same text again and again, with other widths, counts and
arguments of blocks. The *skeleton* of a text is the text without these numbers. The first texts of a
skeleton are parsed and one of them is planned; every later one is the plan with its numbers, without
grammar, blocks and checks. ``parse_one`` parses everything else, and the result is always what it
returns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cnnsize.cached import cached
from cnnsize.language.layers import layers_by_width
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.parser import STATEMENT_HEAD
from cnnsize.language.tree import (
    PLAIN,
    Call,
    Chain,
    Group,
    Item,
    Join,
    LayerNode,
    Statement,
    Suffix,
)
from cnnsize.reading.document import parse_one
from cnnsize.record import NamedTuple, copier
from cnnsize.text.source import Source
from cnnsize.text.span import Span

# Numbers that may change, with the sign before them. A parenthesis after a capital letter belongs to
# a layer, as in GN(32).
WIDTH = re.compile(r"(-[0-9]{1,17})(?![\w.])")
WIDTH_COUNT_OR_ARGUMENTS = re.compile(r"([-*(](?<![A-Z]\()[0-9]{1,17}(?:, [0-9]{1,17})*)(?![\w.])")
DIGITS = b"0123456789"
MAX_CHARACTERS = 16_384  # of a text with a plan


class _UnlikeError(Exception):
    """A number has no place in a plan, or the plan no place for it."""


class _Part(NamedTuple):
    """An item of the text that was planned, and what of it changes with the numbers."""

    item: Item
    # of a layer, its Widths; of a call, the length of its numbers; of a group or a join, the plans of
    # its chains; None for nothing
    change: Any
    is_counted: bool


class _Plan(NamedTuple):
    """A chain of the text that was planned."""

    parts: tuple[_Part, ...]
    chain: Chain  # with the numbers of the text that was planned


class _Skeleton:
    """What is known of the texts of one skeleton."""

    __slots__ = ("is_stripped", "parsed", "plan", "texts")

    def __init__(self) -> None:
        self.texts = 0  # that were parsed
        self.plan: _Plan | None = None
        # of the text that was planned
        self.parsed: ParsedArchitecture | None = None
        self.is_stripped = False  # the text of its network is without the spaces around it


@cached(64)
def _skeleton(_text: str) -> _Skeleton:
    """Return the skeleton with a text, in which each number is 0."""
    return _Skeleton()


@cached(128)
def _alike(_hash: int) -> list[None]:
    """Return a list that has an entry once a text was parsed whose other characters have this hash.

    Most texts like no other are told from the rest by it, in a tenth of the time of a skeleton.
    """
    return []


def parse_text(text: str, *, name: str | None = None) -> ParsedArchitecture:
    """Parse a text and return its network, as ``parse_one`` does. Raises ArchitectureError."""
    if name is not None or text.__class__ is not str or len(text) > MAX_CHARACTERS:
        return parse_one(text, name=name)
    alike = _alike(hash(text.encode("utf-8", "surrogatepass").translate(None, DIGITS)))
    if not alike:
        alike.append(None)
        return parse_one(text)
    begin = 0
    if "\n" in text:
        if STATEMENT_HEAD.match(text, len(text) - len(text.lstrip())) is None:
            return parse_one(text)
        # the network, whose blocks are defined before it
        begin = text.rfind("\n", 0, max(0, text.find("INPUT"))) + 1
    written = text[begin:]
    widths_only = begin == 0 and "*" not in text  # split in half of the time
    pattern = WIDTH if widths_only else WIDTH_COUNT_OR_ARGUMENTS
    pieces = pattern.split(written)
    numbers = pieces[1::2]
    pieces[1::2] = ["-0"] * len(numbers) if widths_only else map(_zeros, numbers)
    skeleton = _skeleton(text[:begin] + "".join(pieces))
    if skeleton.plan is not None:
        try:
            return _parsed_with(skeleton, written, numbers)
        except _UnlikeError:
            return parse_one(text)
    parsed = parse_one(text)
    skeleton.texts += 1
    if skeleton.texts == 2:
        _make_plan(skeleton, written, parsed, pattern)
    return parsed


def _zeros(numbers: str) -> str:
    """Return numbers of a text as 0, with the sign before them and with all commas."""
    return f"{numbers[0]}0{', 0' * numbers.count(',')}"


def _make_plan(
    skeleton: _Skeleton, written: str, parsed: ParsedArchitecture, pattern: re.Pattern[str]
) -> None:
    """Plan the texts of a skeleton by one of them, where every number has a place in its tree."""
    begin = parsed.source.begin
    own = parsed.source.text[begin:]
    is_strict = parsed.map is None and not parsed.lines_join and not parsed.statement.where
    if not is_strict or own not in (written, written.strip()):
        return
    numbers = (Span(*match.span(1)).shifted(begin) for match in pattern.finditer(own))
    try:
        plan = _plan(parsed.chain, numbers)
    except _UnlikeError:
        return
    if next(numbers, None) is None:
        skeleton.parsed, skeleton.is_stripped = parsed, own != written
        skeleton.plan = plan  # last: another thread may wait for it


def _plan(chain: Chain, numbers: Iterator[Span]) -> _Plan:
    """Return the plan of a chain. Takes its numbers, each with its sign, and raises _UnlikeError where
    they have other places.
    """
    parts: list[_Part] = []
    for item in chain.items:
        node, start, end, suffix = item
        change: Any = None
        if isinstance(node, LayerNode):
            if node.prototype is not None:
                width = node.span_of("size")
                _take(numbers, start + width.start - 1, start + width.end)
                change = layers_by_width((node.text[: width.start - 1], node.text[width.end :]))
        elif isinstance(node, Call):
            if node.arguments:
                opened = start + len(node.name)
                _take(numbers, opened, end - 1)
                change = end - 1 - opened
        elif isinstance(node, Group):
            change = (_plan(node.chain, numbers),)
        elif isinstance(node, Join):
            change = tuple([_plan(branch, numbers) for branch in node.branches])
        else:
            raise _UnlikeError
        if suffix is not PLAIN:
            if suffix.count_span is None or suffix != Suffix(
                suffix.repeat, count_span=suffix.count_span
            ):
                raise _UnlikeError
            _take(numbers, *suffix.count_span)
        parts.append(_Part(item, change, suffix is not PLAIN))
    return _Plan(tuple(parts), chain)


def _take(numbers: Iterator[Span], start: int, end: int) -> None:
    """Take the next number. Raises _UnlikeError where it has another place."""
    if next(numbers, None) != (start, end):
        raise _UnlikeError


def _parsed_with(skeleton: _Skeleton, written: str, numbers: list[str]) -> ParsedArchitecture:
    """Return the network of a skeleton with these numbers.

    Raises _UnlikeError for a number that its place cannot have.
    """
    parsed, plan = skeleton.parsed, skeleton.plan
    assert parsed is not None and plan is not None
    chain, _ = _chain_with(plan, iter(numbers), 0)
    source, statement = parsed.source, parsed.statement
    own = written.strip() if skeleton.is_stripped else written
    source = Source(source.text[: source.begin] + own, *source[1:])
    statement = Statement(statement.name, None, chain, (), statement.open_fc)
    changed: ParsedArchitecture = copier(ParsedArchitecture, "source", "statement")(
        parsed, source, statement
    )
    return changed


def _chain_with(plan: _Plan, numbers: Iterator[str], shift: int) -> tuple[Chain, int]:
    """Return the chain of a plan with its numbers, and by how much the text after it has moved.

    ``shift`` is by how much its beginning has. Raises _UnlikeError as ``_parsed_with`` does.
    """
    span = plan.chain.span
    if not plan.parts:  # ID
        return (Chain((), span.shifted(shift)) if shift else plan.chain), shift
    items: list[Item] = []
    append, new = items.append, tuple.__new__
    begin = span.start + shift
    for item, change, is_counted in plan.parts:
        if change is None and not is_counted and not shift:
            append(item)
            continue
        node: Any
        node, start, end, suffix = item
        start += shift
        if change is None:
            pass
        elif node.__class__ is LayerNode:
            node = change[next(numbers)]
            if node is None:
                raise _UnlikeError
            shift = start + len(node.text) - end
        elif node.__class__ is Call:
            number = next(numbers)
            node = new(Call, (node.name, tuple(map(int, number[1:].split(", ")))))
            shift += len(number) - change
        elif node.__class__ is Group:
            chain, shift = _chain_with(change[0], numbers, shift)
            node = new(Group, (chain,))
        else:
            branches: list[Chain] = []
            for branch in change:
                chain, shift = _chain_with(branch, numbers, shift)
                branches.append(chain)
            node = new(Join, (node.op, tuple(branches)))
        end += shift
        if is_counted:
            suffix, shift = _count_with(suffix, next(numbers), shift)
        append(new(Item, (node, start, end, suffix)))
    span = new(Span, (begin, items[-1].end))
    return new(Chain, (tuple(items), span)), shift


def _count_with(suffix: Suffix, number: str, shift: int) -> tuple[Suffix, int]:
    """Return a suffix with another count, and by how much the text after it has moved."""
    old = suffix.count_span
    assert old is not None
    span = Span(old.start + shift, old.start + shift + len(number))
    return tuple.__new__(Suffix, (int(number[1:]), False, None, span, None, ())), span.end - old.end
