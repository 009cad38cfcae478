"""Bare numbers in parentheses, by the kind of the layer and by how many there are.

``Conv2d(3, 64, 3, 1, 1)`` and ``Conv2D(64, 3)`` are told apart by the number of arguments, and by
the name of PyTorch's class where both are possible.
"""

from __future__ import annotations

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.numbering import FEWEST_FILTERS
from cnnsize.language.informal.options import set_option, set_width
from cnnsize.language.informal.tokens import Token, span_of
from cnnsize.language.informal.vocabulary import DROPOUTS, TORCH_CLASSES
from cnnsize.layers.names import FACTORS, POOLS
from cnnsize.text.suggest import squeeze

# Keys in order, for as many numbers as there are. F is left out where the window is known. The
# number of input channels comes first in PyTorch, and is left out in Keras.
CALLS: dict[str, tuple[str, ...]] = {
    "CONV": ("in", "K", "F", "S", "P"),
    "TCONV": ("in", "K", "F", "S", "P"),
    "FC": ("in", "K"),
    "DWCONV": ("F", "S", "P"),
    "POOL": ("F", "S", "P"),
    "AVGPOOL": ("F", "S", "P"),
}
# Keys for exactly so many numbers. "" is a value without a key.
SIGNATURES: dict[tuple[str, int], tuple[str, ...]] = {
    ("BN", 1): ("in",),
    ("LN", 1): ("in",),
    ("IN", 1): ("in",),
    ("GN", 1): ("",),
    ("GN", 2): ("", "in"),
    ("CHSHUFFLE", 1): ("",),
    **{(kind, 1): ("",) for kind in DROPOUTS},
    **{(kind, 1): ("kernel",) for kind in (*FACTORS, "PAD")},
    ("PAD", 4): ("left", "right", "top", "bottom"),
    ("FLATTEN", 1): ("outputs",),
    ("OUTPUT", 1): ("units",),
    ("LRN", 1): ("noted",),
    **{(kind, 1): ("slope",) for kind in ("LRELU", "ELU", "PRELU", "SOFTPLUS")},
}


def set_positional(cursor: TokenCursor, layer: DraftLayer, numbers: list[Token]) -> None:
    """Set what the bare numbers of a call stand for.

    Raises ArchitectureError where the kind takes no number, or not so many.
    """
    if not numbers:
        return
    count = len(numbers)
    has_width = "K" in CALLS.get(layer.kind, ())
    adaptive = squeeze(layer.written).startswith("ADAPTIVE") and count <= 2
    if adaptive and not has_width:
        layer.options.append(("to", f"{numbers[-1].text}x{numbers[0].text}"))
        return
    refuse_either_order(cursor, layer, numbers)
    keys = argument_keys(cursor, layer, numbers)
    refuse_large_stride(cursor, layer, keys, numbers)
    for key, number in zip(keys, numbers, strict=True):
        set_argument(cursor, layer, key, number.text, numbers)


def refuse_either_order(cursor: TokenCursor, layer: DraftLayer, numbers: list[Token]) -> None:
    """Raise ArchitectureError for bare numbers that may be in PyTorch's order or in Keras':
    ``conv(3, 64)``, ``conv(64, 7, 2)``; and for ``Pool(40)``, which may be an output size.
    """
    values = [int(number.text) for number in numbers if number.text.isdecimal()]
    is_free = layer.kernel is None and layer.digits is None and layer.size is None
    torch = layer.written.replace(" ", "") in TORCH_CLASSES
    if len(values) < len(numbers) or not is_free or torch:
        return
    kind, span = layer.kind, span_of(numbers)
    text = ", ".join(number.text for number in numbers)
    if kind == "POOL" and len(values) == 1 and values[0] >= FEWEST_FILTERS:
        cursor.fail(
            f"ambiguous: is {text} the window or the output size?",
            span,
            help=(f"write a window as POOL{text}, and an output size as POOL(to={text}x{text})",),
        )
    if kind in POOLS and len(values) == 2 and values[0] == 1 < values[1]:
        first, second = values
        cursor.fail(
            f"ambiguous: is ({text}) a window, or a window and a stride?",
            span,
            help=(
                f"write {kind}{second}x{first} for a window {first} high and {second} wide, and {kind}{first}(S={second}) for a stride",
            ),
        )
    if kind not in ("CONV", "TCONV") or any(key == "in" for key, _ in layer.options):
        return
    if len(values) == 2 and (values[1] >= FEWEST_FILTERS or values[0] <= values[1]):
        first, second = values
        cursor.fail(
            f"ambiguous: is {first} the filter size, the number of filters or of input channels?",
            span,
            help=(
                f"write {kind}{first}-{second}, {kind}{second}-{first} or {kind}-{second}(in={first})",
            ),
        )
    if len(values) in (3, 4):
        first, second, third = values[:3]
        if third >= FEWEST_FILTERS:  # conv(16, 32, 64)
            cursor.fail(
                f"cannot tell what these {len(values)} numbers mean",
                span,
                code="CNN003",
                help=(f"name them, as in {kind}3-64(S=2, P=1)",),
            )
        is_stride = third < min(second, 5)
        is_window = third == second and second % 2 == 1  # Conv(16, 3, 3)
        is_keras = (is_stride or is_window) and second < FEWEST_FILTERS and first >= second
        if first in (5, 7, 9, 11) and third in (1, 2, 4):
            cursor.fail(
                f"ambiguous: does ({text}) begin with kernel, filters, stride, or with in, out, kernel?",
                span,
                help=(
                    f"write {kind}{first}-{second}(S={third}), or {kind}{third}-{second}(in={first})",
                ),
            )
        if is_keras and not continues_channels(cursor, number=numbers[0].text):
            cursor.fail(
                f"ambiguous: does ({text}) begin with filters, kernel, stride, or with in, out, kernel?",
                span,
                help=(
                    f"write {kind}{second}-{first}(S={third}), or {kind}{third}-{second}(in={first})",
                ),
            )


