"""One step of a chain: a layer's name with the sizes, words and parentheses around it.

``3x3 conv, 64``, ``Conv2D(32, 3x3)``, ``FC 128``, ``28x28x1 image``, ``Linear 288->10``,
``conv5_1``, and what stands for a layer without being a name: ``16@3x3``, ``ConvBNReLU``.
"""

from __future__ import annotations

import re
from typing import NoReturn, TypeGuard

from cnnsize.language.cursor import Cursor
from cnnsize.language.informal.ambiguous import refuse_size_missing, refuse_upconvolution
from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer, Element
from cnnsize.language.informal.glued import place_glued_digits
from cnnsize.language.informal.inputs import is_named_input, skip_input_remark
from cnnsize.language.informal.labels import skip_label, skip_name_label
from cnnsize.language.informal.leading import (
    read_leading_option,
    read_leading_width,
    read_leading_window,
    skip_ordinal,
)
from cnnsize.language.informal.modifiers import read_filters_at, read_modifiers, read_ordinal
from cnnsize.language.informal.names import (
    MAX_WORDS,
    NAMED_MODES,
    NAMED_WINDOWS,
    find_activation,
    find_layer_name,
    without_module,
)
from cnnsize.language.informal.numbers import is_end
from cnnsize.language.informal.options import (
    new_activation,
    set_kernel,
    set_option,
    set_width,
    split_separable,
)
from cnnsize.language.informal.shapes import (
    place_shape,
    read_leading_shape,
    shape_text,
)
from cnnsize.language.informal.tokens import (
    Token,
    is_kind,
    is_symbol,
    sides,
    split_arguments,
    without_lines,
)
from cnnsize.language.informal.vocabulary import (
    ANY_ACTIVATION,
    COUNTED_NOISE,
    FILTER_WORDS,
    WITH_WIDTH,
)
from cnnsize.language.unknown import refuse_unknown
from cnnsize.layers.names import ACTIVATIONS, ALIASES, NORMS, POOLS, SEPARABLE
from cnnsize.record import replace
from cnnsize.text.diagnostic import ArchitectureError, shifted
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest, squeeze

COMPOUND_PART = (
    "DWCONV|CONV2D|CONV|BATCHNORM|BN|LEAKYRELU|LRELU|RELU|MAXPOOL|POOL|DROPOUT|FC|LINEAR"
)
SUM_HELP = "ADD{CONV3-64 -> RELU -> CONV3-64 | ID}"
MAX_COMPOUND = 60  # characters


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
    if skip_input_remark(cursor, items):
        return []
    token = cursor.tokens[cursor.index]
    if not items and is_named_input(cursor):
        cursor.note(f"ignored: {token.text}")
        cursor.index += 1
        return read_phrase(cursor, items, stop, separator)
    option = read_leading_option(cursor)
    width = read_leading_width(cursor)
    kernel = read_leading_window(cursor)
    if kernel is not None and kernel.count("x") == 2:  # 3x3x64 conv
        kernel, _, filters = kernel.rpartition("x")
        width = token._replace(text=filters)
    if token.kind == "number" and width is None:
        is_hyphen = is_symbol(cursor.peek(1), "-")
        describes = is_kind(cursor.peek(2 if is_hyphen else 1), "word")
        if not items and describes and skip_label(cursor, stop):
            return []  # 7 layers: conv -> pool
        if is_symbol(cursor.peek(1), "@"):  # 16@3x3
            return read_filters_alone(cursor, items, stop)
        return read_width_alone(cursor, items, separator)
    name = find_layer_name(cursor.tokens, cursor.index)
    if name is None:
        if skip_label(cursor, stop) or skip_ordinal(cursor):
            return []
        return read_compound(cursor) or read_any_activation(cursor, stop) or read_unknown(cursor)
    if items and name.kind == "OUTPUT" and name.digits is None:
        shape = read_output_claim(cursor, items, cursor.index + name.length, stop)
        if shape is not None:
            return shape
    last = cursor.tokens[cursor.index + name.length - 1]
    span = Span(token.start, last.end)
    written = cursor.text[cursor.tokens[cursor.index].start : last.end]
    if skip_name_label(cursor, name, written, span, stop):
        return []
    if name.kind == "IDENTITY" and is_symbol(separator, "+"):
        cursor.fail(
            "write the sum with an earlier layer as a join", separator.span, help=(SUM_HELP,)
        )
    if name.key == "CONVNET":
        refuse_whole_network(cursor, written, span, cursor.index + name.length)
    cursor.index += name.length
    kind = "INPUT" if written in ("in", "In") and not items else name.kind  # in -> conv -> out
    layer = cursor.add_layer(DraftLayer(kind, written, span))
    place_glued_digits(cursor, layer, name.digits)
    if width is not None:
        set_width(cursor, layer, width.text, width.span)
        if cursor.index < stop and squeeze(cursor.tokens[cursor.index].text) in FILTER_WORDS:
            cursor.index += 1  # 32 3x3 conv filters
    kernel = kernel or NAMED_WINDOWS.get(name.key)
    if kernel is not None:
        set_kernel(cursor, layer, kernel, span, "filter size")
    if option is not None:
        set_option(cursor, layer, option[0], option[1].text, option[1].span)
    layer.separable = name.key in SEPARABLE
    if name.key == "NORM" and name.digits is None:
        cursor.fail(
            f"ambiguous: which normalization is {written}?",
            span,
            help=("write BN, LN, GN, IN or LRN",),
        )
    if name.key in NAMED_MODES:
        layer.options.append(("mode", NAMED_MODES[name.key]))
    if squeeze(last.text) in COUNTED_NOISE:  # conv layer 1
        read_ordinal(cursor, layer, stop)
    return finish(cursor, layer, stop)


