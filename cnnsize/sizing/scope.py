"""The scope of letters in a network and in its blocks, with the layers that were made there."""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.language.arithmetic import evaluate
from cnnsize.language.parsed import Definitions
from cnnsize.language.tree import Call, Item, LayerNode, Statement
from cnnsize.layers.base import STANDARD, Defaults, Layer
from cnnsize.layers.volume import Sizing, Volume
from cnnsize.record import replace
from cnnsize.sizing.make import bound_layer, build, standard_layer
from cnnsize.sizing.rows import BlockCall
from cnnsize.text.diagnostic import ArchitectureError, Label, error, shifted

MAX_CALL_LABELS = 3  # calls that an error inside nested blocks points at


class Scope:
    """The values of letters, in the network or in one call of a block, and what was made of them.

    The tables are keyed by node: within a scope a node has one layer.
    """

    __slots__ = ("bound", "layers", "sizes", "values")

    def __init__(self, values: Mapping[str, int]) -> None:
        self.values = values
        self.layers: dict[LayerNode, Layer] = {}
        self.bound: dict[LayerNode, Layer | None] = {}  # of the layers with letters
        self.sizes: dict[tuple[LayerNode, Volume], Sizing] = {}

    def layer(self, node: LayerNode, item: Item, defaults: Defaults) -> Layer:
        """Return the layer of a node, made once in a scope.

        Raises ArchitectureError for an option that the layer cannot have.
        """
        known = self.layers.get(node)
        if known is not None:
            return known
        layer = None
        if defaults is STANDARD or defaults == STANDARD:  # equal where inputs are searched
            layer = standard_layer(node) or self.bound_layer(node)
        if layer is None:
            try:
                layer = build(node, self.values, defaults)
            except ArchitectureError as raised:
                raise shifted(raised, item.start) from None
        self.layers[node] = layer
        return layer

    def bound_layer(self, node: LayerNode) -> Layer | None:
        """Return the layer of a node with letters and the standard defaults; None for an error."""
        if node not in self.bound:
            self.bound[node] = bound_layer(node, self.values)
        return self.bound[node]


class Blocks:
    """The blocks that one network may call. Calls with equal arguments share a scope."""

    __slots__ = ("_scopes", "definitions")

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self._scopes: dict[tuple[str, tuple[int, ...]], Scope] = {}

    def called(
        self, item: Item, node: Call, values: Mapping[str, int]
    ) -> tuple[Statement, tuple[int, ...], Scope]:
        """Return the definition that an item calls, its arguments, and the scope inside it.

        ``values`` are those of the caller's letters. Raises ArchitectureError where the block is not defined, as in a statement that was parsed
        without its document.
        """
        definition = self.definitions.get(node.name)
        if definition is None:
            raise error(
                "CNN008",
                f"block {node.name} is not defined here",
                item.span,
                help=(f"define it: {node.name}(...) = CONV3-64 -> RELU",),
            )
        assert definition.parameters is not None
        arguments = argument_values(item, node, values)
        key = (node.name, arguments)
        scope = self._scopes.get(key)
        if scope is None:
            bound = dict(zip(definition.parameters, arguments, strict=True))
            scope = self._scopes[key] = Scope(bound)
        return definition, arguments, scope


def argument_values(item: Item, node: Call, values: Mapping[str, int]) -> tuple[int, ...]:
    """Return the arguments of a call as integers, its letters replaced by ``values``."""
    return tuple(
        [
            argument if isinstance(argument, int) else evaluate(argument, values, item.span)
            for argument in node.arguments
        ]
    )


def with_call_label(raised: ArchitectureError, call: BlockCall) -> ArchitectureError:
    """Return an error from inside a block with a label at the call; the same error where it has
    enough labels.
    """
    diagnostic = raised.diagnostic
    if len(diagnostic.related) >= MAX_CALL_LABELS:
        return raised
    related = (*diagnostic.related, Label(call.item.span, call.words))
    return ArchitectureError(replace(diagnostic, related=related))
