"""``Network``, the public class of a sized network: its numbers, diagnostics and PyTorch source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnsize.layers.volume import Volume
from cnnsize.record import Frozen, MaybeNone, copier, documented, list_or_none, public, replace
from cnnsize.sizing.settings import severity
from cnnsize.sizing.sized import SizedNetwork, several_ends
from cnnsize.text.diagnostic import Diagnostic

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from torch import nn

    from cnnsize.pictures.figure import Figure
    from cnnsize.sizing.outline import Node, Step
    from cnnsize.sizing.totals import Totals


@public
class Network(Frozen, SizedNetwork):
    """A network with the volume (W x H x D) before and after every layer; ``print(network)`` shows
    the table.

    ``Architecture.sized()`` returns one. Besides the properties below it has ``architecture`` (the
    network as written), ``input`` and ``output`` (a ``Volume`` each), ``inputs`` and ``outputs`` (all
    of them, those two first), ``valid`` (whether all sizes work out), ``settings``, and ``values`` (the numbers that letters were given). Where a size does
    not work out, the numbers that depend on it are None, and ``diagnostics`` says why;
    ``require_valid()`` raises then. Properties are computed when they are first read.
    """

    __slots__ = ("_diagnostics", "_outline", "_steps", "_totals")

    output: Volume | MaybeNone

    @classmethod
    def from_record(cls, sized: SizedNetwork) -> Network:
        """Return the same network with the properties and methods of the library."""
        network: Network = copier(cls)(sized)  # type: ignore[arg-type]  # a class has a hash
        return network

    def __dir__(self) -> list[str]:
        return documented(
            Network,
            "architecture",
            "defaults_used",
            "input",
            "inputs",
            "output",
            "outputs",
            "settings",
            "valid",
            "values",
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and (
            (self.architecture, self.input, self.settings, self.values)
            == (other.architecture, other.input, other.settings, other.values)
        )

    def __hash__(self) -> int:
        return hash((self.architecture, self.input))

    def __str__(self) -> str:
        from cnnsize.render.summary import network_text  # late: only those who print need it

        return network_text(self)

    def __repr__(self) -> str:
        from cnnsize.text.english import counted  # late: only those who print need it

        name = f" {self.architecture.name}" if self.architecture.name else ""
        if self.valid:
            state = f"{counted(self.params, 'parameter')}, valid"
        else:
            errors = {  # of both sides of a layer as one
                (problem.item.start, problem.fault.code)
                for problem in self.problems
                if severity(problem.fault, self.settings) == "error"
            }
            state = counted(len(errors), "error") if errors else "not valid"
        return f"<Network{name}: {self.input} -> {self.output or 'unknown'}, {state}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from cnnsize.html.notebook import network_bundle  # late: only notebooks need it

        return network_bundle(self)

    def require_valid(self) -> Network:
        """Return the network itself if it is valid, for chaining: ``net.sized().require_valid()``.

        Raises ArchitectureError, with the first error among its diagnostics, if it is not.
        """
        if self.valid:
            return self
        from cnnsize.text.diagnostic import ArchitectureError  # late: most networks are valid
        from cnnsize.text.diagnostic import error as new_error

        for diagnostic in self.diagnostics:
            if diagnostic.severity == "error":
                raise ArchitectureError(diagnostic, self.architecture.text)
        step = next(step for step in self.steps if any(step.remainder or ()))
        message = "padding goes unread, which rounding='strict' does not allow"
        raise new_error("CNN110", message, step.span, source=self.architecture.source)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Errors and warnings about sizes, with fixes that were verified by sizing again.

        Their help ends with the input sizes that fit all layers. Empty if all sizes work out exactly.
        The findings of lint rules are in ``cnnsize.check(...)``.
        """
        if not hasattr(self, "_diagnostics"):
            self._diagnostics = self._worded() if self.problems else ()
        return self._diagnostics

    def _worded(self) -> tuple[Diagnostic, ...]:
        """Return the faults in words."""
        from cnnsize.faults.wording import diagnostics  # late: most networks have no fault
        from cnnsize.inputs.nearest import nearest_inputs

        source = self.architecture.source
        return tuple(
            replace(diagnostic, source=source)
            for diagnostic in diagnostics(self, find_inputs=nearest_inputs)
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every layer in forward order, with repeats unrolled.

        Of a repeat with more than 2,000 layers there is one iteration only.
        """
        if not hasattr(self, "_steps"):
            from cnnsize.sizing.outline import steps  # late: only where layers are asked for

            self._steps = steps(self.outline)
        return self._steps

    @property
    def outline(self) -> tuple[Node, ...]:
        """The steps nested in blocks and joins, as they were written."""
        if not hasattr(self, "_outline"):
            from cnnsize.sizing.outline import outline  # late: only where layers are asked for

            self._outline = outline(self)
        return self._outline

    @property
    def totals(self) -> Totals:
        """Parameters, MACs, activations and receptive field of the whole network.

        Each is None if it depends on an unknown volume.
        """
        if not hasattr(self, "_totals"):
            from cnnsize.sizing.totals import totals  # late: only where totals are asked for

            self._totals = totals(self)
        return self._totals

    @property
    def params(self) -> int | MaybeNone:
        """Number of parameters: weights and biases. None if a volume is unknown."""
        return self.totals.params

    @property
    def running_statistics(self) -> int:
        """Number of running means and variances that BN keeps; Keras counts them as parameters too."""
        from cnnsize.sizing.totals import running_statistics  # late: only where it is asked for

        return running_statistics(self.rows)

    @property
    def macs(self) -> int | MaybeNone:
        """Multiply-accumulate operations of a forward pass for one input. None if a volume is unknown.

        Only multiplications by weights count, not biases, norms, activations or pooling.
        """
        return self.totals.macs

    @property
    def flops(self) -> int | MaybeNone:
        """Floating-point operations for one input, 2 x MACs. None if a volume is unknown."""
        return None if self.macs is None else 2 * self.macs

    @property
    def activations(self) -> int | MaybeNone:
        """Number of values in all volumes for one input. None if a volume is unknown.

        Counted as in the VGGNet table of the CS231n notes: the input and the outputs of layers, but
        not those of activations, dropout and FLATTEN.
        """
        return self.totals.activations

    @property
    def memory_bytes(self) -> int | MaybeNone:
        """Bytes of all activations for one input, forward only, 4 bytes per value. None if unknown."""
        return None if self.activations is None else 4 * self.activations

    @property
    def peak_activations(self) -> int | MaybeNone:
        """Largest number of values in memory at the same time in a forward pass of one input.

        A volume is in memory until the last layer that reads it has run. None if a volume is
        unknown.
        """
        if self.totals.activations is None:
            return None
        from cnnsize.sizing.totals import peak_activations  # late: only where it is asked for

        return peak_activations(self)

    @property
    def peak_memory_bytes(self) -> int | MaybeNone:
        """Bytes of the peak activations, 4 bytes per value. None if a volume is unknown."""
        return None if self.peak_activations is None else 4 * self.peak_activations

    @property
    def receptive_field(self) -> tuple[int, int] | MaybeNone:
        """Receptive field (W, H): the input region that one position of the last map depends on.

        The last map is the one before global pooling, FLATTEN or FC. None if no single region
        describes it, as after adaptive pooling with unequal windows.
        """
        return self.totals.receptive_field

    def to_dict(self) -> dict[str, Any]:
        """Return the network as plain data, with the keys of ``architectures`` in the JSON report."""
        architecture = self.architecture
        source = architecture.source
        return {
            "name": architecture.name,
            "text": source.text,
            "file": source.file,
            "line": source.line,
            "input": list_or_none(self.input),
            "output": list_or_none(self.output),
            **several_ends(self),
            "valid": self.valid,
            "params": self.params,
            "macs": self.macs,
            "flops": self.flops,
            "activations": self.activations,
            "memory_bytes": self.memory_bytes,
            "peak_activations": self.peak_activations,
            "peak_memory_bytes": self.peak_memory_bytes,
            "receptive_field": list_or_none(self.receptive_field),
            "assumed": [text for _, text in self.defaults_used],
            "canonical": str(architecture),
            "notes": list(architecture.notes),
            "layers": [step.to_dict() for step in self.steps],
        }

    def to_pandas(self) -> DataFrame:
        """Return a pandas DataFrame with a row for each layer.

        Its columns have the keys of ``layers`` in the JSON; volumes and pairs are split, as in
        ``out_W``, ``out_H`` and ``out_D``. Raises ImportError if pandas is not installed.
        """
        from cnnsize.frame import data_frame  # late: needs pandas

        return data_frame(step.to_dict() for step in self.steps)

    def figure(
        self,
        kind: str | None = None,
        *,
        depth: int | None = None,
        layer: str | None = None,
        unit: int | tuple[int, int] | None = None,
        width: int | None = None,
        title: str | None = None,
    ) -> Figure:
        """Return a figure of the network, whose ``svg()`` is a picture and whose ``save(path)`` writes it.

        ``kind`` is ``"tiling"``, the windows of the layer at the path ``layer``; ``"profile"``, bars
        of the numbers of each layer; ``"volumes"``, a box for each feature map; ``"graph"``, the layers and blocks
        as they were written; or ``"cone"``, the receptive field of the position ``unit``, one number or
        (x, y), of the layer at the path ``layer``. None takes the one that fits the network. ``depth``
        is the number of levels of blocks to open; None opens as many as stay readable. ``width`` is a
        width in px, and ``title`` replaces the name. Raises ValueError for an unknown kind, for a layer
        without windows or a receptive field, and for a position outside the map.
        """
        from cnnsize.pictures.figure import network_figure  # late: only where one is asked for
        from cnnsize.pictures.request import Request

        position = (unit, unit) if isinstance(unit, int) else unit
        return network_figure(self, kind, Request(depth, layer, position, width), title)

    def torch_source(self, class_name: str | None = None, test: bool = False) -> str:
        """Return the source of an ``nn.Module`` for this network.

        ``class_name`` is the name of its class; None derives it from the name of the network. With
        ``test`` the source ends with a pytest function that compares the output shape and the
        number of parameters. Raises ArchitectureError for a network without an output, for one with
        more than 10,000 layers, and for a name that no class can have.
        """
        from cnnsize.sizing.arguments import require_optional_text  # late: only for this
        from cnnsize.torch_code import torch_source  # late: only where source is asked for

        require_optional_text("class_name", class_name)
        return torch_source(self, class_name, test=test)

    def to_torch(self) -> nn.Module:
        """Return the network as an ``nn.Module`` with freshly initialised weights.

        It is made by executing ``torch_source()``. Raises ImportError if PyTorch is not installed,
        and ArchitectureError as ``torch_source`` does.
        """
        from cnnsize.torch_code.module import build  # late: needs torch

        return build(self)
