"""Documents: the strings and files that a user names, and the networks in them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnsize.files.read import (
    BINARY_PREFIX,
    BinaryFileError,
    TooLargeError,
    first_line,
    occurs_in_file,
    read_bytes,
)
from cnnsize.limits import MAX_FILE, MAX_SEARCHED, MAX_SMALL_FILE
from cnnsize.record import Record, replace
from cnnsize.text.source import Source

if TYPE_CHECKING:
    from cnnsize.files.extract.excerpt import Excerpt


BYTE_ORDER_MARK = b"\xef\xbb\xbf"
HEAD = 4096  # bytes in which the first line of a table ends
MODEL_EXTENSIONS = (".onnx",)  # of files that are not text, and are read as a model
PYTHON_EXTENSIONS = (".py", ".ipynb")  # of files whose networks an argument may name
MIN_TABS = 2  # in the first line of a table
ARCHITECTURE_SIGN = r"[-=]>|[\[\](){}]|[→⇒]|\s-\s"  # occurs in architectures, rarely in file names


class UnreadableFileError(Exception):
    """Raised for a file that cannot be read as text; the message says why."""


class SkippedFileError(Exception):
    """Raised for a file of a folder that is skipped; the message says why."""


class TooLargeFileError(SkippedFileError):
    """Raised for a file of a folder that is too large, and that something announces networks in."""


class TableError(SkippedFileError):
    """Raised for a .cnn file that is a table: CNVkit's copy-number tables have that name too."""


class Document(Record):
    """One text to be checked: a string, stdin or a file."""

    text: str
    file: str | None = None  # its name in messages; None for a string
    path: str | None = None  # the file to write back to
    byte_order_mark: bytes = b""
    unmarked: tuple[str, ...] = ()  # where unmarked networks count too: "python", "raw"
    named: bool = False  # an argument names this file itself, rather than its folder
    alone: bool = False  # it is the only argument, so that all of it may be one paste
    models: bool = False  # the networks of Python source in it are checked too
    network: str | None = None  # the name of the only network of the source that is wanted
    inputs: tuple[tuple[str, tuple[int, int, int]], ...] = ()  # sizes that are said, by networks
    is_cell: bool = False  # of a notebook: its Python may have commands, as in %matplotlib
    generated: bool = False  # cnnsize wrote the text: the file itself is a model of another tool

    @staticmethod
    def from_bytes(data: bytes, name: str, path: str | None, unmarked: tuple[str, ...]) -> Document:
        """Return the document with this content. Raises UnreadableFileError."""
        reason = _too_large(data, name, unmarked)
        if reason:
            raise UnreadableFileError(f"{name}: {reason}")
        mark = BYTE_ORDER_MARK if data.startswith(BYTE_ORDER_MARK) else b""
        return Document(decode(data, name), name, path, mark, unmarked)

    def to_bytes(self, text: str | None = None) -> bytes:
        """Return the content of the file, with ``text`` in place of its own text if given."""
        return self.byte_order_mark + encode(self.text if text is None else text)

    def excerpts(self) -> list[Excerpt]:
        """Return the parts of the text that hold networks, in order.

        Raises UnreadableFileError for a file that should be a notebook and is not.
        """
        # late, here and below: a string needs no extractor
        from cnnsize.files.extract import excerpts, whole

        if self.file is None or self.generated:
            return [whole(self.text)]
        try:
            all_excerpts = excerpts(self.text, self.file, self.unmarked)
        except ValueError as error:
            raise UnreadableFileError(f"{self.file}: not a notebook: {error}") from None
        if self.alone and not all_excerpts and not self.models:
            from cnnsize.language.statements import is_paste

            return [whole(self.text)] if is_paste(self.text) else []
        return all_excerpts

    def notes(self, excerpts: Iterable[Excerpt]) -> list[str]:
        """Return what was not searched and why, as in ``model.py:3: '(' is never closed, ...``."""
        return [
            f"{self.file}:{self.announcement(excerpt).line}: {excerpt.note}"
            for excerpt in excerpts
            if excerpt.note
        ]

    def announcement(self, excerpt: Excerpt) -> Source:
        """Return the line that announces an excerpt; the announcement begins at ``begin``."""
        offset = excerpt.announcement.start
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        line = self.text[start : end if end >= 0 else None]
        number = self.text.count("\n", 0, start) + 1
        return Source(line, self.file, number, begin=offset - start)


def is_file_argument(argument: str) -> bool:
    """Return whether an argument of the command line names a file.

    It does if the file exists. It also does if it has no arrow and no bracket, and contains a slash
    or ends with a known file extension.
    """
    if argument == "-":
        return True
    if len(argument) < 4096 and "\0" not in argument:
        try:
            if os.path.lexists(argument):
                return True
        except (OSError, ValueError):
            return False
    if re.search(ARCHITECTURE_SIGN, argument) or "\n" in argument:
        return False
    from cnnsize.files.extract.registry import FILE_EXTENSIONS, extension_of

    has_backslash = os.sep == "\\" and re.fullmatch(r"\S*\\\S*", argument) is not None
    is_file = extension_of(argument) in FILE_EXTENSIONS or "/" in argument
    return is_file or argument.lower().endswith(MODEL_EXTENSIONS) or has_backslash


