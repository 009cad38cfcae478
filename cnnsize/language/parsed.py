"""A parsed network as a record: its tree, its source text, and the blocks it calls."""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.language.parser import STATEMENT_HEAD
from cnnsize.language.tree import Chain, Statement
from cnnsize.record import Record, public, replace
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Edit, Fix
from cnnsize.text.english import shortened
from cnnsize.text.source import Source
from cnnsize.text.span import PieceMap, Span

Definitions = Mapping[str, Statement]
NO_BLOCKS: Definitions = {}


@public
class ParsedArchitecture(Record):
    """One network as written, with the blocks that it calls. ``str(parsed)`` is its canonical text.

    The record that every module works with; ``cnnsize.Architecture`` adds the methods of the
    library.
    """

    source: Source
    statement: Statement
    map: PieceMap | None = None  # from the strict text that was parsed to the text as written
    readings: tuple[tuple[Span, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    blocks: frozenset[str] = frozenset()  # of its document
    lines_join: bool = False  # it was read with its lines joined
    definitions: Definitions = NO_BLOCKS  # the blocks it calls, and those that they call
    # what a framework adds to a call in its spelling, with the place of the layer in ``text``
    framework_defaults: tuple[tuple[Span, str], ...] = ()
    paste: str = ""  # the sort of paste that it was read from; empty for a text of this notation
    order_known: bool = True  # False for a list of layers that may run in another order
    activations_known: bool = True  # False for a table, which may show no activations

    @property
    def text(self) -> str:
        """The text as written."""
        return self.source.text

    @property
    def name(self) -> str | None:
        """The name before the ``=`` of the statement."""
        return self.statement.name

    @property
    def chain(self) -> Chain:
        """The layers, as a tree."""
        return self.statement.chain

    def __str__(self) -> str:
        from cnnsize.language.format import formatted  # late: sizing alone never formats

        return "\n".join(map(formatted, (*self.definitions.values(), self.statement)))

    def __repr__(self) -> str:
        from cnnsize.language.format import formatted  # late, as in ``__str__``

        return f"<{type(self).__name__} {shortened(formatted(self.statement))!r}>"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, ParsedArchitecture)
            and str(self) == str(other)
            and self.name == other.name
        )

    def __hash__(self) -> int:
        return hash(str(self))

    def original(self, span: Span) -> Span:
        """Return the span in ``text`` of a span of the parsed text."""
        return span if self.map is None else self.map.span(span)

    def piece(self, span: Span) -> tuple[Span, str]:
        """Return the original span, and its text."""
        original = self.original(span)
        return original, self.source.text[original.start : original.end]

    def mapped(self, diagnostic: Diagnostic) -> Diagnostic:
        """Return the diagnostic with its spans in the text as written."""
        if self.map is None:
            return diagnostic
        return replace(
            diagnostic,
            span=self.original(diagnostic.span),
            related=tuple(
                label if label.source else replace(label, span=self.original(label.span))
                for label in diagnostic.related
            ),
            fixes=tuple(
                Fix(
                    fix.message,
                    tuple(Edit(self.original(edit.span), edit.text) for edit in fix.edits),
                    fix.applicability,
                )
                for fix in diagnostic.fixes
            ),
        )

    def mapped_error(self, error: ArchitectureError) -> ArchitectureError:
        """Return the error with its spans in the text as written."""
        return ArchitectureError(
            replace(self.mapped(error.diagnostic), source=self.source), self.text
        )


class Failed(Record):
    """A statement that could not be read."""

    source: Source
    diagnostic: Diagnostic
    block: bool = False  # the definition of a block, and no network

    @property
    def name(self) -> str | None:
        """The name before the ``=`` of the statement."""
        head = STATEMENT_HEAD.match(self.source.text, self.source.begin)
        return head[1] if head else None
