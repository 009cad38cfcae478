"""The figure of a graph: the network from its input down, and every block once beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from cnnsize.language.format import expression_text, item_text
from cnnsize.language.tree import PLAIN, Call, Group, Item, LayerNode
from cnnsize.language.tree import Chain as ItemChain
from cnnsize.language.tree import Join as JoinNode
from cnnsize.layers.names import NORMS
from cnnsize.network import Network
from cnnsize.pictures.canvas import Canvas, cut, text_width
from cnnsize.pictures.graph_facts import GraphFacts
from cnnsize.pictures.palette import KINDS
from cnnsize.pictures.parts import (
    GAP,
    Branch,
    Chain,
    Frame,
    Join,
    Node,
    Outputs,
    Part,
    draw_edge,
)
from cnnsize.pictures.request import Request
from cnnsize.pictures.slabs import LIGHT, POINTWISE

MAX_NODES = 120  # more are drawn as runs of one W x H
MAX_COLUMN = 900.0  # px
MAX_BRANCHING = 40  # nodes of a join that stays whole where nodes are drawn as runs
MAX_RUNS = 100
MAX_LANES = 16  # branches of a join
MAX_PANEL_NODES = 60  # of a chain in a panel
MAX_CALLS = 4  # lists of arguments that are shown for a block
WIDTH = 1000
HEAD = 12.0  # px above and below the parts of a panel
PROJECTION = re.compile(r"CONV1(x1)?-")

Kept = TypeVar("Kept")


class Entry(NamedTuple):
    """An item with those that share its node, and how often it occurs in a row."""

    item: Item
    text: str
    last: Item
    extras: tuple[str, ...] = ()
    times: int = 1


def draw(network: Network, canvas: Canvas, request: Request) -> str:
    """Draw the graph of a network, and return a description in words."""
    facts = GraphFacts(network)
    entries = entries_of(network.architecture.chain, facts)
    parts, labels = network_parts(network, entries, facts, MAX_NODES)
    right = draw_columns(canvas, parts, labels)
    draw_panels(canvas, network, facts, right + 40, request.width or WIDTH)
    blocks = f", and {len(facts.calls)} blocks" if facts.calls else ""
    return f"{len(entries)} nodes{blocks}."


def network_parts(
    network: Network, entries: list[Entry], facts: GraphFacts, max_nodes: int
) -> tuple[list[Part], list[str]]:
    """Return the parts of a network, and the volume after each.

    A network with more than ``max_nodes`` nodes has a part for each run of one W x H.
    """
    if count_nodes(network.architecture.chain) > max_nodes:
        return run_parts(entries, facts)
    parts = [part_of(entry, facts) for entry in entries]
    return parts, [label_of(entry, facts) for entry in entries]


def count_nodes(chain: ItemChain) -> int:
    """Return the number of nodes that a chain has, those in its joins included."""
    total = 0
    for item in chain.items:
        node = item.node
        if isinstance(node, Group):
            total += count_nodes(node.chain)
        elif isinstance(node, JoinNode):
            total += 1 + sum(map(count_nodes, node.branches))
        else:
            total += 1
    return total


# -- from the syntax tree to parts ----------------------------------------


def entries_of(chain: ItemChain, facts: GraphFacts | None) -> list[Entry]:
    """Return the items of a chain, with neighbours that share a node as one entry."""
    entries: list[Entry] = []
    for item in chain.items:
        text = item_text(item._replace(suffix=PLAIN))
        last = entries[-1] if entries else None
        if last is not None and shares_node(last, item, facts):
            entries[-1] = last._replace(extras=(*last.extras, text), last=item)
        elif last is not None and repeats(last, item, text, facts):
            entries[-1] = last._replace(times=last.times + 1, last=item)
        else:
            entries.append(Entry(item, text, item))
    return entries


def shares_node(last: Entry, item: Item, facts: GraphFacts | None) -> bool:
    """Return whether a layer is written on the node before it."""
    node, before = item.node, last.item.node
    if not isinstance(node, LayerNode) or node.kind not in POINTWISE or item.suffix != PLAIN:
        return False
    if last.times > 1 or last.item.suffix != PLAIN or isinstance(before, (Call, Group)):
        return False
    if isinstance(before, JoinNode) and before.makes_outputs:
        return False
    is_input = isinstance(before, LayerNode) and before.kind == "INPUT"
    is_separate = node.kind in NORMS and "bias=no" in last.text
    is_faulty = facts is not None and facts.sum((item,)).is_faulty
    return not (is_input or is_separate or is_faulty)


def repeats(last: Entry, item: Item, text: str, facts: GraphFacts | None) -> bool:
    """Return whether an item is once more what was before it, on maps of the same W x H."""
    is_plain = item.suffix == PLAIN and last.item.suffix == PLAIN
    is_single = isinstance(item.node, (LayerNode, Call)) and not last.extras
    if not is_plain or not is_single or text != last.text:
        return False
    if facts is None:
        return True
    before, after = facts.volume(last.last), facts.volume(item)
    return before is not None and after is not None and before[:2] == after[:2]


def part_of(entry: Entry, facts: GraphFacts | None) -> Part:
    """Return the part that draws an entry. ``facts`` is None inside of a block."""
    node, suffix = entry.item.node, entry.item.suffix
    part: Part
    if isinstance(node, Group):
        part = chain_of(node.chain, facts)
    elif isinstance(node, JoinNode):
        part = join_of(entry, node, facts)
    else:
        part = node_of(entry, facts)
    if suffix.repeat is not None or suffix.values:
        return Frame(part, badge_of(entry.item))
    if suffix.optional:
        return Frame(part, "optional")
    return Frame(part, f"x{entry.times:,}") if entry.times > 1 else part


def badge_of(item: Item) -> str:
    """Return how often an item repeats: ``x3``, ``x(N + 1)``."""
    repeat = item.suffix.repeat
    if item.suffix.values or repeat is None:
        return f"x{len(item.suffix.values)}"
    return f"x{expression_text(repeat, 2)}"


def chain_of(chain: ItemChain, facts: GraphFacts | None) -> Chain:
    """Return the part that draws a chain."""
    entries = entries_of(chain, facts)
    kept = entries if facts is not None else ends_of(entries, MAX_PANEL_NODES)
    parts = [part_of(entry, facts) for entry in kept]
    labels = [label_of(entry, facts) for entry in kept]
    if len(kept) < len(entries):
        middle = len(kept) // 2
        parts.insert(middle, ellipsis_node(len(entries) - len(kept), "layers"))
        labels.insert(middle, "")
    return Chain(parts, labels)


def ends_of(items: Sequence[Kept], most: int) -> Sequence[Kept]:
    """Return the first and the last of too many items."""
    half = most // 2
    return items if len(items) <= most else (*items[:half], *items[-half:])


def ellipsis_node(hidden: int, noun: str) -> Node:
    """Return the node that stands for what is left out."""
    return Node((f"{hidden:,} more {noun}",), "other", "", is_round=True)


def node_of(entry: Entry, facts: GraphFacts | None) -> Node:
    """Return the node of a layer or a call."""
    node = entry.item.node
    kind = KINDS.get(node.kind, "other") if isinstance(node, LayerNode) else "conv"
    texts = (entry.text, *entry.extras)
    title = " + ".join(texts)
    if facts is not None:
        total = facts.sum((entry.item,))
        title += f": {facts.volume(entry.last) or 'unknown'}"
        title += f", {total.params:,} params" if total.params else ""
        kind = "bad" if total.is_faulty else kind
    is_round = isinstance(node, LayerNode) and node.kind == "INPUT"
    return Node(texts, kind, title, is_round=is_round)


def join_of(entry: Entry, node: JoinNode, facts: GraphFacts | None) -> Join | Outputs:
    """Return the part of a join, or of branches that are outputs."""
    start = entry.item.start
    inputs = facts.inputs.get(start, ()) if facts is not None else ()
    is_faulty = facts is not None and join_is_faulty(entry.item, node, facts)
    branches = []
    numbers = range(len(node.branches))
    kept = numbers if is_faulty else ends_of(numbers, MAX_LANES)
    for index in kept:
        chain = node.branches[index]
        first = chain.items[0].node if chain.items else None
        end = str(inputs[index] or "?") if index < len(inputs) else ""
        if node.makes_outputs and facts is not None and chain.items:
            end = str(facts.volume(chain.items[-1]) or "?")
        branches.append(
            Branch(
                chain_of(chain, facts),
                is_light=is_light(chain, node.op),
                has_own_input=isinstance(first, LayerNode) and first.kind == "INPUT",
                end=end,
            )
        )
    if len(kept) < len(numbers):
        more = ellipsis_node(len(numbers) - len(kept), "branches")
        branches.insert(len(kept) // 2, Branch(Chain([more], [""])))
    if node.makes_outputs:
        return Outputs(branches)
    extras = " ".join(f"+ {text}" for text in entry.extras)
    output = "" if facts is None else f": {facts.volume(entry.item) or 'unknown'}"
    return Join(node.op, branches, extras, f"{node.op}{output}", is_faulty=is_faulty)


def join_is_faulty(item: Item, node: JoinNode, facts: GraphFacts) -> bool:
    """Return whether a join itself is faulty, rather than a layer in its branches."""
    inside = facts.sum(inner for chain in node.branches for inner in chain.items)
    return facts.sum((item,)).is_faulty and not inside.is_faulty


def is_light(chain: ItemChain, op: str) -> bool:
    """Return whether a branch weighs next to nothing: ID, CROP, and under ADD a projection."""
    for item in chain.items:
        node = item.node
        if not isinstance(node, LayerNode):
            return False
        is_projection = op == "ADD" and bool(PROJECTION.match(node.text))
        if node.kind not in LIGHT and not is_projection:
            return False
    return True


def label_of(entry: Entry, facts: GraphFacts | None) -> str:
    """Return the volume after an entry; nothing inside of a block, where it differs by call."""
    if facts is None:
        return ""
    if isinstance(entry.item.node, JoinNode) and entry.item.node.makes_outputs:
        return ""
    return str(facts.volume(entry.last) or "?")


def run_parts(entries: list[Entry], facts: GraphFacts) -> tuple[list[Part], list[str]]:
    """Return entries as runs of one W x H, each with the number of its layers."""
    runs: list[list[Entry]] = []
    sizes: list[object] = []
    for entry in entries:
        volume = facts.volume(entry.last)
        size = None if volume is None else volume[:2]
        is_first = not runs or entry.item is entries[1].item  # the input has a node of its own
        if is_first or sizes[-1] != size:
            runs.append([])
            sizes.append(size)
        runs[-1].append(entry)
    parts = [run_node(run, facts) for run in runs]
    labels = [label_of(run[-1], facts) for run in runs]
    if len(parts) > MAX_RUNS:
        hidden = len(parts) - MAX_RUNS
        middle: list[Part] = [ellipsis_node(hidden, "sizes")]
        half = MAX_RUNS // 2
        parts = [*parts[:half], *middle, *parts[-half:]]
        labels = [*labels[:half], "", *labels[-half:]]
    return parts, labels


def run_node(run: list[Entry], facts: GraphFacts) -> Part:
    """Return the node of consecutive entries of one W x H."""
    if len(run) == 1 and count_nodes(ItemChain((run[0].item,), run[0].item.span)) <= MAX_BRANCHING:
        return part_of(run[0], facts)
    total = facts.sum(entry.item for entry in run)
    layers = sum(facts.sum((entry.item,)).layers * entry.times for entry in run)
    text = f"{layers:,} layers"
    if total.params:
        text += f", {total.params:,} params"
    title = f"{run[0].text} to {run[-1].text}: {text}"
    return Node((text,), "bad" if total.is_faulty else "conv", title, is_round=False)


# -- columns and panels ----------------------------------------


def columns_of(parts: list[Part]) -> list[range]:
    """Return which parts stand in which column: equal columns, and no part is broken."""
    heights = [part.height + GAP for part in parts]
    total = sum(heights)
    count = max(1, round(total / MAX_COLUMN + 0.3))
    if max(heights) > total / 2:
        return [range(len(parts))]
    limit = total / count * 1.02 + GAP
    columns, start, height = [], 0, 0.0
    for index, part in enumerate(parts):
        if index > start and height + part.height > limit:
            columns.append(range(start, index))
            start, height = index, 0.0
        height += heights[index]
    return [*columns, range(start, len(parts))]


def draw_columns(canvas: Canvas, parts: list[Part], labels: list[str]) -> float:
    """Draw the network in columns, and return their right edge."""
    x, axis, bottom = 0.0, 0.0, 0.0
    for column in columns_of(parts):
        chain = Chain(parts[column.start : column.stop], labels[column.start : column.stop])
        label = labels[column.start - 1] if column.start else ""
        if column.start:
            draw_turn(canvas, (axis, bottom), x, x + chain.left, label)
        axis = x + chain.left
        chain.draw(canvas, axis, 0)
        bottom = chain.height
        end = 6 + text_width(labels[column.stop - 1], 10)
        x = max(axis + chain.right, axis + end, axis + 6 + text_width(label, 10)) + 40
    canvas.line((axis, bottom), (axis, bottom + 12), "dim", 1.25)
    last = labels[-1]
    role = "bad-line" if last == "?" else "dim"
    canvas.text(axis + 6, bottom + 12, last, 10, fill=role)
    return x - 40


def draw_turn(
    canvas: Canvas, start: tuple[float, float], left: float, axis: float, label: str
) -> None:
    """Draw the edge from the foot of a column to the top of the next."""
    x, y = start
    middle = left - 14
    points = [(x, y), (x, y + 14), (middle, y + 14), (middle, -20), (axis, -20), (axis, -1)]
    canvas.poly(points, line="dim", is_closed=False, stroke=1.25)
    canvas.arrow_down(axis, 0, "dim")
    canvas.text(axis + 6, -7, label, 10, fill="dim")


class Panel:
    """A block, once, with the arguments that it is called with."""

    def __init__(self, network: Network, name: str, calls: dict[tuple[int, ...], int]) -> None:
        definition = network.architecture.definitions[name]
        parameters = definition.parameters or ()
        self.chain = chain_of(definition.chain, None)
        self.head = cut(f"{name}({', '.join(parameters)})")
        self.lines = call_lines(calls)
        widths = [text_width(line, 10) + 20 for line in self.lines]
        head = text_width(self.head, 12, mono=True, bold=True) + 20
        self.width = max(self.chain.left + self.chain.right + 24, head, 90, *widths)
        self.height = self.chain.height + 76 + 13 * len(self.lines)

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the panel with its upper left corner at a point."""
        canvas.rect(x, y, self.width, self.height, "panel", "rule", radius=4)
        canvas.text(x + 10, y + 18, self.head, 12, mono=True, bold=True)
        for index, line in enumerate(self.lines):
            canvas.text(x + 10, y + 32 + 13 * index, line, 10, fill="dim")
        top = y + 50 + 13 * len(self.lines)
        chain = self.chain
        axis = x + (self.width - chain.left - chain.right) / 2 + chain.left
        draw_edge(canvas, axis, top - 14, top)
        chain.draw(canvas, axis, top)
        canvas.line((axis, top + chain.height), (axis, top + chain.height + HEAD), "dim", 1.25)


def call_lines(calls: dict[tuple[int, ...], int]) -> list[str]:
    """Return the lists of arguments of a block, with how often each occurs."""
    if not any(calls):  # no parameters
        times = sum(calls.values())
        return [f"called {times:,} times"] if times > 1 else []
    lines = [
        f"({', '.join(map(str, arguments))})" + (f" x{times:,}" if times > 1 else "")
        for arguments, times in calls.items()
    ]
    if len(lines) > MAX_CALLS:
        hidden = len(lines) - MAX_CALLS + 1
        lines = [*lines[: MAX_CALLS - 1], f"and {hidden:,} more"]
    return [cut(line) for line in lines]


def draw_panels(
    canvas: Canvas, network: Network, facts: GraphFacts, left: float, width: float
) -> None:
    """Draw the blocks in shelves right of the network."""
    x, y, shelf = left, 0.0, 0.0
    for name, calls in facts.calls.items():
        panel = Panel(network, name, calls)
        if x > left and x + panel.width > max(width, left + 420):
            x, y, shelf = left, y + shelf + 12, 0.0
        panel.draw(canvas, x, y)
        shelf = max(shelf, panel.height)
        x += panel.width + 12
