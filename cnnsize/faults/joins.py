"""Joins whose branches do not fit together, CNN106 and CNN107, with changes that make them fit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from cnnsize.faults.branch_windows import repadded, restrided
from cnnsize.faults.conditions import is_joined
from cnnsize.faults.edit import layer_edits, with_option
from cnnsize.faults.fault import FaultContext
from cnnsize.faults.verify import Candidate
from cnnsize.language.arithmetic import evaluate
from cnnsize.language.format import layer_text, size_text
from cnnsize.language.tree import Chain, Join, LayerNode, end_of
from cnnsize.layers.conv import pair_text
from cnnsize.layers.volume import Volume
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Edit, Label
from cnnsize.text.span import Span

MAX_SHOWN = 6  # branches of a join that are labelled, and different sides that are listed
MAX_CANDIDATES = 32  # changes of branches that are tried to fix a join

MESSAGES = {
    "CAT": (
        "CAT stacks along the depth, but its branches differ",
        "W and H must be equal; the depths add up",
    ),
    "MUL": (
        "MUL works value by value, but its branches differ",
        "W, H and D must be equal; a 1x1xD branch scales the channels of the others",
    ),
    "ADD": ("ADD works value by value, but its branches differ", "W, H and D must be equal"),
}


def branches(fault: FaultContext) -> Diagnostic:
    """Describe CNN106 or CNN107: the outputs of the branches do not fit together."""
    join = fault.item.node
    assert isinstance(join, Join)
    volumes: tuple[Volume, ...] = fault.facts["volumes"]
    message, note = MESSAGES[join.op]
    candidates = islice(_candidates(fault, join, volumes), MAX_CANDIDATES)
    fixes = fault.verifier.verified(candidates, lambda network: is_joined(fault, network), 3)
    return fault.diagnostic(
        message,
        span=Span(fault.item.start, fault.item.start + len(join.op)),
        label=_differences(join.op, volumes),
        related=tuple(
            Label(branch.span, str(volume))
            for branch, volume in zip(join.branches[:MAX_SHOWN], volumes, strict=False)
        ),
        notes=(note,),
        help=tuple(fix.message for fix in fixes),
        fixes=fixes,
        facts={"volumes": [list(volume) for volume in volumes]},
    )


def is_gate(op: str, volume: Volume) -> bool:
    """Return whether a branch weighs the channels of the others and has no W and H of its own."""
    return op == "MUL" and volume[:2] == (1, 1)


def _differences(op: str, volumes: tuple[Volume, ...]) -> str:
    """Return ``W = 8 and 4, D = 16 and 32``: the sides in which the branches differ."""
    parts = []
    for axis, letter in enumerate("WHD"):
        if op == "CAT" and letter == "D":
            continue
        compared = [volume for volume in volumes if letter == "D" or not is_gate(op, volume)]
        sides = [*dict.fromkeys(str(volume[axis]) for volume in compared)]
        if len(sides) < 2:
            continue
        shown = [*sides[: MAX_SHOWN - 1], *(["..."] if len(sides) >= MAX_SHOWN else [])]
        parts.append(f"{letter} = {', '.join(shown[:-1])} and {shown[-1]}")
    return ", ".join(parts)


def _candidates(
    fault: FaultContext, join: Join, volumes: tuple[Volume, ...]
) -> Iterator[Candidate]:
    """Yield changes that might make the branches agree: of the shortcut first, then the shortest."""
    gates = [is_gate(join.op, volume) for volume in volumes]
    order = sorted(
        range(len(volumes)), key=lambda i: (not gates[i], len(join.branches[i].items), i)
    )
    are_near = max(map(max, volumes)) < 1.5 * min(min(volume[:2]) for volume in volumes)
    have_one_depth = join.op == "CAT" or len({volume.D for volume in volumes}) == 1
    if are_near:
        goal_size = max(volume[:2] for volume in volumes)
        smaller = [
            branch
            for branch, volume in zip(join.branches, volumes, strict=True)
            if volume[:2] != goal_size
        ]
        yield from repadded(fault, smaller, goal_size)
    if are_near and have_one_depth:
        yield _crops(fault, join, volumes)
    for i in order:
        for j in reversed(order):
            goal = volumes[j]
            if join.op == "CAT":
                goal = goal._replace(D=volumes[i].D)
            elif gates[i] or gates[j]:
                goal = volumes[i]._replace(D=goal.D)
            if i == j or goal == volumes[i]:
                continue
            width = _width_of(fault, join.branches[j], goal.D)
            if volumes[i][:2] == goal[:2] and join.branches[i].items:
                yield from _widened(fault, join.branches[i], goal.D, width)
                if gates[i]:
                    continue
            if volumes[i][:2] != goal[:2] and not gates[i]:
                yield from restrided(
                    fault, join.branches[i], volumes[i], goal._replace(D=volumes[i].D)
                )
            layers = projection(volumes[i], goal, width)
            is_larger = volumes[i].W >= goal.W and volumes[i].H >= goal.H
            can_crop = are_near and is_larger
            if layers is None and can_crop:
                layers = f"CONV1-{width} -> CROP"
            if layers is not None:
                yield _projected(fault, join.branches[i], volumes[i], goal, layers)
            zeros = padded_shortcut(volumes[i], goal)
            if zeros is not None and join.op == "ADD":
                yield _projected(fault, join.branches[i], volumes[i], goal, zeros)
    if join.op == "CAT" and not are_near:
        yield _crops(fault, join, volumes)


def _projected(
    fault: FaultContext, branch: Chain, volume: Volume, goal: Volume, layers: str
) -> Candidate:
    """Return the branch with layers added at its end, or in place of an ID."""
    span = _branch_span(fault, branch)
    if branch.items:
        edit = Edit(Span(span.end, span.end), f" -> {layers}")
        message = f"`{layers}` after the branch of {volume}"
    else:
        edit = Edit(span, layers)
        message = f"`{layers}` in place of {fault.architecture.text[span.start : span.end]}"
    return Candidate("branch", layers, f"{message} gives {goal}", (edit,))


def _branch_span(fault: FaultContext, branch: Chain) -> Span:
    """Return the span of a branch in the text as written, with the count of its last item."""
    end = max([branch.span.end, *map(end_of, branch.items[-1:])])
    return fault.architecture.original(Span(branch.span.start, end))


def _crops(fault: FaultContext, join: Join, volumes: tuple[Volume, ...]) -> Candidate:
    """Return a CROP after every branch that is larger than the smallest, as in U-Net."""
    least = (min(volume.W for volume in volumes), min(volume.H for volume in volumes))
    edits = []
    for branch, volume in zip(join.branches, volumes, strict=True):
        if volume[:2] != least:
            span = _branch_span(fault, branch)
            after = Edit(Span(span.end, span.end), " -> CROP")
            edits.append(after if branch.items else Edit(span, "CROP"))
    message = f"CROP after the larger branches cuts them to {least[0]}x{least[1]}"
    return Candidate("branch", "CROP", message, tuple(edits))


def _width_of(fault: FaultContext, branch: Chain, D: int) -> str:
    """Return a depth as its branch writes it: the letter of a block rather than its value."""
    calls = fault.problem.calls
    values = calls[-1].values if calls else fault.network.values
    for item in reversed(branch.items):
        node = item.node
        if isinstance(node, LayerNode) and node.size is not None:
            try:
                return size_text(node.size) if evaluate(node.size, values) == D else str(D)
            except ArchitectureError:
                return str(D)
    return str(D)


def _widened(fault: FaultContext, branch: Chain, D: int, width: str) -> Iterator[Candidate]:
    """Yield the branch with another width of the last layer that sets its depth.

    A width that is a letter is left alone: the author had a reason for it.
    """
    for item in reversed(branch.items):
        node = item.node
        if not isinstance(node, LayerNode):
            return
        if node.kind not in ("CONV", "TCONV", "FC"):
            continue
        if isinstance(node.size, int):
            place = fault.architecture.original(node.span_of("size").shifted(item.start))
            edits: tuple[Edit, ...] = (Edit(place, width),)
        elif node.size is None:
            edits = layer_edits(fault.architecture, item, with_option(node, "K", D))
        else:
            return
        unit = "units" if node.kind == "FC" else "filters"
        message = f"{width} {unit} in the branch that ends with {layer_text(node)}"
        yield Candidate("K", str(D), message, edits)
        return


def projection(volume: Volume, goal: Volume, width: str) -> str | None:
    """Return the layers that turn one volume into another; None if a 1x1 CONV and UP cannot."""
    steps = []
    factors = (max(1, goal.W // volume.W), max(1, goal.H // volume.H))
    if max(factors) > 1:
        steps.append(f"UP{pair_text(factors)}")
    strides = (_stride(volume.W * factors[0], goal.W), _stride(volume.H * factors[1], goal.H))
    is_upsampled_exactly = max(factors) == 1 or strides == (1, 1)
    if 0 in strides or not is_upsampled_exactly:
        return None
    if strides != (1, 1) or volume.D != goal.D:
        S = pair_text(strides)
        steps.append(f"CONV1-{width}" + (f"(S={S})" if S != "1" else ""))
    return " -> ".join(steps) or None


def padded_shortcut(volume: Volume, goal: Volume) -> str | None:
    """Return the layers of ResNet's option A, a subsampling and channels of zeros; None if no more
    channels are needed.
    """
    added = goal.D - volume.D
    strides = (_stride(volume.W, goal.W), _stride(volume.H, goal.H))
    if added <= 0 or 0 in strides:
        return None
    subsampling = "" if strides == (1, 1) else f"POOL1(S={pair_text(strides)}) -> "
    front, back = added // 2, added - added // 2
    return f"{subsampling}PAD({f'front={front}, ' if front else ''}back={back})"


def _stride(size: int, to: int) -> int:
    """Return the stride with which a 1x1 filter makes ``to`` of ``size`` cells; 0 if none does."""
    return next((S for S in (size // to, -(-size // to)) if S and (size - 1) // S + 1 == to), 0)
