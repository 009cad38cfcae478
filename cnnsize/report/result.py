"""The result of a check: networks, diagnostics and totals."""

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
    """One network of a report. What could not be worked out is None."""

    source: Source
    architecture: ParsedArchitecture | None = None
    network: Network | None = None
    family: Survey | None = None  # in place of a network, where letters or ``?`` are free
    bad: bool = False  # it stands in a block that is marked so, and its findings are not said

    @property
    def name(self) -> str | None:
        return self.architecture.name if self.architecture else None

    @property
    def text(self) -> str:
        return self.source.text

    @property
    def file(self) -> str | None:
        return self.source.file

    @property
    def line(self) -> int:
        return self.source.line

    @property
    def input(self) -> Volume | None:
        if self.family is not None:
            return self.family.family.start
        return self.network.input if self.network else None

    @property
    def output(self) -> Volume | None:
        return self.network.output if self.network else None

    @property
    def valid(self) -> bool:
        if self.family is not None:
            return self.family.valid == self.family.members
        return self.network is not None and self.network.valid

    @property
    def params(self) -> int | None:
        return self.network.params if self.network else None

    @property
    def macs(self) -> int | None:
        return self.network.macs if self.network else None

    @property
    def flops(self) -> int | None:
        return self.network.flops if self.network else None

    @property
    def activations(self) -> int | None:
        return self.network.activations if self.network else None

    @property
    def memory_bytes(self) -> int | None:
        return self.network.memory_bytes if self.network else None

    @property
    def peak_activations(self) -> int | None:
        return self.network.peak_activations if self.network else None

    @property
    def peak_memory_bytes(self) -> int | None:
        return self.network.peak_memory_bytes if self.network else None

    @property
    def receptive_field(self) -> tuple[int, int] | None:
        return self.network.receptive_field if self.network else None

    @property
    def interrupted(self) -> bool:
        """Was a family left before all of its members were looked at?"""
        return self.family is not None and not self.family.complete

    @property
    def layers(self) -> tuple[Step, ...]:
        return self.network.steps if self.network else ()

    @property
    def assumed(self) -> tuple[str, ...]:
        """``CONV3: K=64, P=1``: each layer whose size rests on defaults, as written."""
        network = self.network
        if self.family is not None and self.family.largest is not None:
            network = self.family.network(self.family.largest)
        if network is None:
            return ()
        found = dict.fromkeys(
            f"{network.architecture.piece(item.span)[1]}: {', '.join(sizes)}"
            for item, sizes in network.assumed
        )
        return tuple(found)


class Report(Record):
    """All networks of what was checked, and all findings, in order."""

    architectures: tuple[Result, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Neither errors nor warnings."""
        return all(found.severity == "info" for found in self.diagnostics)

    def count(self, severity: str) -> int:
        return sum(found.severity == severity for found in self.diagnostics)

    def to_dict(self) -> dict[str, Any]:
        """The JSON report as plain data; its schema is printed by ``cnnsize schema``."""
        from cnnsize.version import __version__

        return {
            "version": __version__,
            "architectures": [_result(one) for one in self.architectures],
            "diagnostics": [_diagnostic(one) for one in self.diagnostics],
            "summary": {
                "architectures": len(self.architectures),
                "errors": self.count("error"),
                "warnings": self.count("warning"),
                "infos": self.count("info"),
            },
        }

    def to_json(self, indent: int | None = None) -> str:
        import json  # late: text output never needs it

        return json.dumps(self.to_dict(), indent=indent)


def _result(one: Result) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": one.name,
        "text": one.text,
        "file": one.file,
        "line": one.line,
        "input": _list(one.input),
        "output": _list(one.output),
        "valid": one.valid,
        "bad": one.bad,
        "params": one.params,
        "macs": one.macs,
        "flops": one.flops,
        "activations": one.activations,
        "memory_bytes": one.memory_bytes,
        "peak_activations": one.peak_activations,
        "peak_memory_bytes": one.peak_memory_bytes,
        "receptive_field": _list(one.receptive_field),
        "assumed": list(one.assumed),
        "canonical": str(one.architecture) if one.architecture else None,
        "notes": list(one.architecture.notes) if one.architecture else [],
        "layers": [_layer(step) for step in one.layers],
    }
    if one.family is not None:
        del found["layers"]
        found["family"] = one.family.as_dict()
    return found


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


def _diagnostic(found: Diagnostic) -> dict[str, Any]:
    start, end = found.location, found.end_location
    cell = found.source.in_cell(found.span.start) if found.source else None
    return {
        "code": found.code,
        "name": found.name,
        "severity": found.severity,
        "message": found.summary,
        "help": "; ".join(found.help) or None,
        "notes": list(found.notes),
        "architecture": found.architecture,
        "layer": found.path,
        "facts": dict(found.facts),
        "file": found.source.file if found.source else None,
        "span": list(found.span),
        "location": {"line": start.line, "column": start.column},
        "end_location": {"line": end.line, "column": end.column},
        "cell": cell and cell._asdict(),
        "related": [
            {"span": list(label.span), "message": label.message} for label in found.related
        ],
        "fixes": [
            {
                "applicability": fix.applicability,
                "message": fix.message,
                "edits": [{"span": list(edit.span), "text": edit.text} for edit in fix.edits],
            }
            for fix in found.fixes
        ],
        "url": found.url,
    }
