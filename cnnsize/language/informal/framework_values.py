"""What each value of a framework's call sets: ``kernel_size=(3, 5)``, ``padding='same'``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import NoReturn

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.names import find_activation
from cnnsize.language.informal.options import new_activation, set_option, set_width
from cnnsize.language.informal.python_call import Value, constant, expression, is_whole
from cnnsize.language.informal.tokens import tokenize
from cnnsize.layers.frameworks import KERAS, Argument, Signature
from cnnsize.layers.names import ACTIVATIONS

MAX_DEPTH = 4  # the number of image channels, where a shape may begin with it
CHANNELS_FIRST = re.compile(r"channels_first|\bBatchNormalization\([^()\n]{0,200}axis\s?=\s?1\b")
CHANNELS_LAST = "channels_last"
SHARED_OVER_POSITIONS = ([1, 2], (1, 2))


class CallReader:
    """A call that is being read."""

    def __init__(self, cursor: TokenCursor, layer: DraftLayer, called: Signature) -> None:
        self.cursor = cursor
        self.layer = layer
        self.called = called
        self.affine: list[object] = []  # the values of center and scale
        self.affine_value: Value | None = None

    def refuse(self, argument: Argument, value: Value, wanted: str) -> NoReturn:
        """Raise ArchitectureError for a value; ``wanted`` says what it must be."""
        message = f"{argument.name} of {self.called.name} must be {wanted}, not {value.text}"
        self.cursor.fail(message, value.span, code="CNN004")

    def finish(self) -> None:
        """Set what several values say together."""
        if not self.affine:
            return
        if self.affine == [False, False]:
            self.layer.options.append(("affine", "no"))
        elif False in self.affine:
            assert self.affine_value is not None
            self.cursor.fail(
                f"{self.layer.kind} has both a scale and a shift, or neither",
                self.affine_value.span,
                code="CNN003",
                help=("write affine=no for a norm without parameters",),
            )


Setter = Callable[[CallReader, Argument, Value], None]


def suits(called: Signature, argument: Argument, value: Value) -> bool:
    """Return whether a value is of a type that the framework accepts; sizes are not looked at."""
    given = value.constant
    is_number = is_whole(given) or isinstance(given, float)
    is_text = isinstance(given, str)
    if argument.key == "activation":
        return not is_number and value.items is None
    if argument.key == "P":
        if called.framework == KERAS:
            return not is_number and value.items is None
        return given is not None
    if argument.key in ("K", "in"):
        is_shape = argument.name == "normalized_shape" and value.items is not None
        return not is_text and (value.items is None or is_shape)
    if argument.key == "shape":
        return value.items is not None
    return not (argument.key in ("F", "S", "D") and is_text)


def size(reader: CallReader, argument: Argument, value: Value) -> str:
    """Return a whole number, a letter or a formula as strict text."""
    text = expression(value.node)
    if text is None or text.startswith("-"):
        reader.refuse(argument, value, "a whole number")
    return text


def pair(reader: CallReader, argument: Argument, value: Value) -> str:
    """Return one size, or two that are height and width, as strict text."""
    if value.items is None:
        return size(reader, argument, value)
    sides = [expression(item) for item in value.items]
    wanted = "a number or a pair (height, width)"
    texts = [side for side in sides if side is not None and not side.startswith("-")]
    if len(texts) != 2 or len(sides) != 2:
        reader.refuse(argument, value, wanted)
    height, width = texts
    if height == width:
        return height
    return "x".join(
        side if side[0].isdigit() or side[0] == "(" else f"({side})" for side in (width, height)
    )


def set_number(reader: CallReader, argument: Argument, value: Value) -> None:
    """``groups=4``"""
    key = argument.key
    text = size(reader, argument, value)
    if key == "G" and reader.layer.kind in ("GN", "CHSHUFFLE"):
        reader.layer.options.insert(0, ("", text))
    else:
        set_option(reader.cursor, reader.layer, key, text, value.span)


def set_count(reader: CallReader, argument: Argument, value: Value) -> None:
    """``out_channels=64``"""
    set_width(reader.cursor, reader.layer, size(reader, argument, value), value.span)


def set_claim(reader: CallReader, argument: Argument, value: Value) -> None:
    """``in_channels=3``, ``num_features=64``, ``normalized_shape=(64,)``"""
    node = value.node
    if argument.name == "normalized_shape" and value.items is not None:
        if len(value.items) != 1:
            reader.refuse(argument, value, "the depth alone: LN normalizes over the depth")
        node = value.items[0]
    text = size(reader, argument, value._replace(node=node))
    reader.layer.options.append(("in", text))


def set_pair(reader: CallReader, argument: Argument, value: Value) -> None:
    """``kernel_size=(3, 5)``, ``stride=2``; ``stride=None`` is the window."""
    if value.constant is None and argument.default == "None":
        return
    text = pair(reader, argument, value)
    if argument.key == "output_padding" and text == "0":
        return
    set_option(reader.cursor, reader.layer, argument.key, text, value.span)


def set_target(reader: CallReader, argument: Argument, value: Value) -> None:
    """``output_size=(1, 1)``, ``size=16``: always written with two sides."""
    if value.constant is None and argument.default == "None":
        return
    text = pair(reader, argument, value)
    if "x" not in text:
        side = text if text[0].isdigit() or text[0] == "(" else f"({text})"
        text = f"{side}x{side}"
    reader.layer.options.append(("to", text))


def set_padding(reader: CallReader, argument: Argument, value: Value) -> None:
    """``padding=1``, ``padding='same'``"""
    layer, given = reader.layer, value.constant
    if isinstance(given, str):
        word = given.lower()
        if word not in ("same", "valid"):
            reader.refuse(argument, value, "'same' or 'valid'")
        if word == "valid":
            word = "0"
        if word == "0" and layer.kernel == "1":
            return
        layer.options.append(("P", word))
        return
    set_option(reader.cursor, layer, "P", pair(reader, argument, value), value.span)


def set_factor(reader: CallReader, argument: Argument, value: Value) -> None:
    """``scale_factor=2.0``, ``size=(2, 2)``"""
    if value.constant is None and argument.default == "None":
        return

    def whole(node: ast.expr) -> ast.expr:
        number = constant(node)
        is_integral = isinstance(number, float) and number.is_integer() and number < 1e9
        return ast.Constant(int(number)) if is_integral else node  # type: ignore[call-overload]

    if value.items is not None:
        node: ast.expr = ast.Tuple([whole(item) for item in value.items], ast.Load())
    else:
        node = whole(value.node)
    if isinstance(constant(node), float):
        reader.cursor.fail(
            f"the factor must be a whole number, not {value.text}",
            value.span,
            code="CNN004",
            help=("write the size that comes out, as UP(to=12x12)",),
        )
    text = pair(reader, argument, value._replace(node=node))
    set_option(reader.cursor, reader.layer, "factor", text, value.span)


def set_sides(reader: CallReader, argument: Argument, value: Value) -> None:
    """PyTorch's ``(left, right, top, bottom)``, Keras' ``((top, bottom), (left, right))``."""
    layer, items = reader.layer, value.items
    if items is None:
        layer.kernel = size(reader, argument, value)
        if not layer.kernel.isdigit():
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


def set_flag(reader: CallReader, argument: Argument, value: Value) -> None:
    """``bias=False``"""
    given = value.constant
    if isinstance(given, bool) or given in (0, 1):
        word = "yes" if given else "no"
    elif isinstance(value.node, ast.Name):
        word = value.node.id
    else:
        reader.refuse(argument, value, "True or False")
    if f"{bool(given)}" != argument.default or argument.key != "bias":
        reader.layer.options.append((argument.key, word))


def set_rate(reader: CallReader, argument: Argument, value: Value) -> None:
    """``Dropout(0.5)``"""
    given = value.constant
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        text = f"{given:.12g}"
    else:
        text = size(reader, argument, value)
    reader.layer.options.append(("", text))


def set_mode(reader: CallReader, argument: Argument, value: Value) -> None:
    """``mode='bilinear'``"""
    if not isinstance(value.constant, str):
        reader.refuse(argument, value, "a word in quotes")
    reader.layer.options.append(("mode", value.constant))


def set_activation(reader: CallReader, argument: Argument, value: Value) -> None:
    """``activation='relu'``, ``activation=tf.nn.relu``, ``activation=nn.ReLU()``"""
    given, node = value.constant, value.node
    if given is None or given == "linear":
        return
    if isinstance(node, ast.Call) and not (node.args or node.keywords):
        node = node.func
    name = given if isinstance(given, str) else getattr(node, "attr", getattr(node, "id", None))
    activation = find_activation(tokenize(name)) if isinstance(name, str) else None
    if activation is None:
        reader.cursor.fail(f"{value.text} is not an activation", value.span, code="CNN003")
    reader.layer.after.append(new_activation(reader.cursor, activation.key, value.span))


def set_slopes(reader: CallReader, argument: Argument, value: Value) -> None:
    """``PReLU(64)``: a slope for each channel"""
    text = size(reader, argument, value)
    if text != "1":
        reader.layer.options += [("per", "channel"), ("in", text)]


def set_shared_axes(reader: CallReader, argument: Argument, value: Value) -> None:
    """``PReLU(shared_axes=[1, 2])``: a slope for each channel"""
    axes = [constant(item) for item in value.items or ()]
    if axes != [1, 2]:
        reader.refuse(argument, value, "[1, 2]: a slope for each channel")
    reader.layer.options.append(("per", "channel"))


def set_affine_part(reader: CallReader, argument: Argument, value: Value) -> None:
    """``center=False``, ``scale=False``"""
    if not isinstance(value.constant, bool):
        reader.refuse(argument, value, "True or False")
    reader.affine.append(value.constant)
    reader.affine_value = value


def set_axis(reader: CallReader, argument: Argument, value: Value) -> None:
    """``Softmax(dim=1)``, ``BatchNormalization(axis=-1)``"""
    given = value.constant
    is_norm = reader.layer.kind not in ACTIVATIONS
    axes: tuple[object, ...] = (-1, 3, 1) if is_norm else (None, -3, -2, -1, 0, 1, 2, 3)
    if isinstance(given, bool) or given not in axes:
        reader.refuse(argument, value, "the axis of the channels" if is_norm else "an axis")
    if is_norm and given == 1 and CHANNELS_LAST in reader.cursor.text:
        reader.refuse(argument, value, "the axis of the channels, which are last here")


def set_data_format(reader: CallReader, argument: Argument, value: Value) -> None:
    """``data_format='channels_first'``: the order of the input's shape; see ``set_shape``."""
    if value.constant not in (None, "channels_last", "channels_first"):
        reader.refuse(argument, value, "'channels_last' or 'channels_first'")


