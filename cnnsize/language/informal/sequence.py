"""Chains of informal text: elements, arrows in all disguises, brackets and joins."""

from __future__ import annotations

import re

from cnnsize.language.informal.ambiguous import (
    join_names,
    refuse_all_activations,
    refuse_count_of_sum,
    refuse_part_of_unit,
    refuse_second_network,
)
from cnnsize.language.informal.counts import (
    GLUED_NUMBER,
    is_factor,
    read_prefix_count,
    read_suffix,
)
from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftGroup, DraftJoin, DraftLayer, Element
from cnnsize.language.informal.inputs import read_input_remark
from cnnsize.language.informal.labels import skip_bracketed_label, skip_bullet
from cnnsize.language.informal.names import find_layer_name
from cnnsize.language.informal.phrases import SUM_HELP, read_phrase
from cnnsize.language.informal.shapes import place_shape, read_shape, refuse_shape
from cnnsize.language.informal.tokens import (
    CLOSING,
    OPENING,
    Token,
    is_kind,
    is_symbol,
    is_times,
    nesting_change,
    without_lines,
)
from cnnsize.language.informal.trailing import (
    constraint_follows,
    ignore_rest,
    is_alone_on_line,
    read_dots,
    refuse_bound,
    skip_constraint,
    skip_trailing,
)
from cnnsize.language.informal.vocabulary import MAY_LACK
from cnnsize.layers.names import BRANCHING, JOINS
from cnnsize.text.span import Span


def read_sequence(cursor: TokenCursor, stop: int) -> list[Element]:
    """Return the elements before the token ``stop``, however they are separated.

    Raises ArchitectureError where two elements have nothing between them, or no
    layer follows an arrow.
    """
    items: list[Element] = []
    separator: Token | None = None  # since the last element
    separated = True
    while cursor.index < stop:
        token = cursor.tokens[cursor.index]
        if items and begins_constraint(cursor, token):
            refuse_bound(cursor, stop)
            ignore_rest(cursor, token, stop)
            separator = None
            break
        if token.kind == "line":
            cursor.index += 1
            separated = separated or (
                cursor.lines_join and bool(items) and cursor.peek() is not None
            )
            continue
        if is_separator(cursor, token, stop):
            if is_symbol(token, "|") and skip_constraint(cursor, stop):
                continue
            if items and separator is not None:
                refuse_two_arrows(cursor, separator, token)
            if token.text != "->":
                cursor.respell(token.span, "->", token.text)
            cursor.index += 1 + (token.text.upper() == "FOLLOWED")
            separator = token
            separated = True
            continue
        continues_item = bool(items) and (separator is None or not separated)
        if continues_item and skip_trailing(cursor, items, stop):
            continue
        if not separated:
            refuse_missing_arrow(cursor, token)
        before, start = len(items), cursor.index
        read_element(cursor, items, stop, separator)
        if is_symbol(separator, "/") and len(items) == before + 1:
            join_names(cursor, items)
        complete = len(items) > before or cursor.shape_declared
        if complete:
            separator = None
        separated = not complete or is_ellipsis(items[-1])
        cursor.shape_declared = False
        if cursor.index == start:
            cursor.fail(f"cannot read {token.text!r} here", token.span)
    at_end = cursor.depth == 0 and stop == len(cursor.tokens)
    if is_kind(separator, "arrow") and items and at_end:
        cursor.fail("an arrow with no layer after it", separator.span)
    if is_symbol(separator, "+") and items:
        cursor.fail("'+' with no layer after it", separator.span, help=(SUM_HELP,))
    return items


def is_ellipsis(item: Element) -> bool:
    """Return whether an element is ``...``, which needs no arrow around it."""
    return isinstance(item, DraftLayer) and item.verbatim == "..."


def begins_constraint(cursor: TokenCursor, token: Token) -> bool:
    """Return whether the next token is the ``where`` of a constraint that is no ``where`` clause."""
    return token.text == "where" and constraint_follows(cursor)


def refuse_two_arrows(cursor: TokenCursor, first: Token, second: Token) -> None:
    """Raise ArchitectureError for two arrows in one line with nothing between them."""
    same_line = "\n" not in cursor.text[first.end : second.start]
    if first.kind == second.kind == "arrow" and same_line:
        cursor.fail("two arrows with no layer between them", Span(first.start, second.end))
    if same_line and (is_symbol(first, "+") or is_symbol(second, "+")):
        cursor.fail(
            "'+' with no layer on one side", Span(first.start, second.end), help=(SUM_HELP,)
        )


def refuse_missing_arrow(cursor: TokenCursor, token: Token) -> None:
    """Raise ArchitectureError for an element right after another one."""
    if is_symbol(token, CLOSING):
        cursor.fail(f"{token.text!r} closes a bracket that was never opened", token.span)
    before = cursor.tokens[cursor.index - 1]
    refuse_shape(cursor, token, before)
    gap = Span(before.end, token.end) if before.end < token.start else token.span
    is_next_line = "\n" in cursor.slice(gap)
    help = "end a line that goes on with ' -> '" if is_next_line else "separate layers with ' -> '"
    cursor.fail("expected an arrow between two layers", gap, help=(help,))


