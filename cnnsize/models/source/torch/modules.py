"""Modules of torch: constructing them, their methods, and running them on a tensor."""

from __future__ import annotations

import ast

from cnnsize.models.flow import Frame
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.sequences import elements
from cnnsize.models.source.torch.application import construct
from cnnsize.models.source.torch.dummies import is_of_input
from cnnsize.models.source.torch.layer_calls import apply_layer
from cnnsize.models.source.torch.signatures import SIGNATURES
from cnnsize.models.source.values.module_tree import children, modules_in
from cnnsize.models.source.values.objects import (
    CONTAINERS,
    MISSING,
    MODULES,
    Arguments,
    Bound,
    Builtin,
    Class,
    Constant,
    Container,
    External,
    Function,
    LayerModule,
    Module,
    NotReadError,
    Parameter,
    Tensor,
    Unknown,
    UserModule,
    Value,
)

# Methods that return the module itself.
TRANSPARENT = frozenset(
    [
        *("to", "cuda", "cpu", "eval", "train", "float", "half", "double", "requires_grad_"),
        *("apply", "share_memory", "type", "bfloat16"),
    ]
)
WEIGHTS = frozenset(
    ["parameters", "named_parameters", "state_dict", "buffers", "named_buffers", "weight", "bias"]
)
WITHOUT_EFFECT = frozenset(
    [
        *("load_state_dict", "zero_grad", "register_forward_hook", "reset_parameters"),
        *("extra_repr", "register_buffer", "register_parameter"),
    ]
)
# Methods that change what an attribute, a call or an object of a class is.
SPECIAL = ("__call__", "__getattr__", "__getattribute__", "__setattr__", "__new__")
WRAPPERS = frozenset(
    [
        *("torch.nn.DataParallel", "torch.nn.parallel.DistributedDataParallel", "torch.compile"),
        *("torch.jit.script", "torch.nn.utils.spectral_norm", "torch.nn.utils.weight_norm"),
        "torch.nn.utils.parametrizations.spectral_norm",
        "torch.nn.utils.parametrizations.weight_norm",
    ]
)


def torch_module(machine: Machine, name: str, arguments: Arguments) -> Value:
    """Return a module of torch.nn."""
    node = arguments.node
    if name == "Identity":
        return Container("Identity", {}, node)
    if name in CONTAINERS:
        return Container(name, container_items(machine, name, arguments), node)
    if name in SIGNATURES:
        return construct(machine, name, arguments)
    value = arguments.first()
    if name == "Parameter" and isinstance(value, Constant):
        return Parameter(value.shape, node)
    if name in ("Parameter", "ParameterList", "ParameterDict"):
        return Unknown("a parameter outside a layer", node, is_weights=True)
    return Unknown(f"nn.{name} is not in the notation", node)


def container_items(machine: Machine, kind: str, arguments: Arguments) -> dict[str, Value]:
    """Return the modules of a container by their names."""
    first = arguments.first()
    if isinstance(first, Unknown):
        return {"0": first}
    if isinstance(first, dict):
        return {str(name): module for name, module in first.items()}
    values = arguments.positional
    if kind != "Sequential":
        values = elements(machine, first, arguments.node) if first is not None else []
        if kind == "ModuleDict":
            return {str(name): module for name, module in values}
    return {str(index): module for index, module in enumerate(values)}


def instantiate(machine: Machine, cls: Class, arguments: Arguments) -> Value:
    """Return an object of a class of the source that is a module."""
    for name in SPECIAL:
        if cls.find(name) is not MISSING:
            raise NotReadError(f"{cls.name} has a method {name}", arguments.node)
    module = UserModule(cls, arguments)
    if machine.lenient and not machine.constructing and machine.site is None:
        machine.constructed.append(module)
    machine.fresh.add(id(module))
    initializer = cls.find("__init__")
    if isinstance(initializer, Function):
        machine.constructing += 1
        try:
            machine.call(Bound(initializer, module), arguments)
        finally:
            machine.constructing -= 1
    elif initializer is not MISSING:
        raise NotReadError(f"__init__ of {cls.name} cannot be read", arguments.node)
    else:
        initialize(machine, module, arguments)
    return module


def initialize(machine: Machine, module: UserModule, arguments: Arguments) -> None:
    """Do what __init__ of the base class from torch.nn does."""
    if module.kind:
        module.items.update(container_items(machine, module.kind, arguments))
        return
    for base in module.cls.external_bases():
        name = External(base).name
        if base.startswith("torch.nn.") and name in SIGNATURES:
            module.layer = construct(machine, name, arguments)


def super_attribute(machine: Machine, module: UserModule, name: str, node: ast.AST) -> Value:
    """Return an attribute of the base class from torch.nn."""
    if name == "__init__":
        return Builtin(name, lambda arguments: initialize(machine, module, arguments))
    if name == "forward":
        return Builtin(name, lambda arguments: run_base(machine, module, arguments))
    return module_attribute(machine, module, name, node)


def run_base(machine: Machine, module: UserModule, arguments: Arguments) -> Value:
    """Run forward of the base class from torch.nn."""
    if module.layer is not None:
        return apply_layer(machine, module.layer, arguments.first(), arguments.node)
    if module.kind == "Sequential":
        return run_all(machine, list(module.items.values()), arguments)
    raise NotReadError(f"{module.cls.name} has no forward", arguments.node)