def continues_channels(cursor: TokenCursor, *, number: str) -> bool:
    """Return whether a number is the width of the convolution before, which has its input channels
    too: ``conv(3, 64, 3) -> conv(64, 3, 3)``.
    """
    before = [layer for layer in cursor.layers[-8:-1] if layer.kind in ("CONV", "TCONV")]
    has_channels = bool(before) and any(key == "in" for key, _ in before[-1].options)
    return has_channels and before[-1].size == number


def refuse_large_stride(
    cursor: TokenCursor, layer: DraftLayer, keys: tuple[str, ...], numbers: list[Token]
) -> None:
    """Raise ArchitectureError for ``conv(5, 5, 1, 6)``, the shape of a kernel in TensorFlow."""
    texts = dict(zip(keys, (number.text for number in numbers), strict=False))
    filter_size, stride = texts.get("F", ""), texts.get("S", "")
    is_call = "in" in keys and filter_size.isdecimal() and stride.isdecimal()
    if is_call and int(stride) > int(filter_size):
        cursor.fail(
            f"cannot tell what these {len(numbers)} numbers mean",
            span_of(numbers),
            code="CNN003",
            help=(f"name them, as in {layer.kind}3-64(S=2, P=1)",),
        )


def argument_keys(cursor: TokenCursor, layer: DraftLayer, numbers: list[Token]) -> tuple[str, ...]:
    """Return the key of each number. Raises ArchitectureError where that is not known."""
    kind, count = layer.kind, len(numbers)
    call = CALLS.get(kind)
    if call is not None:
        layer.alone = count == 1 and layer.kernel is None and layer.digits is None
        keys = call if layer.kernel is None else tuple(key for key in call if key != "F")
        lacks_window = layer.kernel is None and layer.digits is None and "F" in call
        names_channels = any(key == "in" for key, _ in layer.options)
        first = numbers[0].text
        if kind == "DWCONV" and first.isdecimal() and int(first) >= FEWEST_FILTERS:  # its channels
            return ("in", *keys)[:count]
        has_channels = names_channels and layer.size is not None
        if has_channels and lacks_window and count == 1:  # Conv(1 -> 8, 3)
            keys = ("F",)
        if count > len(keys):
            named = (
                "write the units as in FC-10"
                if kind == "FC"
                else f"name them, as in {kind}3-64(S=2, P=1)"
            )
            cursor.fail(
                f"cannot tell what these {count} numbers mean",
                span_of(numbers),
                code="CNN003",
                help=(named,) if "K" in call else (),
            )
        return (
            keys[1:][:count]
            if "in" in keys and not starts_with_input(layer, count)
            else keys[:count]
        )
    signature = SIGNATURES.get((kind, count))
    if signature == ("kernel",) and layer.kernel is not None:
        signature = None
    if signature is None:
        message = f"cannot tell what {numbers[0].text} means for {kind}"
        cursor.fail(message, span_of(numbers), code="CNN003")
    return signature


def starts_with_input(layer: DraftLayer, count: int) -> bool:
    """Return whether the first number is the number of input channels or features."""
    torch = layer.written.replace(" ", "") in TORCH_CLASSES
    pair = torch or layer.kind == "FC" or layer.kernel is not None
    return count >= 3 or (count == 2 and pair)


def set_argument(
    cursor: TokenCursor, layer: DraftLayer, key: str, value: str, numbers: list[Token]
) -> None:
    """Set one number of a call under its key."""
    span = span_of(numbers)
    if key == "K":
        set_width(cursor, layer, value, span)
    elif key in ("F", "S", "P"):
        if key == "F" and layer.digits is not None:
            layer.running = True
        set_option(cursor, layer, key, value, span)
    elif key == "kernel" and not value.isdecimal():  # UP(f)
        layer.options.append(("P" if layer.kind == "PAD" else "factor", value))
    elif key == "kernel":
        layer.kernel = value
    elif key == "outputs":
        if value == "1":
            cursor.note("ignored: (1), torch's first dimension to flatten")
        else:
            layer.declared = f"[1x1x{value}]", span
    elif key == "units":  # Out(10): the last FC
        layer.kind, layer.size = "FC", value
    elif key == "noted":
        cursor.note(f"ignored: ({value}); it does not change any size")
    elif key == "slope":
        cursor.note(f"ignored: ({value}); a slope does not change any size")
    else:
        layer.options.append((key, value))
