"""A Python file as the argument of a command: ``model.py`` or ``model.py:Net``. It is never run."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnsize.cli.arguments import Inputs
from cnnsize.cli.entries import refuse_model_flags
from cnnsize.cli.errors import fail, warn
from cnnsize.cli.options import ModelRequest
from cnnsize.config.sources import Config
from cnnsize.files.document import Document, UnreadableFileError, read_file
from cnnsize.record import replace

if TYPE_CHECKING:
    from cnnsize.models.source.read import SourceNetwork, UnreadNetwork
    from cnnsize.report.source_code import SourceCode

TARGET = re.compile(r"(?P<path>.+\.(?:pyi?|ipynb))(?::(?P<name>[^\W\d][\w.]*))?")
MAX_NAMES = 8  # of networks, in a message
MAX_UNREAD = 8  # networks that are not read, in the messages


def python_inputs(
    argument: str,
    request: ModelRequest,
    *,
    config: Config,
    values: Mapping[str, int],
    quiet: bool,
    claims: bool,
) -> Inputs | None:
    """Return the network of a Python file as the document of a command; None for another argument.

    A file with networks in the notation, in its comments or docstrings, is read for these, unless
    the argument names a class. Exit with messages when there is no network, or several.
    """
    target = TARGET.fullmatch(argument)
    if target is None or not os.path.isfile(target["path"]):
        return None
    path, only = target["path"], target["name"]
    try:
        document = read_file(path)
        if document is None or (only is None and document.excerpts()):
            return None
    except UnreadableFileError as error:
        fail(str(error))
    refuse_model_flags(request, [document])
    code = code_of(document)
    warn(input_comment_notes(code, path))
    networks = read_networks(document, code, request.input, only, config, values, claims=claims)
    from cnnsize.models.source.read import (  # late, as below
        SourceNetwork,
        UnreadNetwork,
        letters_of,
    )

    read = [network for network in networks if isinstance(network, SourceNetwork)]
    unread = [network for network in networks if isinstance(network, UnreadNetwork)]
    if not networks:
        if only is None:
            return None
        fail(f"{path}: no network {only}")
    warn([unread_line(path, code, network) for network in unread[:MAX_UNREAD]])
    if not read:
        raise SystemExit(1)
    if len(read) > 1:
        names = ", ".join(f"{path}:{network.name}" for network in read[:MAX_NAMES])
        more = ", ..." if len(read) > MAX_NAMES else ""
        fail(f"{len(read)} networks found; pick one: {names}{more}")
    if not quiet:
        warn([f"{code.place(read[0].line)}: {code.in_cells(note)}" for note in read[0].notes])
    text, is_given = read[0].text, read[0].run.is_given
    return Inputs(
        [Document(text, f"{path}:{read[0].name}", generated=True)],
        1,
        [],
        text=text,
        letters=tuple(name for name in letters_of(read[0].run) if name not in values),
        is_source=True,
        input_is_given=is_given,
        used_values=read[0].values,
    )


def network_document(argument: str, config: Config, values: Mapping[str, int]) -> Document | None:
    """Return the file of ``model.py:Net`` as a document; None for another argument.

    Exit with a message for a file that cannot be read, or has no such network.
    """
    target = TARGET.fullmatch(argument)
    if target is None or target["name"] is None or not os.path.isfile(target["path"]):
        return None
    try:
        document = read_file(target["path"])
    except UnreadableFileError as error:
        fail(str(error))
    name, code = target["name"], code_of(document)
    if not read_networks(document, code, None, name, config, values, claims=False):
        fail(f"{target['path']}: no network {name}")
    from cnnsize.config.inputs import inputs_of  # late, as below

    inputs = inputs_of(config, document.path) if config.inputs and document.path else ()
    return replace(document, named=True, models=True, network=name, inputs=inputs)


def code_of(document: Document) -> SourceCode:
    """Return the Python source of a document. Exit with a message for a notebook that is none."""
    from cnnsize.report.source_code import source_code  # late, as below

    try:
        return source_code(document)
    except ValueError as error:
        fail(f"{document.file}: not a notebook: {error}")


def read_networks(
    document: Document,
    code: SourceCode,
    input: tuple[int, int, int] | None,
    only: str | None,
    config: Config,
    values: Mapping[str, int],
    *,
    claims: bool,
) -> list[SourceNetwork | UnreadNetwork]:
    """Return the networks of a Python file. Exit with a message for a file that is not Python."""
    from cnnsize.config.inputs import inputs_of  # late: most commands read text
    from cnnsize.models.source.read import (
        Request,
        UnreadableSourceError,
        read_source,
    )

    try:
        inputs = inputs_of(config, document.path) if config.inputs and document.path else ()
        return read_source(
            code.text,
            Request(only=only, path=document.path, input=input, inputs=inputs, values=values),
            claims=claims,
        )
    except UnreadableSourceError as error:
        place = document.file if error.line is None else code.place(error.line)
        fail(f"{place}: {error}")


def input_comment_notes(code: SourceCode, path: str) -> list[str]:
    """Return why comments about the input of a network are not used, with their lines."""
    if "cnnsize:" not in code.text:
        return []
    from cnnsize.models.source.file_input import input_comment_problems  # late, as above
    from cnnsize.models.source.read import Request

    problems = input_comment_problems(code.text, Request(path=path))
    return [f"{code.place(line)}: {code.in_cells(reason)}" for line, reason in problems]


def unread_line(path: str, code: SourceCode, network: UnreadNetwork) -> str:
    """Return why a network is not read, with its place."""
    from cnnsize.models.source.errors import RefusedError  # late, as above

    place = code.place(network.line, network.column)
    line = f"{place}: not read: {network.name}: {code.in_cells(network.reason)}"
    is_refused = isinstance(network.error, RefusedError) and bool(network.error.code)
    return f"{line}; `cnnsize check {path}:{network.name}` shows where" if is_refused else line
