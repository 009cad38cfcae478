"""What each function of torch means in the notation: a table of functions by their names.

A function gets the recorder and the call, and adds a node, an alias, or a reason why the notation
does not have it. Pairs of torch are (H, W), those of the notation (W, H).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from cnnsize.models.axes import (
    Axes,
    is_map,
    is_vector,
    map_axes,
    names_of,
    permuted,
    shuffled_groups,
    size_named,
    size_of,
    vector_axes,
    viewed,
    without,
)
from cnnsize.models.axes import axis_of as axis
from cnnsize.models.flow import UnreadableModelError
from cnnsize.models.recorder import Recorder, Value, tensors_in

ACTIVATIONS = {
    "relu": "RELU",
    "relu6": "RELU6",
    "leaky_relu": "LRELU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SILU",
    "mish": "MISH",
    "hardswish": "HSWISH",
    "hardsigmoid": "HSIGMOID",
    "sigmoid": "SIGMOID",
    "tanh": "TANH",
    "softplus": "SOFTPLUS",
}
# Functions that return something about a tensor, or the tensor itself.
TRANSPARENT = frozenset(
    [
        "contiguous",
        "clone",
        "detach",
        "to",
        "float",
        "half",
        "double",
        "bfloat16",
        "cpu",
        "cuda",
        "type",
        "type_as",
        "requires_grad_",
        "expand_as",
        "_assert",
        "data",
        "__get__",
        "pin_memory",
        "alias",
    ]
)
NOT_READ = frozenset(
    ["size", "dim", "numel", "stride", "is_contiguous", "__len__", "is_floating_point"]
)
# Functions of a single value that change no size, and that the notation leaves out.
ARITHMETIC = frozenset(
    [
        "add",
        "sub",
        "mul",
        "div",
        "truediv",
        "radd",
        "rsub",
        "rmul",
        "pow",
        "neg",
        "clamp",
        "clip",
        "exp",
        "log",
        "sqrt",
        "rsqrt",
        "abs",
        "square",
        "sin",
        "cos",
        "round",
        "floor",
    ]
)


class Call:
    """One call of a function of torch."""

    def __init__(
        self,
        recorder: Recorder,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        live: list[Value],
        output: Any,
    ) -> None:
        self.recorder = recorder
        self.args = args
        self.kwargs = kwargs
        self.live = live  # what is known of the operands that come from the input, in order
        self.output = output

    def argument(self, index: int, name: str, default: Any = None) -> Any:
        """Return an argument by its position or its name."""
        if len(self.args) > index:
            return self.args[index]
        return self.kwargs.get(name, default)

    @property
    def axes(self) -> Axes:
        """The axes of the first operand."""
        return self.live[0].axes

    def add(self, kind: str, options: dict[str, Any] | None = None, **more: Any) -> None:
        """Add a layer with the first operand as its input."""
        self.recorder.add(self.output, kind, options or {}, self.live[:1], **more)

    def alias(self, axes: Axes | None = None) -> None:
        """Let the output be the first operand, with other axes if given."""
        value = self.live[0] if axes is None else self.live[0]._replace(axes=axes)
        self.recorder.alias(self.output, value)

    def give_up(self, reason: str) -> None:
        """Say why the notation does not have this call."""
        self.recorder.give_up(self.output, self.live, reason)

    def map_of_output(self) -> Axes:
        """Return the axes of an output N x C x H x W."""
        batch, channels, height, width = self.output.shape
        return map_axes(batch, channels, height, width)

    def needs_map(self, what: str) -> bool:
        """Return whether the operand is N x C x H x W; otherwise say that it is not."""
        if is_map(self.axes):
            return True
        self.give_up(f"{what} of a tensor that is not N x C x H x W")
        return False


def record_call(
    recorder: Recorder,
    function: Any,
    args: Any,
    kwargs: dict[str, Any],
    live: list[Value],
    output: Any,
) -> None:
    """Record a call on operands that come from the input."""
    name = name_of(function)
    if name in NOT_READ:
        return
    call = Call(recorder, args, kwargs, live, output)
    handler = HANDLERS.get(name)
    try:
        if handler is not None:
            handler(call)
        elif name in ACTIVATIONS:
            call.add(ACTIVATIONS[name])
        elif name in TRANSPARENT:
            transparent(call)
        elif name in ARITHMETIC and len(live) == 1:
            arithmetic(call, name)
        else:
            call.give_up(f"{name}()")
    except UnreadableModelError as error:
        if "share" in str(error):
            raise
        call.give_up(str(error))


def name_of(function: Any) -> str:
    """Return the plain name of a function: ``add`` for ``__iadd__`` and ``add_``."""
    name: str = getattr(function, "__name__", str(function))
    if name.startswith("__") and name.endswith("__"):
        name = name.strip("_")
        if name == "get":
            return "__get__"
        if name in ("len", "getitem"):
            return f"__{name}__"
        return name[1:] if name in ("iadd", "isub", "imul", "itruediv") else name
    if name.startswith("_") or not name.endswith("_"):
        return name
    return name[:-1]


def pair(value: Any) -> tuple[int, int]:
    """Return (W, H) of torch's (H, W), of a single number or of a list of one."""
    if isinstance(value, (tuple, list)):
        if len(value) == 1:
            return (int(value[0]), int(value[0]))
        return (int(value[1]), int(value[0]))
    return (int(value), int(value))


