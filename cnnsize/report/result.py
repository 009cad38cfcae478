"""The report of a check: networks, diagnostics and totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.layers.volume import Volume
from cnnsize.network import Network
from cnnsize.record import Record
from cnnsize.sizing.field import Jump
from cnnsize.sizing.outline import Step
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.source import Source

if TYPE_CHECKING:
    from cnnsize.patterns.survey import Survey


class Result(Record):
    """One network of a report. A value that cannot be computed is None."""

    source: Source
    architecture: ParsedArchitecture | None = None
    network: Network | None = None
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
    def input(self) -> Volume | None:
        """The input volume (W, H, D)."""
        if self.family is not None:
            return self.family.family.start
        return self.network.input if self.network else None

    @property
    def output(self) -> Volume | None:
        """The output volume (W, H, D); None for a family."""
        return self.network.output if self.network else None

    @property
    def valid(self) -> bool:
        """Whether the network, or every member of the family, can be sized without errors."""
        if self.family is not None:
            return self.family.valid == self.family.members
        return self.network is not None and self.network.valid

    @property
    def params(self) -> int | None:
        """The number of parameters: weights and biases."""
        return self.network.params if self.network else None

    @property
    def macs(self) -> int | None:
        """The multiply-adds with weights for one input."""
        return self.network.macs if self.network else None

    @property
    def flops(self) -> int | None:
        """Two for each multiply-add."""
        return self.network.flops if self.network else None

    @property
    def activations(self) -> int | None:
        """The values in all volumes, for one input."""
        return self.network.activations if self.network else None

    @property
    def memory_bytes(self) -> int | None:
        """Four bytes for each activation."""
        return self.network.memory_bytes if self.network else None

    @property
    def peak_activations(self) -> int | None:
        """The most values that are alive at once in a forward pass of one input."""
        return self.network.peak_activations if self.network else None

    @property
    def peak_memory_bytes(self) -> int | None:
        """Four bytes for each peak activation."""
        return self.network.peak_memory_bytes if self.network else None

    @property
    def receptive_field(self) -> tuple[int, int] | None:
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


class Report(Record):
    """The networks that were checked, and all diagnostics: by severity, then by place."""

    architectures: tuple[Result, ...]
    diagnostics: tuple[Diagnostic, ...]
    notes: tuple[str, ...] = ()  # on findings that are left out

    @property
    def ok(self) -> bool:
        """Whether there is no error and no warning."""
        return all(diagnostic.severity == "info" for diagnostic in self.diagnostics)

    def count(self, severity: str) -> int:
        """Return how many diagnostics have this severity."""
        return sum(diagnostic.severity == severity for diagnostic in self.diagnostics)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON report as plain data; ``cnnsize schema`` prints its schema."""
        from cnnsize.version import __version__

        return {
            "version": __version__,
            "architectures": [_result(result) for result in self.architectures],
            "diagnostics": [_diagnostic(diagnostic) for diagnostic in self.diagnostics],
            "summary": {
                "architectures": len(self.architectures),
                "errors": self.count("error"),
                "warnings": self.count("warning"),
                "infos": self.count("info"),
            },
        }

    def to_json(self, indent: int | None = None) -> str:
        """Return the JSON report as text."""
        import json  # late: text output never needs it

        return json.dumps(self.to_dict(), indent=indent)


def _result(result: Result) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": result.name,
        "text": result.text,
        "file": result.file,
        "line": result.line,
        "input": _list(result.input),
        "output": _list(result.output),
        "valid": result.valid,
        "bad": result.bad,
        "params": result.params,
        "macs": result.macs,
        "flops": result.flops,
        "activations": result.activations,
        "memory_bytes": result.memory_bytes,
        "peak_activations": result.peak_activations,
        "peak_memory_bytes": result.peak_memory_bytes,
        "receptive_field": _list(result.receptive_field),
        "assumed": list(result.assumed),
        "canonical": str(result.architecture) if result.architecture else None,
        "notes": list(result.architecture.notes) if result.architecture else [],
        "layers": [_layer(step) for step in result.layers],
    }
    if result.family is not None:
        del data["layers"]
        data["family"] = result.family.as_dict()
    return data


def _layer(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "text": step.text,
        "canonical": step.canonical,
        "path": step.path,
        "span": list(step.span),
        "count": step.count,
        "in": [_list(volume) for volume in step.inputs],
        "out": _list(step.output),
        "params": step.params,
        "macs": step.macs,
        "activations": step.activations,
        "kernel": _list(step.kernel),
        "stride": _list(step.stride),
        "padding": _list(step.padding),
        "dilation": _list(step.dilation),
        "groups": step.groups,
        "remainder": _list(step.remainder),
        "receptive_field": _list(step.receptive_field),
        "jump": None if step.jump is None else [_number(value) for value in step.jump],
        "receptive_padding": _list(step.receptive_padding),
        "smallest_receptive_field": _list(step.smallest_receptive_field),
        "misaligned": step.misaligned,
    }


def _number(value: Jump) -> int | str:
    return value if isinstance(value, int) else str(value)


def _list(value: tuple[int, ...] | None) -> list[int] | None:
    return None if value is None else list(value)


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    start, end = diagnostic.location, diagnostic.end_location
    cell = diagnostic.source.in_cell(diagnostic.span.start) if diagnostic.source else None
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": diagnostic.severity,
        "message": diagnostic.summary,
        "help": "; ".join(diagnostic.help) or None,
        "notes": list(diagnostic.notes),
        "architecture": diagnostic.architecture,
        "layer": diagnostic.path,
        "facts": dict(diagnostic.facts),
        "file": diagnostic.source.file if diagnostic.source else None,
        "span": list(diagnostic.span),
        "location": {"line": start.line, "column": start.column},
        "end_location": {"line": end.line, "column": end.column},
        "cell": cell and cell._asdict(),
        "related": [
            {"span": list(label.span), "message": label.message} for label in diagnostic.related
        ],
        "fixes": [
            {
                "applicability": fix.applicability,
                "message": fix.message,
                "edits": [{"span": list(edit.span), "text": edit.text} for edit in fix.edits],
            }
            for fix in diagnostic.fixes
        ],
        "url": diagnostic.url,
    }
