"""The state of the interpreter, its bounds, and the flow of the network that is being read."""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from time import process_time
from typing import Any, NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.limits import (
    MAX_MODULES,
    MAX_SOURCE_CALLS,
    MAX_SOURCE_SECONDS,
    MAX_SOURCE_STEPS,
)
from cnnsize.models.axes import Axes, volume_of
from cnnsize.models.blocks import is_reserved
from cnnsize.models.flow import Frame, Node, Options
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.values.number import Number, letter
from cnnsize.models.source.values.objects import (
    Arguments,
    Constant,
    LayerModule,
    NotReadError,
    Scope,
    Site,
    Tensor,
    Value,
    WrittenLayer,
)
from cnnsize.models.source.values.source_files import Imported, SourceFile

# What a letter stands for while sizes are computed: primes that no network has as a size.
PRIMES = (
    *(1_000_003, 1_000_033, 1_000_037, 1_000_039, 1_000_081, 1_000_099, 1_000_117, 1_000_121),
    *(1_000_133, 1_000_151, 1_000_159, 1_000_171, 1_000_183, 1_000_187, 1_000_193, 1_000_199),
    *(1_000_211, 1_000_213, 1_000_231, 1_000_249, 1_000_253, 1_000_273, 1_000_289, 1_000_291),
)
BATCH = letter("the batch", 1_000_303)


class Place(NamedTuple):
    """Where a layer is constructed, and where it is applied. A function has no constructor."""

    constructor: ast.AST | None
    application: ast.AST | None
    layer: WrittenLayer | None = None


class Observation(NamedTuple):
    """A statement that computes a tensor, or a module that is applied, on a line with a comment."""

    line: int  # the last of the statement, or of the call that constructs the module
    span: tuple[int, int]  # the columns where it begins and ends, in bytes
    is_module: bool
    inputs: tuple[tuple[int, ...], ...]  # shapes
    output: tuple[int, ...]


class TooLongError(NotReadError):
    """The bound of the whole file is reached."""


def letter_name(name: str) -> str:
    """Return a name as a letter of the notation, which has names of its own for layers."""
    name = re.sub(r"\W+", "_", name).strip("_") or "n"
    return f"n_{name}" if is_reserved(name) or not name.isidentifier() else name


def name_of(path: str) -> str:
    """Return the letter for what a path names: args_width for args.width."""
    return letter_name(path.partition("#")[0].rpartition(":")[2])


