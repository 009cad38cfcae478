"""Tell running numbers, filter sizes and numbers of filters apart in a text that was read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NoReturn, TypeGuard

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.numbering import (
    ALWAYS_SIZED,
    FEWEST_FILTERS,
    FEWEST_SKIPPED,
    FEWEST_UNITS,
    FILTERED,
    NUMBERED_FIRST,
    POOLED,
    SIZE_OPTIONS,
    SIZED,
    are_odd_sizes,
    is_informal_numbering,
    is_numbering,
    is_numbering_along,
    may_be_filters,
)

LayersByKind = dict[str, list[DraftLayer]]
ODD_WINDOWS = ("1", "3", "5", "7", "9", "11")
NUMBERED = SIZED | ALWAYS_SIZED | {"FC"}  # kinds whose digits may be a size


def read_digits(cursor: TokenCursor) -> None:
    """Set ``running`` on the layers whose digits number them, and make numbers of filters of the
    digits that are some; those left are sizes.

    Raises ArchitectureError where they may be one or the other.
    """
    refuse_ranges(cursor)
    refuse_numbered_widths(cursor)
    refuse_lone_odd_numbers(cursor)
    by_kind: LayersByKind = {}
    for layer in cursor.layers:
        if layer.digits is not None:
            kind = "RELU" if layer.kind == "RELU6" else layer.kind
            by_kind.setdefault(kind, []).append(layer)
    for layer in by_kind.get("CONV", []) + by_kind.get("TCONV", []):
        is_width = layer.kernel is not None and int(layer.digits or 0) >= FEWEST_FILTERS
        if is_width and layer.size is None:  # Conv64(3x3)
            layer.size, layer.running = layer.digits, True
    for kind in numbered_kinds(cursor, by_kind):
        layers = by_kind[kind]
        mark(layers)
        if kind in SIZED:
            names = ", ".join(layer.written for layer in layers[:2])
            more = " ..." if len(layers) > 1 else ""
            cursor.note(f"{names}{more}: read as running numbers, not as filter sizes")
    for kind, layers in by_kind.items():
        if kind not in NUMBERED:
            mark(layers)  # its digits are never a size
        for layer in layers:
            layer.running = layer.running or layer.kernel is not None
    for kind in FILTERED:
        read_filters(cursor, by_kind, [x for x in by_kind.get(kind, ()) if not x.running])
    read_units(cursor, by_kind)
    if "RELU" in by_kind:
        unnumber_relu6(cursor)


def is_whole(text: str | None) -> TypeGuard[str]:
    """Return whether there is a text and it is a whole number."""
    return text is not None and text.isdecimal()


def refuse_ranges(cursor: TokenCursor) -> None:
    """Raise ArchitectureError for ``Conv1-2 -> Pool -> Conv3-4``, where the numbers count on."""
    ranges = [
        (int(layer.digits), int(layer.size))
        for layer in cursor.layers
        if layer.hyphenated and is_whole(layer.digits) and is_whole(layer.size)
    ]
    counts_on = all(first <= last for first, last in ranges) and all(
        before[1] + 1 == after[0] for before, after in pairwise(ranges)
    )
    if len(ranges) < 2 or not counts_on or ranges[0][0] != 1:
        return
    layer = next(layer for layer in cursor.layers if layer.hyphenated)
    cursor.fail(
        f"ambiguous: is {layer.digits}-{layer.size} a range of layers, or a filter size and a number of filters?",
        layer.span,
        help=(
            f"write [{layer.kind}]*2 for two layers, and {layer.kind}(F=1)-{layer.size} for filters of 1x1",
        ),
    )


def refuse_numbered_widths(cursor: TokenCursor) -> None:
    """Raise ArchitectureError for ``Conv1-32 -> Conv2-64``, whose first numbers count the layers, and
    for ``Conv64-128``, which may have 64 input channels.
    """
    layers = [
        layer
        for layer in cursor.layers
        if layer.kind in FILTERED and layer.hyphenated and is_whole(layer.digits)
    ]
    for layer in layers:
        if not layer.written.startswith(layer.kind) and int(layer.digits or 0) >= FEWEST_FILTERS:
            cursor.fail(
                f"ambiguous: is {layer.digits} the filter size or the number of input channels?",
                layer.span,
                help=(f"write {layer.kind}3-{layer.size}(in={layer.digits}) for input channels",),
            )
    is_informal = not any(layer.written.startswith(layer.kind) for layer in layers)
    if is_informal and layers and is_numbering(layers[0].kind, numbers_of(layers)):
        refuse_digits(cursor, layers[0])


def refuse_lone_odd_numbers(cursor: TokenCursor) -> None:
    """Raise ArchitectureError for ``Conv(9) -> Conv(1) -> Conv(5)``, whose numbers may be filter sizes."""
    layers = [layer for layer in cursor.layers if layer.kind in FILTERED and layer.size is not None]
    odd = [layer for layer in layers if layer.alone and layer.size in ODD_WINDOWS]
    if len(odd) < 2 or len(odd) < len(layers):
        return
    kind, size = odd[0].kind, odd[0].size
    cursor.fail(
        f"ambiguous: is {size} the filter size or the number of filters?",
        odd[0].span,
        help=(
            f"write {kind}{size} for filters of {size}x{size}, and {kind}-{size} for {size} filters",
        ),
    )


def mark(layers: list[DraftLayer]) -> None:
    """Set ``running`` on layers."""
    for layer in layers:
        layer.running = True


def numbers_of(layers: list[DraftLayer]) -> list[int]:
    """Return the digits of layers."""
    return [int(layer.digits or 0) for layer in layers]


def numbered_kinds(cursor: TokenCursor, by_kind: LayersByKind) -> list[str]:
    """Return the kinds with sizes whose digits are running numbers, in reading order."""
    numbers = {
        kind: numbers_of(layers)
        for kind, layers in by_kind.items()
        if kind in NUMBERED and not any(map(has_size, layers))
    }
    canonical = {kind for kind in numbers if any(map(is_canonical, by_kind[kind]))}
    spaced = {kind for kind in numbers if any(layer.spaced for layer in by_kind[kind])}
    counted = {
        kind
        for kind in numbers
        if is_numbering(kind, numbers[kind])
        or (kind not in canonical and is_informal_numbering(kind, numbers[kind]))
        or (kind not in canonical and is_numbered_together(by_kind, kind))
    }
    labelled = {layer.kind for layer in cursor.layers if is_labelled(layer)}  # conv1_1
    first = NUMBERED_FIRST & (labelled | counted)
    along = {
        kind
        for kind in numbers
        if ("CONV" in first or (first and kind not in canonical))
        and kind not in spaced
        and is_numbering_along(kind, numbers[kind])
        and (kind not in POOLED or is_numbered_pool(numbers[kind], numbers.get("CONV", ())))
    }
    return [kind for kind in numbers if kind in counted | along]


def is_labelled(layer: DraftLayer) -> bool:
    """Return whether a layer was found to be numbered while it was read; Conv64(3x3) has filters."""
    return layer.running and (layer.digits is None or layer.digits != layer.size)


def is_numbered_pool(numbers: Sequence[int], convolutions: Sequence[int]) -> bool:
    """Return whether pooling layers are numbered with these convolutions; conv1 -> pool2 has 2x2."""
    return not convolutions or all(
        number in convolutions or number >= FEWEST_SKIPPED for number in numbers
    )


def is_numbered_together(by_kind: LayersByKind, kind: str) -> bool:
    """Return whether a layer of another kind has the same number as each of these: conv3 -> relu3."""
    others = {
        number
        for other, layers in by_kind.items()
        if other not in (kind, "FC")
        for number in numbers_of(layers)
    }
    return kind in FILTERED and others.issuperset(numbers_of(by_kind[kind]))


def has_size(layer: DraftLayer) -> bool:
    """Return whether a layer has a size besides its digits, so that these may be one too."""
    written_size = layer.lettered and any(key in SIZE_OPTIONS | {"F"} for key, _ in layer.options)
    has_width = layer.size is not None and layer.hyphenated
    return layer.kernel is not None or has_width or written_size


def is_canonical(layer: DraftLayer) -> bool:
    """Return whether a layer with digits is written in canonical form: POOL3, not pool3 or
    MaxPool3.
    """
    return layer.written == f"{layer.kind}{layer.digits}"


def read_filters(cursor: TokenCursor, by_kind: LayersByKind, layers: list[DraftLayer]) -> None:
    """Make numbers of filters of the digits of convolutions that are some.

    Raises ArchitectureError where they may be filter sizes or running numbers too.
    """
    bare = [layer for layer in layers if not has_size(layer)]
    if not bare:
        return
    numbers = numbers_of(bare)
    is_informal = not any(map(is_canonical, bare))
    beside_units = any(number >= FEWEST_UNITS for number in numbers_of(by_kind.get("FC", [])))
    are_even = all(number > 2 and number % 2 == 0 for number in numbers)
    lacks_width = all(layer.size is None for layer in bare)
    if lacks_width and may_be_filters(bare[0].kind, numbers):
        if not is_informal:
            refuse_canonical_filters(
                cursor, next(x for x in bare if int(x.digits or 0) >= FEWEST_FILTERS)
            )
        make_filters(cursor, bare)
    elif lacks_width and is_informal and beside_units and are_even:
        make_filters(cursor, bare)  # Conv8 -> Pool -> Dense64
    elif is_informal and not are_odd_sizes(numbers):
        refuse_digits(cursor, bare[0])


def make_filters(cursor: TokenCursor, layers: list[DraftLayer]) -> None:
    """Read the digits of layers as their numbers of filters."""
    for layer in layers:
        if layer.spaced and int(layer.digits or 0) >= FEWEST_FILTERS:
            refuse_digits(cursor, layer)
        layer.size, layer.running = layer.digits, True


def refuse_canonical_filters(cursor: TokenCursor, layer: DraftLayer) -> NoReturn:
    """Raise ArchitectureError for CONV32, which is a filter size by the rules and rarely meant so."""
    kind, n = layer.kind, layer.digits
    cursor.fail(
        f"ambiguous: is {n} the filter size or the number of filters?",
        layer.span,
        help=(f"write {kind}-{n} for {n} filters, and {kind}(F={n}) for filters of {n}x{n}",),
    )


def refuse_digits(cursor: TokenCursor, layer: DraftLayer) -> NoReturn:
    """Raise ArchitectureError for a number that may be a size or count the layers."""
    kind, n = layer.kind, layer.digits
    if layer.spaced:
        cursor.fail(
            f"ambiguous: is {n} the filter size or the number of filters?",
            layer.span,
            help=(f"{kind}{n} has filters of {n}x{n}; {kind}-{n} has {n} filters",),
        )
    rest = "" if layer.size is None else f"-{layer.size}"
    filters = f", {kind}-{n} for {n} filters" if layer.size is None else ""
    cursor.fail(
        f"ambiguous: is {n} the filter size, or does it number the layer?",
        layer.span,
        help=(
            f"write {kind}{n}{rest} for filters of {n}x{n}{filters}, and {kind}{rest} if {n} is a running number",
        ),
    )


def read_units(cursor: TokenCursor, by_kind: LayersByKind) -> None:
    """Leave the digits of FC as units. Raises ArchitectureError for a lone fc2, which may be the second.

    Canonical text, FC with other numbers of units beside it, and Dense 2 have units.
    """
    layers = [x for x in by_kind.get("FC", ()) if not x.running and x.size is None]
    numbers = numbers_of(layers)
    is_plain = any(layer.spaced or is_canonical(layer) for layer in layers)
    if not layers or is_plain or max(numbers) >= FEWEST_UNITS:
        return
    is_last = layers[-1] is [layer for layer in cursor.layers if layer.kind == "FC"][-1]
    after = cursor.layers[cursor.layers.index(layers[-1]) + 1 :]
    ends_in_probability = any(x.kind in ("SIGMOID", "SOFTMAX") for x in after[:1])
    gives_filters = any(x.kind in FILTERED and x.size is not None for x in cursor.layers)
    if is_last and (ends_in_probability or gives_filters):
        return
    layer = layers[0]
    cursor.fail(
        f"ambiguous: is {layer.digits} the number of units, or does it number the layer?",
        layer.span,
        help=(f"write FC-{layer.digits} for units, and FC if {layer.digits} is a running number",),
    )


def unnumber_relu6(cursor: TokenCursor) -> None:
    """Read RELU6 as the sixth RELU, in a text that numbers its activations."""
    for layer in cursor.layers:
        if layer.kind == "RELU6":
            layer.kind = "RELU"
            cursor.respell(layer.span, "RELU", layer.written)
