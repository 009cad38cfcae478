"""The strict grammar: section 1 of the language, one function for each production.

Every function reads its production from a cursor and returns its part of the tree; its docstring
begins with the production. Informal spellings are not handled here: ``informal`` rewrites them in
this grammar first.
"""

from __future__ import annotations

import re
from typing import NoReturn

from cnnsize.language.cursor import INTEGER, WORD, Cursor
from cnnsize.language.layers import (
    PLAIN_LAYER,
    VARIABLE_LAYER,
    canonical_layer,
    parse_layer,
)
from cnnsize.language.sizes import parse_expression, parse_suffix, parse_where
from cnnsize.language.tree import (
    PLAIN,
    Call,
    Chain,
    Domain,
    Ellipsis,
    Expression,
    Group,
    Item,
    Join,
    LayerNode,
    Name,
    Node,
    Statement,
    has_own_input,
)
from cnnsize.layers.names import ALIASES, BRANCHING, JOINS
from cnnsize.limits import MAX_ITEMS
from cnnsize.text.span import Span

STATEMENT_HEAD = re.compile(r"([^\W\d]\w*)[ \t]{0,99}(\([^()=]*\))?[ \t]{0,99}=(?!>)")
JOIN_STARTS = tuple(f"{word}{{" for word in BRANCHING)
IDENTITY = re.compile(r"ID(?=\s*[|}])")
BRACE = re.compile(r"\s*\{")
SPECIAL = re.compile(r"[\[\]{}|*?:#\n]")
ARROW = re.compile(r"\s*->\s*(?=[\w\[])")
NUMERIC_CALL = re.compile(r"([^\W\d]\w*)\(((?:[0-9]{1,17}(?:, [0-9]{1,17})*)?)\)")
OWN_INPUTS = (
    "begin the network with the first input: INPUT[32x32x3] -> CONV3-64 -> CAT{ID | INPUT[...]}",
)
ARROW_HELP = ("separate layers with ' -> '",)


def parse_statement(cursor: Cursor) -> Statement:
    """statement = [ name "=" ] chain [ where ] | name "(" [ name { "," name } ] ")" "=" chain"""
    cursor.skip()
    name, parameters = parse_head(cursor)
    chain = parse_chain(cursor)
    where: tuple[Domain, ...] = ()
    cursor.skip()
    has_where = cursor.peek("where") and cursor.match(r"where(?![^\W_])")
    if parameters is None and has_where:
        where = parse_where(cursor)
        cursor.skip()
    if not cursor.at_end():
        fail_unexpected(cursor)
    if parameters is not None and cursor.further_ends:
        fail_in_block(cursor, name)
    open_fc = any(node.kind == "FC" for node in cursor.contextual)
    return Statement(name, parameters, chain, where, open_fc)


def fail_in_block(cursor: Cursor, name: str | None) -> NoReturn:
    """Raise ArchitectureError for an input or an output of the network in a block."""
    word, span = cursor.further_ends[0]
    example = "CAT{ID | INPUT[1x1x10] -> FC-64}" if word == "INPUT" else "OUTPUT{FC-10}"
    cursor.fail(
        f"{word} is in the block {name}, but an {word.lower()} belongs in the network",
        *span,
        help=(f"write it after the call: {name}(...) -> {example}",),
    )


def parse_head(cursor: Cursor) -> tuple[str | None, tuple[str, ...] | None]:
    """head = [ name [ "(" [ name { "," name } ] ")" ] "=" ]

    Returns the name of the network or block, and the parameters of a block.
    """
    head = STATEMENT_HEAD.match(cursor.text, cursor.pos)
    if head is None:
        return None, None
    name = head[1]
    if name.upper() in ALIASES or name.upper() in (*JOINS, "ID", "WHERE"):
        cursor.fail(
            f"{name} is a reserved name",
            *head.span(1),
            help=(f"call it {name.lower()}_ or net_{name.lower()}",),
        )
    parameters: tuple[str, ...] | None = None
    if head[2] is not None:
        inner = head[2][1:-1].strip()
        parameters = tuple(part.strip() for part in inner.split(",")) if inner else ()
        for parameter in parameters:
            if not WORD.fullmatch(parameter):
                cursor.fail(f"{parameter!r} is not a valid name for a parameter", *head.span(2))
        if len(set(parameters)) < len(parameters):
            cursor.fail("two parameters have the same name", *head.span(2))
    cursor.pos = head.end()
    cursor.skip()
    return name, parameters