class Machine(ABC):
    """An interpreter of Python's syntax tree. Its bounds hold for one network."""

    def __init__(self) -> None:
        self.max_steps = MAX_SOURCE_STEPS
        self.deadline = process_time() + MAX_SOURCE_SECONDS
        self.top = Scope()
        self.lenient = True  # at the top of the file, what cannot be read is left out
        self.letters: dict[str, Number] = {}
        self.letter_names: dict[str, str] = {}  # by what they stand for
        self.objects: set[str] = set()  # letters that are used as something other than numbers
        self.given: Mapping[str, int] = {}  # values of letters, where the network needs them
        self.fitted: dict[str, int] = {}  # values of letters without which layers do not fit
        self.fitted_notes: list[str] = []
        self.taken: set[str] = set()  # those of them that were used
        self.tested: list[tuple[Value, Arguments]] = []  # calls of networks at the top of the file
        self.constructed: list[Value] = []  # modules at the top of the file, also without a name
        self.keras: object = None  # what is known about networks of Keras
        self.is_keras = False  # the tensors are of Keras
        self.order = "NCHW"  # of the axes of a map
        self.files: dict[str, SourceFile] = {}  # imported ones, by their paths without extension
        self.changes = 0  # so far, of objects and lists that a network which was built may hold
        self.has_options = False  # of a command line, which have their defaults
        self.depth_of_input: int | None = None  # as the first layer of the network says it
        self.watched: frozenset[int] = frozenset()  # ids of nodes whose tensors are observed
        self.displays: dict[int, ast.AST] = {}  # the expressions of lists that are attributes
        self.lists: list[Value] = []  # these lists, so that their ids stay theirs
        self.marks_defaults = False  # of the arguments of the network, which no call gives
        self.has_defaults = False  # one of them is used
        # outputs, options, parameters and MACs of layers that were sized, by what decides them
        self.sizings: dict[Hashable, tuple[Volume, Options, tuple[int, int]]] = {}
        self.start()

    def start(self) -> None:
        """Forget the network that was read before."""
        self.steps = self.depth = self.calls = self.constructing = self.unknown_calls = 0
        self.stack: list[Frame] = []
        self.fresh: set[int] = set()  # ids of objects that no network which was built before holds
        self.size_matters = False  # whether something was compared with the input's W or H
        self.notes: dict[str, None] = {}  # in order
        if self.keras is None:  # tensors of Keras stay valid: they are made where the file builds
            self.begin()

    def begin(self) -> None:
        """Begin a flow without layers, of PyTorch."""
        self.nodes: list[Node] = []
        self.places: list[Place] = []
        self.is_keras, self.order = False, "NCHW"
        self.claims: dict[int, int] = {}  # the values that an FC takes, by its node
        self.used: dict[int, LayerModule] = {}  # layers with weights that ran
        self.used_parameters: dict[int, Value] = {}  # those outside layers
        self.observed: list[Observation] = []
        self.site: Site | None = None  # the call of a function of the source that is running
        self.single: set[int] = set()  # nodes with one row and column, for this size of the input
        self.module: Value = None  # the network that is run
        self.guess: NotReadError | None = None  # why inputs are not known, which are guessed
        self.guessed: dict[int, int] = {}  # these inputs, with their depth
        self.is_vector = False  # the input has no width and height
        self.depends_on_size = False  # a condition that was decided compares sizes of the input
        self.has_sized_layers = False  # sizes of the input are arguments of layers
        self.depends_on_order = False  # the axes of the input itself are viewed or permuted

    @property
    def flow(self) -> tuple[Any, ...]:
        """The layers that ran so far."""
        return self.nodes, self.places, self.claims, self.used, self.used_parameters

    @flow.setter
    def flow(self, flow: tuple[Any, ...]) -> None:
        self.nodes, self.places, self.claims, self.used, self.used_parameters = flow

    def tick(self, node: ast.AST | None, count: int = 1) -> None:
        """Count steps. Raises NotReadError when there are too many."""
        self.steps = steps = self.steps + count
        if steps > self.max_steps:
            raise NotReadError(f"it takes more than {self.max_steps:,} steps to read", node)
        if steps & 1023 < count and process_time() > self.deadline:  # once in 1,024 steps
            raise TooLongError(
                f"the file takes more than {MAX_SOURCE_SECONDS:g} seconds to read", node
            )

    def change(self, value: Value) -> None:
        """Note that an object or a list is changed."""
        if id(value) not in self.fresh:
            self.changes += 1

    def tested_on(self, is_network: Callable[[Value], bool]) -> tuple[Constant, ...]:
        """Return the tensors that the top of the file calls a network on."""
        inputs = [arguments.first() for called, arguments in self.tested if is_network(called)]
        return tuple(tensor for tensor in inputs if isinstance(tensor, Constant))

    def refused(self, error: RefusedError) -> RefusedError:
        """Return an error with the call of a function and the layers that it happens after."""
        error.site, error.flow = self.site, self.flow
        return error

    def enter(self, node: ast.AST) -> None:
        """Count a call. Raises NotReadError when calls are nested too deeply."""
        self.depth += 1
        if self.depth > MAX_SOURCE_CALLS:
            raise NotReadError(f"calls are nested more than {MAX_SOURCE_CALLS} deep", node)

    def observe(
        self, node: ast.AST, inputs: Sequence[Value], output: Value, *, is_module: bool
    ) -> None:
        """Note the shapes that a statement or a module takes and makes, if its node is watched."""
        if id(node) not in self.watched or not isinstance(output, Tensor):
            return
        line = getattr(node, "end_lineno", 0)
        shapes = tuple(value.shape for value in inputs if isinstance(value, Tensor))
        span = (getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 0))
        self.observed.append(Observation(line, span, is_module, shapes, output.shape))

    def given_value(self, path: str) -> int | None:
        """Return the value that is given for what a path names; None if none is."""
        for name in (path, name_of(path)):
            if name in self.given:
                self.taken.add(name)
                return self.given[name]
        return self.fitted.get(name_of(path))

    def letter(self, path: str) -> int:
        """Return the number that stands for an argument or another number without a value.

        ``path`` tells it from others, as in cfg.classes; its letter is the part after a colon.
        """
        if (value := self.given_value(path)) is not None:
            return value
        if path in self.letter_names:
            return self.letters[self.letter_names[path]]
        if len(self.letters) >= len(PRIMES):
            raise NotReadError("too many arguments without a value")
        name = name_of(path)
        while name in self.letters:
            name += "_2"
        self.letter_names[path] = name
        self.letters[name] = letter(name, PRIMES[len(self.letters)])
        return self.letters[name]

    def add(
        self,
        kind: str,
        options: Options,
        inputs: Sequence[Tensor],
        axes: Axes,
        place: Place,
        numbers: tuple[int, int] = (0, 0),
        *,
        reason: str = "",
    ) -> Tensor:
        """Add a layer or join, whose output has ``axes``; ``numbers`` are its parameters and MACs.

        ``reason`` is why the notation does not have it.
        """
        if len(self.nodes) > MAX_MODULES:
            raise NotReadError(f"it has more than {MAX_MODULES:,} layers", place.application)
        sources = tuple([tensor.node for tensor in inputs])
        volume = volume_of(axes)
        node = Node(kind, options, sources, volume, tuple(self.stack), *numbers, reason)
        self.nodes.append(node)
        self.places.append(place)
        return Tensor(len(self.nodes) - 1, axes)

    def outside(
        self, inputs: Sequence[Tensor], axes: Axes, node: ast.AST, reason: str, kind: str = ""
    ) -> Tensor:
        """Return the output of an operation that the notation does not have, for ``reason``.

        The network has no text then, but its shapes are known and are checked.
        """
        return self.add(kind, (), inputs, axes, Place(None, node), reason=reason)

    def copy(self, node: Node, inputs: tuple[int, ...], place: Place) -> int:
        """Add a node like another one with other inputs, and return its index."""
        if len(self.nodes) > MAX_MODULES:
            raise NotReadError(f"it has more than {MAX_MODULES:,} layers", place.application)
        self.nodes.append(node._replace(inputs=inputs, path=tuple(self.stack)))
        self.places.append(place)
        return len(self.nodes) - 1

    @abstractmethod
    def evaluate(self, node: ast.expr, scope: Scope) -> Value:
        """Return the value of an expression."""

    @abstractmethod
    def execute(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Execute statements."""

    @abstractmethod
    def call(self, function: Value, arguments: Arguments) -> Value:
        """Return the value of a call."""

    @abstractmethod
    def attribute(self, value: Value, name: str, node: ast.AST) -> Value:
        """Return an attribute of a value."""

    @abstractmethod
    def imported(self, name: Imported) -> Value:
        """Return what an imported name stands for."""