def short(value: tuple[int, int]) -> int | tuple[int, int]:
    """Return one number for a pair of equal ones."""
    return value[0] if value[0] == value[1] else value


# -- layers with weights ----------------------------------------


def conv2d(call: Call) -> None:
    weight, bias = call.argument(1, "weight"), call.argument(2, "bias")
    if not call.needs_map("a convolution"):
        return
    padding = call.argument(4, "padding", 0)
    groups = int(call.argument(6, "groups", 1))
    K, depth = weight.shape[0], size_named(call.axes, "C")
    options: dict[str, Any] = {"F": short(pair(weight.shape[2:]))}
    is_depthwise = groups == depth > 1 and K % depth == 0
    if not is_depthwise:
        options["K"] = K
    options["S"] = short(pair(call.argument(3, "stride", 1)))
    options["P"] = padding if isinstance(padding, str) else short(pair(padding))
    options["D"] = short(pair(call.argument(5, "dilation", 1)))
    if is_depthwise:
        options["M"] = K // depth
    else:
        options["G"] = groups
    if options["P"] == "valid":
        options["P"] = 0
    options["bias"] = bias is not None
    positions = call.output.shape[2] * call.output.shape[3]
    call.add(
        "DWCONV" if is_depthwise else "CONV",
        options,
        axes=call.map_of_output(),
        weights=(weight, bias),
        macs=weight.numel() * positions,
    )


def conv_transpose2d(call: Call) -> None:
    weight, bias = call.argument(1, "weight"), call.argument(2, "bias")
    if not call.needs_map("a transposed convolution"):
        return
    groups = int(call.argument(6, "groups", 1))
    options = {
        "F": short(pair(weight.shape[2:])),
        "K": weight.shape[1] * groups,
        "S": short(pair(call.argument(3, "stride", 1))),
        "P": short(pair(call.argument(4, "padding", 0))),
        "D": short(pair(call.argument(7, "dilation", 1))),
        "G": groups,
        "output_padding": short(pair(call.argument(5, "output_padding", 0))),
        "bias": bias is not None,
    }
    positions = size_named(call.axes, "H") * size_named(call.axes, "W")
    call.add(
        "TCONV",
        options,
        axes=call.map_of_output(),
        weights=(weight, bias),
        macs=weight.numel() * positions,
    )


def linear(call: Call) -> None:
    weight, bias = call.argument(1, "weight"), call.argument(2, "bias")
    axes = call.axes
    if names_of(axes[-1]) not in ("C", ""):
        call.give_up("a Linear over an axis other than the channels")
        return
    K = weight.shape[0]
    others = size_named(axes, "H") * size_named(axes, "W")
    options = {"K": K, "bias": bias is not None}
    kind = "FC"
    if others > 1:
        kind = "CONV"
        options = {"F": 1, "K": K, "S": 1, "P": 0, "D": 1, "G": 1, "bias": bias is not None}
    call.add(
        kind,
        options,
        axes=(*axes[:-1], axis("C", K)),
        weights=(weight, bias),
        macs=weight.numel() * others,
    )


