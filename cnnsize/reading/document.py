"""From text to architectures: statements told apart, each read strictly or, failing that, as people
write.
"""

from __future__ import annotations

import re

from cnnsize.language import parser
from cnnsize.language.cursor import Cursor
from cnnsize.language.informal.numbering import SIZE_OPTIONS, is_numbering
from cnnsize.language.layers import BARE_VALUE_KINDS
from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.language.parser import STATEMENT_HEAD
from cnnsize.language.statements import BLOCK, STARTS, statements
from cnnsize.language.tree import PLAIN, Chain, Group, LayerNode, Statement
from cnnsize.limits import MAX_TEXT
from cnnsize.record import replace
from cnnsize.sizing.size import sized
from cnnsize.sizing.sound import check_layers
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Fix, error
from cnnsize.text.offsets import Chart, Origin
from cnnsize.text.source import Source
from cnnsize.text.span import PieceMap, Span
from cnnsize.text.suggest import nearest

COMMENT_MARK = r"\s*(?:#|//)\s*\S"  # at the beginning of a pasted line


def reread(one: ParsedArchitecture, text: str) -> ParsedArchitecture:
    """Another text in the place of an architecture's own. Raises ArchitectureError."""
    if one.definitions:
        return pick(document(text, prove=False), None)
    return parse_statement(Source(text), one.blocks, one.lines_join, prove=False)


def proved(found: Diagnostic, one: ParsedArchitecture) -> Diagnostic:
    """The diagnostic with those of its fixes that mend the text: made, and read again."""
    if not found.fixes:
        return found
    kept: list[Fix] = []
    for fix in found.fixes:
        text = one.text
        for edit in sorted(fix.edits, key=lambda one: one.span, reverse=True):
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
        try:
            sized(reread(one, text), (32, 32, 3))
        except ArchitectureError as wrong:
            if (
                wrong.diagnostic.code in ("CNN001", "CNN002", "CNN003", "CNN004")
                and wrong.diagnostic.span.start <= found.span.end
            ):
                continue  # another error where this one was
        kept.append(fix)
    return replace(found, fixes=tuple(kept))


def unread(
    source: Source, blocks: frozenset[str], lines_join: bool, map: PieceMap | None = None
) -> ParsedArchitecture:
    """The shell of a text that could not be read: enough to try it again with other text."""
    nothing = Statement(None, None, Chain((), Span(0, 0)), ())
    return ParsedArchitecture(source, nothing, map, blocks=blocks, lines_join=lines_join)


def parse_statement(
    source: Source,
    blocks: frozenset[str] = frozenset(),
    lines_join: bool = False,
    prove: bool = True,
) -> ParsedArchitecture:
    """One statement. Raises ArchitectureError; its fixes were tried, unless ``prove`` is false."""
    if prove:
        try:
            return parse_statement(source, blocks, lines_join, prove=False)
        except ArchitectureError as wrong:
            found = proved(wrong.diagnostic, unread(source, blocks, lines_join))
            raise ArchitectureError(replace(found, source=source), source.text) from None
    text = source.text
    if len(text) > MAX_TEXT:
        raise ArchitectureError(
            Diagnostic(
                "CNN009",
                f"a text of {len(text):,} characters; the most is {MAX_TEXT:,}",
                Span(0, 0),
            )
        )
    strict: ArchitectureError | None = None
    statement: Statement | None = None
    if not lines_join:
        try:
            cursor = Cursor(text, blocks)
            statement = parser.parse_statement(cursor)
            if not _second_look(cursor, statement):
                check_layers(statement.chain)
                return ParsedArchitecture(source, statement, blocks=blocks)
        except ArchitectureError as wrong:
            if wrong.diagnostic.code == "CNN009":
                raise
            strict = wrong
            if statement is not None:  # it was read; what is wrong is in a layer
                raise
    from cnnsize.language.informal.writer import to_strict  # late: canonical text never needs it

    try:
        informal = to_strict(text, blocks, lines_join=lines_join)
    except ArchitectureError:
        if strict is not None and strict.diagnostic.code == "CNN004":
            raise strict from None  # a number out of range: the strict reading says it best
        raise
    try:
        statement = parser.parse_statement(Cursor(informal.text, blocks))
        check_layers(statement.chain)
    except ArchitectureError as wrong:
        raise unread(source, blocks, lines_join, informal.map).mapped_error(wrong) from None
    return ParsedArchitecture(
        source, statement, informal.map, informal.readings, informal.notes, blocks, lines_join
    )


