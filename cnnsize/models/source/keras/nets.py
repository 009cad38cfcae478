"""Which networks of Keras a file holds: its models, the functions that build one, its classes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

from cnnsize.models.blocks import is_reserved
from cnnsize.models.source.keras.state import SIDE, Sides, state_of
from cnnsize.models.source.keras_values import (
    KERAS_MODELS,
    KerasModel,
    KerasObject,
    is_keras_class,
    is_keras_model,
)
from cnnsize.models.source.machine import Machine, TooLongError
from cnnsize.models.source.statements import execute_top
from cnnsize.models.source.values import (
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


def keras_nets(
    machine: Machine, scopes: list[Scope], only: str | None, rerun: Callable[[], list[Scope]]
) -> list[KerasNet]:
    """Return the networks of Keras of a file; with ``only``, the one of this name.

    ``rerun`` executes the file again, for another input.
    """
    models = {
        name: value
        for scope in scopes
        for name, value in scope.names.items()
        if isinstance(value, KERAS_MODELS)
    }
    if only is not None:
        return named_net(machine, scopes, only, models, rerun)
    nets = [variable_net(machine, name, value, rerun) for name, value in distinct(models)]
    for builder in builders(machine):
        if not any(is_within(value.node, builder.function.node) for value in models.values()):
            net = builder_net(machine, builder)
            if returns_model(machine, net):
                nets.append(net)
    nets += [class_net(machine, cls, models) for cls in classes(machine)]
    return nets


def distinct(models: dict[str, Value]) -> Iterator[tuple[str, Value]]:
    """Yield the models of variables, each once, but for those that only change their input."""
    known: set[int] = set()
    for name, value in models.items():
        is_listed = id(value) not in known and not (
            isinstance(value, KerasObject) and is_subclassed(value)
        )
        known.add(id(value))
        if is_listed and (isinstance(value, KerasModel) or has_weights(value)):
            yield name, value


def is_subclassed(value: KerasObject) -> bool:
    """Return whether an object is listed under its class, as it has a method call()."""
    return isinstance(value.cls.find("call"), Function)


def has_weights(value: Value) -> bool:
    """Return whether a Sequential model has more than augmentation layers."""
    items = getattr(value, "items", None)
    if items is None:
        return True
    names = {getattr(item, "name", "") for item in items}
    return bool(names - {"Rescaling", "Normalization", "Resizing"} - random_layers(names))


def random_layers(names: set[str]) -> set[str]:
    """Return the names of augmentation layers."""
    return {name for name in names if name.startswith("Random")}


def is_within(node: ast.AST, outer: ast.AST) -> bool:
    """Return whether a node lies in the lines of another."""
    line = getattr(node, "lineno", 0)
    return bool(getattr(outer, "lineno", 0) <= line <= getattr(outer, "end_lineno", 0))


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
        mentions = any(
            (isinstance(inner, ast.Name) and inner.id in BUILDERS)
            or (isinstance(inner, ast.Attribute) and inner.attr in BUILDERS)
            for inner in ast.walk(node)
        )
        returns = any(isinstance(inner, ast.Return) and inner.value for inner in ast.walk(node))
        known = mentions and returns
        node.is_builder = known  # type: ignore[attr-defined]
    return known


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
    from cnnsize.models.source.keras.state import OpenSideError

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


def classes(machine: Machine) -> list[Class]:
    """Return the classes of the file that derive from a model of Keras and are not used by others."""
    found = [
        value
        for value in machine.top.names.values()
        if isinstance(value, Class) and is_keras_model(value)
    ]
    with_call = [cls for cls in found if isinstance(cls.find("call"), Function)]
    others = [
        value
        for value in machine.top.names.values()
        if isinstance(value, Class) and is_keras_class(value)
    ]
    return [
        cls
        for cls in dict.fromkeys(with_call)
        if not any(cls.name in names_in(other) for other in others if other is not cls)
    ]


def names_in(cls: Class) -> set[str]:
    """Return the names that a class mentions."""
    return {inner.id for inner in ast.walk(cls.node) if isinstance(inner, ast.Name)}


def named_net(
    machine: Machine,
    scopes: list[Scope],
    name: str,
    models: dict[str, Value],
    rerun: Callable[[], list[Scope]],
) -> list[KerasNet]:
    """Return the network of a name; nothing where the file has none."""
    if name in models and not (
        isinstance(models[name], KerasObject) and is_subclassed(models[name])
    ):
        return [variable_net(machine, name, models[name], rerun)]
    if name in models:
        return [class_net(machine, models[name].cls, models)]
    value = machine.top.names.get(name)
    if isinstance(value, Class) and is_keras_class(value):
        return [class_net(machine, value, models)]
    matching = [
        builder
        for builder in builders(machine)
        if name == builder.name or (builder.owner is not None and name == builder.owner.name)
    ]
    for builder in matching:
        for variable, model in models.items():
            if is_within(model.node, builder.function.node):
                net = variable_net(machine, variable, model, rerun)
                return [net._replace(name=builder.name)]
    return [builder_net(machine, builder) for builder in matching[:1]]


def variable_net(
    machine: Machine, name: str, value: Value, rerun: Callable[[], list[Scope]]
) -> KerasNet:
    """Return a network that a variable at the top of the file holds."""

    def rebuild() -> Value:
        for scope in rerun():
            if isinstance(scope.names.get(name), KERAS_MODELS):
                return scope.names[name]
        return Unknown(f"`{name}`", value.node)

    tested = next(
        (
            arguments.first()
            for model, arguments in machine.tested
            if model is value and isinstance(arguments.first(), Constant)
        ),
        None,
    )
    return KerasNet(name, value.node, lambda: value, "", tested, rebuild)


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
        if is_method and names_of_parameters(node)[:1] in (["self"], ["cls"]):
            assert owner is not None
            return machine.call(Bound(function, receiver(machine, owner, builder)), call)
        if is_method:
            names = required_names(node, skip=0)
            call = Arguments([], {name: value_of(machine, name) for name in names}, node)
        return machine.call(function, call)

    return KerasNet(builder.name, node, build)


def names_of_parameters(node: ast.FunctionDef) -> list[str]:
    """Return the names of the parameters of a function."""
    return [parameter.arg for parameter in (*node.args.posonlyargs, *node.args.args)]


def receiver(machine: Machine, cls: Class, builder: Builder) -> Instance:
    """Return an object of a class with the attributes of its __init__ that can be read."""
    instance = Instance(cls)
    initializer = cls.find("__init__")
    if isinstance(initializer, Function) and isinstance(initializer.node, ast.FunctionDef):
        node = initializer.node
        scope = Scope(initializer.scope)
        scope.owner, scope.receiver = cls, instance
        names = names_of_parameters(node)
        for name in names[1:]:
            scope.names[name] = value_of(machine, name)
        defaults = zip(names[::-1], node.args.defaults[::-1], strict=False)
        for name, default in defaults:
            scope.names[name] = machine.evaluate(default, initializer.definition)
        scope.names[names[0] if names else "self"] = instance
        lenient, machine.lenient = machine.lenient, True
        try:
            execute_top(machine, node.body, scope)
        finally:
            machine.lenient = lenient
    return instance


def required_names(node: ast.FunctionDef, *, skip: int) -> list[str]:
    """Return the parameters without a default; the first ``skip`` are not counted."""
    names = names_of_parameters(node)
    required = names[skip : len(names) - len(node.args.defaults)]
    named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return [*required, *(parameter.arg for parameter, default in named if default is None)]


def value_of(machine: Machine, name: str) -> Value:
    """Return what an argument without a value stands for: a shape, a size of the input, a letter."""
    state = state_of(machine)
    letter = f"n_{name}" if is_reserved(name) else name
    if letter in state.values:
        return state.values[letter]
    sides = state.given or state.assumed or Sides(SIDE, SIDE, None)
    if "shape" in name.lower():
        depth = sides.depth if sides.depth is not None else 3
        named = {"H": sides.height, "W": sides.width, "C": depth}
        parts = [named[axis] for axis in state.order if axis != "N"]
        return (None, *parts) if "batch" in name.lower() else tuple(parts)
    return machine.letter(letter)


def class_net(machine: Machine, cls: Class, models: dict[str, Value]) -> KerasNet:
    """Return the network of a class: with the arguments of the file, its defaults, or letters."""
    instances = [
        value
        for value in (*models.values(), *(model for model, _ in machine.tested))
        if isinstance(value, KerasObject) and value.cls is cls
    ]
    tested = next(
        (
            arguments.first()
            for model, arguments in machine.tested
            if isinstance(model, KerasObject)
            and model.cls is cls
            and isinstance(arguments.first(), Constant)
        ),
        None,
    )
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
