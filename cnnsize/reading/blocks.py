"""Link the networks of a document to the blocks that they call, and check the calls.

A network that calls blocks gets one text of its own: the definitions that it needs and its own
statement, one on each line. Spans, fixes and canonical text then need no other statement.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.language.parser import STATEMENT_HEAD
from cnnsize.language.tree import Call, Item, LayerNode, all_items
from cnnsize.limits import MAX_BLOCKS, MAX_FILE
from cnnsize.reading.compose import MovedBlocks, compose, head_of
from cnnsize.record import replace
from cnnsize.sizing.letters import free_letters
from cnnsize.text.diagnostic import ArchitectureError, Label, error
from cnnsize.text.suggest import nearest

Parsed = ParsedArchitecture | Failed
Calls = list[tuple[Item, Call]]
SHOWN_CALLS = 8  # of a chain of calls, before its middle is left out


def link_blocks(statements: list[Parsed]) -> list[Parsed]:
    """Return the networks of a document with their blocks, and what could not be parsed."""
    return Linker(statements).networks()


def block_name(statement: Parsed) -> str | None:
    """Return the name of a block, also where its definition could not be parsed; else None."""
    if isinstance(statement, ParsedArchitecture):
        return statement.name if statement.statement.parameters is not None else None
    head = STATEMENT_HEAD.match(statement.source.text)
    return head[1] if head is not None and head[2] is not None else None


def calls_of(statement: Parsed) -> Calls:
    """Return the calls of a statement in reading order; none where it could not be parsed."""
    if isinstance(statement, Failed):
        return []
    return [(item, item.node) for item in all_items(statement.chain) if isinstance(item.node, Call)]


def failed(statement: ParsedArchitecture, error: ArchitectureError) -> Failed:
    """Return a statement as one that failed, with the text that its error points into."""
    diagnostic = error.diagnostic
    return Failed(diagnostic.source or statement.source, replace(diagnostic, source=None))


def reachable(edges: Mapping[str, Iterable[str]], starts: Iterable[str]) -> set[str]:
    """Return the starts and all names that edges lead to from them."""
    seen: set[str] = set()
    ahead = list(starts)
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += edges.get(name, ())
    return seen


class Linker:
    """The blocks of one document: their definitions, which calls which, and their errors.

    Statements are known by their number in the document.
    """

    def __init__(self, statements: list[Parsed]) -> None:
        self.statements = statements
        self.calls = [calls_of(statement) for statement in statements]
        self.numbers: dict[str, int] = {}  # of definitions, in the order of the document
        self.duplicates: dict[int, ArchitectureError] = {}  # definitions of a name that is taken
        for number, statement in enumerate(statements):
            name = block_name(statement)
            if name in self.numbers and isinstance(statement, ParsedArchitecture):
                self.duplicates[number] = error(
                    "CNN001",
                    f"block {name} is already defined",
                    head_of(statement.source),
                    help=("rename one of the two blocks",),
                )
            elif name is not None:
                self.numbers[name] = number
        self.definitions = {name: statements[number] for name, number in self.numbers.items()}
        self.order = {name: index for index, name in enumerate(self.definitions)}
        self.uses = {
            name: self.called(number)
            for name, number in self.numbers.items()
            if isinstance(statements[number], ParsedArchitecture)
        }
        self.users: dict[str, list[str]] = {}
        for name, used in self.uses.items():
            for other in used:
                self.users.setdefault(other, []).append(name)
        self.moved_blocks: MovedBlocks = {}
        self.written = 0  # characters of all texts that were composed
        self.check_definitions()

    def networks(self) -> list[Parsed]:
        """Return the networks with their blocks in document order, and what could not be parsed."""
        networks: list[Parsed] = []
        for number, statement in enumerate(self.statements):
            if isinstance(statement, Failed):
                networks.append(self.definitions.get(block_name(statement) or "", statement))
            elif number in self.duplicates:
                diagnostic = self.duplicates[number].diagnostic
                networks.append(Failed(statement.source, diagnostic, block=True))
            elif statement.statement.parameters is not None:
                definition = self.definitions[statement.name or ""]
                if isinstance(definition, Failed):
                    networks.append(definition)
            else:
                try:
                    networks.append(self.network(number, statement))
                except ArchitectureError as error:
                    networks.append(failed(statement, error))
        return networks

    def network(self, number: int, statement: ParsedArchitecture) -> Parsed:
        """Return a network with all blocks that it needs. Raises ArchitectureError."""
        used = self.called(number)
        if not used:
            return statement
        if len(self.definitions) > MAX_BLOCKS:
            raise error(
                "CNN009",
                f"more than {MAX_BLOCKS:,} blocks are defined in one document",
                statement.chain.span,
            )
        needed = self.in_order(reachable(self.uses, used))
        for name in needed:
            definition = self.definitions[name]
            if isinstance(definition, Failed):
                return Failed(statement.source, definition.diagnostic)
        self.check_calls(number, statement)
        network = compose(statement, self.parsed_blocks(needed), self.moved_blocks)
        self.written += len(network.text)
        if self.written > MAX_FILE:
            raise error(
                "CNN009",
                f"the networks of this document, with the blocks they call, exceed {MAX_FILE:,} "
                "characters",
                statement.chain.span,
            )
        return network

    def called(self, number: int) -> dict[str, None]:
        """Return the names of the blocks that a statement calls, in reading order."""
        return {call.name: None for _, call in self.calls[number]}

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that are blocks, in the order of the document."""
        return sorted((name for name in names if name in self.order), key=self.order.__getitem__)

    def parsed_blocks(self, names: Iterable[str]) -> list[ParsedArchitecture]:
        """Return the definitions of these names that could be parsed."""
        definitions = [self.definitions[name] for name in names]
        return [block for block in definitions if isinstance(block, ParsedArchitecture)]

    def cycle(self, name: str) -> set[str]:
        """Return the blocks that a block calls, directly or not, and that call it in turn."""
        if name not in self.uses:
            return set()
        called = reachable(self.uses, self.uses[name])
        return called & reachable(self.users, self.users.get(name, ()))

    # -- checks ----------------------------------------

    def check_definitions(self) -> None:
        """Check every definition, and mark those that cannot be used."""
        for name, number in self.numbers.items():
            statement, definition = self.statements[number], self.definitions[name]
            if isinstance(definition, Failed):
                self.mark_broken(name, statement)
            elif len(self.definitions) <= MAX_BLOCKS:
                try:
                    self.check_definition(name, number, definition)
                except ArchitectureError as error:
                    self.mark_broken(name, failed(definition, error))

    def mark_broken(self, name: str, statement: Parsed) -> None:
        """Report the error of a block once: not again at its calls, nor for the rest of a cycle."""
        definition = self.definitions[name]
        already_marked = isinstance(definition, Failed) and definition.block
        if not isinstance(statement, Failed) or already_marked:
            return
        diagnostic = replace(statement.diagnostic, source=statement.source)
        broken = Failed(statement.source, diagnostic, block=True)
        for other in {name, *self.cycle(name)}:
            self.definitions[other] = broken

    def check_definition(self, name: str, number: int, block: ParsedArchitecture) -> None:
        """Raise ArchitectureError for a block with an INPUT, with letters that are no parameters,
        with a wrong call, or that calls itself.
        """
        parameters = block.statement.parameters or ()
        first = block.chain.items[0]
        if isinstance(first.node, LayerNode) and first.node.kind == "INPUT":
            raise block.mapped_error(
                error(
                    "CNN001",
                    f"block {name} begins with INPUT, which belongs in a network",
                    first.span,
                    help=(f"move it: net = INPUT[32x32x3] -> {name}({', '.join(parameters)})",),
                )
            )
        unknown = sorted(free_letters(block.chain) - set(parameters))
        if unknown:
            raise block.mapped_error(_unknown_parameter(name, block, unknown[0]))
        cycle = self.cycle(name)
        if name in cycle:
            item, call = next(
                (item, call) for item, call in self.calls[number] if call.name in cycle
            )
            path = [name, *self.shortest_path(call.name, name)]
            if len(path) > SHOWN_CALLS:
                path = [*path[:4], "...", *path[-3:]]
            raise block.mapped_error(
                error(
                    "CNN001",
                    f"block {name} calls itself",
                    item.span,
                    label=" -> ".join(path),
                    notes=("a call is replaced by the layers of its block; this never ends",),
                )
            )
        self.check_calls(number, block)

    def shortest_path(self, start: str, goal: str) -> list[str]:
        """Return the shortest path of calls from one block to another, both included."""
        callers: dict[str, str | None] = {start: None}
        ahead = deque([start])
        while ahead and goal not in callers:
            name = ahead.popleft()
            for other in self.uses.get(name, ()):
                if other not in callers:
                    callers[other] = name
                    ahead.append(other)
        path: list[str] = []
        name_on_path: str | None = goal
        while name_on_path is not None:
            path.append(name_on_path)
            name_on_path = callers[name_on_path]
        return path[::-1]

    def check_calls(self, number: int, statement: ParsedArchitecture) -> None:
        """Raise ArchitectureError for a call with another number of arguments than its block has
        parameters.
        """
        for item, call in self.calls[number]:
            block = self.definitions.get(call.name)
            if not isinstance(block, ParsedArchitecture):
                continue  # the definition is broken, or part of a broken statement: sizing reports it
            parameters = block.statement.parameters or ()
            if len(parameters) == len(call.arguments):
                continue
            expected = _arguments(len(parameters))
            call_error = error(
                "CNN001",
                f"{call.name} is called with {_arguments(len(call.arguments))}",
                item.span,
                label=f"it takes {len(parameters)}",
                help=(f"{call.name} takes {expected}: {call.name}({', '.join(parameters)})",),
            )
            blocks = self.parsed_blocks(self.in_order(self.called(number)))
            if block is statement or not blocks:
                raise statement.mapped_error(call_error)
            network = compose(statement, blocks, self.moved_blocks)
            begin = next(part for part in network.source.parts if part.line == block.source.line)
            span = statement.original(item.span).shifted(network.source.begin)
            label = Label(head_of(block.source).shifted(begin.start), "defined here")
            raise ArchitectureError(
                replace(call_error.diagnostic, span=span, related=(label,), source=network.source),
                network.text,
            )


def _unknown_parameter(name: str, block: ParsedArchitecture, letter: str) -> ArchitectureError:
    """Return the error for a letter in a block that is not one of its parameters."""
    parameters = block.statement.parameters or ()
    item = next(
        item
        for item in all_items(block.chain)
        if letter in free_letters(block.chain._replace(items=(item,)))
    )
    similar = nearest(letter, parameters)
    if similar:
        hint = f"did you mean {similar[0]}?"
    else:
        hint = f"add it: {name}({', '.join((*parameters, letter))})"
    return error(
        "CNN008",
        f"{letter} is not a parameter of block {name}",
        item.span,
        help=(hint,),
        notes=("a block can use only its own parameters",),
    )


def _arguments(count: int) -> str:
    return f"{count} argument{'' if count == 1 else 's'}"
