"""Jupyter notebooks: each cell is a text of its own, which may be spread over strings of JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from cnnsize.files.extract import markdown, plain, python
from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.files.extract.json_strings import string_value
from cnnsize.record import replace
from cnnsize.text.offsets import Chart
from cnnsize.text.view import View, joined

READ_KEYS = frozenset({"cells", "worksheets", "cell_type", "source", "input"})
EXTRACT_CELL = {"markdown": markdown.extract, "code": python.extract}


class PlacedString(str):
    """A string of a JSON text, with the offsets between which its content is."""

    __slots__ = ("end", "start")
    start: int
    end: int


class Cell(NamedTuple):
    """One cell: its number from 1, its type, and its text."""

    number: int
    kind: str
    view: View


def extract(text: str, unmarked: Collection[str] = ()) -> Iterator[Excerpt]:
    """Yield the networks in the cells of a notebook. Raises ValueError if it is no notebook."""
    for cell in read_cells(text):
        if not unmarked and "cnn" not in cell.view.text:
            continue
        chart = Chart.of(cell.view.text)
        extract_cell = EXTRACT_CELL.get(cell.kind, plain.extract)
        for excerpt in extract_cell(cell.view.text, unmarked):
            in_cell = replace(chart, pieces=excerpt.view.pieces)
            yield excerpt.inside(cell.view)._replace(cell=cell.number, in_cell=in_cell)


def read_cells(text: str) -> Iterator[Cell]:
    """Yield the cells of a notebook. Raises ValueError if it is no notebook."""
    try:
        notebook = _decoder().decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    cells = _list_cells(notebook)
    if cells is None:
        raise ValueError("it has no cells")
    for number, cell in enumerate(cells, 1):
        if isinstance(cell, dict):
            source = cell.get("source", cell.get("input"))
            lines = source if isinstance(source, list) else [source]
            view = joined(
                string_value(text, line.start, line.end)
                for line in lines
                if isinstance(line, PlacedString)
            )
            yield Cell(number, str(cell.get("cell_type")), view)


def _list_cells(notebook: object) -> list[Any] | None:
    """Return the cells of a notebook; those of versions up to 3 are in worksheets."""
    if not isinstance(notebook, dict):
        return None
    sheets = notebook.get("worksheets")
    if isinstance(sheets, list):
        return [cell for sheet in sheets for cell in _list_cells(sheet) or ()]
    return notebook["cells"] if isinstance(notebook.get("cells"), list) else None


def _read_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object with those keys that are read; outputs would fill the memory."""
    return {key: value for key, value in pairs if key in READ_KEYS}


def _decoder() -> json.JSONDecoder:
    """Return a decoder whose strings know their places; the one written in C cannot do that."""
    from json.decoder import scanstring  # type: ignore[attr-defined]
    from json.scanner import py_make_scanner  # type: ignore[attr-defined]

    def scan_placed(text: str, start: int, strict: bool = True) -> tuple[PlacedString, int]:
        value, end = scanstring(text, start, strict)
        string = PlacedString(value)
        string.start, string.end = start, end - 1
        return string, end

    decoder: Any = json.JSONDecoder(object_pairs_hook=_read_keys)
    decoder.parse_string = scan_placed
    decoder.scan_once = py_make_scanner(decoder)
    return decoder  # type: ignore[no-any-return]
