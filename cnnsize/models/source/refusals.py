"""Which refusals are reported: only those that a framework refuses whatever has been guessed."""

from __future__ import annotations

from cnnsize.models.axes import volume_of
from cnnsize.models.source.errors import MismatchError, RefusedError, StatedError
from cnnsize.models.source.findings import Case, Circumstances, Finding, producer
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.number import depends_on_default, depends_on_input
from cnnsize.models.source.origins import origin_of
from cnnsize.models.source.spans import Spans
from cnnsize.models.source.wording import DESCRIPTIONS, stated


def finding_of(
    machine: Machine, error: RefusedError, spans: Spans, known: Circumstances
) -> Finding | None:
    """Return what is reported about a layer that is refused; None where it may not be wrong."""
    if not error.code or not is_certain(machine, error, known):
        return None
    return described(machine, error, spans, known)


def described(machine: Machine, error: RefusedError, spans: Spans, known: Circumstances) -> Finding:
    """Return the finding about a layer that is refused."""
    origin = None
    if error.layer is not None and error.argument:
        origin = origin_of(machine, error.layer, error.argument)
    describe = stated if isinstance(error, StatedError) else DESCRIPTIONS[error.code]
    finding = describe(Case(machine, error, spans, known, origin))
    places = [error.node, error.layer.node if error.layer is not None else None]
    return finding._replace(
        places=tuple(place for place in places if place is not None),
        progress=len(machine.nodes),
        error=error,
    )


def is_certain(machine: Machine, error: RefusedError, known: Circumstances) -> bool:
    """Return whether a framework refuses the network whatever has been guessed about it."""
    numbers = deciding_numbers(machine, error)
    by_size = any(map(depends_on_input, numbers)) or machine.depends_on_size
    is_vector = machine.is_vector
    by_size = by_size or error.code == "CNN102"
    has_several_inputs = sum(node.kind == "INPUT" for node in machine.nodes) > 1
    if has_several_inputs and by_size and not known.is_run:
        return False
    if not known.is_given and (by_size or machine.depends_on_order):
        return False
    if not known.is_given and is_vector and error.code != "CNN121":
        return False
    by_default = any(map(depends_on_default, numbers))
    if by_default and known.has_letters:
        return False
    if known.has_letters and by_size:
        return False
    sources = (machine.nodes[producer(machine, tensor.node)] for tensor in error.tensors)
    from_input = by_size or any(source.kind == "INPUT" for source in sources)
    return not (by_default and from_input)


def deciding_numbers(machine: Machine, error: RefusedError) -> tuple[int, ...]:
    """Return the numbers that decide whether a layer is refused."""
    if isinstance(error, StatedError):
        return error.numbers
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
