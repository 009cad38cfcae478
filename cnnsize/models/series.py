"""From a flow to chains and joins: the series-parallel tree of a graph.

A join and the layers between it and the last node that all of its branches come from become one item.
What is not such a tree, for example a value that is used again much later, cannot be written. The
layers of a further output, and those after a further input, are branches (``ends.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnnsize.limits import MAX_NESTING
from cnnsize.models.ends import (
    OUTPUT,
    ancestors,
    attached_outputs,
    common_path,
    first_inputs,
    input_node,
)
from cnnsize.models.flow import Flow, Frame, Node, UnreadableModelError

JOINS = ("ADD", "CAT", "MUL")


class Layer(NamedTuple):
    """One layer of a chain."""

    node: Node


class Join(NamedTuple):
    """A join of chains. ``node`` is the operation at its end.

    Of OUTPUT the branches are further outputs, and ``node.inputs`` the nodes that give them.
    """

    node: Node
    branches: tuple[tuple[Item, ...], ...]


Item = Layer | Join


def series(flow: Flow) -> tuple[Item, ...]:
    """Return the chain from the input of a flow to its output, INPUT not included.

    Raises UnreadableModelError.
    """
    tree = Tree(flow)
    chain = tree.chain(flow.output, flow.input, depth=0)
    root = flow.nodes[flow.output].path[:1]
    return placed((*tree.heads(flow.input, depth=0), *chain), root)


def with_main_output(flow: Flow) -> Flow:
    """Return a flow whose first output is the one that the chain of its text ends with.

    That is the first output of the model if its outputs are then in their order, else the one that
    depends on most layers, if the others branch off from it.
    """
    outputs = (flow.output, *flow.outputs)
    if len(outputs) == 1:
        return flow
    inputs = {index: node.inputs for index, node in enumerate(flow.nodes)}
    deepest = max(outputs, key=lambda output: len(ancestors(output, inputs)))
    candidates: list[Flow] = []
    for first in dict.fromkeys((flow.output, deepest)):
        rest = list(outputs)
        rest.remove(first)
        candidate = flow._replace(output=first, outputs=tuple(rest))
        try:
            items = series(candidate)
        except UnreadableModelError:
            continue
        if (first, *outputs_in(items)) == outputs:
            return candidate
        candidates.append(candidate)
    return candidates[-1] if candidates else flow


class Tree:
    """The part of a flow that its outputs depend on, with the dominator of each node: of a node with
    several inputs, the last that every path from the first of them passes.
    """

    def __init__(self, flow: Flow) -> None:
        self.nodes = flow.nodes
        self.needed = needed_nodes(flow)
        self.inputs = {index: list(flow.nodes[index].inputs) for index in self.needed}
        for index in self.needed:
            node = flow.nodes[index]
            if node.reason:
                raise UnreadableModelError(node.reason)
            if not node.inputs and node.kind != "INPUT":
                raise UnreadableModelError("a value that does not depend on the input")
        if flow.input not in self.inputs:
            raise UnreadableModelError("the output does not depend on the input")
        self.nest_concatenations()
        self.first = first_inputs(self.needed, self.inputs)
        if self.first[flow.output] != flow.input:
            raise UnreadableModelError("the output does not depend on the first input")
        self.attached = attached_outputs(flow, self.inputs)
        self.consumers = dict.fromkeys(self.needed, 0)
        for inputs in (*self.inputs.values(), self.attached):
            for source in inputs:
                self.consumers[source] += 1
        self.dominator: dict[int, int] = {}
        self.level: dict[int, int] = {}
        for index in self.needed:
            own = [other for other in self.inputs[index] if self.first[other] == self.first[index]]
            self.dominator[index] = self.common(own) if own else index
            self.level[index] = self.level[self.dominator[index]] + 1 if own else 0
        self.written: set[int] = set()

    def nest_concatenations(self) -> None:
        """Let a concatenation start with an earlier one of the same values, as in DenseNet.

        cat(a, b, c) becomes cat(cat(a, b), c) where cat(a, b) exists.
        """
        known: dict[tuple[int, ...], int] = {}
        for index in self.needed:
            if self.nodes[index].kind != "CAT":
                continue
            inputs = tuple(self.inputs[index])
            for length in range(len(inputs) - 1, 1, -1):
                if inputs[:length] in known:
                    self.inputs[index] = [known[inputs[:length]], *inputs[length:]]
                    break
                if inputs[-length:] in known:
                    self.inputs[index] = [*inputs[:-length], known[inputs[-length:]]]
                    break
            known.setdefault(inputs, index)

    def common(self, indices: list[int]) -> int:
        """Return the last node that every path from the input to all of these nodes passes."""
        result = indices[0]
        for other in indices[1:]:
            while result != other:
                if self.level[result] >= self.level[other]:
                    result = self.dominator[result]
                else:
                    other = self.dominator[other]
        return result

    def chain(self, end: int, start: int, *, depth: int) -> tuple[Item, ...]:
        """Return the chain of what runs after ``start`` up to ``end``."""
        if depth > MAX_NESTING:
            raise UnreadableModelError(f"joins are nested more than {MAX_NESTING} deep")
        items: list[Item] = []
        index = end
        while index != start:
            if index in self.written:
                raise UnreadableModelError(
                    f"the output of {describe(self.nodes[index])} is used again elsewhere"
                )
            self.written.add(index)
            items += self.heads(index, depth=depth)
            node, inputs = self.nodes[index], self.inputs[index]
            if len(inputs) == 1:
                if node.kind not in JOINS:
                    items.append(Layer(node))
                index = inputs[0]
                continue
            source = self.dominator[index]
            items.append(self.join(node, self.operands(index, source), source, depth=depth))
            index = source
        items.reverse()
        return tuple(items)

    def heads(self, index: int, *, depth: int) -> tuple[Item, ...]:
        """Return the OUTPUT after a node where further outputs branch off; nothing after others."""
        outputs = self.attached.get(index)
        if not outputs:
            return ()
        path, volume = self.nodes[index].path, self.nodes[index].volume
        branches = [
            placed(self.chain(output, index, depth=depth + 1), path[:1]) for output in outputs
        ]
        return (Join(Node(OUTPUT, (), tuple(outputs), volume, path), tuple(branches)),)

    def branch(self, end: int, source: int, around: Node, *, depth: int) -> tuple[Item, ...]:
        """Return a branch of a join: from ``source``, or from a further input, to ``end``."""
        start = self.first[end]
        if start == self.first[source]:
            return placed(self.chain(end, source, depth=depth), around.path)
        if start in self.written:
            raise UnreadableModelError("a further input is used more than once")
        self.written.add(start)
        opening = (Layer(input_node(self.nodes[start], start)), *self.heads(start, depth=depth))
        return placed((*opening, *self.chain(end, start, depth=depth)), around.path)

    def operands(self, index: int, source: int) -> list[int]:
        """Return the operands of a join. A sum of a sum that nothing else reads is one sum."""
        operands: list[int] = []
        for operand in self.inputs[index]:
            node = self.nodes[operand]
            is_part = (
                operand != source
                and node.kind == self.nodes[index].kind
                and node.kind in ("ADD", "MUL")
                and self.consumers[operand] == 1
                and self.dominator[operand] == source
                and len(self.inputs[operand]) > 1
            )
            if is_part:
                self.written.add(operand)
                operands += self.operands(operand, source)
            else:
                operands.append(operand)
        return operands

    def join(self, node: Node, operands: list[int], source: int, *, depth: int) -> Join:
        """Return a join of operands that all come from ``source``.

        Operands that share layers are a branch together, with a join of its own.
        """
        groups = self.independent(operands, source)
        if len(groups) == 1 and len(operands) > 1:
            raise UnreadableModelError(f"branches that meet in {describe(node)} share layers")
        branches: list[tuple[Item, ...]] = []
        for group in groups:
            if len({self.first[operand] for operand in group}) > 1:
                raise UnreadableModelError(f"branches that meet in {describe(node)} share layers")
            if len(group) == 1:
                branches.append(self.branch(group[0], source, node, depth=depth + 1))
                continue
            inner_source = self.common(group)
            if inner_source == source:
                raise UnreadableModelError(f"branches that meet in {describe(node)} share layers")
            before = self.branch(inner_source, source, node, depth=depth + 1)
            inner = self.join(node, group, inner_source, depth=depth + 1)
            branches.append((*before, inner))
        return Join(node, tuple(branches))

    def independent(self, operands: list[int], source: int) -> list[list[int]]:
        """Return the operands in groups that share no node after ``source``, in their order."""
        groups: list[tuple[list[int], set[int]]] = []
        for operand in operands:
            region = self.region(operand, source)
            own, merged = [operand], set(region)
            rest = []
            for members, others in groups:
                if others & merged:
                    own = members + own
                    merged |= others
                else:
                    rest.append((members, others))
            groups = [*rest, (own, merged)]
        ordered = [sorted(members, key=operands.index) for members, _ in groups]
        return sorted(ordered, key=lambda members: operands.index(members[0]))

    def region(self, end: int, start: int) -> set[int]:
        """Return the nodes between ``start``, which is not among them, and ``end``."""
        region: set[int] = set()
        waiting = [end]
        while waiting:
            index = waiting.pop()
            if index == start or index in region:
                continue
            region.add(index)
            waiting += self.inputs[index]
        return region


def needed_nodes(flow: Flow) -> list[int]:
    """Return the nodes that the outputs depend on, in the order in which they run."""
    needed: set[int] = set()
    waiting = [flow.output, *flow.outputs]
    while waiting:
        index = waiting.pop()
        if index not in needed:
            needed.add(index)
            waiting += flow.nodes[index].inputs
    return sorted(needed)


def describe(node: Node) -> str:
    """Return a node for a message: its kind, and the module that it is in."""
    where = f" in {node.path[-1].name}" if node.path else ""
    return f"{node.kind}{where}"


def placed(items: Sequence[Item], around: tuple[Frame, ...]) -> tuple[Item, ...]:
    """Return a chain whose inputs and outputs are in the calls of modules that both of their
    neighbours are in; before and after the chain these are ``around``.
    """
    paths = [around, *(item.node.path for item in items), around]
    return tuple(
        item._replace(node=item.node._replace(path=common_path(before, after)))
        if item.node.kind in (OUTPUT, "INPUT")
        else item
        for item, before, after in zip(items, paths, paths[2:], strict=False)
    )


def outputs_in(items: Sequence[Item]) -> Iterator[int]:
    """Yield the nodes of the further outputs, in the order of the text."""
    for item in items:
        if not isinstance(item, Join):
            continue
        for number, branch in enumerate(item.branches):
            yield from outputs_in(branch)
            if item.node.kind == OUTPUT:
                yield item.node.inputs[number]


def inputs_in(items: Sequence[Item]) -> Iterator[int]:
    """Yield the nodes of the further inputs, in the order of the text."""
    for item in items:
        if isinstance(item, Join):
            for branch in item.branches:
                yield from inputs_in(branch)
        elif item.node.kind == "INPUT":
            yield from item.node.inputs
