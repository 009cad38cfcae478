"""Arrays of data, whose shapes say the size of an input: those of Keras' data sets."""

from __future__ import annotations

import ast
from math import prod

from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import (
    Arguments,
    Builtin,
    Constant,
    NotReadError,
    Size,
    Unknown,
    Value,
)

DATASETS = {
    "mnist": ((60_000, 28, 28), (60_000,)),
    "fashion_mnist": ((60_000, 28, 28), (60_000,)),
    "cifar10": ((50_000, 32, 32, 3), (50_000, 1)),
    "cifar100": ((50_000, 32, 32, 3), (50_000, 1)),
}
TEST_IMAGES = 10_000
SAME_SHAPE = frozenset(
    ["astype", "copy", "array", "asarray", "float32", "cast", "divide", "subtract", "multiply"]
)


class Array(Constant):
    """An array of data, as a data set of Keras returns it."""

    __slots__ = ()


def load_data(name: str, node: ast.AST) -> Value:
    """Return the training and the test data of a data set."""
    images, labels = DATASETS[name]
    test = (TEST_IMAGES, *images[1:]), (TEST_IMAGES, *labels[1:])
    return (
        (Array(images, node), Array(labels, node)),
        (Array(test[0], node), Array(test[1], node)),
    )


def array_attribute(array: Array, name: str, node: ast.AST) -> Value:
    """Return an attribute or method of an array."""
    if name == "shape":
        return Size(array.shape)
    if name == "ndim":
        return len(array.shape)
    if name == "resize":
        return Builtin(name, lambda arguments: resize(array, arguments))
    return Builtin(name, lambda arguments: array_function(name, array, arguments, is_method=True))


def array_function(
    name: str, array: Constant, arguments: Arguments, *, is_method: bool = False
) -> Value:
    """Return a function of an array."""
    rest = arguments.positional if is_method else arguments.positional[1:]
    if name in SAME_SHAPE:
        return array
    if name == "shape":
        return Size(array.shape)
    if name == "reshape":
        shape = rest[0] if len(rest) == 1 and isinstance(rest[0], (tuple, list)) else rest
        return reshaped(array, list(shape), arguments.node)
    if name == "expand_dims":
        axis = rest[0] if rest else arguments.keywords.get("axis")
        if axis in (-1, len(array.shape)):
            return Array((*array.shape, 1), array.node)
        if axis == 0:
            return Array((1, *array.shape), array.node)
    return Unknown(f"{name}() of an array", arguments.node)


def resize(array: Array, arguments: Arguments) -> None:
    """Change the shape of an array in place."""
    sizes = arguments.positional
    set_shape(array, sizes[0] if len(sizes) == 1 else sizes, arguments.node)


def set_shape(array: Array, shape: Value, node: ast.AST) -> None:
    """Let an array have another shape. Raises NotReadError if that is not known."""
    sizes = list(shape) if isinstance(shape, (tuple, list)) else [shape]
    result = reshaped(array, sizes, node)
    if isinstance(result, Unknown):
        raise NotReadError(result.reason, node)
    array.shape = result.shape


def reshaped(array: Constant, sizes: list[Value], node: ast.AST) -> Value:
    """Return an array in another shape."""
    are_sizes = all(isinstance(size, int) and not has_letters(size) for size in sizes)
    if not are_sizes or not sizes or sizes.count(-1) > 1:
        return Unknown("an array of a shape that is not known", node)
    total, rest = prod(array.shape), prod(size for size in sizes if size != -1)
    if -1 in sizes and rest > 0 and total % rest == 0:
        sizes = [total // rest if size == -1 else size for size in sizes]
    if prod(sizes) != total:
        return Unknown("an array whose values do not fit its shape", node)
    return Array(tuple(sizes), array.node)


def array_element(array: Array, index: Value, node: ast.AST) -> Value:
    """Return a part of an array: one image, some of them, or all with an axis more."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if parts == [Ellipsis, None]:
        return Array((*array.shape, 1), array.node)
    if len(parts) == 1 and isinstance(parts[0], int) and not has_letters(parts[0]):
        return Array(array.shape[1:], array.node)
    if len(parts) == 1 and isinstance(parts[0], slice):
        return Array(array.shape, array.node)  # the number of images does not matter
    are_whole = all(part is None or part == slice(None) for part in parts)
    if are_whole and parts[-1] is None and parts.count(None) == 1:
        return Array((*array.shape, 1), array.node)
    return Unknown("a part of an array", node)
