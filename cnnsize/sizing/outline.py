"""The layers of a sized network as steps with all their numbers, nested as they were written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsize.language.tree import Join, LayerNode
from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv, DepthwiseConv, TransposedConv
from cnnsize.layers.pointwise import GroupNorm
from cnnsize.layers.pool import Pool
from cnnsize.layers.reshape import ChannelShuffle
from cnnsize.layers.volume import PerAxis, Volume
from cnnsize.limits import MAX_UNROLLED_LAYERS, MAX_UNROLLED_REPEAT
from cnnsize.record import MaybeNone, Record, list_or_none, public
from cnnsize.sizing.field import Field, Jump, extents, field_through, jump
from cnnsize.sizing.follow import (
    count_steps,
    field_after_iterations,
    field_after_join,
    input_field,
)
from cnnsize.sizing.make import canonical_text, node_letters
from cnnsize.sizing.rows import Block, Fork, Loop, Part, Path, Row, own_input
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.totals import layer_costs
from cnnsize.text.english import counted
from cnnsize.text.span import Span


@public
class Step(Record):
    """One layer with all its numbers. Volumes are (W, H, D), pairs are (W, H).

    A number is None where the layer has no such number (a kernel of RELU), or where a size does not
    work out; on a network that is ``valid``, ``inputs``, ``output``, ``params``, ``macs`` and
    ``activations`` are known.

    ``count`` is more than 1 where a repetition is too long to unroll and this is its last
    iteration; ``params``, ``macs`` and ``activations`` are then those of one iteration.
    """

    kind: str
    text: str
    path: str
    span: Span
    count: int
    inputs: tuple[Volume | MaybeNone, ...]
    output: Volume | MaybeNone
    params: int | MaybeNone
    macs: int | MaybeNone
    activations: int | MaybeNone
    kernel: PerAxis | MaybeNone
    stride: PerAxis | MaybeNone
    padding: PerAxis | MaybeNone
    dilation: PerAxis | MaybeNone
    groups: int | MaybeNone
    remainder: PerAxis | MaybeNone
    receptive_field: PerAxis | MaybeNone
    jump: tuple[Jump, Jump] | MaybeNone
    receptive_padding: PerAxis | MaybeNone
    smallest_receptive_field: PerAxis | MaybeNone  # along the smallest path, not along the largest
    misaligned: bool  # a join whose branches are centred on different input cells
    assumed: tuple[str, ...]
    layer: Layer
    canonical: str  # the layer in canonical text, with the values of its letters

    def __repr__(self) -> str:
        inputs = " and ".join(str(volume or "unknown") for volume in self.inputs)
        numbers = "" if self.params is None else f", {self.params:,} params, {self.macs:,} MACs"
        return (
            f"<Step {self.path} {self.canonical}: {inputs} -> {self.output or 'unknown'}{numbers}>"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the layer as plain data, with the keys of ``layers`` in the JSON report."""
        return {
            "kind": self.kind,
            "text": self.text,
            "canonical": self.canonical,
            "path": self.path,
            "span": list(self.span),
            "count": self.count,
            "in": [list_or_none(volume) for volume in self.inputs],
            "out": list_or_none(self.output),
            "params": self.params,
            "macs": self.macs,
            "activations": self.activations,
            "kernel": list_or_none(self.kernel),
            "stride": list_or_none(self.stride),
            "padding": list_or_none(self.padding),
            "dilation": list_or_none(self.dilation),
            "groups": self.groups,
            "remainder": list_or_none(self.remainder),
            "receptive_field": list_or_none(self.receptive_field),
            "jump": None
            if self.jump is None
            else [value if isinstance(value, int) else str(value) for value in self.jump],
            "receptive_padding": list_or_none(self.receptive_padding),
            "smallest_receptive_field": list_or_none(self.smallest_receptive_field),
            "misaligned": self.misaligned,
        }


@public
class Nest(Record):
    """The steps of a block, a join or a repetition that is not unrolled.

    There is one tuple for each branch of a join, and one for a block or an iteration; ``join`` is
    the step of the join itself.
    """

    part: Block | Fork | Loop
    branches: tuple[tuple[Node, ...], ...]
    join: Step | None = None

    def __eq__(self, other: object) -> bool:  # without the part: its rows are no public data
        return isinstance(other, Nest) and (
            (self.branches, self.join) == (other.branches, other.join)
        )

    def __hash__(self) -> int:
        return hash((self.branches, self.join))

    def __repr__(self) -> str:
        if isinstance(self.part, Loop):
            name = f"x{self.part.times}"
        else:
            name = self.part.name if isinstance(self.part, Block) else self.part.join.layer.kind
        layers = counted(len(steps((self,))), "layer")
        return f"<Nest {name}: {counted(len(self.branches), 'branch', 'branches')}, {layers}>"


Node = Step | Nest


def unrolled_repeat(parts: tuple[Part, ...]) -> int:
    """Return the most layers of a repetition that is unrolled; of longer ones the last iteration is
    listed.
    """
    fold = MAX_UNROLLED_REPEAT
    while count_steps(parts, fold) > MAX_UNROLLED_LAYERS and fold:
        fold //= 10
    return fold


def bound_values(network: SizedNetwork, block: Block) -> dict[str, int]:
    """Return the values of the parameters in a call of a block."""
    parameters = network.architecture.definitions[block.name].parameters or ()
    return dict(zip(parameters, block.arguments, strict=True))


