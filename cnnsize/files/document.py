"""Files that are named, and the texts in them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from cnnsize.files.read import TooLargeError, contents
from cnnsize.limits import MAX_FILE
from cnnsize.text.source import Source

if TYPE_CHECKING:
    from cnnsize.files.extract.excerpt import Excerpt


BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # of byte order


class UnreadableFileError(Exception):
    """A file that cannot be read as text; the message says why."""


class SkippedFileError(Exception):
    """A file of a folder that is passed over; the message says why."""


class Document(NamedTuple):
    """One text that was given: a string, stdin or a file."""

    text: str
    file: str | None = None  # as messages name it; None for a string
    path: str | None = None  # where it can be written back
    byte_order_mark: bytes = b""  # of byte order
    also: tuple[str, ...] = ()  # what is looked for that nothing marks: python, raw
    named: bool = False  # a file that an argument names, and none of a folder

    @staticmethod
    def from_bytes(data: bytes, name: str, path: str | None, also: tuple[str, ...]) -> Document:
        """The text of these bytes. Raises Unreadable."""
        return Document(
            decoded(data, name),
            name,
            path,
            data[:3] if data.startswith(BYTE_ORDER_MARK) else b"",
            also,
        )

    def to_bytes(self, text: str | None = None) -> bytes:
        """The bytes of its text, or of another one in its place."""
        return self.byte_order_mark + encoded(self.text if text is None else text)

    def excerpts(self) -> list[Excerpt]:
        """Where architectures stand in it. Raises Unreadable for a notebook that is none."""
        from cnnsize.files.extract import (
            excerpts,
            whole,
        )  # late, here and below: a string needs none of it

        if self.file is None:
            return [whole(self.text)]
        try:
            return excerpts(self.text, self.file, self.also)
        except ValueError as wrong:
            raise UnreadableFileError(f"{self.file}: no notebook: {wrong}") from None

    def notes(self, excerpts: Iterable[Excerpt]) -> list[str]:
        """What was not searched, and why: ``model.py:3: the ( is never closed; ...``."""
        return [f"{self.file}:{self.head(one).line}: {one.note}" for one in excerpts if one.note]

    def head(self, excerpt: Excerpt) -> Source:
        """What announces an excerpt, in its line."""
        start = self.text.rfind("\n", 0, excerpt.head.start) + 1
        end = self.text.find("\n", excerpt.head.start)
        line = self.text[start : end if end >= 0 else None]
        return Source(
            line, self.file, self.text.count("\n", 0, start) + 1, begin=excerpt.head.start - start
        )


def is_file_argument(argument: str) -> bool:
    """Does an argument mean a file? One that exists does; so does one without arrow or bracket that
    holds a path separator or ends in a known suffix, whether it exists or not."""
    if argument == "-":
        return True
    if len(argument) < 4096 and "\0" not in argument:
        try:
            if os.path.lexists(argument):
                return True
        except (OSError, ValueError):
            return False
    if re.search(r"[-=]>|[\[\](){}]|[→⇒]|\s-\s", argument) or "\n" in argument:
        return False
    from cnnsize.files.extract import KNOWN, suffix

    if suffix(argument) in KNOWN:
        return True
    return "/" in argument


def encoded(text: str) -> bytes:
    """The bytes of a text. Those that were no UTF-8 come back as they were; so does half of a
    surrogate pair, which only a string of Python or an argument on Windows can hold.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def decoded(data: bytes, name: str) -> str:
    """UTF-8 text, a byte order mark taken off; line ends stay as they are.

    Bytes that are no UTF-8 are kept as they are in files where networks are only looked for.
    """
    if len(data) > MAX_FILE:
        raise UnreadableFileError(f"{name}: larger than {MAX_FILE:,} bytes")
    if b"\0" in data[:8192]:
        raise UnreadableFileError(f"{name}: binary, not text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        if name.lower().endswith(".cnn") or name.startswith("<"):
            line = data.count(b"\n", 0, wrong.start) + 1
            raise UnreadableFileError(
                f"{name}: line {line} is not UTF-8 (byte {wrong.start})"
            ) from None
        return data.removeprefix(BYTE_ORDER_MARK).decode("utf-8", "surrogateescape")


def read_file(path: str, also: tuple[str, ...] = ()) -> Document:
    """A file that was named. Raises Unreadable."""
    try:
        with open(path, "rb") as file:
            return Document.from_bytes(file.read(MAX_FILE + 1), path, path, also)
    except FileNotFoundError:
        raise UnreadableFileError(f"{path}: no such file") from None
    except OSError as wrong:
        raise UnreadableFileError(f"{path}: {wrong.strerror or wrong}") from None


def read_candidate(path: str, also: tuple[str, ...] = ()) -> Document | None:
    """A file of a folder; None where it cannot hold an architecture. Raises Skipped and
    Unreadable.
    """
    try:
        data = contents(path, MAX_FILE)
    except FileNotFoundError:
        raise SkippedFileError(f"{path}: gone") from None
    except TooLargeError as wrong:
        raise SkippedFileError(f"{path}: {wrong.strerror}") from None
    except OSError as wrong:
        raise UnreadableFileError(f"{path}: {wrong.strerror or wrong}") from None
    if b"\0" in data[:8192]:
        raise SkippedFileError(f"{path}: binary")
    from cnnsize.files.extract import may_hold

    if not may_hold(data, path, also):
        return None
    return Document.from_bytes(data, path, path, also)