def module_attribute(machine: Machine, module: Module, name: str, node: ast.AST) -> Value:
    """Return an attribute that every module has."""
    if name in TRANSPARENT:
        return Builtin(name, lambda arguments: module)
    if name == "training":
        return False
    if name in WEIGHTS:
        unknown = Unknown("something about weights", node, is_weights=True)
        is_method = name not in ("weight", "bias")
        return Builtin(name, lambda arguments: unknown) if is_method else unknown
    if name in WITHOUT_EFFECT:
        return Builtin(name, lambda arguments: None)
    if name == "modules":
        return Builtin(name, lambda arguments: modules_in(module))
    if name == "named_modules":
        numbered = [(str(number), inner) for number, inner in enumerate(modules_in(module))]
        return Builtin(name, lambda arguments: numbered)
    if name in ("children", "named_children", "_modules"):
        own = {key: inner for key, inner in children(module).items() if inner is not None}
        if name == "_modules":
            return own
        items = list(own.values()) if name == "children" else list(own.items())
        return Builtin(name, lambda arguments: items)
    if name in ("add_module", "register_module"):
        return Builtin(name, lambda arguments: add_module(machine, module, arguments))
    if name == "forward":
        return Builtin(name, lambda arguments: run(machine, module, arguments))
    if name == "__class__" and isinstance(module, UserModule):
        return module.cls
    if getattr(module, "kind", ""):
        container = module
        assert isinstance(container, (Container, UserModule))
        method = container_method(machine, container, name)
        if method is not None:
            return method
    return Unknown(f"it has no attribute `{name}`", node)


def add_module(machine: Machine, module: Module, arguments: Arguments) -> Value:
    """Add a module under a name."""
    machine.change(module)
    name, value = arguments.get(0, "name"), arguments.get(1, "module")
    if not isinstance(name, str):
        raise NotReadError("the name of a module that is added", arguments.node)
    if isinstance(module, Container) or (isinstance(module, UserModule) and module.kind):
        module.items[name] = value
    module.attributes[name] = value
    return None


def container_method(
    machine: Machine, container: Container | UserModule, name: str
) -> Value | None:
    """Return a method of a list or a dictionary of modules; None if it has none of this name."""
    items = container.items
    if name in ("append", "extend", "insert"):
        machine.change(container)
    if container.kind == "ModuleDict":
        listed = {"items": items.items, "keys": items.keys, "values": items.values}.get(name)
        return None if listed is None else Builtin(name, lambda arguments: list(listed()))
    if name == "append":
        return Builtin(name, lambda arguments: append(container, [arguments.first()]))
    if name == "extend":
        return Builtin(
            name,
            lambda arguments: append(
                container, elements(machine, arguments.first(), arguments.node)
            ),
        )
    if name == "insert":
        return Builtin(name, lambda arguments: insert(container, arguments))
    return None


def append(container: Container | UserModule, modules: list[Value]) -> Value:
    """Append modules to a container."""
    for module in modules:
        container.items[str(len(container.items))] = module
    return container


def insert(container: Container | UserModule, arguments: Arguments) -> Value:
    """Insert a module into a list of modules."""
    index, module = arguments.get(0, "index"), arguments.get(1, "module")
    if not isinstance(index, int):
        raise NotReadError("an index that is not known", arguments.node)
    values = list(container.items.values())
    values.insert(index, module)
    container.items.clear()
    append(container, values)
    return None


def run(machine: Machine, module: Module, arguments: Arguments) -> Value:
    """Return what a module makes of its arguments. Raises NotReadError."""
    node = arguments.node
    if is_of_input(arguments.first()) and machine.constructing:
        return arguments.first()
    if isinstance(module, LayerModule):
        return apply_layer(machine, module, arguments.first(), node, arguments.keywords)
    if isinstance(module, Container):
        if module.kind == "Identity":
            return arguments.first()
        if module.kind != "Sequential":
            raise NotReadError(f"nn.{module.kind} is called", module.node)
        with_frame = Frame("Sequential", machine.calls)
        machine.stack.append(with_frame)
        try:
            return run_all(machine, list(module.items.values()), arguments)
        finally:
            machine.stack.pop()
    machine.calls += 1
    machine.enter(node)
    machine.stack.append(Frame(module.cls.name, machine.calls))
    try:
        forward = module.cls.find("forward")
        if isinstance(forward, Function):
            return machine.call(Bound(forward, module), arguments)
        if forward is not MISSING:
            raise NotReadError(f"forward of {module.cls.name} cannot be read", node)
        return run_base(machine, module, arguments)
    finally:
        machine.stack.pop()
        machine.depth -= 1


def run_all(machine: Machine, modules: list[Value], arguments: Arguments) -> Value:
    """Run modules one after the other."""
    value = arguments.first()
    for module in modules:
        if isinstance(module, Unknown):
            raise NotReadError(module.reason, module.node or arguments.node)
        if not isinstance(module, MODULES):
            raise NotReadError("a part of nn.Sequential that is no module", arguments.node)
        value = machine.call(module, Arguments([value], {}, arguments.node))
    return value


def as_it_is(value: Value) -> Value:
    """Return a tensor of the source that keeps its shape if the tensor is changed later."""
    return Constant(value.shape, value.node) if type(value) is Constant else value


def is_tested(machine: Machine, module: Value, arguments: Arguments) -> bool:
    """Return whether the top of the file calls a network, and note the call."""
    is_top = machine.lenient and not (machine.stack or machine.constructing)
    if not is_top or isinstance(module, LayerModule):
        return False
    if any(isinstance(value, (Constant, Tensor)) for value in arguments.positional):
        positional = [as_it_is(value) for value in arguments.positional]
        machine.tested.append((module, arguments._replace(positional=positional)))
    return True
