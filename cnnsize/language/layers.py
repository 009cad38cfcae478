"""One layer of the strict grammar: its name with the sizes glued to it, and its options.

The docstring of every parsing function begins with its production.
"""

from __future__ import annotations

import re
from typing import NoReturn

from cnnsize.cached import cached
from cnnsize.language.cursor import WORD, Cursor
from cnnsize.language.sizes import parse_shape, parse_size
from cnnsize.language.tree import Expression, LayerNode, Name, Option, Pair
from cnnsize.layers import KINDS
from cnnsize.layers.names import ALIASES, CANONICAL, JOINS
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

NUMBER = r"[0-9]*\.[0-9]+(?:[eE]-?[0-9]+)?|[0-9]+\.(?!\.)|[0-9]+[eE]-?[0-9]+"
LAYER = (
    r"([A-Z][A-Z0-9]*(?:x[0-9]+)?(?:-[0-9]+)?(?:\[[0-9]+x[0-9]+(?:x[0-9]+)?\])?"
    r"(?:\([\w=., -]*\))?)"
)
# a canonical layer with the arrow after it, or the last one of its bracket or of the text
PLAIN_LAYER = re.compile(LAYER + r"(?: -> (?=[A-Z\[])|(?=\]|\s*[|}]|\Z))")
# a canonical layer with variables, as blocks have them
VARIABLE_LAYER = re.compile(
    r"([A-Z][A-Z0-9]*(?:x[0-9]+)?(?:-(?:[0-9]+|([a-z]\w{0,30})|\([^()\n]*\)))?"
    r"(?:\[(?:[0-9]+|\([^()\n]*\))(?:x(?:[0-9]+|\([^()\n]*\))){1,2}\])?"
    r"(?:\((?:[^()\n#]|\([^()\n#]*\))*\))?)(?=[ \n\r\]}|*?:]|\Z)"
)
SIMPLE_LAYER = re.compile(r"([A-Z]+)([0-9]{1,17})?(?:-([0-9]{1,17}))?")  # CONV3-64, POOL2, FC-10
MAX_WIDTH = 17  # digits of a width that is read at once
MAX_WIDTHS = 256  # of one layer that are kept
MAX_FLOAT = 40  # characters of a number with a fraction
KNOWN = frozenset(CANONICAL)
RESERVED = frozenset((*ALIASES, *JOINS, "ID", "WHERE"))
# paddings of other frameworks -> what to write for them
PADDINGS = {
    "full": "full pads by F - 1 on each side: write P=2 for filters of 3x3",
    "half": "half keeps the size: write P=same",
    "causal": "write the padding as a layer: PAD(left=2)",
    "reflect": "write P= with a number; how the border is filled does not change any size",
}
# a word after a hyphen that is no variable
OPTION_LIKE = r"(?:stride|pad|padding|kernel|dilation|groups?)\d*|same|valid|full"
# kinds that take a value without a key: DROPOUT(0.5)
BARE_VALUE_KINDS = frozenset(kind for kind, cls in KINDS.items() if cls.positional)


def split_head(word: str) -> tuple[str, str | None, str | None] | None:
    """Split the head of a layer into its name and the two sides of its kernel.

    The longest known name wins: RELU6 and DROPOUT2D hold digits themselves, and CONV11 is not
    CONV1 with a 1 after it. None where no known name begins the word.
    """
    if word in KNOWN:
        return word, None, None
    head = re.fullmatch(r"(.*?)([0-9]+)(?:x([0-9]+))?", word)
    if head is None:
        return None
    name, width, height = head.groups()
    end = len(name) + len(width)
    for cut in range(end, len(name) - 1, -1):
        if word[:cut] in KNOWN and word[cut:end].isdigit():
            return word[:cut], word[cut:end], height
    return None


@cached(8192)
def canonical_layer(text: str) -> LayerNode | None:
    """Return the node of a layer in canonical form; None where the parser must take a closer
    look.
    """
    head, _, digits = text.partition("-")
    options = ""
    if not digits.isdecimal():
        digits, parenthesis, options = digits.partition("(")
        options = parenthesis + options
    if digits.isdecimal() and digits.isascii() and len(digits) <= MAX_WIDTH:
        prototype = _prototype((head, len(digits), options))
        if prototype is not None:
            return _with_width(prototype, text, digits)
    return _canonical_layer(text)


