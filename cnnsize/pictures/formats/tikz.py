"""Figures as TikZ: a document that pdflatex compiles, and that others can include."""

from __future__ import annotations

import re

from cnnsize.pictures.canvas import Point, number
from cnnsize.pictures.formats.drawing import Drawing
from cnnsize.pictures.formats.shapes import PX, Box, Paint, Words, draw_shapes, require_latin
from cnnsize.pictures.palette import ROLES
from cnnsize.text.terminal import safe
from cnnsize.version import __version__

ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}
SIGNS = {
    **{sign: f"\\{sign}" for sign in "{}$&#%_"},
    "\\": "\\textbackslash{}",
    "^": "\\textasciicircum{}",
    "~": "\\textasciitilde{}",
    "<": "\\textless{}",
    ">": "\\textgreater{}",
    "|": "\\textbar{}",
    '"': "\\char34{}",
    "\N{MULTIPLICATION SIGN}": "$\\times$",
}
LIGATURE = re.compile(r"(?<=[-,'`!?])(?=[-,'`])")  # as of --, which TeX sets as a dash


def write(drawing: Drawing, theme: str, scale: float) -> bytes:
    """Return a drawing as a LaTeX document, in the fonts of LaTeX and in light colours by default.

    Raises FormatError for signs that the fonts of LaTeX lack.
    """
    require_latin(drawing, "LaTeX")
    pen = TikzPen()
    draw_shapes(drawing.canvas, pen)
    colours = [
        f"\\definecolor{{{colour_name(role)}}}{{HTML}}{{{shade[1:].upper()}}}"
        for role in sorted(pen.roles)
        for shade in [ROLES[role].dark if theme == "dark" else ROLES[role].light]
    ]
    lines = [
        f"% {safe(drawing.title)}, by cnnsize {__version__}.",
        "% Compile it with pdflatex, or \\input it into a document with the packages standalone and "
        "tikz.",
        "\\documentclass[tikz]{standalone}",
        "\\usepackage[T1]{fontenc}",
        "\\IfFileExists{lmodern.sty}{\\usepackage{lmodern}}{}",
        "\\begin{document}",
        *colours,
        f"\\begin{{tikzpicture}}[x={PX}bp, y=-{PX}bp, inner sep=0pt, outer sep=0pt]",
        *pen.commands,
        "\\end{tikzpicture}",
        "\\end{document}",
    ]
    return ("\n".join(lines) + "\n").encode()


class TikzPen:
    """Collects a command for each shape, and the colours that occur."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.roles: set[str] = set()

    def draw(self, path: str, paint: Paint, *options: str) -> None:
        """Add a path."""
        colours = {"fill": paint.fill, "draw": paint.line}
        used = {key: role for key, role in colours.items() if role is not None}
        self.roles.update(used.values())
        words = [f"{key}={colour_name(role)}" for key, role in used.items()]
        if paint.line is not None:
            words.append(f"line width={number(paint.width * PX)}bp")
        if paint.dash:
            pairs = zip(paint.dash[::2], paint.dash[1::2], strict=True)
            dashes = (f"on {number(on * PX)}bp off {number(off * PX)}bp" for on, off in pairs)
            words.append(f"dash pattern={' '.join(dashes)}")
        command = "\\draw" if paint.line is not None else "\\fill"
        self.commands.append(f"{command}[{', '.join([*words, *options])}] {path};")

    def rect(self, box: Box, radius: float, paint: Paint) -> None:
        """Add a rectangle."""
        x, y, width, height = box
        radius = min(radius, width / 2, height / 2)
        rounded = [f"rounded corners={number(radius * PX)}bp"] if radius else []
        self.draw(f"{place((x, y))} rectangle {place((x + width, y + height))}", paint, *rounded)

    def lines(self, points: list[Point], paint: Paint, *, is_closed: bool) -> None:
        """Add lines or a polygon."""
        end = ["cycle"] if is_closed else []
        self.draw(" -- ".join([*map(place, points), *end]), paint)

    def circle(self, center: Point, radius: float, paint: Paint) -> None:
        """Add a circle."""
        self.draw(f"{place(center)} circle[radius={number(radius)}]", paint)

    def words(self, words: Words) -> None:
        """Add a text."""
        self.roles.add(words.role)
        size = words.size * PX
        font = f"\\fontsize{{{number(size)}}}{{{number(size * 1.2)}}}\\selectfont"
        family = "\\ttfamily" if words.is_mono else "\\sffamily"
        series = "\\bfseries" if words.is_bold else ""
        options = f"anchor={ANCHORS[words.anchor]}, text={colour_name(words.role)}"
        # the family first, because the size selects the font
        self.commands.append(
            f"\\node[{options}] at {place(words.place)} {{{family}{series}{font} {tex(words.text)}}};"
        )


def place(point: Point) -> str:
    """Return a point in the units of the picture."""
    return f"({number(point[0])},{number(point[1])})"


def colour_name(role: str) -> str:
    """Return the name of the colour of a role: ``cnnConvLine``."""
    return "cnn" + "".join(word.capitalize() for word in role.split("-"))


def tex(text: str) -> str:
    """Return a text as TeX sets it, sign for sign."""
    return "".join(SIGNS.get(sign, sign) for sign in LIGATURE.sub("\0", text)).replace("\0", "{}")
