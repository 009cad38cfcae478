"""Articles, ordinals and lists for messages."""

from __future__ import annotations

from collections.abc import Iterable

ORDINALS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
)
SUFFIXES = {1: "st", 2: "nd", 3: "rd"}  # of the last digit, but for 11, 12 and 13


def ordinal(n: int) -> str:
    """Return an ordinal number: first, ..., tenth, 11th, ..., 21st."""
    if n <= len(ORDINALS):
        return ORDINALS[n - 1]
    is_teen = n % 100 in (11, 12, 13)
    return f"{n}{'th' if is_teen else SUFFIXES.get(n % 10, 'th')}"


def article(size: str) -> str:
    """Return the article before a size: a 7x7 input, an 8x8 input."""
    return "an" if size.startswith(("8", "11x", "18x")) else "a"


def alternatives(words: Iterable[str]) -> str:
    """Return ``POOL, AVGPOOL or GMP``."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def shortened(text: str, limit: int = 72) -> str:
    """Return a text on one line, and with ``...`` for what does not fit into ``limit`` characters."""
    line = " ".join(text[: 8 * limit].split())
    return line if len(line) <= limit else f"{line[: limit - 3].rstrip()}..."


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return ``1 error`` or ``2 errors``; ``plural`` is for nouns that do not just take an s."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


# Options of the command line in messages, and what they are called in Python.
KEYWORDS = (
    (r"(?<=\d) (?=--set )", lambda _: ", "),
    (
        r"--set (\w+)=(\d+)\.\.(\d+)",
        lambda found: f"{found[1]}=range({found[2]}, {int(found[3]) + 1})",
    ),
    (r"--set (\w+=\d+)", lambda found: found[1]),
    (r"--input (\d+)x(\d+)x(\d+)", lambda found: f"input=({found[1]}, {found[2]}, {found[3]})"),
    (r"--input\b", lambda _: "input=(W, H, D)"),
    (r"with --name\b", lambda _: "with name="),
    (r"with --set\b", lambda _: "with a keyword, as in N=2"),
)


def in_python(message: str) -> str:
    """Return a message with keyword arguments in place of the options of the command line."""
    if "--" not in message:
        return message
    import re  # late: few messages name options

    for option, keyword in KEYWORDS:
        message = re.sub(option, keyword, message)
    return message
