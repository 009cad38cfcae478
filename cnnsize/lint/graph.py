"""The rows of a network as a graph: which layer reads the output of which.

Each row is one node. A repetition with equal iterations is its body once, after a start node whose
predecessors are the layer before the repetition and the end of the body. An ID branch adds no node:
its join reads the layer before the branches. An OUTPUT with branches reads that layer alone, and
nothing reads the ends of its branches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnsize.network import Network
from cnnsize.record import NamedTuple
from cnnsize.sizing.rows import Fork, Loop, Part, Row, own_input

REPETITION_START = ""  # the kind of a node that is no layer


class Branch(NamedTuple):
    """One branch of a join or of OUTPUT: its kind, and the rows of the branch."""

    join: str
    parts: tuple[Part, ...]


class Graph:
    """Nodes are numbered from 0 in forward order. Only the start of a repetition has a predecessor
    with a larger number: its last one, the end of the body.
    """

    __slots__ = (
        "branch_numbers",
        "branches",
        "has_repetition",
        "joins",
        "kinds",
        "output_nodes",
        "outputs",
        "predecessors",
        "rows",
        "times",
    )

    def __init__(self, network: Network) -> None:
        self.rows: list[Row | None] = []  # None at the start of a repetition
        self.kinds: list[str] = []
        self.predecessors: list[Sequence[int]] = []
        self.times: list[int] = []  # how many times a node is run: iterations count separately
        self.branches: list[Branch] = [Branch("", ())]  # 0: outside of all joins
        self.branch_numbers: list[int] = []  # the innermost branch that a node is in
        self.joins: dict[int, int] = {}  # each join -> the first node of its branches
        self.outputs: list[int] = []  # the last node of each branch of OUTPUT that has layers
        self.output_nodes: dict[int, bool] = {}  # each OUTPUT with branches -> is one of them ID?
        self.has_repetition = False
        self._add_parts(network.rows, (), times=1, branch=0)

    def _add_parts(
        self, parts: tuple[Part, ...], heads: Sequence[int], *, times: int, branch: int
    ) -> Sequence[int]:
        """Add parts after the nodes ``heads``; return the nodes that the next part reads."""
        rows, kinds, predecessors = self.rows, self.kinds, self.predecessors
        for part in parts:
            if part.__class__ is Row:
                predecessors.append(heads)
                heads = (len(rows),)
                rows.append(part)
                kinds.append(part.layer.kind)
                self.times.append(times)
                self.branch_numbers.append(branch)
            elif isinstance(part, Fork):
                heads = self._add_fork(part, heads, times=times, branch=branch)
            elif isinstance(part, Loop) and part.times > 1:
                self.has_repetition = True
                entry = list(heads)
                heads = (self._add_node(None, entry, times=times, branch=branch),)
                iterations = times * part.times
                heads = self._add_parts(part.body, heads, times=iterations, branch=branch)
                entry.extend(node for node in heads if node not in entry)
            else:
                assert not isinstance(part, (Row, Fork))
                heads = self._add_parts(part.body, heads, times=times, branch=branch)
        return heads

    def _add_fork(
        self, fork: Fork, heads: Sequence[int], *, times: int, branch: int
    ) -> tuple[int, ...]:
        start = len(self.rows)
        tails: dict[int, None] = {}  # those after the first input before those after others
        others: dict[int, None] = {}
        for parts in fork.branches:
            self.branches.append(Branch(fork.join.layer.kind, parts))
            number = len(self.branches) - 1
            if own_input(parts):
                ends = self._add_parts(parts, (), times=times, branch=number)
                others.update(dict.fromkeys(ends))
            else:
                ends = self._add_parts(parts, heads, times=times, branch=number)
                tails.update(dict.fromkeys(ends))
        if fork.makes_outputs:
            node = self._add_node(fork.join, heads, times=times, branch=branch)
            self.outputs += [tail for tail in tails if tail >= start]
            self.output_nodes[node] = not all(fork.branches)
            return (node,)
        join = self._add_node(fork.join, (*tails, *others), times=times, branch=branch)
        self.joins[join] = start
        return (join,)

    def _add_node(
        self, row: Row | None, predecessors: Sequence[int], *, times: int, branch: int
    ) -> int:
        self.rows.append(row)
        self.kinds.append(REPETITION_START if row is None else row.layer.kind)
        self.predecessors.append(predecessors)
        self.times.append(times)
        self.branch_numbers.append(branch)
        return len(self.rows) - 1

    def successors(self) -> list[list[int]]:
        """Return the successors of every node."""
        successors: list[list[int]] = [[] for _ in self.rows]
        for node, predecessors in enumerate(self.predecessors):
            for predecessor in predecessors:
                successors[predecessor].append(node)
        return successors

    def preceding_layers(self, node: int) -> Iterator[int]:
        """Yield the layers whose output a node reads, looking through starts of repetitions."""
        return self._nearest_layers(node, self.predecessors)

    def following_layers(self, node: int, successors: Sequence[Sequence[int]]) -> Iterator[int]:
        """Yield the layers that read the output of a node."""
        return self._nearest_layers(node, successors)

    def _nearest_layers(self, node: int, edges: Sequence[Sequence[int]]) -> Iterator[int]:
        pending = list(edges[node])
        seen = set(pending)
        while pending:
            other = pending.pop()
            if self.rows[other] is not None:
                yield other
                continue
            for further in edges[other]:
                if further not in seen:
                    seen.add(further)
                    pending.append(further)

    def forward(
        self,
        begin: int,
        keep: Sequence[int],
        set_here: Sequence[int],
        *,
        later_iterations: bool = False,
    ) -> list[int]:
        """Return the flags that arrive at every node; ``flags & keep | set_here`` leave it.

        Where paths meet, only flags that hold on all of them arrive. ``begin`` arrives at the first
        node. With ``later_iterations`` the start of a repetition reads only the end of its body, as
        in every iteration but the first.
        """
        arriving = [-1] * len(self.rows)
        leaving = [-1] * len(self.rows)
        changed = True
        while changed:  # again for as long as the end of a repetition clears flags at its start
            changed = False
            for node, predecessors in enumerate(self.predecessors):
                if len(predecessors) == 1:
                    flags = leaving[predecessors[0]]
                elif predecessors:
                    flags = -1
                    if later_iterations and self.kinds[node] == REPETITION_START:
                        predecessors = predecessors[-1:]
                    for predecessor in predecessors:
                        flags &= leaving[predecessor]
                else:
                    flags = begin
                arriving[node] = flags
                flags = flags & keep[node] | set_here[node]
                if flags != leaving[node]:
                    leaving[node] = flags
                    changed = self.has_repetition
        return arriving

    def backward(self, begin: int, keep: Sequence[int]) -> list[int]:
        """Return the flags that hold after every node, on all paths from it to the output.

        ``begin`` holds after the last node; a node passes ``flags & keep`` to its predecessors.
        """
        following = [-1] * len(self.rows)
        changed = True
        while changed:
            changed = False
            for node in range(len(self.rows) - 1, -1, -1):
                flags = following[node]
                if flags == -1:
                    flags = following[node] = begin
                flags &= keep[node]
                for predecessor in self.predecessors[node]:
                    known = following[predecessor]
                    if known & flags != known:
                        following[predecessor] = known & flags
                        if predecessor > node:  # the end of a repetition, visited before
                            changed = True
        return following
