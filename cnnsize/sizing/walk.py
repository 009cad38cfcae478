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
    Group,
    Item,
    Join,
    LayerNode,
    all_items,
)
from cnnsize.layers import JOINS
from cnnsize.layers.base import STANDARD, Layer
from cnnsize.layers.ends import Input
from cnnsize.layers.joins import HEADS
from cnnsize.layers.volume import Sizing, Volume
from cnnsize.limits import MAX_STEPS
from cnnsize.sizing.crops import crop_row, smallest_map, without_final_crop
from cnnsize.sizing.items import (
    Expand,
    check_depth,
    declared_fault,
    holds_fc,
    last_fc,
    refuse_ellipsis,
    repetition_count,
)
from cnnsize.sizing.make import standard_layer
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
from cnnsize.sizing.scope import Blocks, Scope, with_call_label
from cnnsize.sizing.settings import Settings
from cnnsize.sizing.steps import (
    KEEPING,
    NO_ZEROS,
    UNKNOWN,
    faults_in_input,
    has_open_width,
    size_checked,
    sized_layer,
    trailing_zeros,
    with_tensorflow_padding,
)
from cnnsize.text.diagnostic import ArchitectureError, error

new = tuple.__new__  # makes a NamedTuple in a third of the time
# Returns the outcome of a chain on a volume, walked only where it is not known yet; the flag is
# the ``tail`` of ``Walk``.
Memo = Callable[["Walk", Chain, Volume | None, Path, bool], Outcome]