def _second_look(cursor: Cursor, statement: Statement) -> bool:
    """Strict text that people may mean otherwise: running numbers, brackets round the whole."""
    items = statement.chain.items
    first = items[0].node
    if isinstance(first, Group):
        inner = first.chain.items[0].node
        if len(items) == 1 and items[0].suffix == PLAIN:
            return True
        if isinstance(inner, LayerNode) and inner.kind == "INPUT":
            return True
    by_kind: dict[str, list[object]] = {}
    sized: set[str] = set()  # kinds whose digits are sizes
    for node in cursor.contextual:
        if node.kind not in BARE_VALUE_KINDS and any(option.key is None for option in node.options):
            return True
        if node.kernel is None:
            continue
        if node.kind == "FC":
            return True
        if any(option.key in SIZE_OPTIONS for option in node.options):
            sized.add(node.kind)
        elif node.kernel.W == node.kernel.H:
            by_kind.setdefault(node.kind, []).append(node.kernel.W)
    return any(
        is_numbering(kind, numbers) for kind, numbers in by_kind.items() if kind not in sized
    )


def document(
    text: str,
    file: str | None = None,
    origin: Origin | None = None,
    *,
    prove: bool = True,
    only: str | None = None,
) -> list[ParsedArchitecture | Failed]:
    """Every network of a text, in order; blocks are definitions, and not among them.

    ``origin`` says where the text stands, where it is not all of the file. ``only``: networks of
    other names are not even read.
    """
    origin = origin or Origin(file, Chart.of(text))
    try:
        found = unlinked(text, origin, prove=prove, only=only)
    except ArchitectureError as wrong:
        return [Failed(origin.source(text, 0, len(text)), wrong.diagnostic)]
    if "=" in text and re.search(BLOCK, text):
        from cnnsize.reading.blocks import linked  # late: most texts define none

        return linked(found)
    return found


def unlinked(
    text: str, origin: Origin, *, prove: bool = True, only: str | None = None
) -> list[ParsedArchitecture | Failed]:
    """Every statement of a text, definitions of blocks among them.

    Raises ArchitectureError where the text is layers one a line, and no networks.
    """
    blocks = frozenset(re.findall(BLOCK, text)) if "=" in text else frozenset()
    if "\n" in text.strip() and "->" not in text:
        from cnnsize.language.foreign import refuse_lines  # late: most texts have arrows

        refuse_lines(text)
    found: list[ParsedArchitecture | Failed] = []
    for start, end in statements(text):
        source = origin.source(text, start, end)
        if (
            only is not None
            and (head := STATEMENT_HEAD.match(source.text))
            and head[2] is None
            and head[1] != only
        ):
            continue
        try:
            found.append(parse_statement(source, blocks, prove=prove))
        except ArchitectureError as wrong:
            found.append(Failed(source, wrong.diagnostic))
    if len(found) > 2 and all(map(_one_layer, found)):
        from cnnsize.language.foreign import lines_error

        raise lines_error(text, [str(one) for one in found])
    return found


def _one_layer(one: ParsedArchitecture | Failed) -> bool:
    """Is a statement one layer, without a name?"""
    return (
        isinstance(one, ParsedArchitecture)
        and one.name is None
        and len(one.chain.items) == 1
        and isinstance(one.chain.items[0].node, LayerNode)
    )


def string(text: str) -> list[ParsedArchitecture | Failed]:
    """The networks of a string argument: a document, or one network over several lines."""
    if len(text) > MAX_TEXT:
        where = Source(text[:80])
        refused = Diagnostic(
            "CNN009", f"a text of {len(text):,} characters; the most is {MAX_TEXT:,}", Span(0, 0)
        )
        return [Failed(where, refused)]
    stripped = text.strip("\n")
    pasted = re.match(COMMENT_MARK, stripped) is not None and "\n" not in stripped.strip()
    if "\n" in text and not STATEMENT_HEAD.match(
        text.lstrip()
    ):  # what begins with a name and = is a document
        from cnnsize.language.foreign import refuse_foreign

        try:
            refuse_foreign(text)  # a list of layers is one text, however many lines it has
        except ArchitectureError as wrong:
            if wrong.diagnostic.code == "CNN001":
                return [Failed(Source(text), wrong.diagnostic)]
        pasted = pasted or _one_network(stripped)
    if pasted:
        source = Source(stripped, None, text.count("\n", 0, text.index(stripped)) + 1)
        join = len(statements(stripped)) != 1 or "#" in stripped or "//" in stripped
        try:
            return [no_block(parse_statement(source, lines_join=join))]
        except ArchitectureError as wrong:
            return [Failed(source, wrong.diagnostic)]
    return document(text) or [Failed(Source(text), nothing_here(text).diagnostic)]