def batch_norm(call: Call) -> None:
    weight, bias = call.argument(3, "weight"), call.argument(4, "bias")
    if not (is_map(call.axes) or is_vector(call.axes)):
        call.give_up("a BatchNorm of a tensor that is not N x C x H x W")
        return
    call.add("BN", {"affine": weight is not None}, weights=(weight, bias))


def layer_norm(call: Call) -> None:
    shape, weight, bias = (call.argument(index, name) for index, name in NORM_ARGUMENTS)
    if len(shape) != 1 or names_of(call.axes[-1]) not in ("C", ""):
        call.give_up("a LayerNorm over more than the channels")
        return
    if (weight is None) != (bias is None):
        call.give_up("a LayerNorm with a weight and no bias")
        return
    call.add("LN", {"affine": weight is not None}, weights=(weight, bias))


NORM_ARGUMENTS = ((1, "normalized_shape"), (2, "weight"), (3, "bias"))


def group_norm(call: Call) -> None:
    weight, bias = call.argument(2, "weight"), call.argument(3, "bias")
    groups = int(call.argument(1, "num_groups"))
    if call.needs_map("a GroupNorm"):
        call.add("GN", {"G": groups, "affine": weight is not None}, weights=(weight, bias))


def instance_norm(call: Call) -> None:
    weight, bias = call.argument(3, "weight"), call.argument(4, "bias")
    if call.needs_map("an InstanceNorm"):
        call.add("IN", {"affine": weight is not None}, weights=(weight, bias))


def prelu(call: Call) -> None:
    weight = call.argument(1, "weight")
    options = {"per": "channel"} if weight.numel() > 1 else {}
    call.add("PRELU", options, weights=(weight,))


# -- pools ----------------------------------------


def max_pool2d(call: Call) -> None:
    pool(
        call,
        "POOL",
        dilation=call.argument(4, "dilation", 1),
        ceil=call.argument(5, "ceil_mode", False),
    )


def avg_pool2d(call: Call) -> None:
    if call.argument(6, "divisor_override") is not None:
        call.recorder.notes["divisor_override of a pool is left out"] = None
    counts = call.argument(5, "count_include_pad", True)
    pool(call, "AVGPOOL", ceil=call.argument(4, "ceil_mode", False), include_pad=counts)


def pool(call: Call, kind: str, *, ceil: bool, dilation: Any = 1, include_pad: bool = True) -> None:
    """Add a pool; both kinds have their first arguments in common."""
    if not call.needs_map("a pool"):
        return
    kernel = pair(call.argument(1, "kernel_size"))
    stride = call.argument(2, "stride")
    padding = pair(call.argument(3, "padding", 0))
    options: dict[str, Any] = {
        "F": short(kernel),
        "S": short(kernel if stride in (None, [], ()) else pair(stride)),
        "P": short(padding),
    }
    if kind == "POOL":
        options["D"] = short(pair(dilation))
    options["ceil"] = bool(ceil)
    if kind == "AVGPOOL":
        options["include_pad"] = bool(include_pad) or padding == (0, 0)
    call.add(kind, options, axes=call.map_of_output())


def adaptive_avg_pool2d(call: Call) -> None:
    adaptive_pool(call, "AVGPOOL", "GAP")


def adaptive_max_pool2d(call: Call) -> None:
    adaptive_pool(call, "POOL", "GMP")


def adaptive_pool(call: Call, kind: str, whole: str) -> None:
    """Add an adaptive pool; it is nothing where the size stays, and a global one where it is 1x1."""
    if not call.needs_map("a pool"):
        return
    height, width = call.output.shape[2:]
    if (height, width) == (1, 1):
        call.add(whole, axes=call.map_of_output())
    else:
        call.add(kind, {"to": (width, height)}, axes=call.map_of_output())


