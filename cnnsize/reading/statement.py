"""Parse one statement: strictly first, then as informal text."""

from __future__ import annotations

import re

from cnnsize.language import parser
from cnnsize.language.cursor import Cursor
from cnnsize.language.informal.numbering import SIZE_OPTIONS, is_ambiguous
from cnnsize.language.layers import BARE_VALUE_KINDS
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import PLAIN, Chain, Group, LayerNode, Statement
from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_TEXT, MAX_UNREADABLE
from cnnsize.record import copier, replace
from cnnsize.sizing.layer_errors import check_layers
from cnnsize.sizing.size import sized
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Fix
from cnnsize.text.edits import apply_edits
from cnnsize.text.source import Source
from cnnsize.text.span import PieceMap, Span

READING_ERRORS = frozenset({"CNN001", "CNN002", "CNN003", "CNN004"})  # raised before sizing

# classes of PyTorch and Keras whose names are also those of layers here: ELU(alpha=1.0)
UPPER_CASE_CLASS = re.compile(r"\b(?:ELU|SELU|GELU)\(")
NOTHING = ParsedArchitecture(Source(""), Statement(None, None, Chain((), Span(0, 0)), ()))


def parse_statement(
    source: Source,
    blocks: frozenset[str] = frozenset(),
    *,
    lines_join: bool = False,
    verify_fixes: bool = True,
    input: Volume | None = None,
) -> ParsedArchitecture:
    """Parse one statement. Raises ArchitectureError.

    ``blocks`` are the names that the document defines; ``lines_join`` says that a line break does
    not end the statement. With ``verify_fixes`` an error keeps only the fixes that were tried.
    ``input`` is the input of a pasted table that has no row for it.
    """
    try:
        return _parse(source, blocks, lines_join, input)
    except ArchitectureError as error:
        if not verify_fixes:
            raise
        diagnostic = with_verified_fixes(error.diagnostic, source, blocks, lines_join)
        raise ArchitectureError(diagnostic, source.text) from None


def too_long(text: str) -> Diagnostic:
    """Return the diagnostic for a text longer than ``MAX_TEXT``."""
    message = f"the text has {len(text):,} characters, more than the limit of {MAX_TEXT:,}"
    return Diagnostic("CNN009", message, Span(0, 0))


def too_many_unreadable() -> Diagnostic:
    """Return the diagnostic for the statement after ``MAX_UNREADABLE`` that could not be read."""
    message = f"{MAX_UNREADABLE:,} statements cannot be read, so the rest of the text is not read"
    return Diagnostic("CNN009", message, Span(0, 0))


def unparsed(
    source: Source, blocks: frozenset[str], lines_join: bool, map: PieceMap | None = None
) -> ParsedArchitecture:
    """Return an architecture without layers for a text that could not be parsed.

    It maps errors to the text as written, and says how to parse a changed text again.
    """
    return replace(NOTHING, source=source, map=map, blocks=blocks, lines_join=lines_join)


def with_verified_fixes(
    diagnostic: Diagnostic,
    source: Source,
    blocks: frozenset[str] = frozenset(),
    lines_join: bool = False,
) -> Diagnostic:
    """Keep the fixes after which the text can be read, at least past the place of the error."""
    kept: list[Fix] = []
    for fix in diagnostic.fixes:
        edited = Source(apply_edits(source.text, fix.edits))
        try:
            sized(_parse(edited, blocks, lines_join), (32, 32, 3))
        except ArchitectureError as error:
            in_same_place = error.diagnostic.span.start <= diagnostic.span.end
            if error.diagnostic.code in READING_ERRORS and in_same_place:
                continue
        kept.append(fix)
    return replace(diagnostic, fixes=tuple(kept), source=source)


def _parse(
    source: Source, blocks: frozenset[str], lines_join: bool, input: Volume | None = None
) -> ParsedArchitecture:
    """Parse one statement; the fixes of an error were not tried."""
    text = source.text
    if len(text) > MAX_TEXT:
        raise ArchitectureError(too_long(text))
    strict_error: ArchitectureError | None = None
    statement: Statement | None = None
    if not lines_join:
        try:
            cursor = Cursor(text, blocks)
            statement = parser.parse_statement(cursor)
            has_number_sign = "#" in text and re.search(r"#\d", text) is not None  # Conv #1
            if not has_number_sign and not _needs_informal_reader(cursor, statement):
                check_layers(statement.chain)
                return _strict(source, statement, blocks)
        except ArchitectureError as error:
            is_class = error.diagnostic.code == "CNN003" and UPPER_CASE_CLASS.search(text)
            wrong_in_layer = statement is not None and not is_class  # the text is strict
            if wrong_in_layer or error.diagnostic.code == "CNN009":
                raise
            strict_error = error
    # late: canonical text never needs them
    from cnnsize.language.informal.writer import to_strict
    from cnnsize.language.pastes.registry import find_reader

    paste = find_reader(text)
    try:
        if paste is not None:
            informal = paste.read(text, input)
        else:
            informal = to_strict(text, blocks, lines_join=lines_join)
    except ArchitectureError:
        is_number_out_of_range = (
            strict_error is not None and strict_error.diagnostic.code == "CNN004"
        )
        if strict_error is not None and is_number_out_of_range and paste is None:
            raise strict_error from None  # the strict parser words a number out of range best
        raise
    try:
        statement = parser.parse_statement(Cursor(informal.text, blocks))
        check_layers(statement.chain)
    except ArchitectureError as error:
        raise unparsed(source, blocks, lines_join, informal.map).mapped_error(error) from None
    return ParsedArchitecture(
        source,
        statement,
        informal.map,
        informal.readings,
        informal.notes,
        blocks,
        lines_join,
        framework_defaults=informal.defaults,
        paste="" if paste is None else paste.name,
        order_known=informal.order_known,
        activations_known=informal.activations_known,
    )


def _strict(source: Source, statement: Statement, blocks: frozenset[str]) -> ParsedArchitecture:
    """Return the architecture of a text in the strict grammar."""
    changed = copier(ParsedArchitecture, "source", "statement", "blocks")
    architecture: ParsedArchitecture = changed(NOTHING, source, statement, blocks)
    return architecture


def _needs_informal_reader(cursor: Cursor, statement: Statement) -> bool:
    """Return whether strict text may mean something else: running numbers, or brackets around the
    whole network.
    """
    items = statement.chain.items
    first = items[0].node
    if isinstance(first, Group):
        inner = first.chain.items[0].node
        if len(items) == 1 and items[0].suffix == PLAIN:
            return True
        if isinstance(inner, LayerNode) and inner.kind == "INPUT":
            return True
    numbers: dict[str, list[int]] = {}
    with_sizes: set[str] = set()  # kinds whose digits are sizes
    for node in cursor.contextual:
        kind, options = node.kind, node.options
        if (
            options
            and kind not in BARE_VALUE_KINDS
            and any(option.key is None for option in options)
        ):
            return True
        if node.kernel is None:
            continue
        if kind == "FC":
            return True
        if options and any(option.key in SIZE_OPTIONS for option in options):
            with_sizes.add(kind)
        elif node.kernel.W == node.kernel.H and isinstance(node.kernel.W, int):
            numbers.setdefault(kind, []).append(node.kernel.W)
    return any(
        is_ambiguous(kind, values) for kind, values in numbers.items() if kind not in with_sizes
    )
