"""Comments ``# cnnsize: input 32x32x3``, and which network of the file each of them is about.

A comment is about the innermost class that it is in, or about the function or the call that makes a
network. One on a line of its own may also come right before that.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from cnnsize.files.extract.registry import comment_test
from cnnsize.limits import MAX_SOURCE_NETWORKS
from cnnsize.models.source.evidence import DECLARED, NUMBER, Evidence, input_in_docstring
from cnnsize.models.source.interpreter import Interpreter
from cnnsize.models.source.keras.builders import KerasNet
from cnnsize.models.source.nets import Net, built
from cnnsize.models.source.python.siblings import file_of
from cnnsize.models.source.values.objects import NotReadError, UserModule

# Also what only resembles the form, so that it is reported.
COMMENT = re.compile(r"#[ \t]*cnnsize:[ \t]*input\w*[ \t=:]*(?P<size>[^\r\n\[>→]*)(?=\r?\n|\Z)")
SIZE = re.compile(rf"{NUMBER}x{NUMBER}(?:x{NUMBER})?\s*")
MAX_APART = 200  # lines of comments and decorators between a comment and a class
FORM = "`# cnnsize: input 32x32x3`"
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class InputComment(NamedTuple):
    """A comment with the size of an input, which is None where the comment is not of the form."""

    line: int
    text: str
    size: Evidence | None


class InputComments:
    """The comments of a file that say the sizes of inputs."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        self.comments = list(comments_in(text))
        self.rows = text.split("\n")
        nodes = ast.walk(tree) if self.comments else ()
        definitions = [node for node in nodes if isinstance(node, Definition)]
        self.classes = [node for node in definitions if isinstance(node, ast.ClassDef)]
        lines = [comment.line for comment in self.comments]
        self.class_of = {line: self.innermost(line, self.classes) for line in lines}
        self.definition_of = {line: self.innermost(line, definitions) for line in lines}

    def about(self, node: ast.AST, class_built: Callable[[], ast.AST | None]) -> list[InputComment]:
        """Return the comments about a network that a node of the file defines.

        Without any of its own, those of the class that it is a method of, but for other methods; then
        those of the class of which it makes an object.
        """
        own = [comment for comment in self.comments if self.is_within(comment.line, node)]
        if own or not self.comments:
            return own
        around = self.innermost(getattr(node, "lineno", 0), self.classes)
        shared = [
            comment
            for comment in self.comments
            if around is not None and self.definition_of[comment.line] is around
        ]
        if shared or isinstance(node, ast.ClassDef):
            return shared
        cls = class_built()
        return [] if cls is None else self.about(cls, lambda: None)

    def is_within(self, line: int, node: ast.AST) -> bool:
        """Return whether a comment is in a node or right before it, and in no class within it."""
        if not self.spans(line, node):
            return False
        inner = self.class_of[line]
        return inner is None or inner is node or inner.lineno < getattr(node, "lineno", 0)

    def innermost(self, line: int, nodes: Sequence[Definition]) -> Definition | None:
        """Return the innermost of these definitions that a comment is in or right before."""
        near = (
            node
            for node in nodes
            if node.lineno - MAX_APART <= line <= (node.end_lineno or 0) + MAX_APART
        )
        around = [node for node in near if self.spans(line, node)]
        return max(around, key=lambda node: node.lineno, default=None)

    def spans(self, line: int, node: ast.AST) -> bool:
        """Return whether a line is in a node, in comments right before it, or at the end of its body."""
        decorators = getattr(node, "decorator_list", [])
        first = min(own.lineno for own in (node, *decorators) if hasattr(own, "lineno"))
        last = getattr(node, "end_lineno", None) or first
        indentation = self.indentation(first)
        is_inner = self.indentation(line) > indentation
        if line < first:  # after a blank line it is rather about the class around a method
            return not is_inner and self.are_comments(line, first, or_blank=not indentation)
        return line <= last or (is_inner and self.are_comments(last + 1, line, or_blank=True))

    def are_comments(self, start: int, end: int, *, or_blank: bool) -> bool:
        """Return whether the lines up to ``end`` have only comments."""
        rows = (row.strip() for row in self.rows[start - 1 : end - 1])
        return all(row.startswith("#") if row else or_blank for row in rows)

    def indentation(self, line: int) -> int:
        """Return how far a line is indented."""
        row = self.rows[line - 1]
        return len(row) - len(row.lstrip())

    def problems(self, used: list[list[InputComment]]) -> Iterator[tuple[int, str]]:
        """Yield the lines of comments that say nothing, and why, given those about each network."""
        for comment in self.comments:
            reason = self.problem(comment, [own for own in used if comment in own])
            if reason:
                yield comment.line, f"`{comment.text}` is not used: {reason}"

    def problem(self, comment: InputComment, used: list[list[InputComment]]) -> str:
        """Return why a comment says nothing, given the comments of each network that it is about."""
        others = [other for own in used for other in own if differ(comment, other)]
        cls = self.class_of[comment.line]
        if comment.size is None:
            return f"it has no size W x H x D, as in {FORM}"
        if others:
            return f"the one on line {others[0].line} says another size"
        if not used and cls is not None:
            return f"{cls.name} is no network of its own"
        return "" if used else "it is in no class or function with a network, nor right before one"


