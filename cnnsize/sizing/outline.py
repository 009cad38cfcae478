"""Parameters, multiply-adds, activations and receptive field: folds over a SizedNetwork's rows.

Every formula stands here once, with its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cnnsize.language.tree import LayerNode
from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv, DepthwiseConv, TransposedConv
from cnnsize.layers.joins import Joined
from cnnsize.layers.pointwise import GroupNorm
from cnnsize.layers.pool import Pool
from cnnsize.layers.reshape import ChannelShuffle
from cnnsize.layers.volume import Volume
from cnnsize.limits import UNROLL_ALL, UNROLL_ONE
from cnnsize.record import Record
from cnnsize.sizing.field import Field, Jump, Two, extents, field_through, jump
from cnnsize.sizing.follow import field_after_iterations, field_after_join, input_field, length
from cnnsize.sizing.make import canonical_layer, node_letters
from cnnsize.sizing.rows import Block, Fork, Loop, Part, Path, Row
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.totals import layer_costs
from cnnsize.text.span import Span


class Step(Record):
    """One layer with all its numbers. Volumes are (W, H, D), pairs (W, H); None is unknown.

    ``count`` is more than 1 where a repeat is too long to unroll and this is its last pass;
    ``params``, ``macs`` and ``activations`` are then of one pass.
    """

    kind: str
    text: str
    path: str
    span: Span
    count: int
    inputs: tuple[Volume | None, ...]
    output: Volume | None
    params: int | None
    macs: int | None
    activations: int | None
    kernel: Two | None
    stride: Two | None
    padding: Two | None
    dilation: Two | None
    groups: int | None
    remainder: Two | None
    receptive_field: Two | None
    jump: tuple[Jump, Jump] | None
    receptive_padding: Two | None
    smallest_receptive_field: (
        Two | None
    )  # along the smallest path; receptive_field is along the largest
    misaligned: bool  # a join whose branches are centred on different input cells
    assumed: tuple[str, ...]
    layer: Layer
    canonical: str  # the layer in canonical text, with the values of its letters


class Nest(NamedTuple):
    """The steps of a block or of a join: one list for each branch (a block has one), and the join's
    own.
    """

    part: Block | Fork
    branches: tuple[tuple[Node, ...], ...]
    join: Step | None = None


Node = Step | Nest


def outline(network: SizedNetwork) -> tuple[Node, ...]:
    """All layers in forward order, nested in their blocks and joins; a repeat too long to unroll
    keeps one pass, the last.
    """
    fold = UNROLL_ONE
    sizes: dict[int, int] = {}
    while length(network.rows, fold, sizes) > UNROLL_ALL and fold:
        fold //= 10

    def emit(
        parts: tuple[Part, ...],
        field: Field,
        times: int,
        passes: tuple[Two, ...],
        values: Mapping[str, int],
    ) -> tuple[Field, tuple[Node, ...]]:
        found: list[Node] = []
        for part in parts:
            if isinstance(part, Row):
                volume = part.inputs[0]
                if volume is None or part.sizing.output is None:
                    field = None
                else:
                    field = field_through(field, part.layer.reach(volume), volume)
                found.append(_step_of(network, part, passes, field, times, values))
            elif isinstance(part, Loop):
                if sizes[id(part)] > fold:
                    field = field_after_iterations(field, part.body, part.times - 1)
                    here = (*passes, (part.depth, part.first))
                    field, inner = emit(part.body, field, times * part.times, here, values)
                    found += inner
                else:
                    for index in range(part.first, part.first + part.times):
                        field, inner = emit(
                            part.body, field, times, (*passes, (part.depth, index)), values
                        )
                        found += inner
            elif isinstance(part, Fork):
                ends = [emit(branch, field, times, passes, values) for branch in part.branches]
                field, misaligned = field_after_join([end for end, _ in ends], part.join)
                join = _step_of(network, part.join, passes, field, times, values, misaligned)
                found.append(Nest(part, tuple(nodes for _, nodes in ends), join))
            else:
                parameters = network.architecture.definitions[part.name].parameters or ()
                bound = dict(zip(parameters, part.arguments, strict=True))
                field, inner = emit(part.body, field, times, passes, bound)
                found.append(Nest(part, (inner,)))
        return field, tuple(found)

    return emit(network.rows, input_field(network.rows), 1, (), network.values)[1]


def steps(nodes: tuple[Node, ...]) -> tuple[Step, ...]:
    """The layers of an outline in forward order, branch by branch and the join behind them."""
    found: list[Step] = []
    for node in nodes:
        if isinstance(node, Step):
            found.append(node)
            continue
        for branch in node.branches:
            found += steps(branch)
        if node.join is not None:
            found.append(node.join)
    return tuple(found)


def _step_of(
    network: SizedNetwork,
    row: Row,
    passes: tuple[Two, ...],
    field: Field,
    times: int,
    values: Mapping[str, int],
    misaligned: bool = False,
) -> Step:
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
    seen = least = leap = pads = None
    if field is not None and output is not None:
        along_w, along_h = field.largest
        seen = extents(field.largest, output)
        least = seen if field.smallest is field.largest else extents(field.smallest, output)
        leap = (jump(along_w), jump(along_h))
        pads = (-(along_w.lows[0] or 0), -(along_h.lows[0] or 0))
    params, macs, stored = layer_costs(layer, volume, output) or (None, None, None)
    written = row.item.span
    if isinstance(layer, Joined):  # its branches are steps of their own
        written = Span(written.start, written.start + len(layer.kind))
    span, text = network.architecture.piece(written)
    node = row.item.node
    canonical = layer.kind
    if isinstance(node, LayerNode):
        letters = node_letters(node)
        canonical = canonical_layer(
            node, tuple([(name, values[name]) for name in letters if name in values])
        )
    return Step(
        layer.kind,
        text,
        path_text(row.path, passes),
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
        seen,
        leap,
        pads,
        least,
        misaligned,
        layer.assumed,
        layer,
        canonical,
    )


def path_text(path: Path, passes: tuple[Two, ...] = ()) -> str:
    """``3.2.0``: item 3, its pass 2, item 0 in that; all from 0."""
    places = list(path)
    for depth, index in passes:
        places[depth] = index
    return ".".join(map(str, places))
