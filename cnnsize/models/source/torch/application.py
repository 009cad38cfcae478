"""A layer of torch.nn with its arguments, and its application to a tensor."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cnnsize.models.axes import Axes
from cnnsize.models.source.errors import MismatchError, RefusedError
from cnnsize.models.source.machine import Machine, Place
from cnnsize.models.source.tensors.graph import OptionError, add_layer, need_map, received_from
from cnnsize.models.source.tensors.shapes import (
    UNSIZED_DEPTH,
    UnsizedInputError,
    depends_on_unsized,
)
from cnnsize.models.source.torch.signatures import REQUIRED, SIGNATURES
from cnnsize.models.source.values.number import depends_on_input, has_letters
from cnnsize.models.source.values.objects import (
    Arguments,
    LayerModule,
    NotReadError,
    Tensor,
    Unknown,
    Value,
)
from cnnsize.models.source.values.sites import places_of
from cnnsize.models.source.values.unknowns import LetterError

PLAIN = frozenset([int, bool, str, float, type(None)])  # of values that are known
FEATURES = (
    "in_features",
    "normalized_shape",
    "input_size",
)  # arguments that name the size of the last axis


def construct(machine: Machine, name: str, arguments: Arguments) -> LayerModule:
    """Return a layer of torch.nn with its arguments. Raises NotReadError for wrong ones."""
    node = arguments.node
    signature = SIGNATURES[name]
    given = [*zip(signature, arguments.positional, strict=False), *arguments.keywords.items()]
    values: dict[str, Value] = {}
    for key, value in given:
        if key in ("device", "dtype"):
            continue
        if key not in signature:
            reason = (
                value.reason if isinstance(value, Unknown) else f"nn.{name} has no argument {key}"
            )
            raise RefusedError(reason, node)
        values[key] = value
    if len(arguments.positional) > len(signature):
        raise RefusedError(f"nn.{name} takes at most {len(signature)} arguments", node)
    for key, default in signature.items():
        if key not in values and default is REQUIRED:
            raise RefusedError(f"nn.{name} without {key}", node)
        values.setdefault(key, default)
    return LayerModule(name, values, node, places_of(list(signature), arguments), machine.site)


class Application:
    """A layer that is applied to a tensor."""

    def __init__(
        self,
        machine: Machine,
        layer: LayerModule,
        tensor: Tensor,
        node: ast.AST,
        more: Mapping[str, Value] = MappingProxyType({}),
    ) -> None:
        self.more = more  # the further arguments of the call, by their names
        self.machine = machine
        self.layer = layer
        self.tensor = tensor
        self.node = node
        self.place = Place(layer.node, node, layer)
        self.reason = ""  # why the notation does not have this application

    def argument(self, name: str) -> Value:
        """Return an argument. Raises NotReadError where it is not known."""
        value = self.layer.arguments[name]
        if type(value) in PLAIN:
            return value
        parts = value if isinstance(value, (tuple, list)) else (value,)
        for part in parts:
            self.machine.has_sized_layers |= depends_on_input(part)
            if isinstance(part, Unknown):
                reason = f"{name} of nn.{self.layer.name}: {part.reason}"
                raise NotReadError(reason, part.node or self.layer.node)
        return value

    def width(self, name: str) -> int:
        """Return a number of channels or values."""
        value = self.layer.arguments[name]
        if type(value) is int and value > 0:
            return value
        if isinstance(value, Unknown) and value.path is not None:
            return self.machine.letter(value.path)
        value = self.argument(name)
        if not isinstance(value, int) or isinstance(value, bool):
            reason = f"{name} of nn.{self.layer.name} is no whole number"
            raise self.refused(reason, "CNN124" if isinstance(value, float) else "", name)
        if not has_letters(value) and value < 1:
            raise NotReadError(f"{name} of nn.{self.layer.name} is {value}", self.layer.node)
        return value

    def pair(self, name: str, least: int = 1) -> tuple[int, int]:
        """Return a size along (W, H)."""
        value = self.argument(name)
        if type(value) is int and value >= least:
            return value, value
        parts = value if isinstance(value, (tuple, list)) else (value, value)
        if len(parts) == 1:
            parts = (*parts, *parts)
        whole = [part for part in parts if isinstance(part, int) and not isinstance(part, bool)]
        if len(whole) != 2:
            raise NotReadError(f"{name} of nn.{self.layer.name} is no size", self.layer.node)
        if any(has_letters(part) or part < least for part in whole):
            raise NotReadError(f"{name} of nn.{self.layer.name} is not known", self.layer.node)
        return int(whole[1]), int(whole[0])

    def flag(self, name: str) -> bool:
        """Return a yes or no."""
        value = self.argument(name)
        if isinstance(value, int) and not has_letters(value):
            return bool(value)
        raise NotReadError(f"{name} of nn.{self.layer.name} is not known", self.layer.node)

    def add(self, kind: str, options: dict[str, Any] | None = None, **more: Any) -> Tensor:
        """Add the layer."""
        try:
            tensor = add_layer(self.machine, kind, options or {}, self.tensor, self.place, **more)
            if self.reason:
                self.machine.nodes[-1] = self.machine.nodes[-1]._replace(reason=self.reason)
            return tensor
        except OptionError as error:
            if error.option != "output_padding":
                raise
            reason = f"{error.reason} (nn.{self.layer.name})"
            raise self.refused(reason, "CNN124", "output_padding") from None

    def outside(self, axes: Axes, reason: str, kind: str = "") -> Tensor:
        """Return the output of the layer where the notation does not have it, for ``reason``."""
        add = self.machine.add
        return add(kind, (), [self.tensor], axes, self.place, reason=self.reason or reason)

    def need_map(self) -> None:
        """Take the four axes of the tensor as N x C x H x W. Raises NotReadError for others."""
        self.tensor = need_map(self.machine, self.tensor, f"nn.{self.layer.name}", self.node)

    def refuse_axes(self, allowed: str) -> RefusedError:
        """Return the error that the tensor has another number of axes than the layer takes."""
        count = len(self.tensor.axes)
        reason = f"nn.{self.layer.name} takes a tensor with {allowed} axes but receives {count}"
        facts = {"kind": "axes", "allowed": allowed}
        error = RefusedError(
            reason, self.node, "CNN124", layer=self.layer, tensors=(self.tensor,), facts=facts
        )
        return self.machine.refused(error)

    def expect(self, name: str, received: int) -> int:
        """Return an argument that must equal what is received. Raises MismatchError."""
        expected = self.width(name)
        self.machine.size_matters |= depends_on_input(received)
        if int(expected) == int(received):
            return expected
        if depends_on_unsized(received):
            is_depth = received == UNSIZED_DEPTH
            raise UnsizedInputError(expected if is_depth else None, self.node)
        layer = f"nn.{self.layer.name}"
        if has_letters(expected) or has_letters(received):
            reason = f"{layer} fits only where {expected} is {received}"
            if str(expected).isidentifier() and not has_letters(received):
                raise LetterError(reason, self.layer.node, str(expected), received)
            if received in self.machine.guessed.values() and not has_letters(expected):
                raise LetterError(reason, self.layer.node, str(received), expected)
            raise NotReadError(reason, self.layer.node)
        if name in FEATURES:
            received = received_from(self.machine, self.tensor, received)
        reason = f"{layer} takes {name}={expected:,} but receives {received:,}"
        numbers = (expected, received)
        error = MismatchError(
            *(reason, self.node, *numbers, self.layer, name),
            code="CNN121" if name in FEATURES else "CNN120",
            tensors=(self.tensor,),
        )
        raise self.machine.refused(error)

    def refused(self, reason: str, code: str, argument: str) -> RefusedError:
        """Return the error that the layer is refused for one of its arguments."""
        error = RefusedError(
            reason, self.node, code, layer=self.layer, argument=argument, tensors=(self.tensor,)
        )
        return self.machine.refused(error)

    def once(self) -> None:
        """Note that a layer with weights runs; if it did before, the network has no text."""
        if id(self.layer) in self.machine.used:
            self.reason = f"nn.{self.layer.name} is applied twice, and both share its weights"
        self.machine.used[id(self.layer)] = self.layer
