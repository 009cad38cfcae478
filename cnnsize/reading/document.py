"""Parse a text with any number of networks and blocks."""

from __future__ import annotations

import re

from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.language.parser import STATEMENT_HEAD
from cnnsize.language.statements import BLOCK, STARTS, is_paste, statement_spans
from cnnsize.language.tree import LayerNode
from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_FINDINGS_WITH_FIXES, MAX_TEXT
from cnnsize.reading.allowance import FixAllowance
from cnnsize.reading.pick import pick_network
from cnnsize.reading.statement import (
    parse_statement,
    too_long,
    too_many_unreadable,
    with_verified_fixes,
)
from cnnsize.record import replace
from cnnsize.sizing.arguments import require_optional_text, require_text
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.offsets import Chart, Origin
from cnnsize.text.source import Source
from cnnsize.text.span import Span

# of a list, or bold type; ``* 2`` at the beginning of a line is a count
BULLET = r"(?m)^\s*\*{1,2}\s*[^\W\d]\w"
INPUT_TAKEN = "the table has no input"  # how the note of a table read on a likely input begins
COMMENT_MARK = re.compile(r"\s*(?:#|//)\s*\S")  # at the beginning of a pasted line


def parse_one(text: str, *, name: str | None = None) -> ParsedArchitecture:
    """Parse a text and return its network; the one with a name, where there are several.

    Raises ArchitectureError, which holds a Diagnostic.
    """
    require_text("parse", text)
    require_optional_text("name", name)
    is_document = "\n" in text or name is not None or not text.strip()
    defines_block = "=" in text and re.match(BLOCK, text)
    if is_document or defines_block or COMMENT_MARK.match(text):
        return pick_network(parse_string(text), name)
    return _refuse_block(parse_statement(Source(text)))


def parse_document(
    text: str,
    file: str | None = None,
    origin: Origin | None = None,
    *,
    allowance: FixAllowance | None = None,
    only: str | None = None,
) -> list[ParsedArchitecture | Failed]:
    """Return every network of a text in order, with the blocks that it calls.

    ``origin`` is the place of the text, where it is not all of the file. ``allowance`` limits the
    statements whose fixes are verified, and may be shared with other texts. With ``only``, networks
    of other names are not parsed.
    """
    origin = origin or Origin(file, Chart.of(text))
    try:
        parsed = parse_statements(text, origin, allowance=allowance, only=only)
    except ArchitectureError as error:
        return [Failed(origin.source(text, 0, len(text)), error.diagnostic)]
    if "=" in text and re.search(BLOCK, text):
        from cnnsize.reading.blocks import link_blocks  # late: most texts define no block

        return link_blocks(parsed)
    return parsed


def parse_statements(
    text: str, origin: Origin, *, allowance: FixAllowance | None = None, only: str | None = None
) -> list[ParsedArchitecture | Failed]:
    """Return every statement of a text in order, definitions of blocks among them.

    Where too many cannot be read, the last one returned says so, and further texts have none.
    Raises ArchitectureError where the lines of the text are layers, not networks.
    """
    allowance = allowance or FixAllowance(MAX_FINDINGS_WITH_FIXES)
    if allowance.stopped:
        return []
    if is_paste(text):
        return [_parse_paste(origin.source(text, 0, len(text)))]
    blocks = frozenset(re.findall(BLOCK, text)) if "=" in text else frozenset()
    if "\n" in text.strip() and "->" not in text:
        from cnnsize.language.foreign import refuse_lines  # late: most texts have arrows
        from cnnsize.language.informal.writer import strict_text

        refuse_lines(text, strict_text)
    parsed: list[ParsedArchitecture | Failed] = []
    for start, end in statement_spans(text):
        source = origin.source(text, start, end)
        if only is not None and _has_other_name(source.text, only):
            continue
        if allowance.too_many_unreadable:
            allowance.stopped = True
            parsed.append(Failed(source, replace(too_many_unreadable(), source=source)))
            break
        statement = _parse_within(allowance, source, blocks)
        allowance.unreadable += isinstance(statement, Failed)
        parsed.append(statement)
    if len(parsed) > 2 and _are_lines_of_layers(parsed, text):
        from cnnsize.language.foreign import lines_error
        from cnnsize.language.informal.writer import strict_text

        raise lines_error(text, [str(statement) for statement in parsed], strict_text)
    return parsed


def _parse_within(
    allowance: FixAllowance, source: Source, blocks: frozenset[str]
) -> ParsedArchitecture | Failed:
    """Parse one statement; an error has no fixes where the allowance is used up."""
    try:
        return parse_statement(source, blocks, verify_fixes=False)
    except ArchitectureError as error:
        diagnostic = replace(error.diagnostic, source=source)
    if diagnostic.fixes and allowance.take():
        diagnostic = with_verified_fixes(diagnostic, source, blocks)
    elif diagnostic.fixes:
        notes = (*diagnostic.notes, allowance.note)
        diagnostic = replace(diagnostic, fixes=(), notes=notes)
    return Failed(source, diagnostic)


def _are_lines_of_layers(parsed: list[ParsedArchitecture | Failed], text: str) -> bool:
    """Return whether statements are the layers of one network, one a line."""
    if all(map(_is_one_layer, parsed)):
        return True
    lists_layers = "->" not in text and "→" not in text
    return lists_layers and all(
        isinstance(statement, ParsedArchitecture)
        and statement.name is None
        and (index == 0 or not _begins_with_input(statement))
        for index, statement in enumerate(parsed)
    )


