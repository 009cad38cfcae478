"""The facts that rules use: one table, each with its meaning and the function that computes it.

A rule of scope layer is evaluated for the width and for the height: ``W``, ``F``, ``S``, ``P`` and
the other facts marked so are those of the axis in question. ``rules/README.md`` prints this table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cnnsize.conditions.undefined import UndefinedFactError
from cnnsize.layers.conv import Conv, DepthwiseConv, TransposedConv
from cnnsize.layers.dense import FullyConnected
from cnnsize.layers.pointwise import Dropout, GroupNorm
from cnnsize.layers.pool import Pool
from cnnsize.layers.reshape import ChannelShuffle
from cnnsize.layers.volume import Volume, Window
from cnnsize.record import Record
from cnnsize.sizing.rows import Row
from cnnsize.sizing.strip import strips_of

if TYPE_CHECKING:
    from cnnsize.lint.context import Context


class Facts(dict[str, Any]):
    """The facts about one layer along one axis, or about the whole network, computed on demand.

    Without a context only the facts of scope "layer" are available. ``index`` is that of the layer
    in the context.
    """

    __slots__ = ("axis", "context", "index", "reads_channels", "row")

    def __init__(
        self, row: Row | None, axis: int = 0, context: Context | None = None, index: int = 0
    ) -> None:
        self.row = row
        self.axis = axis
        self.context = context
        self.index = index
        self.reads_channels = False  # whether a fact of CHANNELS was asked for

    def __missing__(self, name: str) -> Any:
        """Compute a fact. Raises UndefinedFactError where it has no value here."""
        if name in CHANNELS:
            self.reads_channels = True
        value = FACTS[name].compute(self)
        if value is None:
            raise UndefinedFactError(f"{name} is not known")
        if name not in CHANNELS:  # these are not kept, so that each rule is seen to read them
            self[name] = value
        return value

    def value_of(self, name: str) -> Any:
        """Return the value of a fact; None where it has none here."""
        try:
            return self[name]
        except (ArithmeticError, KeyError):
            return None

    @property
    def layer_row(self) -> Row:
        """The row of a fact that only a layer has."""
        assert self.row is not None
        return self.row


class Fact(Record):
    """One fact. ``compute`` returns None where the fact has no value."""

    scope: str  # layer (on its own), place (a layer in its network), network or setting
    kind: str  # integer, number, flag or word
    meaning: str
    compute: Callable[[Facts], Any]
    per_axis: bool = False  # whether width and height have a value each


def _window(facts: Facts) -> Window | None:
    """Return the window along the axis; None for layers without one and for adaptive pools."""
    layer, axis = facts.layer_row.layer, facts.axis
    if isinstance(layer, Conv):
        return layer.windows[axis]
    if isinstance(layer, Pool):
        return layer.windows[axis] if layer.to is None else None
    if isinstance(layer, TransposedConv):
        return Window(layer.F[axis], layer.S[axis], layer.P[axis], layer.P[axis], layer.D[axis])
    return None


def _sliding_window(facts: Facts) -> Window | None:
    """Return the window that slides over the input; TCONV has none."""
    return None if isinstance(facts.layer_row.layer, TransposedConv) else _window(facts)


def _of_window(take: Callable[[Window], Any]) -> Callable[[Facts], Any]:
    def compute(facts: Facts) -> Any:
        window = _window(facts)
        return None if window is None else take(window)

    return compute


def _filter_size(axis: int) -> Callable[[Facts], Any]:
    def compute(facts: Facts) -> Any:
        window = _window(Facts(facts.row, axis))
        return None if window is None else window.F

    return compute


def _input_side(facts: Facts, dimension: int) -> int | None:
    volume = facts.layer_row.inputs[0]
    return None if volume is None else volume[dimension]


def _output_side(facts: Facts, dimension: int) -> int | None:
    output = facts.layer_row.sizing.output
    return None if output is None else output[dimension]


def _travel(facts: Facts) -> int | None:
    window, side = _sliding_window(facts), _input_side(facts, facts.axis)
    return None if window is None or side is None else window.span(side)


def _remainder(facts: Facts) -> int | None:
    remainder = facts.layer_row.sizing.remainder
    return None if remainder is None else remainder[facts.axis]


def _unread(facts: Facts) -> int | None:
    row = facts.layer_row
    strips = strips_of(row.layer, row.inputs[0])
    return None if strips is None else strips[facts.axis].unread()


def _filters(facts: Facts) -> int | None:
    if isinstance(facts.layer_row.layer, (Conv, TransposedConv, FullyConnected)):
        return _output_side(facts, 2)
    return None


def _groups(facts: Facts) -> int | None:
    layer = facts.layer_row.layer
    if isinstance(layer, DepthwiseConv):
        return _input_side(facts, 2)
    return layer.G if isinstance(layer, (Conv, TransposedConv, GroupNorm, ChannelShuffle)) else None


def _is_depthwise(facts: Facts) -> bool:
    groups = _groups(facts) or 1
    one_per_channel = groups > 1 and groups == _input_side(facts, 2)
    return one_per_channel and isinstance(facts.layer_row.layer, Conv)


def _has_bias(facts: Facts) -> bool:
    return bool(getattr(facts.layer_row.layer, "bias", False))


def _rate(facts: Facts) -> float | None:
    layer = facts.layer_row.layer
    return layer.rate if isinstance(layer, Dropout) else None


def _covers_map(facts: Facts) -> bool | None:
    """Return whether the filter covers the map along both axes without padding, as an FC does."""
    covers = []
    for axis in (0, 1):
        window = _window(Facts(facts.row, axis))
        if window is None:
            return None
        is_unpadded = window.before == window.after == 0
        covers.append(is_unpadded and window.F_eff == _input_side(facts, axis))
    return all(covers)


def _cost(position: int) -> Callable[[Facts], Any]:
    def compute(facts: Facts) -> Any:
        from cnnsize.sizing.totals import layer_costs  # late: few rules count

        row = facts.layer_row
        costs = layer_costs(row.layer, row.inputs[0], row.sizing.output)
        return None if costs is None else costs[position]

    return compute


def _values(volume: Volume | None) -> int | None:
    return None if volume is None else volume.W * volume.H * volume.D


def _rounds_up(facts: Facts) -> bool:
    window = _window(facts)
    return window is not None and window.ceil


def _is_adaptive(facts: Facts) -> bool:
    layer = facts.layer_row.layer
    return isinstance(layer, Pool) and layer.to is not None


def _is_flat(context: Context, facts: Facts) -> bool:
    from cnnsize.lint.path_flags import FLAT  # late: only loaded where a rule asks

    return bool(context.forward[facts.index] & FLAT)


def _in(take: Callable[[Context, Facts], Any]) -> Callable[[Facts], Any]:
    """Return a function for a fact that needs the context: one of place, network or setting."""

    def compute(facts: Facts) -> Any:
        assert facts.context is not None
        return take(facts.context, facts)

    return compute


def _output_of_network(dimension: int) -> Callable[[Facts], Any]:
    def take(context: Context, facts: Facts) -> int | None:
        output = context.network.output
        return None if output is None else output[dimension]

    return _in(take)


def _budget(name: str) -> Callable[[Facts], Any]:
    def take(context: Context, facts: Facts) -> Any:
        budget = context.settings.budget
        return None if budget is None else getattr(budget, name)

    return _in(take)


# fmt: off
FACTS: dict[str, Fact] = {
    # a layer on its own: its options and its volumes
    "kind": Fact("layer", "word", "canonical name of the layer, such as 'CONV', 'POOL' or 'RELU'", lambda facts: facts.row.layer.kind if facts.row else None),
    "W": Fact("layer", "integer", "input size along the axis", lambda facts: _input_side(facts, facts.axis), True),
    "H": Fact("layer", "integer", "input size along the other axis", lambda facts: _input_side(facts, 1 - facts.axis), True),
    "D_in": Fact("layer", "integer", "input channels", lambda facts: _input_side(facts, 2)),
    "D_out": Fact("layer", "integer", "output channels", lambda facts: _output_side(facts, 2)),
    "out": Fact("layer", "integer", "output size along the axis", lambda facts: _output_side(facts, facts.axis), True),
    "F": Fact("layer", "integer", "filter size of CONV, DWCONV, TCONV, POOL or AVGPOOL; unknown for an adaptive pool", _of_window(lambda window: window.F), True),
    "Fw": Fact("layer", "integer", "filter width, whatever the axis", _filter_size(0)),
    "Fh": Fact("layer", "integer", "filter height, whatever the axis", _filter_size(1)),
    "F_eff": Fact("layer", "integer", "cells that the dilated filter spans: dilation*(F - 1) + 1", _of_window(lambda window: window.F_eff), True),
    "S": Fact("layer", "integer", "stride", _of_window(lambda window: window.S), True),
    "P": Fact("layer", "integer", "zero-padding at the left or top", _of_window(lambda window: window.before), True),
    "P_end": Fact("layer", "integer", "zero-padding at the right or bottom; differs from P only with P=same", _of_window(lambda window: window.after), True),
    "dilation": Fact("layer", "integer", "dilation; 1 if there is none", _of_window(lambda window: window.D), True),
    "n": Fact("layer", "integer", "distance that the filter can travel: W - F_eff + P + P_end", _travel, True),
    "r": Fact("layer", "integer", "cells left over at the far edge: n mod S", _remainder, True),
    "unread": Fact("layer", "integer", "input cells along the axis that no window reads, padding not counted", _unread, True),
    "K": Fact("layer", "integer", "filters of a convolution, or units of FC", _filters),
    "G": Fact("layer", "integer", "groups of a convolution, GN or CHSHUFFLE", _groups),
    "bias": Fact("layer", "flag", "whether the layer has biases", _has_bias),
    "ceil": Fact("layer", "flag", "whether the pool rounds its output size up", _rounds_up),
    "adaptive": Fact("layer", "flag", "whether the pool has a given output size (`to=`)", _is_adaptive),
    "depthwise": Fact("layer", "flag", "whether each channel has its own filters: DWCONV, or CONV with G = D_in > 1", _is_depthwise),
    "whole": Fact("layer", "flag", "whether the filter covers the whole map without padding, which makes it equivalent to FC", _covers_map),
    "rate": Fact("layer", "number", "rate of DROPOUT, DROPOUT2D or DROPPATH", _rate),
    "params": Fact("layer", "integer", "parameters", _cost(0)),
    "macs": Fact("layer", "integer", "multiply-adds with weights, for one input", _cost(1)),
    "activations": Fact("layer", "integer", "values in the output; 0 for a layer that works in place", _cost(2)),
    "values_in": Fact("layer", "integer", "values in the input: W*H*D_in", lambda facts: _values(facts.layer_row.inputs[0])),
    "values_out": Fact("layer", "integer", "values in the output", lambda facts: _values(facts.layer_row.sizing.output)),
    # a layer in its network
    "prev": Fact("place", "word", "kind of the preceding layer; '' at the input, 'several' if paths differ", _in(lambda context, facts: context.kind_before(facts.index))),
    "next": Fact("place", "word", "kind of the following layer; '' at the end, 'several' if paths differ", _in(lambda context, facts: context.kind_after(facts.index))),
    "first": Fact("place", "flag", "whether this is the first convolution of the network", _in(lambda context, facts: facts.index == context.first_convolution)),
    "last": Fact("place", "flag", "whether nothing follows but OUTPUT and LOSS", _in(lambda context, facts: context.is_last(facts.index))),
    "flat": Fact("place", "flag", "whether every path to this layer has an FC or FLATTEN, so that its input is a vector", _in(_is_flat)),
    "in_join": Fact("place", "flag", "whether the layer is in a branch of a join or of OUTPUT", _in(lambda context, facts: context.graph.branch_numbers[facts.index] > 0)),
    "rf": Fact("place", "integer", "receptive field of the output, along the path with the largest", _in(lambda context, facts: context.receptive_field(facts.index, facts.axis, "output")), True),
    "rf_in": Fact("place", "integer", "receptive field of the input, along the path with the largest", _in(lambda context, facts: context.receptive_field(facts.index, facts.axis, "input")), True),
    "rf_in_min": Fact("place", "integer", "receptive field of the input, along the path with the smallest", _in(lambda context, facts: context.receptive_field(facts.index, facts.axis, "smallest input")), True),
    "jump": Fact("place", "number", "input cells of the network between neighbouring output positions", _in(lambda context, facts: context.jump(facts.index, facts.axis)), True),
    "W0": Fact("place", "integer", "input size of the network along the axis", _in(lambda context, facts: context.network.input[facts.axis]), True),
    # the network
    "input_W": Fact("network", "integer", "input width", _in(lambda context, facts: context.network.input.W)),
    "input_H": Fact("network", "integer", "input height", _in(lambda context, facts: context.network.input.H)),
    "input_D": Fact("network", "integer", "input channels", _in(lambda context, facts: context.network.input.D)),
    "output_W": Fact("network", "integer", "output width", _output_of_network(0)),
    "output_H": Fact("network", "integer", "output height", _output_of_network(1)),
    "output_D": Fact("network", "integer", "output channels", _output_of_network(2)),
    "total_params": Fact("network", "integer", "parameters", _in(lambda context, facts: context.total_params)),
    "total_macs": Fact("network", "integer", "multiply-adds, for one input", _in(lambda context, facts: context.total_macs())),
    "total_activations": Fact("network", "integer", "values in all volumes, for one input", _in(lambda context, facts: context.network.activations)),
    "total_memory": Fact("network", "integer", "bytes of all volumes, at 4 bytes per value", _in(lambda context, facts: context.network.memory_bytes)),
    "convs": Fact("network", "integer", "convolutions, every iteration counted", _in(lambda context, facts: context.count("CONV", "DWCONV", "TCONV"))),
    "fcs": Fact("network", "integer", "FC layers outside of branches, every iteration counted", _in(lambda context, facts: context.count_outside_joins("FC"))),
    "norms": Fact("network", "integer", "BN, GN, LN, IN and LRN layers, every iteration counted", _in(lambda context, facts: context.count("BN", "GN", "LN", "IN", "LRN"))),
    # settings
    "rounding": Fact("setting", "word", "'torch', 'strict' or 'floor'", _in(lambda context, facts: context.settings.rounding)),
    "target": Fact("setting", "word", "'torch' or 'tensorflow'", _in(lambda context, facts: context.settings.target)),
    "hardware": Fact("setting", "word", "'nvidia', or '' if not set", _in(lambda context, facts: context.settings.hardware or "")),
    "loss": Fact("setting", "word", "'cross-entropy', or '' if not set", _in(lambda context, facts: context.settings.loss or "")),
    "budget_params": Fact("setting", "integer", "budget of parameters; unknown if not set", _budget("params")),
    "budget_macs": Fact("setting", "integer", "budget of multiply-adds; unknown if not set", _budget("macs")),
    "budget_memory": Fact("setting", "integer", "budget of activation memory in bytes; unknown if not set", _budget("memory")),
}
# fmt: on
# Facts of a layer that depend on numbers of channels. All other local facts are the same for layers
# that differ in their widths alone, on maps of the same width and height.
CHANNELS = frozenset(
    [
        *("D_in", "D_out", "K", "G", "depthwise"),
        *("params", "macs", "activations", "values_in", "values_out"),
    ]
)
LOCAL = frozenset(name for name, fact in FACTS.items() if fact.scope == "layer")


def fact_kinds(scope: str) -> dict[str, str]:
    """Return the facts that a rule of this scope may use, each with its kind."""
    scopes = (
        ("layer", "place", "network", "setting") if scope == "layer" else ("network", "setting")
    )
    return {name: fact.kind for name, fact in FACTS.items() if fact.scope in scopes}
