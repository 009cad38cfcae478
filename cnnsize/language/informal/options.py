"""Set sizes and options of a layer while it is read, each once."""

from __future__ import annotations

import re
from dataclasses import replace

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.numbering import FEWEST_FILTERS, FILTERED
from cnnsize.language.informal.shapes import shape_text
from cnnsize.language.informal.tokens import Token, sides, window
from cnnsize.language.informal.vocabulary import WINDOWED, WITH_SHAPE, WITH_WIDTH
from cnnsize.layers.names import ALIASES, FACTORS, POOLS
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

KEEP_ONE = ("keep one of the two",)


def set_width(cursor: TokenCursor, layer: DraftLayer, text: str, span: Span) -> None:
    """Set the number of filters or units. Raises ArchitectureError where it is set already."""
    if numbers_layer(cursor, layer):  # Conv-1 (16 filters)
        layer.size, layer.hyphenated = None, False
    if layer.size is not None:
        option = squeeze(text)
        if option in ("S", "P", "F", "D", "G"):
            cursor.fail(f"{option} has no value", span, help=(f"write it as in {option}=1",))
        cursor.fail("the number of filters or units is given twice", span, help=KEEP_ONE)
    layer.size = text


def numbers_layer(cursor: TokenCursor, layer: DraftLayer) -> bool:
    """Return whether the number after a hyphen counts the layers of its kind: the 2 of ``Conv-2 (16)``."""
    is_informal = layer.hyphenated and layer.written != layer.kind and layer.digits is None
    return is_informal and layer.size == str(cursor.kinds[layer.kind])


def set_kernel(cursor: TokenCursor, layer: DraftLayer, text: str, span: Span, name: str) -> None:
    """Set the window or the factor. Raises ArchitectureError, with its ``name``, where another is
    set already.
    """
    if layer.kernel not in (None, text):
        cursor.fail(f"the {name} is given twice", span, help=KEEP_ONE)
    layer.kernel = text


def set_shape(cursor: TokenCursor, layer: DraftLayer, shape: str, span: Span) -> None:
    """Set the shape in the brackets of INPUT, UNFLATTEN or CROP. Raises ArchitectureError where it
    is set already.
    """
    if layer.shape is not None:
        cursor.fail("the shape is given twice", span)
    layer.shape = shape


def has_filter(layer: DraftLayer) -> bool:
    """Return whether a layer has a window, or digits that may be one."""
    return layer.kernel is not None or layer.digits is not None


def set_option(cursor: TokenCursor, layer: DraftLayer, key: str, value: str, span: Span) -> None:
    """Set an option, or the size that it stands for: ``K=64`` is the width of a CONV.

    Raises ArchitectureError where it is set already.
    """
    name, pattern = glued_size(layer, key)
    if re.fullmatch(pattern, value):
        if name == "width":
            set_width(cursor, layer, value, span)
        else:
            set_kernel(cursor, layer, value, span, name)
        return
    if key and any(key == other for other, _ in layer.options):
        cursor.fail(f"{key} is given twice", span, help=KEEP_ONE)
    layer.options.append((key, value))


def glued_size(layer: DraftLayer, key: str) -> tuple[str, str]:
    """Return the size in the head of a layer that an option stands for, and the pattern of its
    value; the pattern matches nothing where the option is none of these.
    """
    if key == "K" and layer.kind in WITH_WIDTH:
        return "width", r"\w+|\(.*\)"
    if key == "F" and layer.kind in WINDOWED:
        return "filter size", r"\d+(x\d+)?"
    if key == "factor" and layer.kind in FACTORS:
        return "factor", r"\d+(x\d+)?"
    return "", r"(?!)"


def set_window(cursor: TokenCursor, layer: DraftLayer, text: str, span: Span) -> None:
    """Set the window from a size in the arguments of a call, where it is H x W as in PyTorch.

    A second size is the stride of a pooling layer; a third number is a number of filters, or makes
    the size a declared shape.
    """
    size = sides(text)
    if is_volume(size):
        declare_volume(cursor, layer, size, span)
        return
    takes_filters = layer.kind in FILTERED and layer.size is None
    if len(size) == 3 and takes_filters:  # conv(5x5x32)
        refuse_filters_first(cursor, layer, size, span)
        set_width(cursor, layer, size.pop(), span)
        note_filters(cursor, text, size, layer)
    if len(size) == 3:
        layer.declared = f"[{'x'.join(size)}]", span
        return
    if len(size) == 1:
        size = size * 2
    turned = size[::-1]
    if not squeeze(layer.written).startswith("ADAPTIVE"):
        refuse_large_window(cursor, layer, size, span)
    if squeeze(layer.written).startswith("ADAPTIVE"):
        set_option(cursor, layer, "to", "x".join(turned), span)
    elif layer.kernel is not None:
        same = layer.kernel == "x".join(size) or layer.kernel == window(size)
        if not same:
            key = "S" if layer.kind in POOLS else "F"
            set_option(cursor, layer, key, "x".join(turned), span)
    else:
        if layer.digits is not None:
            layer.running = True  # Conv1(6@5x5): the filter is in the arguments
        layer.kernel = window(turned)


