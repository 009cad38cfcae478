"""Type-check a condition and compile it to closures over named facts."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from math import gcd, log2
from typing import Any, Literal, NamedTuple, NoReturn

from cnnsize.conditions.undefined import UndefinedFactError
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest

Kind = Literal["integer", "number", "flag", "word"]
Facts = Mapping[str, Any]
Run = Callable[[Facts], Any]
MAX_NODES = 200
MAX_DEPTH = 24
MAX_DIGITS = 18
MAX_LISTED = 24  # facts in a message
MAX_POWER = 8
MAX_DEGREE = 24  # factors of one product, so that numbers have at most a few thousand digits
FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (min, 2, 8),
    "max": (max, 2, 8),
    "abs": (abs, 1, 1),
    "gcd": (gcd, 2, 2),
    "log2": (log2, 1, 1),
}
OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
ORDERINGS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
EQUALITIES: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
MEMBERSHIPS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.In: lambda value, values: value in values,
    ast.NotIn: lambda value, values: value not in values,
}
REFUSED = {
    ast.Attribute: "an attribute",
    ast.Lambda: "a lambda",
    ast.Subscript: "a subscript",
    ast.NamedExpr: "an assignment",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.List: "a list",
    ast.Dict: "a dict",
    ast.Set: "a set",
    ast.Starred: "a star",
    ast.JoinedStr: "an f-string",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
}


class ExpressionError(ValueError):
    """A text that is not a condition or a message. ``offset`` is the place, counted from 0."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message, offset)
        self.message = message
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.message} (at character {self.offset + 1})"


class Part(NamedTuple):
    """A checked part of an expression.

    ``degree`` counts the factors of its largest product, and ``run`` computes its value from facts.
    """

    kind: str  # integer, number, flag, word or tuple
    degree: int
    run: Run
    elements: tuple[Part, ...] = ()  # of a tuple


def with_article(kind: str) -> str:
    """Return a kind as messages name it."""
    return {
        "integer": "a number",
        "number": "a number",
        "flag": "a boolean",
        "word": "a word",
        "tuple": "a tuple",
    }[kind]


