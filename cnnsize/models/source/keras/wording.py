"""The finding about a Reshape of Keras in words, and the sizes that fit."""

from __future__ import annotations

import ast
from math import prod

from cnnsize.models.source.errors import MismatchError
from cnnsize.models.source.findings import Case, Finding, producer, with_edits
from cnnsize.models.source.literals import Replacement, literal, product_of
from cnnsize.models.source.words import counted, factors_of, place_of, product_text


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
    node = case.layer.places.get("target_shape")
    source = producer(case.machine, case.tensor.node)
    factors = factors_of(case.machine, case.tensor)
    written = factors_written(case, source)
    help: tuple[str, ...] = (f"{received:,} values per image",)
    edits: tuple[Replacement, ...] = ()
    if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == len(sizes) == 3:
        new = written or in_order(case, factors) or other_channels(case, sizes)
        help, edits = resized(case, node.elts, new) or (help, edits)
    return Finding(
        "CNN121",
        message,
        case.node,
        product_text(case, factors, received),
        related=case.related((place_of(case.machine, source), f"gives {case.output_of(source)}")),
        help=help,
        edits=edits,
        applicability="safe" if written or factors else "unsafe",
        facts={"expected": expected, "received": received},
    )


def factors_written(case: Case, source: int) -> list[int]:
    """Return the three factors of ``Dense(7 * 7 * 256)``, which a node comes from; else none."""
    place = case.machine.places[source]
    units = place.layer.places.get("units") if place.layer is not None else None
    sizes = [literal(part) or 0 for part in product_of(units)] if units is not None else []
    return sizes if len(sizes) == 3 and prod(sizes) == case.tensor.shape[-1] else []


def in_order(case: Case, factors: tuple[int, ...]) -> list[int]:
    """Return channels, height and width in the order of the axes of a map."""
    sizes = dict(zip("CHW", factors, strict=False))
    return [sizes[name] for name in case.machine.order[1:] if name in sizes]


def other_channels(case: Case, sizes: list[int]) -> list[int]:
    """Return the sizes of a map with the channels that its values leave for its sides; else none."""
    index = case.machine.order.index("C") - 1
    sides = prod(int(size) for place, size in enumerate(sizes) if place != index)
    channels, rest = divmod(prod(map(int, case.tensor.shape[1:])), sides) if sides > 0 else (0, 1)
    return [] if rest else [*sizes[:index], channels, *sizes[index + 1 :]]


def resized(
    case: Case, nodes: list[ast.expr], sizes: list[int]
) -> tuple[tuple[str, ...], tuple[Replacement, ...]] | None:
    """Return the help and the edits that write other sizes; None where they have names."""
    pairs = [
        (node, size) for node, size in zip(nodes, sizes, strict=False) if literal(node) != size
    ]
    if not pairs or any(literal(node) is None for node, _ in pairs):
        return None
    first, last = (case.spans.span(pairs[index][0]) for index in (0, -1))
    text = case.spans.text[: last.end]
    for node, size in reversed(pairs):
        span = case.spans.span(node)
        text = text[: span.start] + str(size) + text[span.end :]
    edits = ((first._replace(end=last.end), text[first.start :]),)
    text = with_edits(case.spans, case.layer.node, edits)
    return (text or f"target_shape={tuple(sizes)}",), edits
