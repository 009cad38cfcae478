"""What ``check`` returns: every network of a text, sized, and every finding, in plain data and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnsize.architecture import Architecture, Failed
from cnnsize.diagnostic import ArchitectureError, Diagnostic
from cnnsize.files import Document, Unreadable
from cnnsize.layers.base import Volume
from cnnsize.limits import MAX_FIXED
from cnnsize.lint import rules_for
from cnnsize.measure import Jump, Step
from cnnsize.network import TORCH, Network, Settings
from cnnsize.parse import choose, string
from cnnsize.parse import document as networks
from cnnsize.record import Record, replace
from cnnsize.selection import RANK, Selection, standard
from cnnsize.source import Chart, Source, Span
from cnnsize.style import Allowance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnsize.lint import Rules
    from cnnsize.suppress import Marks
    from cnnsize.survey import Survey, Watch

ARROW = " -> "


class Result(Record):
    """One network of a report. What could not be worked out is None."""

    source: Source
    architecture: Architecture | None = None
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
            f"{network.architecture.piece(item.span)[1]}: {', '.join(sizes)}" for item, sizes in network.assumed
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
        from cnnsize import __version__

        return {
            "version": __version__,
            "architectures": [_result(one) for one in self.architectures],
            "diagnostics": [_diagnostic(one) for one in self.diagnostics],
            "summary": {
                "architectures": len(self.architectures), "errors": self.count("error"),
                "warnings": self.count("warning"), "infos": self.count("info"),
            },
        }  # fmt: skip

    def to_json(self, indent: int | None = None) -> str:
        import json  # late: text output never needs it

        return json.dumps(self.to_dict(), indent=indent)


def check(
    text: str,
    *,
    input: tuple[int, int, int] | None = None,
    name: str | None = None,
    settings: Settings = TORCH,
    selection: Selection | None = None,
    **values: int | Sequence[int],
) -> Report:
    """Sizes every network of a text and collects what is wrong. Never raises on bad text.

    ``input`` is (W, H, D) and overrides INPUT; keyword arguments give letters their values. Where letters or
    ``?`` stay free, all members of the family are looked at.
    """
    if not isinstance(text, str):
        raise TypeError(f"check() takes text, not {type(text).__name__}")
    texts = read([Document(text)])
    if name is not None:
        try:
            texts = texts.only([choose(texts.found, name)])
        except ArchitectureError as wrong:
            texts = Texts([Failed(Source(text), wrong.diagnostic)])
    return report(texts, input=input, values=values, settings=settings, selection=selection)


class Bad(NamedTuple):
    """A block that is marked bad: where it says so, its last line, and the numbers of its networks."""

    head: Source
    last: int
    networks: range

    def holds(self, one: Diagnostic) -> bool:
        """Is a finding about the block: one of its networks, or a comment in it?"""
        if one.architecture is not None:
            return one.architecture in self.networks
        same = one.source is not None and one.source.file == self.head.file
        return same and self.head.line <= one.location.line <= self.last


class Texts(NamedTuple):
    """What was read: the networks, the suppression comments of the text of each that has some, what is meant bad,
    and why a text could not be read."""

    found: list[Architecture | Failed]
    marked: Mapping[int, Marks] = MappingProxyType({})
    bad: tuple[Bad, ...] = ()
    unreadable: tuple[str, ...] = ()

    def only(self, picked: list[Architecture | Failed]) -> Texts:
        """Some of the networks, and the comments by their new numbers."""
        numbers = {id(one): number for number, one in enumerate(counted(self.found))}
        marked = {
            new: self.marked[old] for new, one in enumerate(counted(picked)) if (old := numbers[id(one)]) in self.marked
        }  # fmt: skip
        return Texts(picked, marked)

    def before(self, end: int) -> Texts:
        """What is said of the first networks alone."""
        return self._replace(
            marked={number: marks for number, marks in self.marked.items() if number < end},
            bad=tuple(block for block in self.bad if block.networks.stop <= end),
        )


def counted(found: Iterable[Architecture | Failed]) -> list[Architecture | Failed]:
    """Those that a report numbers: all but definitions of blocks that could not be read."""
    return [one for one in found if not (isinstance(one, Failed) and one.block)]


def read(documents: Iterable[Document]) -> Texts:
    """The networks of texts, in order."""
    found: list[Architecture | Failed] = []
    marked: dict[int, Marks] = {}
    bad: list[Bad] = []
    unreadable: list[str] = []
    number = 0  # of the next network

    def add(there: list[Architecture | Failed]) -> None:
        nonlocal number
        found.extend(there)
        number += len(counted(there))

    for document in documents:
        before, first = len(found), number
        if document.file is None and "cnnsize:" not in document.text:
            add(string(document.text))
            continue
        try:
            excerpts = document.excerpts()
        except Unreadable as wrong:
            unreadable.append(str(wrong))
            continue
        chart = Chart.of(document.text)
        if document.file is None:
            add(string(document.text))
        else:
            for one in excerpts:
                begin = number
                if one.expects != "skip" and one.text:
                    add(networks(one.text, document.file, one.origin(document.file, chart)))
                if one.expects == "bad":
                    last = chart.position(one.where.end - 1).line
                    bad.append(Bad(document.head(one), last, range(begin, number)))
        if "cnnsize:" in document.text:
            from cnnsize.suppress import marks  # late: most texts have none

            comments = marks(document.text, document.file, len(found) - before, excerpts, chart)
            if comments is not None:
                marked |= dict.fromkeys(range(first, number), comments)
    return Texts(found, marked, tuple(bad), tuple(unreadable))


def report(
    texts: Texts,
    *,
    input: tuple[int, int, int] | None = None,
    values: Mapping[str, int | Sequence[int]] | None = None,
    settings: Settings = TORCH,
    selection: Selection | None = None,
    fixes: int = MAX_FIXED,
    families: bool = True,
    watch: Watch | None = None,
) -> Report:
    """The report on architectures that were read, or failed to be: errors first, then by place.

    ``fixes`` is the most findings whose fixes are worked out. ``families`` are looked at member by member, and
    ``watch`` is told how far that has come.
    """
    chosen = selection or (standard() if settings is TORCH else standard(settings))
    rules, allowed = rules_for(chosen), Allowance(fixes)
    results: list[Result] = []
    diagnostics: list[Diagnostic] = []
    broken: list[Diagnostic] = []
    for one in texts.found:
        if results and results[-1].interrupted:
            texts = texts.before(len(results))
            break
        index = len(results)
        if isinstance(one, Failed):
            if not one.block:
                results.append(Result(one.source))
            if one.diagnostic.source is None:
                diagnostics.append(
                    replace(one.diagnostic, source=one.source, architecture=None if one.block else index)
                )
            elif one.diagnostic not in broken:  # a block that several networks call
                broken.append(one.diagnostic)
                diagnostics.append(one.diagnostic)
            continue
        try:
            network = one.sized(input, settings=settings, **(values or {}))  # type: ignore[arg-type]
        except ArchitectureError as wrong:
            results.append(Result(one.source, one))
            found_here: tuple[Diagnostic, ...] = (wrong.diagnostic,)
            if wrong.diagnostic.code == "CNN008" and families:
                results[-1], found_here = _family(one, input, settings, values or {}, watch, wrong, rules, allowed)
            found_here = (*found_here, *rules.text(one, allowed))
        else:
            results.append(Result(one.source, one, network))
            found_here = (
                *network.diagnostics, *_assumed(network, results[-1]), *rules.lint(network, allowed), *rules.text(one, allowed)
            )  # fmt: skip
        diagnostics += [replace(each, source=one.source, architecture=index) for each in found_here]
    diagnostics = chosen.applied(diagnostics)
    if texts.marked:
        from cnnsize.suppress import settled  # late: most texts have no such comment

        diagnostics = settled(diagnostics, results, texts.marked, chosen)
    for block in texts.bad:
        diagnostics = _meant_bad(block, diagnostics, chosen)
        for number in block.networks:
            results[number] = replace(results[number], bad=True)
    return Report(tuple(results), tuple(sorted(_once(diagnostics), key=_Order(results))))


def _meant_bad(block: Bad, found: list[Diagnostic], chosen: Selection) -> list[Diagnostic]:
    """The findings without those of a block that is marked bad; CNN903 where it has none."""
    here = [one for one in found if block.holds(one)]
    rest = [one for one in found if not block.holds(one)]
    head = block.head
    if all(one.severity == "info" for one in here) and chosen.wanted("CNN903", head.file):
        span = Span(head.begin, len(head.text.rstrip()))
        rest += chosen.applied([
            Diagnostic(
                "CNN903", "this block is marked bad, and nothing is wrong in it", span, source=head,
                architecture=block.networks.start if block.networks else None,
                help=("take the word bad away, or break the network again",),
            )
        ])  # fmt: skip
    return rest


def _once(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings, those in a block of a file once and not for each network that calls it."""
    said = set()
    for one in found:
        if one.source is not None and one.source.file is not None and one.source.parts:
            key = (one.code, one.summary, one.source.file, one.location, one.end_location)
            if key in said:
                continue
            said.add(key)
        yield one


