"""What is reported about a network of Python source: a rule, the place, and how to change the source.

Nothing here names a framework: a reader of another one gives its own names of arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.literals import Replacement, literal, with_value
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.origins import Origin
from cnnsize.models.source.spans import Spans
from cnnsize.models.source.values import LayerModule, Tensor
from cnnsize.text.diagnostic import Applicability
from cnnsize.text.english import article

MAX_HELP = 100  # characters of a call that is shown with another argument


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


def producer(machine: Machine, index: int) -> int:
    """Return the node that decides how many channels a node has."""
    nodes = machine.nodes
    while nodes[index].inputs and nodes[index].kind not in ("CONV", "DWCONV", "TCONV", "FC", "CAT"):
        node = nodes[index]
        before = nodes[node.inputs[0]].volume
        keeps = node.volume is not None and before is not None and node.volume.D == before.D
        if not keeps and node.kind != "FLATTEN":
            break
        index = node.inputs[0]
    return index


class Case(NamedTuple):
    """A layer that is refused, and what is needed to describe it."""

    machine: Machine
    error: RefusedError
    spans: Spans
    known: Circumstances
    origin: Origin | None

    @property
    def layer(self) -> LayerModule:
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
        volume = self.machine.nodes[0].volume
        assert volume is not None
        return volume

    def for_input(self) -> str:
        """Return ``for a 32x32 input (CIFAR10 on line 41)``."""
        if self.machine.is_vector:
            return f"({self.known.source})"
        size = f"{self.volume().W}x{self.volume().H}"
        return f"for {article(size)} {size} input ({self.known.source})"

    def related(self, *others: tuple[ast.AST | None, str]) -> tuple[tuple[ast.AST, str], ...]:
        """Return the other places: those given, and where the layer is applied."""
        application = self.error.node
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


def with_edits(spans: Spans, node: ast.AST, edits: tuple[Replacement, ...]) -> str:
    """Return the text of a node after edits; empty if it is long or has several lines."""
    start, end = spans.span(node)
    text = spans.text[start:end]
    for span, new in sorted(edits, reverse=True):
        text = text[: span.start - start] + new + text[span.end - start :]
    return "" if "\n" in text or len(text) > MAX_HELP else text
