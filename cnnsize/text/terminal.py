"""Text for a terminal: display width, escapes and styles."""

from __future__ import annotations

import os
import sys

from cnnsize.record import Record

TAB_WIDTH = 4


class Style(Record):
    """How to print: the width in columns, in colour or not, in full or not."""

    width: int = 80
    colour: bool = False
    verbose: bool = False

    def paint(self, text: str, colour: str | None = None) -> str:
        """Return the text in a colour, or only bold for None.

        White is never used, because it cannot be read on a light background.
        """
        if not self.colour or not text:
            return text
        from click import style

        return style(text, fg=colour, bold=True)


def visible_character(character: str, column: int) -> str:
    """Return a character as it is printed: controls, and marks that reorder text, as ``<1B>``.

    ``column`` decides how far a tab goes.
    """
    if " " <= character <= "~":
        return character
    if character == "\t":
        return " " * (TAB_WIDTH - column % TAB_WIDTH)
    code = ord(character)
    if code < 32 or 0x7F <= code < 0xA0 or character in "\u2028\u2029\ufeff\u200b\u200e\u200f":
        return f"<{code:02X}>" if code < 256 else f"<U+{code:04X}>"
    if 0xD800 <= code <= 0xDFFF or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
        return f"<U+{code:04X}>"
    return character


def display_width(text: str) -> int:
    """Return how many columns a text takes: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(c) in ("Mn", "Me", "Cf") else 2 if east_asian_width(c) in "WF" else 1
        for c in text
    )


def safe(text: str) -> str:
    """Return a message that may quote user input, with control characters made visible."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(visible_character(c, 0) if c != "\t" else " " for c in text)


def terminal_width() -> int:
    """Return $COLUMNS, else the width of the terminal, else 80; at least 20 and at most 400.

    ``shutil.get_terminal_size`` does the same, but importing shutil takes a tenth of a check.
    """
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdigit() else 0
    if not width:
        try:
            width = os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
        except (OSError, ValueError, AttributeError):
            width = 0
    return max(20, min(width or 80, 400))


def stdout_is_unicode() -> bool:
    """Return whether stdout can encode every character, such as the rule of a table."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return encoding.lower().replace("-", "").startswith("utf")
