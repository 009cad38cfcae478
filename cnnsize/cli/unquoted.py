"""Networks that are not in quotes, so that the shell has cut them.

``INPUT[8x8x3] -> FC-10`` without quotes is an INPUT, a ``-`` that would wait for stdin, and a
redirection to a file FC-10. The message therefore goes to stderr, and nothing is read.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise

import click

from cnnsize.cli.errors import fail
from cnnsize.cli.zoo_names import is_zoo_name
from cnnsize.files.document import is_file_argument
from cnnsize.layers.names import ALIASES

PIECES_OF_ARROWS = frozenset({"-", "--", "---", "=", "==", "→", "⇒", "⟶", "➔", "➜", "|", ","})
ARROW = r"[>→⇒⟶➔➜\n]"
INPUT_ALONE = r"(?i)\W*INPUT(?:\[[^\]]*\])?\W*"


def refuse_unquoted(arguments: Sequence[str], expressions: Sequence[str] = ()) -> None:
    """Exit with a message when the shell has cut a network that is not in quotes."""
    stump = next(_stumps([*expressions, *arguments]), None)
    if stump is None:
        return
    context = click.get_current_context(silent=True)
    has_command = context is not None and context.parent is not None
    command = context.command_path if context is not None and has_command else "cnnsize check"
    fail(
        f"the network is not in quotes, so the shell cut it after {stump!r}; quote it: "
        f'{command} "{stump} -> ..."'
    )


def _stumps(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the beginnings of networks that were cut."""
    waits_for_terminal = "-" in arguments and sys.stdin is not None and sys.stdin.isatty()
    for index, (before, piece) in enumerate(pairwise(arguments)):
        is_only_input = re.fullmatch(INPUT_ALONE, before) and not re.fullmatch(INPUT_ALONE, piece)
        goes_on = is_only_input and not is_file_argument(piece)
        is_cut = goes_on or before.endswith(",") or piece in PIECES_OF_ARROWS
        is_waiting = piece == "-" and waits_for_terminal and not is_file_argument(before)
        if (is_cut and _is_stump(before)) or is_waiting:
            yield " ".join(arguments[: index + 1]).rstrip(", ")
    for argument in arguments:
        if argument.endswith(("-", "=")) and _is_stump(argument):
            yield argument.rstrip("-= ")
    if len(arguments) == 1 and _is_stump(arguments[0]) and _stdout_is_named_like_a_layer():
        yield arguments[0]


def _is_stump(text: str) -> bool:
    """Return whether a text may be the beginning of a network: no arrow, no file, no zoo name."""
    has_letters = re.search(r"\w", text) is not None
    if not has_letters or re.search(ARROW, text):
        return False
    return not is_file_argument(text) and not is_zoo_name(text)


def _stdout_is_named_like_a_layer() -> bool:
    """Return whether stdout goes to a file such as ``CONV3-64``; False where that is not known."""
    try:
        if not stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode):
            return False
        name = os.path.basename(os.readlink(f"/proc/self/fd/{sys.stdout.fileno()}"))
    except (OSError, ValueError, AttributeError):
        return False
    layer = re.match(r"\[*([A-Za-z]+(?:2[dD])?)(?:\d[\w-]*|-\d+)?\W*", name)
    return layer is not None and layer.end() == len(name) and layer[1].upper() in ALIASES
