"""Figures as PDF, drawn with the package reportlab in fonts that every reader of PDF has."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from cnnsize.pictures.canvas import Point
from cnnsize.pictures.formats.drawing import Drawing
from cnnsize.pictures.formats.shapes import PX, Box, Paint, Words, draw_shapes, require_latin
from cnnsize.pictures.palette import ROLES
from cnnsize.version import __version__

INSTALL = "PDF needs the package reportlab; install it with: pip install 'cnnsize[pdf]'"
MAX_SIDE = 14_400  # points; larger pages are not shown by all readers


def write(drawing: Drawing, theme: str, scale: float) -> bytes:
    """Return a drawing as PDF of one page, in light colours by default; the same bytes each time.

    Raises ImportError without reportlab, and FormatError for signs that its fonts lack.
    """
    try:
        from reportlab.pdfgen.canvas import Canvas
    except ImportError:
        raise ImportError(INSTALL) from None
    require_latin(drawing, "PDF")
    view = drawing.canvas.view_box
    width, height = view.right - view.left, view.bottom - view.top
    unit = min(PX, MAX_SIDE / max(width, height))
    file = BytesIO()
    page = Canvas(file, pagesize=(width * unit, height * unit), invariant=1, pageCompression=1)
    page.setTitle(drawing.title)
    page.setSubject(drawing.description)
    page.setCreator(f"cnnsize {__version__}")
    draw_shapes(drawing.canvas, PdfPen(page, (view.left, view.bottom), unit, theme))
    page.showPage()
    page.save()
    return file.getvalue()


class PdfPen:
    """Draws shapes on a page, whose y grows upwards from its lower left corner."""

    def __init__(self, page: Any, corner: Point, unit: float, theme: str) -> None:
        self.page = page
        self.corner = corner
        self.unit = unit
        self.theme = theme

    def point(self, x: float, y: float) -> Point:
        """Return the place of a point on the page."""
        return (x - self.corner[0]) * self.unit, (self.corner[1] - y) * self.unit

    def colour(self, role: str) -> Any:
        """Return the colour of a role."""
        from reportlab.lib.colors import HexColor

        shade = ROLES[role]
        return HexColor(shade.dark if self.theme == "dark" else shade.light)

    def use(self, paint: Paint) -> dict[str, int]:
        """Set the colours and the outline, and return whether to fill and to draw it."""
        page = self.page
        if paint.fill is not None:
            page.setFillColor(self.colour(paint.fill))
        if paint.line is not None:
            page.setStrokeColor(self.colour(paint.line))
            page.setLineWidth(paint.width * self.unit)
            page.setDash([length * self.unit for length in paint.dash])
        return {"fill": int(paint.fill is not None), "stroke": int(paint.line is not None)}

    def rect(self, box: Box, radius: float, paint: Paint) -> None:
        """Draw a rectangle."""
        modes = self.use(paint)
        x, y, width, height = box
        left, bottom = self.point(x, y + height)
        sides = width * self.unit, height * self.unit
        if radius:
            radius = min(radius, width / 2, height / 2)
            self.page.roundRect(left, bottom, *sides, radius * self.unit, **modes)
        else:
            self.page.rect(left, bottom, *sides, **modes)

    def lines(self, points: list[Point], paint: Paint, *, is_closed: bool) -> None:
        """Draw lines or a polygon."""
        modes = self.use(paint)
        path = self.page.beginPath()
        path.moveTo(*self.point(*points[0]))
        for point in points[1:]:
            path.lineTo(*self.point(*point))
        if is_closed:
            path.close()
        self.page.drawPath(path, **modes)

    def circle(self, center: Point, radius: float, paint: Paint) -> None:
        """Draw a circle."""
        modes = self.use(paint)
        self.page.circle(*self.point(*center), radius * self.unit, **modes)

    def words(self, words: Words) -> None:
        """Write a text."""
        font = "Courier" if words.is_mono else "Helvetica"
        self.page.setFont(f"{font}-Bold" if words.is_bold else font, words.size * self.unit)
        self.page.setFillColor(self.colour(words.role))
        x, y = self.point(*words.place)
        draw = {
            "start": self.page.drawString,
            "middle": self.page.drawCentredString,
            "end": self.page.drawRightString,
        }
        draw[words.anchor](x, y, words.text)
