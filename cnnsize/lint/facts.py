"""The facts that rules speak of: one table, each with its meaning and how it is worked out.

A rule is evaluated once an axis: ``W F S P`` and the other facts marked so are those of the axis at
hand. ``rules/README.md`` prints this table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnsize.conditions.undefined import UndefinedFactError
from cnnsize.layers.conv import Conv, DepthwiseConv, TransposedConv
from cnnsize.layers.dense import FullyConnected
from cnnsize.layers.pointwise import Dropout, GroupNorm
from cnnsize.layers.pool import Pool
from cnnsize.layers.reshape import ChannelShuffle
from cnnsize.layers.volume import Window
from cnnsize.sizing.rows import Row

if TYPE_CHECKING:
    from cnnsize.lint.context import Context


class Facts(dict[str, Any]):
    """What is known of one layer on one axis, or of the whole network; worked out when first asked
    for.
    """

    __slots__ = ("axis", "context", "index", "row")

    def __init__(
        self, row: Row | None, axis: int = 0, context: Context | None = None, index: int = 0
    ) -> None:
        self.row = row
        self.axis = axis
        self.context = context
        self.index = index

    def __missing__(self, name: str) -> Any:
        value = FACTS[name].find(self)
        if value is None:
            raise UndefinedFactError(f"{name} is not known")
        self[name] = value
        return value

    def known(self, name: str) -> Any:
        """The value, or None."""
        try:
            return self[name]
        except (ArithmeticError, KeyError):
            return None


class Fact(NamedTuple):
    """One fact. ``scope``: of a layer alone, of a layer in its place, of the network, or a
    setting.
    """

    scope: str  # layer, place, network or setting
    kind: str  # integer, number, flag or word
    meaning: str
    find: Callable[[Facts], Any]
    axis: bool = False  # does each axis have its own?


def _window(f: Facts) -> Window | None:
    """The window on this axis; none where there is none, or its size is worked out backwards."""
    assert f.row is not None
    layer = f.row.layer
    if isinstance(layer, Conv):
        return layer.windows[f.axis]
    if isinstance(layer, Pool):
        return layer.windows[f.axis] if layer.to is None else None
    if isinstance(layer, TransposedConv):
        axis = f.axis
        return Window(layer.F[axis], layer.S[axis], layer.P[axis], layer.P[axis], layer.D[axis])
    return None


def _of_window(take: Callable[[Window], Any]) -> Callable[[Facts], Any]:
    def find(f: Facts) -> Any:
        window = _window(f)
        return None if window is None else take(window)

    return find


def _filter(axis: int) -> Callable[[Facts], Any]:
    def find(f: Facts) -> Any:
        window = _window(Facts(f.row, axis))
        return None if window is None else window.F

    return find


def _volume(f: Facts, at: int) -> int | None:
    assert f.row is not None
    volume = f.row.inputs[0]
    return None if volume is None else volume[at]


def _output(f: Facts, at: int) -> int | None:
    assert f.row is not None
    output = f.row.sizing.output
    return None if output is None else output[at]


def _travel(f: Facts) -> int | None:
    assert f.row is not None
    window = None if isinstance(f.row.layer, TransposedConv) else _window(f)
    size = _volume(f, f.axis)
    return None if window is None or size is None else window.span(size)


def _remainder(f: Facts) -> int | None:
    assert f.row is not None
    r = f.row.sizing.remainder
    return None if r is None else r[f.axis]


def _unread(f: Facts) -> int | None:
    assert f.row is not None
    window = None if isinstance(f.row.layer, TransposedConv) else _window(f)
    size = _volume(f, f.axis)
    return None if window is None or size is None else window.unread(size)


def _channels(f: Facts) -> int | None:
    assert f.row is not None
    layer = f.row.layer
    if isinstance(layer, (Conv, TransposedConv, FullyConnected)):
        return _output(f, 2)
    return None


def _groups(f: Facts) -> int | None:
    assert f.row is not None
    layer = f.row.layer
    if isinstance(layer, DepthwiseConv):
        return _volume(f, 2)
    return layer.G if isinstance(layer, (Conv, TransposedConv, GroupNorm, ChannelShuffle)) else None


def _depthwise(f: Facts) -> bool:
    groups = _groups(f)
    return (
        isinstance(f.row and f.row.layer, Conv)
        and groups is not None
        and groups > 1
        and groups == _volume(f, 2)
    )


def _bias(f: Facts) -> bool:
    return bool(getattr(f.row and f.row.layer, "bias", False))


def _rate(f: Facts) -> float | None:
    assert f.row is not None
    return f.row.layer.rate if isinstance(f.row.layer, Dropout) else None


def _whole(f: Facts) -> bool | None:
    """One position on both axes, without padding: a fully connected layer by another name."""
    windows = [_window(Facts(f.row, axis)) for axis in (0, 1)]
    if windows[0] is None or windows[1] is None:
        return None
    return all(
        window is not None
        and window.before == window.after == 0
        and window.F_eff == _volume(f, axis)
        for axis, window in enumerate(windows)
    )


def _numbers(at: int) -> Callable[[Facts], Any]:
    def find(f: Facts) -> Any:
        from cnnsize.sizing.totals import layer_costs  # late: few rules count

        assert f.row is not None
        found = layer_costs(f.row.layer, f.row.inputs[0], f.row.sizing.output)
        return None if found is None else found[at]

    return find


def _values(f: Facts, which: str) -> int | None:
    assert f.row is not None
    volume = f.row.inputs[0] if which == "in" else f.row.sizing.output
    return None if volume is None else volume.W * volume.H * volume.D


def _ceil(f: Facts) -> bool:
    window = _window(f)
    return window is not None and window.ceil


def _adaptive(f: Facts) -> bool:
    assert f.row is not None
    return isinstance(f.row.layer, Pool) and f.row.layer.to is not None


def _flat(c: Context, f: Facts) -> bool:
    from cnnsize.lint.context import FLAT  # late: that module is only loaded where a rule asks

    return bool(c.forward[f.index] & FLAT)


def _in(take: Callable[[Context, Facts], Any]) -> Callable[[Facts], Any]:
    """A fact of the place or the network."""

    def find(f: Facts) -> Any:
        assert f.context is not None
        return take(f.context, f)

    return find


def _budget(name: str) -> Callable[[Facts], Any]:
    def find(f: Facts) -> Any:
        assert f.context is not None
        budget = f.context.settings.budget
        return None if budget is None else getattr(budget, name)

    return find


# fmt: off
FACTS: dict[str, Fact] = {
    # of a layer alone: what it is and the volume that comes in
    "kind": Fact("layer", "word", "the layer's canonical name: 'CONV', 'POOL', 'RELU'", lambda f: f.row.layer.kind if f.row else None),
    "W": Fact("layer", "integer", "size of the map that comes in, along the axis at hand", lambda f: _volume(f, f.axis), True),
    "H": Fact("layer", "integer", "its size along the other axis", lambda f: _volume(f, 1 - f.axis), True),
    "D_in": Fact("layer", "integer", "depth that comes in", lambda f: _volume(f, 2)),
    "D_out": Fact("layer", "integer", "depth that comes out", lambda f: _output(f, 2)),
    "out": Fact("layer", "integer", "size of the map that comes out", lambda f: _output(f, f.axis), True),
    "F": Fact("layer", "integer", "filter size (of CONV, DWCONV, TCONV, POOL, AVGPOOL; not of an adaptive pool)", _of_window(lambda w: w.F), True),
    "Fw": Fact("layer", "integer", "filter size along the width, whatever the axis", _filter(0)),
    "Fh": Fact("layer", "integer", "filter size along the height, whatever the axis", _filter(1)),
    "F_eff": Fact("layer", "integer", "cells that the filter spans: dilation*(F - 1) + 1", _of_window(lambda w: w.F_eff), True),
    "S": Fact("layer", "integer", "stride", _of_window(lambda w: w.S), True),
    "P": Fact("layer", "integer", "zero-padding at the left or top", _of_window(lambda w: w.before), True),
    "P_end": Fact("layer", "integer", "zero-padding at the right or bottom; as P but for P=same", _of_window(lambda w: w.after), True),
    "dilation": Fact("layer", "integer", "dilation, 1 where dense (depth is never D here)", _of_window(lambda w: w.D), True),
    "n": Fact("layer", "integer", "how far the filter can travel: W - F_eff + P + P_end", _travel, True),
    "r": Fact("layer", "integer", "cells left over at the far edge: n mod S", _remainder, True),
    "unread": Fact("layer", "integer", "cells along the axis at hand that no window reads, padding not counted", _unread, True),
    "K": Fact("layer", "integer", "filters of a convolution, units of FC", _channels),
    "G": Fact("layer", "integer", "groups of a convolution, GN or CHSHUFFLE", _groups),
    "bias": Fact("layer", "flag", "are there biases?", _bias),
    "ceil": Fact("layer", "flag", "does the pool round up?", _ceil),
    "adaptive": Fact("layer", "flag", "does the pool have a size to come out, `to=`?", _adaptive),
    "depthwise": Fact("layer", "flag", "has each channel filters of its own: DWCONV, or CONV with G = D_in > 1?", _depthwise),
    "whole": Fact("layer", "flag", "is the filter as large as the map, unpadded: FC by another name?", _whole),
    "rate": Fact("layer", "number", "of DROPOUT, DROPOUT2D, DROPPATH", _rate),
    "params": Fact("layer", "integer", "learned numbers", _numbers(0)),
    "macs": Fact("layer", "integer", "multiply-adds by weights, of one input", _numbers(1)),
    "activations": Fact("layer", "integer", "values of the volume that comes out; 0 for what works in place", _numbers(2)),
    "values_in": Fact("layer", "integer", "W*H*D_in", lambda f: _values(f, "in")),
    "values_out": Fact("layer", "integer", "the same of what comes out", lambda f: _values(f, "out")),
    # of a layer in its place
    "prev": Fact("place", "word", "kind of the layer before it: '' at the beginning, 'several' where paths differ", _in(lambda c, f: c.kind_before(f.index))),
    "next": Fact("place", "word", "kind of the layer behind it: '' at the end, 'several' where paths differ", _in(lambda c, f: c.kind_after(f.index))),
    "first": Fact("place", "flag", "is it the first convolution of the network?", _in(lambda c, f: f.index == c.first_conv)),
    "last": Fact("place", "flag", "is there nothing behind it but OUTPUT and LOSS?", _in(lambda c, f: c.is_last(f.index))),
    "flat": Fact("place", "flag", "does FC or FLATTEN stand before it on every path, so that what comes in is no map?", _in(_flat)),
    "in_join": Fact("place", "flag", "does it stand in a branch of a join?", _in(lambda c, f: c.graph.branches[f.index] > 0)),
    "rf": Fact("place", "integer", "receptive field of what comes out, along the largest path", _in(lambda c, f: c.field(f.index, f.axis, "out")), True),
    "rf_in": Fact("place", "integer", "receptive field of what comes in, along the largest path", _in(lambda c, f: c.field(f.index, f.axis, "in")), True),
    "rf_in_min": Fact("place", "integer", "the same along the smallest path", _in(lambda c, f: c.field(f.index, f.axis, "least")), True),
    "jump": Fact("place", "number", "input cells between neighbouring positions of what comes out", _in(lambda c, f: c.field(f.index, f.axis, "jump")), True),
    "W0": Fact("place", "integer", "size of the network's input along the axis at hand", _in(lambda c, f: c.network.input[f.axis]), True),
    # of the network
    "input_W": Fact("network", "integer", "width of the input", _in(lambda c, f: c.network.input.W)),
    "input_H": Fact("network", "integer", "height of the input", _in(lambda c, f: c.network.input.H)),
    "input_D": Fact("network", "integer", "depth of the input", _in(lambda c, f: c.network.input.D)),
    "output_W": Fact("network", "integer", "width of what comes out", _in(lambda c, f: c.network.output and c.network.output.W)),
    "output_H": Fact("network", "integer", "height of what comes out", _in(lambda c, f: c.network.output and c.network.output.H)),
    "output_D": Fact("network", "integer", "depth of what comes out", _in(lambda c, f: c.network.output and c.network.output.D)),
    "total_params": Fact("network", "integer", "learned numbers of the whole network", _in(lambda c, f: c.total_params())),
    "total_macs": Fact("network", "integer", "multiply-adds of the whole network", _in(lambda c, f: c.total_macs())),
    "total_activations": Fact("network", "integer", "values of all its volumes", _in(lambda c, f: c.network.activations)),
    "total_memory": Fact("network", "integer", "bytes of all its volumes, 4 a value", _in(lambda c, f: c.network.memory_bytes)),
    "convs": Fact("network", "integer", "convolutions, repeats counted out", _in(lambda c, f: c.count("CONV", "DWCONV", "TCONV"))),
    "fcs": Fact("network", "integer", "FC layers outside of joins, repeats counted out", _in(lambda c, f: c.count_outside("FC"))),
    "norms": Fact("network", "integer", "BN, GN, LN, IN and LRN, repeats counted out", _in(lambda c, f: c.count("BN", "GN", "LN", "IN", "LRN"))),
    # settings
    "rounding": Fact("setting", "word", "'torch', 'strict' or 'floor'", _in(lambda c, f: c.settings.rounding)),
    "target": Fact("setting", "word", "'torch' or 'tensorflow'", _in(lambda c, f: c.settings.target)),
    "hardware": Fact("setting", "word", "'nvidia', or '' where none is given", _in(lambda c, f: c.settings.hardware or "")),
    "loss": Fact("setting", "word", "'cross-entropy', or '' where none is given", _in(lambda c, f: c.settings.loss or "")),
    "budget_params": Fact("setting", "integer", "the most parameters; unknown where no budget is given", _budget("params")),
    "budget_macs": Fact("setting", "integer", "the most multiply-adds", _budget("macs")),
    "budget_memory": Fact("setting", "integer", "the most bytes of activations", _budget("memory")),
}
LOCAL = frozenset(name for name, fact in FACTS.items() if fact.scope == "layer")


def kinds(scope: str) -> dict[str, str]:
    """The facts that a rule of a scope may use, and their kinds."""
    with_layer = scope == "layer"
    return {name: fact.kind for name, fact in FACTS.items() if with_layer or fact.scope in ("network", "setting")}
