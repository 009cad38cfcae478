"""Record which layers a live PyTorch module runs: one forward pass on tensors without memory.

This module imports torch. Every call of a function of torch on a tensor that comes from the input
becomes a node (``torch_functions`` says which); hooks say in which module it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)
from torch.overrides import TorchFunctionMode

from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_MODULES
from cnnsize.models.axes import Axes, map_axes, size_named
from cnnsize.models.flow import Flow, Frame, Node, UnreadableModelError

BATCH = 2
# Modules that drop a whole branch in training, and do nothing otherwise: their attributes.
DROP_PATHS = {"StochasticDepth": "p", "DropPath": "drop_prob"}


class Recorded(NamedTuple):
    """A flow, and the parameters of the module that no layer of it has."""

    flow: Flow
    unused: int  # parameters that the forward pass does not use
    total: int


class Value(NamedTuple):
    """What is known of a tensor: the node that made it, and what its axes hold."""

    node: int
    axes: Axes


def record(module: nn.Module, input: tuple[int, int, int], read: Reader) -> Recorded:
    """Return the flow of a module for an input of C x H x W.

    ``read`` says what a call of a function of torch means: ``torch_functions.table.record_call``.
    The module is run in evaluation mode, and is as before afterwards. Raises UnreadableModelError,
    also for an error that the module raises itself.
    """
    recorder = Recorder(read)
    tensors = {
        name: torch.empty_like(tensor, device="meta")
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]
    }
    for name, _ in module.named_parameters():
        recorder.parameters[id(tensors[name])] = name
    modes = [(inner, inner.training) for inner in module.modules()]
    x = torch.empty((BATCH, *input), device="meta")
    axes = map_axes(BATCH, *input)
    recorder.values[id(x)] = Value(0, axes)
    recorder.keep.append(x)
    recorder.nodes.append(Node("INPUT", (), (), volume_of(axes), ()))
    hooks = (
        register_module_forward_pre_hook(recorder.enter),
        register_module_forward_hook(recorder.leave, always_call=True),
    )
    try:
        module.eval()
        with torch.no_grad(), recorder:
            output = torch.func.functional_call(module, tensors, (x,))
    except UnreadableModelError:
        raise
    except Exception as error:
        text = str(error).strip().split("\n")[0]
        raise UnreadableModelError(f"the model raises {type(error).__name__}: {text}") from error
    finally:
        for hook in hooks:
            hook.remove()
        for inner, training in modes:
            inner.training = training
    return recorded(recorder, module, output)


def recorded(recorder: Recorder, module: nn.Module, output: object) -> Recorded:
    """Return the flow to the output of a module."""
    outputs = tensors_in(output)
    if len(outputs) != 1:
        raise UnreadableModelError(f"the model has {len(outputs)} outputs")
    result = recorder.values.get(id(outputs[0]))
    if result is None:
        raise UnreadableModelError("the output does not depend on the input")
    sizes = {name: parameter.numel() for name, parameter in module.named_parameters()}
    unused = sum(size for name, size in sizes.items() if name not in recorder.used)
    flow = Flow(tuple(recorder.nodes), 0, result.node, type(module).__name__, tuple(recorder.notes))
    return Recorded(flow, unused, sum(sizes.values()))


# Gets the recorder, the function of torch, its arguments, what is known of them, and its output.
Reader = Callable[["Recorder", Any, Any, dict[str, Any], list[Value], Any], None]


class Recorder(TorchFunctionMode):
    """Collects nodes while a module runs."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self.read = read
        self.nodes: list[Node] = []
        self.values: dict[int, Value] = {}  # by the id of the tensor, which ``keep`` keeps alive
        self.keep: list[Any] = []
        self.parameters: dict[int, str] = {}  # names, by the id of the tensor
        self.used: set[str] = set()  # parameters
        self.notes: dict[str, None] = {}  # in order
        self.stack: list[Frame] = []
        self.calls = 0

    def enter(self, module: nn.Module, inputs: object) -> None:
        """Note that a module begins."""
        self.calls += 1
        self.stack.append(Frame(type(module).__name__, self.calls))

    def leave(self, module: nn.Module, inputs: object, output: object) -> None:
        """Note that a module ends; one that drops paths is a layer although it runs nothing."""
        attribute = DROP_PATHS.get(type(module).__name__)
        rate = getattr(module, attribute, None) if attribute else None
        if isinstance(output, Tensor) and isinstance(rate, float) and 0 < rate <= 1:
            value = self.values.get(id(output))
            if value is not None:
                copy = output.view(output.shape)
                self.add(copy, "DROPPATH", {"rate": rate}, [value])
                self.replace(output, copy)
        self.stack.pop()

    def replace(self, tensor: Tensor, other: Tensor) -> None:
        """Let a tensor be the output of the node that made another one."""
        self.values[id(tensor)] = self.values[id(other)]

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Run a function of torch, and record it if it reads a tensor that comes from the input."""
        kwargs = kwargs or {}
        operands = tensors_in((args, kwargs))
        live = [self.values[id(tensor)] for tensor in operands if id(tensor) in self.values]
        output = function(*args, **kwargs)
        if live and tensors_in(output):
            if len(self.nodes) > MAX_MODULES:
                raise UnreadableModelError(f"the model runs more than {MAX_MODULES:,} layers")
            self.read(self, function, args, kwargs, live, output)
        return output

    # -- what the functions of torch call ----------------------------------------

    def value(self, tensor: object) -> Value | None:
        """Return what is known of a tensor; None for one that does not come from the input."""
        return self.values.get(id(tensor)) if isinstance(tensor, Tensor) else None

    def alias(self, output: Tensor, value: Value) -> None:
        """Let a tensor be the output of a node that exists."""
        self.values[id(output)] = value
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
        reason: str = "",
    ) -> None:
        """Add a node whose output is ``output``; its axes are those of its first input by default.

        ``weights`` are its parameters. ``reason`` says why the notation does not have it.
        """
        own = axes if axes is not None else inputs[0].axes
        parameters = sum(self.use(weight) for weight in weights)
        node = Node(
            kind,
            tuple(options.items()),
            tuple(value.node for value in inputs),
            None if reason else volume_of(own),
            tuple(self.stack),
            parameters,
            macs,
            reason,
        )
        self.nodes.append(node)
        self.alias(output, Value(len(self.nodes) - 1, own))

    def use(self, weight: object) -> int:
        """Return the number of values of a parameter; a tensor that is none counts as a parameter.

        Raises UnreadableModelError for a parameter that another layer has too.
        """
        if not isinstance(weight, Tensor):
            return 0
        name = self.parameters.get(id(weight))
        if name is None:
            self.notes[f"{frame_text(self.stack)} has weights that are no parameters"] = None
        elif name in self.used:
            raise UnreadableModelError(f"two layers share the parameter {name}")
        else:
            self.used.add(name)
        return weight.numel()

    def give_up(self, output: object, inputs: Sequence[Value], reason: str) -> None:
        """Add a node that the notation does not have; it matters if the output depends on it."""
        where = frame_text(self.stack)
        for tensor in tensors_in(output):
            self.add(tensor, "", {}, inputs, reason=f"{reason} in {where}" if where else reason)


def volume_of(axes: Axes) -> Volume:
    """Return the volume (W x H x D) of a tensor."""
    return Volume(size_named(axes, "W"), size_named(axes, "H"), size_named(axes, "C"))


def frame_text(stack: Sequence[Frame]) -> str:
    """Return the class of the innermost module."""
    return stack[-1].name if stack else ""


def tensors_in(value: object) -> list[Tensor]:
    """Return the tensors in a value: in lists, tuples and dictionaries too."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [tensor for inner in value for tensor in tensors_in(inner)]
    if isinstance(value, dict):
        return [tensor for inner in value.values() for tensor in tensors_in(inner)]
    return []
