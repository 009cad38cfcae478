"""``Drawing``, what the formats write."""

from __future__ import annotations

from importlib import import_module

from cnnsize.network import Network
from cnnsize.pictures.canvas import THEMES, Canvas
from cnnsize.pictures.formats.registry import FORMATS, FormatError, require_kind
from cnnsize.record import Record
from cnnsize.text.english import alternatives


class Drawing(Record):
    """A figure with the network that it shows; None of several networks."""

    kind: str
    title: str
    description: str
    canvas: Canvas
    network: Network | None


def encode(drawing: Drawing, name: str, theme: str, scale: float) -> bytes:
    """Return a drawing in a format.

    Raises FormatError where the format cannot hold it, and ImportError without the package that the
    format needs.
    """
    if theme not in THEMES:
        raise FormatError(f"unknown theme {theme!r}: expected {alternatives(map(repr, THEMES))}")
    require_kind(name, drawing.kind)
    module = import_module(f"cnnsize.pictures.formats.{FORMATS[name].module}")
    content: bytes = module.write(drawing, theme, scale)
    return content
