"""Write the call of a layer in pasted code as text, with constants in place of their names."""

from __future__ import annotations

import ast
import re
from typing import NoReturn

from cnnsize.language.pastes.code.constants import constant_of
from cnnsize.language.pastes.code.source import Code
from cnnsize.language.pastes.code.values import (
    Constant,
    Layer,
    Names,
    Part,
    dotted,
)
from cnnsize.language.pastes.modules import describe_class, has_weights, is_layer_class
from cnnsize.layers.frameworks import KERAS, TORCH, signature
from cnnsize.layers.names import ACTIVATIONS, ALIASES
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
}
# Keras layers that change no size and have no parameters, beside those of the notation
NO_EFFECT = frozenset(
    [
        "Rescaling",
        "RandomFlip",
        "RandomRotation",
        "RandomZoom",
        "RandomContrast",
        "RandomBrightness",
        "RandomTranslation",
        "GaussianNoise",
        "ActivityRegularization",
        "Identity",
    ]
)
OF_KERAS = frozenset({"Activation", "Lambda", "Cropping2D"})
ARITHMETIC = (ast.BinOp, ast.UnaryOp, ast.Constant, ast.Name, ast.operator, ast.unaryop, ast.Load)
SHAPE_KEYS = frozenset({"input_shape", "batch_input_shape", "shape", "batch_shape"})
# modules of layers, and modules whose classes are no layers
LAYER_MODULES = frozenset({"nn", "layers"})
NO_LAYERS = frozenset(
    [
        "functional",
        "utils",
        "init",
        "optim",
        "optimizers",
        "losses",
        "metrics",
        "applications",
        "datasets",
        "preprocessing",
        "callbacks",
        "initializers",
        "regularizers",
        "constraints",
        "transforms",
        "models",
    ]
)
OTHER_FRAMEWORKS = frozenset(
    ["flax", "linen", "haiku", "hk", "paddle", "mindspore", "mxnet", "gluon", "chainer"]
)
KINDS_OF_CODE = {
    ast.Lambda: "a lambda",
    ast.JoinedStr: "an f-string",
    ast.Starred: "an unpacked list",
    ast.ListComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.IfExp: "a conditional expression",
    ast.Dict: "a dictionary",
    ast.Await: "an await expression",
}


