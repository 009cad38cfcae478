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

TARGET = re.compile(r"(?P<path>.+\.pyi?)(?::(?P<name>[^\W\d][\w.]*))?")
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
    except UnreadableFileError as error:
        fail(str(error))
    if document is None or (only is None and document.excerpts()):
        return None
    refuse_model_flags(request, [document])
    networks = read_networks(document, request.input, only, config, values, claims=claims)
    from cnnsize.models.source.read import SourceNetwork, UnreadNetwork  # late, as below

    read = [network for network in networks if isinstance(network, SourceNetwork)]
    unread = [network for network in networks if isinstance(network, UnreadNetwork)]
    if not networks:
        if only is None:
            return None
        fail(f"{path}: no network {only}")
    warn([unread_line(path, network) for network in unread[:MAX_UNREAD]])
    if not read:
        raise SystemExit(1)
    if len(read) > 1:
        names = ", ".join(f"{path}:{network.name}" for network in read[:MAX_NAMES])
        more = ", ..." if len(read) > MAX_NAMES else ""
        fail(f"{len(read)} networks found; pick one: {names}{more}")
    if not quiet:
        warn([f"{path}:{read[0].line}: {note}" for note in read[0].notes])
    text, is_given = read[0].text, read[0].run.is_given
    return Inputs(
        [Document(text)],
        1,
        [],
        text=text,
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
    name = target["name"]
    if not read_networks(document, None, name, config, values, claims=False):
        fail(f"{target['path']}: no network {name}")
    from cnnsize.config.inputs import inputs_of  # late, as below

    inputs = inputs_of(config, document.path) if config.inputs and document.path else ()
    return replace(document, named=True, models=True, network=name, inputs=inputs)


def read_networks(
    document: Document,
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
            document.text,
            Request(only=only, path=document.path, input=input, inputs=inputs, values=values),
            claims=claims,
        )
    except UnreadableSourceError as error:
        line = "" if error.line is None else f":{error.line}"
        fail(f"{document.file}{line}: {error}")


def unread_line(path: str, network: UnreadNetwork) -> str:
    """Return why a network is not read, with its place."""
    from cnnsize.models.source.errors import RefusedError  # late, as above

    line = f"{path}:{network.line}:{network.column}: not read: {network.name}: {network.reason}"
    is_refused = isinstance(network.error, RefusedError) and bool(network.error.code)
    return f"{line}; `cnnsize check {path}:{network.name}` shows where" if is_refused else line
