"""The zoo: published networks in the notation, one file for each family."""

from __future__ import annotations

import os
import re
from functools import lru_cache

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.reading.document import parse_document
from cnnsize.reading.pick import pick_network
from cnnsize.sizing.arguments import require_text
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.english import alternatives
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest

NETWORK = re.compile(r"^([^\W\d]\w*)[ \t]*=(?!>)", re.MULTILINE)


@lru_cache(maxsize=1)
def families() -> dict[str, str]:
    """Return the text of every file by the name of its family."""
    folder = os.path.dirname(__file__)
    texts = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".cnn"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                texts[name.removesuffix(".cnn")] = file.read()
    return texts


@lru_cache(maxsize=1)
def index() -> dict[str, str]:
    """Return the family of every network by its name, in the order of the files."""
    return {name: family for family, text in families().items() for name in NETWORK.findall(text)}


def similar_names(word: str) -> list[str]:
    """Return up to three networks whose names begin with a word or are similar to it."""
    word = word.lower()
    longer = [name for name in index() if name.startswith(word)]
    return nearest(word, longer or index()) or longer[:3]


def load_record(name: str) -> ParsedArchitecture:
    """Return the network with this name. Raises ArchitectureError if the zoo does not have it."""
    require_text("load", name, "name")
    family = index().get(name)
    if family is None:
        similar = similar_names(name) or sorted(index())[:3]
        raise ArchitectureError(
            Diagnostic(
                "CNN004",
                f"the zoo has no network named {name}",
                Span(0, 0),
                help=(f"did you mean {alternatives(similar)}? `cnnsize zoo` lists all networks",),
            ),
            name,
        )
    return pick_network(parse_document(families()[family], f"zoo/{family}.cnn", only=name), name)


def family_records(family: str) -> dict[str, ParsedArchitecture]:
    """Return all networks of a family by name, read at once."""
    networks = parse_document(families()[family], f"zoo/{family}.cnn")
    return {
        network.name: network
        for network in networks
        if isinstance(network, ParsedArchitecture) and network.name is not None
    }


def text_of(name: str) -> str:
    """Return a network as a document of its own.

    It has the blocks that the network calls, its suppression comments and its statement.
    """
    source = load_record(name).source
    start = source.begin
    above = [line for line in _comment_above(name) if line.startswith("# cnnsize:")]
    return source.text[:start] + "".join(f"{line}\n" for line in above) + source.text[start:]


def _comment_above(name: str) -> list[str]:
    """Return the comment lines directly above a network."""
    lines = families()[index()[name]].split("\n")
    statement = begin = next(
        number for number, line in enumerate(lines) if re.match(rf"{name}[ \t]*=", line)
    )
    while begin and lines[begin - 1].startswith("#"):
        begin -= 1
    return lines[begin:statement]


def about(name: str) -> str:
    """Return the comments about a network: the paper, and how the network differs from it.

    These are the comment at the top of its file and the one directly above it.
    """
    lines = families()[index()[name]].split("\n")
    top = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    above = _comment_above(name)
    comment = lines[:top] + (above if above != lines[:top] else [])
    return "\n".join(line for line in comment if not line.startswith("# cnnsize:"))
