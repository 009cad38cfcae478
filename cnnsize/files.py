"""Finds the architectures in files: ``*.cnn``, and ```` ```cnn ```` fences in Markdown."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnnsize.architecture import Architecture, Failed
from cnnsize.limits import MAX_FILE
from cnnsize.parse import document, string

SUFFIXES = frozenset({".cnn", ".md", ".markdown", ".qmd", ".txt"})
KNOWN = SUFFIXES | {".py", ".rst", ".toml", ".yaml", ".yml", ".json", ".ipynb"}
MARKDOWN = frozenset({".md", ".markdown", ".qmd"})
FENCE = r"(?ms)^(?P<mark>```+|~~~+)[ ]?cnn(?P<info>[^\n`]*)\r?\n(?P<body>.*?)^(?P=mark)[`~]*[ \t]*\r?$"

if TYPE_CHECKING:
    from pathlib import Path


class Document(NamedTuple):
    """One text that was given: a string, stdin or a file."""

    text: str
    file: str | None = None  # as messages name it; None for a string
    path: Path | None = None  # where it can be written back
    mark: bytes = b""  # the byte order mark of stdin

    def read(self) -> list[Architecture | Failed]:
        """Its networks."""
        return string(self.text) if self.file is None else architectures(self.text, self.file)


class Unreadable(Exception):
    """A file that cannot be read as text; the message says why."""


def suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def is_file_argument(argument: str) -> bool:
    """Does an argument mean a file? One that exists does; so does one without arrow or bracket that
    holds a path separator or ends in a known suffix, whether it exists or not."""
    if argument == "-":
        return True
    if len(argument) < 4096 and "\n" not in argument and "\0" not in argument:
        try:
            if os.path.exists(argument):
                return True
        except (OSError, ValueError):
            return False
    if re.search(r"[-=]>|[\[\](){}]|[→⇒]|\s-\s", argument) or "\n" in argument:
        return False
    if suffix(argument) in KNOWN:
        return True
    return "/" in argument


def decoded(data: bytes, name: str) -> str:
    """UTF-8 text, a byte order mark taken off; line ends stay as they are."""
    if len(data) > MAX_FILE:
        raise Unreadable(f"{name}: {len(data):,} bytes; the most is {MAX_FILE:,}")
    if b"\0" in data[:8192]:
        raise Unreadable(f"{name}: binary, not text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise Unreadable(f"{name}: line {line} is not UTF-8 (byte {wrong.start})") from None


def read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return decoded(file.read(MAX_FILE + 1), str(path))
    except OSError as wrong:
        raise Unreadable(f"{path}: {wrong.strerror or wrong}") from None


def walk(path: Path, excluded: Callable[[str], bool] | None = None) -> Iterator[Path]:
    """The file itself, or the files of a folder that may hold architectures, in order, without those excluded."""
    if not path.is_dir():
        yield path
        return
    for folder in sorted(path.rglob("*")):
        if folder.suffix.lower() in {".cnn", *MARKDOWN} and folder.is_file():
            inside = folder.relative_to(path).parts
            if not any(part.startswith(".") or part in ("node_modules", "__pycache__") for part in inside) and not (
                excluded is not None and excluded(str(folder))
            ):
                yield folder


def stretches(text: str, name: str | None) -> Iterator[tuple[int, str]]:
    """Where a file's text holds architectures, and that text: cnn fences in Markdown, the whole elsewhere."""
    if name is None or suffix(name) not in MARKDOWN:
        yield 0, text
        return
    for fence in re.finditer(FENCE, text):
        words = fence["info"].split()
        if "skip" not in words and "bad" not in words:
            yield fence.start("body"), fence["body"]


def architectures(text: str, name: str) -> list[Architecture | Failed]:
    """The networks of a file's text: of its cnn fences in Markdown, of the whole text elsewhere."""
    found: list[Architecture | Failed] = []
    for start, body in stretches(text, name):
        found += document(body, name, text.count("\n", 0, start) + 1)
    return found
