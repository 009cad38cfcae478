"""Pools, and the reductions that are global pools."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from cnnsize.models.axes import names_of, size_named, without
from cnnsize.models.flow import short
from cnnsize.models.torch_functions.call import Call, pair


def max_pool2d(call: Call) -> None:
    pool(
        call,
        "POOL",
        dilation=call.argument(4, "dilation", 1),
        ceil=call.argument(5, "ceil_mode", False),
    )


def avg_pool2d(call: Call) -> None:
    if call.argument(6, "divisor_override") is not None:
        call.note("divisor_override of a pool is left out")
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


def adaptive_pool(kind: str, whole: str) -> Callable[[Call], None]:
    """Return the function for an adaptive pool, which is ``whole`` where its output is 1x1."""

    def add(call: Call) -> None:
        if not call.needs_map("a pool"):
            return
        height, width = call.output.shape[2:]
        if (height, width) == (1, 1):
            call.add(whole, axes=call.map_of_output())
        else:
            call.add(kind, {"to": (width, height)}, axes=call.map_of_output())

    return add


def reduction(kind: str, whole: str) -> Callable[[Call], None]:
    """Return the function for a mean or a maximum over height, width or both.

    Over both it is ``whole``, and over one of them an adaptive pool.
    """

    def reduce(call: Call) -> None:
        dims = call.argument(1, "dim")
        keep = bool(call.argument(2, "keepdim", False))
        if dims is None:
            call.give_up(f"{call.name}() of all values")
            return
        if not isinstance(call.output, Tensor):  # max() returns indices too
            values, *others = call.output
            call.recorder.give_up(others, call.live, f"the indices of {call.name}()")
            call.output = values
        count = len(call.axes)
        given = dims if isinstance(dims, (tuple, list)) else (dims,)
        removed = {int(index) % count for index in given}
        names = "".join(sorted(names_of(call.axes[index]) for index in removed))
        if call.name == "sum" and names in ("H", "W", "HW"):
            call.note("a sum over the map is written as its mean")
        axes = without(call.axes, removed, keep=keep)
        rest = {name: size_named(axes, name) for name in "HW"}
        if names == "":
            call.alias(axes)
        elif not set(names) <= {"H", "W"}:
            call.give_up(f"{call.name}() over other axes than height and width")
        elif rest == {"H": 1, "W": 1}:
            call.add(whole, axes=axes)
        elif names in ("H", "W"):
            call.add(kind, {"to": (rest["W"], rest["H"])}, axes=axes)
        else:
            call.give_up(f"{call.name}() over a part of the map")

    return reduce
