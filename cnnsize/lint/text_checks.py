"""The rules about how a network is written. They need no sizes: they look at the text, the record
of what was read as what, and the tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cnnsize.language.format import item_text
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import PLAIN, Chain, Ellipsis, Group, Join, LayerNode, end_of
from cnnsize.layers.names import ALIASES
from cnnsize.lint.allowance import Allowance
from cnnsize.lint.rule import Message, Rule
from cnnsize.sizing.letters import bound_letters
from cnnsize.sizing.size import sized
from cnnsize.sizing.totals import sum_costs
from cnnsize.sizing.unrolled import kinds
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Edit, Fix
from cnnsize.text.edits import edited
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

NOTHING: Mapping[str, Any] = MappingProxyType({})


class TextMatch(NamedTuple):
    """One place in the text as written, and what would stand there in canonical text."""

    span: Span
    edits: tuple[Edit, ...] = ()


class TextCheck(NamedTuple):
    find: Callable[[ParsedArchitecture], list[TextMatch]]
    fix: str  # what the edits do, said once for all places
    facts: Mapping[str, str] = MappingProxyType({"count": "integer", "written": "word"})

    def __call__(
        self, rule: Rule, architecture: ParsedArchitecture, allowed: Allowance
    ) -> Iterator[Diagnostic]:
        """One finding a network, at the first place, with one fix for all."""
        places = self.find(architecture)
        if not places:
            return
        span = places[0].span
        facts = {"count": len(places), "written": architecture.text[span.start : span.end].strip()}

        def said(message: Message | None) -> str:
            return "" if message is None else message(facts)

        edits = tuple(edit for place in places for edit in place.edits)
        fixes = fix_of(architecture, self.fix, edits, rule.fix) if allowed.take() else ()
        help = tuple(filter(None, (said(rule.help), *[fix.message for fix in fixes])))
        note = said(rule.note)
        yield Diagnostic(
            rule.code,
            said(rule.message),
            span,
            said(rule.label),
            (),
            (note,) if note else (),
            help,
            fixes,
            None,
            MappingProxyType(dict(facts)),
            rule.severity,  # type: ignore[arg-type]
            rule=None if rule.code.startswith("CNN") else rule.name,
        )


def fix_of(
    architecture: ParsedArchitecture, message: str, edits: tuple[Edit, ...], how: str
) -> tuple[Fix, ...]:
    """The fix, if the text can be read with it; a safe one, if it still says the same network."""
    from cnnsize.reading.document import reread

    if not edits or how == "none":
        return ()
    try:
        again = reread(architecture, edited(architecture.text, edits))
    except ArchitectureError:
        return ()
    if how == "safe" and str(again) != str(architecture) and not same_network(architecture, again):
        return ()
    return (Fix(message, edits, "safe" if how == "safe" else "unsafe"),)


def same_network(one: ParsedArchitecture, other: ParsedArchitecture) -> bool:
    """Have two texts the same layers, sizes and parameters? Of a family nobody knows."""
    try:
        if kinds(one, bound_letters(one)) != kinds(other, bound_letters(other)):
            return False
        first = one.chain.items[0].node
        has_input = isinstance(first, LayerNode) and first.kind == "INPUT"
        a, b = (sized(each, None if has_input else (64, 64, 3)) for each in (one, other))
    except ArchitectureError:
        return False
    return (a.output, sum_costs(a.rows), len(a.problems)) == (
        b.output,
        sum_costs(b.rows),
        len(b.problems),
    )


def chains(architecture: ParsedArchitecture) -> list[Chain]:
    """Every chain of a network: of its blocks, then its own, each before those that stand in it."""
    found: list[Chain] = []

    def inside(chain: Chain) -> None:
        found.append(chain)
        for item in chain.items:
            node = item.node
            if node.__class__ is Group:
                inside(node.chain)
            elif node.__class__ is Join:
                for branch in node.branches:
                    inside(branch)

    for definition in architecture.definitions.values():
        inside(definition.chain)
    inside(architecture.chain)
    return found


ONE_LINE = " -> "
# patterns as text: re compiles and keeps them when a text needs them
GOOD = r"(?m)(?<=\S) -> (?=\S)|^[ \t]*-> (?=\S)|(?<=\S) ->[ \t]*\r?$"
BETWEEN = (
    # a line that begins with the arrow
    r"[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*-> ?"
    r"|[ ]->[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*"  # one that ends with it
)


def arrow_style(architecture: ParsedArchitecture) -> list[TextMatch]:
    """CNN702: what stands between two layers, unless it is `` -> `` or the same with a line
    break.
    """
    text = architecture.text
    if architecture.map is None and text.count("->") == (
        text.count(ONE_LINE) if "\n" not in text else len(re.findall(GOOD, text))
    ):
        return []
    found: list[TextMatch] = []
    arrows = {span.start for span, _, read in architecture.readings if read == "->"}
    for chain in chains(architecture):
        for one, following in zip(chain.items, chain.items[1:], strict=False):
            start, end = (
                architecture.original(Span(one.start, end_of(one))).end,
                architecture.original(following.span).start,
            )
            between = text[start:end]
            if between == ONE_LINE or re.fullmatch(BETWEEN, between):
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
            found.append(TextMatch(span, edits))
    return sorted(found)


def layer_case(architecture: ParsedArchitecture) -> list[TextMatch]:
    """CNN701: a layer that is written as canonical text has it but for the case."""
    return [
        TextMatch(span, (Edit(span, read),))
        for span, written, read in architecture.readings
        if written != read and written.upper() == read.upper()
    ]


def layer_alias(architecture: ParsedArchitecture) -> list[TextMatch]:
    """CNN703: another name for a layer."""
    found: list[TextMatch] = []
    for span, written, read in architecture.readings:
        kind = re.match(r"[A-Z]+[0-9]?[A-Z]*", read)
        name = alias_of(written)
        if (
            kind is not None
            and name is not None
            and " -> " not in read
            and read.startswith(ALIASES[name])
        ):
            found.append(TextMatch(span, (Edit(span, read),)))
    return found


def alias_of(written: str) -> str | None:
    """The longest name at the beginning of what was written, if it is not a canonical one."""
    key = squeeze(written)
    for end in range(min(len(key), 32), 0, -1):
        if key[:end] in ALIASES:
            return key[:end] if ALIASES[key[:end]] != key[:end] else None
    return None


def redundant_brackets(architecture: ParsedArchitecture) -> list[TextMatch]:
    """CNN704: brackets without a count, and a count of one."""
    found: list[TextMatch] = []
    text = architecture.text
    for chain in chains(architecture):
        for item in chain.items:
            suffix = item.suffix
            if suffix is PLAIN and item.node.__class__ is not Group:
                continue
            once = suffix.repeat == 1 and isinstance(suffix.repeat, int)
            if (
                suffix.optional
                or suffix.values
                or suffix.declared is not None
                or (suffix.repeat is not None and not once)
            ):
                continue
            edits: list[Edit] = []
            if isinstance(item.node, Group):
                for at in (item.start, item.end - 1):
                    span = architecture.original(Span(at, at + 1))
                    if text[span.start : span.end] in ("[", "]", "(", ")", "{", "}"):
                        edits.append(Edit(span, ""))
                if len(edits) != 2:
                    edits = []
            elif not once:
                continue
            if once:
                assert suffix.count_span is not None
                count = architecture.original(suffix.count_span)
                if isinstance(item.node, Group) and not edits:
                    continue
                edits.append(Edit(count, ""))
            span = architecture.original(Span(item.start, end_of(item)))
            found.append(TextMatch(span, tuple(edits)))
    return sorted(found)


def unrolled_repetition(architecture: ParsedArchitecture) -> list[TextMatch]:
    """CNN705: three or more equal pieces in a row, the shortest piece first."""
    found: list[TextMatch] = []
    text = architecture.text
    for chain in chains(architecture):
        texts = [item_text(item) for item in chain.items]
        at = 0
        while at < len(texts):
            period, count = _run(texts, at)
            if count < 3:
                at += 1
                continue
            items = chain.items[at : at + period * count]
            span = architecture.original(Span(items[0].start, end_of(items[-1])))
            body = architecture.original(Span(items[0].start, end_of(items[period - 1])))
            edits: tuple[Edit, ...] = ()
            if "#" not in text[span.start : span.end]:
                written = text[body.start : body.end]
                bare = (
                    period == 1
                    and items[0].suffix == PLAIN
                    and not isinstance(items[0].node, Ellipsis)
                )
                edits = (Edit(span, f"{written}*{count}" if bare else f"[{written}]*{count}"),)
            found.append(TextMatch(span, edits))
            at += period * count
    return sorted(found)


def _run(texts: list[str], at: int) -> tuple[int, int]:
    """(length of a piece, how often it stands in a row) of the longest run that begins here."""
    best = (1, 1)
    for period in range(1, min(LONGEST, (len(texts) - at) // 3) + 1):
        count = 1
        while texts[at + period * count : at + period * (count + 1)] == texts[at : at + period]:
            count += 1
        if count >= 3 and period * count > best[0] * best[1]:
            best = period, count
    return best


def zero_repetition(architecture: ParsedArchitecture) -> list[TextMatch]:
    """CNN311: a count of 0, written as a number."""
    found: list[TextMatch] = []
    if architecture.map is None and "*0" not in architecture.text and "* " not in architecture.text:
        return found
    for chain in chains(architecture):
        for at, item in enumerate(chain.items):
            suffix = item.suffix
            if suffix.repeat.__class__ is int and suffix.repeat == 0:
                assert suffix.count_span is not None
                span = architecture.original(suffix.count_span)
                whole = architecture.original(Span(item.start, end_of(item)))
                edits: tuple[Edit, ...] = ()
                if at:
                    before = architecture.original(
                        Span(chain.items[at - 1].start, end_of(chain.items[at - 1]))
                    )
                    if "#" not in architecture.text[before.end : whole.end]:
                        edits = (Edit(Span(before.end, whole.end), ""),)
                found.append(TextMatch(span, edits))
    return sorted(found)


LONGEST = 64  # layers of a piece that is looked for
CHECKS: dict[str, TextCheck] = {
    "layer_case": TextCheck(layer_case, "write layers in upper case"),
    "arrow_style": TextCheck(arrow_style, "write ` -> `"),
    "layer_alias": TextCheck(layer_alias, "write the layers' own names"),
    "redundant_brackets": TextCheck(redundant_brackets, "leave the brackets out"),
    "unrolled_repetition": TextCheck(unrolled_repetition, "write it once, with a count"),
    "zero_repetition": TextCheck(zero_repetition, "leave it out"),
}
