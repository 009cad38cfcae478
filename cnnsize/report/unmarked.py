"""Check networks that nothing marks: they are sketches, so only what is surely wrong is reported.

Findings about style are left out. A chain without an input size is a fragment, and may be followed
by further layers: only faults that hold for every input are reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import LayerNode
from cnnsize.layers.names import ACTIVATIONS
from cnnsize.record import replace
from cnnsize.report.job import Job
from cnnsize.report.result import Result
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.source import Source

Check = Callable[[ParsedArchitecture, Job], tuple[Result, list[Diagnostic]]]

# syntax, shape and structure; no missing input or value, no defaults used
REPORTED = ("CNN00", "CNN1", "CNN3", "CNN604")
NOT_REPORTED = frozenset({"CNN005", "CNN006", "CNN008"})
SHAPES = "CNN1"  # the beginning of their codes
ABOUT_THE_END = frozenset({"CNN304", "CNN309"})  # a fragment may go on
STATES_SIZE = r"INPUT\[\d"  # the beginning of a network that is more than a sketch
# with which a fragment is sized; large, so that pools do not run out of pixels
INPUTS = ((4096, 4096, 3), (5461, 6020, 64), (8192, 8192, 1))
HIDDEN_ACTIVATIONS = frozenset(ACTIVATIONS) - {"SOFTMAX", "LOGSOFTMAX", "SIGMOID"}
LAYER_END = r"[^\s\]]*\]?\S*"  # of canonical text: sizes, options, brackets and counts
# layers with weights, perhaps a norm or dropout, and then an activation
ACTIVATED = (
    rf"\b(?:{{kinds}})(?![A-Z]){LAYER_END}(?: -> (?:BN|GN|LN|IN|LRN|DROPOUT){LAYER_END})* -> \[*"
    rf"(?:{'|'.join(sorted(HIDDEN_ACTIVATIONS))})\b"
)


def is_reported(code: str, source: Source) -> bool:
    """Return whether findings with a code are reported about a network that nothing marks."""
    if code == "CNN001":  # a sketch leaves out values, such as the groups of GN
        return re.match(STATES_SIZE, source.text) is not None
    return code.startswith(REPORTED) and code not in NOT_REPORTED


def check_unmarked(
    architecture: ParsedArchitecture, job: Job, check: Check
) -> tuple[Result, list[Diagnostic]]:
    """Return the result of ``check`` and those of its diagnostics that are surely right."""
    if job.input is not None or _states_input_size(architecture):
        result, diagnostics = check(architecture, job)
    else:
        result, diagnostics = _check_fragment(architecture, job, check)
    other_order = any(diagnostic.code == "CNN007" for diagnostic in diagnostics)
    return result, [
        diagnostic
        for diagnostic in diagnostics
        if is_reported(diagnostic.code, architecture.source)
        # sizes that were read in another order than they were meant do not fit either
        and not (other_order and diagnostic.code.startswith(SHAPES))
        and not _leaves_out_activations(architecture, diagnostic)
    ]


def _check_fragment(
    architecture: ParsedArchitecture, job: Job, check: Check
) -> tuple[Result, list[Diagnostic]]:
    """Return the diagnostics that are the same, with the same numbers, for inputs of all sizes."""
    stated = re.search(r"\bin=(\d{1,5})\b", str(architecture))
    inputs = [(W, H, int(stated[1]) if stated else D) for W, H, D in INPUTS]
    (_, first), *others = (check(architecture, replace(job, input=size)) for size in inputs)
    found = [set(map(_identity, diagnostics)) for _, diagnostics in others]
    note = "the chain states no input size; this holds for every size"
    kept = [
        replace(diagnostic, notes=(*diagnostic.notes, note))
        for diagnostic in first
        if diagnostic.code not in ABOUT_THE_END
        and all(_identity(diagnostic) in identities for identities in found)
    ]
    return Result(architecture.source, architecture), kept


def _identity(diagnostic: Diagnostic) -> tuple[object, ...]:
    """Return what is the same in findings for several inputs: of shapes, all of the numbers too."""
    place = (diagnostic.code, diagnostic.span)
    if not diagnostic.code.startswith(SHAPES):
        return place
    return (*place, diagnostic.message, diagnostic.summary, diagnostic.label)


def _states_input_size(architecture: ParsedArchitecture) -> bool:
    """Return whether a network begins with an INPUT of a written size."""
    first = architecture.chain.items[0].node
    return isinstance(first, LayerNode) and first.kind == "INPUT" and first.shape is not None


def _leaves_out_activations(architecture: ParsedArchitecture, diagnostic: Diagnostic) -> bool:
    """Return whether a finding is about an activation, where a sketch leaves out all like it.

    Many leave out all activations, or those between the last FCs.
    """
    if diagnostic.code != "CNN302":
        return False
    before = re.search(r"preceding (\w+)", diagnostic.message)
    kind = before[1] if before is not None else "CONV"
    return re.search(ACTIVATED.format(kinds=kind), str(architecture)) is None