def _begins_with_input(statement: ParsedArchitecture) -> bool:
    """Return whether the first layer of a statement is INPUT."""
    first = statement.chain.items[0].node
    return isinstance(first, LayerNode) and first.kind == "INPUT"


def _parse_paste(source: Source) -> ParsedArchitecture | Failed:
    """Return the network of a paste, which is one statement however many lines it has."""
    try:
        return parse_statement(source, lines_join=True)
    except ArchitectureError as error:
        return Failed(source, error.diagnostic)


def read_table_again(
    parsed: ParsedArchitecture | Failed, input: Volume
) -> ParsedArchitecture | Failed:
    """Return a pasted table, read on an input; anything else as it is.

    The filters of a table without a row for its input follow from the input.
    """
    from cnnsize.language.pastes.registry import find_reader  # late: tables are seldom

    is_read = isinstance(parsed, ParsedArchitecture)
    if is_read and not any(note.startswith(INPUT_TAKEN) for note in parsed.notes):  # type: ignore[union-attr]
        return parsed
    paste = find_reader(parsed.source.text)
    if paste is None or not paste.module.startswith("tables."):
        return parsed
    try:
        return parse_statement(parsed.source, lines_join=True, input=input)
    except ArchitectureError as error:
        return Failed(parsed.source, error.diagnostic)


def _has_other_name(statement: str, name: str) -> bool:
    """Return whether a statement is a network whose name is written and is another one."""
    head = STATEMENT_HEAD.match(statement)
    return head is not None and head[2] is None and head[1] != name


def _is_one_layer(statement: ParsedArchitecture | Failed) -> bool:
    """Return whether a statement is a single layer without a name."""
    if not isinstance(statement, ParsedArchitecture) or statement.name is not None:
        return False
    items = statement.chain.items
    return len(items) == 1 and isinstance(items[0].node, LayerNode)


def parse_string(text: str) -> list[ParsedArchitecture | Failed]:
    """Return the networks of a string argument: a document, or one network over several lines."""
    if len(text) > MAX_TEXT:
        return [Failed(Source(text[:80]), too_long(text))]
    if is_paste(text):
        return [_parse_paste(Source(text))]
    stripped = text.strip("\n")
    is_comment = COMMENT_MARK.match(stripped) is not None
    one_network = is_comment and "\n" not in stripped.strip()
    if "\n" in text and not STATEMENT_HEAD.match(text.lstrip()):  # `name =` begins a document
        from cnnsize.language.foreign import refuse_foreign, refuse_lines
        from cnnsize.language.informal.writer import strict_text

        try:
            # a list of layers is one text, however many lines it has
            refuse_foreign(text, strict_text)
            refuse_lines(text, strict_text)
        except ArchitectureError as error:
            if error.diagnostic.code == "CNN001":
                return [Failed(Source(text), error.diagnostic)]
        one_network = one_network or _is_one_network(stripped)
    if one_network:
        first_line = text.count("\n", 0, text.index(stripped)) + 1
        source = Source(stripped, None, first_line)
        has_marks = "#" in stripped or "//" in stripped or re.search(BULLET, stripped) is not None
        join = len(statement_spans(stripped)) != 1 or has_marks
        try:
            return [_refuse_block(parse_statement(source, lines_join=join))]
        except ArchitectureError as error:
            return [Failed(source, error.diagnostic)]
    return parse_document(text) or [Failed(Source(text), _no_network(text).diagnostic)]


def reparse(architecture: ParsedArchitecture, text: str) -> ParsedArchitecture:
    """Parse a changed text of an architecture in the same way. Raises ArchitectureError."""
    if architecture.definitions:
        return pick_network(parse_document(text, allowance=FixAllowance(0)), None)
    return parse_statement(
        Source(text),
        architecture.blocks,
        lines_join=architecture.lines_join,
        verify_fixes=False,
    )


def _refuse_block(statement: ParsedArchitecture) -> ParsedArchitecture:
    """Return a network as it is. Raises ArchitectureError for the definition of a block."""
    if statement.statement.parameters is not None:
        raise _no_network(statement.text)
    return statement


def _no_network(text: str) -> ArchitectureError:
    """Return the error for a text without a network; it may define a block."""
    block = STATEMENT_HEAD.match(text, len(text) - len(text.lstrip(" \t\n\r#/")))
    if block is not None and block[2] is not None:
        call = block[1] + block[2]
        return error(
            "CNN001",
            f"this text only defines blocks; no network calls {call}",
            Span(*block.span(1)),
            help=(f"add a network: net = INPUT[32x32x3] -> {call}",),
        )
    return error(
        "CNN001",
        "there is no architecture in this text",
        Span(0, 0),
        help=("write one, such as INPUT[32x32x3] -> CONV3-64 -> RELU -> FC-10",),
    )


def _is_one_network(text: str) -> bool:
    """Return whether several lines are one network: a pasted comment, a list, a column of arrows."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2:
        return False
    for mark in ("#", "//"):
        if all(line.lstrip().startswith(mark) for line in lines[1:]):
            return True
    is_list = re.search(BULLET, text) is not None
    if any(map(_begins_statement, lines)) or (len(statement_spans(text)) < 2 and not is_list):
        return False
    begins_network = re.compile(r"\s*(?:[-*•]\s*)?(?i:\[*input|image)\b")
    has_arrow = any(arrow in text for arrow in ("->", "→", "=>"))
    return has_arrow and not any(begins_network.match(line) for line in lines[1:])


def _begins_statement(line: str) -> bool:
    """Return whether a line begins with a name and ``=``."""
    if "=" not in line or re.match(r"(?i)\s*INPUT\b", line):
        return False
    return re.match(STARTS, line) is not None
