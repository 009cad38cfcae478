"""Type-check a condition and compile it to closures over named facts."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from math import gcd, log2
from typing import Any, Literal, NamedTuple, NoReturn

from cnnsize.conditions.undefined import UndefinedFactError
from cnnsize.text.suggest import nearest

Kind = Literal["integer", "number", "flag", "word"]
Facts = Mapping[str, Any]
Run = Callable[[Facts], Any]
MAX_NODES = 200
MAX_DEPTH = 24
MAX_DIGITS = 18
MAX_POWER = 8
MAX_DEGREE = 24  # factors of one product: no number grows past a few thousand digits
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
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
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
    """A text that is no condition or message. ``offset`` is where, counted from its first
    character.
    """

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message, offset)
        self.message = message
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.message} (at character {self.offset + 1})"


class Part(NamedTuple):
    """A piece of an expression: what it is, how large a product it holds, how to work it out."""

    kind: str  # integer, number, flag, word or tuple
    degree: int
    run: Run
    of: tuple[Part, ...] = ()  # of a tuple


def with_article(kind: str) -> str:
    return {
        "integer": "a number",
        "number": "a number",
        "flag": "a yes or no",
        "word": "a word",
        "tuple": "a tuple",
    }[kind]


class Checker:
    """Goes over a syntax tree once: refuses what is not listed, and makes a closure of what is."""

    def __init__(self, names: Mapping[str, str], lead: int) -> None:
        self.names = names
        self.lead = lead
        self.used: set[str] = set()
        self.count = 0

    def fail(self, node: ast.AST, message: str) -> NoReturn:
        raise ExpressionError(message, self.lead + getattr(node, "col_offset", 0))

    def part(self, node: ast.expr, depth: int) -> Part:
        self.count += 1
        if self.count > MAX_NODES:
            self.fail(node, f"more than {MAX_NODES} parts")
        if depth > MAX_DEPTH:
            self.fail(node, f"nested deeper than {MAX_DEPTH}")
        found = self.made(node, depth + 1)
        if found.degree > MAX_DEGREE:
            self.fail(node, f"a product of more than {MAX_DEGREE} factors, powers counted")
        return found

    def number(self, node: ast.expr, depth: int, what: str) -> Part:
        found = self.part(node, depth)
        if found.kind not in ("integer", "number"):
            self.fail(node, f"{what} takes numbers, and this is {with_article(found.kind)}")
        return found

    def flag(self, node: ast.expr, depth: int, what: str) -> Part:
        found = self.part(node, depth)
        if found.kind != "flag":
            self.fail(
                node,
                f"{what} takes a yes or no, and this is {with_article(found.kind)}; compare it with something",
            )
        return found

    def made(self, node: ast.expr, depth: int) -> Part:
        if isinstance(node, ast.Constant):
            return self.constant(node)
        if isinstance(node, ast.Name):
            return self.name(node)
        if isinstance(node, ast.BoolOp):
            word = "and" if isinstance(node.op, ast.And) else "or"
            runs = [self.flag(value, depth, f"'{word}'").run for value in node.values]
            return Part("flag", 0, _all(runs) if word == "and" else _any(runs))
        if isinstance(node, ast.UnaryOp):
            return self.unary(node, depth)
        if isinstance(node, ast.BinOp):
            return self.binary(node, depth)
        if isinstance(node, ast.Compare):
            return self.compare(node, depth)
        if isinstance(node, ast.IfExp):
            test = self.flag(node.test, depth, "'if'").run
            yes, no = self.part(node.body, depth), self.part(node.orelse, depth)
            if "tuple" in (yes.kind, no.kind) or _family(yes) != _family(no):
                self.fail(node, "both sides of an if are of one kind")
            kind = yes.kind if yes.kind == no.kind else "number"
            return Part(kind, max(yes.degree, no.degree), _if(test, yes.run, no.run))
        if isinstance(node, ast.Tuple):
            if not node.elts:
                self.fail(node, "an empty tuple")
            parts = tuple(self.part(one, depth) for one in node.elts)
            runs = [part.run for part in parts]
            return Part(
                "tuple",
                max(part.degree for part in parts),
                lambda facts: tuple([run(facts) for run in runs]),
                parts,
            )
        if isinstance(node, ast.Call):
            return self.call(node, depth)
        what = REFUSED.get(type(node), f"{type(node).__name__}")
        self.fail(node, f"{what} has no place in an expression")

    def constant(self, node: ast.Constant) -> Part:
        value = node.value
        if isinstance(value, bool):
            return Part("flag", 0, lambda facts: value)
        if isinstance(value, int):
            if len(str(value)) > MAX_DIGITS:
                self.fail(node, f"a number of more than {MAX_DIGITS} digits")
            return Part("integer", 1, lambda facts: value)
        if isinstance(value, float) and abs(value) < 1e18:
            return Part("number", 1, lambda facts: value)
        if isinstance(value, str) and len(value) <= 64:
            return Part("word", 0, lambda facts: value)
        self.fail(node, "only numbers and words stand for themselves")

    def name(self, node: ast.Name) -> Part:
        name = node.id
        kind = self.names.get(name)
        if kind is None:
            if name in FUNCTIONS:
                self.fail(node, f"{name} is a function: {name}(...)")
            near = nearest(name, self.names)
            same = [one for one in self.names if one.lower() == name.lower()]
            hint = f"; did you mean {' or '.join(same or near)}?" if same or near else ""
            self.fail(node, f"there is no fact {name}{hint}")
        self.used.add(name)
        return Part(kind, 1, _fact(name))

    def unary(self, node: ast.UnaryOp, depth: int) -> Part:
        if isinstance(node.op, ast.Not):
            run = self.flag(node.operand, depth, "'not'").run
            return Part("flag", 0, lambda facts: not run(facts))
        if isinstance(node.op, (ast.USub, ast.UAdd)):
            part = self.number(node.operand, depth, "a sign")
            inner = part.run
            if isinstance(node.op, ast.UAdd):
                return part
            return Part(part.kind, part.degree, lambda facts: -inner(facts))
        self.fail(node, "'~' has no place in an expression")

    def binary(self, node: ast.BinOp, depth: int) -> Part:
        op = OPERATORS.get(type(node.op))
        if op is None:
            self.fail(node, "there is + - * / // % ** and no other operator")
        left = self.number(node.left, depth, "arithmetic")
        right = self.number(node.right, depth, "arithmetic")
        kind = (
            "integer"
            if left.kind == right.kind == "integer" and not isinstance(node.op, ast.Div)
            else "number"
        )
        degree = max(left.degree, right.degree)
        if isinstance(node.op, ast.Pow):
            power = node.right.value if isinstance(node.right, ast.Constant) else None
            if type(power) is not int or not 0 <= power <= MAX_POWER:
                self.fail(node.right, f"a power is a plain number from 0 to {MAX_POWER}")
            degree = left.degree * max(power, 1)
        elif isinstance(node.op, (ast.Mult, ast.Div)):
            degree = left.degree + right.degree
        return Part(kind, degree, _binary(op, left.run, right.run))

    def compare(self, node: ast.Compare, depth: int) -> Part:
        parts = [self.part(one, depth) for one in (node.left, *node.comparators)]
        ops: list[Callable[[Any, Any], bool]] = []
        for index, op in enumerate(node.ops):
            left, right = parts[index], parts[index + 1]
            where = node.comparators[index]
            kind = type(op)
            if kind in MEMBERSHIPS:
                if right.kind != "tuple":
                    self.fail(where, "'in' is followed by a tuple: (2, 3)")
                for one in right.of:
                    self.alike(left, one, where)
                ops.append(MEMBERSHIPS[kind])
            elif kind in EQUALITIES:
                self.alike(left, right, where)
                ops.append(EQUALITIES[kind])
            elif kind in ORDERINGS:
                for one, place in ((left, node.left), (right, where)):
                    if one.kind not in ("integer", "number"):
                        self.fail(
                            place,
                            f"numbers are larger or smaller, and this is {with_article(one.kind)}",
                        )
                ops.append(ORDERINGS[kind])
            else:
                self.fail(where, "'is' has no place in an expression; equality is ==")
        runs = [part.run for part in parts]
        if len(ops) == 1:
            return Part("flag", 0, _binary(ops[0], runs[0], runs[1]))
        return Part("flag", 0, _chained(ops, runs))

    def alike(self, one: Part, other: Part, node: ast.expr) -> None:
        if _family(one) != _family(other):
            self.fail(
                node, f"{with_article(one.kind)} is never equal to {with_article(other.kind)}"
            )
        if one.kind == "tuple":
            if len(one.of) != len(other.of):
                self.fail(
                    node, f"a tuple of {len(one.of)} is never equal to one of {len(other.of)}"
                )
            for a, b in zip(one.of, other.of, strict=True):
                self.alike(a, b, node)

    def call(self, node: ast.Call, depth: int) -> Part:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name not in FUNCTIONS or name is None:
            self.fail(node, f"there is {', '.join(FUNCTIONS)} and no other function")
        function, least, most = FUNCTIONS[name]
        if node.keywords or not least <= len(node.args) <= most:
            takes = str(least) if least == most else f"{least} to {most}"
            self.fail(node, f"{name} takes {takes} number{'s' if most > 1 else ''}")
        parts = [self.number(one, depth, name) for one in node.args]
        if name == "gcd" and any(part.kind != "integer" for part in parts):
            self.fail(node, "gcd takes whole numbers")
        kind = (
            "integer"
            if name != "log2" and all(part.kind == "integer" for part in parts)
            else "number"
        )
        runs = [part.run for part in parts]
        return Part(
            kind,
            max(part.degree for part in parts),
            lambda facts: function(*[run(facts) for run in runs]),
        )


def _family(part: Part) -> str:
    return "number" if part.kind == "integer" else part.kind


def _fact(name: str) -> Run:
    def run(facts: Facts) -> Any:
        value = facts[name]
        if value is None:
            raise UndefinedFactError(f"{name} is not known")
        return value

    return run


def _binary(op: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    return lambda facts: op(left(facts), right(facts))


def _chained(ops: list[Callable[[Any, Any], bool]], runs: list[Run]) -> Run:
    def run(facts: Facts) -> bool:
        left = runs[0](facts)
        for op, following in zip(ops, runs[1:], strict=True):
            right = following(facts)
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
