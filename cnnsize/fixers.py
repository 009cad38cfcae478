"""Builds the fixes of rules, by key, and proves them: each is made in the text, read, sized and linted again.

A fixer proposes edits; what does not mend its finding, or breaks something else, is dropped. A safe fix must
leave what comes out, the parameters and the multiply-adds as they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnsize.context import Context
from cnnsize.diagnostic import Applicability, Edit, Fix
from cnnsize.fit import Budget, _Fault, _order, changed
from cnnsize.layers.base import Layer, Volume
from cnnsize.layers.conv import Conv, TransposedConv
from cnnsize.layers.pool import Pool
from cnnsize.network import Network, Row
from cnnsize.record import replace
from cnnsize.source import Span
from cnnsize.style import chains
from cnnsize.syntax import tree
from cnnsize.syntax.format import layer as layer_text
from cnnsize.syntax.tree import PLAIN, Item
from cnnsize.words import ACTIVATIONS, OPTION_WORDS

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
        self._neighbours: dict[int, tuple[Item | None, Item | None]] | None = None

    def neighbours(self) -> dict[int, tuple[Item | None, Item | None]]:
        """The items written before and behind each item of its chain, by the item's identity."""
        if self._neighbours is None:
            self._neighbours = {}
            for chain in chains(self.network.architecture):
                items = (None, *chain.items, None)
                for at, item in enumerate(chain.items):
                    self._neighbours[id(item)] = items[at], items[at + 2]
        return self._neighbours

    @classmethod
    def of(cls, context: Context) -> Mender:
        """The one of a network: all its findings share it, and what it may spend."""
        if context.mender is None:
            context.mender = cls(context.network)
        assert isinstance(context.mender, cls)
        return context.mender


class Job:
    """One finding to mend."""

    def __init__(self, raised: Raised) -> None:
        self.raised = raised
        self.context: Context = raised.context
        self.architecture = raised.context.architecture
        self.mender = Mender.of(raised.context)
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

    def reshaped(self, shape: tuple[Any, ...]) -> Iterator[Proposal]:
        """INPUT with another shape."""
        first = self.architecture.chain.items[0]
        node = first.node
        if (
            isinstance(node, tree.Layer)
            and node.kind == "INPUT"
            and node.shape is not None
            and not self.context.network.overridden
        ):
            edits = self.mender.edits_of(first, replace(node, shape=(*shape[:2], *shape[2 : len(node.shape)])))
            if edits:
                yield Proposal(f"use INPUT[{'x'.join(map(str, shape))}]", edits)

    def neighbours(self) -> tuple[Item | None, Item | None]:
        """The items written before and behind this one in its chain."""
        return self.mender.neighbours().get(id(self.item), (None, None))

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
    rule = raised.rule
    assert rule.fixer is not None
    job = Job(raised)
    alone = rules.alone(rule)
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
        if not _mends(job.context, Context(network), alone, before, proposal.applicability):
            continue
        found.append(Fix(proposal.message, proposal.edits, proposal.applicability))
        if len(found) == MOST:
            break
    return tuple(found)


def _weight(alone: Rules, context: Context) -> int:
    """In how many places the rule speaks."""
    return sum(one.count for one in alone.raised(context))


def _mends(old: Context, new: Context, alone: Rules, before: int, applicability: Applicability) -> bool:
    """Does the rule say less of the new network, and nobody else more? Safe: and are all sums the same?"""
    had = Counter(problem.fault.code for problem in old.network.problems)
    if Counter(problem.fault.code for problem in new.network.problems) - had:
        return False
    if old.network.output is not None and new.network.output is None:
        return False
    if _weight(alone, new) >= before:
        return False
    if applicability == "safe":
        return sums(old) == sums(new)
    return True


def sums(context: Context) -> tuple[Volume | None, int | None, int | None]:
    return context.network.output, context.total_params(), context.total_macs()


