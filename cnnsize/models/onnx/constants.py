"""The operators that compute shapes in an ONNX graph, on small constants.

Each function gets the attributes of a node and its inputs as arrays, and None for an input that the
node does not have. An error of numpy means that the value is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

MAX_CONSTANT = 256  # values of a constant that is computed
Attributes = dict[str, Any]
Fold = Callable[..., Any]


def axes_of(attributes: Attributes, given: Any) -> tuple[int, ...] | None:
    """Return the axes of a node: an attribute in older versions of an operator, then an input."""
    axes = attributes.get("axes") if given is None else given
    return None if axes is None else tuple(int(axis) for axis in axes)


def constant(attributes: Attributes) -> Any:
    name, value = next(iter(attributes.items()), ("", None))
    kind = np.float32 if name.startswith("value_float") else np.int64
    return np.array(value, kind) if name.startswith(("value_float", "value_int")) else None


def shape(attributes: Attributes, dims: tuple[int, ...]) -> Any:
    start, end = attributes.get("start", 0), attributes.get("end", len(dims))
    return np.array(dims, np.int64)[start:end]


def size(attributes: Attributes, dims: tuple[int, ...]) -> Any:
    return np.array(np.prod(dims), np.int64)


def gather(attributes: Attributes, values: Any, indices: Any) -> Any:
    return np.take(values, indices, axis=attributes.get("axis", 0))


def concat(attributes: Attributes, *parts: Any) -> Any:
    return np.concatenate(parts, axis=attributes["axis"])


def unsqueeze(attributes: Attributes, values: Any, axes: Any = None) -> Any:
    return np.expand_dims(values, axes_of(attributes, axes) or ())


def squeeze(attributes: Attributes, values: Any, axes: Any = None) -> Any:
    return np.squeeze(values, axes_of(attributes, axes))


def slice_(
    attributes: Attributes,
    values: Any,
    starts: Any = None,
    ends: Any = None,
    axes: Any = None,
    steps: Any = None,
) -> Any:
    starts = attributes.get("starts") if starts is None else starts
    ends = attributes.get("ends") if ends is None else ends
    own_axes = axes_of(attributes, axes) or range(len(starts))
    index = [slice(None)] * values.ndim
    for place, axis in enumerate(own_axes):
        step = 1 if steps is None else int(steps[place])
        index[axis] = slice(int(starts[place]), int(ends[place]), step)
    return values[tuple(index)]


def cast(attributes: Attributes, values: Any) -> Any:
    from onnx import helper

    return values.astype(helper.tensor_dtype_to_np_dtype(attributes["to"]))


def divide(attributes: Attributes, first: Any, second: Any) -> Any:
    if np.issubdtype(first.dtype, np.integer):
        return (np.sign(first) * np.sign(second) * (abs(first) // abs(second))).astype(first.dtype)
    return first / second


def reshape(attributes: Attributes, values: Any, target: Any = None) -> Any:
    target = attributes.get("shape") if target is None else target
    return values.reshape([int(side) or values.shape[place] for place, side in enumerate(target)])


def constant_of_shape(attributes: Attributes, dims: Any) -> Any:
    if np.prod(dims.astype(float)) > MAX_CONSTANT:
        return None
    from onnx import numpy_helper

    value = attributes.get("value")
    fill = np.zeros(1, np.float32) if value is None else numpy_helper.to_array(value)
    return np.full([int(side) for side in dims], fill.reshape(-1)[0], fill.dtype)


def range_(attributes: Attributes, start: Any, limit: Any, delta: Any) -> Any:
    if abs(limit - start) > MAX_CONSTANT * abs(delta):
        return None
    return np.arange(start, limit, delta)


def expand(attributes: Attributes, values: Any, dims: Any) -> Any:
    if np.prod(dims.astype(float)) > MAX_CONSTANT:
        return None
    return values * np.ones([int(side) for side in dims], values.dtype)


def clip(attributes: Attributes, values: Any, low: Any = None, high: Any = None) -> Any:
    low = attributes.get("min") if low is None else low
    high = attributes.get("max") if high is None else high
    if low is None and high is None:
        return values
    return np.asarray(np.clip(values, low, high)).astype(values.dtype)


def reduced(function: Callable[..., Any]) -> Fold:
    """Return the function of a reduction."""

    def reduce(attributes: Attributes, values: Any, axes: Any = None) -> Any:
        keep = bool(attributes.get("keepdims", 1))
        return np.asarray(function(values, axis=axes_of(attributes, axes), keepdims=keep))

    return reduce


def elementwise(function: Callable[..., Any]) -> Fold:
    """Return the function of an operator that has no attributes."""
    return lambda attributes, *values: np.asarray(function(*values))


FOLDS: dict[str, Fold] = {
    "Constant": constant,
    "Shape": shape,
    "Size": size,
    "Gather": gather,
    "Concat": concat,
    "Unsqueeze": unsqueeze,
    "Squeeze": squeeze,
    "Slice": slice_,
    "Cast": cast,
    "Div": divide,
    "Reshape": reshape,
    "ConstantOfShape": constant_of_shape,
    "Range": range_,
    "Expand": expand,
    "Clip": clip,
    "Transpose": lambda attributes, values: np.transpose(values, attributes.get("perm")),
    "ReduceProd": reduced(np.prod),
    "ReduceSum": reduced(np.sum),
    "ReduceMax": reduced(np.max),
    "ReduceMin": reduced(np.min),
    "Mod": elementwise(np.mod),
    "Identity": elementwise(np.array),
    "Add": elementwise(np.add),
    "Sub": elementwise(np.subtract),
    "Mul": elementwise(np.multiply),
    "Min": elementwise(lambda *values: np.minimum.reduce(values)),
    "Max": elementwise(lambda *values: np.maximum.reduce(values)),
    "Neg": elementwise(np.negative),
    "Abs": elementwise(np.abs),
    "Sqrt": elementwise(np.sqrt),
    "Floor": elementwise(np.floor),
    "Ceil": elementwise(np.ceil),
    "Round": elementwise(np.round),
    "Equal": elementwise(np.equal),
    "Greater": elementwise(np.greater),
    "Less": elementwise(np.less),
    "And": elementwise(np.logical_and),
    "Or": elementwise(np.logical_or),
    "Not": elementwise(np.logical_not),
    "Where": elementwise(np.where),
}
