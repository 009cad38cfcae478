"""The findings about networks of Python source in words: one function for each rule."""

from __future__ import annotations

import ast
from collections.abc import Callable
from math import isqrt
from typing import NamedTuple

from cnnsize.models.axes import volume_of
from cnnsize.models.source.errors import MismatchError, StatedError
from cnnsize.models.source.findings.finding import (
    Case,
    Finding,
    last_change,
    producer,
)
from cnnsize.models.source.findings.literals import Replacement, literal, with_value
from cnnsize.models.source.findings.window_wording import sizes_before, window
from cnnsize.models.source.findings.words import factors_of, place_of, product_text
from cnnsize.models.source.keras.wording import reshape
from cnnsize.models.source.machine import BATCH, Place
from cnnsize.models.source.values.objects import Tensor
from cnnsize.text.english import counted

OPERATIONS = {"ADD": "sum", "MUL": "product", "CAT": "concatenation"}


def channels(case: Case) -> Finding:
    """Describe CNN120: a layer takes another depth than comes in."""
    error = case.error
    if not isinstance(error, MismatchError):  # a pixel shuffle
        return indivisible(case)
    source = producer(case.machine, case.tensor.node)
    received = int(error.received)
    label = f"receives {received:,}"
    is_input = case.machine.places[source] == Place(None, None)
    if is_input and case.known.is_given:
        label = f"the input has {received:,} ({case.known.source})"
    return Finding(
        "CNN120",
        f"{case.name} expects {counted(error.expected, 'input channel')} but receives {received:,}",
        case.node,
        label,
        related=case.related((place_of(case.machine, source), f"gives {received:,} channels")),
        facts={"expected": int(error.expected), "received": received},
        **case.replaced(received),
    )


def features(case: Case) -> Finding:
    """Describe CNN121: a linear layer or a view takes another number of values than it receives."""
    error = case.error
    assert isinstance(error, MismatchError)
    if error.argument == "target_shape":
        return reshape(case)
    if error.layer is None:
        return view(case)
    received = int(error.received)
    facts = {"expected": int(error.expected), "received": received}
    message = (
        f"{case.name} expects {counted(error.expected, 'input value')} but receives {received:,}"
    )
    if len(case.tensor.axes) > 2:
        shape = shape_text(case.tensor)
        return Finding(
            "CNN121",
            message,
            case.node,
            f"the last axis of {shape}",
            related=case.related(),
            notes=("the layer is applied to the last axis",),
            help=("flatten the map before the layer",),
            facts=facts,
        )
    factors = factors_of(case.machine, case.tensor)
    source = place_of(case.machine, producer(case.machine, case.tensor.node))
    return Finding(
        "CNN121",
        message,
        case.node,
        product_text(case, factors, received),
        related=case.related((source, "its output comes in here"))
        if not factors
        else case.related(),
        facts=facts,
        **case.replaced(received, factors),
    )


class ViewSize(NamedTuple):
    """The size of a view that is wrong, and what fits in its place, with its factors."""

    node: ast.AST
    value: int
    factors: tuple[int, ...] = ()