def no_block(one: ParsedArchitecture) -> ParsedArchitecture:
    """Raises ArchitectureError for a block, which is no network."""
    if one.statement.parameters is not None:
        raise nothing_here(one.text)
    return one


def nothing_here(text: str) -> ArchitectureError:
    """There is no network in a text, but perhaps the definition of a block."""
    block = STATEMENT_HEAD.match(text, len(text) - len(text.lstrip(" \t\n\r#/")))
    if block is not None and block[2] is not None:
        call = block[1] + block[2]
        return error(
            "CNN001",
            f"only blocks are defined here: no network calls {call}",
            Span(*block.span(1)),
            help=(f"as in net = INPUT[32x32x3] -> {call}",),
        )
    return error(
        "CNN001",
        "there is no architecture in this text",
        Span(0, 0),
        help=("such as INPUT[32x32x3] -> CONV3-64 -> RELU -> FC-10",),
    )


def _one_network(text: str) -> bool:
    """Is a string of several lines one network: a pasted comment, a list, a column of arrows?"""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2:
        return False
    for mark in ("#", "//"):
        if all(line.lstrip().startswith(mark) for line in lines[1:]):
            return True
    if any(
        re.match(STARTS, line) and "=" in line and not re.match(r"(?i)\s*INPUT\b", line)
        for line in lines
    ):
        return False
    if len(statements(text)) < 2:
        return False
    begins = re.compile(r"\s*(?:[-*•]\s*)?(?i:\[*input|image)\b")
    return not any(begins.match(line) for line in lines[1:]) and "->" in text.replace(
        "→", "->"
    ).replace("=>", "->")


def parsed(text: str, *, name: str | None = None) -> ParsedArchitecture:
    """The one network of a text. Raises ArchitectureError, which holds a Diagnostic.

    A text with several networks needs ``name``.
    """
    if not isinstance(text, str):
        raise TypeError(f"parse() takes text, not {type(text).__name__}")
    if (
        "\n" in text
        or name is not None
        or not text.strip()
        or re.match(COMMENT_MARK, text)
        or re.match(BLOCK, text)
    ):
        return pick(string(text), name)
    return no_block(parse_statement(Source(text)))


def pick(found: list[ParsedArchitecture | Failed], name: str | None) -> ParsedArchitecture:
    """One network of several, by name. Raises ArchitectureError where it could not be read, or is
    not there.
    """
    one = choose(found, name)
    if isinstance(one, Failed):
        source = one.diagnostic.source or one.source
        raise ArchitectureError(replace(one.diagnostic, source=source), source.text)
    return one


def choose(
    found: list[ParsedArchitecture | Failed], name: str | None
) -> ParsedArchitecture | Failed:
    """One network of several, by name, also if it could not be read. Raises ArchitectureError for
    none.
    """
    if name is not None:
        same = [
            one for one in found if one.name == name and not (isinstance(one, Failed) and one.block)
        ]
        if len(same) == 1:
            return same[0]
        if same:
            raise nothing_to_pick(f"{len(same)} networks are called {name}", "rename one")
        names = [
            one.name for one in found if one.name and not (isinstance(one, Failed) and one.block)
        ]
        hint = nearest(name, names) or names
        raise nothing_to_pick(
            f"no network here is called {name}",
            f"there is {', '.join(hint)}" if hint else "none here has a name",
        )
    if len(found) == 1:
        return found[0]
    for one in found:
        if isinstance(one, Failed):
            return one
    names = [one.name or "?" for one in found]
    raise nothing_to_pick(
        f"{len(found)} networks stand here, and one is needed",
        f"pick one with --name: {', '.join(names[:8])}",
    )


def nothing_to_pick(message: str, help: str) -> ArchitectureError:
    return ArchitectureError(Diagnostic("CNN004", message, Span(0, 0), help=(help,)))
