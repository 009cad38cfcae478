"""Digits glued to a layer's name: ``conv5_1`` is numbered, ``Conv3x3`` has a window, ``Conv64x2`` a count."""

from __future__ import annotations

import re

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.numbering import FEWEST_FILTERS, FILTERED
from cnnsize.language.informal.options import refuse_filters_first, set_width
from cnnsize.language.informal.tokens import sides


def place_glued_digits(cursor: TokenCursor, layer: DraftLayer, digits: str | None) -> None:
    """Place the digits glued to a name: ``conv5_1`` is numbered, ``Conv3x3`` has a window."""
    if digits is None:
        return
    if re.search(r"_\d|[a-z]$", digits) and not re.search("[xX×]", digits):
        refuse_filters_after_underscore(cursor, layer, digits)
        layer.running = True
    elif re.search("[xX×]", digits):
        refuse_short_suffix(cursor, layer, digits)
        size = sides(digits.replace("_", "x"))  # Conv_3x3_64
        if len(size) == 2 and is_counted(cursor, layer, size):  # Conv64×2
            layer.digits = size[0]
            layer.count = size[1], layer.span
            cursor.respell(layer.span, f"*{size[1]}", digits)
            return
        if len(size) == 3:  # CONV3x3x64
            refuse_filters_first(cursor, layer, size, layer.span)
            set_width(cursor, layer, size.pop(), layer.span)
        layer.kernel = "x".join(size)
    elif layer.kind == "FLATTEN" and int(digits) >= FEWEST_FILTERS:  # flatten2048
        layer.declared = f"[1x1x{digits}]", layer.span
    else:
        refuse_classes(cursor, layer, digits)
        layer.digits = digits


def refuse_classes(cursor: TokenCursor, layer: DraftLayer, digits: str) -> None:
    """Raise ArchitectureError for ``softmax71``, whose number is no running number."""
    if layer.kind == "SOFTMAX" and int(digits) >= FEWEST_FILTERS:
        cursor.fail(
            "SOFTMAX has no number of units",
            layer.span,
            code="CNN003",
            help=(f"write the units of the layer before it, as in FC-{digits} -> SOFTMAX",),
        )


def refuse_filters_after_underscore(cursor: TokenCursor, layer: DraftLayer, digits: str) -> None:
    """Raise ArchitectureError for ``conv3_64``, which may be the 64th layer of a block, or have 64
    filters.
    """
    first, _, last = digits.partition("_")
    if layer.kind in FILTERED and last.isdecimal() and int(last) >= 2 * FEWEST_FILTERS:
        cursor.fail(
            f"ambiguous: is {digits} a running number, or a filter size and a number of filters?",
            layer.span,
            help=(f"write {layer.kind}{first}-{last} for {last} filters of {first}x{first}",),
        )


def refuse_short_suffix(cursor: TokenCursor, layer: DraftLayer, digits: str) -> None:
    """Raise ArchitectureError for ``conv3x3_2``, whose last number may count the layers."""
    window, _, last = digits.partition("_")
    if last and int(last) < FEWEST_FILTERS:
        side = sides(window)[0]
        cursor.fail(
            f"ambiguous: is {last} a running number or the number of filters?",
            layer.span,
            help=(f"write {layer.kind}{side}, or {layer.kind}{side}-{last} for {last} filters",),
        )


def is_counted(cursor: TokenCursor, layer: DraftLayer, size: list[str]) -> bool:
    """Return whether two glued numbers are a width and a count: ``Conv64×2``, ``FC4096x2``.

    Raises ArchitectureError where they may also be a window.
    """
    first, second = map(int, size)
    if layer.kind == "FC":
        return True
    is_width = layer.kind in FILTERED and first >= FEWEST_FILTERS and second < FEWEST_FILTERS
    if not is_width and first != second and first % 2 != second % 2 and layer.kind in FILTERED:
        cursor.fail(
            f"ambiguous: is {size[0]}x{size[1]} the filter size, or is {size[1]} a count?",
            layer.span,
            help=(f"write [{layer.kind}{size[0]}]*{size[1]} for {size[1]} layers",),
        )
    return is_width
