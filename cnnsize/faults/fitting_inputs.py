"""Inputs with which a faulty network has no fault at all, as the last help of every finding.

The search for them is a package of its own on a higher level, so a caller passes it down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from cnnsize.faults.edit import layer_edits
from cnnsize.faults.verify import Candidate, Verifier
from cnnsize.language.tree import LayerNode
from cnnsize.layers.volume import Volume
from cnnsize.record import NamedTuple
from cnnsize.sizing.rows import rows_of
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.strip import has_gaps
from cnnsize.text.diagnostic import Edit
from cnnsize.text.english import article

SMALLER, MIXED, LARGER = "smaller", "mixed", "larger"
PADDED_UNEVENLY = "CNN109"  # with target = "tensorflow" a warning that no input avoids


class FittingInputs(NamedTuple):
    """The inputs that fit every layer, nearest first; ``running``: all that PyTorch runs, in words."""

    nearest: tuple[Volume, ...]
    running: str


class InputHelp(NamedTuple):
    """The inputs that were verified, as fixes, and in a line of help."""

    fixes: tuple[Candidate, ...]
    line: str
    running: str


FindInputs = Callable[[SizedNetwork], FittingInputs]
NO_INPUTS = FittingInputs((), "")
NO_INPUT_HELP = InputHelp((), "", "")


def input_help(verifier: Verifier, find: FindInputs | None) -> InputHelp:
    """Return the nearest smaller and larger inputs with which the network has no fault."""
    if find is None:
        return NO_INPUT_HELP
    inputs = find(verifier.network)
    verified: dict[str, Candidate] = {}  # by how the input compares with the written one
    for input in inputs.nearest:
        direction = direction_of(input, verifier.network.input)
        is_new = direction not in verified
        edits = input_edits(verifier, input) if is_new and _fits(verifier, input) else None
        if edits is not None:
            verified[direction] = Candidate(
                "input", _words(verifier, input), input_use(input), edits
            )
    fixes = preferred(verified)
    words = " or ".join(fix.value for fix in fixes)
    written = "input " if verifier.input_is_written else ""
    return InputHelp(fixes, f"fits: {written}{words}" if fixes else "", inputs.running)


Choice = TypeVar("Choice")


def preferred(by_direction: Mapping[str, Choice]) -> tuple[Choice, ...]:
    """Return the smaller and the larger one; one that is both only where there is no other."""
    one_way = tuple(by_direction[key] for key in (SMALLER, LARGER) if key in by_direction)
    return one_way or tuple(by_direction.values())


def direction_of(input: Volume, written: Volume) -> str:
    """Return whether an input is smaller or larger than the written one, or each on one side."""
    if input.W <= written.W and input.H <= written.H:
        return SMALLER
    return LARGER if input.W >= written.W and input.H >= written.H else MIXED


def _words(verifier: Verifier, input: Volume) -> str:
    """Return an input as the reader gives it: ``224``, ``224x192`` or ``--input 224x224x3``."""
    if not verifier.input_is_written:
        return f"--input {input}"
    was_square = verifier.network.input.W == verifier.network.input.H
    return str(input.W) if was_square and input.W == input.H else f"{input.W}x{input.H}"


def input_use(input: Volume) -> str:
    """Return the message of the fix that writes another input."""
    text = f"{input.W}x{input.H}"
    return f"use {article(text)} {text} input"


def _fits(verifier: Verifier, input: Volume) -> bool:
    """Return whether the network has no fault and no gaps with an input, and the caller accepts it."""
    network = verifier.sized(verifier.network.architecture, input)
    if network is None or not has_no_fault(network) or not verifier.accepts(network):
        return False
    return not any(map(has_gaps, rows_of(network.rows)))


def has_no_fault(network: SizedNetwork) -> bool:
    """Return whether every layer fits its input."""
    return network.is_sized and all(
        problem.fault.code == PADDED_UNEVENLY for problem in network.problems
    )


def input_edits(verifier: Verifier, input: Volume) -> tuple[Edit, ...] | None:
    """Return the edit of INPUT, none if the text does not say it; None if the edit fails."""
    if not verifier.input_is_written:
        return ()
    architecture = verifier.network.architecture
    first = architecture.chain.items[0]
    assert isinstance(first.node, LayerNode)
    shape = first.node.shape or verifier.network.input
    node = first.node.changed(shape=(input.W, input.H, *shape[2:]))
    edits = layer_edits(architecture, first, node)
    network = verifier.edited(edits) if edits else None
    return edits if network is not None and network.input == input else None
