"""The key of everything that depends on one layer and its volumes alone.

Results under this key are shared between networks: a file of many networks, or a network linted
again while somebody edits it, repeats the same layers on the same volumes.
"""

from __future__ import annotations

from cnnsize.language.tree import LayerNode
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import Row

# The layer as written (one object for equal text), its input and its output. Where letters or
# defaults make two layers of one text, an entry holds its layer and is only valid for an equal one.
LayerKey = tuple[LayerNode | str, Volume | None, Volume | None]


def layer_key(row: Row) -> LayerKey:
    """Return the cache key of a row. A join is keyed by its kind, since it has no options."""
    node = row.item.node
    return (
        node if node.__class__ is LayerNode else row.layer.kind,
        row.inputs[0],
        row.sizing.output,
    )