def row_text(row: Row, values: Mapping[str, int]) -> str:
    """Return the layer of a row in canonical text, with the values of its letters."""
    node = row.item.node
    if not isinstance(node, LayerNode):
        return row.layer.kind
    letters = node_letters(node)
    return canonical_text(node, tuple([(name, values[name]) for name in letters if name in values]))


def outline(network: SizedNetwork) -> tuple[Node, ...]:
    """Return all layers in forward order, nested in their blocks, joins and long repetitions.

    Of a repetition that is too long to unroll, the last iteration is listed.
    """
    fold = unrolled_repeat(network.rows)

    def emit(
        parts: tuple[Part, ...],
        field: Field,
        times: int,
        iterations: tuple[tuple[int, int], ...],
        values: Mapping[str, int],
    ) -> tuple[Field, tuple[Node, ...]]:
        nodes: list[Node] = []
        for part in parts:
            if isinstance(part, Row):
                volume = part.inputs[0]
                if volume is None or part.sizing.output is None:
                    field = None
                else:
                    field = field_through(field, part.layer.reach(volume), volume)
                nodes.append(_step_of(network, part, iterations, field, times, values))
            elif isinstance(part, Loop):
                if count_steps(part.body, fold) * part.times > fold:
                    field = field_after_iterations(field, part.body, part.times - 1)
                    here = (*iterations, (part.depth, part.first))
                    field, inner = emit(part.body, field, times * part.times, here, values)
                    nodes.append(Nest(part, (inner,)))
                else:
                    for index in range(part.first, part.first + part.times):
                        here = (*iterations, (part.depth, index))
                        field, inner = emit(part.body, field, times, here, values)
                        nodes += inner
            elif isinstance(part, Fork):
                misaligned = False
                ends = [
                    emit(
                        branch,
                        begin if own_input(branch) else field,
                        times,
                        iterations,
                        values,
                    )
                    for branch in part.branches
                ]
                if not part.makes_outputs:
                    field, misaligned = field_after_join([end for end, _ in ends], part)
                join = _step_of(
                    network, part.join, iterations, field, times, values, misaligned=misaligned
                )
                nodes.append(Nest(part, tuple(branch for _, branch in ends), join))
            else:
                bound = bound_values(network, part)
                field, inner = emit(part.body, field, times, iterations, bound)
                nodes.append(Nest(part, (inner,)))
        return field, tuple(nodes)

    begin = input_field(network.rows)
    return emit(network.rows, begin, 1, (), network.values)[1]


def steps(nodes: tuple[Node, ...]) -> tuple[Step, ...]:
    """Return the steps of an outline in forward order: branch by branch, then the join."""
    flat: list[Step] = []
    for node in nodes:
        if isinstance(node, Step):
            flat.append(node)
            continue
        for branch in node.branches:
            flat += steps(branch)
        if node.join is not None:
            flat.append(node.join)
    return tuple(flat)


def _step_of(
    network: SizedNetwork,
    row: Row,
    iterations: tuple[tuple[int, int], ...],
    field: Field,
    times: int,
    values: Mapping[str, int],
    *,
    misaligned: bool = False,
) -> Step:
    """Return the step of a row: ``field`` is the field of its output, ``times`` its count."""
    layer, volume, output = row.layer, row.inputs[0], row.sizing.output
    kernel = stride = padding = dilation = None
    if isinstance(layer, (Conv, Pool)) and getattr(layer, "to", None) is None:
        w, h = layer.windows
        kernel, stride, dilation, padding = (w.F, h.F), (w.S, h.S), (w.D, h.D), (w.before, h.before)
    elif isinstance(layer, TransposedConv):
        kernel, stride, dilation, padding = layer.F, layer.S, layer.D, layer.P
    groups = None
    if isinstance(layer, DepthwiseConv):
        groups = None if volume is None else volume.D
    elif isinstance(layer, (Conv, TransposedConv, GroupNorm, ChannelShuffle)):
        groups = layer.G
    largest = smallest = jumps = padded = None
    if field is not None and output is not None:
        along_w, along_h = field.largest
        largest = extents(field.largest, output)
        one_path = field.smallest is field.largest
        smallest = largest if one_path else extents(field.smallest, output)
        jumps = (jump(along_w), jump(along_h))
        padded = (-(along_w.lows[0] or 0), -(along_h.lows[0] or 0))
    params, macs, stored = layer_costs(layer, volume, output) or (None, None, None)
    written = row.item.span
    if isinstance(row.item.node, Join):  # its branches are steps of their own
        written = Span(written.start, written.start + len(layer.kind))
    span, text = network.architecture.piece(written)
    return Step(
        layer.kind,
        text,
        path_text(row.path, iterations),
        span,
        times,
        row.inputs,
        output,
        params,
        macs,
        stored,
        kernel,
        stride,
        padding,
        dilation,
        groups,
        row.sizing.remainder,
        largest,
        jumps,
        padded,
        smallest,
        misaligned,
        layer.assumed,
        layer,
        row_text(row, values),
    )


def path_text(path: Path, iterations: tuple[tuple[int, int], ...] = ()) -> str:
    """Return a path as text: ``3.2.0`` is item 3, its iteration 2, item 0 of that; all from 0.

    ``iterations`` are pairs of an index in the path and the iteration number to put there.
    """
    return ".".join(map(str, numbers_of(path, iterations)))


def numbers_of(path: Path, iterations: tuple[tuple[int, int], ...]) -> Path:
    """Return a path in some iterations, as ``path_text`` writes it."""
    numbers = list(path)
    for depth, number in iterations:
        numbers[depth] = number
    return tuple(numbers)
