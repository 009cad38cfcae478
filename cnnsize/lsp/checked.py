"""A text of the editor, checked once for all that is asked about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from lsprotocol import types

from cnnsize.files.document import Document, UnreadableFileError
from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.files.extract.registry import MODULES, extension_of
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.limits import (
    MAX_EDITED,
    MAX_EDITED_FINDINGS_WITH_FIXES,
    MAX_FINDINGS_PER_FILE,
)
from cnnsize.lsp.lexed import Lexed, lexed
from cnnsize.lsp.settings import FileSettings
from cnnsize.lsp.units import Units
from cnnsize.network import Network
from cnnsize.record import replace
from cnnsize.report.make import report
from cnnsize.report.result import Report, Result
from cnnsize.report.texts import read_documents
from cnnsize.rewriting.changes import Change, find_changes
from cnnsize.rewriting.fix import apply_fixes
from cnnsize.rewriting.fmt import format_text
from cnnsize.rewriting.ignore import ignore_on_line
from cnnsize.sizing.outline import Step
from cnnsize.text.span import Span

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


class StaleError(Exception):
    """The text was edited while it was checked, so that the report is no longer needed."""


class CheckedText:
    """A text with its report.

    ``name`` ends in the extension that says where a text of this format has networks. ``is_stale``
    is asked now and then during a long check, and ends it with StaleError.
    """

    def __init__(
        self,
        text: str,
        name: str,
        path: str | None,
        settings: FileSettings,
        encoding: types.PositionEncodingKind = types.PositionEncodingKind.Utf16,
        *,
        is_cell: bool = False,
        is_stale: Callable[[], bool] = lambda: False,
    ) -> None:
        self.text = text
        self.settings = settings
        self.is_stale = is_stale
        self.units = Units(text, encoding)
        config = settings.config
        self.document = Document(
            text,
            name,
            path,
            unmarked=config.extract,
            models=config.models and name.endswith((".py", ".pyw", ".ipynb")),
            inputs=settings.inputs(path),
            is_cell=is_cell,
        )
        self.is_read = len(text) <= MAX_EDITED and not (path and settings.excludes(path))
        self.texts = read_documents([self.document] if self.is_read else [])
        self.report = self.check(text)
        self.ignored: dict[
            tuple[int, str], str | None
        ] = {}  # editors ask at each move of the cursor

    @property
    def name(self) -> str:
        """The name of the text in messages."""
        return self.document.file or ""

    def check(self, text: str) -> Report:
        """Return the report on another text in place of this one."""
        texts = self.texts
        if text is not self.text:
            texts = read_documents([replace(self.document, text=text)])
        return report(
            texts,
            settings=self.settings.config.settings,
            selection=self.settings.selection,
            fixes=MAX_EDITED_FINDINGS_WITH_FIXES,
            cap=MAX_FINDINGS_PER_FILE,
            progress=self.stop_if_stale,
        )

    def stop_if_stale(self, done: int, total: int) -> None:
        """Raise StaleError if the text was edited."""
        if self.is_stale():
            raise StaleError

    @cached_property
    def changes(self) -> list[Change]:
        """The fixes of all findings, with their edits in the text."""
        return find_changes(self.text, self.report, unsafe=True)

    @cached_property
    def text_with_fixes(self) -> str:
        """The text after all safe fixes."""
        if not any(finding.fixable for finding in self.report.diagnostics):
            return self.text
        return apply_fixes(self.text, self.check).text

    def text_with_ignore(self, line: int, code: str) -> str | None:
        """Return the text with a comment that suppresses a code on a line; None if none can."""
        key = line, code
        if key not in self.ignored:
            self.ignored[key] = ignore_on_line(self.document, self.check, self.report, line, code)
        return self.ignored[key]

    @cached_property
    def excerpts(self) -> list[Excerpt]:
        """The parts of the text that may hold networks."""
        try:
            excerpts = self.document.excerpts() if self.is_read else []
        except UnreadableFileError:  # a notebook that is half typed
            return []
        return [excerpt for excerpt in excerpts if excerpt.expects != "skip"]

    @cached_property
    def lexed(self) -> Lexed:
        """The words of the networks."""
        return lexed(self.text, self.excerpts)

    @cached_property
    def steps(self) -> dict[Span, list[Step]]:
        """The steps of all networks by the place of their layer in the text.

        A layer in brackets or in a block has one for each iteration and each call.
        """
        places: dict[Span, list[Step]] = {}
        for result, _, network in self.networks():
            own: dict[Span, Span] = {}  # by the place in the network's text: fewer than steps
            for step in network.steps:
                span = Span(*step.span)
                if span not in own:
                    own[span] = self.units.span(result.source, span)
                places.setdefault(own[span], []).append(step)
        return places

    def networks(self) -> Iterator[tuple[Result, ParsedArchitecture, Network]]:
        """Yield the networks in the notation that have sizes."""
        for result in self.report.architectures:
            if result.network is not None and result.architecture is not None:
                is_text = result.source is result.architecture.source
                if is_text:
                    yield result, result.architecture, result.network

    def formatted(self) -> str:
        """Return the text as ``cnnsize fmt`` writes it; unchanged where that refuses it."""
        if not self.is_read:
            return self.text
        try:
            return format_text(self.text, self.name, unmarked=self.document.unmarked).text
        except UnreadableFileError:
            return self.text

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
        start -= old[start - 1 : start] == "\r"  # an edit must not part CR from LF
        end = len(old) - kept
        end += old[end - 1 : end + 1] == "\r\n"
        return [
            types.TextEdit(
                range=self.range_of(start, end), new_text=new[start : len(new) - len(old) + end]
            )
        ]


def extension_for(language: str | None, name: str | None) -> str:
    """Return the extension that decides where networks are in a text with a language and a name.

    A cell of a notebook has a language only, and editors know fewer extensions than we do.
    """
    extension = extension_of(name or "")
    if extension == ".cnn" or extension in MODULES:
        return extension
    known = EXTENSIONS.get((language or "").lower())
    return known or extension or f".{language or 'cnn'}"


def common_prefix(old: str, new: str) -> int:
    """Return how many characters two texts begin with alike."""
    shorter = min(len(old), len(new))
    return next((index for index in range(shorter) if old[index] != new[index]), shorter)
