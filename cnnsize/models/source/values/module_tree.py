"""The modules that a module of torch holds."""

from __future__ import annotations

from cnnsize.models.source.values.objects import MODULES, LayerModule, Module, UserModule, Value


def children(module: Module) -> dict[str, Value]:
    """Return the modules that a module holds, by their names."""
    if isinstance(module, LayerModule):
        return {}
    items = dict(module.items)
    if isinstance(module, UserModule):
        own = module.attributes
        items |= {name: value for name, value in own.items() if isinstance(value, MODULES)}
    return items


def modules_in(module: Module) -> list[Module]:
    """Return a module and all that are in it, each once, with the layers that classes extend."""
    modules: dict[int, Module] = {}
    waiting: list[Value] = [module]
    while waiting:
        value = waiting.pop()
        if type(value) is LayerModule:  # which most of them are
            modules[id(value)] = value
        elif isinstance(value, MODULES) and id(value) not in modules:
            modules[id(value)] = value
            waiting += reversed(children(value).values())
            waiting.append(getattr(value, "layer", None))  # of a subclass of a layer
    return list(modules.values())
