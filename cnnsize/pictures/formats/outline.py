"""The nodes and edges of a graph, from the parts that the figure draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cnnsize.network import Network
from cnnsize.pictures.graph import Panel, entries_of, network_parts
from cnnsize.pictures.graph_facts import GraphFacts
from cnnsize.pictures.parts import Branch, Chain, Frame, Join, Node, Outputs, Part


class OutlineNode(NamedTuple):
    """A node. ``kind`` is the role of its colour, and ``title`` has its numbers."""

    name: str
    text: str
    kind: str
    title: str = ""
    is_round: bool = False


class Group(NamedTuple):
    """Nodes in a frame: those of a repetition, or of a block."""

    name: str
    title: str
    members: list[OutlineNode | Group]
    is_block: bool = False


class Edge(NamedTuple):
    """An arrow between two nodes, with the volume that it carries, if it is known."""

    source: str
    target: str
    label: str = ""
    is_faulty: bool = False


class Outline(NamedTuple):
    """The nodes of a network and of its blocks, and the edges between them."""

    members: list[OutlineNode | Group]
    edges: list[Edge]


class Source(NamedTuple):
    """The node that the next one reads, and the volume it gives; None before the first."""

    name: str | None
    label: str = ""


def flattened(members: Iterable[OutlineNode | Group]) -> Iterator[OutlineNode | Group]:
    """Yield nodes and groups, each group before its members."""
    for member in members:
        yield member
        if isinstance(member, Group):
            yield from flattened(member.members)


def outline_of(network: Network, max_nodes: int) -> Outline:
    """Return the outline of a network; a larger network has a node for each run of equal W x H."""
    facts = GraphFacts(network)
    entries = entries_of(network.architecture.chain, facts)
    parts, labels = network_parts(network, entries, facts, max_nodes)
    builder = Builder()
    members = builder.outline.members
    end = builder.add_chain(parts, labels, Source(None), members)
    output = OutlineNode("output", end.label, "bad" if end.label == "?" else "paper", is_round=True)
    members.append(output)
    builder.add_edge(end, output.name)
    for name, calls in facts.calls.items():
        builder.add_panel(Panel(network, name, calls))
    return builder.outline


class Builder:
    """Follows parts, and collects nodes and edges."""

    def __init__(self) -> None:
        self.outline = Outline([], [])
        self.count = 0

    def new_name(self, letter: str) -> str:
        """Return a name that no other node or group has."""
        self.count += 1
        return f"{letter}{self.count}"

    def add_node(
        self,
        members: list[OutlineNode | Group],
        text: str,
        kind: str,
        title: str = "",
        *,
        is_round: bool = False,
    ) -> str:
        """Add a node, and return its name."""
        mark = "! " if kind == "bad" else ""
        node = OutlineNode(self.new_name("n"), f"{mark}{text}", kind, title, is_round)
        members.append(node)
        return node.name

    def add_edge(self, source: Source, target: str, *, is_faulty: bool = False) -> None:
        """Add an edge from what comes before, if there is anything."""
        if source.name is not None:
            is_faulty = is_faulty or source.label == "?"
            self.outline.edges.append(Edge(source.name, target, source.label, is_faulty))

    def add_group(
        self, members: list[OutlineNode | Group], title: str, *, is_block: bool = False
    ) -> list[OutlineNode | Group]:
        """Add a group, and return its members, which are still empty."""
        group = Group(self.new_name("g"), title, [], is_block)
        members.append(group)
        return group.members

    def add_panel(self, panel: Panel) -> None:
        """Add a block, whose first node is its input, with the arguments of its calls."""
        members = self.add_group(self.outline.members, panel.head, is_block=True)
        text = "\n".join(["input", *panel.lines])
        name = self.add_node(members, text, "paper", is_round=True)
        self.add_chain(panel.chain.parts, panel.chain.labels, Source(name), members)

    def add_chain(
        self,
        parts: Sequence[Part],
        labels: Sequence[str],
        source: Source,
        members: list[OutlineNode | Group],
    ) -> Source:
        """Add parts that follow each other, and return the last source."""
        for part, label in zip(parts, labels, strict=True):
            source = self.add_part(part, source, members)
            source = source._replace(label=label or source.label)
        return source

    def add_part(self, part: Part, source: Source, members: list[OutlineNode | Group]) -> Source:
        """Add a part after a source, and return the source after it."""
        if isinstance(part, Chain):
            return self.add_chain(part.parts, part.labels, source, members)
        if isinstance(part, Frame):
            return self.add_part(part.inner, source, self.add_group(members, part.badge))
        if isinstance(part, Join):
            ends = [self.add_branch(branch, source, members) for branch in part.branches]
            kind = "bad" if part.is_faulty else "join"
            text = f"{part.op} {part.extras}".strip()
            name = self.add_node(members, text, kind, part.title, is_round=True)
            for end in ends:
                self.add_edge(end, name, is_faulty=part.is_faulty)
            return Source(name)
        if isinstance(part, Outputs):
            for branch in part.branches:
                end = self.add_branch(branch, source, members)
                self.add_edge(end, self.add_node(members, "output", "join", is_round=True))
            return source
        assert isinstance(part, Node)
        name = self.add_node(
            members, " + ".join(part.texts), part.kind, part.title, is_round=part.is_round
        )
        self.add_edge(source, name)
        return Source(name)

    def add_branch(
        self, branch: Branch, source: Source, members: list[OutlineNode | Group]
    ) -> Source:
        """Add a branch of a join, and return its last source."""
        start = Source(None) if branch.has_own_input else source
        chain = branch.chain
        end = self.add_chain(chain.parts, chain.labels, start, members)
        return end._replace(label=branch.end or end.label)
