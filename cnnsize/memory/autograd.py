"""The bytes that autograd saves for the backward pass, storage by storage.

The rules were read off PyTorch 2.13 with ``torch.autograd.graph.saved_tensors_hooks``; the tests
compare every layer kind with it.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from cnnsize.language.tree import Call, Chain, Group, Item, Join, has_own_input
from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv
from cnnsize.layers.pointwise import BatchNorm, Dropout, GroupNorm, LayerNorm
from cnnsize.layers.pool import Pool
from cnnsize.layers.reshape import Crop, Slice, Up
from cnnsize.layers.volume import Volume
from cnnsize.memory.layouts import copied_padding, output_layout
from cnnsize.sizing.rows import Row
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.torch_code.occurrences import (
    Occurrence,
    block_occurrences,
    branch_occurrences,
    item_occurrences,
    iteration_occurrences,
    row_of,
)
from cnnsize.torch_code.ranks import (
    MAP,
    NEEDS_MAP,
    VECTOR,
    Rank,
    rank_after_chain,
    rank_after_item,
    rank_after_iteration,
    rank_between_iterations,
    size_of,
)
from cnnsize.torch_code.strides import (
    Numbers,
    Strided,
    concatenated,
    elementwise,
    is_packed,
    packed,
    suggests_channels_last,
    viewed,
)

DTYPES = {"float32": 4, "bfloat16": 2, "float16": 2}
INDEX = 8  # bytes of the position of a maximum, an int64


class UnknownSizeError(ValueError):
    """The memory of a network with an unknown volume cannot be predicted."""


class Storage:
    """The memory that one or more tensors share."""

    __slots__ = ("bytes", "saved")

    def __init__(self, size: int) -> None:
        self.bytes = size
        self.saved = False


class Tensor(NamedTuple):
    """A volume in memory."""

    layout: Strided
    storage: Storage
    needs_grad: bool  # a gradient flows back to it

    @property
    def rank(self) -> Rank:
        """Whether it is a map or a vector."""
        return MAP if len(self.layout.shape) == 4 else VECTOR

    @property
    def volume(self) -> Volume:
        """Its volume W x H x D; of a vector, 1 x 1 x D."""
        if self.rank == VECTOR:
            return Volume(1, 1, self.layout.shape[1])
        _, D, H, W = self.layout.shape
        return Volume(W, H, D)

    @property
    def state(self) -> tuple[object, ...]:
        """All that decides what later layers save."""
        return self.layout, self.storage.saved, self.storage.bytes, self.needs_grad


def saved(
    network: SizedNetwork, batch: int = 1, dtype: str = "float32", device: str = "cpu"
) -> int:
    """Return the bytes that autograd saves in the forward pass of one training step.

    Raises UnknownSizeError for a network with an unknown volume.
    """
    if not network.is_sized:
        raise UnknownSizeError
    counter = SavedBytes(network, batch, DTYPES[dtype], device)
    return counter.total


class SavedBytes:
    """Follows a tensor through a network and adds up what autograd saves."""

    def __init__(self, network: SizedNetwork, batch: int, size: int, device: str) -> None:
        self.definitions = network.architecture.definitions
        self.batch = batch
        self.size = size  # bytes of a value
        self.device = device
        self.total = 0
        x = self.new(packed(self.shape(network.input, MAP)), needs_grad=False)
        start = Occurrence({}, network.input, network.rows, 0)
        self.chain(network.architecture.chain, start, MAP, x)

    # -- tensors ----------------------------------------

    def shape(self, volume: Volume, rank: Rank) -> Numbers:
        """Return the shape of a volume: N x C x H x W of a map, N x C of a vector."""
        W, H, D = volume
        return (self.batch, size_of(volume)) if rank == VECTOR else (self.batch, D, H, W)

    def bytes_of(self, layout: Strided) -> int:
        """Return the bytes of a tensor that has a storage of its own."""
        return prod(layout.shape) * self.size

    def new(self, layout: Strided, *, needs_grad: bool) -> Tensor:
        """Return a tensor with a storage of its own."""
        return Tensor(layout, Storage(self.bytes_of(layout)), needs_grad)

    def converted(self, x: Tensor, rank: Rank) -> Tensor:
        """Return the same values as a vector, or as a map of one position."""
        return self.reshaped(x, self.shape(x.volume, rank))

    def reshaped(self, x: Tensor, shape: Numbers) -> Tensor:
        """Return the same values in another shape, in the same storage unless that needs a copy."""
        layout = viewed(x.layout, shape)
        if layout is None:
            return self.new(packed(shape), needs_grad=x.needs_grad)
        return x._replace(layout=layout)

    def save(self, tensor: Tensor) -> None:
        """Count the storage of a tensor, unless it was counted before."""
        if not tensor.storage.saved:
            tensor.storage.saved = True
            self.total += tensor.storage.bytes

    # -- the network ----------------------------------------

    def chain(self, chain: Chain, occurrence: Occurrence, rank: Rank, x: Tensor) -> Tensor:
        """Return the output of a chain, converted between map and vector where the source does."""
        for item, here in item_occurrences(chain, occurrence):
            if item.suffix.repeat is None:
                x = self.iteration(item, here, rank, x)
            else:
                x = self.repeat(item, here, rank, x)
            rank = rank_after_item(item, here, rank, self.definitions)
        return x

    def repeat(self, item: Item, occurrence: Occurrence, rank: Rank, x: Tensor) -> Tensor:
        """Return the output of a repeat.

        Equal iterations are followed until one starts in the same state as the one before: from
        then on each saves the same number of bytes.
        """
        between = rank_between_iterations(item, occurrence, rank, self.definitions)
        if between != rank:
            x = self.converted(x, between)
        for body, times in iteration_occurrences(occurrence):
            given = rank_after_iteration(item, body, between, self.definitions)
            state, total = x.state, self.total
            for number in range(1, times + 1):
                x = self.iteration(item, body, between, x)
                if given != between:
                    x = self.converted(x, between)
                if x.state == state:
                    self.total += (self.total - total) * (times - number)
                    break
                state, total = x.state, self.total
        return x

    def iteration(self, item: Item, occurrence: Occurrence, rank: Rank, x: Tensor) -> Tensor:
        """Return the output of an item, or of one iteration of it."""
        node = item.node
        if isinstance(node, Group):
            return self.chain(node.chain, occurrence, rank, x)
        if isinstance(node, Join):
            return self.join(item, node, occurrence, rank, x)
        if isinstance(node, Call):
            for _, inside in block_occurrences(occurrence):
                x = self.chain(self.definitions[node.name].chain, inside, rank, x)
            return x
        row = row_of(occurrence)
        if rank == VECTOR and row.layer.kind in NEEDS_MAP:
            x = self.converted(x, MAP)
        return self.row(row, x)

    def join(self, item: Item, node: Join, occurrence: Occurrence, rank: Rank, x: Tensor) -> Tensor:
        """Return the output of a join, and save what its operator needs."""
        if node.makes_outputs:
            for branch, inside in branch_occurrences(node, occurrence):
                self.chain(branch, inside, rank, x)
            return x
        merged = rank_after_iteration(item, occurrence, rank, self.definitions)
        outputs = []
        for branch, inside in branch_occurrences(node, occurrence):
            start = x
            if has_own_input(branch):
                start = self.new(packed(self.shape(inside.volume, MAP)), needs_grad=False)
            output = self.chain(branch, inside, rank, start)
            if rank_after_chain(branch, inside, rank, self.definitions) != merged:
                output = self.converted(output, merged)
            outputs.append(output)
        if node.op == "CAT":
            shape = self.shape(occurrence.output, merged)
            layout = concatenated([output.layout for output in outputs], shape)
            return self.new(layout, needs_grad=any(output.needs_grad for output in outputs))
        left = outputs[0]
        for right in outputs[1:]:
            if node.op == "MUL":
                if right.needs_grad:
                    self.save(left)
                if left.needs_grad:
                    self.save(right)
            layout = elementwise(left.layout, right.layout)
            left = self.new(layout, needs_grad=left.needs_grad or right.needs_grad)
        return left

    # -- layers ----------------------------------------

    def row(self, row: Row, x: Tensor) -> Tensor:
        """Return the output of a layer, and save what its backward pass needs."""
        layer, volume = row.layer, row.sizing.output
        assert volume is not None
        kind = layer.kind
        if runs_nothing(layer, x):
            return x
        if isinstance(layer, (Crop, Slice)):  # a view: part of the same storage
            return x._replace(layout=x.layout._replace(shape=self.shape(volume, x.rank)))
        if kind in ("FLATTEN", "UNFLATTEN", "FC") and x.rank == MAP:
            x = self.converted(x, VECTOR)
        if kind == "FLATTEN":
            return x
        if kind == "UNFLATTEN":
            return self.reshaped(x, self.shape(volume, MAP))
        has_parameters = layer.traits.learned or (isinstance(layer, BatchNorm) and layer.affine)
        layout = output_layout(layer, x.layout, self.shape(volume, x.rank))
        y = self.new(layout, needs_grad=x.needs_grad or has_parameters)
        if y.needs_grad:
            self.save_for_backward(layer, x, y)
        return y

    def save_for_backward(self, layer: Layer, x: Tensor, y: Tensor) -> None:
        """Count what autograd saves of one layer with the input ``x`` and the output ``y``."""
        if isinstance(layer, (Conv, Pool)):
            columns, rows = copied_padding(layer)
            if (columns, rows) != (0, 0):
                W, H, D = x.volume
                self.total += self.batch * (W + columns) * (H + rows) * D * self.size
                self.total += self.intermediate_bytes(layer, x, y)
                return
        if copies_input(layer, x):
            self.total += self.bytes_of(x.layout)
        elif layer.traits.saves == "input" or averages_windows(layer, y):
            self.save(x)
        if layer.traits.saves == "output":
            self.save(y)
        self.total += self.intermediate_bytes(layer, x, y)

    def intermediate_bytes(self, layer: Layer, x: Tensor, y: Tensor) -> int:
        """Return the bytes that a layer saves besides its input and its output."""
        kind, batch, size = layer.kind, self.batch, self.size
        W, H, D = x.volume
        if kind in ("GMP", "POOL"):  # the positions of the maxima
            return prod(y.layout.shape) * INDEX
        if isinstance(layer, Dropout):
            return self.mask_bytes(layer, x)
        if isinstance(layer, GroupNorm):  # a mean and a deviation for each group, and so on below
            return 2 * batch * layer.G * size
        if isinstance(layer, LayerNorm):
            return 2 * batch * W * H * size
        if kind == "IN" and isinstance(layer, BatchNorm):
            return (3 if layer.affine else 2) * batch * D * size
        if kind == "BN":
            return 2 * D * size
        if kind == "LRN":
            # The squares, padded by two channels on both sides; the base of the power; the divisor.
            return batch * W * H * (D + 4 + 2 * D) * size
        return 0

    def mask_bytes(self, layer: Dropout, x: Tensor) -> int:
        """Return the bytes of the mask of a dropout."""
        if layer.kind == "DROPPATH":
            return self.batch * self.size
        if layer.rate == 1:  # a single zero
            return self.size
        if layer.kind == "DROPOUT2D" and x.rank == MAP:
            return self.batch * x.volume.D * self.size
        return prod(x.layout.shape) * (1 if self.device == "cuda" else self.size)


def runs_nothing(layer: Layer, x: Tensor) -> bool:
    """Return whether the source has no module for a layer, or one that returns its input."""
    returns_input = layer.kind in ("INPUT", "OUTPUT", "LOSS", "IDENTITY")
    keeps_all = isinstance(layer, Dropout) and layer.rate == 0
    has_one_position = layer.kind in ("GAP", "GMP") and x.rank == VECTOR
    return returns_input or keeps_all or has_one_position


def copies_input(layer: Layer, x: Tensor) -> bool:
    """Return whether a norm works on a contiguous copy of its input, and saves that."""
    if layer.kind == "IN":
        return not is_packed(x.layout)
    return layer.kind == "GN" and not is_packed(
        x.layout, channels_last=suggests_channels_last(x.layout)
    )


def averages_windows(layer: Layer, y: Tensor) -> bool:
    """Return whether a layer takes means over windows, for which PyTorch saves the input.

    It saves nothing for a mean over the whole map.
    """
    if isinstance(layer, Up):
        return layer.mode == "area" and y.volume[:2] != (1, 1)
    return layer.kind == "AVGPOOL" and isinstance(layer, Pool) and layer.to != (1, 1)
