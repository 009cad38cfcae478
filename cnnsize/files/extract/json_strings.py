"""JSON: networks in its strings, with escapes resolved."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator

from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.files.extract.plain import with_inline_networks
from cnnsize.text.view import View

STRING = r'"((?:[^"\\\n]|\\.)*)"'
ESCAPE = r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)"


def extract(text: str, unmarked: Collection[str] = ()) -> list[Excerpt]:
    """Return the networks of a JSON text."""
    return with_inline_networks(text, [], unmarked, views=strings)


def strings(text: str) -> Iterator[View]:
    """Yield the value of each string of a JSON text."""
    for match in re.finditer(STRING, text):
        yield string_value(text, *match.span(1))


def string_value(text: str, start: int, end: int) -> View:
    """Return the value of the string whose content is between two offsets."""
    view = View.of(text, start, end)
    if "\\" not in view.text:
        return view
    return view.changed(
        (*match.span(), json.loads(f'"{match[0]}"')) for match in re.finditer(ESCAPE, view.text)
    )