class _Order:
    """Errors first, then by file and place."""

    def __init__(self, results: list[Result]) -> None:
        self.files: dict[str | None, int] = {}
        for index, one in enumerate(results):
            self.files.setdefault(one.file, index)

    def __call__(self, one: Diagnostic) -> tuple[int, int, int, int]:
        file = one.source.file if one.source is not None else None
        place = self.files[file] if file in self.files and file is not None else one.architecture or 0
        return RANK[one.severity], place, *one.location


def _family(
    one: Architecture, input: tuple[int, int, int] | None, settings: Settings,
    values: Mapping[str, int | Sequence[int]], watch: Watch | None, wrong: ArchitectureError, rules: Rules,
    allowed: Allowance,
) -> tuple[Result, tuple[Diagnostic, ...]]:  # fmt: skip
    """All members of what is no one network, or what is wrong with it. The other findings are those of the
    largest valid member."""
    from cnnsize.survey import Survey  # late: one network never needs it

    try:
        family = one.family(input, settings=settings, **values)
        if not family.choices:
            return Result(one.source, one), (wrong.diagnostic,)
        survey = Survey(family).run(watch)
        found = list(survey.diagnostics)
        largest = None if survey.largest is None else survey.network(survey.largest)
        if largest is not None:
            found += _assumed(largest, Result(one.source, one, largest))
            found += rules.lint(largest, allowed)
    except ArchitectureError as refused:
        return Result(one.source, one), (refused.diagnostic,)
    return Result(one.source, one, None, survey), tuple(found)


