"""The networks of a file that the page follows: it shows them anew when the file is saved."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from threading import Event
from time import monotonic
from typing import Any

from cnnsize.files.document import Document, SkippedFileError, UnreadableFileError, read_file
from cnnsize.files.stamp import stamp_of
from cnnsize.limits import MAX_PAGE_TEXT
from cnnsize.page.answer import MAX_NETWORKS, QuestionError
from cnnsize.record import replace
from cnnsize.report.texts import numbered, read_documents

WAIT = 8.0  # seconds until an answer says that nothing has changed
INTERVAL = 0.25  # seconds between two looks at the file


class FollowedFile:
    """A file whose networks the page shows.

    No other file is read, but those that Python source imports names from.
    """

    def __init__(self, path: str, name: str | None = None) -> None:
        self.path = path
        self.name = name  # of the only network of Python source that is wanted

    def stamp(self) -> str:
        """Return what changes whenever the file is saved; empty while there is no file."""
        return stamp_of(self.path) or ""

    def __call__(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Return the networks once the stamp differs from that of the question.

        An answer without networks says that nothing has changed within some seconds. Raises
        QuestionError for a file that cannot be read.
        """
        begin = monotonic()
        while (stamp := self.stamp()) == question.get("stamp"):
            if monotonic() - begin > WAIT:
                return {"stamp": stamp}
            Event().wait(INTERVAL)
        return {"stamp": stamp, "name": os.path.basename(self.path), "networks": self.networks()}

    def networks(self) -> list[dict[str, str]]:
        """Return the names and the texts of the networks of the file. Raises QuestionError."""
        try:
            document = read_file(self.path)
        except (UnreadableFileError, SkippedFileError) as error:
            raise QuestionError(str(error)) from None
        text = document.text.replace("\r\n", "\n").replace("\r", "\n")  # as a browser does
        document = replace(document, text=text)
        if self.path.endswith(".cnn") and len(text) <= MAX_PAGE_TEXT:  # with its comments
            return [{"name": "whole file", "text": text}]
        written = [] if self.name is not None else list(written_networks(document))
        named = written or list(source_networks(document, self.name))
        short = [(name, text) for name, text in named if len(text) <= MAX_PAGE_TEXT]
        if named and not short:
            raise QuestionError(
                f"{document.file}: its networks have more than {MAX_PAGE_TEXT:,} characters"
            )
        return [{"name": name, "text": text} for name, text in short[:MAX_NETWORKS]]


def written_networks(document: Document) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the networks that a file holds in the notation."""
    for network in numbered(read_documents([document]).architectures):
        name = getattr(network, "name", None)  # none if it could not be read
        yield name or f"line {network.source.line}", network.source.text


def source_networks(document: Document, name: str | None) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the networks of Python source, which is never run."""
    if not (document.path or "").endswith((".py", ".pyi")):
        return
    from cnnsize.models.source.read import (  # late: other files need no reader of source
        Request,
        SourceNetwork,
        UnreadableSourceError,
        read_source,
    )

    try:
        networks = read_source(document.text, Request(name, document.path))
    except UnreadableSourceError as error:
        raise QuestionError(f"{document.file}: {error}") from None
    read = [network for network in networks if isinstance(network, SourceNetwork)]
    if networks and not read:
        first = networks[0]
        reason = getattr(first, "reason", "")
        raise QuestionError(f"{document.file}:{first.line}: {first.name} is not read: {reason}")
    yield from ((network.name, network.text) for network in read)