def refuse_whole_network(cursor: TokenCursor, written: str, span: Span, index: int) -> None:
    """Raise ArchitectureError for ``ConvNet``, unless a layer that follows a convolution is next."""
    following = without_lines(cursor.tokens[index + 1 : index + MAX_WORDS])
    name = find_layer_name(following, 0)
    if name is None or name.kind not in (*POOLS, *ACTIVATIONS, *NORMS):
        cursor.fail(
            f"{written} names a whole network, not one layer",
            span,
            help=("write its layers, as in CONV3-64 -> RELU -> POOL2",),
        )


def read_output_claim(
    cursor: TokenCursor, items: list[Element], colon: int, stop: int
) -> list[Element] | None:
    """``-> output: 8x13x13 ->``: the output shape of the layer before; None where it is none."""
    if colon + 2 >= stop or not is_symbol(cursor.tokens[colon], ":="):
        return None
    size, following = cursor.tokens[colon + 1 : colon + 3]
    if (
        size.kind != "size"
        or following.kind not in ("arrow", "down", "line")
        or len(sides(size.text)) != 3
    ):
        return None
    cursor.index = colon + 2
    return place_shape(cursor, items, shape_text(sides(size.text)), size.span)


def read_filters_alone(cursor: TokenCursor, items: list[Element], stop: int) -> list[Element]:
    """``16@3x3``, ``16@3x3 conv``, and the volume ``6@28x28`` of LeNet's figure."""
    token, size = cursor.tokens[cursor.index], cursor.peek(2)
    if cursor.names_volumes and is_kind(size, "size"):
        cursor.index += 3
        shape = shape_text([*sides(size.text), token.text])
        return place_shape(cursor, items, shape, Span(token.start, size.end))
    layer = cursor.add_layer(DraftLayer("CONV", "", Span(token.start, token.start)))
    read_filters_at(cursor, layer, stop)
    name = find_layer_name(cursor.tokens, cursor.index) if cursor.index < stop else None
    if name is not None and name.kind == "CONV" and name.digits is None:
        cursor.index += name.length
    return finish(cursor, layer, stop)


def finish(cursor: TokenCursor, layer: DraftLayer, stop: int) -> list[Element]:
    """Read what follows a name; returns the layer and the activations among its arguments."""
    read_modifiers(cursor, layer, stop)
    refuse_size_missing(cursor, layer)
    refuse_upconvolution(cursor, layer)
    end = max(layer.span.end, cursor.tokens[cursor.index - 1].end)
    layer.span = Span(layer.span.start, end)
    if layer.separable:
        return [*layer.before, *split_separable(layer), *layer.after]
    return [*layer.before, layer, *layer.after]


