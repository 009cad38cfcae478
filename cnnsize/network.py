"""Walks the volumes: from a syntax tree to a ``Network`` of rows, with every fault kept as a fact.

A repeat is not a loop over its count. Its passes are walked until one leaves the volume as it found
it; all later passes are equal to that one and are kept as a single ``Loop``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnsize.diagnostic import CORE, ArchitectureError, Diagnostic, Severity, shifted
from cnnsize.layers.base import STANDARD, Defaults, Fault, Layer, Sizing, Volume
from cnnsize.layers.conv import Conv
from cnnsize.layers.dense import FullyConnected
from cnnsize.layers.ends import Input
from cnnsize.limits import MAX_KINDS, MAX_STEPS
from cnnsize.record import Record
from cnnsize.resolve import NOTHING, build, error, evaluate, letters, standard_layer
from cnnsize.source import Span
from cnnsize.syntax.tree import (
    PLAIN,
    Call,
    Chain,
    Ellipsis,
    Expression,
    Group,
    Item,
    Join,
    Suffix,
)
from cnnsize.syntax.tree import Layer as LayerNode

if TYPE_CHECKING:
    from cnnsize.measure import Step, Totals
    from cnnsize.parse import Architecture

UNKNOWN = Sizing(None)
Path = tuple[int, ...]


class Pass(NamedTuple):
    """One pass of a repeat of ``of``: ``number`` counts from 0, and stands in paths at ``depth``."""

    item: Item
    number: int
    of: int
    depth: int


class Row(NamedTuple):
    """One layer at its place. ``inputs`` has one volume for each incoming branch."""

    item: Item
    layer: Layer
    path: Path
    inputs: tuple[Volume | None, ...]
    sizing: Sizing


class Loop(NamedTuple):
    """``times`` equal passes, the first of them number ``first``; ``depth`` is where paths count them."""

    body: tuple[Row | Loop, ...]
    times: int
    first: int
    depth: int


class Problem(NamedTuple):
    """A fault where it was met. ``more`` passes of the same item have it too."""

    fault: Fault
    item: Item
    layer: Layer | None
    path: Path
    volume: Volume | None
    sizing: Sizing
    passes: tuple[Pass, ...]


class Settings(Record):
    """What a caller may choose: default sizes and whose rules for padding hold."""

    defaults: Defaults = STANDARD
    target: str = "torch"  # or "tensorflow", for P=same with a stride


TORCH = Settings()


def severity(fault: Fault, settings: Settings) -> Severity:
    """How bad a fault is: TensorFlow pads P=same with a stride in its own way, torch refuses it."""
    if fault.code == "CNN109" and settings.target == "tensorflow":
        return "warning"
    return CORE[fault.code][1]


class Network:
    """One sized network: rows and loops in forward order, and what is wrong with it.

    ``steps``, ``params``, ``macs`` and the rest are worked out when asked for.
    """

    __slots__ = (
        "_steps",
        "_totals",
        "architecture",
        "input",
        "overridden",
        "problems",
        "rows",
        "settings",
        "values",
        "walked",
    )

    def __init__(
        self,
        architecture: Architecture,
        input: Volume,
        rows: tuple[Row | Loop, ...],
        problems: tuple[Problem, ...],
        settings: Settings,
        values: Mapping[str, int],
        overridden: bool = False,
        walked: int = 0,
    ) -> None:
        self.walked = walked  # layers looked at, for those who size again and again
        self.architecture = architecture
        self.overridden = overridden  # the input was given, and is not the text's
        self.input = input
        self.rows = rows
        self.problems = problems
        self.settings = settings
        self.values = dict(values)
        self._steps: tuple[Step, ...] | None = None
        self._totals: Totals | None = None

    def __repr__(self) -> str:
        return f"<Network {str(self.architecture)!r} -> {self.output}>"

    @property
    def output(self) -> Volume | None:
        """The last volume, W x H x D; None where it is unknown."""
        if not self.rows:
            return self.input
        last = self.rows[-1]
        while isinstance(last, Loop):
            last = last.body[-1]
        return last.sizing.output

    @property
    def valid(self) -> bool:
        """No error: every window fits, and nothing of any input is thrown away."""
        return all(severity(problem.fault, self.settings) != "error" for problem in self.problems)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The faults, worded; with their fixes, each of which was sized again."""
        if not self.problems:
            return ()
        from cnnsize.fit import diagnostics  # reaches up: wording is dear, and only faults need it

        return diagnostics(self)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every layer in forward order with repeats unrolled (a too long one keeps one pass)."""
        if self._steps is None:
            from cnnsize.measure import steps  # reaches up, and only where numbers are asked for

            self._steps = steps(self)
        return self._steps

    @property
    def totals(self) -> Totals:
        """Parameters, MACs, activations and receptive field of the whole network."""
        if self._totals is None:
            from cnnsize.measure import totals  # reaches up, as steps does

            self._totals = totals(self)
        return self._totals

    @property
    def params(self) -> int | None:
        """All learned numbers; None where a volume is unknown."""
        return self.totals.params

    @property
    def macs(self) -> int | None:
        """Multiply-adds by weights for one input."""
        return self.totals.macs

    @property
    def flops(self) -> int | None:
        """2 x MACs."""
        return None if self.macs is None else 2 * self.macs

    @property
    def activations(self) -> int | None:
        """Values in all volumes, counted as the VGG table of the notes counts them."""
        return self.totals.activations

    @property
    def memory_bytes(self) -> int | None:
        """Activations of 4 bytes each, forward only, one input."""
        return None if self.activations is None else 4 * self.activations

    @property
    def receptive_field(self) -> tuple[int, int] | None:
        """(W, H) of input cells that one position of the last map sees."""
        return self.totals.receptive_field

    @property
    def assumed(self) -> tuple[tuple[Item, tuple[str, ...]], ...]:
        """The items whose sizes rest on defaults, once each, with what was assumed."""
        found: dict[tuple[int, tuple[str, ...]], tuple[Item, tuple[str, ...]]] = {}

        def collect(rows: tuple[Row | Loop, ...]) -> None:
            for row in rows:
                if isinstance(row, Loop):
                    collect(row.body)
                elif row.layer.assumed:
                    found.setdefault((row.item.start, row.layer.assumed), (row.item, row.layer.assumed))

        collect(self.rows)
        return tuple(found.values())


def checked(layer: Layer, volume: Volume) -> Sizing:
    """What comes out of a layer, once its author's claim of what comes in was checked."""
    if layer.claim is not None:
        comes_in = volume.W * volume.H * volume.D if layer.kind == "FC" else volume.D
        if layer.claim != comes_in:
            facts = (("said", layer.claim), ("is", comes_in))
            return Sizing(None, None, (Fault("CNN108", why="in", facts=facts),))
    return layer.size(volume)


