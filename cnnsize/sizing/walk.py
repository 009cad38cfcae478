"""Size the layers of a syntax tree one after the other, and record every fault.

A repetition does not run as often as its count says. Its iterations are sized until one leaves the
volume unchanged; all later ones are equal to it and are kept as a single ``Loop``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cnnsize.language.parsed import NO_BLOCKS, Definitions
from cnnsize.language.tree import (
    PLAIN,
    Call,
    Chain,
    Ellipsis,
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
from cnnsize.layers.dense import FullyConnected
from cnnsize.layers.volume import Fault, Sizing, Volume
from cnnsize.limits import MAX_NESTING, MAX_STEPS
from cnnsize.sizing.calls import argument_values, definition_of, with_call_label
from cnnsize.sizing.counts import evaluate_count, repetition_count
from cnnsize.sizing.crops import crop_row, smallest_map, without_final_crop
from cnnsize.sizing.make import bound_layer, build, node_letters, standard_layer
from cnnsize.sizing.rows import (
    Block,
    BlockCall,
    Fork,
    Iteration,
    Loop,
    Outcome,
    Part,
    Path,
    Problem,
    Row,
)
from cnnsize.sizing.settings import Settings
from cnnsize.sizing.steps import (
    NO_ZEROS,
    UNKNOWN,
    Scope,
    bound_step,
    faults_in_input,
    has_open_width,
    size_checked,
    standard_step,
    trailing_zeros,
    with_tensorflow_padding,
)
from cnnsize.text.diagnostic import ArchitectureError, error, shifted

Expand = Callable[[Item], Item | None]
Memo = Callable[["Walk", Chain, Volume | None, Path, bool], Outcome]


class Walk:
    """The state of sizing one network: the scope, what is around the current item, the problems.

    Two hooks let a family of networks share walks. ``expand`` decides an optional item: it returns
    the item without its ``?``, or None to leave it out. ``memo`` returns the outcome of a chain on
    a volume; it calls ``measure`` for an outcome that it does not have yet.
    """

    def __init__(
        self,
        settings: Settings,
        values: Mapping[str, int],
        definitions: Definitions = NO_BLOCKS,
        whole: Chain | None = None,
        *,
        expand: Expand | None = None,
        memo: Memo | None = None,
    ) -> None:
        self.settings = settings
        self.expand = expand
        self.memo = memo
        self.definitions = definitions
        self.whole = whole  # the chain that is walked
        self.max_steps = MAX_STEPS
        self.problems: list[Problem] = []
        self.iterations: list[tuple[Item, int, int, int]] = []  # around the item: `Iteration`s
        self.calls: list[BlockCall] = []  # of the blocks around the item
        self.steps = 0
        self.visits = 0  # of items in brackets or repetitions
        self.depth = 0
        self.pad_zeros = NO_ZEROS  # added by a PAD just before the chain or the item
        self.ignored_faults = 0  # faults dropped because only such zeros go unread
        self.scope = Scope.of(values)
        self._scopes: dict[tuple[str, tuple[int, ...]], Scope] = {}
        self._seen: set[tuple[int, str]] = set()  # faults that were recorded: item and code

    def layer(self, node: LayerNode, item: Item) -> Layer:
        """Return the layer of a node, made once in a scope.

        Raises ArchitectureError for an option that the layer cannot have.
        """
        layer = None
        values = self.scope.values
        defaults = self.settings.defaults
        if defaults is STANDARD or defaults == STANDARD:  # equal where inputs are searched
            layer = standard_layer(node)
            if layer is None:
                bindings = tuple(
                    [(name, values[name]) for name in node_letters(node) if name in values]
                )
                layer = bound_layer(node, bindings)
                if layer is not None:
                    self.scope.bindings[node] = bindings
        if layer is None:
            try:
                layer = build(node, values, self.settings.defaults)
            except ArchitectureError as error:
                raise shifted(error, item.start) from None
        self.scope.layers[node] = layer
        return layer

    def chain(
        self, chain: Chain, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Return the rows of a chain on a volume, and its output. ``tail``: nothing follows it."""
        if self.memo is None:
            return self.walk_chain(chain, volume, path, tail)
        rows, output, problems, steps, ignored = self.memo(self, chain, volume, path, tail)
        self.steps += steps
        self.ignored_faults += ignored
        if self.steps > self.max_steps:
            self.too_many(chain.items[0])
        for problem in problems:
            key = (problem.item.start, problem.fault.code + (problem.fault.axis or ""))
            if key not in self._seen:
                self._seen.add(key)
                self.problems.append(problem)
        return list(rows), output

    def measure(
        self, chain: Chain, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[Outcome, int]:
        """Walk a chain with counters of its own, so that its outcome can be used again.

        Returns the outcome, its rows as one part, so that callers need not copy all of them; and
        the number of items that were visited in brackets or repetitions.
        """
        before = self.problems, self._seen, self.steps, self.visits, self.ignored_faults
        self.problems, self._seen = [], set()
        self.steps = self.visits = self.ignored_faults = 0
        rows, output = self.walk_chain(chain, volume, path, tail)
        block = (Block(chain.items[0], "", (), path, tuple(rows)),) if rows else ()
        problems = tuple(self.problems)
        outcome = Outcome(block, output, problems, self.steps, self.ignored_faults)
        visits = self.visits
        self.problems, self._seen, self.steps, self.visits, self.ignored_faults = before
        return outcome, visits

    def walk_chain(
        self, chain: Chain, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Walk a chain item by item. Returns its rows and its output."""
        rows: list[Part] = []
        append, new = rows.append, tuple.__new__
        _, layers, bindings, sizes, _ = self.scope
        standard = self.settings.defaults is STANDARD
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
                if node.contextual and has_open_width(layer):
                    layer = self.with_width(node, layer, index == last_fc)
                    sizing = UNKNOWN if volume is None else size_checked(layer, volume)
                elif volume is None:
                    sizing = UNKNOWN
                else:
                    size = sizes.get((node, volume))
                    if size is None:
                        size = sizes[node, volume] = size_checked(layer, volume)
                    sizing = size
                if sizing.faults:
                    self.pad_zeros = trailing_zeros(rows, before)
                    sizing = self.ignore_pad_remainder(sizing)
                append(new(Row, (item, layer, here, (volume,), sizing)))
                if sizing.faults:
                    rows[-1] = row = self.padded(Row(item, layer, here, (volume,), sizing))
                    sizing = row.sizing
                    self.add_problems(sizing, item, row.layer, here, volume)
                volume = sizing.output
            else:
                self.pad_zeros = trailing_zeros(rows, before)
                item_rows, volume = self.item(item, volume, here, index == last_fc)
                rows += item_rows
        self.depth -= 1
        self.pad_zeros = before
        return rows, volume

    def last_fc(self, chain: Chain) -> int:
        """Return the index of the last item that holds an FC; -1 for none."""
        for index in range(len(chain.items) - 1, -1, -1):
            if self.holds_fc(chain.items[index]):
                return index
        return -1

    def padded(self, row: Row) -> Row:
        """Return the row with TensorFlow's padding, where that is the target."""
        return with_tensorflow_padding(row) if self.settings.target == "tensorflow" else row

    def ignore_pad_remainder(self, sizing: Sizing) -> Sizing:
        """Drop faults whose unread cells are only zeros added by the preceding PAD."""
        real = faults_in_input(sizing.faults, self.pad_zeros)
        self.ignored_faults += len(sizing.faults) - len(real)
        return sizing._replace(faults=real)

    def add_problems(
        self, sizing: Sizing, item: Item, layer: Layer | None, path: Path, volume: Volume | None
    ) -> None:
        """Record the faults of an item, the first time that each of them occurs."""
        for fault in sizing.faults:
            key = (item.start, fault.code + (fault.axis or ""))
            if key not in self._seen:  # one finding for all iterations of a repetition
                self._seen.add(key)
                around = tuple(Iteration(*iteration) for iteration in self.iterations)
                self.problems.append(
                    Problem(fault, item, layer, path, volume, sizing, around, tuple(self.calls))
                )

    def with_width(self, node: LayerNode, layer: Layer, last: bool) -> Layer:
        """Return an FC without a width as a hidden one, or as the ``last`` one: the classes."""
        assert isinstance(layer, FullyConnected)
        layers = self.scope.open_fc
        key = (node, last)
        if key not in layers:
            layers[key] = layer.placed(last, self.settings.defaults)
        return layers[key]

    def item(
        self, item: Item, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Return the rows and the output of an item that repeats, groups or declares a shape."""
        if item.suffix.optional and self.expand is not None:
            decided = self.expand(item)
            if decided is None:
                return [], volume
            item = decided
        suffix, count = item.suffix, self.times(item)
        if suffix.repeat is None:
            rows, volume = self.once(item, volume, path, tail)
        else:
            rows, volume = self.repeat(item, count, volume, path, tail)
        if suffix.declared is not None:
            self.check_declared(item, suffix, volume, path)
        return rows, volume

    def times(self, item: Item) -> int:
        """Return how often an item runs, here."""
        return repetition_count(item, self.scope.values)

    def repeat(
        self, item: Item, count: int, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Return the rows of ``[block]*count``; iterations that change nothing become a Loop."""
        rows: list[Part] = []
        # the last iteration may hold the last FC, which has another width: never part of a Loop
        apart = tail and self.holds_fc(item)
        alike = count - 1 if apart else count
        index = 0
        node, iterations, depth = item.node, self.iterations, len(path)
        before = self.pad_zeros
        while index < alike:
            self.pad_zeros, ignored = trailing_zeros(rows, before), self.ignored_faults
            iterations.append((item, index, count, depth))
            here = (*path, index)
            if node.__class__ is Group:
                body, output = self.chain(node.chain, volume, here, False)
            else:
                body, output = self.once(item, volume, here, False)
            iterations.pop()
            if output == volume and self.ignored_faults == ignored:
                if body:  # [[RELU]*0]*5 has none
                    rows.append(Loop(tuple(body), alike - index, index, depth))
                break
            rows += body
            volume = output
            index += 1
        if apart and count:
            self.pad_zeros = trailing_zeros(rows, before)
            iterations.append((item, count - 1, count, depth))
            body, volume = self.once(item, volume, (*path, count - 1), True)
            iterations.pop()
            rows += body
        return rows, volume

    def once(
        self, item: Item, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Return the rows and the output of one iteration of an item."""
        self.visits += 1
        node = item.node
        if isinstance(node, Group):
            return self.chain(node.chain, volume, path, tail)
        if isinstance(node, Join):
            return self.fork(item, node, volume, path, tail)
        if isinstance(node, Call):
            return self.call(item, node, volume, path, tail)
        if isinstance(node, LayerNode):
            row = self.layer_row(item, node, volume, path, tail)
            return [row], row.sizing.output
        assert isinstance(node, Ellipsis)
        raise error(
            "CNN008",
            "`...` leaves layers out, but sizing needs every layer",
            item.span,
            help=("write out the layers, or use a count: [CONV -> RELU]*3",),
        )

    def layer_row(
        self, item: Item, node: LayerNode, volume: Volume | None, path: Path, tail: bool
    ) -> Row:
        """Return the row of a layer that repeats or declares a shape."""
        self.steps += 1
        if self.steps > self.max_steps:
            self.too_many(item)
        layer = self.scope.layers.get(node) or self.layer(node, item)
        if has_open_width(layer):
            layer = self.with_width(node, layer, tail)
        sizing = UNKNOWN if volume is None else size_checked(layer, volume)
        if sizing.faults:
            sizing = self.ignore_pad_remainder(sizing)
        row = Row(item, layer, path, (volume,), sizing)
        if sizing.faults:
            row = self.padded(row)
            self.add_problems(row.sizing, item, row.layer, path, volume)
        return row

    def fork(
        self, item: Item, node: Join, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Return the branches of a join, each on the same volume, and the output of the join."""
        branches: list[list[Part]] = []
        outputs: list[Volume | None] = []
        crops: list[tuple[int, Item]] = []
        for index, branch in enumerate(node.branches):
            branch, crop = without_final_crop(branch)
            if crop is not None:
                crops.append((index, crop))
            rows, output = (
                self.chain(branch, volume, (*path, index), tail) if branch.items else ([], volume)
            )
            branches.append(rows)
            outputs.append(output)
        smallest = smallest_map(outputs)
        for index, crop in crops:
            here = (*path, index, len(node.branches[index].items) - 1)
            row = crop_row(crop, outputs[index], here, smallest)
            branches[index].append(row)
            outputs[index] = row.sizing.output
            if crop.suffix.declared is not None:
                self.check_declared(crop, crop.suffix, row.sizing.output, here)
        layer = JOINS[node.op]
        sizing = UNKNOWN
        if smallest is not None:
            sizing = layer.join(tuple(output for output in outputs if output is not None))
        row = Row(item, layer, path, tuple(outputs), sizing)
        if sizing.faults:
            self.add_problems(sizing, item, layer, path, volume)
        return [Fork(tuple(map(tuple, branches)), row)], sizing.output

    def call(
        self, item: Item, node: Call, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Return the rows and the output of a block; only its parameters have values in it."""
        definition, arguments, scope = self.called(item, node)
        outer, self.scope = self.scope, scope
        self.calls.append(BlockCall(item, node.name, scope.values))
        try:
            body, volume = self.chain(definition.chain, volume, path, tail)
        except ArchitectureError as raised:
            raise with_call_label(raised, self.calls[-1]) from None
        self.calls.pop()
        self.scope = outer
        return ([Block(item, node.name, arguments, path, tuple(body))] if body else []), volume

    def called(self, item: Item, node: Call) -> tuple[Statement, tuple[int, ...], Scope]:
        """Return the definition of a call, its arguments, and the scope in which it is sized."""
        definition = definition_of(item, node, self.definitions)
        assert definition.parameters is not None
        arguments = argument_values(item, node, self.scope.values)
        key = (node.name, arguments)
        scope = self._scopes.get(key)
        if scope is None:
            values = dict(zip(definition.parameters, arguments, strict=True))
            scope = self._scopes[key] = Scope.of(values)
        return definition, arguments, scope

    def holds_fc(self, item: Item) -> bool:
        """Return whether an item holds an FC that may be the last one."""
        if item.suffix.optional and self.expand is not None and self.expand(item) is None:
            return False
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
        """Record a fault where the declared shape, ``: [WxHxD]``, is not the output."""
        assert suffix.declared is not None and suffix.declared_span is not None
        values, span = self.scope.values, suffix.declared_span
        declared = tuple(
            evaluate_count(side, values, span, what="a declared side") for side in suffix.declared
        )
        if volume is not None and declared != tuple(volume)[: len(declared)]:
            fault = Fault("CNN108", facts=(("said", declared), ("is", tuple(volume))))
            self.add_problems(Sizing(volume, None, (fault,)), item, None, path, volume)

    def too_deep(self, item: Item) -> None:
        """Raise ArchitectureError: groups and blocks are nested too deeply."""
        raise error(
            "CNN009",
            f"brackets and blocks are nested more than {MAX_NESTING} levels deep",
            item.span,
        )

    def too_many(self, item: Item) -> None:
        """Raise ArchitectureError for too many layers beside those that are written out, whose
        number the parser limits.
        """
        if self.whole is not None and self.max_steps == MAX_STEPS:
            self.max_steps += sum(1 for _ in all_items(self.whole))
        if self.steps > self.max_steps:
            raise error(
                "CNN009",
                f"more than {MAX_STEPS:,} layers change the volume, too many to size",
                item.span,
                help=("a repetition that keeps the volume may have any count",),
            )