def set_shape(reader: CallReader, argument: Argument, value: Value) -> None:
    """``Input(shape=(28, 28, 1))``: height, width and channels"""
    reader.layer.shape = input_shape(reader, argument, value, list(value.items or ()))


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
        first.isdigit()
        and third.isdigit()
        and int(first) <= MAX_DEPTH < min(int(third), int(second) if second.isdigit() else 99)
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
        side = text if text[0].isdigit() or text[0] == "(" else f"({text})"
        set_input(reader, f"[1x1x{side}]", value)
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


def check_fixed(reader: CallReader, argument: Argument, value: Value) -> None:
    """``end_dim=-1``: an argument that must have its default"""
    if argument.name == "max_value" and value.constant in (6, 6.0):
        reader.layer.kind = "RELU6"
        return
    if ast.dump(value.node) == ast.dump(ast.parse(argument.default or "None", mode="eval").body):
        return
    reader.refuse(argument, value, argument.default or "left out")


def note_free(reader: CallReader, argument: Argument, value: Value) -> None:
    """``eps=1e-05``"""
    reader.cursor.note(f"ignored: {argument.name}={value.text}; it does not change any size")


SETTERS: Mapping[str, Setter] = {
    "option": set_number,
    "in": set_claim,
    "K": set_count,
    "F": set_pair,
    "S": set_pair,
    "D": set_pair,
    "P": set_padding,
    "output_padding": set_pair,
    "to": set_target,
    "factor": set_factor,
    "sides": set_sides,
    "bias": set_flag,
    "ceil": set_flag,
    "include_pad": set_flag,
    "affine": set_flag,
    "rate": set_rate,
    "mode": set_mode,
    "activation": set_activation,
    "slopes": set_slopes,
    "shared_axes": set_shared_axes,
    "center": set_affine_part,
    "scale": set_affine_part,
    "axis": set_axis,
    "data_format": set_data_format,
    "shape": set_shape,
    "input_shape": set_input_shape,
    "batch_input_shape": set_batch_input_shape,
    "input_dim": set_input_dim,
    "fixed": check_fixed,
    "free": note_free,
}
