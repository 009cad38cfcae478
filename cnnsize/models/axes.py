"""The axes of a tensor, by what they hold: batch, channels, height, width, or parts of these.

A view, a permutation or a flatten changes only the axes, not the values. Following the axes tells
what a chain of such operations means: a flattened map, a channel shuffle, channels last.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.models.flow import UnreadableModelError


class Atom(NamedTuple):
    """A part of an axis that no view has split. ``name`` is N, C, H or W, or a half of one."""

    name: str
    size: int


Axis = tuple[Atom, ...]  # outermost first; empty for an axis of size 1
Axes = tuple[Axis, ...]
OUTER, INNER = "+", "-"  # the halves of a split atom: C+ and C-


def map_axes(batch: int, channels: int, height: int, width: int) -> Axes:
    """Return the axes of a map, N x C x H x W."""
    sizes = {"N": batch, "C": channels, "H": height, "W": width}
    return tuple(axis_of(name, size) for name, size in sizes.items())


def vector_axes(batch: int, channels: int) -> Axes:
    """Return the axes of a vector, N x C."""
    return (axis_of("N", batch), axis_of("C", channels))


def axes_of(shape: Sequence[int]) -> Axes:
    """Return the axes of a tensor of which only the shape is known, named by their positions."""
    return tuple(
        axis_of("NCHW"[index] if index < 4 else f"A{index}", size)
        for index, size in enumerate(shape)
    )


def axis_of(name: str, size: int) -> Axis:
    """Return an axis of one atom; it has none where its size is 1."""
    return (Atom(name, size),) if size != 1 else ()


def size_of(axis: Axis) -> int:
    """Return the number of positions along an axis."""
    return axis[0].size if len(axis) == 1 else prod(atom.size for atom in axis)


def atoms_of(axes: Axes) -> list[Atom]:
    """Return all atoms, outermost first."""
    return [atom for axis in axes for atom in axis]


def size_named(axes: Axes, name: str) -> int:
    """Return the size of channels, height or width, whatever the order of the axes."""
    sizes = [atom.size for axis in axes for atom in axis if atom.name.rstrip(OUTER + INNER) == name]
    return sizes[0] if len(sizes) == 1 else prod(sizes)


def volume_of(axes: Axes) -> Volume:
    """Return the volume (W x H x D) of a tensor."""
    sizes: dict[str, int] = {}
    for axis in axes:
        for name, size in axis:
            base = name[0]  # of C+ and C-
            sizes[base] = sizes[base] * size if base in sizes else size
    return Volume(sizes.get("W", 1), sizes.get("H", 1), sizes.get("C", 1))


def viewed(axes: Axes, shape: Sequence[int]) -> Axes:
    """Return the axes after a view with another shape. Raises UnreadableModelError."""
    waiting = atoms_of(axes)
    result: list[Axis] = []
    for size in shape:
        axis: list[Atom] = []
        while size_of(tuple(axis)) < size and waiting:
            missing = size // size_of(tuple(axis))
            atom = waiting.pop(0)
            if atom.size > missing:
                if atom.size % missing or size % size_of(tuple(axis)):
                    raise UnreadableModelError("a view that mixes the axes of a map")
                waiting.insert(0, Atom(atom.name + INNER, atom.size // missing))
                atom = Atom(atom.name + OUTER, missing)
            axis.append(atom)
        if size_of(tuple(axis)) != size:
            raise UnreadableModelError("a view that mixes the axes of a map")
        result.append(joined(tuple(axis)))
    return tuple(result)


def permuted(axes: Axes, order: Sequence[int]) -> Axes:
    """Return the axes in another order."""
    return tuple(axes[index] for index in order)


def joined(axis: Axis) -> Axis:
    """Return an axis with both halves of an atom, in order, as the atom itself."""
    result: list[Atom] = []
    for atom in axis:
        result.append(atom)
        while len(result) > 1 and are_halves(result[-2], result[-1]):
            size = result[-2].size * result[-1].size
            result[-2:] = [Atom(result[-1].name[:-1], size)]
    return tuple(result)


def are_halves(first: Atom, second: Atom) -> bool:
    """Return whether two atoms are the outer and the inner half of one."""
    whole = first.name[:-1]
    return first.name == whole + OUTER and second.name == whole + INNER


def names_of(axis: Axis) -> str:
    """Return the names of the atoms of an axis, as in CHW for a flattened map."""
    return axis[0].name if len(axis) == 1 else "".join([atom.name for atom in axis])


def without(axes: Axes, removed: set[int], *, keep: bool) -> Axes:
    """Return the axes after a reduction over some of them, which keeps them with size 1 or not."""
    if keep:
        return tuple(() if index in removed else axis for index, axis in enumerate(axes))
    return tuple(axis for index, axis in enumerate(axes) if index not in removed)


def is_map(axes: Axes, order: str = "NCHW") -> bool:
    """Return whether the axes are those of a map, in this order."""
    return len(axes) == 4 and are_named(axes, order)


def is_vector(axes: Axes) -> bool:
    """Return whether the axes are N x C."""
    return len(axes) == 2 and are_named(axes, "NC")


def are_named(axes: Axes, names: str) -> bool:
    """Return whether each axis is a single atom of its name, or has a size of 1."""
    for axis, name in zip(axes, names, strict=True):
        if axis and (len(axis) > 1 or axis[0].name != name):
            return False
    return True


def line_of(axes: Axes) -> tuple[str, Axes | None]:
    """Return along which side a convolution in one dimension runs, W or H; empty for neither.

    Channels that it runs along, as in ECA, have to become the width: then the second value is what
    the axes are after an UNFLATTEN.
    """
    names = [names_of(axis) for axis in axes]
    if names[1:] == ["", "C"]:
        return "W", (axes[0], (), axis_of("W", size_of(axes[2])))
    is_line = len(names) == 3 and names[1] in ("C", "") and names[2] in ("W", "H", "")
    return (names[2] or "W") if is_line else "", None


# -- what rearranged axes mean ----------------------------------------


class Rearrangement(NamedTuple):
    """The layer that a view or a permutation is, and the axes of its output."""

    kind: str
    options: dict[str, int]
    axes: Axes
    note: str = ""  # what the layer does not say


def rearrangement(axes: Axes) -> Rearrangement | None:
    """Return the layer that the new axes of a tensor mean; None where its values are in their order.

    Every reader asks this after a view, a flatten or a permutation. Raises UnreadableModelError where
    a view joins the batch with another axis.
    """
    if any("N" in names_of(axis) and names_of(axis) != "N" for axis in axes):
        raise UnreadableModelError("a view that mixes the images of a batch")
    if len(axes) == 4:
        for read in (shuffled_channels, unshuffled_pixels, shuffled_pixels):
            result = read(axes)
            if result is not None:
                return result
    if len(axes) in (2, 4) and is_flattened(axes):
        return Rearrangement("FLATTEN", {}, (axes[0], axis_of("C", size_of(axes[1])), *axes[2:]))
    return None


def is_flattened(axes: Axes) -> bool:
    """Return whether the second axis holds all that the first, of the batch, does not.

    Axes of size 1 may follow, as in N x C x 1 x 1.
    """
    is_alone = names_of(axes[0]) in ("", "N") and not any(axes[2:])
    return is_alone and names_of(axes[1]) not in ("", "C") and "N" not in names_of(axes[1])


def shuffled_channels(axes: Axes) -> Rearrangement | None:
    """Return the CHSHUFFLE of axes, one of which holds the halves of the channels swapped."""
    for place, axis in enumerate(axes):
        if len(axis) == 2 and axis[0].name == "C" + INNER and are_halves(axis[1], axis[0]):
            whole = (*axes[:place], axis_of("C", size_of(axis)), *axes[place + 1 :])
            return Rearrangement("CHSHUFFLE", {"G": axis[1].size}, whole)
    return None


def unshuffled_pixels(axes: Axes) -> Rearrangement | None:
    """Return the PIXELUNSHUFFLE of axes, of which that of the channels holds parts of H and W."""
    names = [atom.name for atom in axes[1]]
    sizes = {atom.name: atom.size for atom in axes[1]}
    is_unshuffled = sorted(names) == ["C", "H-", "W-"] and (
        names_of(axes[2]) in ("H+", "") and names_of(axes[3]) in ("W+", "")
    )
    if not is_unshuffled or sizes["H-"] != sizes["W-"]:
        return None
    note = "the channels after PIXELUNSHUFFLE are in another order than that of PyTorch's"
    is_usual = names == ["C", "H-", "W-"]
    options = {"factor": sizes["H-"]}
    return Rearrangement("PIXELUNSHUFFLE", options, as_map(axes), "" if is_usual else note)


def shuffled_pixels(axes: Axes) -> Rearrangement | None:
    """Return the PIXELSHUFFLE of axes, of which H and W hold parts of the channels."""
    if not all(len(axis) == 2 for axis in axes[2:]) or len(axes[1]) > 1:
        return None
    (H, below), (W, beside) = axes[2:]
    parts = [atom.name for atom in (*axes[1], below, beside)]
    is_shuffled = H.name == "H" and W.name == "W" and all(name[0] == "C" for name in parts)
    if not is_shuffled or below.size != beside.size:
        return None
    note = "PIXELSHUFFLE takes the channels in another order than that of PyTorch's"
    is_usual = (below.name, beside.name) == ("C-+", "C--")
    options = {"factor": below.size}
    return Rearrangement("PIXELSHUFFLE", options, as_map(axes), "" if is_usual else note)


def as_map(axes: Axes) -> Axes:
    """Return axes of the same sizes that hold N, C, H and W."""
    return map_axes(*map(size_of, axes))
