"""From a sized network to the modules of its source: the chain as it was written, on the volumes of
the walk.

A block is written once, with its own arguments, for all the calls of it; the body of a repeat once
for all its passes. Every expression is checked at each of those places (``site.py``). Where one
source cannot serve them all, a block gets a class for each set of arguments, and a repeat is
written out.
"""

from __future__ import annotations

from contextlib import suppress

from cnnsize.language.tree import (
    PLAIN,
    Binary,
    Call,
    Chain,
    Expression,
    Group,
    Item,
    Join,
    LayerNode,
    Statement,
)
from cnnsize.layers.base import Layer
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import Block, Part, Row
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.torch_code.expression import minus, name, names, plus, renamed, text, times
from cnnsize.torch_code.layout import Code
from cnnsize.torch_code.loops import folded, used, values
from cnnsize.torch_code.modules import EMITTERS, NEEDS_MAP, call, features, rank_after, total
from cnnsize.torch_code.names import TAKEN, Names, argument, camel
from cnnsize.torch_code.nodes import (
    GLUE,
    NO_LAYER,
    Class,
    Event,
    Made,
    Merge,
    ModuleCall,
    ModuleLoop,
    as_map,
)
from cnnsize.torch_code.occurrences import (
    Occurrence,
    after,
    branches,
    flattens,
    inside,
    passes,
    sole,
    split,
    width,
)
from cnnsize.torch_code.site import MAP, VECTOR, ConstructorScope, DiffersError, Numbers, Rank, Site