def reduction(kind: str) -> Callable[[Call], None]:
    """Return the function for a mean or a maximum over height and width."""

    def reduce(call: Call) -> None:
        dims = call.argument(1, "dim")
        keep = bool(call.argument(2, "keepdim", False))
        count = len(call.axes)
        given = dims if isinstance(dims, (tuple, list)) else (dims,)
        if dims is None or not isinstance(call.output, Tensor):
            call.give_up("a reduction of all values")
            return
        removed = {int(index) % count for index in given}
        names = "".join(sorted(names_of(call.axes[index]) for index in removed))
        axes = without(call.axes, removed, keep=keep)
        if names == "":
            call.alias(axes)
        elif set(names) <= {"H", "W"} and size_named(axes, "H") * size_named(axes, "W") == 1:
            call.add(kind, axes=axes)
        else:
            call.give_up("a reduction over other axes than height and width")

    return reduce


# -- shapes ----------------------------------------


def reshape(call: Call) -> None:
    """Follow a view: the same values, a flattened map, a vector as a map, or a channel shuffle."""
    output = call.output
    source = call.live[0]
    if (
        is_vector(source.axes)
        and len(output.shape) == 4
        and output.shape[0] == size_of(source.axes[0])
    ):
        batch, channels, height, width = output.shape
        if height * width > 1:
            shape = {"shape": (width, height, channels)}
            call.add("UNFLATTEN", shape, axes=map_axes(batch, channels, height, width))
            return
    axes = viewed(source.axes, output.shape)
    arranged(call, axes)


def arranged(call: Call, axes: Axes) -> None:
    """Add what new axes mean: nothing, a flattened map, or a channel shuffle."""
    if axes and names_of(axes[0]) not in ("N", ""):
        call.give_up("a view that mixes the images of a batch")
        return
    for index, own in enumerate(axes):
        groups = shuffled_groups(own)
        if groups is not None and index == 1 and len(axes) == 4:
            batch, channels, height, width = call.output.shape
            call.add("CHSHUFFLE", {"G": groups}, axes=map_axes(batch, channels, height, width))
            return
    is_flat = len(axes) == 2 and set(names_of(axes[1])) <= {"C", "H", "W", "+", "-"}
    if is_flat and names_of(axes[1]) not in ("", "C"):
        batch, values = call.output.shape
        call.add("FLATTEN", axes=vector_axes(batch, values))
        return
    call.alias(axes)


def permute(call: Call) -> None:
    given = (
        call.args[1] if len(call.args) == 2 and isinstance(call.args[1], (tuple, list)) else None
    )
    order = given or call.args[1:] or call.kwargs["dims"]
    count = len(call.axes)
    arranged(call, permuted(call.axes, [int(index) % count for index in order]))


def transpose(call: Call) -> None:
    count = len(call.axes)
    first = int(call.argument(1, "dim0", 0)) % count
    second = int(call.argument(2, "dim1", 1)) % count
    order = list(range(count))
    order[first], order[second] = order[second], order[first]
    arranged(call, permuted(call.axes, order))


def movedim(call: Call) -> None:
    source, target = call.argument(1, "source"), call.argument(2, "destination")
    if not isinstance(source, int) or not isinstance(target, int):
        call.give_up("movedim() of several axes")
        return
    count = len(call.axes)
    order = [index for index in range(count) if index != source % count]
    order.insert(target % count, source % count)
    arranged(call, permuted(call.axes, order))


def concatenate(call: Call) -> None:
    tensors = call.argument(0, "tensors")
    dim = int(call.argument(1, "dim", 0)) % call.output.dim()
    values = [call.recorder.value(tensor) for tensor in tensors]
    if any(value is None for value in values):
        call.give_up("a concatenation with a tensor that does not come from the input")
        return
    known = [value for value in values if value is not None]
    if any(names_of(value.axes[dim]) not in ("C", "") for value in known):
        call.give_up("a concatenation along another axis than the channels")
        return
    axes = list(known[0].axes)
    axes[dim] = axis("C", call.output.shape[dim])
    call.recorder.add(call.output, "CAT", {}, known, axes=tuple(axes))


