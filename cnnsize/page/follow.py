"""The networks of a file that the page follows: it shows them anew when the file is saved."""

from __future__ import annotations

import os
from collections.abc import Mapping
from threading import Event
from time import monotonic
from typing import Any

from cnnsize.files.document import SkippedFileError, UnreadableFileError, read_file
from cnnsize.page.answer import MAX_TEXT, QuestionError
from cnnsize.report.texts import read_documents

WAIT = 8.0  # seconds until an answer says that nothing has changed
INTERVAL = 0.25  # seconds between two looks at the file
MAX_NETWORKS = 200


class FollowedFile:
    """A file of which the server tells the page. It reads no other one."""

    def __init__(self, path: str, extract: tuple[str, ...] = ()) -> None:
        self.path = path
        self.extract = extract

    def stamp(self) -> str:
        """Return what changes whenever the file is saved; empty while there is no file."""
        try:
            status = os.stat(self.path)
        except OSError:
            return ""
        return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"

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
        """Return the names and texts of the networks of the file.

        A .cnn file of moderate size is one text, in which its comments stay.
        """
        try:
            document = read_file(self.path, self.extract)
        except (UnreadableFileError, SkippedFileError) as error:
            raise QuestionError(str(error)) from None
        if self.path.endswith(".cnn") and len(document.text) <= MAX_TEXT:
            return [{"name": "all of the file", "text": document.text}]
        networks = read_documents([document]).architectures
        return [
            {
                "name": getattr(network, "name", None) or f"line {network.source.line}",
                "text": network.source.text,
            }
            for network in networks[:MAX_NETWORKS]
        ]
