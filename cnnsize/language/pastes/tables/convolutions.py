"""Solve rows of convolutions: filters from their parameters, strides and paddings from volumes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from cnnsize.language.pastes.tables.claims import Claim, Reading, Spec, Values, in_order
from cnnsize.language.pastes.tables.windows import Slide, filters, keras_slides, sides, torch_slides

MAX_SLIDES = 12  # the plainest of a side that are looked at


@lru_cache(maxsize=4096)  # the rows of a table repeat each other
def plainest_slides(framework: str, size: int, out: int, F: int) -> tuple[Slide, ...]:
    """Return how a filter may slide along one side, plainest first."""
    find = keras_slides if framework == "keras" else torch_slides
    ordered = sorted(find(size, out, F), key=lambda slide: (slide.rank, slide.S, slide.before))
    return tuple(ordered[:MAX_SLIDES])


def slides(claim: Claim, F: tuple[int, int]) -> Iterator[tuple[Slide, Slide]]:
    """Yield how a filter may slide over the volume of a row, with equal strides if possible."""
    framework = claim.table.framework
    pairs = list(
        product(
            plainest_slides(framework, claim.before.W, claim.after.W, F[0]),
            plainest_slides(framework, claim.before.H, claim.after.H, F[1]),
        )
    )
    equal = [(w, h) for w, h in pairs if w.S == h.S and alike(w.style, h.style)]
    if claim.table.framework == "torch" and F[0] == F[1]:
        equal = [(w, h) for w, h in equal if w.before == h.before] or equal
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
    sides = {"left": w.before, "top": h.before, "right": w.after, "bottom": h.after}
    pad = Spec("PAD", {side: zeros for side, zeros in sides.items() if zeros})
    return (pad, Spec(kind, in_order({**options, "P": (0, 0)})))


def rank_of_slide(w: Slide, h: Slide) -> tuple[int, ...]:
    """Return the rank of a slide: plain ones first, then small strides and paddings."""
    return (max(w.rank, h.rank), w.S != h.S, max(w.S, h.S), max(w.before, h.before))


def solve_conv(claim: Claim) -> Iterator[Reading]:
    """Yield the convolutions of a row: CONV, or DWCONV where each channel has its own filters."""
    depth, K = claim.before.D, claim.after.D
    for F, G, bias, rank in filters(claim.params, depth, K, claim.row.kernel, claim.row.groups):
        is_depthwise = depth == G and G > 1
        values: Values = {} if bias else {"bias": False}
        if is_depthwise:
            values |= {"M": K // depth} if depth < K else {}
        else:
            values |= {"K": K} | ({"G": G} if G > 1 else {})
        if is_depthwise and claim.table.framework == "keras":
            rank = (*rank[:2], 2)  # Keras has a layer of its own for it
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
            values: Values = {"M": K // depth} if depth < K else {}
            values |= {} if bias else {"bias": False}
            for w, h in slides(claim, F):
                layers = windowed(claim, "DWCONV", F, values, w, h)
                rank = (F[0] != F[1], 0, not bias, *rank_of_slide(w, h))
                yield Reading(layers, rank, style=style_of(w, h))


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
                rank = (F[0] != F[1], 0, not bias, *rank_of_slide(w, h))
                yield Reading(layers, rank, style=style_of(w, h))


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
