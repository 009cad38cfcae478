"""Why expressions of pasted code are not read: branches, lists of modules, unknown functions."""

from __future__ import annotations

import ast
from typing import NoReturn

from cnnsize.language.pastes.code.calls import CallWriter
from cnnsize.language.pastes.code.source import Code
from cnnsize.language.pastes.code.values import Names, Unknown, dotted
from cnnsize.text.span import Span

BRANCH_HELP = ("write the branches as in ADD{CONV3-64 -> BN | ID} or CAT{CONV1-8 | CONV3-8}",)
WRITE_LAYERS = ("write its layers in its place",)


class Refusals:
    """The refusals of an evaluator. Each raises ArchitectureError."""

    code: Code
    names: Names
    calls: CallWriter

    def refuse_element(self, node: ast.expr) -> NoReturn:
        """Raise ArchitectureError for an element of a model that is no layer in this text."""
        place = self.code.span(node)
        if isinstance(node, ast.Call):
            self.calls.refuse_class(dotted(node.func).rpartition(".")[2], node)
        if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            help = ("write the layers out, or paste print(model)",)
            message = "what this comprehension goes over is not in the text"
            self.code.fail(message, place, help=help)
        text = " ".join(self.code.text[slice(*place)].split())[:60]
        self.code.fail(f"{text} is no layer in this text", place, help=WRITE_LAYERS)

    def refuse_container(self, name: str, place: Span) -> NoReturn:
        """Raise ArchitectureError for a list of modules that does not run them."""
        self.code.fail(
            f"{name} does not run its modules: the code that uses it decides their order",
            place,
            code="CNN002",
            help=("paste them in the order in which they run, as nn.Sequential(...)",),
        )

    def refuse_branches(self, node: ast.expr) -> NoReturn:
        """Raise ArchitectureError for a model with branches."""
        message = "this model has branches, which are not read from code"
        self.code.fail(message, self.code.span(node), help=BRANCH_HELP)

    def refuse_function(self, name: str, node: ast.Call) -> NoReturn:
        """Raise ArchitectureError for a function whose effect on a tensor is not known."""
        value = self.names.values.get(name)
        if isinstance(value, Unknown) and isinstance(value.node, ast.Call):  # self.block1(x)
            self.refuse_element(value.node)
        shown = f"{name}(...)" if name else "this call"
        message = f"{shown} changes a tensor in a way that is not in the text"
        self.code.fail(message, self.code.span(node), help=WRITE_LAYERS)
