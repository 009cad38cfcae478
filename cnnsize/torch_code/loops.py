"""Numbers that change with the iteration of an emitted loop."""

from __future__ import annotations

from collections.abc import Iterable

from cnnsize.language.tree import Binary, Expression
from cnnsize.torch_code.expression import value
from cnnsize.torch_code.layout import Argument, Repeated
from cnnsize.torch_code.nodes import Made, ModuleCall, ModuleLoop


def values(expression: Expression, known: list[dict[str, int]]) -> list[int] | None:
    """Its value at each place, where it has one."""
    try:
        return [value(expression, one) for one in known]
    except (KeyError, ZeroDivisionError):
        return None


def folded(expression: Expression) -> Expression:
    """With plain numbers worked out."""
    if not isinstance(expression, Binary):
        return expression
    left, right = folded(expression.left), folded(expression.right)
    if isinstance(left, int) and isinstance(right, int):
        return value(expression._replace(left=left, right=right), {})
    return expression._replace(left=left, right=right)


def used(body: Iterable[Made]) -> set[str]:
    """The words in the code of modules: names of arguments among them."""
    import re

    found: set[str] = set()

    def look(code: Argument) -> None:
        if isinstance(code, Repeated):
            look(code.element)
            look(code.values)
            return
        found.update(re.findall(r"(?<![\w.\"])[A-Za-z_]\w*(?!\w*\s*=[^=])", code.head))
        for one in code.arguments or ():
            look(one)

    def walk(parts: Iterable[Made]) -> None:
        for part in parts:
            if isinstance(part, ModuleCall):
                look(part.code)
            elif isinstance(part, ModuleLoop):
                look(part.values)
                walk(part.body)
            else:
                for branch in part.branches:
                    walk(branch)

    walk(body)
    return found
