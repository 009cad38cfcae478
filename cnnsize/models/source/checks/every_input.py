"""Faults that a network has for every size of its input. Each is proved from how its maps grow."""

from __future__ import annotations

from math import isqrt, prod
from typing import Any

from cnnsize.models.flow import Node
from cnnsize.models.source.checks.growth import Region, Sides, UnknownGrowthError, common_source
from cnnsize.models.source.checks.refusals import described, is_certain
from cnnsize.models.source.errors import MismatchError, RefusedError
from cnnsize.models.source.evidence import Evidence
from cnnsize.models.source.findings.finding import Circumstances, Finding
from cnnsize.models.source.findings.spans import Spans
from cnnsize.models.source.interpreter import Interpreter
from cnnsize.models.source.machine import Machine, TooLongError
from cnnsize.models.source.nets import Net
from cnnsize.models.source.solve import FIRST, NoInputFitsError, run_depth
from cnnsize.models.source.values.number import depends_on_input
from cnnsize.models.source.values.objects import NotReadError

TRIED = ((97, 131), (160, 160))  # inputs on which the network must fail as the proof says
MOST_CHANNELS = 4  # of an image, whose sides are at least ...
SMALLEST_IMAGE = 8
MAX_POSITIONS = 10**6  # of a map
KEEPS_VALUES = ("RELU", "DROPOUT", "FLATTEN", "IDENTITY", "LRELU", "RELU6")


def finding_for_every_input(
    machine: Interpreter,
    net: Net,
    error: NotReadError,
    others: list[Evidence],
    spans: Spans,
    known: Circumstances,
) -> Finding | None:
    """Return the finding about a fault that depends on the size of the input, if every size has it."""
    try:
        if isinstance(error, NoInputFitsError) and error.depth is None:
            return features_of_no_input(machine, net, error, others, spans, known)
        if isinstance(error, RefusedError) and error.code == "CNN122":
            return join_of_no_input(machine, net, error, spans, known)
    except UnknownGrowthError:
        pass
    return None


def features_of_no_input(
    machine: Interpreter,
    net: Net,
    error: NoInputFitsError,
    others: list[Evidence],
    spans: Spans,
    known: Circumstances,
) -> Finding | None:
    """Return the finding about a number of values that no size of the input gives."""
    mismatch = refusal_on(machine, net, FIRST, FIRST)
    if not isinstance(mismatch, MismatchError) or mismatch.node is not error.mismatch.node:
        return None
    if mismatch.code not in ("CNN121", "CNN123"):
        return None
    index = flattened(machine.nodes, mismatch.tensors[0].node)
    volume = machine.nodes[index].volume
    if volume is None or prod(volume) != mismatch.received or depends_on_input(volume.D):
        return None
    channels, expected = int(volume.D), int(mismatch.expected)
    count, rest = divmod(expected, channels)
    if not is_like_any(machine, mismatch, known, by_channels=rest > 0):
        return None
    if rest == 0 and is_product(count, *(sides_at(machine, index, axis) for axis in (0, 1))):
        return None
    if not all(fails_at(machine, net, mismatch, sides) for sides in TRIED):
        return None
    label = f"{expected:,} is not a multiple of the {channels:,} channels of the map"
    if rest == 0:
        label = f"{expected:,} = {channels:,} x {count:,}, but no map has {count:,} positions"
    computed: dict[str, Any] = {"help": (), "edits": ()}
    for evidence in others:
        own = refusal_on(machine, net, evidence.width, evidence.height)
        if isinstance(own, MismatchError) and own.node is mismatch.node:
            given = known._replace(source=evidence.source, is_given=True)
            similar = described(machine, own, spans, given)
            size = f"for a {evidence.width}x{evidence.height} input ({evidence.source})"
            help = (f"{similar.help[0]} {size}", *similar.help[1:]) if similar.help else ()
            computed = {"help": help, "edits": similar.edits, "applicability": "unsafe"}
            break
    refusal_on(machine, net, FIRST, FIRST)
    finding = described(machine, mismatch, spans, known)
    what = finding.message.partition(" but receives ")[0]
    message = f"{what}, which no size of the input gives"
    return finding._replace(code="CNN121", message=message, label=label, notes=(), **computed)


