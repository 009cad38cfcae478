"""Names of networks of the zoo, which every command takes in place of a network."""

from __future__ import annotations

import re

from cnnsize.cli.errors import fail
from cnnsize.files.document import Document
from cnnsize.text.english import alternatives


def is_zoo_name(argument: str) -> bool:
    """Return whether this is the name of a network that ships with cnnsize."""
    if re.fullmatch(r"\w{2,60}", argument) is None:
        return False
    from cnnsize.zoo import index  # late: its files are read only for a single word

    return argument in index()


def zoo_or_string(argument: str) -> Document:
    """Return the text of the zoo's network of that name, or else the string itself.

    Exit with a message when the string is one word that is neither, but similar to a zoo name.
    """
    if is_zoo_name(argument):
        from cnnsize.zoo import text_of

        return Document(text_of(argument))
    # late, as above
    from cnnsize.language.parsed import Failed
    from cnnsize.reading.document import parse_string

    is_word = re.fullmatch(r"\s*\w{2,60}\s*", argument) is not None
    failed = parse_string(argument)[0] if is_word else None
    if isinstance(failed, Failed) and failed.diagnostic.code == "CNN002":
        from cnnsize.zoo import similar_names

        similar = similar_names(argument.strip())
        if similar:
            fail(
                f"{argument.strip()!r} is neither a file nor a layer nor a network of the zoo; "
                f"did you mean {alternatives(similar)}?"
            )
    return Document(argument)