def is_separator(cursor: TokenCursor, token: Token, stop: int) -> bool:
    """Return whether a token is an arrow, or a sign that is read as one here."""
    if token.kind in ("arrow", "down"):
        return True
    if token.kind == "word":
        return is_then(cursor, token)
    if token.kind != "symbol":
        return False
    if token.text in "-–—":
        refuse_units_or_size(cursor, token, stop)
        return True
    if token.text == ">":
        return not cursor.has_arrows
    if token.text == "|":
        return is_alone_on_line(cursor) or constraint_follows(cursor)
    return token.text in ",+/;&·"


def is_then(cursor: TokenCursor, token: Token) -> bool:
    """Return whether ``then`` or ``followed by`` begins at a token, with a layer after it."""
    word, following = token.text.upper(), cursor.peek(1)
    if word not in ("THEN", "FOLLOWED") or not cursor.index:
        return False
    is_phrase = word == "THEN" or (following is not None and following.text.upper() == "BY")
    ahead = cursor.index + (1 if word == "THEN" else 2)
    return is_phrase and find_layer_name(cursor.tokens, ahead) is not None


def refuse_units_or_size(cursor: TokenCursor, hyphen: Token, stop: int) -> None:
    """Raise ArchitectureError for a hyphen and a number with spaces around: ``FC - 10``."""
    number = cursor.peek(1) if cursor.index + 1 < stop else None
    if not is_kind(number, "number") or number.glued:
        return
    if is_times(cursor.peek(2)):  # - 2x [...]
        return
    cursor.fail(
        f"ambiguous: is {number.text} a number of units or an output size?",
        Span(hyphen.start, number.end),
        help=(
            f"write units as FC-{number.text}, without spaces, and an output size as -> {number.text}",
        ),
    )


def read_element(
    cursor: TokenCursor, items: list[Element], stop: int, separator: Token | None
) -> None:
    """Read one layer, group or join with its counts, and add it to ``items``."""
    if read_dots(cursor, items, stop) or skip_bullet(cursor) or skip_bracketed_label(cursor):
        return
    optional = cursor.tokens[cursor.index]
    name = find_layer_name(cursor.tokens, cursor.index + 1)
    is_optional = optional.text.upper() == "OPTIONAL" and name is not None and name.kind in MAY_LACK
    cursor.index += is_optional
    prefix = read_prefix_count(cursor)
    token = cursor.tokens[cursor.index]
    if is_symbol(token, OPENING):
        elements = read_bracket(cursor, items, stop)
    elif is_symbol(token, CLOSING):
        cursor.fail(f"{token.text!r} closes a bracket that was never opened", token.span)
    elif token.text.upper() in BRANCHING and is_symbol(cursor.peek(1), "{"):
        elements = [read_join(cursor)]
    else:
        elements = read_phrase(cursor, items, stop, separator)
    if not elements:
        return
    refuse_part_of_unit(cursor, items, elements[0], separator)
    refuse_second_network(cursor, items, elements[0], separator)
    is_repeated_unit = is_unit(elements) and count_follows(cursor)  # Conv_BN_ReLU x2
    if len(elements) > 1 and (is_repeated_unit or prefix is not None):  # 3x Conv(16, ReLU)
        elements = [DraftGroup(elements, elements[0].span, token, token)]
    last = elements[-1]
    if prefix is not None:
        if last.count is not None:
            cursor.fail("two counts on one item", prefix[1])
        if is_factor(last, prefix[0]):  # 2x Upsample
            last.kernel = prefix[0]
        else:
            last.count = prefix
            if isinstance(last, DraftLayer):
                last.counted_first = True
    if is_optional:  # optional MaxPool
        last.optional = optional.span
    refuse_all_activations(cursor, elements, separator)
    read_suffix(cursor, last, stop)
    refuse_count_of_sum(cursor, items, last, separator)
    if isinstance(last, DraftLayer) and cursor.index < stop:
        read_input_remark(cursor, last)
    items += elements


def is_unit(elements: list[Element]) -> bool:
    """Return whether elements were written as one: ``ConvBNReLU``, ``Conv2D(8, 3, 'relu')``."""
    spans = {element.span for element in elements}
    first = elements[0]
    is_call = isinstance(first, DraftLayer) and first.framework is not None
    return len(elements) > 1 and (len(spans) == 1 or is_call)


def count_follows(cursor: TokenCursor) -> bool:
    """Return whether a times sign, ``x2`` or ``?`` is next."""
    token = cursor.peek()
    is_sign = is_times(token) or is_symbol(token, "*?")
    return is_sign or (
        is_kind(token, "word") and re.fullmatch(GLUED_NUMBER, token.text) is not None
    )


