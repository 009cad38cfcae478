"""Find the layers that a row of a table claims: kinds, filters, strides and paddings.

Each solver proposes readings of a row, and only those are kept whose volume and parameters, as
``cnnsize.layers`` computes them, are those of the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

from cnnsize.language.pastes.rows import Row, Table
from cnnsize.language.pastes.windows import (
    MAX_FILTER,
    Slide,
    filters,
    keras_slides,
    sides,
    torch_slides,
)
from cnnsize.layers import KINDS
from cnnsize.layers.base import STANDARD
from cnnsize.layers.conv import pair
from cnnsize.layers.names import ACTIVATIONS, ALIASES
from cnnsize.layers.volume import Volume
from cnnsize.text.suggest import squeeze

Values = dict[str, Any]
TWO = (2, 2)


class Claim(NamedTuple):
    """What is known of a row when it is solved: its volumes, and its table."""

    row: Row
    table: Table
    before: Volume
    after: Volume
    kind: str
    is_last: bool

    @property
    def params(self) -> int:
        return self.row.params or 0


class Spec(NamedTuple):
    """One layer: its kind and the values of its options."""

    kind: str
    values: Values

    def text(self) -> str:
        """Return the layer as strict text."""
        values = dict(self.values)
        text = self.kind
        if self.kind in ("UNFLATTEN", "CROP"):
            text += f"[{'x'.join(map(str, values.pop('shape')))}]"
        key = KINDS[self.kind].kernel
        if key in values:
            kernel = values.pop(key)
            text += pair(kernel) if isinstance(kernel, tuple) else str(kernel)
        if "K" in values:
            text += f"-{values.pop('K')}"
        options = [written(key, value) for key, value in values.items()]
        return text + (f"({', '.join(options)})" if options else "")


class Reading(NamedTuple):
    """The layers that a row may stand for; a smaller rank is plainer.

    ``statistics`` are the parameters that only the table counts; ``note`` says what was chosen.
    """

    layers: tuple[Spec, ...]
    rank: tuple[int, ...] = ()
    statistics: int = 0
    note: str = ""
    style: str = ""  # of the padding

    def text(self) -> str:
        """Return the layers as strict text."""
        return " -> ".join(layer.text() for layer in self.layers)


def written(key: str, value: Any) -> str:
    """Return an option as strict text."""
    if key == "per":
        return f"{key}={value}"
    if isinstance(value, bool):
        return f"{key}={'yes' if value else 'no'}"
    if isinstance(value, tuple):
        return f"{key}={pair(value)}"
    return f"{key}={value}"


def readings(claim: Claim, solver: str) -> list[Reading]:
    """Return the readings of a row that give its volume and its parameters, plainest first."""
    valid = [reading for reading in SOLVERS[solver](claim) if holds(reading, claim)]
    ordered = sorted(valid, key=rank_of, reverse=True)
    unique = {(reading.text(), reading.style): reading for reading in ordered}
    return sorted(unique.values(), key=rank_of)


def rank_of(reading: Reading) -> tuple[int, ...]:
    return reading.rank


def holds(reading: Reading, claim: Claim) -> bool:
    """Return whether the layers of a reading give the volume and the parameters of the row."""
    volume: Volume | None = claim.before
    params = reading.statistics
    for kind, values in reading.layers:
        if volume is None:
            return False
        layer = KINDS[kind].make(dict(values), STANDARD)
        sizing = layer.size(volume)
        params += sum(layer.weights(volume))
        volume = sizing.output
    return volume == claim.after and (claim.row.params is None or params == claim.params)


# -- convolutions ----------------------------------------


def slides(claim: Claim, F: tuple[int, int]) -> Iterator[tuple[Slide, Slide]]:
    """Yield how a filter may slide over the volume of a row, with equal strides if possible."""
    find = keras_slides if claim.table.framework == "keras" else torch_slides
    W = list(find(claim.before.W, claim.after.W, F[0]))
    H = list(find(claim.before.H, claim.after.H, F[1]))
    pairs = list(product(W[:64], H[:64]))
    equal = [(w, h) for w, h in pairs if w.S == h.S and alike(w.style, h.style)]
    yield from equal or pairs


def windowed(
    claim: Claim, kind: str, F: tuple[int, int], values: Values, w: Slide, h: Slide
) -> tuple[Spec, ...]:
    """Return the layer that slides a filter, after a PAD where the padding is not symmetric."""
    options: Values = {"F": F, **values}
    if (w.S, h.S) != (1, 1):
        options["S"] = (w.S, h.S)
    if w.before == w.after and h.before == h.after:
        return (Spec(kind, in_order({**options, "P": (w.before, h.before)})),)
    pad = Spec("PAD", {"left": w.before, "top": h.before, "right": w.after, "bottom": h.after})
    return (pad, Spec(kind, in_order({**options, "P": (0, 0)})))


def in_order(values: Values) -> Values:
    """Return options in the order of the notation."""
    order = ("F", "K", "S", "P", "output_padding", "G", "M", "ceil", "bias")
    return {key: values[key] for key in order if key in values}


def rank_of_slide(w: Slide, h: Slide) -> tuple[int, ...]:
    """Return the rank of a slide: plain ones first, then small strides and paddings."""
    return (max(w.rank, h.rank), w.S != h.S, max(w.S, h.S), max(w.before, h.before))


def solve_conv(claim: Claim) -> Iterator[Reading]:
    """Yield the convolutions of a row: CONV, or DWCONV where each channel has its own filters."""
    depth, K = claim.before.D, claim.after.D
    for F, G, bias, rank in filters(claim.params, depth, K, claim.row.kernel, claim.row.groups):
        is_depthwise = G == depth and G > 1
        values: Values = {} if bias else {"bias": False}
        if is_depthwise:
            values |= {"M": K // depth} if K > depth else {}
        else:
            values |= {"K": K} | ({"G": G} if G > 1 else {})
        kind = "DWCONV" if is_depthwise else "CONV"
        for w, h in slides(claim, F):
            layers = windowed(claim, kind, F, values, w, h)
            rank_here = (*rank, *rank_of_slide(w, h))
            yield Reading(layers, rank_here, style=style_of(w, h))


def alike(w: str, h: str) -> bool:
    """Return whether the paddings of both sides have one name."""
    return w == h or "any" in (w, h)


def style_of(w: Slide, h: Slide) -> str:
    """Return the padding of a slide with stride 1 as Keras names it; empty for any other."""
    is_plain = w.style == h.style and (w.S, h.S) == (1, 1)
    return w.style if is_plain and w.style in ("valid", "same") else ""


def solve_depthwise(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of Keras' DepthwiseConv2D."""
    depth, K = claim.before.D, claim.after.D
    for bias, weights in ((True, claim.params - K), (False, claim.params)):
        if weights < K or weights % K:
            continue
        for F in sides(weights // K):
            values: Values = {"M": K // depth} if K > depth else {}
            values |= {} if bias else {"bias": False}
            for w, h in slides(claim, F):
                layers = windowed(claim, "DWCONV", F, values, w, h)
                yield Reading(layers, (F[0] != F[1], 0, not bias, *rank_of_slide(w, h)))


def solve_separable(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of Keras' SeparableConv2D: DWCONV without bias, then CONV1."""
    depth, K = claim.before.D, claim.after.D
    for bias, weights in ((True, claim.params - K), (False, claim.params)):
        area, rest = divmod(weights - depth * K, depth)
        if rest or area < 1:
            continue
        for F in sides(area):
            values: Values = {} if bias else {"bias": False}
            last = Spec("CONV", in_order({"F": (1, 1), "K": K, "P": (0, 0), **values}))
            for w, h in slides(claim, F):
                layers = (*windowed(claim, "DWCONV", F, {"bias": False}, w, h), last)
                yield Reading(layers, (F[0] != F[1], 0, not bias, *rank_of_slide(w, h)))


def solve_transposed(claim: Claim) -> Iterator[Reading]:
    """Yield the transposed convolutions of a row."""
    depth, K = claim.before.D, claim.after.D
    for F, G, bias, rank in filters(claim.params, depth, K, claim.row.kernel, claim.row.groups):
        values: Values = {"K": K} | ({"G": G} if G > 1 else {}) | ({} if bias else {"bias": False})
        for w, h in product(transposed_slides(claim, 0, F[0]), transposed_slides(claim, 1, F[1])):
            if w[0] != h[0]:
                continue
            options: Values = {"F": F, **values, "S": (w[0], h[0]), "P": (w[1], h[1])}
            if (w[2], h[2]) != (0, 0):
                options["output_padding"] = (w[2], h[2])
            if options["S"] == (1, 1):
                del options["S"]
            if options["P"] == (0, 0):
                del options["P"]
            spec = Spec("TCONV", in_order(options))
            yield Reading((spec,), (*rank, max(w[3], h[3]), w[0], w[1]))


def transposed_slides(claim: Claim, axis: int, F: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield stride, padding, output padding and rank of a transposed filter along one side."""
    size, out = claim.before[axis], claim.after[axis]
    near = max(1, round(out / size))
    for S in dict.fromkeys((near, 1, *range(1, min(F, 16) + 1))):
        for extra in range(2 if S > 1 else 1):
            twice = (size - 1) * S + F + extra - out
            if twice < 0 or twice % 2 or twice // 2 >= max(F, 1):
                continue
            is_plain = out == size * S or (twice == 0 and extra == 0)
            yield S, twice // 2, extra, (0 if is_plain else 2) + extra


# -- pools ----------------------------------------


def solve_pool(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of a pool; ``choose_pools`` weighs those of all pools together.

    The style of a reading is its setting: filter, stride and padding as the framework names them.
    """
    slides = keras_pools(claim) if claim.table.framework == "keras" else torch_pools(claim)
    for F, S, P, ceil, mode in slides:
        values: Values = {"F": F}
        if S != F:
            values["S"] = S
        if P != (0, 0):
            values["P"] = P
        if ceil:
            values["ceil"] = True
        lost = sum(
            0 if ceil else max(0, (size + 2 * p - f) - (out - 1) * s - p)
            for size, out, f, s, p in zip(claim.before[:2], claim.after[:2], F, S, P, strict=True)
        )
        is_tiling = S == F and P == (0, 0)
        is_small = max(F) <= 3 and max(S) <= 2
        usual = 0 if (F, S) == (TWO, TWO) else 1 if is_tiling else 2 if is_small else 3
        odd = int(usual == 3 or F[0] != F[1])
        rank = (int(mode == "ceil"), odd, lost, usual, max(P), max(F))
        yield Reading((Spec(claim.kind, values),), rank, style=f"{pair(F)}/{pair(S)}/{mode}")


def pool_windows(claim: Claim) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield filters and strides that the pool of a row may have."""
    before, after, kernel = claim.before, claim.after, claim.row.kernel
    tile = (before.W // after.W, before.H // after.H)
    if kernel:
        sizes = [(kernel[1], kernel[0])]
    else:
        squares = {2, 3, *tile, before.W, before.W - after.W + 1}
        sizes = [*((side, side) for side in sorted(squares)), tile]
    for F in dict.fromkeys(sizes):
        for S in dict.fromkeys((F, (2, 2), (1, 1), tile)):
            if 1 <= S[0] <= F[0] <= MAX_FILTER and 1 <= S[1] <= F[1] <= MAX_FILTER:
                yield F, S


PoolWindow = tuple[tuple[int, int], tuple[int, int], tuple[int, int], bool, str]


def torch_pools(claim: Claim) -> Iterator[PoolWindow]:
    """Yield filter, stride, padding, ``ceil`` and the name of the padding of PyTorch's pools."""
    for F, S in pool_windows(claim):
        centred = ((F[0] - 1) // 2, (F[1] - 1) // 2)
        for P in dict.fromkeys(((0, 0), centred)):
            yield F, S, P, False, f"P={pair(P)}"
        yield F, S, (0, 0), True, "ceil"


def keras_pools(claim: Claim) -> Iterator[PoolWindow]:
    """Yield filter, stride, padding, ``ceil`` and ``valid`` or ``same`` of Keras' pools.

    With ``same`` the last window goes over the end, as with ``ceil``.
    """
    for F, S in pool_windows(claim):
        yield F, S, (0, 0), False, "valid"
        total = [
            max(0, (out - 1) * s + f - size)
            for size, out, f, s in zip(claim.before[:2], claim.after[:2], F, S, strict=True)
        ]
        is_same = all(
            -(-size // s) == out
            for size, out, s in zip(claim.before[:2], claim.after[:2], S, strict=True)
        )
        if is_same:
            ceil = total[0] % 2 == 1 or total[1] % 2 == 1
            yield F, S, (total[0] // 2, total[1] // 2), ceil, "same"


def solve_adaptive(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of an adaptive pool."""
    if claim.after[:2] == (1, 1):
        yield Reading((Spec("GAP" if claim.kind == "AVGPOOL" else "GMP", {}),))
    else:
        yield Reading((Spec(claim.kind, {"to": tuple(claim.after[:2])}),))


# -- other layers ----------------------------------------


def solve_plain(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of a layer without options."""
    yield Reading((Spec(claim.kind, {}),))


def solve_dense(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of a dense layer; on a map of Keras it is a 1x1 convolution."""
    K = claim.after.D
    for bias in (True, False):
        values: Values = {"K": K} | ({} if bias else {"bias": False})
        yield Reading((Spec("FC", values),), (not bias,))
        if claim.after[:2] != (1, 1):
            conv = Spec("CONV", in_order({"F": (1, 1), "P": (0, 0), **values}))
            note = "a dense layer on a map is a 1x1 convolution"
            yield Reading((conv,), (not bias,), note=note)


def solve_activation(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of Keras' Activation, whose function only its name may say."""
    words = [word for word in claim.row.name.lower().split("_") if not word.isdigit()]
    for word in words:
        kind = ALIASES.get(squeeze(word))
        if kind in ACTIVATIONS and kind is not None:
            yield Reading((Spec(kind, {}),))
            return
    is_output = claim.is_last and claim.after[:2] == (1, 1)
    kind = "RELU" if not is_output else "SOFTMAX" if claim.after.D > 1 else "SIGMOID"
    note = f"the table does not say which function an Activation is: {kind} was taken"
    yield Reading((Spec(kind, {}),), note=note)


def solve_batch_norm(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of batch normalization; Keras counts the running statistics, too."""
    statistics = 2 * claim.after.D if claim.table.framework == "keras" else 0
    yield Reading((Spec("BN", {}),), (0,), statistics)
    yield Reading((Spec("BN", {"affine": False}),), (1,), statistics)


def solve_group_norm(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of group normalization, whose number of groups no table gives."""
    if claim.after.D % 32 == 0:
        note = "the table does not give the groups of a group normalization: 32 was taken"
        yield Reading((Spec("GN", {"G": 32}),), note=note)
    else:
        for G in (8, 4, 2):
            yield Reading((Spec("GN", {"G": G}),), (0,))


def solve_instance_norm(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of instance normalization."""
    yield Reading((Spec("IN", {}),))
    yield Reading((Spec("IN", {"affine": True}),))


def solve_prelu(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of PReLU."""
    yield Reading((Spec("PRELU", {}),), (0,))
    yield Reading((Spec("PRELU", {"per": "channel"}),), (1,))


def solve_reshape(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of a reshape: to a vector, to a map, or one after the other."""
    shape = Spec("UNFLATTEN", {"shape": tuple(claim.after)})
    if claim.after[:2] == (1, 1):
        yield Reading((Spec("FLATTEN", {}),))
    elif claim.before[:2] == (1, 1):
        yield Reading((shape,))
    else:
        yield Reading((Spec("FLATTEN", {}), shape))


def solve_padding(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of zero padding: equal on both sides, else more at the right and bottom."""
    w, h = claim.after.W - claim.before.W, claim.after.H - claim.before.H
    if w < 0 or h < 0:
        return
    if w % 2 == 0 and h % 2 == 0:
        yield Reading((Spec("PAD", {"P": (w // 2, h // 2)}),))
        return
    values = {"left": w // 2, "top": h // 2, "right": w - w // 2, "bottom": h - h // 2}
    note = "the table does not say on which sides an odd padding is: right and bottom were taken"
    yield Reading((Spec("PAD", values),), note=note)


def solve_crop(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of a crop, centred."""
    yield Reading((Spec("CROP", {"shape": tuple(claim.after[:2])}),))


def solve_up(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of upsampling."""
    w, h = claim.after.W // claim.before.W, claim.after.H // claim.before.H
    if w and h:
        yield Reading((Spec("UP", {"factor": (w, h)}),))


def solve_shuffle(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of a pixel shuffle."""
    sides_of = (claim.after.W, claim.before.W)
    factor = max(sides_of) // min(sides_of)
    yield Reading((Spec(claim.kind, {"factor": factor}),))


SOLVERS: dict[str, Callable[[Claim], Iterator[Reading]]] = {
    "conv": solve_conv,
    "depthwise": solve_depthwise,
    "separable": solve_separable,
    "transposed": solve_transposed,
    "pool": solve_pool,
    "adaptive": solve_adaptive,
    "plain": solve_plain,
    "dense": solve_dense,
    "activation": solve_activation,
    "batch_norm": solve_batch_norm,
    "group_norm": solve_group_norm,
    "instance_norm": solve_instance_norm,
    "prelu": solve_prelu,
    "reshape": solve_reshape,
    "padding": solve_padding,
    "crop": solve_crop,
    "up": solve_up,
    "shuffle": solve_shuffle,
}
