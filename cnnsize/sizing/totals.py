"""Parameters, multiply-adds, activations and peak memory of a sized network."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.layers.base import Layer
from cnnsize.layers.volume import Volume
from cnnsize.sizing.field import Two
from cnnsize.sizing.follow import own_field
from cnnsize.sizing.rows import Fork, Loop, Part, Row
from cnnsize.sizing.sized import SizedNetwork


class Totals(NamedTuple):
    params: int | None
    macs: int | None
    activations: int | None
    receptive_field: Two | None


def layer_costs(
    layer: Layer, volume: Volume | None, output: Volume | None
) -> tuple[int, int, int] | None:
    """(params, MACs, activations) of a layer on a volume; None where its output is unknown.

    MACs are weights times the positions they are used at: biases, norms and pools multiply nothing.
    Activations count each volume once; activations, dropout and flatten work in place (CS231n,
    the VGGNet table).
    """
    if volume is None or output is None:
        return None
    multiplying, others = layer.weights(volume)
    stored = output.W * output.H * output.D if layer.counts else 0
    return multiplying + others, multiplying * layer.uses(volume, output), stored


def totals(network: SizedNetwork) -> Totals:
    """The sums over all layers, repeats multiplied and not unrolled, and the network's own
    field.
    """
    sums = sum_costs(network.rows)
    own = own_field(network)
    return Totals(None, None, None, own) if sums is None else Totals(*sums, own)


def sum_costs(rows: tuple[Part, ...]) -> tuple[int, int, int] | None:
    """Parameters, MACs and activations of rows in all, repeats multiplied; None where a volume is
    unknown.
    """
    sums = [0, 0, 0]
    known: dict[tuple[int, Volume | None], tuple[int, int, int] | None] = {}

    def add(parts: tuple[Part, ...], times: int) -> bool:
        """Adds up; False where a volume is unknown."""
        for part in parts:
            if isinstance(part, Row):
                layer, volume = part.layer, part.inputs[0]
                key = (id(layer), volume)
                if key not in known:
                    known[key] = layer_costs(layer, volume, part.sizing.output)
                found = known[key]
                if found is None:
                    return False
                sums[0] += times * found[0]
                sums[1] += times * found[1]
                sums[2] += times * found[2]
            elif isinstance(part, Fork):
                output = part.join.sizing.output
                if output is None or not all(add(branch, times) for branch in part.branches):
                    return False
                sums[2] += times * output.W * output.H * output.D
            elif not add(part.body, times * part.times if isinstance(part, Loop) else times):
                return False
        return True

    return (sums[0], sums[1], sums[2]) if add(rows, 1) else None


def peak(network: SizedNetwork) -> int:
    """The most values alive at once when a network runs forward, layer by layer, for one input.

    A layer needs its inputs and its output; a volume lives until the last layer that reads it has
    run. Activations, dropout and FLATTEN overwrite their input, unless somebody else still needs
    it; all other layers write a volume of their own.
    """
    return _alive(network.rows, _values(network.input), kept=False)[0]


def _values(volume: Volume | None) -> int:
    return 0 if volume is None else volume.W * volume.H * volume.D


def _alive(parts: tuple[Part, ...], current: int, kept: bool) -> tuple[int, int]:
    """(most values alive, values of the last volume); the first volume counts throughout if
    ``kept``.
    """
    held = current if kept else 0
    shared = kept  # is the current volume the kept one?
    most = current
    for part in parts:
        if isinstance(part, Row):
            if part.layer.kind == "INPUT":
                continue
            out = _values(part.sizing.output)
            if part.layer.counts or shared:
                most = max(most, (held if shared else held + current) + out)
            current, shared = out, False
        elif isinstance(part, Fork):
            inside, out = _fork_alive(part, current, shared)
            most = max(most, (0 if shared else held) + inside)
            current, shared = out, False
        else:
            inside, out = _alive(part.body, current, shared)
            most = max(most, (0 if shared else held) + inside)
            current, shared = out, False
    return most, current


def _fork_alive(fork: Fork, current: int, kept: bool) -> tuple[int, int]:
    """The same for a join: branches run one after the other, and what they gave waits for the
    others.
    """
    passing = [not branch for branch in fork.branches]  # ID: the volume itself waits
    waiting = most = 0
    for index, branch in enumerate(fork.branches):
        if not branch:
            continue
        needed = kept or any(passing) or index + 1 < len(fork.branches)
        inside, out = _alive(branch, current, needed)
        most = max(most, waiting + inside)
        waiting += out
    out = _values(fork.join.sizing.output)
    still = current if kept or any(passing) else 0
    return max(most, waiting + still + out), out
