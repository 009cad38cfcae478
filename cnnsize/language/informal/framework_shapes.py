"""Shapes and sides in calls of frameworks: ``input_shape=(28, 28, 1)``, ``((1, 2), (3, 4))``."""

from __future__ import annotations

import ast
import re

from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.framework_axes import VECTOR, axes_before
from cnnsize.language.informal.framework_values import CallReader, next_to_x, size
from cnnsize.language.informal.python_call import Value, constant, expression
from cnnsize.layers.frameworks import KERAS, Argument
from cnnsize.layers.names import ACTIVATIONS

MAX_DEPTH = 4  # the number of image channels, where a shape may begin with it
CHANNELS_FIRST = re.compile(
    r"channels_first|dim_ordering\s?=\s?['\"]th\b|\bBatchNormalization\([^()\n]{0,200}axis\s?=\s?1\b"
)
CHANNELS_LAST = "channels_last"


def set_shape(reader: CallReader, argument: Argument, value: Value) -> None:
    """``Input(shape=(28, 28, 1))``: height, width and channels"""
    sides = list(value.items or ())
    if reader.layer.kind == "UNFLATTEN" and len(sides) == 1:
        reader.layer.kind = "FLATTEN"  # Reshape((784,))
        if constant(sides[0]) == -1:
            return
        reader.layer.declared = input_shape(reader, argument, value, sides), value.span
    else:
        reader.layer.shape = input_shape(reader, argument, value, sides)


def set_torch_shape(reader: CallReader, argument: Argument, value: Value) -> None:
    """``Unflatten(1, (64, 7, 7))``: channels, height and width"""
    texts = [expression(side) for side in value.items or ()]
    sizes = [text for text in texts if text is not None and text[0] != "-"]
    if len(sizes) != 3 or len(texts) != 3:
        reader.refuse(argument, value, "(channels, height, width)")
    reader.layer.shape = f"[{'x'.join(map(next_to_x, reversed(sizes)))}]"


def input_shape(reader: CallReader, argument: Argument, value: Value, sides: list[ast.expr]) -> str:
    """Return a Keras shape, whose channels are last unless the text says otherwise, as [WxHxD].

    Raises ArchitectureError where the channels seem to come first and nothing says so.
    """
    texts = [expression(side) for side in sides]
    sizes = [text if text is None or text[0] in "0123456789(" else f"({text})" for text in texts]
    if reader.layer.kind == "FLATTEN" and len(sizes) == 2:
        sizes.append("1")
    known = [text for text in sizes if text is not None]
    if len(known) == len(sizes) == 1:
        return f"[1x1x{known[0]}]"
    if len(known) != 3 or len(sizes) != 3:
        reader.refuse(argument, value, "(height, width, channels)")
    first, second, third = known
    text = reader.cursor.text
    if CHANNELS_FIRST.search(text):
        return f"[{third}x{second}x{first}]"
    seems_first = (
        reader.layer.kind != "UNFLATTEN"
        and first.isdecimal()
        and third.isdecimal()
        and int(first) <= MAX_DEPTH < min(int(third), int(second) if second.isdecimal() else 99)
    )
    if seems_first and CHANNELS_LAST not in text:
        reader.cursor.fail(
            f"ambiguous: are the channels of {value.text} first or last?",
            value.span,
            help=(
                f"channels first: write INPUT[{third}x{second}x{first}]",
                f"channels last, as is Keras' default: write INPUT[{second}x{first}x{third}]",
            ),
        )
    return f"[{second}x{first}x{third}]"


def set_input_shape(reader: CallReader, argument: Argument, value: Value) -> None:
    """``Conv2D(32, 3, input_shape=(28, 28, 1))``: the INPUT before the first layer"""
    if value.constant is None:
        return
    if value.items is None:
        reader.refuse(argument, value, "(height, width, channels)")
    set_input(reader, input_shape(reader, argument, value, value.items), value)


def set_batch_input_shape(reader: CallReader, argument: Argument, value: Value) -> None:
    """``batch_input_shape=(None, 28, 28, 1)``"""
    if value.constant is None:
        return
    if value.items is None or not value.items:
        reader.refuse(argument, value, "(batch, height, width, channels)")
    shape = input_shape(reader, argument, value, value.items[1:])
    if reader.layer.kind == "INPUT":
        reader.layer.shape = shape
    else:
        set_input(reader, shape, value)