def join_of_no_input(
    machine: Interpreter, net: Net, error: RefusedError, spans: Spans, known: Circumstances
) -> Finding | None:
    """Return the finding about a join whose maps differ for every size of the input."""
    W = H = FIRST
    again = refusal_on(machine, net, W, H)
    if not isinstance(again, RefusedError) or again.node is not error.node:
        return None
    if not is_like_any(machine, again, known):
        return None
    ends = [tensor.node for tensor in again.tensors]
    limit = largest_fitting(machine, ends, may_broadcast=again.facts.get("kind") != "CAT")
    if limit is None or not all(fails_at(machine, net, again, sides) for sides in TRIED):
        return None
    refusal_on(machine, net, W, H)
    finding = described(machine, again, spans, known._replace(is_given=True))
    reason = "no size of the input makes them equal"
    if limit:
        reason = f"no input that is larger than {limit}x{limit} makes them equal"
    return finding._replace(notes=(f"{reason}; these sizes are for a {W}x{H} input",))


def refusal_on(machine: Interpreter, net: Net, W: int, H: int) -> NotReadError | None:
    """Run a network on an input, and return why it fails."""
    try:
        run_depth(machine, net, W, H, None)
    except TooLongError:
        raise
    except NotReadError as error:
        return error
    except RecursionError:
        pass
    return None


def fails_at(machine: Interpreter, net: Net, error: RefusedError, sides: tuple[int, int]) -> bool:
    """Return whether a network fails on an input at the same place, or on the way there."""
    again = refusal_on(machine, net, *sides)
    if not isinstance(again, RefusedError):
        return False
    return again.node is error.node or again.reason.startswith("a window of")


def is_like_any(
    machine: Machine, error: RefusedError, known: Circumstances, *, by_channels: bool = False
) -> bool:
    """Return whether nothing but the layers decides which sizes the maps have.

    With ``by_channels``, the number of channels is the reason, whatever those sizes are.
    """
    is_sized = machine.has_sized_layers and not by_channels
    is_guess = machine.depends_on_order or machine.depends_on_size or is_sized
    inputs = sum(node.kind == "INPUT" for node in machine.nodes)
    if is_guess or inputs > 1 or machine.is_vector or machine.letters:
        return False
    return is_certain(machine, error, known._replace(is_given=True))


def flattened(nodes: list[Node], index: int) -> int:
    """Return the node of the map whose values a layer takes."""
    while nodes[index].kind in KEEPS_VALUES:
        index = nodes[index].inputs[0]
    return index


def sides_at(machine: Machine, index: int, axis: int) -> Sides:
    """Return the sides of a map along an axis. Raises UnknownGrowthError."""
    return Region(machine.nodes, 0, [index]).sides(axis)


def is_product(count: int, columns: Sides, rows: Sides) -> bool:
    """Return whether a map can have so many positions."""
    if count > MAX_POSITIONS:
        raise UnknownGrowthError
    divisors = [number for number in range(1, isqrt(count) + 1) if count % number == 0]
    return any(
        is_side(width, columns) and is_side(height, rows)
        for divisor in divisors
        for width, height in ((divisor, count // divisor), (count // divisor, divisor))
    )


def is_side(value: int, sides: Sides) -> bool:
    """Return whether a map has a side for some input."""
    (step,) = sides.steps
    return any(
        value >= first and (value - first) % step == 0 if step else value == first
        for (first,) in sides.period.values()
    )


def largest_fitting(machine: Machine, ends: list[int], *, may_broadcast: bool) -> int | None:
    """Return the largest side of an input for which two of some maps are equal; 0 if none is.

    None if that is no bound: for images of a usual size they are, or it is not known.
    """
    nodes = machine.nodes
    limits: list[int] = []
    for start in dict.fromkeys([common_source(nodes, ends), 0]):
        for other in ends[1:]:
            region = Region(nodes, start, [ends[0], other])
            for axis in (0, 1):
                try:
                    fitting = largest_equal(region.sides(axis), may_broadcast=may_broadcast)
                except UnknownGrowthError:
                    continue
                if fitting == 0 or (fitting is not None and start == 0):
                    limits.append(fitting)
        if 0 in limits:
            return 0
    depth = nodes[0].volume.D if nodes[0].volume is not None else 0
    is_image = int(depth) <= MOST_CHANNELS
    return min((limit for limit in limits if limit < SMALLEST_IMAGE and is_image), default=None)


def largest_equal(sides: Sides, *, may_broadcast: bool) -> int | None:
    """Return the largest input for which two maps have equal sides; 0 if none, None if any may be."""
    first_step, second_step = sides.steps
    slope = first_step - second_step
    largest = 0
    for side, (first, second) in sides.period.items():
        difference = first - second
        is_one = may_broadcast and 1 in (first, second)
        if is_one and 0 in sides.steps:
            return None
        if slope == 0 and difference == 0:
            return None
        if is_one:
            largest = max(largest, side)
        if slope and -difference % slope == 0 and -difference // slope >= 0:
            largest = max(largest, side + sides.length * (-difference // slope))
    return largest
