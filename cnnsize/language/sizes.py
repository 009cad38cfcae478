"""Sizes in the strict grammar: shapes, counts, expressions of letters, and the values of letters.

The docstring of every function begins with its production.
"""

from __future__ import annotations

import re

from cnnsize.language.cursor import Cursor
from cnnsize.language.tree import PLAIN, Binary, Domain, Expression, Name, Suffix
from cnnsize.limits import MAX_LISTED_VALUES, MAX_NESTING
from cnnsize.text.span import Span

NO_SUFFIX = re.compile(r"\s*(?:->|[\]}|])")
PLAIN_COUNT = re.compile(r"\*([0-9]{1,17})(?= -> |\]|\Z)")
OTHER_STEP = r"(?:step|by)(?![^\W\d])|\.\.|:"  # after a range; only the first is read
SHAPE_HELP = ("write a shape as [WxHxD], for example [32x32x3]",)


def parse_suffix(cursor: Cursor) -> Suffix:
    """suffix = [ "*" repeat | "?" ] [ ":" shape ]"""
    text, end = cursor.text, cursor.pos
    if end >= len(text) or NO_SUFFIX.match(text, end):
        return PLAIN  # the usual cases
    plain = PLAIN_COUNT.match(text, end)
    if plain is not None:
        cursor.pos = plain.end()
        span = Span(end, cursor.pos)
        return tuple.__new__(Suffix, (int(plain[1]), False, None, span, None, ()))
    repeat: Expression | None = None
    values: tuple[Expression, ...] = ()
    count_span: Span | None = None
    optional = False
    cursor.skip(within_line=True)
    begin = cursor.pos
    if cursor.take("*"):
        repeat, values = parse_repeat(cursor, begin)
    else:
        optional = cursor.take("?")
    if cursor.pos > begin:
        end = cursor.pos
        count_span = Span(begin, end)
        cursor.skip(within_line=True)
        if cursor.peek("*") or cursor.peek("?"):
            hint = "multiply them, or put brackets around the first: [[A]*2]*3"
            help = () if optional else (hint,)
            cursor.fail("two counts on one item", begin, cursor.pos + 1, help=help)
    declared: tuple[Expression, ...] | None = None
    declared_span: Span | None = None
    if cursor.take(":"):
        cursor.skip(within_line=True)
        begin = cursor.pos
        if not cursor.peek("["):
            cursor.fail_expected("a shape such as [16x16x32] after ':'")
        declared = parse_shape(cursor)
        declared_span = Span(begin, cursor.pos)
    else:
        cursor.pos = end
    return Suffix(repeat, optional, declared, count_span, declared_span, values)


def parse_repeat(cursor: Cursor, start: int) -> tuple[Expression | None, tuple[Expression, ...]]:
    """repeat = size | "[" size { "," size } "]"

    Returns the size, or None and the values of the list. ``start`` is the place of the times sign.
    """
    cursor.skip(within_line=True)
    if cursor.peek("["):
        return None, parse_values(cursor)
    if cursor.peek("-") and not cursor.peek("->"):
        cursor.fail("the count is negative", start, cursor.pos + 2, code="CNN004")
    return parse_size(cursor, wanted="a count"), ()


def parse_values(cursor: Cursor) -> tuple[Expression, ...]:
    """values = "[" size { "," size } "]": a list as a count, which makes the text a template"""
    cursor.take("[")
    values: list[Expression] = []
    while True:
        cursor.skip()
        values.append(parse_size(cursor))
        cursor.skip()
        if cursor.take("]"):
            return tuple(values)
        if not cursor.take(","):
            cursor.fail_expected("',' or ']'")


def parse_shape(cursor: Cursor) -> tuple[Expression, ...]:
    """shape = "[" size "x" size [ "x" size ] "]" """
    start = cursor.pos
    cursor.take("[")
    cursor.skip()
    sizes = [parse_side(cursor)]
    cursor.skip()
    while cursor.take("x"):
        cursor.skip()
        sizes.append(parse_side(cursor))
        cursor.skip()
    if not cursor.take("]"):
        cursor.fail_expected("'x' or ']' in a shape", help=SHAPE_HELP)
    if len(sizes) not in (2, 3):
        cursor.fail("a shape has two or three sizes", start, cursor.pos, help=SHAPE_HELP)
    return tuple(sizes)


def parse_side(cursor: Cursor) -> Expression:
    """side = size, where a name holds no x: [nxnx3] could be one name or three sizes"""
    in_parentheses = cursor.peek("(")
    side = parse_size(cursor)
    if in_parentheses or not isinstance(side, Name):
        return side
    if "x" in side.name:
        cursor.fail(
            f"ambiguous: is {side.name} one name, or are these sizes joined by 'x'?",
            side.span.start,
            cursor.pos,
            help=("put the variables of a shape in parentheses: [(n)x(n)x3]",),
        )
    return side


