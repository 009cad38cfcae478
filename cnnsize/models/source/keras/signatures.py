"""The arguments of Keras' layers: bound to their names, with their defaults."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import NamedTuple

from cnnsize.layers.frameworks import (
    COMMON,
    KERAS,
    KERAS_1_NAMES,
    KERAS_ALIASES,
    KERAS_CALLS,
    Argument,
    free_key,
    parse_argument,
    signature,
)
from cnnsize.models.source.errors import RefusedError, StatedError, Statement
from cnnsize.models.source.values.keras import KerasLayer
from cnnsize.models.source.values.objects import Arguments, NotReadError, Site, Unknown, Value
from cnnsize.models.source.values.sites import places_of
from cnnsize.text.suggest import nearest

NOISE = "rate:free=None seed=None" + COMMON
AUGMENTATION = "*args:free=None" + COMMON
# Layers besides those of KERAS_CALLS, which have a kind of their own in the notation.
OTHER_CALLS: dict[str, str] = {
    "Activation": "activation" + COMMON,
    "Add": COMMON,
    "Multiply": COMMON,
    "Concatenate": "axis=-1" + COMMON,
    "Average": COMMON,
    "Maximum": COMMON,
    "Minimum": COMMON,
    "Subtract": COMMON,
    "Cropping2D": "cropping:sides=((0,0),(0,0)) data_format=None" + COMMON,
    "Permute": "dims" + COMMON,
    "Lambda": "function output_shape:free=None mask:free=None arguments:free=None" + COMMON,
    "Resizing": "height width interpolation='bilinear' crop_to_aspect_ratio=False" + COMMON,
    "CenterCrop": "height width" + COMMON,
    "Rescaling": "scale:free offset:free=0.0" + COMMON,
    "Normalization": "axis:free=-1 mean:free=None variance:free=None invert:free=False" + COMMON,
    "GaussianNoise": "stddev:free" + COMMON + " seed=None",
    "GaussianDropout": NOISE,
    "AlphaDropout": NOISE,
    "ActivityRegularization": "l1:free=0.0 l2:free=0.0" + COMMON,
    "ThresholdedReLU": "theta:free=1.0" + COMMON,
    "DepthToSpace": "block_size:factor" + COMMON,
    "Identity": COMMON,
}
AUGMENTATIONS = frozenset(
    [
        *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast"),
        *("RandomBrightness", "RandomShear", "RandomColorJitter", "RandomSaturation"),
        *(
            "RandomHue",
            "RandomSharpness",
            "RandomGrayscale",
            "RandomErasing",
            "RandomPosterization",
        ),
        *("RandomInvert", "RandomPerspective", "RandomGaussianBlur", "RandomColorDegeneration"),
        *("RandAugment", "AugMix", "AutoContrast", "Equalization", "Solarization"),
    ]
)
OTHER_DIMENSIONS = ("1D", "3D")
ORDERINGS = {"th": "channels_first", "tf": "channels_last"}
CONVOLUTIONS = ("Conv2D", "SeparableConv2D")
ALWAYS = frozenset(
    [
        *("name", "trainable", "dtype", "input_shape", "batch_input_shape", "input_dim"),
        *("batch_size", "input_length", "weights", "dynamic", "batch_shape", "mode"),
    ]
)


def layer_name(name: str) -> str:
    """Return the name that Keras gives a layer today."""
    return KERAS_ALIASES.get(name, name)


def is_layer(name: str) -> bool:
    """Return whether Keras has a layer of this name that can be read."""
    return (name in KERAS_CALLS and name != "Input") or name in OTHER_CALLS or name in AUGMENTATIONS


@lru_cache(maxsize=256)
def arguments_of(name: str) -> tuple[Argument, ...]:
    """Return the arguments of a layer in their order."""
    called = signature(KERAS, name)
    if called is not None:
        return called.arguments
    return tuple(map(parse_argument, OTHER_CALLS[name].split()))


@lru_cache(maxsize=256)
def default_of(argument: Argument) -> Value:
    """Return the default of an argument."""
    return ast.literal_eval(argument.default or "None")


class Dialect(NamedTuple):
    """Which Keras a call is written for."""

    root: str  # the package that it comes from: keras, or tensorflow
    is_keras_1: bool  # the file has arguments that only Keras 1 has


def construct(
    name: str, arguments: Arguments, dialect: Dialect, site: Site | None = None
) -> KerasLayer:
    """Return a layer with its arguments. Raises RefusedError for those that Keras refuses.

    ``site`` is the call of a function of the source that constructs it.
    """
    node = arguments.node
    if name in AUGMENTATIONS:
        return layer(name, {"input_shape": arguments.keywords.get("input_shape")}, arguments)
    positional, keywords = modern(name, arguments, dialect)
    name = layer_name(name)
    accepted = arguments_of(name)
    ordered = [argument.name for argument in accepted if not argument.by_name]
    if len(positional) > len(ordered):
        raise RefusedError(f"{name} takes at most {len(ordered)} arguments", node)
    values: dict[str, Value] = dict(zip(ordered, positional, strict=False))
    names = {argument.name for argument in accepted}
    for key, value in keywords.items():
        if key == "**":
            raise NotReadError(value.reason, node)
        if key in values:
            raise RefusedError(f"{name} gets {key} twice", node)
        if key not in names and key not in ALWAYS and free_key(key) != "free":
            raise unknown_argument(name, key, arguments, site)
        values[key] = value
    given = dict(values)
    for argument in accepted:
        if argument.name not in values and argument.default is None:
            raise RefusedError(f"{name} without {argument.name}", node)
        values.setdefault(argument.name, default_of(argument))
        is_handled = argument.default is None or argument.name == "max_value"
        is_fixed = argument.key == "fixed" and not is_handled
        if is_fixed and values[argument.name] != default_of(argument):
            raise NotReadError(f"{argument.name} of {name} is not in the notation", node)
    result = KerasLayer(name, values, node, written_in(name, arguments, positional), site)
    result.given = frozenset(given)
    return result


def unknown_argument(name: str, key: str, arguments: Arguments, site: Site | None) -> NotReadError:
    """Return the error for an argument that a layer does not have: a finding if it is misspelt."""
    node = arguments.node
    reason = f"{name} has no argument {key}"
    words = getattr(node, "keywords", [])
    place = next((word for word in words if word.arg == key), None)
    similar = nearest(key, [argument.name for argument in arguments_of(name)], limit=1)
    if place is None or not similar:
        return NotReadError(reason, node)
    error = StatedError(reason, place, Statement(reason, help=f"did you mean {similar[0]}?"))
    error.site = site
    return error


def written_in(name: str, arguments: Arguments, positional: list[Value]) -> dict[str, ast.AST]:
    """Return where the arguments of a layer are written, by the names that they have today."""
    names = [argument.name for argument in arguments_of(name) if not argument.by_name]
    accepted = {argument.name for argument in arguments_of(name)}
    if len(positional) != len(arguments.positional):  # rows and columns of Keras 1
        names = [*names[:1], "kernel_size"]
    places = places_of(names, arguments)
    return {
        key if key in accepted else KERAS_1_NAMES.get(key, key): place
        for key, place in places.items()
    }


def layer(name: str, values: dict[str, Value], arguments: Arguments) -> KerasLayer:
    """Return a layer."""
    return KerasLayer(name, values, arguments.node)


def modern(
    name: str, arguments: Arguments, dialect: Dialect
) -> tuple[list[Value], dict[str, Value]]:
    """Return arguments of Keras 1 under the names and in the order of today."""
    positional = list(arguments.positional)
    accepted = {argument.name for argument in arguments_of(layer_name(name))}
    keywords: dict[str, Value] = {}
    for key, value in arguments.keywords.items():
        new = key if key in accepted else KERAS_1_NAMES.get(key, key)
        keywords[new] = ORDERINGS.get(value, value) if is_ordering(key, value) else value
    rows, columns = keywords.pop("nb_row", None), keywords.pop("nb_col", None)
    if rows is not None and columns is not None:
        keywords["kernel_size"] = (rows, columns)
    if layer_name(name) in CONVOLUTIONS:
        positional = with_window(name, positional, arguments, dialect)
    return positional, keywords


def is_ordering(key: str, value: Value) -> bool:
    """Return whether an argument is the order of axes of Keras 1."""
    return key == "dim_ordering" and isinstance(value, str)


def with_window(
    name: str, positional: list[Value], arguments: Arguments, dialect: Dialect
) -> list[Value]:
    """Return positional arguments with rows and columns of a filter, as in Keras 1, as a pair.

    ``Convolution2D(32, 3, 3)`` had these until Keras 2; tf.keras and Keras 3 read a stride of 3.
    Raises NotReadError where it may be either.
    """
    sizes = positional[1:3]
    are_two = len(sizes) == 2 and all(isinstance(size, int) for size in sizes)
    if not are_two or dialect.root != "keras":
        return positional
    if {"padding", "strides", "data_format"} & set(arguments.keywords):
        return positional  # Keras 2 refuses these beside rows and columns
    is_old = dialect.is_keras_1 or name == "Convolution2D" or len(positional) > 3
    if not is_old:
        rows, columns = sizes
        raise NotReadError(
            f"{name}({positional[0]}, {rows}, {columns}) has a filter of {rows}x{columns} until "
            f"Keras 2, and a stride of {columns} in tf.keras and Keras 3; write "
            f"kernel_size=({rows}, {columns}) or strides={columns}",
            arguments.node,
        )
    return [positional[0], tuple(sizes), *positional[3:]]


def unread_layer(name: str) -> str:
    """Return why a layer of Keras is not read."""
    if name.endswith(OTHER_DIMENSIONS):
        return f"{name} is a layer of {name[-2]} dimension{'s' if name[-2] == '3' else ''}, which the notation does not have"
    return f"{name} is not in the notation"


def known(value: Value, what: str, node: ast.AST) -> Value:
    """Return a value. Raises NotReadError if it is not known."""
    if isinstance(value, Unknown):
        if value.error is not None:
            raise value.error
        raise NotReadError(f"{what}: {value.reason}", value.node or node)
    return value
