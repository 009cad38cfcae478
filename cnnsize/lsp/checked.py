"""A text of the editor, checked once for all that is asked about it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from lsprotocol import types

from cnnsize.files.document import Document
from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.limits import MAX_FILE, MAX_FINDINGS_PER_FILE
from cnnsize.lsp.settings import FileSettings
from cnnsize.lsp.units import Units
from cnnsize.network import Network
from cnnsize.record import replace
from cnnsize.report.make import report
from cnnsize.report.result import Report, Result
from cnnsize.report.texts import read_documents
from cnnsize.rewriting.changes import Change, find_changes
from cnnsize.text.offsets import Chart

EXTENSIONS = {  # of files, by the identifiers of their languages
    "cnn": ".cnn",
    "markdown": ".md",
    "python": ".py",
    "restructuredtext": ".rst",
    "rst": ".rst",
    "json": ".json",
    "jsonc": ".json",
    "toml": ".toml",
    "yaml": ".yaml",
}


class CheckedText:
    """A text with its report.

    ``name`` ends in the extension that says where a text of this format has networks.
    """

    def __init__(
        self,
        text: str,
        name: str,
        path: str | None,
        settings: FileSettings,
        encoding: types.PositionEncodingKind = types.PositionEncodingKind.Utf16,
    ) -> None:
        self.text = text
        self.name = name
        self.settings = settings
        self.units = Units(text, encoding)
        self.chart = Chart.of(text)
        config = settings.config
        self.document = Document(
            text,
            name,
            path,
            unmarked=config.extract,
            models=config.models and name.endswith((".py", ".pyw", ".ipynb")),
            inputs=settings.inputs(path),
        )
        is_read = len(text) <= MAX_FILE and not (path and settings.excludes(path))
        self.texts = read_documents([self.document] if is_read else [])
        self.report = self.check(text) if is_read else Report((), ())
        self._changes: list[Change] | None = None
        self._excerpts: list[Excerpt] | None = None

    def check(self, text: str) -> Report:
        """Return the report on another text in place of this one."""
        changed = text is not self.text
        texts = read_documents([replace(self.document, text=text)]) if changed else self.texts
        return report(
            texts,
            settings=self.settings.config.settings,
            selection=self.settings.selection,
            cap=MAX_FINDINGS_PER_FILE,
        )

    @property
    def changes(self) -> list[Change]:
        """The fixes of all findings, with their edits in the text."""
        if self._changes is None:
            self._changes = find_changes(self.text, self.report, unsafe=True)
        return self._changes

    @property
    def excerpts(self) -> list[Excerpt]:
        """The parts of the text that hold networks."""
        if self._excerpts is None:
            self._excerpts = self.document.excerpts() if self.report.architectures else []
        return self._excerpts

    def networks(self) -> Iterator[tuple[Result, ParsedArchitecture, Network]]:
        """Yield the networks in the notation that have sizes."""
        for result in self.report.architectures:
            if result.network is not None and result.architecture is not None:
                is_text = result.source is result.architecture.source
                if is_text:
                    yield result, result.architecture, result.network

    def range_of(self, start: int, end: int) -> types.Range:
        """Return the range between two offsets of the text."""
        return self.units.range_of(start, end)

    def edit(self, new: str) -> list[types.TextEdit]:
        """Return the edit that turns the text into another one; none if both are equal."""
        old = self.text
        if new == old:
            return []
        start = common_prefix(old, new)
        kept = common_prefix(old[start:][::-1], new[start:][::-1])
        is_between = old[start - 1 : start] == "\r"  # an edit must not part CR from LF
        start -= is_between
        end, new_end = len(old) - kept, len(new) - kept
        return [types.TextEdit(range=self.range_of(start, end), new_text=new[start:new_end])]


def extension_for(language: str | None, path: str | None) -> str:
    """Return the extension that decides where networks are; a language goes before a file name.

    A cell of a notebook, and a text that was not saved, have a language only.
    """
    known = EXTENSIONS.get((language or "").lower())
    return known or (os.path.splitext(path)[1] if path else "") or ".cnn"


def common_prefix(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    shorter = min(len(one), len(other))
    return next((index for index in range(shorter) if one[index] != other[index]), shorter)