@cached(1024)
def _prototype(parts: tuple[str, int, str]) -> LayerNode | None:
    """Return the layer of a width of so many digits, all of them 1; None for text that is no layer
    with a width.

    ``parts`` are the text before the hyphen, the number of digits, and the text after the width. A
    search of architectures tries thousands of widths, and everything but the width is read once.
    """
    head, digits, options = parts
    node = _canonical_layer(f"{head}-{'1' * digits}{options}")
    is_wide = node is not None and node.shape is None and isinstance(node.size, int)
    return node if is_wide else None


def _with_width(prototype: LayerNode, text: str, digits: str) -> LayerNode:
    """Return the layer of a text that is like its prototype but for the digits of its width."""
    _, kind, kernel, _, _, options, spans, contextual, _ = prototype
    node = (text, kind, kernel, int(digits), None, options, spans, contextual, prototype)
    return tuple.__new__(LayerNode, node)


class Widths(dict[str, LayerNode | None]):
    """The layers of one text but for the width, by the hyphen and the digits, up to 17, of the width.

    None for a width that the layer cannot have.
    """

    __slots__ = ("after", "before")

    def __init__(self, parts: tuple[str, str]) -> None:
        self.before, self.after = parts  # the hyphen is in neither

    def __missing__(self, width: str) -> LayerNode | None:
        if len(self) >= MAX_WIDTHS:
            self.clear()
        digits = width[1:]
        prototype = _prototype((self.before, len(digits), self.after))
        node = None
        if prototype is not None and digits.strip("0"):
            node = _with_width(prototype, f"{self.before}{width}{self.after}", digits)
        self[width] = node
        return node


# Returns the layers that have a text before and a text after their width.
layers_by_width = cached(256)(Widths)


def _canonical_layer(text: str) -> LayerNode | None:
    """Return the node of a layer in canonical form, as ``canonical_layer`` does; nothing is kept."""
    simple = SIMPLE_LAYER.fullmatch(text)
    if simple is not None and simple[1] in KNOWN:
        kind, digits, width = simple.groups()
        if digits is None or kind + digits not in KNOWN:  # RELU6 is a name
            end = len(kind) + len(digits or "")
            kernel_span = (("kernel", Span(len(kind), end)),) if digits else ()
            width_span = (("size", Span(end + 1, len(text))),) if width else ()
            kernel = Pair(int(digits), int(digits)) if digits else None
            size = int(width) if width else None
            contextual = kind == "INPUT" or depends_on_neighbours(kind, kernel, size)
            return LayerNode(
                text, kind, kernel, size, None, (), kernel_span + width_span, contextual
            )
    cursor = Cursor(text)
    head = WORD.match(text)
    if head is None or split_head(head[0]) is None:
        return None
    try:
        node = parse_layer(cursor)
    except ArchitectureError:
        return None
    return node if cursor.at_end() else None


def depends_on_neighbours(kind: str, kernel: Pair | None, size: Expression | None) -> bool:
    """Return whether a layer is a CONV1 or a POOL2, whose digit may be a running number, or an FC
    whose width depends on its place.
    """
    return size is None and (kernel is not None or kind == "FC")


def parse_layer(cursor: Cursor) -> LayerNode:
    """layer = NAME [ kernel ] [ "-" size ] [ shape ] [ options ]"""
    start = cursor.pos
    word = cursor.take_word()
    assert word is not None
    head = split_head(word)
    if head is None:
        from cnnsize.language.unknown import refuse_unknown  # late: most words are layers

        refuse_unknown(cursor, word, start)
    kind, width, height = head
    spans: list[tuple[str, Span]] = []
    kernel: Pair | None = None
    if width is not None:
        cursor.pos = start + len(kind)
        kernel = parse_kernel(cursor, square=height is None)
        spans.append(("kernel", Span(len(kind), cursor.pos - start)))
    size: Expression | None = None
    if cursor.peek("-") and not cursor.peek("->"):
        begin = cursor.pos + 1
        size = parse_width(cursor)
        spans.append(("size", Span(begin - start, cursor.pos - start)))
    shape: tuple[Expression, ...] | None = None
    if cursor.peek("["):
        begin = cursor.pos
        shape = parse_shape(cursor)
        spans.append(("shape", Span(begin - start, cursor.pos - start)))
    options = parse_options(cursor, start) if cursor.peek("(") else ()
    # in CONV(64) the value has no key: informal text decides what it is
    keyless = kind not in BARE_VALUE_KINDS and any(option.key is None for option in options)
    contextual = kind == "INPUT" or keyless or depends_on_neighbours(kind, kernel, size)
    text = cursor.text[start : cursor.pos]
    return LayerNode(text, kind, kernel, size, shape, options, tuple(spans), contextual)