def parse_size(cursor: Cursor, *, wanted: str = "a size") -> Expression:
    """size = integer | name | "(" expression ")"

    ``wanted`` names in the error message what is missing.
    """
    integer = cursor.take_integer()
    if integer is not None:
        fraction = cursor.match(r"\.[0-9]+")
        if fraction is not None:
            start = cursor.pos - len(str(integer))
            cursor.fail(f"{wanted} must be a whole number", start, fraction.end(), code="CNN004")
        return integer
    if cursor.take("("):
        cursor.enter()
        cursor.skip()
        expression = parse_expression(cursor)
        cursor.skip()
        if not cursor.take(")"):
            cursor.fail_expected("')'")
        cursor.leave()
        return expression
    if cursor.peek("-"):
        cursor.fail("the size is negative", cursor.pos, cursor.pos + 2, code="CNN004")
    start = cursor.pos
    name = cursor.take_word()
    if name is None:
        cursor.fail_expected(wanted)
    return Name(name, Span(start, cursor.pos))


def parse_expression(cursor: Cursor) -> Expression:
    """expression = term { ( "+" | "-" ) term }"""
    left = parse_term(cursor)
    terms = 0
    while True:
        cursor.skip()
        if cursor.peek("->") or not (cursor.peek("+") or cursor.peek("-")):
            return left
        op = cursor.text[cursor.pos]
        cursor.pos += 1
        cursor.skip()
        terms += 1
        if terms > MAX_NESTING:
            cursor.fail(f"an expression of more than {MAX_NESTING} terms", code="CNN009")
        left = Binary(op, left, parse_term(cursor))


def parse_term(cursor: Cursor) -> Expression:
    """term = size { ( "*" | "//" ) size }"""
    left = parse_size(cursor)
    factors = 0
    while True:
        cursor.skip()
        if cursor.take("//"):
            op = "//"
        elif cursor.take("*"):
            op = "*"
        elif cursor.peek("/"):
            cursor.fail("division is written '//'", help=("'//' rounds down to a whole number",))
        else:
            return left
        cursor.skip()
        factors += 1
        if factors > MAX_NESTING:
            cursor.fail(f"an expression of more than {MAX_NESTING} factors", code="CNN009")
        left = Binary(op, left, parse_size(cursor))


def parse_where(cursor: Cursor) -> tuple[Domain, ...]:
    """where = "where" name domain { "," name domain }"""
    cursor.take("where")
    domains: dict[str, Domain] = {}
    while True:
        cursor.skip()
        start = cursor.pos
        name = cursor.take_word()
        if name is None:
            cursor.fail_expected("the name of a variable")
        values = parse_domain(cursor)
        if name in domains:
            cursor.fail(f"{name} gets a value twice", start, cursor.pos)
        domains[name] = Domain(name, values, Span(start, cursor.pos))
        cursor.skip()
        if not cursor.take(","):
            return tuple(domains.values())


def parse_domain(cursor: Cursor) -> range | tuple[int, ...]:
    """domain = ( "=" | "in" ) integer [ ".." integer [ "step" integer ] ]
    | "in" "{" integer { "," integer } "}"
    """
    cursor.skip()
    if not cursor.take("=") and not cursor.take("in"):
        cursor.fail_expected("'=' or 'in'")
    cursor.skip()
    if cursor.take("{"):
        values = [parse_natural(cursor)]
        cursor.skip()
        while cursor.take(","):
            values.append(parse_natural(cursor))
            cursor.skip()
        if not cursor.take("}"):
            cursor.fail_expected("',' or '}'")
        return tuple(sorted(set(values)))
    start = cursor.pos
    first = parse_natural(cursor)
    cursor.skip()
    if cursor.peek(":"):
        hint = f"write {first}..64, or {first}..64 step 16"
        cursor.fail("a range is written with two dots", help=(hint,))
    if not cursor.take(".."):
        return range(first, first + 1)
    last = parse_natural(cursor)
    if last < first:
        cursor.fail(f"the range {first}..{last} is empty", start, cursor.pos, code="CNN004")
    return parse_step(cursor, start, range(first, last + 1))


def parse_step(cursor: Cursor, start: int, values: range) -> range | tuple[int, ...]:
    """step = [ "step" integer ]: the values of a range, or every so many of them"""
    end = cursor.pos
    cursor.skip()
    if not cursor.match(OTHER_STEP):
        cursor.pos = end
        return values
    if not cursor.match(r"step(?![^\W\d])"):
        hint = f"write a step as in {values[0]}..{values[-1]} step 16"
        cursor.fail("this step is not written as a step", help=(hint,))
    cursor.take("step")
    step = parse_natural(cursor)
    if not step:
        cursor.fail("the step is 0", start, cursor.pos, code="CNN004")
    values = values[::step]
    if len(values) > MAX_LISTED_VALUES:
        cursor.fail(f"more than {MAX_LISTED_VALUES:,} values", start, cursor.pos, code="CNN009")
    return values if step == 1 else tuple(values)


def parse_natural(cursor: Cursor) -> int:
    """integer: a value of a letter, which is never negative"""
    cursor.skip()
    if cursor.peek("-"):
        cursor.fail("the value is negative", cursor.pos, cursor.pos + 2, code="CNN004")
    value = cursor.take_integer()
    if value is None:
        cursor.fail_expected("a number")
    return value
