"""Refuse other notations by name, with the equivalent in this language where it is plain.

``notations`` has the table of them; a new one is a row there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cnnsize.language.notations import ARROW_SIGN, LINES_MESSAGE, MAX_LINES, NOTATIONS, first_line
from cnnsize.layers.names import ALIASES
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, error

MAX_HELP = 300  # characters of a network in a help line


def refuse_foreign(text: str, read: Callable[[str], str]) -> None:
    """Raise ArchitectureError where the text is in another notation that is known here.

    ``read`` returns the strict text of a network and raises ArchitectureError for other texts; help
    lines are tried with it.
    """
    for notation in NOTATIONS:
        span = notation.find(text)
        if span is None:
            continue
        network = equivalent(notation.translate(text.strip()), read)
        help = (network or notation.hint,)
        raise ArchitectureError(Diagnostic("CNN001", notation.message, span, help=help), text)


def equivalent(network: str | None, read: Callable[[str], str]) -> str | None:
    """Return a network in the strict notation; None for a text that is none, or is too long."""
    if network is None or len(network) > MAX_HELP:
        return None
    try:
        return read(network)
    except ArchitectureError:
        return None


def refuse_lines(text: str, read: Callable[[str], str]) -> None:
    """Raise ArchitectureError for a text that lists layers, one per line and without arrows."""
    written = [
        line
        for line in text.split("\n", MAX_LINES)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    has_bullets = all(re.match(r"\s*[-*•] ", line) for line in written)
    lines = [
        re.sub(r"[-*•] ", "", line.strip(), count=1) if has_bullets else line.strip()
        for line in written
    ]
    if len(lines) < 3 or ARROW_SIGN.search(text):
        return
    if any(re.search(r"[-=,+>]\s|\*", line) for line in lines):
        return
    if all(line.endswith(",") for line in lines[:-1]):  # a list with commas
        return
    heads = [re.match(r"[A-Za-z]+(?:[ -]?[A-Za-z]+)?", line) for line in lines]
    if all(head is not None and re.sub(r"[ -]", "", head[0]).upper() in ALIASES for head in heads):
        raise lines_error(text, lines, read)


def lines_error(text: str, layers: list[str], read: Callable[[str], str]) -> ArchitectureError:
    """Return the error of a text that lists these layers, one per line."""
    network = equivalent(" -> ".join(layers), read)
    help = network or "write ' -> ' between two layers, also at the end of a line"
    return error("CNN001", LINES_MESSAGE, first_line(text), help=(help,))
