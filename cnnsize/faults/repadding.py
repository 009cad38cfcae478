"""A network with other paddings where the author wrote none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnnsize.faults.edit import layer_edits, with_option
from cnnsize.faults.verify import Verifier
from cnnsize.language.tree import Item, LayerNode
from cnnsize.layers.conv import Conv
from cnnsize.sizing.rows import rows_of
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import Edit

UNPADDED = "in PyTorch and Keras, convolutions have no padding by default"
PADDED = "without P, convolutions of this notation keep the size"
Padding = Callable[[Conv], tuple[int, int]]
IsLeftOut = Callable[[SizedNetwork, Item, Conv], bool]


class OtherPaddings:
    """A network with other paddings where none are written, made once for all of its faults."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._made: dict[str, tuple[tuple[Edit, ...], SizedNetwork | None]] = {}

    def network(
        self, why: str, padding: Padding, is_left_out: IsLeftOut
    ) -> tuple[tuple[Edit, ...], SizedNetwork | None]:
        """Return the edits for a reason, and the network after them; None if there is none."""
        if why not in self._made:
            edits = tuple(edits_of(self._verifier.network, padding, is_left_out))
            self._made[why] = edits, self._verifier.edited(edits) if edits else None
        return self._made[why]


def edits_of(network: SizedNetwork, padding: Padding, is_left_out: IsLeftOut) -> Iterator[Edit]:
    """Yield the edits that give every convolution whose padding was left out another one."""
    seen: set[int] = set()
    for row in rows_of(network.rows):
        item, layer = row.item, row.layer
        is_convolution = isinstance(layer, Conv) and isinstance(item.node, LayerNode)
        if not is_convolution or item.start in seen:
            continue
        assert isinstance(layer, Conv) and isinstance(item.node, LayerNode)
        seen.add(item.start)
        if is_left_out(network, item, layer):
            node = with_option(item.node, "P", padding(layer))
            yield from layer_edits(network.architecture, item, node)


def size_keeping(layer: Conv) -> tuple[int, int]:
    """Return the padding that keeps the size of an odd filter at stride 1."""
    w, h = layer.windows
    return w.F_eff // 2, h.F_eff // 2


def assumes_padding(network: SizedNetwork, item: Item, layer: Conv) -> bool:
    """Return whether a convolution has the default padding of this notation."""
    return any(default.startswith("P=") for default in layer.assumed)


def has_framework_padding(network: SizedNetwork, item: Item, layer: Conv) -> bool:
    """Return whether a convolution has the default padding of a framework."""
    place = network.architecture.original(item.span)
    return any(
        span == place and default.endswith("P=0")
        for span, default in network.architecture.framework_defaults
    )
