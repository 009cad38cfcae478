"""Write one layer of an informal text as strict text."""

from __future__ import annotations

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.numbering import FEWEST_UNITS
from cnnsize.language.informal.running_numbers import is_canonical
from cnnsize.layers.names import IMPLIED
from cnnsize.text.suggest import squeeze

# options that say how much a layer pads or enlarges, so that no number is implied by its name
AMOUNT_OPTIONS = ("factor", "to", "P", "left", "right", "top", "bottom")


def strict_layer(cursor: TokenCursor, layer: DraftLayer) -> str:
    """Return the strict text of a layer.

    Raises ArchitectureError where its digits are a second number of units.
    """
    if layer.verbatim is not None:
        return layer.verbatim
    kernel, size = place_digits(cursor, layer)
    if kernel is None and implies_kernel(layer):
        kernel = IMPLIED[layer.kind]
    text = layer.kind
    if kernel is not None:
        width, _, height = kernel.partition("x")
        text += width if width == height else kernel
    if size is not None:
        text += f"-{size}"
    if layer.shape is not None:
        text += layer.shape
    if layer.options:
        options = (f"{key}={value}" if key else value for key, value in layer.options)
        text += f"({', '.join(options)})"
    return text


def place_digits(cursor: TokenCursor, layer: DraftLayer) -> tuple[str | None, str | None]:
    """Return the kernel and the width of a layer, with the digits of its name where they belong."""
    kernel, size, digits = layer.kernel, layer.size, layer.digits
    if digits is None or layer.running:
        refuse_two_filters(cursor, layer)
        return kernel, size
    if layer.kind == "FC":
        if size is None:
            return kernel, digits
        if int(digits) >= FEWEST_UNITS:
            cursor.fail(
                "the number of units is given twice", layer.span, help=(f"keep one: FC-{size}",)
            )
        return None, size  # FC1 (120): a running number
    return digits if kernel is None else kernel, size


def refuse_two_filters(cursor: TokenCursor, layer: DraftLayer) -> None:
    """Raise ArchitectureError for ``DWCONV3(8)``, whose digit is a filter and no running number.

    It is one in ``CONV1(6@5x5) -> CONV2(16@5x5)``, where the digits of the kind count.
    """
    written = layer.kernel is not None or any(key == "F" for key, _ in layer.options)
    if layer.digits is None or not written or not is_canonical(layer):
        return
    digits = [each.digits for each in cursor.layers if each.kind == layer.kind and each.digits]
    numbers = [int(each) for each in digits if each.isdecimal()]
    is_counted = numbers == sorted(set(numbers)) and (len(numbers) > 1 or numbers == [1])
    if not is_counted:
        cursor.fail(
            "the filter size is given twice",
            layer.span,
            help=(f"keep one: {layer.kind}{layer.digits} or {layer.kind}{layer.kernel or ''}",),
        )


def implies_kernel(layer: DraftLayer) -> bool:
    """Return whether the name of a layer stands for a number that the text leaves out."""
    return (
        layer.kind in IMPLIED
        and squeeze(layer.written) != layer.kind
        and not any(key in AMOUNT_OPTIONS for key, _ in layer.options)
    )
