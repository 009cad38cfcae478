"""Another reading of paddings that nobody wrote, where a declared number fits that one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnnsize.faults.conditions import is_gone
from cnnsize.faults.edit import layer_edits, with_option
from cnnsize.faults.fault import FaultContext
from cnnsize.faults.verify import Candidate
from cnnsize.language.tree import Item, LayerNode
from cnnsize.layers.conv import Conv
from cnnsize.sizing.rows import rows_of
from cnnsize.text.diagnostic import Edit

UNPADDED = "in PyTorch and Keras, convolutions have no padding by default"
PADDED = "without P, convolutions of this notation keep the size"
Padding = Callable[[Conv], tuple[int, int]]


def other_paddings(fault: FaultContext, fits: str) -> list[Candidate]:
    """Return the change of the paddings that were left out with which a declared number fits.

    ``fits`` says in words what fits. Convolutions without P keep the size, and those in the
    spelling of a framework pad nothing; the author may have meant the other of the two.
    """
    candidates: list[Candidate] = []
    for why, padding, is_left_out in (
        (UNPADDED, lambda layer: (0, 0), assumes_padding),
        (PADDED, size_keeping, has_framework_padding),
    ):
        edits = tuple(edits_of(fault, padding, is_left_out))
        network = fault.verifier.edited(edits) if edits else None
        if network is not None and is_gone(fault, network) and fault.verifier.accepts(network):
            count = len(edits)
            where = "the convolution" if count == 1 else f"{count} convolutions"
            word = "P=0" if why == UNPADDED else "padding that keeps the size"
            candidates.append(Candidate("P", word, f"{word} in {where} {fits}: {why}", edits))
    return candidates


def edits_of(
    fault: FaultContext, padding: Padding, is_left_out: Callable[[FaultContext, Item, Conv], bool]
) -> Iterator[Edit]:
    """Yield the edits that give every convolution whose padding was left out another one."""
    seen: set[int] = set()
    for row in rows_of(fault.network.rows):
        item, layer = row.item, row.layer
        is_convolution = isinstance(layer, Conv) and isinstance(item.node, LayerNode)
        if not is_convolution or item.start in seen:
            continue
        assert isinstance(layer, Conv) and isinstance(item.node, LayerNode)
        seen.add(item.start)
        if is_left_out(fault, item, layer):
            node = with_option(item.node, "P", padding(layer))
            yield from layer_edits(fault.architecture, item, node)


def size_keeping(layer: Conv) -> tuple[int, int]:
    """Return the padding that keeps the size of an odd filter at stride 1."""
    w, h = layer.windows
    return w.F_eff // 2, h.F_eff // 2


def assumes_padding(fault: FaultContext, item: Item, layer: Conv) -> bool:
    """Return whether a convolution has the default padding of this notation."""
    return any(default.startswith("P=") for default in layer.assumed)


def has_framework_padding(fault: FaultContext, item: Item, layer: Conv) -> bool:
    """Return whether a convolution has the default padding of a framework."""
    place = fault.architecture.original(item.span)
    return any(
        span == place and default.endswith("P=0")
        for span, default in fault.architecture.framework_defaults
    )