def encode(text: str) -> bytes:
    """Return a text in UTF-8.

    Bytes of a file that were not UTF-8 come back unchanged. So does half of a surrogate pair, which
    can only come from a Python string or from an argument on Windows.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def decode(data: bytes, name: str) -> str:
    """Return the text of UTF-8 bytes without a byte order mark; line ends stay as they are.

    Bytes that are not UTF-8 are kept as surrogates, except where all of the text is architectures.
    Raises UnreadableFileError.
    """
    if b"\0" in data[:BINARY_PREFIX]:
        raise UnreadableFileError(f"{name}: binary file, not text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if name.lower().endswith(".cnn") or name.startswith("<"):
            line = data.count(b"\n", 0, error.start) + 1
            raise UnreadableFileError(
                f"{name}: line {line} is not valid UTF-8 (byte {error.start}); save the file as UTF-8"
            ) from None
        return data.removeprefix(BYTE_ORDER_MARK).decode("utf-8", "surrogateescape")


def _too_large(data: bytes, name: str, unmarked: tuple[str, ...]) -> str:
    """Return why the content of a file is too large to be read; empty if it is not."""
    if len(data) > MAX_FILE:
        return f"larger than {MAX_FILE:,} bytes"
    if len(data) <= MAX_SMALL_FILE:
        return ""
    from cnnsize.files.extract import too_large  # late: most files are small

    return too_large(data, name, unmarked)


def _announces_networks(path: str) -> bool:
    """Return whether a file that is too large to be read is of a kind that is searched, and holds a
    mark of ours.
    """
    from cnnsize.files.extract import MARK  # late, as here: such files are rare
    from cnnsize.files.extract.registry import FILE_EXTENSIONS, extension_of

    try:
        return extension_of(path) in FILE_EXTENSIONS and (
            extension_of(path) == ".cnn" or occurs_in_file(re.compile(MARK), path, MAX_SEARCHED)
        )
    except OSError:
        return False


def refuse_table(path: str) -> None:
    """Raise TableError for a .cnn file whose first line is that of a table of columns."""
    if not path.lower().endswith(".cnn"):
        return
    try:
        line = first_line(path, HEAD).decode("utf-8", "replace")
    except OSError:
        return  # reading all of it fails for the same reason
    if line.count("\t") >= MIN_TABS and not re.search(ARCHITECTURE_SIGN, line):
        raise TableError(f"{path}: a table of columns, not architectures")


def read_file(path: str, unmarked: tuple[str, ...] = ()) -> Document:
    """Read a file that an argument names. Raises UnreadableFileError and TableError."""
    refuse_table(path)
    try:
        with open(path, "rb") as file:
            return Document.from_bytes(file.read(MAX_FILE + 1), path, path, unmarked)
    except FileNotFoundError:
        raise UnreadableFileError(f"{path}: no such file") from None
    except OSError as error:
        raise UnreadableFileError(f"{path}: {error.strerror or error}") from None


def read_candidate(
    path: str, unmarked: tuple[str, ...] = (), *, models: bool = False
) -> Document | None:
    """Read a file of a folder; return None if it cannot hold an architecture.

    With ``models``, the networks of Python source count.

    Raises SkippedFileError for a file that is too large or no text, TooLargeFileError if it may hold
    networks nevertheless, and UnreadableFileError.
    """
    refuse_table(path)
    try:
        data = read_bytes(path, MAX_FILE, text_only=True)
    except FileNotFoundError:
        raise SkippedFileError(f"{path}: no longer exists") from None
    except (TooLargeError, BinaryFileError) as error:
        is_model = path.lower().endswith(MODEL_EXTENSIONS)
        what = "a model, which only an argument without --force-exclude names" if is_model else ""
        if isinstance(error, TooLargeError) and _announces_networks(path):
            raise TooLargeFileError(f"{path}: {error.strerror}") from None
        raise SkippedFileError(f"{path}: {what or error.strerror}") from None
    except OSError as error:
        raise UnreadableFileError(f"{path}: {error.strerror or error}") from None
    from cnnsize.files.extract import may_hold, may_hold_model

    has_model = models and may_hold_model(data, path)
    if not has_model and not may_hold(data, path, unmarked):
        return None
    reason = _too_large(data, path, unmarked)
    if reason:
        raise TooLargeFileError(f"{path}: {reason}")
    return replace(Document.from_bytes(data, path, path, unmarked), models=has_model)
