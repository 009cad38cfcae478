"""The rows of a network as a graph: which layer hears which.

Every row stands there once. A repeat of equal passes is its body once, behind a junction that hears
both what comes before the repeat and the end of the body. An ID branch passes through to its join.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnsize.network import Network
from cnnsize.sizing.rows import Fork, Loop, Part, Row

JUNCTION = ""  # the kind of a node that is no layer: the beginning of a repeat


class Graph:
    """Nodes are numbers from 0, in forward order; all but a junction's last predecessors are
    smaller.
    """

    __slots__ = ("branches", "forks", "joins", "kinds", "predecessors", "repeats", "rows", "times")

    def __init__(self, network: Network) -> None:
        self.rows: list[Row | None] = []  # None is a junction
        self.kinds: list[str] = []
        self.predecessors: list[Sequence[int]] = []
        self.times: list[int] = []  # how many equal places a row stands for
        self.branches: list[int] = []  # the branch that a row stands in, by number; 0 is none
        self.forks: list[tuple[str, tuple[Part, ...]]] = [("", ())]  # (op, rows) of each branch
        self.joins: dict[int, int] = {}  # of each join, where its branches begin
        self.repeats = False  # is there any junction?
        rows, kinds, before, repeated, branches = (
            self.rows,
            self.kinds,
            self.predecessors,
            self.times,
            self.branches,
        )

        def link(
            parts: tuple[Part, ...], heads: Sequence[int], times: int, fork: int
        ) -> Sequence[int]:
            """Adds parts behind ``heads``, and says what the next part hears."""
            for part in parts:
                if part.__class__ is Row:
                    heads_now, heads = heads, (len(rows),)
                    rows.append(part)
                    kinds.append(part.layer.kind)
                    before.append(heads_now)
                    repeated.append(times)
                    branches.append(fork)
                elif isinstance(part, Fork):
                    begin = len(rows)
                    tails: dict[int, None] = {}
                    for branch in part.branches:
                        self.forks.append((part.join.layer.kind, branch))
                        tails.update(dict.fromkeys(link(branch, heads, times, len(self.forks) - 1)))
                    heads = (len(rows),)
                    self.joins[len(rows)] = begin
                    rows.append(part.join)
                    kinds.append(part.join.layer.kind)
                    before.append(tuple(tails))
                    repeated.append(times)
                    branches.append(fork)
                elif isinstance(part, Loop) and part.times > 1:
                    self.repeats = True
                    entry = list(heads)
                    heads = (len(rows),)
                    rows.append(None)
                    kinds.append(JUNCTION)
                    before.append(entry)
                    repeated.append(times)
                    branches.append(fork)
                    heads = link(part.body, heads, times * part.times, fork)
                    entry.extend(one for one in heads if one not in entry)
                else:
                    assert not isinstance(part, (Row, Fork))
                    heads = link(part.body, heads, times, fork)
            return heads

        link(network.rows, (), 1, 0)

    def successors(self) -> list[list[int]]:
        """The successors of every node."""
        found: list[list[int]] = [[] for _ in self.rows]
        for index, befores in enumerate(self.predecessors):
            for one in befores:
                found[one].append(index)
        return found

    def preceding_layers(self, index: int) -> Iterator[int]:
        """The rows that are heard directly, junctions looked through."""
        ahead = list(self.predecessors[index])
        seen = set(ahead)
        while ahead:
            one = ahead.pop()
            if self.rows[one] is not None:
                yield one
                continue
            for further in self.predecessors[one]:
                if further not in seen:
                    seen.add(further)
                    ahead.append(further)

    def forward(
        self, begin: int, keep: Sequence[int], give: Sequence[int], later: bool = False
    ) -> list[int]:
        """Bits that arrive at every node, when ``bits & keep | give`` is what leaves it.

        Where paths meet, a bit must come along all of them. ``begin`` arrives at the first node.
        ``later``: in all passes of a repeat but its first, which hears what stands before the
        repeat.
        """
        arrived = [-1] * len(self.rows)
        left = [-1] * len(self.rows)
        changed = True
        while (
            changed
        ):  # once, and again for as long as the end of a repeat takes bits from its beginning
            changed = False
            for index, befores in enumerate(self.predecessors):
                if len(befores) == 1:
                    bits = left[befores[0]]
                elif befores:
                    bits = -1
                    if later and not self.kinds[index]:
                        befores = befores[-1:]
                    for one in befores:
                        bits &= left[one]
                else:
                    bits = begin
                arrived[index] = bits
                bits = bits & keep[index] | give[index]
                if bits != left[index]:
                    left[index] = bits
                    changed = self.repeats
        return arrived

    def backward(self, begin: int, keep: Sequence[int]) -> list[int]:
        """Bits of what follows every node, when ``bits & keep`` of a node is what those before it
        see.

        ``begin`` holds behind the last node.
        """
        arrived = [-1] * len(self.rows)
        changed = True
        while changed:
            changed = False
            for index in range(len(self.rows) - 1, -1, -1):
                bits = arrived[index]
                if bits == -1:
                    bits = arrived[index] = begin
                bits &= keep[index]
                for one in self.predecessors[index]:
                    known = arrived[one]
                    if known & bits != known:
                        arrived[one] = known & bits
                        if one > index:  # the end of a repeat learns what its beginning knew
                            changed = True
        return arrived
