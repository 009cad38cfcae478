"""A layer of Keras that is applied to a tensor."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from cnnsize.layers.names import ACTIVATIONS, ALIASES
from cnnsize.models.axes import Axes, is_map, names_of, volume_of
from cnnsize.models.source.errors import RefusedError, StatedError, Statement
from cnnsize.models.source.keras.signatures import known
from cnnsize.models.source.keras.state import state_of
from cnnsize.models.source.machine import Machine, Place
from cnnsize.models.source.tensors.graph import add_layer
from cnnsize.models.source.values.keras import KerasLayer
from cnnsize.models.source.values.number import Number, has_letters
from cnnsize.models.source.values.objects import (
    Arguments,
    External,
    NotReadError,
    Tensor,
    Unknown,
    Value,
)
from cnnsize.text.suggest import squeeze

COMMON_WORDS = frozenset(["len", "int", "shape", "max", "min", "unique", "np", "self"])
OTHER_NAMES = {"hard_silu": "HSWISH"}  # of activations


class KerasCall:
    """The application of a layer; each layer that is added goes on from the one before."""

    def __init__(self, machine: Machine, layer: KerasLayer, tensor: Tensor, node: ast.AST) -> None:
        self.machine = machine
        self.layer = layer
        self.tensor = tensor
        self.node = node
        self.place = Place(layer.node, node, layer)
        self.state = state_of(machine)
        self.number = self.state.next_application()

    @property
    def name(self) -> str:
        return self.layer.name

    def argument(self, name: str) -> Value:
        """Return an argument. Raises NotReadError where it is not known."""
        value = self.layer.arguments[name]
        for part in value if isinstance(value, (tuple, list)) else (value,):
            known(part, f"{name} of {self.name}", self.layer.node)
        return value

    def letter(self, name: str, value: Unknown) -> int:
        """Return a letter for a width that cannot be read, named by its expression."""
        if value.path is not None:
            return self.machine.letter(value.path)
        word = identifier(self.layer.node, name)
        if word is None:
            self.argument(name)  # raises
        known_values = self.state.unknown
        known_values.setdefault(id(value), (value, len(known_values)))
        return self.machine.letter(f"{known_values[id(value)][1]}:{word}")

    def fail(self, name: str, what: str) -> NotReadError:
        """Return the error for an argument that is not read."""
        return NotReadError(f"{name} of {self.name} {what}", self.layer.node)

    def refused(
        self,
        message: str,
        argument: str = "",
        *,
        label: str = "",
        help: str = "",
        numbers: Sequence[int] | None = None,
    ) -> RefusedError:
        """Return the error for what Keras refuses.

        ``numbers`` are the sizes of the input that it depends on; None where it does not.
        """
        return self.machine.refused(
            StatedError(
                f"{self.name}: {message}{f' ({label})' if label else ''}",
                self.node,
                Statement(message, label, help, numbers),
                layer=self.layer,
                argument=argument,
                tensors=(self.tensor,),
            )
        )

    def width(self, name: str) -> int:
        """Return a number of channels or values."""
        value = self.layer.arguments[name]
        if isinstance(value, Unknown):
            return self.letter(name, value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fail(name, "is no whole number")
        if not has_letters(value) and value < 1:
            raise self.refused(f"{name} must be at least 1", name, label=str(value))
        return value

    def pair(self, name: str, least: int = 1) -> tuple[int, int]:
        """Return a size along (W, H)."""
        value = self.argument(name)
        parts = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
        if len(parts) == 1:
            parts = (*parts, *parts)
        if len(parts) != 2 or not all(type(part) in (int, Number) for part in parts):
            are_numbers = all(isinstance(part, (int, float)) for part in parts)
            if not are_numbers or any(map(has_letters, parts)):
                raise self.fail(name, "is no size along two axes")
            raise self.refused(f"{name} must be one or two whole numbers", name)
        if any(map(has_letters, parts)):
            raise self.fail(name, "is not known")
        if min(parts) < least:
            raise self.refused(f"{name} must be at least {least}", name)
        return int(parts[1]), int(parts[0])

    def flag(self, name: str) -> bool:
        """Return a yes or no."""
        value = self.argument(name)
        if isinstance(value, int) and not has_letters(value):
            return bool(value)
        raise self.fail(name, "is not known")

    def need_map(self) -> None:
        """Raise NotReadError unless the tensor is a map in the order that the layer reads."""
        self.set_order()
        arguments = self.layer.arguments
        is_open = "data_format" in arguments and arguments["data_format"] is None
        if is_open and self.state.order != self.machine.order:
            order = "channels_last" if self.state.order == "NHWC" else "channels_first"
            raise NotReadError(f"{self.name} without data_format reads {order}", self.layer.node)
        axes = self.tensor.axes
        if is_map(axes, self.machine.order):
            return
        if len(axes) >= 4:
            raise NotReadError(f"{self.name} of a tensor that is no map", self.node)
        shape = tuple(map(int, self.tensor.shape[1:]))
        text = "x".join(map(str, shape)) if len(shape) > 1 else f"{shape[0]:,} values"
        is_plane = self.machine.nodes[self.tensor.node].kind == "INPUT" and len(shape) == 2
        raise self.refused(
            f"expects a map of height, width and channels but receives {text}",
            help=f"write {(*shape, 1)} for an input with 1 channel" if is_plane else "",
            numbers=(),
        )

    def set_order(self) -> None:
        """Let the input have the order of its first layer that says one.

        Raises NotReadError where a later layer reads another order.
        """
        value = self.layer.arguments.get("data_format")
        if value is None:
            return
        order = order_named(known(value, f"data_format of {self.name}", self.layer.node))
        if order is None and isinstance(value, str):
            words = "'channels_last' or 'channels_first'"
            raise self.refused(f"data_format must be {words}", "data_format")
        if order is None:
            raise self.fail("data_format", "is not known")
        if order == self.machine.order:
            return
        node = self.machine.nodes[self.tensor.node]
        is_input = node.kind == "INPUT" and self.tensor.node == len(self.machine.nodes) - 1
        if not is_input:
            raise NotReadError(f"{self.name} reads another order of axes", self.layer.node)
        self.machine.order = order
        axes = reordered(self.tensor.axes, order)
        self.tensor.axes = axes
        self.machine.nodes[self.tensor.node] = node._replace(volume=volume_of(axes))

    def add(
        self, kind: str, options: dict[str, Any] | None = None, axes: Axes | None = None
    ) -> Tensor:
        """Add a layer of the notation."""
        result = add_layer(self.machine, kind, options or {}, self.tensor, self.place, axes)
        self.state.note(result.node, self.layer, self.number)
        self.tensor = result
        return result

    def activate(self, name: str = "activation") -> Tensor:
        """Apply the activation that an argument names."""
        value = known(self.argument(name), name, self.layer.node)
        self.tensor = activated(self.machine, self.tensor, value, self.place, self.name)
        return self.tensor

    def is_channels(self, axis: Value) -> bool:
        """Return whether an axis of the tensor is that of the channels."""
        axes = self.tensor.axes
        if isinstance(axis, (list, tuple)) and len(axis) == 1:
            axis = axis[0]
        is_index = isinstance(axis, int) and not has_letters(axis)
        if not is_index or not -len(axes) <= axis < len(axes) or axis == 0:
            return False
        if is_map(axes, self.machine.order):  # an axis of size 1 has no name
            return bool(axis % 4 == self.machine.order.index("C"))
        return names_of(axes[axis]) in ("C", "")


def identifier(node: ast.AST, name: str) -> str | None:
    """Return the last name in an argument of a call: of its keyword, else of its first value."""
    if not isinstance(node, ast.Call):
        return None
    values = [keyword.value for keyword in node.keywords if keyword.arg == name]
    expression = next(iter([*values, *node.args]), None)
    if expression is None:
        return None
    words = [
        inner.id if isinstance(inner, ast.Name) else inner.attr
        for inner in ast.walk(expression)
        if isinstance(inner, (ast.Name, ast.Attribute))
    ]
    known_words = [word for word in words if word not in COMMON_WORDS]
    word = next(iter(known_words), None)
    return word if word is not None and word.isascii() else None


def reordered(axes: Axes, order: str) -> Axes:
    """Return the axes of an input that was taken for a map in another order."""
    sizes = dict(zip(order, (axis[0].size if axis else 1 for axis in axes), strict=True))
    return tuple(
        ((axes[0][0]._replace(name=name, size=sizes[name]),) if sizes[name] != 1 else ())
        for name in order
    )


def order_named(value: Value) -> str | None:
    """Return the order of the axes for a data format; None if it is not known."""
    names = {"channels_last": "NHWC", "channels_first": "NCHW", "tf": "NHWC", "th": "NCHW"}
    return names.get(value) if isinstance(value, str) else None


def activation_kind(name: str) -> str | None:
    """Return the layer of the notation for the name of an activation."""
    kind = OTHER_NAMES.get(name) or ALIASES.get(squeeze(name))
    return kind if kind in ACTIVATIONS else None


def activated(machine: Machine, tensor: Tensor, value: Value, place: Place, owner: str) -> Tensor:
    """Apply an activation: a name, a function or a layer."""
    node = place.constructor or place.application
    assert node is not None
    if value is None or value == "linear":
        return tensor
    name = value.name if isinstance(value, External) else value
    if name == "linear":
        return tensor
    if not isinstance(name, str):
        if has_letters(value):
            raise NotReadError(f"the activation of {owner} is the argument {value}", node)
        if isinstance(value, Unknown):
            raise NotReadError(f"the activation of {owner}: {value.reason}", value.node or node)
        result = machine.call(value, Arguments([tensor], {}, node))
        if not isinstance(result, Tensor):
            raise NotReadError(f"the activation of {owner} is not read", node)
        return result
    kind = activation_kind(name)
    if kind is None:
        raise NotReadError(f"the activation {name!r} is not in the notation", node)
    if kind in ("SOFTMAX", "LOGSOFTMAX") and names_of(tensor.axes[-1]) not in ("C", ""):
        raise NotReadError("a softmax over another axis than the channels", node)
    return add_layer(machine, kind, {}, tensor, place, tensor.axes)