def view_size(case: Case) -> ViewSize | None:
    """Return the size of a view that is wrong, if the others leave no doubt.

    Of ``x.view(-1, 400)`` that is the last; of ``x.view(-1, 64, 4, 4)`` the channels if the values
    fill maps of 4x4, else the side of the square.
    """
    node, error = case.error.node, case.error
    assert isinstance(error, MismatchError)
    if not isinstance(node, ast.Call) or node.keywords:
        return None
    sizes: list[ast.expr] = list(node.args)
    if sizes and isinstance(sizes[-1], (ast.Tuple, ast.List)):
        sizes = list(sizes[-1].elts)
    received = int(error.received)
    if len(sizes) == 2:
        return ViewSize(sizes[1], received, factors_of(case.machine, case.tensor))
    values = error.facts.get("view", ())
    is_plain = not any(isinstance(size, ast.Starred) for size in sizes)
    if len(sizes) != 4 or len(values) != 4 or not is_plain:
        return None
    depth = int(values[1])
    area = int(error.expected) // depth
    if received % area == 0:
        return ViewSize(sizes[1], received // area) if is_chosen(sizes[1]) else None
    side = isqrt(received // depth)
    is_square = side * side * depth == received
    return ViewSize(sizes[2], side) if is_square and is_chosen(sizes[2]) else None


def is_chosen(node: ast.AST) -> bool:
    """Return whether a size is written as numbers and attributes, not as a name for another size."""
    names = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    calls = any(isinstance(inner, ast.Call) for inner in ast.walk(node))
    return not calls and all(name == "self" for name in names)


def view(case: Case) -> Finding:
    """Describe CNN121: a view takes another number of values than an image has."""
    error = case.error
    assert isinstance(error, MismatchError)
    received = int(error.received)
    factors = factors_of(case.machine, case.tensor)
    size = view_size(case)
    edits = view_edits(case, size)
    help = view_help(case, edits) or (f"{received:,} values per image",)
    if size is not None and not edits:
        help = (f"the size must be {size.value:,} here",)
    source = place_of(case.machine, producer(case.machine, case.tensor.node))
    return Finding(
        "CNN121",
        f"the view expects {counted(error.expected, 'value')} per image but receives {received:,}",
        size.node if size is not None else case.node,
        product_text(case, factors, received),
        related=() if factors else case.related((source, "its output comes in here")),
        help=help,
        edits=edits,
        facts={"expected": int(error.expected), "received": received},
    )


def view_edits(case: Case, size: ViewSize | None) -> tuple[Replacement, ...]:
    """Return the edit that gives a view the size that fits, where a number is written."""
    if size is None or literal(size.node) is None:
        return ()
    text = with_value(size.node, case.spans, size.value, size.factors)
    return ((case.spans.span(size.node), text),)


def view_help(case: Case, edits: tuple[Replacement, ...]) -> tuple[str, ...]:
    """Say what the edit of a view replaces."""
    texts = [(case.spans.text[slice(*span)], new) for span, new in edits]
    return tuple(f"replace {old} with {new}" for old, new in texts)


def mixing_view(case: Case) -> Finding:
    """Describe CNN123: a view whose rows are parts of images."""
    error = case.error
    assert isinstance(error, MismatchError)
    expected, received = int(error.expected), int(error.received)
    factors = factors_of(case.machine, case.tensor)
    size = view_size(case)
    edits: tuple[Replacement, ...] = ()
    help: tuple[str, ...] = ("flatten each image: x.flatten(1)",)
    node = error.node
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    has_first = is_method and len(node.args) == 2  # type: ignore[union-attr]
    if has_first and is_open(node.args[0]):  # type: ignore[union-attr]
        span = case.spans.span(node)  # type: ignore[arg-type]
        start = case.spans.span(node.func.value).end  # type: ignore[union-attr]
        edits = ((span._replace(start=start), ".flatten(1)"),)
    elif size is not None and not size.factors:  # of a map
        edits = view_edits(case, size)
        help = view_help(case, edits) or (f"{received:,} values per image",)
    return Finding(
        "CNN123",
        f"the view mixes the images of a batch: {received:,} values per image become rows of "
        f"{expected:,}",
        size.node if size is not None else case.node,
        product_text(case, factors, received),
        notes=(f"there is no error: 16 images become {16 * received // expected:,} rows",),
        help=help,
        edits=edits,
        applicability="unsafe",
        facts={"expected": expected, "received": received},
    )


def is_open(node: ast.AST) -> bool:
    """Return whether a size is written as -1."""
    return (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and literal(node.operand) == 1
    )


def join(case: Case) -> Finding:
    """Describe CNN122: a sum, product or concatenation of tensors that do not fit together."""
    error = case.error
    kind = str(error.facts["kind"])
    tensors, machine = error.tensors, case.machine
    if "sizes" in error.facts:
        return elementwise(case)
    volumes = [volume_of(tensor.axes) for tensor in tensors]
    counts = [len(tensor.axes) for tensor in tensors]
    sizes = [str(volume) for volume in volumes]
    notes: tuple[str, ...] = ()
    axis = error.facts.get("axis")
    if axis is not None:
        what = f"maps that differ along another axis than {axis}: {' and '.join(sizes)}"
    elif kind == "CAT" and len(set(counts)) > 1:
        what = f"tensors with {' and '.join(map(str, counts))} axes"
    elif kind == "CAT":
        what = f"maps of different width or height: {' and '.join(sizes)}"
    elif len({int(volume.D) for volume in volumes}) > 1 and not case.known.is_given:
        sizes = [counted(volume.D, "channel") for volume in volumes]
        what = f"maps that differ: {' and '.join(sizes)}"
    else:
        what = f"maps that differ: {' and '.join(sizes)}"
    if case.known.is_given and not machine.is_vector and case.has_single_input():
        notes = (case.for_input(),)
    source = last_change if machine.is_keras else producer
    related = [
        (place_of(machine, source(machine, tensor.node)), size)
        for tensor, size in zip(tensors, sizes, strict=True)
    ]
    return Finding(
        "CNN122",
        f"{OPERATIONS.get(kind, kind)} of {what}",
        case.node,
        related=case.related(*dict.fromkeys(related)),
        notes=notes,
        facts={"volumes": " ".join(map(str, volumes))},
    )


def elementwise(case: Case) -> Finding:
    """Describe CNN122: an operation of tensors whose sizes do not fit, with all of their axes."""
    tensors, machine = case.error.tensors, case.machine
    sizes = list(map(shape_text, tensors))
    related = [
        (place_of(machine, producer(machine, tensor.node)), size)
        for tensor, size in zip(tensors, sizes, strict=True)
    ]
    is_sized = case.known.is_given and not machine.is_vector
    return Finding(
        "CNN122",
        f"{case.error.facts['kind']} of tensors that do not fit: {' and '.join(sizes)}",
        case.node,
        related=case.related(*dict.fromkeys(related)),
        notes=(case.for_input(),) if is_sized else (),
        facts={"shapes": ", ".join(sizes)},
    )


def refused(case: Case) -> Finding:
    """Describe CNN124: a layer whose arguments do not fit together."""
    argument = case.error.argument
    if argument in ("groups", "num_groups", "downscale_factor"):
        return indivisible(case)
    if case.error.facts.get("kind") == "axes":
        return wrong_axes(case)
    values = case.layer.arguments
    value = values.get(argument)
    if argument == "output_padding":
        message, label = "output_padding must be smaller than the stride or the dilation", ""
        label = f"{value} >= {max_of(values.get('stride'), values.get('dilation'))}"
    elif isinstance(value, str):
        message, label = f"padding={value!r} needs a stride of 1", f"stride={values.get('stride')}"
    elif argument == "padding":
        message = "the padding is more than half of the window"
        label = f"2*{plain(value)} > {plain(values.get('kernel_size'))}"
    else:
        message, label = f"{argument} is not a whole number", f"{value}"
    return Finding("CNN124", f"{case.name}: {message}", case.node, label, case.related())


def wrong_axes(case: Case) -> Finding:
    """Describe a layer that takes tensors with another number of axes: a map, or a vector."""
    allowed = str(case.error.facts["allowed"])
    source = place_of(case.machine, producer(case.machine, case.tensor.node))
    return Finding(
        "CNN124",
        f"{case.name} takes a tensor with {allowed} axes but receives one with "
        f"{len(case.tensor.axes)}",
        case.node,
        shape_text(case.tensor),
        related=case.related((source, "its output comes in here")),
    )


def shape_text(tensor: Tensor) -> str:
    """Return the sizes of a tensor as ``N x 16 x 8 x 8``."""
    return " x ".join("N" if size == BATCH else str(int(size)) for size in tensor.shape)


def stated(case: Case) -> Finding:
    """Describe a refusal in its own words."""
    error = case.error
    assert isinstance(error, StatedError)
    message, label, help, numbers, related = error.statement
    if error.layer is not None:
        joint = " " if message.startswith("expects") else ": "
        message = f"{case.name}{joint}{message}"
    if numbers is not None:
        related = (*related, *sizes_before(case))
    return Finding(
        error.code, message, case.node, label, case.related(*related), help=(help,) if help else ()
    )


def plain(value: object) -> object:
    """Return a pair of equal numbers as one number."""
    is_pair = isinstance(value, (tuple, list)) and len(set(value)) == 1
    return value[0] if is_pair else value  # type: ignore[index]


def max_of(*values: object) -> object:
    """Return the largest number among numbers and pairs."""
    flat = [part for value in values for part in (value if isinstance(value, tuple) else (value,))]
    numbers = [part for part in flat if isinstance(part, int)]
    return max(numbers, default=1)


def indivisible(case: Case) -> Finding:
    """Describe channels that are not divisible by groups, or by the factor of a pixel shuffle."""
    argument = case.error.argument
    value = int(plain(case.layer.arguments[argument]))  # type: ignore[call-overload]
    width, height, depth = map(int, volume_of(case.tensor.axes))
    if argument == "upscale_factor":
        message = f"{depth:,} channels are not divisible by {value} x {value} = {value**2}"
        return Finding("CNN120", f"{case.name}: {message}", case.node, "", case.related())
    if argument == "downscale_factor":
        message = f"a {width}x{height} map is not divisible by {value}"
        return Finding("CNN124", f"{case.name}: {message}", case.node, "", case.related())
    out = case.layer.arguments.get("out_channels", case.layer.arguments.get("filters"))
    is_both = isinstance(out, int) and depth % value == 0
    total = int(out) if isinstance(out, int) and is_both else depth
    message = f"{counted(total, 'channel')} not divisible by {value} groups"
    divisors = [number for number in range(value, 0, -1) if depth % number == 0]
    fitting = [number for number in divisors if not isinstance(out, int) or out % number == 0]
    help = (f"{argument}={fitting[0]} fits",) if fitting else ()
    label = f"{total} % {value} = {total % value}"
    return Finding("CNN124", f"{case.name}: {message}", case.node, label, case.related(), help=help)


DESCRIPTIONS: dict[str, Callable[[Case], Finding]] = {
    "CNN102": window,
    "CNN120": channels,
    "CNN121": features,
    "CNN122": join,
    "CNN123": mixing_view,
    "CNN124": refused,
}