class Builder:
    """Builds the modules of one network, and the classes of its blocks."""

    def __init__(self, network: SizedNetwork, names: Names) -> None:
        self.network = network
        self.definitions = network.architecture.definitions
        self.names = names
        self.classes: dict[tuple[object, ...], Class | None] = {}
        self.order: list[Class] = []
        self.calls: dict[tuple[str, Rank], list[tuple[Block, Volume]]] = {}
        chain = network.architecture.chain
        self.top = Occurrence({}, network.input, network.rows, 0)
        self.collect(chain, self.top, MAP)

    def network_body(self) -> tuple[Made, ...]:
        letters: dict[str, Expression] = dict(self.network.values)
        scope = ConstructorScope(letters, set(TAKEN), may_add=False)
        made, _ = self.chain(
            self.network.architecture.chain, [self.top], self.network.input.D, MAP, scope
        )
        return made

    # -- maps and vectors ----------------------------------------

    def rank(self, item: Item, place: Occurrence, rank: Rank) -> Rank:
        """What comes out of an item for a map or a vector."""
        if item.suffix.repeat is None:
            return self.rank_once(item, place, rank)
        return self.repeat_rank(item, place, rank)

    def rank_once(self, item: Item, place: Occurrence, rank: Rank) -> Rank:
        node = item.node
        if isinstance(node, LayerNode):
            return rank_after(node.kind, rank)
        if isinstance(node, Group):
            return self.rank_chain(node.chain, place, rank)
        if isinstance(node, Join):
            ends = [self.rank_chain(branch, inner, rank) for branch, inner in branches(node, place)]
            return MAP if MAP in ends else VECTOR
        assert isinstance(node, Call)
        for block in place.parts:
            assert isinstance(block, Block)
            return self.rank_chain(self.definitions[node.name].chain, inside(block, place), rank)
        return rank

    def rank_chain(self, chain: Chain, place: Occurrence, rank: Rank) -> Rank:
        for item, parts in zip(chain.items, split(place, len(chain.items)), strict=True):
            rank = self.rank(item, place._replace(parts=parts, base=place.base + 1), rank)
        return rank

    def repeat_rank(self, item: Item, place: Occurrence, rank: Rank) -> Rank:
        """What a pass of a repeat takes and gives: one and the same, so that passes can follow each
        other.
        """
        for body, _ in passes(place.parts, place.base):
            out = self.rank_once(item, place._replace(parts=body, base=place.base + 1), rank)
            if out == rank:
                return rank
            return MAP if rank == VECTOR or not flattens(body) else VECTOR
        return rank

    def the_rank(self, item: Item, places: list[Occurrence], rank: Rank) -> Rank:
        """What comes out of an item, if it is the same at all places."""
        found = {self.rank(item, place, rank) for place in places}
        if len(found) > 1:
            raise DiffersError("rank")
        return found.pop()

    # -- every call of every block, first ----------------------------------------

    def collect(self, chain: Chain, place: Occurrence, rank: Rank) -> None:
        volume = place.volume
        for item, parts in zip(chain.items, split(place, len(chain.items)), strict=True):
            here = Occurrence(place.values, volume, parts, place.base + 1)
            if item.suffix.repeat is None:
                self.collect_once(item, here, rank)
            else:
                inner = self.repeat_rank(item, here, rank)
                begins = volume
                for body, _ in passes(parts, here.base):
                    self.collect_once(
                        item, Occurrence(place.values, begins, body, here.base + 1), inner
                    )
                    begins = after(body, begins)
            volume = after(parts, volume)
            rank = self.rank(item, here, rank)

    def collect_once(self, item: Item, place: Occurrence, rank: Rank) -> None:
        node = item.node
        if isinstance(node, Group):
            self.collect(node.chain, place, rank)
        elif isinstance(node, Join):
            for branch, inner in branches(node, place):
                self.collect(branch, inner, rank)
        elif isinstance(node, Call):
            for part in place.parts:
                assert isinstance(part, Block)
                self.calls.setdefault((node.name, rank), []).append((part, place.volume))
                self.collect(self.definitions[node.name].chain, inside(part, place), rank)

    # -- what will run, module by module ----------------------------------------

    def trace(self) -> list[Event]:
        """Every module that one forward pass runs, in order, and every operator of a join."""
        self.events: list[Event] = []
        self.heads: dict[tuple[int, Volume, Rank], tuple[str, ...]] = {}
        self.step = 0
        self.follow(self.network.architecture.chain, self.top, MAP)
        return self.events

    def follow(self, chain: Chain, place: Occurrence, rank: Rank) -> None:
        volume = place.volume
        for item, parts in zip(chain.items, split(place, len(chain.items)), strict=True):
            here = Occurrence(place.values, volume, parts, place.base + 1)
            if item.suffix.repeat is None:
                self.follow_once(item, here, rank)
            else:
                inner = self.repeat_rank(item, here, rank)
                if inner != rank:
                    self.events.append(GLUE[inner])
                begins = volume
                for body, often in passes(parts, here.base):
                    one = Occurrence(place.values, begins, body, here.base + 1)
                    for _ in range(often):
                        self.follow_once(item, one, inner)
                        if self.rank_once(item, one, inner) != inner:
                            self.events.append(GLUE[inner])
                    begins = after(body, begins)
            volume = after(parts, volume)
            rank = self.rank(item, here, rank)

    def follow_once(self, item: Item, place: Occurrence, rank: Rank) -> None:
        node = item.node
        if isinstance(node, Group):
            self.follow(node.chain, place, rank)
        elif isinstance(node, Call):
            for part in place.parts:
                assert isinstance(part, Block)
                self.follow(self.definitions[node.name].chain, inside(part, place), rank)
        elif isinstance(node, Join):
            out = self.rank_once(item, place, rank)
            for branch, inner in branches(node, place):
                self.follow(branch, inner, rank)
                if self.rank_chain(branch, inner, rank) != out:
                    self.events.append(GLUE[MAP])
            operators = 1 if node.op == "CAT" else len(node.branches) - 1
            self.events += [
                Event(node.op.lower(), self.step if last else None, out)
                for last in (*(False,) * (operators - 1), True)
            ]
            self.step += 1
        else:
            assert isinstance(node, LayerNode)
            (row,) = place.parts
            assert isinstance(row, Row)
            self.follow_layer(node, row, place.volume, rank)

    def follow_layer(self, node: LayerNode, row: Row, volume: Volume, rank: Rank) -> None:
        if rank == VECTOR and node.kind in NEEDS_MAP:
            self.events.append(GLUE[MAP])
            rank = MAP
        key = (id(row.layer), volume, rank)
        if key not in self.heads:
            numbers = Numbers(ConstructorScope({}, set(), may_add=False), [{}])
            output = after([row], volume)
            modules, _ = EMITTERS[node.kind](
                Site(node, [row.layer], [volume], [output], width(volume, rank), rank, numbers)
            )
            self.heads[key] = tuple([code.head.removeprefix("nn.") for code in modules])
        heads = self.heads[key]
        out = rank_after(node.kind, rank)
        self.events += [Event(head, None, out) for head in heads[:-1]]
        if heads:
            self.events.append(Event(heads[-1], self.step, out))
        self.step += 1

    # -- chains ----------------------------------------

    def chain(
        self,
        chain: Chain,
        places: list[Occurrence],
        depth: Expression,
        rank: Rank,
        scope: ConstructorScope,
    ) -> tuple[tuple[Made, ...], Expression]:
        """The modules of a chain, and the depth that comes out of it."""
        made: list[Made] = []
        pieces = [split(place, len(chain.items)) for place in places]
        volumes = [place.volume for place in places]
        for index, item in enumerate(chain.items):
            here = [
                Occurrence(place.values, volume, parts[index], place.base + 1)
                for place, volume, parts in zip(places, volumes, pieces, strict=True)
            ]
            if item.suffix.repeat is None:
                more, depth = self.once(item, here, depth, rank, scope)
            else:
                more, depth = self.repeat(item, here, depth, rank, scope)
            made += more
            rank = self.the_rank(item, here, rank)
            volumes = [after(place.parts, place.volume) for place in here]
        return tuple(made), depth

    def once(
        self,
        item: Item,
        places: list[Occurrence],
        depth: Expression,
        rank: Rank,
        scope: ConstructorScope,
    ) -> tuple[list[Made], Expression]:
        """One pass of an item."""
        node = item.node
        if isinstance(node, Group):
            body, depth = self.chain(node.chain, places, depth, rank, scope)
            return list(body), depth
        if isinstance(node, Join):
            return self.join(node, places, depth, rank, scope)
        if isinstance(node, Call):
            return self.call(item, node, places, depth, rank, scope)
        assert isinstance(node, LayerNode)
        return self.layer(node, places, depth, rank, scope)

    def layer(
        self,
        node: LayerNode,
        places: list[Occurrence],
        depth: Expression,
        rank: Rank,
        scope: ConstructorScope,
    ) -> tuple[list[Made], Expression]:
        layers: list[Layer] = []
        for place in places:
            (row,) = place.parts
            assert isinstance(row, Row)
            layers.append(row.layer)
        made: list[Made] = []
        if rank == VECTOR and node.kind in NEEDS_MAP:
            if any(place.volume[:2] != (1, 1) for place in places):
                raise DiffersError(node.kind)
            made.append(ModuleCall(as_map(depth)))
            rank = MAP
        volumes = [place.volume for place in places]
        outputs = [after(place.parts, place.volume) for place in places]
        numbers = Numbers(scope, [place.values for place in places])
        modules, depth = EMITTERS[node.kind](
            Site(node, layers, volumes, outputs, depth, rank, numbers)
        )
        made += [ModuleCall(code) for code in modules]
        ends = rank_after(node.kind, rank)
        if modules:
            made[-1] = ModuleCall(modules[-1], sole(outputs, ends))
        return made, numbers.number("channels", [width(volume, ends) for volume in outputs], depth)

    def join(
        self,
        node: Join,
        places: list[Occurrence],
        depth: Expression,
        rank: Rank,
        scope: ConstructorScope,
    ) -> tuple[list[Made], Expression]:
        found = [
            [self.rank_chain(branch, inner, rank) for branch, inner in branches(node, place)]
            for place in places
        ]
        if any(ends != found[0] for ends in found):
            raise DiffersError("rank")
        ends = found[0]
        rank_out = MAP if MAP in ends else VECTOR
        joined: list[tuple[Made, ...]] = []
        depths: list[Expression] = []
        for index, branch in enumerate(node.branches):
            inner = [branches(node, place)[index][1] for place in places]
            body, out = self.chain(branch, inner, depth, rank, scope)
            if ends[index] != rank_out:
                body = (*body, ModuleCall(as_map(out)))
            joined.append(body)
            depths.append(out)
        outputs = [after(place.parts, place.volume) for place in places]
        numbers = Numbers(scope, [place.values for place in places])
        candidates = [total(depths)] if node.op == "CAT" else depths
        out = numbers.number(
            "channels", [width(volume, rank_out) for volume in outputs], *candidates
        )
        return [Merge(node.op, tuple(joined), sole(outputs, rank_out))], out

    # -- repeats ----------------------------------------

    def repeat(
        self,
        item: Item,
        places: list[Occurrence],
        depth: Expression,
        rank: Rank,
        scope: ConstructorScope,
    ) -> tuple[list[Made], Expression]:
        """A repeat: ``*(body for _ in range(n))``, with a variable where the depth differs from
        pass to pass.
        """
        runs = [passes(place.parts, place.base) for place in places]
        counts = [sum(times for _, times in run) for run in runs]
        inner = self.the_rank(item, places, rank)
        made: list[Made] = []
        if inner != rank:
            depth = self.turned(made, depth, inner, places, scope)
        if not any(counts):
            return made, depth
        bodies: list[Occurrence] = []
        owners: list[int] = []
        steps: list[list[int]] = []  # at each place, the depth that comes into each pass
        for owner, (place, run) in enumerate(zip(places, runs, strict=True)):
            volume = place.volume
            steps.append([])
            for parts, often in run:
                bodies.append(Occurrence(place.values, volume, parts, place.base + 1))
                owners.append(owner)
                steps[-1] += [width(volume, inner)] * often
                volume = after(parts, volume)
        outputs = [after(place.parts, place.volume) for place in places]
        numbers = Numbers(scope, [place.values for place in places])
        assert item.suffix.repeat is not None
        written = self.expression(item.suffix.repeat, scope)
        if max(counts) == 1 == min(counts) and isinstance(written, int):
            more, depth = self.once(item, bodies, depth, inner, scope)
            made += more + self.leveled(item, bodies, inner, depth)
            return made, depth
        try:
            again, candidates = self.looped(
                item, places, bodies, owners, steps, counts, written, depth, inner, scope
            )
            if again is not None:
                made.append(again._replace(shape=sole(outputs, inner)))
            return made, numbers.number(
                "channels", [width(volume, inner) for volume in outputs], depth, *candidates
            )
        except DiffersError:
            if len(set(counts)) > 1:
                raise
        for index in range(counts[0]):  # written out, pass by pass
            here: list[Occurrence] = []
            for owner in range(len(places)):
                expanded = [body for body, who in zip(bodies, owners, strict=True) if who == owner]
                here.append(self.nth(expanded, runs[owner], index))
            more, depth = self.once(item, here, depth, inner, scope)
            made += more + self.leveled(item, here, inner, depth)
        return made, depth

    def nth(
        self, bodies: list[Occurrence], run: list[tuple[list[Part], int]], index: int
    ) -> Occurrence:
        for place, (_, often) in zip(bodies, run, strict=True):
            if index < often:
                return place
            index -= often
        raise AssertionError("a pass too many")

    def expression(self, expression: Expression, scope: ConstructorScope) -> Expression | None:
        try:
            return renamed(expression, scope.letters)
        except (KeyError, ZeroDivisionError):
            return None

    def turned(
        self,
        made: list[Made],
        depth: Expression,
        rank: Rank,
        places: list[Occurrence],
        scope: ConstructorScope,
    ) -> Expression:
        """A map made a vector in front of a repeat, or a vector a map."""
        if rank == MAP:
            made.append(ModuleCall(as_map(depth)))
            return depth
        volumes = [place.volume for place in places]
        numbers = Numbers(scope, [place.values for place in places])
        made.append(ModuleCall(call("nn.Flatten")))
        return features(Site(NO_LAYER, (), volumes, volumes, depth, MAP, numbers))

    def leveled(
        self, item: Item, bodies: list[Occurrence], rank: Rank, depth: Expression
    ) -> list[Made]:
        """What makes a pass give what the next one takes."""
        found = {self.rank_once(item, body, rank) for body in bodies}
        if len(found) > 1:
            raise DiffersError("rank")
        if found == {rank}:
            return []
        return [ModuleCall(as_map(depth) if rank == MAP else call("nn.Flatten"))]

    def looped(
        self,
        item: Item,
        places: list[Occurrence],
        bodies: list[Occurrence],
        owners: list[int],
        steps: list[list[int]],
        counts: list[int],
        written: Expression | None,
        depth: Expression,
        rank: Rank,
        scope: ConstructorScope,
    ) -> tuple[ModuleLoop | None, list[Expression]]:
        """The loop, and what the depth behind it may be."""
        numbers = Numbers(scope, [place.values for place in places])
        steady = all(
            width(place.volume, rank) == step
            for place, run in zip(places, steps, strict=True)
            for step in run
        )
        bodies = [
            body._replace(values=dict(body.values)) for body in bodies
        ]  # with variables of their own
        loop = ConstructorScope(scope.letters, set(scope.taken))
        before, variable = depth, ""
        if not steady:
            variable = loop.free("channels" if rank == MAP else "features")
            for place in bodies:
                place.values[variable] = width(place.volume, rank)
            before = name(variable)
        body, out = self.once(item, bodies, before, rank, loop)
        body += self.leveled(item, bodies, rank, out)
        if not body:
            return None, [out]
        words = used(body)
        extras = [word for word in loop.extras if word in words]
        count = (
            counts[0]
            if len(set(counts)) == 1 and written is None
            else numbers.number("count", counts, written)
        )
        step = minus(out, before)
        candidates = [out, plus(depth, times(step, count))]
        if not extras and variable not in words:
            return ModuleLoop(tuple(body), "_", call("range", count)), candidates
        if extras:
            loop_names = [variable] if variable in words else []
            over = self.tabled([*loop_names, *extras], bodies, owners, places, counts)
            return ModuleLoop(tuple(body), *over), candidates
        over = variable, self.stepped(variable, numbers, steps, count, depth, out)
        return ModuleLoop(tuple(body), *over), candidates

    def stepped(
        self,
        variable: str,
        numbers: Numbers,
        steps: list[list[int]],
        count: Expression,
        depth: Expression,
        out: Expression,
    ) -> Code:
        """The depths that come into the passes: (3, 64, 64), range(64, 256, 32), [in_channels, *[k]
        * (n - 1)].
        """
        known = numbers.known
        begins = values(depth, known)
        step = minus(out, name(variable))
        increments = None if variable in names(step) else values(step, known)
        lengths = [len(run) for run in steps]
        if (
            begins is not None
            and increments is not None
            and all(increments)
            and max(lengths) > 2
            and all(
                run == [begin + index * by for index in range(len(run))]
                for run, begin, by in zip(steps, begins, increments, strict=True)
            )
        ):
            return call("range", depth, plus(depth, times(step, count)), step)
        outs = None if variable in names(out) else values(out, known)
        if (
            begins is not None
            and outs is not None
            and min(lengths) >= 1
            and all(
                run == [begin] + [later] * (len(run) - 1)
                for run, begin, later in zip(steps, begins, outs, strict=True)
            )
        ):
            if isinstance(count, int) and 2 <= count <= 4:
                return Code(
                    "", tuple(Code(word) for word in (text(depth), *[text(out)] * (count - 1)))
                )
            rest = minus(count, 1)
            words = f"({text(rest)})" if isinstance(rest, Binary) else text(rest)
            return Code(f"[{text(depth)}, *[{text(out)}] * {words}]")
        if all(run == steps[0] for run in steps) and 2 <= lengths[0] <= 64:
            return Code("", tuple(Code(str(one)) for one in steps[0]))
        raise DiffersError(variable)

    def tabled(
        self,
        words: list[str],
        bodies: list[Occurrence],
        owners: list[int],
        places: list[Occurrence],
        counts: list[int],
    ) -> tuple[str, Code]:
        """Loop variables with the same values at every place, written out."""
        rows: list[list[tuple[int, ...]]] = [[] for _ in places]
        for place, who in zip(bodies, owners, strict=True):
            rows[who].append(tuple(place.values[word] for word in words))
        if (
            any(row != rows[0] for row in rows)
            or len(rows[0]) != counts[0]
            or not 2 <= counts[0] <= 64
        ):
            raise DiffersError(words[0])
        cells = [
            Code("", tuple(Code(str(one)) for one in row)) if len(row) > 1 else Code(str(row[0]))
            for row in rows[0]
        ]
        return ", ".join(words), Code("", tuple(cells))

    # -- blocks ----------------------------------------

    def call(
        self,
        item: Item,
        node: Call,
        places: list[Occurrence],
        depth: Expression,
        rank: Rank,
        scope: ConstructorScope,
    ) -> tuple[list[Made], Expression]:
        """A block as a class of its name, called with its arguments."""
        if not any(place.parts for place in places):
            return [], depth
        blocks: list[Block] = []
        for place in places:
            if len(place.parts) != 1:
                raise DiffersError(node.name)
            (block,) = place.parts
            assert isinstance(block, Block)
            blocks.append(block)
        numbers = Numbers(scope, [place.values for place in places])
        volumes = [place.volume for place in places]
        made = self.block(node, blocks, volumes, rank)
        words: list[Expression] = []
        for argument_name, source in zip(made.arguments, made.passed, strict=True):
            if source == "<in>":
                words.append(
                    numbers.number(
                        "in_channels", [width(volume, rank) for volume in volumes], depth
                    )
                )
            elif source == "<extra>":
                values = [made.extras[argument_name][id(block)] for block in blocks]
                words.append(numbers.number(argument_name, values))
            else:
                index = int(source)
                given = self.expression(node.arguments[index], scope)
                words.append(
                    numbers.number(
                        argument_name, [block.arguments[index] for block in blocks], given
                    )
                )
        outputs = [after(place.parts, place.volume) for place in places]
        ends = self.the_rank(item._replace(suffix=PLAIN), places, rank)
        bound = dict(zip(made.arguments, words, strict=True))
        for known, given in zip(
            made.known,
            (depth, *[self.expression(one, scope) for one in node.arguments]),
            strict=True,
        ):
            if known not in bound and given is not None:
                bound[known] = given
        try:
            candidate: Expression | None = folded(renamed(made.depth, bound))
        except (KeyError, ZeroDivisionError):
            candidate = None
        leaf = ModuleCall(call(made.name, *words), sole(outputs, ends))
        return [leaf], numbers.number(
            "channels", [width(volume, ends) for volume in outputs], candidate
        )

    def block(self, node: Call, blocks: list[Block], volumes: list[Volume], rank: Rank) -> Class:
        """The class of a block: one for all its calls, or else one for these."""
        key: tuple[object, ...] = (node.name, rank)
        if key not in self.classes:
            self.classes[key] = None
            with suppress(DiffersError):
                self.classes[key] = self.written_class(node.name, self.calls[node.name, rank], rank)
        made = self.classes[key]
        if made is not None:
            return made
        if (
            len({(block.arguments, volume) for block, volume in zip(blocks, volumes, strict=True)})
            > 1
        ):
            raise DiffersError(node.name)
        key = (node.name, rank, blocks[0].arguments, volumes[0])
        if key not in self.classes:
            same = [
                (block, volume)
                for block, volume in self.calls[node.name, rank]
                if block.arguments == blocks[0].arguments and volume == volumes[0]
            ]
            self.classes[key] = self.written_class(node.name, same, rank)
        special = self.classes[key]
        assert special is not None
        return special

    def written_class(self, word: str, calls: list[tuple[Block, Volume]], rank: Rank) -> Class:
        definition = self.definitions[word]
        local = Names()
        incoming = local.free("in_channels" if rank == MAP else "in_features")
        parameters = [local.free(argument(parameter)) for parameter in definition.parameters or ()]
        letters: dict[str, Expression] = {
            letter: name(parameter)
            for letter, parameter in zip(definition.parameters or (), parameters, strict=True)
        }
        scope = ConstructorScope(letters, local.taken)
        places = []
        for block, volume in calls:
            values = dict(zip(parameters, block.arguments, strict=True))
            values[incoming] = width(volume, rank)
            places.append(Occurrence(values, volume, block.body, len(block.path)))
        body, depth = self.chain(definition.chain, places, name(incoming), rank, scope)
        needed = used(body)
        arguments: list[str] = []
        passed: list[str] = []
        if incoming in needed:
            arguments.append(incoming)
            passed.append("<in>")
        for index, parameter in enumerate(parameters):
            if parameter in needed:
                arguments.append(parameter)
                passed.append(str(index))
        extras: dict[str, dict[int, int]] = {}
        for extra, numbers in scope.extras.items():
            if extra in needed:
                arguments.append(extra)
                passed.append("<extra>")
                extras[extra] = {
                    id(block): number for (block, _), number in zip(calls, numbers, strict=True)
                }
        made = Class(
            self.names.free(camel(word), "Block"),
            tuple(arguments),
            tuple(passed),
            body,
            depth,
            (incoming, *parameters),
            extras,
            self.described(definition),
        )
        self.order.append(made)
        return made

    def described(self, definition: Statement) -> str:
        from cnnsize.language.format import formatted

        return formatted(definition)