class Walk:
    """The state of sizing one network: the scope, what is around the current item, the problems.

    Two hooks let a family of networks share walks: ``expand`` decides an optional item, and
    ``memo`` returns the outcome of a chain. In all methods ``tail`` says that no layer follows in
    the network, so that the last FC is the one with the classes.
    """

    def __init__(
        self,
        settings: Settings,
        values: Mapping[str, int],
        definitions: Definitions = NO_BLOCKS,
        *,
        network_chain: Chain | None = None,
        expand: Expand | None = None,
        memo: Memo | None = None,
    ) -> None:
        self.settings = settings
        self.expand = expand
        self.memo = memo
        self.definitions = definitions
        self.network_chain = network_chain  # its written layers do not count in ``max_steps``
        self.max_steps = MAX_STEPS
        self.problems: list[Problem] = []
        self.iterations: list[Iteration] = []  # around the item
        self.calls: list[BlockCall] = []  # of the blocks around the item
        self.steps = 0
        self.visits = 0  # of items in brackets or repetitions
        self.depth = 0
        self.makes_outputs = False  # whether there is an OUTPUT with branches
        self.pad_zeros = NO_ZEROS  # added by a PAD just before the chain or the item
        self.ignored_faults = 0  # faults dropped because only such zeros go unread
        self.scope = Scope(values)
        self._blocks = Blocks(definitions)
        self._recorded: set[tuple[int, str]] = set()  # item and code of each problem

    def chain(
        self, chain: Chain, volume: Volume | None, path: Path, *, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Return the rows of a chain on a volume, and its output."""
        if self.memo is None:
            return self.walk_chain(chain, volume, path, tail=tail)
        outcome = self.memo(self, chain, volume, path, tail)
        self.add_steps(outcome.steps, chain.items[0])
        self.ignored_faults += outcome.ignored_faults
        for problem in outcome.problems:
            self.record(problem)
        return list(outcome.rows), outcome.output

    def outcome_of(
        self, chain: Chain, volume: Volume | None, path: Path, *, tail: bool
    ) -> tuple[Outcome, int]:
        """Walk a chain with counters of its own, so that its outcome can be used again.

        Returns the outcome, its rows as one part, so that callers need not copy all of them; and
        the number of items that were visited in brackets or repetitions.
        """
        outer = self.problems, self._recorded, self.steps, self.visits, self.ignored_faults
        self.problems, self._recorded = [], set()
        self.steps = self.visits = self.ignored_faults = 0
        rows, output = self.walk_chain(chain, volume, path, tail=tail)
        block = (Block(chain.items[0], "", (), path, tuple(rows)),) if rows else ()
        problems = tuple(self.problems)
        outcome = Outcome(block, output, problems, self.steps, self.ignored_faults)
        visits = self.visits
        self.problems, self._recorded, self.steps, self.visits, self.ignored_faults = outer
        return outcome, visits

    def walk_chain(
        self, chain: Chain, volume: Volume | None, path: Path, *, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Walk a chain item by item. Returns its rows and its output."""
        rows: list[Part] = []
        append = rows.append
        bound_layer = self.scope.bound_layer
        is_standard = self.settings.defaults is STANDARD
        items = chain.items
        self.steps += len(items)
        if self.steps > self.max_steps:
            self.refuse_steps(items[0])
        check_depth(items[0], self.depth)
        self.depth += 1
        last = last_fc(chain, self.definitions, self.expand) if tail else -1
        zeros_before = self.pad_zeros
        inputs: tuple[Volume | None] = (volume,)
        kept: Sizing | None = None  # of layers that keep the volume; they share one
        for index, item in enumerate(items):
            node = item.node
            here = path + (index,)  # noqa: RUF005  # a third faster than ``(*path, index)``
            if item.suffix is PLAIN and node.__class__ is LayerNode:
                if is_standard and volume is not None:
                    layer = standard_layer(node) or bound_layer(node)
                    if layer.__class__ in KEEPING and layer.claim is None:
                        if kept is None:
                            kept = new(Sizing, (volume, None, ()))
                        append(new(Row, (item, layer, here, inputs, kept)))
                        continue
                    known = None if layer is None else sized_layer(layer, volume)
                    if known is not None:
                        append(new(Row, (item, layer, here, inputs, known)))
                        volume = known.output
                        inputs, kept = (volume,), None
                        continue
                self.pad_zeros = trailing_zeros(rows, zeros_before)
                row = self.layer_row(item, node, volume, here, tail=index == last)
                append(row)
                volume = row.sizing.output
            else:
                self.pad_zeros = trailing_zeros(rows, zeros_before)
                run = self.iteration if item.suffix is PLAIN else self.item
                item_rows, volume = run(item, volume, here, tail=index == last)
                rows += item_rows
            inputs, kept = (volume,), None
        self.depth -= 1
        self.pad_zeros = zeros_before
        return rows, volume

    def layer_row(
        self, item: Item, node: LayerNode, volume: Volume | None, path: Path, *, tail: bool
    ) -> Row:
        """Return the row of a layer, and record its faults."""
        scope, defaults = self.scope, self.settings.defaults
        layer = scope.layer(node, item, defaults)
        if has_open_width(layer):
            layer = layer.placed(defaults, last=tail)
            sizing = UNKNOWN if volume is None else size_checked(layer, volume)
        elif volume is None:
            sizing = UNKNOWN
        else:
            known = scope.sizes.get((node, volume))
            if known is None:
                known = scope.sizes[node, volume] = size_checked(layer, volume)
            sizing = known
        if not sizing.faults:
            return Row(item, layer, path, (volume,), sizing)
        row = Row(item, layer, path, (volume,), self.ignore_pad_remainder(sizing))
        if row.sizing.faults:
            if self.settings.target == "tensorflow":
                row = with_tensorflow_padding(row)
            self.add_problems(row.sizing, item, row.layer, path, volume)
        return row

    def ignore_pad_remainder(self, sizing: Sizing) -> Sizing:
        """Drop faults whose unread cells are only zeros added by the preceding PAD."""
        if self.pad_zeros == NO_ZEROS:
            return sizing
        real = faults_in_input(sizing.faults, self.pad_zeros)
        self.ignored_faults += len(sizing.faults) - len(real)
        return sizing._replace(faults=real)

    def add_problems(
        self, sizing: Sizing, item: Item, layer: Layer | None, path: Path, volume: Volume | None
    ) -> None:
        """Record the faults of an item, the first time that each of them occurs."""
        iterations, calls = tuple(self.iterations), tuple(self.calls)
        for fault in sizing.faults:
            self.record(Problem(fault, item, layer, path, volume, sizing, iterations, calls))

    def record(self, problem: Problem) -> None:
        """Record a problem, once for all iterations of a repetition."""
        fault = problem.fault
        key = (problem.item.start, fault.code + (fault.axis or ""))
        if key not in self._recorded:
            self._recorded.add(key)
            self.problems.append(problem)

    def item(
        self, item: Item, volume: Volume | None, path: Path, *, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Return the rows and the output of an item that repeats, groups or declares a shape."""
        if item.suffix.optional and self.expand is not None:
            decided = self.expand(item)
            if decided is None:
                return [], volume
            item = decided
        count = repetition_count(item, self.scope.values)
        if item.suffix.repeat is None:
            rows, volume = self.iteration(item, volume, path, tail=tail)
        else:
            rows, volume = self.repeat(item, count, volume, path, tail=tail)
        if item.suffix.declared is not None:
            self.check_declared(item, volume, path)
        return rows, volume

    def repeat(
        self, item: Item, count: int, volume: Volume | None, path: Path, *, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Return the rows of ``[block]*count``; iterations that change nothing become a Loop."""
        rows: list[Part] = []
        # the last iteration may hold the last FC, which has another width: never part of a Loop
        last_differs = tail and holds_fc(item, self.definitions, self.expand)
        alike = count - 1 if last_differs else count
        node, iterations, depth = item.node, self.iterations, len(path)
        zeros_before = self.pad_zeros
        for index in range(alike):
            self.pad_zeros, ignored = trailing_zeros(rows, zeros_before), self.ignored_faults
            iterations.append(new(Iteration, (item, index, count, depth)))
            here = (*path, index)
            if node.__class__ is Group:  # no visit: the memo counts the work of its chain
                body, output = self.chain(node.chain, volume, here, tail=False)
            else:
                body, output = self.iteration(item, volume, here, tail=False)
            iterations.pop()
            if output == volume and self.ignored_faults == ignored:
                if body:  # [[RELU]*0]*5 has none
                    rows.append(Loop(tuple(body), alike - index, index, depth))
                break
            rows += body
            volume = output
        if last_differs and count:
            self.pad_zeros = trailing_zeros(rows, zeros_before)
            iterations.append(Iteration(item, count - 1, count, depth))
            body, volume = self.iteration(item, volume, (*path, count - 1), tail=True)
            iterations.pop()
            rows += body
        return rows, volume

    def iteration(
        self, item: Item, volume: Volume | None, path: Path, *, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Return the rows and the output of one iteration of an item."""
        self.visits += 1
        node = item.node
        if node.__class__ is Group:
            return self.chain(node.chain, volume, path, tail=tail)
        if node.__class__ is Join:
            return self.fork(item, node, volume, path, tail=tail)
        if node.__class__ is Call:
            return self.call(item, node, volume, path, tail=tail)
        if node.__class__ is LayerNode:
            self.add_steps(1, item)
            row = self.layer_row(item, node, volume, path, tail=tail)
            return [row], row.sizing.output
        refuse_ellipsis(item)

    def fork(
        self, item: Item, node: Join, volume: Volume | None, path: Path, *, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Return the branches of a join, each on the same volume, and the output of the join."""
        if node.makes_outputs:
            return [self.heads(item, node, volume, path)], volume
        branches: list[list[Part]] = []
        outputs: list[Volume | None] = []
        crops: list[tuple[int, Item]] = []
        for index, branch in enumerate(node.branches):
            branch, crop = without_final_crop(branch)
            if crop is not None:
                crops.append((index, crop))
            rows: list[Part] = []
            output = volume
            if branch.items:
                start = self.own_input(branch) or volume
                rows, output = self.chain(branch, start, (*path, index), tail=tail)
            branches.append(rows)
            outputs.append(output)
        smallest = smallest_map(outputs) if crops else None
        for index, crop in crops:
            here = (*path, index, len(node.branches[index].items) - 1)
            row = crop_row(crop, outputs[index], here, smallest)
            branches[index].append(row)
            outputs[index] = row.sizing.output
            if crop.suffix.declared is not None:
                self.check_declared(crop, row.sizing.output, here)
        layer = JOINS[node.op]
        known = tuple([output for output in outputs if output is not None])
        sizing = layer.join(known) if len(known) == len(outputs) else UNKNOWN
        row = new(Row, (item, layer, path, tuple(outputs), sizing))
        if sizing.faults:
            self.add_problems(sizing, item, layer, path, volume)
        return [new(Fork, (tuple(map(tuple, branches)), row))], sizing.output

    def heads(self, item: Item, node: Join, volume: Volume | None, path: Path) -> Fork:
        """Return the branches of OUTPUT, each on the same volume, which goes on after them."""
        self.makes_outputs = True
        branches = [
            tuple(self.chain(branch, volume, (*path, index), tail=True)[0]) if branch.items else ()
            for index, branch in enumerate(node.branches)
        ]
        return Fork(tuple(branches), Row(item, HEADS, path, (volume,), Sizing(volume)))

    def own_input(self, branch: Chain) -> Volume | None:
        """Return the volume of the INPUT that a branch begins with; None for other branches."""
        first = branch.items[0]
        node = first.node
        if node.__class__ is not LayerNode or node.kind != "INPUT":
            return None
        layer = self.scope.layer(node, first, self.settings.defaults)
        assert isinstance(layer, Input)
        return layer.volume

    def call(
        self, item: Item, node: Call, volume: Volume | None, path: Path, *, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        """Return the rows and the output of a block; only its parameters have values in it."""
        definition, arguments, scope = self._blocks.called(item, node, self.scope.values)
        outer, self.scope = self.scope, scope
        self.calls.append(new(BlockCall, (item, node.name, scope.values)))
        try:
            body, volume = self.chain(definition.chain, volume, path, tail=tail)
        except ArchitectureError as raised:
            raise with_call_label(raised, self.calls[-1]) from None
        self.calls.pop()
        self.scope = outer
        if not body:
            return [], volume
        return [new(Block, (item, node.name, arguments, path, tuple(body)))], volume

    def check_declared(self, item: Item, volume: Volume | None, path: Path) -> None:
        """Record a fault where the declared shape of an item is not its output, ``volume``."""
        fault = declared_fault(item, self.scope.values, volume)
        if fault is not None:
            self.add_problems(Sizing(volume, None, (fault,)), item, None, path, volume)

    def add_steps(self, number: int, item: Item) -> None:
        """Count layers that are sized, up to ``item``.

        Raises ArchitectureError for more than ``max_steps`` layers beside those that are written
        out, whose number the parser limits.
        """
        self.steps += number
        if self.steps > self.max_steps:
            self.refuse_steps(item)

    def refuse_steps(self, item: Item) -> None:
        """Raise ArchitectureError where too many layers are sized, up to ``item``."""
        if self.network_chain is not None and self.max_steps == MAX_STEPS:
            self.max_steps += sum(1 for _ in all_items(self.network_chain))
        if self.steps > self.max_steps:
            raise error(
                "CNN009",
                f"more than {MAX_STEPS:,} layers change the volume, too many to size",
                item.span,
                help=("a repetition that keeps the volume may have any count",),
            )
