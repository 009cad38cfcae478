"""Builds the fixes of rules, by key, and proves them: each is made in the text, read, sized and linted again.

A fixer proposes edits; what does not mend its finding, or breaks something else, is dropped. A safe fix must
leave what comes out, the parameters and the multiply-adds as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnsize.context import Context
from cnnsize.diagnostic import Applicability, Edit, Fix
from cnnsize.fit import Budget, _Fault, _order, changed
from cnnsize.network import Network, Row
from cnnsize.source import Span
from cnnsize.style import chains
from cnnsize.syntax import tree
from cnnsize.syntax.tree import Item

if TYPE_CHECKING:
    from cnnsize.lint import Raised, Rules

MOST = 3  # fixes of one finding


class Proposal(NamedTuple):
    message: str
    edits: tuple[Edit, ...]
    applicability: Applicability = "unsafe"


class Mender(_Fault):
    """What the wording of faults knows of editing a layer and sizing again, for findings of rules."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.budget = Budget()
        self.order = _order(network.architecture)


class Job:
    """One finding to mend."""

    def __init__(self, raised: Raised) -> None:
        self.raised = raised
        self.context: Context = raised.context
        self.architecture = raised.context.architecture
        self.mender = Mender(raised.context.network)
        self.index = raised.index
        self.facts = raised.facts(raised.axes[0])

    @property
    def row(self) -> Row:
        assert self.index is not None
        return self.context.row(self.index)

    @property
    def item(self) -> Item:
        return self.row.item

    def change(self, message: str, **options: Any) -> Iterator[Proposal]:
        """The layer with options changed: ``change("use stride 1", S=1)``."""
        node = self.item.node
        if not isinstance(node, tree.Layer):
            return
        for letter, value in options.items():
            node = changed(node, letter, value)
        edits = self.mender.edits_of(self.item, node)
        if edits:
            yield Proposal(message, edits)

    def neighbours(self) -> tuple[Item | None, Item | None]:
        """The items written before and behind this one in its chain."""
        for chain in chains(self.architecture):
            for at, item in enumerate(chain.items):
                if item is self.item:
                    before = chain.items[at - 1] if at else None
                    behind = chain.items[at + 1] if at + 1 < len(chain.items) else None
                    return before, behind
        return None, None

    def removed(self, item: Item, before: Item | None, behind: Item | None) -> tuple[Edit, ...]:
        """The edit that takes an item and one arrow out."""
        whole = _whole(item)
        if before is not None:
            start = self.architecture.original(_whole(before)).end
            return (Edit(Span(start, self.architecture.original(whole).end), ""),)
        if behind is not None:
            end = self.architecture.original(Span(behind.start, behind.end)).start
            return (Edit(Span(self.architecture.original(whole).start, end), ""),)
        return ()

    def remove(self, message: str, applicability: Applicability = "unsafe") -> Iterator[Proposal]:
        before, behind = self.neighbours()
        edits = self.removed(self.item, before, behind)
        if edits and self.kept_comments(edits):
            yield Proposal(message, edits, applicability)

    def kept_comments(self, edits: tuple[Edit, ...]) -> bool:
        """Does no edit take a comment away?"""
        text = self.architecture.text
        return not any("#" in text[edit.span.start : edit.span.end] for edit in edits)


def _whole(item: Item) -> Span:
    suffix = item.suffix
    ends = [span.end for span in (suffix.count_span, suffix.declared_span) if span is not None]
    return Span(item.start, max([item.end, *ends]))


def fixes_of(raised: Raised, rules: Rules) -> tuple[Fix, ...]:
    """The fixes of a finding that were proved."""
    from cnnsize.lint import Rules as Selection

    rule = raised.rule
    assert rule.fixer is not None
    job = Job(raised)
    alone = Selection([rule._replace(fixer=None)])
    found: list[Fix] = []
    before: int | None = None
    for proposal in FIXERS[rule.fixer](job):
        if any(proposal.edits == fix.edits for fix in found):
            continue
        network = job.mender.resized(proposal.edits)
        if network is None:
            continue
        if before is None:
            before = _weight(alone, raised.context)
        if not _mends(job.context.network, network, alone, before, proposal.applicability):
            continue
        found.append(Fix(proposal.message, proposal.edits, proposal.applicability))
        if len(found) == MOST:
            break
    return tuple(found)


def _weight(alone: Rules, context: Context) -> int:
    """In how many places the rule speaks."""
    return sum(one.count for one in alone.raised(context))


def _mends(old: Network, new: Network, alone: Rules, before: int, applicability: Applicability) -> bool:
    codes = [problem.fault.code for problem in old.problems]
    if any(codes.count(one.fault.code) < [p.fault.code for p in new.problems].count(one.fault.code) for one in new.problems):
        return False
    if old.output is not None and new.output is None:
        return False
    if _weight(alone, Context(new)) >= before:
        return False
    if applicability == "safe":
        return (old.output, old.params, old.macs) == (new.output, new.params, new.macs)
    return True


def repeated_activation(job: Job) -> Iterator[Proposal]:
    """CNN303: the second of two RELU does nothing, if it stands behind the first in every place."""
    kind, other = job.row.layer.kind, job.facts.known("other")
    safe = kind == other == "RELU" and job.raised.everywhere()
    yield from job.remove(f"leave the second {kind} out", "safe" if safe else "unsafe")


def missing_nonlinearity(job: Job) -> Iterator[Proposal]:
    """CNN302: a RELU in front of the second."""
    start = job.architecture.original(job.item.span).start
    yield Proposal("put a RELU between", (Edit(Span(start, start), "RELU -> "),))


def unusual_pool(job: Job) -> Iterator[Proposal]:
    """CNN207: the two pools that the notes know."""
    yield from job.change("use a 2x2 window at stride 2", F=2, S=2)
    yield from job.change("use a 3x3 window at stride 2", F=3, S=2)


FIXERS: dict[str, Callable[[Job], Iterator[Proposal]]] = {
    "missing_nonlinearity": missing_nonlinearity,
    "repeated_activation": repeated_activation,
    "unusual_pool": unusual_pool,
}
