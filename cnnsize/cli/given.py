"""What the arguments of a command name: strings, files, folders, stdin, networks of the zoo."""

from __future__ import annotations

import os
import re
import sys
from itertools import pairwise
from typing import NamedTuple

import click

from cnnsize.cli.options import fail, warn, words
from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.files.document import (
    Document,
    SkippedFileError,
    UnreadableFileError,
    is_file_argument,
    read_candidate,
    read_file,
)
from cnnsize.files.globs import matches
from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.layers.names import ALIASES
from cnnsize.limits import MAX_FILE
from cnnsize.reading.document import parse_string
from cnnsize.reading.pick import find_network
from cnnsize.report.texts import Texts, read_documents
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.terminal import safe


def read_stdin(name: str | None = None, also: tuple[str, ...] = ()) -> Document:
    name = name or "<stdin>"
    if sys.stdin is None:
        raise UnreadableFileError(f"{name}: closed")
    data = sys.stdin.buffer.read(
        MAX_FILE + 1
    )  # one more than a text may have: it is refused where that is there
    return Document.from_bytes(data, name, None, also)


GLUED = r"(?i)\W*INPUT(?:\[[^\]]*\])?-"  # what the shell leaves of INPUT->CONV


class Input(NamedTuple):
    """What the arguments named: the texts, how many of them strings, and what could not be read."""

    documents: list[Document]
    strings: int
    unreadable: list[str]
    searched: int = 0  # files in which networks may stand or not

    def texts(self, verbose: bool = False) -> Texts:
        """The networks of all texts; those of a text that cannot be read are no more than a
        message.
        """
        texts = read_documents(self.documents)
        self.unreadable.extend(texts.unreadable)
        for document, note in texts.notes:
            say_note(document, note, verbose)
        return texts


def say_note(document: Document, note: str, verbose: bool) -> None:
    """What was not searched in a file: said of one that was named, with -v of every one."""
    if document.named or verbose:
        warn([note])


def excluded(file: str, held: Config) -> bool:
    return any(matches(file, pattern, folder) for folder, pattern in held.exclude)


def gathered(
    arguments: tuple[str, ...],
    expressions: tuple[str, ...],
    held: Config = DEFAULT_CONFIG,
    force_exclude: bool = False,
    stdin_name: str | None = None,
    verbose: bool = False,
) -> Input:
    """The texts of all arguments, in order."""
    if not arguments and not expressions:
        raise click.UsageError("nothing to read: give a string, a file, or - for stdin")
    refuse_unquoted(arguments, expressions)

    documents: list[Document] = []
    unreadable: list[str] = []
    seen: set[str] = set()
    strings = left_out = searched = 0

    def said(what: str) -> None:
        if verbose:
            click.echo(f"cnnsize: passed over {safe(what)}", err=True)

    for argument in arguments:
        try:
            if argument == "-":
                if force_exclude and stdin_name is not None and excluded(stdin_name, held):
                    left_out += 1
                else:
                    documents.append(read_stdin(stdin_name, held.extract))
                    searched += stdin_name is not None
            elif not is_file_argument(argument):
                strings += 1
                documents.append(named_or_string(argument))
            elif not os.path.lexists(argument):
                raise UnreadableFileError(f"{argument}: no such file (for a string, use -e)")
            elif force_exclude and excluded(argument, held):
                left_out += 1
            elif not os.path.isdir(argument):
                if new(argument, seen):
                    searched += not argument.endswith(".cnn")
                    # a hook names whatever somebody commits
                    document = (
                        read_candidate(argument, held.extract)
                        if force_exclude
                        else read_file(argument, held.extract)
                    )
                    documents += [document._replace(named=True)] if document is not None else []
            else:
                from cnnsize.files.folders import find_files  # late: most calls name none

                for file in find_files(
                    argument,
                    is_excluded=lambda file: excluded(file, held),
                    on_skip=said,
                    on_error=unreadable.append,
                ):
                    if len(arguments) > 1 and not new(file, seen):
                        continue
                    searched += 1
                    try:
                        documents += filter(None, [read_candidate(file, held.extract)])
                    except SkippedFileError as wrong:
                        said(str(wrong))
                    except UnreadableFileError as wrong:
                        unreadable.append(str(wrong))
        except SkippedFileError as wrong:
            click.echo(f"cnnsize: passed over {safe(str(wrong))}", err=True)
        except UnreadableFileError as wrong:
            unreadable.append(str(wrong))
    strings += len(expressions)
    documents += map(Document, expressions)
    if any(not text.strip() for text in (*(a for a in arguments if a != "-"), *expressions)):
        fail("an empty text; give an architecture such as 'INPUT[32x32x3] -> CONV3-64 -> FC-10'")
    if left_out and not documents and not unreadable:
        click.echo("cnnsize: nothing to check: all files are excluded", err=True)
        raise SystemExit(0)
    return Input(documents, strings, unreadable, searched)


