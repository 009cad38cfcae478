"""Calls: of functions and classes of the source, of modules, and of what libraries have."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

from cnnsize.models.source.keras import attributes as keras_attributes
from cnnsize.models.source.keras import functions as keras_functions
from cnnsize.models.source.keras import models as keras_models
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.python import builtin_functions, command_line, methods, records, siblings
from cnnsize.models.source.python.forgetting import CHANGES
from cnnsize.models.source.python.function_calls import call_function
from cnnsize.models.source.python.imports import CONSTANTS
from cnnsize.models.source.python.lightning import save_hyperparameters
from cnnsize.models.source.python.statements import KINDS
from cnnsize.models.source.torch import modules
from cnnsize.models.source.torch.functions import tensor_attribute, tensor_function
from cnnsize.models.source.values.arrays import Array, array_attribute, array_function
from cnnsize.models.source.values.keras import (
    KERAS_VALUES,
    ROOTS,
    KerasObject,
    LayerList,
    is_keras_class,
)
from cnnsize.models.source.values.number import Number, has_letters
from cnnsize.models.source.values.objects import (
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
    Instance,
    LayerModule,
    Module,
    NotReadError,
    Partial,
    Size,
    Super,
    Tensor,
    Unknown,
    UserModule,
    Value,
)
from cnnsize.models.source.values.source_files import SourceFile
from cnnsize.models.source.values.unknowns import part_of

COLLECTIONS = (list, dict, str, tuple, set)


def call(machine: Machine, function: Value, arguments: Arguments) -> Value:
    """Return the value of a call. Raises NotReadError."""
    machine.tick(arguments.node)
    caller = CALLERS.get(type(function))
    if caller is None:
        return call_unknown(machine, function, arguments)
    return caller(machine, function, arguments)


def call_partial(machine: Machine, function: Partial, arguments: Arguments) -> Value:
    """Return the value of a call of a function whose first arguments are given."""
    positional = [*function.positional, *arguments.positional]
    keywords = {**function.keywords, **arguments.keywords}
    return call(machine, function.function, Arguments(positional, keywords, arguments.node))


def call_bound(machine: Machine, function: Bound, arguments: Arguments) -> Value:
    """Return the value of a call of a method."""
    positional = [function.receiver, *arguments.positional]
    with_receiver = Arguments(positional, arguments.keywords, arguments.node)
    return call_function(machine, function.function, with_receiver, function.receiver)


def call_module(machine: Machine, module: Module, arguments: Arguments) -> Value:
    """Return what a module of PyTorch makes of its arguments."""
    if modules.is_tested(machine, module, arguments):
        return Unknown("the output of a network", arguments.node)
    output = modules.run(machine, module, arguments)
    if machine.watched:
        machine.observe(module.node, arguments.positional, output, is_module=True)
    return output


def call_instance(machine: Machine, instance: Instance, arguments: Arguments) -> Value:
    """Return the value of a call of an object of a class of the source."""
    method = instance.cls.find("__call__")
    if not isinstance(method, Function):
        return call_unknown(machine, instance, arguments)
    return call(machine, Bound(method, instance), arguments)


def call_unknown(machine: Machine, function: Value, arguments: Arguments) -> Value:
    """Return the unknown value of a call; it matters at once where a tensor of the data goes in."""
    node = arguments.node
    reason = "a call that cannot be read"
    is_weights = False
    if has_letters(function):
        machine.objects.add(str(function))
    if isinstance(function, Unknown):
        reason, node, is_weights = function.reason, function.node or node, function.is_weights
    values = (*arguments.positional, *arguments.keywords.values())
    if any(isinstance(value, Tensor) for value in values):
        raise NotReadError(reason, node)
    path = None
    if isinstance(function, Unknown) and function.path is not None:
        machine.unknown_calls += 1  # each may return another value
        path = f"{function.path}()#{machine.unknown_calls}"
    return Unknown(reason, node, is_weights=is_weights, path=path)


def construct(machine: Machine, cls: Class, arguments: Arguments) -> Value:
    """Return an object of a class of the source."""
    if is_keras_class(cls):
        return keras_models.instantiate(machine, cls, arguments)
    if cls.is_module():
        return modules.instantiate(machine, cls, arguments)
    if (unknown := cls.unknown_base()) is not None:
        return Unknown(
            f"{cls.name} derives from a class that is not read: {unknown.reason}", arguments.node
        )
    if cls.external_bases() - {"builtins.object", "abc.ABC", "typing.Generic"}:
        return Unknown(f"an object of {cls.name}", arguments.node)
    instance = Instance(cls)
    initializer = cls.find("__init__")
    if isinstance(initializer, Function):
        call(machine, Bound(initializer, instance), arguments)
    elif records.is_dataclass(cls):
        records.fill(machine, cls, instance, arguments)
    return instance


# Whether a compiler of PyTorch runs the model, and not Python.
COMPILERS = frozenset(
    f"torch.{name}"
    for name in (
        *("jit.is_scripting", "jit.is_tracing", "compiler.is_compiling", "compiler.is_exporting"),
        *("compiler.is_dynamo_compiling", "onnx.is_in_onnx_export", "_dynamo.is_compiling"),
    )
)


def call_external(machine: Machine, path: str, arguments: Arguments) -> Value:
    """Return the value of a call of something of a library."""
    path = path.replace("torch.nn.modules.", "torch.nn.modules_")
    head, _, name = path.rpartition(".")
    if head.startswith("torch.nn.modules_"):
        head = "torch.nn"
    node = arguments.node
    if path.partition(".")[0] in ROOTS:
        return keras_functions.call_external(machine, path, arguments)
    if head == "builtins":
        function = builtin_functions.BUILTINS.get(name)
        return Unknown(f"{name}()", node) if function is None else function(machine, arguments)
    if path == "functools.reduce" and len(arguments.positional) > 1:
        return builtin_functions.reduced(machine, arguments)
    if path == "argparse.ArgumentParser":
        return command_line.Parser()
    if path in ("argparse.Namespace", "types.SimpleNamespace"):
        return command_line.namespace(arguments.keywords)
    if path in ("torch.linspace", "numpy.linspace"):
        return builtin_functions.evenly_spaced(arguments)
    if path == "dataclasses.field":
        return records.default_of(machine, arguments)
    if path == "functools.partial":
        return builtin_functions.partial(machine, arguments)
    if path in ("collections.OrderedDict", "typing.OrderedDict"):
        return builtin_functions.dictionary(machine, arguments)
    if path == "typing.cast" and len(arguments.positional) == 2:
        return arguments.positional[1]
    if path in ("copy.deepcopy", "copy.copy"):
        return builtin_functions.copied(machine, arguments)
    if isinstance(arguments.first(), Array) and head == "numpy":
        return array_function(name, arguments.first(), arguments)
    if head in ("math", "numpy"):
        return builtin_functions.mathematics(machine, name, arguments)
    if path in modules.WRAPPERS and arguments.positional:
        return arguments.positional[0]
    if path == "torch.nn.Parameter" or path == "torch.nn.parameter.Parameter":
        return modules.torch_module(machine, "Parameter", arguments)
    if path == "torch.autograd.Variable" and arguments.positional:
        return arguments.positional[0]
    if path.endswith("checkpoint.checkpoint") and arguments.positional:
        function, *positional = arguments.positional
        return call(machine, function, Arguments(positional, {}, node))
    if path.startswith("torch.nn.init."):
        return None
    if path in COMPILERS:
        return False
    if path == "inspect.isfunction" and not isinstance(arguments.first(), Unknown):
        return isinstance(arguments.first(), Function)
    if head == "torch.nn":
        return modules.torch_module(machine, name, arguments)
    if head in ("torch", "torch.nn.functional", "torch.Tensor"):
        return tensor_function(machine, name, arguments)
    if name == "summary" and path.startswith(("torchsummary.", "torchinfo.")):
        return summary(machine, arguments)
    return call_unknown(machine, Unknown(f"{path}() is not read", node), arguments)


def summary(machine: Machine, arguments: Arguments) -> Value:
    """Note a call of summary(network, size), which says an input size."""
    size = arguments.get(1, "input_size")
    sizes = [size] if is_shape(size) else size
    if isinstance(sizes, (tuple, list)) and sizes and all(map(is_shape, sizes)):
        constants: list[Value] = [
            Constant(tuple(shape) if len(shape) in (2, 4) else (1, *shape), arguments.node)
            for shape in sizes
        ]
        if isinstance(arguments.first(), MODULES) and machine.lenient:
            machine.tested.append((arguments.first(), Arguments(constants, {}, arguments.node)))
    return None


def is_shape(value: Value) -> TypeGuard[Sequence[int]]:
    """Return whether a value is a tuple or list of integers."""
    is_sequence = isinstance(value, (tuple, list)) and len(value) > 0
    return is_sequence and all(isinstance(side, int) for side in value)


def attribute(machine: Machine, value: Value, name: str, node: ast.AST) -> Value:
    """Return an attribute of a value."""
    if (getter := GETTERS.get(type(value))) is not None:
        return getter(machine, value, name, node)
    if isinstance(value, Unknown):
        return part_of(value, f".{name}", node)
    if isinstance(value, KERAS_VALUES):
        return keras_attribute(machine, value, name, node)
    if isinstance(value, Array):
        return array_attribute(value, name, node)
    if isinstance(value, Tensor) and machine.is_keras:
        return keras_attributes.tensor_attribute(machine, value, name, node)
    if isinstance(value, command_line.Parser):
        return command_line.parser_attribute(machine, value, name, node)
    if isinstance(value, Number) and has_letters(value):
        machine.objects.add(str(value))
        return part_of(value, f".{name}", node)
    if isinstance(value, (Tensor, Constant)):
        return tensor_attribute(machine, value, name, node)
    if isinstance(value, Container):
        attribute = value.attributes.get(name, value.items.get(name, MISSING))
        return (
            attribute
            if attribute is not MISSING
            else modules.module_attribute(machine, value, name, node)
        )
    if isinstance(value, Instance):
        if name in value.attributes:
            return value.attributes[name]
        if name == "__dict__":
            return value.attributes
        return class_attribute(machine, value.cls, value, name, node)
    if isinstance(value, Class):
        if name == "__name__":
            return value.name
        return class_attribute(machine, value, None, name, node)
    if isinstance(value, Size) and name == "as_list":
        return Builtin(name, lambda arguments: list(value))
    if isinstance(value, LayerList) and name in CHANGES:
        raise NotReadError("a change of the layers of a model", node)
    if isinstance(value, COLLECTIONS):
        return Builtin(name, lambda arguments: methods.method(machine, value, name, arguments))
    if isinstance(value, float) and name == "item":
        return Builtin(name, lambda arguments: value)
    if isinstance(value, Partial) and name == "func":
        return value.function
    if isinstance(value, Function) and name == "__name__":
        return value.name
    return Unknown(f"it has no attribute `{name}`", node)


def file_attribute(machine: Machine, file: SourceFile, name: str, node: ast.AST) -> Value:
    """Return a name of a file that is imported."""
    value = siblings.member(machine, file, name, node)
    if value is MISSING:
        return Unknown(f"`{name}` is not defined in {os.path.basename(file.path)}", node)
    return value


def external_attribute(machine: Machine, value: External, name: str, node: ast.AST) -> Value:
    """Return a name in a library."""
    path = f"{value.path}.{name}"
    if path.startswith("torchvision.models."):
        model = siblings.torchvision_model(machine, path, node)
        return External(path) if model is None else model
    return CONSTANTS.get(path, External(path))


def user_module_attribute(machine: Machine, module: UserModule, name: str, node: ast.AST) -> Value:
    """Return an attribute of a module of the source."""
    if name in module.attributes:
        return module.attributes[name]
    if name in module.items:
        return module.items[name]
    if module.cls.find(name) is not MISSING:
        return class_attribute(machine, module.cls, module, name, node)
    if module.layer is not None and name in module.layer.arguments:
        return layer_attribute(machine, module.layer, name, node)
    if name == "save_hyperparameters":
        return Builtin(name, lambda arguments: save_hyperparameters(machine, module, arguments))
    return modules.module_attribute(machine, module, name, node)


def keras_attribute(machine: Machine, value: Value, name: str, node: ast.AST) -> Value:
    """Return an attribute of a layer or model of Keras."""
    is_own = name in value.attributes or not isinstance(value, KerasObject)
    if not is_own and value.cls.find(name) is not MISSING:
        return class_attribute(machine, value.cls, value, name, node)
    if name == "__class__" and isinstance(value, KerasObject):
        return value.cls
    return keras_attributes.attribute(machine, value, name, node)


def layer_attribute(machine: Machine, layer: LayerModule, name: str, node: ast.AST) -> Value:
    """Return an attribute of a layer of torch.nn; sizes are pairs there, as (H, W)."""
    if name in layer.attributes:
        return layer.attributes[name]
    if name in layer.arguments and name != "bias":
        value = layer.arguments[name]
        is_size = name in ("kernel_size", "stride", "padding", "dilation") and "Conv" in layer.name
        return (value, value) if is_size and isinstance(value, int) else value
    return modules.module_attribute(machine, layer, name, node)


def class_attribute(
    machine: Machine, cls: Class, receiver: Value, name: str, node: ast.AST
) -> Value:
    """Return an attribute of a class, bound to an object where there is one."""
    value = cls.find(name)
    if value is MISSING:
        if receiver is not None and name == "__class__":
            return cls
        return Unknown(f"it has no attribute `{name}`", node)
    if not isinstance(value, Function) or value.kind == "staticmethod":
        return value
    if value.kind == "classmethod":
        return Bound(value, cls)
    if receiver is None:
        return value
    bound = Bound(value, receiver)
    return call(machine, bound, Arguments([], {}, node)) if value.kind == KINDS[2] else bound


def super_attribute(machine: Machine, value: Super, name: str, node: ast.AST) -> Value:
    """Return an attribute of the classes after ``value.cls``."""
    receiver = value.receiver
    order = receiver.cls.order if isinstance(receiver, Instance) else value.cls.order
    after = order[order.index(value.cls) + 1 :] if value.cls in order else []
    for cls in after:
        if name in cls.attributes:
            member = cls.attributes[name]
            is_method = isinstance(member, Function) and member.kind != "staticmethod"
            return Bound(member, receiver) if is_method else member
    if isinstance(receiver, KerasObject):
        return keras_attributes.super_attribute(machine, receiver, name, node)
    if isinstance(receiver, UserModule):
        return modules.super_attribute(machine, receiver, name, node)
    return Builtin(name, lambda arguments: None)


# What is called, and whose attributes are read, in most expressions of a network.
CALLERS: dict[type, Callable[[Machine, Any, Arguments], Value]] = {
    Builtin: lambda machine, function, arguments: function.function(arguments),
    Partial: call_partial,
    Bound: call_bound,
    Function: call_function,
    Class: construct,
    External: lambda machine, function, arguments: call_external(machine, function.path, arguments),
    Instance: call_instance,
    **dict.fromkeys(MODULES, call_module),
    **dict.fromkeys(KERAS_VALUES, keras_models.call),
}
GETTERS: dict[type, Callable[[Machine, Any, str, ast.AST], Value]] = {
    UserModule: user_module_attribute,
    External: external_attribute,
    LayerModule: layer_attribute,
    Super: super_attribute,
    SourceFile: file_attribute,
}
