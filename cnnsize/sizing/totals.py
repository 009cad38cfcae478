"""Parameters, multiply-adds, activations and peak memory of a sized network."""

from __future__ import annotations

from cnnsize.layers import KINDS
from cnnsize.layers.base import Layer, Plain
from cnnsize.layers.volume import PerAxis, Volume
from cnnsize.record import MaybeNone, NamedTuple, public
from cnnsize.sizing.follow import network_field
from cnnsize.sizing.rows import Fork, Loop, Part, Row, further_inputs, own_input
from cnnsize.sizing.sized import SizedNetwork


@public
class Totals(NamedTuple):
    """The sums over all layers of a network; None where a volume is unknown."""

    params: int | MaybeNone
    macs: int | MaybeNone
    activations: int | MaybeNone
    receptive_field: PerAxis | MaybeNone


# layers without parameters that write no new volume
FREE = frozenset(cls for cls in KINDS.values() if cls.weights is Plain.weights and not cls.counts)


def layer_costs(
    layer: Layer, volume: Volume | None, output: Volume | None
) -> tuple[int, int, int] | None:
    """Return (parameters, MACs, activations) of a layer; None where its output is unknown.

    MACs are weights times the positions where they are used: biases, norms and pools multiply
    nothing. Activations count each volume once; nonlinearities, dropout and flatten work in place
    (CS231n, the VGGNet table).
    """
    if volume is None or output is None:
        return None
    multiplying, others = layer.weights(volume)
    macs = multiplying * layer.uses(volume, output) if multiplying else 0
    W, H, D = output
    return multiplying + others, macs, W * H * D if layer.counts else 0


def totals(network: SizedNetwork) -> Totals:
    """Return the sums over all layers, repetitions multiplied, and the network's receptive field."""
    costs = sum_costs(network.rows)
    field = network_field(network)
    return Totals(None, None, None, field) if costs is None else Totals(*costs, field)


def sum_costs(rows: tuple[Part, ...]) -> tuple[int, int, int] | None:
    """Return the parameters, MACs and activations of rows, repetitions multiplied.

    None where a volume is unknown.
    """
    params = macs = activations = 0
    for part in rows:
        if isinstance(part, Row):
            _, layer, _, inputs, sizing = part
            volume, output = inputs[0], sizing.output
            if volume is None or output is None:
                return None
            if layer.__class__ in FREE:
                continue
            multiplying, others = layer.weights(volume)
            params += multiplying + others
            if multiplying:
                macs += multiplying * layer.uses(volume, output)
            if layer.counts:
                W, H, D = output
                activations += W * H * D
            continue
        bodies = part.branches if isinstance(part, Fork) else (part.body,)
        times = part.times if isinstance(part, Loop) else 1
        for body in bodies:
            costs = sum_costs(body)
            if costs is None:
                return None
            params += times * costs[0]
            macs += times * costs[1]
            activations += times * costs[2]
        if isinstance(part, Fork):
            output = part.join.sizing.output
            if output is None:
                return None
            if not part.makes_outputs:
                activations += output.W * output.H * output.D
    return params, macs, activations


def parameters_by_kind(parts: tuple[Part, ...]) -> dict[str, int]:
    """Return the number of weights and of biases, and by layer kind that of all other parameters.

    Weights multiply inputs, and biases are those of layers with weights. Norms, for instance, have
    scales and shifts. Repetitions are multiplied.
    """
    numbers = {"weights": 0, "biases": 0}

    def add(parts: tuple[Part, ...], times: int) -> None:
        for part in parts:
            if isinstance(part, Row):
                volume = part.inputs[0]
                if volume is None:
                    continue
                multiplying, others = part.layer.weights(volume)
                name = "biases" if multiplying else part.layer.kind
                numbers["weights"] += times * multiplying
                numbers[name] = numbers.get(name, 0) + times * others
            elif isinstance(part, Fork):
                for branch in part.branches:
                    add(branch, times)
            else:
                add(part.body, times * part.times if isinstance(part, Loop) else times)

    add(parts, 1)
    return numbers


def running_statistics(parts: tuple[Part, ...]) -> int:
    """Return how many running means and variances the BN layers keep, repetitions multiplied.

    They are no parameters, because nothing learns them, but Keras counts them in its total.
    """
    count = 0
    for part in parts:
        if isinstance(part, Row):
            volume = part.inputs[0]
            if part.layer.kind == "BN" and volume is not None:
                count += 2 * volume.D
        elif isinstance(part, Fork):
            count += sum(map(running_statistics, part.branches))
        else:
            times = part.times if isinstance(part, Loop) else 1
            count += times * running_statistics(part.body)
    return count


def peak_activations(network: SizedNetwork) -> int:
    """Return the largest number of values in memory when a network runs forward on one input.

    A layer needs its inputs and its output; a volume is kept until the last layer that reads it has
    run. Nonlinearities, dropout and FLATTEN overwrite their input, unless another layer still needs
    it; all other layers write a new volume. All inputs are in memory from the start, and outputs of
    the network until the end.
    """
    peak = _Peak(sum(map(_values, further_inputs(network.rows))))
    return peak.of(network.rows, _values(network.input), kept=False)[0]


