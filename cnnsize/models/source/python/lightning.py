"""PyTorch Lightning: the arguments of a module as ``self.hparams``."""

from __future__ import annotations

import ast

from cnnsize.models.source.machine import Machine
from cnnsize.models.source.python.command_line import namespace
from cnnsize.models.source.python.function_calls import bind
from cnnsize.models.source.values.objects import (
    Arguments,
    Function,
    Instance,
    Scope,
    UserModule,
    Value,
)


def save_hyperparameters(machine: Machine, module: UserModule, arguments: Arguments) -> None:
    """Give a module its hyperparameters: the arguments of __init__, those named, or an object."""
    first = arguments.first()
    names = [name for name in arguments.positional if isinstance(name, str)]
    if isinstance(first, (dict, Instance)) and "ignore" not in arguments.keywords:
        own = first if isinstance(first, dict) else first.attributes
        module.attributes["hparams"] = namespace(own)
        return
    ignored = arguments.keywords.get("ignore", ())
    left_out = [ignored] if isinstance(ignored, str) else ignored
    values = initial_values(machine, module)
    module.attributes["hparams"] = namespace(
        {
            name: value
            for name, value in values.items()
            if name not in left_out and (name in names or not names)
        }
    )


def initial_values(machine: Machine, module: UserModule) -> dict[str, Value]:
    """Return the arguments of __init__ of a module by name, defaults included, without ``self``."""
    initializer = module.cls.find("__init__")
    if not isinstance(initializer, Function) or isinstance(initializer.node, ast.Lambda):
        return {}
    scope, site = Scope(initializer.scope), machine.site
    given = module.arguments
    own = Arguments([module, *given.positional], given.keywords, given.node)
    machine.site = site.around if site is not None else None  # where the module is constructed
    try:
        bind(machine, initializer, own, scope)
    finally:
        machine.site = site
    parameters = initializer.node.args
    further = parameters.kwarg.arg if parameters.kwarg is not None else ""
    rest = scope.names.pop(further, {})
    _, *names = scope.names
    return {name: scope.names[name] for name in names} | (rest if isinstance(rest, dict) else {})