@lru_cache(maxsize=8192)
def standard_step(node: LayerNode, volume: Volume) -> tuple[Layer, tuple[Volume], Sizing] | None:
    """What a node without letters does to a volume under the standard settings, kept from walk to walk.

    None where there is more to say: a fault, an FC whose place decides its width, an INPUT that may be
    overridden.
    """
    layer = standard_layer(node)
    if layer is None or node.kind == "INPUT" or (layer.__class__ is FullyConnected and layer.K is None):
        return None
    sizing = checked(layer, volume)
    return None if sizing.faults else (layer, (volume,), sizing)


class Walk:
    """One walk over one tree."""

    def __init__(self, settings: Settings, values: Mapping[str, int]) -> None:
        self.settings = settings
        self.values = values
        self.problems: list[Problem] = []
        self.passes: list[tuple[Item, int, int, int]] = []  # the repeats around, as Pass has them
        self.steps = 0
        self._layers: dict[LayerNode, Layer] = {}
        self._sizes: dict[tuple[int, Volume], Sizing] = {}
        self._placed: dict[tuple[LayerNode, bool], Layer] = {}
        self._seen: set[tuple[int, str]] = set()
        self._kept: list[Layer] = []  # keeps the identities that sizes are kept by

    def layer(self, node: LayerNode, item: Item) -> Layer:
        """The layer of a node, made once in a walk."""
        found = None
        if self.settings.defaults is STANDARD:
            found = standard_layer(node)
        if found is None:
            try:
                found = build(node, self.values, self.settings.defaults)
            except ArchitectureError as wrong:
                raise shifted(wrong, item.start) from None
        self._layers[node] = found
        return found

    def chain(
        self, chain: Chain, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Row | Loop], Volume | None]:
        """Rows of a chain on a volume, and what comes out. ``tail``: nothing follows the chain."""
        rows: list[Row | Loop] = []
        append, new = rows.append, tuple.__new__
        layers, sizes, standard = self._layers, self._sizes, self.settings is TORCH
        self.steps += len(chain.items)
        if self.steps > MAX_STEPS:
            self.too_many(chain.items[0])
        last_fc = self.last_fc(chain) if tail else -1
        for index, item in enumerate(chain.items):
            node, _, _, suffix = item
            here = (*path, index)
            if suffix is PLAIN and node.__class__ is LayerNode:
                if standard and volume is not None:
                    known = standard_step(node, volume)
                    if known is not None:
                        layer, inputs, sizing = known
                        append(new(Row, (item, layer, here, inputs, sizing)))
                        volume = sizing.output
                        continue
                layer = layers.get(node) or self.layer(node, item)
                if node.bare and layer.__class__ is FullyConnected and layer.K is None:
                    layer = self.placed(node, layer, index == last_fc)
                if volume is None:
                    sizing = UNKNOWN
                else:
                    key = (id(layer), volume)
                    found = sizes.get(key)
                    if found is None:
                        found = sizes[key] = checked(layer, volume)
                    sizing = found
                append(new(Row, (item, layer, here, (volume,), sizing)))
                if sizing.faults:
                    rows[-1] = row = self.padded(Row(item, layer, here, (volume,), sizing))
                    sizing = row.sizing
                    self.report(sizing, item, row.layer, here, volume)
                volume = sizing.output
            else:
                more, volume = self.item(item, volume, here, index == last_fc)
                rows += more
        return rows, volume

    def last_fc(self, chain: Chain) -> int:
        """The place of the last item with an FC in it."""
        for index in range(len(chain.items) - 1, -1, -1):
            if holds_fc(chain.items[index]):
                return index
        return -1

    def padded(self, row: Row) -> Row:
        """The row with TensorFlow's padding, where P=same meets a stride and that is the target."""
        volume = row.inputs[0]
        if self.settings.target != "tensorflow" or volume is None or row.sizing.faults[0].code != "CNN109":
            return row
        assert isinstance(row.layer, Conv)
        layer = row.layer.tensorflow(volume)
        self._kept.append(layer)
        sizing = layer.size(volume)
        return row._replace(layer=layer, sizing=sizing._replace(faults=(*row.sizing.faults, *sizing.faults)))

    def report(self, sizing: Sizing, item: Item, layer: Layer | None, path: Path, volume: Volume | None) -> None:
        for fault in sizing.faults:
            key = (item.start, fault.code + (fault.axis or ""))
            if key not in self._seen:  # a repeat is pointed at once
                self._seen.add(key)
                passes = tuple(Pass(*one) for one in self.passes)
                self.problems.append(Problem(fault, item, layer, path, volume, sizing, passes))

    def placed(self, node: LayerNode, layer: FullyConnected, last: bool) -> Layer:
        key = (node, last)
        if key not in self._placed:
            self._placed[key] = layer.placed(last, self.settings.defaults)
        return self._placed[key]

    def item(self, item: Item, volume: Volume | None, path: Path, tail: bool) -> tuple[list[Row | Loop], Volume | None]:
        """Rows of an item that repeats, groups, or declares a shape."""
        suffix = item.suffix
        if suffix.optional:
            assert suffix.count_span is not None
            raise error("CNN008", "with `?` this is a family, and sizing needs one network",
                        suffix.count_span, label="in or out?",
                        help=("write the layer without `?`, or leave it out",))  # fmt: skip
        if suffix.values:
            assert suffix.count_span is not None
            raise error("CNN008", "a list of counts makes a template, not one network", suffix.count_span,
                        help=("write one group for each value",))  # fmt: skip
        count = 1
        if suffix.repeat is not None:
            assert suffix.count_span is not None
            count = self.number(suffix.repeat, suffix.count_span, item)
        if suffix.repeat is None:
            rows, volume = self.once(item, volume, path, tail)
        else:
            rows, volume = self.repeat(item, count, volume, path, tail)
        if suffix.declared is not None:
            self.declared(item, suffix, volume, path)
        return rows, volume

    def number(self, expression: Expression, span: Span, item: Item) -> int:
        try:
            value = expression if expression.__class__ is int else evaluate(expression, self.values)
        except ArchitectureError as wrong:
            found = wrong.diagnostic
            where = found.span if found.span != (0, 0) else span
            raise error(found.code, found.message, where, label=found.label, help=found.help) from None
        if value < 0:
            raise error("CNN004", f"the count is {value}, and must be at least 0", span)
        return value

    def repeat(
        self, item: Item, count: int, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Row | Loop], Volume | None]:
        """[block]*count: walks passes until one changes nothing, and keeps the rest as a Loop."""
        rows: list[Row | Loop] = []
        placed = tail and holds_fc(item)  # the last pass may hold the last FC: never part of a Loop
        walked = count - 1 if placed else count
        index = 0
        node, passes, depth = item.node, self.passes, len(path)
        while index < walked:
            passes.append((item, index, count, depth))
            here = (*path, index)
            if node.__class__ is Group:
                body, after = self.chain(node.chain, volume, here, False)
            else:
                body, after = self.once(item, volume, here, False)
            passes.pop()
            if after == volume:
                if not body:  # [[RELU]*0]*5
                    break
                rows.append(Loop(tuple(body), walked - index, index, depth))
                index = walked
                break
            rows += body
            volume = after
            index += 1
        if placed and count:
            passes.append((item, count - 1, count, depth))
            body, volume = self.once(item, volume, (*path, count - 1), True)
            passes.pop()
            rows += body
        return rows, volume

    def once(self, item: Item, volume: Volume | None, path: Path, tail: bool) -> tuple[list[Row | Loop], Volume | None]:
        """One pass of an item."""
        node = item.node
        if isinstance(node, Group):
            return self.chain(node.chain, volume, path, tail)
        if isinstance(node, LayerNode):
            self.steps += 1
            if self.steps > MAX_STEPS:
                self.too_many(item)
            layer = self._layers.get(node) or self.layer(node, item)
            if isinstance(layer, FullyConnected) and layer.K is None:
                layer = self.placed(node, layer, tail)
            sizing = UNKNOWN if volume is None else checked(layer, volume)
            row = Row(item, layer, path, (volume,), sizing)
            if sizing.faults:
                row = self.padded(row)
                self.report(row.sizing, item, row.layer, path, volume)
            return [row], row.sizing.output
        if isinstance(node, Ellipsis):
            raise error("CNN008", "`...` stands for layers that nobody wrote", item.span,
                        help=("write the layers out, or a count: [CONV -> RELU]*3",))  # fmt: skip
        what = "joins" if isinstance(node, Join) else "blocks"
        raise error("CNN008", f"{what} are read, but not sized yet", item.span)

    def declared(self, item: Item, suffix: Suffix, volume: Volume | None, path: Path) -> None:
        """Checks ``: [WxHxD]``, what the author says comes out."""
        assert suffix.declared is not None and suffix.declared_span is not None
        said = tuple(self.number(size, suffix.declared_span, item) for size in suffix.declared)
        if volume is None:
            return
        if said != tuple(volume)[: len(said)]:
            fault = Fault("CNN108", facts=(("said", said), ("is", tuple(volume))))
            self.report(Sizing(volume, None, (fault,)), item, None, path, volume)

    def too_many(self, item: Item) -> None:
        raise error("CNN009", f"more than {MAX_STEPS:,} layers change the volume; this is not counted out",
                    item.span, help=("a repeat that keeps its volume costs nothing, whatever its count",))  # fmt: skip


