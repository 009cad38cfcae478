"""Check networks that nothing marks: they are sketches, so only what is surely wrong is reported.

Findings about style are left out. A sketch leaves out sizes: only faults that hold with other
default sizes too are reported. A chain without an input size is a fragment, and may be followed by
further layers: only faults that hold for every input are reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import LayerNode
from cnnsize.layers.base import Defaults
from cnnsize.layers.names import ACTIVATIONS
from cnnsize.reading.statement import parse_statement
from cnnsize.record import replace
from cnnsize.report.job import Job
from cnnsize.report.result import Result
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.source import Source

Check = Callable[[ParsedArchitecture, Job], tuple[Result, list[Diagnostic]]]

# syntax, shape and structure; no missing input or value, no defaults used
REPORTED = ("CNN00", "CNN1", "CNN3", "CNN604")
NOT_REPORTED = frozenset({"CNN005", "CNN006", "CNN008"})
# reported only where INPUT[...] is written: a sketch may leave out values, such as the groups of GN,
# have the options of another library, and the channels of its input first
ABOUT_THIS_NOTATION = frozenset({"CNN001", "CNN003", "CNN007"})
SHAPES = "CNN1"  # the beginning of their codes
ABOUT_THE_END = frozenset({"CNN304", "CNN309"})  # a fragment may go on
STATES_SIZE = r"INPUT\[\d"  # the beginning of a network that is more than a sketch
# with which a fragment is sized; large, so that pools do not run out of pixels
INPUTS = ((4096, 4096, 3), (5461, 6020, 64), (8192, 8192, 1))
# sizes that are as likely as the default ones, where a sketch states none
OTHER_DEFAULTS = Defaults(filter=5, filters=48, pool=3, hidden=640, classes=12)
HIDDEN_ACTIVATIONS = frozenset(ACTIVATIONS) - {"SOFTMAX", "LOGSOFTMAX", "SIGMOID"}
# a convolution without a stated padding, and its options
UNPADDED = r"\b((?:DW)?CONV(?:\d+(?:x\d+)?)?(?:-\w+)?)(?:\((?![^()]*P=)([^()]*)\)|(?![\w(-]))"
LAYER_END = r"[^\s\]]*\]?\S*"  # of canonical text: sizes, options, brackets and counts
# layers with weights, perhaps a norm or dropout, and then an activation
ACTIVATED = (
    rf"\b(?:{{kinds}})(?![A-Z]){LAYER_END}(?: -> (?:BN|GN|LN|IN|LRN|DROPOUT){LAYER_END})* -> \[*"
    rf"(?:{'|'.join(sorted(HIDDEN_ACTIVATIONS))})\b"
)


def is_reported(code: str, source: Source) -> bool:
    """Return whether findings with a code are reported about a network that nothing marks."""
    if code in ABOUT_THIS_NOTATION:
        return re.match(STATES_SIZE, source.text) is not None
    return code.startswith(REPORTED) and code not in NOT_REPORTED


def check_unmarked(
    architecture: ParsedArchitecture, job: Job, check: Check
) -> tuple[Result, list[Diagnostic]]:
    """Return the result of ``check`` and those of its diagnostics that are surely right."""
    is_fragment = job.input is None and not _states_input_size(architecture)
    (result, first), *others = (
        check(architecture, variant) for variant in _variants(architecture, job)
    )
    identities_elsewhere = [set(map(_identity, diagnostics)) for _, diagnostics in others]
    diagnostics = [
        diagnostic
        for diagnostic in first
        if all(_identity(diagnostic) in identities for identities in identities_elsewhere)
    ]
    if is_fragment:
        result = Result(architecture.source, architecture)
        note = "the chain states no input size; this holds for every size"
        diagnostics = [
            replace(diagnostic, notes=(*diagnostic.notes, note)) for diagnostic in diagnostics
        ]
    if is_fragment or architecture.source.is_cut:
        diagnostics = [found for found in diagnostics if found.code not in ABOUT_THE_END]
    if any(diagnostic.code == "CNN108" for diagnostic in diagnostics):
        unpadded = _without_padding(architecture)
        elsewhere = [] if unpadded is None else check(unpadded, job)[1]
        if unpadded is not None and _count_claims(elsewhere) < _count_claims(diagnostics):
            diagnostics = [found for found in diagnostics if found.code != "CNN108"]
    other_order = any(diagnostic.code == "CNN007" for diagnostic in diagnostics)
    return result, [
        diagnostic
        for diagnostic in diagnostics
        if is_reported(diagnostic.code, architecture.source)
        # sizes that were read in another order than they were meant do not fit either
        and not (other_order and diagnostic.code.startswith(SHAPES))
        and not _leaves_out_activations(architecture, diagnostic)
        and not _is_about_a_repetition(architecture, diagnostic)
        and not _is_about_left_out_layers(architecture, diagnostic)
    ]


def _without_padding(architecture: ParsedArchitecture) -> ParsedArchitecture | None:
    """Return the network with P=0 where it states no padding; None if it states all of them."""
    canonical = str(architecture)
    text = re.sub(
        UNPADDED, lambda match: f"{match[1]}(P=0{', ' * bool(match[2])}{match[2] or ''})", canonical
    )
    if text == canonical:
        return None
    try:
        return parse_statement(Source(text))
    except ArchitectureError:
        return None


def _count_claims(diagnostics: list[Diagnostic]) -> int:
    """Return how many findings are about a stated size that is not the computed one."""
    return sum(diagnostic.code == "CNN108" for diagnostic in diagnostics)


def _is_about_left_out_layers(architecture: ParsedArchitecture, diagnostic: Diagnostic) -> bool:
    """Return whether a finding may be about strides or layers that a sketch leaves out.

    ``64x64x3 -> conv -> 32x32x8`` leaves out a stride, ``FC -> UP -> CONV`` of a decoder the change
    of shape, and ``CONV -> SOFTMAX`` the layers between.
    """
    canonical = str(architecture)
    if diagnostic.code == "CNN301":
        return re.search(r"\b(?:UP|TCONV)", canonical) is not None
    if diagnostic.code == "CNN604":
        return re.search(r"\bFC", canonical) is None
    sizes = re.search(r"x(\d+) is declared, \d+x\d+x(\d+) is computed", diagnostic.label or "")
    has_bare_layer = re.search(rf"{UNPADDED}(?![^ ]*S=)", canonical) is not None
    return sizes is not None and sizes[1] == sizes[2] and has_bare_layer


def _variants(architecture: ParsedArchitecture, job: Job) -> list[Job]:
    """Return the checks in which a finding must be the same: other sizes where none are stated."""
    other_sizes = replace(job, settings=replace(job.settings, defaults=OTHER_DEFAULTS))
    if job.input is not None or _states_input_size(architecture):
        return [job, other_sizes]
    stated = re.search(r"\bin=(\d{1,5})\b", str(architecture))
    inputs = [(W, H, int(stated[1]) if stated else D) for W, H, D in INPUTS]
    variants = (job, other_sizes, job)
    return [replace(variant, input=size) for variant, size in zip(variants, inputs, strict=True)]


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


def _is_about_a_repetition(architecture: ParsedArchitecture, diagnostic: Diagnostic) -> bool:
    """Return whether a finding is about a repeated group of which a sketch states the first run.

    ``[Conv 3→32 → ReLU]x2`` has other channels in its second run, and the last activation of
    ``[TConv → ReLU]x4 → Tanh`` stands in place of that of the group.
    """
    if diagnostic.code == "CNN303":
        kinds = diagnostic.message.split(" directly after ")
        at_end = rf"\b{kinds[-1]}\S*\]\*\w+ -> \[*{kinds[0]}\b"
        return re.search(at_end, str(architecture)) is not None
    return re.search(r", in iteration \d", diagnostic.message) is not None
