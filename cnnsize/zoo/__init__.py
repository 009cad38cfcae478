"""The zoo: published networks in our own language, a file a family, shipped as data."""

from __future__ import annotations

import os
import re
from functools import lru_cache

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.reading.document import parse_document
from cnnsize.reading.pick import pick_network
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest

NETWORK = re.compile(r"^([^\W\d]\w*)[ \t]*=(?!>)", re.MULTILINE)


@lru_cache(maxsize=1)
def families() -> dict[str, str]:
    """The text of every file, by the name of the family."""
    folder = os.path.dirname(__file__)
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".cnn"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                found[name.removesuffix(".cnn")] = file.read()
    return found


@lru_cache(maxsize=1)
def index() -> dict[str, str]:
    """The family of every network, in the order of the files."""
    return {name: family for family, text in families().items() for name in NETWORK.findall(text)}


def load_record(name: str) -> ParsedArchitecture:
    """The network of that name, as in ``load("resnet50")``. Raises ArchitectureError for an unknown
    one.
    """
    if not isinstance(name, str):
        raise TypeError(f"load() takes a name, not {type(name).__name__}")
    family = index().get(name)
    if family is None:
        near = nearest(name.lower(), index()) or sorted(index())[:3]
        raise ArchitectureError(
            Diagnostic(
                "CNN004",
                f"no network of the zoo is called {name}",
                Span(0, 0),
                help=(f"did you mean {' or '.join(near)}? `cnnsize zoo` lists all",),
            ),
            name,
        )
    return pick_network(parse_document(families()[family], f"zoo/{family}.cnn", only=name), name)


def text_of(name: str) -> str:
    """A network as a document of its own: the blocks that it calls, its suppression comments, its
    statement.
    """
    source = load_record(name).source
    start = source.begin
    above = [line for line in _above(name) if line.startswith("# cnnsize:")]
    return source.text[:start] + "".join(f"{line}\n" for line in above) + source.text[start:]


def _above(name: str) -> list[str]:
    """The comment lines right above a network."""
    lines = families()[index()[name]].split("\n")
    at = begin = next(
        number for number, line in enumerate(lines) if re.match(rf"{name}[ \t]*=", line)
    )
    while begin and lines[begin - 1].startswith("#"):
        begin -= 1
    return lines[begin:at]


def about(name: str) -> str:
    """The comment at the top of a network's file, and the one above it: the paper, and what
    differs.
    """
    lines = families()[index()[name]].split("\n")
    top = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    above = _above(name)
    comment = lines[:top] + (above if above != lines[:top] else [])
    return "\n".join(line for line in comment if not line.startswith("# cnnsize:"))
