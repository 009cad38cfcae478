"""The arguments of a command as texts: strings, files, directories, stdin, networks of the zoo."""

from __future__ import annotations

import os
import sys

from cnnsize.cli.errors import fail, one_line, usage_error, warn
from cnnsize.cli.options import AS_IT_IS, ModelRequest
from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.files.document import (
    MODEL_EXTENSIONS,
    Document,
    SkippedFileError,
    TableError,
    UnreadableFileError,
    is_file_argument,
    read_candidate,
    read_file,
)
from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.limits import MAX_FILE
from cnnsize.reading.pick import find_network
from cnnsize.record import Record, replace
from cnnsize.report.texts import Texts, read_documents
from cnnsize.text.diagnostic import ArchitectureError


class Inputs(Record):
    """The documents that the arguments of a command name."""

    documents: list[Document]
    strings: int  # how many of the documents are strings
    unreadable: list[str]  # messages about files that could not be read
    may_be_empty: bool = False  # for a directory, and what a hook or an editor names
    text: str = ""  # of the network, where it was read from Python source
    is_source: bool = False  # the text is that of a network of Python source
    used_values: tuple[str, ...] = ()  # names of --set that reading the network has used
    letters: tuple[str, ...] = ()  # arguments of a network of Python source that have no value
    input_is_given: bool = True  # by the user or the source; otherwise it was chosen to fit

    def texts(self, *, verbose: bool = False) -> Texts:
        """Return the networks of all documents.

        A document that cannot be read becomes a message in ``unreadable``.
        """
        texts = read_documents(self.documents)
        self.unreadable.extend(texts.unreadable)
        for document, note in texts.notes:
            print_note(document, note, verbose=verbose)
        return texts


def print_note(document: Document, note: str, *, verbose: bool) -> None:
    """Print what was not searched in a file, if the file was named or the call is verbose."""
    if document.named or verbose:
        warn([note])


def gather(
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
) -> Inputs:
    """Return the documents that the arguments and the strings of -e name, in order.

    With ``models``, the networks of Python files that are named count.

    Exit with a message when there is nothing to read. A file that cannot be read becomes a message
    in ``unreadable``; ``missing_hint`` ends the message about a file that does not exist.
    ``request`` says how ONNX files and live models, as in ``package.module:factory``, are read.
    """
    if not arguments and not expressions:
        raise usage_error(
            "nothing to read; give a network, a file, a directory such as ., or - for stdin"
        )
    if not (
        len(arguments) == 1 and ">" in arguments[0]
    ):  # a single network in quotes has its arrows
        from cnnsize.cli.unquoted import refuse_unquoted  # late, so that a plain check starts fast

        refuse_unquoted(arguments, expressions)
    several = len(arguments) > 1
    gatherer = _Gatherer(
        config, force_exclude, stdin_name, verbose, several, missing_hint, request, models
    )
    for argument in arguments:
        gatherer.add(argument)
    gatherer.print_tables()
    texts = [*(argument for argument in arguments if argument != "-"), *expressions]
    if any(not text.strip() for text in texts):
        fail(
            "the text is empty; give an architecture such as 'INPUT[32x32x3] -> CONV3-64 -> FC-10'"
        )
    documents = [*gatherer.documents, *map(Document, expressions)]
    refuse_model_flags(request, documents)
    nothing_left = not documents and not gatherer.unreadable
    if gatherer.excluded and nothing_left:
        warn(["nothing to check: all files are excluded"])
        raise SystemExit(0)
    strings = gatherer.strings + len(expressions)
    may_be_empty = gatherer.directories > 0 or force_exclude or stdin_name is not None
    return Inputs(documents, strings, gatherer.unreadable, may_be_empty)


def refuse_model_flags(request: ModelRequest, documents: list[Document]) -> None:
    """Raise click.UsageError for --flat and --args where nothing that is read is a model."""
    are_models = [document.generated for document in documents]
    if request.arguments and not any(
        document.generated and document.file is None for document in documents
    ):
        raise usage_error("--args is for a PyTorch model, as in package.module:name")
    if request.flat and are_models and not any(are_models):
        raise usage_error("--flat is for PyTorch and ONNX models")


def string_document(argument: str) -> Document:
    """Return a string as a document; a single word may be the name of a network of the zoo."""
    if ">" in argument:
        return Document(argument)
    from cnnsize.cli.zoo_names import zoo_or_string  # late, as above

    return zoo_or_string(argument)