def read_bracket(cursor: TokenCursor, items: list[Element], stop: int) -> list[Element]:
    """Read a group, or a shape in brackets. Returns nothing for a shape of the layer before.

    Raises ArchitectureError for an empty bracket.
    """
    index = cursor.index
    end = cursor.closing(index)
    opened, closed = cursor.tokens[index], cursor.tokens[end]
    span = Span(opened.start, closed.end)
    inner = without_lines(cursor.tokens[index + 1 : end])
    if not inner:
        cursor.fail("these brackets are empty", span)
    shape = read_shape(cursor, inner)
    is_vector = len(inner) == 1 and is_kind(inner[0], "number") and opened.text == "["
    if is_vector and items and inner[0].text.isdecimal():  # Flatten -> [784]
        shape = f"[1x1x{inner[0].text}]"
    if shape is not None:  # [32x32x3], (28, 28, 1)
        cursor.index = end + 1
        return place_shape(cursor, items, shape, span)
    if opened.text == "(" and inner[0].text == "+":
        cursor.fail(
            "write the sum with an earlier layer as a join",
            span,
            help=(SUM_HELP,),
        )
    begins_network = opened.text == "(" and not items and cursor.depth == 0
    is_input = len(inner) == 1 and inner[0].text.upper() == "IN"  # (IN) -> conv
    is_step = (is_description(inner) or is_input) and arrow_follows(cursor, end + 1)
    if begins_network and is_step:
        cursor.index = end + 1
        cursor.respell(span, "INPUT")
        return [cursor.add_layer(DraftLayer("INPUT", inner[0].text, span))]
    cursor.enter(opened)
    cursor.index += 1
    content = read_sequence(cursor, end)
    cursor.leave()
    is_sum = is_symbol(cursor.tokens[index - 1], "+") if index else False
    if is_sum and items and isinstance(items[-1], DraftGroup) and len(content) > 1:
        cursor.fail(
            "ambiguous: does this '+' add two branches, or does it join layers that follow each other?",
            span,
            help=(f"write a sum as {SUM_HELP}, and a chain with ' -> '",),
        )
    cursor.index = end + 1
    if not content:
        return []
    if opened.text != "[":
        cursor.respell(opened.span, "[")
        cursor.respell(closed.span, "]")
    return [DraftGroup(content, span, opened, closed)]


def is_description(tokens: list[Token]) -> bool:
    """Return whether tokens are one word that names no layer: ``(fingerprint) -> conv``."""
    return len(tokens) == 1 and tokens[0].kind == "word" and find_layer_name(tokens, 0) is None


def arrow_follows(cursor: TokenCursor, index: int) -> bool:
    """Return whether the next token from ``index`` on that is no newline is an arrow."""
    following = next((token for token in cursor.tokens[index:] if token.kind != "line"), None)
    return following is not None and (following.kind == "arrow" or following.text in "->")


def read_join(cursor: TokenCursor) -> DraftJoin:
    """``ADD{... | ID}``, and ``OUTPUT{...}``, which may have a single branch.

    Raises ArchitectureError for an empty branch, and for a join of fewer than two.
    """
    word = cursor.tokens[cursor.index]
    op = word.text.upper()
    opened = cursor.index + 1
    end = cursor.closing(opened)
    cursor.enter(word)
    cursor.index = opened + 1
    branches: list[list[Element]] = []
    for bar in [*bars_between(cursor, opened, end), end]:
        cursor.begin_branch()
        branches.append(read_branch(cursor, bar))
        cursor.index = bar + 1
    cursor.begin_branch()
    cursor.leave()
    span = Span(word.start, cursor.tokens[end].end)
    if len(branches) < 2 and op in JOINS:
        cursor.fail(
            f"{op} needs at least two branches",
            span,
            help=(f"write a shortcut as an ID branch: {op}{{... | ID}}",),
        )
    return DraftJoin(op, branches, span)


def bars_between(cursor: TokenCursor, opened: int, end: int) -> list[int]:
    """Return the indices of the bars between two brackets that are in no inner bracket."""
    bars: list[int] = []
    depth = 0
    for index in range(opened + 1, end):
        token = cursor.tokens[index]
        depth += nesting_change(token)
        if depth == 0 and is_symbol(token, "|"):
            bars.append(index)
    return bars


def refuse_vague_input(cursor: TokenCursor, branch: list[Element]) -> None:
    """Raise ArchitectureError for a branch that begins with a size or with another word for INPUT.

    Such a size may be that of the volume before the join, and ``x`` that volume itself.
    """
    first = branch[0] if branch else None
    if isinstance(first, DraftLayer) and first.kind == "INPUT" and first.written.upper() != "INPUT":
        cursor.fail(
            "ambiguous: is this a further input, or the volume before the join?",
            first.span,
            help=("write INPUT[32x32x3] for a further input, and ID for the volume before",),
        )


def read_branch(cursor: TokenCursor, stop: int) -> list[Element]:
    """Read one branch of a join; none of ID."""
    inner = without_lines(cursor.tokens[cursor.index : stop])
    if len(inner) == 1 and inner[0].text.upper() == "ID":
        return []
    branch = read_sequence(cursor, stop)
    refuse_vague_input(cursor, branch)
    if not branch:
        help = ("write an empty branch as ID",)
        cursor.fail("this branch is empty", cursor.tokens[stop].span, help=help)
    return branch
