"""Figures as PNG, which the package resvg-py renders from the SVG."""

from __future__ import annotations

from math import ceil

from cnnsize.limits import MAX_PIXELS
from cnnsize.pictures.canvas import MONO, SANS
from cnnsize.pictures.formats.drawing import Drawing
from cnnsize.pictures.formats.registry import FormatError

INSTALL = "PNG needs the package resvg-py; install it with: pip install 'cnnsize[png]'"
NO_FONTS = (
    "PNG needs a font, and resvg-py finds none on this computer; install one, such as DejaVu, or "
    "write SVG, PDF or HTML"
)
# Tried in this order where no family that the SVG names is installed
SANS_FAMILIES = (
    "DejaVu Sans",
    "Noto Sans",
    "Segoe UI",
    "FreeSans",
    "Roboto",
    "Open Sans",
    "Ubuntu",
)
MONO_FAMILIES = ("Noto Sans Mono", "Courier New", "FreeMono", "Roboto Mono", "Ubuntu Mono")


def write(drawing: Drawing, theme: str, scale: float) -> bytes:
    """Return a drawing as PNG, with ``scale`` pixels for each px, in light colours by default.

    Raises ImportError without resvg-py, and FormatError without fonts or for too many pixels.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        raise ImportError(INSTALL) from None
    view = drawing.canvas.view_box
    width, height = view.right - view.left, view.bottom - view.top
    if width * height * scale**2 > MAX_PIXELS:
        largest = (MAX_PIXELS / (width * height)) ** 0.5
        raise FormatError(
            f"a PNG of {ceil(width * scale):,} x {ceil(height * scale):,} pixels is too large; use a "
            f"scale of at most {int(largest * 100) / 100:g}, or write SVG"
        )
    svg = drawing.canvas.svg(
        drawing.title, drawing.description, "dark" if theme == "dark" else "light"
    )
    sans = installed_family(SANS, SANS_FAMILIES)
    mono = installed_family(MONO, (*MONO_FAMILIES, *SANS_FAMILIES))
    content: bytes = svg_to_bytes(
        svg_string=svg, zoom=scale, sans_serif_family=sans, monospace_family=mono
    )
    return content


def installed_family(listed: str, others: tuple[str, ...]) -> str | None:
    """Return the first other family in which letters are drawn; None where a listed family does.

    resvg drops text without a word where no font matches. Raises FormatError if nothing is drawn.
    """
    if draws_letters(listed):
        return None
    for family in others:
        if draws_letters(f"'{family}'"):
            return family
    raise FormatError(NO_FONTS)


def draws_letters(families: str) -> bool:
    """Return whether a letter leaves ink in one of the font families."""
    from resvg_py import svg_to_bytes

    form = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" font-family="{families}">'
    drawn, empty = (
        svg_to_bytes(svg_string=f'{form}<text y="9" font-size="9">{text}</text></svg>')
        for text in ("M", "")
    )
    return bool(drawn != empty)
