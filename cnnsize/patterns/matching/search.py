"""Does a network follow a pattern, and with which letters?

Kinds are compared, and sizes where the pattern states them. A letter has one value everywhere and a
``?`` is one choice, so a match is an assignment of both. The search goes through the pattern depth
first; what was tried in vain at a place of the network with equal letters ahead is not tried again,
runs of equal layers are counted once, and the number of steps is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cnnsize.language import tree
from cnnsize.language.arithmetic import NO_VALUES, evaluate
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import (
    Binary,
    Call,
    Chain,
    Ellipsis,
    Expression,
    Group,
    Item,
    Join,
    Name,
    Pair,
)
from cnnsize.layers import KINDS
from cnnsize.layers.base import Layer
from cnnsize.limits import MAX_MATCH_CHOICES, MAX_MATCH_STEPS, MAX_SOLUTIONS
from cnnsize.patterns.choices import Values, with_distinct_names
from cnnsize.patterns.domains import domain_of
from cnnsize.patterns.inventory import Inventory
from cnnsize.patterns.items import optional_key
from cnnsize.patterns.matching.iterations import Pass
from cnnsize.patterns.matching.program import END, Bindings, Frame, State
from cnnsize.patterns.matching.tokens import LayerInstance, attribute, unrolled
from cnnsize.patterns.matching.wants import Want, letters_of, numbers
from cnnsize.record import Record
from cnnsize.sizing.options import option_key, parse_option_value
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.span import Span

CS231N = "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC"
FAILED_KEPT = 200_000  # places that are remembered to lead nowhere


class Leaving(NamedTuple):
    """Where a network leaves a pattern first: the furthest place that any assignment comes to."""

    at: Span  # in the network's text
    found: str  # POOL, or "the end"
    wanted: tuple[str, ...]  # what the pattern has there
    places: tuple[Span, ...]  # of these, in the pattern's text
    layer: int  # how many layers of the network fit
    bound: tuple[str, ...]  # the letters that were fixed by then: "N = 2"


class Match(Record):
    """Whether a network follows a pattern. Iterate it for the assignments, each a dict of letters
    and ``?``.

    What has no say (N where M = 0) is not in an assignment: any value will do.
    """

    pattern: ParsedArchitecture
    network: ParsedArchitecture
    solutions: tuple[dict[str, int | bool], ...]
    more: bool = False  # there are more than these
    leaving: Leaving | None = None
    names: tuple[str, ...] = ()  # of all letters and ``?`` of the pattern

    def __hash__(self) -> int:  # without the solutions: a dict has no hash
        return hash((self.pattern, self.network))

    def __bool__(self) -> bool:
        return bool(self.solutions)

    def __iter__(self) -> Iterator[dict[str, int | bool]]:
        return iter(self.solutions)

    def __len__(self) -> int:
        return len(self.solutions)


def match(
    pattern: ParsedArchitecture,
    network: ParsedArchitecture,
    limit: int = MAX_SOLUTIONS,
    values: Mapping[str, Values] | None = None,
    watch: Callable[[int, int], None] | None = None,
    letters: Mapping[str, int] | None = None,
) -> Match:
    """All ways, up to ``limit``, in which a network follows a pattern.

    ``values`` and ``where`` bind letters of the pattern; others may have any value. ``letters`` are
    those of the network, without them what its ``where`` says. Raises ArchitectureError where the
    network is no one network, or the search takes too many steps. ``watch`` is told now and then
    how many steps of how many were taken.
    """
    tokens = unrolled(network, letters)
    try:
        return _Search(
            pattern, network, tokens, max(1, min(limit, MAX_SOLUTIONS)), values or {}, watch
        ).run()
    except ArchitectureError as wrong:
        raise pattern.mapped_error(wrong) from None


class _Search:
    """One search through one pattern."""

    def __init__(
        self,
        pattern: ParsedArchitecture,
        network: ParsedArchitecture,
        tokens: tuple[LayerInstance, ...],
        limit: int,
        values: Mapping[str, Values],
        watch: Callable[[int, int], None] | None,
    ) -> None:
        self.pattern = pattern
        self.network = network
        self.tokens = tokens
        self.limit = limit
        self.steps = 0
        self.watch = watch
        met = Inventory(pattern)
        if len(met.choices) > MAX_MATCH_CHOICES:
            raise error(
                "CNN009",
                f"a pattern of {len(met.choices):,} letters and `?`; up to {MAX_MATCH_CHOICES:,} are matched",
                pattern.chain.span,
            )
        self.choices = with_distinct_names(list(met.choices.values()))
        self.domains: dict[str | int, Sequence[int]] = {}
        for domain in pattern.statement.where:
            self.domains[domain.name] = domain_of(domain.name, domain.values, domain.span)
        for name, value in values.items():
            if name not in met.roles:
                raise error(
                    "CNN004",
                    f"there is no letter {name} in this pattern",
                    pattern.chain.span,
                    help=(f"its letters are {', '.join(met.roles)}",)
                    if met.roles
                    else ("it has no letters",),
                )
            self.domains[name] = domain_of(name, value, pattern.chain.span)
        self.frames: list[Frame] = []
        self.numbers: dict[Frame, int] = {}
        self.ahead: list[frozenset[str | int]] = []  # the choices in a frame and behind it
        self.chains: list[tuple[Chain, Mapping[str, Expression]]] = []
        self.chain_numbers: dict[tuple[int, tuple[tuple[str, Expression], ...]], int] = {}
        self.kept: list[Any] = []  # keeps identities
        self.wants: dict[tuple[int, int], Want] = {}
        self.passes: dict[tuple[Any, ...], Pass | None] = {}
        self.eighths = 0  # of a step
        self.nexts: dict[int, tuple[str | None, str, Span]] = {}
        self.mentioned: dict[tuple[int, int], frozenset[str | int]] = {}
        self.places: dict[
            int, tuple[tuple[LayerInstance, ...], int]
        ] = {}  # where each join stands, by its order
        self.joins: dict[tuple[int, int], Chain] = {}
        self.limits: dict[tuple[Any, ...], int] = {}
        self.inner: dict[tuple[int, int], tuple[str | int, ...] | None] = {}
        self.sets: dict[
            frozenset[str | int], frozenset[str | int]
        ] = {}  # equal ones are one object
        self.counts: dict[tuple[int, int], tuple[Expression, list[str]]] = {}
        self.far = -1
        self.far_tokens: tuple[LayerInstance, ...] = ()
        self.far_pos = 0
        self.expected: dict[tuple[str, Span], None] = {}
        self.far_bound: dict[str | int, int] = {}
        self.solutions: list[dict[str, int | bool]] = []
        self.seen: set[tuple[tuple[str, int | bool], ...]] = set()
        self.more = False

    # -- frames ----------------------------------------

    def chain_number(self, chain: Chain, scope: Mapping[str, Expression]) -> int:
        key = (id(chain), tuple(scope.items()))
        if key not in self.chain_numbers:
            self.kept.append(chain)
            self.chain_numbers[key] = len(self.chains)
            self.chains.append((chain, scope))
        return self.chain_numbers[key]

    def frame(
        self,
        op: str,
        chain: int,
        at: int,
        after: int,
        done: int = 0,
        begin: int = -1,
        join: int = -1,
    ) -> int:
        made = Frame(op, chain, at, done, begin, join, after)
        number = self.numbers.get(made)
        if number is None:
            number = self.numbers[made] = len(self.frames)
            self.frames.append(made)
            inner = self.letters_from(chain, at) if op != "branch" else self.letters_from(chain, 0)
            both = inner | (self.ahead[after] if after != END else frozenset())
            self.ahead.append(self.sets.setdefault(both, both))
        return number

    def letters_from(self, chain: int, at: int) -> frozenset[str | int]:
        """The letters and ``?`` in a chain from an item on."""
        key = (chain, at)
        found = self.mentioned.get(key)
        if found is None:
            items, scope = self.chains[chain]
            inner: set[str | int] = set()
            for item in items.items[at:]:
                inner |= self.letters_of(item, scope)
            found = self.mentioned[key] = frozenset(inner)
        return found

    def letters_of(self, item: Item, scope: Mapping[str, Expression]) -> set[str | int]:
        found: set[str | int] = set()

        def add(value: Any) -> None:
            if isinstance(value, Name):
                found.update(letters_of(self.outer(value, scope)))
            elif isinstance(value, Binary):
                add(value.left)
                add(value.right)
            elif isinstance(value, Pair):
                add(value.W)
                add(value.H)

        node = item.node
        if item.suffix.optional:
            found.add(optional_key(item))
        if item.suffix.repeat is not None:
            add(item.suffix.repeat)
        if isinstance(node, tree.LayerNode):
            for part in (
                node.kernel,
                node.size,
                *(node.shape or ()),
                *(option.value for option in node.options),
            ):
                add(part)
        elif isinstance(node, Group):
            for inner in node.chain.items:
                found |= self.letters_of(inner, scope)
        elif isinstance(node, Join):
            for branch in node.branches:
                for inner in branch.items:
                    found |= self.letters_of(inner, scope)
        elif isinstance(node, Call):
            chain, inside = self.body(item, node, scope)
            found |= self.letters_from(self.chain_number(chain, inside), 0)
        return found

    def body(
        self, item: Item, node: Call, scope: Mapping[str, Expression]
    ) -> tuple[Chain, Mapping[str, Expression]]:
        """What a call stands for, its parameters bound to expressions of the pattern's own
        letters.
        """
        definition = self.pattern.definitions.get(node.name)
        if definition is None:
            raise error("CNN008", f"the block {node.name} is not defined here", item.span)
        arguments = [self.outer(value, scope) for value in node.arguments]
        return definition.chain, dict(zip(definition.parameters or (), arguments, strict=False))

    def outer(self, value: Expression, scope: Mapping[str, Expression]) -> Expression:
        """An expression with parameters replaced by what they are bound to."""
        if isinstance(value, Name):
            return scope.get(value.name, value)
        if isinstance(value, Binary):
            return Binary(value.op, self.outer(value.left, scope), self.outer(value.right, scope))
        return value

    def want(self, chain: int, at: int) -> Want:
        """What a layer of the pattern asks for."""
        key = (chain, at)
        if key in self.wants:
            return self.wants[key]
        items, scope = self.chains[chain]
        item = items.items[at]
        node = item.node
        assert isinstance(node, tree.LayerNode)
        cls = KINDS[node.kind]
        stated: list[tuple[str, str, Any]] = []

        def put(name: str, value: Any) -> None:
            how = cls.reads[name]
            if isinstance(value, Pair):
                value = (self.outer(value.W, scope), self.outer(value.H, scope))
            elif isinstance(value, tuple) and not isinstance(value, (Name, Binary)):
                value = tuple(self.outer(side, scope) for side in value)
            elif isinstance(value, Name) and (how in ("flag", "rate") or how.startswith("word:")):
                value = parse_option_value(how, name, value, NO_VALUES, item.span)
            elif (
                isinstance(value, Name)
                and how == "padding"
                and value.name.lower() in ("same", "valid")
            ):
                value = value.name.lower()
            elif isinstance(value, (Name, Binary)):
                value = self.outer(value, scope)
            elif how == "flag" or how == "rate" or how.startswith("word:"):
                value = parse_option_value(how, name, value, NO_VALUES, item.span)
            stated.append((name, how, value))

        if node.kernel is not None and cls.kernel is not None:
            put(cls.kernel, node.kernel)
        if node.size is not None and cls.width is not None:
            put(cls.width, node.size)
        if node.shape is not None:
            put("shape", node.shape)
        bare = list(cls.positional)
        for option in node.options:
            name = bare.pop(0) if option.key is None else option_key(cls, option, node)
            put(name, option.value)
        names = frozenset(name for _, _, value in stated for name in letters_of(value))
        found = self.wants[key] = Want(node.kind, tuple(stated), names, item.span, node.kind)
        return found

    # -- one layer ----------------------------------------

    def fits(
        self, want: Want, token: LayerInstance, bound: dict[str | int, int]
    ) -> Iterator[dict[str | int, int]]:
        """The ways in which a layer is what the pattern asks for: the letters as they then are."""
        if want.kind != token.kind:
            return iter(())
        if not want.stated:
            return iter((bound,))
        if token.layer is None:
            return iter(())
        ways = [bound]
        for key, how, value in want.stated:
            has = attribute(token.layer, key)
            ways = [
                after
                for before in ways
                for after in self.equal(how, value, has, token.layer, before)
            ]
            if not ways:
                break
        return iter(ways)

    def equal(
        self, how: str, value: Any, has: Any, layer: Layer, bound: dict[str | int, int]
    ) -> list[dict[str | int, int]]:
        """The ways in which one option has a value."""
        if value == "same":
            return [bound] if getattr(layer, "same", False) else []
        if value == "valid":
            return [bound] if has == (0, 0) else []
        if has is None:
            return []
        if isinstance(value, (str, bool, float)):
            return [bound] if has == value else []
        if isinstance(value, tuple) and not isinstance(value, (Name, Binary)):
            sides = tuple(has) if isinstance(has, tuple) else (has, has)
            if len(value) != len(sides):
                return []
            ways = [bound]
            for part, side in zip(value, sides, strict=True):
                ways = [after for before in ways for after in self.solve(part, side, before)]
            return ways
        if isinstance(has, tuple):
            if len(set(has)) > 1:
                return []
            has = has[0]
        return self.solve(value, has, bound)

    def solve(
        self, value: Expression, target: int, bound: dict[str | int, int]
    ) -> list[dict[str | int, int]]:
        """The ways to give letters values so that an expression comes to a number."""
        if isinstance(value, int):
            return [bound] if value == target else []
        if isinstance(value, Name):
            known = bound.get(value.name)
            if known is not None:
                return [bound] if known == target else []
            domain = self.domains.get(value.name)
            if target < 0 or (domain is not None and target not in domain):
                return []
            return [{**bound, value.name: target}]
        free = [name for name in letters_of(value) if name not in bound]
        if not free:
            try:
                return [bound] if evaluate(value, numbers(bound)) == target else []
            except ArchitectureError:
                return []
        left = any(name in free for name in letters_of(value.left))
        right = any(name in free for name in letters_of(value.right))
        if left != right and value.op != "//":
            other = evaluate(value.right if left else value.left, numbers(bound))
            part = value.left if left else value.right
            if value.op == "+":
                return self.solve(part, target - other, bound)
            if value.op == "-":
                return self.solve(part, target + other if left else other - target, bound)
            if other == 0:  # then any number will do, or none
                return [bound] if target == 0 else []
            return self.solve(part, target // other, bound) if target % other == 0 else []
        name = free[0]
        tries = self.domains.get(name)
        if tries is None or len(tries) > 10_000:
            raise self.unsolved(value, name)
        found = []
        for one in tries:
            self.step()
            self.step()  # evaluating an expression takes as long as two layers
            found += self.solve(value, target, {**bound, name: one})
        return found

    def unsolved(self, value: Expression, name: str) -> ArchitectureError:
        return error(
            "CNN008",
            f"which {name} is meant cannot be worked out here",
            self.pattern.chain.span,
            help=(f"say what it may be: --set {name}=0..9",),
        )

    # -- the search ----------------------------------------

    def run(self) -> Match:
        chain, tokens = self.pattern.chain, self.tokens
        first = chain.items[0].node
        begins = isinstance(first, tree.LayerNode) and first.kind == "INPUT"
        skip = 1 if begins and not (tokens and tokens[0].kind == "INPUT") else 0
        pos = 1 if not begins and tokens and tokens[0].kind == "INPUT" else 0
        start = self.frame("item", self.chain_number(chain, {}), skip, END)
        failed: set[Any] = set()
        # ways still to be tried, and marks of places that they all began at
        stack: list[tuple[Any, Iterator[State] | None, int]] = [
            (None, iter((State(start, tokens, pos, {}),)), 0)
        ]
        try:
            while stack and not self.more:
                mark, ways, before = stack[-1]
                assert ways is not None
                state = next(ways, None)
                if state is None:
                    stack.pop()
                    if (
                        mark is not None
                        and len(self.solutions) == before
                        and len(failed) < FAILED_KEPT
                    ):
                        failed.add(mark)
                    continue
                found = self.forward(state)
                if found is None:
                    continue
                state, more = found
                key = self.mark(state)
                if key not in failed:
                    stack.append((key, more, len(self.solutions)))
        except ArchitectureError as wrong:
            if wrong.diagnostic.code != "CNN009" or not self.solutions:
                raise
            self.more = True  # some are found: that it follows is decided, and there may be more
        names = tuple(choice.name for choice in self.choices)
        if self.solutions:
            return Match(self.pattern, self.network, tuple(self.solutions), self.more, None, names)
        return Match(self.pattern, self.network, (), False, self.leaving(), names)

    def mark(self, state: State) -> Any:
        ahead = self.ahead[state.frame] if state.frame != END else frozenset()
        self.steps += len(state.bound) // 2
        bound = tuple(
            sorted(((str(key), value) for key, value in state.bound.items() if key in ahead))
        )
        return state.frame, id(state.tokens), state.pos, bound

    def step(self) -> None:
        self.steps += 1
        if self.watch is not None and self.steps % 1024 == 0:
            self.watch(self.steps, MAX_MATCH_STEPS)
        if self.steps > MAX_MATCH_STEPS:
            raise error(
                "CNN009",
                f"whether this pattern fits was not decided in {MAX_MATCH_STEPS:,} steps",
                self.pattern.chain.span,
                help=("give letters values, as in --set N=2, or fewer of them",),
            )

    def forward(self, state: State) -> tuple[State, Iterator[State]] | None:
        """Goes on while there is one way only. None at an end, or the state with several ways."""
        while True:
            self.step()
            frame, tokens, pos, bound = state
            if frame == END:
                if pos == len(tokens):
                    self.solved(bound)
                else:
                    self.left(
                        tokens,
                        pos,
                        bound,
                        "the end",
                        Span(self.pattern.chain.span.end, self.pattern.chain.span.end),
                    )
                return None
            op, chain, at, done, begin, join, after = self.frames[frame]
            items, _ = self.chains[chain]
            if op == "branch":
                if pos != len(tokens):
                    self.left(tokens, pos, bound, "the end of the branch", items.span)
                    return None
                state = self.next_branch(chain, at, join, after, bound)
                if state is None:
                    return None
                continue
            if op == "item" and at == len(items.items):
                state = State(after, tokens, pos, bound)
                continue
            item = items.items[at]
            suffix = item.suffix
            if (
                op == "pass"
            ):  # ``done`` passes are; frame.at is the item, and what is behind it is in ``after``
                behind = after
                if pos == begin:  # it took nothing, and no more of them would
                    state = State(behind, tokens, pos, bound)
                    continue
            else:
                behind, done = self.frame("item", chain, at + 1, after), 0
                if isinstance(item.node, Ellipsis) or suffix.values:
                    raise error(
                        "CNN008",
                        "a pattern with `...` or a list of counts fits nothing in particular",
                        item.span,
                        help=("write [..]*N for any number of passes",),
                    )
                if suffix.optional:
                    key = optional_key(item)
                    known = bound.get(key)
                    if known is None:
                        return state, iter(
                            (
                                State(frame, tokens, pos, {**bound, key: 1}),
                                State(behind, tokens, pos, {**bound, key: 0}),
                            )
                        )
                    if known == 0:
                        state = State(behind, tokens, pos, bound)
                        continue
            if suffix.repeat is not None:
                count, names = self.count_of(chain, at)
                if any(name not in bound for name in names):
                    return state, self.counted(state, chain, at, done, behind)
                wanted = self.value(count, bound)
                if wanted is None or wanted < done:
                    return None
                if wanted == done:
                    state = State(behind, tokens, pos, bound)
                    continue
                if (run := self.pass_of(chain, at, bound)) is not None:
                    most = self.most(run, tokens, pos, bound)
                    if most < wanted - done:
                        self.stopped(run, tokens, pos + most * run.width, bound)
                        return None
                    state = State(behind, tokens, pos + (wanted - done) * run.width, bound)
                    continue
                behind = self.frame("pass", chain, at, behind, done + 1, pos)
            one = self.once(chain, at, tokens, pos, bound, behind)
            if one is None:
                return None
            if isinstance(one, State):
                state = one
                continue
            return state, one

    def once(
        self,
        chain: int,
        at: int,
        tokens: tuple[LayerInstance, ...],
        pos: int,
        bound: dict[str | int, int],
        behind: int,
    ) -> State | Iterator[State] | None:
        """One pass of an item."""
        items, scope = self.chains[chain]
        item = items.items[at]
        node = item.node
        if isinstance(node, tree.LayerNode):
            want = self.want(chain, at)
            if pos < len(tokens):
                ways = list(self.fits(want, tokens[pos], bound))
                if len(ways) == 1:
                    return State(behind, tokens, pos + 1, ways[0])
                if ways:
                    return iter([State(behind, tokens, pos + 1, way) for way in ways])
            self.left(tokens, pos, bound, want.text, want.span)
            return None
        if isinstance(node, Group):
            return State(
                self.frame("item", self.chain_number(node.chain, scope), 0, behind),
                tokens,
                pos,
                bound,
            )
        if isinstance(node, Call):
            body, inside = self.body(item, node, scope)
            return State(
                self.frame("item", self.chain_number(body, inside), 0, behind), tokens, pos, bound
            )
        assert isinstance(node, Join)
        if (
            pos < len(tokens)
            and tokens[pos].kind == node.op
            and len(tokens[pos].branches) == len(node.branches)
        ):
            self.places[tokens[pos].order] = (tokens, pos)
            return self.next_branch(
                self.join_number(chain, at), -1, tokens[pos].order, behind, bound
            )
        self.left(tokens, pos, bound, node.op, Span(item.start, item.start + len(node.op)))
        return None

    # -- joins ----------------------------------------

    def join_number(self, chain: int, at: int) -> int:
        """A join as a chain of its own: its branches are looked up by their place."""
        items, scope = self.chains[chain]
        one = items.items[at]
        key = (id(items), at)
        if key not in self.joins:
            self.joins[key] = Chain((one._replace(suffix=tree.PLAIN),), one.span)
        return self.chain_number(self.joins[key], scope)

    def next_branch(
        self, chain: int, at: int, join: int, after: int, bound: dict[str | int, int]
    ) -> State:
        """Into the branch behind number ``at``, or out of the join."""
        items, scope = self.chains[chain]
        node = items.items[0].node
        assert isinstance(node, Join)
        tokens, pos = self.places[join]
        if at + 1 == len(node.branches):
            return State(after, tokens, pos + 1, bound)
        behind = self.frame("branch", chain, at + 1, after, join=join)
        inside = tokens[pos].branches[at + 1]
        if not node.branches[at + 1].items:
            return State(behind, inside, 0, bound)
        return State(
            self.frame("item", self.chain_number(node.branches[at + 1], scope), 0, behind),
            inside,
            0,
            bound,
        )

    # -- repeats ----------------------------------------

    def counted(self, state: State, chain: int, at: int, done: int, behind: int) -> Iterator[State]:
        """The ways to go on with a repeat after ``done`` passes, where a letter says how many there
        are.
        """
        self.step()
        count, _ = self.count_of(chain, at)
        _, tokens, pos, bound = state
        run = self.pass_of(chain, at, bound)
        limit = self.highest(count, bound)
        if limit is not None and limit <= done:
            pass
        elif run is not None:  # equal passes: counted once for all
            most = self.most(run, tokens, pos, bound)
            if limit is None or done + most < limit:
                self.stopped(run, tokens, pos + most * run.width, bound)
            else:
                most = limit - done
            fits: Iterable[int] = range(most, -1, -1)
            if (
                self.after(behind)[0] == ""
            ):  # one count alone ends where the network does; the furthest says where it leaves
                passes, rest = divmod(len(tokens) - pos, run.width)
                fits = (passes,) if rest == 0 and passes <= most else (most,)
            for more in fits:
                if self.blocked(behind, tokens, pos + more * run.width, bound):
                    continue
                for way in self.solve(count, done + more, bound):
                    yield State(behind, tokens, pos + more * run.width, way)
            return
        else:
            one = self.once(
                chain, at, tokens, pos, bound, self.frame("pass", chain, at, behind, done + 1, pos)
            )
            if isinstance(one, State):
                yield one
            elif one is not None:
                yield from one
        if not self.blocked(behind, tokens, pos, bound):
            for way in self.solve(count, done, bound):
                yield State(behind, tokens, pos, way)

    def after(self, frame: int) -> tuple[str | None, str, Span]:
        """What must come next: the kind of a layer, or nothing for the end; None where it may be
        this or that. Then how it is called, and where it stands in the pattern.
        """
        found = self.nexts.get(frame)
        if found is None:
            end = self.pattern.chain.span.end
            found = "", "the end", Span(end, end)
            at_frame = frame
            while at_frame != END:
                op, chain, at, _, _, _, after = self.frames[at_frame]
                items = self.chains[chain][0]
                if op == "branch":
                    found = "", "the end of the branch", items.span
                elif op == "item" and at == len(items.items):
                    at_frame = after
                    continue
                else:
                    item = items.items[at]
                    plain = (
                        op == "item"
                        and isinstance(item.node, tree.LayerNode)
                        and item.suffix.repeat is None
                    )
                    if plain and not (item.suffix.optional or item.suffix.values):
                        want = self.want(chain, at)
                        found = want.kind, want.text, want.span
                    else:
                        found = None, "", items.span
                break
            self.nexts[frame] = found
        return found

    def blocked(
        self, frame: int, tokens: tuple[LayerInstance, ...], pos: int, bound: dict[str | int, int]
    ) -> bool:
        """Can what must come next not stand here? It is then remembered as if it had been tried."""
        kind, wanted, span = self.after(frame)
        if kind is None or kind == (tokens[pos].kind if pos < len(tokens) else ""):
            return False
        self.eighths += 1
        if self.eighths % 8 == 0:
            self.step()
        self.left(tokens, pos, bound, wanted, span)
        return True

    def highest(self, count: Expression, bound: Bindings) -> int | None:
        """The most passes that a repeat may have; None where no domain says."""
        free = [name for name in letters_of(count) if name not in bound]
        domain = self.domains.get(free[0], ()) if len(free) == 1 else ()
        if not 0 < len(domain) <= 10_000:
            return None
        key = (count, *[bound.get(name) for name in letters_of(count)])
        if key not in self.limits:
            self.limits[key] = max(
                self.value(count, {**bound, free[0]: one}) or 0 for one in domain
            )
        return self.limits[key]

    def value(self, count: Expression, bound: Bindings) -> int | None:
        try:
            return evaluate(count, numbers(bound))
        except ArchitectureError:
            return None

    def count_of(self, chain: int, at: int) -> tuple[Expression, list[str]]:
        """How often an item is to be repeated, and the letters in that."""
        key = (chain, at)
        if key not in self.counts:
            items, scope = self.chains[chain]
            repeat = items.items[at].suffix.repeat
            assert repeat is not None
            count = self.outer(repeat, scope)
            self.counts[key] = count, letters_of(count)
        return self.counts[key]

    def body_of(self, chain: int, at: int) -> int | None:
        """The number of the chain that an item stands for; None where it is a layer, or a join."""
        items, scope = self.chains[chain]
        item = items.items[at]
        if isinstance(item.node, Group):
            return self.chain_number(item.node.chain, scope)
        if isinstance(item.node, Call):
            return self.chain_number(*self.body(item, item.node, scope))
        return None

    def within(self, chain: int, at: int) -> tuple[str | int, ...] | None:
        """The choices in one pass of an item; None where its passes need not be of one length."""
        key = (chain, at)
        if key not in self.inner:
            item = self.chains[chain][0].items[at]
            found: frozenset[str | int] | None = None
            if isinstance(item.node, tree.LayerNode):
                found = self.want(chain, at).letters
            elif (body := self.body_of(chain, at)) is not None:
                inside = self.chains[body][0].items
                if all(
                    not one.suffix.values and self.within(body, index) is not None
                    for index, one in enumerate(inside)
                ):
                    found = self.letters_from(body, 0)
            self.inner[key] = None if found is None else tuple(found)
        return self.inner[key]

    def pass_of(self, chain: int, at: int, bound: Bindings) -> Pass | None:
        """One pass of an item where no choice is left in it."""
        names = self.within(chain, at)
        if names is None or not all(name in bound for name in names):
            return None
        key = (chain, at, *[bound[name] for name in names])
        if key not in self.passes:
            self.step()
            self.passes[key] = self.made_pass(chain, at, bound)
        return self.passes[key]

    def made_pass(self, chain: int, at: int, bound: Bindings) -> Pass | None:
        """None for a pass of no layers, and for one that cannot be."""
        body = self.body_of(chain, at)
        if body is None:
            return Pass(1, self.want(chain, at), [], {})
        width, parts = 0, []
        for index, item in enumerate(self.chains[body][0].items):
            if item.suffix.optional and not bound[optional_key(item)]:
                continue
            times = (
                1
                if item.suffix.repeat is None
                else self.value(self.count_of(body, index)[0], bound)
            )
            if times is None or times < 0:
                return None
            one = self.pass_of(body, index, bound)
            if times and one is not None:
                parts.append((one, times))
                width += times * one.width
        return Pass(width, None, parts, {}) if width else None

    def most(
        self, one: Pass, tokens: tuple[LayerInstance, ...], pos: int, bound: dict[str | int, int]
    ) -> int:
        """How many passes fit from a place on."""
        here, begun = id(tokens), []
        while (here, pos) not in one.runs:
            self.eighths += 1
            if self.eighths % 8 == 0:
                self.step()
            if not self.pass_fits(one, tokens, pos, bound):
                one.runs[here, pos] = 0
                break
            begun.append(pos)
            pos += one.width
        count = one.runs[here, pos]
        for place in reversed(begun):
            count += 1
            one.runs[here, place] = count
        return count

    def pass_fits(
        self, one: Pass, tokens: tuple[LayerInstance, ...], pos: int, bound: dict[str | int, int]
    ) -> bool:
        if pos + one.width > len(tokens):
            return False
        if one.want is not None:
            return any(True for _ in self.fits(one.want, tokens[pos], bound))
        for part, times in one.parts:
            if self.most(part, tokens, pos, bound) < times:
                return False
            pos += times * part.width
        return True

    def stopped(
        self, one: Pass, tokens: tuple[LayerInstance, ...], pos: int, bound: dict[str | int, int]
    ) -> None:
        """Remembers how far a pass came that does not fit."""
        if pos < len(tokens) and tokens[pos].order + one.width <= self.far:
            return  # it cannot be the furthest
        while one.want is None:
            for part, times in one.parts:
                most = self.most(part, tokens, pos, bound)
                pos += min(most, times) * part.width
                if most < times:
                    one = part
                    break
            else:
                return
        self.left(tokens, pos, bound, one.want.text, one.want.span)

    # -- what came out ----------------------------------------

    def solved(self, bound: dict[str | int, int]) -> None:
        found: dict[str, int | bool] = {}
        for choice in self.choices:
            key = choice.key if choice.key is not None else choice.name
            if key in bound:
                found[choice.name] = bool(bound[key]) if choice.optional else bound[key]
        mark = tuple(found.items())
        if mark in self.seen:
            return
        if len(self.solutions) == self.limit:
            self.more = True
            return
        self.seen.add(mark)
        self.solutions.append(found)

    def left(
        self,
        tokens: tuple[LayerInstance, ...],
        pos: int,
        bound: dict[str | int, int],
        wanted: str,
        span: Span,
    ) -> None:
        """Remembers the furthest place where the network leaves the pattern, and what would have
        fit.
        """
        order = tokens[pos].order if pos < len(tokens) else self.end_order(tokens)
        if order > self.far:
            self.far, self.expected, self.far_bound = order, {}, bound
            self.far_tokens, self.far_pos = tokens, pos
        if order == self.far:
            self.expected[wanted, span] = None

    def end_order(self, tokens: tuple[LayerInstance, ...]) -> int:
        """The order of what would follow the last of these layers."""
        if not tokens:
            return 0
        last = tokens[-1]
        while last.branches and any(last.branches):
            last = next(branch for branch in reversed(last.branches) if branch)[-1]
        return last.order + 1

    def leaving(self) -> Leaving:
        tokens, pos = self.far_tokens, self.far_pos
        if pos < len(tokens):
            at, found = tokens[pos].span, tokens[pos].kind
        else:
            end = tokens[-1].span.end if tokens else self.network.chain.span.end
            if tokens is self.tokens:
                end = self.network.chain.span.end
            at, found = Span(end, end), "the end"
        bound = tuple(
            choice.shown(self.far_bound[key])
            for choice in self.choices
            if (key := choice.key if choice.key is not None else choice.name) in self.far_bound
        )
        return Leaving(
            self.network.original(at),
            found,
            tuple(dict.fromkeys(word for word, _ in self.expected)),
            tuple(self.pattern.original(span) for _, span in self.expected),
            self.far,
            bound,
        )
