"""Samples of a map at computed places, as of a spatial transformer: only their sizes are known."""

from __future__ import annotations

from cnnsize.models.axes import map_axes
from cnnsize.models.source.machine import BATCH, Machine
from cnnsize.models.source.tensors.broadcasting import operand
from cnnsize.models.source.values.objects import Arguments, NotReadError, Value


def affine_grid(machine: Machine, arguments: Arguments) -> Value:
    """Return the places of torch.nn.functional.affine_grid, N x H x W x 2."""
    node = arguments.node
    theta = operand(machine, arguments.get(0, "theta"), node)
    size = arguments.get(1, "size")
    is_map = isinstance(size, (tuple, list)) and len(size) == 4
    if not is_map or theta.shape[1:] != (2, 3):
        raise NotReadError("affine_grid() of this size", node)
    _, _, height, width = size
    axes = map_axes(BATCH, height, width, 2)
    return machine.outside([theta], axes, node, "affine_grid() is not in the notation")


def grid_sample(machine: Machine, arguments: Arguments) -> Value:
    """Return torch.nn.functional.grid_sample of a map: its channels on the sides of the grid."""
    node = arguments.node
    tensor = operand(machine, arguments.get(0, "input"), node)
    grid = operand(machine, arguments.get(1, "grid"), node)
    are_maps = len(tensor.axes) == len(grid.axes) == 4
    if not are_maps or grid.shape[3] != 2:
        raise NotReadError("grid_sample() of this grid", node)
    axes = map_axes(BATCH, tensor.shape[1], *grid.shape[1:3])
    return machine.outside([tensor, grid], axes, node, "grid_sample() is not in the notation")
