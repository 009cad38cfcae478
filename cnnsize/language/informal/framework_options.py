"""What each value of a framework's call sets: ``kernel_size=(3, 5)``, ``padding='same'``."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.framework_axes import MAP, VECTOR, axes_before
from cnnsize.language.informal.framework_shapes import (
    set_axis,
    set_batch_input_shape,
    set_data_format,
    set_input_dim,
    set_input_shape,
    set_shape,
    set_sides,
    set_torch_shape,
)
from cnnsize.language.informal.framework_values import CallReader, Setter, next_to_x, pair, size
from cnnsize.language.informal.names import find_activation
from cnnsize.language.informal.options import new_activation, set_option, set_width
from cnnsize.language.informal.python_call import Value, constant
from cnnsize.language.informal.tokens import tokenize
from cnnsize.layers.frameworks import FLAX, KERAS, Argument


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
        text = f"{next_to_x(text)}x{next_to_x(text)}"
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


def fill_stride(layer: DraftLayer) -> None:
    """Give a transposed convolution whose stride is above its filter Keras' output of W S."""
    options = dict(layer.options)
    written = (layer.kernel or "", options.get("S", "1"), options.get("D", "1"))
    is_known = all(re.fullmatch(r"\d+(x\d+)?", text) for text in written)
    if not is_known or "output_padding" in options or options.get("P") == "same":
        return
    axes = zip(*[text.split("x") * (1 if "x" in text else 2) for text in written], strict=True)
    more = [max(0, int(S) - int(D) * (int(F) - 1) - 1) for F, S, D in axes]
    if any(more):
        layer.options.append(("output_padding", "x".join(map(str, more))))


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
    if argument.by_name and repr(value.constant) != argument.default:  # UpsamplingBilinear2d
        reader.refuse(argument, value, argument.default or "left out")
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
    if value.constant is None:
        return
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


def set_together(reader: CallReader) -> None:
    """Set what several values say together."""
    layer, called = reader.layer, reader.called
    is_same_or_valid = called.framework in (KERAS, FLAX)  # PyTorch and Gluon pad by numbers
    if is_same_or_valid and layer.kind == "TCONV":
        fill_stride(layer)
    if called.framework == KERAS:
        refuse_stride_and_dilation(reader)
        set_slopes_of_keras(reader)
    if called.name.startswith("Upsampl") and not (layer.kernel or layer.options):
        reader.cursor.fail(
            f"{called.name} has neither a size nor a scale_factor",
            layer.span,
            help=("write a factor as in scale_factor=2",),
        )
    set_affine(reader)


def refuse_stride_and_dilation(reader: CallReader) -> None:
    """Raise ArchitectureError for a stride together with a dilation, which Keras refuses."""
    options = dict(reader.layer.options)
    if options.get("S", "1") != "1" and options.get("D", "1") != "1":
        reader.cursor.fail(
            f"Keras' {reader.called.name} has no strides together with a dilation_rate",
            reader.layer.span,
            code="CNN003",
            help=(f"write {reader.layer.kind}3(S=2, D=2) for PyTorch's",),
        )


def set_slopes_of_keras(reader: CallReader) -> None:
    """Set the slopes of a PReLU without ``shared_axes``: one for each value that it receives.

    Raises ArchitectureError where these are not one for each channel.
    """
    layer = reader.layer
    if layer.kind != "PRELU" or layer.options:
        return
    if axes_before(reader.cursor) != VECTOR:
        reader.cursor.fail(
            "Keras' PReLU has a slope for each value of a map unless shared_axes says otherwise",
            layer.span,
            code="CNN003",
            help=("write PReLU(shared_axes=[1, 2]) for a slope for each channel",),
        )
    layer.options.append(("per", "channel"))


def set_affine(reader: CallReader) -> None:
    """Set whether a norm has a scale and a shift. Raises ArchitectureError where it has only one."""
    has_none = reader.layer.kind == "IN" and ("affine", "yes") not in reader.layer.options
    if has_none or ("affine", "no") in reader.layer.options:
        return
    if reader.affine == [False, False]:
        reader.layer.options.append(("affine", "no"))
    elif False in reader.affine:
        assert reader.affine_value is not None
        reader.cursor.fail(
            f"{reader.layer.kind} has both a scale and a shift, or neither",
            reader.affine_value.span,
            code="CNN003",
            help=("write affine=no for a norm without parameters",),
        )


def check_fixed(reader: CallReader, argument: Argument, value: Value) -> None:
    """``end_dim=-1``: an argument that must have its default"""
    if argument.name == "max_value" and value.constant in (6, 6.0):
        reader.layer.kind = "RELU6"
        return
    default = "1" if argument.name == "dim" else argument.default
    is_last_axis = argument.name == "end_dim" and value.constant == 3
    if is_last_axis and axes_before(reader.cursor) == MAP:
        return
    if ast.dump(value.node) == ast.dump(ast.parse(default or "None", mode="eval").body):
        return
    reader.refuse(argument, value, default or "left out")


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
    "torch_shape": set_torch_shape,
    "input_shape": set_input_shape,
    "batch_input_shape": set_batch_input_shape,
    "input_dim": set_input_dim,
    "fixed": check_fixed,
    "free": note_free,
}
