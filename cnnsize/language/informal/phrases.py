"""One step of a chain: a layer's name with the sizes, words and parentheses around it.

``3x3 conv, 64``, ``Conv2D(32, 3x3)``, ``FC 128``, ``28x28x1 image``, ``Linear 288->10``,
``conv5_1``, and what stands for a layer without being a name: ``16@3x3``, ``ConvBNReLU``.
"""

from __future__ import annotations

import re
from typing import NoReturn, TypeGuard

from cnnsize.language.cursor import Cursor
from cnnsize.language.informal.arguments import split_arguments
from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer, Element
from cnnsize.language.informal.modifiers import read_filters_at, read_modifiers
from cnnsize.language.informal.names import LayerName, find_activation, find_layer_name
from cnnsize.language.informal.options import new_activation, set_width, split_separable
from cnnsize.language.informal.shapes import read_leading_shape
from cnnsize.language.informal.tokens import Token, is_symbol, sides
from cnnsize.language.unknown import refuse_unknown
from cnnsize.layers.names import ALIASES, SEPARABLE
from cnnsize.text.diagnostic import ArchitectureError, shifted
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

COMPOUND_PART = "CONV2D|CONV|BATCHNORM|BN|LEAKYRELU|LRELU|RELU|MAXPOOL|POOL|DROPOUT|FC|LINEAR"
MAX_COMPOUND = 60  # characters
MAX_LABEL = 4  # tokens


def read_phrase(
    cursor: TokenCursor, items: list[Element], stop: int, separator: Token | None
) -> list[Element]:
    """Read one step and return its layers; none for a label, or a shape of the layer before.

    ``items`` are the elements before it, and ``separator`` what is between. Raises
    ArchitectureError for what is no layer.
    """
    shape = read_leading_shape(cursor, items, stop)
    if shape is not None:
        return shape
    start = cursor.index
    token = cursor.tokens[start]
    kernel = read_leading_window(cursor)
    if token.kind == "number":
        if is_symbol(cursor.peek(1), "@"):  # 16@3x3
            layer = cursor.add_layer(DraftLayer("CONV", "", Span(token.start, token.start)))
            read_filters_at(cursor, layer, stop)
            return finish(cursor, layer, stop)
        return read_width_alone(cursor, items, separator)
    name = find_layer_name(cursor.tokens, cursor.index)
    if name is None:
        if skip_label(cursor, stop):
            return []
        return read_compound(cursor) or read_unknown(cursor)
    last = cursor.tokens[cursor.index + name.length - 1]
    span = Span(token.start, last.end)
    written = cursor.text[cursor.tokens[cursor.index].start : last.end]
    if skip_name_label(cursor, name, written, span, stop):
        return []
    cursor.index += name.length
    layer = cursor.add_layer(DraftLayer(name.kind, written, span))
    place_glued_digits(cursor, layer, name.digits)
    if kernel is not None:
        layer.kernel = kernel
    layer.separable = name.key in SEPARABLE
    if name.key == "BICUBIC":
        layer.options.append(("mode", "bicubic"))
    return finish(cursor, layer, stop)


def finish(cursor: TokenCursor, layer: DraftLayer, stop: int) -> list[Element]:
    """Read what follows a name; returns the layer and the activations among its arguments."""
    read_modifiers(cursor, layer, stop)
    end = max(layer.span.end, cursor.tokens[cursor.index - 1].end)
    layer.span = Span(layer.span.start, end)
    if layer.separable:
        return [*layer.before, *split_separable(layer), *layer.after]
    return [*layer.before, layer, *layer.after]


def read_leading_window(cursor: TokenCursor) -> str | None:
    """``3x3 conv``, ``2x2 max pool``: move past a window before a name and return it."""
    token, following = cursor.tokens[cursor.index], cursor.peek(1)
    if token.kind != "size" or following is None:
        return None
    size = sides(token.text)
    if len(size) != 2 or find_layer_name(cursor.tokens, cursor.index + 1) is None:
        return None
    cursor.index += 1
    return "x".join(size)


