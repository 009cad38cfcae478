"""Check the networks of Python source: findings with their places in the file, and rules on the text.

By default only what a framework refuses is reported, and what it never trains. Rules about sizes and
style apply where they are selected, or where an argument names the network itself.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from cnnsize.drift.shapes import check_shapes
from cnnsize.files.document import Document
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Chain, Group, Join, LayerNode
from cnnsize.lint.selection import Selection
from cnnsize.models.blocks import flat_text
from cnnsize.models.ends import OUTPUT
from cnnsize.models.network_text import head_of, nodes_of
from cnnsize.models.series import JOINS, series, with_main_output
from cnnsize.models.source.check import CheckedNetwork, check_source
from cnnsize.models.source.file_input import input_comment_problems
from cnnsize.models.source.findings.finding import Finding
from cnnsize.models.source.findings.spans import Spans
from cnnsize.models.source.read import Request, SourceNetwork, UnreadableSourceError
from cnnsize.network import Network
from cnnsize.reading.document import parse_one
from cnnsize.record import replace
from cnnsize.report.job import Job
from cnnsize.report.model_comments import ModelComments
from cnnsize.report.result import RULES_OF_SIZES, Result
from cnnsize.report.source_code import SourceCode, source_code
from cnnsize.sizing.arguments import single_values
from cnnsize.sizing.settings import for_models
from cnnsize.sizing.size import sized
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Edit, Fix, Label
from cnnsize.text.english import shortened
from cnnsize.text.source import Source
from cnnsize.text.span import Span

DEFAULT_RULES = frozenset(
    [
        "CNN102",
        "CNN103",
        "CNN120",
        "CNN121",
        "CNN122",
        "CNN123",
        "CNN124",
        "CNN125",
        "CNN127",
        "CNN130",
    ]
)
NAMED_RULES = DEFAULT_RULES | {"CNN126"}  # of a file that an argument names
MAX_NAMES = 8  # of networks, in a message
NOT_ABOUT_CODE = ("CNN0", "CNN7")  # rules about the notation
CheckOne = Callable[[ParsedArchitecture, Job], tuple[Result, list[Diagnostic]]]


class Checked(NamedTuple):
    """The networks of Python files, what is reported about them, and what is not read."""

    results: list[Result]
    diagnostics: list[Diagnostic]
    notes: list[str]  # where the input of a network that an argument names comes from
    unread: list[str]  # why nothing is said about a network
    first: int  # the number of the first network in the report


class File(NamedTuple):
    """A Python file whose networks are checked."""

    document: Document
    code: SourceCode
    spans: Spans
    comments: ModelComments
    allowed: frozenset[str] | None  # the rules that apply; None for all that are selected
    job: Job
    selection: Selection
    check: CheckOne


def check_models(
    documents: Iterable[Document], job: Job, selection: Selection, check: CheckOne, first: int
) -> Checked:
    """Check the networks of Python files; ``first`` is the number of the first of them."""
    checked = Checked([], [], [], [], first)
    for document in documents:
        request = Request(
            only=document.network,
            path=document.path,
            input=job.input,
            inputs=document.inputs,
            values=single_values(job.values),
        )
        try:
            code = source_code(document)
            networks = check_source(code.text, request)
        except UnreadableSourceError as error:
            line = "" if error.line is None else f":{error.line}"
            checked.unread.append(f"{document.file}{line}: not read: {error}")
            continue
        except ValueError as error:
            checked.unread.append(f"{document.file}: not a notebook: {error}")
            continue
        file = File(
            document,
            code,
            Spans(code.text),
            ModelComments(code.text),
            allowed_rules(document, selection),
            job,
            selection,
            check,
        )
        first_own = len(checked.diagnostics)
        for network in networks:
            add(network, file, checked)
        skipped = [network for network in networks if network.unused_input]
        is_noted = selection.reports("CNN130", document.file)
        if skipped and len(skipped) == len(networks) > 1 and not is_noted:
            reasons = "; ".join(f"{own.name}: {own.unused_input}" for own in skipped[:MAX_NAMES])
            checked.notes.append(f"{document.file}: {reasons}")
        for number, reason in input_comment_problems(code.text, request):
            checked.notes.append(f"{code.place(number)}: {code.in_cells(reason)}")
        own = [in_cells(diagnostic, code) for diagnostic in checked.diagnostics[first_own:]]
        checked.diagnostics[first_own:] = without_repeated_findings(own)
        for diagnostic in check_shapes(
            document.text, document.file, document.network, job.input, document.inputs
        ):
            if is_reported(diagnostic, {diagnostic.location.line}, file):
                checked.diagnostics.append(diagnostic)
        if document.network is None and all(is_checked(network) for network in networks):
            checked.diagnostics.extend(file.comments.unused(code, selection))
    return checked


def without_repeated_findings(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Return each finding of a file once: several networks may hold the layer that it is about."""
    kept: dict[tuple[object, ...], Diagnostic] = {}
    for diagnostic in diagnostics:
        key = (diagnostic.code, diagnostic.location, diagnostic.message, diagnostic.label)
        kept.setdefault(key, diagnostic)
    return list(kept.values())


