"""Find the filters, strides and paddings that make one side of a volume of another."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd, isqrt
from typing import NamedTuple

MAX_FILTER = 1024  # the largest filter that is looked for
MAX_STRIDES = 8  # how many strides are looked for beyond the smallest
MAX_CHANNELS = 1 << 16  # with more of them, groups are not looked for


class Slide(NamedTuple):
    """How a filter of a known size moves along one side: stride, and padding before and after.

    A smaller rank is plainer.
    """

    S: int
    before: int
    after: int
    rank: int
    style: str  # "valid", "same", "padded" for any other padding, "any" for a 1x1 filter


class Filter(NamedTuple):
    """A filter W x H with its number of groups, bias or not; a smaller rank is plainer."""

    F: tuple[int, int]
    G: int
    bias: bool
    rank: tuple[int, ...]


def strides(span: int, out: int) -> range:
    """Return the strides with floor(span / S) + 1 == out, few of them where there is no end."""
    if span < 0:
        return range(0)
    first = span + 1 if out == 1 else span // out + 1
    last = span + 1 if out == 1 else span // (out - 1)
    return range(first, min(last, first + MAX_STRIDES) + 1)


def keras_slides(size: int, out: int, F: int) -> Iterator[Slide]:
    """Yield how Keras may slide a filter: ``valid`` or ``same``, the plainer first."""
    for S in strides(size - F, out):
        style = "any" if F == 1 else "valid"
        yield Slide(1 if out == 1 and size == F else S, 0, 0, 0, style)
    first = -(-size // out)
    last = (size - 1) // (out - 1) if out > 1 else size
    for S in range(first, min(last, first + MAX_STRIDES) + 1):
        total = max(0, (out - 1) * S + F - size)
        if total:
            yield Slide(S, total // 2, total - total // 2, 0 if S <= F else 1, "same")


def torch_slides(size: int, out: int, F: int) -> Iterator[Slide]:
    """Yield how PyTorch may slide a filter, with the same padding on both sides."""
    centred = (F - 1) // 2
    for P in dict.fromkeys((centred, 0, *range(min(F, MAX_FILTER)))):
        span = size + 2 * P - F
        for S in strides(span, out):
            step = 1 if out == 1 and span == 0 else S
            unread = max(0, span - (out - 1) * step - P)
            is_plain = P in (0, centred if F % 2 or step > 1 else 0) and (step <= 2 or step == F)
            style = "any" if F == 1 else "valid" if P == 0 else "same" if centred == P else "padded"
            lost = 4 if unread and step <= F else 0
            yield Slide(step, P, P, (0 if is_plain else 1) + (2 if 2 * P > F else 0) + lost, style)


def divisors(number: int) -> list[int]:
    """Return the divisors of a number, smallest first."""
    small = [n for n in range(1, isqrt(number) + 1) if number % n == 0]
    return small + [number // n for n in reversed(small) if n * n != number]


def filters(
    params: int, depth: int, K: int, kernel: tuple[int, ...], groups: int | None
) -> list[Filter]:
    """Return the filters that give a convolution of K filters these parameters, plainest first.

    F_w F_h (depth / G) K, and K biases or none. ``kernel`` is (H, W), ``groups`` a number, where
    the table gives them.
    """
    common = gcd(depth, K)
    choices = [1, common] if common > MAX_CHANNELS else divisors(common)
    if groups is not None:
        choices = [G for G in choices if groups == G]
    found: list[Filter] = []
    for bias, weights in ((True, params - K), (False, params)):
        for G in choices:
            area, rest = divmod(weights * G, depth * K)
            if rest or area < 1:
                continue
            is_depthwise = G > 1 and depth == G
            group_rank = 0 if G == 1 else 1 if is_depthwise else 2
            for W, H in sides(area, square_only=G not in (1, depth)):
                if kernel and kernel != (H, W):
                    continue
                shape_rank = 0 if W == H else 1
                even_rank = int(W == H and W % 2 == 0)
                rank = (shape_rank, even_rank, group_rank)
                found.append(Filter((W, H), G, bias, rank))
    return sorted(found, key=lambda filter: (filter.rank, not filter.bias, max(filter.F)))


def sides(area: int, *, square_only: bool = False) -> Iterator[tuple[int, int]]:
    """Yield the (W, H) of filters with an area, squares first."""
    root = isqrt(area)
    if root * root == area and root <= MAX_FILTER:
        yield root, root
    if not square_only:
        for W in range(1, min(area, MAX_FILTER) + 1):
            if area % W == 0 and area != W * W and area // W <= MAX_FILTER:
                yield W, area // W