def refuse_unquoted(arguments: tuple[str, ...], expressions: tuple[str, ...] = ()) -> None:
    """Ends the run where the shell has cut a network at its arrows: ``INPUT[8x8x3] -> FC-10``
    without quotes writes to a file FC-10, and leaves a - that would wait for stdin.
    """
    left = [before for before, dash in pairwise(arguments) if dash == "-"]
    left += expressions if "-" in arguments else ()
    left += [
        one.removesuffix("-") for one in (*arguments, *expressions) if re.fullmatch(GLUED, one)
    ]
    for one in left:
        layer = re.match(r"\W*([A-Za-z]+(?:2[dD])?)", one)
        if (
            layer
            and layer[1].upper() in ALIASES
            and not re.search(r"[>→⇒\n]", one)
            and not is_file_argument(one)
        ):
            fail(
                f"{one!r} before a dash: the shell takes an unquoted -> for a dash and the name of a file to write to; "
                f"put the network in quotes: '{one} -> ...'"
            )


def none_found(arguments: tuple[str, ...], given: Input, quiet: bool = False) -> None:
    """Says so. Ends the run where the arguments are nothing else than architectures, and hold
    none.
    """
    if not given.searched:
        fail(nothing_in(arguments))
    if not quiet:
        warn([nothing_in(arguments)])


def nothing_in(arguments: tuple[str, ...]) -> str:
    more = f" and {len(arguments) - 3:,} more" if len(arguments) > 3 else ""
    names = ["stdin" if one == "-" else one for one in arguments[:3]]
    return f"no architecture found in {', '.join(names)}{more}"


def put_back(document: Document, text: str) -> str | None:
    """Writes a file with another text; why not, where it cannot be."""
    from cnnsize.files.write import WriteRefusedError, write_text  # late: most calls change nothing

    assert document.path is not None
    try:
        write_text(document.path, document.to_bytes(), document.to_bytes(text))
    except (OSError, WriteRefusedError) as wrong:
        return f"{document.file}: {getattr(wrong, 'strerror', None) or wrong}"
    return None


def new(path: str, seen: set[str]) -> bool:
    """Is it met for the first time?"""
    whole = os.path.realpath(path)
    known = whole in seen
    seen.add(whole)
    return not known


def in_zoo(argument: str) -> bool:
    """Is this the name of a network that ships with us?"""
    if re.fullmatch(r"\w{2,60}", argument) is None:
        return False
    from cnnsize.zoo import index  # late: its files are read only where a single word was given

    return argument in index()


def named_or_string(argument: str) -> Document:
    """A network of the zoo where the argument is its name, else the string."""
    if in_zoo(argument):
        from cnnsize.zoo import text_of

        return Document(text_of(argument))
    if re.fullmatch(r"\s*\w{2,60}\s*", argument) and isinstance(parse_string(argument)[0], Failed):
        from cnnsize.text.suggest import nearest
        from cnnsize.zoo import index

        near = nearest(argument.strip().lower(), index())
        if near:
            fail(
                f"{argument.strip()} is neither a file, a layer nor a network of the zoo; "
                f"did you mean {' or '.join(near)}?"
            )
    return Document(argument)


def named(
    found: list[ParsedArchitecture | Failed], name: str | None
) -> list[ParsedArchitecture | Failed]:
    if name is None:
        return found
    try:
        return [find_network(found, name)]
    except ArchitectureError as wrong:
        fail(f"--name: {words(wrong)}")


def one_called(one: ParsedArchitecture | Failed, name: str) -> bool:
    return isinstance(one, ParsedArchitecture) and one.name == name
