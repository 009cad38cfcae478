"""What an expression of Keras source can have as its value: layers, models and arrays."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType

from cnnsize.models.source.values.objects import (
    Class,
    External,
    Instance,
    NotReadError,
    Site,
    Tensor,
    Unknown,
    Value,
    WrittenLayer,
)

ROOTS = frozenset(["keras", "tensorflow", "tf_keras", "tensorflow_core"])
MODEL_BASES = frozenset(["Model", "Sequential", "Functional"])
BASES = MODEL_BASES | {"Layer"}


class KerasLayer(WrittenLayer):
    """A layer of Keras."""

    __slots__ = ("built", "given")

    def __init__(
        self,
        name: str,
        arguments: dict[str, Value],
        node: ast.AST,
        places: Mapping[str, ast.AST] = MappingProxyType({}),
        site: Site | None = None,
    ) -> None:
        super().__init__(name, arguments, node, places, site)
        self.built: Tensor | None = None  # what it is applied to first
        self.given: frozenset[str] = frozenset()  # the arguments that the source gives


class KerasModel:
    """Model(inputs, outputs): the part of the graph between tensors."""

    __slots__ = ("apply", "attributes", "inputs", "is_pretrained", "node", "outputs")

    def __init__(self, inputs: list[Value], outputs: list[Value], node: ast.AST) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.node = node
        self.is_pretrained = False  # of keras.applications
        self.apply: Callable[[Tensor], Value] | None = None  # for another size of the input
        self.attributes: dict[str, Value] = {}


class KerasSequential:
    """Sequential: layers that are applied one after the other."""

    __slots__ = ("attributes", "items", "node", "places", "shape", "symbolic")

    def __init__(self, items: list[Value], node: ast.AST) -> None:
        self.items = items
        self.places = [node] * len(items)  # the calls of add()
        self.node = node
        self.shape: Value = None  # as build() says it, with the batch
        self.symbolic: tuple[Tensor, Tensor] | None = None  # its own input and output
        self.attributes: dict[str, Value] = {}

    def add(self, item: Value, node: ast.AST) -> None:
        """Append a layer."""
        self.items.append(item)
        self.places.append(node)
        self.symbolic = None


class KerasObject(Instance):
    """An object of a class of the source that derives from Model, Layer or Sequential."""

    __slots__ = ("is_built", "model", "node")

    def __init__(self, cls: Class, node: ast.AST) -> None:
        super().__init__(cls)
        self.node = node
        self.is_built = False  # its method build() has run
        self.model: KerasModel | KerasSequential | None = None  # for super().__init__(inputs=...)


class LayerList(list[Value]):
    """``model.layers``: versions of Keras differ in what a change of it means."""

    __slots__ = ()


KERAS_MODELS = (KerasModel, KerasSequential, KerasObject)
KERAS_VALUES = (KerasLayer, *KERAS_MODELS)


def is_keras_class(cls: Class) -> bool:
    """Return whether a class derives from a model or layer of Keras."""
    return any(is_base(path, BASES) for path in cls.external_bases())


def is_keras_model(cls: Class) -> bool:
    """Return whether a class derives from a model of Keras."""
    return any(is_base(path, MODEL_BASES) for path in cls.external_bases())


def is_base(path: str, names: frozenset[str]) -> bool:
    """Return whether a path is a class of Keras with one of these names."""
    root = path.partition(".")[0]
    return root in ROOTS and External(path).name in names


def poison(value: Value, reason: str, node: ast.AST, error: NotReadError | None = None) -> None:
    """Let a model or list be unknown, as a statement that is not read changes it."""
    unknown = Unknown(reason, node, error=error)
    if isinstance(value, KerasObject) and value.model is not None:
        value = value.model
    if isinstance(value, KerasSequential):
        value.add(unknown, node)
    elif isinstance(value, KerasModel):
        value.outputs = [unknown]
    elif isinstance(value, list):
        value.append(unknown)
    elif isinstance(value, dict):
        value.clear()
