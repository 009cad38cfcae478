"""Run a PyTorch module once on tensors without memory, and record what it runs.

This module imports torch.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)
from torch.nn.parameter import is_lazy

from cnnsize.models.axes import map_axes, vector_axes, volume_of
from cnnsize.models.flow import Node, UnreadableModelError
from cnnsize.models.recorder import (
    CallReader,
    ModuleReader,
    Recorded,
    Recorder,
    SharedWeightError,
    Value,
)

BATCH = 2
EXAMPLES = ("(3, 224, 224)", "(10,)")  # sizes of inputs


Size = tuple[int, ...]  # C x H x W of a map, C of a vector


def record(
    module: nn.Module,
    inputs: Sequence[Size],
    read_call: CallReader,
    read_module: ModuleReader,
) -> Recorded:
    """Return the flow of a module for an input of each size.

    ``read_call`` adds the nodes for a call of a function of torch, and ``read_module`` for modules
    that run no function in evaluation mode. The module is run in that mode, and is as before
    afterwards. Raises UnreadableModelError, also for an error that the module raises itself.
    """
    module = unwrapped(module)
    require_readable(module, len(inputs))
    recorder = Recorder(module, read_call, read_module)
    tensors = recorder.meta_tensors(module)
    given = tuple(torch.empty((BATCH, *size), device="meta") for size in inputs)
    for number, (x, size) in enumerate(zip(given, inputs, strict=True)):
        axes = vector_axes(BATCH, *size) if len(size) == 1 else map_axes(BATCH, *size)
        recorder.nodes.append(Node("INPUT", (), (), volume_of(axes), ()))
        recorder.alias(x, Value(number, axes))
    modes = [(inner, inner.training) for inner in module.modules()]
    hooks = (
        register_module_forward_pre_hook(recorder.enter),
        register_module_forward_hook(recorder.leave, always_call=True),
    )
    try:
        module.eval()
        with torch.no_grad(), recorder:
            output = torch.func.functional_call(module, tensors, given)
    except SharedWeightError as error:
        raise UnreadableModelError(str(error)) from None
    except UnreadableModelError:
        raise
    except Exception as error:
        raise UnreadableModelError(
            f"{recorder.failed or 'the model'} raises {error_text(error)}{input_hint(inputs)}"
        ) from error
    finally:
        for hook in hooks:
            hook.remove()
        for inner, training in modes:
            inner.training = training
    return recorder.result(output)


def unwrapped(module: nn.Module) -> nn.Module:
    """Return the module in DataParallel, DistributedDataParallel or torch.compile."""
    while True:
        if isinstance(module, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
            module = module.module
        elif isinstance(inner := getattr(module, "_orig_mod", None), nn.Module):
            module = inner
        else:
            return module


def require_readable(module: nn.Module, inputs: int) -> None:
    """Raise UnreadableModelError for a module whose forward pass cannot be followed, or that takes
    more than ``inputs`` tensors.
    """
    for name, inner in module.named_modules():
        if isinstance(inner, torch.jit.ScriptModule):
            raise UnreadableModelError(
                f"{name or 'the model'} is compiled by torch.jit; give the module that was compiled"
            )
    lazy = [name for name, parameter in module.named_parameters() if is_lazy(parameter)]
    if lazy:
        raise UnreadableModelError(
            f"the parameter {lazy[0]} has no shape yet; call the module once to initialize it"
        )
    try:
        signature = inspect.signature(module.forward)
    except (TypeError, ValueError):
        return
    required = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if len(required) > max(inputs, 1):
        raise UnreadableModelError(
            f"the model has {len(required)} inputs ({', '.join(required)}), "
            f"and the size of {'one' if inputs == 1 else inputs} is given; from_torch takes all, as "
            f"in input=[{', '.join(EXAMPLES[: len(required)])}{', ...' if len(required) > 2 else ''}]"
        )


def input_hint(inputs: Sequence[Size]) -> str:
    """Return what to change if an input seems to be H x W x C; empty otherwise."""
    for size in inputs:
        if len(size) == 3 and size[0] == size[1] > 4 and size[2] in (1, 3, 4):
            return f"; input is (C, H, W), as in ({size[2]}, {size[0]}, {size[1]})"
    return ""


def error_text(error: BaseException) -> str:
    """Return the type of an exception, and the first line of its message."""
    lines = str(error).strip().splitlines()
    name = type(error).__name__
    return f"{name}: {lines[0][:300]}" if lines else name
