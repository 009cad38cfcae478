"""The memory of a training step and of a forward pass, and the largest batch that fits."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.memory.autograd import DTYPES, UnknownSizeError, saved
from cnnsize.sizing.rows import Fork, Loop, Part, Row
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.totals import peak_activations, totals

OPTIMIZERS = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}  # numbers kept for each parameter
BATCH_COUNTER = 8  # bytes of the num_batches_tracked of a BN, an int64


class Memory(NamedTuple):
    """Bytes, by what they are for."""

    parameters: int
    buffers: int  # the running means and variances of BN
    gradients: int
    optimizer: int
    activations: int  # what autograd saves; of inference, the peak activations

    @property
    def total(self) -> int:
        """The sum of all bytes."""
        return sum(self)


def training(
    network: SizedNetwork,
    batch: int = 1,
    dtype: str = "float32",
    optimizer: str = "sgd",
    device: str = "cpu",
) -> Memory:
    """Return the memory of one training step with ``batch`` inputs.

    Raises UnknownSizeError for a network with an unknown volume.
    """
    size = DTYPES[dtype]
    parameters = _params(network) * size
    return Memory(
        parameters=parameters,
        buffers=_buffers(network.rows, size),
        gradients=parameters,
        optimizer=OPTIMIZERS[optimizer] * parameters,
        activations=saved(network, batch, dtype, device),
    )


def inference(network: SizedNetwork, batch: int = 1, dtype: str = "float32") -> Memory:
    """Return the memory of a forward pass that keeps nothing for a backward pass.

    Raises UnknownSizeError for a network with an unknown volume.
    """
    size = DTYPES[dtype]
    return Memory(
        parameters=_params(network) * size,
        buffers=_buffers(network.rows, size),
        gradients=0,
        optimizer=0,
        activations=peak_activations(network) * batch * size,
    )


def largest_batch(
    network: SizedNetwork,
    available: int,
    *,
    train: bool,
    dtype: str,
    optimizer: str,
    device: str = "cpu",
) -> int | None:
    """Return how many inputs fit into ``available`` bytes; 0 if not even one does.

    None if any number fits, because no memory depends on the batch. The total is linear in the
    batch from 2 on. A batch of 1 is different: a slice of its channels is contiguous, so autograd
    saves the whole storage and no copy.
    """

    def total(batch: int) -> int:
        if train:
            return training(network, batch, dtype, optimizer, device).total
        return inference(network, batch, dtype).total

    of_one, of_two = total(1), total(2)
    per_input = total(3) - of_two
    if available < of_two:
        return int(available >= of_one)
    return 2 + (available - of_two) // per_input if per_input else None


def _params(network: SizedNetwork) -> int:
    parameters = totals(network).params
    if parameters is None:
        raise UnknownSizeError
    return parameters


def _buffers(parts: tuple[Part, ...], size: int) -> int:
    """Return the bytes of the buffers of BN, with ``size`` bytes per value."""
    total = 0
    for part in parts:
        if isinstance(part, Row):
            volume = part.inputs[0]
            if part.layer.kind == "BN" and volume is not None:
                total += 2 * volume.D * size + BATCH_COUNTER
        elif isinstance(part, Fork):
            total += sum(_buffers(branch, size) for branch in part.branches)
        else:
            total += _buffers(part.body, size) * (part.times if isinstance(part, Loop) else 1)
    return total
