"""What is reported about a network of Python source: a rule, the place, and how to change the source.

Nothing here names a framework: a reader of another one gives its own names of arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.models import ends
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.findings.literals import Replacement, literal, with_value
from cnnsize.models.source.findings.origins import Origin
from cnnsize.models.source.findings.spans import Spans
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import Tensor, WrittenLayer
from cnnsize.text.diagnostic import Applicability
from cnnsize.text.english import article, counted

CONVOLUTIONS = ("CONV", "DWCONV", "TCONV")
MAX_HELP = 100  # characters of a call that is shown with another argument


class Fix(NamedTuple):
    """A change of the source that may help."""

    edits: tuple[Replacement, ...]
    help: str
    applicability: Applicability = "safe"


class Finding(NamedTuple):
    """One finding. Nodes are those of the syntax tree; the last ones may be in other files."""

    code: str
    message: str
    node: ast.AST
    label: str = ""
    related: tuple[tuple[ast.AST, str], ...] = ()
    notes: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    edits: tuple[Replacement, ...] = ()
    applicability: Applicability = "safe"
    alternatives: tuple[Fix, ...] = ()  # the fix with which the network gets furthest is kept
    facts: Mapping[str, Any] = MappingProxyType({})
    places: tuple[ast.AST, ...] = ()  # where a comment may suppress it, besides ``node``
    progress: int = 0  # how many layers ran before it
    error: RefusedError | None = None


class Circumstances(NamedTuple):
    """What is known about the input of the network that a finding is about."""

    source: str  # where its size comes from
    is_given: bool  # the source or the user says the size
    is_called: bool  # a call of the source gives the arguments of the network
    has_letters: bool  # the network has arguments without a value
    is_run: bool = False  # the source calls the network on tensors, which say all of its inputs
    is_named: bool = False  # the user names the network and the size of its input


def producer(machine: Machine, index: int) -> int:
    """Return the node that decides how many channels a node has."""
    nodes = machine.nodes
    while nodes[index].inputs and nodes[index].kind not in (*CONVOLUTIONS, "FC", "CAT"):
        node = nodes[index]
        before = nodes[node.inputs[0]].volume
        keeps = node.volume is not None and before is not None and node.volume.D == before.D
        if not keeps and node.kind != "FLATTEN":
            break
        index = node.inputs[0]
    return index


def last_change(machine: Machine, index: int) -> int:
    """Return the last node before a node, itself included, that changes the size of its input."""
    nodes = machine.nodes
    while len(nodes[index].inputs) == 1 and nodes[index].kind not in CONVOLUTIONS:
        before = nodes[index].inputs[0]
        if nodes[before].volume != nodes[index].volume:
            break
        index = before
    return index


def inputs_of(machine: Machine) -> dict[int, tuple[int, ...]]:
    """Return the inputs of each node of the graph."""
    return {index: node.inputs for index, node in enumerate(machine.nodes)}


def ancestors(machine: Machine, index: int) -> list[int]:
    """Return the nodes that a node depends on, itself included, from the last to the first."""
    return sorted(ends.ancestors(index, inputs_of(machine)), reverse=True)


def inputs_before(machine: Machine, tensors: Sequence[Tensor]) -> list[int]:
    """Return the inputs of the network that tensors depend on."""
    inputs = inputs_of(machine)
    needed = {index for tensor in tensors for index in ends.ancestors(tensor.node, inputs)}
    return sorted(index for index in needed if machine.nodes[index].kind == "INPUT")


class Case(NamedTuple):
    """A layer that is refused, and what is needed to describe it."""

    machine: Machine
    error: RefusedError
    spans: Spans
    known: Circumstances
    origin: Origin | None

    @property
    def layer(self) -> WrittenLayer:
        """The layer."""
        assert self.error.layer is not None
        return self.error.layer

    @property
    def name(self) -> str:
        """The layer as its constructor is written, such as ``nn.Linear``."""
        node = self.layer.node
        text = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        is_name = text.replace(".", "").isidentifier() and not text.endswith("__init__")
        return text if is_name else self.layer.name

    @property
    def node(self) -> ast.AST:
        """What is marked: the argument that is wrong, else the constructor or the operation."""
        if self.origin is not None:
            return self.origin.node
        node = self.layer.node if self.error.layer is not None else self.error.node
        assert node is not None
        return node

    @property
    def tensor(self) -> Tensor:
        """The input."""
        return self.error.tensors[0]

    def volume(self) -> Volume:
        """Return the size of the input of the network."""
        index = 0
        if self.machine.is_keras:  # whose graph holds several networks
            index = next(iter(inputs_before(self.machine, self.error.tensors)), 0)
        volume = self.machine.nodes[index].volume
        assert volume is not None
        return volume

    def has_single_input(self) -> bool:
        """Return whether what is refused depends on one input of the network."""
        is_keras = self.machine.is_keras
        return not is_keras or len(inputs_before(self.machine, self.error.tensors)) == 1

    def output_of(self, index: int) -> str:
        """Return the size of what a node gives: ``7x7x64``, or ``100 values``."""
        volume = self.machine.nodes[index].volume
        assert volume is not None
        if volume[:2] != (1, 1) or has_letters(volume.D):
            return str(volume)
        return counted(volume.D, "value")

    def for_input(self) -> str:
        """Return ``for a 32x32 input (CIFAR10 on line 41)``."""
        W, H, _ = self.volume()
        if self.machine.is_vector or (W, H) == (1, 1):
            return f"({self.known.source})"
        size = f"{W}x{H}"
        return f"for {article(size)} {size} input ({self.known.source})"

    def related(self, *others: tuple[ast.AST | None, str]) -> tuple[tuple[ast.AST, str], ...]:
        """Return the other places: those given, and where the layer is applied."""
        application = self.error.node
        layer = self.error.layer
        if application is not None and layer is not None and is_part(layer.node, application):
            application = None
        places = [*others, (application, "applied here")]
        own = {id(self.node)}
        return tuple(
            (node, text) for node, text in places if node is not None and id(node) not in own
        )

    def replaced(self, value: int, factors: tuple[int, ...] = ()) -> dict[str, Any]:
        """Return the help and the edit that give the argument another value."""
        origin, argument = self.origin, self.error.argument
        if origin is None or literal(origin.node) is None:
            return {"help": (f"{argument} must be {value:,} here",)}
        text = with_value(origin.node, self.spans, value, factors)
        edits = ((self.spans.span(origin.node), text),)
        help_text = with_edits(self.spans, origin.call, edits) or f"{argument}={text}"
        return {"help": (help_text,), "edits": edits if origin.is_editable else ()}


def is_part(node: ast.AST, whole: ast.AST) -> bool:
    """Return whether a node is a part of another."""
    return any(inner is node for inner in ast.walk(whole))


def with_edits(spans: Spans, node: ast.AST, edits: tuple[Replacement, ...]) -> str:
    """Return the text of a node after edits; empty if it is long or has several lines."""
    start, end = spans.span(node)
    text = spans.text[start:end]
    for span, new in sorted(edits, reverse=True):
        text = text[: span.start - start] + new + text[span.end - start :]
    return "" if "\n" in text or len(text) > MAX_HELP else text