def in_cells(diagnostic: Diagnostic, code: SourceCode) -> Diagnostic:
    """Return a finding whose texts name the cells of a notebook."""
    if not code.cells:
        return diagnostic
    return replace(
        diagnostic,
        message=code.in_cells(diagnostic.message),
        label=code.in_cells(diagnostic.label),
        related=tuple(
            replace(own, message=code.in_cells(own.message)) for own in diagnostic.related
        ),
        notes=tuple(map(code.in_cells, diagnostic.notes)),
        help=tuple(map(code.in_cells, diagnostic.help)),
    )


def is_checked(network: CheckedNetwork) -> bool:
    """Return whether all that could be reported about a network is known."""
    return network.unread is None or network.unread.runs


def add(network: CheckedNetwork, file: File, checked: Checked) -> None:
    """Add a network, which gets a number in the report, and the findings about it."""
    spans, comments = file.spans, file.comments
    name = spans.name_span(network.node)
    line, column = file.code.source().position(name.start)
    placed = [(finding, diagnostic_of(finding, file)) for finding in network.findings]
    lines = {comments.line(name.start)}
    reported: list[Diagnostic] = []
    for finding, diagnostic in placed:
        places = [comments.line(spans.span(node).start) for node in finding.places]
        if is_reported(diagnostic, {*lines, *places}, file):
            reported.append(diagnostic)
    result = Result(Source(network.name, file.code.file, line, column))
    if network.network is not None:
        result, others = on_text(network, network.network, file)
        reported += [item for item in others if is_reported(item, lines, file)]
        if file.document.network is not None:
            notes = network.network.notes
            place = file.code.place(comments.line(name.start))
            checked.notes.extend(f"{place}: {file.code.in_cells(note)}" for note in notes)
    if network.unread is not None:
        unread = network.unread
        diagnostic = unread_code(network, file)
        place = file.code.place(unread.line, unread.column)
        if not unread.runs:
            reason = file.code.in_cells(unread.reason)
            checked.unread.append(f"{place}: not read: {network.name}: {reason}")
        reported += [diagnostic] if is_reported(diagnostic, lines, file) else []
    if network.unused_input:
        diagnostic = unused_input(network, file)
        reported += [diagnostic] if is_reported(diagnostic, lines, file) else []
    has_number = is_checked(network) or bool(network.findings)
    if has_number:
        number = checked.first + len(checked.results)
        checked.results.append(result)
        reported = [replace(item, architecture=number) for item in reported]
    checked.diagnostics.extend(reported)


def allowed_rules(document: Document, selection: Selection) -> frozenset[str] | None:
    """Return the rules that apply to the networks of a file; None for all that are selected."""
    if document.network is not None:
        return None
    return (NAMED_RULES if document.named else DEFAULT_RULES) | selection.chosen


def is_reported(diagnostic: Diagnostic, lines: set[int], file: File) -> bool:
    """Return whether a rule applies to Python source, is selected, and is not suppressed there."""
    code, selection = diagnostic.code, file.selection
    if code.startswith(NOT_ABOUT_CODE) or not selection.reports(code, file.code.file):
        return False
    if file.allowed is not None and code not in file.allowed:
        return False
    return not file.comments.suppress(diagnostic, lines, selection)


def unread_code(network: CheckedNetwork, file: File) -> Diagnostic:
    """Return the note on a network that is not read (CNN130)."""
    unread, spans = network.unread, file.spans
    assert unread is not None
    start = spans.starts[min(unread.line, len(spans.starts)) - 1] + unread.column - 1
    message = f"{network.name} is not read: {unread.reason}"
    note = "nothing else is reported about it"
    if unread.runs:
        message = f"{network.name} has no text: {unread.reason}"
        note = "its sizes are checked; other rules, show and emit need a text"
    return Diagnostic(
        "CNN130",
        message,
        unread_span(spans.text, start),
        source=file.code.source(start),
        notes=(note,),
    )


def unused_input(network: CheckedNetwork, file: File) -> Diagnostic:
    """Return the note that an input that is given is for another network of the file (CNN130)."""
    span = file.spans.name_span(network.node)
    return Diagnostic(
        "CNN130",
        f"{network.name}: {network.unused_input}",
        span,
        source=file.code.source(span.start),
    )


