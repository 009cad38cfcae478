"""A finding: its message, place, reason and fixes, in one record for text, JSON and editors."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from cnnsize.record import Record, public, replace, values
from cnnsize.text.codes import CODES, Severity
from cnnsize.text.english import alternatives, in_python, shortened
from cnnsize.text.source import Source
from cnnsize.text.span import Position, Span

Applicability = Literal["safe", "unsafe"]
DOCS = "https://github.com/cnnsize/cnnsize/blob/main/rules"


@public
class Label(Record):
    """A further span that a finding concerns, with a short message.

    ``source`` is the text that it is in, where that is not the text of the finding.
    """

    span: Span
    message: str
    source: Source | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the label as plain data, with its place where that is in another text."""
        data: dict[str, Any] = {"span": list(self.span), "message": self.message}
        if self.source is not None:
            start, end = self.source.positions(self.span)
            data |= {
                "file": self.source.file,
                "location": start._asdict(),
                "end_location": end._asdict(),
            }
        return data


@public
class Edit(Record):
    """Replace ``span`` of the architecture's text with ``text``."""

    span: Span
    text: str


@public
class Fix(Record):
    """A change that was verified before it is proposed: the changed text was sized again."""

    message: str
    edits: tuple[Edit, ...]
    applicability: Applicability = "unsafe"


@public
class Diagnostic(Record):
    """One finding. Spans are code points of the architecture's text.

    ``str(diagnostic)`` shows the line with carets, as the command line does, and help for Python.
    """

    code: str
    message: str
    span: Span
    label: str = ""  # the arithmetic, under the caret
    related: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    path: str | None = None  # the layer, as JSON's "path" names it
    facts: Mapping[str, Any] = MappingProxyType({})
    level: Severity | None = None  # the severity, where it is not that of the code
    source: Source | None = None  # the text with its place in a file; a report sets it
    architecture: int | None = None  # its index in the report
    rule: str | None = None  # its name, for a user's own rule

    @property
    def name(self) -> str:
        """The name of the rule, or of the code."""
        return self.rule or CODES[self.code][0]

    @property
    def severity(self) -> Severity:
        """The severity in this report: error, warning or info."""
        return self.level or CODES[self.code][1]

    @property
    def summary(self) -> str:
        """The message with its arithmetic, in one line."""
        return f"{self.message}: {self.label}" if self.label else self.message

    def with_fewer_fixes(self, fixes: tuple[Fix, ...]) -> Diagnostic:
        """Return the diagnostic with some of its fixes, and with help that names only these."""
        if len(fixes) == len(self.fixes):
            return self
        help = (alternatives(fix.message for fix in fixes),) if fixes else ()
        return replace(self, fixes=fixes, help=help)

    @property
    def location(self) -> Position:
        """Line and column from 1, in the file where there is one."""
        return (self.source or Source("")).positions(self.span)[0]

    @property
    def end_location(self) -> Position:
        """Line and column of the end, right after the last character."""
        return (self.source or Source("")).positions(self.span)[1]

    @property
    def fixable(self) -> bool:
        """Whether ``--fix`` applies one of its fixes."""
        return any(fix.applicability == "safe" and self.can_apply(fix) for fix in self.fixes)

    @property
    def fixable_unsafely(self) -> bool:
        """Whether ``--fix --unsafe-fixes`` applies one of its fixes."""
        return any(map(self.can_apply, self.fixes))

    def can_apply(self, fix: Fix) -> bool:
        """Return whether a fix can be applied in the file.

        It cannot where it crosses string literals, the marks of quoted lines, or escapes.
        """
        source = self.source
        return source is None or all(source.is_contiguous(edit.span) for edit in fix.edits)

    @property
    def url(self) -> str:
        """The address of the rule's page; empty for a user's own rule."""
        if self.rule is not None:
            return ""
        return f"{DOCS}/{self.code}-{self.name}.md"

    def __str__(self) -> str:
        from cnnsize.render.text import finding_text  # late: most texts have no finding
        from cnnsize.text.terminal import Style, terminal_width

        return in_python(finding_text(self, Style(terminal_width())))

    def __repr__(self) -> str:
        line, column = self.location
        place = f"{self.code} {self.name} at {line}:{column}"
        return f"<Diagnostic {place}: {shortened(self.summary, 100)}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the diagnostic as plain data, with the keys of the JSON report."""
        start, end = self.location, self.end_location
        cell = self.source.in_cell(self.span.start) if self.source else None
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity,
            "message": self.summary,
            "help": "; ".join(self.help) or None,
            "notes": list(self.notes),
            "architecture": self.architecture,
            "layer": self.path,
            "facts": dict(self.facts),
            "file": self.source.file if self.source else None,
            "span": list(self.span),
            "location": {"line": start.line, "column": start.column},
            "end_location": {"line": end.line, "column": end.column},
            "cell": cell and cell._asdict(),
            "related": [label.to_dict() for label in self.related],
            "fixes": [
                {
                    "applicability": fix.applicability,
                    "message": fix.message,
                    "edits": [{"span": list(edit.span), "text": edit.text} for edit in fix.edits],
                }
                for fix in self.fixes
            ],
            "url": self.url,
        }

    def __hash__(self) -> int:  # without the facts: a mapping has no hash
        return hash((self.code, self.message, self.span, self.level, self.source))

    def __reduce__(self) -> tuple[Any, ...]:  # a mapping proxy does not pickle
        return _with_frozen_facts, (*values(replace(self, facts=dict(self.facts))),)


def _with_frozen_facts(*fields: Any) -> Diagnostic:
    """Return a diagnostic that was pickled with its facts as a dict."""
    diagnostic = Diagnostic(*fields)
    return replace(diagnostic, facts=MappingProxyType(dict(diagnostic.facts)))


@public
class ArchitectureError(ValueError):
    """A text that is not an architecture, or not a single network.

    ``diagnostic`` has the place, the reason and fixes; ``print(error.diagnostic)`` shows them under
    the line.
    """

    def __init__(self, diagnostic: Diagnostic, text: str = "") -> None:
        super().__init__(diagnostic, text)
        self.diagnostic = diagnostic
        self.text = text

    def __str__(self) -> str:
        diagnostic = self.diagnostic
        source = diagnostic.source or Source(self.text)
        line, column = source.position(diagnostic.span.start)
        help = "".join(f"; {in_python(hint)}" for hint in diagnostic.help[:1])
        place = f"{line}:{column}"
        return f"{place}: {diagnostic.code} {diagnostic.name}: {diagnostic.summary}{help}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArchitectureError) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)


def shifted(error: ArchitectureError, by: int) -> ArchitectureError:
    """Return an error with its spans moved by an offset, as from a layer to the whole text."""
    diagnostic = error.diagnostic
    fixes = tuple(
        replace(fix, edits=tuple(replace(edit, span=edit.span.shifted(by)) for edit in fix.edits))
        for fix in diagnostic.fixes
    )
    moved = replace(diagnostic, span=diagnostic.span.shifted(by), fixes=fixes)
    return ArchitectureError(moved, error.text)


def error(code: str, message: str, span: Span, **fields: Any) -> ArchitectureError:
    """Return an error to raise; ``fields`` are further fields of its Diagnostic."""
    return ArchitectureError(Diagnostic(code, message, span, **fields))
