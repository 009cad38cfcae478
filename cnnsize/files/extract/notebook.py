"""Jupyter notebooks: each cell is a text of its own, spread over strings of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from cnnsize.text.view import View, joined

STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)"
)


class Placed(str):
    """A string of a JSON text that knows where it stands: its first character behind the quote, and
    its last.
    """

    start: int
    end: int


class Cell(NamedTuple):
    """One cell: its number from 1, its sort, and its text."""

    number: int
    kind: str
    view: View


def cells(text: str) -> Iterator[Cell]:
    """The cells of a notebook. Raises ValueError for what is none."""
    try:
        read = _decoder().decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    found = _listed(read)
    if found is None:
        raise ValueError("it has no cells")
    for number, cell in enumerate(found, 1):
        if isinstance(cell, dict):
            source = cell.get("source", cell.get("input"))
            parts = [
                part
                for part in (source if isinstance(source, list) else [source])
                if isinstance(part, Placed)
            ]
            view = joined(decoded(text, part.start, part.end) for part in parts)
            yield Cell(number, str(cell.get("cell_type")), view)


def _listed(read: object) -> list[Any] | None:
    """The cells of a notebook; up to version 3 they lay in worksheets."""
    if not isinstance(read, dict):
        return None
    sheets = read.get("worksheets")
    if isinstance(sheets, list):
        return [cell for sheet in sheets for cell in _listed(sheet) or ()]
    return read["cells"] if isinstance(read.get("cells"), list) else None


def strings(text: str) -> Iterator[View]:
    """All strings of a JSON text."""
    for found in STRING.finditer(text):
        yield decoded(text, *found.span(1))


def decoded(text: str, start: int, end: int) -> View:
    """What a string between its quotes says."""
    view = View.of(text, start, end)
    if "\\" not in view.text:
        return view
    return view.changed(
        (*found.span(), json.loads(f'"{found[0]}"')) for found in ESCAPE.finditer(view.text)
    )


def _decoder() -> json.JSONDecoder:
    """A decoder whose strings know their places; only the one in Python can be told so."""
    from json.decoder import scanstring  # type: ignore[attr-defined]
    from json.scanner import py_make_scanner  # type: ignore[attr-defined]

    def placed(text: str, start: int, strict: bool = True) -> tuple[Placed, int]:
        value, end = scanstring(text, start, strict)
        made = Placed(value)
        made.start, made.end = start, end - 1
        return made, end

    made: Any = json.JSONDecoder()
    made.parse_string = placed
    made.scan_once = py_make_scanner(made)
    return made  # type: ignore[no-any-return]
