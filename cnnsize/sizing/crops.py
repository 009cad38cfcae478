"""A CROP without a size: it ends a branch and crops to the smallest branch of the join."""

from __future__ import annotations

from collections.abc import Sequence

from cnnsize.language.tree import Chain, Item, LayerNode
from cnnsize.layers.reshape import Crop
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import Path, Row
from cnnsize.sizing.steps import UNKNOWN


def crops_to_join(item: Item) -> bool:
    """Return whether an item is a CROP without a size, which takes it from the join around it."""
    node = item.node
    if node.__class__ is not LayerNode or node.kind != "CROP":
        return False
    has_size = node.shape is not None or bool(node.options)
    repeated = item.suffix.repeat is not None or item.suffix.optional
    return not has_size and not repeated


def without_final_crop(branch: Chain) -> tuple[Chain, Item | None]:
    """Return a branch without a final CROP that has no size, and that CROP (None if absent)."""
    if branch.items and crops_to_join(branch.items[-1]):
        return branch._replace(items=branch.items[:-1]), branch.items[-1]
    return branch, None


def smallest_map(volumes: Sequence[Volume | None]) -> tuple[int, int] | None:
    """Return the smallest width and height among volumes; None where a volume is unknown."""
    known = [volume for volume in volumes if volume is not None]
    if len(known) < len(volumes):
        return None
    return min(volume.W for volume in known), min(volume.H for volume in known)


def crop_row(item: Item, volume: Volume | None, path: Path, size: tuple[int, int] | None) -> Row:
    """Return the row of a CROP to ``size`` (W, H); its output is unknown where the size is None.

    U-Net crops its skip connections this way.
    """
    crop = Crop(to=size)
    sizing = UNKNOWN if size is None or volume is None else crop.size(volume)
    return Row(item, crop, path, (volume,), sizing)
