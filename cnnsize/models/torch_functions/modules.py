"""Modules that are layers of the notation as a whole, whatever functions they run."""

from __future__ import annotations

from torch import Tensor, nn

from cnnsize.models.axes import is_map, size_named
from cnnsize.models.recorder import Recorder, Value

# Modules that drop a whole branch in training, and do nothing otherwise: their attributes.
DROP_PATHS = {"StochasticDepth": "p", "DropPath": "drop_prob"}
FROZEN_NORMS = frozenset({"FrozenBatchNorm2d", "FrozenBatchNormAct2d"})


def read_module(
    recorder: Recorder, module: nn.Module, input: Value | None, output: object
) -> Tensor | None:
    """Add the layer that a module is, and return a new output that comes from it; None for others."""
    if not isinstance(output, Tensor) or input is None:
        return None
    value = recorder.value(output)
    if value is None:
        return None
    kind = type(module).__name__
    if kind in DROP_PATHS and not recorder.reason(value):
        rate = getattr(module, DROP_PATHS[kind], None)
        if isinstance(rate, float) and 0 < rate <= 1:
            return new_output(recorder, output, "DROPPATH", {"rate": rate}, value)
    if kind in FROZEN_NORMS and value.node == input.node and not recorder.reason(value):
        for places in recorder.notes.values():
            places.pop(kind, None)
        recorder.note("the statistics and the affine transform of a frozen BN are not learned")
        return new_output(recorder, output, "BN", {"affine": False}, value)
    if recorder.reason(value) and is_layer_norm(recorder, module, input, output):
        weights = (module.weight, module.bias)
        return new_output(recorder, output, "LN", {"affine": True}, input, weights)
    return None


def new_output(
    recorder: Recorder,
    output: Tensor,
    kind: str,
    options: dict[str, object],
    input: Value,
    weights: tuple[object, ...] = (),
) -> Tensor:
    """Return a tensor like ``output`` that a new node has made."""
    copy = output.detach()
    recorder.add(copy, kind, options, [input], weights=weights)
    return copy


def is_layer_norm(recorder: Recorder, module: nn.Module, input: Value, output: Tensor) -> bool:
    """Return whether a module normalizes over the channels with functions that are no layers.

    Its name says LayerNorm, its only parameters are a weight and a bias for each channel, and its
    output is a map like its input.
    """
    if "LayerNorm" not in type(module).__name__ or recorder.reason(input):
        return False
    parameters = dict(module.named_parameters())
    depth = size_named(input.axes, "C")
    return (
        is_map(input.axes)
        and set(parameters) == {"weight", "bias"}
        and all(parameter.numel() == depth for parameter in parameters.values())
        and tuple(output.shape[1:])
        == (depth, size_named(input.axes, "H"), size_named(input.axes, "W"))
    )
