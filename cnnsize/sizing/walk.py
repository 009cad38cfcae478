"""Walks the volumes: from a syntax tree to a ``Network`` of rows, with every fault kept as a fact.

A repeat is not a loop over its count. Its passes are walked until one leaves the volume as it found
it; all later passes are equal to that one and are kept as a single ``Loop``.
"""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.language.arithmetic import evaluate
from cnnsize.language.parsed import NO_BLOCKS, Definitions
from cnnsize.language.tree import (
    PLAIN,
    Call,
    Chain,
    Ellipsis,
    Expression,
    Group,
    Item,
    Join,
    LayerNode,
    Statement,
    Suffix,
    all_items,
)
from cnnsize.layers import JOINS
from cnnsize.layers.base import STANDARD, Layer
from cnnsize.layers.conv import Conv
from cnnsize.layers.dense import FullyConnected
from cnnsize.layers.reshape import Crop
from cnnsize.layers.volume import Fault, Sizing, Volume
from cnnsize.limits import MAX_NESTING, MAX_STEPS
from cnnsize.record import replace
from cnnsize.sizing.make import bound_layer, build, node_letters, standard_layer
from cnnsize.sizing.rows import Block, Called, Fork, Iteration, Loop, Part, Path, Problem, Row
from cnnsize.sizing.settings import Settings
from cnnsize.sizing.sound import crops_to_join
from cnnsize.sizing.steps import (
    NO_ZEROS,
    UNKNOWN,
    Scope,
    bound_step,
    checked,
    standard_step,
    zeros_behind,
)
from cnnsize.text.diagnostic import ArchitectureError, Label, error, shifted
from cnnsize.text.span import Span


