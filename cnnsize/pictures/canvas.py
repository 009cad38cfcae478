"""Marks on a canvas that grows with them, written as SVG text that depends on nothing else.

Nothing can be clipped: the viewBox is the union of all marks. The space reserved for a text is
wide enough for every font that may set it. Light colours are attributes; a dark theme is a rule of
CSS, so the light picture remains where style sheets are removed.
"""

from __future__ import annotations

from html import escape

from cnnsize.pictures.palette import ROLES
from cnnsize.record import Record
from cnnsize.text.terminal import safe

SANS = "Helvetica,Arial,'Liberation Sans',sans-serif"
MONO = "Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
RESERVE = 1.2  # DejaVu Sans, the widest fallback, over Arial
BOLD = 1.05
MONO_ADVANCE = 0.62  # em
MARGIN = 12
THEMES = ("auto", "light", "dark")
# The advances of Arial in thousandths of an em, from the blank to the tilde
ADVANCES = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)
Value = str | float | None
Point = tuple[float, float]


class Box(Record):
    """A rectangle, by two opposite corners."""

    left: float
    top: float
    right: float
    bottom: float


class Mark(Record):
    """An element of SVG. ``title`` is its tooltip."""

    tag: str
    attributes: tuple[tuple[str, Value], ...]
    text: str = ""
    title: str = ""


def text_width(text: str, size: float, *, mono: bool = False, bold: bool = False) -> float:
    """Return the width reserved for a text, which is enough in any of its fonts."""
    if mono:
        return sum(1 if " " <= sign <= "~" else 1.7 for sign in text) * MONO_ADVANCE * size
    advances = (ADVANCES[ord(sign) - 32] if " " <= sign <= "~" else 1000 for sign in text)
    return sum(advances) / 1000 * size * RESERVE * (BOLD if bold else 1)


def cut(text: str, length: int = 40) -> str:
    """Return a text without control characters, and at most as long as a name in a figure."""
    text = safe(" ".join(text.split()))
    return text if len(text) <= length else text[: length - 3] + "..."