# -- by rule --------------------------------------------------------------------------------------------


def channels_first_input(job: Job) -> Iterator[Proposal]:
    """CNN007: the same numbers, W x H x D."""
    first = job.architecture.chain.items[0]
    if isinstance(first.node, tree.Layer) and first.node.shape is not None and len(first.node.shape) == 3:
        channels, height, width = first.node.shape
        yield from job.reshaped((width, height, channels))


def indivisible_input(job: Job) -> Iterator[Proposal]:
    """CNN201: the nearest inputs that all strides divide."""
    strides = job.facts["strides"]
    w, h, d = job.context.network.input
    for up in (0, 1):
        sides = [(side // strides + up) * strides if side % strides else side for side in (w, h)]
        if min(sides) > 0:
            yield from job.reshaped((sides[0], sides[1], d))


def keeping(job: Job, F: tuple[int, int] | None = None) -> tuple[int, int]:
    """The padding that keeps the size with filters of this size."""
    windows = job.row.layer.windows  # type: ignore[attr-defined]
    sides = F or (windows[0].F, windows[1].F)
    return windows[0].D * (sides[0] - 1) // 2, windows[1].D * (sides[1] - 1) // 2


def said(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}x{pair[1]}"


def shrinking_conv(job: Job) -> Iterator[Proposal]:
    """CNN202: the padding that keeps the size."""
    P = keeping(job)
    yield from job.change(f"pad with {said(P)}", P=P)


def large_deep_kernel(job: Job) -> Iterator[Proposal]:
    """CNN203: 3x3 filters that see as much, those in front no wider than what comes in."""
    layer, item = job.row.layer, job.item
    if not isinstance(layer, Conv) or not isinstance(item.node, tree.Layer) or item.suffix is not PLAIN:
        return
    w, h = layer.windows
    if w != h or w.S > 1 or w.D > 1 or w.F % 2 == 0 or w.before + w.after != w.F - 1:
        return
    count = (w.F - 1) // 2
    small = changed(item.node, "F", 3)
    if any(option.key is not None and option.key.upper() in ("P", "PAD", "PADDING") for option in small.options):
        small = changed(small, "P", 1)
    text = layer_text(small)
    K, depth = job.facts.known("K"), job.facts.known("D_in")
    inside = layer_text(changed(small, "K", depth)) if depth is not None and K is not None and depth < K else text
    bend = "RELU"
    behind = job.neighbours()[1]
    if behind is not None and isinstance(behind.node, tree.Layer) and behind.node.kind in ACTIVATIONS:
        bend = behind.node.kind
    head = f"[{inside} -> {bend}]*{count - 1}" if count > 2 else f"{inside} -> {bend}"
    span = job.architecture.original(item.span)
    yield Proposal(f"stack {count} filters of 3x3", (Edit(span, f"{head} -> {text}"),))


def even_kernel(job: Job) -> Iterator[Proposal]:
    """CNN205: the odd sizes on both sides, padded to keep the size."""
    windows = job.row.layer.windows  # type: ignore[attr-defined]
    for by in (-1, 1):
        w, h = (window.F + by if window.F % 2 == 0 else window.F for window in windows)
        yield from job.change(f"use {_an(said((w, h)))} filter", F=_one((w, h)), P=_one(keeping(job, (w, h))))


def _an(size: str) -> str:
    both = size if "x" in size else f"{size}x{size}"
    return f"{'an' if both.startswith(('8', '11x', '18x')) else 'a'} {both}"


def _one(pair: tuple[int, int]) -> Any:
    return pair[0] if pair[0] == pair[1] else pair


def unusual_pool(job: Job) -> Iterator[Proposal]:
    """CNN207: the two pools that the notes know."""
    written = isinstance(job.item.node, tree.Layer) and any(
        option.key is not None and option.key.upper() in ("S", "STRIDE", "STRIDES") for option in job.item.node.options
    )
    yield from job.change("use a 2x2 window at stride 2", F=2, **({"S": 2} if written else {}))
    yield from job.change("use a 3x3 window at stride 2", F=3, S=2)


def missing_nonlinearity(job: Job) -> Iterator[Proposal]:
    """CNN302: a RELU in front of the second."""
    start = job.architecture.original(job.item.span).start
    yield Proposal("put a RELU between", (Edit(Span(start, start), "RELU -> "),))


def repeated_activation(job: Job) -> Iterator[Proposal]:
    """CNN303: the second of two RELU does nothing, if it stands behind the first in every place."""
    kind, other = job.row.layer.kind, job.facts.known("other")
    safe = kind == other == "RELU" and job.raised.everywhere()
    yield from job.remove(f"leave the second {kind} out", "safe" if safe else "unsafe")


def left_out(job: Job) -> Iterator[Proposal]:
    yield from job.remove(f"leave the {job.row.layer.kind} out")


def adjacent_pools(job: Job) -> Iterator[Proposal]:
    """CNN305: max pools that tile, one right behind the other, are one larger pool: nothing changes."""
    before, _ = job.neighbours()
    second = job.row.layer
    if before is not None and before.suffix is PLAIN and job.item.suffix is PLAIN and not job.context.network.problems:
        first = next((row.layer for row in job.context.rows if row is not None and row.item is before), None)
        if _tiles(first) and _tiles(second) and job.raised.everywhere():
            assert isinstance(first, Pool) and isinstance(second, Pool)
            F = tuple(a.F * b.F for a, b in zip(first.windows, second.windows, strict=True))
            span = Span(job.architecture.original(before.span).start, job.architecture.original(job.item.span).end)
            edits = (Edit(span, f"POOL{said((F[0], F[1]))}"),)
            if job.kept_comments(edits):
                yield Proposal("make one pool of the two", edits, "safe")
    yield from job.remove("leave the second pool out")


def _tiles(layer: Layer | None) -> bool:
    """A max pool whose windows lie side by side, unpadded."""
    return isinstance(layer, Pool) and layer.kind == "POOL" and layer.to is None and all(
        window.F == window.S and window.before == window.after == 0 and window.D == 1 and not window.ceil
        for window in layer.windows
    )  # fmt: skip


def activation_before_maxpool(job: Job) -> Iterator[Proposal]:
    """CNN306: the pool first. The largest value bent is the largest of the bent values."""
    _, behind = job.neighbours()
    if behind is None or behind.suffix is not PLAIN or job.item.suffix is not PLAIN or not job.raised.everywhere():
        return
    if not isinstance(behind.node, tree.Layer) or behind.node.kind != "POOL":
        return
    one, other = job.architecture.original(job.item.span), job.architecture.original(behind.span)
    text = job.architecture.text
    edits = (Edit(one, text[other.start : other.end]), Edit(other, text[one.start : one.end]))
    yield Proposal(f"pool first, then {job.row.layer.kind}", edits, "safe")


def conv_on_1x1(job: Job) -> Iterator[Proposal]:
    yield from job.change("use a 1x1 filter", F=1, P=0)


def unaligned_channels(job: Job) -> Iterator[Proposal]:
    K = job.facts["K"]
    near = [K // 8 * 8, (K // 8 + 1) * 8]
    for value in sorted((one for one in near if one > 0), key=lambda one: abs(one - K)):
        yield from job.change(f"use {value} {'units' if job.row.layer.kind == 'FC' else 'filters'}", K=value)


def stride_skips_input(job: Job) -> Iterator[Proposal]:
    """CNN404: a filter that reaches the next one, or steps as long as the filter. A shortcut is meant so."""
    if job.raised.extra is not None and job.raised.extra.severity == "info":
        return
    w, h = job.row.layer.windows  # type: ignore[attr-defined]
    F = tuple(max(window.F, window.S | 1) if window.S > 1 else window.F for window in (w, h))
    pool = isinstance(job.row.layer, Pool)
    if pool:
        F = (max(w.F, w.S), max(h.F, h.S))
        yield from job.change(f"use {_an(said((F[0], F[1])))} window", F=_one((F[0], F[1])))
    else:
        P = (w.D * (F[0] - 1) // 2, h.D * (F[1] - 1) // 2)
        yield from job.change(f"use {_an(said((F[0], F[1])))} filter", F=_one((F[0], F[1])), P=_one(P))
    S = (min(w.S, w.F_eff), min(h.S, h.F_eff))
    yield from job.change(f"use stride {said(S)}", S=_one(S))


def checkerboard_deconv(job: Job) -> Iterator[Proposal]:
    """CNN405: a filter that the stride divides, and where there is one the padding that keeps what comes out."""
    layer = job.row.layer
    if not isinstance(layer, TransposedConv):
        return
    for more in (0, 1):
        sides, pads, kept = [], [], True
        for F, S, P, op in zip(layer.F, layer.S, layer.P, layer.output_padding, strict=True):
            side = (F // S + more) * S if F % S else F
            twice = side - F - op + 2 * P  # (W - 1)S - 2P + F + op stays
            kept = kept and side > 0 and twice >= 0 and twice % 2 == 0
            sides.append(side)
            pads.append(twice // 2)
        if min(sides) < 1:
            continue
        options: dict[str, Any] = {"F": _one((sides[0], sides[1]))}
        if kept:
            options["P"] = _one((pads[0], pads[1]))
            if layer.output_padding != (0, 0):
                options["output_padding"] = 0
        yield from job.change(f"use {_an(said((sides[0], sides[1])))} filter", **options)


def dense(job: Job) -> Iterator[Proposal]:
    """CNN503, CNN504: without dilation, padded as before where that kept the size."""
    node, layer = job.item.node, job.row.layer
    windows = getattr(layer, "windows", None)
    if not isinstance(node, tree.Layer) or windows is None:
        return
    padded = any(option.key is not None and OPTION_WORDS.get(option.key.lower()) == "P" for option in node.options)
    P = _one(tuple((window.F - 1) // 2 for window in windows))
    yield from job.change(
        "use dilation 1", D=1, **({"P": P} if padded and isinstance(layer, Conv) and not layer.same else {})
    )


def bias_before_norm(job: Job) -> Iterator[Proposal]:
    yield from job.change("write bias=no", bias="no")


def softmax_on_one_unit(job: Job) -> Iterator[Proposal]:
    if isinstance(job.item.node, tree.Layer):
        yield Proposal("use SIGMOID", (Edit(job.architecture.original(job.item.span), "SIGMOID"),))


FIXERS: dict[str, Callable[[Job], Iterator[Proposal]]] = {
    "channels_first_input": channels_first_input,
    "indivisible_input": indivisible_input,
    "shrinking_conv": shrinking_conv,
    "large_deep_kernel": large_deep_kernel,
    "even_kernel": even_kernel,
    "unusual_pool": unusual_pool,
    "missing_nonlinearity": missing_nonlinearity,
    "repeated_activation": repeated_activation,
    "activation_on_logits": left_out,
    "adjacent_pools": adjacent_pools,
    "activation_before_maxpool": activation_before_maxpool,
    "conv_on_1x1": conv_on_1x1,
    "dropout_on_output": left_out,
    "repeated_norm": left_out,
    "unaligned_channels": unaligned_channels,
    "stride_skips_input": stride_skips_input,
    "checkerboard_deconv": checkerboard_deconv,
    "dilation_gridding": dense,
    "dilation_exceeds_map": dense,
    "bias_before_norm": bias_before_norm,
    "dropout_before_norm": left_out,
    "softmax_before_loss": left_out,
    "softmax_on_one_unit": softmax_on_one_unit,
}
