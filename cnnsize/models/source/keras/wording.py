"""The finding about a Reshape of Keras in words, and the sizes that fit."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import permutations
from math import prod
from operator import eq

from cnnsize.models.source.errors import MismatchError
from cnnsize.models.source.findings.finding import Case, Finding, Fix, producer, with_edits
from cnnsize.models.source.findings.literals import literal, product_of, with_value
from cnnsize.models.source.findings.words import factors_of, place_of, product_text
from cnnsize.text.english import counted


def reshape(case: Case) -> Finding:
    """Describe CNN121: a Reshape of Keras to another number of values than an image has."""
    error = case.error
    assert isinstance(error, MismatchError)
    expected, received = int(error.expected), int(error.received)
    message = (
        f"{case.name} expects {counted(expected, 'value')} per image but receives {received:,}"
    )
    target = case.layer.arguments["target_shape"]
    sizes = list(target) if isinstance(target, (tuple, list)) else [target]
    if -1 in sizes:
        message = f"{case.name}: {received:,} values per image are not divisible by {expected:,}"
    source = producer(case.machine, case.tensor.node)
    factors = factors_of(case.machine, case.tensor)
    fixes = list(fixes_of(case, sizes, source, factors))
    return Finding(
        "CNN121",
        message,
        case.node,
        product_text(case, factors, received),
        related=case.related((place_of(case.machine, source), f"gives {case.output_of(source)}")),
        help=(fixes[0].help if fixes else f"{received:,} values per image",),
        alternatives=tuple(fixes),
        facts={"expected": expected, "received": received},
    )


def fixes_of(case: Case, sizes: list[int], source: int, factors: tuple[int, ...]) -> Iterator[Fix]:
    """Yield changes of a Reshape, and of the Dense that gives its values, by which both agree."""
    node = case.layer.places.get("target_shape")
    known = closest_to(sizes, factors_written(case, source)) or in_order(case, factors)
    if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == len(sizes) == 3:
        for new in [known] if known else other_sizes(case, sizes):
            fix = resized(case, node.elts, new)
            if fix is not None:
                yield fix if known else fix._replace(applicability="unsafe")
    if -1 not in sizes:
        yield from other_units(case, sizes, source)


def factors_written(case: Case, source: int) -> list[int]:
    """Return the three factors of ``Dense(7 * 7 * 256)``, which a node comes from; else none."""
    units = units_of(case, source)
    parts = [literal(part) or 0 for part in product_of(units)] if units is not None else []
    return parts if len(parts) == 3 and prod(parts) == case.tensor.shape[-1] else []


def closest_to(sizes: list[int], factors: list[int]) -> list[int]:
    """Return factors in the order in which most of them are sizes already, else as they are."""

    def unchanged(order: Iterable[int]) -> int:
        return sum(map(eq, order, sizes))

    return list(max(permutations(factors), key=unchanged))


def units_of(case: Case, source: int) -> ast.AST | None:
    """Return where the units of the Dense that a node comes from are written; None for others."""
    layer = case.machine.places[source].layer
    return layer.places.get("units") if layer is not None else None


def in_order(case: Case, factors: tuple[int, ...]) -> list[int]:
    """Return channels, height and width in the order of the axes of a map."""
    sizes = dict(zip("CHW", factors, strict=False))
    return [sizes[name] for name in case.machine.order[1:] if name in sizes]


def other_sizes(case: Case, sizes: list[int]) -> list[list[int]]:
    """Return the shapes with one other size that have the right number of values.

    Those with equal sides come first, then those with other channels.
    """
    total = prod(map(int, case.tensor.shape[1:]))
    channels = case.machine.order.index("C") - 1
    shapes: list[tuple[int, int, list[int]]] = []
    for index in range(len(sizes)):
        rest = prod(sizes[:index] + sizes[index + 1 :])
        if rest > 0 and total % rest == 0:
            new = [*sizes[:index], total // rest, *sizes[index + 1 :]]
            sides = new[:channels] + new[channels + 1 :]
            shapes.append((len(set(sides)), abs(index - channels), new))
    return [new for _, _, new in sorted(shapes)]


def other_units(case: Case, sizes: list[int], source: int) -> Iterator[Fix]:
    """Yield the Dense that gives the values of a shape, where its units are a literal."""
    units = units_of(case, source)
    layer = case.machine.places[source].layer
    if units is None or layer is None or literal(units) is None:
        return
    named = dict(zip(case.machine.order[1:], sizes, strict=False))
    factors = [named[name] for name in "CHW"] if len(sizes) == 3 else []
    text = with_value(units, case.spans, prod(sizes), factors)
    edits = ((case.spans.span(units), text),)
    yield Fix(edits, with_edits(case.spans, layer.node, edits) or f"units={text}", "unsafe")


def resized(case: Case, nodes: list[ast.expr], sizes: list[int]) -> Fix | None:
    """Return the fix that writes other sizes; None where they have names."""
    pairs = [(node, size) for node, size in zip(nodes, sizes, strict=True) if literal(node) != size]
    if not pairs or any(literal(node) is None for node, _ in pairs):
        return None
    edits = tuple((case.spans.span(node), str(size)) for node, size in pairs)
    text = with_edits(case.spans, case.layer.node, edits)
    return Fix(edits, text or f"target_shape={tuple(sizes)}")
