"""A live PyTorch module as text in the notation, checked against the module itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cnnsize.models.network_text import ReadModel, network_of
from cnnsize.models.series import needed_nodes
from cnnsize.models.simplify import simplified
from cnnsize.record import replace
from cnnsize.text.english import counted

if TYPE_CHECKING:
    from torch import nn

    from cnnsize.models.recorder import Recorded


DEFAULT_INPUT = (3, 224, 224)  # C x H x W, as for ImageNet


def read_module(module: nn.Module, *inputs: tuple[int, ...], flat: bool = False) -> ReadModel:
    """Return a module as text, for inputs of C x H x W or of C values, as PyTorch counts.

    Volumes, parameters and multiply-adds of the text are those of the module. Raises
    UnreadableModelError with the operation that the notation does not have.
    """
    # late: they import torch
    from cnnsize.models.forward_pass import record
    from cnnsize.models.torch_functions import modules
    from cnnsize.models.torch_functions.table import record_call

    recorded = record(module, inputs, record_call, modules.read_module)
    recorded = recorded._replace(flow=simplified(recorded.flow))
    account = account_of(recorded)
    read = network_of(recorded.flow, account.expected, flat=flat)
    notes = (*read.notes, *account.notes)
    return ReadModel(replace(read.network, notes=notes), notes)


class Account(NamedTuple):
    """The parameters of a module, and those of its text."""

    expected: int  # of the text
    notes: tuple[str, ...]  # why the module has others


def account_of(recorded: Recorded) -> Account:
    """Return how many parameters the text must have, and what that number leaves out or adds."""
    weights = [
        weight
        for index in needed_nodes(recorded.flow)
        for weight in recorded.weights.get(index, ())
    ]
    used: set[str] = set().union(*(weight.parameters for weight in weights))
    unused = {name: size for name, size in recorded.sizes.items() if name not in used}
    expected = sum(recorded.sizes.values()) - sum(unused.values())
    notes: list[str] = []
    if any(unused.values()):
        owners = dict.fromkeys(name.partition(".")[0] for name, size in unused.items() if size)
        notes.append(
            f"{counted(sum(unused.values()), 'parameter')} of {', '.join(owners)} are "
            "not used in evaluation mode"
        )
    added: dict[str, int] = {}
    for weight in weights:
        own = sum(recorded.sizes[name] for name in weight.parameters)
        if own != weight.size:
            added[weight.owner] = added.get(weight.owner, 0) + weight.size - own
    for owner, size in added.items():
        expected += size
        verb = "counts" if size > 0 else "omits"
        notes.append(
            f"the text {verb} {counted(abs(size), 'weight')} of {owner} that "
            + ("are no parameters" if size > 0 else "only scale other weights")
        )
    return Account(expected, tuple(notes))
