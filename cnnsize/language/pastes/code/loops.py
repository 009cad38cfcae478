"""Loops and comprehensions over values that are in the text, element by element."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from cnnsize.language.pastes.code.constants import constant_of, index_of, number_of
from cnnsize.language.pastes.code.source import Code
from cnnsize.language.pastes.code.values import (
    MAX_SHAPE,
    Constant,
    Group,
    Layer,
    Layers,
    Names,
    Value,
    dotted,
    last_name,
)

MAX_ROUNDS = 2_000  # of all loops of a text together
LISTS = (ast.List, ast.Tuple)
COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp)
SAME_ELEMENTS = frozenset({"list", "tuple", "iter"})  # functions that keep what they receive
OF_MODEL = frozenset({"children"})  # methods of a model that give its elements


class Evaluates(Protocol):
    """What a loop needs of the evaluator of expressions."""

    code: Code
    names: Names
    rounds: int

    def value(self, node: ast.expr) -> Value: ...

    def mentions_layers(self, node: ast.AST) -> bool: ...

    def placed(self, value: Layer | Layers) -> list[Layer]: ...

    def layers(
        self, elements: Sequence[Layer | Layers], node: ast.expr, *, is_model: bool = False
    ) -> Layers: ...


def elements_of(evaluator: Evaluates, node: ast.expr) -> list[Value] | None:
    """Return the values that a loop over an expression visits; None where they are not known.

    Raises ArchitectureError for too many.
    """
    constant = constant_of(node, evaluator.names)
    if constant is not None:
        values = constant.value
        return [Constant(each) for each in values] if isinstance(values, (tuple, dict)) else None
    if isinstance(node, ast.Call):
        return elements_of_call(evaluator, node)
    if isinstance(node, LISTS):
        if any(isinstance(each, ast.Starred) for each in node.elts):
            return None
        return [group_of(evaluator, each) for each in node.elts]
    value = evaluator.value(node)
    return [*value.elements] if isinstance(value, Layers) else None


def group_of(evaluator: Evaluates, node: ast.expr) -> Value:
    """Return the value of an element, which may be several: ``(self.conv1, True)``."""
    if isinstance(node, LISTS) and constant_of(node, evaluator.names) is None:
        return Group(tuple(group_of(evaluator, each) for each in node.elts))
    return evaluator.value(node)


def elements_of_call(evaluator: Evaluates, node: ast.Call) -> list[Value] | None:
    """Return the elements of ``range(3)``, ``zip(a, b)``, ``enumerate(a)`` and the like."""
    name = dotted(node.func)
    if name == "range":
        return range_of(evaluator, node)
    if isinstance(node.func, ast.Attribute):
        owner = evaluator.value(node.func.value)
        if isinstance(owner, Constant) and isinstance(owner.value, dict):
            return pairs_of(owner.value, node.func.attr)
        is_model = isinstance(owner, Layers) and last_name(node.func) in OF_MODEL
        return [*owner.elements] if is_model and isinstance(owner, Layers) else None
    lists = [elements_of(evaluator, argument) for argument in node.args]
    known = [each for each in lists if each is not None]
    if not known or len(known) < len(lists):
        value = evaluator.value(node)
        return [*value.elements] if isinstance(value, Layers) else None
    if name == "zip":
        return [Group(values) for values in zip(*known, strict=False)]
    if name == "enumerate" and len(known) == 1:
        start = [number_of(word.value, evaluator.names) for word in node.keywords] or [0]
        first = start[0] if isinstance(start[0], int) else 0
        return [Group((Constant(i), value)) for i, value in enumerate(known[0], first)]
    if name == "reversed" and len(known) == 1:
        return known[0][::-1]
    return known[0] if name in SAME_ELEMENTS and len(known) == 1 else None


def range_of(evaluator: Evaluates, node: ast.Call) -> list[Value] | None:
    """Return the numbers of ``range(3)``. Raises ArchitectureError for too many."""
    numbers = [number_of(argument, evaluator.names) for argument in node.args]
    whole = [number for number in numbers if isinstance(number, int)]
    if not 1 <= len(whole) <= 3 or len(whole) < len(numbers) or whole[2:] == [0]:
        return None
    values = list(islice(range(*whole), MAX_ROUNDS + 1))
    if len(values) > MAX_ROUNDS:
        refuse_rounds(evaluator, node)
    return [Constant(value) for value in values]


def pairs_of(values: dict[object, object], method: str) -> list[Value] | None:
    """Return the elements of ``cfg.items()``, ``cfg.keys()`` and ``cfg.values()``."""
    if method == "items":
        return [Constant(pair) for pair in values.items()]
    if method in ("keys", "values"):
        return [Constant(each) for each in (values if method == "keys" else values.values())]
    return None


def refuse_rounds(evaluator: Evaluates, node: ast.expr) -> None:
    """Raise ArchitectureError for loops that run too often."""
    message = f"the loops of this text run more than {MAX_ROUNDS:,} times"
    evaluator.code.fail(message, evaluator.code.span(node), code="CNN009")


def bind(names: Names, target: ast.expr, value: Value) -> bool:
    """Give the target of a loop its value; return whether they have the same form."""
    if not isinstance(target, LISTS):
        name = dotted(target)
        names.values[name] = value
        return bool(name)
    parts: Sequence[Value] = ()
    if isinstance(value, Group):
        parts = value.values
    elif isinstance(value, Constant) and isinstance(value.value, tuple):
        parts = [Constant(part) for part in value.value]
    is_same = len(parts) == len(target.elts)
    return is_same and all(
        bind(names, inner, part) for inner, part in zip(target.elts, parts, strict=True)
    )


def rounds(evaluator: Evaluates, target: ast.expr, iterable: ast.expr) -> Iterator[bool]:
    """Give the target of a loop one element after the other.

    Yields True after each, and False where the elements are not known. Raises ArchitectureError
    where there are too many.
    """
    elements = elements_of(evaluator, iterable)
    if elements is None:
        yield False
        return
    for element in elements:
        evaluator.rounds += 1
        if evaluator.rounds > MAX_ROUNDS:
            refuse_rounds(evaluator, iterable)
        yield bind(evaluator.names, target, element)


def comprehension(evaluator: Evaluates, node: ast.ListComp | ast.GeneratorExp) -> Value | None:
    """Return the layers or the constants of a comprehension; None where it has others."""
    results: list[Value] = []
    element = without_name(node.elt)

    def visit(depth: int) -> bool:
        if depth == len(node.generators):
            results.append(evaluator.value(element))
            return True
        generator = node.generators[depth]
        for is_known in rounds(evaluator, generator.target, generator.iter):
            tests = [constant_of(test, evaluator.names) for test in generator.ifs]
            if not is_known or None in tests:
                return False
            is_wanted = all(test.value for test in tests if test is not None)
            if is_wanted and not visit(depth + 1):
                return False
        return True

    outer = dict(evaluator.names.values)
    is_known = visit(0)
    evaluator.names.values.clear()
    evaluator.names.values.update(outer)
    if not is_known:
        return None
    layers = [result for result in results if isinstance(result, (Layer, Layers))]
    if len(layers) == len(results) and (layers or evaluator.mentions_layers(element)):
        for layer in layers:
            evaluator.placed(layer)
        return evaluator.layers(layers, node)
    values = [result.value for result in results if isinstance(result, Constant)]
    is_constant = len(values) == len(results) <= MAX_SHAPE
    return Constant(tuple(values)) if is_constant else None


def element_at(evaluator: Evaluates, node: ast.Subscript) -> Value | None:
    """Return ``net[0]`` and ``net[:3]`` of a model or a list; None for anything else."""
    owner = evaluator.value(node.value)
    index = index_of(node.slice, evaluator.names)
    if not isinstance(owner, Layers) or index is None:
        return None
    if isinstance(index, slice):
        return Layers(owner.elements[index], evaluator.code.span(node), owner.is_model)
    if -len(owner.elements) <= index < len(owner.elements):
        return owner.elements[index]
    return None


def without_name(node: ast.expr) -> ast.expr:
    """Return the layer of ``("conv1", nn.Conv2d(...))``, and any other element as it is."""
    if not isinstance(node, LISTS) or len(node.elts) != 2:
        return node
    name = node.elts[0]
    is_name = isinstance(name, ast.Constant) and isinstance(name.value, str)
    return node.elts[1] if is_name or isinstance(name, ast.JoinedStr) else node
