"""What the operators of an ONNX graph are turned into: the nodes of a flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from cnnsize.limits import MAX_MODULES
from cnnsize.models.axes import Axes, is_map, map_axes, names_of, volume_of
from cnnsize.models.flow import Node, UnreadableModelError
from cnnsize.models.onnx.graph import ARITHMETIC_ERRORS, Graph, Operation, Tensor
from cnnsize.models.onnx.patterns import Match, hidden_by, matches_of
from cnnsize.models.onnx.scopes import Frames

CONVOLUTIONS = ("CONV", "DWCONV")
WITH_WEIGHTS = (*CONVOLUTIONS, "TCONV", "FC")
NORMS = ("BN", "GN", "IN", "LN", "LRN")
MANY = 4  # convolutions with a bias, of a model that may have had norms


class Value(NamedTuple):
    """What is known of a tensor of the flow: the node that made it, and what its axes hold."""

    node: int
    axes: Axes


class Builder:
    """Collects the nodes of a flow."""

    def __init__(self, graph: Graph, inputs: Mapping[str, Axes]) -> None:
        self.graph = graph
        self.matches = matches_of(graph)
        self.hidden = hidden_by(graph, self.matches)
        self.frames = Frames()
        self.notes: dict[str, None] = {}  # in order
        self.users: dict[str, str] = {}  # of each weight: the operation that has it
        self.folded = 0  # convolutions that a BN has been folded into
        self.nodes = [Node("INPUT", (), (), volume_of(axes), ()) for axes in inputs.values()]
        self.values = {
            name: Value(number, axes) for number, (name, axes) in enumerate(inputs.items())
        }

    def add_operation(self, operation: Operation, handlers: dict[str, Handler]) -> None:
        """Add the layer of an operation, or the reason why the notation does not have it."""
        if operation.number in self.hidden:
            return
        if len(self.nodes) > MAX_MODULES:
            raise UnreadableModelError(f"the model has more than {MAX_MODULES:,} layers")
        match = self.matches.get(operation.number)
        call = Call(self, operation, match)
        handler = handlers.get(match.kind if match else operation.type)
        try:
            if not call.known or any(self.nodes[value.node].reason for value in call.live):
                call.give_up("its input is not read")
            elif handler is None:
                call.give_up("the notation has no layer for it")
            elif any(call.tensor(name).dims is None for name in call.outputs):
                call.give_up(f"onnx finds no shape for its output{call.input_shapes}")
            else:
                handler(call)
        except UnreadableModelError as error:
            call.give_up(str(error))
        except ARITHMETIC_ERRORS:
            call.give_up("its inputs or attributes are not those of the operator")

    @property
    def is_from_torch(self) -> bool:
        """Whether torch wrote the file, which stores plain numbers as constants, not as weights."""
        return str(self.graph.model.producer_name) == "pytorch"

    def all_notes(self) -> list[str]:
        """Return what the text does not say."""
        notes = list(self.notes)
        kinds = [node.kind for node in self.nodes if node.kind in WITH_WEIGHTS]
        may_be_folded = (
            all(("bias", True) in node.options for node in self.nodes if node.kind in CONVOLUTIONS)
            and not any(node.kind in NORMS for node in self.nodes)
            and not self.is_from_torch
        )
        if self.folded:
            notes.insert(0, f"BN is folded into {self.folded} of {len(kinds)} layers with weights")
        elif may_be_folded and len(kinds) > MANY:
            notes.insert(0, "the file has no BN; exporters fold it into the convolutions")
        if self.graph.copies:
            count = len(self.graph.copies)
            notes.append(
                f"{count:,} weights equal others and are not stored again; the text counts each"
            )
        return notes

    def use(self, name: str, operation: Operation) -> int:
        """Return the number of values of a weight. Raises UnreadableModelError."""
        tensor = self.graph.tensors[name]
        if tensor.dims is None or tensor.kind == "data" or tensor.reason:
            raise UnreadableModelError(tensor.reason or "a weight that the model computes")
        if tensor.stored:
            is_vector = prod(tensor.dims) == max(tensor.dims, default=1)
            if tensor.stored in self.users and is_vector:  # exporters store equal vectors once
                self.graph.copies.append(name)
            elif tensor.stored in self.users:
                other = self.users[tensor.stored]
                raise UnreadableModelError(f"it shares the weight {tensor.stored!r} with {other}")
            self.users[tensor.stored] = str(operation)
        return prod(tensor.dims)


class Call:
    """One operation, or the operations of a pattern, with what is known of its operands."""

    def __init__(self, builder: Builder, operation: Operation, match: Match | None) -> None:
        self.builder = builder
        self.operation = operation
        self.match = match
        self.attributes = operation.attributes
        names = [match.names["x"]] if match else list(operation.inputs)
        self.inputs = names
        self.outputs = [
            name
            for name in operation.outputs
            if name and (name == operation.outputs[0] or name in builder.graph.consumers)
        ]
        live = [name for name in names if self.tensor(name).kind == "data"]
        self.known = all(name in builder.values for name in live)
        self.live = [builder.values[name] for name in live] if self.known else []

    @property
    def axes(self) -> Axes:
        """The axes of the first operand that depends on the input."""
        return self.live[0].axes

    @property
    def output(self) -> str:
        """The name of the first output."""
        return self.operation.outputs[0]

    @property
    def output_dims(self) -> tuple[int, ...]:
        """The shape of the first output."""
        dims = self.tensor(self.output).dims
        assert dims is not None
        return dims

    @property
    def input_shapes(self) -> str:
        """The shapes of the inputs, for messages; empty where there are none."""
        dims = [self.tensor(name).dims for name in self.operation.inputs]
        shapes = ["x".join(map(str, own)) for own in dims if own]
        return f" from inputs of {', '.join(shapes)}" if shapes else ""

    def tensor(self, name: str) -> Tensor:
        """Return what is known of a tensor; of a name that is empty, a constant without a shape."""
        return self.builder.graph.tensors.get(name, NOTHING)

    def has(self, place: int) -> bool:
        """Return whether the operation has an input at a place."""
        return len(self.inputs) > place and self.inputs[place] != ""

    def weight(self, place: int) -> tuple[int, ...]:
        """Return the shape of an input that must not depend on the model's input."""
        tensor = self.tensor(self.inputs[place]) if self.has(place) else NOTHING
        if tensor.kind == "data" or tensor.dims is None:
            raise UnreadableModelError("its weight is not stored in the file")
        return tensor.dims

    def vector(self, place: int, size: int) -> str:
        """Return the name of a vector of weights; empty where there is none.

        Raises UnreadableModelError for one of another size.
        """
        if not self.has(place):
            return ""
        values = prod(self.weight(place))
        if values != size:
            raise UnreadableModelError(f"input {place} has {values:,} values for {size:,} channels")
        return self.inputs[place]

    def numbers(self, place: int, word: str) -> list[Any] | None:
        """Return the values of a list that is an input or, in older versions, an attribute.

        None where there is neither. Raises UnreadableModelError where the input is not constant.
        """
        if not self.has(place):
            value = self.attributes.get(word)
            return value if value is None or isinstance(value, list) else [value]
        values = self.tensor(self.inputs[place]).values
        if values is None:
            raise UnreadableModelError(f"its {word} is computed from the input")
        return list(values.reshape(-1).tolist())

    def add(
        self,
        kind: str,
        options: dict[str, Any] | None = None,
        *,
        inputs: Sequence[Value] | None = None,
        axes: Axes | None = None,
        weights: Sequence[str] = (),
        macs: int = 0,
        reason: str = "",
        output: str | None = None,
    ) -> Value:
        """Add a layer, with the first operand as its input unless others are given."""
        builder = self.builder
        sources = self.live[:1] if inputs is None else inputs
        own = axes if axes is not None else sources[0].axes if sources else ()
        parameters = sum(builder.use(name, self.operation) for name in weights if name)
        node = Node(
            kind,
            tuple((options or {}).items()),
            tuple(source.node for source in sources),
            None if reason else volume_of(own),
            builder.frames.path(self.operation.scopes),
            parameters,
            macs,
            reason,
        )
        builder.nodes.append(node)
        value = Value(len(builder.nodes) - 1, own)
        builder.values[self.output if output is None else output] = value
        return value

    def alias(self, axes: Axes | None = None) -> None:
        """Let the output be the first operand, with other axes if given."""
        value = self.live[0] if axes is None else self.live[0]._replace(axes=axes)
        self.builder.values[self.output] = value

    def give_up(self, reason: str) -> None:
        """Say why the notation does not have this operation; it matters if the output needs it."""
        text = f"{self.operation}: {reason}"
        sources = self.live or [
            self.builder.values[name] for name in self.inputs if name in self.builder.values
        ]
        for name in self.operation.outputs:
            if name:
                self.add("", inputs=sources, axes=(), reason=text, output=name)

    def note(self, text: str) -> None:
        """Note what the text does not say."""
        self.builder.notes[text] = None

    def needs_map(self, axes: Axes | None = None) -> None:
        """Raise UnreadableModelError unless an operand is N x C x H x W."""
        if not is_map(self.axes if axes is None else axes):
            raise UnreadableModelError("its input is not N x C x H x W")

    def map_of_output(self) -> Axes:
        """Return the axes of an output N x C x H x W."""
        batch, channels, height, width = self.output_dims
        return map_axes(batch, channels, height, width)

    def axis_named(self, place: int) -> str:
        """Return what an axis of the first operand holds: N, C, H or W; empty for one of size 1."""
        return names_of(self.axes[place % len(self.axes)])


Handler = Callable[[Call], None]
NOTHING = Tensor(None, "constant")
