"""Follow the statements of pasted code. Nothing is executed: loops and conditions are refused."""

from __future__ import annotations

import ast

from cnnsize.language.pastes.code.expressions import ADDING, Evaluator
from cnnsize.language.pastes.code.values import (
    Constant,
    Layer,
    Layers,
    Tensor,
    Unknown,
    constant_of,
    dotted,
)

CHANGING = frozenset({"insert", "pop", "remove", "clear", "reverse"})
FORWARD = frozenset({"forward", "call"})
INITIAL = frozenset({"__init__", "build"})
COMPOUND = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith, ast.Match)
KIND_OF_COMPOUND = {
    ast.For: "a loop",
    ast.While: "a loop",
    ast.AsyncFor: "a loop",
    ast.If: "a condition",
    ast.Match: "a condition",
}


class Script:
    """The statements that were followed: layers with a name, and layers on lines of their own."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.code = evaluator.code
        self.names = evaluator.names
        self.attributes: dict[str, Layer | Layers] = {}
        self.unknown: dict[str, ast.Call] = {}  # names of what other calls return
        self.lines: list[Layer] = []
        self.owner = ""  # the class whose attributes were read last
        self.forward: ast.stmt | None = None  # a method that decides the order of the attributes

    def run(self, body: list[ast.stmt]) -> None:
        """Follow statements. Raises ArchitectureError where layers are made in a loop or the like."""
        for statement in body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                self.note_import(statement)
            elif isinstance(statement, ast.Assign):
                for target in statement.targets:
                    self.assign(target, statement.value)
            elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
                self.assign(statement.target, statement.value)
            elif isinstance(statement, ast.AugAssign):
                self.extend(statement)
            elif isinstance(statement, ast.Expr):
                self.run_expression(statement.value)
            elif isinstance(statement, ast.Return) and statement.value is not None:
                self.evaluator.value(statement.value)
            elif isinstance(statement, ast.ClassDef):
                self.run_class(statement)
            elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.run_function(statement)
            elif isinstance(statement, COMPOUND):
                self.refuse_compound(statement)

    def note_import(self, statement: ast.Import | ast.ImportFrom) -> None:
        """Keep where the names of an import are from."""
        module = (statement.module or "") + "." if isinstance(statement, ast.ImportFrom) else ""
        for name in statement.names:
            if name.asname is not None or module:
                self.names.modules[name.asname or name.name] = module + name.name

    def assign(self, target: ast.expr, node: ast.expr) -> None:
        """Give a name its value."""
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(node, (ast.Tuple, ast.List)):
            for inner_target, inner in zip(target.elts, node.elts, strict=False):
                self.assign(inner_target, inner)
            return
        name = dotted(target)
        if not name:
            return
        value = self.evaluator.value(node)
        self.names.values[name] = value
        self.attributes.pop(name, None)
        self.unknown.pop(name, None)
        if isinstance(value, Unknown) and isinstance(value.node, ast.Call):
            self.unknown[name] = value.node
        if isinstance(value, Layers) and not value.name:
            value.name = name
        if isinstance(value, (Layer, Layers)):
            self.attributes[name] = value

    def extend(self, statement: ast.AugAssign) -> None:
        """``layers += [nn.ReLU()]``, ``channels *= 2``"""
        name = dotted(statement.target)
        owner = self.names.values.get(name)
        if isinstance(owner, Layers):
            self.add_to(owner, self.evaluator.items_of_list(statement.value), statement)
            return
        if isinstance(owner, Tensor):
            self.evaluator.refuse_branches(statement.value)
        left = ast.copy_location(ast.Name(name, ast.Load()), statement.target)
        operation = ast.BinOp(left, statement.op, statement.value)
        self.names.values[name] = constant_of(operation, self.names) or Unknown(statement.value)

    def run_expression(self, node: ast.expr) -> None:
        """Follow an expression on a line of its own: ``model.add(...)``, a model, a layer."""
        if isinstance(node, (ast.Tuple, ast.List)):  # nn.ReLU(),
            if self.evaluator.mentions_layers(node):
                self.lines += self.evaluator.items_of_list(node)
            return
        if not isinstance(node, ast.Call):
            return
        if isinstance(node.func, ast.Attribute) and self.run_method(node, node.func):
            return
        value = self.evaluator.value(node)
        if isinstance(value, Layer):
            self.lines += self.evaluator.placed(value)

    def run_method(self, node: ast.Call, method: ast.Attribute) -> bool:
        """Follow ``model.add(...)`` and ``layers.append(...)``; return False for other calls."""
        name = dotted(method.value)
        owner = self.names.values.get(name)
        if method.attr in CHANGING and isinstance(owner, Layers):
            message = f"{method.attr} changes the layers of {name} in a way that is not read"
            self.code.fail(message, self.code.span(node))
        if method.attr not in ADDING or not name or not node.args:
            return False
        if name == "self" and len(node.args) == 2:  # self.add_module("conv1", nn.Conv2d(...))
            key = constant_of(node.args[0], self.names)
            target = ast.copy_location(ast.Name(f"self.{key and key.value}", ast.Store()), node)
            self.assign(target, node.args[1])
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
            items = self.evaluator.items_of_list(node.args[-1])
        else:
            items = self.evaluator.items(node.args[-1])
        self.add_to(owner, items, node)
        return True

    def add_to(self, owner: Layers, items: list[Layer], node: ast.expr | ast.stmt) -> None:
        """Add layers to a model or a list. Raises ArchitectureError where it is part of another."""
        if owner.is_placed:
            message = "layers are added to this model after it became a part of another"
            self.code.fail(message, self.code.span(node))
        owner.items = [*owner.items, *items]

    def run_class(self, statement: ast.ClassDef) -> None:
        """Follow the methods of a class that make layers, and its forward method."""
        methods = [each for each in statement.body if isinstance(each, ast.FunctionDef)]
        for method in methods:
            if method.name in INITIAL:
                self.owner = statement.name
                self.bind_defaults(method)
                self.run(method.body)
        for method in methods:
            if method.name in FORWARD and self.attributes:
                self.run_forward(method)

    def run_forward(self, method: ast.FunctionDef) -> None:
        """Follow a forward method that runs layers one after the other."""
        names = [argument.arg for argument in method.args.args[1:]]
        if names:
            place = self.code.span(method.args.args[1])
            self.names.values[names[0]] = Tensor(None, [], place)
        before = len(self.evaluator.tensors)
        self.run(method.body)
        if len(self.evaluator.tensors) > before:
            self.forward = method

    def run_function(self, statement: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Follow a function that builds a model: ``def build_model(): ...``."""
        if self.evaluator.mentions_layers(statement):
            self.bind_defaults(statement)
            self.run(statement.body)

    def bind_defaults(self, statement: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Give the parameters of a function their default values; others have none."""
        arguments = statement.args
        for argument in (*arguments.args, *arguments.kwonlyargs):
            self.names.values.pop(argument.arg, None)
        with_default = arguments.args[len(arguments.args) - len(arguments.defaults) :]
        pairs = [*zip(with_default, arguments.defaults, strict=True)]
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if default is not None:
                pairs.append((argument, default))
        for argument, default in pairs:
            value = constant_of(default, self.names)
            if isinstance(value, Constant) and value.value is not None:
                self.names.values[argument.arg] = value

    def refuse_compound(self, statement: ast.stmt) -> None:
        """Raise ArchitectureError for a loop or a condition that layers depend on."""
        runs_tensors = self.evaluator.names_any(statement, (Tensor,))
        if not runs_tensors and not self.evaluator.makes_layers(statement):
            return
        kind = next(
            (text for type_, text in KIND_OF_COMPOUND.items() if isinstance(statement, type_)),
            "a block of statements",
        )
        start = self.code.span(statement).start
        end = self.code.text.find("\n", start)
        self.code.fail(
            f"what {kind} does with layers is not read",
            self.code.span(statement)._replace(end=end if end > start else start + 1),
            help=("write the layers out, or paste print(model)",),
        )
