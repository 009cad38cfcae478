"""Search for the letters with which a network matches a pattern.

Kinds are compared, and sizes where the pattern states them. A letter has one value everywhere and a
``?`` is one choice, so a match is an assignment of both. The search goes through the pattern depth
first. It remembers which frames failed at which layer with which letters, counts runs of equal
layers once, and takes a bounded number of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Call, Ellipsis, Group, Item, Join, LayerNode
from cnnsize.limits import MAX_MATCH_CHOICES, MAX_SOLUTIONS
from cnnsize.patterns.choices import Values, with_distinct_names
from cnnsize.patterns.inventory import Inventory
from cnnsize.patterns.items import optional_key
from cnnsize.patterns.matching.equations import Equations, letter_domains
from cnnsize.patterns.matching.iterations import Iterations
from cnnsize.patterns.matching.match import Furthest, Match, binding_key
from cnnsize.patterns.matching.program import END, Program
from cnnsize.patterns.matching.steps import Steps
from cnnsize.patterns.matching.tokens import LayerInstance, unroll
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.span import Span

CS231N = "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC"
MAX_FAILED_STATES = 200_000  # that are remembered


class SearchState(NamedTuple):
    """A point of the search: the frame to match next, the layer it is at, and the choices made."""

    frame: int
    layers: tuple[LayerInstance, ...]  # of the network, or of the branch that the search is in
    layer_index: int
    bindings: dict[str | int, int]


def match(
    pattern: ParsedArchitecture,
    network: ParsedArchitecture,
    limit: int = MAX_SOLUTIONS,
    *,
    values: Mapping[str, Values] | None = None,
    progress: Callable[[int, int], None] | None = None,
    letters: Mapping[str, int] | None = None,
) -> Match:
    """Return the ways, up to ``limit``, in which a network matches a pattern.

    ``values`` and ``where`` bind letters of the pattern; others may have any value. ``letters`` are
    those of the network; None takes them from its ``where``. ``progress`` is called now and then with
    the number of steps so far and the most there may be. Raises ArchitectureError where the network
    has open letters, or the search takes too many steps.
    """
    layers = unroll(network, letters)
    try:
        limit = max(1, min(limit, MAX_SOLUTIONS))
        return Search(
            pattern, network, layers, limit=limit, values=values or {}, progress=progress
        ).run()
    except ArchitectureError as failure:
        raise pattern.mapped_error(failure) from None


class Search:
    """One search for the solutions of one pattern, by backtracking."""

    def __init__(
        self,
        pattern: ParsedArchitecture,
        network: ParsedArchitecture,
        layers: tuple[LayerInstance, ...],
        *,
        limit: int,
        values: Mapping[str, Values],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        span = pattern.chain.span
        inventory = Inventory(pattern)
        if len(inventory.choices) > MAX_MATCH_CHOICES:
            raise error(
                "CNN009",
                f"the pattern has {len(inventory.choices):,} letters and `?`; "
                f"at most {MAX_MATCH_CHOICES:,} are supported",
                span,
            )
        self.pattern = pattern
        self.network = network
        self.layers = layers
        self.limit = limit
        self.choices = with_distinct_names(list(inventory.choices.values()))
        self.steps = Steps(span, progress)
        self.program = Program(pattern)
        self.equations = Equations(letter_domains(pattern, inventory, values), span, self.steps)
        self.furthest = Furthest()
        self.iterations = Iterations(self.program, self.equations, self.furthest, self.steps)
        # the list that holds each join of the network, and its index there, by its order
        self.join_sites: dict[int, tuple[tuple[LayerInstance, ...], int]] = {}
        self.solutions: dict[tuple[tuple[str, int | bool], ...], dict[str, int | bool]] = {}
        self.more = False

    def run(self) -> Match:
        """Search for solutions until all are found or the limit is reached."""
        try:
            self.backtrack(self.start())
        except ArchitectureError as failure:
            if failure.diagnostic.code != "CNN009" or not self.solutions:
                raise
            self.more = True  # the network matches, and the rest of the search may find more
        names = tuple(choice.name for choice in self.choices)
        if self.solutions:
            solutions = tuple(self.solutions.values())
            return Match(self.pattern, self.network, solutions, self.more, None, names)
        mismatch = self.furthest.mismatch(self.pattern, self.network, self.layers, self.choices)
        return Match(self.pattern, self.network, (), False, mismatch, names)

    def start(self) -> SearchState:
        """Return the first state; an INPUT that only one of the two has is skipped."""
        chain = self.pattern.chain
        first = chain.items[0].node
        pattern_has_input = isinstance(first, LayerNode) and first.kind == "INPUT"
        network_has_input = bool(self.layers) and self.layers[0].kind == "INPUT"
        skipped = 1 if pattern_has_input and not network_has_input else 0
        index = 1 if network_has_input and not pattern_has_input else 0
        number = self.program.chain_number(chain, {})
        return SearchState(
            self.program.frame_number("item", number, skipped, END), self.layers, index, {}
        )

    def backtrack(self, start: SearchState) -> None:
        """Try all alternatives depth first, and remember the states that lead to no solution."""
        failed: set[Any] = set()
        # the key of a state, its alternatives, and how many solutions there were before it
        stack: list[tuple[Any, Iterator[SearchState], int]] = [(None, iter((start,)), 0)]
        while stack and not self.more:
            key, alternatives, solutions_before = stack[-1]
            state = next(alternatives, None)
            if state is None:
                stack.pop()
                without_solution = key is not None and len(self.solutions) == solutions_before
                if without_solution and len(failed) < MAX_FAILED_STATES:
                    failed.add(key)
                continue
            fork = self.advance(state)
            if fork is None:
                continue
            state, alternatives = fork
            key = self.state_key(state)
            if key not in failed:
                stack.append((key, alternatives, len(self.solutions)))

    def state_key(self, state: SearchState) -> Any:
        """Return what decides whether a state leads to a solution."""
        ahead = self.program.choices_ahead[state.frame] if state.frame != END else frozenset()
        self.steps.taken += len(state.bindings) // 2
        bound = sorted((str(key), value) for key, value in state.bindings.items() if key in ahead)
        return state.frame, id(state.layers), state.layer_index, tuple(bound)

    # -- one step ----------------------------------------

    def advance(self, state: SearchState) -> tuple[SearchState, Iterator[SearchState]] | None:
        """Go on while there is one alternative only. Return the state that has several, with these;
        None after a solution or a mismatch.
        """
        while True:
            self.steps.take()
            if state.frame == END:
                self.finish(state)
                return None
            following = self.follow(state)
            if following is None:
                return None
            if not isinstance(following, SearchState):
                return state, following
            state = following

    def finish(self, state: SearchState) -> None:
        """Record a solution, or a mismatch if layers of the network are left."""
        _, layers, index, bindings = state
        if index == len(layers):
            self.record_solution(bindings)
        else:
            self.furthest.record(layers, index, bindings, "the end", self.program.end_span())

    def follow(self, state: SearchState) -> SearchState | Iterator[SearchState] | None:
        """Return the state after a frame's next item, its alternatives, or None for a mismatch."""
        frame, layers, index, bindings = state
        op, chain, position, done, begin, join, next_frame = self.program.frames[frame]
        items = self.program.chains[chain][0]
        if op == "branch":
            if index != len(layers):
                text = "the end of the branch"
                self.furthest.record(layers, index, bindings, text, items.span)
                return None
            return self.next_branch(chain, position, join, next_frame, bindings)
        if op == "item" and position == len(items.items):
            return SearchState(next_frame, layers, index, bindings)
        item = items.items[position]
        suffix = item.suffix
        if op == "iteration":  # the frame's item is the repetition, ``done`` iterations of it match
            if index == begin:  # the last one took no layers, and neither would more of them
                return SearchState(next_frame, layers, index, bindings)
        else:
            next_frame, done = self.program.frame_number("item", chain, position + 1, next_frame), 0
            refuse_lists(item)
            if suffix.optional:
                key = optional_key(item)
                included = bindings.get(key)
                if included is None:
                    return iter(
                        (
                            SearchState(frame, layers, index, {**bindings, key: 1}),
                            SearchState(next_frame, layers, index, {**bindings, key: 0}),
                        )
                    )
                if included == 0:
                    return SearchState(next_frame, layers, index, bindings)
        state = SearchState(next_frame, layers, index, bindings)
        if suffix.repeat is not None:
            return self.repeat(state, chain, position, done)
        return self.match_item(state, chain, position)

    def match_item(
        self, state: SearchState, chain: int, position: int
    ) -> SearchState | Iterator[SearchState] | None:
        """Match an item once; ``state`` has the frame after it."""
        next_frame, layers, index, bindings = state
        items, scope = self.program.chains[chain]
        item = items.items[position]
        node = item.node
        if isinstance(node, LayerNode):
            want = self.program.want(chain, position)
            if index < len(layers):
                ways = self.equations.match_layer(want, layers[index], bindings)
                if len(ways) == 1:
                    return SearchState(next_frame, layers, index + 1, ways[0])
                if ways:
                    return iter([SearchState(next_frame, layers, index + 1, way) for way in ways])
            self.furthest.record(layers, index, bindings, want.text, want.span)
            return None
        if isinstance(node, Group):
            inner = self.program.chain_frame(node.chain, scope, next_frame)
            return SearchState(inner, layers, index, bindings)
        if isinstance(node, Call):
            body, body_scope = self.program.block_body(item, node, scope)
            inner = self.program.chain_frame(body, body_scope, next_frame)
            return SearchState(inner, layers, index, bindings)
        assert isinstance(node, Join)
        if index < len(layers):
            instance = layers[index]
            if instance.kind == node.op and len(instance.branches) == len(node.branches):
                self.join_sites[instance.order] = layers, index
                join = self.program.join_number(chain, position)
                return self.next_branch(join, -1, instance.order, next_frame, bindings)
        operator = Span(item.start, item.start + len(node.op))
        self.furthest.record(layers, index, bindings, node.op, operator)
        return None

    def next_branch(
        self, chain: int, branch: int, join: int, next_frame: int, bindings: dict[str | int, int]
    ) -> SearchState:
        """Return the state at the start of the branch after ``branch``, or after the join."""
        items, scope = self.program.chains[chain]
        node = items.items[0].node
        assert isinstance(node, Join)
        layers, index = self.join_sites[join]
        branch += 1
        if branch == len(node.branches):
            return SearchState(next_frame, layers, index + 1, bindings)
        frame = self.program.frame_number("branch", chain, branch, next_frame, join=join)
        if node.branches[branch].items:
            frame = self.program.chain_frame(node.branches[branch], scope, frame)
        return SearchState(frame, layers[index].branches[branch], 0, bindings)

    # -- repetitions ----------------------------------------

    def repeat(
        self, state: SearchState, chain: int, position: int, done: int
    ) -> SearchState | Iterator[SearchState] | None:
        """Go on with a repetition after ``done`` iterations; ``state`` has the frame after it."""
        next_frame, layers, index, bindings = state
        count, letters = self.program.count(chain, position)
        if any(letter not in bindings for letter in letters):
            return self.open_repeat(state, chain, position, done)
        total = self.equations.value(count, bindings)
        if total is None or total < done:
            return None
        left = total - done
        if left == 0:
            return state
        iteration = self.iterations.get(chain, position, bindings)
        if iteration is not None:
            fitting = self.iterations.count_fitting(iteration, layers, index, bindings)
            if fitting < left:
                index += fitting * iteration.width
                self.iterations.record_mismatch(iteration, layers, index, bindings)
                return None
            return SearchState(next_frame, layers, index + left * iteration.width, bindings)
        return self.iterate(state, chain, position, done)

    def iterate(
        self, state: SearchState, chain: int, position: int, done: int
    ) -> SearchState | Iterator[SearchState] | None:
        """Match one more iteration of a repetition; ``state`` has the frame after all of them."""
        frame = self.program.frame_number(
            "iteration", chain, position, state.frame, done=done + 1, begin=state.layer_index
        )
        return self.match_item(state._replace(frame=frame), chain, position)

    def open_repeat(
        self, state: SearchState, chain: int, position: int, done: int
    ) -> Iterator[SearchState]:
        """Yield the ways to go on with a repetition whose count has letters without a value."""
        self.steps.take()
        next_frame, layers, index, bindings = state
        count, _ = self.program.count(chain, position)
        iteration = self.iterations.get(chain, position, bindings)
        maximum = self.equations.maximum(count, bindings)
        may_continue = maximum is None or maximum > done
        if may_continue and iteration is not None:  # equal iterations are counted once for all
            width = iteration.width
            fitting = self.iterations.count_fitting(iteration, layers, index, bindings)
            if maximum is None or done + fitting < maximum:
                end = index + fitting * width
                self.iterations.record_mismatch(iteration, layers, end, bindings)
            else:
                fitting = maximum - done
            counts: Iterable[int] = range(fitting, -1, -1)
            if self.program.expected_at(next_frame).kind == "":
                # only one count ends where the network does; the highest shows the mismatch
                exact, rest = divmod(len(layers) - index, width)
                counts = (exact,) if rest == 0 and exact <= fitting else (fitting,)
            for iterations in counts:
                end = index + iterations * width
                if self.is_blocked(next_frame, layers, end, bindings):
                    continue
                for solution in self.equations.solve(count, done + iterations, bindings):
                    yield SearchState(next_frame, layers, end, solution)
            return
        if may_continue:
            following = self.iterate(state, chain, position, done)
            if isinstance(following, SearchState):
                yield following
            elif following is not None:
                yield from following
        if not self.is_blocked(next_frame, layers, index, bindings):
            for solution in self.equations.solve(count, done, bindings):
                yield SearchState(next_frame, layers, index, solution)

    def is_blocked(
        self,
        frame: int,
        layers: tuple[LayerInstance, ...],
        index: int,
        bindings: dict[str | int, int],
    ) -> bool:
        """Return whether a frame cannot match here by kind alone, and record the mismatch."""
        kind, text, span = self.program.expected_at(frame)
        if kind is None or kind == (layers[index].kind if index < len(layers) else ""):
            return False
        self.steps.take_eighth()
        self.furthest.record(layers, index, bindings, text, span)
        return True

    # -- solutions ----------------------------------------

    def record_solution(self, bindings: dict[str | int, int]) -> None:
        """Record an assignment, unless it is known; at the limit record that there are more."""
        solution: dict[str, int | bool] = {}
        for choice in self.choices:
            value = bindings.get(binding_key(choice))
            if value is not None:
                solution[choice.name] = bool(value) if choice.optional else value
        key = tuple(solution.items())
        if key in self.solutions:
            return
        if len(self.solutions) == self.limit:
            self.more = True
        else:
            self.solutions[key] = solution


def refuse_lists(item: Item) -> None:
    """Raise ArchitectureError (CNN008) for ``...`` and for a list of counts."""
    if isinstance(item.node, Ellipsis) or item.suffix.values:
        raise error(
            "CNN008",
            "a pattern cannot contain `...` or a list of counts",
            item.span,
            help=("write [..]*N for any number of repetitions",),
        )
