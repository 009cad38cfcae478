"""Sets emitted calls in lines of 88 columns as ruff does.

A call that does not fit has an argument a line and a comma behind the last. That comma keeps it so
under any line length, so the source is stable whatever a project has chosen; only sums and products
that pass the 88 columns themselves are set for these alone.
"""

from __future__ import annotations

from typing import NamedTuple

WIDTH = 88
STEP = "    "
SIGNS = {"Add": "+", "Sub": "-", "Mult": "*", "FloorDiv": "//"}


class Code(NamedTuple):
    """A call ``head(arguments)``; without arguments to set it is just the text of ``head``."""

    head: str
    arguments: tuple[Argument, ...] | None = None
    open: bool = False  # an argument a line even where all would fit
    comment: str = ""  # behind it, where it is an argument of its own

    @property
    def flat(self) -> str:
        if self.arguments is None:
            return self.head
        return f"{self.head}({', '.join([one.flat for one in self.arguments])})"

    @property
    def opens(self) -> bool:
        return bool(self.arguments) and (
            self.open or any(one.opens or one.comment for one in self.arguments or ())
        )


class Repeated(NamedTuple):
    """``*(element for names in values)``."""

    element: Code
    names: str
    values: Code
    comment: str = ""

    @property
    def flat(self) -> str:
        return f"*({self.element.flat} for {self.names} in {self.values.flat})"

    @property
    def opens(self) -> bool:
        return self.element.opens or self.values.opens


Argument = Code | Repeated


def lines(code: Argument, indent: str, before: str = "", after: str = "") -> list[str]:
    """The code between ``before`` and ``after`` on its lines."""
    flat = f"{indent}{before}{code.flat}{after}"
    if not code.opens and len(flat) <= WIDTH:
        return [flat]
    deeper = indent + STEP
    if isinstance(code, Repeated):
        clause = f"for {code.names} in "
        out = [f"{indent}{before}*(", *lines(_opened(code), deeper)]
        out += lines(code.values, deeper, clause)
        return [*out, f"{indent}){after}"]
    if not code.arguments:
        key, found, word = code.head.rpartition("=")
        return broken(word, indent, f"{before}{key}{found}", after)
    out = [f"{indent}{before}{code.head}("]
    for one in code.arguments:
        inner = lines(one, deeper, "", ",")
        if one.comment and len(inner[-1]) + 2 + len(one.comment) <= WIDTH:
            inner[-1] += f"  {one.comment}"
        elif one.comment:
            inner.insert(0, deeper + one.comment.replace("# ", "# -> ", 1))
        out += inner
    return [*out, f"{indent}){after}"]


def broken(expression: str, indent: str, before: str = "", after: str = "") -> list[str]:
    """An expression that is too long: an operator a line, those that bind least first."""
    import ast  # late: hardly any expression is

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
    out: list[str] = []
    for index, (sign, term) in enumerate([(before, rest), *terms]):
        behind = after if index == len(terms) else ""
        tight = (
            isinstance(term, ast.BinOp) and sums and isinstance(term.op, (ast.Mult, ast.FloorDiv))
        )
        word = (
            ast.unparse(term)
            if tight or not isinstance(term, ast.BinOp)
            else f"({ast.unparse(term)})"
        )
        if tight or len(indent + sign + word + behind) <= WIDTH:
            out += broken(word, indent, sign, behind)
        else:
            out += [f"{indent}{sign}(", *broken(word[1:-1], indent + STEP), f"{indent}){behind}"]
    return out


def _opened(code: Repeated) -> Code:
    """The element with an argument a line, unless what follows is open anyway: else a wider line
    would take all.
    """
    if code.opens or len(code.flat) > 120 or not code.element.arguments:
        return code.element
    return code.element._replace(open=True)
