"""What an expression of the source can have as its value, besides Python's plain values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cnnsize.models.axes import Axes, size_of

Value = Any  # a number, string, list, tuple or dict, or one of the classes below


class NotReadError(Exception):
    """Something that decides the network and cannot be read. ``node`` is its place."""

    def __init__(self, reason: str, node: ast.AST | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.node = node


class RaisedError(NotReadError):
    """The source raises an exception itself."""


class Unknown:
    """A value that cannot be read, and why. It matters only where a network depends on it."""

    __slots__ = ("error", "is_weights", "node", "parts", "path", "reason")

    def __init__(
        self,
        reason: str,
        node: ast.AST | None,
        *,
        is_weights: bool = False,
        path: str | None = None,
        error: NotReadError | None = None,
    ) -> None:
        self.reason = reason
        self.node = node
        self.error = error  # that ended the statement which assigns it
        self.path = path  # by which a letter stands for it, as in cfg.classes; None for no letter
        self.parts: dict[str, Value] = {}  # attributes and elements that were read or assigned
        self.is_weights = is_weights  # a parameter, or something about parameters


class External:
    """A name of a library, by its full path, as in ``torch.nn.Conv2d``."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, External) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]


class Scope:
    """The names of a file, a class or a call, and the scope around it."""

    __slots__ = ("around", "is_class", "names", "outer", "owner", "receiver")

    def __init__(self, around: Scope | None = None) -> None:
        self.names: dict[str, Value] = {}
        self.around = around
        self.outer: dict[str, Scope] = {}  # where names are assigned that are global or nonlocal
        self.is_class = False  # its names are not visible in the functions within
        self.owner: Class | None = around.owner if around else None  # the class of a method
        self.receiver: Value = around.receiver if around else None  # the object of a method

    def home(self, name: str) -> Scope:
        """Return the scope in which an assignment puts a name."""
        return self.outer.get(name, self) if self.outer else self


class Function:
    """A function or lambda of the source. ``kind`` is staticmethod, classmethod, property or ""."""

    __slots__ = ("definition", "kind", "name", "node", "owner", "scope")

    def __init__(
        self, node: ast.FunctionDef | ast.Lambda, scope: Scope, owner: Class | None = None
    ) -> None:
        self.node = node
        self.definition = scope  # in which its defaults are evaluated
        self.scope = scope.around if scope.is_class and scope.around is not None else scope
        self.name = node.name if isinstance(node, ast.FunctionDef) else "<lambda>"
        self.owner = owner
        self.kind = ""


class Class:
    """A class of the source."""

    __slots__ = ("attributes", "bases", "name", "node", "order", "scope")

    def __init__(self, node: ast.ClassDef, bases: list[Value], scope: Scope) -> None:
        self.node = node
        self.name = node.name
        self.bases = bases
        self.scope = scope
        self.attributes: dict[str, Value] = {}
        self.order: list[Class] = [self]  # itself and its bases in the order of lookup
        for base in bases:
            if isinstance(base, Class):
                self.order += [other for other in base.order if other not in self.order]

    def find(self, name: str) -> Value:
        """Return an attribute of the class or a base; MISSING if there is none."""
        for cls in self.order:
            if name in cls.attributes:
                return cls.attributes[name]
        return MISSING

    def external_bases(self) -> set[str]:
        """Return the paths of the bases that come from libraries."""
        return {base.path for cls in self.order for base in cls.bases if isinstance(base, External)}

    def unknown_base(self) -> Unknown | None:
        """Return a base that cannot be read."""
        bases = (base for cls in self.order for base in cls.bases)
        return next((base for base in bases if isinstance(base, Unknown)), None)

    def is_module(self) -> bool:
        """Return whether its objects are modules of PyTorch."""
        return any(
            path in MODULE_BASES or path.startswith("torch.nn.") for path in self.external_bases()
        )


MODULE_BASES = frozenset(
    f"{package}.LightningModule"
    for package in ("pytorch_lightning", "lightning", "lightning.pytorch", "lightning.pytorch.core")
)
MISSING = object()


class Instance:
    """An object of a class of the source."""

    __slots__ = ("attributes", "cls")

    def __init__(self, cls: Class) -> None:
        self.cls = cls
        self.attributes: dict[str, Value] = {}


class Bound:
    """A function with the object that it is called on."""

    __slots__ = ("function", "receiver")

    def __init__(self, function: Function, receiver: Value) -> None:
        self.function = function
        self.receiver = receiver


