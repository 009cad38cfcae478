"""Apply edits to a text."""

from __future__ import annotations

from cnnsize.text.diagnostic import Edit


def edited(text: str, edits: tuple[Edit, ...]) -> str:
    """The text with edits made, which do not overlap."""
    for edit in sorted(edits, key=lambda one: one.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text
