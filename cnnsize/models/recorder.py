"""Record which layers a live PyTorch module runs, while it runs.

This module imports torch. Every call of a function of torch on a tensor that comes from the input
becomes a node (``torch_functions`` says which); hooks say in which module it runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cnnsize.limits import MAX_MODULES, MAX_OUTPUTS
from cnnsize.models.axes import Axes, volume_of
from cnnsize.models.failures import failure
from cnnsize.models.flow import Flow, Frame, Node, UnreadableModelError


class Value(NamedTuple):
    """What is known of a tensor: the node that made it, and what its axes hold."""

    node: int
    axes: Axes
    version: int = 0  # of the tensor; an operation in place on a view of it raises that


class Weight(NamedTuple):
    """A weight of a layer."""

    parameters: frozenset[str]  # those that it is computed from; none for a buffer
    size: int
    owner: str  # the class of the module that has it


class Recorded(NamedTuple):
    """A flow, and which parameters of the module its nodes have."""

    flow: Flow
    weights: dict[int, list[Weight]]  # by node
    sizes: dict[str, int]  # of all parameters of the module


class Running(NamedTuple):
    """A module while it runs."""

    frame: Frame
    place: str  # its name in the model and its class, for messages
    input: Value | None


# Gets the recorder, the function of torch, its arguments, what is known of them, and its output.
CallReader = Callable[["Recorder", Any, Any, dict[str, Any], list[Value], Any], None]
# Gets the recorder, a module that has run, what is known of its input, and its output.
# Returns an output that replaces that of the module, or None.
ModuleReader = Callable[["Recorder", nn.Module, Value | None, object], Tensor | None]


class Recorder(TorchFunctionMode):
    """Collects nodes while a module runs."""

    def __init__(self, module: nn.Module, read_call: CallReader, read_module: ModuleReader) -> None:
        super().__init__()
        self.read_call = read_call
        self.read_module = read_module
        self.model = type(module).__name__
        self.names = {id(inner): name for name, inner in module.named_modules()}
        self.nodes: list[Node] = []
        self.values: dict[int, Value] = {}  # by the id of the tensor, which ``keep`` keeps alive
        self.keep: list[Any] = []
        # By the id of a tensor that does not come from the input: the parameters that it is
        # computed from.
        self.constants: dict[int, frozenset[str]] = {}
        self.copies: dict[int, Tensor] = {}  # on the meta device, by the id of another tensor
        self.sizes: dict[str, int] = {}  # of the parameters
        self.weights: dict[int, list[Weight]] = {}  # by node
        self.used: set[str] = set()  # parameters
        self.notes: dict[str, dict[str, None]] = {}  # the modules of each, in order
        self.stack: list[Running] = []
        self.calls = 0
        self.failure = ""  # the innermost module that raised an exception, and why

    def meta_tensors(self, module: nn.Module) -> dict[str, Tensor]:
        """Return the parameters and buffers of a module on the meta device."""
        self.sizes = {name: tensor.numel() for name, tensor in module.named_parameters()}
        tensors = {
            name: without_memory(tensor)
            for name, tensor in [*module.named_parameters(), *module.named_buffers()]
        }
        for name, tensor in tensors.items():
            self.constants[id(tensor)] = frozenset([name] if name in self.sizes else [])
            self.keep.append(tensor)
        return tensors

    def result(self, output: object) -> Recorded:
        """Return the flow to the outputs of the module: the tensors in what it returns."""
        outputs = tensors_in(output)
        if not 0 < len(outputs) <= MAX_OUTPUTS:
            raise UnreadableModelError(f"the model returns {len(outputs):,} tensors")
        values: list[Value] = []
        for number, tensor in enumerate(outputs, start=1):
            value = self.values.get(id(tensor))
            if value is None:
                what = "the output" if len(outputs) == 1 else f"output {number} of {len(outputs)}"
                is_constant = id(tensor) in self.constants
                raise UnreadableModelError(
                    f"{what} does not depend on the input"
                    if is_constant
                    else f"{what} comes from code that PyTorch does not show, such as torch.jit"
                )
            values.append(value)
        first, *further = (value.node for value in values)
        notes = tuple(
            f"{text} (in {', '.join(places)})" for text, places in self.notes.items() if places
        )
        flow = Flow(tuple(self.nodes), 0, first, self.model, notes, tuple(further))
        return Recorded(flow, self.weights, self.sizes)

    # -- hooks ----------------------------------------

    def enter(self, module: nn.Module, inputs: Any) -> None:
        """Note that a module begins."""
        self.calls += 1
        tensors = tensors_in(inputs)
        name, kind = self.names.get(id(module), ""), type(module).__name__
        self.stack.append(
            Running(
                Frame(kind, self.calls),
                f"{name} ({kind})" if name else kind,
                self.values.get(id(tensors[0])) if tensors else None,
            )
        )

    def leave(self, module: nn.Module, inputs: object, output: object) -> Any:
        """Note that a module ends, also with an exception, for which torch gives no output."""
        running = self.stack[-1]
        error = sys.exc_info()[1] if output is None else None
        if error is not None and not self.failure:
            axes = running.input.axes if running.input is not None else None
            self.failure = f"{running.place} {failure(module, axes, error)}"
        replacement = None
        if isinstance(output, Tensor):
            replacement = self.read_module(self, module, running.input, output)
        self.stack.pop()
        return replacement

    # -- calls ----------------------------------------

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Run a function of torch, and record it if it reads a tensor that comes from the input."""
        kwargs = kwargs or {}
        operands = tensors_in((args, kwargs))
        if any(tensor.is_meta for tensor in operands):
            args, kwargs = self.on_meta(args), self.on_meta(kwargs)
            operands = tensors_in((args, kwargs))
        versions = [tensor._version for tensor in operands]
        live = [self.values[id(tensor)] for tensor in operands if id(tensor) in self.values]
        stale = any(
            id(tensor) in self.values and self.values[id(tensor)].version != tensor._version
            for tensor in operands
        )
        output = function(*args, **kwargs)
        outputs = tensors_in(output)
        if not outputs:
            return output
        known = all(
            id(tensor) in self.values or id(tensor) in self.constants for tensor in operands
        )
        if not live:
            if known:
                self.add_constants(outputs, operands)
            return output
        if len(self.nodes) > MAX_MODULES:
            raise UnreadableModelError(f"the model runs more than {MAX_MODULES:,} layers")
        is_same = any(output is tensor for tensor in operands)
        if is_same and versions == [tensor._version for tensor in operands]:
            output = output.detach()  # a tensor of its own, so that the operand stays what it is
        first_reason = next((reason for value in live if (reason := self.reason(value))), "")
        if first_reason:
            self.add_unreadable(output, live, first_reason)
        elif stale:
            self.give_up(output, live, "a tensor that was changed in place through a view of it")
        elif not known:
            self.give_up(output, live, "code that PyTorch does not show, such as torch.jit,")
        else:
            self.read_call(self, function, args, kwargs, live, output)
        return output

    def on_meta(self, value: Any) -> Any:
        """Return arguments with every tensor on the meta device, such as an unregistered weight."""
        if isinstance(value, Tensor):
            if value.is_meta:
                return value
            copy = self.copies.get(id(value))
            if copy is None:
                copy = self.copies[id(value)] = without_memory(value)
                self.constants[id(copy)] = frozenset()
                self.keep.append(value)
            return copy
        if type(value) in (list, tuple):
            return type(value)(map(self.on_meta, value))
        if type(value) is dict:
            return {key: self.on_meta(inner) for key, inner in value.items()}
        return value

    def add_constants(self, outputs: list[Tensor], operands: list[Tensor]) -> None:
        """Note tensors that are computed from parameters and buffers only."""
        sources = frozenset().union(*(self.constants[id(tensor)] for tensor in operands))
        for tensor in outputs:
            self.constants[id(tensor)] = sources
            self.keep.append(tensor)

    # -- what the functions of torch call ----------------------------------------

    @property
    def place(self) -> str:
        """The innermost module that runs."""
        return self.stack[-1].place if self.stack else self.model

    @property
    def owner(self) -> str:
        """The class of the innermost module that runs."""
        return self.stack[-1].frame.name if self.stack else self.model

    def value(self, tensor: object) -> Value | None:
        """Return what is known of a tensor; None for one that does not come from the input."""
        return self.values.get(id(tensor)) if isinstance(tensor, Tensor) else None

    def reason(self, value: Value) -> str:
        """Return why the notation cannot describe a value; empty if it can."""
        return self.nodes[value.node].reason

    def note(self, text: str) -> None:
        """Note something that the text does not say, with the module that runs."""
        self.notes.setdefault(text, {})[self.owner] = None

    def alias(self, output: Tensor, value: Value) -> None:
        """Let a tensor be the output of a node that exists."""
        self.values[id(output)] = value._replace(version=output._version)
        self.keep.append(output)

    def add(
        self,
        output: Tensor,
        kind: str,
        options: dict[str, Any],
        inputs: Sequence[Value],
        *,
        axes: Axes | None = None,
        weights: Sequence[object] = (),
        macs: int = 0,
    ) -> None:
        """Add a node whose output is ``output``; its axes are those of its first input by default.

        ``weights`` are its parameters.
        """
        value = self.node(kind, options, inputs, axes=axes, weights=weights, macs=macs)
        self.alias(output, value)

    def node(
        self,
        kind: str,
        options: dict[str, Any],
        inputs: Sequence[Value],
        *,
        axes: Axes | None = None,
        weights: Sequence[object] = (),
        macs: int = 0,
    ) -> Value:
        """Add a node, and return what is known of its output."""
        own = axes if axes is not None else inputs[0].axes
        index = len(self.nodes)
        parameters = sum(self.use(weight, index) for weight in weights)
        sources = tuple(value.node for value in inputs)
        volume, path = volume_of(own), self.path()
        self.nodes.append(
            Node(kind, tuple(options.items()), sources, volume, path, parameters, macs)
        )
        return Value(index, own)

    def path(self) -> tuple[Frame, ...]:
        """Return the calls of modules that run, outermost first."""
        return tuple(running.frame for running in self.stack)

    def use(self, weight: object, node: int) -> int:
        """Let a node have a weight, and return the number of its values.

        Raises UnreadableModelError for a parameter that another layer has too.
        """
        if not isinstance(weight, Tensor):
            return 0
        names = self.constants.get(id(weight))
        if names is None:
            raise UnreadableModelError("weights that are computed from the input")
        if shared := names & self.used:
            raise SharedWeightError(
                f"two layers share the parameter {min(shared)}, the second in {self.place}"
            )
        self.used |= names
        self.weights.setdefault(node, []).append(Weight(names, weight.numel(), self.owner))
        return weight.numel()

    def weight_and_factors(self, weight: Tensor) -> tuple[Tensor, Tensor] | None:
        """Return the two parameters of a weight that is computed from them; None for another one.

        One has the size of the weight, and the other a factor for each of its outputs, as in weight
        normalization.
        """
        names = sorted(self.constants.get(id(weight), ()), key=lambda name: -self.sizes[name])
        sizes = [self.sizes[name] for name in names]
        if sizes != [weight.numel(), weight.shape[0]] or sizes[0] == sizes[1]:
            return None
        parts = torch.empty_like(weight), torch.empty(sizes[1], device="meta")
        for name, part in zip(names, parts, strict=True):
            self.constants[id(part)] = frozenset([name])
            self.keep.append(part)
        return parts

    def give_up(self, output: object, inputs: Sequence[Value], what: str) -> None:
        """Add a node that the notation does not have; it matters if the output depends on it."""
        reason = f"the notation cannot describe {what} in {self.place}"
        self.add_unreadable(output, inputs, reason)

    def add_unreadable(self, output: object, inputs: Sequence[Value], reason: str) -> None:
        """Add a node that the notation does not have, for each tensor of an output."""
        sources = tuple(value.node for value in inputs)
        for tensor in tensors_in(output):
            self.nodes.append(Node("", (), sources, None, self.path(), reason=reason))
            self.alias(tensor, Value(len(self.nodes) - 1, inputs[0].axes))


class SharedWeightError(UnreadableModelError):
    """A parameter that two layers have."""


def without_memory(tensor: Tensor) -> Tensor:
    """Return a tensor of the same shape on the meta device, in single precision."""
    dtype = torch.float32 if tensor.is_floating_point() else tensor.dtype
    return torch.empty(tensor.shape, dtype=dtype, device="meta")


def tensors_in(value: object) -> list[Tensor]:
    """Return the tensors in a value: in lists, tuples and dictionaries too."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [tensor for inner in value for tensor in tensors_in(inner)]
    if isinstance(value, dict):
        return [tensor for inner in value.values() for tensor in tensors_in(inner)]
    return []