class Checker:
    """Compile a syntax tree to closures; anything that is not listed here is refused.

    ``names`` are the facts with their kinds, ``lead`` is the offset of the tree in the text.
    """

    def __init__(self, names: Mapping[str, str], lead: int) -> None:
        self.names = names
        self.lead = lead
        self.used: set[str] = set()
        self.count = 0

    def fail(self, node: ast.AST, message: str) -> NoReturn:
        """Raise ExpressionError at a node."""
        raise ExpressionError(message, self.lead + getattr(node, "col_offset", 0))

    def part(self, node: ast.expr, depth: int) -> Part:
        """Compile a node of any kind, within the limits of size and depth."""
        self.count += 1
        if self.count > MAX_NODES:
            self.fail(node, f"the expression has more than {MAX_NODES} parts")
        if depth > MAX_DEPTH:
            self.fail(node, f"the expression is nested more than {MAX_DEPTH} levels deep")
        part = self.compile(node, depth + 1)
        if part.degree > MAX_DEGREE:
            self.fail(node, f"a product has more than {MAX_DEGREE} factors, powers included")
        return part

    def number(self, node: ast.expr, depth: int, user: str) -> Part:
        """Compile a node that must be a number; ``user`` names the operator or function."""
        part = self.part(node, depth)
        if not _is_number(part):
            self.fail(node, f"{user} needs numbers, but this is {with_article(part.kind)}")
        return part

    def flag(self, node: ast.expr, depth: int, user: str) -> Part:
        """Compile a node that must be a boolean; ``user`` names the operator."""
        part = self.part(node, depth)
        if part.kind != "flag":
            self.fail(
                node,
                f"{user} needs a boolean, but this is {with_article(part.kind)}; add a comparison",
            )
        return part

    def compile(self, node: ast.expr, depth: int) -> Part:
        """Compile a node by its type."""
        if isinstance(node, ast.Constant):
            return self.constant(node)
        if isinstance(node, ast.Name):
            return self.name(node)
        if isinstance(node, ast.BoolOp):
            return self.logic(node, depth)
        if isinstance(node, ast.UnaryOp):
            return self.unary(node, depth)
        if isinstance(node, ast.BinOp):
            return self.binary(node, depth)
        if isinstance(node, ast.Compare):
            return self.compare(node, depth)
        if isinstance(node, ast.IfExp):
            return self.conditional(node, depth)
        if isinstance(node, ast.Tuple):
            return self.tuple(node, depth)
        if isinstance(node, ast.Call):
            return self.call(node, depth)
        what = REFUSED.get(type(node), f"{type(node).__name__}")
        self.fail(node, f"{what} is not allowed in an expression")

    def logic(self, node: ast.BoolOp, depth: int) -> Part:
        """Compile ``and`` and ``or``."""
        word = "and" if isinstance(node.op, ast.And) else "or"
        runs = [self.flag(value, depth, f"'{word}'").run for value in node.values]
        return Part("flag", 0, _all(runs) if word == "and" else _any(runs))

    def conditional(self, node: ast.IfExp, depth: int) -> Part:
        """Compile ``yes if test else no``."""
        test = self.flag(node.test, depth, "'if'").run
        yes, no = self.part(node.body, depth), self.part(node.orelse, depth)
        if "tuple" in (yes.kind, no.kind) or _family(yes) != _family(no):
            self.fail(node, "both values of an 'if' must be of one kind")
        kind = yes.kind if yes.kind == no.kind else "number"
        return Part(kind, max(yes.degree, no.degree), _if(test, yes.run, no.run))

    def tuple(self, node: ast.Tuple, depth: int) -> Part:
        """Compile a tuple, which comparisons and ``in`` use."""
        if not node.elts:
            self.fail(node, "a tuple must not be empty")
        parts = (*[self.part(element, depth) for element in node.elts],)
        degree = max(part.degree for part in parts)
        return Part("tuple", degree, _tuple([part.run for part in parts]), parts)

    def constant(self, node: ast.Constant) -> Part:
        """Compile a number, a word or a boolean."""
        value = node.value
        if isinstance(value, bool):
            return Part("flag", 0, lambda facts: value)
        if isinstance(value, int):
            if len(str(value)) > MAX_DIGITS:
                self.fail(node, f"a number may have at most {MAX_DIGITS} digits")
            return Part("integer", 1, lambda facts: value)
        if isinstance(value, float) and abs(value) < 1e18:
            return Part("number", 1, lambda facts: value)
        if isinstance(value, str) and len(value) <= 64:
            return Part("word", 0, lambda facts: value)
        self.fail(node, "a constant must be a number, a word, True or False")

    def name(self, node: ast.Name) -> Part:
        """Compile the name of a fact."""
        name = node.id
        kind = self.names.get(name)
        if kind is None:
            if name in FUNCTIONS:
                self.fail(node, f"{name} is a function: {name}(...)")
            near = nearest(name, self.names)
            same = [known for known in self.names if known.lower() == name.lower()]
            candidates = same or near
            hint = f"; did you mean {alternatives(candidates)}?" if candidates else ""
            if not candidates and len(self.names) <= MAX_LISTED:
                hint = f"; the facts are {', '.join(self.names)}"
            self.fail(node, f"unknown fact {name!r}{hint}")
        self.used.add(name)
        return Part(kind, 1, _fact(name))

    def unary(self, node: ast.UnaryOp, depth: int) -> Part:
        """Compile ``not`` and signs."""
        if isinstance(node.op, ast.Not):
            run = self.flag(node.operand, depth, "'not'").run
            return Part("flag", 0, lambda facts: not run(facts))
        if isinstance(node.op, (ast.USub, ast.UAdd)):
            part = self.number(node.operand, depth, "a sign")
            inner = part.run
            if isinstance(node.op, ast.UAdd):
                return part
            return Part(part.kind, part.degree, lambda facts: -inner(facts))
        self.fail(node, "'~' is not allowed in an expression")

    def binary(self, node: ast.BinOp, depth: int) -> Part:
        """Compile arithmetic."""
        op = OPERATORS.get(type(node.op))
        if op is None:
            self.fail(node, "unknown operator; the operators are + - * / // % **")
        left = self.number(node.left, depth, "arithmetic")
        right = self.number(node.right, depth, "arithmetic")
        are_integers = left.kind == right.kind == "integer"
        kind = "integer" if are_integers and not isinstance(node.op, ast.Div) else "number"
        degree = max(left.degree, right.degree)
        if isinstance(node.op, ast.Pow):
            power = node.right.value if isinstance(node.right, ast.Constant) else None
            if type(power) is not int or not 0 <= power <= MAX_POWER:
                self.fail(node.right, f"a power must be a constant from 0 to {MAX_POWER}")
            degree = left.degree * max(power, 1)
        elif isinstance(node.op, (ast.Mult, ast.Div)):
            degree = left.degree + right.degree
        return Part(kind, degree, _binary(op, left.run, right.run))

    def compare(self, node: ast.Compare, depth: int) -> Part:
        """Compile a comparison, which may be a chain: ``0 < S <= F``."""
        parts = [self.part(operand, depth) for operand in (node.left, *node.comparators)]
        operators = [
            self.comparison(type(op), parts[index], parts[index + 1], node, index)
            for index, op in enumerate(node.ops)
        ]
        runs = [part.run for part in parts]
        if len(operators) == 1:
            return Part("flag", 0, _binary(operators[0], runs[0], runs[1]))
        return Part("flag", 0, _chained(operators, runs))

    def comparison(
        self, kind: type[ast.cmpop], left: Part, right: Part, node: ast.Compare, index: int
    ) -> Callable[[Any, Any], bool]:
        """Return the function of comparison number ``index`` of a chain, its operands checked."""
        where = node.comparators[index]
        if kind in MEMBERSHIPS:
            if right.kind != "tuple":
                self.fail(where, "'in' needs a tuple, such as (2, 3)")
            for element in right.elements:
                self.check_comparable(left, element, where)
            return MEMBERSHIPS[kind]
        if kind in EQUALITIES:
            self.check_comparable(left, right, where)
            return EQUALITIES[kind]
        if kind in ORDERINGS:
            for part, place in ((left, node.left), (right, where)):
                if not _is_number(part):
                    self.fail(
                        place,
                        f"only numbers can be ordered, but this is {with_article(part.kind)}",
                    )
            return ORDERINGS[kind]
        self.fail(where, "'is' is not allowed in an expression; use ==")

    def check_comparable(self, left: Part, right: Part, node: ast.expr) -> None:
        """Raise ExpressionError for two values of different kinds, which are never equal."""
        if _family(left) != _family(right):
            self.fail(
                node, f"{with_article(left.kind)} is never equal to {with_article(right.kind)}"
            )
        if left.kind == "tuple":
            if len(left.elements) != len(right.elements):
                self.fail(
                    node,
                    f"a tuple of {len(left.elements)} values is never equal to one of {len(right.elements)}",
                )
            for a, b in zip(left.elements, right.elements, strict=True):
                self.check_comparable(a, b, node)

    def call(self, node: ast.Call, depth: int) -> Part:
        """Compile a call of one of ``FUNCTIONS``."""
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name not in FUNCTIONS or name is None:
            self.fail(node, f"unknown function; the functions are {', '.join(FUNCTIONS)}")
        function, least, most = FUNCTIONS[name]
        if node.keywords or not least <= len(node.args) <= most:
            takes = str(least) if least == most else f"{least} to {most}"
            self.fail(node, f"{name} takes {takes} number{'s' if most > 1 else ''}")
        parts = [self.number(argument, depth, name) for argument in node.args]
        are_integers = all(part.kind == "integer" for part in parts)
        if name == "gcd" and not are_integers:
            self.fail(node, "gcd takes only whole numbers")
        kind = "integer" if are_integers and name != "log2" else "number"
        degree = max(part.degree for part in parts)
        return Part(kind, degree, _called(function, [part.run for part in parts]))