def number(value: float) -> str:
    """Return a number with two digits after the point at most."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


class Canvas:
    """The marks of a figure, in the order in which they are drawn."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self.texts: list[tuple[Box, str]] = []  # the space reserved for each text
        self.bounds: Box | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Canvas) and self.marks == other.marks

    def __hash__(self) -> int:
        return hash(tuple(self.marks))

    def cover(self, left: float, top: float, right: float, bottom: float) -> None:
        """Make the figure large enough for a rectangle."""
        bounds = self.bounds or Box(left, top, right, bottom)
        self.bounds = Box(
            min(bounds.left, left),
            min(bounds.top, top),
            max(bounds.right, right),
            max(bounds.bottom, bottom),
        )

    def add(self, tag: str, attributes: dict[str, Value], text: str = "", title: str = "") -> None:
        """Append a mark; attributes that are None are left out."""
        pairs = tuple((key, value) for key, value in attributes.items() if value is not None)
        self.marks.append(Mark(tag, pairs, safe(text), safe(title)))

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str = "none",
        line: str | None = None,
        *,
        stroke: float = 1,
        dash: str | None = None,
        radius: float = 0,
        title: str = "",
    ) -> None:
        """Draw a rectangle from its upper left corner."""
        half = stroke / 2
        self.cover(x - half, y - half, x + width + half, y + height + half)
        place: dict[str, Value] = {"x": x, "y": y, "width": width, "height": height}
        self.add(
            "rect", place | {"rx": radius or None, **_paint(fill, line, stroke, dash)}, "", title
        )

    def poly(
        self,
        points: list[Point],
        fill: str = "none",
        line: str | None = None,
        *,
        is_closed: bool = True,
        stroke: float = 1,
        dash: str | None = None,
        title: str = "",
    ) -> None:
        """Draw a polygon, or lines from point to point."""
        xs, ys = [x for x, _ in points], [y for _, y in points]
        half = stroke / 2
        self.cover(min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half)
        text = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        paint = _paint(fill, line, stroke, dash)
        join = "round" if line else None
        tag = "polygon" if is_closed else "polyline"
        self.add(tag, {"points": text, **paint, "stroke-linejoin": join}, "", title)

    def line(
        self,
        start: Point,
        end: Point,
        line: str = "rule",
        stroke: float = 1,
        dash: str | None = None,
    ) -> None:
        """Draw a straight line."""
        (x1, y1), (x2, y2) = start, end
        self.cover(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        ends: dict[str, Value] = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
        self.add("line", ends | _paint(None, line, stroke, dash))

    def circle(
        self, x: float, y: float, radius: float, fill: str, line: str | None = None, title: str = ""
    ) -> None:
        """Draw a circle around a point."""
        self.cover(x - radius - 1, y - radius - 1, x + radius + 1, y + radius + 1)
        place: dict[str, Value] = {"cx": x, "cy": y, "r": radius}
        self.add("circle", place | _paint(fill, line, 1, None), "", title)

    def arrow_down(self, x: float, y: float, fill: str, size: float = 3) -> None:
        """Draw the head of an arrow that points down at a point."""
        self.poly([(x, y), (x - size, y - 1.8 * size), (x + size, y - 1.8 * size)], fill)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 11,
        anchor: str = "start",
        fill: str = "ink",
        *,
        mono: bool = False,
        bold: bool = False,
        title: str = "",
    ) -> float:
        """Write a text whose baseline is at y, and return the width that is reserved for it."""
        text = safe(text)
        width = text_width(text, size, mono=mono, bold=bold)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        self.cover(left, y - size * 0.95, left + width, y + size * 0.3)
        self.texts.append((Box(left, y - size * 0.8, left + width, y + size * 0.22), text))
        attributes: dict[str, Value] = {
            "x": x,
            "y": y,
            "font-size": size,
            "fill": fill,
            "text-anchor": None if anchor == "start" else anchor,
            "font-family": MONO if mono else None,
            "font-weight": "bold" if bold else None,
        }
        self.add("text", attributes, text, title)
        return width

    @property
    def view_box(self) -> Box:
        """The rectangle around all marks, with a margin."""
        bounds = self.bounds or Box(0, 0, 0, 0)
        return Box(
            bounds.left - MARGIN, bounds.top - MARGIN, bounds.right + MARGIN, bounds.bottom + MARGIN
        )

    def svg(self, title: str, description: str, theme: str = "auto") -> str:
        """Return the figure as SVG text."""
        view = self.view_box
        width, height = view.right - view.left, view.bottom - view.top
        place: dict[str, Value] = {"x": view.left, "y": view.top, "width": width, "height": height}
        paper = Mark("rect", (*place.items(), ("fill", "paper")))
        marks = [paper, *self.marks]
        box = " ".join(map(number, (view.left, view.top, width, height)))
        title, description = escape(safe(title)), escape(safe(description))
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{number(width)}" '
            f'height="{number(height)}" role="img" aria-label="{title}" font-family="{SANS}">'
        )
        names = f"<title>{title}</title>\n<desc>{description}</desc>"
        style = [_dark_style(marks)] if theme == "auto" else []
        body = [_element(mark, theme) for mark in marks]
        return "\n".join([head, names, *style, *body, "</svg>\n"])


def _paint(fill: str | None, line: str | None, stroke: float, dash: str | None) -> dict[str, Value]:
    """Return the attributes of a fill and an outline."""
    width = stroke if line and stroke != 1 else None
    return {"fill": fill, "stroke": line, "stroke-width": width, "stroke-dasharray": dash}


def _element(mark: Mark, theme: str) -> str:
    """Return a mark as SVG text."""
    attributes = "".join(f' {key}="{_value(value, theme)}"' for key, value in mark.attributes)
    if theme == "auto":
        roles = " ".join(f"{key[0]}-{role}" for key, role in _roles(mark))
        attributes += f' class="{roles}"' if roles else ""
    title = f"<title>{escape(mark.title)}</title>" if mark.title else ""
    content = title + escape(mark.text)
    return (
        f"<{mark.tag}{attributes}>{content}</{mark.tag}>"
        if content
        else f"<{mark.tag}{attributes}/>"
    )


def _value(value: Value, theme: str) -> str:
    """Return the value of an attribute; a role becomes its colour."""
    if not isinstance(value, str):
        return number(value or 0)
    if value in ROLES:
        return ROLES[value].dark if theme == "dark" else ROLES[value].light
    return escape(value)


def _roles(mark: Mark) -> list[tuple[str, str]]:
    """Return the attributes of a mark that are colours, with their roles."""
    return [
        (key, value)
        for key, value in mark.attributes
        if key in ("fill", "stroke") and isinstance(value, str) and value in ROLES
    ]


def _dark_style(marks: list[Mark]) -> str:
    """Return the style sheet with the dark colours of the roles that occur."""
    used = sorted({pair for mark in marks for pair in _roles(mark)})
    rules = "".join(f".{key[0]}-{role}{{{key}:{ROLES[role].dark}}}" for key, role in used)
    return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"
