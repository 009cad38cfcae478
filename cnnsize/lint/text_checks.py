"""Check how a network is written.

These rules need no sizes: they look at the text, at how each word of it was read, and at the tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from cnnsize.language.format import item_text
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import PLAIN, Chain, Ellipsis, Group, Item, LayerNode, Suffix, end_of
from cnnsize.layers.names import ALIASES
from cnnsize.lint.allowance import FindingAllowance
from cnnsize.lint.rule import Message, Rule
from cnnsize.lint.written import chains
from cnnsize.record import NamedTuple, Record
from cnnsize.sizing.letters import bound_letters, free_letters
from cnnsize.sizing.size import sized
from cnnsize.sizing.totals import sum_costs
from cnnsize.sizing.unrolled import kinds
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Edit, Fix
from cnnsize.text.edits import apply_edits
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

MAX_PERIOD = 64  # layers of a repeated piece
ANY_INPUT = (64, 64, 3)  # W x H x D, to compare networks without INPUT


class TextMatch(NamedTuple):
    """One place in the text as written, and the edits that make it canonical."""

    span: Span
    edits: tuple[Edit, ...] = ()


class TextCheck(Record):
    """A check of the text, the message of its fix, and the facts that it adds with their kinds."""

    find: Callable[[ParsedArchitecture], list[TextMatch]]
    fix: str
    facts: Mapping[str, str] = MappingProxyType({"count": "integer", "written": "word"})

    def __call__(
        self, rule: Rule, architecture: ParsedArchitecture, allowance: FindingAllowance
    ) -> Iterator[Diagnostic]:
        """Yield at most one diagnostic: at the first place, with one fix for all places."""
        places = self.find(architecture)
        if not places:
            return
        span = places[0].span
        facts = {"count": len(places), "written": architecture.text[span.start : span.end].strip()}

        def render(message: Message | None) -> str:
            return "" if message is None else message(facts)

        edits = tuple(edit for place in places for edit in place.edits)
        fixes = verified_fixes(architecture, self.fix, edits, rule.fix) if allowance.take() else ()
        note = render(rule.note)
        yield Diagnostic(
            rule.code,
            render(rule.message),
            span,
            render(rule.label),
            (),
            (note,) if note else (),
            tuple(filter(None, (render(rule.help), *[fix.message for fix in fixes]))),
            fixes,
            None,
            MappingProxyType(dict(facts)),
            rule.severity,
            rule=None if rule.code.startswith("CNN") else rule.name,
        )


def verified_fixes(
    architecture: ParsedArchitecture, message: str, edits: tuple[Edit, ...], applicability: str
) -> tuple[Fix, ...]:
    """Return the fix, if the text can be parsed with it.

    A safe fix must also keep the network the same. Returns none without edits, and for a rule
    without fixes (``applicability`` is "none").
    """
    from cnnsize.reading.document import reparse

    if not edits or applicability == "none":
        return ()
    try:
        changed = reparse(architecture, apply_edits(architecture.text, edits))
    except ArchitectureError:
        return ()
    if applicability != "safe":
        return (Fix(message, edits, "unsafe"),) if _uses_every_letter(changed) else ()
    if str(changed) != str(architecture) and not is_same_network(architecture, changed):
        return ()
    return (Fix(message, edits, "safe"),)


def _uses_every_letter(architecture: ParsedArchitecture) -> bool:
    """Return whether the network uses all letters of its ``where``, as the notation asks."""
    domains = {domain.name for domain in architecture.statement.where}
    return domains <= free_letters(architecture.chain)


def is_same_network(first: ParsedArchitecture, second: ParsedArchitecture) -> bool:
    """Return whether two texts have the same layers, output and parameters; False for families."""
    try:
        if kinds(first, bound_letters(first)) != kinds(second, bound_letters(second)):
            return False
        node = first.chain.items[0].node
        has_input = isinstance(node, LayerNode) and node.kind == "INPUT"
        input = None if has_input else ANY_INPUT
        a, b = sized(first, input), sized(second, input)
    except ArchitectureError:
        return False
    same_output = a.outputs == b.outputs and len(a.problems) == len(b.problems)
    return same_output and sum_costs(a.rows) == sum_costs(b.rows)


def _written_span(architecture: ParsedArchitecture, first: Item, last: Item) -> Span:
    """Return the span of items in the text as written, counts and declared shapes included."""
    return architecture.original(Span(first.start, end_of(last)))


ARROW = " -> "
# Patterns are compiled when a text needs them.
CANONICAL_ARROW = r"(?m)(?<=\S) -> (?=\S)|^[ \t]*-> (?=\S)|(?<=\S) ->[ \t]*\r?$"
ARROW_WITH_LINE_BREAK = (
    # a line that begins with the arrow
    r"[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*-> ?"
    r"|[ ]->[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*"  # or ends with it
)


def arrow_style(architecture: ParsedArchitecture) -> list[TextMatch]:
    """Find arrows other than `` -> ``, with or without a line break (CNN702)."""
    text = architecture.text
    if architecture.map is None:
        canonical = len(re.findall(CANONICAL_ARROW, text)) if "\n" in text else text.count(ARROW)
        if text.count("->") == canonical:
            return []
    matches: list[TextMatch] = []
    arrows = {span.start for span, _, read in architecture.readings if read == "->"}
    for chain in chains(architecture):
        for item, following in zip(chain.items, chain.items[1:], strict=False):
            start = _written_span(architecture, item, item).end
            end = architecture.original(following.span).start
            between = text[start:end]
            if between == ARROW or re.fullmatch(ARROW_WITH_LINE_BREAK, between):
                continue
            arrow = re.search(r"\S(?:.*\S)?", between, re.DOTALL)
            if arrow is None:
                continue  # two layers that were written as one word
            span = Span(start + arrow.start(), start + arrow.end())
            if arrow[0] != "->" and span.start not in arrows:
                continue  # FC (Softmax): a bracket and no arrow
            edits: tuple[Edit, ...] = ()
            if not any(mark in between for mark in ("\n", "#", "//")):
                edits = (Edit(Span(start, end), ARROW),)
            matches.append(TextMatch(span, edits))
    return sorted(matches)


def layer_case(architecture: ParsedArchitecture) -> list[TextMatch]:
    """Find layers that differ from canonical text only in letter case (CNN701)."""
    return [
        TextMatch(span, (Edit(span, read),))
        for span, written, read in architecture.readings
        if written != read and written.upper() == read.upper()
    ]


def layer_alias(architecture: ParsedArchitecture) -> list[TextMatch]:
    """Find layers that are written with an alias (CNN703)."""
    matches: list[TextMatch] = []
    for span, written, read in architecture.readings:
        alias = alias_of(written)
        if alias is None or ARROW in read:  # a phrase may be read as several layers
            continue
        if re.match(r"[A-Z]", read) and read.startswith(ALIASES[alias]):
            matches.append(TextMatch(span, (Edit(span, read),)))
    return matches


def alias_of(written: str) -> str | None:
    """Return the longest layer name that a word begins with; None if it is a canonical one."""
    key = squeeze(written)
    for end in range(min(len(key), 32), 0, -1):
        if key[:end] in ALIASES:
            return key[:end] if ALIASES[key[:end]] != key[:end] else None
    return None


def redundant_brackets(architecture: ParsedArchitecture) -> list[TextMatch]:
    """Find brackets without a count, and counts of 1 (CNN704)."""
    matches: list[TextMatch] = []
    for chain in chains(architecture):
        for item in chain.items:
            is_group = item.node.__class__ is Group
            if item.suffix is PLAIN and not is_group:
                continue
            is_counted_once = _is_counted_once(item.suffix)
            is_plain_group = is_group and _has_no_count(item.suffix)
            if not (is_counted_once or is_plain_group):
                continue
            edits = _bracket_edits(architecture, item) if is_group else ()
            if is_counted_once:
                if is_group and not edits:
                    continue
                assert item.suffix.count_span is not None
                edits = (*edits, Edit(architecture.original(item.suffix.count_span), ""))
            matches.append(TextMatch(_written_span(architecture, item, item), edits))
    return sorted(matches)


def _has_no_count(suffix: Suffix) -> bool:
    """Return whether nothing is repeated, optional or declared."""
    return suffix == PLAIN


def _is_counted_once(suffix: Suffix) -> bool:
    is_one = isinstance(suffix.repeat, int) and suffix.repeat == 1
    return is_one and _has_no_count(suffix._replace(repeat=None, count_span=None))


def _bracket_edits(architecture: ParsedArchitecture, item: Item) -> tuple[Edit, ...]:
    """Return the edits that remove a pair of brackets; none where they were not written so."""
    edits: list[Edit] = []
    for index in (item.start, item.end - 1):
        span = architecture.original(Span(index, index + 1))
        if architecture.text[span.start : span.end] in ("[", "]", "(", ")", "{", "}"):
            edits.append(Edit(span, ""))
    return tuple(edits) if len(edits) == 2 else ()


def unrolled_repetition(architecture: ParsedArchitecture) -> list[TextMatch]:
    """Find three or more equal pieces in a row (CNN705)."""
    matches: list[TextMatch] = []
    for chain in chains(architecture):
        texts = [item_text(item) for item in chain.items]
        index = 0
        while index < len(texts):
            period, count = _longest_run(texts, index)
            if count < 3:
                index += 1
                continue
            items = chain.items[index : index + period * count]
            matches.append(_repetition_match(architecture, items, period, count))
            index += period * count
    return sorted(matches)


def _repetition_match(
    architecture: ParsedArchitecture, items: tuple[Item, ...], period: int, count: int
) -> TextMatch:
    text = architecture.text
    span = _written_span(architecture, items[0], items[-1])
    if "#" in text[span.start : span.end]:
        return TextMatch(span)
    body = _written_span(architecture, items[0], items[period - 1])
    written = text[body.start : body.end]
    first = items[0]
    takes_count = first.suffix == PLAIN and not isinstance(first.node, Ellipsis)
    repeated = written if period == 1 and takes_count else f"[{written}]"
    return TextMatch(span, (Edit(span, f"{repeated}*{count}"),))


def _longest_run(texts: list[str], start: int) -> tuple[int, int]:
    """Return (layers of a piece, number of pieces) of the longest run of equal pieces from here.

    Of equally long runs, the one with the shortest piece. (1, 1) where there is none.
    """
    best = (1, 1)
    for period in range(1, min(MAX_PERIOD, (len(texts) - start) // 3) + 1):
        piece = texts[start : start + period]
        count = 1
        while texts[start + period * count : start + period * (count + 1)] == piece:
            count += 1
        if count >= 3 and period * count > best[0] * best[1]:
            best = period, count
    return best


def zero_repetition(architecture: ParsedArchitecture) -> list[TextMatch]:
    """Find counts of 0 that are written as a number (CNN311)."""
    text = architecture.text
    may_have_zero = "*0" in text or "* " in text
    if architecture.map is None and not may_have_zero:
        return []
    matches: list[TextMatch] = []
    for chain in chains(architecture):
        is_leading = True  # whether nothing before it stays
        for index, item in enumerate(chain.items):
            is_zero = item.suffix.repeat.__class__ is int and item.suffix.repeat == 0
            if is_zero:
                assert item.suffix.count_span is not None
                removed = _span_with_arrow(architecture, chain, index, is_leading=is_leading)
                can_go = removed is not None and "#" not in text[slice(*removed)]
                edits = (Edit(removed, ""),) if removed is not None and can_go else ()
                matches.append(TextMatch(architecture.original(item.suffix.count_span), edits))
            is_leading = is_leading and is_zero
    if not all(match.edits for match in matches):  # some would stay, and so would the finding
        matches = [match._replace(edits=()) for match in matches]
    return sorted(matches)


def _span_with_arrow(
    architecture: ParsedArchitecture, chain: Chain, index: int, *, is_leading: bool
) -> Span | None:
    """Return the span of an item and of the arrow before it, or after it if it is leading.

    None if the chain would be empty without it.
    """
    item = chain.items[index]
    if not is_leading:
        before = _written_span(architecture, chain.items[index - 1], chain.items[index - 1])
        return Span(before.end, _written_span(architecture, item, item).end)
    if index + 1 == len(chain.items):
        return None
    after = _written_span(architecture, chain.items[index + 1], chain.items[index + 1])
    return Span(_written_span(architecture, item, item).start, after.start)


CHECKS: dict[str, TextCheck] = {
    "layer_case": TextCheck(layer_case, "write layers in upper case"),
    "arrow_style": TextCheck(arrow_style, "use ` -> `"),
    "layer_alias": TextCheck(layer_alias, "use the canonical names"),
    "redundant_brackets": TextCheck(redundant_brackets, "remove the brackets"),
    "unrolled_repetition": TextCheck(unrolled_repetition, "write the piece once, with a count"),
    "zero_repetition": TextCheck(zero_repetition, "remove it"),
}
