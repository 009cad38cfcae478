"""How a network of Keras in a file is built: by a function, a method or a class."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

from cnnsize.models.source.keras.state import SIDE, OpenSideError, Sides, state_of
from cnnsize.models.source.machine import Machine, TooLongError, letter_name
from cnnsize.models.source.python.function_calls import positional_names, required_names
from cnnsize.models.source.python.top import execute_top
from cnnsize.models.source.values.keras import (
    KERAS_MODELS,
    KerasObject,
    is_keras_class,
)
from cnnsize.models.source.values.number import marked
from cnnsize.models.source.values.objects import (
    MISSING,
    Arguments,
    Bound,
    Class,
    Constant,
    Function,
    Instance,
    NotReadError,
    Scope,
    Unknown,
    Value,
)

NO_BUILDERS = ("main", "train", "test", "run", "evaluate", "validate", "fit", "predict")


BUILDERS = frozenset(["Sequential", "Model", "Functional"])


class KerasNet(NamedTuple):
    """A network of Keras in a file, and how it is built."""

    name: str
    node: ast.AST
    build: Callable[[], Value]
    note: str = ""  # where its arguments come from
    tested: Constant | None = None  # on which the file calls it
    rebuild: Callable[[], Value] | None = None  # for another input; None where build() does


class Builder(NamedTuple):
    """A function or method that builds a model."""

    name: str
    function: Function
    owner: Class | None


def builders(machine: Machine) -> Iterator[Builder]:
    """Yield the functions and methods of the file that build and return a model."""
    for name, value in list(machine.top.names.items()):
        if isinstance(value, Function) and is_builder(value.node):
            yield Builder(name, value, None)
        elif isinstance(value, Class) and not is_keras_class(value):
            for method, function in value.attributes.items():
                if isinstance(function, Function) and is_builder(function.node):
                    yield Builder(f"{name}.{method}", function, value)


def is_builder(node: ast.AST) -> bool:
    """Return whether a function mentions a model and returns a value."""
    if not isinstance(node, ast.FunctionDef) or node.name in (*NO_BUILDERS, "__init__"):
        return False
    known: bool | None = getattr(node, "is_builder", None)
    if known is None:
        returns = any(isinstance(inner, ast.Return) and inner.value for inner in ast.walk(node))
        known = returns and mentions_model(node)
        node.is_builder = known  # type: ignore[attr-defined]
    return known


def mentions_model(node: ast.AST) -> bool:
    """Return whether a function mentions Sequential or Model."""
    return any(
        (isinstance(inner, ast.Name) and inner.id in BUILDERS)
        or (isinstance(inner, ast.Attribute) and inner.attr in BUILDERS)
        for inner in ast.walk(node)
    )


def returns_model(machine: Machine, net: KerasNet) -> bool:
    """Return whether a function returns a model, or may do so and is not read."""
    state = state_of(machine)
    state.given = state.assumed = None
    machine.start()
    lenient, machine.lenient = machine.lenient, False
    try:
        value = with_sides(machine, net.build)
    except TooLongError:
        raise
    except (NotReadError, RecursionError):
        return True
    finally:
        machine.lenient = lenient
    return model_in(value) is not None or isinstance(value, Unknown)


def with_sides(machine: Machine, build: Callable[[], Value]) -> Value:
    """Return what a function builds, with values for the arguments that are sizes of the input."""
    state = state_of(machine)
    for _ in range(8):
        try:
            return build()
        except OpenSideError as error:
            if error.name in state.values:
                raise NotReadError("the size of the input is arithmetic with an argument") from None
            state.values[error.name] = error.value
    raise NotReadError("too many arguments that are sizes of the input")


def model_in(value: Value) -> Value | None:
    """Return the model that a function returns, alone or before other values."""
    if isinstance(value, (tuple, list)):
        return next((part for part in value if isinstance(part, KERAS_MODELS)), None)
    return value if isinstance(value, KERAS_MODELS) else None


def builder_net(machine: Machine, builder: Builder) -> KerasNet:
    """Return the network that a function builds; what it needs and lacks is a letter."""
    function, owner = builder.function, builder.owner
    node = function.node
    assert isinstance(node, ast.FunctionDef)

    def build() -> Value:
        is_method = owner is not None and function.kind not in ("staticmethod", "classmethod")
        has_receiver = is_method or function.kind == "classmethod"
        names = required_names(node, skip=int(has_receiver))
        values = {name: value_of(machine, name) for name in names}
        call = Arguments([], values, node)
        if function.kind == "classmethod":
            return machine.call(Bound(function, owner), call)
        if is_method and positional_names(node)[:1] in (["self"], ["cls"]):
            assert owner is not None
            return machine.call(Bound(function, receiver(machine, owner)), call)
        if is_method:
            names = required_names(node, skip=0)
            call = Arguments([], {name: value_of(machine, name) for name in names}, node)
        return machine.call(function, call)

    return KerasNet(builder.name, node, build)


def receiver(machine: Machine, cls: Class, method: Function | None = None) -> Instance:
    """Return an object of a class after its __init__, and a method, as far as they can be read."""
    instance = Instance(cls)
    initializer = cls.find("__init__")
    for function in dict.fromkeys([initializer, method]):
        if isinstance(function, Function) and isinstance(function.node, ast.FunctionDef):
            run_method(machine, function, function.node, instance)
    return instance


def run_method(
    machine: Machine, function: Function, node: ast.FunctionDef, instance: Instance
) -> None:
    """Execute a method of an object; statements that cannot be read are left out."""
    scope = Scope(function.scope)
    scope.owner, scope.receiver = instance.cls, instance
    names = positional_names(node)
    for name in names[1:]:
        scope.names[name] = value_of(machine, name)
    for name, default in zip(names[::-1], node.args.defaults[::-1], strict=False):
        scope.names[name] = machine.evaluate(default, function.definition)
    scope.names[names[0] if names else "self"] = instance
    lenient, machine.lenient = machine.lenient, True
    try:
        execute_top(machine, node.body, scope)
    finally:
        machine.lenient = lenient


def value_of(machine: Machine, name: str) -> Value:
    """Return what an argument without a value stands for: a shape, a size of the input, a letter."""
    state = state_of(machine)
    letter = letter_name(name)
    if letter in state.values:
        return state.values[letter]
    sides = state.given or state.assumed or Sides(SIDE, SIDE, None)
    if "shape" in name.lower():
        depth = sides.depth if sides.depth is not None else 3
        named = {"H": marked(sides.height), "W": marked(sides.width), "C": marked(depth)}
        parts = [named[axis] for axis in state.order if axis != "N"]
        return (None, *parts) if "batch" in name.lower() else tuple(parts)
    return machine.letter(name)


def class_net(machine: Machine, cls: Class, models: dict[str, Value]) -> KerasNet:
    """Return the network of a class: with the arguments of the file, its defaults, or letters."""
    instances = [
        value
        for value in (*models.values(), *(model for model, _ in machine.tested))
        if isinstance(value, KerasObject) and value.cls is cls
    ]
    constants = machine.tested_on(lambda own: isinstance(own, KerasObject) and own.cls is cls)
    tested = next(iter(constants), None)
    arguments, note = None, ""
    if instances and isinstance(instances[0].node, ast.Call):
        arguments = instances[0].node
        if arguments.args or arguments.keywords:
            note = f"constructed as on line {arguments.lineno}"
    initializer = cls.find("__init__")

    def build() -> Value:
        if arguments is not None:
            return machine.evaluate(arguments, machine.top)
        if initializer is MISSING or not isinstance(initializer.node, ast.FunctionDef):
            return machine.call(cls, Arguments([], {}, cls.node))
        names = required_names(initializer.node, skip=1)
        values = {name: value_of(machine, name) for name in names}
        return machine.call(cls, Arguments([], values, cls.node))

    return KerasNet(cls.name, cls.node, build, note, tested)
