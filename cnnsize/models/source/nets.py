"""Which networks a file holds: its classes, its factories, and what it builds at its top."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from cnnsize.limits import MAX_SOURCE_NETWORKS, MAX_SOURCE_STEPS, MAX_SOURCE_TOP_STEPS
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.evidence import called_name
from cnnsize.models.source.interpreter import Built, Interpreter
from cnnsize.models.source.keras.builders import KerasNet
from cnnsize.models.source.keras.nets import keras_nets
from cnnsize.models.source.machine import TooLongError
from cnnsize.models.source.python.function_calls import bind, positional_names, required_names
from cnnsize.models.source.python.top import execute_top, is_root
from cnnsize.models.source.values.objects import (
    Arguments,
    Class,
    Constant,
    Container,
    Function,
    NotReadError,
    Scope,
    Unknown,
    UserModule,
    Value,
)
from cnnsize.models.source.values.source_files import Imported

WORD = re.compile(r"\w+")
ENTRIES = ("main", "demo", "debug", "run", "check")  # functions that may build a network
NO_USES = ("super", "isinstance", "issubclass", "print", "type")  # calls that do not use a class
NO_FACTORIES = ("main", "train", "test", "run", "evaluate", "validate")


class Net(NamedTuple):
    """A network of a file: how it is built, and the tensors that the file calls it on."""

    name: str
    node: ast.AST
    build: Callable[[], Value]
    tested: tuple[Constant, ...] = ()
    note: str = ""  # where its arguments come from
    is_called: bool = (
        False  # the file calls it, so that its arguments are those that it is used with
    )


def run_top(machine: Interpreter, tree: ast.Module) -> list[Scope]:
    """Execute the top of a file, and its functions that test or run it; return their scopes."""
    scopes = [machine.top]
    machine.lenient, machine.max_steps = True, MAX_SOURCE_TOP_STEPS
    execute_top(machine, tree.body, machine.top)
    calls = calls_in(tree)
    for function in list(machine.top.names.values()):
        if not is_own_function(machine, function):
            continue
        name = function.name.lower()
        if not (name in ENTRIES or "test" in name) or required_names(function.node, skip=0):
            continue
        scope = Scope(machine.top)
        if bind_defaults(machine, function, scope, calls):
            execute_top(machine, function.node.body, scope)
            scopes.append(scope)
    machine.lenient, machine.max_steps = False, MAX_SOURCE_STEPS
    return scopes


def bind_defaults(
    machine: Interpreter, function: Function, scope: Scope, calls: list[ast.Call]
) -> bool:
    """Give the parameters of a function their defaults; not where a call or a decorator of the file
    passes others.
    """
    node = function.node
    own = [call for call in calls if called_name(call) == function.name]
    is_passed = any(call.args or call.keywords for call in own)
    if is_passed or getattr(node, "decorator_list", []):
        return not (positional_names(node) or node.args.kwonlyargs)
    try:
        bind(machine, function, Arguments([], {}, node), scope)
    except TooLongError:
        raise
    except NotReadError:
        return False
    return True


def nets_of(
    machine: Interpreter, tree: ast.Module, text: str, only: str | None
) -> list[Net | KerasNet]:
    """Return the networks of a file in their order; with ``only``, the one of this name."""
    scopes = run_top(machine, tree)
    keras: list[KerasNet] = []
    if machine.keras is not None:

        def rerun() -> list[Scope]:
            machine.top = Scope()
            machine.steps = 0
            return run_top(machine, tree)

        keras = keras_nets(machine, tree, scopes, only, rerun)
    classes = module_classes(machine)
    built = {
        name: value
        for scope in scopes
        for name, value in scope.names.items()
        if isinstance(value, (UserModule, Container))
    }
    if only is not None:
        named: list[Net | KerasNet] = [*keras]
        return named or [*named_net(machine, only, built)]
    nets: list[Net] = list(factory_nets(machine, classes, text))
    factories = {net.note for net in nets}
    passed = passed_names(calls_in(tree)) if len(classes) > 1 else set()
    roots = [cls for cls in classes if cls.name not in passed and is_root(cls, classes)]
    nets = [net._replace(note="") for net in nets]
    nets += [class_net(machine, cls, built) for cls in roots if cls.name not in factories]
    known = {id(value) for value in built.values() if isinstance(value, UserModule)}
    nets += [
        container_net(machine, name, value)
        for name, value in built.items()
        if isinstance(value, Container) and value.kind == "Sequential" and id(value) not in known
    ]
    nets.sort(key=lambda net: getattr(net.node, "lineno", 0))
    every: list[Net | KerasNet] = [*keras, *nets]
    left = len(every) - MAX_SOURCE_NETWORKS
    if left > 0:
        reason = f"it and {left - 1:,} more follow the first {MAX_SOURCE_NETWORKS} of the file"
        every[MAX_SOURCE_NETWORKS:] = [unread_net(every[MAX_SOURCE_NETWORKS], reason)]
    return every


def unread_net(net: Net | KerasNet, reason: str) -> Net:
    """Return a network in the place of one that is not read, which says why."""

    def fail() -> Value:
        raise NotReadError(reason, net.node)

    return Net(net.name, net.node, fail)


def calls_in(tree: ast.Module) -> list[ast.Call]:
    """Return all calls in a file."""
    known: list[ast.Call] | None = getattr(tree, "calls", None)
    if known is None:
        known = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        tree.calls = known  # type: ignore[attr-defined]
    return known


def module_classes(machine: Interpreter) -> list[Class]:
    """Return the classes of the file that can be run as modules, each once."""
    classes: dict[int, Class] = {}
    for value in machine.top.names.values():
        is_own = isinstance(value, Class) and value.scope is machine.top
        is_network = is_own and (value.is_module() or value.unknown_base())
        if is_network and has_forward(value):
            classes[id(value)] = value
    return list(classes.values())


def is_own_function(machine: Interpreter, value: Value) -> bool:
    """Return whether a value is a function that the file itself defines."""
    is_function = isinstance(value, Function) and isinstance(value.node, ast.FunctionDef)
    return is_function and value.definition is machine.top


def has_forward(cls: Class) -> bool:
    """Return whether a class has a forward, its own or that of nn.Sequential."""
    return isinstance(cls.find("forward"), Function) or (
        "torch.nn.Sequential" in cls.external_bases()
    )


def passed_names(calls: list[ast.Call]) -> set[str]:
    """Return the names that a file passes as arguments: a block that is given to its network."""
    passed: set[str] = set()
    for node in calls:
        if getattr(node.func, "id", "") not in NO_USES:
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            passed |= {value.id for value in values if isinstance(value, ast.Name)}
    return passed


def named_net(machine: Interpreter, name: str, built: dict[str, Value]) -> list[Net]:
    """Return the network of a name; nothing where the file has none."""
    value = machine.top.names.get(name)
    if isinstance(value, Imported):
        value = machine.imported(value)
    if isinstance(value, Class):
        return [class_net(machine, value, built)]
    if isinstance(value, Function) and isinstance(value.node, ast.FunctionDef):
        return [factory_net(machine, value)]
    if isinstance(value, (Container, UserModule)):
        return [container_net(machine, name, value)]
    if isinstance(value, Unknown):
        unknown = Net(name, value.node or ast.Pass(), lambda: value)
        return [unread_net(unknown, value.reason)]
    return []


def factory_nets(machine: Interpreter, classes: list[Class], text: str) -> Iterator[Net]:
    """Yield the functions without required arguments that return a network.

    The note of each is the name of the class that it returns.
    """
    names = {cls.name for cls in classes}
    signs = names | {"Sequential"}
    lines = text.split("\n")
    for function in list(machine.top.names.values()):
        if not is_own_function(machine, function):
            continue
        node = function.node
        required = len(node.args.args) - len(node.args.defaults)
        words = WORD.findall("\n".join(lines[node.lineno - 1 : node.end_lineno]))
        if required > 0 or function.name in NO_FACTORIES or signs.isdisjoint(words):
            continue
        mentioned = {
            inner.id if isinstance(inner, ast.Name) else inner.attr
            for inner in ast.walk(node)
            if isinstance(inner, (ast.Name, ast.Attribute))
        }
        returns = any(isinstance(inner, ast.Return) and inner.value for inner in ast.walk(node))
        if not (returns and signs & mentioned):
            continue
        machine.start()
        net = factory_net(machine, function)
        has_defaults, machine.marks_defaults = machine.has_defaults, True
        try:
            if required_names(node, skip=0):
                result = machine.call(function, Arguments([], {}, node))
            else:
                result = built(machine, net)
                if not is_plain(machine):
                    del machine.built[net.build]
        except TooLongError:
            raise
        except (NotReadError, RecursionError) as error:
            lacks_arguments = "is called without" in str(error) and node.args.kwarg is not None
            if names & mentioned and not (lacks_arguments or is_of_output(error)):
                yield net
            continue
        finally:
            machine.has_defaults = has_defaults
        if isinstance(result, (UserModule, Container)):
            class_name = result.cls.name if isinstance(result, UserModule) else ""
            yield net._replace(note=class_name)


def built(machine: Interpreter, net: Net) -> Value:
    """Return the module of a network: that of the last run, if nothing has changed since."""
    known = machine.built.get(net.build)
    if known is None or known.changes != machine.changes:
        known = machine.built[net.build] = build(machine, net)
    machine.displays, machine.lists = known.displays, known.lists
    machine.has_defaults |= known.has_defaults
    return known.module


def build(machine: Interpreter, net: Net) -> Built:
    """Build the module of a network."""
    has_defaults, machine.has_defaults = machine.has_defaults, False
    machine.displays, machine.lists, machine.fresh = {}, [], set()
    try:
        module = net.build()
        own = machine.has_defaults
    finally:
        machine.has_defaults |= has_defaults
    return Built(module, machine.changes, own, machine.displays, machine.lists)


def is_plain(machine: Interpreter) -> bool:
    """Return whether building a network has left nothing that belongs to its first run."""
    of_run = machine.notes or machine.size_matters or machine.depends_on_size
    return not (of_run or machine.letters or machine.unknown_calls or machine.has_sized_layers)


def is_of_output(error: Exception) -> bool:
    """Return whether a network that a function calls fails, which the function does not return."""
    site = error.site if isinstance(error, RefusedError) and error.tensors else None
    if site is None:
        return False
    while site is not None:
        if getattr(site.function, "name", "") == "__init__":
            return False
        site = site.around
    return True


def factory_net(machine: Interpreter, function: Function) -> Net:
    """Return the network that a function builds; what it needs and lacks is a letter."""
    node = function.node
    assert isinstance(node, ast.FunctionDef)
    names = required_names(node, skip=0)

    def build() -> Value:
        letters = {name: machine.letter(name) for name in names}
        return machine.call(function, Arguments([], letters, node))

    return Net(function.name, node, build)


def class_net(machine: Interpreter, cls: Class, built: dict[str, Value]) -> Net:
    """Return the network of a class: with the arguments of the file, its defaults, or letters."""
    instances = [
        value for value in built.values() if isinstance(value, UserModule) and value.cls is cls
    ]
    tested = machine.tested_on(lambda value: isinstance(value, UserModule) and value.cls is cls)
    others = [*(module for module, _ in machine.tested), *machine.constructed]
    instances += [
        module for module in others if isinstance(module, UserModule) and module.cls is cls
    ]
    if instances:
        arguments = instances[0].arguments
        note = ""
        if arguments.positional or arguments.keywords:
            note = f"constructed as on line {getattr(arguments.node, 'lineno', 0)}"
        return Net(
            cls.name, cls.node, lambda: machine.call(cls, arguments), tested, note, is_called=True
        )
    initializer = cls.find("__init__")
    node = initializer.node if isinstance(initializer, Function) else None
    names = required_names(node, skip=1) if node is not None else []

    def build() -> Value:
        letters = {name: machine.letter(name) for name in names}
        return machine.call(cls, Arguments([], letters, cls.node))

    return Net(cls.name, cls.node, build, tested)


def container_net(machine: Interpreter, name: str, value: Container | UserModule) -> Net:
    """Return a network that a variable at the top of the file holds."""
    tested = machine.tested_on(lambda called: called is value)
    return Net(name, value.node, lambda: value, tested, is_called=True)