def unread_span(text: str, start: int) -> Span:
    """Return the span of the words that begin at an offset, up to the end of the line."""
    end = start
    while end < len(text) and text[end] not in "\r\n#":
        end += 1
    return Span(start, max(start, start + len(text[start:end].rstrip(" \t:"))))


def diagnostic_of(finding: Finding, file: File) -> Diagnostic:
    """Return a finding as a diagnostic of its file."""
    help, spans = finding.help, file.spans
    span = spans.span(finding.node)
    source = file.code.source(span.start)
    if len(finding.edits) > 1:
        first, *others = (bisect_right(spans.starts, span.start) for span, _ in finding.edits)
        own = [f"on line {line}" for line in dict.fromkeys(others) if line != first]
        help = (*help, f"and the same number {' and '.join(own)}") if own else help
    fixes: tuple[Fix, ...] = ()
    if finding.edits:
        edits = tuple(Edit(span, text) for span, text in finding.edits)
        fixes = (Fix(help[0] if help else "", edits, finding.applicability),)
    return Diagnostic(
        finding.code,
        finding.message,
        span,
        finding.label,
        tuple(Label(spans.span(node), shortened(text)) for node, text in finding.related),
        finding.notes,
        help,
        fixes,
        facts=finding.facts,
        source=source,
    )


def on_text(
    checked: CheckedNetwork, network: SourceNetwork, file: File
) -> tuple[Result, list[Diagnostic]]:
    """Return the result for the text of a network, and what rules say, with places in the source."""
    name = network.text.rpartition("\n")[2].partition(" = ")[0]
    source, job = Source(network.text, file.code.file, network.line), file.job
    architecture = network.architecture
    values = single_values(job.values)
    settings = for_models(job.settings)
    if network.is_keras:
        settings = replace(settings, target="tensorflow")
    own = replace(job, input=None, families=False, settings=settings)
    try:
        used = network.values  # are in the text as numbers
        left = {key: number for key, number in values.items() if key not in used}
        record = sized(architecture, None, settings, left)
    except ArchitectureError:  # letters without a value
        return Result(source), []
    result = Result(source, architecture, Network.from_record(record))
    if file.allowed is not None and file.allowed <= NAMED_RULES:
        return result, []
    flow = with_main_output(network.run.flow)
    flat = parse_one(flat_text(series(flow), name, head_of(flow)), name=name)
    _, diagnostics = file.check(flat, own)
    if not network.run.is_given:
        diagnostics = [item for item in diagnostics if not item.code.startswith(RULES_OF_SIZES)]
    places = Places(flat, network, checked.node, file.spans)
    return result, [placed(item, places.span(item.span), file) for item in diagnostics]


def placed(diagnostic: Diagnostic, span: Span, file: File) -> Diagnostic:
    """Return a diagnostic about the text of a network at a place of the source."""
    source = file.code.source(span.start)
    return replace(diagnostic, span=span, related=(), fixes=(), help=(), source=source)


class Places:
    """The places in the source of the layers of a flat text."""

    def __init__(
        self, flat: ParsedArchitecture, network: SourceNetwork, node: ast.AST, spans: Spans
    ) -> None:
        self.whole = spans.name_span(node)
        flow, run = with_main_output(network.run.flow), network.run
        indices = {id(inner): index for index, inner in enumerate(flow.nodes)}
        ends = (*JOINS, OUTPUT)
        nodes = [inner for inner in nodes_of(series(flow)) if inner.kind not in ends]
        layers = list(layers_of(flat.chain))[1:]
        self.places: list[tuple[Span, Span]] = []
        for span, inner in zip(layers, nodes, strict=False):
            if id(inner) not in indices:  # a further INPUT, which is written nowhere
                continue
            place = run.places[indices[id(inner)]]
            own = place.constructor or place.application
            if own is not None:
                self.places.append((span, spans.span(own)))

    def span(self, span: Span) -> Span:
        """Return where the layer at a span of the text is constructed; else the network's name."""
        for layer, place in self.places:
            if layer.start <= span.start < layer.end:
                return place
        return self.whole


def layers_of(chain: Chain) -> Iterator[Span]:
    """Yield the spans of the layers of a flat chain in run order."""
    for item in chain.items:
        if isinstance(item.node, LayerNode):
            yield item.span
        elif isinstance(item.node, Join):
            for branch in item.node.branches:
                yield from layers_of(branch)
        elif isinstance(item.node, Group):
            yield from layers_of(item.node.chain)
