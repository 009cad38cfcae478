"""The key of what depends on one layer and its volumes alone, but not on numbers of channels.

Results under this key are shared between networks. A file of many networks, or a network linted
again while somebody edits it, repeats the same layers on the same volumes; in a search of
architectures only the widths differ, and most facts do not depend on them.
"""

from __future__ import annotations

from cnnsize.language.tree import LayerNode
from cnnsize.layers.base import Layer
from cnnsize.layers.volume import Volume
from cnnsize.record import comparer
from cnnsize.sizing.rows import Row

# The layer as written (one object for equal text) with one of its widths, if it has any, and W and H
# of its input and of its output.
MapKey = tuple[LayerNode | str, int, int, int, int]


def map_key(row: Row, volume: Volume, output: Volume) -> MapKey:
    """Return the key of a row. A join is keyed by its kind, since it has no options.

    Where letters or defaults make two layers of one text, an entry holds its layer, and is only valid
    for layers that are ``alike``.
    """
    node = row.item.node
    if node.__class__ is LayerNode:
        return node.prototype or node, volume.W, volume.H, output.W, output.H
    return row.layer.kind, volume.W, volume.H, output.W, output.H


def alike(a: Layer, b: Layer) -> bool:
    """Return whether layers are equal but for their widths."""
    if a is b:
        return True
    cls = a.__class__
    return cls is b.__class__ and comparer(cls, cls.width)(a, b)
