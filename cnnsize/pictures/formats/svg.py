"""Figures as SVG."""

from __future__ import annotations

from cnnsize.pictures.formats.drawing import Drawing


def write(drawing: Drawing, theme: str, scale: float) -> bytes:
    """Return a drawing as SVG, which has no size of its own that could be scaled."""
    return drawing.canvas.svg(drawing.title, drawing.description, theme).encode()
