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

Check = Callable[[ParsedArchitecture, Job], tuple[Result, list[Diagnostic]]]

# syntax, shape and structure; no missing input or value, no defaults used
REPORTED = ("CNN00", "CNN1", "CNN3", "CNN604")
NOT_REPORTED = frozenset({"CNN005", "CNN006", "CNN008"})
ABOUT_THE_END = frozenset({"CNN304", "CNN309"})  # a fragment may go on
# with which a fragment is sized; large, so that pools do not run out of pixels
INPUTS = ((4096, 4096, 3), (5461, 6020, 64), (8192, 8192, 1))
HIDDEN_ACTIVATIONS = frozenset(ACTIVATIONS) - {"SOFTMAX", "LOGSOFTMAX", "SIGMOID"}


def is_reported(code: str) -> bool:
    """Return whether findings with a code are reported about a network that nothing marks."""
    return code.startswith(REPORTED) and code not in NOT_REPORTED


def check_unmarked(
    architecture: ParsedArchitecture, job: Job, check: Check
) -> tuple[Result, list[Diagnostic]]:
    """Return the result of ``check`` and those of its diagnostics that are surely right."""
    if job.input is not None or _states_input_size(architecture):
        result, diagnostics = check(architecture, job)
    else:
        result, diagnostics = _check_fragment(architecture, job, check)
    left_out = set() if _names_activations(architecture) else {"CNN302"}
    return result, [
        diagnostic
        for diagnostic in diagnostics
        if is_reported(diagnostic.code) and diagnostic.code not in left_out
    ]


def _check_fragment(
    architecture: ParsedArchitecture, job: Job, check: Check
) -> tuple[Result, list[Diagnostic]]:
    """Return the diagnostics that are the same for inputs of several sizes."""
    stated = re.search(r"\bin=(\d{1,5})\b", str(architecture))
    inputs = [(W, H, int(stated[1]) if stated else D) for W, H, D in INPUTS]
    (_, first), *others = (check(architecture, replace(job, input=size)) for size in inputs)
    found_with = [
        {(found.code, found.span): found.message for found in diagnostics}
        for _, diagnostics in others
    ]
    width, height, depth = inputs[0]
    note = f"the chain states no input size: this is for {width}x{height}x{depth}, as for others"
    kept: list[Diagnostic] = []
    for diagnostic in first:
        key = (diagnostic.code, diagnostic.span)
        if diagnostic.code in ABOUT_THE_END or not all(key in found for found in found_with):
            continue
        if any(found[key] != diagnostic.message for found in found_with):
            # its numbers are those of one input, and so are those of its fixes
            notes = (*diagnostic.notes, note)
            diagnostic = replace(diagnostic, notes=notes, help=(), fixes=())
        kept.append(diagnostic)
    return Result(architecture.source, architecture), kept


def _states_input_size(architecture: ParsedArchitecture) -> bool:
    """Return whether a network begins with an INPUT of a written size."""
    first = architecture.chain.items[0].node
    return isinstance(first, LayerNode) and first.kind == "INPUT" and first.shape is not None


def _names_activations(architecture: ParsedArchitecture) -> bool:
    """Return whether any activation is written, other than those of an output."""
    words = set(re.findall(r"[A-Z]\w*", str(architecture)))
    return not words.isdisjoint(HIDDEN_ACTIVATIONS)