def set_input_dim(reader: CallReader, argument: Argument, value: Value) -> None:
    """``Dense(64, input_dim=784)``"""
    if value.constant is None:
        return
    text = size(reader, argument, value)
    if reader.cursor.layers[0] is reader.layer:
        set_input(reader, f"[1x1x{next_to_x(text)}]", value)
    elif reader.layer.kind == "FC":
        reader.layer.options.append(("in", text))
    else:
        reader.refuse(argument, value, "on the first layer")


def set_input(reader: CallReader, shape: str, value: Value) -> None:
    """Put an INPUT before the layer. Raises ArchitectureError where it is not the first."""
    layers = reader.cursor.layers
    if layers and layers[0] is not reader.layer:
        reader.cursor.fail(
            "only the first layer has the shape of the input",
            value.span,
            help=("remove it here",),
        )
    reader.cursor.respell(value.span, f"INPUT{shape} ->")
    reader.layer.before.append(DraftLayer("INPUT", value.text, value.span, shape=shape))


def set_axis(reader: CallReader, argument: Argument, value: Value) -> None:
    """``Softmax(dim=1)``, ``BatchNormalization(axis=-1)``"""
    given = value.constant
    is_norm = reader.layer.kind not in ACTIVATIONS
    axes: tuple[object, ...] = (-1, 3) if is_norm else (None, -2, -1, 0, 1)
    if reader.layer.kind == "BN" or axes_before(reader.cursor) == VECTOR:
        axes += (1,)
    if not is_norm and axes_before(reader.cursor) != VECTOR:
        axes += (-4, -3, 2, 3)
    is_softmax = reader.layer.kind in ("SOFTMAX", "LOGSOFTMAX")
    if is_softmax and isinstance(given, int) and given > 3:
        reader.cursor.fail(
            f"ambiguous: is {given} the axis of {reader.layer.written}, or a number of units?",
            value.span,
            help=(f"write units as a layer: FC-{given} -> {reader.layer.kind}",),
        )
    if isinstance(given, bool) or given not in axes:
        reader.refuse(argument, value, "the axis of the channels" if is_norm else "an axis")
    if is_norm and given == 1 and CHANNELS_LAST in reader.cursor.text:
        reader.refuse(argument, value, "the axis of the channels, which are last here")


def set_data_format(reader: CallReader, argument: Argument, value: Value) -> None:
    """``data_format='channels_first'``: the order of the input's shape; see ``set_shape``."""
    if value.constant not in (None, "channels_last", "channels_first"):
        reader.refuse(argument, value, "'channels_last' or 'channels_first'")


def set_sides(reader: CallReader, argument: Argument, value: Value) -> None:
    """PyTorch's ``(left, right, top, bottom)``, Keras' ``((top, bottom), (left, right))``."""
    layer, items = reader.layer, value.items
    if items is None:
        layer.kernel = size(reader, argument, value)
        if not layer.kernel.isdecimal():
            layer.options.append(("P", layer.kernel))
            layer.kernel = None
        return
    if reader.called.framework == KERAS:
        sides = keras_sides(items)
        wanted = "a number, (height, width) or ((top, bottom), (left, right))"
    else:
        sides = [*items, *[ast.Constant(0)] * 2] if len(items) == 2 else items
        wanted = "a number or (left, right, top, bottom)"
    texts = [expression(side) for side in sides]
    names = ("left", "right", "top", "bottom")
    for name, text in zip(names, texts, strict=False):
        if text is None or text.startswith("-") or len(texts) != 4:
            reader.refuse(argument, value, wanted)
        layer.options.append((name, text))
    if not texts:
        reader.refuse(argument, value, wanted)


def keras_sides(items: list[ast.expr]) -> list[ast.expr]:
    """Return left, right, top and bottom of Keras' padding; other items as they are."""
    if len(items) != 2:
        return []
    ends = [
        item.elts if isinstance(item, (ast.Tuple, ast.List)) else [item, item] for item in items
    ]
    return [*ends[1], *ends[0]] if all(len(end) == 2 for end in ends) else []