def _assumed(network: Network, result: Result) -> tuple[Diagnostic, ...]:
    """CNN006, once a network: which sizes rest on defaults."""
    if not network.assumed:
        return ()
    first = network.assumed[0][0]
    return (
        Diagnostic(
            "CNN006", "sizes that nobody wrote were assumed: " + "; ".join(result.assumed),
            network.architecture.original(first.span), notes=("write them to make this note go away",),
        ),
    )  # fmt: skip


def _result(one: Result) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": one.name, "text": one.text, "file": one.file, "line": one.line,
        "input": _list(one.input), "output": _list(one.output), "valid": one.valid, "bad": one.bad,
        "params": one.params, "macs": one.macs, "flops": one.flops, "activations": one.activations,
        "memory_bytes": one.memory_bytes, "peak_activations": one.peak_activations,
        "peak_memory_bytes": one.peak_memory_bytes, "receptive_field": _list(one.receptive_field),
        "assumed": list(one.assumed), "canonical": str(one.architecture) if one.architecture else None,
        "notes": list(one.architecture.notes) if one.architecture else [],
        "layers": [_layer(step) for step in one.layers],
    }  # fmt: skip
    if one.family is not None:
        del found["layers"]
        found["family"] = one.family.as_dict()
    return found


def _layer(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind, "text": step.text, "canonical": step.canonical, "path": step.path, "span": list(step.span), "count": step.count,
        "in": [_list(volume) for volume in step.inputs], "out": _list(step.output), "params": step.params,
        "macs": step.macs, "activations": step.activations, "kernel": _list(step.kernel),
        "stride": _list(step.stride), "padding": _list(step.padding), "dilation": _list(step.dilation),
        "groups": step.groups, "remainder": _list(step.remainder),
        "receptive_field": _list(step.receptive_field),
        "jump": None if step.jump is None else [_number(value) for value in step.jump],
        "receptive_padding": _list(step.receptive_padding),
        "smallest_receptive_field": _list(step.smallest_receptive_field), "misaligned": step.misaligned,
    }  # fmt: skip


def _number(value: Jump) -> int | str:
    return value if isinstance(value, int) else str(value)


def _list(value: tuple[int, ...] | None) -> list[int] | None:
    return None if value is None else list(value)


def _diagnostic(found: Diagnostic) -> dict[str, Any]:
    start, end = found.location, found.end_location
    cell = found.source.in_cell(found.span.start) if found.source else None
    return {
        "code": found.code, "name": found.name, "severity": found.severity, "message": found.summary,
        "help": "; ".join(found.help) or None, "notes": list(found.notes), "architecture": found.architecture,
        "layer": found.path, "facts": dict(found.facts), "file": found.source.file if found.source else None,
        "span": list(found.span),
        "location": {"line": start.line, "column": start.column},
        "end_location": {"line": end.line, "column": end.column},
        "cell": cell and cell._asdict(),
        "related": [{"span": list(label.span), "message": label.message} for label in found.related],
        "fixes": [
            {"applicability": fix.applicability, "message": fix.message,
             "edits": [{"span": list(edit.span), "text": edit.text} for edit in fix.edits]}
            for fix in found.fixes
        ],
        "url": found.url,
    }  # fmt: skip
