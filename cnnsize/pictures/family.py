"""The figure of a family: its grids, and below them its members as points."""

from __future__ import annotations

from cnnsize.pictures import grid, scatter
from cnnsize.pictures.canvas import Canvas
from cnnsize.pictures.members import Sample
from cnnsize.pictures.request import DEFAULT_REQUEST, Request


def draw(sample: Sample, canvas: Canvas, request: Request) -> str:
    """Draw both, and return both in words."""
    words = grid.draw(sample, canvas, request), scatter.draw(sample, canvas, DEFAULT_REQUEST)
    return ". ".join(filter(None, words))
