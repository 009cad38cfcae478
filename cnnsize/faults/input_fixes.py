"""Inputs with which one layer fits, for networks that no input fits as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.faults.conditions import axes_are_exact, is_exact_up_to_here
from cnnsize.faults.fault import FaultContext
from cnnsize.faults.fitting_inputs import input_edits
from cnnsize.faults.verify import Candidate
from cnnsize.layers.volume import Volume
from cnnsize.text.english import article

MAX_TRIED_SIDES = 128  # on one side of the written one


def input_fixes(fault: FaultContext) -> Iterator[Candidate]:
    """Yield the nearest inputs below and above the written one that are exact up to the fault.

    Both sides change together if the input is square. None where inputs are known with which every
    layer fits: those are proposed instead.
    """
    if fault.inputs.fixes:
        return
    search = _one_step_at_a_time if fault.is_square or not fault.on_both_axes else _side_by_side
    for direction in (-1, 1):
        for input in search(fault, direction):
            if fault.verifier.exhausted():
                return
            network = fault.verifier.sized(fault.architecture, input)
            if network is None or not is_exact_up_to_here(fault, network):
                continue
            if not fault.verifier.accepts(network):
                continue
            edits = input_edits(fault.verifier, input)
            if edits is None:
                continue
            text = f"{input.W}x{input.H}"
            option, value = fault.letter, str(input[fault.axes[0]])
            if fault.on_both_axes and not fault.is_square:
                option, value = "W x H", text
            yield Candidate(option, value, f"use {article(text)} {text} input", edits)
            break


def _one_step_at_a_time(fault: FaultContext, direction: int) -> Iterator[Volume]:
    w, h, d = fault.network.input
    on_w, on_h = 0 in fault.axes, 1 in fault.axes
    for step in range(direction, direction * (MAX_TRIED_SIDES + 1), direction):
        input = Volume(w + step if on_w else w, h + step if on_h else h, d)
        if min(input) < 1:
            return
        yield input


def _side_by_side(fault: FaultContext, direction: int) -> Iterator[Volume]:
    """Yield the input of which each side is the nearest that its own axis accepts."""
    w, h = _nearest_side(fault, 0, direction), _nearest_side(fault, 1, direction)
    if w and h:
        yield Volume(w, h, fault.network.input.D)


def _nearest_side(fault: FaultContext, axis: int, direction: int) -> int:
    """Return the nearest side of the input with which an axis is exact; 0 if there is none."""
    w, h, d = fault.network.input
    for step in range(direction, direction * (MAX_TRIED_SIDES + 1), direction):
        input = Volume(w + step, h, d) if axis == 0 else Volume(w, h + step, d)
        if input[axis] < 1:
            return 0
        network = fault.verifier.sized(fault.architecture, input)
        if network is not None and axes_are_exact(fault, network, (axis,)):
            return input[axis]
    return 0
