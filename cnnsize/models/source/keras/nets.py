"""Which networks of Keras a file holds: its models, the functions that build one, its classes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from cnnsize.models.source.keras.builders import (
    KerasNet,
    builder_net,
    builders,
    class_net,
    is_builder,
    mentions_model,
    receiver,
    returns_model,
)
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.python.top import is_construction, is_root
from cnnsize.models.source.values.keras import (
    KERAS_MODELS,
    KerasModel,
    KerasObject,
    is_keras_class,
    is_keras_model,
)
from cnnsize.models.source.values.objects import (
    Class,
    Function,
    Scope,
    Unknown,
    Value,
)


def keras_nets(
    machine: Machine,
    tree: ast.Module,
    scopes: list[Scope],
    only: str | None,
    rerun: Callable[[], list[Scope]],
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
    own = {name: value for name, value in models.items() if not is_pretrained(value)}
    if only is not None:
        return named_net(machine, tree, scopes, only, models, rerun)
    nets = [variable_net(machine, name, value, rerun) for name, value in distinct(own or models)]
    for builder in builders(machine):
        if not any(is_within(value.node, builder.function.node) for value in models.values()):
            net = builder_net(machine, builder)
            if returns_model(machine, net):
                nets.append(net)
    nets += [class_net(machine, cls, models) for cls in classes(machine)]
    nets += holder_nets(machine)
    return [*nets, *failed_nets(machine, scopes, tree, {net.name for net in nets}, rerun)]


def failed_nets(
    machine: Machine,
    scopes: list[Scope],
    tree: ast.Module,
    names: set[str],
    rerun: Callable[[], list[Scope]],
) -> Iterator[KerasNet]:
    """Yield the variables that are assigned a model which is not read."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if not isinstance(target, ast.Name) or target.id in names:
                continue
            values = [scope.names.get(target.id) for scope in scopes]
            value = next((own for own in values if isinstance(own, Unknown)), None)
            if value is None:
                continue
            is_model = is_construction(node.value) or value.reason.startswith("keras.applications.")
            is_built = value.error is not None and is_call_of_builder(machine, node.value)
            if is_model or is_built:
                names.add(target.id)
                yield variable_net(machine, target.id, value, rerun, node)


def is_call_of_builder(machine: Machine, node: ast.AST) -> bool:
    """Return whether a node calls a function of the file that builds a model."""
    name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    value = machine.top.names.get(name)
    return isinstance(value, Function) and is_builder(value.node)


def holder_nets(machine: Machine) -> Iterator[KerasNet]:
    """Yield the models that methods of a class assign to attributes, where none returns one."""
    for name, cls in list(machine.top.names.items()):
        if not isinstance(cls, Class) or is_keras_class(cls) or has_builder(cls):
            continue
        for method in cls.attributes.values():
            if not isinstance(method, Function) or not mentions_model(method.node):
                continue
            attributes = [
                inner.attr
                for inner in ast.walk(method.node)
                if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store)
            ]
            held = receiver(machine, cls, method).attributes
            for attribute in dict.fromkeys(attributes):
                if isinstance(held.get(attribute), KERAS_MODELS):
                    yield holder_net(machine, f"{name}.{attribute}", cls, method)


def holder_net(machine: Machine, name: str, cls: Class, method: Function) -> KerasNet:
    """Return the network that an attribute of an object holds after a method has run."""
    attribute = name.rpartition(".")[2]

    def build() -> Value:
        value = receiver(machine, cls, method).attributes.get(attribute)
        return Unknown(f"`{attribute}`", cls.node) if value is None else value

    return KerasNet(name, cls.node, build)


def has_builder(cls: Class) -> bool:
    """Return whether a method of a class builds and returns a model."""
    values = cls.attributes.values()
    return any(isinstance(own, Function) and is_builder(own.node) for own in values)


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


def is_pretrained(value: Value) -> bool:
    """Return whether a model is one of keras.applications, without layers of the file."""
    return isinstance(value, KerasModel) and value.is_pretrained


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


def classes(machine: Machine) -> list[Class]:
    """Return the classes of the file that derive from a model of Keras and are not used by others."""
    classes = [
        value
        for value in machine.top.names.values()
        if isinstance(value, Class) and is_keras_model(value)
    ]
    with_call = [cls for cls in classes if isinstance(cls.find("call"), Function)]
    others = [
        value
        for value in machine.top.names.values()
        if isinstance(value, Class) and is_keras_class(value)
    ]
    return [cls for cls in dict.fromkeys(with_call) if is_root(cls, others)]


def named_net(
    machine: Machine,
    tree: ast.Module,
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
    if matching:
        return [builder_net(machine, matching[0])]
    held = [net for net in holder_nets(machine) if name in (net.name, net.name.partition(".")[0])]
    failed = (net for net in failed_nets(machine, scopes, tree, set(), rerun) if net.name == name)
    return held[:1] or list(failed)


def variable_net(
    machine: Machine,
    name: str,
    value: Value,
    rerun: Callable[[], list[Scope]],
    assignment: ast.AST | None = None,
) -> KerasNet:
    """Return a network that a variable at the top of the file holds.

    ``assignment`` is what assigns it, where it is not read.
    """

    def rebuild() -> Value:
        values = [scope.names[name] for scope in rerun() if name in scope.names]
        models = [own for own in values if isinstance(own, KERAS_MODELS)]
        unread = [own for own in values if isinstance(own, Unknown)]
        return next(iter([*models, *unread]), Unknown(f"`{name}`", value.node))

    tested = next(iter(machine.tested_on(lambda model: model is value)), None)
    return KerasNet(name, assignment or value.node, lambda: value, "", tested, rebuild)
