"""The language server: it keeps the open texts checked, and answers an editor.

A text is checked once for all questions about it. An answer that an edit has overtaken is not sent.
Nothing but the protocol may be written to stdout.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from json import JSONDecodeError
from typing import Any, TypeVar
from urllib.parse import unquote

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument

from cnnsize.lsp import actions, completion, layers, symbols, words
from cnnsize.lsp.checked import CheckedText, StaleError, extension_for
from cnnsize.lsp.diagnostics import diagnostics
from cnnsize.lsp.settings import CONFIG_FILES, SettingsCache
from cnnsize.version import __version__

logger = logging.getLogger("cnnsize")
Answer = TypeVar("Answer")
NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithNotebook(
            notebook=types.NotebookDocumentFilterNotebookType(notebook_type="jupyter-notebook"),
            cells=[
                types.NotebookCellLanguage(language="python"),
                types.NotebookCellLanguage(language="markdown"),
            ],
        )
    ]
)


class Protocol(LanguageServerProtocol):
    """The protocol, with an answer to requests that are not well formed; pygls gives none."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Return a message as a record of its type."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            raise

    def handle_message(self, message: Any) -> None:
        """Answer a message. JSON that is no message, such as a batch, has no id to answer to."""
        if hasattr(message, "jsonrpc"):
            super().handle_message(message)
        else:
            logger.error("expected a message, not %s", type(message).__name__)


class CnnServer(LanguageServer):
    """The server with the texts that it has checked.

    Texts are checked, and questions about them answered, in one further thread, so that the server
    reads on meanwhile. Everything is sent from the first thread.
    """

    def __init__(self) -> None:
        # The editor sends whole texts: what is a line break is for us to decide.
        super().__init__(
            "cnnsize",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            notebook_document_sync=NOTEBOOKS,
            protocol_cls=Protocol,
        )
        self.settings = SettingsCache()
        self.texts: dict[str, CheckedText] = {}
        self.due: set[str] = set()  # texts whose findings are not published yet
        self.publishing: dict[str, asyncio.Task[None]] = {}
        self.problems: set[str] = set()  # of configurations, which are reported once
        self.worker = ThreadPoolExecutor(1, "cnnsize")
        self.is_shut_down = False  # as the protocol wants it before the end
        self.ended = False

    def report_server_error(self, error: Exception, source: object) -> None:
        """Write an error to stderr; an editor would open a window for it."""
        logger.error("%s", error)

    async def answer(self, uri: str, question: Callable[[CheckedText], Answer]) -> Answer:
        """Return the answer to a question about a text.

        Raises JsonRpcContentModified if the text was edited in the meantime.
        """
        version = self.version_of(uri)
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(
                self.worker, lambda: question(self.checked(uri, version))
            )
        except StaleError:
            raise JsonRpcContentModified from None
        if self.version_of(uri) != version:
            raise JsonRpcContentModified
        return answer

    def version_of(self, uri: str) -> int | None:
        """Return the version of a text; None if it is not open."""
        return self.workspace.get_text_document(uri).version

    def is_open(self, uri: str) -> bool:
        """Return whether the editor has a text open."""
        return self.version_of(uri) is not None

    def checked(self, uri: str, version: int | None) -> CheckedText:
        """Return a text, checked in its present state. Raises StaleError if that is another version."""
        document = self.workspace.get_text_document(uri)
        text = text_of(document)
        if document.version != version:
            raise StaleError
        notebook = self.workspace.get_notebook_document(cell_uri=uri)
        path = path_of(uri if notebook is None else notebook.uri)
        settings = self.settings.of_file(path)
        known = self.texts.get(uri)
        if known is not None and known.text == text and known.settings is settings:
            return known
        own_name = None if notebook is not None else path or unsaved_name(uri)
        extension = extension_for(document.language_id, own_name)
        name = path or "text"
        if not name.lower().endswith(extension):
            name += extension
        encoding = types.PositionEncodingKind(self.workspace.position_encoding)
        checked = CheckedText(
            text,
            name,
            path,
            settings,
            encoding,
            is_cell=notebook is not None,
            is_stale=lambda: self.ended or self.version_of(uri) != version,
        )
        if version is not None:
            self.texts[uri] = checked
        return checked

    def check_soon(self, uri: str) -> None:
        """Check a text and publish its findings. If that is under way, it is done once more."""
        self.due.add(uri)
        if uri not in self.publishing:
            self.publishing[uri] = asyncio.create_task(self.publish(uri))

    async def publish(self, uri: str) -> None:
        """Send the findings about a text, unless an edit overtakes them."""
        try:
            while uri in self.due and self.is_open(uri):
                self.due.discard(uri)
                version = self.version_of(uri)
                try:
                    findings, problem = await self.answer(
                        uri, lambda checked: (diagnostics(checked, uri), checked.settings.problem)
                    )
                except JsonRpcContentModified:
                    continue
                if uri in self.due:
                    continue
                self.show_problem(problem)
                self.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(uri, findings, version)
                )
        except Exception:
            logger.exception("cannot check %s", uri)
        finally:
            self.due.discard(uri)
            del self.publishing[uri]

    def show_problem(self, problem: str) -> None:
        """Show what is wrong with a configuration, once."""
        if problem and problem not in self.problems:
            self.problems.add(problem)
            message = f"cnnsize: {problem}"
            self.window_show_message(types.ShowMessageParams(types.MessageType.Warning, message))

    def close(self, uri: str) -> None:
        """Forget a text, and take its findings back."""
        self.due.discard(uri)
        self.texts.pop(uri, None)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