def differ(comment: InputComment, other: InputComment) -> bool:
    """Return whether two comments say different sizes."""
    if comment.size is None or other.size is None:
        return False
    return comment.size[:3] != other.size[:3]


def input_comments(text: str, tree: ast.Module) -> InputComments:
    """Return the comments of a file that say the sizes of inputs."""
    known: InputComments | None = getattr(tree, "input_comments", None)
    if known is None:
        known = InputComments(text, tree)
        tree.input_comments = known  # type: ignore[attr-defined]
    return known


def comments_about(
    comments: InputComments, machine: Interpreter, net: Net | KerasNet
) -> list[InputComment]:
    """Return the comments that say the size of the input of a network."""

    def class_built() -> ast.AST | None:
        module = None
        if isinstance(net, Net):
            with suppress(NotReadError, RecursionError):
                machine.start()
                module = built(machine, net)
            machine.built.clear()  # its letters are forgotten before the network is read
        return module.cls.node if isinstance(module, UserModule) else None

    nodes = (net.node,) if file_of(machine, net.node) is None else ()
    return [comment for node in nodes for comment in comments.about(node, class_built)]


def input_in_comments(
    comments: InputComments, machine: Interpreter, net: Net | KerasNet
) -> Evidence | None:
    """Return the size that the comments about a network say; None if they differ."""
    own = comments_about(comments, machine, net)
    sizes = [comment.size for comment in own if comment.size is not None]
    return sizes[0] if len({size[:3] for size in sizes}) == 1 else None


def declared_input(
    comments: InputComments,
    machine: Interpreter,
    net: Net | KerasNet,
    configured: Sequence[tuple[str, tuple[int, int, int]]] = (),
) -> Evidence | None:
    """Return the size of the input that is declared for a network.

    Its comments come first, if they agree, then the configuration (pairs of a name, or * for all, and
    W x H x D), then its docstring.
    """
    if (size := input_in_comments(comments, machine, net)) is not None:
        return size
    for pattern, (W, H, D) in configured:
        if pattern in (net.name, "*"):
            source = "`inputs` of the configuration"
            return Evidence(D, H, W, source, DECLARED, is_for_file=pattern == "*")
    return input_in_docstring(net.node)


def comments_in(text: str) -> Iterator[InputComment]:
    """Yield the comments of a file that say the size of an input, or nearly do."""
    matches = (
        list(islice(COMMENT.finditer(text), MAX_SOURCE_NETWORKS)) if "cnnsize:" in text else []
    )
    begins_comment = comment_test(text, "a.py") if matches else None
    for match in matches:
        if begins_comment is None or not begins_comment(match.start()):
            continue
        line = text.count("\n", 0, match.start()) + 1
        size = SIZE.fullmatch(match["size"])
        evidence = None
        if size is not None:
            W, H, D = (None if number is None else int(number) for number in size.groups())
            assert W is not None and H is not None
            evidence = Evidence(D, H, W, f"the comment on line {line}", DECLARED)
        yield InputComment(line, match[0].rstrip(), evidence)
