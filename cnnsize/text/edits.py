"""Apply edits to a text."""

from __future__ import annotations

from cnnsize.text.diagnostic import Edit


def apply_edits(text: str, edits: tuple[Edit, ...]) -> str:
    """Return the text with these edits applied; they must not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text
