"""Memory that a network needs for training and for inference, predicted before it is built.

All numbers are bytes. Training keeps for the backward pass what autograd saves, each storage once
(``autograd.py``). Not counted: the workspace of kernels, the gradients that flow between layers, and
what an allocator rounds up.
"""

from __future__ import annotations

from cnnsize.memory.autograd import DTYPES, UnknownSizeError, saved
from cnnsize.memory.estimate import (
    OPTIMIZERS,
    Memory,
    inference,
    largest_batch,
    training,
)

__all__ = [
    "DTYPES",
    "OPTIMIZERS",
    "Memory",
    "UnknownSizeError",
    "inference",
    "largest_batch",
    "saved",
    "training",
]