def path_of(uri: str) -> str | None:
    """Return the path of a file; None for what is no file."""
    return to_fs_path(uri) if uri.startswith("file:") else None


def unsaved_name(uri: str) -> str | None:
    """Return the name that a text will have once it is saved, if the editor says one."""
    scheme, _, path = uri.partition(":")
    return unquote(path) if scheme == "untitled" else None


def text_of(document: TextDocument) -> str:
    """Return the text of a document; of one that is not open the file's, or nothing."""
    try:
        return document.source if document.version is not None or path_of(document.uri) else ""
    except (OSError, UnicodeError):
        return ""


server = CnnServer()

# -- texts that open, change and close ----------------------------------------


@server.feature(types.INITIALIZED)
def initialized(ls: CnnServer, params: types.InitializedParams) -> None:
    """Ask the editor to report changes of configuration files, if it can."""
    workspace = ls.client_capabilities.workspace
    watching = workspace and workspace.did_change_watched_files
    if not (watching and watching.dynamic_registration):
        return
    watchers = [types.FileSystemWatcher(glob_pattern=f"**/{name}") for name in CONFIG_FILES]
    ls.client_register_capability(
        types.RegistrationParams(
            registrations=[
                types.Registration(
                    id="configuration",
                    method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                    register_options=types.DidChangeWatchedFilesRegistrationOptions(
                        watchers=watchers
                    ),
                )
            ]
        )
    )


