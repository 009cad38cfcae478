"""The public class of a sized network: its numbers, its diagnostics, its PyTorch source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import Diagnostic

if TYPE_CHECKING:
    from torch import nn

    from cnnsize.sizing.outline import Node, Step
    from cnnsize.sizing.totals import Totals


class Network(SizedNetwork):
    """A sized network. ``steps``, ``params``, ``macs`` and the rest are computed when they are
    first read.
    """

    __slots__ = ("_outline", "_steps", "_totals")

    def __init__(self, *record: Any) -> None:
        super().__init__(*record)
        self._steps: tuple[Step, ...] | None = None
        self._outline: tuple[Node, ...] | None = None
        self._totals: Totals | None = None

    @classmethod
    def from_record(cls, sized: SizedNetwork) -> Network:
        """Return the same network with the numbers and methods of the library."""
        return cls(
            sized.architecture,
            sized.input,
            sized.output,
            sized.rows,
            sized.problems,
            sized.settings,
            sized.values,
            sized.overridden,
            sized.walked,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and (
            (self.architecture, self.input, self.settings, self.values)
            == (other.architecture, other.input, other.settings, other.values)
        )

    def __hash__(self) -> int:
        return hash((self.architecture, self.input))

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The faults, worded; with their fixes, each of which was sized again."""
        if not self.problems:
            return ()
        from cnnsize.faults.wording import diagnostics  # late: most networks have no fault

        return diagnostics(self)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every layer in forward order with repeats unrolled (a too long one keeps one pass)."""
        if self._steps is None:
            from cnnsize.sizing.outline import steps  # late: only where layers are asked for

            self._steps = steps(self.outline)
        return self._steps

    @property
    def outline(self) -> tuple[Node, ...]:
        """The same, nested in blocks and joins as they were written."""
        if self._outline is None:
            from cnnsize.sizing.outline import outline  # late: only where layers are asked for

            self._outline = outline(self)
        return self._outline

    @property
    def totals(self) -> Totals:
        """Parameters, MACs, activations and receptive field of the whole network."""
        if self._totals is None:
            from cnnsize.sizing.totals import totals  # late: only where totals are asked for

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
        from cnnsize.sizing.totals import peak  # late: only where it is asked for

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
        from cnnsize.torch_code import torch_source  # late: only where source is asked for

        return torch_source(self, class_name, test=test)

    def to_torch(self) -> nn.Module:
        """The network as an ``nn.Module``, made from the source of ``torch_source``, with fresh
        weights.

        Raises ImportError where torch is not installed, else as ``torch_source`` does.
        """
        from cnnsize.torch_code.module import build  # late: needs torch

        return build(self)
