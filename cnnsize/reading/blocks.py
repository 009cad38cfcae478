"""Block definitions: which network calls which, with how many values, and the text that holds it
all.

A network that calls blocks is given one text of its own: the definitions that it needs and its own
statement, a line each. So spans, fixes and canonical text need to know of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.language.parser import STATEMENT_HEAD
from cnnsize.language.tree import Call, Item, LayerNode, Statement, all_items
from cnnsize.limits import MAX_BLOCKS, MAX_FILE
from cnnsize.reading.compose import further, head_of, placed
from cnnsize.record import replace
from cnnsize.sizing.letters import free_letters
from cnnsize.text.diagnostic import ArchitectureError, Label, error
from cnnsize.text.span import Piece, PieceMap, Span, Stretch
from cnnsize.text.suggest import nearest

Parsed = ParsedArchitecture | Failed


def linked(found: list[Parsed]) -> list[Parsed]:
    """The networks of a document with the blocks that they call; and what could not be read."""
    return Linker(found).networks()


def name_of(one: Parsed) -> str | None:
    """The name of a block, also where its definition could not be read."""
    if isinstance(one, ParsedArchitecture):
        return one.name if one.statement.parameters is not None else None
    head = STATEMENT_HEAD.match(one.source.text)
    return head[1] if head is not None and head[2] is not None else None


def calls_of(one: ParsedArchitecture) -> list[tuple[Item, Call]]:
    """The calls of a statement, in reading order."""
    return [(item, item.node) for item in all_items(one.chain) if isinstance(item.node, Call)]


def failed(one: ParsedArchitecture, wrong: ArchitectureError) -> Failed:
    """A statement that cannot be used, in the text that its finding points into."""
    return Failed(wrong.diagnostic.source or one.source, replace(wrong.diagnostic, source=None))


def reached(ways: Mapping[str, Iterable[str]], starts: Iterable[str]) -> set[str]:
    """The starts and all names that ways lead to from them."""
    seen: set[str] = set()
    ahead = list(starts)
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += ways.get(name, ())
    return seen


class Linker:
    """One document being put together."""

    def __init__(self, found: list[Parsed]) -> None:
        self.found = found
        self.definitions: dict[str, Parsed] = {}  # in the order of the document
        self.again: dict[int, ArchitectureError] = {}  # definitions of a name that is taken
        for index, one in enumerate(found):
            name = name_of(one)
            if name in self.definitions and isinstance(one, ParsedArchitecture):
                self.again[index] = error(
                    "CNN001",
                    f"a second block is called {name}",
                    head_of(one.source),
                    help=("rename one of the two",),
                )
            elif name is not None:
                self.definitions[name] = one
        self.order = {name: number for number, name in enumerate(self.definitions)}
        self.calls = {
            id(one): calls_of(one) for one in found if isinstance(one, ParsedArchitecture)
        }
        self.uses = {
            name: self.called(one)
            for name, one in self.definitions.items()
            if isinstance(one, ParsedArchitecture)
        }
        self.users: dict[str, list[str]] = {}
        for name, used in self.uses.items():
            for other in used:
                self.users.setdefault(other, []).append(name)
        self.moved: dict[tuple[str, int], Statement] = {}
        self.written = 0  # characters of all texts that were put together
        for name, one in list(self.definitions.items()):
            if isinstance(self.definitions[name], Failed):
                self.broken(name, one)
            elif len(self.definitions) <= MAX_BLOCKS:
                assert isinstance(one, ParsedArchitecture)
                try:
                    self.check_definition(name, one)
                except ArchitectureError as wrong:
                    self.broken(name, failed(one, wrong))

    def broken(self, name: str, one: Parsed) -> None:
        """What is wrong with a block is said once: not again at its calls, nor at the blocks of its
        circle.
        """
        if not isinstance(one, Failed) or (
            isinstance(known := self.definitions[name], Failed) and known.block
        ):
            return
        wrong = Failed(one.source, replace(one.diagnostic, source=one.source), block=True)
        for other in {name, *self.circle(name)}:
            self.definitions[other] = wrong

    def circle(self, name: str) -> set[str]:
        """The blocks that a block calls and that call it in turn."""
        if name not in self.uses:
            return set()
        return reached(self.uses, self.uses[name]) & reached(self.users, self.users.get(name, ()))

    def networks(self) -> list[Parsed]:
        out: list[Parsed] = []
        for index, one in enumerate(self.found):
            if isinstance(one, Failed):
                out.append(self.definitions.get(name_of(one) or "", one))
            elif index in self.again:
                out.append(Failed(one.source, self.again[index].diagnostic, block=True))
            elif one.statement.parameters is not None:
                defined = self.definitions[one.name or ""]
                if isinstance(defined, Failed):
                    out.append(defined)
            else:
                try:
                    out.append(self.network(one))
                except ArchitectureError as wrong:
                    out.append(failed(one, wrong))
        return out

    def network(self, one: ParsedArchitecture) -> Parsed:
        """A network with all that it needs."""
        if not (uses := self.called(one)):
            return one
        if len(self.definitions) > MAX_BLOCKS:
            raise error(
                "CNN009", f"more than {MAX_BLOCKS:,} blocks in one document", one.chain.span
            )
        needed = self.in_order(reached(self.uses, uses))
        for name in needed:
            broken = self.definitions[name]
            if isinstance(broken, Failed):
                return Failed(one.source, broken.diagnostic)
        self.check_calls(one)
        whole = self.composed(one, needed)
        self.written += len(whole.text)
        if self.written > MAX_FILE:
            raise error(
                "CNN009",
                f"the networks of one document and their blocks are more than {MAX_FILE:,} characters",
                one.chain.span,
            )
        return whole

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Those of the names that are blocks, in the order of the document."""
        return sorted((name for name in names if name in self.order), key=self.order.__getitem__)

    def called(self, one: ParsedArchitecture) -> dict[str, None]:
        """The blocks that a statement calls, in reading order."""
        return {call.name: None for _, call in self.calls[id(one)]}

    # -- what can be wrong ----------------------------------------

    def check_definition(self, name: str, one: ParsedArchitecture) -> None:
        """A block sees only its parameters, and calls none that calls it."""
        parameters = one.statement.parameters or ()
        first = one.chain.items[0]
        if isinstance(first.node, LayerNode) and first.node.kind == "INPUT":
            wrong = error(
                "CNN001",
                f"INPUT stands in a network, and {name} is a block",
                first.span,
                help=(f"as in net = INPUT[32x32x3] -> {name}({', '.join(parameters)})",),
            )
            raise one.mapped_error(wrong)
        strange = sorted(free_letters(one.chain) - set(parameters))
        if strange:
            letter = strange[0]
            item = next(
                item
                for item in all_items(one.chain)
                if letter in free_letters(one.chain._replace(items=(item,)))
            )
            near = nearest(letter, parameters)
            hint = (
                f"did you mean {near[0]}?"
                if near
                else f"add it: {name}({', '.join((*parameters, letter))})"
            )
            wrong = error(
                "CNN008",
                f"{letter} is no parameter of {name}",
                item.span,
                help=(hint,),
                notes=("a block sees its own parameters and nothing else",),
            )
            raise one.mapped_error(wrong)
        circle = self.circle(name)
        if name in circle:
            item, call = next(
                (item, call) for item, call in self.calls[id(one)] if call.name in circle
            )
            way = [name, *self.way(call.name, name)]
            if len(way) > 8:
                way = [*way[:4], "...", *way[-3:]]
            wrong = error(
                "CNN001",
                f"the block {name} calls itself",
                item.span,
                label=" -> ".join(way),
                notes=("a block is written out where it is called: this one would never end",),
            )
            raise one.mapped_error(wrong)
        self.check_calls(one)

    def way(self, start: str, goal: str) -> list[str]:
        """The shortest way of calls from one block to another."""
        before: dict[str, str | None] = {start: None}
        ahead = [start]
        while ahead and goal not in before:
            name = ahead.pop(0)
            for other in self.uses.get(name, ()):
                if other not in before:
                    before[other] = name
                    ahead.append(other)
        way: list[str] = []
        at: str | None = goal
        while at is not None:
            way.append(at)
            at = before[at]
        return way[::-1]

    def check_calls(self, one: ParsedArchitecture) -> None:
        """Every call gives as many values as its block has parameters."""
        for item, node in self.calls[id(one)]:
            target = self.definitions.get(node.name)
            if not isinstance(
                target, ParsedArchitecture
            ):  # broken, or swallowed by a statement that is: sizing says so
                continue
            parameters = target.statement.parameters or ()
            if len(parameters) == len(node.arguments):
                continue
            takes = (
                f"{node.name} takes {values(len(parameters))}: {node.name}({', '.join(parameters)})"
            )
            wrong = error(
                "CNN001",
                f"{node.name} is given {values(len(node.arguments))}",
                item.span,
                label=f"it takes {len(parameters)}",
                help=(takes,),
            )
            found = (
                self.composed(one, self.in_order(self.called(one))) if target is not one else one
            )
            if found is not one:
                begins = next(
                    part for part in found.source.parts if part.line == target.source.line
                )
                offset = found.source.begin
                spot = one.original(item.span).shifted(offset)
                label = Label(head_of(target.source).shifted(begins.start), "defined here")
                raise ArchitectureError(
                    replace(wrong.diagnostic, span=spot, related=(label,), source=found.source),
                    found.text,
                )
            raise one.mapped_error(wrong)

    # -- one text ----------------------------------------

    def composed(self, one: ParsedArchitecture, needed: list[str]) -> ParsedArchitecture:
        """The network with its blocks in front, each on a line of its own."""
        parts = [
            part
            for name in needed
            if isinstance(part := self.definitions[name], ParsedArchitecture)
        ]
        if not parts:
            return one
        texts: list[str] = []
        places: list[Stretch] = []
        in_cell: list[Stretch] = []
        pieces: list[Piece] = []
        readings = []
        definitions: dict[str, Statement] = {}
        strict = written = (
            0  # where the next part begins, in the text that was parsed and in the one written
        )
        mapped = any(part.map is not None for part in (*parts, one))
        for part in (*parts, one):
            source = part.source
            places += further(source.stretches(), written)
            in_cell += further(source.cell.parts if source.cell else (), written)
            begin = written
            texts.append(source.text)
            if part.map is None:
                pieces.append(Piece(strict, Span(written, written + len(source.text)), True))
            else:
                pieces += part.map.moved(strict, written)
            readings += [
                (span.shifted(written), before, after) for span, before, after in part.readings
            ]
            if part is one:
                statement = placed(one.statement, strict)
            else:
                key = (part.name or "", strict)
                if key not in self.moved:
                    self.moved[key] = placed(part.statement, strict)
                definitions[key[0]] = self.moved[key]
            strict += (
                max(
                    len(source.text),
                    part.chain.span.end,
                    *(domain.span.end for domain in part.statement.where),
                )
                + 1
            )
            written += len(source.text) + 1
            strict = max(strict, written) if mapped else written
        return replace(
            one,
            source=one.source._replace(
                text="\n".join(texts),
                parts=tuple(places),
                begin=begin,
                cell=one.source.cell and one.source.cell._replace(parts=tuple(in_cell)),
            ),
            statement=statement,
            map=PieceMap(pieces) if mapped else None,
            readings=tuple(readings),
            notes=tuple(note for part in (*parts, one) for note in part.notes),
            definitions=definitions,
        )


def values(count: int) -> str:
    return f"{count} value{'' if count == 1 else 's'}"
