"""The report of a check: networks, diagnostics and totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnsize.record import MaybeNone, Record, list_or_none, public
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.english import counted, shortened
from cnnsize.text.source import Source

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-not-found,import-untyped,unused-ignore]

    # not needed where no file has changed since the last run
    from cnnsize.language.parsed import ParsedArchitecture
    from cnnsize.layers.volume import Volume
    from cnnsize.network import Network
    from cnnsize.patterns.survey import Survey
    from cnnsize.sizing.outline import Step

# Rules about the width and height of maps; the last two are families of rules.
RULES_OF_SIZES = ("CNN101", "CNN102", "CNN103", "CNN201", "CNN212", "CNN4", "CNN5")


@public
class Result(Record):
    """One network of a report. A value that cannot be computed is None.

    ``network`` is the sized network, with everything that ``Architecture.sized()`` offers; for a
    pattern ``family`` has the survey of its members instead.
    """

    source: Source
    architecture: ParsedArchitecture | None = None
    network: Network | MaybeNone = None
    family: Survey | None = None  # in place of a network, if letters or ``?`` are free
    bad: bool = False  # it is in a block that is marked bad, and its diagnostics are not reported

    @property
    def name(self) -> str | None:
        """The name of the statement; None without one."""
        return self.architecture.name if self.architecture else None

    @property
    def text(self) -> str:
        """The text of the statement, after the blocks that it calls."""
        return self.source.text

    @property
    def file(self) -> str | None:
        """The file; None for a string."""
        return self.source.file

    @property
    def line(self) -> int:
        """The line of the statement in the file, from 1."""
        return self.source.line

    @property
    def input(self) -> Volume | MaybeNone:
        """The input volume (W, H, D)."""
        if self.family is not None:
            return self.family.family.start
        return self.network.input if self.network else None

    @property
    def output(self) -> Volume | MaybeNone:
        """The output volume (W, H, D); None for a family."""
        return self.network.output if self.network else None

    @property
    def valid(self) -> bool:
        """Whether the network, or every member of the family, can be sized without errors."""
        if self.family is not None:
            return self.family.valid == self.family.members
        return self.network is not None and self.network.valid

    @property
    def params(self) -> int | MaybeNone:
        """The number of parameters: weights and biases."""
        return self.network.params if self.network else None

    @property
    def macs(self) -> int | MaybeNone:
        """The multiply-adds with weights for one input."""
        return self.network.macs if self.network else None

    @property
    def flops(self) -> int | MaybeNone:
        """Two for each multiply-add."""
        return self.network.flops if self.network else None

    @property
    def activations(self) -> int | MaybeNone:
        """The values in all volumes, for one input."""
        return self.network.activations if self.network else None

    @property
    def memory_bytes(self) -> int | MaybeNone:
        """Four bytes for each activation."""
        return self.network.memory_bytes if self.network else None

    @property
    def peak_activations(self) -> int | MaybeNone:
        """The most values that are alive at once in a forward pass of one input."""
        return self.network.peak_activations if self.network else None

    @property
    def peak_memory_bytes(self) -> int | MaybeNone:
        """Four bytes for each peak activation."""
        return self.network.peak_memory_bytes if self.network else None

    @property
    def receptive_field(self) -> tuple[int, int] | MaybeNone:
        """The receptive field (W, H) of the last layer that outputs a feature map."""
        return self.network.receptive_field if self.network else None

    @property
    def interrupted(self) -> bool:
        """Whether the user interrupted before all members of a family were checked."""
        return self.family is not None and not self.family.complete

    @property
    def layers(self) -> tuple[Step, ...]:
        """All layers in forward order; none for a family."""
        return self.network.steps if self.network else ()

    @property
    def assumed(self) -> tuple[str, ...]:
        """The layers that use defaults, each as in ``CONV3: K=64, P=1``."""
        network = self.network
        if self.family is not None and self.family.largest is not None:
            network = self.family.network(self.family.largest)
        if network is None:
            return ()
        return tuple(text for _, text in network.defaults_used)

    def __repr__(self) -> str:
        place = f"{self.file or '<string>'}:{self.line}"
        content = self.network or self.family or shortened(self.text)
        return f"<Result {place}: {content!r}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the network as plain data, with the keys of ``architectures`` in the JSON report."""
        from cnnsize.sizing.sized import several_ends  # late, as above

        architecture = self.architecture
        data: dict[str, Any] = {
            "name": self.name,
            "text": self.text,
            "file": self.file,
            "line": self.line,
            "input": list_or_none(self.input),
            "output": list_or_none(self.output),
            **({} if self.network is None else several_ends(self.network)),
            "valid": self.valid,
            "bad": self.bad,
            "params": self.params,
            "macs": self.macs,
            "flops": self.flops,
            "activations": self.activations,
            "memory_bytes": self.memory_bytes,
            "peak_activations": self.peak_activations,
            "peak_memory_bytes": self.peak_memory_bytes,
            "receptive_field": list_or_none(self.receptive_field),
            "assumed": list(self.assumed),
            "canonical": str(architecture) if architecture else None,
            "notes": list(architecture.notes) if architecture else [],
        }
        if self.family is not None:
            return data | {"family": self.family.to_dict()}
        return data | {"layers": [step.to_dict() for step in self.layers]}


@public
class Report(Record):
    """The networks that were checked, and all diagnostics: by severity, then by place."""

    architectures: tuple[Result, ...]
    diagnostics: tuple[Diagnostic, ...]
    notes: tuple[str, ...] = ()  # on findings that are left out
    unread: tuple[str, ...] = ()  # networks of Python source that are not read: where and why
    uncompared: tuple[str, ...] = ()  # texts that could not be compared with their class, and why

    @property
    def ok(self) -> bool:
        """Whether there is no error and no warning."""
        return all(diagnostic.severity == "info" for diagnostic in self.diagnostics)

    def __str__(self) -> str:
        from cnnsize.render.summary import report_text  # late: only those who print need it

        return report_text(self)

    def __repr__(self) -> str:
        counts = [
            counted(self.count(severity), word)
            for severity, word in (("error", "error"), ("warning", "warning"), ("info", "note"))
        ]
        return f"<Report on {counted(len(self.architectures), 'network')}: {', '.join(counts)}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from cnnsize.html.notebook import report_bundle  # late: only notebooks need it

        return report_bundle(self)

    def count(self, severity: str) -> int:
        """Return how many diagnostics have this severity."""
        return sum(diagnostic.severity == severity for diagnostic in self.diagnostics)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON report as plain data; ``cnnsize schema`` prints its schema."""
        from cnnsize.version import __version__  # late: text output never needs it

        return {
            "version": __version__,
            "architectures": [result.to_dict() for result in self.architectures],
            "diagnostics": [diagnostic.to_dict() for diagnostic in self.diagnostics],
            "summary": {
                "architectures": len(self.architectures),
                "errors": self.count("error"),
                "warnings": self.count("warning"),
                "infos": self.count("info"),
            },
        }

    def to_json(self, indent: int | None = None) -> str:
        """Return the JSON report as text."""
        if indent == 2:
            from cnnsize.text.indented import indented_json  # late: text output never needs it

            return indented_json(self.to_dict())
        import json  # late, as above

        return json.dumps(self.to_dict(), indent=indent)

    def to_pandas(self) -> DataFrame:
        """Return a pandas DataFrame with a row for each diagnostic: its place, code and message.

        Raises ImportError if pandas is not installed.
        """
        from cnnsize.frame import data_frame  # late: needs pandas

        return data_frame(diagnostic.to_dict() for diagnostic in self.diagnostics)
