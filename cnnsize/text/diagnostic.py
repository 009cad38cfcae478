"""What is wrong, where, why, and what would mend it: one object for text, JSON and editors."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from cnnsize.record import Record, replace, values
from cnnsize.text.codes import CODES, Severity
from cnnsize.text.source import Source
from cnnsize.text.span import Position, Span

Applicability = Literal["safe", "unsafe"]
DOCS = "https://github.com/cnnsize/cnnsize/blob/main/rules"


class Label(Record):
    """A span that contributed, and a few words on how."""

    span: Span
    message: str


class Edit(Record):
    """Replace ``span`` of the architecture's text by ``text``."""

    span: Span
    text: str


class Fix(Record):
    """A change that was applied to the text and sized again before it was proposed."""

    message: str
    edits: tuple[Edit, ...]
    applicability: Applicability = "unsafe"


class Diagnostic(Record):
    """One finding. Spans are code points of the architecture's text."""

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
    level: Severity | None = None  # where it is not the code's own
    source: Source | None = None  # the architecture's text and its place; a report fills it in
    architecture: int | None = None  # its place in the report
    rule: str | None = None  # its name, where it is a rule of somebody's own

    @property
    def name(self) -> str:
        return self.rule or CODES[self.code][0]

    @property
    def severity(self) -> Severity:
        return self.level or CODES[self.code][1]

    @property
    def summary(self) -> str:
        """The message with its arithmetic, in one line."""
        return f"{self.message}: {self.label}" if self.label else self.message

    @property
    def location(self) -> Position:
        """Line and column from 1, in the file where there is one."""
        return (self.source or Source("")).positions(self.span)[0]

    @property
    def end_location(self) -> Position:
        return (self.source or Source("")).positions(self.span)[1]

    @property
    def mendable(self) -> bool:
        """Would ``--fix`` make one of its fixes?"""
        return any(fix.applicability == "safe" and self.reaches(fix) for fix in self.fixes)

    def reaches(self, fix: Fix) -> bool:
        """Can a fix be made in the file? Not across literals, lines with a mark of their own, and
        escapes.
        """
        return self.source is None or all(self.source.together(edit.span) for edit in fix.edits)

    @property
    def url(self) -> str:
        """The page of the rule; empty for a rule of somebody's own."""
        if self.rule is not None:
            return ""
        return f"{DOCS}/{self.code}-{self.name}.md"

    def __hash__(self) -> int:  # without the facts: a mapping has no hash
        return hash((self.code, self.message, self.span, self.level, self.source))

    def __reduce__(self) -> tuple[Any, ...]:  # a mapping proxy does not pickle
        return _diagnostic, (*values(replace(self, facts=dict(self.facts))),)


def _diagnostic(*fields: Any) -> Diagnostic:
    found = Diagnostic(*fields)
    return replace(found, facts=MappingProxyType(dict(found.facts)))


class ArchitectureError(ValueError):
    """The text is no architecture, or not one single network. ``diagnostic`` says where and why."""

    def __init__(self, diagnostic: Diagnostic, text: str = "") -> None:
        super().__init__(diagnostic, text)
        self.diagnostic = diagnostic
        self.text = text

    def __str__(self) -> str:
        found = self.diagnostic
        line, column = (found.source or Source(self.text)).position(found.span.start)
        tail = "".join(f"; {line}" for line in found.help[:1])
        return f"{line}:{column}: {found.code} {found.name}: {found.summary}{tail}"


def shifted(wrong: ArchitectureError, by: int) -> ArchitectureError:
    """The same error with spans that count from the text's first character."""
    found = wrong.diagnostic
    fixes = tuple(
        replace(fix, edits=tuple(replace(edit, span=edit.span.shifted(by)) for edit in fix.edits))
        for fix in found.fixes
    )
    return ArchitectureError(replace(found, span=found.span.shifted(by), fixes=fixes), wrong.text)


def error(code: str, message: str, span: Span, **more: Any) -> ArchitectureError:
    return ArchitectureError(Diagnostic(code, message, span, **more))