class CallWriter:
    """Writes the calls of layers of one paste."""

    def __init__(self, code: Code, names: Names) -> None:
        self.code = code
        self.names = names
        self.notes: dict[str, None] = {}  # an ordered set
        self.is_torch = re.search(r"\btorch\b|\bnn\.[A-Z]|Conv2d\(|Linear\(", code.text) is not None

    def layer(self, node: ast.Call) -> Layer | None:
        """Return the layer that a call makes; None where it changes nothing.

        Raises ArchitectureError for a class that is no layer, and for arguments that have no value.
        """
        path = self.path(node.func)
        name = path.rpartition(".")[2]
        span = self.code.span(node)
        self.refuse_framework(path, node)
        if name in NO_EFFECT:
            self.notes[f"{name} changes no size and has no parameters"] = None
            return self.input_layer(node, span)
        if name in ("Input", "InputLayer"):
            return self.input_layer(node, span)
        if name == "Reshape" and self.sides_of(node):
            return self.reshape(node, span)
        if name == "Activation":
            return self.activation(node, span)
        if name == "Cropping2D":
            return self.cropping(node, span)
        if name == "Lambda" and is_arithmetic(node):
            self.notes["a Lambda that only scales or shifts its input changes no size"] = None
            return self.input_layer(node, span)
        if not is_layer_class(name):
            self.refuse_class(name, node)
        return self.write(self.prefix(path), name, node, node.args, node.keywords)

    def write(
        self,
        prefix: str,
        name: str,
        node: ast.Call,
        args: list[ast.expr],
        keywords: list[ast.keyword],
    ) -> Layer:
        """Return the layer of a class with some of the arguments of a call."""
        head = self.code.span(node.func)
        parts = [Part(prefix, Span(head.start, head.start)), Part(name, head)]
        parts += self.arguments(node, [*args, *keywords])
        return Layer(name, parts, self.code.span(node), has_weights(name))

    def is_layer(self, node: ast.Call) -> bool:
        """Return whether a call makes a layer: by the name of its class, and by its module."""
        *modules, name = self.path(node.func).split(".")
        if not name[:1].isupper():
            return False
        if not NO_LAYERS.isdisjoint(modules):
            return False
        if not (LAYER_MODULES | OTHER_FRAMEWORKS).isdisjoint(modules):
            return True
        is_known = is_layer_class(name) or name in NO_EFFECT or name in OF_KERAS
        if not modules:
            return is_known
        return any(signature(framework, name) for framework in (TORCH, KERAS))

    def path(self, node: ast.expr) -> str:
        """Return the full path of a class: ``tensorflow.keras.layers.Conv2D`` for ``L.Conv2D``."""
        first, dot, rest = dotted(node).partition(".")
        return self.names.modules.get(first, first) + dot + rest

    def prefix(self, path: str) -> str:
        """Return ``nn.`` or ``layers.``, by which the reader of calls knows the framework."""
        modules = path.split(".")[:-1]
        if not {"keras", "tensorflow", "tf", "layers"}.isdisjoint(modules):
            return "layers."
        if not {"torch", "nn"}.isdisjoint(modules):
            return "nn."
        return "nn." if self.is_torch else "layers."

    def refuse_framework(self, path: str, node: ast.Call) -> None:
        """Raise ArchitectureError for a layer of a framework that is not read."""
        others = OTHER_FRAMEWORKS.intersection(path.split("."))
        if others:
            self.code.fail(
                f"code of {min(others)} is not read, only that of PyTorch and Keras",
                self.code.span(node.func),
                help=("write the layers with arrows, as in CONV3-64(P=0) -> RELU",),
            )

    def refuse_class(self, name: str, node: ast.Call) -> NoReturn:
        """Raise ArchitectureError for a call that makes no layer of the notation."""
        place = self.code.span(node.func)
        reason = describe_class(name or "this expression")
        self.code.fail(reason.message, place, code="CNN002", notes=reason.notes, help=reason.help)

    def input_layer(self, node: ast.Call, span: Span) -> Layer | None:
        """Return the layer ``Input(shape=...)`` for an input, or for a layer with an input shape.

        None where the shape is not in the text.
        """
        shapes = {keyword.arg: keyword.value for keyword in node.keywords}
        given = next((key for key in shapes if key in SHAPE_KEYS), None)
        is_input = dotted(node.func).endswith(("Input", "InputLayer"))
        if given is not None:
            value = shapes[given]
        elif is_input and node.args:
            value = node.args[0]
        else:
            return None
        shape = self.shape(value)
        if not shape:
            return None
        head = self.code.span(node.func)
        key = "batch_shape" if (given or "").startswith("batch") else "shape"
        parts = [Part(f"layers.Input({key}=", head), *shape, Part(")", head)]
        constant = constant_of(value, self.names)
        sides = constant.value if constant is not None else ()
        layer = Layer("Input", parts, span, has_weights=False)
        if isinstance(sides, tuple) and all(isinstance(side, int) for side in sides[-3:]):
            layer.sides = sides[-3:]
        return layer

    def cropping(self, node: ast.Call, span: Span) -> Layer:
        """Return the layer of ``Cropping2D(((top, bottom), (left, right)))``.

        Raises ArchitectureError for margins that are not in the text.
        """
        words = {word.arg: word.value for word in node.keywords}
        given = [*node.args[:1], *(words[key] for key in ("cropping",) if key in words)]
        constant = constant_of(given[0], self.names) if given else Constant(0)
        value = constant.value if constant is not None else None
        ends = value if isinstance(value, tuple) else (value, value)
        pairs = [end if isinstance(end, tuple) else (end, end) for end in ends]
        margins = tuple(side for pair in pairs for side in pair)
        is_known = len(margins) == 4 and all(isinstance(side, int) for side in margins)
        if not is_known or min(margins) < 0 or "data_format" in words:
            help = ("write CROP[WxH](left=0, top=0) with the size that is left",)
            self.code.fail("this cropping is not read", span, code="CNN003", help=help)
        return Layer("Cropping2D", [], span, margins=margins)

    def sides_of(self, node: ast.Call) -> tuple[int, ...]:
        """Return the sizes in ``Reshape((7, 7, 128))``; none where they are not all known."""
        arguments = [
            *node.args,
            *(word.value for word in node.keywords if word.arg == "target_shape"),
        ]
        constant = constant_of(arguments[0], self.names) if arguments else None
        sides = constant.value if constant is not None else None
        if not isinstance(sides, tuple) or not all(isinstance(side, int) for side in sides):
            return ()
        return sides if len(sides) == 1 or (len(sides) == 3 and min(sides) > 0) else ()

    def reshape(self, node: ast.Call, span: Span) -> Layer:
        """Return the layer that Keras' Reshape to (height, width, channels) is."""
        sides = self.sides_of(node)
        text = "FLATTEN" if len(sides) == 1 else "UNFLATTEN[{1}x{0}x{2}]".format(*sides)
        if len(sides) == 1 and sides[0] > 0:
            text += f": [1x1x{sides[0]}]"
        return Layer("Reshape", [Part(text, span)], span)

    def shape(self, node: ast.expr) -> list[Part]:
        """Return the text of an input shape; none where it is not in the text, with a note."""
        constant = constant_of(node, self.names)
        sides = constant.value if constant is not None else None
        is_shape = isinstance(sides, tuple) and len(sides) >= 1
        place = self.code.span(node)
        if is_shape and None not in sides[-3:]:  # type: ignore[index]
            return [Part(repr(sides), place)]
        if isinstance(node, (ast.Tuple, ast.List)) and not is_shape:
            return self.value(node)
        text = self.code.text[slice(*place)]
        self.notes[f"the input shape {' '.join(text.split())} has no sizes in this text"] = None
        return []

    def activation(self, node: ast.Call, span: Span) -> Layer:
        """Return the layer of ``Activation('relu')``."""
        arguments = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg)]
        name = self.activation_name(arguments[0]) if arguments else ""
        if ALIASES.get(squeeze(name)) not in ACTIVATIONS:
            self.code.fail(
                "this activation is not known" if name else "Activation needs a name",
                span,
                code="CNN003",
                help=("write it as a layer: RELU, SIGMOID, TANH, SOFTMAX, ...",),
            )
        return Layer(name, [Part(name, span)], span, has_weights=False)

    def activation_name(self, node: ast.expr) -> str:
        """Return the name of an activation, given as a text, a function or a layer."""
        constant = constant_of(node, self.names)
        if constant is not None and isinstance(constant.value, str):
            return constant.value
        if isinstance(node, ast.Call):
            node = node.func
        return dotted(node).rpartition(".")[2]

    def arguments(self, node: ast.Call, arguments: list[ast.expr | ast.keyword]) -> list[Part]:
        """Return the text of some arguments of a call, in parentheses."""
        open_place, end = self.code.span(node.func).end, self.code.span(node).end
        parts = [Part("(", Span(open_place, open_place + 1))]
        written = 0
        for argument in arguments:
            texts = self.argument(argument)
            if not texts:
                continue
            if written:
                parts.append(Part(", ", texts[0].span))
            parts += texts
            written += 1
        return [*parts, Part(")", Span(end - 1, end))]

    def argument(self, argument: ast.expr | ast.keyword) -> list[Part]:
        """Return the text of one argument; none where it is left out, with a note."""
        if not isinstance(argument, ast.keyword):
            return self.value(argument)
        place = self.code.span(argument.value)
        if argument.arg is None:
            self.code.fail("unpacked options are not read", place, help=("write them out",))
        if argument.arg == "name":
            return []
        key = Part(f"{argument.arg}=", Span(place.start, place.start))
        if argument.arg in SHAPE_KEYS:
            shape = self.shape(argument.value)
            return [key, *shape] if shape else []
        constant = constant_of(argument.value, self.names)
        if argument.arg == "activation" and constant is None:
            return [key, Part(self.activation_name(argument.value), place)]
        return [key, *self.value(argument.value)]

    def value(self, node: ast.expr) -> list[Part]:
        """Return the text of a value: a constant, a letter, or a formula of letters."""
        place = self.code.span(node)
        constant = constant_of(node, self.names)
        if constant is not None:
            return [self.constant(constant, node, place)]
        if isinstance(node, ast.Constant):  # ...
            self.code.fail("the arguments of this layer were left out", place)
        if isinstance(node, ast.Name):
            return [Part(node.id, place, verbatim=True)]
        if isinstance(node, (ast.Tuple, ast.List)):
            return self.sequence(node, place)
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            left, right = self.value(node.left), self.value(node.right)
            sign = Part(OPERATORS[type(node.op)], Span(left[-1].span.end, right[0].span.start))
            begin, end = Span(place.start, place.start), Span(place.end, place.end)
            return [Part("(", begin), *left, sign, *right, Part(")", end)]
        if isinstance(node, ast.Call) and dotted(node.func):  # regularizers.l2(0.01)
            head = Part(dotted(node.func).rpartition(".")[2], self.code.span(node.func))
            return [head, *self.arguments(node, [*node.args, *node.keywords])]
        self.refuse_value(node, place)

    def constant(self, constant: Constant, node: ast.expr, place: Span) -> Part:
        """Return the text of a constant, as it was written where that is plain."""
        written = self.code.text[slice(*place)]
        is_plain = re.fullmatch(
            r"-?[0-9]+(?:\.[0-9]+)?|'[^'\\\n]*'|\"[^\"\\\n]*\"|[A-Z]\w*", written
        )
        if isinstance(node, (ast.Constant, ast.UnaryOp)) and is_plain:
            return Part(written, place, verbatim=True)
        return Part(repr(constant.value), place)

    def sequence(self, node: ast.Tuple | ast.List, place: Span) -> list[Part]:
        """Return the text of a tuple or a list."""
        parts = [Part("(", Span(place.start, place.start + 1))]
        end = Span(place.end - 1, place.end)
        for number, item in enumerate(node.elts):
            parts += [Part(", ", end), *self.value(item)] if number else self.value(item)
        return [*parts, Part(",)" if len(node.elts) == 1 else ")", end)]

    def refuse_value(self, node: ast.expr, place: Span) -> NoReturn:
        """Raise ArchitectureError for a value that is not in the text."""
        kind = KINDS_OF_CODE.get(type(node))
        text = " ".join(self.code.text[slice(*place)].split())[:60]
        self.code.fail(
            f"{kind} has no value here: {text}" if kind else f"{text} has no value in this text",
            place,
            code="CNN003",
            help=("write the number, or a plain name and its value with --set",),
        )


def is_arithmetic(node: ast.Call) -> bool:
    """Return whether a Lambda only computes with its input and numbers: ``x / 255 - 0.5``."""
    function = node.args[0] if node.args else None
    if not isinstance(function, ast.Lambda) or len(function.args.args) != 1:
        return False
    name = function.args.args[0].arg
    inner = list(ast.walk(function.body))
    return all(isinstance(each, ARITHMETIC) for each in inner) and all(
        each.id == name for each in inner if isinstance(each, ast.Name)
    )
