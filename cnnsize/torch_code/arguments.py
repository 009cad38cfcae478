"""Modules, loops and joins as arguments of ``nn.Sequential``."""

from __future__ import annotations

from collections.abc import Iterable

from cnnsize.torch_code.helpers import LAYER_HELPERS
from cnnsize.torch_code.layout import Argument, Code, Repeated
from cnnsize.torch_code.names import Names
from cnnsize.torch_code.nodes import Merge, ModuleCall, ModuleLoop, ModuleNode, Part


class ArgumentWriter:
    """Writes modules as arguments, and remembers which helper classes they call."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.helpers: dict[str, str] = {}  # the name that each helper class has in this source

    def arguments(
        self, body: Iterable[ModuleNode], *, with_shapes: bool = False, shape_before: str = ""
    ) -> tuple[Argument, ...]:
        """Return one argument for each module; with shapes, each change of shape in a comment.

        ``shape_before`` is the shape that comes into the first module, if it is known.
        """
        arguments: list[Argument] = []
        for node in body:
            changes = with_shapes and node.shape not in ("", shape_before)
            arguments.append(self.argument(node, f"# {node.shape}" if changes else ""))
            shape_before = node.shape or shape_before
        return tuple(arguments)

    def argument(self, node: ModuleNode, comment: str = "") -> Argument:
        """Return a module, a loop or a join as one argument."""
        if isinstance(node, ModuleLoop):
            return Repeated(self.one_module(node.body), node.names, node.values, comment)
        if isinstance(node, Part):
            return self.one_module(node.body)._replace(comment=comment)
        return self.module(node)._replace(comment=comment)

    def module(self, node: ModuleCall | Merge) -> Code:
        """Return a module or a join as code for one module."""
        if isinstance(node, Merge):
            return self.join(node)
        if node.code.head in LAYER_HELPERS:
            self.helpers[node.code.head] = node.code.head
        return node.code

    def one_module(self, body: tuple[ModuleNode, ...]) -> Code:
        """Return code for a single module that runs the whole body."""
        if not body:
            return Code("nn.Identity", ())
        first = body[0]
        if len(body) == 1 and not isinstance(first, (ModuleLoop, Part)):
            return self.module(first)
        return Code("nn.Sequential", self.arguments(body))

    def join(self, merge: Merge) -> Code:
        """Return a join as a module, for a body that has no forward method of its own."""
        body, *others = merge.branches
        # ADD{ID | body} is no Residual: the order of the terms decides the memory format of the sum.
        if merge.op == "ADD" and body and others == [()]:
            return Code(self.join_helper("Residual"), self.arguments(body))
        return Code(
            self.join_helper(merge.op.capitalize()),
            tuple(self.one_module(branch) for branch in merge.branches),
            open=True,
        )

    def join_helper(self, name: str) -> str:
        """Return the name of a helper class for joins; a block of the user may already have it."""
        if name not in self.helpers:
            self.helpers[name] = self.names.free(name, "Join")
        return self.helpers[name]