def sound(chain: Chain) -> None:
    """Raises ArchitectureError for the first layer with an option or a number that it cannot have."""
    for item in chain.items:
        node = item.node
        if node.__class__ is LayerNode:
            if standard_layer(node) is None:
                try:
                    build(node, NOTHING, STANDARD)
                except ArchitectureError as wrong:
                    flat = node.kind == "INPUT" and node.shape is not None and len(node.shape) == 2
                    # letters get their values later, and a flat input its depth from the caller
                    if wrong.diagnostic.code != "CNN008" and not flat:
                        raise shifted(wrong, item.start) from None
        elif isinstance(node, Group):
            sound(node.chain)
        elif isinstance(node, Join):
            for branch in node.branches:
                sound(branch)


def holds_fc(item: Item) -> bool:
    """Is there an FC in this item that needs to know whether it is the last?"""
    node = item.node
    if isinstance(node, LayerNode):
        return node.kind == "FC"
    if isinstance(node, Group):
        return any(map(holds_fc, node.chain.items))
    if isinstance(node, Join):
        return any(holds_fc(inner) for branch in node.branches for inner in branch.items)
    return False


def size(
    architecture: Architecture,
    input: tuple[int, int, int] | None,
    values: Mapping[str, int],
    settings: Settings = TORCH,
) -> Network:
    """Walks an architecture from its INPUT, or from ``input`` where one is given (W x H x D)."""
    chain = architecture.chain
    walk = Walk(settings, values)
    begin = chain.items[0].node
    begins = isinstance(begin, LayerNode) and begin.kind == "INPUT"
    if not begins:
        if input is None:
            raise error("CNN005", "there is no INPUT to start from", Span(chain.span.start, chain.span.start),
                        label="begins here",
                        help=("put INPUT[32x32x3] -> in front, or give --input 32x32x3",))  # fmt: skip
        start = Volume(*input)
        rows, _ = walk.chain(chain, start, (), architecture.statement.open_fc)
        return Network(architecture, start, tuple(rows), tuple(walk.problems), settings, values, True, walk.steps)
    first = chain.items[0]
    assert isinstance(first.node, LayerNode)
    layer = walk.layer(first.node, first)
    if input is not None:
        layer = Input(volume=Volume(*input))
        walk._layers[first.node] = layer
    assert isinstance(layer, Input)
    if first.suffix.repeat is not None or first.suffix.optional:
        assert first.suffix.count_span is not None
        raise error("CNN001", "there is one INPUT", first.suffix.count_span)
    rows, _ = walk.chain(chain, layer.volume, (), architecture.statement.open_fc)
    given = input is not None
    return Network(architecture, layer.volume, tuple(rows), tuple(walk.problems), settings, values, given, walk.steps)