def place_glued_digits(cursor: TokenCursor, layer: DraftLayer, digits: str | None) -> None:
    """Place the digits glued to a name: ``conv5_1`` is numbered, ``Conv3x3`` has a window."""
    if digits is None:
        return
    if re.search(r"_\d|[a-z]$", digits) and "x" not in digits:
        layer.running = True
    elif re.search("[xX×]", digits):
        size = sides(digits)
        if len(size) == 3:  # CONV3x3x64
            set_width(cursor, layer, size.pop(), layer.span)
        layer.kernel = "x".join(size)
    else:
        layer.digits = digits


def read_width_alone(
    cursor: TokenCursor, items: list[Element], separator: Token | None
) -> list[Element]:
    """``FC -> 64``, ``FLATTEN -> 256``: a number as a step, the width of an FC or the output of a
    FLATTEN before it.

    Raises ArchitectureError for other numbers.
    """
    token, following = cursor.tokens[cursor.index], cursor.peek(1)
    number = token.text
    if following is not None and following.kind == "word":
        repeated = find_layer_name(cursor.tokens, cursor.index + 1)
        if repeated is not None:
            cursor.fail(
                f"ambiguous: is {number} a count or a size?",
                Span(token.start, following.end),
                help=(f"to repeat the layer, write [{repeated.kind}]*{number}",),
            )
    last = items[-1] if items else None
    is_integer = "." not in number
    if not takes_number(last) or not (separator and is_integer):
        cursor.fail(
            f"expected a layer, not the number {number}",
            token.span,
            help=(f"write units as FC-{number}, and filters as CONV3-{number}",),
        )
    cursor.index += 1
    if last.kind == "FLATTEN":
        last.declared = f"[1x1x{number}]", token.span
        cursor.shape_declared = True
        return []
    cursor.respell(token.span, f"FC-{number}", number)
    if last.size is None and last.digits is None:
        last.size = number
        last.span = Span(last.span.start, token.end)
        cursor.shape_declared = True
        return []
    return [cursor.add_layer(DraftLayer("FC", number, token.span, size=number))]


def takes_number(item: Element | None) -> TypeGuard[DraftLayer]:
    """Return whether a number as the next step may belong to an element."""
    return isinstance(item, DraftLayer) and item.kind in ("FC", "FLATTEN")


def skip_name_label(
    cursor: TokenCursor, name: LayerName, written: str, span: Span, stop: int
) -> bool:
    """``Pool 1:``, ``FC1: Dense 10``: move past a layer's name that labels the next one.

    Returns False where it is no label. Raises ArchitectureError where a label without a number
    may be a layer too.
    """
    index = cursor.index + name.length
    spaced = index < stop and cursor.tokens[index].kind == "number"
    colon = index + 1 if spaced else index
    if colon + 1 >= stop or not is_symbol(cursor.tokens[colon], ":"):
        return False
    following = cursor.tokens[colon + 1]
    names_layer = following.kind == "word" and find_layer_name(cursor.tokens, colon + 1) is not None
    names_size = spaced and following.kind == "size"
    if not names_layer and not names_size:
        return False
    if name.digits is None and not spaced:
        cursor.fail(
            f"ambiguous: is {written} a label or a layer?",
            Span(span.start, cursor.tokens[colon].end),
            help=(
                f"write a layer as {name.kind} -> ..., and a label with a number: {written}1: ...",
            ),
        )
    cursor.index = colon + 1
    return True


def skip_label(cursor: TokenCursor, stop: int) -> bool:
    """``Layer 1:``, ``C1:``, ``Block2:``: move past a label before a layer; False where there is
    none.
    """
    index, limit = cursor.index, min(stop, cursor.index + MAX_LABEL)
    while index < limit and cursor.tokens[index].kind in ("word", "number"):
        index += 1
    if index >= stop - 1 or not is_symbol(cursor.tokens[index], ":"):
        return False
    declares_shape = (
        is_symbol(cursor.tokens[index + 1], "[")
        and index + 2 < stop
        and cursor.tokens[index + 2].kind == "size"
    )
    if declares_shape:
        return False
    cursor.index = index + 1
    return True


