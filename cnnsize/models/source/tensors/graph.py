"""Layers applied to tensors: each is an object of ``cnnsize.layers`` and is sized by it."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Mapping
from typing import Any

from cnnsize.layers import JOINS, KINDS, Layer
from cnnsize.layers.base import STANDARD, InvalidOptionError, MissingOptionError
from cnnsize.layers.volume import Fault, Volume
from cnnsize.models.axes import (
    Axes,
    axes_of,
    axis_of,
    is_map,
    is_vector,
    size_of,
    vector_axes,
    volume_of,
)
from cnnsize.models.flow import Options
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.machine import Machine, Place
from cnnsize.models.source.values.number import Number, depends_on_input, has_letters, marked, plain
from cnnsize.models.source.values.objects import NotReadError, Tensor

WHAT_FAILS = {
    "CNN101": "the output size is not a whole number",
    "CNN102": "the window does not fit into its input",
    "CNN104": "the channels are not divisible by the groups",
    "CNN105": "the padding is more than half of the window",
    "CNN106": "the volumes differ",
    "CNN107": "the maps differ in width or height",
    "CNN108": "the number of values differs",
    "CNN009": "the sizes are too large",
    "CNN109": "PyTorch refuses padding='same' with a stride",
    "CNN004": "the channels are fewer than it selects",
}


PLAIN = frozenset([int, bool, float, str])
CHANNELS = ("K", "M", "G")  # options that change no width and height
# The rule that reports a fault of a layer, by its code and case, and the argument that it is about.
REPORTED_AS = {
    ("CNN102", ""): ("CNN102", ("kernel_size", "pool_size")),
    ("CNN102", "transposed"): ("CNN102", ("padding",)),
    ("CNN104", ""): ("CNN124", ("groups", "num_groups")),
    ("CNN104", "pixel-shuffle"): ("CNN120", ("upscale_factor",)),
    ("CNN104", "pixel-unshuffle"): ("CNN124", ("downscale_factor",)),
    ("CNN105", ""): ("CNN124", ("padding",)),
    ("CNN109", ""): ("CNN124", ("padding",)),
}


OF_WINDOWS = ("CNN102", "CNN105", "CNN109")  # faults of windows, whose sizes have no letters


def options_of(options: dict[str, Any], node: ast.AST | None) -> Options:
    """Return options for the text: numbers without marks. Raises NotReadError."""
    return tuple((key, written(key, value, node)) for key, value in options.items())


def written(key: str, value: Any, node: ast.AST | None) -> Any:
    """Return an option as the text has it: one number for a pair of equal ones."""
    if isinstance(value, tuple):
        parts = tuple(written(key, part, node) for part in value)
        is_single = key != "shape" and len(parts) == 2 and parts[0] == parts[1]
        return parts[0] if is_single else parts
    if isinstance(value, Number):
        if value.terms is None:
            raise NotReadError("a size that depends on an argument without a value", node)
        return plain(value)
    return value


def is_pair(kind: str, key: str) -> bool:
    """Return whether an option of a layer is a size along W and H."""
    return "pair" in KINDS[kind].reads.get(key, "") or KINDS[kind].reads.get(key) == "padding"


class OptionError(NotReadError):
    """An option that a layer cannot have."""

    def __init__(self, reason: str, node: ast.AST | None, option: str) -> None:
        super().__init__(reason, node)
        self.option = option


def layer_of(kind: str, options: dict[str, Any], node: ast.AST | None) -> Layer:
    """Return a layer with its options. Raises NotReadError for options that it cannot have."""
    values: dict[str, Any] = {
        key: (value, value) if is_pair(kind, key) and isinstance(value, int) else value
        for key, value in options.items()
    }
    if kind == "PAD" and "P" not in values:
        values = {key: int(value) for key, value in values.items()}
    try:
        return KINDS[kind].make(values, STANDARD)
    except InvalidOptionError as error:
        raise OptionError(error.message, node, error.key) from None
    except MissingOptionError as error:
        raise NotReadError(f"{kind} without {error.key}", node) from None


def add_layer(
    machine: Machine,
    kind: str,
    options: dict[str, Any],
    tensor: Tensor,
    place: Place,
    axes: Axes | None = None,
) -> Tensor:
    """Apply a layer to a tensor. Raises RefusedError where PyTorch refuses it.

    ``axes`` are those of the output; None for a map after a map, and a vector after a vector.
    """
    volume = volume_of(tensor.axes)
    key = sizing_key(kind, options, volume)
    known = machine.sizings.get(key) if key is not None else None
    if known is None:
        known = sized_layer(machine, kind, options, tensor, place, volume)
        if key is not None:
            machine.sizings[key] = known
    output, written_options, numbers = known
    if axes is None:
        keeps = output == volume and not (
            is_map(tensor.axes, machine.order) or is_vector(tensor.axes)
        )
        axes = tensor.axes if keeps else axes_like(tensor, output, machine.order)
    if output[:2] == (1, 1) and any(map(depends_on_input, output[:2])):
        machine.single.add(len(machine.nodes))
    return machine.add(kind, written_options, [tensor], axes, place, numbers)


def sizing_key(kind: str, options: dict[str, Any], volume: Volume) -> Hashable | None:
    """Return what decides the sizing of a layer; None where letters or marks of options do.

    A network applies few layers that differ, and runs on several inputs.
    """
    for value in options.values():
        for part in value if type(value) is tuple else (value,):
            if type(part) not in PLAIN:
                return None
    marks = []
    for size in volume:
        if isinstance(size, Number):
            if size.terms is None or any(size.terms):
                return None
            marks.append((size.from_input, size.from_default))
    return (kind, *options.items(), *map(int, volume), *map(type, volume), *marks)


def sized_layer(
    machine: Machine,
    kind: str,
    options: dict[str, Any],
    tensor: Tensor,
    place: Place,
    volume: Volume,
) -> tuple[Volume, Options, tuple[int, int]]:
    """Return the output of a layer, its options for the text, and its parameters and MACs.

    Raises RefusedError where PyTorch refuses it.
    """
    where = place.constructor or place.application
    machine.has_sized_layers |= any(map(depends_on_input, numbers_in(options)))
    layer = layer_of(kind, options, where)
    sizing = layer.size(volume)
    if sizing.output is None:
        fault = sizing.faults[0]
        if any(map(has_letters, deciding(fault, volume, options))):
            raise NotReadError("sizes that depend on an argument without a value", where)
        raise machine.refused(refused(fault, volume, tensor, place))
    weights, others = layer.weights(volume)
    macs = weights * layer.uses(volume, sizing.output)
    return sizing.output, options_of(options, where), (int(weights + others), int(macs))


def axes_like(tensor: Tensor, output: Volume, order: str) -> Axes:
    """Return the axes of an output: of a map where the input is one, else of a vector."""
    batch = size_of(tensor.axes[0])
    if len(tensor.axes) == 4:
        sizes = {"N": batch, "C": output.D, "H": output.H, "W": output.W}
        return tuple(axis_of(name, sizes[name]) for name in order)
    return vector_axes(batch, output.D)


def deciding(fault: Fault, volume: Volume, options: dict[str, Any]) -> list[Any]:
    """Return the numbers that a fault depends on: no channels where a window does not fit."""
    if fault.code not in OF_WINDOWS:
        return [*volume, *numbers_in(options)]
    sizes = {key: value for key, value in options.items() if key not in CHANNELS}
    return [volume.W, volume.H, *numbers_in(sizes)]


def numbers_in(options: Mapping[str, Any]) -> list[Any]:
    """Return the numbers of options, those of pairs one by one."""
    values = [value if isinstance(value, (tuple, list)) else (value,) for value in options.values()]
    return [number for value in values for number in value]


def refused(fault: Fault, volume: Volume, tensor: Tensor, place: Place) -> RefusedError:
    """Return the error that a layer refuses its input, which has ``volume``."""
    code, arguments = REPORTED_AS.get((fault.code, fault.why), ("", ()))
    known = place.layer.arguments if place.layer is not None else {}
    return RefusedError(
        refusal(fault, volume),
        place.application,
        code,
        layer=place.layer,
        argument=next((name for name in arguments if name in known), ""),
        tensors=(tensor,),
        facts={**dict(fault.facts), "axis": fault.axis},
    )


def refusal(fault: Fault, volume: Volume) -> str:
    """Say why a layer refuses its input, which has ``volume``."""
    facts = dict(fault.facts)
    if fault.code == "CNN102" and "window" in facts:
        window = facts["window"]
        size = facts["size"] + window.before + window.after
        return f"a window of {window.F_eff} does not fit into {size} along {fault.axis}"
    return f"{WHAT_FAILS.get(fault.code, 'the layer refuses it')} (the input is {volume})"


def join(machine: Machine, kind: str, tensors: list[Tensor], axes: Axes, node: ast.AST) -> Tensor:
    """Join tensors. Raises RefusedError where PyTorch refuses that."""
    volumes = tuple(volume_of(tensor.axes) for tensor in tensors)
    sizing = JOINS[kind].join(volumes)
    if sizing.output is None:
        sides = {volume[:2] for volume in volumes}
        differ = len(sides) > 1 and not any(has_letters(side) for pair in sides for side in pair)
        if not differ and any(has_letters(side) for volume in volumes for side in volume):
            raise NotReadError("volumes that depend on an argument without a value", node)
        text = " and ".join(map(str, volumes))
        reason = f"{WHAT_FAILS[sizing.faults[0].code]}: {text}"
        raise machine.refused(
            RefusedError(reason, node, "CNN122", tensors=tensors, facts={"kind": kind})
        )
    return machine.add(kind, (), tensors, axes, Place(None, node))


def received_from(machine: Machine, tensor: Tensor, received: int) -> int:
    """Return a number of values, with its mark where it is that of a map of a single position.

    Such a map has more positions for a larger input, but its axes do not show that.
    """
    index = tensor.node
    while len(machine.nodes[index].inputs) == 1 and machine.nodes[index].kind != "FC":
        if index in machine.single:
            return marked(received)
        volume = machine.nodes[index].volume
        if volume is None or volume[:2] != (1, 1):
            break
        index = machine.nodes[index].inputs[0]
    return received


def need_map(machine: Machine, tensor: Tensor, what: str, node: ast.AST) -> Tensor:
    """Return a tensor whose axes are N x C x H x W, whatever these held before.

    Raises NotReadError unless it has four.
    """
    if is_map(tensor.axes):
        return tensor
    reason = f"{what} of a tensor that is not N x C x H x W"
    if len(tensor.axes) != 4:
        raise NotReadError(reason, node)
    return machine.outside([tensor], axes_of(tensor.shape), node, reason)
