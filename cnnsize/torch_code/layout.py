"""The layout of emitted calls: lines of at most 88 columns, as ruff formats them.

A call that does not fit has one argument per line and a trailing comma. The comma keeps that layout
under any line length, so a project's formatter leaves the source alone. Only a sum or product that
is itself longer than 88 columns would be laid out differently under a longer limit.
"""

from __future__ import annotations

from typing import NamedTuple

WIDTH = 88
INDENT = "    "
SIGNS = {"Add": "+", "Sub": "-", "Mult": "*", "FloorDiv": "//"}


class Code(NamedTuple):
    """A call ``head(arguments)``; with ``arguments`` None, just the text of ``head``."""

    head: str
    arguments: tuple[Argument, ...] | None = None
    open: bool = False  # one argument per line, even if all would fit on one
    comment: str = ""  # after it, if it is itself an argument

    @property
    def flat(self) -> str:
        """The code on one line."""
        if self.arguments is None:
            return self.head
        return f"{self.head}({', '.join([argument.flat for argument in self.arguments])})"

    @property
    def opens(self) -> bool:
        """Whether the code has to be laid out with one argument per line."""
        if not self.arguments:
            return False
        return self.open or any(argument.opens or argument.comment for argument in self.arguments)


class Repeated(NamedTuple):
    """``*(element for names in values)``."""

    element: Code
    names: str
    values: Code
    comment: str = ""

    @property
    def flat(self) -> str:
        """The code on one line."""
        return f"*({self.element.flat} for {self.names} in {self.values.flat})"

    @property
    def opens(self) -> bool:
        """Whether the code has to be laid out on several lines."""
        return self.element.opens or self.values.opens


Argument = Code | Repeated


def lines(code: Argument, indent: str, before: str = "", after: str = "") -> list[str]:
    """Return the lines of the code, with ``before`` and ``after`` around it."""
    flat = f"{indent}{before}{code.flat}{after}"
    if not code.opens and len(flat) <= WIDTH:
        return [flat]
    deeper = indent + INDENT
    if isinstance(code, Repeated):
        clause = f"for {code.names} in "
        written = [f"{indent}{before}*(", *lines(_opened(code), deeper)]
        written += lines(code.values, deeper, clause)
        return [*written, f"{indent}){after}"]
    if not code.arguments:
        key, equals, word = code.head.rpartition("=")
        return broken(word, indent, f"{before}{key}{equals}", after)
    written = [f"{indent}{before}{code.head}("]
    for argument in code.arguments:
        inner = lines(argument, deeper, "", ",")
        comment = argument.comment
        if comment and len(inner[-1]) + 2 + len(comment) <= WIDTH:
            inner[-1] += f"  {comment}"
        elif comment:  # a line of its own: the arrow says that the shape is the one after
            inner.insert(0, deeper + comment.replace("# ", "# -> ", 1))
        written += inner
    return [*written, f"{indent}){after}"]


def broken(expression: str, indent: str, before: str = "", after: str = "") -> list[str]:
    """Return the lines of an expression, one operator per line if it is too long for one line.

    It is broken at the operators that bind least.
    """
    import ast  # late: hardly any expression is that long

    flat = f"{indent}{before}{expression}{after}"
    if len(flat) <= WIDTH:
        return [flat]
    tree = ast.parse(expression, mode="eval").body
    if not isinstance(tree, ast.BinOp):
        return [flat]
    sums = isinstance(tree.op, (ast.Add, ast.Sub))
    terms: list[tuple[str, ast.expr]] = []
    rest: ast.expr = tree
    while isinstance(rest, ast.BinOp) and isinstance(rest.op, (ast.Add, ast.Sub)) == sums:
        terms.insert(0, (f"{SIGNS[type(rest.op).__name__]} ", rest.right))
        rest = rest.left
    written: list[str] = []
    for index, (sign, term) in enumerate([(before, rest), *terms]):
        ending = after if index == len(terms) else ""
        is_operation = isinstance(term, ast.BinOp)
        is_product = isinstance(term, ast.BinOp) and isinstance(term.op, (ast.Mult, ast.FloorDiv))
        binds_tighter = is_product and sums
        needs_parentheses = is_operation and not binds_tighter
        word = f"({ast.unparse(term)})" if needs_parentheses else ast.unparse(term)
        if binds_tighter or len(indent + sign + word + ending) <= WIDTH:
            written += broken(word, indent, sign, ending)
        else:
            written += [
                f"{indent}{sign}(",
                *broken(word[1:-1], indent + INDENT),
                f"{indent}){ending}",
            ]
    return written


def _opened(code: Repeated) -> Code:
    """Return the element with one argument per line, unless the rest has several lines anyway.

    Otherwise a formatter with a longer line limit would put all of it on one line.
    """
    if code.opens or len(code.flat) > 120 or not code.element.arguments:
        return code.element
    return code.element._replace(open=True)