class Walk:
    """One walk over one tree."""

    def __init__(
        self,
        settings: Settings,
        values: Mapping[str, int],
        definitions: Definitions = NO_BLOCKS,
        whole: Chain | None = None,
    ) -> None:
        self.settings = settings
        self.definitions = definitions
        self.whole = whole  # the chain that is walked
        self.max_steps = MAX_STEPS
        self.problems: list[Problem] = []
        self.iterations: list[
            tuple[Item, int, int, int]
        ] = []  # the repeats around, as Pass has them
        self.calls: list[Called] = []  # the blocks around
        self.steps = 0
        self.depth = 0
        self.pad_zeros = NO_ZEROS  # of the PAD in front of the chain or the item that is walked
        self.ignored_faults = 0  # faults that were none, as only such zeros go unread
        self.scope = Scope.of(values)
        self._scopes: dict[tuple[str, tuple[int, ...]], Scope] = {}
        self._sizes: dict[tuple[int, Volume], Sizing] = {}
        self._placed: dict[tuple[LayerNode, bool], Layer] = {}
        self._seen: set[tuple[int, str]] = set()
        self._kept: list[Layer] = []  # keeps the identities that sizes are kept by

    def layer(self, node: LayerNode, item: Item) -> Layer:
        """The layer of a node, made once in a scope."""
        found = None
        values = self.scope.values
        defaults = self.settings.defaults
        if defaults is STANDARD or defaults == STANDARD:  # a copy, where inputs are searched for
            found = standard_layer(node)
            if found is None:
                bindings = tuple(
                    [(name, values[name]) for name in node_letters(node) if name in values]
                )
                found = bound_layer(node, bindings)
                if found is not None:
                    self.scope.bindings[node] = bindings
        if found is None:
            try:
                found = build(node, values, self.settings.defaults)
            except ArchitectureError as wrong:
                raise shifted(wrong, item.start) from None
        self.scope.layers[node] = found
        return found

    def chain(
        self, chain: Chain, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Rows of a chain on a volume, and what comes out. ``tail``: nothing follows the chain."""
        rows: list[Part] = []
        append, new = rows.append, tuple.__new__
        layers, sizes, standard = self.scope.layers, self._sizes, self.settings.defaults is STANDARD
        bindings = self.scope.bindings
        self.steps += len(chain.items)
        if self.steps > self.max_steps:
            self.too_many(chain.items[0])
        self.depth += 1
        if self.depth > MAX_NESTING + 1:
            self.too_deep(chain.items[0])
        last_fc = self.last_fc(chain) if tail else -1
        before = self.pad_zeros
        for index, item in enumerate(chain.items):
            node, _, _, suffix = item
            here = (*path, index)
            if suffix is PLAIN and node.__class__ is LayerNode:
                if standard and volume is not None:
                    known = standard_step(node, volume)
                    if known is None and node in bindings:
                        known = bound_step(node, bindings[node], volume)
                    if known is not None:
                        layer, inputs, sizing = known
                        append(new(Row, (item, layer, here, inputs, sizing)))
                        volume = sizing.output
                        continue
                layer = layers.get(node) or self.layer(node, item)
                if node.contextual and layer.__class__ is FullyConnected and layer.K is None:
                    layer = self.with_width(node, layer, index == last_fc)
                if volume is None:
                    sizing = UNKNOWN
                else:
                    key = (id(layer), volume)
                    found = sizes.get(key)
                    if found is None:
                        found = sizes[key] = checked(layer, volume)
                    sizing = found
                if sizing.faults:
                    self.pad_zeros = zeros_behind(rows, before)
                    sizing = self.ignore_pad_remainder(sizing)
                append(new(Row, (item, layer, here, (volume,), sizing)))
                if sizing.faults:
                    rows[-1] = row = self.with_tensorflow_padding(
                        Row(item, layer, here, (volume,), sizing)
                    )
                    sizing = row.sizing
                    self.add_problems(sizing, item, row.layer, here, volume)
                volume = sizing.output
            else:
                self.pad_zeros = zeros_behind(rows, before)
                more, volume = self.item(item, volume, here, index == last_fc)
                rows += more
        self.depth -= 1
        self.pad_zeros = before
        return rows, volume

    def last_fc(self, chain: Chain) -> int:
        """The place of the last item with an FC in it."""
        for index in range(len(chain.items) - 1, -1, -1):
            if self.holds_fc(chain.items[index]):
                return index
        return -1

    def with_tensorflow_padding(self, row: Row) -> Row:
        """The row with TensorFlow's padding, where P=same meets a stride and that is the target."""
        volume = row.inputs[0]
        if (
            self.settings.target != "tensorflow"
            or volume is None
            or row.sizing.faults[0].code != "CNN109"
        ):
            return row
        assert isinstance(row.layer, Conv)
        layer = row.layer.tensorflow(volume)
        self._kept.append(layer)
        sizing = layer.size(volume)
        return row._replace(
            layer=layer, sizing=sizing._replace(faults=(*row.sizing.faults, *sizing.faults))
        )

    def ignore_pad_remainder(self, sizing: Sizing) -> Sizing:
        """The sizing behind a PAD: what goes unread of its zeros is no input."""
        if self.pad_zeros == NO_ZEROS:
            return sizing
        zeros = dict(zip("WH", self.pad_zeros, strict=True))
        real = []
        for fault in sizing.faults:
            facts = dict(fault.facts)
            if (
                fault.code != "CNN101"
                or facts["r"] - facts["window"].after > zeros[fault.axis or "W"]
            ):
                real.append(fault)
        self.ignored_faults += len(sizing.faults) - len(real)
        return sizing._replace(faults=tuple(real))

    def add_problems(
        self, sizing: Sizing, item: Item, layer: Layer | None, path: Path, volume: Volume | None
    ) -> None:
        for fault in sizing.faults:
            key = (item.start, fault.code + (fault.axis or ""))
            if key not in self._seen:  # a repeat is pointed at once
                self._seen.add(key)
                passes = tuple(Iteration(*one) for one in self.iterations)
                self.problems.append(
                    Problem(fault, item, layer, path, volume, sizing, passes, tuple(self.calls))
                )

    def with_width(self, node: LayerNode, layer: FullyConnected, last: bool) -> Layer:
        key = (node, last)
        if key not in self._placed:
            self._placed[key] = layer.placed(last, self.settings.defaults)
        return self._placed[key]

    def item(
        self, item: Item, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Rows of an item that repeats, groups, or declares a shape."""
        suffix, count = item.suffix, self.times(item)
        if suffix.repeat is None:
            rows, volume = self.once(item, volume, path, tail)
        else:
            rows, volume = self.repeat(item, count, volume, path, tail)
        if suffix.declared is not None:
            self.check_declared(item, suffix, volume, path)
        return rows, volume

    def times(self, item: Item) -> int:
        """How often an item stands; once where it has no count. Raises where that is left open."""
        suffix = item.suffix
        if suffix.optional:
            assert suffix.count_span is not None
            raise error(
                "CNN008",
                "with `?` this is a family, and sizing needs one network",
                suffix.count_span,
                label="in or out?",
                help=("write the layer without `?`, or leave it out",),
            )
        if suffix.values:
            assert suffix.count_span is not None
            raise error(
                "CNN008",
                "a list of counts makes a template, not one network",
                suffix.count_span,
                help=("write one group for each value",),
            )
        if suffix.repeat is None:
            return 1
        assert suffix.count_span is not None
        return self.number(suffix.repeat, suffix.count_span)

    def number(self, expression: Expression, span: Span, what: str = "the count") -> int:
        value = (
            expression
            if isinstance(expression, int)
            else evaluate(expression, self.scope.values, span)
        )
        if value < 0:
            raise error("CNN004", f"{what} is {value}, and must be at least 0", span)
        return value

    def repeat(
        self, item: Item, count: int, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """[block]*count: walks passes until one changes nothing, and keeps the rest as a Loop."""
        rows: list[Part] = []
        placed = tail and self.holds_fc(
            item
        )  # the last pass may hold the last FC: never part of a Loop
        walked = count - 1 if placed else count
        index = 0
        node, passes, depth = item.node, self.iterations, len(path)
        before, spared = self.pad_zeros, 0
        while index < walked:
            self.pad_zeros, spared = zeros_behind(rows, before), self.ignored_faults
            passes.append((item, index, count, depth))
            here = (*path, index)
            if node.__class__ is Group:
                body, after = self.chain(node.chain, volume, here, False)
            else:
                body, after = self.once(item, volume, here, False)
            passes.pop()
            if after == volume and self.ignored_faults == spared:
                if not body:  # [[RELU]*0]*5
                    break
                rows.append(Loop(tuple(body), walked - index, index, depth))
                index = walked
                break
            rows += body
            volume = after
            index += 1
        if placed and count:
            self.pad_zeros = zeros_behind(rows, before)
            passes.append((item, count - 1, count, depth))
            body, volume = self.once(item, volume, (*path, count - 1), True)
            passes.pop()
            rows += body
        return rows, volume

    def once(
        self, item: Item, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """One pass of an item."""
        node = item.node
        if isinstance(node, Group):
            return self.chain(node.chain, volume, path, tail)
        if isinstance(node, Join):
            return self.fork(item, node, volume, path, tail)
        if isinstance(node, Call):
            return self.call(item, node, volume, path, tail)
        if isinstance(node, LayerNode):
            self.steps += 1
            if self.steps > self.max_steps:
                self.too_many(item)
            layer = self.scope.layers.get(node) or self.layer(node, item)
            if isinstance(layer, FullyConnected) and layer.K is None:
                layer = self.with_width(node, layer, tail)
            sizing = UNKNOWN if volume is None else checked(layer, volume)
            if sizing.faults:
                sizing = self.ignore_pad_remainder(sizing)
            row = Row(item, layer, path, (volume,), sizing)
            if sizing.faults:
                row = self.with_tensorflow_padding(row)
                self.add_problems(row.sizing, item, row.layer, path, volume)
            return [row], row.sizing.output
        assert isinstance(node, Ellipsis)
        raise error(
            "CNN008",
            "`...` stands for layers that nobody wrote",
            item.span,
            help=("write the layers out, or a count: [CONV -> RELU]*3",),
        )

    def fork(
        self, item: Item, node: Join, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """The branches of a join on one volume, then the join."""
        branches: list[list[Part]] = []
        outs: list[Volume | None] = []
        crops: list[tuple[int, Item]] = []
        for index, branch in enumerate(node.branches):
            if branch.items and crops_to_join(branch.items[-1]):
                crops.append((index, branch.items[-1]))
                branch = branch._replace(items=branch.items[:-1])
            rows, out = (
                self.chain(branch, volume, (*path, index), tail) if branch.items else ([], volume)
            )
            branches.append(rows)
            outs.append(out)
        known = tuple(out for out in outs if out is not None)
        whole = len(known) == len(outs)
        for index, one in crops:
            here = (*path, index, len(node.branches[index].items) - 1)
            before = outs[index]
            if whole:  # U-Net: as large as the smallest map that it meets
                crop = Crop(to=(min(out.W for out in known), min(out.H for out in known)))
                assert before is not None
                sizing = crop.size(before)
            else:
                crop, sizing = Crop(to=None), UNKNOWN
            branches[index].append(Row(one, crop, here, (before,), sizing))
            outs[index] = sizing.output
            if one.suffix.declared is not None:
                self.check_declared(one, one.suffix, sizing.output, here)
        layer = JOINS[node.op]
        sizing = layer.join(tuple(out for out in outs if out is not None)) if whole else UNKNOWN
        row = Row(item, layer, path, tuple(outs), sizing)
        if sizing.faults:
            self.add_problems(sizing, item, layer, path, volume)
        return [Fork(tuple(map(tuple, branches)), row)], sizing.output

    def call(
        self, item: Item, node: Call, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """A block with its parameters bound. It sees nothing else of where it is called."""
        definition, arguments, scope = self.called(item, node)
        outer, self.scope = self.scope, scope
        self.calls.append(Called(item, node.name, scope.values))
        try:
            body, volume = self.chain(definition.chain, volume, path, tail)
        except ArchitectureError as wrong:
            found = wrong.diagnostic
            if len(found.related) > 2:
                raise
            related = (*found.related, Label(item.span, self.calls[-1].words))
            raise ArchitectureError(replace(found, related=related)) from None
        self.calls.pop()
        self.scope = outer
        return ([Block(item, node.name, arguments, path, tuple(body))] if body else []), volume

    def called(self, item: Item, node: Call) -> tuple[Statement, tuple[int, ...], Scope]:
        """What a call stands for, its arguments, and the scope that these make."""
        definition = self.definition(item, node)
        assert definition.parameters is not None
        arguments = tuple([self.argument(value, item) for value in node.arguments])
        key = (node.name, arguments)
        scope = self._scopes.get(key)
        if scope is None:
            scope = self._scopes[key] = Scope.of(
                dict(zip(definition.parameters, arguments, strict=True))
            )
        return definition, arguments, scope

    def definition(self, item: Item, node: Call) -> Statement:
        """What a call stands for. A statement alone, without its document, does not know."""
        found = self.definitions.get(node.name)
        if found is None:
            raise error(
                "CNN008",
                f"the block {node.name} is not defined here",
                item.span,
                help=(f"define it: {node.name}(...) = CONV3-64 -> RELU",),
            )
        return found

    def argument(self, expression: Expression, item: Item) -> int:
        return (
            expression
            if isinstance(expression, int)
            else evaluate(expression, self.scope.values, item.span)
        )

    def holds_fc(self, item: Item) -> bool:
        """Is there an FC in this item that needs to know whether it is the last?"""
        node = item.node
        if isinstance(node, LayerNode):
            return node.kind == "FC"
        if isinstance(node, Group):
            return any(map(self.holds_fc, node.chain.items))
        if isinstance(node, Join):
            return any(self.holds_fc(inner) for branch in node.branches for inner in branch.items)
        return (
            isinstance(node, Call)
            and node.name in self.definitions
            and self.definitions[node.name].open_fc
        )

    def check_declared(self, item: Item, suffix: Suffix, volume: Volume | None, path: Path) -> None:
        """Checks ``: [WxHxD]``, what the author says comes out."""
        assert suffix.declared is not None and suffix.declared_span is not None
        said = tuple(
            self.number(size, suffix.declared_span, "a declared side") for size in suffix.declared
        )
        if volume is None:
            return
        if said != tuple(volume)[: len(said)]:
            fault = Fault("CNN108", facts=(("said", said), ("is", tuple(volume))))
            self.add_problems(Sizing(volume, None, (fault,)), item, None, path, volume)

    def too_deep(self, item: Item) -> None:
        raise error("CNN009", f"brackets and blocks nest deeper than {MAX_NESTING}", item.span)

    def too_many(self, item: Item) -> None:
        """Raises where there are too many layers beside those that are written out, which the
        parser bounds.
        """
        if self.whole is not None and self.max_steps == MAX_STEPS:
            self.max_steps += sum(1 for _ in all_items(self.whole))
        if self.steps > self.max_steps:
            raise error(
                "CNN009",
                f"more than {MAX_STEPS:,} layers change the volume; this is not counted out",
                item.span,
                help=("a repeat that keeps its volume costs nothing, whatever its count",),
            )
