"""Other paddings and strides in one branch of a join, with which it gives another size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cnnsize.faults.edit import layer_edits, with_option
from cnnsize.faults.fault import FaultContext
from cnnsize.faults.verify import Candidate
from cnnsize.language.format import layer_text
from cnnsize.language.tree import Chain, Item, LayerNode, Pair, all_items
from cnnsize.layers.conv import Conv, pair_text
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Volume, Window
from cnnsize.record import NamedTuple
from cnnsize.sizing.rows import rows_of
from cnnsize.text.diagnostic import Edit

MAX_LAYERS = 4  # of a branch whose padding or stride is changed


class WindowLayer(NamedTuple):
    """A layer of a branch that slides a window."""

    item: Item
    node: LayerNode
    windows: tuple[Window, Window]


def repadded(
    fault: FaultContext, branches: Iterable[Chain], goal: tuple[int, int]
) -> Iterator[Candidate]:
    """Yield branches with the padding that keeps the size: of one layer alone, then of all."""
    shrinking = [
        layer
        for branch in branches
        for layer in _windows_in(fault, branch)
        if _keeping_padding(layer) not in (None, tuple(window.before for window in layer.windows))
    ][:MAX_LAYERS]
    groups = [[layer] for layer in reversed(shrinking)]
    for group in (*groups, shrinking):
        edits = tuple(edit for layer in group for edit in _with_padding(fault, layer))
        padded: dict[str, int] = {}  # how often each layer occurs
        for layer in group:
            P = pair_text(_keeping_padding(layer) or (0, 0))
            words = f"padding {P} in {layer_text(layer.node)}"
            padded[words] = padded.get(words, 0) + 1
        words = " and ".join(
            words if count == 1 else words.replace(" in ", " in each ")
            for words, count in padded.items()
        )
        yield Candidate("P", "", f"{words} gives {goal[0]}x{goal[1]}", edits)


def _with_padding(fault: FaultContext, layer: WindowLayer) -> tuple[Edit, ...]:
    """Return the edits that give a layer the padding that keeps the size."""
    node = with_option(layer.node, "P", _keeping_padding(layer))
    return layer_edits(fault.architecture, layer.item, node)


def restrided(
    fault: FaultContext, branch: Chain, volume: Volume, goal: Volume
) -> Iterator[Candidate]:
    """Yield the branch with another stride of one layer: of one that has a stride already, first."""
    layers = _windows_in(fault, branch)
    layers.sort(key=lambda layer: max(window.S for window in layer.windows) == 1)
    for layer in layers[:MAX_LAYERS]:
        w, h = layer.windows
        strides = _stride(w.S, volume.W, goal.W), _stride(h.S, volume.H, goal.H)
        if 0 in strides or strides == (w.S, h.S):
            continue
        node = with_option(layer.node, "S", strides)
        edits = layer_edits(fault.architecture, layer.item, node)
        message = f"stride {pair_text(strides)} in {layer_text(layer.node)} gives {goal}"
        yield Candidate("S", "", message, edits)


def _windows_in(fault: FaultContext, branch: Chain) -> list[WindowLayer]:
    """Return the layers of a branch that slide a window, without those of blocks that it calls.

    Left out are layers whose options have letters: the author had a reason for them.
    """
    layers = {row.item.start: row.layer for row in rows_of(fault.network.rows)}
    windows_in: list[WindowLayer] = []
    for item in all_items(branch):
        node, layer = item.node, layers.get(item.start)
        if not isinstance(node, LayerNode) or not isinstance(layer, (Conv, Pool)):
            continue
        if all(_is_number(option.value) for option in node.options):
            windows_in.append(WindowLayer(item, node, layer.windows))
    return windows_in


def _keeping_padding(layer: WindowLayer) -> tuple[int, int] | None:
    """Return the padding with which a layer keeps the size at stride 1; None if there is none."""
    w, h = layer.windows
    is_odd = w.F_eff % 2 == h.F_eff % 2 == 1
    return (w.F_eff // 2, h.F_eff // 2) if is_odd else None


def _stride(S: int, side: int, goal: int) -> int:
    """Return the stride that is nearest to changing the size as wanted; 0 if there is none."""
    return (2 * S * side + goal) // (2 * goal)


def _is_number(value: object) -> bool:
    """Return whether the value of an option is a number or a word, not a letter or an expression."""
    sides = value if isinstance(value, Pair) else (value,)
    return all(isinstance(side, (int, float, str)) for side in sides)
