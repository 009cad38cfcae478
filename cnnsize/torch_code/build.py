"""From a sized network to the modules of its source.

The chain is followed as it was written, and with it the volumes of all its occurrences. A block is
written once for all of its calls, the body of a repeat once for all of its iterations; every
expression is checked at each of these occurrences (``site.py``). Where no single source serves them
all, a block gets a class for each set of arguments, and a repeat is written out.
"""

from __future__ import annotations

from cnnsize.language.tree import (
    PLAIN,
    Call,
    Chain,
    Expression,
    Group,
    Item,
    Join,
    LayerNode,
    has_own_input,
)
from cnnsize.sizing.rows import Block
from cnnsize.torch_code.attributes import safe_attribute
from cnnsize.torch_code.blocks import BlockClasses
from cnnsize.torch_code.context import Context
from cnnsize.torch_code.expression import folded, in_names_of, name, plus, renamed
from cnnsize.torch_code.free import DEPTH, Freed
from cnnsize.torch_code.layer_code import as_map, call
from cnnsize.torch_code.loops import emit_repeat
from cnnsize.torch_code.modules import EMITTERS
from cnnsize.torch_code.names import TAKEN, Names, camel, snake
from cnnsize.torch_code.nodes import (
    BlockClass,
    Emitted,
    Extra,
    Incoming,
    Merge,
    ModuleCall,
    ModuleNode,
    Part,
)
from cnnsize.torch_code.occurrences import (
    Occurrence,
    branch_occurrences,
    item_occurrences,
    row_of,
)
from cnnsize.torch_code.ranks import (
    MAP,
    NEEDS_MAP,
    VECTOR,
    DiffersError,
    branch_ranks,
    common_rank,
    common_shape,
    rank_after_chain,
    rank_after_layer,
    rank_of_join,
    width,
)
from cnnsize.torch_code.site import ConstructorScope, Site


class Model:
    """The modules of one network, and the classes of its blocks in the order of their definition."""

    def __init__(self, freed: Freed, names: Names) -> None:
        builder = Builder(freed, names)
        self.body: tuple[ModuleNode | Part, ...] = builder.network_body()
        self.classes: list[BlockClass] = builder.blocks.in_order