class Partial:
    """A function with its first arguments, as functools.partial makes it."""

    __slots__ = ("function", "keywords", "positional")

    def __init__(
        self, function: Value, positional: list[Value], keywords: dict[str, Value]
    ) -> None:
        self.function = function
        self.positional = positional
        self.keywords = keywords


class Super:
    """What super() returns: the attributes of the classes after ``cls``."""

    __slots__ = ("cls", "receiver")

    def __init__(self, cls: Class, receiver: Value) -> None:
        self.cls = cls
        self.receiver = receiver


class Arguments(NamedTuple):
    """The arguments of a call, and the call in the source."""

    positional: list[Value]
    keywords: dict[str, Value]
    node: ast.AST

    def get(self, index: int, name: str, default: Value = None) -> Value:
        """Return an argument by its position or its name."""
        if len(self.positional) > index:
            return self.positional[index]
        return self.keywords.get(name, default)

    def first(self) -> Value:
        """Return the first argument, whatever its name; None without arguments."""
        if self.positional:
            return self.positional[0]
        return next(iter(self.keywords.values()), None)


class Site(NamedTuple):
    """A call of a function of the source, and the call that this one is within."""

    function: ast.FunctionDef | ast.Lambda
    arguments: Arguments
    around: Site | None


class Builtin:
    """A function of Python or torch that the interpreter has a model of."""

    __slots__ = ("function", "name")

    def __init__(self, name: str, function: Callable[[Arguments], Value]) -> None:
        self.name = name
        self.function = function


class WrittenLayer:
    """A layer of a framework with its arguments, defaults included, and where they are written."""

    __slots__ = ("arguments", "attributes", "name", "node", "places", "site")

    def __init__(
        self,
        name: str,
        arguments: dict[str, Value],
        node: ast.AST,
        places: Mapping[str, ast.AST] = MappingProxyType({}),
        site: Site | None = None,
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.node = node  # the call that constructs it
        self.places = places  # of the arguments that are written in this call
        self.site = site  # the call of a function that it is constructed in
        self.attributes: dict[str, Value] = {}


class LayerModule(WrittenLayer):
    """A layer of torch.nn."""

    __slots__ = ()


class Container:
    """nn.Sequential, nn.ModuleList or nn.ModuleDict: modules by their names."""

    __slots__ = ("attributes", "items", "kind", "node")

    def __init__(self, kind: str, items: dict[str, Value], node: ast.AST) -> None:
        self.kind = kind
        self.items = items
        self.node = node
        self.attributes: dict[str, Value] = {}


class UserModule(Instance):
    """An object of a class that is a module. ``items`` are those of a subclass of a container."""

    __slots__ = ("arguments", "items", "kind", "layer", "node")

    def __init__(self, cls: Class, arguments: Arguments) -> None:
        super().__init__(cls)
        self.arguments = arguments
        self.node = arguments.node
        self.kind = container_kind(cls)
        self.items: dict[str, Value] = {}
        self.layer: LayerModule | None = None  # for a subclass of a layer of torch.nn


Module = LayerModule | Container | UserModule
MODULES = (LayerModule, Container, UserModule)
CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")


def container_kind(cls: Class) -> str:
    """Return which container of torch.nn a class derives from; empty if from none."""
    bases = cls.external_bases()
    return next((kind for kind in CONTAINERS if f"torch.nn.{kind}" in bases), "")


class Tensor:
    """A tensor that comes from the input: the node that makes it, and what its axes hold."""

    __slots__ = ("axes", "node")

    def __init__(self, node: int, axes: Axes) -> None:
        self.node = node
        self.axes = axes

    @property
    def shape(self) -> tuple[int, ...]:
        """Its sizes."""
        return tuple(map(size_of, self.axes))


class Expanded(Tensor):
    """A 1x1 map that is repeated to the size of another, as the factor of a product is anyway.

    ``full`` are its axes after that.
    """

    __slots__ = ("full",)

    def __init__(self, node: int, axes: Axes, full: Axes) -> None:
        super().__init__(node, axes)
        self.full = full


class Constant:
    """A tensor that the source makes itself, as torch.randn does; ``node`` is its call."""

    __slots__ = ("node", "shape")

    def __init__(self, shape: tuple[int, ...], node: ast.AST) -> None:
        self.shape = shape
        self.node = node


class Parameter(Constant):
    """An nn.Parameter of a module, of a known shape."""

    __slots__ = ()


class Size(tuple[int, ...]):
    """A torch.Size."""

    __slots__ = ()
