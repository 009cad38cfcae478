"""A sized network: rows in forward order, nested as they were written, and every fault as a fact.

``walk.py`` makes it; ``measure.py`` folds over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from cnnsize.diagnostic import CORE, Diagnostic, Severity
from cnnsize.layers.base import STANDARD, Defaults, Fault, Layer, Sizing, Volume
from cnnsize.record import Record
from cnnsize.syntax.tree import Item

if TYPE_CHECKING:
    from torch import nn

    from cnnsize.architecture import Architecture
    from cnnsize.measure import Node, Step, Totals

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

    body: tuple[Part, ...]
    times: int
    first: int
    depth: int


class Fork(NamedTuple):
    """The branches of a join, each on the volume before it, and the row of the join itself."""

    branches: tuple[tuple[Part, ...], ...]
    join: Row


class Block(NamedTuple):
    """What one call of a block came to."""

    item: Item
    name: str
    arguments: tuple[int, ...]
    path: Path
    body: tuple[Part, ...]


Part = Row | Loop | Fork | Block


class Called(NamedTuple):
    """A call that was under way: what it binds, and where it stands."""

    item: Item
    name: str
    values: Mapping[str, int]

    @property
    def words(self) -> str:
        """``called here with k = 64, s = 2``."""
        values = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        return f"called here{' with ' if values else ''}{values}"


class Problem(NamedTuple):
    """A fault where it was met. ``more`` passes of the same item have it too."""

    fault: Fault
    item: Item
    layer: Layer | None
    path: Path
    volume: Volume | None
    sizing: Sizing
    passes: tuple[Pass, ...]
    calls: tuple[Called, ...] = ()  # the blocks around it, the outermost first


class Budget(NamedTuple):
    """The most that a network may cost; None sets no bound."""

    params: int | None = None
    macs: int | None = None
    memory: int | None = None  # bytes of all activations, 4 each, one input


class Settings(Record):
    """What a caller may choose: default sizes, whose rules for padding hold, and what rules need to know."""

    defaults: Defaults = STANDARD
    target: str = "torch"  # or "tensorflow", for P=same with a stride
    rounding: str = "torch"  # "strict": every remainder is an error; "floor": rows that go unread are a warning
    hardware: str | None = None  # "nvidia": channels in eights
    loss: str | None = None  # "cross-entropy": it takes the softmax itself
    budget: Budget | None = None
    pattern: str | None = None  # what networks have to look like; None: as CS231n draws them


TORCH = Settings()


def severity(fault: Fault, settings: Settings) -> Severity:
    """How bad a fault is: TensorFlow pads P=same with a stride in its own way, torch refuses it; and who says
    that sizes round down has been told."""
    if fault.code == "CNN109" and settings.target == "tensorflow":
        return "warning"
    if fault.code == "CNN101" and settings.rounding == "floor":
        return "warning"
    return CORE[fault.code][1]


class Network:
    """One sized network: rows and loops in forward order, and what is wrong with it.

    ``steps``, ``params``, ``macs`` and the rest are worked out when asked for.
    """

    __slots__ = (
        "_outline",
        "_steps",
        "_totals",
        "architecture",
        "input",
        "output",
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
        output: Volume | None,
        rows: tuple[Part, ...],
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
        self.output = output  # the last volume, W x H x D; None where it is unknown
        self.rows = rows
        self.problems = problems
        self.settings = settings
        self.values = dict(values)
        self._steps: tuple[Step, ...] | None = None
        self._outline: tuple[Node, ...] | None = None
        self._totals: Totals | None = None

    def __repr__(self) -> str:
        return f"<Network {str(self.architecture)!r} -> {self.output}>"

    @property
    def valid(self) -> bool:
        """No error: every window fits, and nothing of any input is thrown away; under strict rounding no padding either."""
        if any(severity(problem.fault, self.settings) == "error" for problem in self.problems):
            return False
        return self.settings.rounding != "strict" or not any(map(rounded, rows_of(self.rows)))

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

            self._steps = steps(self.outline)
        return self._steps

    @property
    def outline(self) -> tuple[Node, ...]:
        """The same, nested in blocks and joins as they were written."""
        if self._outline is None:
            from cnnsize.measure import outline  # reaches up, as steps does

            self._outline = outline(self)
        return self._outline

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
    def peak_activations(self) -> int | None:
        """The most values alive at once in a forward run of one input, layer by layer."""
        if self.totals.activations is None:
            return None
        from cnnsize.measure import peak  # reaches up, as steps does

        return peak(self)

    @property
    def peak_memory_bytes(self) -> int | None:
        """The same in bytes, 4 a value."""
        return None if self.peak_activations is None else 4 * self.peak_activations

    @property
    def receptive_field(self) -> tuple[int, int] | None:
        """(W, H) of input cells that one position of the last map sees."""
        return self.totals.receptive_field

    def torch_source(self, class_name: str | None = None, test: bool = False) -> str:
        """A module of PyTorch that is this network, as text; with ``test`` a small test behind it.

        Raises ArchitectureError for a network without an output and for one of too many layers.
        """
        from cnnsize.torch_code import torch_source  # reaches up, and only where source is asked for

        return torch_source(self, class_name, test)

    def to_torch(self) -> nn.Module:
        """The network as an ``nn.Module``, made from the source of ``torch_source``, with fresh weights.

        Raises ImportError where torch is not installed, else as ``torch_source`` does.
        """
        from cnnsize.smoke import build  # reaches up: the only door to torch

        return build(self)

    @property
    def assumed(self) -> tuple[tuple[Item, tuple[str, ...]], ...]:
        """The items whose sizes rest on defaults, once each, with what was assumed."""
        found: dict[tuple[int, tuple[str, ...]], tuple[Item, tuple[str, ...]]] = {}
        for row in rows_of(self.rows):
            if row.layer.assumed:
                found.setdefault((row.item.start, row.layer.assumed), (row.item, row.layer.assumed))
        return tuple(found.values())


def rounded(row: Row) -> bool:
    """Do the windows of a layer leave a remainder that nobody asked to round up?"""
    remainder, windows = row.sizing.remainder, getattr(row.layer, "windows", None)
    return remainder is not None and windows is not None and any(
        r > 0 and not window.ceil for r, window in zip(remainder, windows, strict=True)
    )  # fmt: skip


def rows_of(parts: tuple[Part, ...]) -> Iterator[Row]:
    """Every row in forward order, branch by branch and the join behind them; a loop's body once."""
    for part in parts:
        if isinstance(part, Row):
            yield part
        elif isinstance(part, Fork):
            for branch in part.branches:
                yield from rows_of(branch)
            yield part.join
        else:
            yield from rows_of(part.body)
