"""The arguments of a command as texts: strings, files, directories, stdin, networks of the zoo."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cnnsize.cli.entries import Entries, SkippedFiles, find_entries
from cnnsize.cli.errors import fail, one_line, warn
from cnnsize.cli.options import AS_IT_IS, ModelRequest
from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.files.document import Document, SkippedFileError, UnreadableFileError
from cnnsize.record import Record
from cnnsize.text.diagnostic import ArchitectureError

if TYPE_CHECKING:
    from cnnsize.language.parsed import Failed, ParsedArchitecture
    from cnnsize.report.texts import Texts


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
        from cnnsize.report.texts import read_documents  # late: not needed if nothing has changed

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
    request: ModelRequest = AS_IT_IS,
) -> Inputs:
    """Return the documents that the arguments and the strings of -e name, in order.

    Exit with a message when there is nothing to read. A file that cannot be read becomes a message
    in ``unreadable``. ``request`` says how ONNX files and live models are read.
    """
    return read_entries(find_entries(arguments, expressions, config, request=request))


def read_entries(entries: Entries, *, verbose: bool = False) -> Inputs:
    """Read the files, and return all documents. A file that cannot be read becomes a message."""
    documents: list[Document] = []
    unreadable: list[str] = []
    skipped = SkippedFiles(verbose=verbose)
    for entry in entries.entries:
        try:
            document = entries.reading.read(entry)
        except SkippedFileError as error:
            skipped.add(error, entry)
        except UnreadableFileError as error:
            unreadable.append(str(error))
        else:
            documents += [] if document is None else [document]
    skipped.print_tables()
    entries.refuse_nothing(has_any=bool(documents or unreadable))
    return Inputs(documents, entries.strings, unreadable, entries.may_be_empty)


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
    from cnnsize.reading.pick import find_network  # late, as above

    try:
        return [find_network(networks, name)]
    except ArchitectureError as error:
        fail(f"--name: {one_line(error)}")
