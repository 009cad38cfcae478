"""Name the blocks of a model by the modules that they come from, and fold what repeats.

The calls of one class that have the same layers become a block of the notation. Numbers that differ
between them are its parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnnsize.layers.names import ALIASES
from cnnsize.models.flow import Frame, Node, Value
from cnnsize.models.series import Item as SeriesItem
from cnnsize.models.series import Join as SeriesJoin
from cnnsize.models.written import (
    chain_text,
    default_padding,
    join_text,
    layer_text,
    repeat_text,
)

# Modules that only hold others: their layers belong to the module around them.
CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict"})
LONGEST_PERIOD = 64  # items of a repeated part
LETTERS = [
    "k",
    "n",
    "m",
    "w",
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "g",
    "h",
    "i",
    "j",
    "l",
    "o",
    "p",
    "q",
    "r",
    "s",
    "t",
    "u",
    "v",
    "x",
    "y",
    "z",
]
WITH_WEIGHTS = frozenset({"CONV", "DWCONV", "TCONV", "FC"})
ENDINGS = frozenset({"POOL", "AVGPOOL", "ADD", "CAT", "UP"})
PREFERRED = {"K": ("k", "w", "m", "n"), "S": ("s",), "F": ("f",), "G": ("g",)}


class Layer:
    """One layer. ``options`` may become expressions in the definition of a block."""

    __slots__ = ("node", "options")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.options: dict[str, Value] = dict(node.options)

    @property
    def key(self) -> object:
        """What equal layers have in common."""
        return self.node.kind, tuple(self.options.items())


class Join:
    """A join of chains."""

    __slots__ = ("branches", "node")

    def __init__(self, node: Node, branches: list[list[Part]]) -> None:
        self.node = node
        self.branches = branches

    @property
    def key(self) -> object:
        return self.node.kind, tuple(tuple(part.key for part in branch) for branch in self.branches)


class Repeat:
    """A part that runs several times in a row."""

    __slots__ = ("body", "times")

    def __init__(self, body: list[Part], times: int) -> None:
        self.body = body
        self.times = times

    @property
    def key(self) -> object:
        return self.times, tuple(part.key for part in self.body)


class ModuleRun:
    """The layers of one call of a module. It is written as a call of a block, or in place."""

    __slots__ = ("arguments", "body", "frame", "name")

    def __init__(self, frame: Frame, body: list[Part]) -> None:
        self.frame = frame
        self.body = body
        self.name = ""  # of its block; empty where it is written in place
        self.arguments: tuple[int, ...] = ()

    @property
    def key(self) -> object:
        return self.name, self.arguments


Part = Layer | Join | Repeat | ModuleRun


class Definition(NamedTuple):
    """A block: its name, its parameters and its chain as text."""

    name: str
    parameters: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.parameters)}) = {self.text}"


def model_text(items: tuple[SeriesItem, ...], name: str, head: str) -> str:
    """Return the statements of a model: its blocks, then the network, which starts with ``head``."""
    parts = grouped([with_branches(item) for item in items], depth=1)
    definitions = name_blocks(parts, reserved={name})
    body = folded(in_place(parts))
    statements = [str(definition) for definition in definitions]
    return "\n".join([*statements, f"{name} = {chain_text([head, *texts(body)])}"])


def flat_text(items: tuple[SeriesItem, ...], name: str, head: str) -> str:
    """Return the model as one statement, without blocks and repeats."""
    parts = [with_branches(item) for item in items]
    return f"{name} = {chain_text([head, *texts(parts)])}"


def with_branches(item: SeriesItem) -> Part:
    """Return an item of the series-parallel tree as a part."""
    if isinstance(item, SeriesJoin):
        branches = [[with_branches(inner) for inner in branch] for branch in item.branches]
        return Join(item.node, branches)
    return Layer(item.node)


# -- which layers a call of a module has ----------------------------------------


def grouped(parts: list[Part], *, depth: int) -> list[Part]:
    """Return the parts with the layers of each call of a module together.

    ``depth`` is the number of calls around all of them.
    """
    result: list[Part] = []
    start = 0
    while start < len(parts):
        frame = frame_of(parts[start], depth)
        end = start + 1
        if frame is None:
            part = parts[start]
            if isinstance(part, Join):
                inner_depth = len(part.node.path)
                part.branches = [grouped(branch, depth=inner_depth) for branch in part.branches]
            result.append(part)
        else:
            while end < len(parts) and frame_of(parts[end], depth) == frame:
                end += 1
            run = parts[start:end]
            body = grouped(run, depth=depth + 1)
            is_single_layer = len(run) == 1 and isinstance(run[0], Layer)
            if frame.name in CONTAINERS or is_single_layer:
                result += body
            else:
                result.append(ModuleRun(frame, body))
        start = end
    return result


def frame_of(part: Part, depth: int) -> Frame | None:
    """Return the call at ``depth`` that a part is in; None if it is in no further call."""
    assert isinstance(part, (Layer, Join))
    path = part.node.path
    return path[depth] if len(path) > depth else None


def runs_of(parts: Sequence[Part]) -> Iterator[ModuleRun]:
    """Yield every call of a module in the parts, inner ones first."""
    for part in parts:
        if isinstance(part, ModuleRun):
            yield from runs_of(part.body)
            yield part
        elif isinstance(part, Join):
            for branch in part.branches:
                yield from runs_of(branch)
        elif isinstance(part, Repeat):
            yield from runs_of(part.body)


def height_of(run: ModuleRun) -> int:
    """Return how many calls are nested in a call, itself included."""
    heights = [height_of(inner) for inner in runs_of(run.body)]
    return 1 + max(heights, default=0)


def in_place(parts: Sequence[Part]) -> list[Part]:
    """Return the parts with the layers of every call that is no block in its place."""
    result: list[Part] = []
    for part in parts:
        if isinstance(part, ModuleRun) and not part.name:
            result += in_place(part.body)
            continue
        if isinstance(part, Join):
            part.branches = [in_place(branch) for branch in part.branches]
        result.append(part)
    return result


# -- blocks ----------------------------------------


def name_blocks(parts: list[Part], reserved: set[str]) -> list[Definition]:
    """Give every call that has equals a block, and return the blocks, inner ones first."""
    by_height: dict[int, list[ModuleRun]] = {}
    for run in runs_of(parts):
        by_height.setdefault(height_of(run), []).append(run)
    names = set(reserved)
    definitions: list[Definition] = []
    for height in sorted(by_height):
        alike: dict[tuple[str, object], list[ModuleRun]] = {}
        for run in by_height[height]:
            run.body = folded(in_place(run.body))
            alike.setdefault((run.frame.name, skeleton(run.body)), []).append(run)
        for (class_name, _), runs in alike.items():
            if len(runs) > 1 and sum(map(size_of, runs[0].body)) > 1:
                definitions.append(define(free_name(class_name, names), runs))
    return definitions


def size_of(part: Part) -> int:
    """Return the number of layers, joins and calls that a part is written with."""
    if isinstance(part, Join):
        return 1 + sum(size_of(inner) for branch in part.branches for inner in branch)
    if isinstance(part, Repeat):
        return sum(map(size_of, part.body))
    return 1


def define(name: str, runs: list[ModuleRun]) -> Definition:
    """Return the block of calls with the same skeleton, and make them calls of it."""
    slots = [list(slots_of(run.body)) for run in runs]
    drop_default_padding(slots)
    slots = [list(slots_of(run.body)) for run in runs]
    parameters: dict[str, tuple[int, ...]] = {}
    expressions: list[Value] = []
    for same_slot in zip(*slots, strict=True):
        column = tuple(slot.number for slot in same_slot)
        expressions.append(expression_of(column, same_slot[0].option, parameters))
    arguments = list(zip(*parameters.values(), strict=True)) or [()] * len(runs)
    text = definition_text(runs[0].body, slots[0], expressions)
    for run, values in zip(runs, arguments, strict=True):
        run.name, run.arguments = name, values
    return Definition(name, tuple(parameters), text)


class Slot(NamedTuple):
    """A number in a body that may differ between calls."""

    owner: Layer | ModuleRun
    option: str | int  # the option of a layer, or the index of an argument
    number: int


def slots_of(parts: Sequence[Part]) -> Iterator[Slot]:
    """Yield the numbers of a body in their order."""
    for part in parts:
        if isinstance(part, Layer):
            for option, value in part.options.items():
                if is_number(value):
                    assert isinstance(value, int)
                    yield Slot(part, option, value)
        elif isinstance(part, ModuleRun):
            for index, argument in enumerate(part.arguments):
                yield Slot(part, index, argument)
        elif isinstance(part, Join):
            for branch in part.branches:
                yield from slots_of(branch)
        else:
            yield from slots_of(part.body)


def is_number(value: Value) -> bool:
    """Return whether a value can be a parameter of a block."""
    return isinstance(value, int) and not isinstance(value, bool)


def skeleton(parts: Sequence[Part]) -> tuple[object, ...]:
    """Return what the bodies of one block have in common: everything but their numbers."""
    result: list[object] = []
    for part in parts:
        if isinstance(part, Layer):
            options = tuple(
                (option, None if is_number(value) else value)
                for option, value in part.options.items()
            )
            result.append((part.node.kind, options))
        elif isinstance(part, ModuleRun):
            result.append(part.name)
        elif isinstance(part, Join):
            result.append((part.node.kind, tuple(map(skeleton, part.branches))))
        else:
            result.append((part.times, skeleton(part.body)))
    return tuple(result)


def drop_default_padding(slots: list[list[Slot]]) -> None:
    """Remove a padding that is the default in every call of a block."""
    for same_slot in zip(*slots, strict=True):
        layers = [slot.owner for slot in same_slot]
        if same_slot[0].option != "P" or not all(isinstance(layer, Layer) for layer in layers):
            continue
        if all(
            layer.options["P"] == default_padding(layer.node.kind, layer.options)
            for layer in layers
            if isinstance(layer, Layer)
        ):
            for layer in layers:
                assert isinstance(layer, Layer)
                layer.options.pop("P", None)


def expression_of(
    column: tuple[int, ...], option: str | int, parameters: dict[str, tuple[int, ...]]
) -> Value:
    """Return a number, a parameter, or a multiple of one, for a number of each call.

    A column that none of the parameters gives becomes a new one.
    """
    if len(set(column)) == 1:
        return column[0]
    for letter, known in parameters.items():
        if known == column:
            return letter
    for letter, known in parameters.items():
        factors = {a // b if b and a % b == 0 else 0 for a, b in zip(column, known, strict=True)}
        if len(factors) == 1 and (factor := factors.pop()) > 1:
            return f"({factor}*{letter})"
    wanted = (*PREFERRED.get(str(option), ()), *LETTERS)
    letter = next((word for word in wanted if word not in parameters), f"k{len(parameters)}")
    parameters[letter] = column
    return letter


def definition_text(body: list[Part], slots: list[Slot], expressions: list[Value]) -> str:
    """Return a body with an expression for each of its slots."""
    options: dict[int, dict[str, Value]] = {}
    arguments: dict[int, dict[int, Value]] = {}
    for slot, expression in zip(slots, expressions, strict=True):
        if isinstance(slot.option, str):
            options.setdefault(id(slot.owner), {})[slot.option] = expression
        else:
            arguments.setdefault(id(slot.owner), {})[slot.option] = expression

    def write(part: Part) -> str:
        if isinstance(part, Layer):
            return layer_text(part.node.kind, {**part.options, **options.get(id(part), {})})
        if isinstance(part, ModuleRun):
            return f"{part.name}({', '.join(map(str, arguments.get(id(part), {}).values()))})"
        if isinstance(part, Join):
            return join_text(
                part.node.kind, [[write(inner) for inner in branch] for branch in part.branches]
            )
        return repeat_text([write(inner) for inner in part.body], part.times)

    return chain_text([write(part) for part in body])


def free_name(class_name: str, taken: set[str]) -> str:
    """Return a name for the block of a class, and take it."""
    word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()
    word = re.sub(r"\W", "_", word, flags=re.ASCII).strip("_") or "block"
    if is_reserved(word) or word[0].isdigit():
        word = f"{word}_block"
    name, number = word, 2
    while name in taken:
        name, number = f"{word}{number}", number + 1
    taken.add(name)
    return name


def is_reserved(word: str) -> bool:
    """Return whether the notation has another meaning for a word."""
    return word.upper() in ALIASES or word.upper() in ("ADD", "CAT", "MUL", "ID", "WHERE", "IN")


# -- repeats ----------------------------------------


def folded(parts: Sequence[Part]) -> list[Part]:
    """Return the parts with equal ones that follow each other as repeats, the longest runs first."""
    result = list(parts)
    for part in result:
        if isinstance(part, Join):
            part.branches = [folded(branch) for branch in part.branches]
    while True:
        run = longest_run([part.key for part in result])
        if run is None:
            return result
        start, period, times, spare = run
        offsets = range(start, start + spare + 1)
        start = max(
            offsets, key=lambda offset: (neatness(result[offset : offset + period]), -offset)
        )
        body = folded(result[start : start + period]) if period > 1 else [result[start]]
        result[start : start + period * times] = [Repeat(body, times)]


class Run(NamedTuple):
    """A repetition in a list of parts."""

    start: int
    period: int
    times: int
    spare: int  # how many parts later it may start as well

    @property
    def saved(self) -> int:
        """The number of parts that it saves."""
        return (self.times - 1) * self.period


def longest_run(keys: list[object]) -> Run | None:
    """Return the repetition that saves most parts; None if there is none."""
    best: Run | None = None
    numbers: dict[object, int] = {}
    ids = [numbers.setdefault(key, len(numbers)) for key in keys]
    for period in range(1, min(len(ids) // 2, LONGEST_PERIOD) + 1):
        start = 0
        while start + 2 * period <= len(ids):
            equal = 0  # parts that equal the one a period before them
            while (
                start + period + equal < len(ids)
                and ids[start + equal] == ids[start + period + equal]
            ):
                equal += 1
            times = equal // period + 1
            run = Run(start, period, times, equal % period)
            if times > 1 and (best is None or run.saved > best.saved):
                best = run
            start += equal + 1
    return best


def neatness(body: Sequence[Part]) -> int:
    """Return how well a repeated body reads: it begins with what has weights, and ends with a pool."""
    first, last = kind_of(body[0]), kind_of(body[-1])
    return 2 * (first in WITH_WEIGHTS) + (last in ENDINGS)


def kind_of(part: Part) -> str:
    """Return the kind of a layer or join; empty for another part."""
    return part.node.kind if isinstance(part, (Layer, Join)) else ""


def texts(parts: Sequence[Part]) -> list[str]:
    """Return each part as text."""
    return [part_text(part) for part in parts]


def part_text(part: Part) -> str:
    """Return a part as text."""
    if isinstance(part, Layer):
        return layer_text(part.node.kind, part.options)
    if isinstance(part, ModuleRun):
        return f"{part.name}({', '.join(map(str, part.arguments))})"
    if isinstance(part, Join):
        return join_text(part.node.kind, [texts(branch) for branch in part.branches])
    return repeat_text(texts(part.body), part.times)