def _is_number(part: Part) -> bool:
    return part.kind in ("integer", "number")


def _family(part: Part) -> str:
    """Return the kind of a part, with integers and other numbers as one kind."""
    return "number" if part.kind == "integer" else part.kind


def _fact(name: str) -> Run:
    """Return the look-up of a fact, which raises UndefinedFactError where it is unknown."""

    def run(facts: Facts) -> Any:
        value = facts[name]
        if value is None:
            raise UndefinedFactError(f"{name} is unknown")
        return value

    return run


def _binary(op: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    return lambda facts: op(left(facts), right(facts))


def _chained(operators: list[Callable[[Any, Any], bool]], runs: list[Run]) -> Run:
    """Return a chain of comparisons, which stops at the first that is false."""

    def run(facts: Facts) -> bool:
        left = runs[0](facts)
        for op, run_next in zip(operators, runs[1:], strict=True):
            right = run_next(facts)
            if not op(left, right):
                return False
            left = right
        return True

    return run


def _all(runs: list[Run]) -> Run:
    return lambda facts: all(run(facts) for run in runs)


def _any(runs: list[Run]) -> Run:
    return lambda facts: any(run(facts) for run in runs)


def _if(test: Run, yes: Run, no: Run) -> Run:
    return lambda facts: yes(facts) if test(facts) else no(facts)


def _tuple(runs: list[Run]) -> Run:
    return lambda facts: tuple([run(facts) for run in runs])


def _called(function: Callable[..., Any], runs: list[Run]) -> Run:
    return lambda facts: function(*[run(facts) for run in runs])
