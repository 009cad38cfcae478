"""Turn the faults of a sized network into diagnostics: which function words which fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from cnnsize.faults import channels, joins, windows
from cnnsize.faults.fault import FaultContext
from cnnsize.faults.fitting_inputs import FindInputs, input_help
from cnnsize.faults.repadding import OtherPaddings
from cnnsize.faults.verify import Condition, Decide, Verifier, WorkAllowance
from cnnsize.record import replace
from cnnsize.sizing.rows import Problem
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import Diagnostic

ORDER_OF_LISTING = (
    "the layers are read in the order of the listing; pools and reshapes that only forward() calls "
    "are not in it"
)
Wording = Callable[[FaultContext], Diagnostic]

WORDINGS: Mapping[tuple[str, str], Wording] = {  # by code and case, as layers report them
    ("CNN004", "instance-norm"): channels.one_value_to_normalize,
    ("CNN004", "slice"): channels.slice_beyond_depth,
    ("CNN009", "side"): channels.side_too_long,
    ("CNN101", ""): windows.fractional,
    ("CNN102", ""): windows.too_small,
    ("CNN102", "crop"): windows.crop_too_small,
    ("CNN102", "transposed"): windows.transposed_too_small,
    ("CNN104", ""): channels.groups,
    ("CNN104", "pixel-shuffle"): channels.groups,
    ("CNN104", "pixel-unshuffle"): channels.pixel_unshuffle,
    ("CNN105", ""): windows.too_much_padding,
    ("CNN106", ""): joins.branches,
    ("CNN107", ""): joins.branches,
    ("CNN108", ""): channels.declared_shape,
    ("CNN108", "in"): channels.declared_input,
    ("CNN108", "unflatten"): channels.unflatten,
    ("CNN109", ""): windows.same_with_stride,
}


def diagnostics(
    network: SizedNetwork,
    allowance: WorkAllowance | None = None,
    judge: Condition | None = None,
    find_inputs: FindInputs | None = None,
    decide: Decide | None = None,
) -> tuple[Diagnostic, ...]:
    """Return one diagnostic for each faulty item, with spans in the text as written.

    ``allowance`` limits the search for fixes, which may share it with those of other networks.
    ``judge`` returns whether a fixed network is good enough to be proposed. ``find_inputs`` returns
    the inputs that might fit every layer. ``decide`` makes one member of an edited pattern, where
    the network is a member of a family.
    """
    worded: list[Diagnostic] = []
    if not network.problems:
        return ()
    shared = Verifier(network, allowance, judge, decide)
    inputs, paddings = input_help(shared, find_inputs), OtherPaddings(shared)
    for problems in _by_item(network.problems):
        fault = problems[0].fault
        wording = WORDINGS[fault.code, fault.why]
        context = FaultContext(network, problems, shared.for_another_fault(), inputs, paddings)
        diagnostic = wording(context)
        # edits are made in the text as written, so only the other spans need to be mapped to it
        if diagnostic.code == "CNN108" and not network.architecture.order_known:
            diagnostic = replace(diagnostic, notes=(*diagnostic.notes, ORDER_OF_LISTING))
        mapped = network.architecture.mapped(replace(diagnostic, fixes=()))
        worded.append(replace(mapped, fixes=diagnostic.fixes))
    return tuple(worded)


def codes_of(network: SizedNetwork) -> list[str]:
    """Return the codes of the faults of ``diagnostics``, before any wording chooses another one."""
    return [problems[0].fault.code for problems in _by_item(network.problems)]


def _by_item(problems: Iterable[Problem]) -> Iterator[tuple[Problem, ...]]:
    """Yield the faults of one item together: W and H make one diagnostic."""
    group: list[Problem] = []
    for problem in problems:
        key = (problem.item.start, problem.fault.code)
        if group and key != (group[0].item.start, group[0].fault.code):
            yield tuple(group)
            group = []
        group.append(problem)
    if group:
        yield tuple(group)