class Builder:
    """Emits chains, items and layers. Each method takes its context and returns modules."""

    def __init__(self, freed: Freed, names: Names) -> None:
        self.network, self.arguments = freed
        self.definitions = self.network.architecture.definitions
        letters: dict[str, Expression] = dict(self.network.values)
        letters |= {letter: name(letter) for letter in self.arguments if letter != DEPTH}
        self.scope = ConstructorScope(letters, {*TAKEN, *self.arguments}, may_add=False)
        self.further_inputs = 0  # those that were emitted
        self.blocks = BlockClasses(self.network, names, self.chain)

    def network_body(self) -> tuple[ModuleNode, ...]:
        """Return the modules of the network itself."""
        network, arguments = self.network, self.arguments
        start = Occurrence(dict(arguments), network.input, network.rows, 0)
        depth: Expression = name(DEPTH) if DEPTH in arguments else network.input.D
        context = Context([start], depth, MAP, self.scope)
        return self.chain(network.architecture.chain, context).modules

    def chain(self, chain: Chain, context: Context) -> Emitted:
        """Return the modules of a chain."""
        modules: list[ModuleNode] = []
        depth, rank = context.depth, context.rank
        walks = [item_occurrences(chain, occurrence) for occurrence in context.occurrences]
        for pairs in zip(*walks, strict=True):
            item = pairs[0][0]
            here = Context([occurrence for _, occurrence in pairs], depth, rank, context.scope)
            if item.suffix.repeat is None:
                emitted = self.iteration(item, here)
            else:
                emitted = emit_repeat(item, here, self.definitions, self.iteration)
            modules += emitted.modules
            depth = emitted.depth
            rank = common_rank(item, here.occurrences, rank, self.definitions)
        return Emitted(tuple(modules), depth)

    def iteration(self, item: Item, context: Context) -> Emitted:
        """Return the modules of an item, or of one iteration of it."""
        node = item.node
        if isinstance(node, Group):
            return self.chain(node.chain, context)
        if isinstance(node, Join):
            return self.heads(node, context) if node.makes_outputs else self.join(node, context)
        if isinstance(node, Call):
            return self.call(item, node, context)
        assert isinstance(node, LayerNode)
        return self.layer(node, context)

    def layer(self, node: LayerNode, context: Context) -> Emitted:
        """Return the modules of a layer, after what makes a map of a vector if it needs a map."""
        modules: list[ModuleNode] = []
        rank = context.rank
        if rank == VECTOR and node.kind in NEEDS_MAP:
            if any(volume[:2] != (1, 1) for volume in context.volumes):
                raise DiffersError(node.kind)
            modules.append(ModuleCall(as_map(context.depth)))
            rank = MAP
        site = Site(
            node,
            layers=[row_of(occurrence).layer for occurrence in context.occurrences],
            volumes=context.volumes,
            depth=context.depth,
            rank=rank,
            numbers=context.numbers,
        )
        codes, depth = EMITTERS[node.kind](site)
        modules += [ModuleCall(code) for code in codes]
        rank = rank_after_layer(node.kind, rank)
        if codes:
            modules[-1] = ModuleCall(codes[-1], common_shape(context.outputs, rank))
        return Emitted(tuple(modules), context.depth_after(rank, depth))

    def heads(self, node: Join, context: Context) -> Emitted:
        """Return the branches of OUTPUT. The network alone has these, so there is one occurrence."""
        (occurrence,) = context.occurrences
        branches = [
            self.chain(branch, context._replace(occurrences=[inside])).modules
            for branch, inside in branch_occurrences(node, occurrence)
        ]
        merge = Merge(node.op, tuple(branches), common_shape(context.outputs, context.rank))
        return Emitted((merge,), context.depth)

    def join(self, node: Join, context: Context) -> Emitted:
        """Return a join of branches, all of them maps or all of them vectors."""
        occurrences = context.occurrences
        ranks = branch_ranks(node, occurrences[0], context.rank, self.definitions)
        for occurrence in occurrences[1:]:
            if branch_ranks(node, occurrence, context.rank, self.definitions) != ranks:
                raise DiffersError("rank")
        merged = rank_of_join(ranks)
        branches: list[tuple[ModuleNode, ...]] = []
        depths: list[Expression] = []
        inputs: list[str] = []
        inside_branches = [branch_occurrences(node, occurrence) for occurrence in occurrences]
        for index, branch in enumerate(node.branches):
            inside = [by_branch[index][1] for by_branch in inside_branches]
            inputs.append("")
            here = context._replace(occurrences=inside)
            if has_own_input(branch):
                self.further_inputs += 1
                inputs[-1] = f"x{self.further_inputs + 1}"
                here = here._replace(depth=inside[0].volume.D, rank=MAP)
            body, depth = self.chain(branch, here)
            if ranks[index] != merged:
                body = (*body, ModuleCall(as_map(depth)))
            branches.append(body)
            depths.append(depth)
        candidates = [sum_of(depths)] if node.op == "CAT" else depths
        depth = context.depth_after(merged, *candidates)
        given = tuple(inputs) if any(inputs) else ()
        merge = Merge(node.op, tuple(branches), common_shape(context.outputs, merged), given)
        return Emitted((merge,), depth)

    def call(self, item: Item, node: Call, context: Context) -> Emitted:
        """Return the call of a block: its class with the arguments of this call."""
        if not any(occurrence.parts for occurrence in context.occurrences):
            return Emitted((), context.depth)
        blocks: list[Block] = []
        for occurrence in context.occurrences:
            if len(occurrence.parts) != 1:
                raise DiffersError(node.name)
            (block,) = occurrence.parts
            assert isinstance(block, Block)
            blocks.append(block)
        part = self.part(node, blocks, context)
        if part is not None:
            return part
        calls = list(zip(blocks, context.volumes, strict=True))
        block_class = self.blocks.class_for(node, calls, context.rank)
        letters = context.scope.letters
        written = [in_names_of(expression, letters) for expression in node.arguments]
        words = block_arguments(block_class, blocks, written, context)
        once = item._replace(suffix=PLAIN)
        rank = common_rank(once, context.occurrences, context.rank, self.definitions)
        candidate = depth_after_block(block_class, words, (context.depth, *written))
        code = call(block_class.name, *words.values())
        module = ModuleCall(code, common_shape(context.outputs, rank))
        return Emitted((module,), context.depth_after(rank, candidate))

    def part(self, node: Call, blocks: list[Block], context: Context) -> Emitted | None:
        """Return the modules of a block that needs no class; None for other blocks.

        The network calls such a block once, it has no parameters but the width of the last layer,
        and no join, which would need a forward method.
        """
        definition = self.definitions[node.name]
        is_plain = set(definition.parameters or ()) <= set(self.arguments)
        if context.scope is not self.scope or not is_plain or self.blocks.count(node.name) > 1:
            return None
        (block,) = blocks
        (volume,) = context.volumes
        inside = Occurrence(dict(self.arguments), volume, block.body, len(block.path))
        body, depth = self.chain(definition.chain, context._replace(occurrences=[inside]))
        if not body or any(isinstance(item, Merge) for item in body):
            return None
        rank = rank_after_chain(definition.chain, inside, context.rank, self.definitions)
        return Emitted(
            (
                Part(
                    safe_attribute(snake(camel(node.name))),
                    body,
                    common_shape(context.outputs, rank),
                ),
            ),
            depth,
        )


def block_arguments(
    block_class: BlockClass,
    blocks: list[Block],
    written: list[Expression | None],
    context: Context,
) -> dict[str, Expression]:
    """Return the arguments of a call, by the names that the constructor gives them.

    ``written`` has the arguments of the notation in the names of this scope; None for those that
    use other names.
    """
    numbers = context.numbers
    words: dict[str, Expression] = {}
    for argument in block_class.arguments:
        if isinstance(argument, Incoming):
            widths = [width(volume, context.rank) for volume in context.volumes]
            words[argument.name] = numbers.number("in_channels", widths, context.depth)
        elif isinstance(argument, Extra):
            values = [argument.values[block.path] for block in blocks]
            words[argument.name] = numbers.number(argument.name, values)
        else:
            values = [block.arguments[argument.number] for block in blocks]
            words[argument.name] = numbers.number(argument.name, values, written[argument.number])
    return words


def depth_after_block(
    block_class: BlockClass,
    words: dict[str, Expression],
    scope: tuple[Expression | None, ...],
) -> Expression | None:
    """Return the depth that comes out of a block, in the names of the caller; None if unknown."""
    known = dict(words)
    for local, expression in zip(block_class.scope, scope, strict=True):
        if expression is not None:
            known.setdefault(local, expression)
    try:
        return folded(renamed(block_class.depth, known))
    except (KeyError, ZeroDivisionError):
        return None


def sum_of(depths: list[Expression]) -> Expression:
    """Return the sum of expressions, with like terms put together."""
    total: Expression = 0
    for depth in depths:
        total = plus(total, depth)
    return total