def kinds(chain: Chain, values: Mapping[str, int]) -> list[str]:
    """The layer kinds with repeats unrolled, INPUT among them; nothing is sized."""
    found: list[str] = []
    walk = Walk(TORCH, values)

    def add(chain: Chain) -> None:
        for item in chain.items:
            suffix, node = item.suffix, item.node
            if suffix.optional or suffix.values or isinstance(node, (Ellipsis, Call)):
                walk.item(item, None, (), False)  # raises what is missing
            count = 1
            if suffix.repeat is not None:
                assert suffix.count_span is not None
                count = walk.number(suffix.repeat, suffix.count_span, item)
            if count == 0:
                continue
            before = len(found)
            if isinstance(node, LayerNode):
                found.append(node.kind)
            elif isinstance(node, Group):
                add(node.chain)
            elif isinstance(node, Join):
                for branch in node.branches:
                    add(branch)
                found.append(node.op)
            one = found[before:]
            if len(found) + len(one) * (count - 1) > MAX_KINDS:
                raise error("CNN009", f"more than {MAX_KINDS:,} layers in one list", item.span)
            found.extend(one * (count - 1))

    add(chain)
    return found


def free(chain: Chain) -> set[str]:
    """The letters that a chain uses in counts, sizes, options and shapes."""
    found: set[str] = set()

    def expression(value: Any) -> None:
        if isinstance(value, (int, float, str)) or value is None:
            return
        if isinstance(value, tuple) and not hasattr(value, "_fields"):
            for part in value:
                expression(part)
        elif hasattr(value, "_fields") and "W" in value._fields:
            expression(value.W)
            expression(value.H)
        else:
            found.update(letters(value))

    def add(chain: Chain) -> None:
        for item in chain.items:
            expression(item.suffix.repeat)
            expression(item.suffix.values)
            expression(item.suffix.declared)
            node = item.node
            if isinstance(node, LayerNode):
                for part in (node.kernel, node.size, node.shape):
                    expression(part)
                for option in node.options:
                    if not (
                        isinstance(option.value, tuple)
                        and option.value.__class__.__name__ == "Name"
                        and option.key in WORDS
                    ):
                        expression(option.value)
            elif isinstance(node, Group):
                add(node.chain)
            elif isinstance(node, Join):
                for branch in node.branches:
                    add(branch)
            elif isinstance(node, Call):
                expression(node.arguments)

    add(chain)
    return found


WORDS = frozenset({"bias", "ceil", "include_pad", "mode", "affine", "per"})
