"""Name the blocks of a model by the modules that they come from.

The calls of one class that have the same layers become a block of the notation. Numbers that differ
between them are its parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnnsize.layers.names import ALIASES
from cnnsize.models.flow import Value
from cnnsize.models.folding import folded
from cnnsize.models.parts import (
    Join,
    Layer,
    ModuleRun,
    Part,
    grouped,
    has_ends,
    height_of,
    in_place,
    runs_of,
    size_of,
    texts,
    with_branches,
)
from cnnsize.models.series import Item
from cnnsize.models.written import (
    chain_text,
    default_padding,
    join_text,
    layer_text,
    repeat_text,
)

# Where a word begins in the name of a class. ResNet, ConvNeXt and GoogLeNet are one word.
WORD_STARTS = r"(?:(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]))(?!Net|NeXt|NeSt|LeNet|(?<=Le)Net|(?<=Ne)(?:Xt|St))"
LARGEST_FACTOR = 8  # of a multiple such as (4*k); beyond, it is a coincidence
SMALLEST_BLOCK = 3  # layers, joins and calls; smaller ones read better in place
LETTERS = tuple("knmwabcdefghijlopqrstuvxyz")
WIDTHS = ("k", "w", "m", "n")
PREFERRED = {"K": WIDTHS, "shape": WIDTHS, "S": ("s",), "F": ("f",), "G": ("g",)}


class Definition(NamedTuple):
    """A block: its name, its parameters and its chain as text."""

    name: str
    parameters: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.parameters)}) = {self.text}"


def model_text(items: tuple[Item, ...], name: str, head: str) -> str:
    """Return the statements of a model: its blocks, then the network, which starts with ``head``."""
    parts = grouped([with_branches(item) for item in items], depth=1)
    definitions = name_blocks(parts, reserved={name})
    body = folded(in_place(parts))
    statements = [str(definition) for definition in definitions]
    return "\n".join([*statements, f"{name} = {chain_text([head, *texts(body)])}"])


def flat_text(items: tuple[Item, ...], name: str, head: str) -> str:
    """Return the model as one statement, without blocks and repeats."""
    parts = [with_branches(item) for item in items]
    return f"{name} = {chain_text([head, *texts(parts)])}"


def one_line_text(items: tuple[Item, ...], head: str) -> str:
    """Return the model as one chain without blocks, in which what repeats is folded."""
    parts = folded([with_branches(item) for item in items])
    return chain_text([head, *texts(parts)])


def name_blocks(parts: list[Part], reserved: set[str]) -> list[Definition]:
    """Give every call that has equals a block, and return the blocks, inner ones first."""
    by_height: dict[int, list[ModuleRun]] = {}
    for run in runs_of(parts):
        if has_ends(run.body):  # which belong in the network, and not in a block
            continue
        by_height.setdefault(height_of(run), []).append(run)
    names = {*reserved, *LETTERS}  # a parameter and a block of one name would be confused
    definitions: list[Definition] = []
    for height in sorted(by_height):
        alike: dict[tuple[str, object], list[ModuleRun]] = {}
        for run in by_height[height]:
            run.body = folded(in_place(run.body))
            alike.setdefault((run.frame.name, skeleton(run.body)), []).append(run)
        for (class_name, _), runs in alike.items():
            if len(runs) > 1 and sum(map(size_of, runs[0].body)) >= SMALLEST_BLOCK:
                definitions.append(define(free_name(class_name, names), runs))
    return definitions


def define(name: str, runs: list[ModuleRun]) -> Definition:
    """Return the block of calls with the same skeleton, and make them calls of it."""
    slots = [list(slots_of(run.body)) for run in runs]
    drop_default_padding(slots)
    slots = [list(slots_of(run.body)) for run in runs]
    columns = [tuple(slot.number for slot in same) for same in zip(*slots, strict=True)]
    bases = parameter_columns(columns)
    letters: dict[tuple[int, ...], str] = {}
    expressions = [
        expression_of(column, slot.option, bases, letters)
        for column, slot in zip(columns, slots[0], strict=True)
    ]
    arguments = list(zip(*letters, strict=True)) or [()] * len(runs)
    text = definition_text(runs[0].body, slots[0], expressions)
    for run, values in zip(runs, arguments, strict=True):
        run.name, run.arguments = name, values
    return Definition(name, tuple(letters.values()), text)


class Slot(NamedTuple):
    """A number in a body that may differ between calls."""

    owner: Layer | ModuleRun
    option: str | int  # the option of a layer, or the index of an argument
    number: int
    side: int | None = None  # of a shape: 0 for W, 1 for H, 2 for D


def slots_of(parts: Sequence[Part]) -> Iterator[Slot]:
    """Yield the numbers of a body in their order."""
    for part in parts:
        if isinstance(part, Layer):
            for option, value in part.options.items():
                if option == "shape":
                    assert isinstance(value, tuple)
                    for side, number in enumerate(value):
                        yield Slot(part, option, number, side)
                elif is_number(value):
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
                (option, None if is_number(value) or option == "shape" else value)
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


def parameter_columns(columns: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return the numbers of each call that the parameters of a block must give.

    Of the numbers that vary, only those are parameters that are no multiple of another.
    """
    varying = sorted({column for column in columns if len(set(column)) > 1}, key=sum)
    bases: list[tuple[int, ...]] = []
    for column in varying:
        if not any(factor_of(column, base) for base in bases):
            bases.append(column)
    return bases


def factor_of(column: tuple[int, ...], base: tuple[int, ...]) -> int | None:
    """Return the factor between two columns if it is the same, and small, in every call."""
    factors = {a // b if b and a % b == 0 else 0 for a, b in zip(column, base, strict=True)}
    factor = factors.pop()
    return factor if not factors and 1 < factor <= LARGEST_FACTOR else None


def expression_of(
    column: tuple[int, ...],
    option: str | int,
    bases: list[tuple[int, ...]],
    letters: dict[tuple[int, ...], str],
) -> Value:
    """Return a number, a parameter, or a multiple of one, for a number of each call.

    ``letters`` gets the parameters in the order in which they are first used.
    """
    if len(set(column)) == 1:
        return column[0]
    factor = None
    if column not in bases:
        base = next(base for base in bases if factor_of(column, base))
        column, factor = base, factor_of(column, base)
    if column not in letters:
        wanted = (*PREFERRED.get(str(option), ()), *LETTERS)
        taken = set(letters.values())
        free = (word for word in wanted if word not in taken)
        letters[column] = next(free, f"k{len(letters)}")
    letter = letters[column]
    return letter if factor is None else f"({factor}*{letter})"


def definition_text(body: list[Part], slots: list[Slot], expressions: list[Value]) -> str:
    """Return a body with an expression for each of its slots."""
    options: dict[int, dict[str, Value]] = {}
    arguments: dict[int, dict[int, Value]] = {}
    shapes: dict[int, list[Value]] = {}
    for slot, expression in zip(slots, expressions, strict=True):
        if slot.side is not None:
            shape = shapes.setdefault(id(slot.owner), [])
            shape.append(expression)
            options.setdefault(id(slot.owner), {})["shape"] = tuple(shape)  # type: ignore[assignment]
        elif isinstance(slot.option, str):
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
    word = re.sub(WORD_STARTS, "_", class_name).lower()
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