def _values(volume: Volume | None) -> int:
    return 0 if volume is None else volume.W * volume.H * volume.D


class _Peak:
    """Follows the values in memory.

    ``apart`` are the values of inputs that no layer has read yet and of outputs of the network. A
    volume is tapped where it is an output itself, and so one of those. Each method says of the volume
    that it begins with whether it is ``kept`` in memory to the end, and whether it is ``tapped``.
    """

    def __init__(self, apart: int) -> None:
        self.apart = apart
        self.taps_first = False  # whether the last call tapped the volume that it began with
        self.taps_last = False  # whether the volume that it returned is tapped

    def of(
        self, parts: tuple[Part, ...], current: int, *, kept: bool, tapped: bool = False
    ) -> tuple[int, int]:
        """Return (largest number of values in memory, values of the last volume)."""
        shared = kept and not tapped  # whether the current volume is the kept one
        held = current if shared else 0
        most = self.apart + (0 if tapped else current)
        is_first, taps_first = True, False
        for part in parts:
            if isinstance(part, Row):
                if part.layer.kind == "INPUT":
                    continue
                output = _values(part.sizing.output)
                if part.layer.counts or shared or tapped:
                    before = held if shared or tapped else held + current
                    most = max(most, before + output + self.apart)
                self.taps_first = self.taps_last = False
            else:
                others = 0 if shared else held
                inside, output = self.of_part(part, current, kept=shared, tapped=tapped)
                most = max(most, others + inside)
            if self.taps_first:
                taps_first = taps_first or is_first
                held = 0 if shared else held
            if isinstance(part, Fork) and part.makes_outputs:
                shared = shared and not self.taps_last
            else:
                is_first = shared = False
            current, tapped = output, self.taps_last
        self.taps_first, self.taps_last = taps_first, tapped
        return most, current

    def of_part(self, part: Part, current: int, *, kept: bool, tapped: bool) -> tuple[int, int]:
        """Return the same for a join, a repetition or a block."""
        if isinstance(part, Loop):
            return self.of_iterations(part, current, kept=kept, tapped=tapped)
        if not isinstance(part, Fork):
            assert not isinstance(part, Row)
            return self.of(part.body, current, kept=kept, tapped=tapped)
        if part.makes_outputs:
            return self.of_heads(part, current, tapped=tapped), current
        return self.of_join(part, current, kept=kept, tapped=tapped)

    def of_iterations(
        self, loop: Loop, current: int, *, kept: bool, tapped: bool
    ) -> tuple[int, int]:
        """Return the same for a repetition. The outputs of its equal iterations add up."""
        start = self.apart
        most, output = self.of(loop.body, current, kept=kept, tapped=tapped)
        taps_first = self.taps_first
        # running equal iterations once keeps nested repetitions from doubling the work at each level
        are_alike = (self.apart, self.taps_last, output) == (start, tapped, current) and not kept
        if loop.times > 1 and not are_alike:
            before = self.apart
            inside, output = self.of(loop.body, output, kept=False, tapped=self.taps_last)
            added = (self.apart - before) * (loop.times - 2)
            self.apart += added
            most = max(most, inside + added + (current if kept and not taps_first else 0))
        self.taps_first = taps_first
        return most, output

    def of_heads(self, fork: Fork, current: int, *, tapped: bool) -> int:
        """Return the most values while the branches of OUTPUT run; their outputs stay."""
        most, before = 0, tapped
        for branch in fork.branches:
            if branch:
                inside, output = self.of(branch, current, kept=True, tapped=tapped)
                most = max(most, inside)
                tapped = tapped or self.taps_first
                self.apart += 0 if self.taps_last else output
            elif not tapped:
                self.apart += current
                tapped = True
            most = max(most, self.apart + (0 if tapped else current))
        self.taps_first, self.taps_last = tapped and not before, tapped
        return most

    def of_join(self, fork: Fork, current: int, *, kept: bool, tapped: bool) -> tuple[int, int]:
        """Return the same for a join. Branches run one after the other; their outputs wait."""
        reading = [index for index, branch in enumerate(fork.branches) if own_input(branch) is None]
        has_identity = any(not branch for branch in fork.branches)  # ID: the input itself waits
        waiting = most = 0
        before = tapped
        for index, branch in enumerate(fork.branches):
            if not branch:
                continue
            needed = kept or has_identity or index < reading[-1]
            if own_input(branch) is None:
                inside, output = self.of(branch, current, kept=needed, tapped=tapped)
                tapped = tapped or self.taps_first
            else:
                own = _values(own_input(branch))
                self.apart -= own
                inside, output = self.of(branch, own, kept=False)
                inside += current if needed and not tapped else 0
            most = max(most, waiting + inside)
            waiting += 0 if self.taps_last else output
        output = _values(fork.join.sizing.output)
        still_needed = current if (kept or has_identity) and not tapped else 0
        self.taps_first, self.taps_last = tapped and not before, False
        return max(most, waiting + still_needed + output + self.apart), output