def fail_unexpected(cursor: Cursor) -> NoReturn:
    """Raise ArchitectureError for a character that cannot follow a chain."""
    character = cursor.text[cursor.pos]
    if character in ")]}":
        cursor.fail(f"{character!r} closes a bracket that was never opened")
    if character in "*?:":
        before = cursor.text[: cursor.pos].rstrip()[-1:]
        if character == "*" and before.isalnum():
            cursor.fail(
                "an item can have only one count", help=("multiply the counts: [A -> B]*6",)
            )
        cursor.fail(f"{character!r} must follow a layer or a bracket")
    cursor.fail_expected("an arrow", help=ARROW_HELP)


def parse_chain(cursor: Cursor) -> Chain:
    """chain = item { "->" item }"""
    items: list[Item] = []
    text = cursor.text
    start = pos = cursor.pos
    match, append, new = PLAIN_LAYER.match, items.append, tuple.__new__
    # where the stretch ends that was read as plain text, which the bracket of INPUT[ ends at once
    plain_until = pos + 1 if text.startswith("INPUT[", pos) else pos
    while True:
        if pos >= plain_until:
            cursor.pos = pos
            plain_until, is_whole = parse_plain(cursor, items)
            pos = cursor.pos
            if is_whole:
                break
        # a layer without variables and an arrow in one regular expression
        plain = match(text, pos)
        if plain is not None:
            end = plain.end(1)
            node = canonical_layer(plain[1])
            if node is not None:
                append(new(Item, (node, pos, end, PLAIN)))
                if node.contextual:
                    keep_contextual(cursor, node, pos, end, first=len(items) == 1)
                pos = plain.end()
                if pos > end:
                    continue
                break
        cursor.pos = pos
        item = parse_bracket(cursor) if text.startswith("[", pos) else parse_item(cursor)
        append(item)
        if item.node.__class__ is LayerNode and item.node.contextual:
            keep_contextual(cursor, item.node, item.start, item.end, first=len(items) == 1)
        if item.suffix is not PLAIN and cursor.further_ends:
            refuse_repeated_inputs(cursor, item)
        pos = cursor.pos
        if len(items) + cursor.items > MAX_ITEMS:
            break
        if text.startswith(" -> ", pos) and text[pos + 4 : pos + 5].isupper():
            pos += 4
        elif take_arrow(cursor):
            pos = cursor.pos
        else:
            break
    cursor.pos = pos
    cursor.items += len(items)
    if cursor.items > MAX_ITEMS:
        cursor.fail(
            f"the text writes out more than {MAX_ITEMS:,} layers",
            code="CNN009",
            help=("write repetitions as [...]*n",),
        )
    return Chain(tuple(items), Span(start, items[-1].end))


def parse_plain(cursor: Cursor, items: list[Item]) -> tuple[int, bool]:
    """Read canonical layers with arrows between them, up to any other item.

    Splitting at the arrows takes half of the time of a regular expression for each layer. Returns
    where the text ends that was split, and whether the chain ends there.
    """
    text, start = cursor.text, cursor.pos
    special = SPECIAL.search(text, start)
    end_of_text = len(text) if special is None else special.start()
    ends_chain = special is None or special[0] in "]|}"
    append, new, blocks = items.append, tuple.__new__, cursor.blocks
    words = text[start:end_of_text].split(" -> ")
    last = words.pop()
    pos = start
    for word in words:
        node = canonical_layer(word)
        if node is None or (blocks and isinstance(node.size, Name)):
            break  # k in CONV3-k may be the name of a block
        end = pos + len(word)
        append(new(Item, (node, pos, end, PLAIN)))
        if node.contextual:
            keep_contextual(cursor, node, pos, end, first=len(items) == 1)
        pos = end + 4  # after the arrow
    else:
        last = last.rstrip(" ")
        node = canonical_layer(last) if ends_chain else None
        if node is not None and not (blocks and isinstance(node.size, Name)):
            cursor.pos = end = pos + len(last)
            append(new(Item, (node, pos, end, PLAIN)))
            if node.contextual:
                keep_contextual(cursor, node, pos, end, first=len(items) == 1)
            return end_of_text, True
    cursor.pos = pos
    if pos > start and not text[pos : pos + 1].isupper():
        cursor.pos = pos - 4
        take_arrow(cursor)
    return end_of_text, False