def split(call: Call) -> None:
    """Add a SLICE for each part of a split of the channels."""
    dim = int(call.argument(2, "dim", 0)) % len(call.axes)
    if names_of(call.axes[dim]) != "C":
        call.give_up("a split along another axis than the channels")
        return
    start = 0
    for part in tensors_in(call.output):
        stop = start + part.shape[dim]
        axes = list(call.axes)
        axes[dim] = axis("C", part.shape[dim])
        options = {"from": start, "to": stop}
        call.recorder.add(part, "SLICE", options, call.live[:1], axes=tuple(axes))
        start = stop


def getitem(call: Call) -> None:
    """Add a slice of the channels, a crop of the map, or a map with every second position."""
    index = call.args[1]
    parts = list(index) if isinstance(index, tuple) else [index]
    axes = call.axes
    if Ellipsis in parts:
        place = parts.index(Ellipsis)
        parts[place : place + 1] = [slice(None)] * (len(axes) - len(parts) + 1)
    parts += [slice(None)] * (len(axes) - len(parts))
    if len(parts) != len(axes) or not all(isinstance(part, slice) for part in parts):
        if call.output.numel() == prod_of(axes):
            call.alias(viewed(axes, call.output.shape))
        else:
            call.give_up("an index")
        return
    bounds = [part.indices(size_of(own)) for part, own in zip(parts, axes, strict=True)]
    changed = [
        position
        for position, (bound, own) in enumerate(zip(bounds, axes, strict=True))
        if bound != (0, size_of(own), 1)
    ]
    if not changed:
        call.alias()
    elif changed == [1] and is_map(axes) and bounds[1][2] == 1:
        start, stop, _ = bounds[1]
        call.add("SLICE", {"from": start, "to": stop}, axes=call.map_of_output())
    elif set(changed) <= {2, 3} and is_map(axes):
        spatial(call, bounds[3], bounds[2])
    else:
        call.give_up("an index")


def spatial(call: Call, columns: tuple[int, int, int], rows: tuple[int, int, int]) -> None:
    """Add a crop, or a pool of 1x1 that keeps every S-th position."""
    width, height = size_named(call.axes, "W"), size_named(call.axes, "H")
    if columns[2] == rows[2] == 1:
        shape = (columns[1] - columns[0], rows[1] - rows[0])
        options = {"shape": shape, "left": columns[0], "top": rows[0]}
        call.add("CROP", options, axes=call.map_of_output())
    elif columns[:2] == (0, width) and rows[:2] == (0, height):
        options = {"F": 1, "S": short((columns[2], rows[2])), "P": 0, "D": 1, "ceil": False}
        call.add("POOL", options, axes=call.map_of_output())
    else:
        call.give_up("an index with a stride")


def prod_of(axes: Axes) -> int:
    """Return the number of values of a tensor."""
    result = 1
    for own in axes:
        result *= size_of(own)
    return result


def pad(call: Call) -> None:
    sides = [int(side) for side in call.argument(1, "pad")]
    if not any(sides):
        call.alias()
        return
    if not call.needs_map("a padding"):
        return
    if len(sides) > 6 or (len(sides) == 6 and min(sides[4:]) < 0):
        call.give_up("a padding of the batch")
        return
    if call.argument(2, "mode", "constant") != "constant":
        call.recorder.notes["a padding that repeats or mirrors values is written as zeros"] = None
    left, right, top, bottom, front, back = (sides + [0] * 6)[:6]
    if min(left, right, top, bottom) < 0:
        if max(left, right, top, bottom) > 0 or front or back:
            call.give_up("a padding that pads and crops")
            return
        height, width = call.output.shape[2:]
        options: dict[str, Any] = {"shape": (width, height), "left": -left, "top": -top}
        call.add("CROP", options, axes=call.map_of_output())
        return
    options = {
        side: size
        for side, size in (
            ("left", left),
            ("top", top),
            ("right", right),
            ("bottom", bottom),
            ("front", front),
            ("back", back),
        )
        if size
    }
    if left == top == right == bottom and not (front or back):
        options = {"P": left}
    call.add("PAD", options, axes=call.map_of_output())


