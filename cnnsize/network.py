"""A sized network: rows in forward order, nested as they were written, and every fault as a fact.

``walk.py`` makes it; ``measure.py`` folds over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnsize.language.tree import Item
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import Part, Problem, rounded, rows_of
from cnnsize.sizing.settings import Settings, severity
from cnnsize.text.diagnostic import Diagnostic

if TYPE_CHECKING:
    from torch import nn

    from cnnsize.architecture import Architecture
    from cnnsize.sizing.outline import Node, Step
    from cnnsize.sizing.totals import Totals


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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and (
            (self.architecture, self.input, self.settings, self.values)
            == (other.architecture, other.input, other.settings, other.values)
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash((self.architecture, self.input))

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
        from cnnsize.faults.wording import diagnostics  # reaches up: wording is dear, and only faults need it

        return diagnostics(self)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every layer in forward order with repeats unrolled (a too long one keeps one pass)."""
        if self._steps is None:
            from cnnsize.sizing.outline import steps  # reaches up, and only where numbers are asked for

            self._steps = steps(self.outline)
        return self._steps

    @property
    def outline(self) -> tuple[Node, ...]:
        """The same, nested in blocks and joins as they were written."""
        if self._outline is None:
            from cnnsize.sizing.outline import outline  # reaches up, as steps does

            self._outline = outline(self)
        return self._outline

    @property
    def totals(self) -> Totals:
        """Parameters, MACs, activations and receptive field of the whole network."""
        if self._totals is None:
            from cnnsize.sizing.totals import totals  # reaches up, as steps does

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
        from cnnsize.sizing.totals import peak  # reaches up, as steps does

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
        from cnnsize.torch_code.module import build  # reaches up: the only door to torch

        return build(self)

    @property
    def assumed(self) -> tuple[tuple[Item, tuple[str, ...]], ...]:
        """The items whose sizes rest on defaults, once each, with what was assumed."""
        found: dict[tuple[int, tuple[str, ...]], tuple[Item, tuple[str, ...]]] = {}
        for row in rows_of(self.rows):
            if row.layer.assumed:
                found.setdefault((row.item.start, row.layer.assumed), (row.item, row.layer.assumed))
        return tuple(found.values())
