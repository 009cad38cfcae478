"""The network of a class of Python source as a tree of layers, each with its place in the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from cnnsize.layers import Layer
from cnnsize.layers.volume import Volume
from cnnsize.models.blocks import one_line_text
from cnnsize.models.flow import Flow, UnreadableModelError
from cnnsize.models.network_text import head_of
from cnnsize.models.series import Item, Join, series
from cnnsize.models.source.evidence import Evidence, mentioned
from cnnsize.models.source.input_comments import input_comments, input_in_comments
from cnnsize.models.source.interpreter import Interpreter
from cnnsize.models.source.keras.builders import KerasNet
from cnnsize.models.source.machine import TooLongError
from cnnsize.models.source.nets import Net, calls_in
from cnnsize.models.source.python.siblings import file_of
from cnnsize.models.source.read import UnreadableSourceError, opened, run_net
from cnnsize.models.source.runs import Run
from cnnsize.models.source.tensors.graph import layer_of
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import NotReadError
from cnnsize.models.written import layer_text
from cnnsize.text.span import Span

IGNORED = frozenset({"FLATTEN", "IDENTITY", "OUTPUT", "LOSS"})  # FC flattens its input by itself


class CodeLayer(NamedTuple):
    """A layer or a join of a class."""

    kind: str
    layer: Layer | None  # None for a join
    text: str  # in the notation
    input: Volume | None
    place: ast.AST | None  # the call that constructs it, else the one that applies it
    branches: tuple[tuple[CodeLayer, ...], ...] = ()


class CodeNetwork(NamedTuple):
    """The network of a class: its layers after INPUT, and its text on one line."""

    name: str
    line: int  # of the class
    input: Volume
    source: str  # where the size of its input comes from
    layers: tuple[CodeLayer, ...]
    text: str
    has_letters: bool  # it has arguments without a value


class NoClassError(Exception):
    """A file that has no class, function or variable of a name."""


class UnreadClassError(Exception):
    """A class that cannot be read; ``str`` says why."""


class SourceFile(NamedTuple):
    """A Python file with its networks, and what it says about their inputs."""

    tree: ast.Module
    machine: Interpreter
    nets: list[Net | KerasNet]
    others: list[Evidence]


def interpreted(source: str, path: str | None, only: str | None) -> SourceFile:
    """Return the networks of a file. Raises UnreadableSourceError, NotReadError and RecursionError.

    ``path`` is that of the file, beside which the files that it imports are.
    """
    tree, machine, nets = opened(source, path, only)
    return SourceFile(tree, machine, nets, mentioned(machine, calls_in(tree)) if nets else [])


@lru_cache(maxsize=64)
def read_class(source: str, name: str, volume: Volume | None, path: str | None) -> CodeNetwork:
    """Return the network of a class, on the input ``volume`` if it takes that, else on its own.

    Raises NoClassError and UnreadClassError.
    """
    try:
        file = interpreted(source, path, name)
        if file.nets:
            run = run_of(file, source, volume)
            return network_of(file.machine, file.nets[0], run)
    except UnreadableSourceError as error:
        raise UnreadClassError(str(error)) from None
    except NotReadError as error:
        raise UnreadClassError(reason_of(error)) from None
    except UnreadableModelError as error:
        raise UnreadClassError(str(error)) from None
    except RecursionError:
        raise UnreadClassError("it is nested too deeply") from None
    if name in names_of(file.tree):
        raise UnreadClassError(f"{name} is no network")
    raise NoClassError


def reason_of(error: NotReadError) -> str:
    """Return why source cannot be read, with its line."""
    line = getattr(error.node, "lineno", None)
    return error.reason if line is None else f"line {line}: {error.reason}"


def names_of(tree: ast.Module) -> set[str]:
    """Return the names that the top of a file defines, assigns or imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
    return names


def run_of(file: SourceFile, source: str, volume: Volume | None) -> Run:
    """Return a network on the input of a text; where it refuses that, on one that it takes."""
    machine, net = file.machine, file.nets[0]
    if volume is not None:
        for depth in (volume.D, None):
            try:
                forget_letters(machine)
                return run_net(machine, net, Evidence(depth, volume.H, volume.W, ""), [])
            except TooLongError:
                raise
            except NotReadError:
                continue
    forget_letters(machine)
    declared = input_in_comments(input_comments(source, file.tree), machine, net)
    return run_net(machine, net, declared, file.others)


