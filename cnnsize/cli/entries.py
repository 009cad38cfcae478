"""What the arguments of a command name: strings, files, directories, stdin, networks of the zoo."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from cnnsize.cli.errors import fail, usage_error, warn
from cnnsize.cli.options import AS_IT_IS, ModelRequest
from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.files.document import (
    MODEL_EXTENSIONS,
    Document,
    SkippedFileError,
    TableError,
    TooLargeFileError,
    UnreadableFileError,
    is_file_argument,
    read_candidate,
    read_file,
)
from cnnsize.limits import MAX_FILE
from cnnsize.record import NamedTuple, Record, replace


class FilePath(NamedTuple):
    """A file that is read later, perhaps in another process."""

    path: str
    named: bool = False  # an argument names the file itself, rather than its folder
    alone: bool = False  # it is the only argument


class Problem(NamedTuple):
    """The message about an argument, or about a path below it, in place of reading it."""

    message: str
    is_error: bool = True  # otherwise the path is skipped


Entry = Document | FilePath | Problem


class SkippedFiles:
    """Prints which files are skipped: those that an argument names, those with marks of ours that are
    too large, and with --verbose all.
    """

    def __init__(self, *, verbose: bool) -> None:
        self.verbose = verbose
        self.tables: list[str] = []  # why .cnn files were skipped

    def add(self, reason: SkippedFileError, entry: Entry) -> None:
        """Print why a file is skipped; messages about tables wait for the others."""
        if isinstance(reason, TableError):
            self.tables.append(str(reason))
        elif (
            self.verbose or getattr(entry, "named", False) or isinstance(reason, TooLargeFileError)
        ):
            print_skipped(str(reason))

    def print_tables(self) -> None:
        """Print one note on all .cnn files that are tables."""
        if self.tables:
            more = len(self.tables) - 1
            print_skipped(self.tables[0] + (f", and {more:,} more" if more else ""))


def print_skipped(reason: str) -> None:
    """Print that a file is skipped."""
    warn([f"skipped {reason}"])


class Reading(Record):
    """How the files of the arguments are read."""

    config: Config
    force_exclude: bool
    models: bool  # networks of Python files that are named count

    def read(self, entry: Entry) -> Document | None:
        """Return an entry as a document; None for a file that holds no network.

        Raises SkippedFileError and UnreadableFileError.
        """
        if isinstance(entry, Document):
            return entry
        if isinstance(entry, Problem):
            raise (UnreadableFileError if entry.is_error else SkippedFileError)(entry.message)
        config = self.config
        # With --force-exclude a hook names whatever is committed, so binary files are skipped.
        if entry.named and not self.force_exclude:
            document: Document | None = read_file(entry.path, config.extract)
        else:
            has_models = config.models and (entry.named or self.models)
            document = read_candidate(entry.path, config.extract, models=has_models)
        if document is None:
            return None
        if entry.named:
            has_models = document.models or (self.models and is_python(entry.path))
            alone = entry.alone and not self.force_exclude
            document = replace(document, named=True, alone=alone, models=has_models)
        if document.models and config.inputs:
            from cnnsize.config.inputs import inputs_of  # late: few configurations say sizes

            return replace(document, inputs=inputs_of(config, entry.path))
        return document


class Entries(Record):
    """What the arguments of a command name, in order, before any file is read."""

    entries: tuple[Entry, ...]
    reading: Reading
    strings: int  # how many of the documents are strings
    excluded: int
    may_be_empty: bool

    @property
    def are_files(self) -> bool:
        """Whether arguments name a directory, or several of them a file."""
        return any(isinstance(entry, FilePath) and not entry.alone for entry in self.entries)

    def refuse_nothing(self, *, has_any: bool) -> None:
        """Exit with a message when every file is excluded."""
        if self.excluded and not has_any:
            warn(["nothing to check: all files are excluded"])
            raise SystemExit(0)


def find_entries(
    arguments: tuple[str, ...],
    expressions: tuple[str, ...],
    config: Config = DEFAULT_CONFIG,
    *,
    force_exclude: bool = False,
    stdin_name: str | None = None,
    verbose: bool = False,
    missing_hint: str = " (for a string, use -e)",
    request: ModelRequest = AS_IT_IS,
    models: bool = False,
) -> Entries:
    """Return what the arguments and the strings of -e name, in order; files are not read yet.

    With ``models``, the networks of Python files that are named count. ``missing_hint`` ends the
    message about a file that does not exist. ``request`` says how ONNX files and live models, as in
    ``package.module:factory``, are read.

    Exit with a message when there is nothing to read.
    """
    if not arguments and not expressions:
        raise usage_error(
            "nothing to read; give a network, a file, a directory such as ., or - for stdin"
        )
    is_quoted = len(arguments) == 1 and ">" in arguments[0]  # a network has its arrows
    if not is_quoted and (expressions or not all(map(os.path.lexists, arguments))):
        from cnnsize.cli.unquoted import refuse_unquoted  # late, so that a plain check starts fast

        refuse_unquoted(arguments, expressions)
    several = len(arguments) > 1
    reading = Reading(config, force_exclude, models and not force_exclude)
    finder = _Finder(reading, stdin_name, verbose, several, missing_hint, request)
    for argument in arguments:
        finder.add(argument)
    texts = [*(argument for argument in arguments if argument != "-"), *expressions]
    if any(not text.strip() for text in texts):
        fail(
            "the text is empty; give an architecture such as 'INPUT[32x32x3] -> CONV3-64 -> FC-10'"
        )
    entries = (*finder.entries, *map(Document, expressions))
    refuse_model_flags(request, entries)
    strings = finder.strings + len(expressions)
    may_be_empty = finder.directories > 0 or force_exclude or stdin_name is not None
    return Entries(entries, reading, strings, finder.excluded, may_be_empty)


def refuse_model_flags(request: ModelRequest, entries: Iterable[Entry]) -> None:
    """Raise click.UsageError for --flat and --args where nothing that is read is a model."""
    if not request.arguments and not request.flat:
        return
    read = [entry for entry in entries if not isinstance(entry, Problem)]
    models = [entry for entry in read if isinstance(entry, Document) and entry.generated]
    if request.arguments and all(model.file is not None for model in models):
        raise usage_error("--args is for a PyTorch model, as in package.module:name")
    if request.flat and read and not models:
        raise usage_error("--flat is for PyTorch and ONNX models")


def string_document(argument: str) -> Document:
    """Return a string as a document; a single word may be the name of a network of the zoo."""
    if ">" in argument:
        return Document(argument)
    from cnnsize.cli.zoo_names import zoo_or_string  # late, as above

    return zoo_or_string(argument)


class _Finder:
    """Entries collected argument by argument; a file that is named twice is there once."""

    def __init__(
        self,
        reading: Reading,
        stdin_name: str | None,
        verbose: bool,
        several_arguments: bool,
        missing_hint: str,
        request: ModelRequest,
    ) -> None:
        self.config = reading.config
        self.force_exclude = reading.force_exclude
        self.stdin_name = stdin_name
        self.verbose = verbose
        self.several_arguments = several_arguments
        self.missing_hint = missing_hint
        self.request = request
        self.entries: list[Entry] = []
        self.strings = self.excluded = self.directories = 0
        self._paths: set[str] = set()
        self._folders: dict[str, str] = {}  # without symbolic links

    def add(self, argument: str) -> None:
        """Add what one argument names."""
        try:
            if argument == "-":
                self._add_stdin()
            elif not is_file_argument(argument):
                self.strings += 1
                self.entries.append(self._model(argument) or string_document(argument))
            elif not os.path.lexists(argument):
                raise UnreadableFileError(f"{argument}: no such file{self.missing_hint}")
            elif self.force_exclude and self._is_excluded(argument):
                self.excluded += 1
            elif os.path.isdir(argument):
                self._add_directory(argument)
            elif self._is_new(os.path.realpath(argument)):
                self._add_file(argument)
        except UnreadableFileError as error:
            self.entries.append(Problem(str(error)))

    def _model(self, argument: str) -> Document | None:
        """Return the text of a live model that an argument names; a hook cannot name one."""
        if ":" not in argument or ">" in argument or self.force_exclude:
            return None
        from cnnsize.cli.live_models import model_document  # late: it imports code of the user

        return model_document(argument, self.request)

    def _add_stdin(self) -> None:
        name = self.stdin_name if self.force_exclude else None
        if name is not None and self._is_excluded(name):
            self.excluded += 1
            return
        self.entries.append(read_stdin(self.stdin_name, self.config.extract))

    def _add_file(self, path: str) -> None:
        if path.lower().endswith(MODEL_EXTENSIONS) and not self.force_exclude:
            from cnnsize.cli.model_files import read_model  # late: most files are text

            self.entries.append(read_model(path, self.request))
        else:
            self.entries.append(FilePath(path, named=True, alone=not self.several_arguments))

    def _add_directory(self, path: str) -> None:
        from cnnsize.files.folders import find_files  # late: most calls name no directory

        self.directories += 1
        files = find_files(
            path,
            is_excluded=self._is_excluded if self.config.exclude else None,
            on_skip=self._add_skipped,
            on_error=lambda message: self.entries.append(Problem(message)),
        )
        if self.several_arguments:
            files = (file for file in files if self._is_new(self._real_path(file)))
        for file in files:  # in between, ``find_files`` appends problems
            self.entries.append(FilePath(file))

    def _add_skipped(self, message: str) -> None:
        if self.verbose:
            self.entries.append(Problem(message, is_error=False))

    def _is_excluded(self, file: str) -> bool:
        from cnnsize.files.globs import matches  # late: few configurations exclude files

        return any(matches(file, pattern, folder) for folder, pattern in self.config.exclude)

    def _real_path(self, file: str) -> str:
        """Return the path of a file of a directory, which is no link itself, without links."""
        folder, name = os.path.split(file)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)

    def _is_new(self, real_path: str) -> bool:
        """Return whether a file was not named before, under whatever path."""
        if real_path in self._paths:
            return False
        self._paths.add(real_path)
        return True


def is_python(path: str) -> bool:
    """Return whether a file holds Python source, perhaps in the cells of a notebook."""
    return path.lower().endswith((".py", ".pyw", ".ipynb"))


def read_stdin(name: str | None = None, extract: tuple[str, ...] = ()) -> Document:
    """Read stdin as a document. Raises UnreadableFileError when it is closed or not text."""
    name = name or "<stdin>"
    if sys.stdin is None:
        raise UnreadableFileError(f"{name}: closed")
    if sys.stdin.isatty():
        end = "Ctrl-Z and Enter" if os.name == "nt" else "Ctrl-D"
        warn([f"type a network, and end it with {end}"])
    # One byte more than a file may have: from_bytes refuses a text of that size.
    data = sys.stdin.buffer.read(MAX_FILE + 1)
    return Document.from_bytes(data, name, None, extract)
