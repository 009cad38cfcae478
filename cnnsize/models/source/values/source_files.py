"""Files beside the one that is read, and the names that are imported from them."""

from __future__ import annotations

import ast
import warnings

from cnnsize.models.source.values.objects import Scope


class Imported:
    """A name that a file imports from another; it is looked up when it is used.

    ``name`` is None for the module itself, and ``folder`` is that of the importing file, if any.
    """

    __slots__ = ("folder", "module", "name", "node", "reason")

    def __init__(
        self, module: str, name: str | None, folder: str | None, reason: str, node: ast.AST
    ) -> None:
        self.module = module
        self.name = name
        self.folder = folder
        self.reason = reason  # why it is not known, if there is no such file
        self.node = node


def syntax_tree(source: str | bytes) -> ast.Module:
    """Return the syntax tree of a file. Raises SyntaxError, and what else ast.parse raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of invalid escapes in strings
        return ast.parse(source)


class SourceFile:
    """A module beside the file that is read; ``folder`` is that of a package."""

    __slots__ = ("folder", "nodes", "path", "scope", "tree")

    def __init__(self, path: str, folder: str | None, scope: Scope) -> None:
        self.path = path
        self.folder = folder
        self.scope = scope
        self.tree: ast.Module | None = None
        self.nodes: set[int] = set()  # the ids of the nodes of the tree

    def holds(self, node: ast.AST | None) -> bool:
        """Return whether a node is in the tree of the file."""
        if self.tree is not None and not self.nodes:
            self.nodes = set(map(id, ast.walk(self.tree)))
        return id(node) in self.nodes
