"""Fixes of rules about the order of layers."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.language import tree
from cnnsize.language.tree import PLAIN
from cnnsize.layers.base import Layer
from cnnsize.layers.pool import Pool
from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.lint.fixers.sizing import said
from cnnsize.text.diagnostic import Edit
from cnnsize.text.span import Span


def missing_nonlinearity(job: FixRequest) -> Iterator[Proposal]:
    """CNN302: a RELU in front of the second."""
    start = job.architecture.original(job.item.span).start
    yield Proposal("put a RELU between", (Edit(Span(start, start), "RELU -> "),))


def repeated_activation(job: FixRequest) -> Iterator[Proposal]:
    """CNN303: the second of two RELU does nothing, if it stands behind the first in every place."""
    kind, other = job.row.layer.kind, job.facts.known("other")
    safe = kind == other == "RELU" and job.raised.everywhere()
    yield from job.remove(f"leave the second {kind} out", "safe" if safe else "unsafe")


def left_out(job: FixRequest) -> Iterator[Proposal]:
    yield from job.remove(f"leave the {job.row.layer.kind} out")


def adjacent_pools(job: FixRequest) -> Iterator[Proposal]:
    """CNN305: max pools that tile, one right behind the other, are one larger pool: nothing
    changes.
    """
    before, _ = job.neighbours()
    second = job.row.layer
    if (
        before is not None
        and before.suffix is PLAIN
        and job.item.suffix is PLAIN
        and not job.context.network.problems
    ):
        first = next(
            (row.layer for row in job.context.rows if row is not None and row.item is before), None
        )
        if _tiles(first) and _tiles(second) and job.raised.everywhere():
            assert isinstance(first, Pool) and isinstance(second, Pool)
            F = tuple(a.F * b.F for a, b in zip(first.windows, second.windows, strict=True))
            span = Span(
                job.architecture.original(before.span).start,
                job.architecture.original(job.item.span).end,
            )
            edits = (Edit(span, f"POOL{said((F[0], F[1]))}"),)
            if job.kept_comments(edits):
                yield Proposal("make one pool of the two", edits, "safe")
    yield from job.remove("leave the second pool out")


def _tiles(layer: Layer | None) -> bool:
    """A max pool whose windows lie side by side, unpadded."""
    return (
        isinstance(layer, Pool)
        and layer.kind == "POOL"
        and layer.to is None
        and all(
            window.F == window.S
            and window.before == window.after == 0
            and window.D == 1
            and not window.ceil
            for window in layer.windows
        )
    )


def activation_before_maxpool(job: FixRequest) -> Iterator[Proposal]:
    """CNN306: the pool first. The largest value bent is the largest of the bent values."""
    _, behind = job.neighbours()
    if (
        behind is None
        or behind.suffix is not PLAIN
        or job.item.suffix is not PLAIN
        or not job.raised.everywhere()
    ):
        return
    if not isinstance(behind.node, tree.LayerNode) or behind.node.kind != "POOL":
        return
    one, other = job.architecture.original(job.item.span), job.architecture.original(behind.span)
    text = job.architecture.text
    edits = (Edit(one, text[other.start : other.end]), Edit(other, text[one.start : one.end]))
    yield Proposal(f"pool first, then {job.row.layer.kind}", edits, "safe")


def conv_on_1x1(job: FixRequest) -> Iterator[Proposal]:
    yield from job.change("use a 1x1 filter", F=1, P=0)