def parse_kernel(cursor: Cursor, *, square: bool) -> Pair:
    """kernel = integer [ "x" integer ]"""
    width = cursor.take_integer()
    height = width
    if not square and cursor.take("x"):
        height = cursor.take_integer()
    assert width is not None and height is not None
    return Pair(width, height)


def parse_width(cursor: Cursor) -> Expression:
    """ "-" size: the filters or units of a layer"""
    hyphen = cursor.pos
    cursor.pos += 1
    if cursor.peek("-"):
        cursor.fail("the size is negative", hyphen, cursor.pos + 1, code="CNN004")
    size = parse_size(cursor)
    if isinstance(size, Name) and re.fullmatch(OPTION_LIKE, size.name.lower()):
        cursor.fail(
            f"{size.name} is an option, not a number of filters or units",
            hyphen + 1,
            cursor.pos,
            help=("write options in parentheses: CONV3-64(S=2, P=1)",),
        )
    if isinstance(size, Name) and names_layer(cursor, size.name):
        cursor.fail(
            f"{size.name} is a layer or a block, not a size",
            hyphen,
            cursor.pos,
            help=("separate layers with ' -> '",),
        )
    return size


def names_layer(cursor: Cursor, word: str) -> bool:
    """Return whether a word is the name of a layer, a join or a block."""
    return word in cursor.blocks or squeeze(word) in RESERVED


def parse_options(cursor: Cursor, layer_start: int) -> tuple[Option, ...]:
    """options = "(" [ option { "," option } ] ")"

    Spans of options count from ``layer_start``.
    """
    opened = cursor.pos
    cursor.take("(")
    cursor.enter()
    options: list[Option] = []
    cursor.skip()
    while not cursor.take(")"):
        if cursor.at_end():
            cursor.fail("this parenthesis is never closed", opened, opened + 1)
        options.append(parse_option(cursor, layer_start))
        cursor.skip()
        if not cursor.take(",") and not cursor.peek(")"):
            if cursor.at_end():
                cursor.fail("this parenthesis is never closed", opened, opened + 1)
            cursor.fail_expected("',' or ')'")
        cursor.skip()
    cursor.leave()
    return tuple(options)


def parse_option(cursor: Cursor, layer_start: int) -> Option:
    """option = [ key "=" ] value"""
    start = cursor.pos - layer_start
    key = cursor.match(r"([^\W\d]\w*)\s*=\s*")
    if key:
        cursor.pos = key.end()
    value_start = cursor.pos - layer_start
    value = parse_value(cursor)
    if key and isinstance(value, Name) and value.name.lower() in PADDINGS:
        refuse_padding(cursor, value.name, layer_start + value_start)
    end = cursor.pos - layer_start
    return Option(key[1] if key else None, value, Span(start, end), Span(value_start, end))


def refuse_padding(cursor: Cursor, name: str, start: int) -> NoReturn:
    """Raise ArchitectureError for a padding of other frameworks, which is no variable."""
    cursor.fail(
        f"the padding {name!r} is not supported",
        start,
        cursor.pos,
        code="CNN004",
        help=(PADDINGS[name.lower()],),
    )


def parse_value(cursor: Cursor) -> Expression | Pair | float | str:
    """value = number | word | size [ "x" size ]"""
    negative = cursor.match(r"-[0-9.]+")
    if negative:
        cursor.fail(
            f"the value {negative[0]} is negative", cursor.pos, negative.end(), code="CNN004"
        )
    quoted = cursor.match(r"'([^'\n]*)'|\"([^\"\n]*)\"")
    if quoted:
        cursor.pos = quoted.end()
        return quoted[1] if quoted[1] is not None else quoted[2]
    number = cursor.match(NUMBER)
    if number:
        if len(number[0]) > MAX_FLOAT:
            cursor.fail(
                f"a number of {len(number[0])} characters is too long; the limit is {MAX_FLOAT}",
                code="CNN009",
            )
        cursor.pos = number.end()
        return float(number[0])
    first = parse_size(cursor)
    if isinstance(first, Name):
        rest = cursor.match(r"-[^\W\d][\w-]*")  # mode=nearest-exact
        if rest:
            cursor.pos = rest.end()
            return first.name + rest[0]
        if first.name.endswith("x") and cursor.peek("("):
            cursor.fail(
                f"ambiguous: is {first.name} one name, or are these sizes joined by 'x'?",
                cursor.pos - len(first.name),
                cursor.pos,
                help=("put the variables of a pair in parentheses: (n)x(n)",),
            )
    if cursor.peek("x") and cursor.text[cursor.pos - 1] in ")0123456789":
        cursor.pos += 1
        return Pair(first, parse_size(cursor))
    return first