def refuse_large_window(
    cursor: TokenCursor, layer: DraftLayer, size: list[str], span: Span
) -> None:
    """Raise ArchitectureError for ``MaxPool (16x16)``, which is more often an output size."""
    if layer.kind == "POOL" and len(size) == 2 and min(map(int, size)) >= FEWEST_FILTERS:
        text = "x".join(size)
        cursor.fail(
            f"ambiguous: is {text} the window or the output size?",
            span,
            help=(f"write a window as POOL{window(size)}, and an output size as POOL(to={text})",),
        )


def split_separable(layer: DraftLayer) -> list[DraftLayer]:
    """Return a separable convolution as a depthwise one, which has no bias, and one of 1x1."""
    depthwise = replace(
        layer,
        kind="DWCONV",
        size=None,
        options=[(key, text) for key, text in layer.options if key != "bias"] + [("bias", "no")],
        before=[],
        after=[],
    )
    pointwise = DraftLayer(
        "CONV",
        layer.written,
        layer.span,
        kernel="1",
        size=layer.size,
        options=[(key, text) for key, text in layer.options if key == "bias"],
    )
    return [depthwise, pointwise]


def is_volume(size: list[str]) -> bool:
    """Return whether three numbers are a volume: ``conv (38x38x8)`` has no filters of 38x38."""
    return len(size) == 3 and min(map(int, size[:2])) >= FEWEST_FILTERS


def declare_volume(cursor: TokenCursor, layer: DraftLayer, size: list[str], span: Span) -> None:
    """Declare the output of a layer. Raises ArchitectureError where it is declared already."""
    if layer.declared is not None:
        cursor.fail("the shape is given twice", span)
    layer.declared = shape_text(size), span
    if layer.kind in WITH_WIDTH and layer.size is None:
        layer.size = size[2]


def refuse_filters_first(
    cursor: TokenCursor, layer: DraftLayer, size: list[str], span: Span
) -> None:
    """Raise ArchitectureError for ``Conv24x3x3``, which may be 24 filters of 3x3."""
    if size[0] != size[1] == size[2]:
        cursor.fail(
            f"ambiguous: are these {size[0]} filters of {size[1]}x{size[2]}, or {size[2]} of {size[0]}x{size[1]}?",
            span,
            help=(f"write {layer.kind}{size[1]}-{size[0]} for {size[0]} filters",),
        )


def note_filters(cursor: TokenCursor, text: str, size: list[str], layer: DraftLayer) -> None:
    """Note that the last of three numbers was read as the number of filters."""
    cursor.note(f"{text} is read as {layer.size} filters of {size[0]}x{size[1]}")


def new_activation(cursor: TokenCursor, key: str, span: Span) -> DraftLayer:
    """Return the activation layer that was written as an argument of another layer."""
    kind = ALIASES[key]
    cursor.respell(span, f"-> {kind}")
    return DraftLayer(kind, cursor.slice(span), span)


def set_size(cursor: TokenCursor, layer: DraftLayer, size: list[str], token: Token) -> None:
    """Set the size after a name: the shape of INPUT, else a filter, with a number of filters or as
    a declared shape where it has three parts. ``token`` is where errors point.
    """
    if layer.kind in WITH_SHAPE:
        set_shape(cursor, layer, shape_text(size), token.span)
        return
    if is_volume(size):
        declare_volume(cursor, layer, size, token.span)
        return
    if squeeze(layer.written).startswith("ADAPTIVE") and len(size) == 2:
        set_option(cursor, layer, "to", "x".join(size), token.span)
        return
    takes_filters = layer.kind in FILTERED and layer.size is None
    is_free = takes_filters and layer.kernel is None
    if len(size) == 3 and is_free:  # Conv 3x3x16
        refuse_filters_first(cursor, layer, size, token.span)
        set_width(cursor, layer, size.pop(), token.span)
        note_filters(cursor, token.text, size, layer)
    if len(size) == 3:
        layer.declared = shape_text(size), token.span
    else:
        refuse_large_window(cursor, layer, size, token.span)
        set_kernel(cursor, layer, "x".join(size), token.span, "filter size")
