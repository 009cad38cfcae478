"""Repeats: ``*(body for _ in range(n))``, with loop variables for what changes by iteration.

A repeat that no single body serves is written out, iteration by iteration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

from cnnsize.language.tree import Binary, Expression, Item, LayerNode, has_outputs
from cnnsize.torch_code.context import Context
from cnnsize.torch_code.expression import (
    in_names_of,
    minus,
    name,
    names,
    plus,
    text,
    times,
    values_at,
)
from cnnsize.torch_code.layer_code import as_map, call, features
from cnnsize.torch_code.layout import Code
from cnnsize.torch_code.nodes import (
    Emitted,
    Merge,
    ModuleCall,
    ModuleLoop,
    ModuleNode,
    Part,
    used_names,
)
from cnnsize.torch_code.occurrences import Occurrence, count_layers, iteration_occurrences
from cnnsize.torch_code.ranks import (
    MAP,
    Definitions,
    DiffersError,
    Rank,
    common_rank,
    common_shape,
    only_rank,
    rank_after_iteration,
    width,
)
from cnnsize.torch_code.site import ConstructorScope, Numbers, Site

EmitIteration = Callable[[Item, Context], Emitted]
MOST_WRITTEN_OUT = 64  # iterations whose values are listed in a tuple
# A short repeat is written out, so that its modules have the same numbers in the state dict as in a
# flat nn.Sequential. A longer one is a loop.
MOST_ITERATIONS_FLAT = 4
MOST_MODULES_FLAT = 16
NO_LAYER = LayerNode("FLATTEN", "FLATTEN", None, None, None, (), (), False)


class Iterations(NamedTuple):
    """The iterations of a repeat at every occurrence of it."""

    bodies: list[Occurrence]  # the distinct ones, occurrence by occurrence
    times: list[int]  # how many times in a row each of the bodies runs
    owners: list[int]  # the index of the occurrence that each of the bodies belongs to
    depths: list[list[int]]  # of each occurrence, the depth that comes into each iteration

    @property
    def counts(self) -> list[int]:
        """The number of iterations of each occurrence."""
        return [len(depths) for depths in self.depths]

    def number(self, index: int) -> list[Occurrence]:
        """Return the iteration number ``index``, counted from 0, of every occurrence."""
        return [self._of_owner(owner, index) for owner in range(len(self.depths))]

    def _of_owner(self, owner: int, index: int) -> Occurrence:
        """Return the iteration number ``index`` of one occurrence."""
        for body, times_run, owner_of_body in zip(
            self.bodies, self.times, self.owners, strict=True
        ):
            if owner_of_body != owner:
                continue
            if index < times_run:
                return body
            index -= times_run
        raise AssertionError("an iteration past the last")


def iterations_of(occurrences: list[Occurrence], rank: Rank) -> Iterations:
    """Return the iterations of a repeat, each of which takes and gives ``rank``."""
    iterations = Iterations([], [], [], [])
    for owner, occurrence in enumerate(occurrences):
        depths: list[int] = []
        for body, times_run in iteration_occurrences(occurrence):
            iterations.bodies.append(body)
            iterations.times.append(times_run)
            iterations.owners.append(owner)
            depths += [width(body.volume, rank)] * times_run
        iterations.depths.append(depths)
    return iterations


def emit_repeat(
    item: Item, context: Context, definitions: Definitions, emit: EmitIteration
) -> Emitted:
    """Return the modules of a repeated item. ``emit`` writes a single iteration."""
    rank = common_rank(item, context.occurrences, context.rank, definitions)
    modules: list[ModuleNode] = []
    if rank != context.rank:
        conversion, depth = convert(context, rank)
        modules.append(conversion)
        context = context._replace(depth=depth, rank=rank)
    iterations = iterations_of(context.occurrences, rank)
    counts = iterations.counts
    if not any(counts):
        return Emitted(tuple(modules), context.depth)

    def emit_body(inside: Context) -> Emitted:
        """Emit an iteration that gives what the next one takes."""
        body, depth = emit(item, inside)
        given = only_rank(
            rank_after_iteration(item, occurrence, rank, definitions)
            for occurrence in inside.occurrences
        )
        if given != rank:
            body += (ModuleCall(as_map(depth) if rank == MAP else call("nn.Flatten")),)
        return Emitted(body, depth)

    if has_outputs(item):  # which no module in a loop can return
        body, depth = emit_flat(context, iterations, emit_body)
        return Emitted((*modules, *body), depth)
    assert item.suffix.repeat is not None
    count_as_written = in_names_of(item.suffix.repeat, context.scope.letters)
    runs_once_everywhere = set(counts) == {1} and isinstance(count_as_written, int)
    if runs_once_everywhere:
        body, depth = emit_body(context._replace(occurrences=iterations.bodies))
        return Emitted((*modules, *body), depth)
    flat = None
    is_short = len(set(counts)) == 1 and 1 < counts[0] <= MOST_ITERATIONS_FLAT
    # each level of nested repeats would emit its body several times, so large ones are not tried
    has_few_layers = count_layers(context.occurrences[0].parts) <= 2 * MOST_MODULES_FLAT
    if is_short and has_few_layers and isinstance(count_as_written, int):
        with suppress(DiffersError):
            flat = emit_flat(context, iterations, emit_body)
    if flat is not None and reads_well_flat(flat.modules, counts[0]):
        return Emitted((*modules, *flat.modules), flat.depth)
    try:
        loop, candidates = emit_loop(context, iterations, count_as_written, emit_body)
        if loop is not None:
            modules.append(loop._replace(shape=common_shape(context.outputs, rank)))
        return Emitted(tuple(modules), context.depth_after(rank, context.depth, *candidates))
    except DiffersError:
        if len(set(counts)) > 1:
            raise
    body, depth = emit_flat(context, iterations, emit_body)
    return Emitted((*modules, *body), depth)


def emit_flat(
    context: Context, iterations: Iterations, emit_body: Callable[[Context], Emitted]
) -> Emitted:
    """Return the modules of all iterations, one after another. Raises DiffersError."""
    modules: list[ModuleNode] = []
    depth = context.depth
    for index in range(iterations.counts[0]):
        inside = context._replace(occurrences=iterations.number(index), depth=depth)
        body, depth = emit_body(inside)
        modules += body
    return Emitted(tuple(modules), depth)


def reads_well_flat(body: tuple[ModuleNode, ...], count: int) -> bool:
    """Return whether the modules of ``count`` iterations are few, and none of them is a join.

    An iteration of a single module is shorter as a loop.
    """
    if any(isinstance(node, Merge) for node in body):
        return False
    return 2 * count <= sum(map(size_of_node, body)) <= MOST_MODULES_FLAT


def size_of_node(node: ModuleNode) -> int:
    """Return the number of modules in a node."""
    if isinstance(node, (ModuleLoop, Part)):
        return sum(map(size_of_node, node.body))
    return 1


def convert(context: Context, rank: Rank) -> tuple[ModuleCall, Expression]:
    """Return the module that converts its input to ``rank``, and the depth after it."""
    if rank == MAP:
        return ModuleCall(as_map(context.depth)), context.depth
    site = Site(
        NO_LAYER,
        layers=(),
        volumes=context.volumes,
        depth=context.depth,
        rank=MAP,
        numbers=context.numbers,
    )
    return ModuleCall(call("nn.Flatten")), features(site)


def emit_loop(
    context: Context,
    iterations: Iterations,
    count_as_written: Expression | None,
    emit_body: Callable[[Context], Emitted],
) -> tuple[ModuleLoop | None, list[Expression]]:
    """Return a loop (None for an empty body), and candidates for the depth after it.

    Raises DiffersError when no single body serves all iterations.
    """
    depth, rank, counts = context.depth, context.rank, iterations.counts
    # Each iteration has variables of its own, besides the names of its occurrence.
    bodies = [body._replace(values=dict(body.values)) for body in iterations.bodies]
    scope = ConstructorScope(context.scope.letters, set(context.scope.taken))
    depth_is_constant = all(
        width(occurrence.volume, rank) == incoming
        for occurrence, depths in zip(context.occurrences, iterations.depths, strict=True)
        for incoming in depths
    )
    before, variable = depth, ""
    if not depth_is_constant:
        variable = scope.free("channels" if rank == MAP else "features")
        for body in bodies:
            body.values[variable] = width(body.volume, rank)
        before = name(variable)
    modules, after = emit_body(Context(bodies, before, rank, scope))
    if not modules:
        return None, [after]
    used = used_names(modules)
    extras = [word for word in scope.extras if word in used]
    if len(set(counts)) == 1 and count_as_written is None:
        count: Expression = counts[0]
    else:
        count = context.numbers.number("count", counts, count_as_written)
    candidates = [after, plus(depth, times(minus(after, before), count))]
    if extras:
        variables = [variable, *extras] if variable in used else extras
        values = listed_values(variables, bodies, iterations)
        return ModuleLoop(modules, ", ".join(variables), values), candidates
    if variable in used:
        values = depth_values(
            variable, context.numbers, iterations.depths, count=count, depth=depth, after=after
        )
        return ModuleLoop(modules, variable, values), candidates
    return ModuleLoop(modules, "_", call("range", count)), candidates


def depth_values(
    variable: str,
    numbers: Numbers,
    runs: list[list[int]],
    *,
    count: Expression,
    depth: Expression,
    after: Expression,
) -> Code:
    """Return code for the depths that come into the iterations.

    One of ``range(64, 256, 32)``, ``(3, 64, 64)`` and ``[in_channels, *[k] * (n - 1)]``: the first
    that gives the numbers of every run. Raises DiffersError if none does.
    """
    known = numbers.known
    starts = values_at(depth, known)
    step = minus(after, name(variable))
    steps = None if variable in names(step) else values_at(step, known)
    lengths = [len(run) for run in runs]
    has_steps = steps is not None and all(steps) and max(lengths) > 2
    if has_steps and starts is not None and steps is not None:
        grows_evenly = all(
            run == [start + index * growth for index in range(len(run))]
            for run, start, growth in zip(runs, starts, steps, strict=True)
        )
        if grows_evenly:
            return call("range", depth, plus(depth, times(step, count)), step)
    later = None if variable in names(after) else values_at(after, known)
    if starts is not None and later is not None and min(lengths) >= 1:
        changes_once = all(
            run == [start] + [constant] * (len(run) - 1)
            for run, start, constant in zip(runs, starts, later, strict=True)
        )
        if changes_once:
            return first_and_rest(depth, after, count)
    if all(run == runs[0] for run in runs) and 2 <= lengths[0] <= MOST_WRITTEN_OUT:
        return tuple_of(str(number) for number in runs[0])
    raise DiffersError(variable)


def first_and_rest(first: Expression, rest: Expression, count: Expression) -> Code:
    """Return code for ``count`` values, all but the first the same."""
    if isinstance(count, int) and 2 <= count <= 4:
        return tuple_of([text(first), *[text(rest)] * (count - 1)])
    others = minus(count, 1)
    times_others = f"({text(others)})" if isinstance(others, Binary) else text(others)
    return Code(f"[{text(first)}, *[{text(rest)}] * {times_others}]")


def listed_values(variables: list[str], bodies: list[Occurrence], iterations: Iterations) -> Code:
    """Return a tuple with the values of loop variables in each iteration.

    Raises DiffersError unless they are the same at every occurrence, and few.
    """
    rows: list[list[tuple[int, ...]]] = [[] for _ in iterations.depths]
    for body, owner in zip(bodies, iterations.owners, strict=True):
        rows[owner].append(tuple(body.values[variable] for variable in variables))
    count = iterations.counts[0]
    same = all(row == rows[0] for row in rows) and len(rows[0]) == count
    if not same or not 2 <= count <= MOST_WRITTEN_OUT:
        raise DiffersError(variables[0])
    if len(variables) == 1:
        return tuple_of(str(value) for (value,) in rows[0])
    return Code("", tuple(tuple_of(map(str, row)) for row in rows[0]))


def tuple_of(words: Iterable[str]) -> Code:
    """Return code for a tuple of at least two words."""
    return Code("", tuple(Code(word) for word in words))
