"""Which refusals are reported: only those that a framework refuses whatever has been guessed."""

from __future__ import annotations

from cnnsize.models.axes import volume_of
from cnnsize.models.source.checks.wording import DESCRIPTIONS, stated
from cnnsize.models.source.errors import MismatchError, RefusedError, StatedError
from cnnsize.models.source.findings.finding import (
    Case,
    Circumstances,
    Finding,
    inputs_before,
    producer,
)
from cnnsize.models.source.findings.origins import origin_of
from cnnsize.models.source.findings.spans import Spans
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.tensors.graph import numbers_in
from cnnsize.models.source.values.number import depends_on_default, depends_on_input
from cnnsize.models.source.values.objects import WrittenLayer


def finding_of(
    machine: Machine, error: RefusedError, spans: Spans, known: Circumstances
) -> Finding | None:
    """Return what is reported about a layer that is refused; None where it may not be wrong."""
    if error.flow:  # a dummy and another size of the input run on layers of their own
        machine.flow = error.flow
    if not error.code or not is_certain(machine, error, known):
        return None
    return described(machine, error, spans, known)


def described(machine: Machine, error: RefusedError, spans: Spans, known: Circumstances) -> Finding:
    """Return the finding about a layer that is refused."""
    origin = None
    if error.layer is not None and error.argument:
        is_outside = comes_from_outside(machine, error, error.layer)
        received = error.received if isinstance(error, MismatchError) else None
        if error.argument == "groups":
            received = volume_of(error.tensors[0].axes).D
        origin = origin_of(
            machine, error.layer, error.argument, is_outside=is_outside, received=received
        )
    describe = stated if isinstance(error, StatedError) else DESCRIPTIONS[error.code]
    finding = describe(Case(machine, error, spans, known, origin))
    nodes = [error.node, error.layer.node if error.layer is not None else None]
    return finding._replace(
        places=tuple(node for node in nodes if node is not None),
        progress=len(machine.nodes),
        error=error,
    )


def comes_from_outside(machine: Machine, error: RefusedError, layer: WrittenLayer) -> bool:
    """Return whether the channels that a layer receives are not decided by its own module.

    Those are decided there that a layer gives which the same call constructs, or an operation in
    the forward that applies the layer.
    """
    if machine.is_keras:  # a call applies its layers too
        return False
    if not error.tensors or layer.site is None:
        return True
    place = machine.places[producer(machine, error.tensors[0].node)]
    if place.layer is not None:
        return place.layer.site is not layer.site
    constructor = getattr(layer.site.function, "name", "")
    line = getattr(place.application, "lineno", 0)
    function = error.site.function if error.site is not None else None
    if function is None or constructor != "__init__":
        return True
    return not function.lineno <= line <= (function.end_lineno or 0)


def is_certain(machine: Machine, error: RefusedError, known: Circumstances) -> bool:
    """Return whether a framework refuses the network whatever has been guessed about it."""
    numbers = deciding_numbers(machine, error)
    by_size = any(map(depends_on_input, numbers)) or machine.depends_on_size
    is_vector = machine.is_vector
    has_several_inputs = sum(node.kind == "INPUT" for node in machine.nodes) > 1
    is_of_first = known.is_named and inputs_before(machine, error.tensors) == [0]
    if has_several_inputs and by_size and not (known.is_run or is_of_first):
        return False
    if not known.is_given and (by_size or machine.depends_on_order):
        return False
    is_guess = is_vector and not has_own_axes(machine, error)
    if not known.is_given and is_guess and error.code != "CNN121":
        return False
    by_default = any(map(depends_on_default, numbers))
    if by_default and known.has_letters:
        return False
    if known.has_letters and by_size and machine.has_defaults:  # such as a stride
        return False
    sources = (machine.nodes[producer(machine, tensor.node)] for tensor in error.tensors)
    from_input = by_size or any(source.kind == "INPUT" for source in sources)
    is_about_axes = error.facts.get("kind") == "axes"
    if is_about_axes and from_input and not known.is_given:
        return False
    return known.is_named or not (by_default and from_input)


def has_own_axes(machine: Machine, error: RefusedError) -> bool:
    """Return whether views of vectors as maps decide how many axes all tensors of an error have."""
    sources = (last_view(machine, tensor.node) for tensor in error.tensors)
    return bool(error.tensors) and all(sources)


def last_view(machine: Machine, index: int) -> bool:
    """Return whether a node comes from the view of a vector as a map, through layers alone."""
    while len(machine.nodes[index].inputs) == 1:
        if machine.nodes[index].kind == "UNFLATTEN":
            return True
        index = machine.nodes[index].inputs[0]
    return False


def deciding_numbers(machine: Machine, error: RefusedError) -> tuple[int, ...]:
    """Return the numbers that decide whether a layer is refused."""
    if isinstance(error, StatedError):
        return error.numbers
    if "sizes" in error.facts:
        return tuple(error.facts["sizes"])
    if error.facts.get("kind") == "axes":
        return ()
    shapes = [tensor.shape for tensor in error.tensors]
    if "shapes" in error.facts:
        return differing(error.facts["shapes"])
    if error.code == "CNN122":
        is_concatenation = error.facts.get("kind") == "CAT"  # whose channels may differ
        is_map = all(len(shape) == 4 for shape in shapes)
        if is_concatenation and is_map and machine.order == "NHWC":
            return differing([shape[1:3] for shape in shapes])
        return differing([shape[2:] for shape in shapes] if is_concatenation else shapes)
    if error.code in ("CNN120", "CNN124") and not isinstance(error, MismatchError):
        W, H, D = volume_of(error.tensors[0].axes)
        return (H, W) if error.argument == "downscale_factor" else (D,)
    if error.code == "CNN102" and error.layer is not None:
        W, H, _ = volume_of(error.tensors[0].axes)
        arguments = numbers_in(error.layer.arguments)
        return (W, H, *(value for value in arguments if isinstance(value, int)))
    return error.numbers


def differing(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Return the sizes that differ: where some do for every input, those alone."""
    if len({len(shape) for shape in shapes}) > 1:
        return ()
    axes = [sizes for sizes in zip(*shapes, strict=True) if len(set(map(int, sizes))) > 1]
    for sizes in axes:
        if not any(map(depends_on_input, sizes)):
            return sizes
    return tuple(size for sizes in axes for size in sizes)
