"""Families: a text with free letters and ``?`` stands for many networks, its members.

A member is one assignment of all letters and ``?``. Members are counted without being looked at.
They are walked as a tree: choices are bound in the order in which the text meets them, what stands
before a choice is sized once for all members behind it, and what was sized once on a volume is not
sized again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Call, Chain, Item, LayerNode, all_items
from cnnsize.layers.ends import Input
from cnnsize.layers.volume import KEEP, Volume
from cnnsize.limits import FAMILY_PHASES, FREE_REPEAT, MAX_KEPT, MAX_MEMBERS, MAX_STEPS
from cnnsize.network import Network
from cnnsize.patterns.binding import bind, changed, decided
from cnnsize.patterns.choices import (
    ChainKey,
    Choice,
    Met,
    Uses,
    Values,
    apart,
    chain_key,
    domain_of,
    kept,
    key_of,
    letters_in,
    names,
    open_fc,
    own_letters,
)
from cnnsize.record import replace
from cnnsize.sizing.field import extents
from cnnsize.sizing.follow import MAP_ENDS, Seen, follow_field, followed_layers, input_field
from cnnsize.sizing.make import build, node_letters
from cnnsize.sizing.rows import Block, Fork, Part, Path, Problem, Row
from cnnsize.sizing.settings import TORCH, Settings, severity
from cnnsize.sizing.size import size
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.steps import NO_ZEROS, Zeros, trailing_zeros
from cnnsize.sizing.totals import sum_costs
from cnnsize.sizing.walk import Walk
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, error
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest


class Cause(NamedTuple):
    """Why members fail: one fault of one item, or an error that no layer can be made with."""

    code: str
    start: int
    error: bool


class Member(NamedTuple):
    """One network of a family. What could not be worked out is None."""

    family: Family
    number: int  # from 0, in the order in which members are listed
    choices: tuple[int, ...]
    valid: bool
    output: Volume | None
    params: int | None
    macs: int | None
    activations: int | None
    receptive_field: tuple[int, int] | None
    causes: tuple[Cause, ...] = ()

    @property
    def values(self) -> dict[str, int | bool]:
        """``{"N": 2, "POOL?": True}``, in the order in which the text meets them."""
        return {
            choice.name: bool(value) if choice.optional else value
            for choice, value in zip(self.family.choices, self.choices, strict=True)
        }

    @property
    def flops(self) -> int | None:
        return None if self.macs is None else 2 * self.macs

    @property
    def memory_bytes(self) -> int | None:
        return None if self.activations is None else 4 * self.activations

    @property
    def words(self) -> str:
        """``N = 0, M = 6, with POOL``."""
        return (
            ", ".join(
                choice.shown(value)
                for choice, value in zip(self.family.choices, self.choices, strict=True)
            )
            or "the only member"
        )

    @property
    def text(self) -> str:
        """The member as a network of its own, in canonical text."""
        return str(self.family.written(self.choices))

    def sized(self) -> Network:
        """The member with all its layers. Raises ArchitectureError where a layer cannot be made."""
        return self.family.sized(self.choices)


class _Spot:
    """A volume on the way, and what its positions see. Equal ones are one object."""

    __slots__ = ("_closed", "_field", "seen", "volume")

    def __init__(self, volume: Volume | None, seen: Seen) -> None:
        self.volume = volume
        self.seen = seen
        self._closed: dict[Volume | None, _Spot] = {}
        self._field: tuple[int, int] | int | None = 0  # not worked out yet

    @property
    def receptive_field(self) -> tuple[int, int] | None:
        if isinstance(self._field, int):
            last = self.seen.last
            self._field = None if last is None else extents(last.largest, self.seen.volume)
        return self._field

    def closed(self, volume: Volume | None) -> _Spot:
        """Another volume behind this spot, from which the map does not go on."""
        found = self._closed.get(volume)
        if found is None:
            found = self._closed[volume] = _Spot(volume, self.seen._replace(field=None, more=False))
        return found


class _State(NamedTuple):
    """How far a member has come."""

    spot: _Spot
    params: int
    macs: int
    activations: int
    steps: int
    causes: tuple[Cause, ...]
    dead: bool  # nothing comes out, or a layer cannot be made: the rest is not looked at
    valid: bool
    zeros: Zeros = NO_ZEROS  # of a PAD that came last


class _Delta(NamedTuple):
    """What a stretch of layers does to a volume."""

    rows: tuple[Part, ...]
    output: Volume | None
    closes: bool  # the map ends with the first layer that looks at more than its own position
    params: int
    macs: int
    activations: int
    steps: int
    causes: tuple[Cause, ...]
    dead: bool
    valid: bool
    zeros: Zeros = NO_ZEROS  # of a PAD that came last


class _Stretch(NamedTuple):
    """Top-level items that follow one another with no new choice between them."""

    chain: Chain
    first: int  # of its items, in the whole chain
    uses: tuple[int, ...]  # places of the choices it depends on
    ends: bool  # does it hold the last FC, which has another width?


class Run(NamedTuple):
    """Equal members that follow one another: so many of them, the first with this number."""

    first: int
    length: int
    state: _State
    choices: tuple[int, ...]  # of the first


class _Walk(Walk):
    """A walk that knows which ``?`` are in, and remembers what a chain did to a volume."""

    def __init__(self, family: Family, values: Mapping[str, int], on: Mapping[int, int]) -> None:
        super().__init__(family.settings, values, family.architecture.definitions)
        self.max_steps = family.most_steps
        self.family = family
        self.on = on

    def item(
        self, item: Item, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        if item.suffix.optional:
            if not self.on[key_of(item)]:
                return [], volume
            item = kept(item)
        return super().item(item, volume, path, tail)

    def chain(
        self, chain: Chain, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        uses = self.family.uses(chain)
        values = self.scope.values
        key = (
            chain_key(chain),
            volume,
            tail,
            self.depth,
            self.pad_zeros,
            tuple([values.get(name) for name in uses.letters]),
            tuple([self.on[one] for one in uses.optionals]),
        )
        memory = self.family.memory
        self.family.work += 1
        found = memory.get(key)
        if found is None:
            self.family.work += 4 * len(chain.items)
            steps, problems, seen, spared = (
                self.steps,
                self.problems,
                self._seen,
                self.ignored_faults,
            )
            self.steps, self.problems, self._seen, self.ignored_faults = 0, [], set(), 0
            rows, out = super().chain(chain, volume, path, tail)
            body: tuple[Part, ...] = (
                (Block(chain.items[0], "", (), path, tuple(rows)),) if rows else ()
            )
            found = (body, out, tuple(self.problems), self.steps, self.ignored_faults)
            self.steps, self.problems, self._seen, self.ignored_faults = (
                steps,
                problems,
                seen,
                spared,
            )
            if len(memory) > MAX_KEPT:
                memory.clear()
            memory[key] = found
        body, out, faults, steps, spared = found
        self.steps += steps
        self.ignored_faults += spared
        if self.steps > self.max_steps:
            self.too_many(chain.items[0])
        for fault in faults:
            mark = (fault.item.start, fault.fault.code + (fault.fault.axis or ""))
            if mark not in self._seen:
                self._seen.add(mark)
                self.problems.append(fault)
        return list(body), out

    def once(
        self, item: Item, volume: Volume | None, path: Path, tail: bool
    ) -> tuple[list[Part], Volume | None]:
        self.family.work += 3
        return super().once(item, volume, path, tail)

    def holds_fc(self, item: Item) -> bool:
        """An item that is out holds none; where a ``?`` is still open, there is no FC behind it."""
        if item.suffix.optional and not self.on.get(key_of(item)):
            return False
        node = item.node
        if isinstance(node, Call):
            definition = self.definitions.get(node.name)
            return (
                definition is not None and definition.open_fc and open_fc(definition.chain, self.on)
            )
        return super().holds_fc(item)


def ends_the_map(parts: Iterable[Part]) -> bool | None:
    """Is the first layer here that looks at more than its own position a head? None: there is no
    such layer.
    """
    for part in parts:
        if isinstance(part, Row):
            volume = part.inputs[0]
            if volume is None or part.layer.kind in MAP_ENDS:
                return True
            if part.layer.traits.role == "convolution" or part.layer.reach(volume) is not KEEP:
                return False
        elif isinstance(part, Fork):
            return False
        elif (found := ends_the_map(part.body)) is not None:
            return found
    return None


class Family:
    """All members of a pattern. Iterate it for the members, in the order of their letters.

    ``choices`` are what is free, in the order in which the text meets it; the last one turns
    fastest.
    """

    def __init__(
        self,
        architecture: ParsedArchitecture,
        input: tuple[int, int, int] | None = None,
        settings: Settings = TORCH,
        values: Mapping[str, Values] | None = None,
    ) -> None:
        self.architecture = architecture
        self.input = input
        self.settings = settings
        self.given = dict(values or {})
        self.work = 0  # in units of about five microseconds
        self.most: int | None = None  # the work that is allowed
        self.most_steps = MAX_STEPS + sum(
            1 for _ in all_items(architecture.chain)
        )  # of one member, as Walk counts them
        self.memory: dict[
            Any, tuple[tuple[Part, ...], Volume | None, tuple[Problem, ...], int, int]
        ] = {}
        self._uses: dict[ChainKey, Uses] = {}
        self._spots: dict[tuple[Volume | None, int], _Spot] = {}
        self._deltas: dict[tuple[int, Volume | None, tuple[int, ...], Zeros], _Delta] = {}
        self._followed: dict[tuple[int, int, int, int, tuple[int, ...]], tuple[Seen, Seen]] = {}
        self._seen: dict[Seen, Seen] = {}
        try:
            self.bound, choices = self._domains()
        except ArchitectureError as wrong:
            raise architecture.mapped_error(wrong) from None
        self.choices: tuple[Choice, ...] = choices

    def __reduce__(self) -> tuple[Any, ...]:
        return Family, (self.architecture, self.input, self.settings, self.given)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Family) and (
            (self.architecture, self.input, self.settings, self.bound, self.choices)
            == (other.architecture, other.input, other.settings, other.bound, other.choices)
        )

    def __hash__(self) -> int:
        return hash((self.architecture, self.input))

    def __repr__(self) -> str:
        return f"<Family {str(self.architecture)!r} of {shown_count(self.members)} members>"

    def forget(self) -> None:
        """Lets go of what was remembered to size members faster."""
        for table in (self.memory, self._spots, self._deltas, self._followed, self._seen):
            table.clear()

    # -- what is free ----------------------------------------

    @property
    def members(self) -> int:
        """How many members there are: the product of all choices."""
        return prod(len(choice.values) for choice in self.choices)

    def _domains(self) -> tuple[dict[str, int], tuple[Choice, ...]]:
        """The letters with one value, and the choices."""
        statement = self.architecture.statement
        found_in = Met(self.architecture)
        met, roles = found_in.choices, found_in.roles
        written = {domain.name: domain for domain in statement.where}
        for name in written:
            if name not in roles:
                near = nearest(name, roles) or sorted(roles)
                raise error(
                    "CNN004",
                    f"there is no letter {name} in this network",
                    written[name].span,
                    help=(f"its letters are {', '.join(near)}",)
                    if near
                    else ("it has no letters",),
                )
        bound: dict[str, int] = {}
        for name in self.given:
            if name not in roles:
                near = nearest(name, roles) or sorted(roles)
                raise error(
                    "CNN004",
                    f"there is no letter {name} in this network",
                    statement.chain.span,
                    help=(f"its letters are {', '.join(near)}",)
                    if near
                    else ("it has no letters",),
                )
        found: list[Choice] = []
        for choice in met.values():
            if choice.optional:
                found.append(choice)
                continue
            name = choice.name
            if name in self.given:
                values = domain_of(name, self.given[name], statement.chain.span)
            elif name in written:
                values = domain_of(name, written[name].values, written[name].span)
            elif not roles[name] & {"size", "width"}:
                values = FREE_REPEAT
            else:
                raise error(
                    "CNN008",
                    f"{name} has no value",
                    self._written_at(choice),
                    label="which number?",
                    help=(f"a size has no default: --set {name}=2, or --set {name}=32..64",),
                )
            if len(values) == 1:
                bound[name] = values[0]
            else:
                found.append(replace(choice, values=values))
        self.widths = frozenset(
            at for at, choice in enumerate(found) if roles.get(choice.name) == {"width"}
        )
        return bound, tuple(apart(found))

    def _written_at(self, choice: Choice) -> Span:
        """The number in a layer that a letter without a value stands for."""
        values = {
            name.name: 1 for item in all_items(self.architecture.chain) for name in letters_in(item)
        }
        del values[choice.name]
        for item in all_items(self.architecture.chain):
            if item.span == choice.span and isinstance(item.node, LayerNode):
                try:
                    build(item.node, values, self.settings.defaults)
                except ArchitectureError as wrong:
                    if wrong.diagnostic.code == "CNN008":
                        return wrong.diagnostic.span.shifted(item.start)
        return choice.span

    def uses(self, chain: Chain) -> Uses:
        """What a chain depends on."""
        place = chain_key(chain)
        known = self._uses.get(place)
        if known is not None:
            return known
        letters: dict[str, None] = {}
        optionals: dict[int, None] = {}
        for item in all_items(chain):
            for name, _, _ in own_letters(item):
                letters[name] = None
            if item.suffix.optional:
                optionals[key_of(item)] = None
            node = item.node
            if isinstance(node, Call):
                letters.update(
                    (name.name, None) for argument in node.arguments for name in names(argument)
                )
                definition = self.architecture.definitions.get(node.name)
                if definition is not None:
                    optionals.update(dict.fromkeys(self.uses(definition.chain).optionals))
        found = self._uses[place] = Uses(tuple(letters), tuple(optionals))
        return found

    # -- members one by one ----------------------------------------

    @property
    def start(self) -> Volume | None:
        """The input that all members share; None where it has letters, or there is none."""
        if self.input is not None:
            return Volume(*self.input)
        node = self.architecture.chain.items[0].node
        if not isinstance(node, LayerNode) or node.kind != "INPUT":
            return None
        if node.shape is None:
            return Volume(*self.settings.defaults.input)
        try:
            layer = build(node, self.bound, self.settings.defaults)
        except ArchitectureError:
            return None
        return layer.volume if isinstance(layer, Input) else None

    def check_size(self) -> None:
        """Raises ArchitectureError where there are too many members to look at, before any is."""
        count, span = self.members, self.architecture.chain.span
        if count > MAX_MEMBERS:
            raise self._mapped(
                error(
                    "CNN009",
                    f"a family of {shown_count(count)} members; up to {MAX_MEMBERS:,} are looked at",
                    span,
                    help=self._narrower(),
                )
            )

    def _narrower(self) -> tuple[str, ...]:
        """How a family becomes smaller: the letters with the most values."""
        widest = sorted(
            (one for one in self.choices if not one.optional), key=lambda one: -len(one.values)
        )[:3]
        narrow = tuple(
            f"narrow {one.name}, which takes {len(one.values):,} values: --set {one.name}={_less(one.values)}"
            for one in widest
            if len(one.values) > 2
        )
        return narrow or ("write a letter's value with --set, or leave a `?` out of the text",)

    def __iter__(self) -> Iterator[Member]:
        return self.listed()

    def listed(self) -> Iterator[Member]:
        """Every member with its numbers, in order. Memory does not grow with their number."""
        self.check_size()
        return (member for run in self.runs() for member in self.of_run(run))

    def of_run(self, run: Run) -> Iterator[Member]:
        """The members of a run."""
        yield self.member(run.first, run.choices, run.state)
        for index in range(run.first + 1, run.first + run.length):
            self.work += 1
            if self.most is not None and self.work > self.most:
                raise self._mapped(self._too_much(index))
            yield self.member(index, self.choices_of(index), run.state)

    def member(self, index: int, choices: tuple[int, ...], state: _State) -> Member:
        if state.dead:
            return Member(self, index, choices, False, None, None, None, None, None, state.causes)
        return Member(
            self,
            index,
            choices,
            state.valid,
            state.spot.volume,
            state.params,
            state.macs,
            state.activations,
            state.spot.receptive_field,
            state.causes,
        )

    def choices_of(self, index: int) -> tuple[int, ...]:
        """The values of the member with that number."""
        found: list[int] = []
        for choice in reversed(self.choices):
            index, at = divmod(index, len(choice.values))
            found.append(choice.values[at])
        return tuple(reversed(found))

    def runs(self, most: int | None = None) -> Iterator[Run]:
        """All members in order, those that fail early and alike as one run. Raises
        ArchitectureError where they take more than ``most`` units of work.
        """
        self.most = None if most is None else self.work + most
        try:
            for run in self._runs():
                self.work += 1 + len(run.choices) // 8
                if self.most is not None and self.work > self.most:
                    raise self._too_much(run.first)
                yield run
        except ArchitectureError as wrong:
            raise self._mapped(wrong) from None

    def _too_much(self, looked: int) -> ArchitectureError:
        return error(
            "CNN009",
            f"a family of {shown_count(self.members)} members is too much to check: the limit was reached "
            f"after {looked:,} of them",
            self.architecture.chain.span,
            help=self._narrower(),
        )

    def _runs(self) -> Iterator[Run]:
        program = self._program()
        end = len(program)
        sizes = [len(choice.values) for choice in self.choices]
        behind = [1] * (len(sizes) + 1)  # members that share the first choices
        for at in reversed(range(len(sizes))):
            behind[at] = behind[at + 1] * sizes[at]

        def forward(at: int, state: _State, values: tuple[int, ...]) -> tuple[int, _State]:
            """Sizes up to the next choice."""
            while at < end and not state.dead:
                stretch = program[at]
                if stretch is None:
                    break
                state = self._after(at, stretch, state, values)
                at += 1
            return at, state

        at, state = forward(0, self._start(()), ())
        if state.dead or at == end:
            yield Run(0, behind[0], state, tuple([choice.values[0] for choice in self.choices]))
            return
        # [where in the program, number of the first member, state, values, next value]
        stack: list[list[Any]] = [[at, 0, state, (), 0]]
        while stack:
            frame = stack[-1]
            begin, index, state, values, turn = frame
            depth = len(values)
            if turn == sizes[depth]:
                stack.pop()
                continue
            frame[4] = turn + 1
            values = (*values, self.choices[depth].values[turn])
            index = index * sizes[depth] + turn
            at, state = begin + 1, state if begin else self._start(values)
            at, state = forward(at, state, values)
            if state.dead:
                rest = tuple([choice.values[0] for choice in self.choices[depth + 1 :]])
                yield Run(index * behind[depth + 1], behind[depth + 1], state, values + rest)
            elif at == end:
                yield Run(index, 1, state, values)
            else:
                stack.append([at, index, state, values, 0])

    def _program(self) -> list[_Stretch | None]:
        """The top-level chain cut where choices are first met; None binds the next one."""
        chain = self.architecture.chain
        numbers: dict[str | int, int] = {
            one.key if one.key is not None else one.name: at for at, one in enumerate(self.choices)
        }
        opens = self._open_fc()
        plain = _Walk(self, {}, dict.fromkeys(self._optionals(), 1))
        holds = [opens and plain.holds_fc(item) for item in chain.items]
        needs = self._needs(chain, holds, numbers)
        program: list[_Stretch | None] = []
        bound = begin = 0

        def cut(end: int) -> None:
            nonlocal begin
            if end > begin:
                items = chain.items[begin:end]
                part = Chain(items, Span(items[0].start, items[-1].end))
                needed = sorted(set().union(*needs[begin:end]))
                program.append(_Stretch(part, begin, tuple(needed), any(holds[begin:end])))
            begin = end

        for at, needed in enumerate(needs):
            last = max(needed, default=-1) + 1
            if last > bound:
                cut(at)
                program += [None] * (last - bound)
                bound = last
        cut(len(chain.items))
        program += [None] * (len(self.choices) - bound)
        return program

    def _needs(
        self, chain: Chain, holds: list[bool], numbers: Mapping[str | int, int]
    ) -> list[set[int]]:
        """The choices that each item depends on. Whether an FC is the last depends on every ``?``
        behind it.
        """
        found: list[set[int]] = []
        behind: set[int] = set()  # the ``?`` of all that hold an FC
        for item, held in zip(reversed(chain.items), reversed(holds), strict=True):
            uses = self.uses(Chain((item,), item.span))
            needed = {numbers[key] for key in uses.optionals}
            if held:
                needed = behind = behind | needed
            found.append(needed | {numbers[name] for name in uses.letters if name in numbers})
        return found[::-1]

    def _open_fc(self) -> bool:
        one = self.architecture
        return one.statement.open_fc or any(block.open_fc for block in one.definitions.values())

    def _optionals(self) -> list[int]:
        return [choice.key for choice in self.choices if choice.key is not None]

    def _environment(self, values: tuple[int, ...]) -> tuple[dict[str, int], dict[int, int]]:
        """The letters' values, and which ``?`` are in."""
        letters, on = dict(self.bound), {}
        for choice, value in zip(self.choices, values, strict=False):
            if choice.key is not None:
                on[choice.key] = value
            else:
                letters[choice.name] = value
        return letters, on

    def _spot(self, volume: Volume | None, seen: Seen) -> _Spot:
        key = (volume, id(seen))  # the spot that is kept holds it, so that its id is its own
        found = self._spots.get(key)
        if found is None:
            if len(self._spots) > MAX_KEPT:
                self._spots.clear()
            found = self._spots[key] = _Spot(volume, seen)
        return found

    def _one(self, seen: Seen) -> Seen:
        """The one object of all that are equal."""
        w, h, _ = seen.volume
        seen = Seen(seen.field if seen.more else None, seen.last, Volume(w, h, 1), seen.more)
        if len(self._seen) > MAX_KEPT:
            self._seen.clear()
        return self._seen.setdefault(seen, seen)

    def _start(self, values: tuple[int, ...]) -> _State:
        """Before the first layer. An INPUT of letters begins where these are bound."""
        self.work += 10
        volume: Volume | None
        causes: tuple[Cause, ...] = ()
        if self.input is not None:
            volume = Volume(*self.input)
        else:
            first = self.architecture.chain.items[0]
            node = first.node
            if not (isinstance(node, LayerNode) and node.kind == "INPUT"):
                begin = self.architecture.chain.span.start
                raise error(
                    "CNN005",
                    "there is no INPUT to start from",
                    Span(begin, begin),
                    label="begins here",
                    help=("put INPUT[32x32x3] -> in front, or give --input 32x32x3",),
                )
            letters, _ = self._environment(values)
            if not all(name in letters for name in node_letters(node)):
                return _State(
                    _Spot(None, Seen(None, None, Volume(1, 1, 1))), 0, 0, 0, 0, (), False, True
                )
            try:
                layer = Walk(self.settings, letters).layer(node, first)
                assert isinstance(layer, Input)
                volume = layer.volume
            except ArchitectureError as wrong:
                if wrong.diagnostic.code == "CNN008":
                    raise
                volume, causes = (
                    None,
                    (Cause(wrong.diagnostic.code, wrong.diagnostic.span.start, True),),
                )
        if volume is None:
            return _State(
                _Spot(None, Seen(None, None, Volume(1, 1, 1))), 0, 0, 0, 0, causes, True, False
            )
        field = input_field(())._replace(most=FAMILY_PHASES)
        spot = self._spot(volume, self._one(Seen(field, field, volume)))
        return _State(spot, 0, 0, 0, 0, causes, False, True)

    def _after(self, at: int, stretch: _Stretch, state: _State, values: tuple[int, ...]) -> _State:
        """The state behind a stretch."""
        self.work += 1
        spot = state.spot
        picked = tuple([values[one] for one in stretch.uses])
        delta = self._deltas.get((at, spot.volume, picked, state.zeros))
        if delta is None:
            if len(self._deltas) > MAX_KEPT:
                self._deltas.clear()
            delta = self._delta(stretch, spot.volume, values, state.zeros)
            self.work += 40 + delta.steps
            self._deltas[at, spot.volume, picked, state.zeros] = delta
        rows, output, closes, params, macs, activations, steps, causes, dead, valid, zeros = delta
        steps_here, steps = steps, steps + state.steps
        if dead:
            pass
        elif steps > self.most_steps:
            causes, dead, valid = (
                (*causes, Cause("CNN009", stretch.chain.span.start, True)),
                True,
                False,
            )
        elif closes or not spot.seen.more:
            spot = spot.closed(output)
        else:
            # what positions see does not depend on how deep volumes are
            assert spot.volume is not None
            before, widths = spot.seen, self.widths
            shape = (
                picked
                if not widths
                else tuple([values[one] for one in stretch.uses if one not in widths])
            )
            key = (at, id(before), spot.volume.W, spot.volume.H, shape)
            found = self._followed.get(key)
            if found is None:
                if len(self._followed) > MAX_KEPT:
                    self._followed.clear()
                after = follow_field(rows, before)
                phases = sum(
                    len(axis.lows)
                    for seen in (before, after)
                    if seen.last
                    for axis in seen.last.largest
                )
                self.work += 30 + (
                    followed_layers(rows) * phases // 8 if phases > 4 else steps_here
                )
                found = self._followed[key] = before, self._one(after)
            spot = self._spot(output, found[1])
        if state.causes:
            causes = tuple(dict.fromkeys((*state.causes, *causes)))
        return _State(
            spot,
            state.params + params,
            state.macs + macs,
            state.activations + activations,
            steps,
            causes,
            dead,
            valid and state.valid,
            zeros,
        )

    def _delta(
        self, stretch: _Stretch, volume: Volume | None, values: tuple[int, ...], zeros: Zeros
    ) -> _Delta:
        letters, on = self._environment(values)
        walk = _Walk(self, letters, on)
        walk.pad_zeros = zeros
        ends = False
        first = stretch.chain.items[0]
        if stretch.ends:
            whole = self.architecture.chain
            ends = stretch.first <= walk.last_fc(whole) < stretch.first + len(stretch.chain.items)
        try:
            if (
                stretch.first == 0
                and isinstance(first.node, LayerNode)
                and first.node.kind == "INPUT"
            ):
                if first.suffix.repeat is not None or first.suffix.optional:
                    assert first.suffix.count_span is not None
                    raise error("CNN001", "there is one INPUT", first.suffix.count_span)
                if self.input is not None:
                    walk.scope.layers[first.node] = Input(volume=Volume(*self.input))
            rows, out = walk.chain(stretch.chain, volume, (), ends)
        except ArchitectureError as wrong:
            found = wrong.diagnostic
            if found.code in ("CNN008", "CNN005"):
                raise
            return _Delta(
                (),
                None,
                False,
                0,
                0,
                0,
                0,
                (Cause(found.code, found.span.start, True),),
                True,
                False,
            )
        causes = tuple(
            dict.fromkeys(
                Cause(one.fault.code, one.item.start, severity(one.fault, self.settings) == "error")
                for one in walk.problems
            )
        )
        valid = not any(one.error for one in causes)
        sums = sum_costs(tuple(rows))
        if out is None or sums is None:
            return _Delta((), None, False, 0, 0, 0, walk.steps, causes, True, valid)
        return _Delta(
            tuple(rows),
            out,
            ends_the_map(rows) is True,
            *sums,
            walk.steps,
            causes,
            False,
            valid,
            trailing_zeros(rows, zeros),
        )

    # -- one member ----------------------------------------

    def resolved(self, choices: tuple[int, ...]) -> ParsedArchitecture:
        """The text with every ``?`` decided; letters keep their names, and spans their places."""
        _, on = self._environment(choices)
        if not on:
            return self.architecture
        return changed(self.architecture, lambda chain: decided(chain, on))

    def sized(self, choices: tuple[int, ...]) -> Network:
        letters, _ = self._environment(choices)
        try:  # a letter may stand in nothing but what is out: so not by way of ``sized``
            return Network.from_record(
                size(self.resolved(choices), self.input, letters, self.settings)
            )
        except ArchitectureError as wrong:
            raise self._mapped(wrong) from None

    def begun(self, choices: tuple[int, ...]) -> Network | None:
        """A member up to the item where a layer cannot be made; None where that is the first."""
        letters, _ = self._environment(choices)
        one = self.resolved(choices)
        found: SizedNetwork | None = None
        made, failed = 0, len(one.chain.items)
        while failed - made > 1:
            middle = (made + failed) // 2
            chain = Chain(one.chain.items[:middle], one.chain.span)
            cut = replace(one, statement=one.statement._replace(chain=chain))
            try:
                found, made = size(cut, self.input, letters, self.settings), middle
            except ArchitectureError:
                failed = middle
        return None if found is None else Network.from_record(found)

    def written(self, choices: tuple[int, ...]) -> ParsedArchitecture:
        """One member as a text of its own: letters replaced by their values."""
        letters, on = self._environment(choices)
        one = self.architecture
        statement = one.statement._replace(where=(), chain=bind(decided(one.chain, on), letters))
        definitions = {
            name: block._replace(chain=decided(block.chain, on))
            for name, block in one.definitions.items()
        }
        return replace(one, statement=statement, definitions=definitions)

    def diagnostics_of(self, choices: tuple[int, ...]) -> tuple[Diagnostic, ...]:
        """What is wrong with one member, said of the text of the pattern."""
        try:
            return self.sized(choices).diagnostics
        except ArchitectureError as wrong:
            return (wrong.diagnostic,)

    def _mapped(self, wrong: ArchitectureError) -> ArchitectureError:
        return self.architecture.mapped_error(wrong)


def _less(values: Sequence[int]) -> str:
    return (
        f"{values[0]}..{values[min(2, len(values) - 1)]}"
        if values[1] - values[0] == 1
        else str(values[0])
    )


def shown_count(count: int) -> str:
    """1,048,576; or about how many, where the digits would fill the page."""
    if count.bit_length() <= 1000:
        return f"{count:,}"
    digits = int((count.bit_length() - 1) * 0.30103)
    return f"more than 10^{digits}"
