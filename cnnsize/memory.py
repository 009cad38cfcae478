"""What a network needs in memory, for training and for inference: bytes, predicted before anything
is built.

Training keeps for the backward pass what autograd saves, each storage once. What that is was read
off torch 2.13 with ``torch.autograd.graph.saved_tensors_hooks``, and the tests hold every layer
kind to it. Left out: workspace (what a kernel needs for itself), the gradients that pass between
layers, and what an allocator rounds up.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from cnnsize.language.tree import Call, Chain, Group, Item, Join
from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv, TransposedConv
from cnnsize.layers.pointwise import BatchNorm, Dropout, GroupNorm, LayerNorm, Scale
from cnnsize.layers.pool import Pool
from cnnsize.layers.reshape import Crop, Slice, Up
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import Block, Fork, Loop, Part, Row
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.totals import peak_activations, totals
from cnnsize.torch_code.build import Builder
from cnnsize.torch_code.modules import NEEDS_MAP
from cnnsize.torch_code.names import Names
from cnnsize.torch_code.occurrences import Occurrence, branches, inside, passes, split
from cnnsize.torch_code.site import MAP, VECTOR, Rank
from cnnsize.torch_code.strides import (
    Numbers,
    Strided,
    as_suggested,
    concatenated,
    convolved,
    copied,
    elementwise,
    is_packed,
    packed,
    suggests_channels_last,
    viewed,
)

DTYPES = {"float32": 4, "bfloat16": 2, "float16": 2}
OPTIMIZERS = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}  # numbers kept for each parameter
INDEX = 8  # bytes of the place of a maximum


class Memory(NamedTuple):
    """Bytes, by what they are for."""

    parameters: int
    buffers: int  # the running means and variances of BN
    gradients: int
    optimizer: int
    activations: int  # training: what autograd saves; inference: what is alive at once, at most

    @property
    def total(self) -> int:
        return sum(self)


class UnknownSizeError(ValueError):
    """A network with an unknown volume has no memory to predict."""


def training(
    network: SizedNetwork,
    batch: int = 1,
    dtype: str = "float32",
    optimizer: str = "sgd",
    device: str = "cpu",
) -> Memory:
    """The memory of one training step: ``batch`` inputs forward and backward, and the optimizer."""
    size = DTYPES[dtype]
    parameters = _params(network) * size
    return Memory(
        parameters,
        _buffers(network.rows, size),
        parameters,
        OPTIMIZERS[optimizer] * parameters,
        saved(network, batch, dtype, device),
    )


def inference(network: SizedNetwork, batch: int = 1, dtype: str = "float32") -> Memory:
    """The memory of a forward pass that keeps nothing."""
    size = DTYPES[dtype]
    parameters = _params(network)
    return Memory(
        parameters * size,
        _buffers(network.rows, size),
        0,
        0,
        peak_activations(network) * batch * size,
    )


def largest_batch(
    network: SizedNetwork,
    available: int,
    train: bool,
    dtype: str,
    optimizer: str,
    device: str = "cpu",
) -> int | None:
    """How many inputs fit into ``available`` bytes; 0 where not even one does. The sum is linear in
    the batch from two on: a slice of a single input lies in one piece, and what need not be copied
    is saved otherwise. None where any number fits: nothing is kept of an input.
    """

    def total(batch: int) -> int:
        if train:
            return training(network, batch, dtype, optimizer, device).total
        return inference(network, batch, dtype).total

    one, two = total(1), total(2)
    each = total(3) - two
    if available < two:
        return int(available >= one)
    return 2 + (available - two) // each if each else None


def _params(network: SizedNetwork) -> int:
    parameters = totals(network).params
    if parameters is None:
        raise UnknownSizeError
    return parameters


def _buffers(parts: tuple[Part, ...], size: int) -> int:
    found = 0
    for part in parts:
        if isinstance(part, Row):
            volume = part.inputs[0]
            if part.layer.kind == "BN" and volume is not None:
                found += 2 * volume.D * size + 8  # the count of batches is an int64
        elif isinstance(part, Fork):
            found += sum(_buffers(branch, size) for branch in part.branches)
        else:
            found += _buffers(part.body, size) * (part.times if isinstance(part, Loop) else 1)
    return found


SUGGESTED = frozenset(
    {"POOL", "AVGPOOL", "GAP", "GMP", "UP", "PIXELSHUFFLE", "PIXELUNSHUFFLE", "CHSHUFFLE", "GN"}
)
PACKED = frozenset({"IN", "SOFTMAX", "LOGSOFTMAX", "FC"})
COPIED = frozenset({"RELU6", "PRELU"})  # torch writes into an empty_like(x)
SCALAR = packed(())


class Storage:
    """The bytes behind one or more tensors."""

    __slots__ = ("bytes", "saved")

    def __init__(self, size: int) -> None:
        self.bytes = size
        self.saved = False


class Tensor(NamedTuple):
    """A volume in memory: how its values lie in which storage, and whether a gradient flows back to
    it.
    """

    at: Strided
    storage: Storage
    grad: bool

    @property
    def rank(self) -> Rank:
        return MAP if len(self.at.shape) == 4 else VECTOR

    @property
    def volume(self) -> Volume:
        if self.rank == VECTOR:
            return Volume(1, 1, self.at.shape[1])
        _, D, H, W = self.at.shape
        return Volume(W, H, D)

    @property
    def state(self) -> tuple[object, ...]:
        """All that decides what later layers save."""
        return self.at, self.storage.saved, self.storage.bytes, self.grad


def saved(
    network: SizedNetwork, batch: int = 1, dtype: str = "float32", device: str = "cpu"
) -> int:
    """The bytes that autograd saves in one training pass forward."""
    if network.output is None:
        raise UnknownSizeError
    return Saved(batch, DTYPES[dtype], device).network(network)


class Saved:
    """Adds up what autograd saves, storage by storage."""

    def __init__(self, batch: int, size: int, device: str) -> None:
        self.batch = batch
        self.size = size
        self.device = device
        self.total = 0

    def network(self, network: SizedNetwork) -> int:
        """The bytes of a whole network."""
        self.builder = Builder(network, Names())
        start = self.fresh(packed(self.shape(network.input, MAP)), grad=False)
        self.chain(network.architecture.chain, self.builder.top, MAP, start)
        return self.total

    def shape(self, volume: Volume, rank: Rank) -> Numbers:
        W, H, D = volume
        return (self.batch, W * H * D) if rank == VECTOR else (self.batch, D, H, W)

    def bytes(self, at: Strided) -> int:
        return prod(at.shape) * self.size

    def fresh(self, at: Strided, grad: bool) -> Tensor:
        """A tensor with a storage of its own."""
        return Tensor(at, Storage(self.bytes(at)), grad)

    def save(self, tensor: Tensor) -> None:
        if not tensor.storage.saved:
            tensor.storage.saved = True
            self.total += tensor.storage.bytes

    def chain(self, chain: Chain, place: Occurrence, rank: Rank, x: Tensor) -> Tensor:
        """A chain on a tensor, with maps made vectors, and vectors maps, where the source does
        so.
        """
        for item, parts in zip(chain.items, split(place, len(chain.items)), strict=True):
            here = Occurrence({}, x.volume, parts, place.base + 1)
            if item.suffix.repeat is None:
                x = self.once(item, here, rank, x)
            else:
                x = self.repeat(item, here, rank, x)
            rank = self.builder.rank(item, here, rank)
        return x

    def repeat(self, item: Item, place: Occurrence, rank: Rank, x: Tensor) -> Tensor:
        """Passes, each once until one begins as the one before it did: then all others save the
        same.
        """
        inner = self.builder.repeat_rank(item, place, rank)
        if inner != rank:
            x = self.turned(x, inner)
        for body, often in passes(place.parts, place.base):
            before, total = x.state, self.total
            for done in range(often):
                one = Occurrence({}, x.volume, body, place.base + 1)
                x = self.once(item, one, inner, x)
                if self.builder.rank_once(item, one, inner) != inner:
                    x = self.turned(x, inner)
                if x.state == before:
                    self.total += (self.total - total) * (often - done - 1)
                    break
                before, total = x.state, self.total
        return x

    def turned(self, x: Tensor, rank: Rank) -> Tensor:
        """A map as a vector, or a vector as a map of one position: the same values."""
        return self.reshaped(x, self.shape(x.volume, rank))

    def reshaped(self, x: Tensor, shape: Numbers) -> Tensor:
        """The same values in another shape: in the same storage, unless they must be copied."""
        view = viewed(x.at, shape)
        return self.fresh(packed(shape), x.grad) if view is None else x._replace(at=view)

    def once(self, item: Item, place: Occurrence, rank: Rank, x: Tensor) -> Tensor:
        node = item.node
        if isinstance(node, Group):
            return self.chain(node.chain, place, rank, x)
        if isinstance(node, Join):
            return self.join(item, node, place, rank, x)
        if isinstance(node, Call):
            for block in place.parts:
                assert isinstance(block, Block)
                definition = self.builder.definitions[node.name]
                x = self.chain(definition.chain, inside(block, place), rank, x)
            return x
        (row,) = place.parts
        assert isinstance(row, Row)
        if rank == VECTOR and row.layer.kind in NEEDS_MAP:
            x = self.turned(x, MAP)
        return self.row(row, x)

    def join(self, item: Item, node: Join, place: Occurrence, rank: Rank, x: Tensor) -> Tensor:
        (fork,) = place.parts
        assert isinstance(fork, Fork)
        output = fork.join.sizing.output
        assert output is not None
        out = self.builder.rank_once(item, place, rank)
        ends = []
        for branch, inner in branches(node, place):
            end = self.chain(branch, inner, rank, x)
            ends.append(
                end
                if self.builder.rank_chain(branch, inner, rank) == out
                else self.turned(end, out)
            )
        if node.op == "CAT":
            at = concatenated([end.at for end in ends], self.shape(output, out))
            return self.fresh(at, any(end.grad for end in ends))
        left = ends[0]
        for right in ends[1:]:
            if node.op == "MUL":
                if right.grad:
                    self.save(left)
                if left.grad:
                    self.save(right)
            left = self.fresh(elementwise(left.at, right.at), left.grad or right.grad)
        return left

    def row(self, row: Row, x: Tensor) -> Tensor:
        layer, output = row.layer, row.sizing.output
        assert output is not None
        kind = layer.kind
        if kind in ("INPUT", "OUTPUT", "LOSS") or (isinstance(layer, Dropout) and layer.rate == 0):
            return x
        if isinstance(layer, (Crop, Slice)):
            return x._replace(
                at=x.at._replace(shape=self.shape(output, x.rank))
            )  # a part of the same storage
        if kind in ("GAP", "GMP") and x.rank == VECTOR:
            return x
        if kind in ("FLATTEN", "UNFLATTEN", "FC") and x.rank == MAP:
            x = self.turned(x, VECTOR)
        if kind == "FLATTEN":
            return x
        if kind == "UNFLATTEN":
            return self.reshaped(x, self.shape(output, MAP))
        learns = layer.traits.learned or (isinstance(layer, BatchNorm) and layer.affine)
        y = self.fresh(self.laid(layer, x.at, self.shape(output, x.rank)), x.grad or learns)
        if y.grad:
            self.layer(layer, x, y)
        return y

    def laid(self, layer: Layer, x: Strided, shape: Numbers) -> Strided:
        """How the output of a layer lies."""
        kind, batch = layer.kind, self.batch
        if isinstance(layer, Conv):
            if (sides := self.padding(layer)) != (0, 0):
                x = as_suggested(x, (*x.shape[:2], x.shape[2] + sides[1], x.shape[3] + sides[0]))
            w, h = layer.windows
            return convolved(x, (shape[1], x.shape[1] // layer.groups(x.shape[1]), h.F, w.F), shape)
        if isinstance(layer, TransposedConv):
            return convolved(x, (x.shape[1], shape[1] // layer.G, layer.F[1], layer.F[0]), shape)
        if kind in SUGGESTED or (kind == "PAD" and shape != x.shape):
            return as_suggested(x, shape)
        if kind in PACKED:
            return packed(shape)
        if kind == "LN":
            return packed(shape, len(shape) == 4)  # over the depth, moved to the end and back
        if kind == "BN":
            return (
                packed(shape)
                if is_packed(x)
                else packed(shape, is_packed(x, True) or suggests_channels_last(x))
            )
        if kind in COPIED or kind == "PAD":
            return copied(x)
        if kind == "LRN":
            return elementwise(x, packed(shape))
        if isinstance(layer, Scale):
            y = elementwise(x, packed((shape[1], 1, 1)))
            return elementwise(y, packed((shape[1], 1, 1))) if layer.bias else y
        if isinstance(layer, Dropout):
            if kind == "DROPPATH":
                return elementwise(x, packed((batch, *(1 for _ in shape[1:]))))
            if layer.rate == 1:
                return elementwise(x, SCALAR)
            if kind == "DROPOUT2D" and len(shape) == 4:
                return elementwise(x, packed((*shape[:2], 1, 1)))
        return elementwise(x)

    def padding(self, layer: Conv) -> tuple[int, int]:
        """What is padded before the convolution, along W and H: torch pads both sides alike, or a
        copy first. Of its own P=same, it is what one side has more than the other.
        """
        if all(window.before == window.after for window in layer.windows):
            return 0, 0
        w, h = (
            one.after - one.before if layer.same else one.before + one.after
            for one in layer.windows
        )
        return w, h

    def layer(self, layer: Layer, x: Tensor, y: Tensor) -> None:
        """Adds what one layer saves."""
        kind, batch, size = layer.kind, self.batch, self.size
        W, H, D = x.volume
        if isinstance(layer, Conv) and (padding := self.padding(layer)) != (0, 0):
            self.total += batch * (W + padding[0]) * (H + padding[1]) * D * size
            return
        if (kind == "IN" and not is_packed(x.at)) or (
            kind == "GN" and not is_packed(x.at, suggests_channels_last(x.at))
        ):
            self.total += self.bytes(x.at)  # of a copy in one piece
        elif layer.traits.saves == "input" or self.averages(layer, y):
            self.save(x)
        if layer.traits.saves == "output":
            self.save(y)
        if kind == "GMP" or (kind == "POOL" and isinstance(layer, Pool)):
            self.total += prod(y.at.shape) * INDEX
        elif isinstance(layer, Dropout):
            self.total += self.mask(layer, x)
        elif isinstance(layer, GroupNorm):
            self.total += 2 * batch * layer.G * size
        elif isinstance(layer, LayerNorm):
            self.total += 2 * batch * W * H * size
        elif kind == "IN" and isinstance(layer, BatchNorm):
            self.total += (3 if layer.affine else 2) * batch * D * size
        elif kind == "BN":
            self.total += 2 * D * size
        elif (
            kind == "LRN"
        ):  # the squares, padded by two channels on both sides; their root's base; the divisor
            self.total += batch * W * H * (D + 4 + 2 * D) * size

    def averages(self, layer: Layer, y: Tensor) -> bool:
        """Is this a mean over windows? torch saves its input, but not that of a mean over the whole
        map.
        """
        if isinstance(layer, Up):
            return layer.mode == "area" and y.volume[:2] != (1, 1)
        return (
            layer.kind == "AVGPOOL"
            and isinstance(layer, Pool)
            and (layer.to is None or layer.to != (1, 1))
        )

    def mask(self, layer: Dropout, x: Tensor) -> int:
        """The mask of a dropout."""
        if layer.kind == "DROPPATH":
            return self.batch * self.size
        if layer.kind == "DROPOUT2D" and x.rank == MAP:
            return self.size if layer.rate == 1 else self.batch * x.volume.D * self.size
        if layer.rate == 1:
            return self.size  # one zero
        return prod(x.at.shape) * (1 if self.device == "cuda" else self.size)