def interpolate(call: Call) -> None:
    if not call.needs_map("a resize"):
        return
    height, width = call.output.shape[2:]
    before = size_named(call.axes, "W"), size_named(call.axes, "H")
    mode = call.argument(3, "mode", "nearest")
    if (width, height) == before:
        call.alias()
        return
    options: dict[str, Any] = {}
    if width % before[0] == 0 and height % before[1] == 0:
        options["factor"] = short((width // before[0], height // before[1]))
    else:
        options["to"] = (width, height)
    call.add("UP", {**options, "mode": mode}, axes=call.map_of_output())


def shuffle(kind: str) -> Callable[[Call], None]:
    """Return the function for a pixel shuffle or its inverse."""

    def add(call: Call) -> None:
        factor = int(call.argument(1, "upscale_factor", call.kwargs.get("downscale_factor", 1)))
        call.add(kind, {"factor": factor}, axes=call.map_of_output())

    return add


def channel_shuffle(call: Call) -> None:
    call.add("CHSHUFFLE", {"G": int(call.argument(1, "groups"))})


# -- values ----------------------------------------


def transparent(call: Call) -> None:
    """Let the output be the operand where the shape stays."""
    if isinstance(call.output, Tensor):
        if tuple(call.output.shape) == tuple(map(size_of, call.axes)):
            call.alias()
        else:
            call.give_up("a change of shape")


def expand(call: Call) -> None:
    if tuple(call.output.shape) == tuple(map(size_of, call.axes)):
        call.alias()
    else:
        call.give_up("expand()")


def binary(kind: str) -> Callable[[Call], None]:
    """Return the function for a sum or a product: of two volumes, or with a parameter."""

    def combine(call: Call) -> None:
        operands = list((*call.args, *call.kwargs.values()))[:2]
        known = [call.recorder.value(operand) for operand in operands]
        values = [value for value in known if value is not None]
        if len(values) < 2:
            others = [
                operand for operand, value in zip(operands, known, strict=True) if value is None
            ]
            with_constant(call, kind, others[0] if others else None)
            return
        axes = max((value.axes for value in values), key=prod_of)
        first, second = (volume_key(value.axes) for value in values)
        is_gate = kind == "MUL" and first[2] == second[2] and (1, 1) in (first[:2], second[:2])
        same_order = tuple(map(names_of, values[0].axes)) == tuple(map(names_of, values[1].axes))
        if not is_gate and (first != second or not (same_order or prod_of(axes) == 1)):
            call.give_up(
                "a sum of volumes that differ"
                if kind == "ADD"
                else "a product of volumes that differ"
            )
            return
        call.recorder.add(call.output, kind, {}, values, axes=axes)

    return combine


def volume_key(axes: Axes) -> tuple[int, int, int]:
    """Return (W, H, D) of a tensor."""
    return size_named(axes, "W"), size_named(axes, "H"), size_named(axes, "C")


def with_constant(call: Call, kind: str, other: Any) -> None:
    """Add a learned factor or shift; plain numbers change no size and are left out."""
    if not isinstance(other, Tensor):
        arithmetic(call, "add" if kind == "ADD" else "mul")
        return
    name = call.recorder.parameters.get(id(other))
    if name is None:
        if tuple(call.output.shape) == tuple(map(size_of, call.axes)):
            arithmetic(call, "add" if kind == "ADD" else "mul")
        else:
            call.give_up("arithmetic with a tensor that does not come from the input")
        return
    depth = size_named(call.axes, "C")
    keeps_shape = tuple(call.output.shape) == tuple(map(size_of, call.axes))
    if kind == "MUL" and keeps_shape and other.numel() in (1, depth):
        per = {"per": "layer"} if other.numel() == 1 and depth > 1 else {}
        call.add("SCALE", {**per, "bias": False}, weights=(other,))
        return
    node = call.recorder.nodes[call.live[0].node]
    follows_scale = node.kind == "SCALE" and call.live[0].node == len(call.recorder.nodes) - 1
    if kind == "ADD" and keeps_shape and follows_scale and other.numel() == node.parameters:
        options = {**dict(node.options), "bias": True}
        size = node.parameters + call.recorder.use(other)
        call.recorder.nodes[-1] = node._replace(options=tuple(options.items()), parameters=size)
        call.alias()
        return
    call.give_up(f"{'a sum' if kind == 'ADD' else 'a product'} with the parameter {name}")


def arithmetic(call: Call, name: str) -> None:
    """Leave out arithmetic with a number, which changes no size."""
    if not isinstance(call.output, Tensor):
        return
    if tuple(call.output.shape) != tuple(map(size_of, call.axes)):
        call.give_up(f"{name}()")
        return
    call.recorder.notes["arithmetic with plain numbers is left out"] = None
    call.alias()


def softmax(kind: str) -> Callable[[Call], None]:
    """Return the function for a softmax over the channels."""

    def add(call: Call) -> None:
        dim = call.argument(1, "dim")
        if dim is not None and names_of(call.axes[int(dim) % len(call.axes)]) == "C":
            call.add(kind)
        else:
            call.give_up("a softmax over another axis than the channels")

    return add


def dropout(kind: str) -> Callable[[Call], None]:
    """Return the function for a dropout."""

    def add(call: Call) -> None:
        call.add(kind, {"rate": float(call.argument(1, "p", 0.5))})

    return add


def hardtanh(call: Call) -> None:
    low, high = call.argument(1, "min_val", -1.0), call.argument(2, "max_val", 1.0)
    if (low, high) == (0, 6):
        call.add("RELU6")
    else:
        call.give_up("hardtanh()")


def local_response_norm(call: Call) -> None:
    call.add("LRN")


HANDLERS: dict[str, Callable[[Call], None]] = {
    "conv2d": conv2d,
    "conv_transpose2d": conv_transpose2d,
    "linear": linear,
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "local_response_norm": local_response_norm,
    "prelu": prelu,
    "max_pool2d": max_pool2d,
    "boolean_dispatch": max_pool2d,
    "fn": max_pool2d,
    "_max_pool2d": max_pool2d,
    "avg_pool2d": avg_pool2d,
    "adaptive_avg_pool2d": adaptive_avg_pool2d,
    "adaptive_max_pool2d": adaptive_max_pool2d,
    "_adaptive_max_pool2d": adaptive_max_pool2d,
    "mean": reduction("GAP"),
    "amax": reduction("GMP"),
    "view": reshape,
    "reshape": reshape,
    "flatten": reshape,
    "unflatten": reshape,
    "squeeze": reshape,
    "unsqueeze": reshape,
    "permute": permute,
    "transpose": transpose,
    "swapaxes": transpose,
    "movedim": movedim,
    "cat": concatenate,
    "concat": concatenate,
    "concatenate": concatenate,
    "chunk": split,
    "split": split,
    "split_with_sizes": split,
    "tensor_split": split,
    "__getitem__": getitem,
    "pad": pad,
    "interpolate": interpolate,
    "upsample": interpolate,
    "pixel_shuffle": shuffle("PIXELSHUFFLE"),
    "pixel_unshuffle": shuffle("PIXELUNSHUFFLE"),
    "channel_shuffle": channel_shuffle,
    "native_channel_shuffle": channel_shuffle,
    "expand": expand,
    "add": binary("ADD"),
    "radd": binary("ADD"),
    "mul": binary("MUL"),
    "rmul": binary("MUL"),
    "multiply": binary("MUL"),
    "softmax": softmax("SOFTMAX"),
    "log_softmax": softmax("LOGSOFTMAX"),
    "dropout": dropout("DROPOUT"),
    "dropout2d": dropout("DROPOUT2D"),
    "feature_dropout": dropout("DROPOUT2D"),
    "alpha_dropout": dropout("DROPOUT"),
    "hardtanh": hardtanh,
}
