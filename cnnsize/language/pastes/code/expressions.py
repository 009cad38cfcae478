"""What expressions of pasted code stand for: layers, models, and tensors that layers put out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from cnnsize.language.pastes.code.calls import CallWriter
from cnnsize.language.pastes.code.constants import constant_of, number_of
from cnnsize.language.pastes.code.functions import FUNCTIONS, METHODS, as_flatten
from cnnsize.language.pastes.code.loops import (
    COMPREHENSIONS,
    LISTS,
    comprehension,
    element_at,
)
from cnnsize.language.pastes.code.models import functional_model, members_of_list, sequential
from cnnsize.language.pastes.code.refusals import Refusals
from cnnsize.language.pastes.code.source import Code
from cnnsize.language.pastes.code.values import (
    Function,
    Layer,
    Layers,
    Names,
    Part,
    Tensor,
    Unknown,
    Value,
    dotted,
    last_name,
)
from cnnsize.language.pastes.modules import CONTAINERS, WRAPPERS
from cnnsize.limits import MAX_ITEMS

ADDING = frozenset({"add", "append", "extend", "add_module", "register_module"})
# methods that return the module itself
SAME_OBJECT = frozenset(
    ["to", "cuda", "cpu", "eval", "train", "half", "float", "double", "apply", "requires_grad_"]
)
DATA = frozenset({"next", "to", "cuda", "float", "Variable", "unsqueeze"})  # what gives batches
TENSORS = frozenset(
    {"randn", "rand", "zeros", "ones", "empty", "Tensor", "FloatTensor"}
)  # functions of torch


class Evaluator(Refusals):
    """Evaluates expressions, and keeps the models and tensors that they make."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.names = Names()
        self.calls = CallWriter(code, self.names)
        self.models: list[Layers] = []
        self.tensors: list[Tensor] = []
        self.classes: dict[str, ast.ClassDef] = {}  # classes of the text that make layers
        self.build: Callable[[ast.ClassDef, ast.Call], list[Layer]] | None = None
        self.functions: dict[str, Function] = {}  # functions and methods of the text
        self.run_function: Callable[[Function, ast.Call], Value] = lambda _, node: Unknown(node)
        self.count = 0  # of layers that were placed
        self.rounds = 0  # of loops

    def value(self, node: ast.expr) -> Value:
        """Return what an expression stands for. Each is evaluated once."""
        if isinstance(node, ast.List) and not node.elts:
            return self.layers([], node)
        constant = constant_of(node, self.names)
        if constant is not None:
            return constant
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self.names.values.get(dotted(node), Unknown(node))
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, LISTS) and self.mentions_layers(node):
            return self.layers(members_of_list(self, node), node)
        if isinstance(node, ast.BinOp):
            return self.operator(node)
        if isinstance(node, ast.IfExp) and (test := constant_of(node.test, self.names)) is not None:
            return self.value(node.body if test.value else node.orelse)
        if isinstance(node, COMPREHENSIONS):
            return comprehension(self, node) or Unknown(node)
        if isinstance(node, ast.Subscript):
            return element_at(self, node) or Unknown(node)
        return Unknown(node)

    def mentions_layers(self, node: ast.AST) -> bool:
        """Return whether layers or models are made or named anywhere in a piece of code."""
        return self.makes_layers(node) or self.names_any(node, (Layer, Layers))

    def makes_layers(self, node: ast.AST) -> bool:
        """Return whether layers are made, or added to a model, anywhere in a piece of code."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call):
                path, _, name = dotted(inner.func).rpartition(".")
                is_made = self.calls.is_layer(inner) or name in self.classes
                function = self.functions.get(dotted(inner.func))
                if function is not None and function.makes_layers:
                    return True
                if is_made or name in ("Sequential", *CONTAINERS):
                    return True
                if name in ADDING and isinstance(self.names.values.get(path), Layers):
                    return True
        return False

    def names_any(self, node: ast.AST, kinds: tuple[type, ...]) -> bool:
        """Return whether a name of a value of some kinds is anywhere in a piece of code."""
        return any(
            isinstance(inner, (ast.Name, ast.Attribute))
            and isinstance(self.names.values.get(dotted(inner)), kinds)
            for inner in ast.walk(node)
        )

    def operator(self, node: ast.BinOp) -> Value:
        """Return the sum of two lists of layers. Raises ArchitectureError for tensors."""
        sides = [self.value(side) for side in (node.left, node.right)]
        tensors = [side for side in sides if isinstance(side, Tensor)]
        if tensors:
            if len(tensors) == 1 and self.scales(node.op, *(node.left, node.right)):
                self.note_scaling(node)
                return tensors[0]
            self.refuse_branches(node)
        lists = [side for side in sides if isinstance(side, Layers) and not side.is_model]
        if len(lists) == 2 and isinstance(node.op, ast.Add):
            for side in lists:
                self.placed(side)
            return self.layers([each for side in lists for each in side.elements], node)
        if lists:
            help = ("write the layers out: in Python this repeats the same layers",)
            self.code.fail("a list of layers is multiplied", self.code.span(node), help=help)
        return Unknown(node)

    def scales(self, operator: ast.operator, *operands: ast.expr) -> bool:
        """Return whether an operator only scales or shifts a tensor by a number: ``x / 255``."""
        is_number = any(number_of(operand, self.names) is not None for operand in operands)
        return is_number and isinstance(operator, (ast.Add, ast.Sub, ast.Mult, ast.Div))

    def note_scaling(self, node: ast.expr | ast.stmt) -> None:
        """Note that some arithmetic with a number is not a layer."""
        text = " ".join(self.code.text[slice(*self.code.span(node))].split())[:60]
        self.calls.notes[f"{text} changes no size and has no parameters"] = None

    def layers(
        self, elements: Sequence[Layer | Layers], node: ast.expr, *, is_model: bool = False
    ) -> Layers:
        """Return layers in a row; a model is kept."""
        layers = Layers([*elements], self.code.span(node), is_model)
        if is_model:
            self.models.append(layers)
        return layers

    def call(self, node: ast.Call) -> Value:
        """Return what a call gives: a model, a layer, or a tensor that layers put out."""
        name = last_name(node.func)
        if name in SAME_OBJECT and isinstance(node.func, ast.Attribute):  # net.to(device)
            owner = self.value(node.func.value)
            if isinstance(owner, (Layer, Layers)):
                return owner
        if name == "Sequential":
            return sequential(self, node)
        if name in WRAPPERS and node.args:
            return self.value(node.args[0])
        if name in TENSORS and self.calls.path(node.func).startswith("torch."):
            return self.random_tensor(node)
        if name == "Model" and (node.args or node.keywords):
            return functional_model(self, node)
        if name == "getattr" and len(node.args) == 2:
            key = constant_of(node.args[1], self.names)
            path = f"{dotted(node.args[0])}.{key and key.value}"
            return self.names.values.get(path, Unknown(node))
        if name in CONTAINERS and name != "ModuleList":
            self.refuse_container(name, self.code.span(node.func))
        if name in ("OrderedDict", "ModuleList"):
            members = [each for argument in node.args for each in members_of_list(self, argument)]
            return self.layers(members, node)
        class_of_text = self.classes.get(dotted(node.func))
        if class_of_text is not None and self.build is not None:
            return self.layers(self.build(class_of_text, node), node, is_model=True)
        function = self.functions.get(dotted(node.func))
        if function is not None and self.follows(function, node):
            return self.run_function(function, node)
        called = self.called(node)
        if called is not None:
            return self.apply(called, node)
        if self.calls.is_layer(node):
            return self.layer(node)
        return self.function(name, node)

    def follows(self, function: Function, node: ast.Call) -> bool:
        """Return whether the body of a function matters: it makes layers, or receives a tensor."""
        return function.makes_layers or any(map(self.holds_tensor, node.args))

    def layer(self, node: ast.Call) -> Value:
        """Return the layer that a call makes; an input is a tensor."""
        layer = self.calls.layer(node)
        is_input = dotted(node.func).endswith(("Input", "InputLayer"))
        if layer is None and not is_input:
            return Layers([], self.code.span(node), is_model=True)  # it changes nothing
        if not is_input:
            assert layer is not None
            return layer
        tensor = Tensor(None, [] if layer is None else [layer], self.code.span(node))
        self.tensors.append(tensor)
        return tensor

    def random_tensor(self, node: ast.Call) -> Value:
        """Return the input of ``torch.randn(1, 3, 32, 32)``."""
        constant = constant_of(ast.Tuple(node.args, ast.Load()), self.names)
        sides = constant.value if constant is not None else ()
        if isinstance(sides, tuple) and len(sides) == 1 and isinstance(sides[0], tuple):
            sides = sides[0]
        if not isinstance(sides, tuple) or len(sides) not in (2, 4):
            return Unknown(node)
        if not all(isinstance(side, int) and side > 0 for side in sides):
            return Unknown(node)
        height, width = sides[2:] or (1, 1)
        depth = sides[1]
        place = self.code.span(node)
        return Tensor(
            None, [Layer("Input", [Part(f"INPUT[{width}x{height}x{depth}]", place)], place)], place
        )

    def called(self, node: ast.Call) -> Layer | Layers | None:
        """Return the layers that a call runs on a tensor: ``conv(x)``, ``Conv2D(...)(x)``."""
        if isinstance(node.func, (ast.Call, ast.Subscript)):
            value: Value | None = self.value(node.func)
            if isinstance(value, Unknown) and isinstance(node.func, ast.Call):
                if any(isinstance(argument, LISTS) for argument in node.args):
                    self.refuse_branches(node)
                self.refuse_function(dotted(node.func.func), node)
        else:
            value = self.names.values.get(dotted(node.func))
        return value if isinstance(value, (Layer, Layers)) else None

    def apply(self, called: Layer | Layers, node: ast.Call) -> Value:
        """Return the tensor that layers make of the argument of a call."""
        arguments = [*node.args, *(word.value for word in node.keywords if word.arg == "inputs")]
        if len(arguments) != 1 or isinstance(arguments[0], LISTS):
            self.refuse_branches(node)
        if isinstance(called, Layers) and not called.is_model:
            self.refuse_container("a list", self.code.span(node.func))
        for layer in [called] if isinstance(called, Layer) else called.items:
            layer.is_run = True
        if isinstance(called, Layers) and self.is_data(arguments[0]):
            self.names.values[dotted(arguments[0])] = Tensor(None, [], self.code.span(arguments[0]))
        received = self.tensor(arguments[0], node)
        items = self.placed(called)
        for tensor in self.tensors if received.before is None else ():
            if tensor.before is received and tensor.items == items:
                return tensor  # the same layers on the same input
        return self.next_tensor(received, items, node, arguments[0])

    def next_tensor(
        self, received: Tensor, items: list[Layer], node: ast.expr, argument: ast.expr
    ) -> Tensor:
        """Return the tensor after some layers. Raises ArchitectureError for a second use."""
        if received.is_used:
            self.refuse_branches(argument)
        received.is_used = True
        tensor = Tensor(received, items, self.code.span(node))
        self.tensors.append(tensor)
        return tensor

    def tensor(self, node: ast.expr, call: ast.expr) -> Tensor:
        """Return the tensor of an expression; a name without a value is the input of the network."""
        value = self.value(node)
        if isinstance(node, ast.Name) and node.id not in self.names.values:
            value = Tensor(None, [], self.code.span(node))
            self.names.values[node.id] = value
        if not isinstance(value, Tensor):
            place = self.code.span(node)
            self.code.fail("the layers before this one are not in the text", place)
        return value

    def is_data(self, node: ast.expr) -> bool:
        """Return whether an argument of a whole model is data that the text does not make."""
        value = self.value(node) if isinstance(node, ast.Name) else None
        if not isinstance(value, Unknown):
            return False
        if not isinstance(value.node, ast.Call):
            return isinstance(value.node, (ast.Name, ast.Subscript))
        function = value.node.func
        return last_name(function) in DATA or self.calls.path(function).startswith("torch.")

    def function(self, name: str, node: ast.Call) -> Value:
        """Return what ``F.relu(x)`` or ``x.flatten(1)`` makes of a tensor.

        Raises ArchitectureError for other functions of tensors.
        """
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        method = owner is not None and self.holds_tensor(owner)
        operands = [owner, *node.args] if method and owner is not None else node.args
        if not any(map(self.holds_tensor, (*operands, *(word.value for word in node.keywords)))):
            return Unknown(node)
        is_attribute = dotted(node.func).startswith("self.")  # which the text does not define
        if not operands or is_attribute:
            self.refuse_function(dotted(node.func) or name, node)
        first, rest = operands[0], operands[1:]
        convert = (METHODS if method else FUNCTIONS).get(name)
        is_one_tensor = convert is as_flatten or not any(map(self.holds_tensor, rest))
        if name in ("size", "numel", "dim"):
            return Unknown(node)
        if isinstance(first, LISTS) or not is_one_tensor:
            self.refuse_branches(node)
        if convert is None:
            self.refuse_function(dotted(node.func) or name, node)
        layer = convert(self.calls, node, rest)
        items = [] if layer is None else self.placed(layer)
        return self.next_tensor(self.tensor(first, node), items, node, first)

    def possible_tensor(self, node: ast.expr) -> Value | None:
        """Return the value of a name, or of a call that may run layers on a tensor."""
        return self.names.values.get(dotted(node)) if dotted(node) else None

    def holds_tensor(self, node: ast.expr) -> bool:
        """Return whether an expression names a tensor, or runs layers on one."""
        if isinstance(node, LISTS):
            return any(map(self.holds_tensor, node.elts))
        if isinstance(node, ast.Starred):
            return self.holds_tensor(node.value)
        if isinstance(node, ast.BinOp):
            return self.holds_tensor(node.left) or self.holds_tensor(node.right)
        if isinstance(node, ast.Call):
            is_size = dotted(node.func).endswith(".size")
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            inner = [*node.args] if owner is None else [owner, *node.args]
            return not is_size and any(map(self.holds_tensor, inner))
        return isinstance(self.possible_tensor(node), Tensor)

    def placed(self, value: Layer | Layers) -> list[Layer]:
        """Return layers that become part of a model. Raises ArchitectureError for too many."""
        value.is_placed = True
        items = [value] if isinstance(value, Layer) else value.items
        self.count += len(items)
        if self.count > MAX_ITEMS:
            message = f"the text writes out more than {MAX_ITEMS:,} layers"
            self.code.fail(message, value.span, code="CNN009")
        return items
