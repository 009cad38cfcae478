"""Run a PyTorch module once on tensors without memory, and record what it runs.

This module imports torch.
"""

from __future__ import annotations

import contextlib
import inspect
import random
import re
import warnings
from collections.abc import Iterator, Sequence
from math import prod

import torch
from torch import nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)
from torch.nn.parameter import is_lazy

from cnnsize.models.axes import map_axes, vector_axes, volume_of
from cnnsize.models.failures import failure
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
MAX_VALUES = 10**12  # of an input
QUANTIZED = re.compile(r"torch\..*\bquantized\b")  # modules whose layers have other weights

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
    for size in inputs:
        if prod(size) > MAX_VALUES:
            raise UnreadableModelError(f"the input {size} has more than {MAX_VALUES:,} values")
    module = unwrapped(module)
    require_readable(module, len(inputs))
    recorder = Recorder(module, read_call, read_module)
    tensors = recorder.meta_tensors(module)
    given = tuple(torch.empty((BATCH, *size), device="meta") for size in inputs)
    for number, (x, size) in enumerate(zip(given, inputs, strict=True)):
        axes = vector_axes(BATCH, *size) if len(size) == 1 else map_axes(BATCH, *size)
        recorder.nodes.append(Node("INPUT", (), (), volume_of(axes), ()))
        recorder.alias(x, Value(number, axes))
    attributes = [(inner, dict(vars(inner))) for inner in module.modules()]
    draws = random.getstate()
    hooks = (
        register_module_forward_pre_hook(recorder.enter),
        register_module_forward_hook(recorder.leave, always_call=True),
    )
    try:
        set_evaluation_mode(module)
        with eager(module), torch.random.fork_rng(devices=[]), torch.no_grad(), recorder:
            output = torch.func.functional_call(module, tensors, given)
    except SharedWeightError as error:
        raise UnreadableModelError(str(error)) from None
    except UnreadableModelError:
        raise
    except Exception as error:
        reason = recorder.failure or f"the model {failure(None, None, error)}"
        raise UnreadableModelError(f"{reason}{input_hint(inputs)}") from error
    finally:
        for hook in hooks:
            hook.remove()
        random.setstate(draws)
        for inner, before in attributes:
            vars(inner).clear()
            vars(inner).update(before)
    return recorder.result(output)


def set_evaluation_mode(module: nn.Module) -> None:
    """Set the mode of a module; one that torch.export has made has no other."""
    with contextlib.suppress(NotImplementedError):
        module.eval()


@contextlib.contextmanager
def eager(module: nn.Module) -> Iterator[None]:
    """Let modules that torch.compile has wrapped run as they are written."""
    is_compiled = any(
        hasattr(inner, "_orig_mod") or getattr(inner, "_compiled_call_impl", None)
        for inner in module.modules()
    )
    if not is_compiled:
        yield
        return
    with warnings.catch_warnings(), torch.compiler.set_stance("force_eager"):
        warnings.simplefilter("ignore")  # hooks of all modules also run for the wrapper
        yield


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
        if QUANTIZED.match(type(inner).__module__):
            raise UnreadableModelError(
                f"{name or 'the model'} ({type(inner).__name__}) is quantized; give the module that "
                "was quantized"
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