def forget_letters(machine: Interpreter) -> None:
    """Forget what an earlier run has found out about the arguments and the input."""
    machine.letters.clear()
    machine.letter_names.clear()
    machine.depth_of_input = None


def network_of(machine: Interpreter, net: Net | KerasNet, run: Run) -> CodeNetwork:
    """Return a run as a tree of layers. Raises UnreadableModelError."""
    flow = run.flow
    if flow.outputs or sum(node.kind == "INPUT" for node in flow.nodes) > 1:
        raise UnreadableModelError("it has several inputs or outputs")
    items = series(flow)
    volume = flow.nodes[flow.input].volume
    assert volume is not None
    numbers = [volume.D]
    for node in flow.nodes:
        for _, value in node.options:
            numbers += value if isinstance(value, tuple) else [value]  # type: ignore[list-item]
    tree = Tree(run, machine)
    return CodeNetwork(
        net.name,
        getattr(net.node, "lineno", 1),
        volume,
        run.source,
        tree.chain(items),
        one_line_text(items, head_of(flow)),
        any(map(has_letters, numbers)),
    )


class Tree:
    """Builds the tree of a run."""

    def __init__(self, run: Run, machine: Interpreter) -> None:
        self.machine = machine
        self.flow: Flow = run.flow
        self.places = run.places
        self.numbers = {id(node): number for number, node in enumerate(run.flow.nodes)}

    def chain(self, items: tuple[Item, ...]) -> tuple[CodeLayer, ...]:
        """Return the layers of a chain."""
        return tuple(map(self.layer, items))

    def layer(self, item: Item) -> CodeLayer:
        """Return an item of the series-parallel tree."""
        node = item.node
        number = self.numbers.get(id(node))
        place = None
        if number is not None:
            place = self.places[number].constructor or self.places[number].application
        if place is not None and file_of(self.machine, place) is not None:
            place = None  # it is in an imported file
        if isinstance(item, Join):
            branches = tuple(map(self.chain, item.branches))
            return CodeLayer(node.kind, None, node.kind, None, place, branches)
        layer = layer_of(node.kind, dict(node.options), None)
        volume = self.flow.nodes[node.inputs[0]].volume
        return CodeLayer(node.kind, layer, layer_text(node.kind, dict(node.options)), volume, place)


def compared(layers: tuple[CodeLayer, ...]) -> list[CodeLayer]:
    """Return the layers without those that do nothing."""
    return [layer for layer in layers if not does_nothing(layer.kind, layer.layer)]


def does_nothing(kind: str, layer: Layer | None) -> bool:
    """Return whether a layer passes its input on: FLATTEN, IDENTITY, or a pool of one cell."""
    if kind in IGNORED:
        return True
    windows = getattr(layer, "windows", None)
    is_pool = kind in ("POOL", "AVGPOOL") and getattr(layer, "to", None) is None
    return is_pool and all(window.F == window.S == 1 for window in windows or ())


def in_order(layers: tuple[CodeLayer, ...]) -> Iterator[CodeLayer]:
    """Yield layers and joins in the order of their text, a join before its branches."""
    for layer in layers:
        yield layer
        for branch in layer.branches:
            yield from in_order(branch)


def line_and_span(source: str, node: ast.AST | int) -> tuple[int, str, Span]:
    """Return the number and the text of the line of a node, and the span of the node in it.

    A number is that of the line itself, all of which is meant.
    """
    number = node if isinstance(node, int) else getattr(node, "lineno", 1)
    lines = source.split("\n")
    line = lines[number - 1].rstrip("\r") if number <= len(lines) else ""
    start, end = len(line) - len(line.lstrip()), len(line)
    if not isinstance(node, int) and hasattr(node, "col_offset"):
        written = line.encode("utf-8", "surrogatepass")
        start = characters(written, node.col_offset)
        if getattr(node, "end_lineno", number) == number:
            end = characters(written, getattr(node, "end_col_offset", len(written)))
    return number, line, Span(start, end)


def characters(line: bytes, offset: int) -> int:
    """Return how many characters the first bytes of a line are."""
    return len(line[:offset].decode("utf-8", "replace"))