class _Gatherer:
    """Documents collected argument by argument; a file that is named twice is read once."""

    def __init__(
        self,
        config: Config,
        force_exclude: bool,
        stdin_name: str | None,
        verbose: bool,
        several_arguments: bool,
        missing_hint: str,
        request: ModelRequest,
        models: bool,
    ) -> None:
        self.config = config
        self.force_exclude = force_exclude
        self.stdin_name = stdin_name
        self.verbose = verbose
        self.several_arguments = several_arguments
        self.missing_hint = missing_hint
        self.request = request
        self.models = models and not force_exclude
        self.documents: list[Document] = []
        self.unreadable: list[str] = []
        self.strings = self.excluded = self.directories = 0
        self._paths: set[str] = set()
        self._tables: list[str] = []  # why .cnn files were skipped

    def add(self, argument: str) -> None:
        """Add what one argument names."""
        try:
            if argument == "-":
                self._add_stdin()
            elif not is_file_argument(argument):
                self.strings += 1
                self.documents.append(self._model(argument) or string_document(argument))
            elif not os.path.lexists(argument):
                raise UnreadableFileError(f"{argument}: no such file{self.missing_hint}")
            elif self.force_exclude and self._is_excluded(argument):
                self.excluded += 1
            elif os.path.isdir(argument):
                self._add_directory(argument)
            elif self._is_new(argument):
                self._add_file(argument)
        except TableError as error:
            self._tables.append(str(error))
        except SkippedFileError as error:
            self._print_skipped(str(error), always=True)
        except UnreadableFileError as error:
            self.unreadable.append(str(error))

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
        self.documents.append(read_stdin(self.stdin_name, self.config.extract))

    def _add_file(self, path: str) -> None:
        if path.lower().endswith(MODEL_EXTENSIONS) and not self.force_exclude:
            from cnnsize.cli.model_files import read_model  # late: most files are text

            self.documents.append(read_model(path, self.request))
            return
        # With --force-exclude a hook names whatever is committed, so binary files are skipped.
        if self.force_exclude:
            document = read_candidate(path, self.config.extract, models=self.config.models)
        else:
            document = read_file(path, self.config.extract)
        if document is not None:
            alone = not self.several_arguments and not self.force_exclude
            has_models = document.models or (self.models and is_python(path))
            document = replace(document, named=True, alone=alone, models=has_models)
            self.documents.append(self._with_models(document))

    def _add_directory(self, path: str) -> None:
        from cnnsize.files.folders import find_files  # late: most calls name no directory

        self.directories += 1
        for file in find_files(
            path,
            is_excluded=self._is_excluded,
            on_skip=self._print_skipped,
            on_error=self.unreadable.append,
        ):
            if self.several_arguments and not self._is_new(file):
                continue
            try:
                document = read_candidate(
                    file, self.config.extract, models=self.config.models and self.models
                )
            except TableError as error:
                self._tables.append(str(error))
            except SkippedFileError as error:
                self._print_skipped(str(error))
            except UnreadableFileError as error:
                self.unreadable.append(str(error))
            else:
                if document is not None:
                    self.documents.append(self._with_models(document))

    def _with_models(self, document: Document) -> Document:
        """Return a document with what the configuration says about the inputs of its networks."""
        if not (document.models and self.config.inputs and document.path):
            return document
        from cnnsize.config.inputs import inputs_of  # late: few configurations say sizes

        return replace(document, inputs=inputs_of(self.config, document.path))

    def _is_excluded(self, file: str) -> bool:
        from cnnsize.files.globs import matches  # late: few configurations exclude files

        return any(matches(file, pattern, folder) for folder, pattern in self.config.exclude)

    def _is_new(self, path: str) -> bool:
        """Return whether a file was not named before, under whatever path."""
        real_path = os.path.realpath(path)
        if real_path in self._paths:
            return False
        self._paths.add(real_path)
        return True

    def print_tables(self) -> None:
        """Print one note on all .cnn files that are tables."""
        if self._tables:
            more = len(self._tables) - 1
            rest = f", and {more:,} more" if more else ""
            self._print_skipped(self._tables[0] + rest, always=True)

    def _print_skipped(self, file: str, *, always: bool = False) -> None:
        if always or self.verbose:
            warn([f"skipped {file}"])


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


def report_nothing_found(
    arguments: tuple[str, ...], inputs: Inputs, config: Config, *, quiet: bool = False
) -> None:
    """Say that no argument holds a network, which is an error unless ``may_be_empty``.

    The error is a message in ``unreadable``; otherwise a warning is printed.
    """
    if not inputs.may_be_empty:
        inputs.unreadable.append(no_architecture_message(arguments, config))
    elif not quiet:
        warn([no_architecture_message(arguments, config)])


def no_architecture_message(arguments: tuple[str, ...], config: Config) -> str:
    """Say that the arguments hold no architecture, and how to mark one.

    The first three arguments are named. Where ``--extract raw`` would find a network, that is said.
    """
    from cnnsize.cli.unmarked_hint import unmarked_hint  # late: most calls find a network

    names = ["stdin" if argument == "-" else argument for argument in arguments[:3]]
    more = f" and {len(arguments) - 3:,} more" if len(arguments) > 3 else ""
    found_nothing = f"no architecture found in {', '.join(names)}{more}"
    suffix = os.path.splitext(arguments[0])[1].lower() if arguments else ""
    if arguments[:1] == ("-",) or suffix == ".cnn":
        return f"{found_nothing}; write one per line, as in INPUT[32x32x3] -> CONV3-64 -> FC-10"
    if suffix in (".md", ".markdown", ".qmd", ".myst"):
        mark = "put one in a block that begins with ```cnn"
    else:
        mark = "put one in a comment, as in # cnnsize: INPUT[32x32x3] -> ..."
    hint = unmarked_hint(arguments, config)
    return f"{found_nothing}{hint}; {mark} (see `cnnsize help files`)"


def write_back(document: Document, text: str) -> str | None:
    """Replace a file's text. Return None, or why the file could not be written."""
    from cnnsize.files.write import WriteRefusedError, write_text  # late: most calls change nothing

    assert document.path is not None
    try:
        write_text(document.path, document.to_bytes(), document.to_bytes(text))
    except (OSError, WriteRefusedError) as error:
        return f"{document.file}: {getattr(error, 'strerror', None) or error}"
    return None


def select_by_name(
    networks: list[ParsedArchitecture | Failed], name: str | None
) -> list[ParsedArchitecture | Failed]:
    """Return the network that --name picks, or all of them without --name.

    Exit with a message when no network has the name.
    """
    if name is None:
        return networks
    try:
        return [find_network(networks, name)]
    except ArchitectureError as error:
        fail(f"--name: {one_line(error)}")
