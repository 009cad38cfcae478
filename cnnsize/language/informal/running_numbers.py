"""Tell running numbers from sizes in a text that was read: ``conv1 -> pool1 -> conv2 -> pool2``."""

from __future__ import annotations

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.numbering import (
    ALWAYS_SIZED,
    NUMBERED_FIRST,
    SIZE_OPTIONS,
    SIZED,
    is_informal_numbering,
    is_numbering,
    is_numbering_along,
)

LayersByKind = dict[str, list[DraftLayer]]


def mark_running_numbers(cursor: TokenCursor) -> None:
    """Set ``running`` on the layers whose digits number them.

    The digits of a kind may do so only where no layer of it has a width, a filter or another size.
    Where convolutions or FC are numbered, so are the kinds that people number with them.
    """
    by_kind: LayersByKind = {}
    for layer in cursor.layers:
        if layer.digits is not None:
            kind = "RELU" if layer.kind == "RELU6" else layer.kind
            by_kind.setdefault(kind, []).append(layer)
    for kind in numbered_kinds(cursor, by_kind):
        layers = by_kind[kind]
        mark(layers)
        if kind in SIZED:
            names = ", ".join(layer.written for layer in layers[:2])
            more = " ..." if len(layers) > 1 else ""
            cursor.note(f"{names}{more}: read as running numbers, not as filter sizes")
    for kind, layers in by_kind.items():
        if kind not in SIZED | ALWAYS_SIZED | {"FC"}:
            mark(layers)  # its digits are never a size
        for layer in layers:
            layer.running = layer.running or layer.kernel is not None
    if "RELU" in by_kind:
        unnumber_relu6(cursor)


def mark(layers: list[DraftLayer]) -> None:
    """Set ``running`` on layers."""
    for layer in layers:
        layer.running = True


def numbered_kinds(cursor: TokenCursor, by_kind: LayersByKind) -> list[str]:
    """Return the kinds with sizes whose digits are running numbers, in reading order."""
    numbers = {
        kind: [int(layer.digits or 0) for layer in layers]
        for kind, layers in by_kind.items()
        if kind in SIZED | ALWAYS_SIZED | {"FC"} and not any(map(has_size, layers))
    }
    canonical = {kind for kind in numbers if any(map(is_canonical, by_kind[kind]))}
    counted = {
        kind
        for kind in numbers
        if is_numbering(kind, numbers[kind])
        or (kind not in canonical and is_informal_numbering(kind, numbers[kind]))
    }
    labelled = {layer.kind for layer in cursor.layers if layer.running}  # conv1_1
    first = NUMBERED_FIRST & (labelled | counted)
    along = {
        kind
        for kind in numbers
        if ("CONV" in first or (first and kind not in canonical))
        and is_numbering_along(kind, numbers[kind])
    }
    return [kind for kind in numbers if kind in counted | along]


def has_size(layer: DraftLayer) -> bool:
    """Return whether a layer has a size besides its digits, so that these may be one too."""
    written_size = layer.lettered and any(key in SIZE_OPTIONS | {"F"} for key, _ in layer.options)
    return layer.kernel is not None or layer.size is not None or written_size


def is_canonical(layer: DraftLayer) -> bool:
    """Return whether a layer with digits is written in canonical form: POOL3, not pool3 or
    MaxPool3.
    """
    return layer.written == f"{layer.kind}{layer.digits}"


def unnumber_relu6(cursor: TokenCursor) -> None:
    """Read RELU6 as the sixth RELU, in a text that numbers its activations."""
    for layer in cursor.layers:
        if layer.kind == "RELU6":
            layer.kind = "RELU"
            cursor.respell(layer.span, "RELU", layer.written)
