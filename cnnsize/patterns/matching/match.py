"""The result of matching: the solutions, or the place where the network stops matching."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.patterns.choices import Choice
from cnnsize.patterns.matching.tokens import LayerInstance
from cnnsize.patterns.matching.wants import Bindings
from cnnsize.record import NamedTuple, Record, public
from cnnsize.text.english import alternatives, shortened
from cnnsize.text.span import Span


@public
class Mismatch(NamedTuple):
    """The furthest place where the network differs from the pattern, over all assignments."""

    span: Span  # in the network's text
    actual: str  # what the network has there: POOL, or "the end"
    expected: tuple[str, ...]  # what the pattern has there
    pattern_spans: tuple[Span, ...]  # of the expected items, in the pattern's text
    layer: int  # the number of the layer, counted from 0: how many layers match before it
    bound: tuple[str, ...]  # the choices made before it, in words: "N = 2"

    def to_dict(self) -> dict[str, Any]:
        """Return the mismatch as plain data."""
        return {
            "span": list(self.span),
            "found": self.actual,
            "wanted": list(self.expected),
            "pattern_spans": [list(span) for span in self.pattern_spans],
            "layer": self.layer,
            "bound": list(self.bound),
        }


@public
class Match(Record):
    """The ways in which a network matches a pattern; false if there is none.

    Iterate it for the solutions, each a dict of the values of letters and ``?``.

    A letter that makes no difference (N where M = 0) is not in a solution: it may have any value.
    """

    pattern: ParsedArchitecture
    network: ParsedArchitecture
    solutions: tuple[dict[str, int | bool], ...]
    more: bool = False  # whether there may be more solutions than these
    mismatch: Mismatch | None = None  # None if the network matches
    names: tuple[str, ...] = ()  # of all letters and ``?`` of the pattern

    def __repr__(self) -> str:
        if self.mismatch is None:
            return f"<Match: {', '.join(map(str, self.solutions[:3]))}>"
        expected = alternatives(self.mismatch.expected)
        place = f"at layer {self.mismatch.layer}: {self.mismatch.actual}, expected {expected}"
        return f"<Match: none; differs {shortened(place, 100)}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the match as plain data, as ``cnnsize match --output-format json`` prints it."""
        return {
            "pattern": self.pattern.text,
            "network": self.network.text,
            "follows": bool(self),
            "solutions": list(self),
            "more": self.more,
            "leaves": None if self.mismatch is None else self.mismatch.to_dict(),
        }

    def __hash__(self) -> int:  # without the solutions: a dict has no hash
        return hash((self.pattern, self.network))

    def __bool__(self) -> bool:
        return bool(self.solutions)

    def __iter__(self) -> Iterator[dict[str, int | bool]]:
        return iter(self.solutions)

    def __len__(self) -> int:
        return len(self.solutions)


class Furthest:
    """The furthest mismatch so far, and everything that the pattern would have accepted there."""

    def __init__(self) -> None:
        self.order = -1  # of the layer that differs
        self.layers: tuple[LayerInstance, ...] = ()
        self.index = 0
        self.expected: dict[tuple[str, Span], None] = {}
        self.bindings: Bindings = {}

    def record(
        self,
        layers: tuple[LayerInstance, ...],
        index: int,
        bindings: Bindings,
        expected: str,
        span: Span,
    ) -> None:
        """Record a mismatch; ``span`` is that of the expected item in the pattern."""
        order = layers[index].order if index < len(layers) else order_after(layers)
        if order > self.order:
            self.order, self.expected, self.bindings = order, {}, bindings
            self.layers, self.index = layers, index
        if order == self.order:
            self.expected[expected, span] = None

    def mismatch(
        self,
        pattern: ParsedArchitecture,
        network: ParsedArchitecture,
        layers: tuple[LayerInstance, ...],
        choices: Sequence[Choice],
    ) -> Mismatch:
        """Return the mismatch with spans of the original texts; ``layers`` is the whole network."""
        if self.index < len(self.layers):
            span, kind = self.layers[self.index].span, self.layers[self.index].kind
        else:
            in_branch = self.layers and self.layers is not layers
            end = self.layers[-1].span.end if in_branch else network.chain.span.end
            span, kind = Span(end, end), "the end"
        bound = tuple(
            choice.words(self.bindings[key])
            for choice in choices
            if (key := binding_key(choice)) in self.bindings
        )
        return Mismatch(
            network.original(span),
            kind,
            tuple(dict.fromkeys(text for text, _ in self.expected)),
            tuple(pattern.original(expected_span) for _, expected_span in self.expected),
            self.order,
            bound,
        )


def binding_key(choice: Choice) -> str | int:
    """Return the key of a choice among bindings: the name of a letter, the offset of a ``?``."""
    return choice.key if choice.key is not None else choice.name


def order_after(layers: tuple[LayerInstance, ...]) -> int:
    """Return the order that a layer after the last of these would have."""
    if not layers:
        return 0
    last = layers[-1]
    while last.branches and any(last.branches):
        last = next(branch for branch in reversed(last.branches) if branch)[-1]
    return last.order + 1