def read_width_alone(
    cursor: TokenCursor, items: list[Element], separator: Token | None
) -> list[Element]:
    """``FC -> 64``, ``FLATTEN -> 256``: a number as a step, the width of an FC or the output of a
    FLATTEN before it.

    Raises ArchitectureError for other numbers.
    """
    token, following = cursor.tokens[cursor.index], cursor.peek(1)
    number = token.text
    before = cursor.tokens[cursor.index - 2] if cursor.index > 1 else None
    is_thousand = token.glued and len(number) == 3 and is_symbol(separator, ",") and separator.glued
    if is_thousand and is_kind(before, "number"):
        cursor.fail(
            f"ambiguous: is {before.text},{number} one number or two?",
            Span(before.start, token.end),
            help=(f"write {before.text}{number}, or a space after the comma",),
        )
    names_unit = is_kind(following, "word") and squeeze(following.text) in FILTER_WORDS
    if following is not None and following.kind == "word" and not names_unit:
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
    cursor.index += 1 + names_unit
    if last.kind == "FLATTEN":
        values = f"[1x1x{number}]"
        if last.declared is not None and last.declared[0] != values:
            cursor.fail("the number of values is given twice", token.span)
        last.declared = values, token.span
        cursor.shape_declared = True
        return []
    if last.size == number and last.written != number and last.declared is None:
        follows_claim = any(item.declared is not None for item in items)
        if follows_claim:  # Flatten -> 1600 -> FC(128) -> 128
            last.declared = f"[1x1x{number}]", token.span
            cursor.shape_declared = True
            return []
    cursor.respell(token.span, f"FC-{number}", number)
    is_numbered = last.digits == str(cursor.kinds["FC"]) and not last.spaced  # fc1 -> 120
    if last.size is None and (last.digits is None or is_numbered):
        last.size = number
        last.span = Span(last.span.start, token.end)
        cursor.shape_declared = True
        return []
    return [cursor.add_layer(DraftLayer("FC", number, token.span, size=number))]


def takes_number(item: Element | None) -> TypeGuard[DraftLayer]:
    """Return whether a number as the next step may belong to an element."""
    return isinstance(item, DraftLayer) and item.kind in ("FC", "FLATTEN")


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
        if len(first) > 2 and first[0].text == "activation" and is_symbol(first[1], "="):
            first = first[2:]
        activation = find_activation(without_module(first))
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
    layers = [cursor.add_layer(DraftLayer(kind, token.text, token.span)) for kind in kinds]
    following = cursor.peek()
    if layers[0].kind in WITH_WIDTH and is_symbol(following, "(") and following.glued:
        read_modifiers(cursor, layers[0], cursor.closing(cursor.index) + 1)  # ConvBNReLU(32)
    return [*layers]


def is_free(argument: list[Token]) -> bool:
    """Return whether an argument is one of a framework that changes no size: ``name='x'``."""
    from cnnsize.layers.frameworks import FREE  # late: few texts have one

    return len(argument) > 2 and argument[0].text in FREE and is_symbol(argument[1], "=")


def read_any_activation(cursor: TokenCursor, stop: int) -> list[Element]:
    """``activation``, ``activation function``: RELU, because no activation changes a size."""
    token, end = cursor.tokens[cursor.index], cursor.index + 1
    if squeeze(token.text) not in ANY_ACTIVATION or is_symbol(cursor.peek(1), "=("):
        return []
    if end < stop and squeeze(cursor.tokens[end].text) in ("FUNCTION", "LAYER"):
        end += 1
    cursor.index = end
    cursor.note(
        f"{token.text}: read as RELU, because it does not say which; the sizes are the same"
    )
    return [cursor.add_layer(DraftLayer("RELU", token.text, token.span))]


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
        following = cursor.peek(1)
        is_step = is_kind(following, "word") and is_end(cursor.peek(2))
        if is_step and following and nearest(squeeze(following.text), ALIASES):
            refuse_word(cursor, following)  # 5x5 convoltion
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
    cursor.begin_branch()
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
        diagnostic = shifted(error, token.start).diagnostic
        written = cursor.slice(token.span)
        message = diagnostic.message.replace(token.text, written, 1)
        placed = replace(diagnostic, message=message, span=token.span)
        raise ArchitectureError(placed, cursor.original) from None