@server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
def configuration_changed(ls: CnnServer, params: types.DidChangeWatchedFilesParams) -> None:
    """Check all open texts with the new configuration."""
    ls.settings.clear()
    ls.problems.clear()
    for uri in list(ls.texts):
        ls.check_soon(uri)


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
def opened(ls: CnnServer, params: types.DidOpenTextDocumentParams) -> None:
    """Check a text that was opened."""
    ls.check_soon(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
def changed(ls: CnnServer, params: types.DidChangeTextDocumentParams) -> None:
    """Check a text again."""
    ls.check_soon(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
def closed(ls: CnnServer, params: types.DidCloseTextDocumentParams) -> None:
    """Forget a text."""
    ls.close(params.text_document.uri)


@server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
def notebook_opened(ls: CnnServer, params: types.DidOpenNotebookDocumentParams) -> None:
    """Check the cells of a notebook."""
    for cell in params.cell_text_documents:
        ls.check_soon(cell.uri)


@server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
def notebook_changed(ls: CnnServer, params: types.DidChangeNotebookDocumentParams) -> None:
    """Check the cells that were added or changed, and forget those that were removed."""
    cells = params.change.cells
    if cells is None:
        return
    for content in cells.text_content or ():
        ls.check_soon(content.document.uri)
    if cells.structure is not None:
        for added in cells.structure.did_open or ():
            ls.check_soon(added.uri)
        for removed in cells.structure.did_close or ():
            ls.close(removed.uri)


@server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
def notebook_closed(ls: CnnServer, params: types.DidCloseNotebookDocumentParams) -> None:
    """Forget the cells of a notebook."""
    for cell in params.cell_text_documents:
        ls.close(cell.uri)


# -- questions ----------------------------------------


@server.feature(
    types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=actions.KINDS)
)
async def code_actions(ls: CnnServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Return the fixes at a place."""
    only = params.context.only
    kinds = None if only is None else [str(getattr(kind, "value", kind)) for kind in only]
    uri = params.text_document.uri
    return await ls.answer(uri, lambda checked: actions.actions(checked, uri, params.range, kinds))


@server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
async def inlay_hints(ls: CnnServer, params: types.InlayHintParams) -> list[types.InlayHint]:
    """Return the volumes after the layers in a range."""
    return await ls.answer(
        params.text_document.uri, lambda checked: layers.hints(checked, params.range)
    )


@server.feature(types.TEXT_DOCUMENT_HOVER)
async def hover(ls: CnnServer, params: types.HoverParams) -> types.Hover | None:
    """Return the numbers of a layer."""
    return await ls.answer(
        params.text_document.uri, lambda checked: layers.hover(checked, params.position)
    )


@server.feature(types.TEXT_DOCUMENT_CODE_LENS)
async def code_lenses(ls: CnnServer, params: types.CodeLensParams) -> list[types.CodeLens]:
    """Return the totals of the networks."""
    return await ls.answer(params.text_document.uri, layers.lenses)


@server.feature(
    types.TEXT_DOCUMENT_COMPLETION,
    types.CompletionOptions(trigger_characters=completion.TRIGGERS),
)
async def complete(ls: CnnServer, params: types.CompletionParams) -> list[types.CompletionItem]:
    """Return what may come next."""
    return await ls.answer(
        params.text_document.uri, lambda checked: completion.completion(checked, params.position)
    )


@server.feature(types.TEXT_DOCUMENT_FORMATTING)
async def formatting(ls: CnnServer, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    """Return the edit that writes the networks in canonical form, as ``cnnsize fmt`` does."""
    return await ls.answer(
        params.text_document.uri, lambda checked: checked.edit(checked.formatted())
    )


@server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
async def list_symbols(
    ls: CnnServer, params: types.DocumentSymbolParams
) -> list[types.DocumentSymbol]:
    """Return the networks and blocks."""
    return await ls.answer(params.text_document.uri, symbols.symbols)


@server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
async def folding(ls: CnnServer, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    """Return the networks that take several lines."""
    return await ls.answer(params.text_document.uri, symbols.folds)


@server.feature(types.TEXT_DOCUMENT_DEFINITION)
async def definition(ls: CnnServer, params: types.DefinitionParams) -> types.Location | None:
    """Return where a block or a letter is defined."""
    uri = params.text_document.uri
    place = await ls.answer(uri, lambda checked: words.definition(checked, params.position))
    return None if place is None else types.Location(uri=uri, range=place)


@server.feature(types.TEXT_DOCUMENT_REFERENCES)
async def references(ls: CnnServer, params: types.ReferenceParams) -> list[types.Location]:
    """Return the places of a letter or a block."""
    uri = params.text_document.uri
    places = await ls.answer(uri, lambda checked: words.references(checked, params.position))
    return [types.Location(uri=uri, range=place) for place in places]


@server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
async def rename(ls: CnnServer, params: types.RenameParams) -> types.WorkspaceEdit:
    """Return the edits that rename a letter or a block."""
    uri = params.text_document.uri
    try:
        edits = await ls.answer(
            uri, lambda checked: words.rename(checked, params.position, params.new_name)
        )
    except words.RenameError as error:
        raise JsonRpcInvalidParams(str(error)) from None
    return actions.workspace_edit(uri, edits)


@server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
async def prepare_rename(ls: CnnServer, params: types.PrepareRenameParams) -> types.Range | None:
    """Return the range of the name at a position; None where nothing can be renamed."""
    return await ls.answer(
        params.text_document.uri, lambda checked: words.name_range(checked, params.position)
    )


@server.feature(
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
    types.SemanticTokensLegend(token_types=words.TOKEN_TYPES, token_modifiers=[]),
)
async def semantic_tokens(
    ls: CnnServer, params: types.SemanticTokensParams
) -> types.SemanticTokens:
    """Return the words in the notation."""
    return await ls.answer(params.text_document.uri, words.tokens)


# -- the process ----------------------------------------


@server.feature(types.SHUTDOWN)
def shut_down(ls: CnnServer, params: None) -> None:
    """Note that the editor ends the session."""
    ls.is_shut_down = True


def is_fault(record: logging.LogRecord) -> bool:
    """Return whether a log record is about a fault of ours, and not of what the editor sent."""
    error = record.exc_info[1] if record.exc_info else None
    is_malformed = str(record.msg).startswith("Unable to deserialize")
    return not is_malformed and not isinstance(error, (JsonRpcException, JSONDecodeError))


def serve() -> int:
    """Answer an editor on stdin and stdout until it ends, and return the exit status.

    As the protocol wants it, that is 0 after a shutdown and 1 without.
    """
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # so that no print can break the protocol
    logging.basicConfig(format="cnnsize: %(message)s", level=logging.ERROR, stream=sys.stderr)
    for name in ("pygls.protocol.json_rpc", "pygls.server"):
        logging.getLogger(name).addFilter(is_fault)
    server.start_io(stdin, stdout)
    server.ended = True
    server.worker.shutdown(wait=False, cancel_futures=True)
    return 0 if server.is_shut_down else 1
