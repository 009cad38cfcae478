"""The marks of a canvas as a few shapes, for formats that cannot hold SVG."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from cnnsize.pictures.canvas import Canvas, Mark, Point
from cnnsize.pictures.formats.drawing import Drawing
from cnnsize.pictures.formats.registry import FormatError
from cnnsize.text.terminal import safe

NUMBER = r"-?[\d.]+"
PX = 0.75  # points, as in CSS
Box = tuple[float, float, float, float]  # x, y, width and height


class Paint(NamedTuple):
    """The roles of the colours of a shape, and its outline in px. None is no colour."""

    fill: str | None
    line: str | None
    width: float = 1
    dash: tuple[float, ...] = ()


class Words(NamedTuple):
    """A text with its baseline, in px."""

    text: str
    place: Point
    size: float
    anchor: str  # start, middle or end
    role: str
    is_mono: bool
    is_bold: bool


class Pen(Protocol):
    """What draws shapes in a format. y grows downwards."""

    def rect(self, box: Box, radius: float, paint: Paint) -> None:
        """Draw a rectangle, with rounded corners of a radius."""

    def lines(self, points: list[Point], paint: Paint, *, is_closed: bool) -> None:
        """Draw lines from point to point, or a polygon."""

    def circle(self, center: Point, radius: float, paint: Paint) -> None:
        """Draw a circle."""

    def words(self, words: Words) -> None:
        """Write a text."""


def draw_shapes(canvas: Canvas, pen: Pen) -> None:
    """Draw the paper and all marks of a canvas."""
    view = canvas.view_box
    paper = view.left, view.top, view.right - view.left, view.bottom - view.top
    pen.rect(paper, 0, Paint("paper", None))
    for mark in canvas.marks:
        draw_mark(mark, pen)


def draw_mark(mark: Mark, pen: Pen) -> None:
    """Draw a mark."""
    values = dict(mark.attributes)

    def numbers(*names: str) -> list[float]:
        return [float(values.get(name) or 0) for name in names]

    paint = paint_of(mark)
    if mark.tag == "rect":
        x, y, width, height, radius = numbers("x", "y", "width", "height", "rx")
        pen.rect((x, y, width, height), radius, paint)
    elif mark.tag == "circle":
        x, y, radius = numbers("cx", "cy", "r")
        pen.circle((x, y), radius, paint)
    elif mark.tag == "line":
        x1, y1, x2, y2 = numbers("x1", "y1", "x2", "y2")
        pen.lines([(x1, y1), (x2, y2)], paint, is_closed=False)
    elif mark.tag in ("polygon", "polyline"):
        pen.lines(points_of(str(values["points"])), paint, is_closed=mark.tag == "polygon")
    elif mark.tag == "path":
        for points in lines_of(str(values["d"])):
            pen.lines(points, paint, is_closed=False)
    elif mark.tag == "text":
        x, y, size = numbers("x", "y", "font-size")
        anchor = str(values.get("text-anchor") or "start")
        is_mono, is_bold = bool(values.get("font-family")), bool(values.get("font-weight"))
        pen.words(Words(mark.text, (x, y), size, anchor, str(values["fill"]), is_mono, is_bold))
    else:
        raise NotImplementedError(mark.tag)


def points_of(text: str) -> list[Point]:
    """Return the points of ``1,2 3,4``."""
    values = [float(value) for value in re.findall(NUMBER, text)]
    return list(zip(values[::2], values[1::2], strict=True))


def lines_of(path: str) -> list[list[Point]]:
    """Return the lines of a path such as ``M1 2L3 4M5 6v7``, which has no curves."""
    lines: list[list[Point]] = []
    for command, text in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        if command == "M":
            lines.append(points_of(text))
        elif command == "L":
            lines[-1] += points_of(text)
        elif command in "hv":
            x, y = lines[-1][-1]
            length = float(text)
            lines[-1].append((x + length, y) if command == "h" else (x, y + length))
        else:
            raise NotImplementedError(command)
    return lines


def paint_of(mark: Mark) -> Paint:
    """Return the colours and the outline of a mark."""
    values = dict(mark.attributes)
    fill, line = (
        None if role in (None, "none") else str(role)
        for role in (values.get("fill"), values.get("stroke"))
    )
    dash = str(values.get("stroke-dasharray") or "")
    return Paint(
        fill, line, float(values.get("stroke-width") or 1), tuple(map(float, dash.split()))
    )


def require_latin(drawing: Drawing, name: str) -> None:
    """Raise FormatError where the fonts of a format lack a sign of a drawing."""
    texts: Iterable[str] = (mark.text for mark in drawing.canvas.marks)
    for text in (*texts, drawing.title):
        for sign in text:
            if not sign.isascii() and not sign.encode("cp1252", "ignore"):
                raise FormatError(
                    f"the fonts of {name} lack {safe(sign)!r}, in {safe(text[:40])!r}; use another "
                    "title or name, or write SVG or PNG"
                )
