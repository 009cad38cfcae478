"""The table of formats, by name and by suffix. It imports nothing of a figure, so it is cheap."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest
from cnnsize.text.terminal import safe

SCALE = 2.0  # pixels of PNG for each px of a figure
MAX_SHOWN = 80  # characters of a path in a message


class FormatError(ValueError):
    """Raised where a figure cannot be written in a format; the message says what to do."""


class Format(NamedTuple):
    """How a figure is written."""

    module: str  # of ``cnnsize.pictures.formats``
    suffixes: tuple[str, ...]  # the usual one first
    is_binary: bool = False
    kinds: tuple[str, ...] = ()  # of figures that it can hold; empty: all


FORMATS = {
    "svg": Format("svg", (".svg",)),
    "png": Format("png", (".png",), is_binary=True),
    "pdf": Format("pdf", (".pdf",), is_binary=True),
    "tex": Format("tikz", (".tex", ".tikz")),
    "html": Format("html", (".html", ".htm")),
    "dot": Format("dot", (".dot", ".gv"), kinds=("graph",)),
    "mermaid": Format("mermaid", (".mmd", ".mermaid"), kinds=("graph",)),
}
BY_SUFFIX = {suffix: name for name, form in FORMATS.items() for suffix in form.suffixes}


def format_of(path: str) -> str:
    """Return the format that the suffix of a file name stands for. Raises FormatError."""
    import os.path  # late: only where a file is written

    suffix = os.path.splitext(path)[1].lower()
    if suffix in BY_SUFFIX:
        return BY_SUFFIX[suffix]
    shown = safe(path if len(path) <= MAX_SHOWN else f"...{path[-MAX_SHOWN:]}") or "(empty)"
    problem = f"unknown suffix {safe(suffix)!r}" if suffix else "the file name has no suffix"
    similar = nearest(suffix, BY_SUFFIX, 2)
    if similar:
        raise FormatError(f"{shown}: {problem}; did you mean {alternatives(similar)}?")
    usual = alternatives(form.suffixes[0] for form in FORMATS.values())
    raise FormatError(f"{shown}: {problem}; figures are written as {usual}")


def require_kind(name: str, kind: str) -> None:
    """Raise FormatError where a format cannot hold a kind of figure."""
    kinds = FORMATS[name].kinds
    if kinds and kind not in kinds:
        raise FormatError(
            f"{name} holds nodes and edges, which only the figure {alternatives(kinds)} has, "
            f"not {kind}; write {kind} as svg, png, pdf, tex or html"
        )
