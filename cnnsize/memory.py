"""What a network needs in memory, for training and for inference: bytes, predicted before anything is built.

Training keeps for the backward pass what autograd saves, each storage once. What that is was read off
torch 2.13 with ``torch.autograd.graph.saved_tensors_hooks``, and the tests hold every layer kind to it.
Left out: workspace (what a kernel needs for itself), the gradients that pass between layers, and what an
allocator rounds up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cnnsize.language.tree import Call, Chain, Group, Item, Join
from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv
from cnnsize.layers.pointwise import BatchNorm, Dropout, GroupNorm, LayerNorm
from cnnsize.layers.pool import Pool
from cnnsize.layers.reshape import Up
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import Block, Fork, Loop, Part, Row
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.totals import peak, totals
from cnnsize.torch_code.build import Builder
from cnnsize.torch_code.modules import NEEDS_MAP
from cnnsize.torch_code.names import Names
from cnnsize.torch_code.occurrences import Place, branches, inside, passes, split
from cnnsize.torch_code.site import MAP, Rank
from cnnsize.torch_code.site import VECTOR as MAP_AS_VECTOR

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


class Unknown(ValueError):
    """A network with an unknown volume has no memory to predict."""


def training(
    network: SizedNetwork, batch: int = 1, dtype: str = "float32", optimizer: str = "sgd", device: str = "cpu"
) -> Memory:
    """The memory of one training step: ``batch`` inputs forward and backward, and the optimizer."""
    size = DTYPES[dtype]
    parameters = _params(network) * size
    return Memory(
        parameters, _buffers(network.rows, size), parameters, OPTIMIZERS[optimizer] * parameters,
        saved(network, batch, dtype, device),
    )  # fmt: skip


def inference(network: SizedNetwork, batch: int = 1, dtype: str = "float32") -> Memory:
    """The memory of a forward pass that keeps nothing."""
    size = DTYPES[dtype]
    parameters = _params(network)
    return Memory(parameters * size, _buffers(network.rows, size), 0, 0, peak(network) * batch * size)


def largest_batch(
    network: SizedNetwork, available: int, train: bool, dtype: str, optimizer: str, device: str = "cpu"
) -> int | None:
    """How many inputs fit into ``available`` bytes; 0 where not even one does. The sum is linear in the batch from
    two on: a slice of a single input lies in one piece, and what need not be copied is saved otherwise. None where
    any number fits: nothing is kept of an input."""

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
        raise Unknown
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


# -- what autograd saves ------------------------------------------------------------------------------

PLAIN, LAST = "N x C x H x W", "channels last"
CONTIGUOUS = frozenset({"IN", "GN"})  # these copy what does not lie in one piece


class Storage:
    """The bytes behind one or more tensors."""

    __slots__ = ("bytes", "saved")

    def __init__(self, size: int) -> None:
        self.bytes = size
        self.saved = False


class Tensor(NamedTuple):
    """A volume in memory: where its values lie, how, and whether a gradient flows back to it."""

    volume: Volume
    storage: Storage
    layout: str
    grad: bool
    steps: tuple[int, int, int]  # from one value to the next along W, H, D, as torch strides

    @property
    def values(self) -> int:
        return self.volume.W * self.volume.H * self.volume.D

    @property
    def state(self) -> tuple[object, ...]:
        """All that decides what later layers save."""
        return self.volume, self.storage.saved, self.storage.bytes, self.layout, self.grad, self.steps


def saved(network: SizedNetwork, batch: int = 1, dtype: str = "float32", device: str = "cpu") -> int:
    """The bytes that autograd saves in one training pass forward."""
    if network.output is None:
        raise Unknown
    return Saved(batch, DTYPES[dtype], device).network(network)


def in_row(axes: Iterable[tuple[int, int]], step: int = 0) -> int | None:
    """The step from each value to the next over all axes, (size, step) from the innermost on; None where none leads
    from the end of one axis to the next. ``step`` is what it must be, 0 leaves it open."""
    reach = step
    for size, by in axes:
        if size == 1:
            continue
        if reach not in (0, by):
            return None
        step = step or by
        reach = by * size
    return step or 1


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
        start = self.fresh(network.input, PLAIN, grad=False)
        self.chain(network.architecture.chain, self.builder.top, MAP, start)
        return self.total

    def bytes(self, volume: Volume) -> int:
        return self.batch * volume.W * volume.H * volume.D * self.size

    def fresh(self, volume: Volume, layout: str, grad: bool) -> Tensor:
        W, H, D = volume = Volume(1, 1, volume.W * volume.H * volume.D) if layout == VECTOR else volume
        steps = {PLAIN: (1, W, W * H), LAST: (D, D * W, 1), VECTOR: (1, 1, 1)}[layout]
        return Tensor(volume, Storage(self.bytes(volume)), layout, grad, steps)

    def save(self, tensor: Tensor) -> None:
        if not tensor.storage.saved:
            tensor.storage.saved = True
            self.total += tensor.storage.bytes

    def chain(self, chain: Chain, place: Place, rank: Rank, x: Tensor) -> Tensor:
        """A chain on a tensor, with maps made vectors, and vectors maps, where the source does so."""
        for item, parts in zip(chain.items, split(place, len(chain.items)), strict=True):
            here = Place({}, x.volume, parts, place.base + 1)
            if item.suffix.repeat is None:
                x = self.once(item, here, rank, x)
            else:
                x = self.repeat(item, here, rank, x)
            rank = self.builder.rank(item, here, rank)
        return x

    def repeat(self, item: Item, place: Place, rank: Rank, x: Tensor) -> Tensor:
        """Passes, each once until one begins as the one before it did: then all others save the same."""
        inner = self.builder.repeat_rank(item, place, rank)
        if inner != rank:
            x = self.turned(x, inner)
        for body, often in passes(place.parts, place.base):
            before, total = x.state, self.total
            for done in range(often):
                one = Place({}, x.volume, body, place.base + 1)
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
        return self.flattened(x) if rank == MAP_AS_VECTOR else self.unflattened(x, x.volume)

    def once(self, item: Item, place: Place, rank: Rank, x: Tensor) -> Tensor:
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
        if rank == MAP_AS_VECTOR and row.layer.kind in NEEDS_MAP:
            x = self.turned(x, MAP)
        return self.row(row, x)

    def join(self, item: Item, node: Join, place: Place, rank: Rank, x: Tensor) -> Tensor:
        (fork,) = place.parts
        assert isinstance(fork, Fork)
        output = fork.join.sizing.output
        assert output is not None
        out = self.builder.rank_once(item, place, rank)
        ends = []
        for branch, inner in branches(node, place):
            end = self.chain(branch, inner, rank, x)
            ends.append(end if self.builder.rank_chain(branch, inner, rank) == out else self.turned(end, out))
        layout = ends[0].layout
        if node.op == "CAT" and any(end.layout != layout for end in ends):
            layout = PLAIN
        if node.op != "MUL":
            return self.fresh(output, layout, any(end.grad for end in ends))
        left = ends[0]
        for right in ends[1:]:
            if right.grad:
                self.save(left)
            if left.grad:
                self.save(right)
            left = self.fresh(max(left.volume, right.volume), layout, left.grad or right.grad)
        return left

    def row(self, row: Row, x: Tensor) -> Tensor:
        layer, output = row.layer, row.sizing.output
        assert output is not None
        kind = layer.kind
        if kind in ("INPUT", "OUTPUT", "LOSS") or (isinstance(layer, Dropout) and layer.rate == 0):
            return x
        if kind in ("SLICE", "CROP"):
            return x._replace(volume=output)  # a part of the same storage
        if kind in ("FLATTEN", "UNFLATTEN", "FC"):
            x = self.flattened(x)
            if kind == "FLATTEN":
                return x
            if kind == "UNFLATTEN":
                return self.unflattened(x, output)
        if kind in ("GAP", "GMP") and x.layout == VECTOR:
            return x
        learns = layer.traits.learned or (isinstance(layer, BatchNorm) and layer.affine)
        y = self.fresh(output, self.layout(kind, x), x.grad or learns)
        if y.grad:
            self.layer(layer, x, y)
        return y

    def flattened(self, x: Tensor) -> Tensor:
        """The values in a row: the same storage where one step leads from each to the next."""
        flat = Volume(1, 1, x.values)
        step = in_row(zip(x.volume, x.steps, strict=True))
        if step is None:
            return self.fresh(flat, VECTOR, x.grad)
        return x._replace(volume=flat, layout=VECTOR, steps=(1, 1, step))

    def unflattened(self, x: Tensor, volume: Volume) -> Tensor:
        """A vector as a map: the same values."""
        step = x.steps[2]
        return x._replace(volume=volume, layout=PLAIN, steps=(step, step * volume.W, step * volume.W * volume.H))

    def contiguous(self, x: Tensor, last: bool) -> bool:
        """Does the whole batch lie in one piece, in the order of a map, or with channels last?"""
        (W, H, D), (w, h, d) = x.volume, x.steps
        inner = [(D, d), (W, w), (H, h)] if last else [(W, w), (H, h), (D, d)]
        return in_row([*inner, (self.batch, x.storage.bytes // (self.batch * self.size))], 1) is not None

    def layout(self, kind: str, x: Tensor) -> str:
        """How the output of a layer lies: mostly as its input does."""
        if kind == "FC":
            return VECTOR
        if kind == "LN":
            return x.layout if x.layout == VECTOR else LAST
        if kind in ("IN", "SOFTMAX", "LOGSOFTMAX") and x.layout != VECTOR:
            return PLAIN
        return x.layout

    def layer(self, layer: Layer, x: Tensor, y: Tensor) -> None:
        """Adds what one layer saves."""
        kind, batch, size = layer.kind, self.batch, self.size
        W, H, D = x.volume
        if isinstance(layer, Conv) and any(window.before != window.after for window in layer.windows):
            # a padded copy is saved. Of torch's own P=same: padded by what one side has more than the other
            sides = [w.after - w.before if layer.same else w.before + w.after for w in layer.windows]
            self.total += self.bytes(Volume(W + sides[0], H + sides[1], D))
            return
        if kind in CONTIGUOUS and not self.contiguous(x, last=kind == "GN" and x.layout == LAST):
            self.total += self.bytes(x.volume)
        elif layer.traits.saves == "input" or self.averages(layer, x, y):
            self.save(x)
        if layer.traits.saves == "output":
            self.save(y)
        if kind == "GMP" or (kind == "POOL" and isinstance(layer, Pool)):
            self.total += batch * y.values * INDEX
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
        elif kind == "LRN":  # the squares, padded by two channels on both sides; their root's base; the divisor
            self.total += batch * W * H * (D + 4 + 2 * D) * size

    def averages(self, layer: Layer, x: Tensor, y: Tensor) -> bool:
        """Is this a mean over windows? torch saves its input, but not that of a mean over the whole map."""
        if isinstance(layer, Up):
            return layer.mode == "area" and y.volume[:2] != (1, 1)
        return layer.kind == "AVGPOOL" and isinstance(layer, Pool) and (layer.to is None or layer.to != (1, 1))

    def mask(self, layer: Dropout, x: Tensor) -> int:
        """The mask of a dropout."""
        if layer.kind == "DROPPATH":
            return self.batch * self.size
        if layer.kind == "DROPOUT2D" and x.layout != VECTOR:
            return self.size if layer.rate == 1 else self.batch * x.volume.D * self.size
        if layer.rate == 1:
            return self.size  # one zero
        return self.batch * x.values * (1 if self.device == "cuda" else self.size)


VECTOR = "N x D"
