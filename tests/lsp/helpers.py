"""Texts of an editor, checked without a server."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from cnnsize.lsp.checked import CheckedText
from cnnsize.lsp.settings import SettingsCache


def checked(text: str, name: str = "net.cnn", folder: Path | None = None) -> CheckedText:
    """Return a text, checked with the configuration of a folder."""
    path = None if folder is None else str(folder / name)
    return CheckedText(text, name, path, SettingsCache().of_file(path))


def at(checked: CheckedText, word: str, nth: int = 0) -> types.Position:
    """Return the place where a word begins."""
    offset = -1
    for _ in range(nth + 1):
        offset = checked.text.index(word, offset + 1)
    return checked.units.position(offset)


def everywhere(checked: CheckedText) -> types.Range:
    """Return the range of all of the text."""
    return checked.range_of(0, len(checked.text))


def edited(checked: CheckedText, edits: list[types.TextEdit]) -> str:
    """Return the text after edits, as an editor applies them."""
    text = checked.text
    for edit in sorted(
        edits, key=lambda edit: checked.units.offset(edit.range.start), reverse=True
    ):
        start, end = checked.units.offset(edit.range.start), checked.units.offset(edit.range.end)
        text = text[:start] + edit.new_text + text[end:]
    return text


def shown(checked: CheckedText, place: types.Range) -> str:
    """Return the text of a range."""
    return checked.text[checked.units.offset(place.start) : checked.units.offset(place.end)]