def take_arrow(cursor: Cursor) -> bool:
    """Move past an arrow to the next item and return True; return False at the end of a chain.

    Raises ArchitectureError for an arrow without a layer after it.
    """
    arrow = ARROW.match(cursor.text, cursor.pos)
    if arrow is not None:
        cursor.pos = arrow.end()
        return True
    end = cursor.pos
    cursor.skip()
    if not cursor.take("->"):
        cursor.pos = end
        return False
    cursor.skip()
    if cursor.at_end() or cursor.text[cursor.pos] in "]}|)":
        start = cursor.text.rfind("->", 0, cursor.pos)
        cursor.fail("an arrow with no layer after it", start, start + 2)
    return True


def keep_contextual(cursor: Cursor, node: LayerNode, start: int, end: int, *, first: bool) -> None:
    """Remember a layer that depends on its neighbours. Raises ArchitectureError for an INPUT that
    is the first layer neither of the network nor of a branch.
    """
    if node.kind == "INPUT" and (cursor.depth or not first):
        if start != cursor.branch_start:
            cursor.fail(
                "an INPUT must come first, in the network or in a branch of a join",
                start,
                end,
                help=("write a further input as CAT{ID | INPUT[32x32x3] -> CONV3-64}",),
            )
        if node.shape is None or len(node.shape) != 3:
            cursor.fail(
                "an INPUT in a branch needs a size",
                start,
                end,
                help=("write INPUT[32x32x3] for a further input, and ID for the volume before",),
            )
        cursor.further_ends.append(("INPUT", Span(start, end)))
    cursor.contextual.append(node)


def parse_item(cursor: Cursor) -> Item:
    """item = ( layer | group | join | call | "..." ) suffix"""
    start = cursor.pos
    if cursor.text.startswith(JOIN_STARTS, start):  # the usual spelling
        node: Node = parse_join(cursor)
    else:
        node = canonical_node(cursor) or parse_node(cursor)
    return Item(node, start, cursor.pos, parse_suffix(cursor))


def refuse_repeated_inputs(cursor: Cursor, item: Item) -> None:
    """Raise ArchitectureError for the INPUT of a branch in an item that is repeated or optional."""
    if item.suffix.count_span is None:
        return
    for word, span in cursor.further_ends:
        if word == "INPUT" and span.start >= item.start:
            cursor.fail("INPUT cannot be repeated or optional", *span)


def parse_bracket(cursor: Cursor) -> Item:
    """group suffix: an item that begins with a bracket"""
    start = cursor.pos
    group = parse_group(cursor)
    return Item(group, start, cursor.pos, parse_suffix(cursor))


def canonical_node(cursor: Cursor) -> Node | None:
    """Read a canonical layer or a call with numbers, each by one regular expression.

    None where the text needs ``parse_node``.
    """
    layer = VARIABLE_LAYER.match(cursor.text, cursor.pos)
    if layer is not None and layer[2] not in cursor.blocks and layer[1] not in cursor.blocks:
        node = canonical_layer(layer[1])
        if node is not None:
            cursor.pos = layer.end()
        return node
    if cursor.blocks:
        call = NUMERIC_CALL.match(cursor.text, cursor.pos)
        if call is not None and call[1] in cursor.blocks:
            cursor.pos = call.end()
            return Call(call[1], tuple(map(int, call[2].split(", "))) if call[2] else ())
    return None


def parse_node(cursor: Cursor) -> Node:
    """node = layer | group | join | call | "..." """
    if cursor.peek("["):
        return parse_group(cursor)
    if cursor.take("..."):
        return Ellipsis()
    word = WORD.match(cursor.text, cursor.pos)
    if word is None:
        fail_without_layer(cursor)
    if word[0] in BRANCHING and BRACE.match(cursor.text, word.end()):
        return parse_join(cursor)
    if word[0] in cursor.blocks:
        return parse_call(cursor)
    node = parse_layer(cursor)
    return canonical_layer(node.text) or node


