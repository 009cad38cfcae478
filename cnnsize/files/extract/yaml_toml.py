"""YAML and TOML: networks in their text, with the escapes of double-quoted strings resolved."""

from __future__ import annotations

import re
from collections.abc import Collection

from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.files.extract.plain import with_inline_networks
from cnnsize.text.view import View

# No network contains a backslash, so escapes can be resolved outside quotation marks too.
ESCAPE = r"\\(?:(?P<code>u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2})|[nt\"\\/]|[ \t]*\r?\n\s*)"
SIMPLE_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/"}


def extract(text: str, unmarked: Collection[str] = ()) -> list[Excerpt]:
    """Return the networks of a YAML or TOML text."""
    return with_inline_networks(text, [], unmarked, views=_unescaped)


def _unescaped(text: str) -> list[View]:
    view = View.of(text)
    if "\\" not in text:
        return [view]
    escapes = re.finditer(ESCAPE, text)
    return [view.changed((*escape.span(), _value(escape)) for escape in escapes)]


def _value(escape: re.Match[str]) -> str:
    """Return the characters that an escape stands for; none for a line break that is escaped."""
    if escape["code"]:
        number = int(escape["code"][1:], 16)
        return chr(number) if number < 0x110000 else escape[0]
    return SIMPLE_ESCAPES.get(escape[0][1:], "")