def read_compound(cursor: TokenCursor) -> list[Element]:
    """``Activation(relu)``, and names written as one word: ``ConvBNReLU``, ``conv_bn_relu``.

    Returns the layers; none where the word is not one of these.
    """
    token = cursor.tokens[cursor.index]
    if token.kind != "word" or len(token.text) > MAX_COMPOUND:
        return []
    word = squeeze(token.text)
    if word in ("ACTIVATION", "NONLINEARITY") and is_symbol(cursor.peek(1), "("):
        end = cursor.closing(cursor.index + 1)
        first, *others = split_arguments(cursor.tokens[cursor.index + 2 : end]) or [[]]
        activation = find_activation(first)
        if activation is None or not all(map(is_free, others)):
            return []
        span = Span(token.start, cursor.tokens[end].end)
        layer = cursor.add_layer(new_activation(cursor, activation.key, span))
        cursor.index = end + 1
        return [layer]
    if not re.fullmatch(f"(?:{COMPOUND_PART}){{2,}}", word):
        return []
    kinds = [ALIASES[name] for name in re.findall(COMPOUND_PART, word)]
    cursor.respell(token.span, " -> ".join(kinds), token.text)
    cursor.index += 1
    return [cursor.add_layer(DraftLayer(kind, token.text, token.span)) for kind in kinds]


def is_free(argument: list[Token]) -> bool:
    """Return whether an argument is one of a framework that changes no size: ``name='x'``."""
    from cnnsize.layers.frameworks import FREE  # late: few texts have one

    return len(argument) > 2 and argument[0].text in FREE and is_symbol(argument[1], "=")


def read_unknown(cursor: TokenCursor) -> list[Element]:
    """Read the call of a block. Raises ArchitectureError for anything else, which is no layer."""
    token = cursor.tokens[cursor.index]
    text = token.text
    if token.kind == "word":
        cursor.index += 1
        if text in cursor.blocks and is_symbol(cursor.peek(), "("):
            return [read_call(cursor, token)]
        refuse_word(cursor, token)
    if is_symbol(token, "-=<>~"):
        cursor.fail(f"{text!r} is not an arrow", token.span, help=("separate layers with ' -> '",))
    if token.kind == "size":
        cursor.fail(
            f"expected a layer, not the size {text}",
            token.span,
            help=("write a filter as in CONV3-64; a declared output shape has three sizes",),
        )
    if is_symbol(token, "*?:^"):
        cursor.fail(f"{text!r} must follow a layer or a bracket", token.span)
    cursor.fail(f"expected a layer, not {text!r}", token.span)


def read_call(cursor: TokenCursor, name: Token) -> DraftLayer:
    """``block(64, 2)``: the call of a block, which goes to the parser as it is."""
    end = cursor.closing(cursor.index)
    span = Span(name.start, cursor.tokens[end].end)
    cursor.index = end + 1
    following = cursor.peek()
    if is_symbol(following, "([") and following.glued:
        cursor.fail(
            f"a call of the block {name.text} takes no options after its arguments",
            Span(span.end, cursor.tokens[cursor.closing(cursor.index)].end),
            help=("make the option a parameter of the block",),
        )
    text = cursor.slice(span)
    return DraftLayer("call", text, span, verbatim=text)


def refuse_word(cursor: TokenCursor, token: Token) -> NoReturn:
    """Raise ArchitectureError for a word that is no layer, with the nearest ones."""
    try:
        refuse_unknown(Cursor(token.text, cursor.blocks), token.text, 0)
    except ArchitectureError as error:
        placed = shifted(error, token.start)
        raise ArchitectureError(placed.diagnostic, cursor.original) from None
