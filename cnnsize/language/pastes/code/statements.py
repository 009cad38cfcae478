"""Follow the statements of pasted code. Nothing is executed: loops and conditions are refused."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from typing import NoReturn

from cnnsize.language.pastes.code.compounds import COMPOUND, refuse_compound, run_loop
from cnnsize.language.pastes.code.constants import constant_of
from cnnsize.language.pastes.code.definitions import (
    FUNCTION,
    arguments,
    bind_defaults,
    keep_functions,
    known_branch,
    parameters_of,
)
from cnnsize.language.pastes.code.expressions import ADDING, Evaluator
from cnnsize.language.pastes.code.models import members_of, members_of_list
from cnnsize.language.pastes.code.values import (
    Constant,
    Function,
    Layer,
    Layers,
    Tensor,
    Unknown,
    Value,
    dotted,
)

CHANGING = frozenset({"insert", "pop", "remove", "clear", "reverse"})
FORWARD = frozenset({"forward", "call"})
MAX_INSTANCES = 1_000  # of classes in the text
INITIAL = frozenset({"__init__", "build"})


def is_own(name: str) -> bool:
    """Return whether a name is that of an attribute, which a method leaves behind."""
    return name.startswith("self.")


@dataclass(slots=True)
class Listing:
    """The layers that a class, or a text without one, gives names to, in their order."""

    owner: str  # the class; empty for the text
    layers: dict[str, Layer | Layers] = field(default_factory=dict)
    unknown: dict[str, ast.Call] = field(default_factory=dict)  # what other calls return


class Script:
    """The statements that were followed: layers with a name, and layers on lines of their own."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        evaluator.build = self.build
        evaluator.run_function = self.call_function
        self.code = evaluator.code
        self.names = evaluator.names
        self.globals = self.names.values  # the names of the module, which functions see
        self.listing = Listing("")
        self.listings = [self.listing]
        self.lines: list[Layer] = []
        self.returned: Tensor | None = None  # by the method that was followed last
        self.result: Value | None = None  # of the function that was followed last
        self.calls = Counter(
            dotted(node.func)
            for statement in self.code.body
            for node in ast.walk(statement)
            if isinstance(node, ast.Call)
        )
        self.built: set[str] = set()  # names of classes
        self.building: list[str] = []
        self.builds = 0

    def run_all(self, body: list[ast.stmt]) -> None:
        """Follow all statements, and then the classes of which there is no instance."""
        classes = [each for each in body if isinstance(each, ast.ClassDef)]
        for statement in (*classes, *classes):  # a class may use one that is defined after it
            if self.evaluator.mentions_layers(statement):
                self.evaluator.classes[statement.name] = statement
        keep_functions(self.evaluator, body, "")
        self.run(body)
        for each in body:  # functions that no line calls, as far as lines are followed
            if isinstance(each, FUNCTION) and each.name not in self.built:
                self.run_function(each)
        for name, statement in self.evaluator.classes.items():
            if name not in self.built:
                self.run_class(statement)

    def run(self, body: list[ast.stmt]) -> None:
        """Follow statements. Raises ArchitectureError where layers are made in a loop or the like."""
        for statement in body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                self.note_import(statement)
            elif isinstance(statement, ast.Assign):
                self.assign_all(statement.targets, statement.value)
            elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
                self.assign_all([statement.target], statement.value)
            elif isinstance(statement, ast.AugAssign):
                self.extend(statement)
            elif isinstance(statement, ast.Expr):
                self.run_expression(statement.value)
            elif isinstance(statement, ast.Return) and statement.value is not None:
                self.run_return(statement.value)
                return
            elif isinstance(statement, FUNCTION):
                self.define(statement)
            elif (branch := known_branch(statement, self.names)) is not None:
                self.run(branch)
            elif isinstance(statement, ast.For) and run_loop(self, statement):
                pass
            elif isinstance(statement, COMPOUND):
                refuse_compound(self, statement)
            elif isinstance(statement, ast.Delete) and self.evaluator.names_any(
                statement, (Layers,)
            ):
                self.refuse_change(statement)

    def run_return(self, node: ast.expr) -> None:
        """Keep the tensor that a method returns. Raises ArchitectureError for several."""
        if isinstance(node, (ast.Tuple, ast.List, ast.Dict)) and self.evaluator.names_any(
            node, (Tensor,)
        ):
            self.evaluator.refuse_branches(node)
        value = self.evaluator.value(node)
        self.result = value
        if isinstance(value, Tensor):
            if value.is_used:
                self.evaluator.refuse_branches(node)
            self.returned = value

    def note_import(self, statement: ast.Import | ast.ImportFrom) -> None:
        """Keep where the names of an import are from."""
        module = (statement.module or "") + "." if isinstance(statement, ast.ImportFrom) else ""
        for name in statement.names:
            if name.asname is not None or module:
                self.names.modules[name.asname or name.name] = module + name.name

    def assign_all(self, targets: list[ast.expr], node: ast.expr) -> None:
        """Give names their value, which is evaluated once."""
        first = targets[0]
        is_unpacked = isinstance(first, (ast.Tuple, ast.List))
        if is_unpacked and len(targets) == 1 and isinstance(node, (ast.Tuple, ast.List)):
            assert isinstance(first, (ast.Tuple, ast.List))
            for target, element in zip(first.elts, node.elts, strict=False):
                self.assign_all([target], element)
            return
        value = self.evaluator.value(node)
        for target in targets:
            owner = target.value if isinstance(target, (ast.Attribute, ast.Subscript)) else None
            if owner is not None and self.evaluator.names_any(owner, (Layers,)):
                self.refuse_change(target)
            if isinstance(target, (ast.Tuple, ast.List)):
                for element in target.elts:
                    self.forget(dotted(element), element)
            else:
                self.assign(dotted(target), value)

    def assign(self, name: str, value: Value) -> None:
        """Give a name its value, and list it where it is a layer."""
        if not name:
            return
        self.names.values[name] = value
        self.listing.layers.pop(name, None)
        self.listing.unknown.pop(name, None)
        if isinstance(value, Unknown) and isinstance(value.node, ast.Call):
            self.listing.unknown[name] = value.node
        if isinstance(value, Layers) and not value.name:
            value.name = name
        if isinstance(value, (Layer, Layers)):
            self.listing.layers[name] = value

    def refuse_change(self, node: ast.expr | ast.stmt) -> NoReturn:
        """Raise ArchitectureError for code that changes a model in a way that is not followed."""
        self.code.fail(
            "this changes the layers of a model in a way that is not read",
            self.code.span(node),
            help=("write the layers out, or paste print(model)",),
        )

    def forget(self, name: str, node: ast.expr) -> None:
        """Note that the value of a name is not known."""
        if name:
            self.names.values[name] = Unknown(node)

    def extend(self, statement: ast.AugAssign) -> None:
        """``layers += [nn.ReLU()]``, ``channels *= 2``"""
        name = dotted(statement.target)
        owner = self.names.values.get(name)
        if isinstance(owner, Layers):
            self.add_to(owner, members_of_list(self.evaluator, statement.value), statement)
            return
        if isinstance(owner, Tensor):
            if not self.evaluator.scales(statement.op, statement.value):
                self.evaluator.refuse_branches(statement.value)
            self.evaluator.note_scaling(statement)
            return
        left = ast.copy_location(ast.Name(name, ast.Load()), statement.target)
        operation = ast.BinOp(left, statement.op, statement.value)
        self.names.values[name] = constant_of(operation, self.names) or Unknown(statement.value)

    def run_expression(self, node: ast.expr) -> None:
        """Follow an expression on a line of its own: ``model.add(...)``, a model, a layer."""
        if isinstance(node, (ast.Tuple, ast.List)):  # nn.ReLU(),
            if self.evaluator.mentions_layers(node):
                for member in members_of_list(self.evaluator, node):
                    self.lines += [member] if isinstance(member, Layer) else member.items
            return
        if not isinstance(node, ast.Call):
            if self.evaluator.makes_layers(node):
                self.refuse_change(node)
            return
        if isinstance(node.func, ast.Attribute) and self.run_method(node, node.func):
            return
        if (
            dotted(node.func) == "setattr"
            and len(node.args) == 3
            and dotted(node.args[0]) == "self"
        ):
            self.set_attribute(node.args[1], node.args[2], node)
            return
        value = self.evaluator.value(node)
        if isinstance(value, Layer):
            self.lines += self.evaluator.placed(value)

    def run_method(self, node: ast.Call, method: ast.Attribute) -> bool:
        """Follow ``model.add(...)`` and ``layers.append(...)``; return False for other calls."""
        name = dotted(method.value)
        owner = self.names.values.get(name)
        if method.attr in CHANGING and isinstance(owner, Layers):
            self.refuse_change(node)
        if method.attr in CHANGING | ADDING and isinstance(owner, Constant):
            self.forget(name, node)  # a list of other things
            return True
        if method.attr not in ADDING or not name or not node.args:
            return False
        if name == "self" and len(node.args) == 2:  # self.add_module("conv1", nn.Conv2d(...))
            self.set_attribute(node.args[0], node.args[1], node)
            return True
        if owner is None:  # its first line is not in the text
            if not self.evaluator.mentions_layers(node.args[-1]):
                return False
            owner = self.evaluator.layers([], node, is_model=True)
            owner.name = name
            self.names.values[name] = owner
        is_list = isinstance(owner, Layers) and not owner.is_model
        if is_list and not self.evaluator.mentions_layers(node.args[-1]):
            self.names.values[name] = Unknown(node)  # a list of other things
            return True
        if not isinstance(owner, Layers):
            return False
        if method.attr == "extend":
            members = members_of_list(self.evaluator, node.args[-1])
        else:
            members = members_of(self.evaluator, node.args[-1])
        self.add_to(owner, members, node)
        return True

    def set_attribute(self, name: ast.expr, value: ast.expr, node: ast.Call) -> None:
        """Follow ``setattr(self, name, value)``. Raises ArchitectureError for an unknown name."""
        key = constant_of(name, self.names)
        if key is None and self.evaluator.mentions_layers(value):
            self.refuse_change(node)
        if key is not None:
            self.assign(f"self.{key.value}", self.evaluator.value(value))

    def add_to(
        self, owner: Layers, members: list[Layer | Layers], node: ast.expr | ast.stmt
    ) -> None:
        """Add layers to a model or a list. Raises ArchitectureError where it is part of another."""
        if owner.is_placed:
            message = "layers are added to this model after it became a part of another"
            self.code.fail(message, self.code.span(node))
        owner.elements = [*owner.elements, *members]

    def run_class(self, statement: ast.ClassDef, node: ast.Call | None = None) -> None:
        """Follow the methods of a class that make layers, and its forward method.

        ``node`` is the call that makes an instance; without one, parameters have their defaults.
        """
        outer_names, outer_listing = self.names.values, self.listing
        self.names.values = {
            name: value for name, value in self.globals.items() if not is_own(name)
        }
        self.listing = Listing(statement.name)
        if node is None:
            self.listings.append(self.listing)
        self.returned = None
        methods = [each for each in statement.body if isinstance(each, ast.FunctionDef)]
        outer_functions = self.evaluator.functions
        self.evaluator.functions = dict(outer_functions)
        others = [each for each in methods if each.name not in INITIAL | FORWARD]
        keep_functions(self.evaluator, others, "self.")
        for method in methods:
            if method.name in INITIAL:
                bind_defaults(self.evaluator, method)
                if node is not None and method.name == "__init__":
                    parameters = [argument.arg for argument in method.args.args[1:]]
                    given = arguments(self.evaluator, parameters, node, are_needed=True)
                    self.names.values.update(given)
                self.run(method.body)
        for method in methods:
            if method.name in FORWARD and self.listing.layers:
                self.run_forward(method)
        self.names.values, self.listing = outer_names, outer_listing
        self.evaluator.functions = outer_functions

    def run_forward(self, method: ast.FunctionDef) -> None:
        """Follow a forward method that runs layers one after the other."""
        for parameter in method.args.args[1:2]:
            self.names.values[parameter.arg] = Tensor(None, [], self.code.span(parameter))
        self.returned = None
        self.run(method.body)
        ends = [each for each in method.body if isinstance(each, ast.Return)]
        if ends and self.returned is None:
            message = f"what {method.name} returns is not read"
            self.code.fail(message, self.code.span(ends[-1]))

    def build(self, statement: ast.ClassDef, node: ast.Call) -> list[Layer]:
        """Return the layers of an instance of a class, in the order of its forward method.

        Raises ArchitectureError for a class without one.
        """
        name = statement.name
        self.begin(name, node)
        self.run_class(statement, node)
        self.building.pop()
        returned, self.returned = self.returned, None
        if returned is None:
            self.evaluator.calls.refuse_class(name, node)
        returned.is_used = True
        return returned.layers()

    def call_function(self, function: Function, node: ast.Call) -> Value:
        """Return what a function of the text returns for the arguments of a call.

        Raises ArchitectureError where it calls itself. An argument that is not in the text is a
        letter, if there is only one call.
        """
        name, statement = function.name, function.node
        are_needed = self.calls[name] > 1
        parameters = parameters_of(function)
        given = dict(arguments(self.evaluator, parameters, node, are_needed=are_needed))
        self.begin(name, node)
        outer, returned = self.names.values, self.returned
        attributes = {key: value for key, value in outer.items() if is_own(key)}
        self.names.values = {**self.globals, **attributes}
        bind_defaults(self.evaluator, statement)
        for parameter, value in given.items():
            self.names.values.pop(parameter, None)
            if not isinstance(value, Unknown):
                self.names.values[parameter] = value
        self.result = None
        listed = dict(self.listing.layers)
        self.run(statement.body)
        outer.update({key: value for key, value in self.names.values.items() if is_own(key)})
        self.names.values = outer
        for name in [*self.listing.layers]:  # the names of a function are its own
            if not is_own(name) and name not in listed:
                del self.listing.layers[name]
        result, self.result, self.returned = self.result, None, returned
        self.building.pop()
        return result or Unknown(node)

    def begin(self, name: str, node: ast.Call) -> None:
        """Raise ArchitectureError where a class or a function is used within itself, or too often."""
        self.built.add(name)
        self.builds += 1
        if name in self.building or self.builds > MAX_INSTANCES:
            self.code.fail(f"{name} is built too often", self.code.span(node), code="CNN009")
        self.building.append(name)

    def define(self, statement: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Follow a function that no line calls; one that is called is followed then."""
        is_kept = statement.name in self.evaluator.functions
        if not is_kept or not self.calls[statement.name]:
            self.built.add(statement.name)
            self.run_function(statement)

    def run_function(self, statement: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Follow a function that builds a model: ``def build_model(): ...``."""
        if self.evaluator.mentions_layers(statement):
            outer = self.names.values
            self.names.values = dict(outer)
            bind_defaults(self.evaluator, statement)
            self.run(statement.body)
            self.names.values = outer
