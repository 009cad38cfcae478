"""The rules about how a network is written. They need no sizes: they look at the text, the record of what was
read as what, and the tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cnnsize.architecture import Architecture
from cnnsize.diagnostic import Diagnostic, Edit, Fix
from cnnsize.rule import Message, Rule
from cnnsize.source import Span
from cnnsize.syntax.tree import Chain, Group, Item, Join

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Place(NamedTuple):
    """One place in the text as written, and what would stand there in canonical text."""

    span: Span
    edits: tuple[Edit, ...] = ()


class TextCheck(NamedTuple):
    find: Callable[[Architecture], list[Place]]
    fix: str  # what the edits do, said once for all places
    facts: Mapping[str, str] = MappingProxyType({"count": "integer", "written": "word"})

    def __call__(self, rule: Rule, architecture: Architecture) -> Iterator[Diagnostic]:
        """One finding a network, at the first place, with one fix for all."""
        places = self.find(architecture)
        if not places:
            return
        span = places[0].span
        facts = {"count": len(places), "written": architecture.text[span.start : span.end].strip()}

        def said(message: Message | None) -> str:
            return "" if message is None else message(facts)

        fixes = fix_of(architecture, self.fix, tuple(edit for place in places for edit in place.edits), rule.fix)
        help = tuple(filter(None, (said(rule.help), *[fix.message for fix in fixes])))
        note = said(rule.note)
        yield Diagnostic(
            rule.code, said(rule.message), span, said(rule.label), (), (note,) if note else (), help, fixes,
            None, MappingProxyType(dict(facts)), rule.severity,  # type: ignore[arg-type]
            rule=None if rule.code.startswith("CNN") else rule.name,
        )  # fmt: skip


def fix_of(architecture: Architecture, message: str, edits: tuple[Edit, ...], how: str) -> tuple[Fix, ...]:
    """The fix, if the text still says the same network with it."""
    from cnnsize.diagnostic import ArchitectureError
    from cnnsize.parse import reread

    if not edits or how not in ("safe", "unsafe"):
        return ()
    text = edited(architecture.text, edits)
    try:
        again = reread(architecture, text)
        same = again.kinds() == architecture.kinds()
    except ArchitectureError:  # a family has no one list of layers: its text must be the same
        try:
            same = str(reread(architecture, text)) == str(architecture)
        except ArchitectureError:
            return ()
    if not same and how == "safe":
        return ()
    return (Fix(message, edits, "safe" if how == "safe" else "unsafe"),)


def edited(text: str, edits: tuple[Edit, ...]) -> str:
    """The text with edits made, which do not overlap."""
    for edit in sorted(edits, key=lambda one: one.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def chains(architecture: Architecture) -> Iterator[Chain]:
    """Every chain of a network: of its blocks, then its own, each before those that stand in it."""

    def inside(chain: Chain) -> Iterator[Chain]:
        yield chain
        for item in chain.items:
            node = item.node
            if isinstance(node, Group):
                yield from inside(node.chain)
            elif isinstance(node, Join):
                for branch in node.branches:
                    yield from inside(branch)

    for definition in architecture.definitions.values():
        yield from inside(definition.chain)
    yield from inside(architecture.chain)


def end_of(item: Item) -> int:
    """Where an item ends, its count and its declared shape included."""
    suffix = item.suffix
    return max(item.end, *(span.end for span in (suffix.count_span, suffix.declared_span) if span is not None), item.end)


ONE_LINE = " -> "
BROKEN_LINE = re.compile(r"[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*-> ?|[ ]->[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*")


def arrow_style(architecture: Architecture) -> list[Place]:
    """CNN702: what stands between two layers, unless it is `` -> `` or the same with a line break."""
    text = architecture.text
    if architecture.map is None and text.count("->") == text.count(ONE_LINE) and "\n" not in text:
        return []
    found: list[Place] = []
    arrows = {span.start for span, _, read in architecture.readings if read == "->"}
    for chain in chains(architecture):
        for one, following in zip(chain.items, chain.items[1:], strict=False):
            start, end = architecture.original(Span(one.start, end_of(one))).end, architecture.original(following.span).start
            between = text[start:end]
            if between == ONE_LINE or BROKEN_LINE.fullmatch(between):
                continue
            arrow = re.search(r"\S(?:.*\S)?", between, re.DOTALL)
            if arrow is None:
                continue  # two layers that were one word: no arrow was written
            span = Span(start + arrow.start(), start + arrow.end())
            if arrow[0] != "->" and span.start not in arrows:
                continue  # FC (Softmax): a bracket, and no arrow
            edits: tuple[Edit, ...] = ()
            if "\n" not in between and "#" not in between and "//" not in between:
                edits = (Edit(Span(start, end), ONE_LINE),)
            found.append(Place(span, edits))
    return sorted(found)


CHECKS: dict[str, TextCheck] = {
    "arrow_style": TextCheck(arrow_style, "write ` -> `"),
}