def fail_without_layer(cursor: Cursor) -> NoReturn:
    """Raise ArchitectureError where a layer should be and no word is."""
    start = cursor.pos
    if cursor.at_end():
        cursor.fail("expected a layer, but the text ends here")
    if cursor.peek("->"):
        cursor.fail("an arrow with no layer before it", start, start + 2)
    if not INTEGER.match(cursor.text, start):
        cursor.fail_expected("a layer")
    number = cursor.match(r"[0-9]+(?:[x×][0-9]+)*")
    assert number is not None
    if "x" in number[0]:
        cursor.fail(
            f"expected a layer, not the shape {number[0]}",
            start,
            number.end(),
            help=(f"declare the output shape of a layer as CONV3-64: [{number[0]}]",),
        )
    cursor.fail(
        f"expected a layer, not the number {number[0]}",
        start,
        number.end(),
        help=(f"write units as FC-{number[0]}, and filters as CONV3-{number[0]}",),
    )


def parse_group(cursor: Cursor) -> Group:
    """group = "[" chain "]" """
    opened, text = cursor.pos, cursor.text
    cursor.pos += 1
    cursor.enter()
    if not text[cursor.pos : cursor.pos + 1].isalnum():
        cursor.skip()
        if cursor.peek("]"):
            cursor.fail("these brackets are empty", opened, cursor.pos + 1)
    chain = parse_chain(cursor)
    if not text.startswith("]", cursor.pos):
        cursor.skip()
    if not cursor.take("]"):
        if cursor.at_end():
            help = ("write ']' where the group ends",)
            cursor.fail("this bracket is never closed", opened, opened + 1, help=help)
        if text[cursor.pos] in ")}":
            cursor.fail_expected(
                "']'", help=("the bracket that was opened last must be closed first",)
            )
        fail_unexpected(cursor)
    cursor.leave()
    return Group(chain)


def parse_join(cursor: Cursor) -> Join:
    """join = ( "ADD" | "CAT" | "MUL" ) "{" branch "|" branch { "|" branch } "}"
    | "OUTPUT" "{" branch { "|" branch } "}"
    """
    start = cursor.pos
    op = cursor.take_word()
    assert op is not None
    cursor.skip()
    opened = cursor.pos
    cursor.take("{")
    cursor.enter()
    branches = [parse_branch(cursor)]
    cursor.skip()
    while cursor.take("|"):
        branches.append(parse_branch(cursor))
        cursor.skip()
    if not cursor.take("}"):
        if cursor.at_end():
            cursor.fail("this brace is never closed", opened, opened + 1)
        fail_unexpected(cursor)
    cursor.leave()
    if op == "OUTPUT":
        cursor.further_ends.append((op, Span(start, start + len(op))))
        refuse_inputs(cursor, branches, "an output cannot begin with INPUT")
    elif len(branches) < 2:
        cursor.fail(
            f"{op} needs at least two branches",
            start,
            cursor.pos,
            help=(f"write a shortcut as an ID branch: {op}{{... | ID}}",),
        )
    elif all(map(has_own_input, branches)):
        refuse_inputs(
            cursor, branches, f"no branch of this {op} reads the volume before it", help=OWN_INPUTS
        )
    return Join(op, tuple(branches))


def refuse_inputs(
    cursor: Cursor, branches: list[Chain], message: str, help: tuple[str, ...] = ()
) -> None:
    """Raise ArchitectureError at the first branch that begins with INPUT."""
    for branch in branches:
        if has_own_input(branch):
            cursor.fail(message, *branch.items[0].span, help=help)


def parse_branch(cursor: Cursor) -> Chain:
    """branch = "ID" | chain"""
    cursor.skip()
    cursor.branch_start = cursor.pos
    identity = IDENTITY.match(cursor.text, cursor.pos)
    if identity:
        cursor.pos = identity.end()
        return Chain((), Span(*identity.span()))
    return parse_chain(cursor)


def parse_call(cursor: Cursor) -> Call:
    """call = name "(" [ expression { "," expression } ] ")" """
    name = cursor.take_word()
    assert name is not None
    arguments: list[Expression] = []
    cursor.skip(within_line=True)
    if not cursor.take("("):
        message = f"the block {name} must be called with its arguments: {name}(...)"
        cursor.fail(message, cursor.pos - len(name), cursor.pos)
    cursor.skip()
    while not cursor.take(")"):
        arguments.append(parse_expression(cursor))
        cursor.skip()
        if not cursor.take(",") and not cursor.peek(")"):
            cursor.fail_expected("',' or ')'")
        cursor.skip()
    return Call(name, tuple(arguments))
