"""Figures as a page of HTML that holds everything it shows, and whose policy allows nothing more."""

from __future__ import annotations

from html import escape

from cnnsize.pictures.formats.drawing import Drawing
from cnnsize.pictures.palette import PAGE
from cnnsize.text.terminal import safe

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def write(drawing: Drawing, theme: str, scale: float) -> bytes:
    """Return a drawing as a page in the colours of a theme."""
    paper = PAGE["paper"]
    style = (
        f"body {{ margin: 1rem; background: {paper.dark if theme == 'dark' else paper.light}; }}\n"
    )
    if theme == "auto":
        dark = f"body {{ background: {paper.dark}; }}"
        style += f"@media (prefers-color-scheme: dark) {{ {dark} }}\n"
    style += "svg { max-width: 100%; height: auto; }\n"
    schemes = "light dark" if theme == "auto" else theme
    svg = drawing.canvas.svg(drawing.title, drawing.description, theme)
    return (page(drawing.title, style, svg, schemes) + "\n").encode()


def page(title: str, style: str, body: str, schemes: str = "light dark") -> str:
    """Return a page without scripts and requests. ``schemes`` are its colour schemes."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="{schemes}">\n'
        f"<title>{escape(safe(title))}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"{body}</body>\n</html>"
    )
